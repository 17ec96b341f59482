"""Train the faces' VAE, store weights, codes and what was measured on photographs.

python tools/faces.py                          # Olivetti, into data/faces
python tools/faces.py --celeba DIR --out DIR   # the same from CelebA, for your own use

About 200 seconds of processor time a model; there are two: the one that ships has seen
every face, the other has not seen eight people and says what 400 faces are too few for.
No photograph is stored, only what was computed from photographs.
"""

import argparse
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from course_utils import celeba, faces, weights
from course_utils.conv import ConvVAE
from course_utils.files import SHIPPED, write_atomically
from course_utils.likelihoods import Gaussian
from course_utils.models import kl_to_standard_normal, reparameterise
from course_utils.training import fit

RECIPE: dict[str, Any] = dict(epochs=115, batch_size=8, lr=1.5e-3, seed=0)
NETWORK: dict[str, Any] = dict(latents=48, channels=28, halvings=4, hidden=())
FOLDS = 5  # of people, for the judges of glasses
LICENCE = "free for research, with credit to AT&T Laboratories Cambridge"


def mirrored(x: Tensor) -> Tensor:
    """Each picture (N, D), or with probability one half its mirror image."""
    pictures = x.unflatten(1, faces.SHAPE)
    turned = torch.rand(len(x), 1, 1, device=x.device) < 0.5
    return torch.where(turned, pictures.flip(2), pictures).flatten(1)


def loss(model: Any, x: Tensor) -> dict[str, Tensor]:
    """-ELBO in nats per image, with p(x|z) = N(decoder's mean, sigma^2), one sigma."""
    mu, log_var = model.encode(x)
    mean, log_sigma = model.decode(reparameterise(mu, log_var)), model.log_sigma
    errors = (x - mean) ** 2 / (2 * (2 * log_sigma).exp())
    nll = (errors + log_sigma + 0.5 * math.log(2 * math.pi)).sum(1).mean()
    kl = kl_to_standard_normal(mu, log_var).sum(1).mean()
    return {"loss": nll + kl, "reconstruction": nll, "kl": kl}


def train(photographs: Tensor, **settings: Any) -> tuple[ConvVAE, float, Any]:
    """The model, its sigma and its History."""
    torch.manual_seed(RECIPE["seed"])
    model = ConvVAE(
        image_shape=faces.SHAPE, likelihood=Gaussian(learnt=False), **NETWORK
    )
    model.log_sigma = nn.Parameter(torch.tensor(-1.5))
    recipe = {**RECIPE, "prepare": mirrored, "cosine": True, "warm_up": 0.1, **settings}
    history = fit(model, photographs, loss=loss, **recipe)
    sigma = model.log_sigma.detach().exp().item()
    del model.log_sigma
    return model.cpu(), sigma, history


def judged(scores: Tensor, glasses: Tensor) -> dict[str, float]:
    """How well scores (N,) tell glasses: AUC, shares at the threshold 0."""
    said, auc = scores > 0, roc_auc_score(glasses.numpy(), scores.numpy())
    shares = {
        "right": said == glasses,
        "wearers said to wear them": said[glasses],
        "others said to wear them": said[~glasses],
    }
    rounded = {name: round(v.float().mean().item(), 3) for name, v in shares.items()}
    return {"AUC": round(float(auc), 3), **rounded}


def rebuilt(model: ConvVAE, x: Tensor, sigma: float) -> dict[str, float]:
    """Root of the mean squared error a pixel, and -ELBO in nats; z drawn once."""
    model.log_sigma = torch.tensor(math.log(sigma))
    with torch.no_grad():
        torch.manual_seed(0)
        decoded = model.decode(reparameterise(*model.encode(x)))
        error = (decoded - x).pow(2).mean().sqrt().item()
        torch.manual_seed(0)
        bound = loss(model, x)["loss"].item()
    del model.log_sigma
    return {"error": round(error, 4), "-ELBO (nats)": round(bound)}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--celeba", type=Path, help="a folder with CelebA")
    parser.add_argument("--people", type=int, default=400, help="of CelebA")
    parser.add_argument("--out", type=Path, default=SHIPPED / "faces")
    chosen = parser.parse_args(arguments)
    if chosen.celeba:
        x, person, glasses = celeba.read(chosen.celeba, people=chosen.people)
        origin, licence = "CelebA", "for your own research: see CelebA's terms"
    else:
        torch.set_num_threads(1)
        x, person, glasses = faces.olivetti()
        origin, licence = "Olivetti faces, 400 photographs", LICENCE
    start = time.process_time()
    model, sigma, history = train(x)
    print(f"sigma {sigma:.4f}, {time.process_time() - start:.0f} s of processor time")
    fold = person % FOLDS
    strange = fold == FOLDS - 1  # the people that the second model never sees
    small, small_sigma, _ = train(x[~strange])
    card = {
        "data": origin,
        "licence": licence,
        "script": "tools/faces.py",
        "recipe": {**RECIPE, "mirrored at random": True, "schedule": "cosine"},
        "sigma": sigma,
        "last epoch": {k: round(v[-1], 1) for k, v in history.train.items()},
    }
    model = model.half().float()
    weights.save(chosen.out / "vae.safetensors", model, card, "float16")
    trained = faces.judges(x.unflatten(1, faces.SHAPE), glasses, fold)
    first = [int((person == p).nonzero()[0]) for p in person[strange].unique()[:8]]
    with torch.no_grad():
        mu, log_var = model.encode(x)
        unseen = torch.stack([m.reconstruct(x[first]) for m in (model, small)])
    tensors = {"mu": mu, "log_var": log_var, "judges": trained, "unseen": unseen}
    labels = {"person": person, "glasses": glasses.long(), "fold": fold}
    weights.save_tensors(
        chosen.out / "codes.safetensors", tensors | labels, card, "float16"
    )
    trained = trained.half().float()
    scores = (faces.grey_contrast(x) * trained[fold, :-1]).sum(1) + trained[fold, -1]
    measured = {
        "made by": "tools/faces.py, one thread, one run",
        "glasses on photographs of people new to the judge": judged(scores, glasses),
        "a VAE that has seen 32 people": {
            "people seen": len(person[~strange].unique()),
            "sigma": round(small_sigma, 4),
            "on people it has seen": rebuilt(small, x[~strange], small_sigma),
            "on people it has not": rebuilt(small, x[strange], small_sigma),
        },
        "the VAE that ships": rebuilt(model, x, sigma),
    }
    text = f"{json.dumps(measured, indent=1)}\n"
    write_atomically(chosen.out / "measured.json", text.encode())
    print(text)


if __name__ == "__main__":
    main(sys.argv[1:])
