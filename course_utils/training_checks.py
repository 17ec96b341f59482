"""What the training loop refuses, before the first step and on the way."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.models import whole_numbers


def check_settings(epochs: int, batch_size: int, lr: float, warm_up: float) -> None:
    """ValueError for a setting of `fit` that is out of range."""
    whole_numbers(epochs=epochs, batch_size=batch_size)
    if not 0 < lr < math.inf:
        raise ValueError(f"lr must be positive and finite, got {lr}")
    if not 0 <= warm_up < 1:
        raise ValueError(f"warm_up is a share of the steps in [0, 1), got {warm_up}")


def check_images(
    model: nn.Module | None, images: Any, what: str, number: int | None = None
) -> None:
    """TypeError unless `images` is a tensor (N, ...).

    ValueError if it is empty, if N is not `number`, and if the likelihood that the
    model states cannot have it.
    """
    if not isinstance(images, Tensor):
        raise TypeError(f"{what} must be a tensor (N, ...), got {type(images)}")
    if len(images) == 0:
        raise ValueError(f"{what} is empty: no image to train or judge on")
    if number is not None and len(images) != number:
        raise ValueError(f"{what} holds {len(images)} images, expected {number}")
    likelihood = getattr(model, "likelihood", None)
    if likelihood is not None:
        likelihood.check(images)


def stop_if_not_finite(
    log: list[dict[str, Tensor]],
    steps_before: int,
    epoch: int,
    model: nn.Module,
    before: dict[str, Tensor],
) -> None:
    """FloatingPointError that names the step; the weights go back to `before`."""
    losses = torch.stack([parts["loss"] for parts in log] or [torch.zeros(())])
    weights = torch.stack([p.isfinite().all() for p in model.parameters()])
    bad = (~losses.isfinite()).nonzero().flatten().tolist()
    if not bad and weights.all():
        return
    model.load_state_dict(before)
    step = bad[0] + 1 if bad else len(log)
    what = (
        f"the loss became {losses[step - 1].item()}"
        if bad
        else "a weight is NaN or infinite"
    )
    raise FloatingPointError(
        f"{what} at step {steps_before + step} (epoch {epoch + 1}). Likely causes: a"
        " learning rate that is too high, the logarithm of 0, an exponential of a"
        " large log-variance, or NaN in the data. The model holds its weights from"
        f" the end of epoch {epoch}."
    )
