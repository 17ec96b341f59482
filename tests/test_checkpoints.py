"""The script that makes the shipped models, on a made set; and what is shipped."""

import json
import sys

import made_mnist
import pytest
import torch
from notebook_cells import NOTEBOOKS

from course_utils import data, evaluation, mnist, weights
from course_utils.models import VAE

sys.path.insert(0, str(NOTEBOOKS.parent / "tools"))
import checkpoints

SHIPPED = checkpoints.FOLDER


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A made set of 40 + 12 pictures, two epochs, another folder."""
    files = made_mnist.place(tmp_path)
    monkeypatch.setenv("VAE_COURSE_CACHE", str(tmp_path))
    monkeypatch.setenv("VAE_COURSE_PROGRESS", "0")
    monkeypatch.setattr(mnist, "FILES", files)
    monkeypatch.setattr(checkpoints, "FOLDER", tmp_path / "made")
    monkeypatch.setattr(checkpoints, "SHARED", checkpoints.SHARED | {"hidden": (8,)})
    for name, settings in checkpoints.MODELS.items():
        changed = settings | {"epochs": 2} | ({"K": 3} if "K" in settings else {})
        monkeypatch.setitem(checkpoints.MODELS, name, changed)
    return tmp_path / "made"


def test_all_are_made_and_can_be_loaded(small):
    checkpoints.main([])
    cards = {}
    for name in checkpoints.MODELS:
        model, cards[name] = weights.load(small / f"{name}.safetensors")
        assert model.latents == int(name.rsplit("-", 1)[1])
    vae, codes_path = cards["mnist-vae-20"], small / "mnist-vae-20-codes.safetensors"
    assert vae["binarisation"] == "stochastic" and vae["dtype"] == "float16"
    assert vae["half precision costs (nats)"] < 0.1
    model, _ = weights.load(small / "mnist-vae-20.safetensors")
    digits = data.load("mnist", binarisation="stochastic")
    bound = evaluation.elbo(model, digits.test_images)
    assert vae["scores"]["test -ELBO"] == pytest.approx(-bound.value, abs=0.006)
    assert vae["scores"]["what -ELBO is"] == "log-likelihood bound"
    assert any("K = 3" in key for key in vae["scores"])
    grey = cards["mnist-vae-2"]["scores"]
    assert "not a likelihood" in grey["what -ELBO is"]
    assert not any("log p" in key for key in grey)
    assert set(cards["mnist-autoencoder-2"]["scores"]) == {
        "test grey cross-entropy",
        "test RMSE",
    }
    codes, card = weights.load_codes(codes_path)
    assert card["model"] == "mnist-vae-20.safetensors"
    with torch.no_grad():
        mu, log_var = model.encode(digits.test_images)
    torch.testing.assert_close(codes.mu, mu, atol=2e-3, rtol=2e-3)
    torch.testing.assert_close(codes.log_var, log_var, atol=2e-3, rtol=2e-3)
    assert torch.equal(codes.labels, digits.test_labels)


def test_one_can_be_chosen_and_another_is_refused(small, capsys):
    checkpoints.main(["mnist-vae-2"])
    made = sorted(path.name for path in small.glob("*.safetensors"))
    assert made == ["mnist-vae-2-codes.safetensors", "mnist-vae-2.safetensors"]
    with pytest.raises(SystemExit):
        checkpoints.main(["mnist-gan"])
    assert "unknown model 'mnist-gan'; known: mnist-vae-20" in capsys.readouterr().err


def test_other_seeds_are_scored_and_nothing_is_stored(small, monkeypatch, tmp_path):
    monkeypatch.setattr(checkpoints, "SEEDS", tmp_path / "seeds.json")
    threads = torch.get_num_threads()
    try:
        checkpoints.main(["mnist-vae-2", "--seeds", "2"])
        checkpoints.main(["mnist-autoencoder-2", "--seeds", "1"])
    finally:
        torch.set_num_threads(threads)
    found = json.loads((tmp_path / "seeds.json").read_text())
    assert set(found["mnist-vae-2"]) == {"1", "2"}, "kept when another is added"
    assert len(set(found["mnist-vae-2"].values())) == 2
    assert set(found["mnist-autoencoder-2"]) == {"1"}
    assert not small.exists()


def test_half_precision_only_where_it_is_cheap(small, monkeypatch):
    monkeypatch.setattr(checkpoints, "HALF_MAY_COST", -1e9)
    checkpoints.main(["mnist-vae-2"])
    _, card = weights.load(small / "mnist-vae-2.safetensors")
    assert card["dtype"] == "float32"


def test_what_is_shipped_meets_its_bounds():
    cards = {
        name: json.loads((SHIPPED / f"{name}.json").read_text())
        for name in checkpoints.MODELS
    }
    wide = cards["mnist-vae-20"]["scores"]
    assert wide["test -ELBO"] <= 98.5
    assert wide["test -log p(x), importance-weighted, K = 500"] <= 95.5
    assert cards["mnist-vae-2"]["scores"]["test -ELBO"] <= 139
    for name, card in cards.items():
        settings = checkpoints.SHARED | checkpoints.MODELS[name]
        for key in ("seed", "epochs", "batch_size", "lr", "binarisation"):
            assert card[key] == settings[key], (name, key)
        assert card["half precision costs (nats)"] < 0.1 or card["dtype"] == "float32"
        assert "CC BY-SA 3.0" in card["licence"]
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 12e6


def test_other_seeds_than_the_shipped_one_meet_the_bounds_too():
    found = json.loads(checkpoints.SEEDS.read_text())
    for name, settings in checkpoints.MODELS.items():
        losses = found[name]
        assert set(losses) == {"1", "2", "3"} and settings.get("seed", 0) == 0
        card = json.loads((SHIPPED / f"{name}.json").read_text())
        assert "data/seeds.json" in card["noise"]
        shipped = next(iter(card["scores"].values()))
        assert all(abs(value - shipped) < 2 for value in losses.values())
    assert max(found["mnist-vae-20"].values()) <= 98.5
    assert max(found["mnist-vae-2"].values()) <= 139


@pytest.mark.parametrize("name", checkpoints.MODELS)
def test_what_is_shipped_can_be_loaded(name):
    model, card = weights.load(SHIPPED / f"{name}.safetensors")
    if isinstance(model, VAE):
        codes, about = weights.load_codes(SHIPPED / f"{name}-codes.safetensors")
        assert about["model"] == f"{name}.safetensors"
        assert codes.mu.shape == (checkpoints.CODES, model.latents)
        # Every code is near a digit that its decoder draws again.
        with torch.no_grad():
            mu, _ = model.encode(model.likelihood.mean(model.decode(codes.mu[:200])))
        assert (mu - codes.mu[:200]).square().mean() < codes.mu.var() / 2
