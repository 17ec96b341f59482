"""Tensors on their way into the training loop: one or several, as a tuple."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.checks import whole_numbers

Data = tuple[Tensor, ...]


def batches(
    *data: Tensor, batch_size: int = 128, generator: torch.Generator | None = None
) -> Iterator[Data]:
    """Tensors (N, ...) in random order, batch by batch, as tuples of copies.

    Each row once; the last batch may be smaller. Nothing here waits for the device.
    """
    whole_numbers(batch_size=batch_size)
    check_data(data, "data")
    device = data[0].device
    at = device if generator is None else generator.device
    order = torch.randperm(len(data[0]), generator=generator, device=at).to(device)
    return (
        tuple(x.index_select(0, rows) for x in data)  # faster than x[rows]
        for rows in order.split(batch_size)
    )


def as_tuple(data: Any) -> tuple[Any, ...]:
    """One tensor or several, as a tuple."""
    return tuple(data) if isinstance(data, (tuple, list)) else (data,)


def moved(data: Sequence[Tensor], device: torch.device) -> Data:
    """The tensors on the device, without the graph that made them."""
    return tuple(x.detach().to(device) for x in data)


def prepared(prepare: Callable[..., Tensor | Data] | None, data: Data) -> Data:
    """`data`, or what `prepare` makes of copies of it: as many tensors and rows."""
    if prepare is None:
        return data
    new = as_tuple(prepare(*[x.clone() for x in data]))
    check_data(new, "what prepare gives", tensors=len(data), rows=len(data[0]))
    return moved(new, data[0].device)


def check_data(
    data: Sequence[Any], what: str, tensors: int | None = None, rows: int | None = None
) -> None:
    """TypeError unless all are tensors (N, ...); ValueError for a wrong number or N."""
    for x in data:
        if not isinstance(x, Tensor) or x.ndim == 0:
            got = "a number" if isinstance(x, Tensor) else type(x)
            raise TypeError(f"{what} must be a tensor (N, ...), got {got}")
    if len(data) != tensors and tensors is not None or not data:
        expected = "at least 1" if tensors is None else tensors
        raise ValueError(f"{what}: got {len(data)} tensors, expected {expected}")
    lengths = [len(x) for x in data]
    if 0 in lengths:
        raise ValueError(f"{what} is empty: no image to train or judge on")
    if set(lengths) != {lengths[0] if rows is None else rows}:
        expected = "as many in each" if rows is None else f"{rows}"
        raise ValueError(f"{what} holds {lengths} rows, expected {expected}")


def check_values(model: nn.Module, data: Sequence[Tensor], what: str) -> None:
    """ValueError for NaN, and for pixels that the model's likelihood cannot have.

    Which tensor the likelihood is about only the loss knows (a denoiser's input may
    leave its range, its clean target may not): one of the first one's shape is to fit.
    """
    for x in data:
        if x.is_floating_point() and not x.isfinite().all():
            raise ValueError(f"{what} holds NaN or infinite values")
    likelihood = getattr(model, "likelihood", None)
    if likelihood is None:
        return
    refusals = []
    for x in data:
        if x.shape == data[0].shape:
            try:
                return likelihood.check(x)
            except ValueError as refusal:
                refusals.append(refusal)
    raise refusals[0]
