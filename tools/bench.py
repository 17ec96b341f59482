"""How fast the course's training loop is, against the usual one and the bound.

python tools/bench.py                      # the whole run: printed, and in .cache
python tools/bench.py --store              # kept in data/bench.json as well
python tools/bench.py --images 7680 --epochs 2 --rounds 1                # a look

On MNIST with grey pixels and the VAE 784-400-20-400-784, in one process, in turns:
(a) the way everyone starts: a DataLoader that turns one PIL picture at a time into a
    tensor, a sigmoid and its cross-entropy, Adam 1e-3, batches of 128, .item() a step;
(b) the course's loop, `training.fit`, with the batch and the rate that suit it best;
    (b128) with the batches of (a);
(c) the bound: nothing but the matrix products of an epoch, in the batches of (b).
All in float32. To reach, on two threads: (b) comes to the loss that (a) has after ten
epochs at least 5 times sooner, and takes at most twice as long as (c).
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import PIL
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from course_utils import data, evaluation
from course_utils.likelihoods import GreyCrossEntropy
from course_utils.models import VAE, vae_loss
from course_utils.training import fit

ROOT = Path(__file__).resolve().parents[1]
CACHED, STORED = ROOT / ".cache" / "bench.json", ROOT / "data" / "bench.json"
PIXELS, HIDDEN, LATENTS, BATCH = 784, 400, 20, 128
EPOCHS = 10  # after which (a)'s loss is the one to reach
COURSE: dict[str, dict[str, Any]] = {
    "b": dict(epochs=5, batch_size=256, lr=1.4e-2, warm_up=0.4, cosine=True),
    "b128": dict(epochs=4, batch_size=BATCH, lr=8e-3, warm_up=0.3, cosine=True),
}
CLOCKS = ("wall", "cpu")
Log = dict[str, dict[str, list[float]]]


class Pictures(Dataset[tuple[Tensor, int]]):
    """MNIST as torchvision has it: bytes (N, 28, 28), one PIL picture at a time."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        """Images (N, 784) in [0, 1], labels (N,)."""
        self.data = (images * 255).round().to(torch.uint8).view(-1, 28, 28)
        self.targets = labels

    def __len__(self) -> int:
        """N."""
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """A picture (1, 28, 28) in [0, 1] and its label."""
        picture, label = self.data[index], int(self.targets[index])
        return to_tensor(Image.fromarray(picture.numpy())), label


def to_tensor(picture: Image.Image) -> Tensor:
    """What torchvision's ToTensor does with a grey picture."""
    pixels = torch.from_numpy(np.array(picture, np.uint8, copy=True))
    pixels = pixels.view(picture.size[1], picture.size[0], len(picture.getbands()))
    return pixels.permute((2, 0, 1)).contiguous().to(torch.float32).div(255)


class UsualVAE(nn.Module):
    """The example that most first VAEs are copied from."""

    def __init__(self) -> None:
        """784-400-20-400-784."""
        super().__init__()
        self.fc1 = nn.Linear(PIXELS, HIDDEN)
        self.fc21 = nn.Linear(HIDDEN, LATENTS)
        self.fc22 = nn.Linear(HIDDEN, LATENTS)
        self.fc3 = nn.Linear(LATENTS, HIDDEN)
        self.fc4 = nn.Linear(HIDDEN, PIXELS)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Probabilities of the pixels (B, 784), mu and log_var (B, 20)."""
        h = F.relu(self.fc1(x.view(-1, PIXELS)))
        mu, log_var = self.fc21(h), self.fc22(h)
        std = torch.exp(0.5 * log_var)
        z = mu + torch.randn_like(std) * std
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, log_var


def usual_loss(model: UsualVAE, x: Tensor) -> Tensor:
    """-ELBO summed over the batch."""
    y, mu, log_var = model(x)
    bce = F.binary_cross_entropy(y, x.view(-1, PIXELS), reduction="sum")
    return bce - 0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


class Usual:
    """(a), an epoch at a time."""

    def __init__(self, images: Tensor, labels: Tensor, seed: int = 0) -> None:
        """A new model, and a loader of images (N, 784) with labels (N,)."""
        torch.manual_seed(seed)
        self.model = UsualVAE()
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=1e-3)
        pictures = Pictures(images, labels)
        self.loader = DataLoader(pictures, batch_size=BATCH, shuffle=True)
        self.number = len(pictures)

    def epoch(self) -> float:
        """Train on every image once; the mean training loss."""
        self.model.train()
        total = 0.0
        for x, _ in self.loader:
            self.optimiser.zero_grad()
            loss = usual_loss(self.model, x)
            loss.backward()
            total += loss.item()
            self.optimiser.step()
        return total / self.number

    @torch.no_grad()
    def test_loss(self, images: Tensor) -> float:
        """-ELBO on images (N, 784), nats per image."""
        self.model.eval()
        parts = [usual_loss(self.model, x).item() for x in images.split(1000)]
        return sum(parts) / len(images)


def course(name: str, images: Tensor, seed: int, **changes: Any) -> VAE:
    """(b) or (b128), from the first step to the last."""
    torch.manual_seed(seed)
    model = VAE(
        pixels=PIXELS,
        latents=LATENTS,
        likelihood=GreyCrossEntropy(),
        hidden=(HIDDEN,),
    )
    settings = {"device": "cpu", **COURSE[name], **changes}
    fit(model, images, loss=vae_loss, seed=seed, progress=False, **settings)
    return model


def bound(number: int, batch: int) -> Callable[[], None]:
    """(c): the products of an epoch over `number` images, on matrices made before."""
    sizes = [
        (PIXELS, HIDDEN),
        (HIDDEN, 2 * LATENTS),
        (LATENTS, HIDDEN),
        (HIDDEN, PIXELS),
    ]
    layers = [
        [torch.randn(shape) for shape in [(batch, n), (m, n), (batch, m)]]
        for n, m in sizes
    ]

    def epoch() -> None:
        for _ in range(-(-number // batch)):
            for x, weight, _ in layers:
                torch.mm(x, weight.t())
            for x, weight, gradient in reversed(layers):
                torch.mm(gradient.t(), x)
                if weight.shape[1] != PIXELS:  # nobody needs the gradient of x
                    torch.mm(gradient, weight)

    return epoch


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """The result of `work`, and its seconds on the wall and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    seconds = {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
    }
    return result, seconds


def measure(mnist: data.Dataset, number: int, *, threads: int, rounds: int) -> Log:
    """Rounds of an epoch of (a), a whole course of each (b), an epoch of (c)."""
    torch.set_num_threads(threads)
    train, test = mnist.train_images[:number], mnist.test_images
    usual = Usual(train, mnist.train_labels[:number])
    products = bound(number, COURSE["b"]["batch_size"])
    bound(640, BATCH)()  # wakes the threads
    log: Log = {}

    def note(name: str, **values: float) -> None:
        for key, value in values.items():
            log.setdefault(name, {}).setdefault(key, []).append(round(value, 4))

    for r in range(rounds):
        _, seconds = timed(usual.epoch)
        note("a", **seconds, loss=usual.test_loss(test))
        for name in COURSE:
            model, seconds = timed(partial(course, name, train, r))
            note(name, **seconds, loss=-evaluation.elbo(model, test).value)
        _, seconds = timed(products)
        note("c", **seconds)
        print(f"{threads} threads, round {r + 1} of {rounds}: {last(log)}", flush=True)
    return log


def last(log: Log) -> str:
    """The newest numbers, for whoever waits."""
    return "; ".join(
        f"({name}) "
        + " ".join(f"{key} {values[-1]:.2f}" for key, values in row.items())
        for name, row in log.items()
    )


def summary(log: Log) -> dict[str, Any]:
    """Medians per epoch in seconds, losses, and the ratios that matter."""
    middle = {
        name: {clock: statistics.median(row[clock]) for clock in CLOCKS}
        for name, row in log.items()
    }
    whole = {name: middle[name].copy() for name in COURSE}
    for name, settings in COURSE.items():
        for clock in CLOCKS:
            middle[name][clock] /= settings["epochs"]
    pairs = [pair for name in COURSE for pair in (("a", name), (name, "c"))]
    ratios = {
        f"{one} / {other}": {
            clock: round(middle[one][clock] / middle[other][clock], 2)
            for clock in CLOCKS
        }
        for one, other in pairs
    }
    losses = {f"a, epochs 1 to {len(log['a']['loss'])}": log["a"]["loss"]}
    for name, settings in COURSE.items():
        losses[f"{name}, {settings['epochs']} epochs, by seed"] = log[name]["loss"]
        reached = statistics.median(log[name]["loss"]) <= log["a"]["loss"][-1]
        if reached and len(log["a"]["loss"]) >= EPOCHS:
            ratios[f"a / {name} to the loss (a) has after {EPOCHS} epochs"] = {
                clock: round(sum(log["a"][clock]) / whole[name][clock], 2)
                for clock in CLOCKS
            }
    return {
        "seconds per epoch": {
            name: {clock: round(value, 3) for clock, value in row.items()}
            for name, row in middle.items()
        },
        "test loss": {
            name: [round(v, 2) for v in values] for name, values in losses.items()
        },
        "ratios": ratios,
        "rounds": log,
    }


def hardware() -> dict[str, Any]:
    """The class of machine, and nothing that names this one."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        fields = [line.partition(":") for line in info.read_text().splitlines()]
        values = {key.strip(): value.strip() for key, _, value in reversed(fields)}
        model = values.get("model name", model)
        if "cpu family" in values:
            model += f", family {values['cpu family']} model {values.get('model')}"
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="the course's loop, measured")
    parser.add_argument(
        "--epochs", type=int, default=EPOCHS, help="of (a), two threads"
    )
    parser.add_argument("--rounds", type=int, default=3, help="with one thread")
    parser.add_argument("--images", type=int, default=60_000, help="to train on")
    parser.add_argument("--device", help="only time ten epochs of (b) there")
    parser.add_argument("--store", action="store_true", help="in data/bench.json too")
    chosen = parser.parse_args(arguments)
    if chosen.store and (chosen.images < 60_000 or chosen.epochs < EPOCHS):
        parser.error(f"--store wants all images and {EPOCHS} epochs or more")
    mnist = data.load("mnist", binarisation="grey")
    train = mnist.train_images[: chosen.images]
    if chosen.device:
        ten = partial(course, "b", train, 0, device=chosen.device)
        ten(epochs=1)  # starts the device up
        _, seconds = timed(partial(ten, epochs=10))
        print(f"ten epochs of (b) on {chosen.device}: {seconds['wall']:.2f} s")
        return
    result: dict[str, Any] = {
        "made by": "tools/bench.py",
        "data": f"mnist, grey, {len(train)} training images",
        "hardware": hardware(),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "pillow": PIL.__version__,
        },
        "settings of b": COURSE,
        "threads": {
            str(threads): summary(
                measure(mnist, len(train), threads=threads, rounds=rounds)
            )
            for threads, rounds in [(2, chosen.epochs), (1, chosen.rounds)]
        },
    }
    for threads, row in result["threads"].items():
        for name in ("seconds per epoch", "test loss", "ratios"):
            print(f"{threads} threads, {name}:", json.dumps(row[name], indent=1))
    for file in [CACHED, STORED] if chosen.store else [CACHED]:
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"written to {file.parent.name}/{file.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
