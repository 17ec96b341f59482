"""What a decoder's output means: -log p(x | z) with every constant, in nats.

Pixels x lie in [0, 1], save for Gaussian; a Binomial(n) pixel is a count divided by n.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as bce_with_logits

from course_utils.checks import whole_numbers


class Likelihood:
    """What a decoder needs: `heads` outputs per pixel, and what they mean.

    As it stands: a cross-entropy on pixels in [0, 1], with logits as outputs.
    """

    name: ClassVar[str]  # how a result is labelled
    normalised: ClassVar[bool] = True  # whether exp(-nll) integrates to 1 over x
    range: ClassVar[tuple[float, float]] = (0, 1)  # of the pixels

    @property
    def heads(self) -> int:
        """Decoder outputs per pixel."""
        return 1

    def nll(self, output: Tensor, x: Tensor) -> Tensor:
        """-log p(x | z), summed over D pixels: (..., heads * D), (..., D) -> (...)."""
        got, pixels = output.shape[-1], x.shape[-1]
        if got != self.heads * pixels:
            wanted = f"{self.heads} outputs for each of {pixels} pixels"
            raise ValueError(f"{self.name} needs {wanted}; got {got} in all")
        return self.per_pixel(output, x).sum(-1)

    def per_pixel(self, output: Tensor, x: Tensor) -> Tensor:
        """-x log p - (1 - x) log(1 - p): (..., heads * D), (..., D) -> (..., D)."""
        return bce_with_logits(output, x, reduction="none")

    def mean(self, output: Tensor) -> Tensor:
        """E[x | z], here p = sigmoid(logits): (..., heads * D) -> (..., D)."""
        return output.sigmoid()

    def check(self, x: Tensor) -> None:
        """ValueError for x that it cannot have: empty, NaN, infinite, out of range."""
        if x.numel() == 0:
            raise ValueError("x holds no pixels")
        low, high = (v.item() for v in x.aminmax())  # NaN if there is one
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError("x holds NaN or infinite values")
        if low < self.range[0] or high > self.range[1]:
            found = f"[{low:g}, {high:g}]"
            raise ValueError(f"pixels must lie in {list(self.range)}, got {found}")


@dataclass(frozen=True)
class GreyCrossEntropy(Likelihood):
    """Cross-entropy on grey pixels: a loss, not a likelihood; output = logits."""

    name: ClassVar[str] = "grey cross-entropy"
    normalised: ClassVar[bool] = False


@dataclass(frozen=True)
class Bernoulli(Likelihood):
    """Black or white pixels; output = logits."""

    name: ClassVar[str] = "Bernoulli"

    def check(self, x: Tensor) -> None:
        """ValueError unless every pixel is 0 or 1."""
        super().check(x)
        if not ((x == 0) | (x == 1)).all():
            raise ValueError(
                "Bernoulli pixels are 0 or 1 and these are grey: binarise them,"
                " or use GreyCrossEntropy, which is a loss and no likelihood"
            )


@dataclass(frozen=True)
class Binomial(Likelihood):
    """Pixels that count `n` dots, stored as count / n; output = logits."""

    n: int = 16
    name: ClassVar[str] = "Binomial"

    def __post_init__(self) -> None:
        """ValueError for n below 1."""
        whole_numbers(n=self.n)

    def per_pixel(self, output: Tensor, x: Tensor) -> Tensor:
        """-log C(n, nx) - nx log p - (n - nx) log(1 - p)."""
        n, count = self.n, self.n * x
        choices = math.lgamma(n + 1) - torch.lgamma(count + 1)
        choices = choices - torch.lgamma(n - count + 1)
        return n * super().per_pixel(output, x) - choices

    def check(self, x: Tensor) -> None:
        """ValueError unless every n * x is a whole number from 0 to n."""
        super().check(x)
        if not torch.allclose(self.n * x, (self.n * x).round(), rtol=0, atol=1e-3):
            raise ValueError(f"Binomial pixels are whole counts divided by {self.n}")


@dataclass(frozen=True)
class Gaussian(Likelihood):
    """Real-valued pixels; output = means, then (if `learnt`) log-variances.

    With learnt=False the variance is 1, and -log p is half the squared error plus
    D/2 ln 2 pi. A learnt variance is kept above `floor`.
    """

    learnt: bool = True
    floor: float = 1e-3
    name: ClassVar[str] = "Gaussian"
    range: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    def __post_init__(self) -> None:
        """ValueError for a floor that is not positive, or infinite."""
        if not 0 < self.floor < math.inf:
            raise ValueError(f"floor must be positive and finite, got {self.floor}")

    @property
    def heads(self) -> int:
        """2 with a learnt variance, else 1."""
        return 2 if self.learnt else 1

    def per_pixel(self, output: Tensor, x: Tensor) -> Tensor:
        """0.5 (ln 2 pi + ln var + (x - mean)^2 / var)."""
        mean, var = self.mean_and_variance(output)
        return 0.5 * (math.log(2 * math.pi) + var.log() + (x - mean) ** 2 / var)

    def mean(self, output: Tensor) -> Tensor:
        """The means."""
        return self.mean_and_variance(output)[0]

    def mean_and_variance(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """Means and variances, each (..., D)."""
        if not self.learnt:
            return output, torch.ones_like(output)
        mean, log_var = output.chunk(2, dim=-1)
        return mean, self.floor + log_var.exp()
