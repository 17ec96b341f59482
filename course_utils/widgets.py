"""Widget wiring: sliders whose picture is redrawn by a plain function.

Pictures are PNG bytes in a `widgets.Image`; no `interact`, no `Output`, which do
not survive strict nbval and can hang nbconvert.
"""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import matplotlib.pyplot as plt
import torch
from IPython.display import display
from matplotlib.figure import Figure

from course_utils.pngs import png, png_metadata, png_size


def explorer(
    draw: Callable[..., Figure], controls: Mapping[str, widgets.ValueWidget]
) -> widgets.VBox:
    """Controls above a picture: `draw(**values)` is called when a value changes.

    `controls` maps each argument of `draw` to a widget. If `draw` raises, what it says
    is shown under the controls, and the last good picture stays. If it raises at once,
    there is no picture yet, and the error is raised.
    """
    if not controls:
        raise ValueError("controls is empty: give at least one widget")
    # Twice the pixels of the place that it takes, as `show` does.
    layout = widgets.Layout(align_self="flex-start", max_width="100%")
    picture = widgets.Image(format="png", layout=layout)
    note = widgets.HTML()
    gradients = torch.is_grad_enabled()  # a front end may call from another thread

    def redraw(_change: Any = None) -> None:
        before = set(plt.get_fignums())
        try:
            with torch.set_grad_enabled(gradients):
                fig = draw(**{k: control.value for k, control in controls.items()})
            if not isinstance(fig, Figure):
                raise TypeError(f"draw must return a Figure, got {type(fig).__name__}")
            # The first picture is stored in the notebook, so it is made small.
            picture.value = png(fig, quick=bool(picture.value))
        except Exception as error:
            if not picture.value:
                raise
            note.value = html.escape(f"{type(error).__name__}: {error}")
            return
        finally:
            for number in set(plt.get_fignums()) - before:
                plt.close(number)
        note.value = ""
        layout.width = f"{png_size(picture.value)[0]}px"

    redraw()
    for control in controls.values():
        control.observe(redraw, names="value")
    return widgets.VBox([*controls.values(), note, picture])


def show_widget(box: widgets.VBox, alt: str) -> None:
    """Display an explorer; where no kernel runs, its first picture is shown instead.

    `alt` says what is to be seen; it becomes the alternative text of that picture.
    (A live one has none: ipywidgets cannot show an Image that has a tooltip.)
    """
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence what is to be seen")
    pictures = [child for child in box.children if isinstance(child, widgets.Image)]
    if not pictures:
        raise ValueError("box holds no widgets.Image: make it with explorer")
    shown = bytes(pictures[0].value)
    bundle = {
        "text/plain": "An interactive picture; run this cell to use its controls.",
        "image/png": shown,
        "application/vnd.jupyter.widget-view+json": {
            "version_major": 2,
            "version_minor": 0,
            "model_id": box.model_id,
        },
    }
    display(bundle, raw=True, metadata=png_metadata(shown, alt))


def float_slider(
    label: str, value: float, low: float, high: float, *, step: float = 0.01
) -> widgets.FloatSlider:
    """A slider wide enough for its label; it reports while it is dragged."""
    settings = dict(value=value, min=low, max=high, step=step)
    return _slider(widgets.FloatSlider, label, **settings)


def int_slider(label: str, value: int, low: int, high: int) -> widgets.IntSlider:
    """A slider over whole numbers."""
    return _slider(widgets.IntSlider, label, value=value, min=low, max=high)


def choice_slider(
    label: str, value: float, choices: Sequence[float]
) -> widgets.SelectionSlider:
    """A slider that stops at the given numbers only."""
    options = [(f"{choice:g}", choice) for choice in choices]
    return _slider(widgets.SelectionSlider, label, value=value, options=options)


def _slider(kind: type, label: str, **settings: Any) -> Any:
    return kind(
        description=label,
        tooltip=label,
        continuous_update=True,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="460px"),
        **settings,
    )
