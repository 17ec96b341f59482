"""Widget wiring: sliders whose picture is redrawn by a plain function.

Pictures are PNG bytes in a `widgets.Image`; no `interact`, no `Output`, which do
not survive strict nbval and can hang nbconvert.
"""

import io
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets
import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure


def png(fig: Figure, *, dpi: int = 80) -> bytes:
    """The figure as PNG bytes; the figure is closed."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=dpi)
    plt.close(fig)
    return buffer.getvalue()


def explorer(
    draw: Callable[..., Figure], controls: Mapping[str, widgets.ValueWidget]
) -> widgets.VBox:
    """Controls above a picture: `draw(**values)` is called when a value changes.

    `controls` maps each argument of `draw` to a widget. If `draw` raises ValueError
    its message is shown under the controls and the last good picture stays.
    """
    if not controls:
        raise ValueError("controls is empty: give at least one widget")
    natural_size = widgets.Layout(align_self="flex-start", max_width="100%")
    picture = widgets.Image(format="png", layout=natural_size)
    note = widgets.HTML()

    def redraw(_change: Any = None) -> None:
        try:
            fig = draw(**{name: control.value for name, control in controls.items()})
        except ValueError as error:
            note.value = str(error)
            return
        note.value = ""
        picture.value = png(fig)

    redraw()
    for control in controls.values():
        control.observe(redraw, names="value")
    return widgets.VBox([*controls.values(), note, picture])


def show_widget(box: widgets.VBox, alt: str) -> None:
    """Display an explorer; where no kernel runs, its first picture is shown instead.

    `alt` says what is to be seen; it becomes the alternative text of that picture.
    """
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence what is to be seen")
    picture = next(c for c in box.children if isinstance(c, widgets.Image))
    bundle = {
        "text/plain": "An interactive picture; run this cell to use its controls.",
        "image/png": bytes(picture.value),
        "application/vnd.jupyter.widget-view+json": {
            "version_major": 2,
            "version_minor": 0,
            "model_id": box.model_id,
        },
    }
    display(bundle, raw=True, metadata={"image/png": {"alt": alt}})


def float_slider(
    label: str, value: float, low: float, high: float, *, step: float = 0.01
) -> widgets.FloatSlider:
    """A slider wide enough for its label; it reports while it is dragged."""
    return widgets.FloatSlider(
        description=label,
        value=value,
        min=low,
        max=high,
        step=step,
        continuous_update=True,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="460px"),
    )


def int_slider(label: str, value: int, low: int, high: int) -> widgets.IntSlider:
    """A slider over whole numbers."""
    return widgets.IntSlider(
        description=label,
        value=value,
        min=low,
        max=high,
        continuous_update=True,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="460px"),
    )
