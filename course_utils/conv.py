"""A convolutional autoencoder and VAE with the interface of models: flat images."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from course_utils.checks import whole_numbers
from course_utils.likelihoods import Likelihood
from course_utils.models import VAE, Autoencoder, mlp


class ConvAutoencoder(Autoencoder):
    """Autoencoder with MLPs between convolutions: (B, H * W) -> z (B, J) -> output.

    Two convolutions of stride 2 halve the image twice, from 1 over `channels` to
    2 * channels maps; transposed ones undo it. Height and width must be multiples
    of 4.
    """

    def __init__(
        self,
        *,
        image_shape: tuple[int, int],
        latents: int,
        likelihood: Likelihood,
        channels: int = 16,
        hidden: Sequence[int] = (256,),
    ) -> None:
        """ValueError for an image that cannot be halved twice or a size below 1."""
        height, width = image_shape
        if min(height, width) < 4 or height % 4 or width % 4:
            raise ValueError(
                f"height and width must be multiples of 4, got {height} x {width}"
            )
        whole_numbers(channels=channels)
        self.image_shape, self.channels = (height, width), channels
        super().__init__(
            pixels=height * width,
            latents=latents,
            likelihood=likelihood,
            hidden=hidden,
        )
        del self.config["pixels"]
        self.config |= dict(image_shape=self.image_shape, channels=channels)
        # Faster on the CPU. PyTorch's stubs lack this overload.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def networks(self, hidden: Sequence[int]) -> tuple[nn.Sequential, nn.Sequential]:
        """Encoder (B, D) -> (B, heads * J), decoder (B, J) -> (B, heads * D)."""
        few, many, heads = self.channels, 2 * self.channels, self.likelihood.heads
        height, width = self.image_shape
        h, w = height // 4, width // 4
        code = mlp([many * h * w, *hidden, self.heads * self.latents])
        maps = mlp([self.latents, *reversed(hidden), heads * many * h * w])
        encoder = nn.Sequential(
            nn.Unflatten(1, (1, height, width)),
            nn.Conv2d(1, few, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(few, many, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            *code,
        )
        decoder = nn.Sequential(
            *maps,
            nn.ReLU(),
            nn.Unflatten(1, (heads * many, h, w)),
            nn.ConvTranspose2d(heads * many, few, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(few, heads, 4, stride=2, padding=1),
            nn.Flatten(),
        )
        return encoder, decoder

    def decode(self, z: Tensor) -> Tensor:
        """Decoder output, one row per code: (..., J) -> (..., heads * D)."""
        rows = super().decode(z.reshape(-1, z.shape[-1]))
        return rows.reshape(*z.shape[:-1], rows.shape[-1])


class ConvVAE(ConvAutoencoder, VAE):
    """A VAE with the networks of the convolutional autoencoder."""
