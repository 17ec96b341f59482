"""A model judged on data, without a trace in its training."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from course_utils.checks import whole_numbers
from course_utils.training_data import check_data, check_values

Parts = dict[str, Tensor]
Loss = Callable[..., Parts]  # loss(model, *batch)


@contextmanager
def aside(model: nn.Module) -> Iterator[None]:
    """The model in evaluation mode; what is drawn at random within is forgotten."""
    device = next(model.parameters()).device
    was_training = model.training
    forked = [] if device.type in {"cpu", "mps", "meta"} else [device]
    mps = torch.mps.get_rng_state() if device.type == "mps" else None
    model.eval()
    try:
        with torch.random.fork_rng(forked, device_type=device.type):
            yield
    finally:
        if mps is not None:
            torch.mps.set_rng_state(mps)
        model.train(was_training)


@dataclass
class History:
    """Means over each finished epoch by name, e.g. `train["loss"]`.

    `watched` holds what `fit(watch=...)` gave, before training and after each epoch.
    """

    train: dict[str, list[float]] = field(default_factory=dict)
    test: dict[str, list[float]] = field(default_factory=dict)
    watched: list[Tensor] = field(default_factory=list)

    @property
    def epochs(self) -> int:
        """Finished epochs."""
        return len(self.train.get("loss", []))

    def keep(
        self, model: nn.Module, watch: Callable[[nn.Module], Tensor] | None
    ) -> None:
        """Note what `watch` gives, on the CPU; TypeError if that is no tensor."""
        if watch is None:
            return
        with aside(model), torch.no_grad():
            seen = watch(model)
        if not isinstance(seen, Tensor):
            raise TypeError(f"watch(model) must return a tensor, got {type(seen)}")
        self.watched.append(seen.detach().cpu().clone())

    def add(self, train: dict[str, float], test: dict[str, float]) -> None:
        """Note the means of one more epoch."""
        for record, values in ((self.train, train), (self.test, test)):
            for name, value in values.items():
                record.setdefault(name, []).append(value)


def evaluate(
    model: nn.Module, *data: Tensor, loss: Loss, batch_size: int = 1000
) -> dict[str, float]:
    """The loss's parts on tensors (N, ...), each averaged over all rows.

    What it draws at random is forgotten: training goes on as if it had not been.
    The loss gets copies, and may take gradients of its own.
    ValueError and TypeError for data and settings, as for `fit`.
    """
    whole_numbers(batch_size=batch_size)
    check_data(data, "data")
    check_values(model, data, "data")
    return judge(model, data, loss, batch_size)


def judge(
    model: nn.Module, data: Sequence[Tensor], loss: Loss, batch_size: int
) -> dict[str, float]:
    """What `evaluate` gives, on data that were looked at before."""
    device = next(model.parameters()).device
    log = []
    with aside(model), torch.enable_grad():
        for batch in zip(*(x.split(batch_size) for x in data), strict=True):
            parts = loss(model, *[x.detach().to(device, copy=True) for x in batch])
            log.append({name: value.detach() for name, value in parts.items()})
    return means(log, len(data[0]), batch_size)


def means(log: list[Parts], number: int, batch_size: int) -> dict[str, float]:
    """Means over `number` rows; only the last batch may be smaller."""
    values = torch.stack([torch.stack(list(parts.values())) for parts in log])
    last = number - batch_size * (len(log) - 1)
    sums = batch_size * values[:-1].sum(0) + last * values[-1]
    return dict(zip(log[0], (sums / number).tolist(), strict=True))
