"""Train the models of lesson 13 and measure three seeds of them: data/latent_space.

python tools/latent_space.py      # about five minutes of one CPU core, no network

A VAE and an autoencoder, 784-256-20 and back, that share everything but noise and KL,
and a reader of digits (three small convolutional networks). Trained on the 6 000 digits
that ship with the course; stored in half precision with their cards. With other seeds
only the lesson's main figures are kept, in seeds.json.
"""

import json
import math
import os
from typing import Any

# Trained numbers depend on the number of threads: one, everywhere.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal
from torch.nn import functional as F

from course_utils import weights
from course_utils.bells import Bells
from course_utils.data import Dataset, load
from course_utils.evaluation import report
from course_utils.files import SHIPPED, write_atomically
from course_utils.models import (
    VAE,
    Autoencoder,
    autoencoder_loss,
    reparameterise,
    vae_loss,
)
from course_utils.reader import PATH, Reader, network
from course_utils.training import fit

FOLDER = SHIPPED / "latent_space"
NAMES: dict[Any, str] = {VAE: "vae-20", Autoencoder: "autoencoder-20"}
LOSSES: dict[Any, Any] = {VAE: vae_loss, Autoencoder: autoencoder_loss}
RECIPE: dict[str, Any] = dict(epochs=30, batch_size=128, lr=3e-3)
READER: dict[str, Any] = dict(epochs=12, batch_size=128, lr=3e-3)
SHIFT = 2  # pixels, at most: how far the reader's digits are moved at random
SEEDS = (0, 1, 2)
LICENCE = "CC BY-SA 3.0, that of MNIST by Y. LeCun, C. Cortes and C. J. C. Burges"
COMMON = {
    "data": "mnist_small, 6000 training images",
    "script": "tools/latent_space.py",
    "licence": LICENCE,
}


def train(kind: Any, digits: Dataset, seed: int) -> Any:
    """One model, its weights rounded to half precision, so that it is as stored."""
    torch.manual_seed(seed)
    likelihood = digits.likelihood
    model = kind(pixels=784, latents=20, likelihood=likelihood, hidden=(256,))
    fit(
        model,
        digits.train_images,
        loss=LOSSES[kind],
        prepare=digits.prepare,
        seed=seed,
        device="cpu",
        cosine=True,
        warm_up=0.1,
        progress=False,
        **RECIPE,
    )
    return model.half().float().eval()


def moved(images: Tensor) -> Tensor:
    """Digits (B, 784) moved at random, by less than SHIFT pixels each way."""
    places = torch.eye(2, 3).repeat(len(images), 1, 1)
    places[:, :, 2] = (2 * torch.rand(len(images), 2) - 1) * SHIFT / 14
    grid = F.affine_grid(places, [len(images), 1, 28, 28], align_corners=False)
    pictures = images.reshape(-1, 1, 28, 28)
    return F.grid_sample(pictures, grid, align_corners=False).flatten(1)


def train_reader(digits: Dataset) -> Reader:
    """Three networks that differ in their seed."""
    reader = Reader()
    for seed, one in enumerate(reader.networks):
        torch.manual_seed(seed)
        one.load_state_dict(network().state_dict())
        fit(
            one,
            digits.train_images,
            digits.train_labels,
            loss=lambda m, x, y: {"loss": F.cross_entropy(m(moved(x)), y)},
            seed=seed,
            device="cpu",
            cosine=True,
            progress=False,
            **READER,
        )
    return reader.half().float().eval()


@torch.no_grad()
def measure(vae: VAE, plain: Autoencoder, reader: Reader, digits: Dataset) -> Any:
    """What lesson 13 measures of seed 0, for any pair of models."""
    torch.manual_seed(0)
    test, labels = digits.test_images, digits.test_labels
    mu, _ = vae.encode(test)
    codes = reparameterise(*vae.encode(digits.train_images))
    unseen, own = reparameterise(*vae.encode(test)), plain.encode(digits.train_images)
    bell = {"VAE": gaussian(codes), "AE": gaussian(own)}
    twenty = {"VAE": Bells(20, codes), "AE": Bells(20, own)}
    prior = Normal(0.0, 1.0).log_prob(unseen).sum(1)
    each = Normal(codes.mean(0), codes.std(0)).log_prob(unseen).sum(1)
    many = twenty["VAE"].log_prob(unseen)
    judged = {
        "VAE, prior": decode(vae, torch.randn(2000, 20)),
        "VAE, twenty": decode(vae, twenty["VAE"].sample(2000)),
        "AE, one": decode(plain, bell["AE"].sample((2000,))),
        "AE, twenty": decode(plain, twenty["AE"].sample(2000)),
        "rebuilt": decode(vae, mu),
    }
    sure = {
        name: round((reader(x).amax(1) > 0.9).double().mean().item(), 3)
        for name, x in judged.items()
    }
    pairs = torch.randint(len(test), (1200, 2))
    a, b = mu[pairs[labels[pairs[:, 0]] != labels[pairs[:, 1]]][:600]].unbind(1)
    norms = a.norm(dim=1, keepdim=True), b.norm(dim=1, keepdim=True)
    middle = F.normalize(a / norms[0] + b / norms[1]) * (norms[0] + norms[1]) / 2
    halfway = {
        "pixels": (decode(vae, a) + decode(vae, b)) / 2,
        "straight": decode(vae, (a + b) / 2),
        "spherical": decode(vae, middle),
    }
    confidence = {name: reader(x).amax(1) for name, x in halfway.items()}
    difference = confidence["spherical"] - confidence["straight"]
    return {
        "-ELBO": round(report(vae, test)["negative_elbo"], 1),
        "KL at least": {
            "each latent by itself": round((each - prior).mean().item(), 2),
            "one Gaussian": round(
                (bell["VAE"].log_prob(unseen) - prior).mean().item(), 2
            ),
            "twenty Gaussians": round((many - prior).mean().item(), 2),
        },
        "over .9 sure": sure,
        "halfway, confidence": {
            name: round(value.mean().item(), 3) for name, value in confidence.items()
        },
        "spherical minus straight": [
            round(difference.mean().item(), 3),
            round(difference.std().item() / math.sqrt(len(difference)), 3),
        ],
    }


def gaussian(codes: Tensor) -> MultivariateNormal:
    return MultivariateNormal(codes.mean(0), torch.cov(codes.T))


def decode(model: Autoencoder, z: Tensor) -> Tensor:
    return model.likelihood.mean(model.decode(z))


def main() -> None:
    torch.set_num_threads(1)
    digits = load("mnist_small", binarisation="stochastic")
    grey = load("mnist_small")
    reader = train_reader(grey)
    with torch.no_grad():
        right = reader(grey.test_images).argmax(1) == grey.test_labels
    card = COMMON | READER | {"seeds": "0, 1, 2", "shift": SHIFT}
    card["scores"] = {"right": round(right.double().mean().item(), 4)}
    weights.save_tensors(PATH, reader.state_dict(), card, "float16")
    print(card["scores"], flush=True)
    found = {}
    for seed in SEEDS:
        pair = {kind: train(kind, digits, seed) for kind in NAMES}
        found[str(seed)] = measure(pair[VAE], pair[Autoencoder], reader, digits)
        print(seed, json.dumps(found[str(seed)]), flush=True)
        for kind, model in pair.items() if seed == 0 else ():
            card = COMMON | RECIPE | {"seed": seed, "binarisation": "stochastic"}
            card["schedule"] = "warm-up over a tenth of the steps, then a cosine"
            card["scores"] = report(model, digits.test_images)
            path = FOLDER / f"{NAMES[kind]}.safetensors"
            weights.save(path, model, card, "float16")
    settings = {"made by": "tools/latent_space.py, one thread", **RECIPE}
    text = json.dumps({"settings": settings, "seeds": found}, indent=1)
    write_atomically(FOLDER / "seeds.json", f"{text}\n".encode())


if __name__ == "__main__":
    main()
