"""Exercises of lesson 08: latent-variable models."""

import numpy as np
from scipy.stats import norm

from course_utils.exercises.engine import Exercise

NOTEBOOK = "08_latent_variable_models"

nearer = Exercise(
    expected="b",
    why="A gap costs only the few pixels that it covers.",
    hints=(
        "Count the pixels that change, in either picture.",
        "Half a pixel to the side touches every edge of the stroke.",
    ),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "To us it is the same 3. The distance only compares pixel with pixel."),
        ("c", "Turn the knobs again and read off both numbers."),
        ("d", "A distance between two pictures needs no story: it can be computed."),
    ),
)


def told(
    u: np.ndarray, eps: np.ndarray, p: np.ndarray, means: np.ndarray, sds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Causes and values: u picks the cause, eps the place in its bell."""
    z = np.searchsorted(np.cumsum(p), u)
    return z, means[z] + sds[z] * eps


def story_cases(rng: np.random.Generator) -> list[tuple]:
    """Two stories, of three causes and of two, each told some times."""
    three = np.array([0.5, 0.3, 0.2]), np.array([1.0, 4, 9]), np.array([0.5, 2, 3])
    two = np.array([0.1, 0.9]), np.array([-3.0, 3]), np.array([2, 0.5])
    return [(rng.random(40), rng.standard_normal(40), *story) for story in (three, two)]


story = Exercise(
    expected=told,
    why="First the cause, then a draw from the bell of that cause.",
    hints=(
        "np.searchsorted(np.cumsum(p), u) gives the first cause up to which the"
        " probabilities add up to u.",
        "means[z] and sds[z] pick one entry per draw; eps is in units of sds.",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(u, eps, p, means, sds):\n"
        "    z = np.searchsorted(np.cumsum(p), u)\n"
        "    return z, means[z] + sds[z] * eps"
    ),
    mistakes=(
        (
            lambda u, e, p, m, s: (np.searchsorted(np.cumsum(p), u), p @ m + p @ s * e),
            "All x come from one average bell; each cause has its own.",
        ),
        (
            lambda u, e, p, m, s: told(u, e, p, m, s**2),
            "A draw is the mean plus the standard deviation times eps, not its square.",
        ),
        (
            lambda u, e, p, m, s: told(u, e, np.full(len(p), 1 / len(p)), m, s),
            "Every cause comes equally often; p says how often each should.",
        ),
        (
            lambda u, e, p, m, s: told(np.full(len(u), 1 - p.max()), e, p, m, s),
            "Every draw has the same cause; u should pick one for each.",
        ),
    ),
    cases=story_cases,
)


def log_mean_exp(log_w: np.ndarray) -> float:
    """The log of the mean of exp(log_w), with the largest taken out first."""
    top = np.max(log_w)
    return top + np.log(np.mean(np.exp(log_w - top)))


def naive(log_w: np.ndarray) -> float:
    """The same without taking the largest out."""
    with np.errstate(divide="ignore"):
        return np.log(np.mean(np.exp(log_w)))


estimate = Exercise(
    expected=log_mean_exp,
    why="The mean is one of densities; the log comes last.",
    hints=(
        "log((w₁ + … + w_K)/K), where each w is exp of an entry.",
        "exp(-800) is 0. Subtract the largest entry first and add it at the end.",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(log_w):\n"
        "    top = np.max(log_w)\n"
        "    return top + np.log(np.mean(np.exp(log_w - top)))"
    ),
    mistakes=(
        (np.mean, "This is the mean of the logs. p(x) is a mean of densities."),
        (
            lambda log_w: log_mean_exp(log_w) + np.log(len(log_w)),
            "The densities are added up; divide by their number.",
        ),
        (np.max, "This keeps the best guess only, as if the others did not count."),
        (naive, "exp(-800) is 0 in a computer: take the largest out first."),
    ),
    cases=lambda rng: [(rng.normal(-1, 1, 50),), (rng.normal(-800, 2, 50),)],
)


def size(log_w: np.ndarray) -> float:
    """(Σw)²/Σw², with the largest taken out first."""
    w = np.exp(log_w - np.max(log_w))
    return w.sum() ** 2 / (w**2).sum()


useful = Exercise(
    expected=size,
    why="K equal weights count as K; one that outweighs all others counts as 1.",
    hints=(
        "w = np.exp(log_w) may be all zeros; a common factor cancels in the ratio.",
        "Square of the sum over the sum of the squares.",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(log_w):\n"
        "    w = np.exp(log_w - np.max(log_w))\n"
        "    return w.sum()**2 / (w**2).sum()"
    ),
    mistakes=(
        (lambda log_w: 1 / size(log_w), "Upside down: the square of the sum on top."),
        (lambda log_w: float(len(log_w)), "This counts all guesses, useful or not."),
        (
            lambda log_w: size(log_w / 2),
            "These are not the squares of the weights; w² is exp(2 log w).",
        ),
        (
            lambda log_w: np.sum(log_w) ** 2 / np.sum(log_w**2),
            "These are the logs of the weights; take exp first.",
        ),
    ),
    cases=lambda rng: [(rng.normal(-1, 2, 50),), (rng.normal(-900, 3, 50),)],
)


def shares(
    x: np.ndarray, p: np.ndarray, means: np.ndarray, sds: np.ndarray
) -> np.ndarray:
    """p(z|x) of each x (N,) for each cause: (N, K)."""
    joint = p * norm.pdf(x[:, None], means, sds)
    return joint / joint.sum(1, keepdims=True)


def over_data(
    x: np.ndarray, p: np.ndarray, means: np.ndarray, sds: np.ndarray
) -> np.ndarray:
    """The same numbers, divided along the other axis."""
    joint = p * norm.pdf(x[:, None], means, sds)
    return joint / joint.sum(0)


e_step = Exercise(
    expected=shares,
    why="Bayes: each cause's p(z) p(x|z), divided by their sum, which is p(x).",
    hints=(
        "normal(x[:, None], means, sds**2) has a row per x and a column per cause.",
        "Each row has to add up to 1: .sum(1, keepdims=True).",
    ),
    solution_text=(
        "from scipy.stats import norm\n\n\n"
        "def answer(x, p, means, sds):\n"
        "    joint = p * norm.pdf(x[:, None], means, sds)\n"
        "    return joint / joint.sum(1, keepdims=True)"
    ),
    mistakes=(
        (
            lambda x, p, m, s: shares(x, np.ones(len(p)), m, s),
            "The prior is missing: a rare cause needs better evidence.",
        ),
        (over_data, "The columns add up to 1; it is the rows that should."),
        (
            lambda x, p, m, s: p * norm.pdf(x[:, None], m, s),
            "This is p(x, z); divide by p(x).",
        ),
        (
            lambda x, p, m, s: np.eye(len(p))[shares(x, p, m, s).argmax(1)],
            "Each x goes to its best cause alone; keep the shares.",
        ),
    ),
    cases=lambda rng: [
        (rng.normal(3, 3, 8), np.array(p), np.array([1.0, 6]), np.array([1, 2.5]))
        for p in ([0.5, 0.5], [0.2, 0.8])
    ],
)

impossible = Exercise(
    expected="d",
    why="It needs p(x), the sum over all codes. The other three take one pass each.",
    hints=(
        "One pass through the decoder gives p(x|z), for one z.",
        "Which of them needs every other z as well?",
    ),
    solution_text='answer = "d"',
    mistakes=(
        ("a", "Draw a code, decode it once, draw the pixels: done."),
        ("b", "Decode that code once and add up the pixels' log-probabilities."),
        ("c", "p(x, z) = p(z) p(x|z): one bell and one pass."),
    ),
)

weight = Exercise(
    expected=lambda log_prior, log_lik, log_q: log_prior + log_lik - log_q,
    why="Codes that q draws too often count less, and those it neglects count more.",
    hints=(
        "∫ p(z) p(x|z) dz = ∫ q(z) · w(z) dz. What is w?",
        "Divide by q, and turn products into sums of logs.",
    ),
    solution_text=(
        "def answer(log_prior, log_lik, log_q):\n    return log_prior + log_lik - log_q"
    ),
    mistakes=(
        (lambda p, lik, q: lik, "Without weights the mean is over q: not p(x)."),
        (lambda p, lik, q: lik - q, "The prior is missing: add log p(z)."),
        (lambda p, lik, q: q + lik - p, "Upside down: q belongs below."),
        (lambda p, lik, q: p + lik, "Divide by q, for the draws come from q."),
    ),
    cases=lambda rng: [
        (rng.normal(-2, 1, 9), rng.normal(-90, 5, 9), rng.normal(size=9))
    ],
)
