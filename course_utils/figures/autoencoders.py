"""What an autoencoder keeps: the squeeze, its layers, distances, maps and holes."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import ArrayLike

from course_utils.figures.images import sheet
from course_utils.figures.parts import (
    GREY,
    RULE,
    column,
    dark,
    frame,
    number,
    pale,
    panel,
    ruler,
    say,
    tiles,
)
from course_utils.plotting import BLUE, CLASS_COLOURS, ORANGE, RED


def squeeze(
    rows: Mapping[str, tuple[ArrayLike, float, str]], *, title: str, how: str = ""
) -> Figure:
    """The same pictures, a row for each way of redrawing them.

    {name: (pictures (N, H, W), error, colour)}; an error of 0.06 fills the bar.
    """
    top = 84 + 22 * len(how.splitlines())
    fig, page = frame(title, how, height=top + 70 * len(rows) + 8)
    for i, (name, (pictures, error, colour)) in enumerate(rows.items()):
        many, y = len(np.asarray(pictures)), top + 70 * i + 32
        places = [(150 + 59 * (j + 0.5), y) for j in range(many)]
        tiles(page, pictures, places, size=55)
        say(page, 140, y, name, colour, size="head", bold=True, at="right")
        if error:
            left = 150 + 59 * many + 10
            column(page, left, left + 1000 * error, y + 9, y - 9, colour, share=1)
            value, end = number(error, 4), left + 1000 * error
            say(page, end, y, value, colour, bold=True, away=(5, 0))
    return fig


def layers(
    sizes: Sequence[int | tuple[int, int, int]],
    names: Sequence[str],
    *,
    title: str,
    how: str = "",
) -> Figure:
    """What flows through a network: a bar for a list of numbers, a box for maps.

    A size is n, or (maps, height, width). A bar is as high as the root of n, a box as
    its maps, and as wide as their number asks.
    """
    fig, page = frame(title, how, height=330)
    middle, step, sides = 186, 840 / len(sizes), []
    for i, (size, name) in enumerate(zip(sizes, names, strict=True)):
        x = 30 + step * (i + 0.5)
        flat = not isinstance(size, tuple)
        maps, side = (1, size**0.5) if flat else size[:2]  # type: ignore
        tall, wide = 5.2 * side, 14 if flat else 6 + 5 * maps**0.5
        code = name == "code"
        colour = ORANGE if code else BLUE if i in (0, len(sizes) - 1) else GREY
        corner = (x - wide / 2, middle - tall / 2)
        fill = pale(colour, 0.8 if code else 0.35)
        page.add_patch(Rectangle(corner, wide, tall, fc=fill, ec=colour, lw=1.5))
        words = str(maps) if side == 1 else str(size) if flat else f"{maps} × {side}²"
        say(page, x, middle + 86, words, colour, bold=True, at="center")
        say(page, x, middle + 106, name, GREY, size="small", at="center")
        sides.append((x - wide / 2, x + wide / 2, tall / 2))
    for (_, a, high), (b, _, low) in zip(sides, sides[1:], strict=False):
        edge = [(a, middle - high), (b, middle - low), (b, middle + low)]
        page.add_patch(Polygon([*edge, (a, middle + high)], fc="#F3F3F3", ec="none"))
    return fig


def distances(
    start: ArrayLike, others: Mapping[str, ArrayLike], *, title: str
) -> Figure:
    """Pictures (784,) along a number line, at their distance from `start` (784,).

    The nearest of `others` comes first; above each, both are overlaid, `start` in blue.
    """
    first, *far = (np.reshape(p, (28, 28)) for p in (start, *others.values()))
    how = "Along the ruler: distance. Above: this 4 blue, the other orange, both green"
    fig, page = frame(title, how, height=410)
    places = [float(np.linalg.norm(other - first)) for other in far]
    marks = {0.0: "0"} | {d: f"{d:.1f}" for d in places}
    colours = [BLUE] + [RED if i == 0 else ORANGE for i in range(len(others))]
    x_of = ruler(page, 80, 800, 362, marks, colours=colours)
    tiles(page, [first], [(80, 292)], size=84, colours=[BLUE])
    say(page, 80, 238, "this 4", BLUE, size="head", bold=True, at="center")
    for name, other, d, colour in zip(others, far, places, colours[1:], strict=True):
        inks = (first, BLUE), (other, ORANGE)
        paper = [1 - a[..., None] * (1 - np.array(to_rgb(c))) for a, c in inks]
        tiles(page, [np.prod(paper, axis=0)], [(x_of(d), 200)], size=84)
        tiles(page, [other], [(x_of(d), 292)], size=84, colours=[colour])
        say(page, x_of(d), 144, name, colour, size="head", bold=True, at="center")
    return fig


def placed(pictures: ArrayLike, codes: ArrayLike, title: str, how: str) -> Figure:
    """Pictures (N, 784) at their codes (N, 2): as many as fit without touching."""
    fig, page = frame(title, how, height=600)
    z = np.asarray(codes, dtype=float)
    share = (z - z.min(0)) / (z.max(0) - z.min(0))
    places = [60, 570] + share * [780, -460]
    chosen: list[int] = []
    for i, place in enumerate(places):
        if all(np.abs(place - places[j]).max() > 46 for j in chosen):
            chosen.append(i)
    drawn = np.reshape(pictures, (-1, 28, 28))[chosen]
    tiles(page, drawn, places[chosen], size=44)
    return fig


def maps(
    codes: Mapping[str, ArrayLike], labels: ArrayLike, notes: Sequence[str]
) -> Figure:
    """Small maps {method: codes (N, 2)}: six digits of each kind, a note beneath."""
    kinds, columns, top, side = np.asarray(labels), 5, 128, 155
    shown = np.concatenate([np.flatnonzero(kinds == c)[:6] for c in range(10)])
    colours = [CLASS_COLOURS[c] for c in kinds[shown]]
    title = f"{len(codes)} ways to squeeze {len(kinds)} digits into two numbers"
    how = f"{len(shown)} of them, coloured by digit. Beneath: right guesses by five"
    height = top + -(-len(codes) // columns) * (side + 62) - 20
    fig, page = frame(title, f"{how} neighbours · time", height=height)
    for i, ((name, points), note) in enumerate(zip(codes.items(), notes, strict=True)):
        z = np.asarray(points, dtype=float)[shown]
        edge = 0.08 * np.ptp(z, axis=0) + 1e-9
        left = 30 + (side + 16) * (i % columns)
        down = top + (side + 62) * (i // columns)
        x, y = zip(z.min(0) - edge, z.max(0) + edge, strict=True)
        ax = panel(fig, left, down, side, side, x=x, y=y, title=name)
        ax.spines[:].set(visible=True, color=RULE)
        x, y = z.T
        ax.scatter(x, y, s=9, c=colours, lw=0, antialiased=False)  # a small PNG
        say(page, left, down + side + 13, note, GREY, size="small")
    for c, colour in enumerate(CLASS_COLOURS):
        page.scatter(560 + 30 * c, down + side / 2, s=60, c=colour, lw=0)
        say(page, 560 + 30 * c, down + side / 2 + 26, str(c), size="head", at="center")
    return fig


def holes(
    decoded: ArrayLike,
    counts: ArrayLike,
    codes: ArrayLike,
    labels: ArrayLike,
    bounds: tuple[float, float, float, float],
) -> Figure:
    """The sheet of codes; where `counts` (side, side) is 0, both halves are shaded."""
    empty = np.asarray(counts) == 0
    fig = sheet(
        np.reshape(decoded, (*empty.shape, 28, 28)),
        np.asarray(codes)[:150],
        np.asarray(labels)[:150],
        title=f"{empty.mean():.0%} of the tiles belong to no digit, yet all are drawn",
        how="Left, 150 training digits, the others as dots. Shaded: no code lies there",
        limit=bounds,
        box=None,
        names=("where the digits are", "what the decoder draws"),
    )
    image = np.dstack([np.full((*empty.shape, 3), to_rgb(RED)), 0.2 * empty])
    fig.axes[1].plot(*np.transpose(codes), ",", color=GREY, zorder=0)
    for ax in fig.axes[1:]:
        ax.imshow(image, extent=bounds, aspect="auto", zorder=3)
    return fig


def compared(
    ax: Axes,
    results: Mapping[str, Mapping[str, Sequence[float]]],
    colours: Sequence[str],
) -> None:
    """{method: {case: one number for each seed}}: dots, and their mean ± deviation."""
    for i, (found, colour) in enumerate(zip(results.values(), colours, strict=True)):
        style = {"fmt": "_", "color": colour, "ms": 14, "mew": 3}
        for at, values in enumerate(found.values()):
            x = at + 0.14 * (i - (len(results) - 1) / 2)
            ax.plot([x] * len(values), values, "o", color=colour, alpha=0.4, ms=5)
            spread = np.std(values, ddof=1) if len(values) > 1 else 0
            ax.errorbar(x, np.mean(values), spread, **style)  # type: ignore[arg-type]
    cases = list(next(iter(results.values())))
    ax.set_xticks(range(len(cases)), cases)
    for i, (name, colour) in enumerate(zip(results, colours, strict=True)):
        words = {"color": dark(colour), "weight": "bold", "ha": "right"}
        where = 0.98, 0.04 + 0.08 * (len(results) - 1 - i)
        ax.text(*where, name, transform=ax.transAxes, **words)  # type: ignore[arg-type]
