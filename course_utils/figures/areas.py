"""Entropy and cross-entropy as areas: a distribution is a row of columns.

A column is as wide as its outcome is likely and as tall as it is surprising.
"""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from matplotlib.figure import Figure

from course_utils.figures.icons import icon
from course_utils.figures.parts import (
    GREY,
    INK,
    SAVED,
    column,
    equation,
    frame,
    hatch,
    level,
    number,
    pale,
    panel,
    row,
    say,
)
from course_utils.plotting import BLUE, GREEN, ORANGE, RED

UNITS = {2: "bits", np.e: "nats"}


def entropy(
    pockets: Mapping[str, Mapping[str, float]], *, title: str, base: float = 2
) -> Figure:
    """Columns of each pocket {name: {outcome: p}} at one scale, and their level."""
    unit, ps = _unit(base), {k: _distribution(v, k) for k, v in pockets.items()}
    tall = max(np.log(1 / p.min()) for p in ps.values()) / np.log(base)
    fig, page = frame(
        title,
        "A column is as wide as its outcome is likely, $p$, and as tall as it is "
        f"surprising, {_log(base)}(1/$p$) {unit}. Its area,\nthe number inside, is "
        "what it adds to the entropy. The black line levels a pocket's columns out.",
        height=615,
    )
    step = 1.17  # a pocket is 1 wide
    scale, high = 798 / (len(ps) * step - 0.17), 330 / (tall * 1.02)  # pixels
    ax = panel(fig, 62, 130, 798, 330, x=(0, 798 / scale), y=(0, tall * 1.02), axes="y")
    ax.set_ylabel(unit, color=GREY)
    for i, (name, p) in enumerate(ps.items()):
        surprise, lefts = np.log(1 / p) / np.log(base), i * step + np.cumsum(p) - p
        total = float(p @ surprise)
        for outcome, left, share, height in zip(
            pockets[name], lefts, p, surprise, strict=True
        ):
            middle, area = left + share / 2, f"area {number(share * height)}"
            column(ax, left, left + share, 0, height, BLUE, lid=BLUE)
            words = number(height, 2 if height >= 0.1 else 4)
            under = 0 < (total - height) * high < 20 < height * high
            close = abs(total - height) * high < 8
            if share * scale < 30:
                note = f"{outcome}\nwidth {_share(share)}\n{area}"
                edge = left + share, height
                say(ax, *edge, words, BLUE, bold=True, at="top left", away=(6, 2))
                say(ax, *edge, note, GREY, size="small", at="top left", away=(6, -16))
            else:
                above = max(height, total) if close else height
                up = (0, -5) if under and not close else (0, 4)
                say(ax, middle, above, words, BLUE, bold=True, away=up)
                if height * high < 20:
                    say(ax, middle, above, area, GREY, size="small", away=(0, 22))
                else:
                    say(ax, middle, height * 0.4, area[5:], at="center")
            across = 62 + middle * scale
            icon(page, outcome, across, 482)
            say(page, across, 514, _share(share), at="center")
        level(ax, i * step - 0.03, i * step + 1.03, total, lw=2)
        middle = 62 + (i * step + 0.5) * scale
        words = f"{total:.3f} {unit}"
        say(page, middle, 552, words, BLUE, size="title", bold=True, at="center")
        say(page, middle, 582, name, GREY, at="center")
    say(page, 48, 514, "$p$", GREY, at="right")
    return fig


def cross_entropy(
    truth: Mapping[str, float],
    beliefs: Mapping[str, Mapping[str, float]],
    *,
    title: str,
    base: float = 2,
    tall: float = 0,
) -> Figure:
    """What beliefs {name: {outcome: q}} overpay and save; what is left is KL.

    `tall`: the least height of the scale, so that a moving belief keeps it.
    """
    unit, p = _unit(base), _distribution(truth, "truth")
    qs = {name: _distribution(q, name, truth) for name, q in beliefs.items()}
    fig, page = frame(
        title,
        "Each column is as wide as its outcome is likely, and as tall as it costs:\n"
        f"{_log(base)}(1/$p$) {unit} in a code made for the truth (blue edge), "
        f"{_log(base)}(1/$q$) in one made for the belief (orange edge).",
        height=650,
    )
    cost, lefts = np.log(1 / p) / np.log(base), np.cumsum(p) - p
    paids = {name: np.log(1 / q) / np.log(base) for name, q in qs.items()}
    tall = max(tall, cost.max(), *(paid.max() for paid in paids.values()))
    place, top = (100, 165, 740, 310), tall * 1.1
    panels = row(fig, list(qs), *place, gap=130, axes="", x=(0, 1), y=(0, top))
    for ax, q, paid in zip(panels, qs.values(), paids.values(), strict=True):
        box = ax.get_window_extent()
        pixel, x0 = tall * 1.1 / box.height, box.x0
        extra = p * (paid - cost)
        over, kl = extra[extra > 0].sum(), float(extra.sum())
        for k, outcome in enumerate(truth):
            left, right = lefts[k], lefts[k] + p[k]
            middle, top = (left + right) / 2, max(cost[k], paid[k])
            column(ax, left, right, 0, cost[k], BLUE, lid=BLUE)
            # Where both cost the same, both edges are to be seen.
            same = abs(paid[k] - cost[k]) < 3 * pixel
            level(ax, left, right, paid[k] + 3 * pixel * same, ORANGE)
            if extra[k] > 0 and not same:
                cut = left + p[k] * kl / over  # what is right of it is paid back
                height, area = (cost[k], paid[k]), extra[k] * kl / over
                high = height[1] - height[0] > 40 * pixel
                part = f"KL\n{number(area, 3 if area >= 0.1 else 4)}"
                room = high and (cut - left) * box.width > 44
                hatch(ax, (left, cut), *height, RED, part if room else "")
                hatch(ax, (cut, right), *height, pale(GREEN, 0.5), pattern="xx")
                if high and (right - cut) * box.width > 38:
                    x, y, words = (cut + right) / 2, sum(height) / 2, "paid\nback"
                    say(ax, x, y, words, GREEN, bold=True, at="center", halo=True)
                words, colour = f"overpaid {number(extra[k], sign=True)}", RED
            elif extra[k] < 0 and not same:
                hatch(ax, (left, right), paid[k], cost[k], GREEN, pattern=SAVED)
                words, colour = f"saved {number(extra[k])}", GREEN
            else:
                words, colour = "", INK
            at_end = k == len(p) - 1  # its height stands at its right
            x, at = (1, "bottom right") if at_end else (middle, "")
            say(ax, x, top, words, colour, bold=True, at=at, away=(0, 6))
            for value, tint in ((cost[k], BLUE), (paid[k], ORANGE)):
                text = "" if same and tint == BLUE else number(value, 2)
                apart = 9 * (not same and abs(paid[k] - cost[k]) < 18 * pixel)
                apart *= 1 if value == top else -1
                if k == 0:
                    say(ax, 0, value, text, tint, bold=True, away=(-8, apart))
                elif at_end:
                    say(ax, 1, value, text, tint, bold=True, away=(8, apart))
                elif value < top - 24 * pixel or (value == top and same):
                    up = (0, -6) if value < top else (0, 8)
                    say(ax, middle, value, text, tint, bold=True, away=up)
            across = x0 + middle * box.width
            icon(page, outcome, across, 498)
            say(page, across, 528, _share(p[k]), BLUE, bold=True, at="center")
            say(page, across, 548, _share(q[k]), ORANGE, bold=True, at="center")
        terms = (p @ paid, "cross-entropy", ORANGE), (p @ cost, "entropy", BLUE)
        rest = kl, f"KL, in {unit}", RED
        whole, first, last = ((f"{v:.4f}", n, c) for v, n, c in (*terms, rest))
        equation(page, x0, 590, [whole, "=", first, "+", last])
    say(page, 90, 528, "truth $p$", BLUE, at="right")
    say(page, 90, 548, "belief $q$", ORANGE, at="right")
    return fig


def _log(base: float) -> str:
    return r"$\log_2$" if base == 2 else r"$\ln$"


def _share(p: float) -> str:
    """A probability as people write it: .5, .25 or 1/3."""
    fraction = Fraction(p).limit_denominator(12)
    if round(p, 2) != round(p, 9) and abs(fraction - p) < 1e-9:
        return str(fraction)
    return number(p, 3).rstrip("0").rstrip(".")


def _unit(base: float) -> str:
    if base not in UNITS:
        raise ValueError(f"base must be 2 (bits) or e (nats), got {base}")
    return UNITS[base]


def _distribution(
    weights: Mapping[str, float], name: str, like: Mapping[str, float] | None = None
) -> np.ndarray:
    p = np.array(list(weights.values()), dtype=float)
    if p.size == 0 or not (p > 0).all() or abs(p.sum() - 1) > 1e-6:
        raise ValueError(f"{name}: probabilities must be above 0 and sum to 1, got {p}")
    if like is not None and list(weights) != list(like):
        raise ValueError(
            f"{name} must have the outcomes {list(like)}, got {list(weights)}"
        )
    return p
