"""How good a trained model is: the bounds, the latents, and both in one report."""

from typing import Any

from torch import Tensor

from course_utils.bounds import elbo, log_likelihood
from course_utils.latents import active_units, evaluation_mode, kl_per_dimension
from course_utils.models import VAE, Autoencoder

__all__ = ["active_units", "elbo", "kl_per_dimension", "log_likelihood", "report"]


def report(
    model: Any, images: Tensor, *, K: int | None = None, seed: int = 0
) -> dict[str, Any]:
    """Scores on images (N, D) as cards and the scoreboard hold them: nats per image.

    With K the importance-weighted bound is among them. An autoencoder has its
    reconstruction and the root of the mean squared error of a pixel.
    """
    scores: dict[str, Any]
    if isinstance(model, Autoencoder) and not isinstance(model, VAE):
        with evaluation_mode(model):
            output = model.decode(model.encode(images))
            loss = model.likelihood.nll(output, images).mean()
            error = (model.likelihood.mean(output) - images).square().mean().sqrt()
        scores = {
            "label": model.likelihood.name,
            "reconstruction": loss.item(),
            "rmse": error.item(),
        }
    else:
        bound = elbo(model, images, seed=seed)
        scores = {
            "label": bound.label,
            "negative_elbo": -bound.value,
            "standard_error": bound.standard_error,
            "reconstruction": bound.reconstruction,
            "kl": bound.kl,
            "active_units": active_units(model, images),
        }
    if K is not None:
        weighted = log_likelihood(model, images, K=K, seed=seed)
        scores["iw_nll"] = -weighted.value
        scores["iw_nll_standard_error"] = weighted.standard_error
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in scores.items()}
