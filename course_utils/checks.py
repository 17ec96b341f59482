"""Checks of input that several modules make at their door."""

from numbers import Integral

import torch
from torch import Tensor


def whole_numbers(**settings: int) -> None:
    """ValueError unless each setting is a whole number of at least 1."""
    for name, value in settings.items():
        if not isinstance(value, Integral) or value < 1:
            raise ValueError(
                f"{name} must be a whole number of at least 1, got {value!r}"
            )


def tensors(*kinds: torch.dtype, **values: Tensor) -> None:
    """TypeError unless each value is a tensor of one of the kinds of number."""
    for name, value in values.items():
        if not isinstance(value, Tensor) or value.dtype not in kinds:
            kind = getattr(value, "dtype", None)
            raise TypeError(
                f"{name} must be a tensor of {' or '.join(map(str, kinds))}, got"
                f" {type(value).__name__}{f' of {kind}' if kind else ''}"
            )


def unit_interval(**values: Tensor) -> None:
    """ValueError for a tensor that is empty, or has NaN or values outside [0, 1]."""
    for name, x in values.items():
        if x.numel() == 0:
            raise ValueError(f"{name} must not be empty, got shape {tuple(x.shape)}")
        low, high = (v.item() for v in x.aminmax())  # NaN if there is one
        if not (low >= 0 and high <= 1):
            raise ValueError(  # 9 digits tell every float32 from its neighbours
                f"{name} must lie in [0, 1], got {low:.9g} to {high:.9g}"
            )
