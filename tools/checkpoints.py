"""Train the models that the course ships, and store them with their cards.

python tools/checkpoints.py                     # all, into data/checkpoints
python tools/checkpoints.py mnist-vae-20        # one of them
python tools/checkpoints.py --seeds 3           # how far other seeds score differently

Each is stored as soon as it is trained, and not if that is interrupted: weights in
half precision if that costs less than 0.1 nats, scores of the weights as stored, on all
test images, and for a VAE the codes of the first test images. With --seeds no model is
stored, only the losses of further seeds, in data/seeds.json.
"""

import argparse
import copy
import json
import sys
import time
from typing import Any

import torch

from course_utils import data, weights
from course_utils.evaluation import report
from course_utils.files import SHIPPED, write_atomically
from course_utils.models import VAE, Autoencoder, autoencoder_loss, vae_loss
from course_utils.training import fit

FOLDER = SHIPPED / "checkpoints"
LICENCE = "CC BY-SA 3.0, that of MNIST by Y. LeCun, C. Cortes and C. J. C. Burges"
SEEDS = SHIPPED / "seeds.json"
NOISE = "what other seeds score, with one thread, is in data/seeds.json"
HALF_MAY_COST = 0.1  # nats
CODES = 3000  # of the first test images
RECIPE = ("seed", "epochs", "batch_size", "lr", "K")

SHARED: dict[str, Any] = dict(hidden=(512, 512), batch_size=128, lr=3e-3, seed=0)
MODELS: dict[str, dict[str, Any]] = {
    "mnist-vae-20": dict(
        kind=VAE, latents=20, binarisation="stochastic", epochs=15, K=500
    ),
    "mnist-vae-2": dict(kind=VAE, latents=2, binarisation="grey", epochs=24),
    "mnist-autoencoder-2": dict(
        kind=Autoencoder, latents=2, binarisation="grey", epochs=10
    ),
}


def train(settings: dict[str, Any], digits: data.Dataset) -> torch.nn.Module:
    """The trained model; its seed fixes the weights it starts from, too."""
    torch.manual_seed(settings["seed"])
    model = settings["kind"](
        pixels=digits.pixels,
        latents=settings["latents"],
        likelihood=digits.likelihood,
        hidden=settings["hidden"],
    )
    fit(
        model,
        digits.train_images,
        loss=vae_loss if settings["kind"] is VAE else autoencoder_loss,
        prepare=digits.prepare,
        cosine=True,
        warm_up=0.1,
        **{key: settings[key] for key in ("epochs", "batch_size", "lr", "seed")},
    )
    return model.cpu()


def test_loss(model: Any, digits: data.Dataset) -> float:
    """-ELBO of a VAE, reconstruction of an autoencoder: nats per test image."""
    scores = report(model, digits.test_images)
    return scores.get("negative_elbo", scores["reconstruction"])


def store(
    name: str, model: Any, settings: dict[str, Any], digits: data.Dataset
) -> None:
    """Weights, card and codes of one model, in FOLDER."""
    half = copy.deepcopy(model).half().float()
    cost = test_loss(half, digits) - test_loss(model, digits)
    dtype, kept = ("float16", half) if cost < HALF_MAY_COST else ("float32", model)
    common = {
        "data": f"mnist, {len(digits.train_images)} training images",
        "binarisation": digits.binarisation,
        "script": "tools/checkpoints.py",
        "licence": LICENCE,
    }
    recipe = {k: v for k, v in settings.items() if k in RECIPE}
    card = {
        **common,
        **recipe,
        "schedule": "warm-up over a tenth of the steps, then a cosine",
        "noise": NOISE,
        "half precision costs (nats)": round(cost, 3),
        "scores": report(kept, digits.test_images, K=settings.get("K")),
    }
    path = FOLDER / f"{name}.safetensors"
    weights.save(path, kept, card, dtype)
    print(json.dumps(card["scores"], indent=1, ensure_ascii=False))
    if isinstance(kept, VAE):
        with torch.no_grad():
            mu, log_var = kept.encode(digits.test_images[:CODES])
        labels = digits.test_labels[:CODES]
        weights.save_tensors(
            FOLDER / f"{name}-codes.safetensors",
            {"mu": mu, "log_var": log_var, "labels": labels},
            common
            | {"data": f"mnist, the first {CODES} test images", "model": path.name},
            "float16",
        )


def other_seeds(names: list[str], number: int) -> None:
    """Losses of seeds 1 to `number` in nats per image, all test images, to SEEDS."""
    torch.set_num_threads(1)
    found: dict[str, Any] = json.loads(SEEDS.read_text()) if SEEDS.exists() else {}
    found["made by"] = "tools/checkpoints.py --seeds, one thread, weights in float32"
    for name in names:
        settings = SHARED | MODELS[name]
        digits = data.load("mnist", binarisation=settings["binarisation"])
        losses = {}
        for seed in range(1, number + 1):
            model = train({**settings, "seed": seed}, digits)
            losses[str(seed)] = round(test_loss(model, digits), 2)
            print(f"{name}, seed {seed}: {losses[str(seed)]}", flush=True)
        found[name] = losses
        write_atomically(SEEDS, f"{json.dumps(found, indent=1)}\n".encode())


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="train and store the models")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(MODELS)}; else all")
    parser.add_argument(
        "--seeds", type=int, metavar="N", help="only the losses of seeds 1 to N"
    )
    parsed = parser.parse_args(arguments)
    chosen = parsed.names or list(MODELS)
    for unknown in set(chosen) - set(MODELS):
        parser.error(f"unknown model {unknown!r}; known: {', '.join(MODELS)}")
    if parsed.seeds is not None:
        other_seeds(chosen, parsed.seeds)
        return
    for name in chosen:
        settings = SHARED | MODELS[name]
        digits = data.load("mnist", binarisation=settings["binarisation"])
        start = time.perf_counter(), time.process_time()
        model = train(settings, digits)
        wall, cpu = time.perf_counter() - start[0], time.process_time() - start[1]
        print(f"{name}: trained in {wall:.0f} s, {cpu:.0f} s of processor time")
        store(name, model, settings, digits)


if __name__ == "__main__":
    main(sys.argv[1:])
