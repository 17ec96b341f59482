"""Walls of pictures: a grid, the film strip of a training, the sheet of codes."""

from collections.abc import Mapping, Sequence
from math import isqrt
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from course_utils.figures.parts import GREY, RULE, column, frame, panel, say, tiles
from course_utils.plotting import (
    BLUE,
    ORANGE,
    RED,
    Kind,
    draw_classes,
    grey_levels,
    tile,
)


def grid(
    images: ArrayLike,
    columns: int,
    *,
    title: str,
    how: str = "",
    footer: str = "",
    labels: Sequence[str] = (),
    rows: Sequence[str] = (),
    kind: Kind = "ink",
) -> Figure:
    """Pictures (N, H, W) in rows of `columns`, each with its label beneath.

    `rows` names the rows, at their left. All pictures share one scale of grey.
    """
    pictures = _pictures(images, "images")
    number = -(-len(pictures) // columns)
    if labels and len(labels) != len(pictures):
        raise ValueError(
            f"{len(pictures)} images need as many labels, got {len(labels)}"
        )
    if rows and len(rows) != number:
        raise ValueError(f"{number} rows need as many names, got {len(rows)}")
    left = 30 + (14 + 8 * max(map(len, rows)) if rows else 0)
    step = min((870 - left + 4) / columns, 96)
    down = step * pictures.shape[1] / pictures.shape[2] + (22 if labels else 0)
    top = 78 + 22 * _lines(how)
    fig, page = frame(
        title, how, footer, height=round(top + number * down + 12 + 20 * _lines(footer))
    )
    places = [
        (left + step * (i % columns + 0.5) - 2, top + down * (i // columns) + step / 2)
        for i in range(len(pictures))
    ]
    tiles(page, pictures, places, size=step - 4, kind=kind, labels=labels)
    for i, name in enumerate(rows):
        say(page, left - 12, top + down * i + step / 2, name, bold=True, at="right")
    return fig


def rows(
    named: Mapping[str, ArrayLike], title: str, *, how: str = "", kind: Kind = "ink"
) -> Figure:
    """Rows of pictures {name: (N, H, W) or (N, side²)}, each name at the left."""
    flat = [np.asarray(pictures) for pictures in named.values()]
    sides = [f.shape[1:] if f.ndim == 3 else 2 * (isqrt(f.shape[-1]),) for f in flat]
    square = [f.reshape(-1, *side) for f, side in zip(flat, sides, strict=True)]
    if len({pictures.shape for pictures in square}) != 1:
        shapes = {name: np.shape(pictures) for name, pictures in named.items()}
        raise ValueError(f"every row needs as many pictures of one shape, got {shapes}")
    wall = np.concatenate(square)
    return grid(wall, len(square[0]), title=title, how=how, rows=[*named], kind=kind)


def film_strip(
    strips: Mapping[int, ArrayLike],
    *,
    title: str,
    how: str = "",
    footer: str = "",
    losses: Sequence[float] = (),
    loss: str = "−ELBO, nats",
) -> Figure:
    """The same pictures after some epochs, {epoch: (N, H, W)}: a row for each epoch.

    `losses`, one for each epoch, stand at the end of the rows as bars named `loss`.
    """
    frames = {epoch: _pictures(s, f"epoch {epoch}") for epoch, s in strips.items()}
    if len({f.shape for f in frames.values()}) != 1:
        shapes = {epoch: f.shape for epoch, f in frames.items()}
        raise ValueError(f"every epoch needs the same pictures (N, H, W), got {shapes}")
    if losses and len(losses) != len(frames):
        raise ValueError(f"{len(frames)} epochs need as many losses, got {len(losses)}")
    many = len(next(iter(frames.values())))
    right = 752 if losses else 870
    step = (right - 72) / many
    size, top = step - 3, 100 + 22 * _lines(how)
    height = top + len(frames) * (step + 4) + 12 + 20 * _lines(footer)
    fig, page = frame(title, how, footer, height=round(height))
    say(page, 30, top - 16, "epoch", GREY)
    if losses:
        say(page, 766, top - 16, loss, GREY)
    for i, (epoch, pictures) in enumerate(frames.items()):
        y = top + i * (step + 4) + step / 2
        say(page, 58, y, str(epoch), size="head", bold=True, at="right")
        tiles(
            page, pictures, [(72 + step * (j + 0.5), y) for j in range(many)], size=size
        )
        if losses:
            say(page, 766, y - 8, f"{losses[i]:.0f}", ORANGE, size="title", bold=True)
            column(page, 766, 870, y + 16, y + 7, GREY, share=0.1)
            end = 766 + 104 * losses[i] / max(losses)
            column(page, 766, end, y + 16, y + 7, ORANGE, share=1)
    return fig


def sheet(
    decoded: ArrayLike,
    codes: ArrayLike,
    labels: ArrayLike,
    *,
    title: str,
    how: str = "",
    footer: str = "",
    limit: float | tuple[float, float, float, float] = 3,
    box: float | None = 2,
    names: tuple[str, str] = ("where the test digits are", "what the decoder draws"),
) -> Figure:
    """The plane of codes: the test codes (N, 2) and beside them what is decoded there.

    `decoded` (side, side, H, W) are the pictures at the centres of a grid of tiles over
    the plane, first row on top; `limit` is the plane's half width, or (left, right,
    bottom, top). `box` marks ±box, where most of the prior lies.
    """
    pictures, points, classes = map(np.asarray, (decoded, codes, labels))
    if pictures.ndim != 4 or pictures.shape[0] != pictures.shape[1]:
        raise ValueError(
            f"decoded must have shape (side, side, H, W), got {pictures.shape}"
        )
    if points.ndim != 2 or points.shape[1] != 2 or classes.shape != points.shape[:1]:
        raise ValueError(
            f"need codes (N, 2) and N labels, got {points.shape}, {classes.shape}"
        )
    bounds = limit if isinstance(limit, tuple) else (-limit, limit, -limit, limit)
    x, y, side = bounds[:2], bounds[2:], pictures.shape[0]
    top = 104 + 22 * _lines(how)
    fig, page = frame(title, how, footer, height=top + 436 + 20 * _lines(footer))
    scales: dict[str, Any] = {"x": x, "y": y, "axes": "xy"}
    left = panel(fig, 56, top, 390, 390, title=names[0], colour=BLUE, **scales)
    right = panel(
        fig, 480, top, 390, 390, title=names[1], colour=ORANGE, x=x, y=y, axes="x"
    )
    inside = (
        (points[:, 0] > x[0])
        & (points[:, 0] < x[1])
        & (points[:, 1] > y[0])
        & (points[:, 1] < y[1])
    )
    draw_classes(left, points[inside], classes[inside])
    wall = tile(grey_levels(pictures.reshape(-1, *pictures.shape[2:])), columns=side)
    right.imshow(
        wall,
        cmap="gray",
        vmin=0,
        vmax=1,
        extent=bounds,
        aspect="auto",
        interpolation="nearest",
    )
    for ax in (left, right):
        ax.spines[:].set(visible=True, color=RULE)
        if box is not None:
            ax.add_patch(
                Rectangle(
                    (-box, -box), 2 * box, 2 * box, fc="none", ec=RED, lw=3, zorder=5
                )
            )
    return fig


def _pictures(images: ArrayLike, name: str) -> np.ndarray:
    pictures = np.asarray(images, dtype=float)
    if pictures.ndim != 3 or not pictures.size:
        raise ValueError(f"{name} must have shape (N, H, W), got {pictures.shape}")
    return pictures


def _lines(words: str) -> int:
    return len(words.splitlines())
