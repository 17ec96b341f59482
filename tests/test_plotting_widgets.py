"""Figure and widget plumbing, without a browser."""

import itertools

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils import plotting
from course_utils.widgets import explorer, float_slider, int_slider, png, show_widget


def line(a, n=2):
    if a < 0:
        raise ValueError("a must not be negative")
    fig, ax = plt.subplots()
    ax.plot(np.arange(n) * a)
    return fig


def test_slider_changes_the_picture_and_errors_keep_it():
    slider = float_slider("a", 1.0, -1.0, 2.0)
    box = explorer(line, {"a": slider, "n": int_slider("n", 3, 2, 9)})
    note, picture = box.children[-2:]
    first = bytes(picture.value)
    assert first.startswith(b"\x89PNG")
    slider.value = 2.0
    second = bytes(picture.value)
    assert second != first
    slider.value = -0.5
    assert picture.value == second and "negative" in note.value
    slider.value = 1.0
    assert picture.value == first and note.value == ""
    assert not plt.get_fignums(), "figures are left open"


def test_explorer_needs_controls():
    with pytest.raises(ValueError, match="controls is empty"):
        explorer(line, {})


def test_show_widget_has_a_static_picture(monkeypatch):
    shown = {}
    monkeypatch.setattr(
        "course_utils.widgets.display", lambda b, **k: shown.update(bundle=b, **k)
    )
    box = explorer(line, {"a": float_slider("a", 1.0, 0.0, 2.0)})
    show_widget(box, "a line that rises")
    assert shown["bundle"]["image/png"] == bytes(box.children[-1].value)
    assert shown["metadata"]["image/png"]["alt"] == "a line that rises"
    assert isinstance(box, widgets.VBox)


def test_tile_keeps_every_picture_apart():
    sheet = plotting.tile(np.ones((3, 2, 2)), columns=2, gutter=1, background=0.5)
    assert sheet.shape == (7, 7)
    assert (sheet == 1).sum() == 12 and (sheet[3] == 0.5).all()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plotting.tile(np.ones((2, 4)), columns=2), r"\(N, H, W\)"),
        (lambda: plotting.tile(np.ones((2, 4, 4)), columns=0), "at least 1"),
        (lambda: plotting.draw_classes(None, np.ones((2, 3)), [0, 1]), r"\(N, 2\)"),
        (lambda: plotting.draw_classes(None, np.ones((2, 2)), [0]), "N labels"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_png_closes_the_figure():
    fig = line(1)
    png(fig)
    assert fig.number not in plt.get_fignums()


# Linear-RGB matrices of full deuteranopia, protanopia and tritanopia: Machado,
# Oliveira and Fernandes, A Physiologically-based Model for Simulation of Color
# Vision Deficiency (2009), severity 1.
VISION = {
    "typical": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
RGB_TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)


def cielab(colour, vision):
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(vision) @ linear, 0, 1)
    xyz = RGB_TO_XYZ @ seen / [0.9505, 1.0, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION)
def test_class_colours_can_be_told_apart(vision):
    points = [cielab(c, VISION[vision]) for c in plotting.CLASS_COLOURS]
    assert len(points) == 10
    for a, b in itertools.combinations(points, 2):
        assert np.linalg.norm(a - b) > 14
