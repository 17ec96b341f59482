"""What a decoder's output means: -log p(x | z) with every constant, in nats.

Pixels x lie in [0, 1] everywhere; a Binomial(n) pixel is a count divided by n.
Each nll is summed over the D pixels: output (..., heads * D), x (..., D) -> (...).
"""

import math
from dataclasses import dataclass
from numbers import Integral
from typing import ClassVar, Protocol

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as bce_with_logits


class Likelihood(Protocol):
    """The contract of a decoder: `heads` outputs per pixel, and what they mean."""

    @property
    def name(self) -> str:
        """How the result is labelled."""

    @property
    def heads(self) -> int:
        """Decoder outputs per pixel."""

    @property
    def normalised(self) -> bool:
        """Whether exp(-nll) is a probability (density) that integrates to 1 over x."""

    def nll(self, output: Tensor, x: Tensor) -> Tensor:
        """-log p(x | z) in nats: (..., heads * D), (..., D) -> (...)."""

    def mean(self, output: Tensor) -> Tensor:
        """E[x | z]: (..., heads * D) -> (..., D)."""

    def check(self, x: Tensor) -> None:
        """ValueError if x cannot come from this likelihood."""


def _check_width(likelihood: Likelihood, output: Tensor, x: Tensor) -> None:
    pixels, heads = x.shape[-1], likelihood.heads
    if output.shape[-1] != heads * pixels:
        raise ValueError(
            f"{likelihood.name} needs {heads} outputs for each of {pixels} pixels,"
            f" {heads * pixels} in all; got {output.shape[-1]}"
        )


def _check_unit_interval(x: Tensor) -> None:
    if x.numel() == 0:
        raise ValueError("x holds no pixels")
    low, high = (v.item() for v in x.aminmax())  # NaN if there is one; a single pass
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("x holds NaN or infinite values")
    if low < 0 or high > 1:
        raise ValueError(f"pixels must lie in [0, 1], got [{low:g}, {high:g}]")


@dataclass(frozen=True)
class Bernoulli:
    """Black or white pixels; output = logits."""

    name: ClassVar[str] = "Bernoulli"
    heads: ClassVar[int] = 1
    normalised: ClassVar[bool] = True

    def nll(self, output: Tensor, x: Tensor) -> Tensor:
        """-sum x log p + (1 - x) log(1 - p)."""
        _check_width(self, output, x)
        return bce_with_logits(output, x, reduction="none").sum(-1)

    def mean(self, output: Tensor) -> Tensor:
        """p = sigmoid(logits)."""
        return output.sigmoid()

    def check(self, x: Tensor) -> None:
        """ValueError unless every pixel is 0 or 1."""
        _check_unit_interval(x)
        if not ((x == 0) | (x == 1)).all():
            raise ValueError(
                "Bernoulli pixels are 0 or 1 and these are grey: binarise them,"
                " or use GreyCrossEntropy, which is a loss and no likelihood"
            )


@dataclass(frozen=True)
class GreyCrossEntropy:
    """Cross-entropy on grey pixels: a loss, not a likelihood; output = logits."""

    name: ClassVar[str] = "grey cross-entropy"
    heads: ClassVar[int] = 1
    normalised: ClassVar[bool] = False

    def nll(self, output: Tensor, x: Tensor) -> Tensor:
        """-sum x log p + (1 - x) log(1 - p); its exp is not normalised over [0, 1]."""
        _check_width(self, output, x)
        return bce_with_logits(output, x, reduction="none").sum(-1)

    def mean(self, output: Tensor) -> Tensor:
        """p = sigmoid(logits)."""
        return output.sigmoid()

    def check(self, x: Tensor) -> None:
        """ValueError unless every pixel lies in [0, 1]."""
        _check_unit_interval(x)


@dataclass(frozen=True)
class Binomial:
    """Pixels that count `n` dots, stored as count / n; output = logits."""

    n: int = 16
    name: ClassVar[str] = "Binomial"
    heads: ClassVar[int] = 1
    normalised: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """ValueError unless n is a whole number of at least 1."""
        if not isinstance(self.n, Integral) or self.n < 1:
            raise ValueError(f"n must be a whole number of at least 1, got {self.n}")

    def nll(self, output: Tensor, x: Tensor) -> Tensor:
        """-sum log C(n, nx) + nx log p + (n - nx) log(1 - p)."""
        _check_width(self, output, x)
        count = self.n * x
        log_choose = (
            math.lgamma(self.n + 1)
            - torch.lgamma(count + 1)
            - torch.lgamma(self.n - count + 1)
        )
        cross_entropy = self.n * bce_with_logits(output, x, reduction="none")
        return (cross_entropy - log_choose).sum(-1)

    def mean(self, output: Tensor) -> Tensor:
        """p = sigmoid(logits)."""
        return output.sigmoid()

    def check(self, x: Tensor) -> None:
        """ValueError unless every n * x is a whole number from 0 to n."""
        _check_unit_interval(x)
        count = self.n * x
        if (count - count.round()).abs().max() > 1e-3:
            raise ValueError(
                f"Binomial pixels are whole counts divided by {self.n};"
                " these are not multiples of that"
            )


@dataclass(frozen=True)
class Gaussian:
    """Real-valued pixels; output = means, then (if `learnt`) log-variances.

    With learnt=False the variance is 1, and -log p is half the squared error plus
    D/2 ln 2 pi. A learnt variance is kept above `floor`.
    """

    learnt: bool = True
    floor: float = 1e-3
    name: ClassVar[str] = "Gaussian"
    normalised: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """ValueError for a floor that is not positive, or infinite."""
        if not 0 < self.floor < math.inf:
            raise ValueError(
                f"the variance floor must be positive and finite, got {self.floor}"
            )

    @property
    def heads(self) -> int:
        """2 with a learnt variance, else 1."""
        return 2 if self.learnt else 1

    def nll(self, output: Tensor, x: Tensor) -> Tensor:
        """Sum of 0.5 (ln 2 pi + ln var + (x - mean)^2 / var)."""
        _check_width(self, output, x)
        mean, var = self.mean_and_variance(output)
        terms = math.log(2 * math.pi) + var.log() + (x - mean) ** 2 / var
        return 0.5 * terms.sum(-1)

    def mean_and_variance(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """Means and variances, each (..., D)."""
        if not self.learnt:
            return output, torch.ones_like(output)
        mean, log_var = output.chunk(2, dim=-1)
        return mean, self.floor + log_var.exp()

    def mean(self, output: Tensor) -> Tensor:
        """The means."""
        return self.mean_and_variance(output)[0]

    def check(self, x: Tensor) -> None:
        """ValueError if x is empty or not finite."""
        if x.numel() == 0:
            raise ValueError("x holds no pixels")
        if not torch.isfinite(x).all():
            raise ValueError("x holds NaN or infinite values")
