"""Exercises of 10_vae: draws, KL, gradients, what a likelihood is, the loss."""

import numpy as np
import torch
from torch import Tensor

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice, in_bits, scaled, wrong_sign

NOTEBOOK = "10_vae"

draws = Exercise(
    expected=146,
    why="The deviation falls like 1/sqrt(L), so L must exceed 1.4592 / 0.01 = 145.9.",
    hints=(
        "The mean of L independent draws has the variance of one draw divided by L.",
        "Solve 1.2080 / sqrt(L) = 0.1 for L.",
        "L is a whole number, and the wanted deviation must be reached.",
    ),
    solution_text="import math\n\nanswer = math.ceil((1.2080 / 0.1) ** 2)",
    mistakes=(
        ((1.2080 / 0.1) ** 2, "Right so far, but draws come whole: how many at least?"),
        (13, "That treats the deviation as falling like 1/L."),
        (145, "Almost: with that number the deviation is still larger."),
        (15, "That divides 1.46, a variance, by a standard deviation."),
        (12, "That treats the deviation as falling like 1/L, rounded down."),
    ),
    tolerance=1e-6,
)

_ONE_LATENT = 0.5 * (1 + 0.25 - 1 + np.log(4))

one_latent = Exercise(
    expected=_ONE_LATENT,
    why="The mean costs 0.5, and being four times less variable costs 0.318.",
    hints=(
        "Which of the quantities in the formula are squares of those given?",
        "The log-variance is the logarithm of 0.25.",
        "Half of: squared mean, plus variance, minus 1, minus log-variance.",
    ),
    solution_text="""\
import math

variance = 0.5**2
answer = (1**2 + variance - 1 - math.log(variance)) / 2""",
    mistakes=(
        (2 * _ONE_LATENT, "A factor in front of the bracket is missing."),
        (0.5 * (0.25 - np.log(4)), "The logarithm has the wrong sign."),
        (0.574361, "You took 0.5 for the log-variance; it is the standard deviation."),
        (0.596574, "You took 0.5 for the variance; it is the standard deviation."),
        in_bits(_ONE_LATENT),
        (2.806853, "That is the divergence from N(0, 1) to q: the two are swapped."),
    ),
)


def _kl(mu: Tensor, log_var: Tensor, prior_mu: Tensor, prior_log_var: Tensor) -> Tensor:
    squared = (torch.exp(log_var) + (mu - prior_mu) ** 2) / torch.exp(prior_log_var)
    return 0.5 * (squared - 1 + prior_log_var - log_var).sum(dim=1)


other_prior = Exercise(
    expected=_kl,
    why="Everything is measured in the prior's width and summed over latents.",
    hints=(
        "Start from the full formula with two diagonal covariance matrices.",
        "The trace is the sum of variance over prior variance.",
        "The log-determinants give prior log-variance minus log-variance.",
    ),
    solution_text="""\
import torch


def answer(mu, log_var, prior_mu, prior_log_var):
    shift = (mu - prior_mu) ** 2
    ratio = (torch.exp(log_var) + shift) / torch.exp(prior_log_var)
    return (ratio - 1 + prior_log_var - log_var).sum(dim=1) / 2""",
    mistakes=(
        (
            lambda m, v, pm, pv: _kl(pm, pv, m, v),
            "The two distributions are swapped: the mean is taken under q.",
        ),
        (scaled(_kl, 2), "A constant factor in front is missing."),
        (
            lambda m, v, pm, pv: _kl(m, v, 0 * pm, 0 * pv),
            "That is right for the prior N(0, I) alone; the given prior is not used.",
        ),
        (
            lambda m, v, pm, pv: _kl(m, v, pm, pv) + (v - pv).sum(dim=1),
            "The logarithms of the variances have the wrong sign.",
        ),
        (
            lambda m, v, pm, pv: _kl(m, 2 * v, pm, 2 * pv),
            "You read the log-variances as logarithms of standard deviations.",
        ),
        (
            lambda m, v, pm, pv: _kl(m, v, pm, pv).mean(),
            "That is one number for the batch; one per picture was asked for.",
        ),
    ),
    cases=lambda rng: [tuple(rng.normal(size=(4, batch, 3))) for batch in (2, 5)],
    torch=True,
)

sigma_variance = Exercise(
    expected=12,
    why="2 (eps + eps²) has variance 4 (1 + 2): eps and eps² are uncorrelated.",
    hints=(
        "Write the estimate as a polynomial in eps.",
        "The moments of eps of order 1 to 4 are 0, 1, 0 and 3.",
        "The variance is the mean square minus the square of the mean.",
    ),
    solution_text="""\
mean = 2 * (0 + 1)
mean_square = 4 * (1 + 2 * 0 + 3)
answer = mean_square - mean**2""",
    mistakes=(
        (16, "That is the mean square; the square of the mean is still in it."),
        (4, "That is the variance of the gradient with respect to mu."),
        (np.sqrt(12), "That is the standard deviation."),
        (3, "The factor 2 in front of the estimate has been lost."),
        (6, "A factor in front of an estimate enters its variance squared."),
        (30, "That is the score-function gradient with respect to mu."),
    ),
)

_PIXEL = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))

floor = Exercise(
    expected=784 * _PIXEL,
    why="Cross-entropy is least at p = x, where it is the entropy: 0.5623 a pixel.",
    hints=(
        "For which p is -x ln p - (1 - x) ln(1 - p) least? Set its slope to 0.",
        "At p = x what is left is a quantity of notebook 01.",
    ),
    solution_text="from scipy.stats import entropy\n\n"
    "answer = 784 * entropy([0.25, 0.75])",
    mistakes=(
        (0, "A cross-entropy ends at the entropy of its target, not at 0."),
        (_PIXEL, "That is one pixel: the loss is a sum over pixels."),
        in_bits(784 * _PIXEL),
        (784 * np.log(2), "That is the picture of the text, whose grey is 0.5."),
        (-784 * 0.25 * np.log(0.25), "The half with 1 - x is missing."),
        wrong_sign(784 * _PIXEL),
        (-784 * np.log(0.75), "That rounds the pixel to 0; it is grey, p = 0.25."),
    ),
)

report = choice(
    "c",
    why="p^x (1-p)^(1-x) does not integrate to 1 over grey x: it is no density.",
    hints=(
        "Which decoder of this section is normalised over the data it is given?",
        "Look at the two integrals that were computed for p = 0.5 and p = 0.9.",
    ),
    a="The loss is minus the ELBO, in which the KL has a plus sign.",
    b="Sums over pixels are what a joint probability asks for.",
    d="Something is: ask what the loss is the logarithm of.",
)


def _per_image(nll: Tensor, kl: Tensor, beta: float) -> Tensor:
    return nll.sum(dim=1) + beta * kl.sum(dim=1)


def _loss(nll: Tensor, kl: Tensor, beta: float) -> Tensor:
    return _per_image(nll, kl, beta).mean()


loss = Exercise(
    expected=_loss,
    why="Both parts are summed over their own axis and averaged over the same images.",
    hints=(
        "Sum over pixels and latents, mean over the batch.",
        "The weight beta stands on the KL.",
    ),
    solution_text="""\
def answer(nll, kl, beta):
    per_image = nll.sum(dim=1) + beta * kl.sum(dim=1)
    return per_image.mean()""",
    mistakes=(
        (
            lambda nll, kl, beta: nll.mean() + beta * kl.sum(dim=1).mean(),
            "The pixels are averaged and the latents summed: a beta of D, unseen.",
        ),
        (
            lambda nll, kl, beta: nll.sum(dim=1).mean() + beta * kl.mean(),
            "The latents are averaged and the pixels summed: a beta of 1/J, unseen.",
        ),
        (
            lambda nll, kl, beta: nll.mean() + beta * kl.mean(),
            "Means over pixels and over latents: neither is in nats per image.",
        ),
        (
            lambda nll, kl, beta: nll.sum(dim=1).mean() + beta * kl.sum(),
            "The KL is summed over the batch, the reconstruction not: a beta of B.",
        ),
        (
            lambda nll, kl, beta: nll.mean() + beta * kl.sum(),
            "The KL is summed over batch and latents beside a mean: a beta of B D.",
        ),
        (lambda nll, kl, beta: _loss(nll, kl, -beta), "The sign of the KL is wrong."),
        (
            lambda nll, kl, beta: beta * _loss(nll, kl, 1 / beta),
            "The weight stands on the wrong term.",
        ),
        (lambda nll, kl, beta: _loss(nll, kl, 1), "beta is not used."),
        (
            lambda nll, kl, beta: nll.sum() + beta * kl.sum(),
            "That grows with the batch; nats per image do not.",
        ),
        (_per_image, "One number per image; the loss is one number for the batch."),
    ),
    cases=lambda rng: [
        (rng.exponential(1, (batch, 12)), rng.exponential(1, (batch, 3)), beta)
        for batch, beta in [(4, 1.0), (5, 0.25), (2, 4.0)]
    ],
    torch=True,
)
