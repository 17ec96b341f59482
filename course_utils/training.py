"""The training loop: data resident on the device, no synchronisation per step."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR
from tqdm.auto import tqdm

from course_utils.judging import History, Loss, evaluate, judge, means
from course_utils.schedule import schedule
from course_utils.training_checks import Finite, check_loss, check_settings
from course_utils.training_data import (
    Data,
    as_tuple,
    batches,
    check_data,
    check_values,
    moved,
    prepared,
)

__all__ = ["History", "batches", "evaluate", "fit", "pick_device"]


def pick_device() -> torch.device:
    """CUDA, MPS or another accelerator if there is one, else the CPU."""
    found = torch.accelerator.is_available() and torch.accelerator.current_accelerator()
    return found or torch.device("cpu")


def fit(
    model: nn.Module,
    *data: Tensor,
    loss: Loss,
    epochs: int,
    batch_size: int = 128,
    lr: float = 3e-3,
    seed: int = 0,
    device: torch.device | str | None = None,
    test: Tensor | Data | None = None,
    prepare: Callable[..., Tensor | Data] | None = None,
    cosine: bool = False,
    warm_up: float = 0.0,
    progress: bool | None = None,
    watch: Callable[[nn.Module], Tensor] | None = None,
) -> History:
    """Train `model` in place on tensors (N, ...) with Adam; return its History.

    `loss(model, *batch)` gives scalar tensors by name, each a mean over the batch;
    "loss" is the one minimised. `prepare(*data)` makes each epoch's data (binarised
    afresh, say); `test` is taken as it comes. Both work on copies, and so does the
    loss. `warm_up` is the share of all steps in which the learning rate rises to `lr`;
    after it `cosine` lowers the rate to 0. `watch(model)` is kept, see History.
    The seed sets torch's global generator; looking at the test data or watching draws
    nothing from it. An interrupt (Ctrl-C, the kernel's stop button) passes through;
    the weights are kept as they are, and how many epochs they saw is printed.
    FloatingPointError, even then, if a loss or a weight becomes NaN or infinite; the
    model then holds its weights from the end of the epoch before. Before the first
    step: ValueError and TypeError for settings out of range, for data that the model,
    its likelihood or the loss cannot have, for weights in float16, and for a loss that
    is no scalar by name or is summed over the batch.
    """
    check_settings(model, epochs, batch_size, lr, warm_up)
    check_data(data, "data")
    held = () if test is None else as_tuple(test)
    if test is not None:
        check_data(held, "test", tensors=len(data))
        check_values(model, held, "test")
    device = torch.device(device) if device is not None else pick_device()
    torch.manual_seed(seed)
    model.to(device).train()
    data, held = moved(data, device), moved(held, device)
    fused = device.type in {"cpu", "cuda", "mps"}  # saves 15 % of an epoch
    optimiser = Adam(model.parameters(), lr=lr, fused=fused)
    steps = epochs * -(-len(data[0]) // batch_size)
    rate = LambdaLR(optimiser, schedule(steps, warm_up, cosine))
    history, finite, bar = History(), Finite(model), _bar(epochs, progress)
    with _left_tidy(model, history, finite, bar):
        if held:  # finds a wrong size or dtype now
            judge(model, [x[:1] for x in held], loss, 1)
        history.keep(model, watch)
        for epoch in bar:
            now = prepared(prepare, data)
            if epoch == 0:
                check_values(model, now, "what prepare gives" if prepare else "data")
                check_loss(model, loss, now, batch_size)
            for batch in batches(*now, batch_size=batch_size):
                parts = loss(model, *batch)
                optimiser.zero_grad()
                parts["loss"].backward()
                optimiser.step()
                rate.step()
                finite.note(parts)
            log = finite.check()
            seen = judge(model, held, loss, 1000) if held else {}
            history.keep(model, watch)
            history.add(means(log, len(now[0]), batch_size), seen)
            bar.set_postfix(loss=f"{history.train['loss'][-1]:.2f}")
    return history


def _bar(epochs: int, progress: bool | None) -> tqdm:
    if progress is None:
        progress = os.environ.get("VAE_COURSE_PROGRESS", "1") != "0"
    return tqdm(range(epochs), disable=not progress, unit="epoch")


@contextmanager
def _left_tidy(
    model: nn.Module, history: History, finite: Finite, bar: tqdm
) -> Iterator[None]:
    """However training ends, the model is ready for use; an interrupt says so."""
    gradients = torch.is_grad_enabled()
    try:
        yield
    except KeyboardInterrupt:
        bar.close()
        finite.check()
        whole = f"{history.epochs} whole epoch{'s' * (history.epochs != 1)}"
        print(f"Interrupted after {whole}; the weights are kept as they are.")
        raise
    finally:
        torch.set_grad_enabled(gradients)  # an interrupt may have left them off
        bar.close()
        model.eval()
