"""The mechanism figures: they draw what they are given and refuse what they cannot."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from crowding import crowded

from course_utils.figures import areas, images, parts
from course_utils.figures.icons import ICONS, icon
from course_utils.plotting import BLUE
from course_utils.pngs import png

FRUITS = {"banana": 0.5, "strawberry": 0.3, "grape": 0.2}
PICTURES = np.random.default_rng(0).random((8, 6, 6))
CODES = np.random.default_rng(1).normal(size=(40, 2))


def words(fig):
    return {t.get_text() for ax in fig.axes for t in ax.texts}


def entropy_figure(**more):
    rare = {"red ball": 0.01, "black ball": 0.99}
    pockets = {"fruits": FRUITS, "alike": dict.fromkeys(FRUITS, 1 / 3), "rare": rare}
    return areas.entropy(pockets, title="A finding", **more)


def cross_entropy_figure(**more):
    beliefs = {
        "upside down": dict(zip(FRUITS, [0.2, 0.3, 0.5], strict=True)),
        "alike": dict.fromkeys(FRUITS, 1 / 3),
    }
    return areas.cross_entropy(FRUITS, beliefs, title="A finding", **more)


def sheet_figure(**more):
    decoded = np.ones((4, 4, 6, 6)) / 2
    return images.sheet(decoded, CODES, np.arange(40) % 10, title="A finding", **more)


def film_figure(**more):
    strips = {0: PICTURES, 10: PICTURES}
    return images.film_strip(strips, title="A finding", how="One line.", **more)


FIGURES = [
    entropy_figure,
    lambda: entropy_figure(base=np.e),
    cross_entropy_figure,
    lambda: cross_entropy_figure(base=np.e),
    sheet_figure,
    lambda: sheet_figure(limit=(-1, 3, -2, 2), box=None, footer="made so"),
    film_figure,
    lambda: film_figure(losses=[550, 123], footer="made so"),
    lambda: images.grid(PICTURES, 5, title="T", labels="abcdefgh", rows=["x", "y"]),
]


@pytest.mark.parametrize("make", FIGURES)
def test_figures_can_be_read_and_leave_pyplot_alone(make):
    fig = make()
    assert crowded(fig) == [] and not plt.get_fignums()
    plain = png(fig)
    plt.rcParams.update({"axes.grid": True, "figure.constrained_layout.use": True})
    assert png(make()) == plain, "the same numbers give the same picture"


def test_areas_write_out_their_numbers():
    assert {"1.485 bits", "0.081 bits", "6.64", "1/3"} <= words(entropy_figure())
    said = words(cross_entropy_figure())
    assert {"1.8821", "1.4855", "0.3966", "overpaid +.661", "saved −.264"} <= said
    assert {"1.0297 ", "1.030 nats"} & words(entropy_figure(base=np.e))


def sheet_of(decoded, labels):
    return images.sheet(decoded, CODES, labels, title="")


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: areas.entropy({"a": {"x": 0.5, "y": 0.6}}, title=""), "sum to 1"),
        (lambda: areas.entropy({"a": {"x": 1.0, "y": 0.0}}, title=""), "above 0"),
        (lambda: areas.entropy({"a": FRUITS}, title="", base=10), "base"),
        (lambda: areas.cross_entropy(FRUITS, {"q": {"a": 1}}, title=""), "outcomes"),
        (lambda: images.grid(PICTURES[0], 2, title=""), r"\(N, H, W\)"),
        (lambda: images.grid(PICTURES, 2, title="", labels=["one"]), "labels"),
        (lambda: images.grid(PICTURES, 4, title="", rows=["one"]), "names"),
        (lambda: images.rows({"a": PICTURES, "b": PICTURES[1:]}, "T"), "7, 6, 6"),
        (lambda: images.film_strip({0: PICTURES, 1: PICTURES[:3]}, title=""), "same"),
        (lambda: film_figure(losses=[1.0]), "losses"),
        (lambda: sheet_of(PICTURES, np.zeros(40)), r"\(side, side, H, W\)"),
        (lambda: sheet_of(np.ones((2, 2, 6, 6)), [1, 2]), "labels"),
        (lambda: parts.tiles(None, PICTURES, [(1, 2)]), r"\(N, 2\)"),
        (lambda: parts.curve(None, [1, 2], [1, 2, 3], "c", BLUE), "two rows"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_ruler_knows_its_places():
    x_of = parts.ruler(
        parts.frame("T", height=500)[1], 560, 800, 370, {0: "0", 4.2: "4.2"}
    )
    assert x_of(0) == 560 and x_of(4.2) == pytest.approx(800)


def test_every_icon_can_be_drawn():
    fig, page = parts.frame("Icons", height=120)
    for i, name in enumerate([*ICONS, "something else"]):
        icon(page, name, 60 + 80 * i, 90)
    assert "something else" in words(fig) and png(fig)


def test_named_rows_are_the_grid_of_their_pictures():
    flat = PICTURES.reshape(8, 36)
    made = images.rows({"one": flat, "two": PICTURES}, "T")
    wall = np.concatenate([PICTURES, PICTURES])
    assert png(made) == png(images.grid(wall, 8, title="T", rows=["one", "two"]))
