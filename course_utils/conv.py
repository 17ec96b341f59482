"""A convolutional VAE with the interface of models: flat images."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from course_utils.checks import whole_numbers
from course_utils.likelihoods import Likelihood
from course_utils.models import VAE, mlp


class ConvVAE(VAE):
    """VAE with MLPs between convolutions: (B, H * W) -> q(z|x) -> z (B, J) -> output.

    Convolutions of stride 2 halve the image `halvings` times; the first gives
    `channels` maps, each further one twice as many; transposed ones undo it. Height
    and width must be multiples of 2 ** halvings.
    """

    def __init__(
        self,
        *,
        image_shape: tuple[int, int],
        latents: int,
        likelihood: Likelihood,
        channels: int = 16,
        halvings: int = 2,
        hidden: Sequence[int] = (256,),
    ) -> None:
        """ValueError for an image that cannot be halved so often or a size below 1."""
        whole_numbers(channels=channels, halvings=halvings)
        (height, width), step = image_shape, 2**halvings
        if min(height, width) < step or height % step or width % step:
            raise ValueError(
                f"height and width must be multiples of {step}, got {height} x {width}"
            )
        self.image_shape, self.channels = (height, width), channels
        self.halvings = halvings
        super().__init__(
            pixels=height * width,
            latents=latents,
            likelihood=likelihood,
            hidden=hidden,
        )
        del self.config["pixels"]
        self.config |= dict(
            image_shape=self.image_shape, channels=channels, halvings=halvings
        )
        # Faster on the CPU. PyTorch's stubs lack this overload.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def networks(self, hidden: Sequence[int]) -> tuple[nn.Sequential, nn.Sequential]:
        """Encoder (B, D) -> (B, heads * J), decoder (B, J) -> (B, heads * D)."""
        maps = [1, *(self.channels * 2**i for i in range(self.halvings))]
        h, w = (size // 2**self.halvings for size in self.image_shape)
        heads, last = self.likelihood.heads, maps[-1] * h * w
        down: list[nn.Module] = [nn.Unflatten(1, (1, *self.image_shape))]
        for before, after in pairwise(maps):
            down += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.ReLU()]
        code = mlp([last, *hidden, self.heads * self.latents])
        maps[0], maps[-1] = heads, heads * maps[-1]
        up: list[nn.Module] = [nn.Unflatten(1, (maps[-1], h, w))]
        for before, after in pairwise(reversed(maps)):
            up += [nn.ConvTranspose2d(before, after, 4, stride=2, padding=1), nn.ReLU()]
        widened = mlp([self.latents, *reversed(hidden), heads * last])
        encoder = nn.Sequential(*down, nn.Flatten(), *code)
        decoder = nn.Sequential(*widened, nn.ReLU(), *up[:-1], nn.Flatten())
        return encoder, decoder

    def decode(self, z: Tensor) -> Tensor:
        """Decoder output, one row per code: (..., J) -> (..., heads * D)."""
        rows = super().decode(z.reshape(-1, z.shape[-1]))
        return rows.reshape(*z.shape[:-1], rows.shape[-1])


def four_convolutions(width: int, maps: int) -> nn.Sequential:
    """Encoder (B, 784) -> (B, width) and decoder (B, width) -> (B, 784) logits.

    Each of four convolutions halves a 28 x 28 image, and four transposed ones undo it.
    """
    whole_numbers(width=width, maps=maps)
    a, b, c, d = (maps * 2**i for i in range(4))
    down, up = [(1, a), (a, b), (b, c), (c, d)], [(d, c, 4), (c, b, 3), (b, a, 4)]
    encoder: list[nn.Module] = [nn.Unflatten(1, (1, 28, 28))]
    for before, after in down:
        encoder += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.ReLU()]
    decoder = [nn.Linear(width, d * 2 * 2), nn.ReLU(), nn.Unflatten(1, (d, 2, 2))]
    for before, after, size in up:
        decoder.append(nn.ConvTranspose2d(before, after, size, stride=2, padding=1))
        decoder.append(nn.ReLU())
    decoder += [nn.ConvTranspose2d(a, 1, 4, stride=2, padding=1), nn.Flatten()]
    encoder += [nn.Flatten(), nn.Linear(d * 2 * 2, width)]
    return nn.Sequential(nn.Sequential(*encoder), nn.Sequential(*decoder))
