"""The pad where nothing can be dragged: a picture, two sliders, or a message."""

import html
from collections.abc import Sequence

import ipywidgets as widgets
import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from course_utils.data import Dataset
from course_utils.figures.parts import number
from course_utils.models import VAE, Autoencoder
from course_utils.pad.maps import RANGE
from course_utils.plotting import BLACK, ORANGE, draw_classes
from course_utils.widgets import explorer, float_slider


@torch.no_grad()
def picture(
    vae: VAE, autoencoder: Autoencoder, digits: Dataset, z: Sequence[float]
) -> Figure:
    """Both maps with the point z on them, and what either decoder draws there."""
    fig, axes = plt.subplots(1, 4, figsize=(9.6, 2.7), layout="constrained")
    own = autoencoder.encode(digits.train_images)
    mean, spread = own.mean(0), own.std(0)
    point = torch.tensor(z, dtype=torch.float32)
    test = autoencoder.encode(digits.test_images)
    _map(axes[0], vae.encode(digits.test_images)[0], digits.test_labels, z, ORANGE)
    _map(axes[2], (test - mean) / spread, digits.test_labels, z, BLACK)
    axes[0].set_title("variational autoencoder", fontsize=10)
    axes[2].set_title("plain autoencoder", fontsize=10)
    drawn: list[tuple[Axes, VAE | Autoencoder, Tensor]] = [
        (axes[1], vae, point),
        (axes[3], autoencoder, mean + spread * point),
    ]
    for ax, model, code in drawn:
        image = model.likelihood.mean(model.decode(code[None]))
        ax.imshow(image.reshape(28, 28).numpy(), vmin=0, vmax=1, cmap="gray_r")
        ax.set_axis_off()
        ax.set_title(f"drawn at ({number(z[0], 2)}, {number(z[1], 2)})", fontsize=10)
    return fig


def _map(
    ax: Axes, codes: Tensor, labels: Tensor, z: Sequence[float], colour: str
) -> None:
    draw_classes(ax, codes.numpy(), labels.tolist())
    ax.add_patch(plt.Rectangle((-2, -2), 4, 4, fill=False, color=colour))
    ax.plot(*z, "o", ms=11, mfc="none", mec=BLACK, mew=5)
    ax.plot(*z, "o", ms=11, mfc="none", mec=colour, mew=3)
    ax.set(xlim=(-RANGE, RANGE), ylim=(-RANGE, RANGE), aspect="equal")
    ax.grid(False)


def sliders(vae: VAE, autoencoder: Autoencoder, digits: Dataset) -> widgets.VBox:
    """The same two maps with a slider for each coordinate."""
    controls = {
        name: float_slider(label, 0.0, -RANGE, RANGE, step=0.1)
        for name, label in [("z1", "z₁"), ("z2", "z₂")]
    }
    return explorer(
        lambda z1, z2: picture(vae, autoencoder, digits, (z1, z2)), controls
    )


def message(text: str) -> widgets.HTML:
    """A message in the pad's place."""
    return widgets.HTML(f"<p role='alert'><b>{html.escape(text)}</b></p>")
