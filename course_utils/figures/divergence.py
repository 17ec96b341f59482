"""KL in pictures: three proofs that it is never negative, and one bell on two humps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.figures.parts import GREY, INK, curve, frame, hatch, number, row, say
from course_utils.plotting import BLUE, GREEN, ORANGE, RED

WORDS = {  # over the charges of a direction, and at their peak
    "forward": ("Forward: KL(P‖Q), judged by the truth", "truth, but no model"),
    "reverse": ("Reverse: KL(Q‖P), judged by the model", "model, but no truth"),
}


def never_negative(p: ArrayLike, q: ArrayLike) -> Figure:
    """Tangent, mean of points, and the way from p to q: three proofs, two (n,)."""
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    if p.ndim != 1 or p.shape != q.shape or min(p.min(), q.min()) <= 0:
        raise ValueError(f"p and q must be two rows above 0, got {p} and {q}")
    t, kl = q / p, float(p @ np.log(p / q))
    fig, _ = frame(
        "Three proofs that KL is never negative",
        "Each dot is an outcome, at t = q/p; the larger, the likelier. The mean of t "
        "is 1, and the mean of ln t is minus KL.",
        height=375,
    )
    names = ["1  Below the tangent", "2  Below, in the middle", "3  Only uphill"]
    grid, wide = np.linspace(0.2, 1.1 * t.max(), 200), (0, 1.15 * t.max())
    tall = 1.25 * np.log(t.min()) - 0.05, t.max() - 0.9
    tangent, middle, way = row(fig, names, 60, 130, 780, 180, x=wide, y=tall, gap=50)
    for ax in (tangent, middle):
        curve(ax, grid, np.log(grid), "", INK, lw=2)
        ax.scatter(t, np.log(t), s=300 * p, color=BLUE, zorder=5)
        ax.set_xlabel("t = q/p", color=GREY)
        say(ax, t.max(), np.log(t.max()), "ln t", away=(2, -14))
    curve(tangent, grid, grid - 1, "t − 1", ORANGE, at=t.max() * 0.8, away=(-6, 8))
    tangent.vlines(t, np.log(t), t - 1, color=RED, lw=3, zorder=4)
    words = f"mean gap\n= KL = {number(kl)}"
    say(tangent, 0.1, tall[1], words, RED, bold=True, at="top left")
    middle.plot(np.append(t, t[0]), np.log(np.append(t, t[0])), color=GREY, lw=1)
    middle.plot([1, 1], [0, -kl], "-D", color=RED, ms=7, markevery=[1], zorder=6)
    say(middle, 1, -kl, f"mean of the dots:\n−KL = {number(-kl)}", RED, away=(12, -18))
    share = np.linspace(0, 1, 50)
    along = [float(p @ np.log(p / (p + s * (q - p)))) for s in share]
    way.set(xlim=(0, 1), ylim=(-0.25 * kl, 1.3 * kl), xticks=[0, 1])
    way.set_xticklabels(["belief P", "belief Q"])
    curve(way, share, along, f"KL = {number(kl)}", RED, at=0.97, away=(-10, 4))
    way.axhline(0, color=GREY, lw=1)
    return fig


def two_ways(
    x: ArrayLike,
    log_p: ArrayLike,
    models: Mapping[str, ArrayLike],
    *,
    title: str,
    rows: Sequence[str] = ("forward", "bells", "reverse"),
) -> Figure:
    """What KL charges models {name: log q} place by place; x, log_p, log_q are (n,).

    `rows`, from the top: "forward", "bells", "reverse". Shown is the middle half of x.
    """
    x, log_p, p = np.asarray(x), np.asarray(log_p), np.exp(log_p)
    how = "Curve: p ln(p/q); in reverse q ln(q/p). KL is the red area less the green."
    high = {"forward": 150, "bells": 100, "reverse": 150}
    fig, page = frame(title, how, height=105 + sum(high[kind] + 84 for kind in rows))
    top, left, right = 150.0, x[0] / 2, x[-1] / 2
    for kind in rows:
        drawn = []
        for log_q in map(np.asarray, models.values()):
            ratio = log_p - log_q if kind == "forward" else log_q - log_p
            weight = p if kind == "forward" else np.exp(log_q)
            drawn.append((weight if kind == "bells" else weight * ratio, ratio))
        peak = max([0.45, *(values.max() for values, _ in drawn)])
        low = min([0, *(values.min() for values, _ in drawn)])
        span: dict[str, Any] = {"x": (left, right), "y": (1.1 * low - 0.01, 1.1 * peak)}
        axes = row(fig, list(models), 50, top, 800, high[kind], gap=50, **span)
        totals = [np.trapezoid(values, x) for values, _ in drawn]
        heading, where = WORDS.get(kind, ("", ""))
        say(page, 50, top - 38, heading, size="head", bold=True)
        for ax, (values, ratio), total in zip(axes, drawn, totals, strict=True):
            ax.set_xticks([tick for tick in ax.get_xticks() if left <= tick <= right])
            if kind == "bells":
                curve(ax, x, p, "truth p", BLUE, at=left, away=(6, 38), fill=True)
                curve(ax, x, values, "model q", ORANGE, at=left, away=(6, 12))
                continue
            best = "  ✓ the better" if len(axes) > 1 and total == min(totals) else ""
            words = f"{total:.2f} nats{best}"
            ax.set_title(words, loc="left", size=13, weight="bold", color=INK)
            hatch(ax, x, 0, np.maximum(values, 0), RED, pattern="")
            hatch(ax, x, np.minimum(values, 0), 0, GREEN, pattern="")
            curve(ax, x, values, "", GREY, lw=1)
            at = int(values.argmax())
            words = f"{where}\nat {x[at]:.1f}: log-ratio {ratio[at]:.1f}"
            words *= bool(ratio[at] > 2)
            side = (-50, 0) if x[at] > 1 else (50, 0)
            say(ax, x[at], 0.7 * values[at], words, RED, bold=True, away=side)
        top += high[kind] + 84
    return fig
