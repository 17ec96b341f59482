"""Widget plumbing, without a browser."""

import io
import threading

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from course_utils.widgets import explorer, float_slider, int_slider, show_widget


def line(a, n=2):
    fig, ax = plt.subplots(figsize=(4, 2), dpi=100)
    if a < 0:
        raise RuntimeError("a must be at least <b>0</b>")
    if n == 9:
        return "no figure"
    ax.plot(np.arange(n) * a)
    return fig


def test_slider_changes_the_picture_and_errors_keep_it():
    a, n = float_slider("a", 1.0, -1.0, 2.0), int_slider("n", 3, 2, 9)
    box = explorer(line, {"a": a, "n": n})
    note, picture = box.children[-2:]
    first = bytes(picture.value)
    assert first.startswith(b"\x89PNG")
    a.value = 2.0
    second = bytes(picture.value)
    assert second != first
    a.value = -0.5
    assert picture.value == second
    assert "RuntimeError" in note.value and "&lt;b&gt;0" in note.value
    a.value, n.value = 2.0, 9
    assert picture.value == second and "Figure" in note.value
    a.value, n.value = 1.0, 3
    assert note.value == ""
    assert not plt.get_fignums(), "figures are left open"


def test_a_redraw_from_another_thread_asks_for_no_slopes_either():
    """JupyterLab may send moves to a thread where torch has a mode of its own."""
    seen, slider = [], float_slider("a", 1.0, 0.0, 2.0)

    def draw(a):
        seen.append(torch.is_grad_enabled())
        return line(a)

    with torch.no_grad():
        explorer(draw, {"a": slider})
    thread = threading.Thread(target=setattr, args=(slider, "value", 2.0))
    thread.start()
    thread.join()
    assert seen == [False, False]


def test_the_picture_has_twice_the_pixels_of_its_place():
    mine, sliders = plt.figure(), {"a": float_slider("a", 1.0, 0.0, 2.0)}
    picture = explorer(line, sliders).children[-1]
    assert Image.open(io.BytesIO(picture.value)).size == (800, 400)
    assert picture.layout.width == "400px"
    assert explorer(lambda a: Figure(), sliders).children[-1].value
    assert plt.get_fignums() == [mine.number], "figures of the learner stay open"
    plt.close(mine)


def test_an_explorer_without_a_first_picture_fails_at_once():
    with pytest.raises(ValueError, match="controls is empty"):
        explorer(line, {})
    with pytest.raises(RuntimeError, match="at least"):
        explorer(line, {"a": float_slider("a", -1.0, -1.0, 2.0)})
    assert not plt.get_fignums()


def test_show_widget_has_a_static_picture(monkeypatch):
    shown = {}
    show = lambda b, **k: shown.update(bundle=b, **k)  # noqa: E731
    monkeypatch.setattr("course_utils.widgets.display", show)
    box = explorer(line, {"a": float_slider("a", 1.0, 0.0, 2.0)})
    show_widget(box, "a line that rises")
    assert shown["bundle"]["image/png"] == bytes(box.children[-1].value)
    meta = shown["metadata"]["image/png"]
    assert meta == {"alt": "a line that rises", "width": 400, "height": 200}
    with pytest.raises(ValueError, match="alt is empty"):
        show_widget(box, "")
    with pytest.raises(ValueError, match="make it with explorer"):
        show_widget(widgets.VBox([widgets.HTML()]), "nothing")
