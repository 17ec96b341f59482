"""The contractive autoencoder as lesson 07 builds it, and eight pushes for a picture.

One sigmoid layer whose weights are used twice, forward and (transposed) backward.
"""

from collections.abc import Sequence

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from course_utils.checks import whole_numbers

REAL = ("moved", "turned", "slanted", "thickened")  # what happens to written digits
OTHER = ("speckled", "shuffled", "blotted", "veiled")


class TiedAutoencoder(nn.Module):
    """Pixels x (B, D) -> code h = sigmoid(x W^T + b) (B, J) -> logits h W + c (B, D).

    The weights W (J, D) start uniform within ±√(6 / (D + J)), times `start`.
    """

    def __init__(self, pixels: int, units: int, start: float = 1.0) -> None:
        """ValueError for pixels or units below 1."""
        super().__init__()
        whole_numbers(pixels=pixels, units=units)
        width = start * (6 / (pixels + units)) ** 0.5
        self.W = nn.Parameter(torch.empty(units, pixels).uniform_(-width, width))
        self.b = nn.Parameter(torch.zeros(units))
        self.c = nn.Parameter(torch.zeros(pixels))

    def encode(self, x: Tensor) -> Tensor:
        """The code: (B, D) -> (B, J), between 0 and 1."""
        if x.ndim != 2 or x.shape[1] != self.W.shape[1]:
            raise ValueError(
                f"this model reads images of {self.W.shape[1]} pixels as (B, D),"
                f" got shape {tuple(x.shape)}"
            )
        return torch.sigmoid(x @ self.W.T + self.b)

    def decode(self, h: Tensor) -> Tensor:
        """Logits of the pixels: (B, J) -> (B, D)."""
        if h.shape[-1] != self.W.shape[0]:
            raise ValueError(
                f"this model has {self.W.shape[0]} units, got shape {tuple(h.shape)}"
            )
        return h @ self.W + self.c

    def reconstruct(self, x: Tensor) -> Tensor:
        """The picture redrawn: (B, D) -> (B, D)."""
        return torch.sigmoid(self.decode(self.encode(x)))


def squared_jacobian(h: Tensor, W: Tensor) -> Tensor:
    """||dh/dx||² of a sigmoid layer at codes h (B, J), weights W (J, D): (B,)."""
    if h.ndim != 2 or W.ndim != 2 or h.shape[1] != W.shape[0]:
        raise ValueError(
            "h must have shape (B, J) and W (J, D), got"
            f" {tuple(h.shape)} and {tuple(W.shape)}"
        )
    return (h * (1 - h)) ** 2 @ (W**2).sum(dim=1)


def cross_entropy(logits: Tensor, x: Tensor) -> Tensor:
    """Grey cross-entropy, summed over pixels, mean over the batch: scalar, nats."""
    if logits.shape != x.shape:
        raise ValueError(
            f"logits and x must have one shape (B, D), got {tuple(logits.shape)}"
            f" and {tuple(x.shape)}"
        )
    return binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


def contractive_loss(
    model: TiedAutoencoder, x: Tensor, *, lam: float
) -> dict[str, Tensor]:
    """Cross-entropy + lam ||dh/dx||², and both parts: scalars, nats per image."""
    if not 0 <= lam < float("inf"):
        raise ValueError(f"lam must be a number of at least 0, got {lam!r}")
    h = model.encode(x)
    reconstruction = cross_entropy(model.decode(h), x)
    penalty = squared_jacobian(h, model.W).mean()
    loss = reconstruction + lam * penalty
    return {"loss": loss, "reconstruction": reconstruction, "penalty": penalty}


def pushes(images: Tensor, seed: int = 0) -> dict[str, Tensor]:
    """Eight changes of digits (N, 784), each of length 1: name -> (N, 784).

    REAL ones are the difference between changing a picture one way and the other.
    """
    if images.ndim != 2 or images.shape[1] != 28 * 28:
        raise ValueError(f"images must be (N, 784), got shape {tuple(images.shape)}")
    rng = np.random.default_rng(seed)
    pictures = images.numpy().reshape(-1, 28, 28)
    changed = {name: np.stack([_changed(p, name) for p in pictures]) for name in REAL}
    pixels = changed["moved"].reshape(len(pictures), -1)
    blots = np.zeros_like(pictures)
    for blot, (row, column) in zip(
        blots, rng.integers(3, 22, (len(blots), 2)), strict=True
    ):
        blot[row : row + 3, column : column + 3] = 1
    changed["speckled"] = rng.normal(size=pictures.shape)
    changed["shuffled"] = rng.permuted(pixels, axis=1)  # "moved", pixels in any order
    changed["blotted"] = blots
    changed["veiled"] = np.ones_like(pictures)
    flat = {
        k: torch.tensor(v.reshape(len(v), -1)).to(images) for k, v in changed.items()
    }
    return {k: v / v.norm(dim=1, keepdim=True) for k, v in flat.items()}


def _changed(picture: np.ndarray, name: str) -> np.ndarray:
    """The picture changed one way, minus the picture changed the other way."""
    if name == "thickened":
        grown = ndimage.grey_dilation(picture, size=(3, 3))
        return grown - ndimage.grey_erosion(picture, size=(3, 3))
    one, other = (_warped(picture, name, way) for way in (1, -1))
    return one - other


def _warped(picture: np.ndarray, name: str, way: int) -> np.ndarray:
    if name == "moved":  # one pixel to the right
        return ndimage.shift(picture, (0, way), order=1)
    if name == "turned":
        return ndimage.rotate(picture, 10 * way, reshape=False, order=1)
    lean = np.array([[1, 0], [0.15 * way, 1]])
    middle: Sequence[float] = (13.5, 13.5)
    return ndimage.affine_transform(picture, lean, middle - lean @ middle, order=1)
