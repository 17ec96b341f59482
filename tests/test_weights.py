"""Weights and codes come back as they went; foreign and damaged files are refused."""

import hashlib
import json
import os
import pickle

import pytest
import torch
from safetensors.torch import save as tensor_bytes
from torch import nn

from course_utils import files, weights
from course_utils.conv import ConvVAE
from course_utils.likelihoods import Bernoulli, Binomial, Gaussian, GreyCrossEntropy
from course_utils.models import VAE, Autoencoder
from course_utils.weights import Codes, load, load_codes, save, save_codes

CARD = {
    "data": "digits",
    "binarisation": "grey",
    "seed": 0,
    "epochs": 2,
    "scores": {"minus ELBO, nats per image": 100.5},
    "script": "tools/checkpoints.py",
    "licence": "CC BY 4.0",
}
CODES_CARD = {
    "data": "digits",
    "binarisation": "grey",
    "model": "vae.safetensors",
    "script": "tools/checkpoints.py",
    "licence": "CC BY 4.0",
}


def vae(likelihood=None, latents=2):
    torch.manual_seed(1)
    likelihood = likelihood or Binomial(16)
    return VAE(pixels=16, latents=latents, likelihood=likelihood, hidden=(8, 4))


def made_models():
    for likelihood in (
        Bernoulli(),
        Binomial(7),
        GreyCrossEntropy(),
        Gaussian(learnt=True, floor=0.25),
        Gaussian(learnt=False),
    ):
        yield vae(likelihood)
    yield Autoencoder(pixels=16, latents=2, likelihood=Bernoulli(), hidden=(8,))
    yield ConvVAE(image_shape=(8, 4), latents=3, likelihood=Gaussian(), channels=2)


def made_codes(number=6, latents=2):
    torch.manual_seed(2)
    mu, log_var = torch.randn(2, number, latents)
    return Codes(mu, log_var, torch.arange(number) % 10)


@pytest.fixture
def saved(tmp_path):
    save(tmp_path / "vae.safetensors", vae(), CARD)
    return tmp_path / "vae.safetensors"


def rewrite(path, tensors=None, content=None, **changes):
    """Change a file and its card together, as someone who knows the hash would."""
    content = tensor_bytes(tensors) if content is None else content
    path.write_bytes(content)
    card_file = path.with_suffix(".json")
    card = json.loads(card_file.read_text())
    card |= {"sha256": hashlib.sha256(content).hexdigest(), **changes}
    card_file.write_text(json.dumps(card))


def change_card(path, **changes):
    card_file = path.with_suffix(".json")
    card = json.loads(card_file.read_text()) | changes
    card = {key: value for key, value in card.items() if value is not ...}
    card_file.write_text(json.dumps(card))


@pytest.mark.parametrize("model", list(made_models()), ids=lambda m: type(m).__name__)
def test_round_trip(model, tmp_path):
    save(tmp_path / "model.safetensors", model, CARD)
    again, card = load(tmp_path / "model.safetensors")
    assert type(again) is type(model) and again.config == model.config
    assert again.likelihood == model.likelihood and not again.training
    assert again.state_dict().keys() == model.state_dict().keys()
    for name, tensor in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor)
    x = torch.rand(3, model.pixels).round()
    torch.testing.assert_close(again.reconstruct(x), model.reconstruct(x))
    assert all(parameter.requires_grad for parameter in again.parameters())
    assert CARD.items() <= card.items()


@pytest.mark.parametrize("model", list(made_models()), ids=lambda m: type(m).__name__)
def test_config_builds_the_model_again(model):
    again = type(model)(**model.config)
    assert again.config == model.config
    shapes = {name: t.shape for name, t in model.state_dict().items()}
    assert shapes == {name: t.shape for name, t in again.state_dict().items()}


def test_the_card_says_all_that_was_promised(saved):
    card = json.loads(saved.with_suffix(".json").read_text())
    assert set(card) == {*CARD, "kind", "architecture", "dtype", "sha256"}
    assert card["sha256"] == hashlib.sha256(saved.read_bytes()).hexdigest()
    assert card["architecture"] == {
        "class": "VAE",
        "arguments": {
            "pixels": 16,
            "latents": 2,
            "likelihood": {"likelihood": "Binomial", **vars(Binomial(16))},
            "hidden": [8, 4],
        },
    }


def test_half_precision_is_stored_small_and_loaded_to_float32(tmp_path, saved):
    half = tmp_path / "half.safetensors"
    save(half, vae(), CARD, dtype="float16")
    model, card = load(half)
    assert card["dtype"] == "float16"
    for name, tensor in vae().state_dict().items():
        assert model.state_dict()[name].dtype == torch.float32
        assert torch.equal(model.state_dict()[name], tensor.half().float())
    numbers = sum(t.numel() for t in vae().state_dict().values())
    assert saved.stat().st_size - half.stat().st_size == pytest.approx(
        2 * numbers, abs=16
    )


def test_a_loaded_model_can_be_saved_again_with_its_card(saved, tmp_path):
    model, card = load(saved)
    other = tmp_path / "other.safetensors"
    save(other, model, card, dtype="float16")
    assert load(other)[1]["dtype"] == "float16"
    assert load(other)[1]["sha256"] != card["sha256"]


def test_loading_leaves_the_random_numbers_alone(saved):
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    load(saved)
    assert torch.equal(torch.rand(3), expected)


def test_loading_a_model_from_training_on(tmp_path):
    model = vae().train()
    save(tmp_path / "a.safetensors", model, CARD)
    assert model.training, "saving must not change the model"


# What is refused on loading


def test_missing_file_or_card(saved):
    with pytest.raises(FileNotFoundError, match="no other.safetensors"):
        load(saved.with_name("other.safetensors"))
    saved.with_suffix(".json").unlink()
    with pytest.raises(FileNotFoundError, match="no vae.json"):
        load(saved)


def test_other_suffix(saved):
    with pytest.raises(ValueError, match="expected a .safetensors file, got 'vae.pt'"):
        load(saved.with_suffix(".pt"))


@pytest.mark.parametrize(
    "text, message",
    [
        ("{", "vae.json is not JSON"),
        ("", "vae.json is not JSON"),
        ("[1]", r"a card for \[1\], expected 'model'"),
        ('{"architectures": ["Bert"]}', "a card for None, expected 'model'"),
        ('{"kind": "codes"}', "a card for 'codes', expected 'model'"),
        ('{"kind": "model"}', "vae.json lacks architecture, data, binarisation"),
    ],
)
def test_foreign_card(saved, text, message):
    saved.with_suffix(".json").write_text(text)
    with pytest.raises(ValueError, match=message):
        load(saved)


def test_card_that_is_no_text(saved):
    saved.with_suffix(".json").write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(ValueError, match="vae.json is not JSON"):
        load(saved)


@pytest.mark.parametrize("entry", [*CARD, "architecture", "dtype", "sha256"])
def test_incomplete_card(saved, entry):
    change_card(saved, **{entry: ...})
    with pytest.raises(ValueError, match=f"vae.json lacks {entry}"):
        load(saved)


def test_damaged_file(saved):
    content = bytearray(saved.read_bytes())
    content[-1] ^= 1
    saved.write_bytes(content)
    with pytest.raises(ValueError, match="damaged or not the file of its card"):
        load(saved)
    saved.write_bytes(content[:-10])
    with pytest.raises(ValueError, match="damaged or not the file of its card"):
        load(saved)


def test_card_of_another_file(saved, tmp_path):
    save(tmp_path / "other.safetensors", vae(Bernoulli(), latents=3), CARD)
    (tmp_path / "other.safetensors").replace(saved)
    with pytest.raises(ValueError, match="not the file of its card"):
        load(saved)


class Trap:
    """Does harm when it is unpickled."""

    sprung = False

    def __reduce__(self):
        return (setattr, (Trap, "sprung", True))


def test_a_pickle_is_not_opened(saved):
    rewrite(saved, content=pickle.dumps(Trap()))
    with pytest.raises(ValueError, match="vae.safetensors is not a safetensors file"):
        load(saved)
    assert not Trap.sprung


@pytest.mark.parametrize("content", [b"", b"not tensors", b"\xff" * 64])
def test_not_a_safetensors_file(saved, content):
    rewrite(saved, content=content)
    with pytest.raises(ValueError, match="is not a safetensors file"):
        load(saved)


def test_missing_and_extra_tensors(saved):
    tensors = vae().state_dict()
    tensors["stranger"] = tensors.pop("encoder.0.bias")
    rewrite(saved, tensors)
    with pytest.raises(ValueError) as caught:
        load(saved)
    message = str(caught.value)
    assert "missing tensors ['encoder.0.bias']" in message
    assert "unexpected tensors ['stranger']" in message


def test_wrong_shape(saved):
    tensors = vae().state_dict()
    tensors["encoder.0.weight"] = tensors["encoder.0.weight"].T.contiguous()
    rewrite(saved, tensors)
    with pytest.raises(ValueError, match=r"encoder.0.weight has the shape \(16, 8\)"):
        load(saved)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_values_that_are_not_finite(saved, value):
    tensors = vae().state_dict()
    tensors["decoder.0.bias"] = torch.full_like(tensors["decoder.0.bias"], value)
    rewrite(saved, tensors)
    with pytest.raises(ValueError, match="NaN or infinite values in decoder.0.bias"):
        load(saved)


def architecture(name="VAE", **changes):
    arguments = {
        "pixels": 16,
        "latents": 2,
        "likelihood": {"likelihood": "Binomial", "n": 16},
        "hidden": [8, 4],
    }
    return {"class": name, "arguments": arguments | changes}


@pytest.mark.parametrize(
    "given, message",
    [
        (architecture("os.system"), "unknown architecture 'os.system'; known: Auto"),
        (architecture("Linear"), "unknown architecture 'Linear'"),
        (
            architecture(latents=0),
            "latents must be a whole number of at least 1, got 0",
        ),
        (architecture(latents="2"), "builds no model"),
        (architecture(surprise=1), "unexpected keyword argument 'surprise'"),
        (architecture(likelihood={"likelihood": "Poisson"}), "Poisson"),
        (architecture(likelihood={"n": 3}), "builds no model"),
        (architecture(likelihood={"likelihood": "Binomial", "m": 3}), "argument 'm'"),
        (architecture(likelihood="Binomial"), "builds no model"),
        ({"class": "VAE"}, "builds no model: 'arguments'"),
        ({"class": "VAE", "arguments": [1]}, "builds no model"),
        ({"class": ["VAE"], "arguments": {}}, "builds no model"),
        ("VAE", "builds no model"),
        (None, "builds no model"),
        (
            architecture(latents=3),
            r"encoder.4.weight has the shape \(4, 4\) in torch.float32, expected",
        ),
        (architecture(hidden=[8]), "unexpected tensors"),
        (architecture(hidden=[10**9, 10**8]), r"expected \(1000000000, 16\)"),
    ],
    ids=str,
)
def test_foreign_architecture(saved, given, message):
    change_card(saved, architecture=given)
    with pytest.raises(ValueError, match=message):
        load(saved)


# What is refused on saving, with nothing left behind


def refuses_to_save(folder, message, model=None, card=None, **options):
    with pytest.raises(ValueError, match=message):
        save(folder / "a.safetensors", model or vae(), card or CARD, **options)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("entry", CARD)
def test_saving_needs_a_whole_card(tmp_path, entry):
    card = {key: value for key, value in CARD.items() if key != entry}
    refuses_to_save(tmp_path, f"the card for a.safetensors lacks {entry}", card=card)


def test_saving_refuses(tmp_path):
    refuses_to_save(tmp_path, "unknown architecture Linear", model=nn.Linear(2, 2))
    refuses_to_save(tmp_path, "unknown dtype 'int8'; known", dtype="int8")
    refuses_to_save(tmp_path, "fits no JSON", card=CARD | {"scores": {1, 2}})
    refuses_to_save(tmp_path, "fits no JSON", card=CARD | {"scores": float("nan")})
    spoilt = vae()
    nn.init.constant_(spoilt.encoder[0].bias, float("nan"))
    refuses_to_save(tmp_path, "NaN or infinite values in encoder.0.bias", model=spoilt)
    large = vae()
    nn.init.constant_(large.encoder[0].bias, 1e5)  # float16 ends at 65504
    with_half = "stored as float16, holds NaN or infinite"
    refuses_to_save(tmp_path, with_half, model=large, dtype="float16")
    with pytest.raises(ValueError, match="expected a .safetensors file, got 'a.pt'"):
        save(tmp_path / "a.pt", vae(), CARD)


def test_an_impostor_of_a_known_name_is_refused(tmp_path):
    impostor = type("VAE", (nn.Linear,), {})(2, 2)
    refuses_to_save(tmp_path, "unknown architecture VAE", model=impostor)


def test_the_registry_is_open(tmp_path, monkeypatch):
    class Scale(nn.Module):
        def __init__(self, *, size):
            super().__init__()
            self.config = {"size": size}
            self.scale = nn.Parameter(torch.ones(size))

    monkeypatch.setitem(weights.ARCHITECTURES, "Scale", Scale)
    save(tmp_path / "scale.safetensors", Scale(size=3), CARD)
    assert load(tmp_path / "scale.safetensors")[0].config == {"size": 3}


def test_interrupted_saving_leaves_the_old_file(saved, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        save(saved, vae(Bernoulli(), latents=5), CARD)
    assert load(saved)[0].latents == 2
    assert len(list(saved.parent.iterdir())) == 2


@pytest.mark.parametrize("error", [OSError(28, "full"), KeyboardInterrupt()])
@pytest.mark.parametrize("failing", [1, 2])
@pytest.mark.parametrize("already", [True, False])
def test_a_pair_is_written_together_or_not_at_all(
    saved, tmp_path, monkeypatch, error, failing, already
):
    folder = saved.parent if already else tmp_path / "new"
    folder.mkdir(exist_ok=True)
    old = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert len(old) == 2 * already
    replace, calls = os.replace, []

    def sometimes(source, target):
        calls.append(target)
        if len(calls) == failing:
            raise error
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", sometimes)
    with pytest.raises(type(error)):
        save(folder / saved.name, vae(Bernoulli(), latents=5), CARD)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == old


def test_a_card_that_is_no_text_leaves_the_old_pair(saved):
    with pytest.raises(ValueError, match="fits no JSON"):
        save(saved, vae(latents=5), CARD | {"data": "\udcff"})
    assert load(saved)[0].latents == 2


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.bfloat16, torch.int32, torch.complex64, torch.uint8]
)
def test_another_dtype_than_the_card_s(saved, dtype):
    tensors = vae().state_dict()
    tensors["encoder.0.bias"] = tensors["encoder.0.bias"].to(dtype)
    rewrite(saved, tensors)
    with pytest.raises(ValueError, match=f"encoder.0.bias is {dtype}, expected"):
        load(saved)


def test_whole_numbers_for_weights(saved):
    tensors = vae().state_dict()
    tensors["encoder.0.bias"] = tensors["encoder.0.bias"].long()
    rewrite(saved, tensors)
    with pytest.raises(ValueError, match="encoder.0.bias .* torch.int64, expected"):
        load(saved)


def test_a_card_names_the_dtype_of_its_file(saved):
    for other in ("float16", "float64", None):
        change_card(saved, dtype=other)
        with pytest.raises(ValueError, match=f"expected the card's {other!r}"):
            load(saved)


def test_float32_whatever_the_default_is(saved):
    torch.set_default_dtype(torch.float64)
    try:
        model, _ = load(saved)
    finally:
        torch.set_default_dtype(torch.float32)
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}


def test_nested_without_end(saved):
    saved.with_suffix(".json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match="is not JSON"):
        load(saved)


# Codes


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_codes_round_trip(tmp_path, dtype):
    codes = made_codes()
    save_codes(tmp_path / "codes.safetensors", codes, CODES_CARD, dtype=dtype)
    again, card = load_codes(tmp_path / "codes.safetensors")
    exact = getattr(torch, dtype)
    assert torch.equal(again.mu, codes.mu.to(exact).float())
    assert torch.equal(again.log_var, codes.log_var.to(exact).float())
    assert torch.equal(again.labels, codes.labels)
    assert (again.mu.dtype, again.labels.dtype) == (torch.float32, torch.int64)
    assert CODES_CARD.items() <= card.items() and card["kind"] == "codes"


def test_codes_and_weights_are_not_mixed_up(saved, tmp_path):
    save_codes(tmp_path / "codes.safetensors", made_codes(), CODES_CARD)
    with pytest.raises(ValueError, match="a card for 'codes', expected 'model'"):
        load(tmp_path / "codes.safetensors")
    with pytest.raises(ValueError, match="a card for 'model', expected 'codes'"):
        load_codes(saved)


@pytest.mark.parametrize("entry", CODES_CARD)
def test_codes_need_a_whole_card(tmp_path, entry):
    card = {key: value for key, value in CODES_CARD.items() if key != entry}
    with pytest.raises(ValueError, match=f"lacks {entry}"):
        save_codes(tmp_path / "codes.safetensors", made_codes(), card)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"mu": None}, "expected the tensors labels, log_var, mu, got labels, log_var"),
        ({"z": torch.zeros(6, 2)}, "got labels, log_var, mu, z"),
        ({"mu": torch.zeros(5, 2)}, r"shapes \(5, 2\), \(6, 2\), \(6,\)"),
        ({"labels": torch.zeros(6)}, "labels are torch.int64, got torch.float32"),
        ({"mu": torch.full((6, 2), float("nan"))}, "NaN or infinite values in mu"),
    ],
    ids=["missing", "extra", "shape", "labels", "nan"],
)
def test_damaged_codes(tmp_path, changes, message):
    file = tmp_path / "codes.safetensors"
    save_codes(file, made_codes(), CODES_CARD)
    tensors = {k: t for k, t in (vars(made_codes()) | changes).items() if t is not None}
    halved = {k: t.half() if t.is_floating_point() else t for k, t in tensors.items()}
    rewrite(file, halved)
    with pytest.raises(ValueError, match=message):
        load_codes(file)


@pytest.mark.parametrize(
    "shapes", [((6,), (6,), (6,)), ((6, 2), (6, 3), (6,)), ((6, 2), (6, 2), (5,))]
)
def test_codes_of_unequal_sizes(shapes):
    tensors = [torch.zeros(shape, dtype=torch.int64) for shape in shapes]
    with pytest.raises(ValueError, match="expected mu"):
        Codes(*tensors)
