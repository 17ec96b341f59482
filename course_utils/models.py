"""The course's VAE, as notebook 09 builds it."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.likelihoods import Likelihood


def mlp(sizes: Sequence[int]) -> nn.Sequential:
    """Linear layers of the given sizes with ReLU between them, none at the end."""
    layers: list[nn.Module] = []
    for before, after in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def kl_to_standard_normal(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mu, exp(log_var)) || N(0, 1)) per latent, in nats: 2 x (B, J) -> (B, J)."""
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var)


def reparameterise(mu: Tensor, log_var: Tensor) -> Tensor:
    """z = mu + sigma * eps with eps ~ N(0, I): 2 x (B, J) -> (B, J)."""
    return mu + (0.5 * log_var).exp() * torch.randn_like(mu)


class VAE(nn.Module):
    """Pixels (B, D) -> q(z|x) = N(mu, exp(log_var)) -> z (B, J) -> decoder output."""

    def __init__(
        self,
        *,
        pixels: int,
        latents: int,
        likelihood: Likelihood,
        hidden: Sequence[int] = (256,),
    ) -> None:
        """ValueError for pixels, latents or a hidden size below 1."""
        super().__init__()
        _check_sizes(pixels, latents, hidden)
        self.pixels, self.latents = pixels, latents
        self.likelihood = likelihood
        self.config = dict(  # what builds this model again: see weights.save
            pixels=pixels, latents=latents, likelihood=likelihood, hidden=tuple(hidden)
        )
        self.encoder = mlp([pixels, *hidden, 2 * latents])
        self.decoder = mlp([latents, *reversed(hidden), likelihood.heads * pixels])

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x): (B, D) -> 2 x (B, J)."""
        _check_images(self, x)
        mu, log_var = self.encoder(x).chunk(2, dim=1)
        return mu, log_var

    def decode(self, z: Tensor) -> Tensor:
        """Decoder output, one row per code: (..., J) -> (..., heads * D)."""
        _check_codes(z, self.latents)
        return self.decoder(z)

    def reconstruct(self, x: Tensor) -> Tensor:
        """E[x | z = mu(x)]: (B, D) -> (B, D)."""
        return self.likelihood.mean(self.decode(self.encode(x)[0]))

    def sample(self, number: int) -> Tensor:
        """E[x | z] for z ~ N(0, I): (number, D)."""
        whole_numbers(number=number)
        weight = next(self.parameters())
        z = torch.randn(number, self.latents, device=weight.device, dtype=weight.dtype)
        return self.likelihood.mean(self.decode(z))


class Autoencoder(nn.Module):
    """Pixels (B, D) -> code z (B, J) -> decoder output: no distribution over z."""

    def __init__(
        self,
        *,
        pixels: int,
        latents: int,
        likelihood: Likelihood,
        hidden: Sequence[int] = (256,),
    ) -> None:
        """ValueError for pixels, latents or a hidden size below 1."""
        super().__init__()
        _check_sizes(pixels, latents, hidden)
        self.pixels, self.latents = pixels, latents
        self.likelihood = likelihood
        self.config = dict(  # what builds this model again: see weights.save
            pixels=pixels, latents=latents, likelihood=likelihood, hidden=tuple(hidden)
        )
        self.encoder = mlp([pixels, *hidden, latents])
        self.decoder = mlp([latents, *reversed(hidden), likelihood.heads * pixels])

    def encode(self, x: Tensor) -> Tensor:
        """The code: (B, D) -> (B, J)."""
        _check_images(self, x)
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """Decoder output, one row per code: (..., J) -> (..., heads * D)."""
        _check_codes(z, self.latents)
        return self.decoder(z)

    def reconstruct(self, x: Tensor) -> Tensor:
        """E[x | z = z(x)]: (B, D) -> (B, D)."""
        return self.likelihood.mean(self.decode(self.encode(x)))


def autoencoder_loss(model: Autoencoder, x: Tensor) -> dict[str, Tensor]:
    """The reconstruction, -log p(x | z(x)): nats per image, scalar."""
    return {"loss": model.likelihood.nll(model.decode(model.encode(x)), x).mean()}


def vae_loss(model: VAE, x: Tensor, *, beta: float = 1.0) -> dict[str, Tensor]:
    """-ELBO (for beta = 1), its reconstruction and its KL: nats per image, scalars."""
    mu, log_var = model.encode(x)
    output = model.decode(reparameterise(mu, log_var))
    reconstruction = model.likelihood.nll(output, x).mean()
    kl = kl_to_standard_normal(mu, log_var).sum(dim=1).mean()
    loss = reconstruction + beta * kl
    return {"loss": loss, "reconstruction": reconstruction, "kl": kl}


def whole_numbers(**settings: int) -> None:
    """ValueError unless each setting is a whole number of at least 1."""
    for name, value in settings.items():
        if not isinstance(value, Integral) or value < 1:
            raise ValueError(
                f"{name} must be a whole number of at least 1, got {value!r}"
            )


def _check_sizes(pixels: int, latents: int, hidden: Sequence[int]) -> None:
    whole_numbers(pixels=pixels, latents=latents)
    if not hidden or not all(isinstance(n, Integral) and n >= 1 for n in hidden):
        raise ValueError(
            f"hidden sizes must be whole numbers of at least 1, got {tuple(hidden)}"
        )


def _check_images(model: Any, x: Tensor) -> None:
    if x.ndim != 2 or x.shape[1] != model.pixels:
        raise ValueError(
            f"this model reads images of {model.pixels} pixels as (B, D),"
            f" got shape {tuple(x.shape)}"
        )
    expected = next(model.parameters()).dtype
    if x.dtype != expected:
        raise ValueError(
            f"this model reads images in {expected} with pixels in [0, 1],"
            f" got {x.dtype}"
        )


def _check_codes(z: Tensor, latents: int) -> None:
    if z.shape[-1] != latents:
        raise ValueError(
            f"this model has {latents} latents, got shape {tuple(z.shape)}"
        )
