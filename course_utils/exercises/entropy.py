"""Exercises of notebook 01: news, entropy, codes, densities, time."""

import math

import numpy as np

from course_utils.exercises.engine import Exercise, Mistake

NOTEBOOK = "01_entropy"


card = Exercise(
    prompt="""\
A card is drawn from a shuffled pack of 52 cards.
How many bits of news is the message "it is the queen of hearts"?""",
    expected=math.log2(52),
    why="One of 52 equally likely outcomes carries the base-2 logarithm of 52.",
    hints=(
        "What is the probability of this one card?",
        "The news is the logarithm of one over that probability.",
        "Bits ask for the logarithm to base 2: `math.log2`.",
    ),
    solution_text="import math\n\nanswer = math.log2(52)",
    mistakes=(
        Mistake(math.log(52), "This is in nats: the logarithm has base e, not 2."),
        Mistake(math.log10(52), "The logarithm has base 10, and bits need base 2."),
        Mistake(1 / 52, "This is the probability; its news is still to be taken."),
        Mistake(-math.log2(52), "The sign: news is never negative."),
        Mistake(52, "This is one over the probability, without the logarithm."),
    ),
)

halves = Exercise(
    prompt="""\
Four outcomes have the probabilities 1/2, 1/4, 1/8 and 1/8.
What is the entropy in bits?
Try it without a computer.""",
    expected=1.75,
    why="The news 1, 2, 3, 3 bits, weighted with 1/2, 1/4, 1/8, 1/8, averages to this.",
    hints=(
        "Write the news of each outcome in bits; they are whole numbers.",
        "Weight each with its probability before you add.",
    ),
    solution_text="answer = 1 / 2 * 1 + 1 / 4 * 2 + 1 / 8 * 3 + 1 / 8 * 3",
    mistakes=(
        Mistake(2.25, "This is the plain mean of the four news, without weights."),
        Mistake(9, "This is the sum of the four news, without weights."),
        Mistake(2, "This would be right for four equally likely outcomes."),
        Mistake(1.75 * math.log(2), "This is in nats: the logarithm has base e."),
        Mistake(-1.75, "The sign: each news, and so their mean, is at least 0."),
    ),
)


def entropy_of_counts(counts: np.ndarray) -> float:
    """Entropy in bits of the distribution that counts (n,) describe."""
    p = np.asarray(counts, dtype=float)
    p = p[p > 0] / p.sum()
    return float((p * np.log2(1 / p)).sum())


def _not_normalised(counts: np.ndarray) -> float:
    weights = np.asarray(counts, dtype=float)
    weights = weights[weights > 0]
    return float((weights * np.log2(1 / weights)).sum())


def _unweighted(counts: np.ndarray) -> float:
    p = np.asarray(counts, dtype=float)
    p = p[p > 0] / p.sum()
    return float(np.log2(1 / p).sum())


def _count_cases(rng: np.random.Generator) -> list[tuple]:
    drawn = [rng.integers(1, 20, size) for size in (2, 3, 5)]
    return [(np.array([3, 0, 5]),), *((counts,) for counts in drawn)]


counts = Exercise(
    prompt="""\
A pocket is given as counts, for example `[5, 3, 2]`: so many pieces of each kind.
Write a function `answer(counts)` that returns the entropy of one draw in **bits**.
A count may be 0.""",
    expected=entropy_of_counts,
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
        Mistake(
            lambda counts: entropy_of_counts(counts) * math.log(2),
            "This is in nats: the logarithm has base e, not 2.",
        ),
        Mistake(
            lambda counts: entropy_of_counts(counts) * math.log10(2),
            "The logarithm has base 10, and bits need base 2.",
        ),
        Mistake(_not_normalised, "The counts were used as if they were probabilities."),
        Mistake(_unweighted, "The news is summed without weighting it by p."),
        Mistake(
            lambda counts: entropy_of_counts(counts) / len(counts),
            "You divided by the number of kinds: the weights p already average.",
        ),
        Mistake(lambda counts: -entropy_of_counts(counts), "The sign is wrong."),
    ),
    cases=_count_cases,
)


def rounded_up_length(p: np.ndarray) -> float:
    """Mean length in bits when outcome i gets a word of ceil(log2(1/p_i)) digits."""
    return float((p * np.ceil(np.log2(1 / p))).sum())


def _law_cases(rng: np.random.Generator) -> list[tuple]:
    return [(rng.dirichlet(np.ones(size)),) for size in (3, 4, 5, 6)]


rounded_up = Exercise(
    prompt="""\
Shannon's own code is cruder than Huffman's.
An outcome of probability p gets a word of length log2(1/p), rounded up.
Write a function `answer(p)` that returns the mean length of this code.
`p` is an array of positive probabilities.""",
    expected=rounded_up_length,
    why="Rounding up adds less than one digit, so the mean stays below H(P) + 1.",
    hints=(
        "One length per outcome: `np.ceil(np.log2(1 / p))`.",
        "The mean over draws weights each length with its probability.",
    ),
    solution_text="""\
import numpy as np


def answer(p):
    lengths = np.ceil(np.log2(1 / np.asarray(p)))
    return (p * lengths).sum()""",
    mistakes=(
        Mistake(
            lambda p: float((p * np.log2(1 / p)).sum()),
            "The lengths were not rounded: a word has a whole number of digits.",
        ),
        Mistake(
            lambda p: float((p * np.floor(np.log2(1 / p))).sum()),
            "The lengths were rounded down; words that short cannot all be distinct.",
        ),
        Mistake(
            lambda p: float((p * np.round(np.log2(1 / p))).sum()),
            "The lengths were rounded to the nearest whole number.",
        ),
        Mistake(
            lambda p: float(np.ceil((p * np.log2(1 / p)).sum())),
            "The mean was rounded; round each length first, then average.",
        ),
        Mistake(
            lambda p: float(np.ceil(np.log2(1 / p)).mean()),
            "This is the plain mean of the lengths; frequent words count more.",
        ),
        Mistake(
            lambda p: float((p * np.ceil(np.log(1 / p))).sum()),
            "The logarithm has base e; digits 0 and 1 need base 2.",
        ),
    ),
    cases=_law_cases,
)

leaf = Exercise(
    prompt="""\
The length of a leaf, measured in **metres**, has the entropy -1.2 nats.
What is the entropy, in nats, of the same length measured in **millimetres**?""",
    expected=-1.2 + math.log(1000),
    why="Multiplying by 1000 stretches the density and adds ln 1000 to its entropy.",
    hints=(
        "The numbers become 1000 times as large: what does that do to the density?",
        "h(aX) = h(X) + ln a.",
    ),
    solution_text="import math\n\nanswer = -1.2 + math.log(1000)",
    mistakes=(
        Mistake(-1.2 - math.log(1000), "The shift goes the other way."),
        Mistake(-1200, "The entropy is shifted by a change of unit, not multiplied."),
        Mistake(-1.2, "The entropy of a density does depend on the unit of x."),
        Mistake(-1.2 + math.log2(1000), "The shift is in bits; nats are asked for."),
        Mistake(-1.2 + 3, "The shift has base 10; nats are asked for."),
        Mistake(-1.2 + math.log(100), "A metre has more millimetres than that."),
    ),
)

positive = Exercise(
    prompt="""\
All you know of a number is that it is positive.
Which law of it has the largest entropy?

- a: the exponential law with mean 1
- b: the uniform law on [0, 1000]
- c: a Gaussian cut off at 0
- d: none has the largest

Answer with one of "a", "b", "c", "d".""",
    expected="d",
    why="Stretching any law by a factor a adds ln a, and nothing here forbids it.",
    hints=(
        "Take your favourite law and multiply the number by 10: is it still positive?",
        "What happens to the entropy when a law is stretched?",
    ),
    solution_text='answer = "d"',
    mistakes=(
        Mistake("a", "That law wins when the mean is fixed; here it is not."),
        Mistake("b", "Is 1000 an upper limit that the question sets?"),
        Mistake("c", "Compare it with the same law made ten times as wide."),
    ),
)


second_law = Exercise(
    prompt="""\
The falling chain loses entropy, step by step.
Why does that not break the second law of thermodynamics?

- a: entropy is not defined for a chain
- b: the law holds in J/K, not in nats
- c: ball and shelves are not an isolated system
- d: the entropy rises again if we wait

Answer with one of "a", "b", "c", "d".""",
    expected="c",
    why="What falls to the bottom and stays has handed its energy to something else.",
    hints=(
        "Read the second law above again: to what does it apply?",
        "A ball that comes to rest at the bottom: where did its energy go?",
    ),
    solution_text='answer = "c"',
    mistakes=(
        Mistake("a", "Each step has a distribution, and that has an entropy."),
        Mistake("b", "A change of unit cannot turn a fall into a rise."),
        Mistake("d", "Look at where the chain ends: can it leave the last state?"),
    ),
)
