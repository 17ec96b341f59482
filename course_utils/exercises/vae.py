"""Exercises of 09_vae: draws, KL, gradients, what a likelihood is, the loss."""

import numpy as np
from numpy.typing import NDArray

from course_utils.exercises.engine import Exercise, Mistake

NOTEBOOK = "09_vae"

Array = NDArray[np.float64]

draws = Exercise(
    prompt=(
        "One draw estimates the toy's reconstruction term with a standard deviation"
        " of 1.2080 nats. How many draws L are needed at least to bring that down to"
        " 0.1 nats?"
    ),
    expected=146,
    why="The deviation falls like 1/sqrt(L), so L must exceed 1.4592 / 0.01 = 145.9.",
    hints=(
        "The mean of L independent draws has the variance of one draw divided by L.",
        "Solve 1.2080 / sqrt(L) = 0.1 for L.",
        "L is a whole number, and the wanted deviation must be reached.",
    ),
    solution_text="import math\n\nanswer = math.ceil((1.2080 / 0.1) ** 2)",
    mistakes=(
        Mistake(13, "That treats the deviation as falling like 1/L."),
        Mistake(145, "Almost: with that number the deviation is still larger."),
        Mistake(15, "That divides 1.46, a variance, by a standard deviation."),
        Mistake(12, "That treats the deviation as falling like 1/L, rounded down."),
    ),
)

one_latent = Exercise(
    prompt=(
        "One latent has mean 1 and standard deviation 0.5. What is its KL divergence"
        " to N(0, 1), in nats?"
    ),
    expected=0.5 * (1 + 0.25 - 1 + np.log(4)),
    why="The mean costs 0.5, and being four times less variable costs 0.318.",
    hints=(
        "Which of the quantities in the formula are squares of those given?",
        "The log-variance is the logarithm of 0.25.",
        "Half of: squared mean, plus variance, minus 1, minus log-variance.",
    ),
    solution_text=(
        "import math\n\n"
        "variance = 0.5**2\n"
        "answer = (1**2 + variance - 1 - math.log(variance)) / 2"
    ),
    mistakes=(
        Mistake(0.25 + np.log(4), "A factor in front of the bracket is missing."),
        Mistake(0.5 * (0.25 - np.log(4)), "The logarithm has the wrong sign."),
        Mistake(
            0.5 * (np.exp(0.5) - 0.5),
            "You took 0.5 for the log-variance; it is the standard deviation.",
        ),
        Mistake(
            0.5 * (0.5 + np.log(2)),
            "You took 0.5 for the variance; it is the standard deviation.",
        ),
        Mistake(
            0.5 * (0.25 + np.log(4)) / np.log(2),
            "That is in bits, not in nats.",
        ),
        Mistake(
            np.log(0.5) + (1 + 1) / (2 * 0.25) - 0.5,
            "That is the divergence from N(0, 1) to q: the two are swapped.",
        ),
    ),
)


def _other_prior(
    mu: Array, log_var: Array, prior_mu: Array, prior_log_var: Array
) -> Array:
    squared = (np.exp(log_var) + (mu - prior_mu) ** 2) / np.exp(prior_log_var)
    return 0.5 * (squared - 1 + prior_log_var - log_var).sum(axis=1)


def _latents(rng: np.random.Generator) -> list[tuple]:
    return [tuple(rng.normal(size=(4, batch, 3))) for batch in (2, 5)]


other_prior = Exercise(
    prompt=(
        "Let the prior be any diagonal Gaussian. Write"
        " answer(mu, log_var, prior_mu, prior_log_var): the KL divergence from q to"
        " the prior, one number per picture; all four arguments are numpy arrays of"
        " shape (B, J)."
    ),
    expected=_other_prior,
    why="Everything is measured in the prior's width and summed over latents.",
    hints=(
        "Start from the full formula with two diagonal covariance matrices.",
        "The trace is the sum of variance over prior variance.",
        "The log-determinants give prior log-variance minus log-variance.",
    ),
    solution_text=(
        "import numpy as np\n\n\n"
        "def answer(mu, log_var, prior_mu, prior_log_var):\n"
        "    shift = (mu - prior_mu) ** 2\n"
        "    ratio = (np.exp(log_var) + shift) / np.exp(prior_log_var)\n"
        "    return (ratio - 1 + prior_log_var - log_var).sum(axis=1) / 2"
    ),
    mistakes=(
        Mistake(
            lambda m, v, pm, pv: _other_prior(m, v, pm, pv) / m.shape[1],
            "A mean over the latents; a joint divergence is a sum over them.",
        ),
        Mistake(
            lambda m, v, pm, pv: _other_prior(pm, pv, m, v),
            "The two distributions are swapped: the mean is taken under q.",
        ),
        Mistake(
            lambda m, v, pm, pv: 2 * _other_prior(m, v, pm, pv),
            "A constant factor in front is missing.",
        ),
        Mistake(
            lambda m, v, pm, pv: _other_prior(m, v, 0 * pm, 0 * pv),
            "That is right for the prior N(0, I) alone; the given prior is not used.",
        ),
        Mistake(
            lambda m, v, pm, pv: _other_prior(m, v, pm, pv) + (v - pv).sum(axis=1),
            "The logarithms have the wrong sign.",
        ),
        Mistake(
            lambda m, v, pm, pv: _other_prior(m, 2 * v, pm, 2 * pv),
            "You read the log-variances as logarithms of standard deviations.",
        ),
        Mistake(
            lambda m, v, pm, pv: _other_prior(m, v, pm, pv).mean(),
            "That is one number for the batch; one per picture was asked for.",
        ),
    ),
    cases=_latents,
)

sigma_variance = Exercise(
    prompt=(
        "With f(z) = z² and mu = sigma = 1, the pathwise gradient with respect to"
        " sigma from one draw is 2 z eps, with z = 1 + eps. What is its variance?"
    ),
    expected=12,
    why="2 (eps + eps²) has variance 4 (1 + 2): eps and eps² are uncorrelated.",
    hints=(
        "Write the estimate as a polynomial in eps.",
        "The moments of eps of order 1 to 4 are 0, 1, 0 and 3.",
        "The variance is the mean square minus the square of the mean.",
    ),
    solution_text=(
        "mean = 2 * (0 + 1)\nmean_square = 4 * (1 + 2 * 0 + 3)\n"
        "answer = mean_square - mean**2"
    ),
    mistakes=(
        Mistake(16, "That is the mean square; the square of the mean is still in it."),
        Mistake(4, "That is the variance of the gradient with respect to mu."),
        Mistake(np.sqrt(12), "That is the standard deviation."),
        Mistake(3, "The factor 2 in front of the estimate has been lost."),
        Mistake(6, "A factor in front of an estimate enters its variance squared."),
        Mistake(30, "That is the score-function gradient with respect to mu."),
    ),
)

_ENTROPY = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))

floor = Exercise(
    prompt=(
        "A picture has 784 pixels, each with the grey value 0.25. What is the lowest"
        " value, in nats, that the summed cross-entropy of a reconstruction of it can"
        " take?"
    ),
    expected=784 * _ENTROPY,
    why="Cross-entropy is least at p = x, where it is the entropy: 0.5623 a pixel.",
    hints=(
        "For which p is -x ln p - (1 - x) ln(1 - p) least? Set its slope to 0.",
        "At p = x what is left is a quantity of notebook 01.",
    ),
    solution_text=(
        "from scipy.stats import entropy\n\nanswer = 784 * entropy([0.25, 0.75])"
    ),
    mistakes=(
        Mistake(0, "A cross-entropy ends at the entropy of its target, not at 0."),
        Mistake(_ENTROPY, "That is one pixel: the loss is a sum over pixels."),
        Mistake(784 * _ENTROPY / np.log(2), "That is in bits; the loss is in nats."),
        Mistake(784 * np.log(2), "That is the picture of the text, whose grey is 0.5."),
        Mistake(-784 * 0.25 * np.log(0.25), "The half with 1 - x is missing."),
        Mistake(-784 * _ENTROPY, "The sign is turned."),
        Mistake(
            -784 * np.log(0.75), "That rounds the pixel to 0; it is grey, p = 0.25."
        ),
    ),
)

report = Exercise(
    prompt=(
        'A paper says: "our VAE reaches a log-likelihood of -104.4 nats per image on'
        ' MNIST"; in its program the loss is the summed binary cross-entropy of the'
        " grey pixels plus the KL. What is the matter with the sentence? Answer with"
        " one of: 'a' (the KL should be subtracted from the loss), 'b' (the sum over"
        " pixels should be a mean), 'c' (the cross-entropy of grey pixels is no"
        " likelihood, so there is no log-likelihood to report), 'd' (nothing is)."
    ),
    expected="c",
    why="p^x (1-p)^(1-x) does not integrate to 1 over grey x: it is no density.",
    hints=(
        "Which of the decoders of this section is normalised over the data it is"
        " given?",
        "Look at the two integrals that were computed for p = 0.5 and p = 0.9.",
    ),
    solution_text='answer = "c"',
    mistakes=(
        Mistake("a", "The loss is minus the ELBO, in which the KL has a plus sign."),
        Mistake("b", "Sums over pixels are what a joint probability asks for."),
        Mistake("d", "Something is: ask what the loss is the logarithm of."),
    ),
)


def _loss(nll: Array, kl: Array, beta: float) -> float:
    return float(nll.sum(axis=1).mean() + beta * kl.sum(axis=1).mean())


def _losses(rng: np.random.Generator) -> list[tuple]:
    return [
        (rng.exponential(1, (batch, 12)), rng.exponential(1, (batch, 3)), beta)
        for batch, beta in [(4, 1.0), (5, 0.25), (2, 4.0)]
    ]


loss = Exercise(
    prompt=(
        "You are given nll of shape (B, D), kl of shape (B, J), both numpy arrays in"
        " nats, and a number beta. Write answer(nll, kl, beta): the loss in nats per"
        " image."
    ),
    expected=_loss,
    why="Both parts are summed over their own axis and averaged over the same images.",
    hints=(
        "Sum over pixels and latents, mean over the batch.",
        "The weight beta stands on the KL.",
    ),
    solution_text=(
        "def answer(nll, kl, beta):\n"
        "    per_image = nll.sum(axis=1) + beta * kl.sum(axis=1)\n"
        "    return per_image.mean()"
    ),
    mistakes=(
        Mistake(
            lambda nll, kl, beta: nll.mean() + beta * kl.sum(axis=1).mean(),
            "The pixels are averaged and the latents summed: a beta of D, unseen.",
        ),
        Mistake(
            lambda nll, kl, beta: nll.sum(axis=1).mean() + beta * kl.mean(),
            "The latents are averaged and the pixels summed: a beta of 1/J, unseen.",
        ),
        Mistake(
            lambda nll, kl, beta: nll.mean() + beta * kl.mean(),
            "Means over pixels and over latents: neither is in nats per image.",
        ),
        Mistake(
            lambda nll, kl, beta: nll.sum(axis=1).mean() - beta * kl.sum(axis=1).mean(),
            "The KL has the wrong sign; it is a cost.",
        ),
        Mistake(
            lambda nll, kl, beta: beta * nll.sum(axis=1).mean() + kl.sum(axis=1).mean(),
            "The weight stands on the wrong term.",
        ),
        Mistake(
            lambda nll, kl, beta: nll.sum(axis=1).mean() + kl.sum(axis=1).mean(),
            "beta is not used.",
        ),
        Mistake(
            lambda nll, kl, beta: nll.sum() + beta * kl.sum(),
            "That grows with the batch; nats per image do not.",
        ),
        Mistake(
            lambda nll, kl, beta: nll.sum(axis=1) + beta * kl.sum(axis=1),
            "One number per image; the loss is one number for the batch.",
        ),
    ),
    cases=_losses,
)
