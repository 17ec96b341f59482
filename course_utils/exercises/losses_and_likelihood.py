"""Exercises of 04_losses_and_likelihood."""

import math

import numpy as np

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import wrong_sign

NOTEBOOK = "04_losses_and_likelihood"


def _laplace(y: np.ndarray, mu: np.ndarray) -> float:
    return np.abs(y - mu).sum() + len(y) * math.log(2)


laplace = Exercise(
    expected=_laplace,
    why="Laplace noise turns into the absolute error, plus ln 2 for each number.",
    hints=(
        "Take -ln of the density for one number first.",
        "-ln(1/2) is a constant that occurs once per number.",
    ),
    solution_text="""\
import numpy as np


def answer(y, mu):
    return (np.abs(y - mu) + np.log(2)).sum()""",
    mistakes=(
        (
            lambda y, mu: np.abs(y - mu).sum(),
            "A constant was dropped: this ranks models rightly, but is not -ln p.",
        ),
        (
            lambda y, mu: np.abs(y - mu).sum() + math.log(2),
            "The constant is counted once, whatever the number of dimensions.",
        ),
        wrong_sign(_laplace, "The sign: this is ln p, and a loss is minus that."),
        (
            lambda y, mu: (0.5 * (y - mu) ** 2 + 0.5 * math.log(2 * math.pi)).sum(),
            "This is the loss of Gaussian noise, and the noise here is another one.",
        ),
    ),
    cases=lambda rng: [(rng.normal(size=d), rng.normal(size=d)) for d in (1, 3, 8)],
)

best_sigma = Exercise(
    expected=math.sqrt(2),
    why="Setting the slope for sigma to zero gives sigma^2 = mean squared error.",
    hints=(
        "Write the sum over the five errors of ln(sigma) + e^2 / (2 sigma^2).",
        "Differentiate by sigma, set to zero, solve for sigma^2.",
    ),
    solution_text="""\
import numpy as np

errors = np.array([1, -1, 2, 0, -2])
answer = np.sqrt((errors**2).mean())""",
    mistakes=(
        (2.0, "This is the variance sigma^2; asked is sigma."),
        (math.sqrt(2.5), "You divided by N - 1: unbiased, but not the smallest -ln p."),
        (1.2, "This is the mean absolute error, which belongs to Laplace noise."),
        (math.sqrt(10), "The sum over the errors has not been divided."),
    ),
)

match = Exercise(
    expected="GBCB",
    why="A real number, a yes or no, one of n, and several independent yes-or-no's:"
    " the data's kind decides.",
    hints=(
        "Ask what values the target can take, and whether options exclude each other.",
        "Exactly one of n is not the same as n separate questions.",
    ),
    solution_text='answer = "GBCB"',
    mistakes=(
        ("GBCC", "One choice makes options exclude each other that need not."),
        ("GBBB", "One choice takes options that exclude each other as separate."),
        ("GGCB", "One choice gives probability to values that can never occur."),
        ("GBBC", "Two are exchanged: which target has exactly one right option?"),
    ),
)
