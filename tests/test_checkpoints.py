"""The script that makes the shipped models, on a made set; and what is shipped."""

import json

import checkpoints
import pytest
import torch

from course_utils import data, evaluation, weights
from course_utils.likelihoods import Bernoulli, GreyCrossEntropy
from course_utils.models import VAE, vae_loss

SHIPPED = checkpoints.FOLDER


def made(name, binarisation="grey"):
    """40 + 12 random images of 784 pixels, as data.load gives them."""
    images = torch.rand(52, 784, generator=torch.Generator().manual_seed(0))
    train, test, labels = images[:40], images[40:], torch.arange(52) % 10
    rest = (GreyCrossEntropy(), binarisation, None)
    if binarisation == "stochastic":
        test, rest = test.round(), (Bernoulli(), binarisation, torch.bernoulli)
    return data.Dataset(name, train, labels[:40], test, labels[40:], (28, 28), *rest)


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A made set, two epochs, other folders."""
    monkeypatch.setattr(data, "load", made)
    monkeypatch.setattr(checkpoints, "FOLDER", tmp_path / "made")
    monkeypatch.setattr(checkpoints, "SEEDS", tmp_path / "seeds.json")
    monkeypatch.setattr(checkpoints, "SHARED", checkpoints.SHARED | {"hidden": (8,)})
    for name, settings in checkpoints.MODELS.items():
        changed = settings | {"epochs": 2} | ({"K": 3} if "K" in settings else {})
        monkeypatch.setitem(checkpoints.MODELS, name, changed)
    return tmp_path / "made"


def test_all_are_made_and_can_be_loaded(small, capsys):
    with pytest.raises(SystemExit):
        checkpoints.main(["mnist-gan"])
    assert "mnist-vae-20" in capsys.readouterr().err
    checkpoints.main([])
    for name, settings in checkpoints.MODELS.items():
        model, card = weights.load(small / f"{name}.safetensors")
        digits = made("mnist", settings["binarisation"])
        images = digits.test_images
        assert model.latents == settings["latents"] and card["epochs"] == 2
        assert card["dtype"] == "float16"
        scores = evaluation.report(model, images, K=settings.get("K"))
        assert card["scores"] == pytest.approx(scores, abs=1e-3), "of what is stored"
        if isinstance(model, VAE):
            path = small / f"{name}-codes.safetensors"
            codes, about = weights.load_tensors(path)
            assert about["model"] == f"{name}.safetensors"
            found, wanted = (codes["mu"], codes["log_var"]), model.encode(images)
            torch.testing.assert_close(found, wanted, atol=2e-3, rtol=2e-3)
            assert torch.equal(codes["labels"], digits.test_labels)


@pytest.mark.parametrize("arguments", [[], ["mnist-vae-2", "--seeds", "2"]])
def test_an_interrupted_training_ships_nothing(small, monkeypatch, arguments):
    def interrupted(model, x, **settings):
        if model.training:
            raise KeyboardInterrupt
        return vae_loss(model, x, **settings)

    monkeypatch.setattr(checkpoints, "vae_loss", interrupted)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.main(arguments)
    assert not small.exists() and not checkpoints.SEEDS.exists()


def test_other_seeds_are_scored_and_nothing_is_stored(small):
    checkpoints.main(["mnist-vae-2", "--seeds", "2"])
    checkpoints.main(["mnist-autoencoder-2", "--seeds", "1"])
    found = json.loads(checkpoints.SEEDS.read_text())
    assert set(found["mnist-vae-2"]) == {"1", "2"}, "kept when another is added"
    assert len(set(found["mnist-vae-2"].values())) == 2
    assert set(found["mnist-autoencoder-2"]) == {"1"}
    assert not small.exists()


@pytest.mark.parametrize("name", checkpoints.MODELS)
def test_what_is_shipped(name):
    model, card = weights.load(SHIPPED / f"{name}.safetensors")
    settings = checkpoints.SHARED | checkpoints.MODELS[name]
    for key in ("seed", "epochs", "batch_size", "lr", "binarisation"):
        assert card[key] == settings[key], key
    assert card.get("K") == settings.get("K")
    assert "CC BY-SA 3.0" in card["licence"]
    assert card["half precision costs (nats)"] < 0.1 or card["dtype"] == "float32"
    scores, seeds = card["scores"], json.loads(checkpoints.SEEDS.read_text())[name]
    loss = scores.get("negative_elbo", scores["reconstruction"])
    assert set(seeds) == {"1", "2", "3"}
    assert all(abs(value - loss) < 2 for value in seeds.values())
    if isinstance(model, VAE):
        assert max(loss, *seeds.values()) <= (98.5 if model.latents == 20 else 139)
        codes, about = weights.load_tensors(SHIPPED / f"{name}-codes.safetensors")
        assert about["model"] == f"{name}.safetensors"
        assert codes["mu"].shape == (checkpoints.CODES, model.latents)
        assert "CC BY-SA 3.0" in about["licence"]
        # Every code is near a digit that its decoder draws again.
        few = codes["mu"][:200]
        with torch.no_grad():
            mu, _ = model.encode(model.likelihood.mean(model.decode(few)))
        assert (mu - few).square().mean() < codes["mu"].var() / 2
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 12e6
