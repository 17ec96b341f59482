"""Weights and codes come back as they went; foreign and damaged files are refused."""

import json
import os
import pickle

import pytest
import torch
from safetensors.torch import save as tensor_bytes
from torch import nn

from course_utils import weights
from course_utils.conv import ConvVAE
from course_utils.likelihoods import Bernoulli, Binomial, Gaussian, GreyCrossEntropy
from course_utils.models import VAE, Autoencoder, mlp
from course_utils.weights import load, load_tensors, save, save_tensors

CARD = {"data": "digits", "scores": {"kl": 1.5}, "licence": "CC BY 4.0 · Käse"}


def vae(likelihood=None, latents=2):
    torch.manual_seed(1)
    likelihood = likelihood or Binomial(16)
    return VAE(pixels=16, latents=latents, likelihood=likelihood, hidden=(8, 4))


MODELS = [
    vae(Bernoulli()),
    vae(Binomial(7)),
    vae(Gaussian(learnt=True, floor=0.25)),
    vae(Gaussian(learnt=False)),
    Autoencoder(pixels=16, latents=2, likelihood=GreyCrossEntropy(), hidden=()),
    ConvVAE(image_shape=(8, 4), latents=3, likelihood=Gaussian(), channels=2),
]


@pytest.fixture
def saved(tmp_path):
    save(tmp_path / "vae.safetensors", vae(), CARD)
    return tmp_path / "vae.safetensors"


def rewrite(path, tensors=None, **changes):
    """Another file under `path`: other tensors, or another entry in its card."""
    old, card = load_tensors(path)
    card = {k: v for k, v in {**card, **changes}.items() if v is not ...}
    tensors = old if tensors is None else tensors
    path.write_bytes(tensor_bytes(tensors, {"card": json.dumps(card)}))


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
def test_round_trip(model, tmp_path):
    state = torch.get_rng_state()
    save(tmp_path / "model.safetensors", model.train(), CARD)
    again, card = load(tmp_path / "model.safetensors")
    assert torch.equal(torch.get_rng_state(), state) and model.training
    assert type(again) is type(model) and again.config == model.config
    assert again.likelihood == model.likelihood and not again.training
    assert again.state_dict().keys() == model.state_dict().keys()
    for name, tensor in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor)
    x = torch.rand(3, model.pixels).round()
    torch.testing.assert_close(again.reconstruct(x), model.reconstruct(x))
    assert all(parameter.requires_grad for parameter in again.parameters())
    assert CARD.items() <= card.items()
    save(tmp_path / "again.safetensors", again, card)
    assert load(tmp_path / "again.safetensors")[1] == card


def test_half_precision_is_stored_small_and_loaded_to_float32(tmp_path, saved):
    half = tmp_path / "half.safetensors"
    save(half, vae().double(), CARD, "float16")
    torch.set_default_dtype(torch.float64)
    try:
        model, card = load(half)
    finally:
        torch.set_default_dtype(torch.float32)
    assert card["dtype"] == "float16"
    for name, tensor in vae().state_dict().items():
        assert model.state_dict()[name].dtype == torch.float32
        assert torch.equal(model.state_dict()[name], tensor.half().float())
    numbers = sum(t.numel() for t in vae().state_dict().values())
    smaller = saved.stat().st_size - half.stat().st_size
    assert smaller == pytest.approx(2 * numbers, abs=16)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_codes_round_trip(tmp_path, dtype):
    mu, labels = torch.randn(6, 2), torch.arange(6)
    save_tensors(tmp_path / "c.safetensors", {"mu": mu, "labels": labels}, CARD, dtype)
    codes, card = load_tensors(tmp_path / "c.safetensors")
    assert torch.equal(codes["mu"], mu.to(getattr(torch, dtype)).float())
    assert torch.equal(codes["labels"], labels) and codes["labels"].dtype == torch.int64
    assert card == CARD | {"dtype": dtype}
    with pytest.raises(ValueError, match="load_tensors"):
        load(tmp_path / "c.safetensors")


# What is refused on loading


class Trap:
    """Does harm when it is unpickled."""

    sprung = False

    def __reduce__(self):
        return (setattr, (Trap, "sprung", True))


@pytest.mark.parametrize(
    "content",
    [b"", b"not tensors", b"\xff" * 64, pickle.dumps(Trap()), 4, 100, -10, -1],
    ids=range(8),
)
def test_a_file_that_is_foreign_or_cut(saved, content):
    if isinstance(content, int):
        content = saved.read_bytes()[:content]
    saved.write_bytes(content)
    for read in (load, load_tensors):
        with pytest.raises(ValueError, match=r"vae\.safetensors"):
            read(saved)
    assert not Trap.sprung
    with pytest.raises(FileNotFoundError, match="other.safetensors"):
        load(saved.with_name("other.safetensors"))


@pytest.mark.parametrize(
    "card", [None, "{", "", "[1]", "3", '"VAE"', "[" * 100_000], ids=range(7)
)
def test_a_file_without_a_card(saved, card):
    metadata = {"format": "pt"} if card is None else {"card": card}
    saved.write_bytes(tensor_bytes(vae().state_dict(), metadata))
    with pytest.raises(ValueError, match="card"):
        load(saved)


@pytest.mark.parametrize(
    "change, what",
    [
        (lambda bias: bias * float("nan"), "NaN or infinite.*"),
        (lambda bias: bias - float("inf"), "NaN or infinite.*"),
        (lambda bias: None, ""),
        (lambda bias: bias[:-1], ""),
        (lambda bias: bias.long(), ""),
        (lambda bias: bias.double(), ""),
        (lambda bias: bias > 0, ""),
    ],
    ids=["nan", "infinite", "missing", "shape", "int64", "float64", "bool"],
)
def test_a_wrong_tensor_is_named(saved, change, what):
    tensors = vae().state_dict()
    wrong = change(tensors.pop("encoder.0.bias"))
    rewrite(saved, tensors if wrong is None else {**tensors, "encoder.0.bias": wrong})
    with pytest.raises(ValueError, match=f"{what}encoder.0.bias"):
        load(saved)


def test_a_tensor_too_many_is_named(saved):
    rewrite(saved, vae().state_dict() | {"stranger": torch.ones(2)})
    with pytest.raises(ValueError, match="stranger"):
        load(saved)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"class": "os.system"}, "os.system"),
        ({"class": ["VAE"]}, "builds no model"),
        ({"latents": "2"}, "latents must be a whole number"),
        ({"hidden": [8]}, "does not fit"),
        ({"hidden": [10**9, 10**8]}, "does not fit"),
        ({"surprise": 1}, "surprise"),
        ({"likelihood": {"likelihood": "Poisson"}}, "Poisson"),
        ({"likelihood": {"n": 3}}, "builds no model"),
        ({"likelihood": "Binomial"}, "builds no model"),
    ],
    ids=str,
)
def test_foreign_architecture(saved, changes, message):
    architecture = load_tensors(saved)[1]["architecture"]
    name = changes.pop("class", "VAE")
    arguments = architecture["arguments"] | changes
    rewrite(saved, architecture={"class": name, "arguments": arguments})
    with pytest.raises(ValueError, match=message):
        load(saved)


@pytest.mark.parametrize("given", [{"class": "VAE"}, "VAE", None, ...])
def test_no_architecture(saved, given):
    rewrite(saved, architecture=given)
    with pytest.raises(ValueError, match="no model"):
        load(saved)


# What is refused on saving, with nothing left behind


class Scaled(VAE):
    """Inherits its parent's config, which knows nothing of `size`."""

    def __init__(self, size=1, **arguments):
        super().__init__(**arguments)
        self.scale = nn.Parameter(torch.ones(size))


def refuses(folder, message, model, card=None, dtype="float32"):
    with pytest.raises(ValueError, match=message):
        save(folder / "a.safetensors", model, card or CARD, dtype)
    assert list(folder.iterdir()) == []


def test_a_model_that_could_not_be_loaded_is_not_saved(tmp_path, monkeypatch):
    refuses(tmp_path, "Linear", nn.Linear(2, 2))
    scaled = Scaled(size=3, **vae().config)
    refuses(tmp_path, "Scaled", scaled)
    monkeypatch.setitem(weights.MODELS, "Scaled", Scaled)
    refuses(tmp_path, "scale", scaled)
    changed = vae()
    changed.encoder = mlp([16, 5, 4])  # someone tries another network
    refuses(tmp_path, "encoder", changed)
    own = type("Poisson", (Gaussian,), {})()
    refuses(tmp_path, "Poisson", VAE(pixels=16, latents=2, likelihood=own))


def test_the_class_written_in_a_lesson_is_not_called_unknown(tmp_path):
    lesson = type("VAE", (nn.Module,), {"__module__": "__main__"})
    refuses(tmp_path, "__main__.VAE(?!.*unknown).*save_tensors", lesson())


def test_saving_refuses(tmp_path):
    refuses(tmp_path, "int8", vae(), dtype="int8")
    refuses(tmp_path, "card", vae(), card=CARD | {"scores": {1, 2}})
    refuses(tmp_path, "card", vae(), card=CARD | {"scores": float("nan")})
    spoilt, large = vae(), vae()
    nn.init.constant_(spoilt.encoder[0].bias, float("nan"))
    refuses(tmp_path, "NaN or infinite.*encoder.0.bias", spoilt)
    nn.init.constant_(large.encoder[0].bias, 1e5)  # float16 ends at 65504
    refuses(tmp_path, "NaN or infinite.*encoder.0.bias", large, dtype="float16")


@pytest.mark.parametrize("error", [OSError(28, "full"), KeyboardInterrupt()])
def test_interrupted_saving_leaves_the_old_file(saved, monkeypatch, error):
    def stop(*_):
        raise error

    monkeypatch.setattr(os, "replace", stop)
    for name in (saved.name, "new.safetensors"):
        with pytest.raises(type(error)):
            save(saved.with_name(name), vae(Bernoulli(), latents=5), CARD)
    assert load(saved)[0].latents == 2
    assert list(saved.parent.iterdir()) == [saved]
