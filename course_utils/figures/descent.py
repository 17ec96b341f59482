"""A marble on a slope, a neuron under two losses, a network with its numbers."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.figures import parts
from course_utils.figures.parts import GREY, INK, RULE, arrow, curve, hatch, number, say
from course_utils.plotting import BLUE, ORANGE, RED

TINTS = {"wrong": ORANGE, "badly wrong": "#A85F00"}


def marble(eta: float, steps: int = 1) -> Figure:
    """Steps of rate `eta` on t² from t = 1: what the slope promised, what happened."""
    if not 0 < eta <= 2:
        raise ValueError(
            f"the learning rate must be above 0 and at most 2, got {eta:g}"
        )
    places = (1 - 2 * eta) ** np.arange(steps + 1)
    how = "A marble lies at t = 1 on L = t²; a step of rate η moves it by η times the "
    how += (
        "slope, 2, to the left.\nOrange: how far down the straight line says that is."
    )
    words = "The slope makes a promise; the landscape keeps it only nearby"
    fig, page = parts.frame(words, how + " Blue: what the landscape does.", height=520)
    trail = "Heights: " + "  →  ".join(number(p**2, 2) for p in places)
    say(page, 30, 490, trail, BLUE, size="head", bold=True)
    x, y, title = (-3.5, 1.7), (-4.8, 2.9), f"The first step, η = {number(eta, 2)}"
    ax = parts.panel(fig, 30, 130, 440, 330, x=x, y=y, title=title)
    t, line, end = np.linspace(-1.55, 1.65), np.linspace(places[1], 1), places[1]
    hatch(ax, line, 2 * line - 1, line**2, RED)
    curve(ax, t, t**2, "L = t²", BLUE, away=(-8, 12))
    ax.plot([end, 1], [2 * end - 1, 1], color=ORANGE, lw=3, zorder=5)
    parts.level(ax, -3.3, 1, 1, GREY, dashed=True, lw=1)
    ax.plot(end, 2 * end - 1, "o", ms=13, mfc="none", mec=ORANGE, mew=2, zorder=6)
    seen = places[1:][abs(places[1:]) < 1.65]
    ax.plot(seen, seen**2, "o", ms=13, color=BLUE, mec="white", zorder=7)
    ax.plot(1, 1, "o", ms=13, color=INK, zorder=8)
    say(ax, 1, 1, "start", at="top left", away=(10, -4))
    x, y, title = (0, 1.25), (-5, 1.7), "The change of height, for every η"
    ruled = parts.panel(fig, 570, 130, 220, 330, x=x, y=y, title=title, axes="xy")
    ruled.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
    rates = np.linspace(0, 1.25)
    delivered = (1 - 2 * rates) ** 2 - 1
    hatch(ruled, rates, -4 * rates, delivered, RED)
    ruled.axhline(0, color=GREY, lw=1)
    for left, name, values, now, colour in (
        (-3.1, "promised", -4 * rates, -4 * eta, ORANGE),
        (-2.1, "delivered", delivered, end**2 - 1, BLUE),
    ):
        arrow(ax, (left, 1), (left, 1 + now), colour=colour, lw=2.5)
        words, away = f"{name}\n{number(now, 2, sign=True)}", (0, 6 if now > 0 else -6)
        say(ax, left, 1 + now, words, colour, bold=True, away=away)
        curve(ruled, rates, values, name, colour)
        ruled.plot(eta, now, "o", ms=9, color=colour, mec="white", zorder=6)
    return fig


def slow_neuron(
    errors: ArrayLike, slopes: ArrayLike, left: Mapping[str, np.ndarray]
) -> Figure:
    """Starts wrong and badly wrong: what is left of their errors, and of the losses.

    `left` {loss: (2, steps + 1)} is the loss in per cent of its start.
    """
    how = "One sigmoid neuron should answer 0. A box is as wide as its error; squared "
    how += "error keeps the filled part,\nas high as the sigmoid is steep there, and "
    how += "cross-entropy the whole box. Right: both losses at the same rate."
    words = "Squared error learns most slowly where it is most wrong"
    fig, _ = parts.frame(words, how, height=420)
    x, y, title = (0, 2.3), (-0.1, 1), "What is left of the error, δ"
    ax = parts.panel(fig, 30, 160, 340, 225, x=x, y=y, title=title)
    pairs = zip(np.asarray(errors), np.asarray(slopes), strict=True)
    for at, (name, tint), (error, slope) in zip(
        (0, 1.2), TINTS.items(), pairs, strict=True
    ):
        ax.plot(
            at + error * np.array([0, 0, 1, 1, 0]), [0, 1, 1, 0, 0], "--", color=tint
        )
        parts.column(ax, at, at + error, 0, slope, tint, share=1)
        small = number(error * slope, 3 if error * slope > 0.1 else 4)
        note = f"cross-entropy\nδ = {number(error)}\n\nsquared error\nδ = {small}"
        say(ax, at + error / 2, 0.6, note, tint, bold=True, at="center")
        say(ax, at + error / 2, -0.02, name, tint, bold=True, at="top center")
    panels = parts.row(
        fig, [*left], 450, 160, 420, 203, gap=96, x=(0, 300), y=(0, 100), axes="xy"
    )
    panels[0].set_ylabel("% of the loss left")
    for ax, losses in zip(panels, left.values(), strict=True):
        ax.set(xticks=[0, 100, 200, 300], xlabel="steps")
        for share, (name, tint), loss in zip(
            (62, 38), TINTS.items(), losses, strict=True
        ):
            curve(ax, np.arange(len(loss)), loss, "", tint)
            step = int((loss < share).argmax())
            say(ax, step, share, name, tint, bold=True, away=(7, 0), halo=True)
    return fig


def network(
    x: ArrayLike,
    y: ArrayLike,
    weights: Sequence[ArrayLike],
    outputs: Sequence[ArrayLike],
    deltas: Sequence[ArrayLike],
) -> Figure:
    """A 2-3-2 network with its numbers: outputs forward, δ backward."""
    how = "Orange: what each node puts out, a. Blue: its δ, how steeply the loss rises "
    how += "with its weighted input.\nOn the lines, the weights. Sigmoid nodes without "
    how += "biases; the loss is the cross-entropy."
    fig, page = parts.frame("Values flow forward, blame flows back", how, height=590)
    over: parts.Style = {"lw": 3, "away": (0, 7)}
    arrow(page, (90, 155), (660, 155), "forward: the outputs a", ORANGE, **over)
    arrow(page, (660, 566), (90, 566), "backward: the blame δ", BLUE, **over)
    ends, spots = ((260, 430), (200, 345, 485)), (90, 375, 660, 820)
    rows = [ends[0], ends[1], ends[0], ends[0]]
    columns = [[(x, y) for y in row] for x, row in zip(spots, rows, strict=True)]
    for layer, W in enumerate(weights):
        for (j, k), w in np.ndenumerate(np.asarray(W)):
            start, end = np.array(columns[layer][k]), np.array(columns[layer + 1][j])
            arrow(page, tuple(start), tuple(end), "", RULE, head="-", lw=1 + abs(w))
            left, down = start + (0.24, 0.31)[layer] * (end - start)
            _boxed(page, left, down, _plain(w), INK, "white")
    for layer, values in enumerate((x, *outputs, y)):
        shape, colour = ("circle", ORANGE) if layer in (1, 2) else ("square", BLUE)
        for (left, down), value in zip(columns[layer], np.ravel(values), strict=True):
            words = number(value, 2) if layer in (1, 2) else _plain(value)
            parts.node(page, left, down, words, colour, shape=shape)
    for layer, values in enumerate(deltas):
        for (left, down), value in zip(
            columns[layer + 1], np.ravel(values), strict=True
        ):
            _boxed(page, left, down + 36, f"δ {number(value, 2)}", "white", BLUE)
    for left, words in zip(spots, ("data x", "", "answers", "truth y"), strict=True):
        colour = ORANGE if left == 660 else BLUE
        say(page, left, 205, words, colour, bold=True, at="center")
    return fig


def _plain(value: float) -> str:
    return number(value, 1).removesuffix(".0") or "0"


def _boxed(page: Axes, x: float, y: float, words: str, colour: str, fill: str) -> None:
    text = say(page, x, y, words, colour, bold=fill == BLUE, at="center")
    text.set_bbox({"boxstyle": "round,pad=.2", "fc": fill, "ec": "white"})
