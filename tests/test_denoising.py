"""Lesson 06: the three corruptions, the two measures, the walls, and what ships."""

import json

import denoising as tool
import matplotlib
import numpy as np
import pytest
import torch
from crowding import crowded
from notebook_cells import run_cells
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from course_utils import weights
from course_utils.corruption import KINDS, corrupt
from course_utils.data import load
from course_utils.figures.arrows_home import around
from course_utils.figures.filters import (
    half_weight_pixels,
    neighbour_correlation,
    numbered,
    walls,
)

matplotlib.use("Agg")
LESSON = "06_denoising_autoencoders"
GREY = torch.full((400, 500), 0.5)


def seeded(number=0):
    return torch.Generator().manual_seed(number)


def test_the_rates_are_those_asked_for():
    erased = corrupt(GREY, "zero mask", 0.3, seeded())
    assert abs((erased == 0).float().mean() - 0.3) < 0.005
    assert set(erased.unique().tolist()) == {0.0, 0.5}
    flipped = corrupt(GREY, "salt and pepper", 0.3, seeded())
    for value in (0, 1):
        assert abs((flipped == value).float().mean() - 0.15) < 0.005
    noise = corrupt(GREY, "Gaussian", 0.2, seeded()) - GREY
    assert abs(noise.std() - 0.2) < 0.002 and abs(noise.mean()) < 0.002


@pytest.mark.parametrize("kind", KINDS)
def test_a_corruption_spoils_a_copy(kind):
    clean = torch.rand(5, 7, generator=seeded())
    before = clean.clone()
    assert torch.equal(corrupt(clean, kind, 0.0), clean)
    assert not torch.equal(corrupt(clean, kind, 0.9), clean)
    assert torch.equal(clean, before)
    same = [corrupt(clean, kind, 0.5, seeded(3)) for _ in range(2)]
    assert torch.equal(*same)


@pytest.mark.parametrize("rate, value", [("zero mask", 0), ("salt and pepper", None)])
def test_the_highest_rate_leaves_nothing(rate, value):
    all_gone = corrupt(GREY, rate, 1.0)
    assert not (all_gone == 0.5).any()
    assert value is None or (all_gone == value).all()


@pytest.mark.parametrize(
    "kind, level",
    [("zero mask", 1.2), ("zero mask", -0.1), ("salt and pepper", float("nan"))]
    + [("Gaussian", -1), ("Gaussian", float("inf")), ("zero mask", "half")]
    + [("pink", 0.1), ("", 0.1), ("zero mask", None)],
)
def test_a_wrong_kind_or_level_is_refused(kind, level):
    with pytest.raises(ValueError, match="got|known"):
        corrupt(GREY, kind, level)


@pytest.mark.parametrize("clean", [np.zeros((2, 3)), torch.zeros(3, dtype=torch.uint8)])
def test_pictures_that_are_no_real_tensor_are_refused(clean):
    with pytest.raises(TypeError, match="got"):
        corrupt(clean, "zero mask", 0.5)


def test_the_measures_of_a_filter():
    dot, flat = np.zeros((6, 6)), np.ones((6, 6))
    dot[2, 3] = -4
    assert half_weight_pixels([dot, flat]).tolist() == [1, 18]
    noise = np.random.default_rng(0).normal(size=(200, 12, 12))
    assert abs(neighbour_correlation(noise).mean()) < 0.02
    wave = np.sin(np.arange(60) / 20)
    assert neighbour_correlation([np.add.outer(wave, wave)])[0] > 0.9
    assert np.allclose(
        neighbour_correlation(noise), neighbour_correlation(7 - 2 * noise)
    )


def test_walls_are_sorted_and_not_crowded():
    filters = np.random.default_rng(0).normal(size=(60, 9, 9))
    names = ["plain\nno noise", "denoising\nhalf erased"]
    for measure in (half_weight_pixels, neighbour_correlation):
        fig = walls(dict.fromkeys(names, filters), measure, title="A finding")
        assert crowded(fig) == []
        rows = {name: filters[:16] for name in ("untrained", "trained")}
        assert crowded(numbered(rows, measure, title="A finding")) == []


@pytest.mark.parametrize("shape", [(9, 9, 9), (60, 81)])
def test_walls_refuse_too_few_filters_and_flat_ones(shape):
    with pytest.raises(ValueError, match="got"):
        walls({"a": np.ones(shape)}, half_weight_pixels, title="A finding")


def test_places_around_points_are_near_them():
    points = np.array([[0.0, 0.0], [2.0, 1.0]])
    places = around(points, 0.5)
    near = torch.cdist(places, torch.tensor(points).float()).min(1).values
    assert len(places) > 10 and near.max() < 0.5


@pytest.fixture(scope="module")
def lesson():
    names = {"np": np, "torch": torch, "nn": nn, "bce": bce, "corrupt": corrupt}
    return run_cells(LESSON, "tied", **names)


def test_the_lesson_and_the_script_train_the_same_layer(lesson):
    torch.manual_seed(1)
    own = lesson["Tied"](784, 100)
    torch.manual_seed(1)
    scripted = tool.Tied(784, 100)
    x = load().test_images[:5]
    assert torch.equal(own(x), scripted(x))


def test_the_shipped_denoiser_repairs_what_the_plain_one_cannot():
    clean = load().test_images[:300]
    models = [
        weights.load(tool.FOLDER / f"{name}.safetensors")[0]
        for name in ("denoiser", "plain")
    ]
    for kind, level in (
        ("zero mask", 0.5),
        ("salt and pepper", 0.3),
        ("Gaussian", 0.5),
    ):
        noisy = corrupt(clean, kind, level, seeded())
        with torch.no_grad():
            error, without = (
                ((m.reconstruct(noisy) - clean) ** 2).mean() for m in models
            )
        assert error < 0.75 * without and error < ((noisy - clean) ** 2).mean()


def test_what_the_script_stored_is_whole():
    measured = json.loads((tool.FOLDER / "measures.json").read_text())
    stack = json.loads((tool.FOLDER / "stack.json").read_text())
    assert len(measured) == len(tool.SEEDS) * (len(tool.LEVELS) + len(tool.PHOTO_NOISE))
    assert all(len(values) == 100 for values in measured.values())
    assert list(stack) == ["depth", "epochs"]
    for along, numbers in (("depth", tool.DEPTHS), ("epochs", tool.LONGER)):
        assert list(stack[along]) == list(tool.METHODS)
        for runs in stack[along].values():
            assert {k: len(r) for k, r in runs.items()} == {str(k): 3 for k in numbers}
    for name in tool.METHODS:  # one training, seen twice
        deep = str(tool.DEPTHS[-1]), str(tool.EPOCHS_AFTER)
        assert stack["depth"][name][deep[0]] == stack["epochs"][name][deep[1]]
    filters, _ = weights.load_tensors(tool.FOLDER / "filters.safetensors")
    kept = filters["photographs Gaussian 2"]
    values = measured["photographs, Gaussian 2, seed 0"]
    assert np.allclose(neighbour_correlation(kept), values, atol=1e-2)


def test_every_seed_bears_out_what_the_lesson_says_of_pre_training():
    stack = json.loads((tool.FOLDER / "stack.json").read_text())["epochs"]
    for ours in ("plain", "denoising"):
        early, late = (
            np.subtract(stack["none"][epochs], stack[ours][epochs])
            for epochs in ("40", "160")
        )
        assert early.min() > 0.05 and (late < 0.6 * early).all() and late.mean() > 0
        counted = np.subtract(stack["none"]["80"], stack[ours]["40"])  # 80 against 85
        assert counted.mean() < 0.3 * early.mean()
    assert len(tool.DEPTHS) * tool.EPOCHS_BEFORE == 45


def test_digits_on_photographs_are_pixels():
    made = tool.on_photographs(load().train_images[:6], left=True, seed=0)
    assert made.shape == (6, 784) and made.min() >= 0 and made.max() <= 1
    again = tool.on_photographs(load().train_images[:6], left=True, seed=0)
    assert torch.equal(made, again)


def test_patches_are_as_the_lesson_says():
    spread = tool.patches().std(1, correction=0)
    assert spread.max() < 1 and 0.2 < spread.median() < 0.3
