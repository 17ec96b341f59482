"""Edited faces: rows of pictures with a judge's answer, and what they add up to."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.figures.parts import GREY, curve, frame, number, panel, say, tiles
from course_utils.plotting import BLUE, ORANGE

SIZE, LEFT, TOP = 92, 138, 150  # of a picture, of the first one, in displayed pixels


def edited(
    groups: Mapping[str, Mapping[str, ArrayLike]],
    chances: ArrayLike,
    rows: Sequence[str],
    *,
    title: str,
    how: str = "",
    footer: str = "",
) -> Figure:
    """Groups {name: {column: pictures (R, H, W)}}: a row for each of R people.

    `chances` (R, columns of all groups) stand under the pictures, bold above one half.
    """
    columns = [stack for group in groups.values() for stack in group.values()]
    pictures, sure = np.stack([np.asarray(c) for c in columns], 1), np.asarray(chances)
    if pictures.shape[:2] != sure.shape or len(rows) != len(sure):
        raise ValueError(
            f"{len(rows)} rows and {len(columns)} columns need as many chances,"
            f" got {sure.shape}"
        )
    step, gap, down = SIZE + 4, 18, SIZE + 26
    height = TOP + down * len(rows) + 34
    fig, page = frame(title, how, footer, height=height)
    x, colours = float(LEFT), [GREY, ORANGE, ORANGE, GREY]
    column = 0
    for (name, group), colour in zip(groups.items(), colours, strict=False):
        middle = x + step * len(group) / 2 - 2
        say(page, middle, TOP - 36, name, colour, bold=True, at="center")
        for label in group:
            centre = x + SIZE / 2
            say(page, centre, TOP - 15, label, colour, bold=True, at="center")
            places = [(centre, TOP + SIZE / 2 + down * r) for r in range(len(rows))]
            tiles(page, pictures[:, column], places, size=SIZE, kind="photo")
            for (_, y), p in zip(places, sure[:, column], strict=True):
                words = number(float(p), 2) if p < 0.995 else "1"
                shade = ORANGE if p > 0.5 else GREY
                say(page, centre, y + 58, words, shade, bold=p > 0.5, at="center")
            x, column = x + step, column + 1
        x += gap
    for r, name in enumerate(rows):
        say(page, LEFT - 14, TOP + SIZE / 2 + down * r, name, bold=True, at="right")
    return fig


def curves(
    amounts: ArrayLike,
    panels: Mapping[str, Mapping[str, ArrayLike]],
    controls: Mapping[str, tuple[float, str]],
    *,
    title: str,
    how: str = "",
    footer: str = "",
) -> Figure:
    """Shares over the amount, {panel: {name: (A,), "random": (K, A)}}.

    Random directions: their mean as a line, their range as an area. `controls` puts a
    dashed line with its words, {panel: (share, words)}, into a panel.
    """
    steps = np.asarray(amounts, dtype=float)
    fig, _ = frame(title, how, footer, height=430)
    for k, (name, shares) in enumerate(panels.items()):
        ours, other = shares  # the names of the two, random last
        measured, random = np.asarray(shares[ours]), np.asarray(shares[other])
        if measured.shape != steps.shape or random.shape[1:] != steps.shape:
            raise ValueError(
                f"{len(steps)} amounts need as many shares, got {measured.shape} and"
                f" (directions, shares) {random.shape}"
            )
        x, place = (0.0, float(steps[-1])), (66 + 445 * k, 152, 250, 190)
        ax = panel(fig, *place, x=x, y=(0, 1.02), title=name, axes="xy")
        ax.set_yticks([0, 0.5, 1], ["0", "50 %", "100 %"])
        ax.set_xticks(range(int(steps[-1]) + 1))
        ax.set_xlabel("steps along the direction", color=GREY)
        ax.fill_between(steps, random.min(0), random.max(0), color="#DDDDDD", lw=0)
        ends = [("random", random.mean(0), GREY), (ours, measured, ORANGE)]
        close = abs(ends[0][1][-1] - ends[1][1][-1]) < 0.2
        for i, (label, line, colour) in enumerate(ends):
            up = 0 if not close else 14 * (1 if line[-1] >= ends[1 - i][1][-1] else -1)
            words = f"{label} {100 * line[-1]:.0f} %"
            curve(ax, steps, line, words, colour, away=(6, up), clip_on=False)
        level, words = controls[name]
        ax.axhline(level, color=BLUE, lw=1.5, ls=(0, (4, 2)), zorder=3)
        say(ax, 0, level, words, BLUE, away=(6, 10), at="bottom left")
    return fig
