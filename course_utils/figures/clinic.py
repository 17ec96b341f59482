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
    healthy: float | None = None,
    opened: bool = True,
) -> Figure:
    """{name: (reported, honest)} over the epochs from 0, and eight pictures of each.

    All panels reach from 0 to `top` nats; `healthy` is a dotted line. Unless `opened`
    the honest curve is left out.
    """
    wide = (870 - LEFT + GAP) / len(patients) - GAP
    size, upper = min(wide / 4 - 3, 64), 98 + 22 * len(how.splitlines())
    below = upper + HIGH + 38
    fig, page = parts.frame(title, how, height=round(below + 2 * (size + 3) + 18))
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
        if healthy is not None:
            ax.axhline(healthy, color=GREEN, ls=":", lw=1.8)
        flatters = honest[-1] > reported[-1] - 1.5  # then the honest curve lies above
        _curve(ax, reported, "reported", ORANGE, not flatters, lw=4)
        if opened:
            _curve(ax, honest, "honest", BLUE, flatters, ls="--")
            off = honest[-1] - reported[-1]
            colour, end = GREEN if abs(off) < 1.5 else RED, (left + wide, upper - 14)
            words = f"off by {value(off if abs(off) > 1.5 else 0)}"
            parts.say(page, *end, words, colour, size="head", bold=True, at="right")
        shown, step = np.asarray(pictures[name], dtype=float), size + 3
        places = [
            (left + step * (k % 4 + 0.5), below + step * (k // 4 + 0.5))
            for k in range(len(shown))
        ]
        parts.tiles(page, shown, places, size=size)
    return fig


def _curve(
    ax: Axes, ys: np.ndarray, word: str, colour: str, above: bool, **line: Any
) -> None:
    """A curve with its last value above or below its end, wherever that lies."""
    last, top = len(ys) - 1, ax.get_ylim()[1]
    seen = np.clip(np.nan_to_num(ys, nan=9 * top, posinf=9 * top), -9 * top, 9 * top)
    label, words = min(max(seen[-1], 0), top), f"{word} {value(ys[-1])}"
    up = (above or label < 0.15 * top) and label < 0.9 * top
    away = (0, 6 if up else -6)
    parts.curve(ax, range(last + 1), seen, "", colour, **line)
    at = "bottom right" if up else "top right"
    parts.say(ax, last, label, words, colour, bold=True, at=at, away=away, halo=True)


def value(nats: float) -> str:
    """Nats as a chart prints them: 117, 0.3, 0 or a power of ten; ∞."""
    sign = "−" if nats <= -0.05 else ""
    if not np.isfinite(nats):
        return f"{sign}∞"
    if abs(nats) >= 1e5:
        return f"{sign}$10^{{{int(np.log10(abs(nats)))}}}$"
    return sign + f"{abs(nats):.{int(0.05 <= abs(nats) < 0.95)}f}"
