"""What a stated bell charges for a point: at some places, and as it narrows."""

# Places on a page are read as rows of numbers: they stay compact.
# fmt: off
# isort: skip_file

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.stats import norm

from course_utils.figures.parts import (
    GREY, INK, SAVED, column, curve, frame, hatch, level, number, pale, panel, row,
    rule, say,
)
from course_utils.plotting import BLUE, GREEN, ORANGE, PURPLE, RED, SKY


def stated(
    points: ArrayLike, bells: ArrayLike, line: ArrayLike, *, title: str, reach: float,
    x: tuple[float, float], y: tuple[float, float], cloud: ArrayLike = ((), ()),
    names: tuple[str, str] = ("x", "y"),
) -> Figure:
    """Bells (mu, sigma) on a line, and what the `points` (x, y) cost under them.

    A density of 1 is drawn `reach` long, in units of x.
    """
    (places, values), (mus, sigmas), (xs, ys) = map(np.asarray, (points, bells, line))
    p = norm.pdf(values, mus, sigmas)
    widths, costs = np.log(sigmas * np.sqrt(2 * np.pi)), -np.log(p)
    fig, page = frame(title, "The model states a bell, drawn on its side. The blue"
                      " length is p, the density that it gave the point.", height=640)
    top = panel(fig, 70, 100, 800, 300, x=x, y=y, axes="xy")
    top.plot(*np.asarray(cloud), ".", color=SKY, ms=3, alpha=0.5)
    curve(top, xs, ys, "", ORANGE)
    say(top, x[1], y[0], names[0], GREY, at="top right", away=(0, -9))
    say(top, x[0], y[1], names[1], GREY, away=(8, 0))
    rule(page, 440, "−ln p: what each point costs, in nats", "Orange: for the width of"
         " the bell (green: saved by a narrow one). Red: for the miss. Black: the sum.")
    high, low = max(1.5, *costs) * 1.2, min(-0.4, *(widths * 1.3))
    under = panel(fig, 70, 505, 800, 120, x=x, y=(low, high), axes="y")
    under.set_yticks([tick for tick in under.get_yticks() if low <= tick <= high])
    level(under, *x, 0, GREY, lw=1)
    t, half = np.linspace(-3.5, 3.5, 101), 0.02 * (x[1] - x[0])
    for at, value, mu, s, d, w, cost in zip(
        places, values, mus, sigmas, p, widths, costs, strict=True
    ):
        out = at + reach * norm.pdf(t) / s
        top.fill_betweenx(mu + s * t, at, out, color=pale(ORANGE, 0.4), lw=0)
        top.plot(out, mu + s * t, color=ORANGE, lw=1.5)
        top.plot([at, at + reach * d], [value, value], color=BLUE, lw=4)
        top.plot(at, value, "o", color=BLUE, ms=9, mec="white")
        words = f"p = {number(d, 2)}"
        text = say(top, at, value, words, BLUE, bold=True, away=(-9, 0), halo=True)
        text.set_zorder(6)  # above the line
        column(under, at - half, at, 0, max(w, 0), ORANGE)
        hatch(under, (at - half, at), min(w, 0), 0, GREEN, pattern=SAVED)
        hatch(under, (at, at + half), w, cost, RED)
        level(under, at - half, at + half, cost, INK)
        say(under, at + half, cost, number(cost, 2), bold=True, away=(6, 0), halo=True)
    return fig


def narrowing(miss: float, bin_width: float) -> Figure:
    """−ln p of a hit and of a miss under narrower and narrower bells, and of a bin."""
    how = ("A bell for one point (blue), narrower from left to right. The blue length"
           " is p, the density at the point;\nthe purple area is the probability of"
           f" a bin {bin_width:g} wide. Below, −ln of each.")
    fig, page = frame("Hit a point exactly, and the loss has no floor", how, height=670)
    t, half = np.linspace(-1.7, 1.7, 401), bin_width / 2
    for k, (off, said) in enumerate([(0, "a hit"), (miss, f"a miss\nby {miss:g}")]):
        say(page, 30, 210 + 105 * k, said, ORANGE, bold=True)
        tops = row(fig, [""] * 4, 118, 136 + 112 * k, 752, 84, axes="", x=(-1.7, 1.7),
                   y=(0, 3.3))
        for ax, sigma, name in zip(tops, (1, 0.5, 0.25, 0.125), "1½¼⅛", strict=True):
            bell, p, inside = norm(0, sigma), norm.pdf(off, 0, sigma), abs(t) <= half
            curve(ax, t, bell.pdf(t), "", ORANGE, fill=True)
            ax.fill_between(t, bell.pdf(t), where=inside & (off == 0), color=PURPLE)
            say(ax, -1.7, 3.3, f"σ = {name}", bold=True, at="top left")
            ax.plot([off, off], [0, p], color=BLUE, lw=4, zorder=5)
            ax.plot(off, 0, "o", color=BLUE, ms=7, zorder=6, clip_on=False)
            say(ax, off, 0, f"p = {number(p, 2 + (p < 0.01))}", BLUE, away=(0, -6))
    low = panel(fig, 106, 385, 786, 250, x=(-0.5, 3.55), y=(-1.8, 3.2), axes="xy")
    low.set_yticks([-1, 0, 1, 2, 3])
    low.set_xticks(range(4), ["σ = 1", "½", "¼", "⅛"])
    low.vlines(range(4), -1.8, 3.2, "#DDDDDD", ls="--", lw=1)
    say(page, 30, 500, "cost\n(nats)", GREY)
    level(low, -0.5, 3.5, 0, GREY, lw=1)
    s = np.linspace(-0.5, 3.5, 200)  # how often the width was halved
    bells, bin = norm(0, 0.5**s), norm.cdf(half * 2**s) - norm.cdf(-half * 2**s)
    gain, area = "a hit: the same gain at every halving", "a hit's bin: never below 0"
    near = -bells.logpdf(miss) < 3.2
    curve(low, s, -bells.logpdf(0), gain, ORANGE, at=1.9, away=(-20, -28))
    curve(low, s[near], -bells.logpdf(miss)[near], "a miss", RED, away=(8, -8))
    curve(low, s, -np.log(bin), area, PURPLE, at=2.6, away=(0, 14))
    return fig
