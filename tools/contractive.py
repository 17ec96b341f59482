"""What lesson 07 compares over seeds, and the models behind its slider of λ.

python tools/contractive.py      # about five minutes of one CPU core, no network

Everything is trained on the 6000 digits that come with the course, grey, with Adam at
one learning rate. data/contractive/filters.json: ten ways to train a tied layer, three
seeds each, or one with 1000 units; and two ways on digits of which half bear a mark.
data/contractive/lambdas.safetensors: a model with 64 units for each λ.
"""

import json
import os

# Trained numbers depend on the number of threads: one, everywhere.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import torch
from torch import Tensor

from course_utils.contractive import (
    OTHER,
    REAL,
    TiedAutoencoder,
    contractive_loss,
    cross_entropy,
    pushes,
    squared_jacobian,
)
from course_utils.data import Dataset, load
from course_utils.figures.filters import half_weight_pixels
from course_utils.files import SHIPPED, write_atomically
from course_utils.judging import Loss
from course_utils.training import fit
from course_utils.weights import save_tensors

FOLDER = SHIPPED / "contractive"
EPOCHS, BATCH, LR, UNITS, SEEDS = 12, 64, 1e-2, 144, (0, 1, 2)
LAMBDAS, SLIDER_UNITS, SLIDER_EPOCHS = (0.0, 0.3, 1.0, 3.0, 10.0, 100.0), 64, 15
MARK = 20  # pixels
SETTINGS = f"Adam {LR:g}, batches of {BATCH}, {{}} epochs, 6000 grey digits"
Parts = dict[str, Tensor]


def plain(model: TiedAutoencoder, x: Tensor) -> Parts:
    return contractive_loss(model, x, lam=0)


def contractive(model: TiedAutoencoder, x: Tensor) -> Parts:
    return contractive_loss(model, x, lam=1)


def masking(model: TiedAutoencoder, x: Tensor) -> Parts:
    seen = x * (torch.rand_like(x) >= 0.5)
    return {"loss": cross_entropy(model.decode(model.encode(seen)), x)}


def gaussian(model: TiedAutoencoder, x: Tensor) -> Parts:
    seen = x + 0.5 * torch.randn_like(x)
    return {"loss": cross_entropy(model.decode(model.encode(seen)), x)}


def stochastic(model: TiedAutoencoder, x: Tensor) -> Parts:
    h, pushed = model.encode(x), model.encode(x + 0.1 * torch.randn_like(x))
    penalty = ((pushed - h) ** 2).sum(dim=1).mean()
    return {"loss": cross_entropy(model.decode(h), x) + 100 * penalty}


def decay(model: TiedAutoencoder, x: Tensor) -> Parts:
    small = 0.0125 * (model.W**2).sum()
    return {"loss": cross_entropy(model.decode(model.encode(x)), x) + small}


# name: loss, units, and the width of the start in units of the usual one
WAYS = {
    "plain": (plain, UNITS, 1.0),
    "denoising, half the pixels erased": (masking, UNITS, 1.0),
    "denoising, Gaussian 0.5": (gaussian, UNITS, 1.0),
    "stochastic": (stochastic, UNITS, 1.0),
    "contractive": (contractive, UNITS, 1.0),
    "weight decay": (decay, UNITS, 1.0),
    "plain, start four times as wide": (plain, UNITS, 4.0),
    "contractive, the same wide start": (contractive, UNITS, 4.0),
    "plain, 1000 units": (plain, 1000, 1.0),
    "contractive, 1000 units": (contractive, 1000, 1.0),
}


def train(
    images: Tensor,
    loss: Loss,
    units: int = UNITS,
    start: float = 1.0,
    seed: int = 0,
    epochs: int = EPOCHS,
) -> TiedAutoencoder:
    """One tied layer, trained."""
    torch.manual_seed(seed)
    model = TiedAutoencoder(images.shape[1], units, start)
    fit(
        model,
        images,
        loss=loss,
        epochs=epochs,
        batch_size=BATCH,
        lr=LR,
        seed=seed,
        device="cpu",
        progress=False,
    )
    return model


@torch.no_grad()
def scores(model: TiedAutoencoder, digits: Dataset) -> dict[str, float]:
    """What is compared: on the 1000 test digits, or the first 200 of them."""
    x = digits.test_images
    h, few = model.encode(x), x[:200]
    slopes = h[:200] * (1 - h[:200])
    directions = torch.linalg.svd(slopes[:, :, None] * model.W, full_matrices=False)
    felt, real = directions.S, pushes(few)
    left = (felt**2).cumsum(1) / (felt**2).sum(1, keepdim=True)
    strongest = directions.Vh[:, :20]
    inside = {
        name: (strongest @ push[:, :, None]).square().sum((1, 2)).mean().item()
        for name, push in real.items()
    }
    moved = {
        name: (model.encode(few + push) - h[:200]).norm(dim=1).mean().item()
        for name, push in real.items()
    }
    ragged = half_weight_pixels(model.W.reshape(-1, *digits.image_shape))
    found = {
        "reconstruction": cross_entropy(model.decode(h), x).item(),
        "squared_jacobian": squared_jacobian(h, model.W).mean().item(),
        "directions_of_90_percent": ((left < 0.9).sum(1) + 1).float().median().item(),
        "percent_of_real_changes_in_20": 100 * sum(inside[n] for n in REAL) / len(REAL),
        "felt_of_real_changes": sum(moved[n] for n in REAL) / len(REAL),
        **{f"felt_{name}": moved[name] for name in OTHER},
        "pixels_of_half_the_weight": float(torch.tensor(ragged).float().median()),
        "units_in_use": int((h.std(dim=0) > 0.05).sum()),
        "squared_weights_of_a_unit": (model.W**2).sum(dim=1).mean().item(),
    }
    found = {name: round(value, 4) for name, value in found.items()}
    ratio = found["felt_of_real_changes"] / found["felt_speckled"]
    return found | {"real_over_speckle": round(ratio, 4)}


def compare(digits: Dataset) -> list[dict]:
    """Every way with every seed: settings and scores."""
    rows = []
    for name, (loss, units, start) in WAYS.items():
        for seed in SEEDS if units == UNITS else SEEDS[:1]:
            model = train(digits.train_images, loss, units, start, seed)
            found = scores(model, digits)
            rows.append({"way": name, "units": units, "seed": seed, **found})
            print(rows[-1], flush=True)
    return rows


def reverse(images: Tensor, mark: Tensor) -> Tensor:
    """The pictures with the pixels of a mark turned from x to 1 - x."""
    marked = images.clone()
    marked[:, mark] = 1 - marked[:, mark]
    return marked


@torch.no_grad()
def felt(model: TiedAutoencoder, x: Tensor, mark: Tensor) -> float:
    """How far a push of length 1 towards the mark moves the code, on the mean."""
    push = reverse(x, mark) - x
    push = push / push.norm(dim=1, keepdim=True)
    return (model.encode(x + push) - model.encode(x)).norm(dim=1).mean().item()


def marks(digits: Dataset) -> list[dict]:
    """Half of the digits bear a mark and are redrawn with it: how is it felt?

    A mark are 20 pixels anywhere; it is compared with 20 marks that no digit bears.
    """
    rows, few = [], digits.test_images[:200]
    for seed in SEEDS:
        draws = torch.Generator().manual_seed(seed)
        mark, *others = [
            torch.randperm(digits.pixels, generator=draws)[:MARK] for _ in range(21)
        ]
        marked = torch.rand(len(digits.train_images), 1, generator=draws) < 0.5
        clean = digits.train_images
        images = torch.where(marked, reverse(clean, mark), clean)
        for loss in (plain, contractive):
            model = train(images, loss, seed=seed)
            found = {
                "felt_of_the_mark": felt(model, few, mark),
                "felt_of_other_marks": sum(felt(model, few, m) for m in others) / 20,
            }
            rounded = {name: round(value, 4) for name, value in found.items()}
            rows.append({"way": loss.__name__, "seed": seed, **rounded})
            print(rows[-1], flush=True)
    return rows


def slider(digits: Dataset) -> tuple[dict[str, Tensor], list[dict]]:
    """A small model for each λ, rounded as it is stored: weights and scores."""
    models, rows = [], []
    for lam in LAMBDAS:

        def loss(model: TiedAutoencoder, x: Tensor, lam: float = lam) -> Parts:
            return contractive_loss(model, x, lam=lam)

        model = train(digits.train_images, loss, SLIDER_UNITS, epochs=SLIDER_EPOCHS)
        model = model.half().float()
        models.append(model.state_dict())
        rows.append({"lambda": lam, **scores(model, digits)})
        print(rows[-1], flush=True)
    names = models[0].keys()
    return {name: torch.stack([m[name] for m in models]) for name in names}, rows


def main() -> None:
    torch.set_num_threads(1)
    digits = load("mnist_small")
    rows, marked = compare(digits), marks(digits)
    tensors, lambdas = slider(digits)
    card = {
        "data": "MNIST, first 6000 training digits, grey",
        "training": f"{SETTINGS.format(SLIDER_EPOCHS)}, {SLIDER_UNITS} units, seed 0",
        "lambdas": LAMBDAS,
        "scores": lambdas,
        "script": "tools/contractive.py",
        "licence": "of the data: CC BY-SA 3.0, Y. LeCun and C. Cortes",
    }
    table: dict = {"training": SETTINGS.format(EPOCHS)}
    table |= {"script": "tools/contractive.py", "rows": rows, "marks": marked}
    text = json.dumps(table, indent=1) + "\n"
    write_atomically(FOLDER / "filters.json", text.encode())
    save_tensors(FOLDER / "lambdas.safetensors", tensors, card, "float16")


if __name__ == "__main__":
    main()
