"""Which pushes of a picture a code feels: reactions, and the felt directions."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.figures.parts import (
    GREY,
    RULE,
    curve,
    frame,
    level,
    panel,
    say,
    tiles,
)
from course_utils.plotting import ORANGE, PURPLE, RED

MODELS = dict(plain=GREY, denoising=ORANGE, stochastic=PURPLE, contractive=RED)
Rows = Mapping[str, Sequence[float]]  # for each model, one number for each push


def reactions(pushed: Mapping[str, ArrayLike], felt: Rows, title: str) -> Figure:
    """How far each push moves a code, logarithmic; `pushed` {name: picture (H, W)}."""
    how = "How far a push of length 1 moves the code, mean over 200 test digits.\n"
    how += "The pictures show the pushes of one digit, five times as long."
    high = 52 * len(pushed)
    fig, page = frame(title, how, height=176 + high)
    ax = panel(fig, 210, 124, 630, high, x=(0.1, 7), y=(0, 1), axes="x")
    ax.set_xscale("log")
    ax.set_xticks([0.1, 0.2, 0.5, 1, 2, 5], [".1", ".2", ".5", "1", "2", "5"])
    ax.minorticks_off()
    rows = 124 + high * (1 - _dots(ax, felt, [""] * len(pushed)))
    tiles(page, np.stack([*pushed.values()]), [(165, y) for y in rows], size=46)
    for name, y in zip(pushed, rows, strict=True):
        say(page, 128, y, name, at="right", size="head")
    return fig


def felt_directions(
    singular: Mapping[str, ArrayLike],
    shares: Rows,
    names: Sequence[str],
    title: str,
) -> Figure:
    """Singular values, and where pushes lie: percentages, one for each of `names`."""
    how = "Singular values of the Jacobian and share of each push in 20 directions,\n"
    how += "means over 100 test digits."
    fig, page = frame(title, how, height=432)
    head = "How much each direction is felt"
    ax = panel(fig, 80, 156, 280, 220, x=(1, 60), y=(0.008, 8), title=head, axes="xy")
    ax.set(yscale="log", xticks=[1, 20, 40, 60])
    ax.set_yticks([0.01, 0.1, 1], [".01", ".1", "1"])
    ax.minorticks_off()
    say(page, 220, 406, "the first 60, strongest first", GREY, at="center")
    for model, values in singular.items():
        curve(ax, np.arange(1, 61), np.asarray(values)[:60], model, MODELS[model])
    head, chance = "Share in the 20 strongest, %", 100 * 20 / 784
    scale = (0, 1.25 * max(map(max, shares.values())))
    ax = panel(fig, 570, 156, 300, 220, x=scale, y=(0, 1), title=head, axes="x")
    _dots(ax, shares, names)
    ax.plot([chance] * 2, [0, 1], "--", color=GREY, lw=1.3)
    say(page, 570, 406, f"dashed: by chance, {chance:.1f}", GREY)
    return fig


def _dots(ax: Axes, values: Rows, names: Sequence[str]) -> np.ndarray:
    """A line for each name, around it a dot for each model; the lines' heights."""
    wrong = {m: len(v) for m, v in values.items() if len(v) != len(names)}
    if wrong or not values.keys() <= MODELS.keys():
        raise ValueError(f"{[*MODELS]} need {len(names)} values each, got {wrong}")
    heights = 1 - (np.arange(len(names)) + 0.5) / len(names)
    for name, y in zip(names, heights, strict=True):
        level(ax, *ax.get_xlim(), y, RULE, lw=0.8)
        say(ax, ax.get_xlim()[0], y, name, away=(-10, 0))
    order = sorted(values, key=lambda model: values[model][-1])
    for k, model in enumerate(order):
        ax.plot(
            values[model],
            heights + 0.1 * (k - (len(order) - 1) / 2) / len(names),
            "o",
            color=MODELS[model],
            ms=9,
            mec="white",
            zorder=5,
        )
        away = (10, 0) if model == order[-1] else (-10, 0) if k == 0 else (0, 8)
        place = values[model][-1], heights[-1]
        say(ax, *place, model, MODELS[model], bold=True, away=away, halo=True)
    return heights
