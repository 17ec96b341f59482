"""Walls of filters, the weights into hidden units, sorted by a measure of theirs."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.figures.parts import GREY, column, frame, panel, say, tiles
from course_utils.plotting import ORANGE

GAP = 18  # pixels between two walls


def half_weight_pixels(filters: ArrayLike) -> np.ndarray:
    """How many pixels hold half of a filter's squared weight: (K, H, W) -> (K,)."""
    f = np.asarray(filters, dtype=float)
    held = np.sort(f.reshape(len(f), -1) ** 2, axis=1)[:, ::-1].cumsum(axis=1)
    return (held < held[:, -1:] / 2).sum(axis=1) + 1


def neighbour_correlation(filters: ArrayLike) -> np.ndarray:
    """Correlation of weights that touch, in each filter: (K, H, W) -> (K,).

    0 for independent weights, near 1 for a smooth picture.
    """
    f = np.asarray(filters, dtype=float)
    f = f - f.mean(axis=(1, 2), keepdims=True)
    pairs = f[:, :, 1:] * f[:, :, :-1], f[:, 1:] * f[:, :-1]
    return sum(p.mean(axis=(1, 2)) for p in pairs) / 2 / (f**2).mean(axis=(1, 2))


def walls(
    filters: Mapping[str, ArrayLike],
    values: Mapping[str, ArrayLike],
    *,
    measure: str,
    title: str,
    how: str = "",
    footer: str = "",
    columns: int = 8,
    rows: int = 6,
    falling: bool = False,
    colours: Sequence[str] = (),
    reference: tuple[float, str] | None = None,
) -> Figure:
    """Walls side by side of filters {name: (K, H, W)}, sorted by `values` {name: (K,)}.

    Each wall shows `rows` x `columns` of its K filters, at even steps through their
    order (from the smallest value, or `falling` from the largest). Every filter has
    its own scale, zero at mid-grey, positive weights black. Beneath stands how all K
    values are distributed, with their median, on one axis named `measure`;
    `reference` marks one more value. A name may have a second, grey line.
    """
    for name, pictures in filters.items():
        shape, number = np.shape(pictures), np.shape(values.get(name, ()))
        if len(shape) != 3 or number != shape[:1] or shape[0] < rows * columns:
            raise ValueError(
                f"{name!r} needs filters (K, H, W), at least {rows * columns} of them,"
                f" and K values, got {shape} and {number}"
            )
    wide = (840 - GAP * (len(filters) - 1)) / len(filters)
    step, top = wide / columns, 132 + 22 * len(how.splitlines())
    bottom = top + step * rows + 40
    height = round(bottom + 160 + 20 * len(footer.splitlines()))
    fig, page = frame(title, how, footer, height=height)
    everything = np.concatenate([np.ravel(values[name]) for name in filters])
    marked = [*everything, *([reference[0]] if reference else [])]
    edges = np.linspace(min(0, *marked), max(marked) * 1.04, 31)
    counts = {name: np.histogram(values[name], edges)[0] for name in filters}
    tallest = 1.3 * max(map(max, counts.values()))
    for i, (name, pictures) in enumerate(filters.items()):
        left, colour = 30 + i * (wide + GAP), (colours or [GREY] + [ORANGE] * 9)[i]
        head, _, note = name.partition("\n")
        say(page, left, top - 40, head, colour, size="head", bold=True)
        say(page, left, top - 18, note, GREY)
        order = np.argsort(values[name], kind="stable")[:: -1 if falling else 1]
        even = np.linspace(0, len(order) - 1, rows * columns).round().astype(int)
        f = np.asarray(pictures, dtype=float)[order[even]]
        f = f / (np.abs(f).max(axis=(1, 2), keepdims=True) + 1e-12)
        f = np.round(f * 16) / 16  # 33 greys keep the file small
        across, down = np.arange(len(f)) % columns, np.arange(len(f)) // columns
        places = np.stack([left + step * (across + 0.5), top + step * (down + 0.5)], 1)
        tiles(page, f, places, size=step - 3, kind="signed")
        x, y = (edges[0], edges[-1]), (0, tallest)
        ax = panel(fig, left, bottom, wide, 90, x=x, y=y, axes="x")
        for low, high, count in zip(edges, edges[1:], counts[name], strict=False):
            if count:
                column(ax, low, high, 0, count, colour, share=0.8)
        ax.set_xticks([t for t in ax.get_xticks() if t < 0.97 * edges[-1]])
        middle = float(np.median(np.asarray(values[name])))
        ax.plot([middle, middle], [0, tallest * 0.86], color="black", lw=2)
        words = f"median {middle:.0f}" if max(marked) > 5 else f"median {middle:.2f}"
        say(ax, middle, tallest * 0.95, words, bold=True, at="center")
        if reference:
            ax.plot([reference[0]] * 2, [0, tallest * 0.6], color=GREY, lw=1.5, ls=":")
    say(page, 30, bottom + 124, measure)
    if reference:
        say(page, 870, bottom + 124, f"dotted: {reference[1]}", GREY, at="right")
    return fig
