"""Honest numbers for a trained VAE, in nats per image, with all constants."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from course_utils.likelihoods import Likelihood
from course_utils.models import kl_to_standard_normal, whole_numbers

ROWS_AT_ONCE = 5000  # codes decoded together by log_likelihood: bounds its memory


class LatentModel(Protocol):
    """What is evaluated: prior N(0, I), q(z|x) = N(mu, exp(log_var)), p(x|z)."""

    likelihood: Likelihood
    training: bool

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x): (B, D) -> 2 x (B, J)."""

    def decode(self, z: Tensor) -> Tensor:
        """Decoder output, one row per code: (B, J) -> (B, heads * D)."""

    def parameters(self) -> Iterator[Any]:
        """The weights."""

    def train(self, mode: bool = True) -> Any:
        """Switch between training and evaluation."""


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
    images: int
    normalised: bool
    label: str

    def __str__(self) -> str:
        """One line: -ELBO, its standard error, its two parts, its label."""
        return (
            f"-ELBO {-self.value:.2f} ± {self.standard_error:.2f} nats per image"
            f" = {self.reconstruction:.2f} + KL {self.kl:.2f} ({self.label})"
        )


@dataclass(frozen=True)
class LogLikelihood:
    """Mean importance-weighted bound on log p(x): a lower bound in expectation."""

    value: float
    standard_error: float
    K: int
    images: int

    def __str__(self) -> str:
        """One line: the estimate of -log p(x), its standard error and K."""
        return (
            f"-log p(x) {-self.value:.2f} ± {self.standard_error:.2f} nats per image"
            f" (importance-weighted bound, K = {self.K})"
        )


def elbo(
    model: LatentModel,
    images: Tensor,
    *,
    samples: int = 1,
    seed: int = 0,
    batch_size: int = 1000,
) -> Elbo:
    """ELBO of images (N, D): nats per image, with `samples` codes z for each image.

    The KL is in closed form, the reconstruction is sampled. Where the likelihood is
    not normalised the result's label says that it bounds no log-likelihood.
    ValueError for images that the model or its likelihood cannot have, and for
    settings below 1. torch's global generator is left alone.
    """
    whole_numbers(samples=samples, batch_size=batch_size)
    reconstructions, kls = [], []
    generator = _generator(model, seed)
    with _evaluation(model):
        for x, mu, log_var in _encoded(model, images, batch_size):
            total = torch.zeros_like(mu[:, 0])
            for _ in range(samples):
                z, _ = _draw(mu, log_var, 1, generator)
                total += _nll(model, z, x)[0]
            reconstructions.append(total / samples)
            kls.append(kl_to_standard_normal(mu, log_var).sum(dim=1))
    reconstruction, kl = _on_cpu(reconstructions), _on_cpu(kls)
    value, error = _mean_and_error(-(reconstruction + kl))
    likelihood = model.likelihood
    return Elbo(
        value=value,
        standard_error=error,
        reconstruction=reconstruction.mean().item(),
        kl=kl.mean().item(),
        images=len(images),
        normalised=likelihood.normalised,
        label="log-likelihood bound"
        if likelihood.normalised
        else f"{likelihood.name} + KL, not a likelihood",
    )


def log_likelihood(
    model: LatentModel,
    images: Tensor,
    *,
    K: int,
    seed: int = 0,
    batch_size: int = 100,
) -> LogLikelihood:
    """log p(x) of images (N, D) by importance weights, K codes each: nats per image.

    log 1/K sum_k p(x|z_k) p(z_k) / q(z_k|x), z_k ~ q(z|x): below log p(x) on average,
    above the ELBO, rising with K (Burda et al. 2015, arXiv 1509.00519).
    ValueError for a likelihood that is not normalised, such as the cross-entropy of
    grey pixels: there is no p(x) to estimate. Else as for `elbo`.
    """
    whole_numbers(K=K, batch_size=batch_size)
    if not model.likelihood.normalised:
        raise ValueError(
            f"{model.likelihood.name} is a loss and no likelihood, so there is no"
            " log p(x) to estimate: use elbo(), whose result says what it is, or"
            " binarise the pixels and train with Bernoulli"
        )
    bounds = []
    generator = _generator(model, seed)
    with _evaluation(model):
        for x, mu, log_var in _encoded(model, images, batch_size):
            log_sum = torch.full_like(mu[:, 0], -math.inf)
            together = max(1, ROWS_AT_ONCE // len(x))
            for start in range(0, K, together):
                z, eps = _draw(mu, log_var, min(together, K - start), generator)
                # log p(z) - log q(z|x): the two halves of ln 2 pi cancel.
                prior_to_q = 0.5 * (eps**2 + log_var - z**2).sum(dim=-1)
                log_weights = prior_to_q - _nll(model, z, x)
                log_sum = torch.logaddexp(log_sum, log_weights.logsumexp(dim=0))
            bounds.append(log_sum - math.log(K))
    value, error = _mean_and_error(_on_cpu(bounds))
    return LogLikelihood(value, error, K, len(images))


def kl_per_dimension(
    model: LatentModel, images: Tensor, *, batch_size: int = 1000
) -> Tensor:
    """KL(q(z_j|x) || p(z_j)), averaged over images (N, D): (J,), nats, on the CPU."""
    whole_numbers(batch_size=batch_size)
    with _evaluation(model):
        kls = [
            kl_to_standard_normal(mu, log_var)
            for _, mu, log_var in _encoded(model, images, batch_size)
        ]
    return torch.cat(kls).mean(dim=0).cpu()


def active_units(
    model: LatentModel,
    images: Tensor,
    *,
    threshold: float = 0.01,
    batch_size: int = 1000,
) -> int:
    """Latents whose mean mu_j(x) has a variance above `threshold` over images (N, D).

    The criterion of Burda et al. 2015, arXiv 1509.00519. ValueError for one image.
    """
    whole_numbers(batch_size=batch_size)
    if len(images) == 1:
        raise ValueError("active_units needs at least 2 images to see a variance")
    with _evaluation(model):
        mus = [mu for _, mu, _ in _encoded(model, images, batch_size)]
    return int((torch.cat(mus).var(dim=0) > threshold).sum())


def _encoded(
    model: LatentModel, images: Tensor, batch_size: int
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Batches x (B, D) on the model's device with mu and log_var (B, J)."""
    if images.ndim != 2:
        raise ValueError(f"images must have shape (N, D), got {tuple(images.shape)}")
    model.likelihood.check(images)
    device = next(model.parameters()).device
    for x in images.split(batch_size):
        x = x.to(device)
        code = model.encode(x)
        if isinstance(code, Tensor):
            raise ValueError(
                f"{type(model).__name__}.encode gives a code and no q(z|x) ="
                " (mu, log_var): an autoencoder has no ELBO"
            )
        yield x, *code


@contextmanager
def _evaluation(model: LatentModel) -> Iterator[None]:
    """No gradients, evaluation mode; afterwards the mode that was."""
    was_training = model.training
    model.train(False)
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)


def _draw(
    mu: Tensor, log_var: Tensor, number: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """z = mu + sigma * eps, and eps: 2 x (B, J) -> 2 x (number, B, J)."""
    shape = (number, *mu.shape)
    eps = torch.randn(shape, generator=generator, device=mu.device, dtype=mu.dtype)
    return mu + (0.5 * log_var).exp() * eps, eps


def _nll(model: LatentModel, z: Tensor, x: Tensor) -> Tensor:
    """-log p(x | z): (K, B, J), (B, D) -> (K, B)."""
    output = model.decode(z.flatten(0, 1)).unflatten(0, z.shape[:2])
    return model.likelihood.nll(output, x.expand(len(z), -1, -1))


def _generator(model: LatentModel, seed: int) -> torch.Generator:
    device = next(model.parameters()).device
    return torch.Generator(device=device).manual_seed(seed)


def _on_cpu(batches: list[Tensor]) -> Tensor:
    """All per-image values (N,), on the CPU and in double precision."""
    return torch.cat(batches).cpu().double()


def _mean_and_error(values: Tensor) -> tuple[float, float]:
    """Mean of (N,) and its standard error; NaN for the error of one value."""
    error = values.std() / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return values.mean().item(), float(error)
