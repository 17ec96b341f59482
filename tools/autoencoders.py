"""The longer computations of notebook 05, stored small in data/autoencoders.

python tools/autoencoders.py [squeeze] [depth] [odd] [stack] [labels]

Each result is one JSON file with the settings that made it, an entry for each seed;
`squeeze` also stores its pictures. One thread, so that a second run gives the same.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from course_utils.conv import four_convolutions
from course_utils.data import load
from course_utils.files import SHIPPED, write_atomically
from course_utils.models import Autoencoder, autoencoder_loss
from course_utils.reader import load_reader
from course_utils.training import fit

FOLDER = SHIPPED / "autoencoders"
WIDTHS = [1, 2, 4, 8, 16, 32, 64]
SEEDS = [0, 1, 2, 3, 4]
MAPS = 16  # of the first convolution
LONG: dict[str, Any] = dict(epochs=40, batch_size=64, lr=2e-3, cosine=True)
LONGER: dict[str, Any] = dict(epochs=120, seeds=[0, 1])
SHORT: dict[str, Any] = dict(epochs=15, batch_size=128, lr=3e-3, cosine=True)

digits = load("mnist_small")
train, test = digits.train_images, digits.test_images
labels, test_labels = digits.train_labels, digits.test_labels


def autoencoder(
    images: Tensor, width: int, hidden: tuple[int, ...], seed: int, **settings: Any
) -> Autoencoder:
    """One trained on `images`; the seed fixes its first weights, too."""
    torch.manual_seed(seed)
    model = Autoencoder(
        pixels=digits.pixels, latents=width, likelihood=digits.likelihood, hidden=hidden
    )
    fit(model, images, loss=autoencoder_loss, seed=seed, **settings)
    return model


@torch.no_grad()
def redrawn(model: Autoencoder, images: Tensor) -> Tensor:
    """What comes back for each image."""
    return model.reconstruct(images)


def error(model: Autoencoder) -> float:
    """Mean squared error per pixel over the test images."""
    return round(mse_loss(redrawn(model, test), test).item(), 5)


def by_pca(width: int) -> Tensor:
    """The test images redrawn from PCA's numbers."""
    middle = train.mean(0)
    axes = torch.linalg.eigh(torch.cov(train.T))[1][:, -width:]
    return (middle + (test - middle) @ axes @ axes.T).clamp(0, 1)


def squeeze() -> dict[str, Any]:
    """Ten digits through each width; the error; for 64 numbers, how epochs matter.

    `read` is the share of the redrawn test digits that the reader reads right.
    """
    ten = [int((test_labels == c).nonzero()[0]) for c in range(10)]
    pictures, errors, reader = [], [], load_reader()
    read: dict[str, Any] = dict(digit=accuracy(reader), PCA=[], autoencoder=[])
    for width in WIDTHS:
        seeds = SEEDS[:3] if width in (2, 8, 64) else SEEDS[:1]
        models = [autoencoder(train, width, (256,), s, **LONG) for s in seeds]
        errors.append([error(m) for m in models])
        read["PCA"].append(accuracy(reader, by_pca(width)))
        read["autoencoder"].append(accuracy(reader, redrawn(models[0], test)))
        pictures.append(redrawn(models[0], test[ten]).reshape(10, 28, 28))
    stored = (255 * torch.stack(pictures)).round().to(torch.uint8).numpy()
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / "squeeze.npz", pictures=stored, test_images=ten)
    by_epochs = {
        epochs: error(autoencoder(train, 64, (256,), 0, **LONG | {"epochs": epochs}))
        for epochs in (10, 20, 80)
    }
    by_epochs[LONG["epochs"]] = errors[-1][0]
    settings = dict(hidden=[256], **LONG)
    found = dict(widths=WIDTHS, errors=errors, read=read, at_64=by_epochs)
    return dict(settings=settings, **found)


def conv_loss(network: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Cross-entropy of grey pixels, in nats per image."""
    return {"loss": digits.likelihood.nll(network(x), x).mean()}


def depth() -> dict[str, Any]:
    """More layers on either side of a code of 8 numbers, and convolutions.

    `longer` has the errors after three times as many epochs, for two of the seeds.
    """
    longer: dict[str, list[float]] = {}
    errors: dict[str, list[float]] = {}
    weights: dict[str, int] = {}
    for hidden in ((256,), (256, 128), (256, 128, 64), "convolutions"):
        name = hidden if isinstance(hidden, str) else "-".join(map(str, hidden))
        errors[name] = []
        for seed in SEEDS[:3]:
            model: nn.Module
            if isinstance(hidden, str):
                torch.manual_seed(seed)
                model = four_convolutions(8, MAPS)
                fit(model, train, loss=conv_loss, seed=seed, **LONG)
                with torch.no_grad():
                    found = mse_loss(model(test).sigmoid(), test).item()
                errors[name].append(round(found, 5))
            else:
                model = autoencoder(train, 8, hidden, seed, **LONG)
                errors[name].append(error(model))
                if seed in LONGER["seeds"]:
                    patient: dict[str, Any] = LONG | {"epochs": LONGER["epochs"]}
                    model = autoencoder(train, 8, hidden, seed, **patient)
                    longer.setdefault(name, []).append(error(model))
        weights[name] = sum(p.numel() for p in model.parameters())
    settings: dict[str, Any] = dict(width=8, maps=MAPS, **LONG, longer=LONGER)
    results = dict(weights=weights, errors=errors, longer=longer)
    return dict(settings=settings, seeds=SEEDS[:3], **results)


def odd() -> dict[str, Any]:
    """Train without one digit; does its reconstruction error give it away? (AUC)"""
    auc = []
    for digit in range(10):
        normal = train[labels != digit]
        strange = (test_labels == digit).numpy()
        row = []
        for seed in SEEDS[:3]:
            model = autoencoder(normal, 16, (256,), seed, **SHORT)
            score = ((redrawn(model, test) - test) ** 2).sum(1)
            row.append(round(float(roc_auc_score(strange, score)), 4))
        auc.append(row)
    settings = dict(width=16, hidden=[256], **SHORT)
    return dict(settings=settings, seeds=SEEDS[:3], auc=auc)


def classify(network: nn.Module, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """The loss of a classifier: nats per image."""
    return {"loss": cross_entropy(network(x), y)}


def accuracy(network: Callable[[Tensor], Tensor], images: Tensor = test) -> float:
    """Share of the test digits that are read right."""
    with torch.no_grad():
        right = network(images).argmax(1) == test_labels
    return round(right.float().mean().item(), 4)


def copy_loss(network: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Squared error of a layer and its decoder: summed over units, mean over images."""
    return {"loss": ((network(x) - x) ** 2).sum(1).mean()}


def choose(number: int, seed: int) -> Tensor:
    """As many training digits of each class, number in all; which, the seed says."""
    generator = torch.Generator().manual_seed(seed)
    shuffled = torch.randperm(len(train), generator=generator)
    each = [shuffled[labels[shuffled] == c][: number // 10] for c in range(10)]
    return torch.cat(each)


def fresh(sizes: list[int]) -> list[nn.Linear]:
    """Layers with torch's first weights."""
    return [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:], strict=False)]


def stack() -> dict[str, Any]:
    """Greedy layers from the input side, then all of them tuned; against no such start.

    Both starts get the same labels, steps and learning rate.
    """
    sizes = [784, 256, 128, 64]
    greedy: dict[str, Any] = dict(epochs=10, lr=2e-3, cosine=True)
    tuning = {100: 100, 1000: 30, 6000: 10}  # labels: epochs
    losses: list[list[list[float]]] = []
    scores: dict[str, dict[int, list[float]]] = {"random": {}, "stacked": {}}
    for seed in SEEDS:
        torch.manual_seed(seed)
        layers, first = fresh(sizes), train
        losses.append([])
        for layer in layers:
            pair = nn.Sequential(layer, nn.ReLU(), nn.Linear(*layer.weight.shape))
            history = fit(pair, first, loss=copy_loss, seed=seed, **greedy)
            variance = first.var(dim=0, correction=0).sum().item()
            shares = [value / variance for value in history.train["loss"]]
            losses[-1].append([round(share, 4) for share in shares])
            first = pair[:2](first).detach()
        for name in scores:
            for number, epochs in tuning.items():
                torch.manual_seed(seed)
                start = fresh(sizes)
                if name == "stacked":
                    for new, old in zip(start, layers, strict=True):
                        new.load_state_dict(old.state_dict())
                head = nn.Linear(sizes[-1], 10)
                hidden = [part for layer in start for part in (layer, nn.ReLU())]
                network = nn.Sequential(*hidden, head)
                some = choose(number, seed)
                data = train[some], labels[some]
                fit(
                    network,
                    *data,
                    loss=classify,
                    epochs=epochs,
                    batch_size=50,
                    lr=1e-3,
                    seed=seed,
                    cosine=True,
                )
                scores[name].setdefault(number, []).append(accuracy(network))
    settings = dict(sizes=sizes, greedy=greedy, tuning=tuning, batch_size=50, lr=1e-3)
    return dict(settings=settings, seeds=SEEDS, losses=losses, accuracy=scores)


def few_labels() -> dict[str, Any]:
    """A classifier from 10, 50 or 100 labels: on pixels, PCA's or learnt codes."""
    middle = train.mean(0)
    axes = torch.linalg.eigh(torch.cov(train.T))[1][:, -16:]
    scores: dict[str, dict[int, list[float]]] = {}
    for seed in SEEDS:
        model = autoencoder(train, 16, (256,), seed, **SHORT)
        with torch.no_grad():
            inputs = {
                "pixels": (train, test),
                "PCA": ((train - middle) @ axes, (test - middle) @ axes),
                "code": (model.encode(train), model.encode(test)),
            }
        for number in (10, 50, 100):
            some = choose(number, seed)
            for name, (known, asked) in inputs.items():
                shift, scale = known.mean(0), known.std(0) if name != "pixels" else 1
                reader = LogisticRegression(max_iter=2000)
                reader.fit((known[some] - shift) / scale, labels[some])
                score = reader.score((asked - shift) / scale, test_labels)
                scores.setdefault(name, {}).setdefault(number, []).append(score)
            torch.manual_seed(seed)
            network = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
            data = train[some], labels[some]
            fit(network, *data, loss=classify, epochs=100, lr=1e-3, seed=seed)
            score = accuracy(network)
            scores.setdefault("network", {}).setdefault(number, []).append(score)
    settings = dict(width=16, hidden=[256], **SHORT, network="784-256-10, 100 epochs")
    return dict(settings=settings, seeds=SEEDS, accuracy=scores)


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    jobs = dict(squeeze=squeeze, depth=depth, odd=odd, stack=stack, labels=few_labels)
    for name in names or jobs:
        text = json.dumps(jobs[name](), indent=1)
        write_atomically(FOLDER / f"{name}.json", (text + "\n").encode())
        print(f"{name}: stored", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
