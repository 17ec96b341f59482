"""Exercises of 06_denoising_autoencoders."""

from collections.abc import Callable
from functools import partial
from itertools import product

import numpy as np
import torch
from torch import Tensor

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice

NOTEBOOK = "06_denoising_autoencoders"

changed = Exercise(
    expected=0.25 * 0.19,
    why="Only inked pixels can change: a quarter of 19 %, about one pixel in 21.",
    hints=("What happens to a pixel that is 0 and is set to 0?",),
    solution_text="answer = 0.25 * 0.19",
    mistakes=(
        (0.25, "This many are picked; most of them were 0 already."),
        (4.75, "Right as a percentage; give the share, a number from 0 to 1."),
        (0.25 * 0.81, "These are picked on white paper, where nothing changes."),
        (0.75 * 0.19, "This ink survives; the share that changes was asked for."),
    ),
)


def _salt_and_pepper(x: Tensor, u: Tensor, rate: float) -> Tensor:
    return torch.where(u < rate / 2, 0.0, torch.where(u < rate, 1.0, x))


salt_and_pepper = Exercise(
    expected=_salt_and_pepper,
    why="One draw per pixel decides: white, black, or as it was.",
    hints=(
        "Half of `rate` is for 0, the other half for 1.",
        "torch.where(condition, a, b) takes a where the condition holds, else b.",
    ),
    solution_text="""\
import torch


def answer(x, u, rate):
    return torch.where(u < rate / 2, 0.0, torch.where(u < rate, 1.0, x))""",
    mistakes=(
        (
            lambda x, u, rate: torch.where(
                u < rate, 0.0, torch.where(u < 2 * rate, 1.0, x)
            ),
            "Twice too much: `rate` is the share of both kinds together.",
        ),
        (
            lambda x, u, rate: torch.where(u < rate, 1.0, x),
            "All of it is black; half of the picked pixels should become 0.",
        ),
        (
            lambda x, u, rate: torch.where(u < rate, 0.0, x),
            "This is the zero mask; half of the picked pixels should become 1.",
        ),
    ),
    cases=lambda rng: [
        (rng.random((6, 8)), rng.random((6, 8)), rate) for rate in (0.3, 0.6, 0.1)
    ],
    torch=True,
)

ink_left = Exercise(
    expected=0.75**10,
    why="Every epoch keeps three quarters of what the one before had left.",
    hints=("How much ink is left after one epoch? And after two?",),
    solution_text="answer = (1 - 0.25) ** 10",
    mistakes=(
        (0.75, "This is after one epoch."),
        (1 - 0.75**10, "This share is gone; what is left was asked for."),
        (0.0, "A quarter of what is *left* goes, so it never reaches 0."),
    ),
)

copying = Exercise(
    expected=0.25 * 6,
    why="Each erased pixel costs its square, and a quarter of them are erased.",
    hints=(
        "If a pixel is kept, what does the copy get wrong there? If it is erased?",
        "The loss sums over the three pixels, so the expectation does, too.",
    ),
    solution_text="answer = 0.25 * (1**2 + 2**2 + (-1) ** 2)",
    mistakes=(
        (0.0, "Copying is free without noise; here it copies the erased pixels, too."),
        (4.5, "Kept pixels cost nothing; the erased ones do."),
        (0.5, "This is per pixel; the loss here sums over the three."),
        (6.0, "This is the loss if all three are erased, which is rare."),
    ),
)


def _spoiled_losses(g: Callable, x: np.ndarray) -> list[tuple[np.ndarray, float]]:
    masks = [np.array(m) for m in product([0, 1], repeat=len(x))]
    return [(m, float(((g(m * x) - x) ** 2).sum())) for m in masks]


def _expected_loss(g: Callable, x: np.ndarray, rate: float) -> float:
    return sum(
        float(np.prod(np.where(m, 1 - rate, rate))) * loss
        for m, loss in _spoiled_losses(g, x)
    )


expected_loss = Exercise(
    expected=_expected_loss,
    why="Every mask once, weighted by how probable it is.",
    hints=(
        "itertools.product([0, 1], repeat=len(x)) gives all masks.",
        "A mask's probability: 1 - rate for each pixel kept, rate for each erased.",
        "Compare g(mask * x) with x, sum the squares, and weight them.",
    ),
    solution_text="""\
from functools import partial
from itertools import product

import numpy as np


def answer(g, x, rate):
    total = 0.0
    for mask in map(np.array, product([0, 1], repeat=len(x))):
        probability = np.where(mask == 1, 1 - rate, rate).prod()
        total += probability * ((g(mask * x) - x) ** 2).sum()
    return total""",
    mistakes=(
        (
            lambda g, x, rate: np.mean([loss for _, loss in _spoiled_losses(g, x)]),
            "All masks count alike here; each must have its own probability.",
        ),
        (
            lambda g, x, rate: ((g((1 - rate) * x) - x) ** 2).sum(),
            "This is the loss of the mean input; the mean of the losses is wanted.",
        ),
        (
            lambda g, x, rate: _expected_loss(lambda v: g(v) - v + x, x, rate),
            "The target is spoiled, too: compare with the clean x.",
        ),
        (
            lambda g, x, rate: _expected_loss(g, x, rate) / len(x),
            "This is the mean over the pixels; the sum is wanted.",
        ),
    ),
    cases=lambda rng: [
        (partial(np.matmul, rng.normal(0, 1, (n, n))), rng.normal(0, 1, n), rate)
        for n, rate in ((3, 0.25), (4, 0.6), (2, 0.1))
    ],
)


def _origin(y: Tensor, points: Tensor, sigma: float) -> Tensor:
    d = ((y[:, None] - points) ** 2).sum(2)
    return torch.softmax(-d / (2 * sigma**2), 1) @ points


mean_origin = Exercise(
    expected=_origin,
    why="Bayes: each point is weighted by how probably the noise led from it to y.",
    hints=(
        "The squared distances have shape (B, N): ((y[:, None] - points) ** 2).sum(2).",
        "softmax over the points gives weights that sum to 1; then a mean of points.",
    ),
    solution_text="""\
import torch


def answer(y, points, sigma):
    distances = ((y[:, None] - points) ** 2).sum(2)
    shares = torch.softmax(-distances / (2 * sigma**2), dim=1)
    return shares @ points""",
    mistakes=(
        (
            lambda y, points, sigma: _origin(y, points, sigma / 2**0.5),
            "The 2 in exp(-d / (2σ²)) is missing.",
        ),
        (
            lambda y, points, sigma: (
                torch.exp(-(torch.cdist(y, points) ** 2) / (2 * sigma**2)) @ points
            ),
            "The weights must sum to 1: divide them by their sum.",
        ),
        (
            lambda y, points, sigma: _origin(y, points, sigma) - y,
            "This is the step from y; the mean origin itself is wanted.",
        ),
        (
            lambda y, points, sigma: points[torch.cdist(y, points).argmin(1)] + 0 * y,
            "This is the nearest point; the others may be the origin, too.",
        ),
    ),
    cases=lambda rng: [
        (rng.normal(0, 1, (4, 2)), rng.normal(0, 1, (n, 2)), sigma)
        for n, sigma in ((5, 0.7), (9, 0.4), (3, 1.3))
    ],
    torch=True,
)

reading = choice(
    "b",
    why="The distribution moves; single filters of either wall may look like any.",
    hints=(
        "Look at the lowest rows of the right wall, then at the top row of the left.",
        "Compare the medians of the histograms, then their left and right ends.",
    ),
    a="The lower rows of the denoising wall are as spread out as the left ones.",
    c="The plain layer has concentrated filters, too: look at its top row.",
    d="The medians differ, and with three seeds they differ the same way.",
)
