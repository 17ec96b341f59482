"""Train the two models behind the latent pad: data/pad-vae and data/pad-autoencoder.

python tools/pad_models.py      # about a minute of one CPU core, no network

784-256-128-2 and back, on the 6 000 digits that ship with the course, pixels drawn
black or white afresh in each epoch. Stored in half precision with their cards.
"""

import os
from functools import partial
from typing import Any

# Trained numbers depend on the number of threads: one, everywhere.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import torch

from course_utils import weights
from course_utils.data import Dataset, load
from course_utils.evaluation import report
from course_utils.models import VAE, Autoencoder, autoencoder_loss, vae_loss
from course_utils.pad.pack import FILES
from course_utils.training import fit

HIDDEN, LATENTS, EPOCHS, BATCH, LR, WARM_UP, SEED = (256, 128), 2, 60, 128, 3e-3, 0.1, 0
LOSSES: dict[Any, Any] = {VAE: vae_loss, Autoencoder: autoencoder_loss}
LICENCE = "CC BY-SA 3.0, that of MNIST by Y. LeCun, C. Cortes and C. J. C. Burges"


def trained(make: Any, loss: Any, digits: Dataset, epochs: int, warm_up: float) -> Any:
    """The model that `make()` gives, trained, and rounded to half precision as stored.

    Seed 0, batches of 128, Adam with a cosine from 3e-3, on the CPU.
    """
    torch.manual_seed(SEED)
    model = make()
    fit(
        model,
        digits.train_images,
        loss=loss,
        epochs=epochs,
        batch_size=BATCH,
        lr=LR,
        seed=SEED,
        device="cpu",
        prepare=digits.prepare,
        cosine=True,
        warm_up=warm_up,
        progress=False,
    )
    return model.half().float()


def train(kind: Any, digits: Dataset, *, epochs: int = EPOCHS) -> VAE | Autoencoder:
    """One of the pad's models."""
    sizes: Any = dict(pixels=digits.pixels, latents=LATENTS, hidden=HIDDEN)
    make = partial(kind, likelihood=digits.likelihood, **sizes)
    return trained(make, LOSSES[kind], digits, epochs, WARM_UP)


def main() -> None:
    torch.set_num_threads(1)
    digits = load("mnist_small", binarisation="stochastic")
    for kind, path in FILES.items():
        model = train(kind, digits)
        card = {
            "data": "mnist_small: the first 6 000 training digits of MNIST",
            "binarisation": "stochastic: afresh in each epoch, test digits once",
            "seed": SEED,
            "epochs": EPOCHS,
            "optimiser": f"Adam {LR:g}, warm-up over a tenth of the steps, then cosine"
            f" to 0, batches of {BATCH}",
            "scores": report(model, digits.test_images),
            "script": "tools/pad_models.py",
            "licence": f"of the data: {LICENCE}",
        }
        weights.save(path, model, card, "float16")
        print(path.name, card["scores"], flush=True)


if __name__ == "__main__":
    main()
