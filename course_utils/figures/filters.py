"""Walls of filters, the weights into hidden units, sorted by a measure of theirs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.figures.images import grid
from course_utils.figures.parts import GREY, column, frame, panel, say, tiles
from course_utils.plotting import ORANGE

Measure = Callable[[ArrayLike], np.ndarray]
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


# Of each measure: its name, how its values are written, whether high ones come first.
FEWEST = "the fewest pixels that hold half of a filter's squared weight"
WORDS: dict[Measure, tuple[str, str, bool]] = {
    half_weight_pixels: (FEWEST, ".0f", False),
    neighbour_correlation: ("correlation of neighbouring weights", ".2f", True),
}


def walls(
    filters: Mapping[str, ArrayLike],
    measure: Measure,
    *,
    title: str,
    how: str = "",
    columns: int = 8,
    rows: int = 6,
    colours: Sequence[str] = (),
) -> Figure:
    """Walls side by side of filters {name: (K, H, W)}, sorted by one of the measures.

    Each wall shows `rows` x `columns` of its K filters, at even steps through their
    order. Every filter has its own scale, zero at mid-grey, positive weights black.
    Beneath stands how all K values are distributed, with their median, on one axis.
    A name may have a second, grey line.
    """
    for name, shape in {name: np.shape(f) for name, f in filters.items()}.items():
        if len(shape) != 3 or shape[0] < rows * columns:
            needed = f"at least {rows * columns} filters (K, H, W)"
            raise ValueError(f"{name!r} needs {needed}, got {shape}")
    words, digits, falling = WORDS[measure]
    values = {name: measure(pictures) for name, pictures in filters.items()}
    wide = (840 - GAP * (len(filters) - 1)) / len(filters)
    step, top = wide / columns, 132 + 22 * len(how.splitlines())
    bottom = top + step * rows + 40
    fig, page = frame(title, how, height=round(bottom + 160))
    every = np.concatenate([*values.values()])
    edges = np.linspace(min(0, *every), max(every) * 1.04, 31)
    counts = {name: np.histogram(values[name], edges)[0] for name in filters}
    tallest = 1.3 * max(map(max, counts.values()))
    for i, (name, pictures) in enumerate(filters.items()):
        left, colour = 30 + i * (wide + GAP), (colours or [GREY] + [ORANGE] * 9)[i]
        head, _, note = name.partition("\n")
        say(page, left, top - 34, head, colour, size="head", bold=True, at="baseline")
        say(page, left, top - 18, note, GREY)
        order = np.argsort(values[name], kind="stable")[:: -1 if falling else 1]
        even = np.linspace(0, len(order) - 1, rows * columns).round().astype(int)
        f = _each_scaled(np.asarray(pictures)[order[even]])
        across, down = np.arange(len(f)) % columns, np.arange(len(f)) // columns
        places = np.stack([left + step * (across + 0.5), top + step * (down + 0.5)], 1)
        tiles(page, f, places, size=step - 3, kind="signed")
        x = edges[0], edges[-1]
        ax = panel(fig, left, bottom, wide, 90, x=x, y=(0, tallest), axes="x")
        for low, high, count in zip(edges, edges[1:], counts[name], strict=False):
            if count:
                column(ax, low, high, 0, count, colour, share=0.8)
        ax.set_xticks([t for t in ax.get_xticks() if t < 0.97 * edges[-1]])
        middle = float(np.median(values[name]))
        ax.plot([middle, middle], [0, tallest * 0.86], color="black", lw=2)
        median = f"median {middle:{digits}}"
        say(ax, middle, tallest * 0.95, median, bold=True, at="center")
    say(page, 30, bottom + 124, words[0].upper() + words[1:])
    return fig


def numbered(
    filters: Mapping[str, ArrayLike], measure: Measure, *, title: str
) -> Figure:
    """A row of filters for each {name: (K, H, W)}, with a measure beneath each."""
    words, digits, _ = WORDS[measure]
    f, how = np.concatenate([*filters.values()]), f"Beneath each: {words}"
    labels = [f"{value:{digits}}".replace("-", "−") for value in measure(f)]
    look: Any = {"rows": [*filters], "labels": labels}
    wide = len(f) // len(filters)
    return grid(_each_scaled(f), wide, title=title, how=how, kind="signed", **look)


def _each_scaled(filters: ArrayLike) -> np.ndarray:
    """Each filter in its own scale, in 33 greys, which keep the file small."""
    f = np.asarray(filters, dtype=float)
    return np.round(16 * f / (np.abs(f).max(axis=(1, 2), keepdims=True) + 1e-12)) / 16
