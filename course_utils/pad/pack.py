"""Everything that the pad's page needs, as the bytes of one safetensors file.

Weights are rounded to half precision first and everything is computed with those, so
page and torch agree to about 1e-6.
"""

import copy
import json
from pathlib import Path
from typing import Any

import torch
from numpy.polynomial.hermite_e import hermegauss
from safetensors.torch import save as tensor_bytes
from torch import Tensor
from torch.nn.functional import softplus

from course_utils.data import Dataset
from course_utils.files import SHIPPED
from course_utils.models import VAE, Autoencoder, kl_to_standard_normal
from course_utils.pad.drawing import EXAMPLES, LITTLE_INK
from course_utils.pad.maps import HOLE, class_colours, empty, words

FILES = {
    VAE: SHIPPED / "pad-vae.safetensors",
    Autoencoder: SHIPPED / "pad-autoencoder.safetensors",
}
STATIC = Path(__file__).resolve().parents[1] / "static"
PAPER = {"light": "#ffffff", "dark": "#1b1e22"}  # as in static/pad.css
NODES = 5  # of Gauss and Hermite, in each of the two directions


def rounded(model: Any, kind: type[VAE] | type[Autoencoder]) -> Any:
    """A copy of the model whose weights were rounded to half precision.

    ValueError if the pad cannot show it: it needs 2 latents, 28 x 28 pixels, a
    decoder that states one chance of ink per pixel, and finite weights.
    """
    name = type(model).__name__
    if type(model) is not kind:
        raise ValueError(f"the pad needs a {kind.__name__} here, got a {name}")
    if model.latents != 2:
        raise ValueError(f"the pad needs 2 latents, this {name} has {model.latents}")
    if model.pixels != 784:
        raise ValueError(f"the pad needs 784 pixels, this {name} has {model.pixels}")
    if model.likelihood.name not in ("Bernoulli", "grey cross-entropy"):
        raise ValueError(f"the pad draws chances of ink, not {model.likelihood.name}")
    half = copy.deepcopy(model).cpu().half().float().eval()
    for key, value in half.state_dict().items():
        if not torch.isfinite(value).all():
            raise ValueError(f"the {name}'s {key} holds NaN or infinite weights")
    return half


@torch.no_grad()
def costs(vae: VAE, images: Tensor) -> tuple[Tensor, Tensor]:
    """-ELBO in two parts, reconstruction and KL: (N, 784) in [0, 1] -> 2 x (N,) nats.

    The mean over q(z|x) is a sum over 25 nodes, without chance. A grey pixel is the
    chance of ink: the reconstruction is the mean over all draws of the pixels.
    """
    mu, log_var = vae.encode(images)
    sigma = (0.5 * log_var).exp()
    nodes, weights = (torch.tensor(a, dtype=images.dtype) for a in hermegauss(NODES))
    weights = weights / weights.sum()
    total = torch.zeros(len(images))
    for first, a in zip(nodes, weights, strict=True):
        for second, b in zip(nodes, weights, strict=True):
            logits = vae.decode(mu + sigma * torch.stack([first, second]))
            total += a * b * (softplus(logits) - images * logits).sum(1)
    return total, kl_to_standard_normal(mu, log_var).sum(1)


@torch.no_grad()
def pack(vae: VAE, autoencoder: Autoencoder, digits: Dataset) -> bytes:
    """What the page needs to know of both models; ValueError as for `rounded`.

    The autoencoder's codes are shifted and scaled so that those of the training digits
    have mean 0 and spread 1: one point can then move on both maps.
    """
    vae, autoencoder = rounded(vae, VAE), rounded(autoencoder, Autoencoder)
    own = autoencoder.encode(digits.train_images)
    mean, spread = own.mean(0), own.std(0)
    if not (spread > 0).all():
        raise ValueError("the autoencoder gives all training digits the same code")
    codes = {
        "vae.train": vae.encode(digits.train_images)[0],
        "vae.test": vae.encode(digits.test_images)[0],
        "autoencoder.train": (own - mean) / spread,
        "autoencoder.test": (autoencoder.encode(digits.test_images) - mean) / spread,
    }
    units = {"vae": ([0, 0], [1, 1]), "autoencoder": (mean.tolist(), spread.tolist())}
    bare = {name: empty(codes[f"{name}.train"].numpy()) for name in units}
    reconstruction, kl = costs(vae, digits.test_images)
    nodes, weights = hermegauss(NODES)
    meta = {
        "unit": dict(zip(("mean", "spread"), units["autoencoder"], strict=True)),
        "hole": HOLE,
        "words": {
            name: words(
                codes[f"{name}.train"].numpy(),
                codes[f"{name}.test"].numpy(),
                digits.test_labels.numpy(),
                *unit,
                "±2 of the prior" if name == "vae" else "the same box",
            )
            for name, unit in units.items()
        },
        "least_ink": float(digits.test_images.sum(1).min()),
        "little_ink": LITTLE_INK,
        "nodes": {"at": nodes.tolist(), "weights": (weights / weights.sum()).tolist()},
        "colours": {look: class_colours(paper) for look, paper in PAPER.items()},
        "examples": EXAMPLES,
        "markup": (STATIC / "pad.html")
        .read_text(encoding="utf-8")
        .format(
            number=f"{len(digits.test_images):,}".replace(",", " "),
            empty=f"{100 * bare['autoencoder']:.2g} %",
            empty_vae=f"{100 * bare['vae']:.1g} %",
        ),
    }
    tensors = {f"vae.{name}": t.half() for name, t in vae.state_dict().items()}
    for name, t in autoencoder.decoder.state_dict().items():
        tensors[f"autoencoder.decoder.{name}"] = t.half()
    tensors |= {name: t.half() for name, t in codes.items()}
    tensors["labels"] = digits.test_labels.to(torch.uint8)
    tensors["costs"] = (reconstruction + kl).sort().values
    return tensor_bytes(tensors, metadata={"pad": json.dumps(meta)})
