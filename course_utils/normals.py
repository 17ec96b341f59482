"""Normal distributions in one and several dimensions, and a check of a guess q."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def normal(x: ArrayLike, mean: ArrayLike, variance: ArrayLike) -> NDArray[np.float64]:
    """Density of N(mean, variance) at x; the arguments broadcast."""
    spread = np.asarray(variance, dtype=float)
    if not (np.isfinite(spread) & (spread > 0)).all():
        raise ValueError(f"a variance must be positive and finite, got {variance!r}")
    distance = np.asarray(x, dtype=float) - np.asarray(mean, dtype=float)
    return np.exp(-(distance**2) / (2 * spread)) / np.sqrt(2 * np.pi * spread)


def root(covariance: ArrayLike) -> NDArray[np.float64]:
    """Cholesky factor (D, D) of a covariance, which must be positive definite."""
    matrix = np.asarray(covariance, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"a covariance has the shape (D, D), got {matrix.shape}")
    if not (np.isfinite(matrix).all() and np.allclose(matrix, matrix.T)):
        raise ValueError("a covariance must be finite and symmetric")
    smallest = np.linalg.eigvalsh(matrix).min()
    if smallest <= 0:
        raise ValueError(
            "a covariance must be positive definite; this one has the eigenvalue"
            f" {smallest:.3g}"
        )
    return np.linalg.cholesky(matrix)


def log_normal(x: ArrayLike, mean: ArrayLike, covariance: ArrayLike) -> float:
    """log N(x; mean, covariance) of one point x (D,), in nats."""
    factor = root(covariance)
    scaled = np.linalg.solve(factor, np.asarray(x) - np.asarray(mean))
    return float(
        -0.5 * scaled @ scaled
        - np.log(np.diag(factor)).sum()
        - 0.5 * len(factor) * np.log(2 * np.pi)
    )


def kl_normals(
    mean_q: ArrayLike, cov_q: ArrayLike, mean_p: ArrayLike, cov_p: ArrayLike
) -> float:
    """KL(N(mean_q, cov_q) || N(mean_p, cov_p)) in nats; (D,), (D, D) -> one number."""
    root_q, root_p = root(cov_q), root(cov_p)
    stretch = np.linalg.solve(root_p, root_q)
    shift = np.linalg.solve(root_p, np.asarray(mean_p) - np.asarray(mean_q))
    log_volumes = np.log(np.diag(root_p)).sum() - np.log(np.diag(root_q)).sum()
    return float(log_volumes + 0.5 * ((stretch**2).sum() + shift @ shift - len(root_q)))


def check_guess(q: ArrayLike, joint: ArrayLike) -> None:
    """ValueError if q (same shape as joint) is zero where the posterior is not."""
    guess, truth = np.asarray(q, dtype=float), np.asarray(joint, dtype=float)
    if guess.shape != truth.shape:
        raise ValueError(
            f"q and joint must have one shape, got {guess.shape} and {truth.shape}"
        )
    missing = (guess == 0) & (truth > 0)
    if missing.any():
        share = truth[missing].sum() / truth.sum()
        raise ValueError(
            f"q is zero where the posterior is not: {share:.1%} of the posterior"
            " lies there; expected q > 0 wherever p(x, z) > 0"
        )
