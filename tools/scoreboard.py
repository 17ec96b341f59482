"""Train and score four VAEs on MNIST, and store the rows in data/scoreboard.json.

python tools/scoreboard.py                  # all four rows, one after the other
python tools/scoreboard.py --only conv-20   # this row again; the others stay

Each row is stored as soon as it is finished, so an interrupt costs one row. The
whole takes about half an hour of one CPU core. MNIST is fetched, or read from the
folder in VAE_COURSE_CACHE.
"""

import argparse
import json
import os
import platform
import time
from typing import Any

# Trained numbers depend on the number of threads: one, everywhere.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import numpy
import torch

from course_utils.conv import ConvVAE
from course_utils.data import Dataset, load
from course_utils.evaluation import report
from course_utils.files import SHIPPED, write_atomically
from course_utils.models import VAE, vae_loss
from course_utils.training import fit

FILE = SHIPPED / "scoreboard.json"
ROWS = ("mlp-2", "mlp-20", "conv-2", "conv-20")
HIDDEN = {"mlp": (512, 512), "conv": (256,)}
CHANNELS = 16
EPOCHS, LR, BATCH, SEED, K = 20, 2e-3, 128, 0, 500


def build(name: str, data: Dataset) -> VAE:
    """The untrained model of a row, e.g. "conv-20": 20 latents."""
    kind, latents = name.split("-")
    shared: dict[str, Any] = {
        "latents": int(latents),
        "likelihood": data.likelihood,
        "hidden": HIDDEN[kind],
    }
    if kind == "mlp":
        return VAE(pixels=data.pixels, **shared)
    return ConvVAE(image_shape=data.image_shape, channels=CHANNELS, **shared)


def describe(name: str) -> str:
    """The architecture of a row in words; the decoder mirrors it."""
    kind = name.split("-")[0]
    mlp = " and ".join(str(size) for size in HIDDEN[kind])
    if kind == "mlp":
        return f"MLP, hidden layers of {mlp} ReLU"
    maps = f"{CHANNELS} and {2 * CHANNELS} maps"
    return f"two 4x4 convolutions of stride 2 to {maps}, then a hidden layer of {mlp}"


def score(name: str, data: Dataset) -> dict[str, Any]:
    """Train one model and evaluate it on all test images: its row, nats per image."""
    torch.manual_seed(SEED)
    model = build(name, data)
    start = time.process_time()
    fit(
        model,
        data.train_images,
        loss=vae_loss,
        epochs=EPOCHS,
        batch_size=BATCH,
        lr=LR,
        seed=SEED,
        device="cpu",
        prepare=data.prepare,
        cosine=True,
    )
    trained = time.process_time()
    scores = report(model, data.test_images, K=K, seed=SEED)
    return {
        "name": name,
        "architecture": describe(name),
        "latents": model.latents,
        "parameters": sum(weights.numel() for weights in model.parameters()),
        **scores,
        "settings": {
            "data": data.name,
            "binarisation": data.binarisation,
            "likelihood": data.likelihood.name,
            "train_images": len(data.train_images),
            "test_images": len(data.test_images),
            "epochs": EPOCHS,
            "optimiser": "Adam, cosine to 0",
            "lr": LR,
            "batch_size": BATCH,
            "beta": 1,
            "seed": SEED,
            "K": K,
        },
        "cpu_seconds": {
            "training": round(trained - start),
            "evaluation": round(time.process_time() - trained),
        },
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": numpy.__version__,
        },
        "hardware": f"{platform.machine()}, 1 thread",
    }


def store(row: dict[str, Any]) -> None:
    """Put `row` in the place of the row of its name, in one step.

    ValueError for a number that is NaN or infinite: such a row is not stored.
    """
    rows = json.loads(FILE.read_text(encoding="utf-8"))["rows"] if FILE.exists() else []
    by_name = {old["name"]: old for old in rows} | {row["name"]: row}
    board = {
        "unit": "nats per image, sums over pixels and latents, natural logarithm",
        "script": "tools/scoreboard.py",
        "rows": [by_name[name] for name in ROWS if name in by_name],
    }
    text = json.dumps(board, indent=2, ensure_ascii=False, allow_nan=False)
    write_atomically(FILE, f"{text}\n".encode())


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Score four VAEs on MNIST.")
    parser.add_argument("--only", choices=ROWS, metavar="NAME", help=", ".join(ROWS))
    only = parser.parse_args(arguments).only
    torch.set_num_threads(1)
    data = load("mnist", binarisation="stochastic")
    for name in [only] if only else ROWS:
        row = score(name, data)
        store(row)
        print(
            f"{name:8} -ELBO {row['negative_elbo']:.2f} ± {row['standard_error']:.2f}"
            f"  IW-NLL {row['iw_nll']:.2f}  active {row['active_units']}"
        )


if __name__ == "__main__":
    main()
