"""The chart of a patient: what its program reports, and what is true of its model."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.figures import parts
from course_utils.plotting import BLUE, GREEN, ORANGE, RED

HIGH, GAP, LEFT = 190, 40, 74  # displayed pixels: a panel, between panels, the first


def charts(
    patients: Mapping[str, tuple[ArrayLike, ArrayLike]],
    pictures: Mapping[str, ArrayLike],
    *,
    title: str,
    how: str,
    top: float,
    levels: Mapping[str, float] = {},
    opened: bool = True,
) -> Figure:
    """{name: (reported, honest)} over the epochs from 0, and eight pictures of each.

    Panels reach from 0 to `top` nats; `levels` {name: nats} are dotted.
    """
    wide = (870 - LEFT + GAP) / len(patients) - GAP
    across = 8 if len(patients) == 1 else 4  # pictures in a row
    step, upper = min(wide / across, 67), 98 + 22 * len(how.splitlines())
    below = upper + HIGH + 38
    fig, page = parts.frame(title, how, height=round(below + 8 // across * step + 18))
    parts.say(page, 30, upper - 22, "nats", parts.GREY)
    parts.say(page, 24, upper + HIGH + 16, "epoch", parts.GREY, size="small")
    for i, (name, curves) in enumerate(patients.items()):
        reported, honest = (np.asarray(values, dtype=float) for values in curves)
        if reported.shape != honest.shape or reported.ndim != 1:
            shapes = f"{reported.shape} and {honest.shape}"
            raise ValueError(f"{name}: need two rows of n numbers, got {shapes}")
        left, last = LEFT + i * (wide + GAP), len(reported) - 1
        place = left, upper, wide, HIGH
        ax = parts.panel(fig, *place, x=(0, last), y=(0, top), axes="xy")
        ax.set_xticks([0, last])
        ax.tick_params(labelleft=i == 0)
        parts.say(page, left, upper - 14, name, size="head", bold=True, at="left")
        if name in levels:
            ax.axhline(levels[name], color=GREEN, ls=":", lw=1.8)
        flatters = honest[-1] > reported[-1] - 1.5  # then the honest curve lies above
        dots = levels.get(name, np.inf)
        _curve(ax, reported, "reported", ORANGE, not flatters, dots, lw=4)
        if opened:
            _curve(ax, honest, "honest", BLUE, flatters, dots, ls="--")
            off = np.round(honest[-1]) - np.round(reported[-1])
            off, colour = (off, RED) if abs(off) > 1.5 else (0, parts.GREY)
            words, end = f"off by {value(off)}", (left + wide, upper - 14)
            parts.say(page, *end, words, colour, size="head", bold=True, at="right")
        shown = np.asarray(pictures[name], dtype=float)
        places = [
            (left + step * (k % across + 0.5), below + step * (k // across + 0.5))
            for k in range(len(shown))
        ]
        parts.tiles(page, shown, places, size=step - 3)
    return fig


def _curve(
    ax: Axes,
    ys: np.ndarray,
    word: str,
    colour: str,
    above: bool,
    dots: float,
    **line: Any,
) -> None:
    """A curve with its last value above or below its end, wherever that lies.

    The words hide neither the curve's later half nor the level at `dots`.
    """
    last, top = len(ys) - 1, ax.get_ylim()[1]
    seen = np.clip(np.nan_to_num(ys, nan=9 * top, posinf=9 * top), -9 * top, 9 * top)
    end, words = min(max(seen[-1], 0), top), f"{word} {value(ys[-1])}"
    up = (above or end < 0.15 * top) and end < 0.9 * top
    way, room = 1 if up else -1, top * 24 / HIGH  # the height of the words
    half = np.interp(np.linspace(0.4 * last, last, 30), range(last + 1), seen)
    if end == seen[-1]:
        end += way * np.clip((way * (half - end)).max(), 0, room)
    if 0 < way * (dots - end) < room:
        end = dots
    parts.curve(ax, range(last + 1), seen, "", colour, **line)
    at, away = ("bottom right", (0, 6)) if up else ("top right", (0, -6))
    said = parts.say(ax, last, end, words, colour, bold=True, at=at, away=away)
    said.set_bbox({"fc": "white", "ec": "none", "pad": 0.5})


def value(nats: float) -> str:
    """Nats as a chart prints them: 117, 0.3, 0 or a power of ten; ∞."""
    sign = "−" if nats <= -0.05 else ""
    if not np.isfinite(nats):
        return f"{sign}∞"
    if abs(nats) >= 1e5:
        return f"{sign}$\\mathbf{{10^{{{int(np.log10(abs(nats)))}}}}}$"
    return sign + f"{abs(nats):.{int(0.05 <= abs(nats) < 0.95)}f}"
