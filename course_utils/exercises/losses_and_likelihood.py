"""Exercises of 04_losses_and_likelihood."""

import math

import numpy as np

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import wrong_sign

NOTEBOOK = "04_losses_and_likelihood"
LN_2PI = math.log(2 * math.pi)


def _gaussian(y: np.ndarray, mu: np.ndarray, sigma: np.ndarray | float) -> np.ndarray:
    return 0.5 * (((y - mu) / sigma) ** 2 + LN_2PI) + np.log(sigma)


def _laplace(y: np.ndarray, mu: np.ndarray, b: float) -> np.ndarray:
    return np.abs(y - mu) / b + np.log(2 * b)


def _bits(nats: float, pixels: int) -> float:
    return nats / (pixels * math.log(2)) + 8


gaussian = Exercise(
    expected=_gaussian,
    why="Half the squared error, in units of sigma, plus ln(sigma) + ln(2 pi) / 2.",
    hints=(
        "The logarithm of a product is a sum, and -ln exp(-t) = t.",
        "Two factors stand before the exponential: 1/sigma and 1/sqrt(2 pi).",
    ),
    solution_text="""\
import numpy as np


def answer(y, mu, sigma):
    width = np.log(sigma * np.sqrt(2 * np.pi))
    return (y - mu) ** 2 / (2 * sigma**2) + width""",
    mistakes=(
        (
            lambda y, mu, sigma: 0.5 * ((y - mu) / sigma) ** 2,
            "Two terms were dropped: this ranks lines rightly, but is not -ln p.",
        ),
        (
            lambda y, mu, sigma: 0.5 * ((y - mu) / sigma) ** 2 + np.log(sigma),
            "The constant ln(2 pi) / 2 is missing.",
        ),
        (
            lambda y, mu, sigma: 0.5 * ((y - mu) / sigma) ** 2 + 0.5 * LN_2PI,
            "ln(sigma) is missing: then a wider bell would cost nothing.",
        ),
        (
            lambda y, mu, sigma: _gaussian(y, mu, np.sqrt(sigma)),
            "You took sigma for the variance; it is the standard deviation.",
        ),
        wrong_sign(_gaussian, "The sign: this is ln p, and a loss is minus that."),
        (
            lambda y, mu, sigma: _gaussian(y, mu, sigma).sum(),
            "This is the sum; asked is one number for each point.",
        ),
    ),
    cases=lambda rng: [
        *((*rng.normal(size=(2, d)), rng.uniform(0.2, 3, size=d)) for d in (1, 3, 8)),
        *((rng.normal(size=5), 0.0, 1.7), (1.0, 0.3, 0.5)),
    ],
)

laplace = Exercise(
    expected=_laplace,
    why="Noise with long tails gives the absolute error, plus a constant.",
    hints=(
        "-ln exp(-t) = t, whatever t is.",
        "The factor 1/(2b) before the exponential becomes + ln(2b).",
    ),
    solution_text="""\
import numpy as np


def answer(y, mu, b):
    return np.abs(y - mu) / b + np.log(2 * b)""",
    mistakes=(
        (lambda y, mu, b: np.abs(y - mu) / b, "The constant ln(2b) is missing."),
        (
            lambda y, mu, b: np.abs(y - mu) / b + np.log(2),
            "b is missing in the constant: a wider peak is a lower one.",
        ),
        (
            lambda y, mu, b: (y - mu) / b + np.log(2 * b),
            "The bars are missing: the density falls on both sides of mu.",
        ),
        wrong_sign(_laplace, "The sign: this is ln p, and a loss is minus that."),
        (_gaussian, "This is the loss of Gaussian noise, and the noise is another."),
    ),
    cases=lambda rng: [
        *((*rng.normal(size=(2, d)), rng.uniform(0.3, 2)) for d in (1, 3, 8)),
        *((rng.normal(size=5), 0.0, 1.7), (1.0, 0.3, 0.5)),
    ],
)

three_questions = Exercise(
    expected=0.47,
    why="The other .53 went to 'several' and 'none', which cannot happen.",
    hints=(
        "Is it the first? Yes. The second? No. The third? No: multiply.",
        "Do the same for the other two answers, and add the three products.",
    ),
    solution_text="answer = 0.5 * 0.7 * 0.8 + 0.5 * 0.3 * 0.8 + 0.5 * 0.7 * 0.2",
    mistakes=(
        (1.0, "The three beliefs sum to 1; the three products need not."),
        (0.28, "This is the first outcome alone; there are three."),
        (-math.log(0.28), "This is -ln of the first outcome's probability."),
        (0.03, "You multiplied the three beliefs; a 'no' has probability 1 - p."),
        (0.53, "This is what went to outcomes that cannot happen."),
    ),
)

best_sigma = Exercise(
    expected=math.sqrt(2),
    why="The slope of ln(sigma) + mean(e^2) / (2 sigma^2) is 0 at sigma^2 = mean(e^2).",
    hints=(
        "Write the sum over the five misses of ln(sigma) + e^2 / (2 sigma^2).",
        "Differentiate by sigma, set to zero, solve for sigma^2.",
    ),
    solution_text="""\
import numpy as np

misses = np.array([1, -1, 2, 0, -2])
answer = np.sqrt((misses**2).mean())""",
    mistakes=(
        (2.0, "This is the variance sigma^2; asked is sigma."),
        (math.sqrt(2.5), "You divided by N - 1: unbiased, but not the smallest -ln p."),
        (1.2, "This is the mean absolute miss, which belongs to Laplace noise."),
        (math.sqrt(10), "The sum over the misses has not been divided."),
    ),
)

halving = Exercise(
    expected=-math.log(2),
    why="p doubles with every halving, and nothing ever stops it.",
    hints=("At the middle of the bell p is 1 / (sigma sqrt(2 pi)).",),
    solution_text="import math\n\nanswer = math.log(1 / 8) - math.log(1 / 4)",
    mistakes=(
        (math.log(2), "The size is right; does a hit cost more or less than before?"),
        (-1.0, "That is in bits; nats are asked for."),
        (
            -2 * math.log(2),
            "That is the change of ln(sigma^2); the loss has half of it.",
        ),
        (-0.125, "That is the change of sigma; the loss has ln(sigma)."),
    ),
)

grey_floor = Exercise(
    expected=-0.2 * math.log(0.2) - 0.8 * math.log(0.8),
    why="The least loss is at p = g, and it is the entropy of a coin with that bias.",
    hints=(
        "Which p is best? Set the slope for p to 0, or try some.",
        "Put p = 0.2 into the loss.",
    ),
    solution_text="""\
import math

g = 0.2
answer = -g * math.log(g) - (1 - g) * math.log(1 - g)""",
    mistakes=(
        (0.0, "0 is reached for black and white only: try p = 0.2."),
        (0.721928, "That is in bits; nats are asked for."),
        (-0.2 * math.log(0.2), "The second term, for the white part, is missing."),
        (math.log(2), "That is the loss at p = 0.5; another p is better."),
    ),
)

bits = Exercise(
    expected=_bits,
    why="ln 2 nats are a bit, and a bin 1/256 wide costs another 8 bits.",
    hints=(
        "The probability of a bin is about its density times 1/256.",
        "-log2 of that is -log2(density) + 8, for each pixel.",
    ),
    solution_text="""\
import numpy as np


def answer(nats, pixels):
    return (nats + pixels * np.log(256)) / (pixels * np.log(2))""",
    mistakes=(
        (
            lambda nats, pixels: nats / (pixels * math.log(2)),
            "This is -log2 of the density: the width 1/256 of a bin is missing.",
        ),
        (
            lambda nats, pixels: nats / (pixels * math.log(2)) - 8,
            "The wrong way: a narrow bin has little probability, which costs more.",
        ),
        (
            lambda nats, pixels: nats / pixels + math.log(256),
            "This is in nats per pixel; a bit is ln 2 nats.",
        ),
        (
            lambda nats, pixels: nats / math.log(2) + 8 * pixels,
            "This is bits per picture; divide by the number of pixels.",
        ),
        (
            lambda nats, pixels: (nats + math.log(256)) / (pixels * math.log(2)),
            "Every pixel has a bin of its own: one ln 256 for each.",
        ),
    ),
    cases=lambda rng: [(rng.normal(0, 900), int(d)) for d in (4, 64, 784)],
)

match = Exercise(
    expected="GLBCB",
    why="Ask which values can occur, how they scatter, and what excludes what.",
    hints=("Exactly one of n is not the same as n separate questions.",),
    solution_text='answer = "GLBCB"',
    mistakes=(
        ("GLBCC", "One choice makes options exclude each other that need not."),
        ("GLBBB", "One choice takes options that exclude each other as separate."),
        ("GGBCB", "One target now and then is very far off: which noise expects that?"),
        ("LGBCB", "Two are exchanged: which of the two now and then is far off?"),
        ("GLBBC", "Two are exchanged: which target has exactly one right option?"),
    ),
)
