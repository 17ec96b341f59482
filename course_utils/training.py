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

Parts = dict[str, Tensor]
Loss = Callable[[Any, Tensor], Parts]


def pick_device() -> torch.device:
    """CUDA, MPS or another accelerator if there is one, else the CPU."""
    accelerator = getattr(torch, "accelerator", None)
    if accelerator is not None and accelerator.is_available():
        return torch.device(accelerator.current_accelerator())
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def multiplies_bfloat16(device: torch.device | str) -> bool:
    """Whether this is an x86 CPU with instructions for products in bfloat16.

    `fit(mixed_precision=True)` is the faster way there for MNIST; on a CPU that lacks
    them it is several times slower. False for other devices, which nobody measured,
    and for a PyTorch too old to tell.
    """
    capabilities = getattr(torch.cpu, "get_capabilities", dict[str, Any])
    on_cpu = torch.device(device).type == "cpu"
    return on_cpu and bool(capabilities().get("avx512_bf16"))


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
    the layers in bfloat16 (torch.autocast); weights, loss and Adam stay in float32.
    The seed sets torch's global generator. An interrupt (Ctrl-C, the kernel's stop
    button) returns the history so far. FloatingPointError if a loss or a weight
    becomes NaN or infinite; the model then holds its weights from the end of the
    epoch before. ValueError if there are no images, if the model states a
    likelihood that cannot have them (NaN, grey), and for settings out of range.
    """
    _check(images, epochs, batch_size, lr, warm_up)
    device = torch.device(device) if device is not None else pick_device()
    if progress is None:
        progress = os.environ.get("VAE_COURSE_PROGRESS", "1") != "0"
    torch.manual_seed(seed)
    model.to(device).train()
    images = images.to(device)
    test_images = None if test_images is None else test_images.to(device)
    fused = device.type in {"cpu", "cuda", "mps"}  # saves 15 % of an epoch
    optimiser = Adam(model.parameters(), lr=lr, fused=fused)
    step_loss = _in_bfloat16(loss, device) if mixed_precision else loss
    steps = -(-len(images) // batch_size)
    rate = LambdaLR(optimiser, _schedule(epochs * steps, warm_up, cosine))
    likelihood = getattr(model, "likelihood", None)
    history = History()
    log: list[Parts] = []
    bar = tqdm(range(epochs), disable=not progress, unit="epoch")
    try:
        for epoch in bar:
            log, before = [], {k: v.clone() for k, v in model.state_dict().items()}
            now = images if prepare is None else prepare(images)
            if epoch == 0 and likelihood is not None:
                for x in [now] if test_images is None else [now, test_images]:
                    likelihood.check(x)
            for parts in training_steps(model, now, step_loss, optimiser, batch_size):
                log.append(parts)
                rate.step()
            _stop_if_not_finite(log, epoch * steps, epoch, model, before)
            test = {} if test_images is None else evaluate(model, test_images, loss)
            _append(history.train, _means(log, len(now), batch_size))
            _append(history.test, test)
            bar.set_postfix(loss=f"{history.train['loss'][-1]:.2f}")
    except KeyboardInterrupt:
        if log:
            _stop_if_not_finite(log, epoch * steps, epoch, model, before)
        history.interrupted = True
        print(f"Interrupted after {history.epochs} whole epochs; every step is kept.")
    finally:
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
    """
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        log = [loss(model, x) for x in images.to(device).split(batch_size)]
    model.train(was_training)
    return _means(log, len(images), batch_size)


def _in_bfloat16(loss: Loss, device: torch.device) -> Loss:
    """`loss` with its layers in bfloat16. TypeError if the loss itself is."""

    def mixed(model: nn.Module, x: Tensor) -> Parts:
        with torch.autocast(device.type, torch.bfloat16):
            parts = loss(model, x)
        if parts["loss"].dtype is torch.bfloat16:
            raise TypeError(
                "mixed_precision: the loss came in bfloat16, of 3 digits; expected"
                " float32: take .float() of what the layers give, before the loss"
            )
        return parts

    return mixed


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


def _check(
    images: Tensor, epochs: int, batch_size: int, lr: float, warm_up: float
) -> None:
    if len(images) == 0:
        raise ValueError("images is empty: nothing to train on")
    for name, value in [("epochs", epochs), ("batch_size", batch_size)]:
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    if not lr > 0:
        raise ValueError(f"lr must be positive, got {lr}")
    if not 0 <= warm_up < 1:
        raise ValueError(f"warm_up is a share of the steps in [0, 1), got {warm_up}")


def _stop_if_not_finite(
    log: list[Parts], steps_before: int, epoch: int, model: nn.Module, before: Parts
) -> None:
    """FloatingPointError that names the step; the weights go back to `before`."""
    losses = torch.stack([parts["loss"] for parts in log])
    weights = torch.stack([p.isfinite().all() for p in model.parameters()])
    bad = (~losses.isfinite()).nonzero().flatten().tolist()
    if not bad and weights.all():
        return
    model.load_state_dict(before)
    step = bad[0] + 1 if bad else len(log)
    what = f"the loss became {losses[step - 1].item()}" if bad else "a weight is NaN"
    raise FloatingPointError(
        f"{what} at step {steps_before + step} (epoch {epoch + 1}). Likely causes: a"
        " learning rate that is too high, the logarithm of 0, an exponential of a"
        " large log-variance, or NaN in the data. The model holds its weights from"
        f" the end of epoch {epoch}."
    )
