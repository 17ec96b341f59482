"""Information measures on arrays; distributions lie along the last axis."""

import lzma
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr, rel_entr, xlogy

Result = float | NDArray[np.float64]


def log_base(base: float) -> float:
    """ln(base) for a base above 0 other than 1."""
    if not (math.isfinite(base) and base > 0 and base != 1):
        raise ValueError(f"base must be a positive number other than 1, got {base}")
    return math.log(base)


def as_distribution(p: ArrayLike, name: str = "p") -> NDArray[np.float64]:
    """Probabilities (..., n) as float64, checked.

    ValueError if empty, NaN, negative, or not summing to 1 along the last axis
    (to 1e-6).
    """
    array = np.asarray(p, dtype=np.float64)
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"{name} holds no probability: its shape is {array.shape}")
    if np.isnan(array).any():
        raise ValueError(f"{name} holds NaN; every entry must be a probability")
    if (array < 0).any():
        raise ValueError(
            f"{name} holds a negative probability, {array.min():g};"
            " entries must lie in [0, 1]"
        )
    totals = array.sum(axis=-1)
    if not np.allclose(totals, 1, rtol=0, atol=1e-6):
        worst = np.ravel(totals)[np.argmax(np.abs(np.ravel(totals) - 1))]
        raise ValueError(f"{name} sums to {worst:g}; a distribution sums to 1")
    return array


def _pair(p: ArrayLike, q: ArrayLike) -> tuple[NDArray, NDArray]:
    left, right = as_distribution(p, "p"), as_distribution(q, "q")
    if left.shape != right.shape:
        raise ValueError(
            f"p and q must have the same shape, got {left.shape} and {right.shape}"
        )
    return left, right


def _unwrap(value: NDArray) -> Result:
    return float(value) if np.ndim(value) == 0 else value


def surprise(p: ArrayLike, *, base: float = math.e) -> Result:
    """-log p of each probability, same shape; infinite where p = 0."""
    array = np.asarray(p, dtype=np.float64)
    unit = log_base(base)
    if array.size == 0:
        raise ValueError("p must hold at least one probability, got an empty array")
    if not ((array >= 0) & (array <= 1)).all():
        bad = array[~((array >= 0) & (array <= 1))].flat[0]
        raise ValueError(f"a probability must lie in [0, 1], got {bad:g}")
    with np.errstate(divide="ignore"):
        return _unwrap(-np.log(array) / unit + 0.0)


def entropy(p: ArrayLike, *, base: float = math.e) -> Result:
    """H(P) = -sum p log p over the last axis: (..., n) -> (...); zeros add nothing."""
    p = as_distribution(p)
    unit = log_base(base)
    return _unwrap(entr(p).sum(axis=-1) / unit)


def cross_entropy(p: ArrayLike, q: ArrayLike, *, base: float = math.e) -> Result:
    """H(P, Q) = -sum p log q: two (..., n) -> (...); infinite where q = 0 < p."""
    p, q = _pair(p, q)
    unit = log_base(base)
    return _unwrap(-xlogy(p, q).sum(axis=-1) / unit + 0.0)


def kl_divergence(p: ArrayLike, q: ArrayLike, *, base: float = math.e) -> Result:
    """KL(P || Q) = sum p log(p/q): two (..., n) -> (...); infinite where q = 0 < p."""
    p, q = _pair(p, q)
    unit = log_base(base)
    return _unwrap(rel_entr(p, q).sum(axis=-1) / unit)


def _gaussian(
    mu: ArrayLike, sigma: ArrayLike, which: str = ""
) -> tuple[NDArray, NDArray]:
    mean, width = np.asarray(mu, np.float64), np.asarray(sigma, np.float64)
    if mean.size == 0 or width.size == 0:
        raise ValueError(f"mu{which} and sigma{which} must not be empty")
    if not np.isfinite(mean).all():
        raise ValueError(f"mu{which} must be finite, got {mu!r}")
    if not (np.isfinite(width) & (width > 0)).all():
        raise ValueError(f"sigma{which} must be positive and finite, got {sigma!r}")
    return mean, width


def gaussian_entropy(sigma: ArrayLike, *, base: float = math.e) -> Result:
    """Differential entropy of N(mu, sigma^2), ln(sigma sqrt(2 pi e)) in nats."""
    _, width = _gaussian(0.0, sigma)
    return _unwrap((np.log(width) + 0.5 * np.log(2 * np.pi * np.e)) / log_base(base))


def gaussian_kl(
    mu_p: ArrayLike,
    sigma_p: ArrayLike,
    mu_q: ArrayLike,
    sigma_q: ArrayLike,
    *,
    base: float = math.e,
) -> Result:
    """KL(N(mu_p, sigma_p^2) || N(mu_q, sigma_q^2)); arguments broadcast."""
    m_p, s_p = _gaussian(mu_p, sigma_p, "_p")
    m_q, s_q = _gaussian(mu_q, sigma_q, "_q")
    # Ratios first: the square of a width below 1e-162 or above 1e154 is 0 or infinite.
    squared = (s_p / s_q) ** 2 + ((m_p - m_q) / s_q) ** 2
    nats = np.log(s_q) - np.log(s_p) + 0.5 * (squared - 1)
    return _unwrap(nats / log_base(base))


def gaussian_cross_entropy(
    mu_p: ArrayLike,
    sigma_p: ArrayLike,
    mu_q: ArrayLike,
    sigma_q: ArrayLike,
    *,
    base: float = math.e,
) -> Result:
    """-E_P[log q] for two univariate Gaussians; arguments broadcast."""
    kl = gaussian_kl(mu_p, sigma_p, mu_q, sigma_q, base=base)
    return kl + gaussian_entropy(sigma_p, base=base)


def packed_bits(counts: ArrayLike) -> float:
    """Bits that the file compressor lzma needs for each of these whole numbers.

    Zeros and ones go as bits, others as bytes. ValueError for others than 0 to 255.
    """
    array = np.asarray(counts)
    if array.size == 0 or not np.isin(array, np.arange(256)).all():
        raise ValueError("counts must be whole numbers from 0 to 255, at least one")
    raw = array.astype(np.uint8)
    if raw.max() <= 1:
        raw = np.packbits(raw)
    return 8 * len(lzma.compress(raw.tobytes())) / array.size
