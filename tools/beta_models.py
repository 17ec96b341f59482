"""Train the VAEs of lesson 12, one for each weight β on the KL: data/beta_models/.

python tools/beta_models.py      # about two minutes of one CPU core, no network

784-128-16 on the 6 000 digits that ship, drawn black or white afresh in each epoch;
stored in half precision.
"""

import os
from functools import partial
from pathlib import Path
from typing import Any

# Trained numbers depend on the number of threads: one, everywhere.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import torch
from pad_models import BATCH, LR, SEED, trained

from course_utils import weights
from course_utils.beta_widget import BETAS, FOLDER, file_name
from course_utils.data import Dataset, load
from course_utils.evaluation import report
from course_utils.models import VAE, vae_loss

HIDDEN, LATENTS, EPOCHS, WARM_UP = (128,), 16, 40, 0.1


def train(digits: Dataset, beta: float, *, epochs: int = EPOCHS) -> VAE:
    """One model, its weights rounded to half precision, so that it is as stored."""
    sizes: Any = dict(pixels=digits.pixels, latents=LATENTS, hidden=HIDDEN)
    make = partial(VAE, likelihood=digits.likelihood, **sizes)
    return trained(make, partial(vae_loss, beta=beta), digits, epochs, WARM_UP)


def write(digits: Dataset, beta: float, folder: Path, *, epochs: int = EPOCHS) -> None:
    """Train one model and write its file and card into `folder`."""
    model = train(digits, beta, epochs=epochs)
    scores = report(model, digits.test_images)
    card = {
        "data": f"{digits.name}: the first 6 000 training digits of MNIST",
        "binarisation": "stochastic: afresh in each epoch, test digits once",
        "beta": beta,
        "seed": SEED,
        "epochs": epochs,
        "optimiser": f"Adam {LR:g}, warm-up over a tenth of the steps, then cosine"
        f" to 0, batches of {BATCH}",
        "scores": scores,
        "script": "tools/beta_models.py",
        "licence": "of the data: CC BY-SA 3.0, Y. LeCun, C. Cortes, C. J. C. Burges",
    }
    weights.save(folder / file_name(beta), model, card, "float16")
    print(f"β {beta:5g}: {scores}", flush=True)


def main() -> None:
    torch.set_num_threads(1)
    digits = load("mnist_small", binarisation="stochastic")
    for beta in BETAS:
        write(digits, beta, FOLDER)


if __name__ == "__main__":
    main()
