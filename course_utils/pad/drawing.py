"""Strokes of a pen made into a digit as MNIST's were; `static/pad.js` does the same.

A stroke is a list of points (x, y) on a sheet of 28 x 28, y downwards; pixel i covers
i to i + 1.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch

Stroke = Any  # points (x, y): a list of pairs, or an array (N, 2)

SIDE, BOX, PEN = 28, 20.0, 2.4  # pixels; the pen is a digit's usual line
REACH = PEN / 2 + 0.5  # how far from a stroke's middle there is any ink
CENTRE = 14.5  # of MNIST's centres of mass, measured; the sheet's middle is 14
LITTLE_INK = 20.0  # pixels' worth: less than any test digit has

_ARC = np.linspace(0.15 * np.pi, 0.85 * np.pi, 9)
_ROUND = np.linspace(0, 2 * np.pi, 25)
_SEVEN = [[[8.0, 7.0], [19.5, 6.5], [17.5, 12.0], [14.0, 22.0]]]
EXAMPLES: dict[str, Any] = {
    "7": _SEVEN,
    "small 7": [[[3 + x / 4, 2 + y / 4] for x, y in _SEVEN[0]]],
    "A": [[[6.5, 22], [14, 5.5], [21.5, 22]], [[9.5, 16], [18.5, 16]]],
    "smiley": [
        [[14 + 9 * np.cos(a), 14 + 9 * np.sin(a)] for a in _ROUND.tolist()],
        [[11, 11], [11, 12]],
        [[17, 11], [17, 12]],
        [[14 + 5 * np.cos(a), 14 + 5 * np.sin(a)] for a in _ARC.tolist()],
    ],
    "nothing": [],
}


def ink(strokes: Sequence[Stroke]) -> np.ndarray:
    """The strokes as they lie on the sheet: (28, 28) in [0, 1], 1 is black."""
    if not strokes:
        return np.zeros((SIDE, SIDE))
    middles = np.arange(SIDE) + 0.5
    pixels = np.stack(np.meshgrid(middles, middles), axis=-1)[:, :, None]
    starts, steps = _segments(strokes)
    along = ((pixels - starts) * steps).sum(-1) / np.maximum((steps**2).sum(-1), 1e-12)
    nearest = starts + np.clip(along, 0, 1)[..., None] * steps
    distance = np.hypot(*np.moveaxis(pixels - nearest, -1, 0)).min(-1)
    return np.clip(REACH - distance, 0, 1)


def prepare(strokes: Sequence[Stroke]) -> np.ndarray:
    """The strokes drawn anew at MNIST's size and place: (28, 28) in [0, 1].

    Their ink fills a box of 20 pixels in the longer direction, and its centre of mass
    lies where MNIST's does. ValueError unless the strokes are lists of points (x, y).
    """
    if not strokes:
        return ink(strokes)
    parts = [np.asarray(stroke, dtype=float) for stroke in strokes]
    for part in parts:
        if part.ndim != 2 or part.shape[1] != 2 or not len(part):
            raise ValueError(f"a stroke is a list of (x, y), got shape {part.shape}")
        if not np.isfinite(part).all():
            raise ValueError("a stroke holds NaN or infinite coordinates")
    points = np.concatenate(parts)
    low, high = points.min(0), points.max(0)
    scale = (BOX - 2 * REACH) / max(1.0, *(high - low))
    parts = [(part - (low + high) / 2) * scale + SIDE / 2 for part in parts]
    for _ in range(2):  # the second time for what drawing it elsewhere changes
        image = ink(parts)
        middles = np.arange(SIDE) + 0.5
        mass = np.array([image.sum(0) @ middles, image.sum(1) @ middles])
        parts = [part + CENTRE - mass / image.sum() for part in parts]
    return ink(parts)


def sheets(
    drawings: Iterable[Sequence[Stroke]], draw: Callable[..., np.ndarray] = prepare
) -> torch.Tensor:
    """Drawings as a model takes them, (N, 784): prepared, or with `ink` as they lie."""
    return torch.tensor(np.stack([*map(draw, drawings)])).float().flatten(1)


def _segments(strokes: Sequence[Stroke]) -> tuple[np.ndarray, np.ndarray]:
    """Where each straight piece starts, and where it goes from there: 2 x (S, 2)."""
    pieces = []
    for stroke in strokes:
        points = np.asarray(stroke, dtype=float)
        ends = points[1:] if len(points) > 1 else points  # a dot is a piece, too
        pieces.append(np.stack([points[: len(ends)], ends], axis=1))
    start, end = np.concatenate(pieces).transpose(1, 0, 2)
    return start, end - start
