"""Bounds on log p(x), in nats per image, with all constants.

A model is what has the prior N(0, I), `encode` for q(z|x) = N(mu, exp(log_var)), and
`decode` and `likelihood` for p(x|z).
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from course_utils.checks import whole_numbers
from course_utils.latents import encoded, evaluation_mode, finite
from course_utils.models import kl_to_standard_normal

ROWS_AT_ONCE = 5000  # codes decoded together by log_likelihood: bounds its memory


@dataclass(frozen=True)
class Elbo:
    """Mean ELBO = -(reconstruction + kl) over images, and what may be said of it.

    `reconstruction` is E_q[-log p(x|z)] with every constant. `standard_error` is that
    of the mean over images; NaN for a single image.
    """

    value: float
    standard_error: float
    reconstruction: float
    kl: float
    label: str


@dataclass(frozen=True)
class LogLikelihood:
    """Mean importance-weighted bound on log p(x): a lower bound in expectation."""

    value: float
    standard_error: float


def elbo(model: Any, images: Tensor, *, samples: int = 1, seed: int = 0) -> Elbo:
    """ELBO of images (N, D): nats per image, with `samples` codes z for each image.

    The KL is in closed form, the reconstruction is sampled. Where the likelihood is
    not normalised the result's label says that it bounds no log-likelihood.
    TypeError and ValueError for images that the model or its likelihood cannot have
    and settings below 1; FloatingPointError if the model computes NaN or infinity.
    torch's global generator is left alone.
    """
    whole_numbers(samples=samples)
    reconstructions, kls = [], []
    generator = _generator(model, seed)
    with evaluation_mode(model):
        for x, mu, log_var in encoded(model, images, 1000):
            total = torch.zeros_like(mu[:, 0])
            for _ in range(samples):
                z, _ = _draw(mu, log_var, 1, generator)
                total += _nll(model, z, x)[0]
            reconstructions.append(total / samples)
            kls.append(kl_to_standard_normal(mu, log_var).sum(dim=1))
    reconstruction, kl = (torch.cat(v).cpu().double() for v in (reconstructions, kls))
    value, error = _mean_and_error(-(reconstruction + kl))
    label = "log-likelihood bound"
    if not model.likelihood.normalised:
        label = f"{model.likelihood.name} + KL, not a likelihood"
    return Elbo(value, error, reconstruction.mean().item(), kl.mean().item(), label)


def log_likelihood(
    model: Any, images: Tensor, *, K: int, seed: int = 0
) -> LogLikelihood:
    """log p(x) of images (N, D) by importance weights, K codes each: nats per image.

    log 1/K sum_k p(x|z_k) p(z_k) / q(z_k|x), z_k ~ q(z|x): below log p(x) on average,
    above the ELBO, rising with K (Burda et al. 2015, arXiv 1509.00519).
    ValueError for a likelihood that is not normalised, such as the cross-entropy of
    grey pixels: there is no p(x) to estimate. Else as for `elbo`.
    """
    whole_numbers(K=K)
    if not model.likelihood.normalised:
        raise ValueError(
            f"{model.likelihood.name} is a loss and no likelihood: there is no log p(x)"
            " to estimate. Use elbo(), or binarise the pixels and train with Bernoulli"
        )
    bounds = []
    generator = _generator(model, seed)
    with evaluation_mode(model):
        for x, mu, log_var in encoded(model, images, 100):
            log_sum = torch.full_like(mu[:, 0], -math.inf)
            together = max(1, ROWS_AT_ONCE // len(x))
            for start in range(0, K, together):
                z, eps = _draw(mu, log_var, min(together, K - start), generator)
                # log p(z) - log q(z|x): the two halves of ln 2 pi cancel.
                prior_to_q = 0.5 * (eps**2 + log_var - z**2).sum(dim=-1)
                log_weights = prior_to_q - _nll(model, z, x)
                log_sum = torch.logaddexp(log_sum, log_weights.logsumexp(dim=0))
            bounds.append(log_sum - math.log(K))
    return LogLikelihood(*_mean_and_error(torch.cat(bounds).cpu().double()))


def _draw(
    mu: Tensor, log_var: Tensor, number: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """z = mu + sigma * eps, and eps: 2 x (B, J) -> 2 x (number, B, J)."""
    shape = (number, *mu.shape)
    eps = torch.randn(shape, generator=generator, device=mu.device, dtype=mu.dtype)
    return mu + (0.5 * log_var).exp() * eps, eps


def _nll(model: Any, z: Tensor, x: Tensor) -> Tensor:
    """-log p(x | z): (K, B, J), (B, D) -> (K, B)."""
    output = model.decode(z.flatten(0, 1)).unflatten(0, z.shape[:2])
    return model.likelihood.nll(output, x.expand(len(z), -1, -1))


def _generator(model: Any, seed: int) -> torch.Generator:
    return torch.Generator(next(model.parameters()).device).manual_seed(seed)


def _mean_and_error(values: Tensor) -> tuple[float, float]:
    """Mean of (N,) and its standard error; NaN for the error of one value."""
    error = values.std() / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return finite(values).mean().item(), float(error)
