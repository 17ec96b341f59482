"""A VAE's numbers: many from one model, rate and distortion, bounds under log p(x)."""
# fmt: off

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.bounds import Elbo
from course_utils.figures import parts
from course_utils.figures.parts import GREY, INK, column, level, number, say, tiles
from course_utils.plotting import BLUE, GREEN, ORANGE, RED

TOP = "top center"
Bounds = tuple[ArrayLike, ArrayLike, ArrayLike]  # ELBO, the bound, codes that count


def many_numbers(rows: Mapping[str, tuple[ArrayLike, float]]) -> Figure:
    """Rows {what is counted: (the digits that went in (N, 784), its number)}."""
    fig, page = parts.frame(
        "One VAE, one set of digits: which of these is its score?",
        "The weights are the same in every row.\nLeft: what went in for one of the"
        " digits. Then: what was counted.",
        "Nats per image, save for the last two.", height=168 + 54 * len(rows),
    )
    for i, (what, (digits, nats)) in enumerate(rows.items()):
        y, end = 156 + 54 * i, 430 + 2.6 * nats
        tiles(page, np.asarray(digits)[1].reshape(1, 28, 28), [(60, y)], size=46)
        say(page, 98, y, what)
        column(page, 430, end, y + 13, y - 13, ORANGE, share=0.6)
        words = number(nats, 3 if nats < 1 else 1)
        say(page, end, y, words, ORANGE, size="title", bold=True, away=(8, 0))
    return fig


def plane(
    places: Mapping[float, Elbo], pairs: Mapping[float, Any], digit: ArrayLike
) -> Figure:
    """Models {β: its Elbo} in the plane, {β: two pictures}, and the digit (1, 784)."""
    fig, page = parts.frame(
        "β only slides along the curve; near β = 1 the sum is least",
        "A VAE trained seven times, its KL weighted by β. On a dashed line the sum,"
        " −ELBO, is the same.\nTo the right the digit is rebuilt better and better,"
        " while the sample, always the same code, falls apart.",
        "784-128-16, 40 epochs, 6 000 digits, pixels drawn. Bold: −ELBO, 1 000 digits.",
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
    points = {beta: (at.kl, at.reconstruction) for beta, at in places.items()}
    rates, losses = zip(*points.values(), strict=True)
    parts.curve(ax, rates, losses, "", ORANGE, lw=5)
    best = min(points, key=lambda beta: sum(points[beta]))
    for beta, (rate, loss) in points.items():
        colour = GREEN if beta == best else ORANGE
        left, y = rate + 1.4, loss + (24 if rate < 10 else 17 if rate < 35 else 13)
        parts.arrow(ax, (rate, loss), (left, y), head="-", lw=1.2)
        ax.plot(rate, loss, "o", color=colour, mec=INK, ms=11, zorder=6)
        pair = np.reshape([np.asarray(picture) for picture in pairs[beta]], (2, 28, 28))
        sides, edges = [(left + 1.7, y), (left + 5.2, y)], [BLUE, ORANGE]
        tiles(ax, pair, sides, size=56, colours=edges)
        words = f"β = {beta:g}"
        say(ax, left, y, words, colour, bold=True, at="bottom left", away=(0, 32))
        words = f"{rate + loss:.0f}"
        say(ax, left + 6.9, y, words, bold=True, at="bottom right", away=(0, 32))
    tiles(ax, np.reshape(digit, (1, 28, 28)), [(42, 215)], size=56, colours=BLUE)
    say(ax, 39.6, 215, "the digit", BLUE, bold=True, at="right")
    say(ax, 13, 218, "left: the digit rebuilt", BLUE)
    say(ax, 13, 212, "right: a code from the prior, decoded", ORANGE)
    return fig


def under_the_lid(
    bounds: Mapping[str, Sequence[Bounds]], lids: Mapping[str, tuple[str, ArrayLike]]
) -> Figure:
    """Panels {title: bounds of two q}, under lids {title: (name, nats)}."""
    fig, page = parts.frame(
        "What network and bell lose: a digit's own bell fits better",
        "Each bar is a bound on the same log p(x); hatched is what it misses."
        "\nAt the foot: how many of 200 codes count (median digit).", height=474,
    )
    for i, (title, pairs) in enumerate(bounds.items()):
        left, lid = 84 + 440 * i, float(np.mean(np.asarray(lids[title][1])))
        bars = [[float(np.mean(np.asarray(nats))) for nats in q[:2]] for q in pairs]
        low, lost = bars[0][0] - 4, (bars[1][0] - bars[0][0], lid - bars[1][0])
        ax = parts.panel(fig, left, 200, 350, 200, x=(0, 4), y=(low, lid), axes="y")
        say(page, left, 132, title, size="head", bold=True)
        say(page, left, 156, f"{lids[title][0]} {number(lid, 1)}", BLUE, bold=True)
        net, bell = (number(nats, 1) for nats in lost)
        rest = "left {} or more" if "least" in lids[title][0] else "bell {} or less"
        say(page, left, 180, f"lost: network {net} or more, " + rest.format(bell), RED)
        level(ax, 0, 4, lid, BLUE)
        for j, two in enumerate(bars):
            for k, nats in enumerate(two):
                middle, ends = 2 * j + k + 0.5, (2 * j + k + 0.06, 2 * j + k + 0.94)
                column(ax, *ends, low, nats, ORANGE, share=0.75 if j else 0.3)
                parts.hatch(ax, ends, nats, lid, RED)
                say(ax, middle, nats, number(nats, 1), bold=True, at=TOP, away=(0, -6))
                say(ax, middle, low, ("ELBO", "K = 200")[k], at=TOP, away=(0, -8))
            words = f"{np.median(np.asarray(pairs[j][2])):.0f}\ncount"
            who = ("network's q", "each digit's own q")[j]
            say(ax, 2 * j + 1.5, low, words, at="bottom center", away=(0, 8))
            say(ax, 2 * j + 1, low, who, ORANGE, bold=True, at=TOP, away=(0, -30))
    return fig
