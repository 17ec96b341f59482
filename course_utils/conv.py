"""A convolutional VAE with the interface of models.VAE: flat images in and out."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from course_utils.likelihoods import Likelihood
from course_utils.models import VAE, whole_numbers


class ConvVAE(VAE):
    """VAE with MLPs between convolutions: (B, H * W) -> z (B, J) -> (B, heads * D).

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
        maps = (2 * channels, height // 4, width // 4)
        super().__init__(
            pixels=maps[0] * maps[1] * maps[2],  # what the MLPs see: the maps
            latents=latents,
            likelihood=likelihood,
            hidden=hidden,
        )
        self.pixels, self.image_shape = height * width, (height, width)
        self.config = {
            "image_shape": (height, width),
            "latents": latents,
            "likelihood": likelihood,
            "channels": channels,
            "hidden": tuple(hidden),
        }
        heads = likelihood.heads
        self.encoder = nn.Sequential(
            nn.Unflatten(1, (1, height, width)),
            nn.Conv2d(1, channels, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            *self.encoder,
        )
        self.decoder = nn.Sequential(
            *self.decoder,
            nn.ReLU(),
            nn.Unflatten(1, (heads * maps[0], *maps[1:])),
            nn.ConvTranspose2d(heads * maps[0], channels, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(channels, heads, 4, stride=2, padding=1),
            nn.Flatten(),
        )
        # Faster on the CPU. PyTorch's stubs lack this overload.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def decode(self, z: Tensor) -> Tensor:
        """Decoder output, one row per code: (..., J) -> (..., heads * D)."""
        rows = super().decode(z.reshape(-1, z.shape[-1]))
        return rows.reshape(*z.shape[:-1], rows.shape[-1])
