"""Exercises of lesson 01: questions, entropy, codes, densities, what is shared."""

import math

import numpy as np

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice, in_nats, wrong_sign

NOTEBOOK = "01_entropy"

questions = Exercise(
    expected=1.8,
    why="2 of 10 fruits take one question and 8 take two: this order wastes questions.",
    hints=(
        "How many questions does a grape take, and how many a banana?",
        "Ten fruits: add up the questions of each, and divide by ten.",
    ),
    solution_text="answer = 0.2 * 1 + 0.3 * 2 + 0.5 * 2",
    mistakes=(
        (1.5, "That is the best order, banana first."),
        (5 / 3, "This counts each kind once; a banana comes more often than a grape."),
        (1.7, "That is the strawberry first; here the grape is."),
        (2.3, "Two no's leave only the banana: no third question is needed."),
        (18, "That is for all ten fruits together; divide by ten."),
    ),
)


def _entropy(p: np.ndarray, base: float) -> float:
    p = p[p > 0]
    return float((p * np.log(1 / p)).sum() / np.log(base))


entropy = Exercise(
    expected=_entropy,
    why="Each surprise counts as often as it comes, and what never comes counts 0.",
    hints=(
        "The surprise log(1/p) of each outcome, times p, summed.",
        "Leave out zeros first: `p = p[p > 0]`.",
        "log(1/p) to any base is ln(1/p) / ln(base).",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(p, base):\n"
        "    p = p[p > 0]\n"
        "    return (p * np.log(1 / p)).sum() / np.log(base)"
    ),
    mistakes=(
        (lambda p, base: _entropy(p, math.e), "The base is not used; this is in nats."),
        (
            lambda p, base: np.log(1 / p[p > 0]).sum() / np.log(base),
            "The surprises are summed without weights; each comes with its own p.",
        ),
        (
            lambda p, base: np.log(1 / p[p > 0]).mean() / np.log(base),
            "This is the plain mean of the surprises; a frequent one counts more.",
        ),
        (
            lambda p, base: _entropy(p, math.e) * np.log(base),
            "To change the base, divide by ln(base).",
        ),
        wrong_sign(_entropy, "The sign: no surprise is negative."),
    ),
    cases=lambda rng: [
        (np.array([0.5, 0.3, 0.2]), 2),
        (np.array([0.0, 0.25, 0.75]), 10),
        *((rng.dirichlet(np.ones(n)), base) for n, base in ((4, 3), (6, math.e))),
    ],
)

widest = Exercise(
    expected=math.exp(-1),
    why="p ln(1/p) rises while ln(1/p) is above 1: until p = 1/e, in any base.",
    hints=(
        "p = np.linspace(0.001, 1, 10_000) and the area at each: where is it largest?",
        "The slope of p ln(1/p) is ln(1/p) - 1.",
    ),
    solution_text=(
        "import numpy as np\n\n"
        "p = np.linspace(0.001, 1, 100_000)\n"
        "answer = p[np.argmax(p * np.log2(1 / p))]"
    ),
    mistakes=(
        (0.5, "At 1/2 the area is .500 bit; at .4 it is .529."),
        (1 / 3, "Close: 1/3 has .5283 bit, and .36 has a little more."),
        (1.0, "A fruit that always comes is no surprise: its column has no height."),
        (0.0, "A fruit that never comes has a column without width."),
        (0.5307, "That is the largest area in bits; which p has it?"),
    ),
)


def _mean_length(p: np.ndarray, words: list[str]) -> float:
    return float(sum(q * len(word) for q, word in zip(p, words, strict=True)))


length = Exercise(
    expected=_mean_length,
    why="Each length counts as often as its word is sent.",
    hints=(
        "`len(word)` is the number of digits of a word.",
        "Frequent words count more: weight each length with its p.",
    ),
    solution_text=(
        "def answer(p, words):\n"
        "    return sum(q * len(word) for q, word in zip(p, words))"
    ),
    mistakes=(
        (
            lambda p, words: sum(map(len, words)) / len(words),
            "This is the plain mean of the lengths; frequent words count more.",
        ),
        (
            lambda p, words: float(sum(map(len, words))),
            "The lengths are summed without weights.",
        ),
        (
            lambda p, words: _entropy(p, 2),
            "This is the entropy, what a code would need at best; count the digits.",
        ),
        (
            lambda p, words: _mean_length(p, words) / len(words),
            "The weights p are a mean already: do not divide by the number of words.",
        ),
    ),
    cases=lambda rng: [
        (np.array([0.5, 0.3, 0.2]), ["0", "11", "10"]),
        (np.array([0.4, 0.3, 0.2, 0.1]), ["0", "10", "110", "111"]),
        (np.array([0.9, 0.1]), ["", "1"]),
    ],
)

rounded_up = Exercise(
    expected=lambda p: (p * np.ceil(np.log2(1 / np.asarray(p)))).sum(),
    why="Rounding up adds less than one digit, so the mean stays below H(P) + 1.",
    hints=(
        "One length per outcome: `np.ceil(np.log2(1 / p))`.",
        "The mean over draws weights each length with its probability.",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(p):\n"
        "    return (p * np.ceil(-np.log2(p))).sum()"
    ),
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
    ),
    cases=lambda rng: [
        (np.array([0.5, 0.25, 0.15, 0.1]),),
        *((rng.dirichlet(np.ones(size)),) for size in (3, 4, 5, 6)),
    ],
)

leaf = Exercise(
    expected=-1.2 + math.log(1000),
    why="A density 1000 times as wide is 1000 times as low, so each surprise grows.",
    hints=(
        "The numbers become 1000 times as large: what does that do to the density?",
        "Every ln(1/f) grows by the same amount; a uniform density shows by how much.",
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
    why="Whatever you choose, ten times as wide has ln 10 nats more, and is allowed.",
    hints=("Take your favourite and multiply the number by 10: is it still positive?",),
    a="That one wins when the mean is known to be 1; here it is not known.",
    b="Is 1000 an upper limit that the question sets?",
    c="Compare it with the same distribution made ten times as wide.",
)

umbrella = Exercise(
    expected=0.25,
    why="Only cloudy days leave the umbrella open: a quarter of the days, 1 bit each.",
    hints=(
        "On which days do you still not know, once you have seen the sky?",
        "0 bits in the sun, 1 bit under clouds, 0 in the rain: how often each?",
    ),
    solution_text="answer = 0.5 * 0 + 0.25 * 1 + 0.25 * 0",
    mistakes=(
        (0.954434, "That is the umbrella's entropy for one who has not seen the sky."),
        (1, "One bit is left under clouds; how often is it cloudy?"),
        (1 / 3, "Three kinds of sky, but not equally often."),
        (0.704434, "That is how much the sky tells about the umbrella; what is left?"),
        in_nats(0.25),
    ),
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
