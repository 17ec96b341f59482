"""Train the small VAEs behind course_utils.beta_widget: data/widget_models/.

python tools/widget_models.py      # about two minutes of one CPU core, no network

One model for each pair of a β and a number of latents, 64-128-latents, on
scikit-learn's digits with the Binomial(16) likelihood, stored in half precision.
"""

import os
from functools import partial
from pathlib import Path

# Trained numbers depend on the number of threads: one, everywhere.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import torch

from course_utils import weights
from course_utils.beta_widget import BETAS, FOLDER, LATENTS, file_name
from course_utils.data import Dataset, load
from course_utils.evaluation import report
from course_utils.models import VAE, vae_loss
from course_utils.training import fit

HIDDEN, EPOCHS, LR, BATCH, SEED = (128,), 300, 3e-3, 128, 0


def train(digits: Dataset, beta: float, latents: int, *, epochs: int = EPOCHS) -> VAE:
    """One model, its weights rounded to half precision, so that it is as stored."""
    torch.manual_seed(SEED)
    model = VAE(
        pixels=digits.pixels,
        latents=latents,
        likelihood=digits.likelihood,
        hidden=HIDDEN,
    )
    fit(
        model,
        digits.train_images,
        loss=partial(vae_loss, beta=beta),
        epochs=epochs,
        batch_size=BATCH,
        lr=LR,
        seed=SEED,
        device="cpu",
        cosine=True,
        progress=False,
    )
    return model.half().float()


def write(
    digits: Dataset, beta: float, latents: int, folder: Path, *, epochs: int = EPOCHS
) -> None:
    """Train one model and write its file and card into `folder`."""
    model = train(digits, beta, latents, epochs=epochs)
    scores = report(model, digits.test_images)
    card = {
        "data": "digits: scikit-learn's copy of the UCI set, 1437 train and 360 test",
        "binarisation": "grey: a pixel counts 0 to 16 dots, Binomial(16)",
        "beta": beta,
        "seed": SEED,
        "epochs": epochs,
        "optimiser": f"Adam {LR:g}, cosine to 0, batches of {BATCH}",
        "scores": scores,
        "script": "tools/widget_models.py",
        "licence": "of the data: CC BY 4.0, E. Alpaydin and C. Kaynak, UCI",
    }
    weights.save(folder / file_name(beta, latents), model, card, "float16")
    print(f"β {beta:5g}, {latents:2} latents: {scores}", flush=True)


def main() -> None:
    torch.set_num_threads(1)
    digits = load("digits")
    for beta in BETAS:
        for latents in LATENTS:
            write(digits, beta, latents, FOLDER)


if __name__ == "__main__":
    main()
