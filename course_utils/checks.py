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
