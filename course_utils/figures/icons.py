"""Small pictures of outcomes, made of patches: fruits, balls and the weather."""

# Tables of points stay compact.
# fmt: off

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Arc, Circle, Ellipse, Patch, PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from course_utils.figures.parts import say


def icon(page: Axes, name: str, x: float, y: float, size: float = 36) -> None:
    """The icon of `name` centred on the page, or its name where there is none."""
    if name not in ICONS:
        say(page, x, y, name, at="center")
        return
    # Icons are drawn in the square from -1 to 1, y upwards.
    place = Affine2D().scale(size / 2, -size / 2).translate(x, y) + page.transData
    for patch in ICONS[name]():
        page.add_artist(patch)
        patch.set(transform=place, zorder=5, clip_on=False)


def _blob(*points: tuple[float, float], **style: Any) -> PathPatch:
    """A closed smooth shape: corners and, between them, the points that bend."""
    codes = [Path.MOVETO] + [Path.CURVE3] * (len(points) - 1)
    return PathPatch(Path(points, codes), **style)


def _stroke(*points: tuple[float, float], colour: str, lw: float = 1.5) -> PathPatch:
    return _blob(*points, fc="none", ec=colour, lw=lw, capstyle="round")


def _banana() -> list[Patch]:
    skin: dict[str, Any] = {"fc": "#F7D038", "ec": "#A8871C", "lw": 1}
    outer, inner = (
        [(-0.95, -0.05), (-0.7, -0.95), (0.25, -0.7)], [(0.9, -0.4), (0.82, 0.7)],
    )
    back = [
        (0.62, 0.72), (0.5, 0.0), (0.0, -0.2), (-0.45, -0.3), (-0.8, 0.1), (-0.9, 0.1),
    ]
    body = _blob(*outer, *inner, *back, (-0.95, -0.05), (-0.95, -0.05), **skin)
    tip = Polygon([(0.6, 0.7), (0.85, 0.7), (0.8, 0.98), (0.66, 0.98)], fc="#6B4E23")
    return [body, tip, Circle((-0.91, 0.03), 0.09, fc="#6B4E23")]


def _strawberry() -> list[Patch]:
    red: dict[str, Any] = {"fc": "#D7263D", "ec": "#8E1524", "lw": 1}
    body = _blob(
        (0, -0.95), (0.35, -0.85), (0.7, -0.2), (1.1, 0.6), (0.4, 0.6), (0, 0.6),
        (-0.4, 0.6), (-1.1, 0.6), (-0.7, -0.2), (-0.35, -0.85), (0, -0.95), **red,
    )
    spots = [
        (-0.35, 0.1), (0.05, 0.15), (0.42, 0.1), (-0.2, -0.25), (0.22, -0.25),
        (0, -0.6),
    ]
    seeds = [Ellipse(spot, 0.1, 0.17, fc="#FBE08A") for spot in spots]
    leaf = [
        (-0.7, 0.5), (-0.3, 0.62), (-0.35, 0.25), (0, 0.55), (0.35, 0.25), (0.3, 0.62),
        (0.7, 0.5), (0.25, 0.85), (-0.25, 0.85),
    ]
    stalk = _stroke((0, 0.75), (0.05, 0.9), (0.15, 1), colour="#3F7D2C", lw=2)
    return [body, *seeds, Polygon(leaf, fc="#4E9A3A", ec="#2F6B22", lw=0.8), stalk]


def _grape() -> list[Patch]:
    rows = [(0.3, (-0.6, 0, 0.6)), (-0.15, (-0.3, 0.3)), (0.15, ()), (-0.6, (0,))]
    style: dict[str, Any] = {"fc": "#7B4BA0", "ec": "#4A2A66", "lw": 0.8}
    berries = [Circle((x, y), 0.34, **style) for y, xs in rows for x in xs]
    shine = [
        Circle((b.center[0] - 0.1, b.center[1] + 0.12), 0.07, fc="#CDB4E0")
        for b in berries
    ]
    stalk = _stroke((0, 0.5), (0, 0.8), (0.15, 1), colour="#6B4E23", lw=2)
    leaf = Ellipse(
        (0.42, 0.78), 0.6, 0.32, angle=15, fc="#4E9A3A", ec="#2F6B22", lw=0.8
    )
    return [stalk, leaf, *berries, *shine]


def _ball(colour: str) -> Callable[[], list[Patch]]:
    shine: dict[str, Any] = {
        "theta1": 115, "theta2": 165, "ec": "white", "lw": 1.5, "alpha": 0.8,
    }
    return lambda: [
        Circle((0, 0), 0.72, fc=colour, ec="#222222", lw=0.8),
        Arc((0, 0), 0.95, 0.95, **shine),
    ]


def _sun() -> list[Patch]:
    angles = np.arange(0, 2 * np.pi, np.pi / 4)
    rays = [
        _stroke(
            (0.68 * c, 0.68 * s), (0.8 * c, 0.8 * s), (0.95 * c, 0.95 * s),
            colour="#E8A317", lw=2,
        )
        for c, s in zip(np.cos(angles), np.sin(angles), strict=True)
    ]
    return [Circle((0, 0), 0.5, fc="#F8D147", ec="#E8A317", lw=1.5), *rays]


def _cloud(colour: str = "#C9D3DA") -> list[Patch]:
    puffs = [((-0.45, 0.15), 0.38), ((0.05, 0.4), 0.45), ((0.5, 0.15), 0.36)]
    edge = [Circle(place, r, fc=colour, ec="#7C8A94", lw=1.5) for place, r in puffs]
    base = Polygon([(-0.5, -0.22), (0.5, -0.2), (0.5, 0.3), (-0.5, 0.3)], fc=colour)
    line = _stroke((-0.48, -0.23), (0, -0.23), (0.52, -0.21), colour="#7C8A94", lw=0.8)
    inner = [Circle(place, r - 0.02, fc=colour) for place, r in puffs]
    return [*edge, base, line, *inner]


def _rain() -> list[Patch]:
    drops = [
        _stroke((x, -0.4), (x - 0.06, -0.55), (x - 0.15, -0.8), colour="#0072B2", lw=2)
        for x in (-0.4, 0.05, 0.5)
    ]
    return [*_cloud("#9FAEB8"), *drops]


ICONS: dict[str, Callable[[], list[Patch]]] = {
    "banana": _banana, "strawberry": _strawberry, "grape": _grape,
    "red ball": _ball("#C8102E"), "black ball": _ball("#333333"), "sun": _sun,
    "cloud": _cloud, "rain": _rain,
}
