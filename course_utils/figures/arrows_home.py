"""Two fields of arrows around the same points: a denoiser's steps and the true ones."""

from collections.abc import Mapping

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from torch import Tensor

from course_utils.figures.parts import arrows, frame, panel
from course_utils.plotting import BLUE, ORANGE


def around(points: ArrayLike, reach: float) -> Tensor:
    """Places (N, 2) of a square grid that lie within `reach` of a point (M, 2)."""
    data = torch.as_tensor(points, dtype=torch.float32)
    low, high = float(data.min()) - reach, float(data.max()) + reach
    ticks = torch.linspace(low, high, 23)
    places = torch.cartesian_prod(ticks, ticks)
    return places[torch.cdist(places, data).amin(1) < reach]


def fields(
    points: ArrayLike, places: ArrayLike, steps: Mapping[str, ArrayLike], *, title: str
) -> Figure:
    """Arrows of true length from `places` (N, 2), for each name its `steps` (N, 2).

    The first field is orange, the model's, the second blue; `points` (M, 2) are data.
    """
    data, start = np.asarray(points), np.asarray(places)
    for name, step in steps.items():
        if np.shape(step) != start.shape or start.shape[1:] != (2,):
            raise ValueError(
                f"places and the steps {name!r} must both have shape (N, 2),"
                f" got {start.shape} and {np.shape(step)}"
            )
    fig, _ = frame(title, height=534)
    low, high = (f(np.concatenate([data, start]), axis=0) for f in (np.min, np.max))
    half = 1.05 * (high - low).max() / 2
    x, y = ((m - half, m + half) for m in (low + high) / 2)
    for i, (name, step) in enumerate(steps.items()):
        colour = (ORANGE, BLUE)[i]
        place = 30 + 425 * i, 104, 415, 415
        ax = panel(fig, *place, x=x, y=y, title=name, colour=colour)
        ax.plot(*data.T, ".", color=BLUE, ms=4, zorder=3)
        arrows(ax, start, np.asarray(step), colour)
    return fig
