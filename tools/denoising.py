"""Train what lesson 06 shows and is too slow to train in it: data/denoising/.

python tools/denoising.py              # all: about ten minutes of one CPU core
python tools/denoising.py widget       # the two models behind the noise slider
python tools/denoising.py filters      # filters over noise levels, photographs, seeds
python tools/denoising.py stack        # does denoising pre-training help a classifier?

No network: the digits that ship with the course and scikit-learn's two photographs.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

# Trained numbers depend on the number of threads: one, everywhere.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import rotate
from sklearn.datasets import load_sample_images
from torch import Tensor, nn

from course_utils import weights
from course_utils.corruption import KINDS, corrupt
from course_utils.data import load
from course_utils.figures.filters import half_weight_pixels, neighbour_correlation
from course_utils.files import SHIPPED, write_atomically
from course_utils.models import Autoencoder
from course_utils.training import fit

FOLDER = SHIPPED / "denoising"
SEEDS = 0, 1, 2
HARDEST = {"zero mask": 0.75, "salt and pepper": 0.5, "Gaussian": 0.75}
LEVELS = 0.0, 0.1, 0.2, 0.25, 0.5  # shares of the pixels set to zero
FOLLOWED = 8  # units 0 to 7, drawn at every level
PATCHES, SIDE, SMOOTHING = 60_000, 12, 0.05
EXTREME = 3  # of a patch with contrast 1: black and white, for salt and pepper
PHOTO_NOISE = {
    "none": ("Gaussian", 0.0),
    "salt and pepper 10 %": ("salt and pepper", 0.1),
    "Gaussian 1": ("Gaussian", 1.0),
    "Gaussian 2": ("Gaussian", 2.0),
}
UNITS, DEPTHS, EPOCHS_BEFORE = 200, (1, 2, 3), 15
EPOCHS_AFTER = 40  # for every depth; the deepest goes on, to see who is only slow
LONGER = 10, 20, 40, 80, 160
METHODS = {"none": None, "plain": 0.0, "denoising": 0.25}


class Tied(nn.Module):
    """A sigmoid layer and its transpose, as in the lesson: (B, D) -> (B, D)."""

    def __init__(self, pixels: int, units: int, width: float = 1.0) -> None:
        """Weights uniform in `width` times Xavier's range, biases 0."""
        super().__init__()
        most = width * (6 / (pixels + units)) ** 0.5
        self.filters = nn.Parameter(torch.empty(units, pixels).uniform_(-most, most))
        self.b = nn.Parameter(torch.zeros(units))
        self.c = nn.Parameter(torch.zeros(pixels))

    def encode(self, x: Tensor) -> Tensor:
        """The hidden layer: (B, D) -> (B, K)."""
        return torch.sigmoid(x @ self.filters.T + self.b)

    def forward(self, x: Tensor) -> Tensor:
        """Its reconstruction, before a sigmoid if the error has one."""
        return self.encode(x) @ self.filters + self.c


def cross_entropy(output: Tensor, clean: Tensor) -> Tensor:
    """Nats per image, summed over the pixels; `output` before the sigmoid."""
    return F.binary_cross_entropy_with_logits(output, clean, reduction="none").sum(1)


def squared(output: Tensor, clean: Tensor) -> Tensor:
    """Squared error, summed over the pixels."""
    return ((output - clean) ** 2).sum(1)


def denoising_loss(spoil: Callable, error: Callable) -> Callable:
    """loss(model, clean) that compares what a spoiled copy gives with `clean`."""
    return lambda model, clean: {"loss": error(model(spoil(clean)), clean).mean()}


def tied_digits(images: Tensor, rate: float, seed: int) -> Tied:
    """100 tied units on digits whose pixels are set to zero at `rate`."""
    torch.manual_seed(seed)
    model = Tied(images.shape[1], 100)
    loss = denoising_loss(lambda x: corrupt(x, "zero mask", rate), cross_entropy)
    options: dict[str, Any] = dict(
        epochs=20, batch_size=64, lr=2e-2, cosine=True, seed=seed
    )
    fit(model, images, loss=loss, device="cpu", progress=False, **options)
    return model


def patches(number: int = PATCHES, seed: int = 0) -> Tensor:
    """Patches (N, 144) of the photographs, each to mean 0 and contrast about 1."""
    rng, cut = np.random.default_rng(seed), []
    for photo in load_sample_images().images:
        grey = photo.mean(axis=2) / 255
        windows = np.lib.stride_tricks.sliding_window_view(grey, (SIDE, SIDE))
        high, wide = windows.shape[:2]
        rows, columns = (rng.integers(n, size=number // 2) for n in (high, wide))
        cut.append(windows[rows, columns].reshape(-1, SIDE * SIDE))
    x = np.concatenate(cut)
    x = x - x.mean(axis=1, keepdims=True)
    x = x / np.sqrt(x.var(axis=1, keepdims=True) + SMOOTHING**2)
    return torch.tensor(x, dtype=torch.float32)


def tied_patches(x: Tensor, kind: str, level: float, seed: int) -> Tied:
    """100 tied units on patches of photographs, with squared error."""
    torch.manual_seed(seed)
    model = Tied(x.shape[1], 100, width=0.1)

    def spoil(clean: Tensor) -> Tensor:
        if kind == "Gaussian":
            return corrupt(clean, kind, level)
        unit = clean / (2 * EXTREME) + 0.5  # corrupt knows pixels in [0, 1]
        return (corrupt(unit, kind, level) - 0.5) * (2 * EXTREME)

    options: dict[str, Any] = dict(
        epochs=20, batch_size=256, lr=1e-2, cosine=True, seed=seed
    )
    loss = denoising_loss(spoil, squared)
    fit(model, x, loss=loss, device="cpu", progress=False, **options)
    return model


def convolutional(images: Tensor, labels: Tensor, epochs: int) -> Tensor:
    """First-layer filters (16, 9, 9) of a small network that classifies digits."""
    torch.manual_seed(0)
    first = nn.Conv2d(1, 16, 9)
    head = nn.Sequential(nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(), nn.Linear(400, 10))
    model = nn.Sequential(nn.Unflatten(1, (1, 28, 28)), first, head)

    def loss(model: nn.Module, x: Tensor, y: Tensor) -> dict[str, Tensor]:
        return {"loss": F.cross_entropy(model(x), y)}

    if epochs:
        options: dict[str, Any] = dict(
            epochs=epochs, batch_size=64, lr=2e-3, cosine=True
        )
        fit(model, images, labels, loss=loss, device="cpu", progress=False, **options)
    return first.weight.detach()[:, 0]


def filters() -> None:
    """Filters of one seed, and the two measures of every filter of three seeds."""
    digits = load("mnist_small")
    stored, measured = {}, {}
    for seed in SEEDS:
        for rate in LEVELS:
            f = tied_digits(digits.train_images, rate, seed).filters.detach()
            f = f.view(-1, *digits.image_shape)
            measured[f"digits, {rate:g}, seed {seed}"] = half_weight_pixels(f).tolist()
            if seed == 0:
                stored[f"digits {rate:g}"] = f[:FOLLOWED]
        x = patches()
        for name, (kind, level) in PHOTO_NOISE.items():
            f = tied_patches(x, kind, level, seed).filters.detach().view(-1, SIDE, SIDE)
            values = neighbour_correlation(f).round(4)
            measured[f"photographs, {name}, seed {seed}"] = values.tolist()
            if seed == 0:
                stored[f"photographs {name}"] = f
        print(f"filters of seed {seed} done", flush=True)
    for epochs in (0, 10):
        f = convolutional(digits.train_images, digits.train_labels, epochs)
        stored[f"convolution {epochs}"] = f
    card = {
        "what": "filters of tied sigmoid layers with 100 units, and of a convolution",
        "digits": f"units 0 to {FOLLOWED - 1} at each share of erased pixels, seed 0",
        "photographs": f"{PATCHES} patches of scikit-learn's two, 12x12, seed 0",
        "script": "tools/denoising.py",
    }
    weights.save_tensors(FOLDER / "filters.safetensors", stored, card, "float16")
    write_json("measures.json", measured)


def widget() -> None:
    """The two models behind the slider: one saw spoiled digits, one never did."""
    digits = load("mnist_small")

    def spoil(clean: Tensor) -> Tensor:
        kind = KINDS[int(torch.randint(len(KINDS), ()))]
        return corrupt(clean, kind, HARDEST[kind] * float(torch.rand(())))

    for name, change in {"denoiser": spoil, "plain": lambda clean: clean}.items():
        torch.manual_seed(0)
        model = Autoencoder(
            pixels=digits.pixels,
            latents=64,
            likelihood=digits.likelihood,
            hidden=(128,),
        )

        def loss(model: Autoencoder, clean: Tensor) -> dict[str, Tensor]:
            output = model.decode(model.encode(change(clean)))  # noqa: B023
            return {"loss": model.likelihood.nll(output, clean).mean()}

        options: dict[str, Any] = dict(epochs=40, batch_size=128, lr=2e-3, cosine=True)
        fit(
            model,
            digits.train_images,
            loss=loss,
            device="cpu",
            progress=False,
            **options,
        )
        card = {
            "data": "mnist_small: 6000 grey digits",
            "noise": f"each batch one kind, level up to {HARDEST}"
            if name == "denoiser"
            else "none",
            "optimiser": "Adam 2e-3, cosine to 0, batches of 128, 40 epochs, seed 0",
            "script": "tools/denoising.py",
        }
        weights.save(FOLDER / f"{name}.safetensors", model, card, "float16")
        print(f"{name} done", flush=True)


def on_photographs(images: Tensor, left: bool, seed: int) -> Tensor:
    """Digits (N, 784), turned by any angle, as ink on patches of the photographs.

    `left`: the patches come from the left three quarters of the photographs, else
    from the rest, so that no test picture has a background seen in training.
    """
    rng, made = np.random.default_rng(seed), []
    photos = [p.mean(axis=2) / 255 for p in load_sample_images().images]
    for digit in images.view(-1, 28, 28).numpy():
        photo = photos[rng.integers(2)]
        edge = 3 * photo.shape[1] // 4
        photo = photo[:, :edge] if left else photo[:, edge:]
        row, column = (rng.integers(n - 28) for n in photo.shape)
        paper = 0.6 * (1 - photo[row : row + 28, column : column + 28])
        turned = rotate(digit, rng.uniform(0, 360), reshape=False, order=1)
        made.append(turned + (1 - turned) * paper)
    made = np.clip(np.array(made), 0, 1).reshape(-1, 784)
    return torch.tensor(made, dtype=torch.float32)


def pretrained(images: Tensor, rate: float, seed: int) -> list[Tied]:
    """Tied layers, each trained on the codes of the one before, spoiled at `rate`."""
    layers, x = [], images
    for _ in DEPTHS:
        torch.manual_seed(seed)
        layer = Tied(x.shape[1], UNITS, width=4)
        loss = denoising_loss(lambda x: corrupt(x, "zero mask", rate), cross_entropy)
        options: dict[str, Any] = dict(
            epochs=EPOCHS_BEFORE, batch_size=64, lr=1e-3, seed=seed
        )
        fit(layer, x, loss=loss, device="cpu", progress=False, **options)
        layers.append(layer)
        x = layer.encode(x).detach()
    return layers


def classifier(depth: int, seed: int, layers: list[Tied] | None) -> nn.Sequential:
    """784 pixels through sigmoid layers to ten classes; `layers` give the weights."""
    torch.manual_seed(seed)
    parts: list[nn.Module] = []
    for i in range(depth):
        source = layers[i] if layers else Tied(784 if i == 0 else UNITS, UNITS, width=4)
        linear = nn.Linear(source.filters.shape[1], UNITS)
        linear.load_state_dict({"weight": source.filters, "bias": source.b})
        parts += [linear, nn.Sigmoid()]
    last = nn.Linear(UNITS, 10)
    nn.init.zeros_(last.weight)
    return nn.Sequential(*parts, last)


def stack() -> None:
    """Test errors after 0 or `depth` pre-trained layers, and the pictures to show.

    stack.json: "depth" and "epochs" (at the greatest depth) -> first weights -> number
    -> the error of each seed.
    """
    digits = load("mnist_small")
    x = on_photographs(digits.train_images, left=True, seed=0)
    t = on_photographs(digits.test_images, left=False, seed=1)
    (x, held), (y, held_y) = (
        x.split([5000, 1000]),
        digits.train_labels.split([5000, 1000]),
    )

    def loss(model: nn.Module, x: Tensor, y: Tensor) -> dict[str, Tensor]:
        return {"loss": F.cross_entropy(model(x), y)}

    def errors(model: nn.Module) -> Tensor:
        pairs = (held, held_y), (t, digits.test_labels)
        return torch.stack([(model(a).argmax(1) != b).float().mean() for a, b in pairs])

    found: dict[str, Any] = {
        "depth": {name: {str(d): [] for d in DEPTHS} for name in METHODS},
        "epochs": {name: {str(n): [] for n in LONGER} for name in METHODS},
    }
    for name, rate in METHODS.items():
        for seed in SEEDS:
            layers = None if rate is None else pretrained(x, rate, seed)
            for depth in DEPTHS:
                model = classifier(depth, seed, layers)
                epochs = LONGER[-1] if depth == DEPTHS[-1] else EPOCHS_AFTER
                options: dict[str, Any] = dict(
                    epochs=epochs, batch_size=64, lr=1e-3, seed=seed
                )
                history = fit(
                    model,
                    x,
                    y,
                    loss=loss,
                    watch=errors,
                    device="cpu",
                    progress=False,
                    **options,
                )
                watched = torch.stack(list(history.watched))

                def chosen(epochs: int, watched: Tensor = watched) -> float:
                    best = watched[: epochs + 1, 0].argmin()  # not by the test set
                    return round(float(watched[best, 1]), 4)

                found["depth"][name][str(depth)].append(chosen(EPOCHS_AFTER))
                for n in LONGER if depth == DEPTHS[-1] else ():
                    found["epochs"][name][str(n)].append(chosen(n))
                print(name, depth, seed, chosen(epochs), flush=True)
    write_json("stack.json", found)
    card = {"what": "the first 20 training pictures", "script": "tools/denoising.py"}
    weights.save_tensors(
        FOLDER / "rotated.safetensors", {"train": x[:20]}, card, "float16"
    )


def write_json(name: str, content: dict) -> None:
    write_atomically(FOLDER / name, (json.dumps(content) + "\n").encode())


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    parts = {"widget": widget, "filters": filters, "stack": stack}
    for name in names or parts:
        if name not in parts:
            raise SystemExit(f"unknown part {name!r}; known: {', '.join(parts)}")
        parts[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
