"""Exercises of lesson 02: cross-entropy and KL divergence."""

import numpy as np
from scipy.special import rel_entr, xlogy

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice, in_bits, wrong_sign

NOTEBOOK = "02_cross_entropy_and_kl"


def paid(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Cross-entropy along the last axis, in nats: 2 x (..., n) -> (...)."""
    return -xlogy(p, q).sum(-1)


def lists(rng: np.random.Generator) -> list[tuple]:
    """Pairs of lists, one with a zero in both, and a pair of stacks."""
    three, four = rng.dirichlet(np.ones(3), 2), rng.dirichlet(np.ones(4), (2, 5))
    return [(*three,), (np.array([0.5, 0, 0.5]), np.array([0.2, 0, 0.8])), (*four,)]


cost = Exercise(
    expected=paid,
    why="Each outcome pays log 1/q, and turns up in a share p of all draws.",
    hints=(
        "What does one outcome cost, in a code made for q? How often is it paid?",
        "scipy.special.xlogy(p, q) is p ln q, and 0 where p is 0, even for q = 0.",
        "sum(-1) adds along the last axis, of a row and of a stack of rows.",
    ),
    solution_text=(
        "from scipy.special import xlogy\n\n\n"
        "def answer(p, q):\n    return -xlogy(p, q).sum(-1)"
    ),
    mistakes=(
        (lambda p, q: paid(q, p), "Turned round: the truth p says how often one pays."),
        in_bits(paid),
        wrong_sign(paid, "The sign: a cost is positive, and ln q is not."),
        (lambda p, q: -xlogy(p, q).sum(), "A stack of lists has one cost for each."),
        (lambda p, q: -xlogy(p, p).sum(-1), "This is the entropy of p; q is missing."),
        (
            lambda p, q: -np.log(q).mean(-1),
            "All outcomes count alike; weigh by p.",
        ),
        (lambda p, q: -xlogy(p, q).sum(0), "This adds up down the stack (axis 0)."),
    ),
    cases=lists,
)

FLOOR = float(-0.91 * np.log(0.91) - 0.09 * np.log(0.01))

floor = Exercise(
    expected=FLOOR,
    why="The best belief is the target itself, and that pays the target's entropy.",
    hints=(
        "Which belief q has the lowest cross-entropy, when p is the target?",
        "One class has 0.91, nine have 0.01 each: what is the entropy?",
    ),
    solution_text=(
        "import math\n\nanswer = -0.91 * math.log(0.91) - 9 * 0.01 * math.log(0.01)"
    ),
    mistakes=(
        (0, "0 would take a target that is certain; this one is not."),
        in_bits(FLOOR),
        (-np.log(0.91), "This is the cost of the label alone; the 0.09 pays as well."),
        (np.log(10), "This is where it begins: every class believed alike."),
        (0.544813, "The tenth is shared by all ten classes, the label's own included."),
    ),
)

TWICE = float(np.log(np.e + 9) - 1)

twice = Exercise(
    expected=TWICE,
    why="Probabilities differ by 1 at most, so softmax cannot make them certain.",
    hints=(
        "The most certain input to the second softmax is (1, 0, …, 0).",
        "Its softmax gives the right class e/(e + 9); what does that cost?",
    ),
    solution_text="import math\n\nanswer = math.log(math.e + 9) - 1",
    mistakes=(
        (0, "Put (1, 0, …, 0) into softmax: does a probability of 1 come out?"),
        (np.e / (np.e + 9), "This is the probability; its cost was asked for."),
        (np.log(np.e + 10) - 1, "Ten classes: one gets e, and nine get exp(0) = 1."),
    ),
)


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    """The mean of draws (n,) and its standard error."""
    return np.mean(values), np.std(values, ddof=1) / np.sqrt(len(values))


sampled = Exercise(
    expected=mean_and_error,
    why="The error of a mean shrinks with the root of the number of draws.",
    hints=(
        "Two numbers: np.mean(values), and the s.d. of one draw over a square root.",
        "np.std(values, ddof=1) is the s.d.; len(values) is n.",
    ),
    solution_text=(
        "import numpy as np\n\n\ndef answer(values):\n"
        "    error = np.std(values, ddof=1) / np.sqrt(len(values))\n"
        "    return np.mean(values), error"
    ),
    mistakes=(
        (lambda v: (np.mean(v), np.std(v, ddof=1)), "This is the s.d. of one draw."),
        (
            lambda v: (np.mean(v), np.std(v, ddof=1) / len(v)),
            "Divided by n; the error of a mean falls only like 1/√n.",
        ),
        (
            lambda v: (np.mean(v), np.var(v, ddof=1) / len(v)),
            "This is the variance of the mean; its root was asked for.",
        ),
        (
            lambda v: (np.mean(v), np.std(v) / np.sqrt(len(v))),
            "np.std divides by n unless it is told ddof=1.",
        ),
    ),
    cases=lambda rng: [(rng.normal(0.1, 0.5, 12),), (rng.normal(3, 2, 30),)],
)

same_both_ways = choice(
    "b",
    why="Exchanging the names of outcomes 1 and 2 turns P into Q and Q into P.",
    hints=(
        "The sum does not know the outcomes' names. Look for a renaming.",
        "It must turn P into Q, and the same one must turn Q into P.",
    ),
    a="The shift that turns P into Q does not turn Q back into P.",
    c="No renaming turns one of these into the other; compute both numbers.",
    d="Different in general leaves room for exceptions: compute them.",
)

blocks = choice(
    "c",
    why="Every bell has some mass where p = 0, and there ln(q/p) is infinite.",
    hints=(
        "In reverse the model's mass is charged, wherever it lies.",
        "Where is the density of a bell exactly 0?",
    ),
    a="Even a narrow bell has tails; what is ln(q/p) out there?",
    b="Forward KL wants that; much of this bell's mass lies where p = 0.",
    d="Mean and variance of the truth solve the forward problem; this one is reverse.",
)


def bells(mu_p: float, sigma_p: float, mu_q: float, sigma_q: float) -> float:
    """KL(N(mu_p, sigma_p²) || N(mu_q, sigma_q²)) in nats; the arguments broadcast."""
    spread = (sigma_p**2 + (mu_p - mu_q) ** 2) / (2 * sigma_q**2)
    return np.log(sigma_q / sigma_p) + spread - 0.5


gaussian_kl = Exercise(
    expected=bells,
    why="The logarithm of the widths, half the mean square of u_q, less that of u_p.",
    hints=(
        "Take the mean under P of each of the three terms of the log-ratio.",
        "The first is a constant; the second has the mean -1/2.",
        "The third: (sigma_p² + (mu_p - mu_q)²) / (2 sigma_q²).",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(mu_p, sigma_p, mu_q, sigma_q):\n"
        "    spread = (sigma_p**2 + (mu_p - mu_q)**2) / (2 * sigma_q**2)\n"
        "    return np.log(sigma_q / sigma_p) + spread - 0.5"
    ),
    mistakes=(
        (
            lambda m, s, n, r: bells(n, r, m, s),
            "This is the other direction, KL(Q‖P): the mean must be taken under P.",
        ),
        (
            lambda m, s, n, r: bells(m, s, n, r) + 2 * np.log(s / r),
            "The first term is upside down: it is ln(sigma_q / sigma_p).",
        ),
        (
            lambda m, s, n, r: bells(m, s, n, r) + 0.5,
            "The second term is missing: a bell and itself must give 0.",
        ),
        (
            lambda m, s, n, r: bells(m, np.sqrt(s), n, np.sqrt(r)),
            "The widths were read as variances; sigma² is the variance.",
        ),
    ),
    cases=lambda rng: [
        (*rng.normal(0, 2, 1), *rng.uniform(0.3, 3, 1), 1.0, 2.0),
        (-1.0, 0.7, rng.normal(0, 2, 4), rng.uniform(0.3, 3, 4)),
    ],
)


def second(p: np.ndarray, q: np.ndarray, weights: np.ndarray | None = None) -> float:
    """The chain rule's second term, for tables (today, tomorrow)."""
    rows_p, rows_q = p / p.sum(1, keepdims=True), q / q.sum(1, keepdims=True)
    shares = p.sum(1) if weights is None else weights
    return float(shares @ rel_entr(rows_p, rows_q).sum(1))


tomorrow = Exercise(
    expected=lambda p, q: second(p, q),
    why="Each kind of day has a KL of its own; the truth says how often it is met.",
    hints=(
        "p.sum(1) is about today; p / p.sum(1, keepdims=True) is about tomorrow.",
        "One KL for each row of these, then the mean of the KLs under p.sum(1).",
    ),
    solution_text=(
        "import numpy as np\n\n\ndef answer(p, q):\n"
        "    p_after = p / p.sum(1, keepdims=True)\n"
        "    q_after = q / q.sum(1, keepdims=True)\n"
        "    return p.sum(1) @ (p_after * np.log(p_after / q_after)).sum(1)"
    ),
    mistakes=(
        (
            lambda p, q: second(p, q, np.full(len(p), 1 / len(p))),
            "All kinds of day count alike; weigh them by the truth.",
        ),
        (
            lambda p, q: second(p, q, q.sum(1)),
            "The mean was taken under q(today); what happens follows p.",
        ),
        (
            lambda p, q: rel_entr(p, q).sum(),
            "This is the KL of both days; divide each row by its sum first.",
        ),
        (
            lambda p, q: rel_entr(p.sum(0), q.sum(0)).sum(),
            "This forgets today: it compares tomorrow's totals.",
        ),
        (
            lambda p, q: second(p.T, q.T),
            "Turned round: today given tomorrow.",
        ),
    ),
    cases=lambda rng: [
        tuple(rng.dirichlet(np.ones(n * m), 2).reshape(2, n, m))
        for n, m in ((2, 2), (3, 2), (2, 4))
    ],
)

library = choice(
    "b",
    why="The model first, as a logarithm, and the mean over rows, not over entries.",
    hints=(
        "`target * (target.log() - input)` should read p (ln p - ln q).",
        "Eight rows of three numbers: what does dividing by 24 give?",
    ),
    a="This is KL(Q‖P): target should be the truth.",
    c="input stands in the formula without log: it must be a logarithm already.",
    d="'mean' divides by all the numbers there are, outcomes included.",
)
