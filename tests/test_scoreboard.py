"""The scoreboard's script on a small made set, and the committed scoreboard."""

import json
from types import SimpleNamespace

import checkpoints
import pytest
import scoreboard
import torch

from course_utils import beta_widget, weights
from course_utils.conv import ConvVAE
from course_utils.evaluation import report
from course_utils.likelihoods import Bernoulli
from course_utils.models import VAE


@pytest.fixture
def stripes(monkeypatch, tmp_path):
    """A made set for one epoch: rows of an image are black or white at random."""
    rows = torch.rand(64, 8, generator=torch.Generator().manual_seed(0))
    images = rows.round().repeat_interleave(8, dim=1)
    made = SimpleNamespace(
        name="stripes",
        binarisation="stochastic",
        image_shape=(8, 8),
        pixels=64,
        likelihood=Bernoulli(),
        train_images=images,
        test_images=images[:20],
        prepare=lambda x: x,
    )
    changed = {"load": lambda *_, **__: made, "FILE": tmp_path / "board.json"}
    for name, value in {**changed, "EPOCHS": 1, "K": 3}.items():
        monkeypatch.setattr(scoreboard, name, value)


def board():
    return json.loads(scoreboard.FILE.read_text(encoding="utf-8"))["rows"]


def test_rows_are_made_and_stored_one_by_one(stripes):
    for name in ("conv-2", "mlp-2", "conv-2"):
        scoreboard.main(["--only", name])
    assert [row["name"] for row in board()] == ["mlp-2", "conv-2"]
    for row in board():
        total = row["reconstruction"] + row["kl"]
        assert row["negative_elbo"] == pytest.approx(total, abs=2e-3)
        settings = row["settings"]
        assert settings["K"] == 3 and settings["epochs"] == 1
        assert settings["train_images"] == 64 and settings["test_images"] == 20
    before = scoreboard.FILE.read_bytes()
    with pytest.raises(ValueError):
        scoreboard.store(board()[0] | {"kl": float("nan")})
    assert scoreboard.FILE.read_bytes() == before
    assert list(scoreboard.FILE.parent.iterdir()) == [scoreboard.FILE]


def test_the_committed_board():
    """Four rows of one setting; what theory and common sense demand of them."""
    rows = board()
    assert tuple(row["name"] for row in rows) == scoreboard.ROWS
    mnist = SimpleNamespace(pixels=784, image_shape=(28, 28), likelihood=Bernoulli())
    for row in rows:
        name, settings = row["name"], row["settings"]
        model = scoreboard.build(name, mnist)
        assert isinstance(model, ConvVAE) == name.startswith("conv")
        assert row["parameters"] == sum(p.numel() for p in model.parameters())
        assert row["architecture"] == scoreboard.describe(name)
        assert row["latents"] == model.latents == int(name.split("-")[1])
        assert settings == rows[0]["settings"]
        assert settings["test_images"] == 10_000 and settings["K"] == scoreboard.K
        assert settings["binarisation"] == "stochastic"
        total = row["reconstruction"] + row["kl"]
        assert row["negative_elbo"] == pytest.approx(total, abs=2e-3)
        assert 0 < row["iw_nll"] < row["negative_elbo"], "IW-NLL is the tighter bound"
        assert 0.2 < row["standard_error"] < 1
        assert 1 <= row["active_units"] <= row["latents"]
    for kind in ("mlp", "conv"):
        two, twenty = (r for r in rows if r["name"].startswith(kind))
        assert twenty["negative_elbo"] < two["negative_elbo"] - 20


def test_all_scores_have_one_schema():
    model = VAE(pixels=4, latents=2, likelihood=Bernoulli(), hidden=())
    names = report(model, torch.zeros(3, 4), K=2).keys()
    for row in board():
        assert names <= row.keys()
    files = [
        *checkpoints.FOLDER.glob("*vae*[0-9].safetensors"),
        *beta_widget.FOLDER.iterdir(),
    ]
    assert len(files) == 2 + 7
    for file in files:
        scores = weights.load(file)[1]["scores"].keys()
        assert names - scores in (set(), {"iw_nll", "iw_nll_standard_error"})
        assert scores <= names
