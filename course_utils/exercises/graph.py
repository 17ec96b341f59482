"""Exercises on torch tensors: arguments with a gradient, and answers that cut it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.exercises.compare import Plain, to_array

PLAIN_ARGUMENTS = ("x", "eps")  # data and noise, which need no gradient


@dataclass
class Outcome:
    """What one call gave: its value, and a gradient for each argument that has one.

    `gradients` is empty if nothing can be differentiated; `trouble` says why not.
    """

    value: Plain
    type: str
    gradients: dict[str, np.ndarray] = field(default_factory=dict)
    trouble: str = ""


def as_tensors(case: tuple, names: list[str]) -> tuple[tuple, dict[str, Any]]:
    """The arrays of a case as tensors (float32), and what can have a gradient.

    The function gets copies of the leaves, which it may change in place.
    """
    import torch

    arguments: list[Any] = []
    leaves: dict[str, Any] = {}
    for name, argument in zip(names, case, strict=False):
        if isinstance(argument, torch.nn.Module):
            for part, parameter in argument.named_parameters():
                if parameter.requires_grad:
                    leaves[f"{name}.{part}"] = parameter
        elif isinstance(argument, np.ndarray):
            argument = torch.from_numpy(argument)
            if argument.is_floating_point():
                argument = argument.float()
                if name not in PLAIN_ARGUMENTS:
                    leaves[name] = argument.requires_grad_()
                    argument = argument.clone()
        arguments.append(argument)
    return (*arguments, *case[len(names) :]), leaves


def gradients(result: Any, leaves: dict[str, Any]) -> dict[str, np.ndarray]:
    """The gradient of a weighted sum of the result's entries for each leaf."""
    parts = result if isinstance(result, tuple | list) else [result]
    parts = [part for part in parts if getattr(part, "requires_grad", False)]
    if not leaves or not parts:
        return {}
    import torch

    total = torch.zeros((), dtype=torch.float64)
    for part in parts:
        weights = torch.linspace(0.5, 1.5, part.numel()).reshape(part.shape)
        total = total + (part.double() * weights).sum()
    found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
    pairs = zip(leaves.items(), found, strict=True)
    return {n: to_array(leaf * 0 if g is None else g) for (n, leaf), g in pairs}


def cut_graph(given: Outcome, wanted: Outcome, tolerance: float) -> str | None:
    """What is wrong with the gradient of an answer that is right in value."""
    start = "Right in value, but "
    if not wanted.gradients:
        return None
    if given.trouble:
        return f"{start}its gradient cannot be computed: {given.trouble}"
    if not given.gradients:
        return (
            f"{start}no gradient flows through it: detach, item, numpy, torch.tensor"
            " or no_grad cuts the graph."
        )
    for name, want in wanted.gradients.items():
        got = given.gradients[name]
        close = tolerance * max(float(np.abs(want).max(initial=0)), 1e-6)
        if np.allclose(got, want, rtol=10 * tolerance, atol=close):
            continue
        if not got.any():
            return f"{start}no gradient reaches {name}: something cuts the graph."
        return f"{start}the gradient for {name} is wrong: is part of the graph cut?"
    return None
