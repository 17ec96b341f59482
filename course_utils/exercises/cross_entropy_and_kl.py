"""Exercises of 02_cross_entropy_and_kl."""

import numpy as np

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import (
    base_10,
    choice,
    in_bits,
    in_nats,
    scaled,
    wrong_sign,
)

NOTEBOOK = "02_cross_entropy_and_kl"

uniform_code = Exercise(
    expected=np.log2(3),
    why="Every word of this code has the same length, so P does not matter.",
    hints=(
        "How long is the word of a fruit that is believed to have probability 1/3?",
        "Which fruit comes changes nothing if all words are equally long.",
    ),
    solution_text="import numpy as np\n\nanswer = np.log2(3)",
    mistakes=(
        (0.568996, "This is the entropy of P, what the right code would cost."),
        in_nats(np.log2(3)),
        base_10(np.log2(3), "bits"),
        (2.931991, "P and Q are swapped: uniform fruits, in a code made for P."),
        (1.015967, "These are only the extra bits; cross-entropy is the whole cost."),
    ),
)

_RAIN = -(0.3 * np.log(0.3) + 0.7 * np.log(0.7))

perfect_forecaster = Exercise(
    expected=_RAIN,
    why="The forecast equals the truth, so what is left is the truth's entropy.",
    hints=(
        "A day with rain costs -ln 0.3; what does a dry day cost?",
        "Weigh the two costs by how often they are paid.",
    ),
    solution_text="import math\n\nanswer = -0.3 * math.log(0.3) - 0.7 * math.log(0.7)",
    mistakes=(
        (0, "A perfect forecast does not make weather certain: both days still cost."),
        in_bits(_RAIN),
        (1.203973, "This is what a rainy day costs; most days are dry."),
        (0.361192, "The dry days are missing from the mean."),
        wrong_sign(_RAIN, "The sign: the logarithm of a probability is negative."),
        (0.780324, "The two costs were averaged half and half; weigh them by P."),
    ),
)

remainder = Exercise(
    expected=0.8 * np.log(4),
    why="With probability 4/5 it is not outcome i, and then 4 equal ones are left.",
    hints=(
        "All five terms of the remainder are equal, so one of them is enough.",
        "When outcome i is ruled out, how many are left, and how likely is each?",
        "Do not forget how often the second question has to be asked.",
    ),
    solution_text="import numpy as np\n\nanswer = (1 - 1 / 5) * np.log(4)",
    mistakes=(
        (0.500402, "This is the mean of binary terms; the rest was asked for."),
        (1.609438, "This is the whole cross-entropy; subtract something."),
        (1.386294, "1 - p is missing: the second question is not always asked."),
        (5.545177, "This is the sum over the outcomes; the mean is wanted."),
        in_bits(0.8 * np.log(4)),
    ),
)

draws_needed = Exercise(
    expected=(0.526068 / 0.001) ** 2,
    why="The standard error falls with the square root of the number of draws.",
    hints=(
        "Write the standard error as a formula with n in it.",
        "Set it equal to 0.001 and solve for n.",
    ),
    solution_text="answer = (0.526068 / 0.001) ** 2",
    mistakes=(
        (526.068, "The square is missing: the error falls like 1 / sqrt(n)."),
        (276.7475, "Only the standard deviation was squared; the 0.001 must be, too."),
        (132_964.3, "Two units in one formula: the 0.001 is in bits, too."),
        (1_106_990, "This makes two standard errors 0.001; one was asked for."),
    ),
)


def _extra_bits(counts: np.ndarray, q: np.ndarray) -> float:
    p = counts / counts.sum()
    seen = p > 0
    return float(np.sum(p[seen] * np.log2(p[seen] / q[seen])))


def _cost(counts: np.ndarray, q: np.ndarray) -> float:
    return -(counts / counts.sum() * np.log2(q)).sum()


def _unnormalised(counts: np.ndarray, q: np.ndarray) -> float:
    seen = counts > 0
    return float(np.sum(counts[seen] * np.log2(counts[seen] / q[seen])))


bits_from_counts = Exercise(
    expected=_extra_bits,
    why="Shares first, then the mean log-ratio, over the outcomes that happened.",
    hints=(
        "Turn the counts into probabilities before anything else.",
        "Leave out the outcomes with count 0; they add nothing.",
        "np.log2 gives bits.",
    ),
    solution_text="""\
import numpy as np


def answer(counts, q):
    shares = counts / counts.sum()
    seen = shares > 0
    return (shares[seen] * np.log2(shares[seen] / q[seen])).sum()""",
    mistakes=(
        in_nats(_extra_bits),
        (
            lambda counts, q: (q * np.log2(q / (counts / counts.sum()))).sum(),
            "P and Q are swapped: the mean must be taken under the counted shares.",
        ),
        (_cost, "This is the whole cost, cross-entropy; only the extra bits count."),
        (_unnormalised, "The counts were used as they are; P must sum to 1."),
        wrong_sign(_extra_bits, "The sign: KL is never negative."),
    ),
    cases=lambda rng: [
        (np.array([5.0, 3.0, 2.0]), np.full(3, 1 / 3)),
        (rng.integers(1, 50, 4).astype(float), rng.dirichlet(np.ones(4))),
        (np.array([7.0, 0.0, 1.0]), rng.dirichlet(np.ones(3))),
    ],
)

swapped_pair = choice(
    "b",
    why="Exchanging the names of outcomes 1 and 2 turns P into Q and Q into P.",
    hints=(
        "Look for a renaming of the outcomes that turns P into Q.",
        "The same renaming must also turn Q back into P.",
    ),
    a="The shift that turns P into Q does not turn Q back into P.",
    c="No renaming turns one of these into the other; compute both numbers.",
    d="KL is asymmetric in general, which leaves room for exceptions.",
)


def _kl(mu: np.ndarray, log_var: np.ndarray) -> float:
    return 0.5 * np.sum(mu**2 + np.exp(log_var) - 1 - log_var)


def _with_width(mu: np.ndarray, sigma: np.ndarray) -> float:
    return np.sum(0.5 * (mu**2 + sigma**2 - 1) - np.log(np.abs(sigma)))


standard_normal = Exercise(
    expected=_kl,
    why="The closed form with mu_q = 0 and sigma_q = 1, and ln σ = log_var / 2.",
    hints=(
        "Put mu_q = 0 and sigma_q = 1 into the closed form.",
        "Replace σ² by exp(log_var) and ln σ by log_var / 2.",
        "Sum over the entries at the end.",
    ),
    solution_text="""\
import numpy as np


def answer(mu, log_var):
    variance = np.exp(log_var)
    return np.sum(mu**2 + variance - 1 - log_var) / 2""",
    mistakes=(
        (_with_width, "The log-variance was used as if it were the width σ."),
        (
            lambda mu, log_var: _with_width(mu, np.exp(log_var)),
            "log_var was read as ln σ; it is ln σ², so exp(log_var) is σ² and not σ.",
        ),
        wrong_sign(_kl, "The sign: this is minus KL."),
        (
            lambda mu, log_var: _kl(mu, log_var) + np.sum(log_var),
            "The sign of ln σ²: it is subtracted, as a narrow q costs more.",
        ),
        (scaled(_kl, 2), "The factor 1/2 of the closed form is missing."),
        (
            lambda mu, log_var: np.sum((1 + mu**2) / np.exp(log_var) - 1 + log_var) / 2,
            "This is the other direction, with N(0, 1) as the truth.",
        ),
    ),
    cases=lambda rng: [
        (rng.normal(0, 1, 3), rng.uniform(-2, 1, 3)),
        (rng.normal(0, 2, 5), rng.uniform(0.2, 1.5, 5)),
        (np.array([0.0, 1.0]), np.array([-0.5, 0.7])),
    ],
)

gap_target = choice(
    "c",
    why="Every Gaussian has some mass where p = 0, and there ln(q/p) is infinite.",
    hints=(
        "Under reverse KL the model's mass is charged, wherever it lies.",
        "Where is the density of a Gaussian exactly 0?",
    ),
    a="Even a narrow Gaussian has tails; what is ln(q/p) there?",
    b="Forward KL wants that; much of this Gaussian's mass lies where p = 0.",
    d="Mean and variance of the truth solve the forward problem; this one is reverse.",
)
