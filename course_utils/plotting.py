"""One style for every figure, and the one way a figure is shown.

Digits are black ink on white: 0 is paper and 1 is ink, as MNIST stores them.
"""

from typing import Literal

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.pngs import DPI, png, png_metadata

# Okabe and Ito's palette: told apart with any common colour blindness.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, BLACK = "#CC79A7", "#56B4E9", "#F0E442", "#000000"
COLOURS = [BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW, BLACK]

# Ten classes: the palette, a light grey and a dark brown. Two of them are never closer
# than 14 units of CIELAB, also to a colour-blind reader (tests/test_plotting.py).
CLASS_COLOURS = [*COLOURS, "#BBBBBB", "#661100"]

Kind = Literal["ink", "signed", "photo"]
GUTTER = 0.8  # the grey between two pictures


def use_style() -> None:
    """Set the course's matplotlib style; call once in the setup cell."""
    plt.rcParams.update(
        {
            "figure.dpi": DPI,
            "savefig.dpi": DPI,
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
    fig.set_dpi(DPI)  # a front end may have set its own when its backend was loaded
    text = repr(fig)  # such as <Figure size 700x360 with 1 Axes>, with no address in it
    picture = png(fig)  # IPython makes none if MPLBACKEND names another backend
    bundle = {"text/plain": text, "image/png": picture}
    display(bundle, raw=True, metadata=png_metadata(picture, alt))


def grey_levels(images: ArrayLike, kind: Kind = "ink") -> np.ndarray:
    """Pictures of any shape as grey levels, 0 black to 1 white, in one scale for all.

    `ink`: 0 is white paper and 1 black ink. `signed`: zero is mid-grey and the largest
    absolute value of all black (positive) or white. `photo`: 0 is black and 1 white.
    """
    values = np.asarray(images, dtype=float)
    if kind not in ("ink", "signed", "photo"):
        raise ValueError(f"kind must be 'ink', 'signed' or 'photo', got {kind!r}")
    if kind == "signed":
        return 0.5 - 0.5 * values / (np.abs(values).max(initial=0) or 1)
    return np.clip(1 - values if kind == "ink" else values, 0, 1)


def tile(images: ArrayLike, *, columns: int, gutter: int = 1) -> np.ndarray:
    """Pictures (N, H, W) in rows of `columns`, framed by gutters: one 2-D array.

    Places of the last row that are left over are 1, the paper.
    """
    pictures = np.asarray(images, dtype=float)
    if pictures.ndim != 3 or not pictures.size:
        raise ValueError(f"images must have shape (N, H, W), got {pictures.shape}")
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    height, width = (side + gutter for side in pictures.shape[1:])
    rows = -(-len(pictures) // columns)
    sheet = np.ones((rows * height + gutter, columns * width + gutter))
    for i, picture in enumerate(pictures):
        framed = np.pad(picture, gutter, constant_values=GUTTER)
        top, left = i // columns * height, i % columns * width
        sheet[top : top + len(framed), left : left + len(framed[0])] = framed
    return sheet


def draw_images(
    ax: Axes,
    images: ArrayLike,
    *,
    columns: int,
    title: str = "",
    gutter: int = 1,
    kind: Kind = "ink",
) -> None:
    """Draw pictures (N, H, W) on `ax` in rows of `columns`; `kind`: see grey_levels."""
    sheet = tile(grey_levels(images, kind), columns=columns, gutter=gutter)
    ax.imshow(sheet, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    ax.set_axis_off()
    ax.set_title(title)


def draw_classes(ax: Axes, points: ArrayLike, labels: ArrayLike) -> None:
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
