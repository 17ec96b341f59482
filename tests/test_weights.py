"""Weights and codes come back as they went; foreign and damaged files are refused."""

import json
import os
import pickle

import pytest
import torch
from safetensors.torch import save as tensor_bytes
from torch import nn

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
    model, card = load(half)
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


class Trap:
    """Does harm when it is unpickled."""

    sprung = False

    def __reduce__(self):
        return (setattr, (Trap, "sprung", True))


FOREIGN = [b"", b"not tensors", b"\xff" * 64, pickle.dumps(Trap()), 4, 100, -10, -1]
CARDS = ["{", "", "[1]", "3", '"VAE"', "[" * 100_000]
METADATA = [{"format": "pt"}, *({"card": card} for card in CARDS)]
FOREIGN += [tensor_bytes(vae().state_dict(), metadata) for metadata in METADATA]


@pytest.mark.parametrize("content", FOREIGN, ids=range(len(FOREIGN)))
def test_a_file_that_is_foreign_or_cut_or_has_no_card(saved, content):
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
    "name, change",
    [
        ("NaN or infinite.*encoder.0.bias", lambda bias: bias * float("nan")),
        ("NaN or infinite.*encoder.0.bias", lambda bias: bias - float("inf")),
        ("encoder.0.bias", lambda bias: None),
        ("encoder.0.bias", lambda bias: bias[:-1]),
        ("encoder.0.bias", lambda bias: bias.long()),
        ("encoder.0.bias", lambda bias: bias.double()),
        ("encoder.0.bias", lambda bias: bias > 0),
        ("stranger", lambda bias: torch.ones(2)),
    ],
)
def test_a_wrong_tensor_is_named(saved, name, change):
    tensors, card = load_tensors(saved)
    tensors[name.rpartition("*")[2]] = change(tensors["encoder.0.bias"])
    tensors = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    saved.write_bytes(tensor_bytes(tensors, {"card": json.dumps(card)}))
    with pytest.raises(ValueError, match=name):
        load(saved)


@pytest.mark.parametrize(
    "change, message",
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
        ("VAE", "no model"),
        (None, "no model"),
    ],
    ids=str,
)
def test_foreign_architecture(saved, change, message):
    tensors, card = load_tensors(saved)
    if isinstance(change, dict):
        whole = {"class": "VAE"} | card["architecture"]["arguments"] | change
        change = {"class": whole.pop("class"), "arguments": whole}
    card["architecture"] = change
    saved.write_bytes(tensor_bytes(tensors, {"card": json.dumps(card)}))
    with pytest.raises(ValueError, match=message):
        load(saved)


class Scaled(VAE):
    """Inherits its parent's config, which knows nothing of its scale."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.scale = nn.Parameter(torch.ones(3))


def with_bias(value):
    model = vae()
    nn.init.constant_(model.encoder[0].bias, value)
    return model


Poisson = type("Poisson", (Gaussian,), {})
Lesson = type("VAE", (nn.Module,), {"__module__": "__main__"})
changed = vae()
changed.encoder = mlp([16, 5, 4])  # someone tries another network


@pytest.mark.parametrize(
    "message, model, entry, dtype",
    [
        ("Linear", nn.Linear(2, 2), {}, "float32"),
        ("Scaled", Scaled(**vae().config), {}, "float32"),
        ("encoder", changed, {}, "float32"),
        ("Poisson", vae(Poisson()), {}, "float32"),
        ("__main__.VAE(?!.*unknown).*save_tensors", Lesson(), {}, "float32"),
        ("int8", vae(), {}, "int8"),
        ("card", vae(), {"scores": {1, 2}}, "float32"),
        ("card", vae(), {"scores": float("nan")}, "float32"),
        ("NaN or infinite.*encoder.0.bias", with_bias(float("nan")), {}, "float32"),
        ("NaN or infinite.*encoder.0.bias", with_bias(1e5), {}, "float16"),
    ],
)
def test_what_could_not_be_loaded_is_not_saved(tmp_path, message, model, entry, dtype):
    with pytest.raises(ValueError, match=message):
        save(tmp_path / "a.safetensors", model, CARD | entry, dtype)
    assert list(tmp_path.iterdir()) == []


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
