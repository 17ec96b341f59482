"""How a figure is shown: size, palette, alternative text, grey levels, colours."""

import io
import itertools
import os
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from course_utils import plotting


def line():
    fig, ax = plt.subplots(figsize=(4.3, 2.3), dpi=100)
    ax.plot([0, 1], [0, 1], color=plotting.BLUE)
    return fig


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))


def test_a_figure_is_shown_as_a_png_of_twice_its_size(monkeypatch):
    shown = {}
    show = lambda b, **k: shown.update(bundle=b, **k)  # noqa: E731
    monkeypatch.setattr("course_utils.plotting.display", show)
    plotting.show(line(), "a rising line")
    meta = shown["metadata"]["image/png"]
    assert meta == {"alt": "a rising line", "width": 430, "height": 230}
    picture = Image.open(io.BytesIO(shown["bundle"]["image/png"]))
    assert picture.size == (860, 460) and picture.mode == "P"  # a palette
    assert shown["bundle"]["text/plain"] == "<Figure size 430x230 with 1 Axes>"
    assert not plt.get_fignums()


CELL = """
from course_utils.plotting import show, use_style
import matplotlib.pyplot as plt
use_style()
fig, ax = plt.subplots()
show(fig, "an empty frame")
"""
KERNEL = f"""
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance()
with capture_output() as out:
    shell.run_cell({CELL!r})
for output in out.outputs:
    print(sorted(output.data), output.metadata["image/png"]["alt"])
"""


@pytest.mark.parametrize(
    "backend", ["agg", "module://matplotlib_inline.backend_inline"]
)
def test_a_notebook_gets_the_png_with_every_backend(backend):
    run = subprocess.run(
        [sys.executable, "-c", KERNEL],
        env={**os.environ, "MPLBACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert run.stdout == "['image/png', 'text/plain'] an empty frame\n", run.stderr


def test_line_art_is_small_and_its_colours_are_exact():
    picture = plotting.png(line())
    assert len(picture) < 20_000
    colours = {tuple(c) for c in pixels(picture).reshape(-1, 3)}
    assert {(255, 255, 255), (0, 0x72, 0xB2)} <= colours


def test_greys_and_many_colours_are_kept():
    fig = plt.figure(figsize=(2, 2), dpi=100)
    fig.figimage(np.arange(256).repeat(64).reshape(128, 128), cmap="gray")
    assert Image.open(io.BytesIO(plotting.png(fig))).mode == "L"
    fig, ax = plt.subplots(figsize=(3, 3), dpi=100)
    ax.imshow(np.random.default_rng(0).random((60, 60, 3)))
    all_colours = pixels(plotting.png(fig, quick=True)).astype(int)
    error = np.abs(all_colours - pixels(plotting.png(fig))).mean()
    assert error < 16  # random colours are the worst case


def test_a_digit_is_black_ink_on_white_paper():
    digit = np.zeros((1, 8, 8))
    digit[0, 4] = 1
    fig, ax = plt.subplots(figsize=(2, 2), dpi=100)
    plotting.draw_images(ax, digit, columns=1)
    image = ax.images[0]
    drawn = image.to_rgba(image.get_array())[..., 0]
    assert (drawn[5, 1:-1] == 0).all() and drawn[1, 1] == 1
    assert 0.5 < drawn[0, 0] < 1, "the gutter is a light grey"
    plt.close(fig)
    levels = plotting.grey_levels([[[0.0, 2.0]], [[-1.0, 0.0]]], "signed")
    assert levels.tolist() == [[[0.5, 0.0]], [[0.75, 0.5]]], "one scale, zero mid-grey"
    pictures = np.array([0.1, 0.2, 0.3]).repeat(4).reshape(3, 2, 2)
    sheet = plotting.tile(pictures, columns=2)
    assert sheet.shape == (7, 7) and (sheet[4:, 4:] == 1).all()
    assert (sheet[1:3, 4:6] == 0.2).all() and (sheet[4:6, 1:3] == 0.3).all()
    assert (sheet[3] == plotting.GUTTER).all()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plotting.show(Figure(), "  "), "alt is empty"),
        (lambda: plotting.tile(np.ones((2, 4)), columns=2), r"\(N, H, W\)"),
        (lambda: plotting.tile(np.ones((2, 4, 4)), columns=0), "at least 1"),
        (lambda: plotting.grey_levels(np.ones((2, 4, 4)), "grey"), "kind"),
        (lambda: plotting.draw_classes(None, np.ones((2, 3)), [0, 1]), r"\(N, 2\)"),
        (lambda: plotting.draw_classes(None, np.ones((2, 2)), [0]), "N labels"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Full colour blindness as matrices on linear RGB: Machado, Oliveira and Fernandes, A
# Physiologically-based Model for Simulation of Color Vision Deficiency (2009).
VISION = {
    "typical": "1 0 0 0 1 0 0 0 1",
    "deuteranopia": ".367 .861 -.228 .280 .673 .047 -.012 .043 .969",
    "protanopia": ".152 1.053 -.205 .115 .786 .099 -.004 -.048 1.052",
    "tritanopia": "1.256 -.077 -.179 -.078 .931 .148 .005 .691 .304",
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]


def cielab(colour, vision):
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.reshape(vision.split(), (3, 3)).astype(float) @ linear, 0, 1)
    xyz = np.array(TO_XYZ) @ seen / [0.9505, 1.0, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION)
def test_class_colours_can_be_told_apart(vision):
    points = [cielab(c, VISION[vision]) for c in plotting.CLASS_COLOURS]
    assert len(points) == 10
    for a, b in itertools.combinations(points, 2):
        assert np.linalg.norm(a - b) > 14
