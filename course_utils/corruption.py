"""Three ways to spoil a picture: pixels erased, pixels flipped to extremes, noise."""

from numbers import Real

import torch
from torch import Tensor

from course_utils.checks import tensors

FLOATS = torch.float32, torch.float64
KINDS = "zero mask", "salt and pepper", "Gaussian"


def corrupt(
    clean: Tensor, kind: str, level: float, generator: torch.Generator | None = None
) -> Tensor:
    """A spoiled copy of pictures of any shape; `clean` stays as it is.

    `kind` is one of KINDS. `level` is the rate, in [0, 1], of the first two, and the
    standard deviation of the third. ValueError for another kind or level.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of noise {kind!r}; known: {', '.join(KINDS)}")
    spoil = {KINDS[0]: zero_mask, KINDS[1]: salt_and_pepper, KINDS[2]: gaussian}[kind]
    return spoil(clean, level, generator)


def zero_mask(
    clean: Tensor, rate: float, generator: torch.Generator | None = None
) -> Tensor:
    """Each pixel becomes 0 with probability `rate`, apart from the others."""
    picked = _uniform(clean, rate, generator) < rate
    return clean.masked_fill(picked, 0.0)


def salt_and_pepper(
    clean: Tensor, rate: float, generator: torch.Generator | None = None
) -> Tensor:
    """Each pixel becomes 0 or 1 with probability `rate / 2` each."""
    u = _uniform(clean, rate, generator)
    return clean.masked_fill(u < rate, 1.0).masked_fill(u < rate / 2, 0.0)


def gaussian(
    clean: Tensor, sigma: float, generator: torch.Generator | None = None
) -> Tensor:
    """A draw from N(0, sigma²) is added to each pixel; values may leave [0, 1]."""
    if not isinstance(sigma, Real) or not 0 <= sigma < float("inf"):
        raise ValueError(f"sigma must be a finite number of at least 0, got {sigma!r}")
    tensors(*FLOATS, clean=clean)
    # A generator fixes the noise on the CPU, whatever the device of the pictures.
    eps = torch.randn(clean.shape, generator=generator, dtype=clean.dtype)
    return clean + sigma * eps.to(clean.device)


def _uniform(clean: Tensor, rate: float, generator: torch.Generator | None) -> Tensor:
    """One number in [0, 1) for each pixel."""
    if not isinstance(rate, Real) or not 0 <= rate <= 1:
        raise ValueError(f"a noise rate must lie in [0, 1], got {rate!r}")
    tensors(*FLOATS, clean=clean)
    u = torch.rand(clean.shape, generator=generator, dtype=clean.dtype)
    return u.to(clean.device)
