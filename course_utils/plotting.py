"""One style for every figure, and the one way a figure is shown."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

# Okabe and Ito's palette: told apart with any common colour blindness.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, BLACK = "#CC79A7", "#56B4E9", "#F0E442", "#000000"
COLOURS = [BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW, BLACK]

# Ten classes: the palette, a light grey and a dark brown. Two of them are never closer
# than 14 units of CIELAB, also to a colour-blind reader (tests/test_plotting_widgets).
CLASS_COLOURS = [*COLOURS, "#BBBBBB", "#661100"]


def use_style() -> None:
    """Set the course's matplotlib style; call once in the setup cell."""
    plt.rcParams.update(
        {
            "figure.dpi": 80,
            "savefig.dpi": 80,
            "figure.figsize": (7, 3.6),
            "figure.constrained_layout.use": True,
            "axes.prop_cycle": plt.cycler(color=COLOURS),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.3,
            "axes.titlesize": 11,
            "axes.titlelocation": "left",
            "lines.linewidth": 2,
            "legend.frameon": False,
            "image.cmap": "gray",
            "image.interpolation": "nearest",
        }
    )


def show(fig: Figure, alt: str) -> None:
    """Display `fig` with `alt`, what is to be seen in it, as alternative text.

    The figure is closed, so that it is shown once. ValueError for an empty `alt`.
    """
    if not alt.strip():
        raise ValueError("alt is empty: say in a sentence what is to be seen")
    display(fig, metadata={"image/png": {"alt": alt}})
    plt.close(fig)


def tile(
    images: ArrayLike, *, columns: int, gutter: int = 1, background: float = 0.5
) -> np.ndarray:
    """Pictures (N, H, W) in rows of `columns`, grey gutters between: one 2-D array."""
    pictures = np.asarray(images, dtype=float)
    if pictures.ndim != 3:
        raise ValueError(f"images must have shape (N, H, W), got {pictures.shape}")
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    number, height, width = pictures.shape
    rows = -(-number // columns)
    sheet = np.full(
        (rows * (height + gutter) + gutter, columns * (width + gutter) + gutter),
        background,
    )
    for i, picture in enumerate(pictures):
        top = gutter + (i // columns) * (height + gutter)
        left = gutter + (i % columns) * (width + gutter)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def draw_images(
    ax: Axes, images: ArrayLike, *, columns: int, title: str = "", gutter: int = 1
) -> None:
    """Draw pictures (N, H, W) with values in [0, 1] on `ax`, in rows of `columns`."""
    ax.imshow(tile(images, columns=columns, gutter=gutter), vmin=0, vmax=1)
    ax.set_axis_off()
    ax.set_title(title)


def draw_classes(ax: Axes, points: ArrayLike, labels: Sequence[int]) -> None:
    """Scatter points (N, 2), each drawn as the digit of its class in its colour."""
    points, numbers = np.asarray(points), np.asarray(labels)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) != len(numbers):
        raise ValueError(
            f"need points (N, 2) and N labels, got {points.shape} and {numbers.shape}"
        )
    for label in np.unique(numbers):
        chosen = points[numbers == label]
        colour = CLASS_COLOURS[int(label) % len(CLASS_COLOURS)]
        ax.scatter(
            chosen[:, 0],
            chosen[:, 1],
            marker=f"${label}$",
            facecolor=colour,
            edgecolor=0.7 * np.array(to_rgb(colour)),  # light digits stand out
            linewidths=0.3,
            s=34,
        )
