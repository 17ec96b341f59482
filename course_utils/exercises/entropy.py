"""Exercises of 01_entropy: news, entropy, codes, densities, time."""

import math

import numpy as np

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import base_10, choice, in_nats, wrong_sign

NOTEBOOK = "01_entropy"


card = Exercise(
    expected=math.log2(52),
    why="One of 52 equally likely outcomes carries the base-2 logarithm of 52.",
    hints=(
        "What is the probability of this one card?",
        "The news is the logarithm of one over that probability.",
        "Bits ask for the logarithm to base 2: `math.log2`.",
    ),
    solution_text="import math\n\nanswer = math.log2(52)",
    mistakes=(
        in_nats(math.log2(52)),
        base_10(math.log2(52), "bits"),
        (1 / 52, "This is the probability; its news is still to be taken."),
        wrong_sign(math.log2(52), "The sign: news is never negative."),
        (52, "This is one over the probability, without the logarithm."),
    ),
)

halves = Exercise(
    expected=1.75,
    why="The news 1, 2, 3, 3 bits, weighted with 1/2, 1/4, 1/8, 1/8, averages to this.",
    hints=(
        "Write the news of each outcome in bits; they are whole numbers.",
        "Weight each with its probability before you add.",
    ),
    solution_text="answer = 1 / 2 * 1 + 1 / 4 * 2 + 1 / 8 * 3 + 1 / 8 * 3",
    mistakes=(
        (2.25, "This is the plain mean of the four news, without weights."),
        (9, "This is the sum of the four news, without weights."),
        (2, "This would be right for four equally likely outcomes."),
        in_nats(1.75),
        wrong_sign(1.75, "The sign: each news, and so their mean, is at least 0."),
    ),
)


def _entropy(counts: np.ndarray) -> float:
    p = np.asarray(counts, dtype=float)
    p = p[p > 0] / p.sum()
    return float((p * np.log2(1 / p)).sum())


def _not_normalised(counts: np.ndarray) -> float:
    weights = np.asarray(counts)[np.asarray(counts) > 0]
    return float((weights * np.log2(1 / weights)).sum())


def _unweighted(counts: np.ndarray) -> float:
    p = np.asarray(counts)[np.asarray(counts) > 0] / np.sum(counts)
    return float(np.log2(1 / p).sum())


counts = Exercise(
    expected=_entropy,
    why="Counts become probabilities, and a kind that is absent adds nothing.",
    hints=(
        "First turn the counts into probabilities: what do they have to sum to?",
        "Leave out the zeros before you take the logarithm.",
        "Then the sum of p * log2(1 / p).",
    ),
    solution_text="""\
import numpy as np


def answer(counts):
    share = np.asarray(counts, dtype=float)
    share = share[share > 0] / share.sum()
    return (share * np.log2(1 / share)).sum()""",
    mistakes=(
        in_nats(_entropy),
        base_10(_entropy, "bits"),
        (_not_normalised, "The counts were used as if they were probabilities."),
        (_unweighted, "The news is summed without weighting it by p."),
        wrong_sign(_entropy),
    ),
    cases=lambda rng: [
        (np.array([3, 0, 5]),),
        *((rng.integers(1, 20, size),) for size in (2, 3, 5)),
    ],
)

rounded_up = Exercise(
    expected=lambda p: (p * np.ceil(np.log2(1 / np.asarray(p)))).sum(),
    why="Rounding up adds less than one digit, so the mean stays below H(P) + 1.",
    hints=(
        "One length per outcome: `np.ceil(np.log2(1 / p))`.",
        "The mean over draws weights each length with its probability.",
    ),
    solution_text="""\
import numpy as np


def answer(p):
    lengths = np.ceil(-np.log2(p))
    return (p * lengths).sum()""",
    mistakes=(
        (lambda p: (p * np.log2(1 / p)).sum(), "The lengths were not rounded."),
        (
            lambda p: (p * np.floor(np.log2(1 / p))).sum(),
            "The lengths were rounded down; words that short cannot all be distinct.",
        ),
        (
            lambda p: (p * (np.floor(np.log2(1 / p)) + 1)).sum(),
            "A length that is whole already is not rounded up: 1/4 gets 2 digits.",
        ),
        (
            lambda p: np.ceil((p * np.log2(1 / p)).sum()),
            "The mean was rounded; round each length first, then average.",
        ),
        (
            lambda p: np.ceil(np.log2(1 / p)).mean(),
            "This is the plain mean of the lengths; frequent words count more.",
        ),
        (
            lambda p: (p * np.ceil(np.log(1 / p))).sum(),
            "The logarithm has base e; digits 0 and 1 need base 2.",
        ),
    ),
    cases=lambda rng: [
        (np.array([0.5, 0.25, 0.15, 0.1]),),
        *((rng.dirichlet(np.ones(size)),) for size in (3, 4, 5, 6)),
    ],
)

leaf = Exercise(
    expected=-1.2 + math.log(1000),
    why="Multiplying by 1000 stretches the density and adds ln 1000 to its entropy.",
    hints=(
        "The numbers become 1000 times as large: what does that do to the density?",
        "h(aX) = h(X) + ln a.",
    ),
    solution_text="import math\n\nanswer = -1.2 + math.log(1000)",
    mistakes=(
        (-1.2 - math.log(1000), "The shift goes the other way."),
        (-1200, "The entropy is shifted by a change of unit, not multiplied."),
        (-1.2, "The entropy of a density does depend on the unit of x."),
        (-1.2 + math.log2(1000), "The shift is in bits; nats are asked for."),
        (-1.2 + 3, "The shift has base 10; nats are asked for."),
    ),
)

positive = choice(
    "d",
    why="Stretching any distribution by a adds ln a, and nothing here forbids it.",
    hints=(
        "Take your favourite and multiply the number by 10: is it still positive?",
        "What happens to the entropy when a distribution is stretched?",
    ),
    a="That one wins when the mean is fixed; here it is not.",
    b="Is 1000 an upper limit that the question sets?",
    c="Compare it with the same distribution made ten times as wide.",
)

second_law = choice(
    "c",
    why="What falls to the bottom and stays has handed its energy to something else.",
    hints=(
        "Read the second law above again: to what does it apply?",
        "A ball that comes to rest at the bottom: where did its energy go?",
    ),
    a="Each step has a distribution, and that has an entropy.",
    b="A change of unit cannot turn a fall into a rise.",
    d="Look at where the chain ends: can it leave the last state?",
)
