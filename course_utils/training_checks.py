"""What the training loop refuses, before the first step and on the way."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.checks import whole_numbers
from course_utils.judging import Loss, Parts, aside


def check_settings(
    model: nn.Module, epochs: int, batch_size: int, lr: float, warm_up: float
) -> None:
    """ValueError for a setting of `fit` out of range, and for weights in float16."""
    whole_numbers(epochs=epochs, batch_size=batch_size)
    if not 0 < lr < math.inf:
        raise ValueError(f"lr must be positive and finite, got {lr}")
    if not 0 <= warm_up < 1:
        raise ValueError(f"warm_up is a share of the steps in [0, 1), got {warm_up}")
    for name, weight in model.named_parameters():
        if weight.dtype is torch.float16:
            raise ValueError(
                f"{name} is in torch.float16, where Adam's epsilon of 1e-8 is 0 and its"
                " first step divides by 0; train in torch.float32: model.float()"
            )


def check_loss(
    model: nn.Module, loss: Loss, data: Sequence[Tensor], batch: int
) -> None:
    """TypeError or ValueError for a loss that is none, or is summed over the batch."""
    with aside(model):
        _check_parts(loss(model, *[x[:batch].clone() for x in data]))
        for name in _growing(model, loss, data):
            raise ValueError(
                f'"{name}" is summed over the batch: twice the same images give twice'
                " its value. Expected a mean over the batch, so that the learning rate"
                " fits any batch size and training and test loss can be compared"
            )


def _check_parts(parts: Any) -> None:
    wanted = 'a loss returns scalar tensors by name, {"loss": ...}'
    if not isinstance(parts, dict):
        raise TypeError(f"{wanted}; got {type(parts)}")
    if "loss" not in parts:
        raise ValueError(f'{wanted}; got no "loss", only {sorted(map(str, parts))}')
    for name, value in parts.items():
        if not isinstance(value, Tensor):
            raise TypeError(f'{wanted}; got {type(value)} for "{name}"')
        if value.ndim:
            shape = tuple(value.shape)
            raise ValueError(f'{wanted}; got shape {shape} for "{name}", not ()')
    if not parts["loss"].requires_grad:
        raise ValueError('"loss" does not depend on the weights: it has no gradient')


def _growing(model: nn.Module, loss: Loss, data: Sequence[Tensor]) -> set[str]:
    """Parts that double and redouble with the same images 2 and 4 times over.

    Three times in a row, whatever the noise; a part that is 0 tells nothing.
    """
    enough = -(-16 // len(data[0]))  # so many that noise averages out
    few = [torch.cat([x[:16]] * enough) for x in data]
    found: set[str] = set()
    for look in range(3):
        try:
            once, twice, four = (
                loss(model, *[torch.cat([x] * n) for x in few]) for n in (1, 2, 4)
            )
        except Exception:  # it may insist on its batch size, and be right
            return set()
        found = {
            name
            for name, value in once.items()
            if (look == 0 or name in found)
            and abs(value) > 1e-6
            and abs(twice[name] / value - 2) < 0.1
            and abs(four[name] / value - 4) < 0.2
        }
    return found


class Finite:
    """The steps of an epoch, and the weights before it, to go back to if one is NaN."""

    def __init__(self, model: nn.Module) -> None:
        """Before the first epoch."""
        self.model, self.log = model, list[Parts]()
        self.steps = self.epochs = 0  # of the epochs that are whole
        self.before = _copies(model)

    def note(self, parts: Parts) -> None:
        """Keep what a step's loss gave, without waiting for it."""
        self.log.append({name: value.detach() for name, value in parts.items()})

    def check(self) -> list[Parts]:
        """What an epoch's steps gave; FloatingPointError if a number is not finite."""
        losses = torch.stack([parts["loss"] for parts in self.log] or [torch.zeros(())])
        weights = torch.stack([p.isfinite().all() for p in self.model.parameters()])
        bad = (~losses.isfinite()).nonzero().flatten().tolist()
        if not bad and weights.all():
            log, self.log = self.log, []
            self.steps, self.epochs = self.steps + len(log), self.epochs + 1
            self.before = _copies(self.model)
            return log
        self.model.load_state_dict(self.before)
        step = bad[0] + 1 if bad else len(self.log)
        what = f"the loss became {losses[step - 1]:g}" if bad else "a weight is NaN"
        raise FloatingPointError(
            f"{what} at step {self.steps + step} (epoch {self.epochs + 1}). Likely"
            " causes: a learning rate that is too high, the logarithm of 0, an"
            " exponential of a large log-variance, or NaN in the data. The model holds"
            f" its weights from the end of epoch {self.epochs}."
        )


def _copies(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}
