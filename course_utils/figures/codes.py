"""Questions and codes as trees over the line from 0 to 1, and bits that are shared."""

# Places on a page are read as rows of numbers: they stay compact.
# fmt: off
# isort: skip_file

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.special import entr

from course_utils.figures.areas import _share as share
from course_utils.figures.icons import icon
from course_utils.figures.parts import (
    GREY, INK, OVER, SAVED, arrow, column, equation, frame, hatch, level, number, panel,
    say,
)
from course_utils.plotting import BLUE, GREEN, ORANGE, PURPLE, RED


def _tree(ax: Axes, words: list[str], ends: np.ndarray, signs: tuple[str, str]) -> None:
    """Branches down to the piece of the line, up to its end, that each word has."""
    pieces = dict(zip(words, zip([0, *ends[:-1]], ends, strict=True), strict=True))

    def place(start: str) -> tuple[float, int]:
        sides = [x for word in words if word.startswith(start) for x in pieces[word]]
        return (min(sides) + max(sides)) / 2, len(start)

    for start in sorted({word[:k + 1] for word in words for k in range(len(word))}):
        (x, y), (x2, y2), last = place(start[:-1]), place(start), int(start[-1])
        arrow(ax, (x, y), (x2, y2), head="-", colour=INK, lw=2)
        away = 18 * last - 9, 7
        say(ax, (x + x2) / 2, (y + y2) / 2, signs[last], bold=True, away=away)


def _of(n: float, what: str) -> str:
    return f"{n:.3g} {what}{'s' * bool(n != 1)}"


def game(p: Mapping[str, float], words: Mapping[str, str]) -> Figure:
    """Questions {outcome: answers, 0 for yes} over the columns of {outcome: p}."""
    order = sorted(p, key=lambda outcome: words[outcome])
    shares, asked = np.array([(p[o], len(words[o])) for o in order]).T
    bits, ends, mean = np.log2(1 / shares), np.cumsum(shares), shares @ asked
    fig, page = frame(
        f"{mean:.3f} questions a fruit; the area below is {shares @ bits:.3f}",
        "Above: the best questions, and how many each fruit takes. Below: a column for"
        " each fruit, as wide\nas it is likely; the lesson explains its height. Black:"
        " their mean height, which is also their area.", height=520,
    )
    top = panel(fig, 110, 150, 680, 110, x=(0, 1), y=(2, 0))
    low = panel(fig, 110, 330, 680, 160, x=(0, 1), y=(0, 4.5), axes="y")
    _tree(top, [words[o] for o in order], ends, ("yes", "no"))
    for k, name in enumerate(order):
        n, left, right = asked[k], ends[k] - shares[k], ends[k]
        x, y = 110 + 340 * (left + right), 168 + 55 * n
        icon(page, name, x, y, 30)
        say(page, x, y + 28, _of(n, "question"), GREY, size="small", at="center")
        if words[name].endswith("0"):  # the question to which this fruit says yes
            say(top, (1 + left) / 2, n - 1, f"a {name}?", bold=True, away=(8, 8))
        column(low, left, right, 0, bits[k], BLUE, lid=BLUE)
        say(low, (left + right) / 2, 0, share(shares[k]), GREY, away=(0, -6))
    level(low, -0.02, 1.02, shares @ bits, label=f"{shares @ bits:.3f}", lw=2)
    return fig


def tree(p: Mapping[str, float], words: Mapping[str, str], *, title: str) -> Figure:
    """What each word of a code owns, what its outcome needs, and the price."""
    order = sorted(p, key=lambda outcome: words[outcome])
    needs, digits = np.array([(p[o], len(words[o])) for o in order]).T
    bits, owns, deep = -np.log2(needs), 0.5**digits, max(digits) + 1
    own, use, extra = np.cumsum(owns), np.cumsum(needs), needs * (digits - bits)
    fig, page = frame(title, r"A word of $\ell$ digits owns $2^{-\ell}$ of the line. "
                      "Where one owns more than its fruit needs, another owns less.",
                      height=660)
    top = panel(fig, 150, 105, 710, 230, x=(0, 1), y=(deep, 0))
    need = panel(fig, 150, 371, 710, 34, x=(0, 1), y=(0, 1))
    price = panel(fig, 150, 411, 710, 150, x=(0, 1), y=(0, 1.2 * max(*bits, *digits)))
    say(page, 135, 130, "the tree", GREY, at="right")
    say(page, 135, 300, "what each\nword owns", ORANGE, at="right")
    say(page, 135, 388, "what each\nfruit needs", BLUE, at="right")
    say(page, 135, 450, "digits paid,\nbits needed", GREY, at="right")
    _tree(top, [words[o] for o in order], own, ("0", "1"))
    for k, name in enumerate(order):
        end, left, right = own[k], use[k] - needs[k], use[k]
        x, middle = 150 + 710 * (end - owns[k] / 2), right - needs[k] / 2
        column(top, end - owns[k], end, deep, digits[k], ORANGE, lid=ORANGE)
        icon(page, name, x - 46, 300, 44)
        say(page, x - 14, 290, words[name], size="title", bold=True)
        say(page, x - 14, 314, f"owns {share(owns[k])}", ORANGE, bold=True)
        column(need, left, right, 0, 1, BLUE, share=1)
        say(need, middle, 0.5, f"needs {share(needs[k])}", "white", at="center")
        low, high = sorted([bits[k], digits[k]])
        paid = f"{_of(digits[k], 'digit')}\nfor {_of(bits[k], 'bit')}"
        column(price, left, right, 0, low, BLUE, paid)
        over = extra[k] > 0
        tint, pattern = (RED, OVER) if over else (GREEN, SAVED)
        hatch(price, (left, right), low, high, tint, pattern=pattern)
        level(price, left, right, bits[k], BLUE)
        level(price, left, right, digits[k], ORANGE)
        said = f"{'overpaid' if over else 'saved'} {number(extra[k], 4, sign=True)}"
        say(price, middle, high, said * bool(high > low), tint, bold=True, away=(0, 6))
    mean, h = (f"{needs @ n:.4f}" for n in (digits, bits))
    terms = (mean, "mean length", ORANGE), "=", (h, "entropy", BLUE), "+"
    equation(page, 150, 605, [*terms, (f"{extra.sum():.4f}", "waste", RED)])
    return fig


def shared(joint: ArrayLike, kinds: Sequence[str], a: str, b: str) -> Figure:
    """Two pictures of p(a, b), (A, 2): a is one of `kinds`; column 1 is "b happens"."""
    p = np.asarray(joint, dtype=float)
    both, h_a, h_b = (entr(q).sum() / np.log(2) for q in (p, p.sum(1), p.sum(0)))
    fig, page = frame(f"{a.capitalize()} and {b} share {h_a + h_b - both:.3f} bit",
                      "Left: area is probability. Right: length is entropy, in bits.",
                      height=480)
    days = panel(fig, 110, 150, 330, 260, x=(0, 1), y=(0, 1))
    bars = panel(fig, 500, 122, 370, 288, x=(0, both), y=(4.2, 0))
    right, often = 0.0, p[:, 1].sum()
    for kind, (no, yes) in zip(kinds, p, strict=True):
        left, right, cut = right, right + no + yes, yes / (no + yes)
        icon(page, kind, 110 + 165 * (left + right), 128)
        day = share(no + yes)
        say(days, (left + right) / 2, 0, day, BLUE, bold=True, away=(0, -6))
        for q, low, high, tint in ((no, cut, 1, GREY), (yes, 0, cut, PURPLE)):
            words = f"{share(q)}\n{_of(-np.log2(q), 'bit')}" if q > 0 else ""
            column(days, left, right, low, high, tint, words, share=0.2)
    level(days, -0.04, 1.04, often, PURPLE, dashed=True, lw=1.5)
    say(days, -0.04, often, f"{share(often)}\n{b}", PURPLE, away=(-6, 0))
    gap, rows = both - h_b, (0, 1.1, 2.2, 3.3, 3.3, 3.3)
    lefts, rights = (0, 0, gap, 0, gap, h_a), (both, h_a, both, gap, h_a, both)
    tints, names = (GREY, BLUE, PURPLE, BLUE, GREEN, PURPLE), ("both", a, b, "", "", "")
    for k, (y, left, right) in enumerate(zip(rows, lefts, rights, strict=True)):
        said = f"{names[k]} {right - left:.3f}".strip()
        column(bars, left, right, y, y + 0.8, tints[k], said)
    say(bars, 0, 4.15, f"{a},\n{b} known", BLUE, at="top left")
    say(bars, gap, 4.15, "shared", GREEN, at="top left")
    say(bars, both, 4.15, f"{b},\n{a} known", PURPLE, at="top right")
    return fig
