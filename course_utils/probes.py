"""To try an autoencoder on: a letter of known causes, strange pictures, pairs."""

import numpy as np
import torch
from scipy.ndimage import affine_transform
from torch import Tensor


def letter(angle: float, size: float) -> Tensor:
    """An L turned to the right by `angle` degrees, `size` times as large: (28, 28)."""
    plain = np.zeros((28, 28))
    plain[6:22, 10:13] = plain[19:22, 10:19] = 1
    c, s = np.cos(np.radians(angle)) / size, np.sin(np.radians(angle)) / size
    turn = np.array([[c, -s], [s, c]])
    moved = affine_transform(plain, turn, 13.5 - turn.sum(1) * 13.5, order=1)
    return torch.tensor(moved).float()


def strange(digits: Tensor) -> dict[str, Tensor]:
    """Four kinds of pictures that are no digits (N, 784), made from digits (N, 784)."""
    order = torch.randperm(784, generator=torch.Generator().manual_seed(0))
    return {
        "blank page": torch.zeros(1, 784),
        "upside down": digits.flip(1),
        "shuffled": digits[:, order],
        "white on black": 1 - digits,
    }


def nearest(points: Tensor, others: Tensor) -> Tensor:
    """How far from each point (N, D) the nearest of the others (M, D) is: (N,)."""
    return torch.cdist(points, others).min(1).values


def pairs_of_a_kind(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Each picture and the next of its label, as indices: (N,) -> two of (M,)."""
    ends = labels.argsort(stable=True).unfold(0, 2, 1)
    first, second = ends[labels[ends[:, 0]] == labels[ends[:, 1]]].T
    return first, second
