"""The scoreboard's script on a small made set, and the committed scoreboard."""

import json
import sys
from types import SimpleNamespace

import pytest
import torch
from notebook_cells import NOTEBOOKS

from course_utils.conv import ConvVAE
from course_utils.likelihoods import Bernoulli

sys.path.insert(0, str(NOTEBOOKS.parent / "tools"))
import scoreboard


def stripes(shape=(8, 8), number=64):
    """A made set: rows of an image are black or white at random."""
    generator = torch.Generator().manual_seed(0)
    grey = torch.rand(number, shape[0], generator=generator)
    images = grey.round().repeat_interleave(shape[1], dim=1)
    return SimpleNamespace(
        name="stripes",
        binarisation="stochastic",
        image_shape=shape,
        pixels=shape[0] * shape[1],
        likelihood=Bernoulli(),
        train_images=images,
        test_images=images[:20],
        prepare=lambda x: x,
    )


@pytest.mark.parametrize("name", ["mlp-2", "conv-2"])
def test_a_row_says_all(name):
    data = stripes()
    row = scoreboard.score(name, data, epochs=1, samples=3)
    assert row["name"] == name and row["latents"] == 2
    assert row["negative_elbo"] == pytest.approx(
        row["reconstruction"] + row["kl"], abs=2e-3
    )
    assert row["standard_error"] > 0 and 0 <= row["active_units"] <= 2
    settings = row["settings"]
    assert settings["K"] == 3 and settings["epochs"] == 1
    assert settings["train_images"] == 64 and settings["test_images"] == 20
    assert settings["binarisation"] == "stochastic"
    assert json.loads(json.dumps(row)) == row


def test_prepare_is_called_each_epoch():
    data, calls = stripes(), []
    data.prepare = lambda x: calls.append(len(x)) or x
    scoreboard.score("mlp-2", data, epochs=3, samples=1)
    assert calls == [64, 64, 64]


def test_an_interrupted_training_is_no_row(monkeypatch):
    def interrupted(model, *args, **settings):
        return SimpleNamespace(interrupted=True)

    monkeypatch.setattr(scoreboard, "fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        scoreboard.score("mlp-2", stripes(), epochs=1, samples=1)


def test_rows_are_stored_one_by_one(tmp_path):
    file = tmp_path / "board.json"
    for name, value in [("conv-2", 1.0), ("mlp-2", 2.0), ("conv-2", 3.0)]:
        scoreboard.store({"name": name, "negative_elbo": value}, file)
    rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
    assert [(r["name"], r["negative_elbo"]) for r in rows] == [
        ("mlp-2", 2.0),
        ("conv-2", 3.0),
    ]
    before = file.read_bytes()
    with pytest.raises(ValueError, match="mlp-2: negative_elbo is nan"):
        scoreboard.store({"name": "mlp-2", "negative_elbo": float("nan")}, file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["board.json"]


def test_only_a_known_row(capsys):
    with pytest.raises(SystemExit):
        scoreboard.main(["--only", "mlp-3"])
    assert "mlp-2, mlp-20" in capsys.readouterr().err.replace("'", "")


def test_the_committed_board():
    """Four rows of one setting; what theory and common sense demand of them."""
    rows = json.loads(scoreboard.FILE.read_text(encoding="utf-8"))["rows"]
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
        assert row["negative_elbo"] == pytest.approx(
            row["reconstruction"] + row["kl"], abs=2e-3
        )
        assert 0 < row["iw_nll"] < row["negative_elbo"], "IW-NLL is the tighter bound"
        assert 0.2 < row["standard_error"] < 1
        assert 1 <= row["active_units"] <= row["latents"]
    for kind in ("mlp", "conv"):
        two, twenty = (r for r in rows if r["name"].startswith(kind))
        assert twenty["negative_elbo"] < two["negative_elbo"] - 20
        assert twenty["kl"] > two["kl"]
