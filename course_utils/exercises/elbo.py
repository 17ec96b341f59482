"""Exercises of lesson 09: the evidence lower bound."""

import numpy as np

from course_utils.exercises.engine import Exercise

NOTEBOOK = "09_elbo"


best_guess = Exercise(
    expected="c",
    why="It neither explains x best nor stays closest to the prior: the sum wins.",
    hints=(
        "A guess can lose by missing codes that made x, or by offering codes that"
        " did not.",
        "Lay each bell over the posterior, N(2/3, 1/3). Which covers it best?",
    ),
    solution_text='answer = "c"',
    mistakes=(
        ("a", "The prior offers many codes that could hardly have made x = 1."),
        ("b", "It explains x well, but it is far too sure: it leaves out codes."),
        ("d", "log p(x) is the same for every q; the ELBO is only a part of it."),
    ),
)


def bound(prior: np.ndarray, likelihood: np.ndarray, q: np.ndarray, dz: float) -> float:
    """The last line of the route: reconstruction minus KL to the prior."""
    return np.sum(q * np.log(likelihood) - q * np.log(q / prior)) * dz


def three_arrays(rng: np.random.Generator) -> list[tuple]:
    """A prior, a likelihood and a guess, on three causes and on a grid."""
    few = rng.dirichlet(np.ones(4)), rng.uniform(0.1, 0.9, 4), rng.dirichlet(np.ones(4))
    z = np.linspace(-6, 6, 601)
    bell = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    narrow = np.exp(-2 * (z - 0.3) ** 2) / np.sqrt(np.pi / 2)
    return [(*few, 1.0), (bell, np.exp(-((1 - z) ** 2)), narrow, 0.02)]


elbo = Exercise(
    expected=bound,
    why="Reconstruction minus KL to the prior, each an average over q.",
    hints=(
        "A mean under q is np.sum(q * f) * dz.",
        "KL(q ‖ p(z)) is the mean, under q, of log(q / prior). Mind its sign.",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(prior, likelihood, q, dz):\n"
        "    reconstruction = np.sum(q * np.log(likelihood)) * dz\n"
        "    kl_prior = np.sum(q * np.log(q / prior)) * dz\n"
        "    return reconstruction - kl_prior"
    ),
    mistakes=(
        (
            lambda p, lik, q, dz: np.sum(q * np.log(lik) + q * np.log(q / p)) * dz,
            "The KL is added; it has to be subtracted. This can exceed log p(x).",
        ),
        (
            lambda p, lik, q, dz: np.sum(q * np.log(lik) - p * np.log(p / q)) * dz,
            "This is KL(p(z) ‖ q); the mean has to be taken under q.",
        ),
        (
            lambda p, lik, q, dz: np.sum(p * np.log(lik) - q * np.log(q / p)) * dz,
            "The codes are drawn from the prior in the first term; draw from q.",
        ),
        (
            lambda p, lik, q, dz: np.sum(q * np.log(lik)) * dz,
            "This is the reconstruction alone; the KL to the prior is missing.",
        ),
    ),
    cases=three_arrays,
)

smaller_support = Exercise(
    expected=3,
    why="q/q is 1 only where q is not 0: the rest of the integral is lost there.",
    hints=(
        "Where q = 0, what is q · p(x,z)/q?",
        "Which line first has q in a denominator and claims to be equal?",
    ),
    solution_text="answer = 3",
    mistakes=(
        (2, "Line 2 does not contain q at all."),
        (4, "Jensen still holds: line 4 is at most line 3. Look one line up."),
        (5, "p(x,z) = p(x|z) p(z) holds at every z. Look further up."),
        (6, "The definition of KL asks for q only where q > 0. Look further up."),
    ),
)

mean_field = Exercise(
    expected=lambda cov: 1 / np.diag(np.linalg.inv(cov)),
    why="Each variance is that of one code while the other is held fixed.",
    hints=(
        "Each v_j stands alone: where is the slope of v_j Λ_jj − log v_j zero?",
        "Λ is np.linalg.inv(cov), and the slope is Λ_jj − 1/v_j.",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(cov):\n"
        "    return 1 / np.diag(np.linalg.inv(cov))"
    ),
    mistakes=(
        (
            lambda cov: np.diag(cov),
            "These are the marginal variances: the best q of KL(p ‖ q), not of"
            " KL(q ‖ p).",
        ),
        (
            lambda cov: np.diag(np.linalg.inv(cov)),
            "These are the precisions; a variance is one over a precision.",
        ),
        (
            lambda cov: 1 / np.sqrt(np.diag(np.linalg.inv(cov))),
            "These are standard deviations; variances were asked for.",
        ),
    ),
    cases=lambda rng: [
        (np.array([[1, r], [r, s]]),) for r, s in [(0.9, 1.0), (-0.5, 2.0), (0.1, 0.3)]
    ],
)

gap = Exercise(
    expected=0.617361,
    why="Evidence minus ELBO, and the ELBO is reconstruction minus KL to the prior.",
    hints=(
        "First the ELBO: reconstruction minus KL to the prior.",
        "The gap is what is missing from the ELBO up to log p(x).",
    ),
    solution_text="answer = -1.455004 - (-1.572365 - 0.5)",
    mistakes=(
        (0.117361, "The KL to the prior is missing: the ELBO is lower still."),
        (-0.617361, "The gap is evidence minus ELBO: it is never negative."),
        (-0.382639, "The KL was added. A negative gap gives that away."),
        (-2.072365, "This is the ELBO; the gap is what it lacks."),
    ),
)

when_it_rises = Exercise(
    expected="b",
    why="With no gap at the start, the evidence gains the ELBO's rise and the new gap.",
    hints=(
        "Evidence is ELBO plus gap. When can the gap not shrink?",
        "A gap of 0 can only grow.",
    ),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "The gap may shrink by more than the ELBO rises, as in the figure."),
        ("c", "A gap that is 0 at the end may have shrunk by more than the ELBO rose."),
        ("d", "Between w = 0.707 and 0.562 every small step up is a loss of evidence."),
    ),
)

other_side = Exercise(
    expected="upper",
    why="It is log p(x) plus KL(p(z|x) ‖ q), and a KL is never negative.",
    hints=(
        "Replace p(x,z) by p(z|x) p(x) and split the logarithm.",
        "What is the mean of log(p(z|x) / q) when z is drawn from p(z|x)?",
    ),
    solution_text='answer = "upper"',
    mistakes=(
        ("lower", "That is so if z is drawn from q. Here z comes from the posterior."),
        ("equal", "Only if q is the posterior itself."),
        ("neither", "Split off log p(x): what is left is a KL divergence."),
    ),
)


def k_bound(log_w: np.ndarray) -> float:
    """Mean over the rows of the log of the mean weight: (N, K) -> one number."""
    top = log_w.max(axis=1, keepdims=True)
    return np.mean(top[:, 0] + np.log(np.mean(np.exp(log_w - top), axis=1)))


def naive_bound(log_w: np.ndarray) -> float:
    """The same, without subtracting the largest first."""
    with np.errstate(divide="ignore"):
        return float(np.mean(np.log(np.mean(np.exp(log_w), axis=1))))


k_sample = Exercise(
    expected=k_bound,
    why="The log of the mean of K weights, averaged over many tries.",
    hints=(
        "The mean of the weights goes along axis 1, the mean of the logs over rows.",
        "exp(-1000) is 0: subtract each row's largest entry first, add it at the end.",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(log_w):\n"
        "    top = log_w.max(axis=1, keepdims=True)\n"
        "    mean_w = np.mean(np.exp(log_w - top), axis=1)\n"
        "    return np.mean(top[:, 0] + np.log(mean_w))"
    ),
    mistakes=(
        (np.mean, "This is the mean of all logs: the ELBO, whatever K is."),
        (
            lambda log_w: k_bound(log_w) + np.log(log_w.shape[1]),
            "The weights are summed; divide by K.",
        ),
        (
            lambda log_w: k_bound(log_w.reshape(1, -1)),
            "All rows are thrown together: that is one try with N·K samples.",
        ),
        (naive_bound, "exp(-1000) is 0 in a computer: subtract the largest first."),
    ),
    cases=lambda rng: [(rng.normal(-1, 1, (5, 3)),), (rng.normal(-1000, 3, (4, 6)),)],
)
