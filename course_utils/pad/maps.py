"""What is written on a map of codes, and where no digit has its code."""

from typing import Any

import numpy as np
from matplotlib.colors import to_hex, to_rgb
from matplotlib.ticker import MaxNLocator
from scipy.spatial import cKDTree

from course_utils.plotting import CLASS_COLOURS

RANGE = 3.4  # a map shows -RANGE to RANGE (as static/pad.js does)
HOLE = 0.2  # no training code within this distance: a place without digits
APART = 0.65  # the least distance of two medians' large numerals


def words(
    train: np.ndarray,
    test: np.ndarray,
    labels: np.ndarray,
    mean: list[float],
    spread: list[float],
    box: str,
) -> list[tuple[Any, ...]]:
    """What is written on a map, in order: (text, (x, y), kind, align).

    The kind is a class or the name of a colour in static/pad.css; `box` is what the
    ±2 box is called; mean and spread are those of the codes' own unit, for the ticks.
    """
    found = np.unique(labels)
    places = np.array([np.median(test[labels == k], axis=0) for k in found])
    for _ in range(100):  # push apart what is too near
        gaps = places[:, None] - places
        far = np.hypot(*np.moveaxis(gaps, -1, 0)) + 10 * np.eye(len(places))
        push = np.clip(APART - far, 0, None) / np.maximum(far, 1e-6) / 4
        places = places + (push[..., None] * gaps).sum(1)
        places = places.clip(-0.88 * RANGE, 0.88 * RANGE)  # whole on the map
    written: list[tuple[Any, ...]] = [
        (str(k), place, int(k), "center")
        for k, place in zip(found, places.tolist(), strict=True)
    ]
    for axis, (low, unit) in enumerate(zip(mean, spread, strict=True)):
        ends = low - 0.85 * RANGE * unit, low + 0.85 * RANGE * unit
        for mark in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(*ends):
            if ends[0] <= mark <= ends[1]:
                place, edge = (mark - low) / unit, 0.97 * RANGE
                at = (-edge, place) if axis else (place, -0.93 * RANGE)
                text = f"{mark:g}".replace("-", "−")
                written.append((text, at, "soft", "left" if axis else "center"))
    y, align = _freest_corner(test)
    written.append((box, (2.0 if align == "right" else -2.0, y), "text", align))
    if (hole := _emptiest(train)) is not None:
        written.append(("no digits here", hole, "warn", "center"))
    return written


def empty(codes: np.ndarray) -> float:
    """The share of the ±2 box that is farther than HOLE from all codes (N, 2)."""
    line = np.linspace(-2, 2, 201)
    grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    return float((cKDTree(codes).query(grid)[0] > HOLE).mean())


def _emptiest(codes: np.ndarray) -> list[float] | None:
    """Where on the map three words keep farthest from all codes, if they can."""
    x, y = np.meshgrid(np.arange(-2.2, 2.3, 0.2), np.arange(-2.6, 3.1, 0.2))
    words = np.stack([x, y], axis=-1)[:, :, None] + [
        [shift, 0] for shift in np.linspace(-0.9, 0.9, 7)
    ]
    room = cKDTree(codes).query(words)[0].min(-1)
    room[np.abs(np.abs(y) - 2.2) < 0.35] = 0  # the box has its own words there
    best = np.unravel_index(room.argmax(), room.shape)
    return [float(x[best]), float(y[best])] if room[best] > 0.3 else None


def _freest_corner(codes: np.ndarray) -> tuple[float, str]:
    """At which corner of the ±2 box three words hide the fewest codes: y and align."""

    def hidden(corner: tuple[float, str]) -> int:
        x = 0.9 if corner[1] == "right" else -0.9
        return int((np.abs(codes - [x, corner[0]]) < [1.15, 0.2]).all(1).sum())

    corners = [(y, align) for y in (2.22, -2.22) for align in ("right", "left")]
    return min(corners, key=hidden)


def class_colours(paper: str) -> list[str]:
    """The course's, each moved away from the paper until they stand out 3 to 1."""
    ground = _shine(np.array(to_rgb(paper)))
    away = np.zeros(3) if ground > 0.5 else np.ones(3)
    colours = []
    for name in CLASS_COLOURS:
        colour = np.array(to_rgb(name))
        while max(ground, _shine(colour)) < 3 * min(ground, _shine(colour)):
            colour += 0.06 * (away - colour)
        colours.append(to_hex((colour[0], colour[1], colour[2])))
    return colours


def _shine(rgb: np.ndarray) -> float:
    """Relative luminance plus .05, as WCAG's contrast takes it."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05
