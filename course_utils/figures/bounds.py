"""The bound and its gap: two bars that trade, derivations with values, w on its way."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from course_utils.derivation import Line, read, wrong_step
from course_utils.figures.parts import (
    GREY,
    INK,
    arrow,
    column,
    curve,
    frame,
    hatch,
    level,
    number,
    pale,
    panel,
    rule,
    say,
)
from course_utils.normals import normal
from course_utils.plotting import BLUE, GREEN, ORANGE, PURPLE, RED

Guess = tuple[str, float, float, float, float, float]
Spread = tuple[float, float]  # a mean and a variance
EACH = 58  # pixels from one line of a derivation to the next


def bells(fig: Figure, place: Sequence[float], q: Spread, posterior: Spread) -> None:
    """A small picture of q over the posterior at `place` (left, top, width, height)."""
    left, top, width, height = place
    z = np.linspace(-2.2, 3.2, 300)
    ax = panel(fig, left, top, width, height, x=(-2.2, 3.2), y=(0, 1.4), axes="x")
    ax.set_xticks([])
    curve(ax, z, normal(z, *posterior), "", BLUE, fill=True)
    dashes = (0, (4, 4)) if np.allclose(q, posterior) else "-"
    curve(ax, z, normal(z, *q), "", ORANGE, ls=dashes)


def two_bars(
    guesses: Sequence[Guess],
    evidence: float,
    *,
    posterior: Spread,
    floor: float = -3.0,
) -> Figure:
    """Guesses (name, mean, variance, reconstruction, KL to prior, gap) and their bars.

    The reconstruction and the KL to the prior stand below, for one guess beside it.
    """
    n, each = len(guesses), 188
    fig, page = frame(
        "What the ELBO gains, the gap loses: the bar never grows",
        "Each bar ends at log p(x), which does not depend on q. The ELBO fills it"
        "\nfrom below; what is missing is the gap, the KL from q to the posterior.",
        height=520 if n == 1 else 850,
        width=max(140 + n * each, 760),
    )
    ax = panel(fig, 130, 265, n * each, 165, x=(0, n), y=(floor, evidence), axes="y")
    ax.set_yticks(np.arange(floor, evidence - 0.3, 0.5 if floor > -4 else 1))
    words = f"log p(x)\n{number(evidence)}"
    level(ax, -0.02, n - 0.1, evidence, BLUE, words, side="left")
    say(page, 112, 155, "posterior", BLUE, bold=True, at="right")
    say(page, 112, 178, "guess q", ORANGE, bold=True, at="right")
    for i, (name, mean, var, reconstruction, kl_prior, gap) in enumerate(guesses):
        middle, elbo = i + 0.43, reconstruction - kl_prior
        bells(fig, (130 + each * i, 126, 162, 72), (mean, var), posterior)
        what = f"N({mean:.2g}, {var:.2g})\n{name}".replace("-", "−")
        say(ax, middle, evidence, what, ORANGE, at="bottom center", away=(0, 14))
        column(ax, i, i + 0.86, floor, max(elbo, floor), ORANGE)
        missing = number(gap) if gap > 5e-4 else "0"
        words = f"gap {missing}" if gap > 0.15 else ""
        hatch(ax, (i, i + 0.86), max(elbo, floor), evidence, RED, words)
        below = f"{number(elbo)} + {missing} = {number(elbo + gap)}"
        say(ax, middle, floor, below, size="small", at="top center", away=(0, -8))
        if elbo > floor + 0.2:
            words = f"ELBO {number(elbo)}"
            say(ax, middle, (elbo + floor) / 2, words, ORANGE, bold=True, at="center")
    if n == 1:
        say(page, 440, 135, "reconstruction", ORANGE, bold=True)
        say(page, 440, 157, "minus KL to the prior", PURPLE, bold=True)
        _halves(panel(fig, 440, 175, 260, 300, x=(0, 1), y=(floor - 1, 0)), guesses)
        return fig
    rule(page, 484, "Neither half of the ELBO is the aim: the best sum wins")
    aims = "q's codes should explain x", "q should stay near it"
    say(page, 30, 540, f"reconstruction: {aims[0]}", ORANGE, bold=True)
    say(page, 400, 540, f"minus KL to the prior: {aims[1]}", PURPLE, bold=True)
    _halves(panel(fig, 130, 565, n * each, 230, x=(0, n), y=(-2.6, 0)), guesses)
    return fig


def _halves(ax: Axes, guesses: Sequence[Guess]) -> None:
    """The ELBO of each guess as reconstruction minus KL to the prior, from 0 down."""
    level(ax, -0.02, len(guesses) - 0.1, 0, GREY, "0", side="left")
    evidence = guesses[0][3] - guesses[0][4] + guesses[0][5]
    ends = -0.02, len(guesses) - 0.1
    level(ax, *ends, evidence, BLUE, "log p(x)", dashed=True, side="left")
    for i, (_, _, _, reconstruction, kl_prior, _) in enumerate(guesses):
        elbo, right = reconstruction - kl_prior, i + 0.4
        column(ax, i, right, reconstruction, 0, ORANGE, share=0.9)
        column(ax, i, right, elbo, reconstruction, PURPLE, share=0.6)
        level(ax, i, right, elbo)
        words = number(reconstruction)
        say(ax, right, reconstruction / 2, words, ORANGE, bold=True, away=(6, 0))
        if kl_prior > 5e-4:
            y = min(elbo + kl_prior / 2, reconstruction - 0.12)
            words = number(-kl_prior)
            say(ax, right, y, words, PURPLE, bold=True, away=(6, 0), halo=True)
        words = f"ELBO {number(elbo)}"
        say(ax, i, elbo, words, bold=True, at="top left", away=(0, -7))


def derivation(
    right: Sequence[tuple[str, str, float]], wrong: Sequence[tuple[str, str, float]]
) -> Figure:
    """A bound's route and a wrong one's last lines; each value is a dot on a track."""
    steps, slip = read(right), read(wrong)[-3:]
    middle = 180 + EACH * len(steps)
    fig, page = frame(
        "Put a value beside every line: here a slip of sign stands out",
        "Each line is worked out for one case. While lines are equal, their dots stand"
        "\nin one column; a lower bound steps to the left, never to the right.",
        height=middle + 90 + EACH * len(slip),
    )
    say(page, 30, 132, "A right route", size="head", bold=True)
    rule(page, middle, "The same route with one slip")
    start, values = steps[0].value, [line.value for line in (*steps, *slip)]
    end, scale = steps[-1].value, 160 / (max(values) - min(values))

    def x(value: float) -> float:
        return 850 - (max(values) - value) * scale

    bottom = 172 + EACH * (len(steps) - 1)
    words = f"gap\n{number(start - end)}"
    hatch(page, (x(end), x(start)), bottom - 70, bottom + 22, RED, words)
    _track(page, steps, 172, 1, x, start)
    _track(page, slip, middle + 74, len(steps) - len(slip) + 1, x, start)
    if slip[-1].value > start:
        words, y = "right of log p(x):\nno lower bound", middle + 74 + EACH * len(slip)
        say(page, 870, y - 18, words, RED, size="small", bold=True, at="right")
    return fig


def _track(
    page: Axes,
    lines: Sequence[Line],
    top: float,
    first: int,
    x: Callable[[float], float],
    start: float,
) -> None:
    """Lines numbered from `first` on the page, their values, and a dot at x(value)."""
    found, bottom = wrong_step(lines, 1e-6), top + EACH * (len(lines) - 1)
    page.plot([x(start)] * 2, [top - 22, bottom + 22], color=pale(BLUE, 0.4), lw=3)
    say(page, x(start), top - 34, "log p(x)", BLUE, bold=True, at="center")
    for i, line in enumerate(lines):
        bad, y, here = found and i == found[0], top + EACH * i, x(line.value)
        colour = RED if bad else BLUE if abs(line.value - start) < 1e-6 else ORANGE
        if bad:
            page.add_patch(Rectangle((24, y - 25), 606, 50, fc=pale(RED, 0.15), lw=0))
        before = x(lines[i - 1].value) if i else here
        if abs(before - here) > 1:
            arrow(page, (before, y - EACH), (here, y), colour=RED)
        elif i:
            page.plot([here, here], [y - EACH, y], color=colour, lw=3, zorder=3)
        page.plot([here], [y], "o", color=colour, ms=9, mec="white", zorder=5)
        say(page, 30, y, f"({first + i})", GREY, size="small")
        sign = "≠" if bad else line.relation
        say(page, 72, y, sign, INK if sign == "=" else RED, size="head")
        say(page, 92, y, f"${line.latex}$".replace("frac", "dfrac"), size="head")
        say(page, 385, y, line.reason, RED if bad else GREY)
        say(page, 622, y, number(line.value, 6), colour, bold=True, at="right")


def rises_and_falls(
    ws: ArrayLike,
    evidence_at: Callable,
    elbo_at: Callable,
    posterior_at: Callable,
    *,
    fixed: Spread,
) -> Figure:
    """Evidence and bound along w: with q fixed, and with the start's posterior as q."""
    w = np.asarray(ws, dtype=float)
    fig, page = frame(
        "A higher bound need not mean higher evidence",
        f"From left to right w falls, and q = N({fixed[0]:g}, {fixed[1]:g}) stays."
        "\nThe curves never touch: for no w is this q the posterior.",
        height=890,
    )
    evidence = evidence_at(w)
    for top, q in ((130, fixed), (620, posterior_at(w[0]))):
        bound, across = elbo_at(w, *q), (w[0], w[-1])
        ax = panel(fig, 90, top, 600, 240, x=across, y=(-1.79, -1.4), axes="xy")
        ax.set_xticks([1, 0.8, 0.6, 0.4, 0.2], ["w = 1", ".8", ".6", ".4", ".2"])
        ax.set_yticks([-1.7, -1.6, -1.5, -1.4])
        hatch(ax, w, np.maximum(bound, -1.79), evidence, RED)
        curve(ax, w, evidence, "evidence, log p(x)", BLUE, at=0.42, away=(14, 30))
        curve(ax, w, bound, "ELBO", ORANGE, at=0.82, away=(0, -34), clip_on=True)
        if q == fixed:
            ends, colour = (w[evidence.argmax()], w[bound.argmax()]), "#EBEBEB"
            words = "only here,\nstep by step,\nmore ELBO is\nless evidence"
            say(ax, sum(ends) / 2, -1.78, words, at="bottom center")
            _change(ax, w, evidence, BLUE)
            _change(ax, w, bound, ORANGE)
        else:
            ends, colour = (w[0], w[bound > bound[0]].min()), pale(GREEN, 0.12)
            words = "both higher than\nat the start"
            say(ax, sum(ends) / 2, -1.78, words, GREEN, bold=True, at="bottom center")
            level(ax, *ends, bound[0], dashed=True)
        ax.axvspan(*ends, color=colour, zorder=0)
    for left, here in ((85, w[0]), (335, 0.6), (585, w[-1])):
        bells(fig, (left, 410, 120, 60), fixed, posterior_at(here))
        gap = number(evidence_at(here) - elbo_at(here, *fixed))
        words = f"w = {here:g}: gap {gap}"
        say(page, left + 60, 486, words, RED, bold=True, at="center")
    words = "The posterior (blue)\ndrifts towards q.\nThe gap pays for\nthe rise."
    say(page, 730, 440, words, GREY)
    head = "Let q be the posterior where you start: more ELBO is more evidence"
    note = "Now q is the posterior at w = 1: the curves touch; the gap can only grow."
    rule(page, 525, head, note)
    return fig


def _change(ax: Axes, w: np.ndarray, values: np.ndarray, colour: str) -> None:
    """The start's height as a dashed level, and an arrow to the end's."""
    level(ax, w[0], w[-1], values[0], colour, dashed=True)
    change = values[-1] - values[0]
    words = f"{'rises' if change > 0 else 'falls'} by {number(abs(change))}"
    x = w[-1] - 0.03
    arrow(ax, (x, values[0]), (x, values[-1]), words, colour, lw=3, away=(12, 0))
