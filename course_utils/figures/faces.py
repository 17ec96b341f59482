"""Edited faces: what a step changes, what judges say, and what they add up to."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.figures.parts import (
    GREY,
    INK,
    curve,
    frame,
    number,
    panel,
    say,
    tiles,
)
from course_utils.plotting import BLUE, ORANGE


def masks(named: Mapping[str, ArrayLike], *, title: str) -> Figure:
    """Signed pictures {name: (H, W)} in a row, large, in one scale; dark is above 0."""
    pictures = np.stack([np.asarray(picture) for picture in named.values()])
    fig, page = frame(title, height=378)
    places = [(162 + 280 * i, 204) for i in range(len(pictures))]
    tiles(page, pictures, places, size=264, kind="signed", labels=[*named])
    return fig


def edited(
    columns: Mapping[str, ArrayLike],
    chances: ArrayLike,
    rows: Sequence[str],
    counts: Mapping[str, ArrayLike],
    *,
    title: str,
    how: str = "",
) -> Figure:
    """Columns {name: pictures (R, H, W)}, a row for each of R people.

    `chances` (R, columns) stand under the pictures, bold above one half; `counts`
    {name: (columns,)} beneath all, each "of R". All in grey: that keeps the file small.
    """
    sure, size, left, top = np.asarray(chances), 104, 190, 134
    if sure.shape != (len(rows), len(columns)):
        raise ValueError(
            f"{len(rows)} rows and {len(columns)} columns need as many chances,"
            f" got {sure.shape}"
        )
    down, last = size + 26, top + (size + 26) * len(rows) + 16
    fig, page = frame(title, how, height=last + 26 * len(counts) + 10)
    heights = [top + size / 2 + down * r for r in range(len(rows))]
    for c, (name, pictures) in enumerate(columns.items()):
        x = left + (size + 8) * c + size / 2
        say(page, x, top - 8, name, bold=True, at="bottom center")
        tiles(page, pictures, [(x, y) for y in heights], size=size, kind="photo")
        for y, p in zip(heights, sure[:, c], strict=True):
            words, bold = number(float(p), 2) if p < 0.995 else ">.99", bool(p > 0.5)
            shade = INK if bold else GREY
            say(page, x, y + size / 2 + 12, words, shade, bold=bold, at="center")
        for i, each in enumerate(counts.values()):
            words = f"{np.asarray(each)[c]} of {len(rows)}"
            say(page, x, last + 26 * i, words, at="center")
    places = [*heights, *(last + 26 * i for i in range(len(counts)))]
    for name, y in zip([*rows, *counts], places, strict=True):
        say(page, left - 14, y, name, bold=True, at="right")
    return fig


def curves(
    amounts: ArrayLike,
    ours: ArrayLike,
    at_random: ArrayLike,
    real: Mapping[str, float],
    *,
    title: str,
    how: str = "",
) -> Figure:
    """Shares said to wear glasses, and recognised, over A amounts: `ours` (A, 2).

    `at_random` (K, A, 2), of K directions: their mean as a line, their range as an
    area. `real`, {label: share} for either side, are dashed lines.
    """
    steps, edits, others = (
        np.asarray(shares, dtype=float) for shares in (amounts, ours, at_random)
    )
    if edits.shape != (len(steps), 2) or others.shape[1:] != edits.shape:
        raise ValueError(
            f"{len(steps)} amounts need as many pairs of shares, got {edits.shape} and,"
            f" of random directions, {others.shape}"
        )
    fig, _ = frame(title, how, height=430)
    titles = "said to wear glasses", "recognised as the same person"
    for k, (words, share) in enumerate(real.items()):
        place, x = (66 + 445 * k, 152, 250, 190), (0.0, float(steps[-1]))
        ax = panel(fig, *place, x=x, y=(0, 1.02), title=titles[k], axes="xy")
        ax.set_yticks([0, 0.5, 1], ["0", "50 %", "100 %"])
        ax.set_xticks(range(int(steps[-1]) + 1))
        ax.set_xlabel("steps along the direction", color=GREY)
        low, high = others[..., k].min(0), others[..., k].max(0)
        ax.fill_between(steps, low, high, color="#DDDDDD", lw=0)
        ends = others[..., k].mean(0), edits[:, k]
        near = 14 if abs(ends[0][-1] - ends[1][-1]) < 0.2 else 0
        up = near if ends[1][-1] >= ends[0][-1] else -near
        for name, line, colour, away in (
            ("random", ends[0], GREY, -up),
            ("edited", ends[1], ORANGE, up),
        ):
            label = f"{name} {100 * line[-1]:.0f} %"
            curve(ax, steps, line, label, colour, away=(6, away), clip_on=False)
        ax.axhline(share, color=BLUE, lw=1.5, ls=(0, (4, 2)), zorder=3)
        say(ax, 0, share, words, BLUE, away=(6, 10), at="bottom left")
    return fig
