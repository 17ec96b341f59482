"""The training loop: data resident on the device, no synchronisation per step."""

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.optim.lr_scheduler import LambdaLR
from tqdm.auto import tqdm

from course_utils.mixed_precision import in_mixed_precision
from course_utils.models import whole_numbers
from course_utils.training_checks import (
    check_images,
    check_settings,
    stop_if_not_finite,
)

Adam([torch.zeros(1)])  # loads the rest of PyTorch here, where nobody interrupts it

Parts = dict[str, Tensor]
Loss = Callable[[Any, Tensor], Parts]


def pick_device() -> torch.device:
    """CUDA, MPS or another accelerator if there is one, else the CPU."""
    accelerator = getattr(torch, "accelerator", None)
    if accelerator is not None and accelerator.is_available():
        return torch.device(accelerator.current_accelerator())
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@dataclass
class History:
    """Means over each finished epoch by name, e.g. `train["loss"]`."""

    train: dict[str, list[float]] = field(default_factory=dict)
    test: dict[str, list[float]] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def epochs(self) -> int:
        """Finished epochs."""
        return len(self.train.get("loss", []))


def fit(
    model: nn.Module,
    images: Tensor,
    loss: Loss,
    *,
    epochs: int,
    batch_size: int = 128,
    lr: float = 3e-3,
    seed: int = 0,
    device: torch.device | str | None = None,
    test_images: Tensor | None = None,
    prepare: Callable[[Tensor], Tensor] | None = None,
    cosine: bool = False,
    warm_up: float = 0.0,
    mixed_precision: bool = False,
    progress: bool | None = None,
) -> History:
    """Train `model` in place on images (N, ...) with Adam; return its History.

    `loss(model, x)` gives scalar tensors by name; "loss" is the one minimised.
    `prepare` is applied to all images at the start of each epoch (for instance
    to binarise them afresh); test images are taken as they come.
    `warm_up` is the share of all steps in which the learning rate rises to `lr`;
    after it `cosine` lowers the rate to 0 along a cosine. `mixed_precision` computes
    the layers in bfloat16; weights, loss and Adam stay in float32, and so do test
    losses: faster where mixed_precision.multiplies_bfloat16 says so.
    The seed sets torch's global generator. An interrupt (Ctrl-C, the kernel's stop
    button) returns the history so far. FloatingPointError if a loss or a weight
    becomes NaN or infinite; the model then holds its weights from the end of the
    epoch before. Before the first step: ValueError for no images, for training or
    test images that the model or the likelihood it states cannot have (another size
    or dtype, NaN, grey), for settings out of range, and for mixed precision on
    weights that are not float32; TypeError for images that are no tensor.
    """
    check_settings(epochs, batch_size, lr, warm_up)
    check_images(None if prepare else model, images, "images")
    if test_images is not None:
        check_images(model, test_images, "test_images")
    device = torch.device(device) if device is not None else pick_device()
    if progress is None:
        progress = os.environ.get("VAE_COURSE_PROGRESS", "1") != "0"
    torch.manual_seed(seed)
    model.to(device).train()
    images = images.to(device)
    test_images = None if test_images is None else test_images.to(device)
    fused = device.type in {"cpu", "cuda", "mps"}  # saves 15 % of an epoch
    optimiser = Adam(model.parameters(), lr=lr, fused=fused)
    step_loss = in_mixed_precision(loss, model) if mixed_precision else loss
    steps = -(-len(images) // batch_size)
    rate = LambdaLR(optimiser, _schedule(epochs * steps, warm_up, cosine))
    history, gradients = History(), torch.is_grad_enabled()
    epoch, before, log = 0, _weights(model), list[Parts]()
    bar = tqdm(range(epochs), disable=not progress, unit="epoch")
    try:
        if test_images is not None:
            evaluate(model, test_images[:1], loss)  # finds a wrong size or dtype now
        for epoch in bar:
            log, before = [], _weights(model)
            now = images if prepare is None else prepare(images)
            if prepare is not None:
                judge = model if epoch == 0 else None  # by its likelihood, once
                check_images(judge, now, "what prepare gives", number=len(images))
            for parts in training_steps(model, now, step_loss, optimiser, batch_size):
                log.append(parts)
                rate.step()
            stop_if_not_finite(log, epoch * steps, epoch, model, before)
            test = {} if test_images is None else evaluate(model, test_images, loss)
            _append(history.train, _means(log, len(now), batch_size))
            _append(history.test, test)
            bar.set_postfix(loss=f"{history.train['loss'][-1]:.2f}")
    except KeyboardInterrupt:
        stop_if_not_finite(log, epoch * steps, epoch, model, before)
        history.interrupted = True
        print(f"Interrupted after {history.epochs} whole epochs; every step is kept.")
    finally:
        torch.set_grad_enabled(gradients)  # an interrupt may have left them off
        bar.close()
        model.eval()
    return history


def training_steps(
    model: nn.Module, images: Tensor, loss: Loss, optimiser: Optimizer, batch_size: int
) -> Iterator[Parts]:
    """One epoch over images (N, ...) in random order; the parts of each step's loss.

    Nothing here waits for the device: the losses stay there, as scalar tensors.
    """
    order = torch.randperm(len(images), device=images.device)
    for batch in order.split(batch_size):
        parts = loss(model, images.index_select(0, batch))  # faster than images[batch]
        optimiser.zero_grad()
        parts["loss"].backward()
        optimiser.step()
        yield {name: value.detach() for name, value in parts.items()}


@torch.no_grad()
def evaluate(
    model: nn.Module, images: Tensor, loss: Loss, *, batch_size: int = 1000
) -> dict[str, float]:
    """The loss's parts on images (N, ...), each averaged over all images.

    What it draws at random is forgotten: training goes on as if it had not been.
    ValueError and TypeError for images and settings, as for `fit`.
    """
    whole_numbers(batch_size=batch_size)
    check_images(model, images, "images")
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    try:
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            log = [loss(model, x) for x in images.to(device).split(batch_size)]
    finally:
        model.train(was_training)
    return _means(log, len(images), batch_size)


def _weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def _means(log: list[Parts], number: int, batch_size: int) -> dict[str, float]:
    """Means over `number` images; only the last batch may be smaller."""
    values = torch.stack([torch.stack(list(parts.values())) for parts in log])
    last = number - batch_size * (len(log) - 1)
    sums = batch_size * values[:-1].sum(0) + last * values[-1]
    return dict(zip(log[0], (sums / number).tolist(), strict=True))


def _append(record: dict[str, list[float]], values: dict[str, float]) -> None:
    for name, value in values.items():
        record.setdefault(name, []).append(value)


def _schedule(steps: int, warm_up: float, cosine: bool) -> Callable[[int], float]:
    """Step -> share of the learning rate: up along a line, then down a cosine."""
    rise = round(warm_up * steps)

    def share(step: int) -> float:
        if step < rise:
            return (step + 1) / (rise + 1)
        progress = (step - rise) / max(1, steps - rise)
        return 0.5 * (1 + math.cos(math.pi * progress)) if cosine else 1.0

    return share
