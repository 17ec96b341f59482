"""What q(z|x) does over a set of images, latent by latent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from course_utils.checks import whole_numbers
from course_utils.models import kl_to_standard_normal


def kl_per_dimension(model: Any, images: Tensor, *, batch_size: int = 1000) -> Tensor:
    """KL(q(z_j|x) || p(z_j)), averaged over images (N, D): (J,), nats, on the CPU.

    Errors, here and in `active_units`, as for `evaluation.elbo`.
    """
    with evaluation_mode(model):
        kls = [
            kl_to_standard_normal(mu, log_var)
            for _, mu, log_var in encoded(model, images, batch_size)
        ]
    return finite(torch.cat(kls).mean(dim=0).cpu())


def active_units(
    model: Any, images: Tensor, *, threshold: float = 0.01, batch_size: int = 1000
) -> int:
    """Latents whose mean mu_j(x) has a variance above `threshold` over images (N, D).

    The criterion of Burda et al. 2015, arXiv 1509.00519. ValueError for one image.
    """
    with evaluation_mode(model):
        mus = [mu for _, mu, _ in encoded(model, images, batch_size)]
    if len(images) == 1:
        raise ValueError("active_units needs at least 2 images to see a variance")
    return int((torch.cat(mus).var(dim=0) > threshold).sum())


def encoded(
    model: Any, images: Tensor, batch_size: int
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Batches x (B, D) on the model's device with mu and log_var (B, J), checked."""
    whole_numbers(batch_size=batch_size)
    if not isinstance(images, Tensor):
        raise TypeError(f"images must be a tensor (N, D), got {type(images)}")
    if images.ndim != 2:
        raise ValueError(f"images must have shape (N, D), got {tuple(images.shape)}")
    model.likelihood.check(images)
    device = next(model.parameters()).device
    for x in images.split(batch_size):
        code = model.encode(x.to(device))
        if isinstance(code, Tensor):
            raise ValueError(
                f"{type(model).__name__}.encode gives a code and no q(z|x) ="
                " (mu, log_var): an autoencoder has no ELBO"
            )
        mu, log_var = map(finite, code)
        yield x.to(device), mu, log_var


def finite(values: Tensor) -> Tensor:
    """The same values; FloatingPointError if one is NaN or infinite."""
    if not values.isfinite().all():
        raise FloatingPointError("the model computes NaN or infinite values")
    return values


@contextmanager
def evaluation_mode(model: Any) -> Iterator[None]:
    """No gradients, evaluation mode; afterwards the mode that was."""
    was_training = model.training
    model.train(False)
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)
