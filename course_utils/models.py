"""The course's autoencoder and VAE, as its notebooks build them."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from course_utils.checks import whole_numbers
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


class Autoencoder(nn.Module):
    """Pixels (B, D) -> code z (B, J) -> decoder output: no distribution over z.

    The decoder mirrors the encoder. Without hidden layers both are linear.
    """

    heads = 1  # numbers that the encoder gives for each latent

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
        whole_numbers(pixels=pixels, latents=latents)
        for size in hidden:
            whole_numbers(hidden=size)
        self.pixels, self.latents = pixels, latents
        self.likelihood = likelihood
        self.config = dict(  # what builds this model again: see weights.save
            pixels=pixels, latents=latents, likelihood=likelihood, hidden=tuple(hidden)
        )
        self.encoder, self.decoder = self.networks(hidden)

    def networks(self, hidden: Sequence[int]) -> tuple[nn.Sequential, nn.Sequential]:
        """Encoder (B, D) -> (B, heads * J), decoder (..., J) -> (..., heads * D)."""
        return (
            mlp([self.pixels, *hidden, self.heads * self.latents]),
            mlp([self.latents, *reversed(hidden), self.likelihood.heads * self.pixels]),
        )

    def encode(self, x: Tensor) -> Tensor:
        """The code: (B, D) -> (B, J)."""
        if x.ndim != 2 or x.shape[1] != self.pixels:
            raise ValueError(
                f"this model reads images of {self.pixels} pixels as (B, D),"
                f" got shape {tuple(x.shape)}"
            )
        self._check_dtype(x)
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """Decoder output, one row per code: (..., J) -> (..., heads * D)."""
        if z.shape[-1:] != (self.latents,):
            raise ValueError(
                f"this model has {self.latents} latents, got shape {tuple(z.shape)}"
            )
        self._check_dtype(z)
        return self.decoder(z)

    def reconstruct(self, x: Tensor) -> Tensor:
        """E[x | z = z(x)]: (B, D) -> (B, D)."""
        return self.likelihood.mean(self.decode(self.encode(x)))

    def _check_dtype(self, values: Tensor) -> None:
        expected, device = next(self.parameters()).dtype, values.device.type
        if values.dtype != expected and not torch.is_autocast_enabled(device):
            raise ValueError(f"this model computes in {expected}, got {values.dtype}")


class VAE(Autoencoder):
    """Pixels (B, D) -> q(z|x) = N(mu, exp(log_var)) -> z (B, J) -> decoder output."""

    heads = 2

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """Mean and log-variance of q(z|x): (B, D) -> 2 x (B, J)."""
        mu, log_var = super().encode(x).chunk(2, dim=1)
        return mu, log_var

    def reconstruct(self, x: Tensor) -> Tensor:
        """E[x | z = mu(x)]: (B, D) -> (B, D)."""
        return self.likelihood.mean(self.decode(self.encode(x)[0]))

    def sample(self, number: int) -> Tensor:
        """E[x | z] for z ~ N(0, I): (number, D)."""
        whole_numbers(number=number)
        weight = next(self.parameters())
        z = torch.randn(number, self.latents, device=weight.device, dtype=weight.dtype)
        return self.likelihood.mean(self.decode(z))


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
