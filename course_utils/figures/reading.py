"""A VAE's numbers: many from one model, rate and distortion, bounds under log p(x)."""
# fmt: off

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.figures import parts
from course_utils.figures.parts import GREY, INK, column, level, number, say, tiles
from course_utils.plotting import BLUE, GREEN, ORANGE, RED

TOP = "top center"
Point = tuple[float, float, ArrayLike]  # KL, distortion, two pictures (2, H, W)
Bounds = tuple[float, float, float]  # ELBO, the bound with K codes, how many count


def many_numbers(rows: Mapping[str, tuple[ArrayLike, float]], footer: str) -> Figure:
    """Rows {what is counted: (the picture that went in, its number)}."""
    fig, page = parts.frame(
        "One VAE, one set of digits: which of these is its score?",
        "The weights are the same in every row.\nLeft: what went in for one of the"
        " digits. Then: what was counted.", footer, height=168 + 54 * len(rows),
    )
    for i, (what, (picture, nats)) in enumerate(rows.items()):
        y, end = 156 + 54 * i, 430 + 2.8 * nats
        tiles(page, np.asarray(picture)[None], [(60, y)], size=46)
        say(page, 98, y, what)
        column(page, 430, end, y + 13, y - 13, ORANGE, share=0.6)
        words = number(nats, 3 if nats < 1 else 1)
        say(page, end, y, words, ORANGE, size="title", bold=True, away=(8, 0))
    return fig


def plane(points: Mapping[float, Point], x: ArrayLike) -> Figure:
    """Models {β: Point} in the plane, and the digit x (H, W)."""
    fig, page = parts.frame(
        "β only slides along the curve; near β = 1 the sum is least",
        "A VAE trained seven times, its KL weighted by β. On a dashed line the sum,"
        " −ELBO, is the same.\nTo the right the digit is rebuilt better and better,"
        " while the sample, always the same code, falls apart.",
        "784-128-16, 40 epochs, 6 000 digits, pixels drawn; shown: 1 000 test digits.",
        height=760,
    )
    ax = parts.panel(fig, 84, 130, 790, 530, x=(0, 46), y=(75, 228), axes="xy")
    ax.set_xticks(range(0, 41, 10))
    ax.set_yticks(range(80, 221, 20))
    say(page, 874, 706, "rate: KL(q‖prior), nats per image →", bold=True, at="right")
    name = "distortion: −log p(x|z), nats per image →"
    say(page, 26, 395, name, bold=True, at="center").set_rotation(90)
    for total in range(100, 221, 20):  # lines of equal sum
        ends = max(0, total - 228), min(45, total - 75)
        across = ax.plot(ends, [total - e for e in ends], color=GREY, alpha=0.5, lw=1.2)
        across[0].set_dashes((6, 4))
        if total >= 160:
            say(ax, 45, total - 45, f"{total}", GREY, size="small", away=(6, 0))
    say(ax, 46, 180, "−ELBO", GREY, size="small", at="bottom right", away=(12, 0))
    rates, losses, _ = zip(*points.values(), strict=True)
    parts.curve(ax, rates, losses, "", ORANGE, lw=5)
    best = min(points, key=lambda beta: sum(points[beta][:2]))
    for beta, (rate, loss, pictures) in points.items():
        colour = GREEN if beta == best else ORANGE
        left, y = rate + 1.4, loss + (24 if rate < 10 else 17 if rate < 35 else 13)
        parts.arrow(ax, (rate, loss), (left, y), head="-", lw=1.2)
        ax.plot(rate, loss, "o", color=colour, mec=INK, ms=11, zorder=6)
        places, edges = [(left + 1.7, y), (left + 5.2, y)], [BLUE, ORANGE]
        tiles(ax, np.asarray(pictures), places, size=56, colours=edges)
        words = f"β = {beta:g}"
        say(ax, left, y, words, colour, bold=True, at="bottom left", away=(0, 32))
        words = f"{rate + loss:.0f}"
        say(ax, left + 6.9, y, words, bold=True, at="bottom right", away=(0, 32))
    tiles(ax, np.asarray(x)[None], [(42, 215)], size=56, colours=BLUE)
    say(ax, 39.6, 215, "the digit", BLUE, bold=True, at="right")
    say(ax, 20, 218, "left: the digit rebuilt", BLUE)
    say(ax, 20, 212, "right: a code from the prior, decoded", ORANGE)
    return fig


def under_the_lid(cases: Mapping[str, tuple[str, float, Bounds, Bounds]]) -> Figure:
    """Panels {title: (name of the lid, its nats, bounds of two kinds of q)}."""
    fig, page = parts.frame(
        "What the network loses, and what the bell: a digit's own bell fits better",
        "Each bar is a bound on the same log p(x); hatched is what it misses."
        "\nAt the foot: of 500 codes, as many count (median digit).", height=450,
    )
    for i, (title, (name, lid, *pairs)) in enumerate(cases.items()):
        low = min(bounds[0] for bounds in pairs) - 4
        place = 84 + 440 * i, 176, 350, 200
        ax = parts.panel(fig, *place, x=(0, 4), y=(low, lid), axes="y")
        say(page, 84 + 440 * i, 132, title, size="head", bold=True)
        say(page, 84 + 440 * i, 156, f"{name} {number(lid, 1)}", BLUE, bold=True)
        level(ax, 0, 4, lid, BLUE)
        for j, (elbo, bound, count) in enumerate(pairs):
            for k, (nats, words) in enumerate(((elbo, "ELBO"), (bound, "K = 500"))):
                ends = 2 * j + k + 0.06, 2 * j + k + 0.94
                column(ax, *ends, low, nats, ORANGE, share=0.75 if j else 0.3)
                parts.hatch(ax, ends, nats, lid, RED)
                said, middle = number(nats, 1), 2 * j + k + 0.5
                say(ax, middle, nats, said, bold=True, at=TOP, away=(0, -6))
                say(ax, middle, low, words, at=TOP, away=(0, -8))
            words, who = f"{count:.0f}\ncount", ("network's q", "each digit's own q")[j]
            say(ax, 2 * j + 1.5, low, words, at="bottom center", away=(0, 8))
            say(ax, 2 * j + 1, low, who, ORANGE, bold=True, at=TOP, away=(0, -30))
    return fig
