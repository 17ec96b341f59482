"""Data sets: images, labels, image shape and the likelihood that fits the pixels."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from course_utils import mnist
from course_utils.files import SHIPPED
from course_utils.likelihoods import Bernoulli, Binomial, GreyCrossEntropy, Likelihood

DATASET_VARIABLE = "VAE_COURSE_DATA"
SMALL = SHIPPED / "mnist_small.npz"  # made by tools/mnist_small.py
BINARISATIONS = ("grey", "fixed", "stochastic")
TEST_SEED = 0  # of the one draw that makes a stochastic test set


@dataclass(frozen=True)
class Dataset:
    """Images (N, D) of pixels in [0, 1], float32, with integer labels (N,).

    `prepare`, if there is one, makes an epoch's images from `train_images`: give it
    to `training.fit`.
    """

    name: str
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    image_shape: tuple[int, int]
    likelihood: Likelihood
    binarisation: str = "grey"
    prepare: Callable[[Tensor], Tensor] | None = None

    @property
    def pixels(self) -> int:
        """D, the pixels of one image."""
        return self.image_shape[0] * self.image_shape[1]


def load(name: str | None = None, *, binarisation: str = "grey") -> Dataset:
    """The data set `name`, or the one in VAE_COURSE_DATA, or "mnist_small".

    - "mnist_small": the first 6000 training and 1000 test images of MNIST, 28x28, 256
      grey levels; comes with the course.
    - "mnist": all 60000 and 10000, fetched once, see `mnist.read`.
    - "digits": scikit-learn's, 1437 and 360, 8x8; a pixel counts 0 to 16 dots.

    `binarisation` says what a pixel is:

    - "grey": its value as it came. "digits" are then Binomial(16), a likelihood; for
      MNIST the fitting choice is GreyCrossEntropy, which is a loss and no likelihood.
    - "fixed": 1 if the value is at least 0.5, else 0; Bernoulli.
    - "stochastic": 1 with the value as its probability; Bernoulli. `train_images`
      stay grey and `prepare` draws them afresh (each epoch, in `training.fit`);
      `test_images` were drawn once, with the same seed on every load.

    Scores can be compared only within one binarisation: the data differ.
    ValueError for an unknown name or binarisation.
    """
    origin = "" if name else f" in {DATASET_VARIABLE}"
    name = name or os.environ.get(DATASET_VARIABLE) or "mnist_small"
    if name not in SOURCES:
        raise ValueError(f"unknown data set {name!r}{origin}; known: {[*SOURCES]}")
    if binarisation not in BINARISATIONS:
        known = f"known: {BINARISATIONS}"
        raise ValueError(f"unknown binarisation {binarisation!r}; {known}")
    read, levels, likelihood = SOURCES[name]
    train, train_labels, test, test_labels = read()
    train_images, test_images = (
        torch.from_numpy(counts.reshape(len(counts), -1) / np.float32(levels))
        for counts in (train, test)
    )
    if binarisation != "grey":
        likelihood = Bernoulli()
    if binarisation == "fixed":
        for images in (train_images, test_images):
            images.ge_(0.5)  # in place: 0.0 or 1.0
    if binarisation == "stochastic":
        generator = torch.Generator().manual_seed(TEST_SEED)
        test_images = torch.bernoulli(test_images, generator=generator)
    return Dataset(
        name,
        train_images,
        torch.tensor(train_labels, dtype=torch.int64),
        test_images,
        torch.tensor(test_labels, dtype=torch.int64),
        (test.shape[1], test.shape[2]),
        likelihood,
        binarisation,
        draw_pixels if binarisation == "stochastic" else None,
    )


def draw_pixels(images: Tensor) -> Tensor:
    """Black or white pixels, 1 with the given probability, fresh at every call."""
    return torch.bernoulli(images)


def _digits() -> Sequence[np.ndarray]:
    """scikit-learn's 1797 digits in a fixed random order, split 1437 and 360."""
    bunch = load_digits()
    order = torch.randperm(1797, generator=torch.Generator().manual_seed(0)).numpy()
    train, test = order[:1437], order[1437:]
    counts, labels = bunch.images.astype(np.uint8), bunch.target
    return counts[train], labels[train], counts[test], labels[test]


def _small() -> list[np.ndarray]:
    """The images and labels in data/mnist_small.npz."""
    with np.load(SMALL, allow_pickle=False) as file:
        return [file[key] for key in file]  # in the order of `mnist.read`


# How to read a data set, its highest grey level, and what its grey pixels mean.
SOURCES: dict[str, tuple[Callable[[], Sequence[np.ndarray]], int, Likelihood]] = {
    "mnist_small": (_small, 255, GreyCrossEntropy()),
    "mnist": (mnist.read, 255, GreyCrossEntropy()),
    "digits": (_digits, 16, Binomial(16)),
}
