"""Lesson 05's stored results, and the slider that opens it.

The results are of the digits that come with the course, whatever VAE_COURSE_DATA says.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from course_utils.data import load
from course_utils.figures.autoencoders import squeeze
from course_utils.files import SHIPPED
from course_utils.plotting import BLUE, ORANGE

FOLDER = SHIPPED / "autoencoders"  # made by tools/autoencoders.py, settings inside


def results(name: str) -> dict[str, Any]:
    """What was found: name is "squeeze", "depth", "odd", "stack" or "labels"."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def squeezed() -> Callable[[int], Figure]:
    """width -> ten digits through so many numbers, PCA's and an autoencoder's."""
    stored, found = np.load(FOLDER / "squeeze.npz"), results("squeeze")
    digits = load("mnist_small")
    x, x_test = digits.train_images, digits.test_images
    mean = x.mean(0)
    axes = torch.linalg.eigh(torch.cov(x.T)).eigenvectors.flip(1)  # the widest first

    def pca(pictures: Tensor, width: int) -> Tensor:
        return mean + (pictures - mean) @ axes[:, :width] @ axes[:, :width].T

    redrawn = (pca(x_test, width).clamp(0, 1) for width in range(1, 101))
    errors = [((one - x_test) ** 2).mean().item() for one in redrawn]
    ten = x_test[stored["test_images"]]

    def picture(width: int) -> Figure:
        i = found["widths"].index(width)
        error, read = found["errors"][i][0], found["read"]
        rows = {
            "digit": (ten.reshape(-1, 28, 28), 0.0, BLUE),
            "PCA": (pca(ten, width).reshape(-1, 28, 28), errors[width - 1], "#777777"),
            "autoencoder": (stored["pictures"][i] / 255, error, ORANGE),
        }
        as_good = 1 + sum(flat > error for flat in errors)
        title = f"Through {width} numbers the autoencoder errs as little as PCA through"
        shares = [f"{read[name][i]:.0%} ({name})" for name in ("PCA", "autoencoder")]
        how = "Bars: squared error a pixel. Named right by a classifier: "
        return squeeze(rows, title=f"{title} {as_good}", how=how + ", ".join(shares))

    return picture
