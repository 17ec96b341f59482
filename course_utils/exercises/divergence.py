"""Exercises of notebook 02: cross-entropy and KL divergence."""

import numpy as np

from course_utils.exercises.engine import Exercise, Mistake

NOTEBOOK = "02_cross_entropy_and_kl"


uniform_code = Exercise(
    prompt=(
        "Predict first, then compute.\n"
        "The fruits in a pocket follow P = (0.9, 0.05, 0.05), but the code was made"
        " for three equally likely fruits.\n"
        "What is the cross-entropy in bits per fruit?"
    ),
    expected=np.log2(3),
    why="Every word of this code has the same length, so P does not matter.",
    hints=(
        "How long is the word of a fruit that is believed to have probability 1/3?",
        "Which fruit comes changes nothing if all words are equally long.",
    ),
    solution_text="import numpy as np\n\nanswer = np.log2(3)",
    mistakes=(
        Mistake(
            0.568996,
            "This is the entropy of P, what the right code would cost.",
        ),
        Mistake(1.098612, "The unit is nats; bits were asked for."),
        Mistake(0.477121, "The unit is base 10; bits were asked for."),
        Mistake(
            2.931991,
            "P and Q are swapped: here the fruits were made uniform and the code"
            " was made for P.",
        ),
        Mistake(
            1.015967,
            "These are only the extra bits; cross-entropy is the whole cost.",
        ),
    ),
)

perfect_forecaster = Exercise(
    prompt=(
        "Compute.\n"
        "It rains on 30 % of all days, and nothing helps to tell which.\n"
        'A forecaster says "rain with probability 0.3" every day.\n'
        "What is the mean cross-entropy of these forecasts, in nats per day?"
    ),
    expected=0.610864,
    why="The forecast equals the truth, so what is left is the truth's entropy.",
    hints=(
        "A day with rain costs -ln 0.3; what does a dry day cost?",
        "Weigh the two costs by how often they are paid.",
    ),
    solution_text=(
        "import numpy as np\n\nanswer = -(0.3 * np.log(0.3) + 0.7 * np.log(0.7))"
    ),
    mistakes=(
        Mistake(
            0.0,
            "A perfect forecast does not make the weather certain:"
            " both kinds of day still cost something.",
        ),
        Mistake(0.881291, "The unit is bits; nats were asked for."),
        Mistake(1.203973, "This is what a rainy day costs; most days are dry."),
        Mistake(0.361192, "The dry days are missing from the mean."),
        Mistake(-0.610864, "The sign: the logarithm of a probability is negative."),
        Mistake(
            0.780324, "The two costs were averaged half and half; weigh them by P."
        ),
    ),
)

remainder = Exercise(
    prompt=(
        "Compute.\n"
        "Truth and model are both uniform over five outcomes.\n"
        "How many nats does the mean of binary terms leave out, that is, how large"
        " is the remainder?"
    ),
    expected=0.8 * np.log(4),
    why="With probability 4/5 it is not outcome i, and then 4 equal ones are left.",
    hints=(
        "All five terms of the remainder are equal, so one of them is enough.",
        "When outcome i is ruled out, how many outcomes are left, and how likely"
        " is each?",
        "Do not forget how often the second question has to be asked.",
    ),
    solution_text="import numpy as np\n\nanswer = (1 - 1 / 5) * np.log(4)",
    mistakes=(
        Mistake(0.500402, "This is the mean of binary terms; the rest was asked for."),
        Mistake(1.609438, "This is the whole cross-entropy; subtract something."),
        Mistake(
            1.386294,
            "The weight 1 - p is missing: the second question is not always asked.",
        ),
        Mistake(5.545177, "This is the sum over the outcomes; the mean is wanted."),
        Mistake(1.6, "The unit is bits; nats were asked for."),
    ),
)

draws_needed = Exercise(
    prompt=(
        "Compute.\n"
        "One log-ratio of fruit pocket 1 against the uniform pocket has the standard"
        " deviation 0.526068 bits.\n"
        "How many draws bring the standard error of the mean down to 0.001 bits?"
    ),
    expected=(0.526068 / 0.001) ** 2,
    why="The standard error falls with the square root of the number of draws.",
    hints=(
        "Write the standard error as a formula with n in it.",
        "Set it equal to 0.001 and solve for n.",
    ),
    solution_text="answer = (0.526068 / 0.001) ** 2",
    mistakes=(
        Mistake(526.068, "The square is missing: the error falls like 1 / sqrt(n)."),
        Mistake(
            276.7475,
            "Only the standard deviation was squared; the 0.001 must be, too.",
        ),
        Mistake(
            132_964.3,
            "The standard deviation was turned into nats and the 0.001 was not:"
            " two units in one formula.",
        ),
        Mistake(
            4 * (0.526068 / 0.001) ** 2,
            "This makes two standard errors 0.001; one was asked for.",
        ),
    ),
)


def _shares(counts: np.ndarray) -> np.ndarray:
    return counts / counts.sum()


def _extra_bits(counts: np.ndarray, q: np.ndarray) -> float:
    p = _shares(counts)
    seen = p > 0
    return float(np.sum(p[seen] * np.log2(p[seen] / q[seen])))


def _cross_entropy_bits(counts: np.ndarray, q: np.ndarray) -> float:
    return float(-np.sum(_shares(counts) * np.log2(q)))


def _swapped(counts: np.ndarray, q: np.ndarray) -> float:
    with np.errstate(divide="ignore"):
        return float(np.sum(q * np.log2(q / _shares(counts))))


def _unnormalised(counts: np.ndarray, q: np.ndarray) -> float:
    seen = counts > 0
    return float(np.sum(counts[seen] * np.log2(counts[seen] / q[seen])))


bits_from_counts = Exercise(
    prompt=(
        "Implement.\n"
        "Somebody counted how often each outcome happened; take the shares of these"
        " counts as P.\n"
        "Write `answer(counts, q)`: KL(P‖Q) in bits, for an array of counts and an"
        " array of model probabilities above 0.\n"
        "A count may be 0."
    ),
    expected=_extra_bits,
    why="Shares first, then the mean log-ratio, over the outcomes that happened.",
    hints=(
        "Turn the counts into probabilities before anything else.",
        "Leave out the outcomes with count 0; they add nothing.",
        "np.log2 gives bits.",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(counts, q):\n"
        "    shares = counts / counts.sum()\n"
        "    seen = shares > 0\n"
        "    return (shares[seen] * np.log2(shares[seen] / q[seen])).sum()"
    ),
    mistakes=(
        Mistake(
            lambda counts, q: _extra_bits(counts, q) * np.log(2),
            "The unit is nats; bits were asked for.",
        ),
        Mistake(
            _swapped,
            "P and Q are swapped: the mean must be taken under the counted shares.",
        ),
        Mistake(
            _cross_entropy_bits,
            "This is the whole cost, the cross-entropy; only the extra bits count.",
        ),
        Mistake(
            _unnormalised,
            "The counts were used as they are; P must sum to 1.",
        ),
        Mistake(
            lambda counts, q: -_extra_bits(counts, q),
            "The sign: KL is never negative.",
        ),
        Mistake(
            lambda counts, q: _extra_bits(counts, q) / len(q),
            "This divides by the number of outcomes; the weights P already average.",
        ),
    ),
    cases=lambda rng: [
        (np.array([5.0, 3.0, 2.0]), np.full(3, 1 / 3)),
        (rng.integers(1, 50, 4).astype(float), rng.dirichlet(np.ones(4))),
        (np.array([7.0, 0.0, 1.0]), rng.dirichlet(np.ones(3))),
    ],
)

swapped_pair = Exercise(
    prompt=(
        "Explain.\n"
        "For which pair is KL(P‖Q) = KL(Q‖P)?\n"
        "Answer with one of 'a', 'b', 'c', 'd'.\n"
        "- 'a': P = (0.6, 0.3, 0.1), Q = (0.1, 0.6, 0.3)\n"
        "- 'b': P = (0.6, 0.3, 0.1), Q = (0.3, 0.6, 0.1)\n"
        "- 'c': P = (0.9, 0.1), Q = (0.5, 0.5)\n"
        "- 'd': for none of them"
    ),
    expected="b",
    why="Exchanging the names of outcomes 1 and 2 turns P into Q and Q into P.",
    hints=(
        "Look for a renaming of the outcomes that turns P into Q.",
        "The same renaming must also turn Q back into P.",
    ),
    solution_text="answer = 'b'",
    mistakes=(
        Mistake(
            "a",
            "Shifting every entry by one place turns P into Q, but the same shift"
            " does not turn Q back into P.",
        ),
        Mistake(
            "c",
            "No renaming turns one of these into the other; compute both numbers.",
        ),
        Mistake(
            "d",
            "KL is asymmetric in general, which leaves room for exceptions.",
        ),
    ),
)


def _to_standard_normal(mu: np.ndarray, log_var: np.ndarray) -> float:
    return float(0.5 * np.sum(mu**2 + np.exp(log_var) - 1 - log_var))


def _with_width(mu: np.ndarray, sigma: np.ndarray) -> float:
    return float(np.sum(0.5 * (mu**2 + sigma**2 - 1) - np.log(np.abs(sigma))))


standard_normal = Exercise(
    prompt=(
        "Implement.\n"
        "Programs often store ln σ², the log-variance, because it may be any real"
        " number.\n"
        "Write `answer(mu, log_var)`: KL(N(mu, σ²) ‖ N(0, 1)) in nats, summed over"
        " the entries of two arrays of equal length."
    ),
    expected=_to_standard_normal,
    why="The closed form with mu_q = 0 and sigma_q = 1, and ln σ = log_var / 2.",
    hints=(
        "Put mu_q = 0 and sigma_q = 1 into the closed form.",
        "Replace σ² by exp(log_var) and ln σ by log_var / 2.",
        "Sum over the entries at the end.",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(mu, log_var):\n"
        "    variance = np.exp(log_var)\n"
        "    return np.sum(mu**2 + variance - 1 - log_var) / 2"
    ),
    mistakes=(
        Mistake(
            lambda mu, log_var: _with_width(mu, log_var),
            "The log-variance was used as if it were the width σ.",
        ),
        Mistake(
            lambda mu, log_var: _with_width(mu, np.exp(log_var)),
            "exp(log_var) is the variance σ², and it was used as the width σ.",
        ),
        Mistake(
            lambda mu, log_var: _to_standard_normal(mu, log_var) / len(mu),
            "This is the mean over the entries; the sum was asked for.",
        ),
        Mistake(
            lambda mu, log_var: -_to_standard_normal(mu, log_var),
            "The sign: this is minus KL.",
        ),
        Mistake(
            lambda mu, log_var: 2 * _to_standard_normal(mu, log_var),
            "The factor 1/2 of the closed form is missing.",
        ),
        Mistake(
            lambda mu, log_var: float(
                0.5 * np.sum((1 + mu**2) / np.exp(log_var) - 1 + log_var)
            ),
            "This is the other direction, with N(0, 1) as the truth.",
        ),
    ),
    cases=lambda rng: [
        (rng.normal(0, 1, 3), rng.uniform(-2, 1, 3)),
        (rng.normal(0, 2, 5), rng.uniform(0.2, 1.5, 5)),
        (np.array([0.0, 1.0]), np.array([-0.5, 0.7])),
    ],
)

gap_target = Exercise(
    prompt=(
        "Explain.\n"
        "The truth is uniform on the two blocks from -3 to -2 and from 2 to 3, and 0"
        " elsewhere.\n"
        "Which Gaussian Q has the smallest reverse KL(Q‖P)?\n"
        "Answer with one of 'a', 'b', 'c', 'd'.\n"
        "- 'a': a narrow one in the middle of one block\n"
        "- 'b': a wide one over both blocks\n"
        "- 'c': none, it is infinite for every Gaussian\n"
        "- 'd': the one with the mean and the variance of the truth"
    ),
    expected="c",
    why="Every Gaussian has some mass where p = 0, and there ln(q/p) is infinite.",
    hints=(
        "Under reverse KL the model's mass is charged, wherever it lies.",
        "Where is the density of a Gaussian exactly 0?",
    ),
    solution_text="answer = 'c'",
    mistakes=(
        Mistake(
            "a",
            "Mode-seeking would say so, but even a narrow Gaussian has tails;"
            " what is ln(q/p) there?",
        ),
        Mistake(
            "b",
            "Covering is what forward KL wants, and much of this Gaussian's mass"
            " lies where p = 0.",
        ),
        Mistake(
            "d",
            "Mean and variance of the truth solve the forward problem; this one is"
            " reverse.",
        ),
    ),
)
