"""Exercises of 10_vae: the parts of a VAE, which the lesson then runs on."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce_with_logits
from torch.nn.functional import softplus
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice, scaled, wrong_sign
from course_utils.models import kl_to_standard_normal as exact_kl

NOTEBOOK = "10_vae"

wide = choice(
    "b",
    why="Doubt comes from other digits inside the ellipse, and not from its area.",
    hints=(
        "Where on the map can an ellipse afford to be large?",
        "Think of a 1 far from all other digits, and of a 4 that could be a 9.",
    ),
    a="Look at the printed thirds: the large ones hold no more than the small ones.",
    c="Look at the printed thirds: the small ones hold no more than the large ones.",
    d="Far from it: some hold none, and for others a third of the draws disagree.",
)


kl = Exercise(
    expected=exact_kl,
    why="Half of: squared mean, plus variance, minus 1, minus log-variance.",
    hints=(
        "Which numbers are the prior's mean and standard deviation?",
        "The variance of q is exp(log_var).",
        "ln(1/sigma) is minus half the log-variance.",
    ),
    solution_text="""\
def answer(mu, log_var):
    variance = log_var.exp()
    return (mu**2 + variance - 1 - log_var) / 2""",
    mistakes=(
        (
            scaled(exact_kl, 2),
            "That is twice the KL: a half is missing.",
        ),
        (
            lambda m, v: exact_kl(m, v) + v,
            "The logarithm has the wrong sign.",
        ),
        (
            lambda m, v: exact_kl(m, v) + 0.5 * ((0.5 * v).exp() - v.exp()),
            "The formula takes the variance of q; that is the standard deviation.",
        ),
        (
            lambda m, v: exact_kl(-m * (-0.5 * v).exp(), -v),
            "That is the divergence from N(0, 1) to q: the two are swapped.",
        ),
        (
            lambda m, v: exact_kl(m, v).sum(dim=1),
            "That is one number per picture; one per latent was asked for.",
        ),
    ),
    cases=lambda rng: [tuple(rng.normal(size=(2, batch, 3))) for batch in (2, 5)],
    torch=True,
)

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


def _draw(mu: Tensor, log_var: Tensor, eps: Tensor) -> Tensor:
    return mu + (0.5 * log_var).exp() * eps


draw = Exercise(
    expected=_draw,
    why="The chance comes from outside, so z has a slope in mu and in log_var.",
    hints=(
        "Scale eps to the width of q, then move it to the mean.",
        "exp(log_var) is the variance. What is the standard deviation?",
    ),
    solution_text="""\
def answer(mu, log_var, eps):
    sigma = log_var.exp().sqrt()
    return mu + sigma * eps""",
    mistakes=(
        (lambda m, v, eps: m + v * eps, "The log-variance is no width: it may be < 0."),
        (
            lambda m, v, eps: m + v.exp() * eps,
            "That is the variance times eps; take the standard deviation.",
        ),
        (lambda m, v, eps: (0.5 * v).exp() * eps, "The mean is missing."),
        (lambda m, v, eps: m + eps, "The width is missing: that is sigma = 1."),
    ),
    cases=lambda rng: [tuple(rng.normal(size=(3, batch, 3))) for batch in (2, 5)],
    torch=True,
)


def _nll(x_logits: Tensor, x: Tensor) -> Tensor:
    return bce_with_logits(x_logits, x, reduction="none")


nll = Exercise(
    expected=_nll,
    why="The cross-entropy, pixel by pixel, taken from the logits: it never overflows.",
    hints=(
        "Write -log of p^x (1 - p)^(1 - x), with p = sigmoid(x_logits).",
        "log sigmoid(a) is F.logsigmoid(a), and log(1 - sigmoid(a)) F.logsigmoid(-a).",
        "torch.nn.functional.binary_cross_entropy_with_logits does it all; look up"
        " its argument `reduction`.",
    ),
    solution_text="""\
import torch.nn.functional as F


def answer(x_logits, x):
    return -(x * F.logsigmoid(x_logits) + (1 - x) * F.logsigmoid(-x_logits))""",
    mistakes=(
        (
            lambda a, x: (1 - 2 * x) * _nll(a, x),
            "Without brackets the minus reaches only the first half.",
        ),
        wrong_sign(_nll),
        (
            lambda a, x: softplus((1 - 2 * x) * a),
            "Right for x = 0 and x = 1 only; between them (x = 0.25, say) both"
            " logarithms count, with weights x and 1 - x.",
        ),
        (
            lambda a, x: softplus(torch.where(x > 0.5, -a, a)),
            "That rounds x to 0 or 1. An x of 0.25 weighs ln p by 0.25, and ln(1 - p)"
            " by 0.75.",
        ),
        (lambda a, x: _nll(a.sigmoid(), x), "The logits are squashed twice."),
        (lambda a, x: _nll(-a, x), "Black and white are exchanged."),
        (
            lambda a, x: _nll(a, x).sum(dim=1),
            "That is one number per picture; one per pixel was asked for.",
        ),
    ),
    cases=lambda rng: [  # black and white, and then shares
        (scale * rng.normal(size=(3, 5)), rng.integers(0, most, (3, 5)) / (most - 1))
        for scale, most in ((1, 2), (3, 2), (60, 2), (3, 17))
    ],
    torch=True,
)

report = choice(
    "c",
    why="p^x (1-p)^(1-x) does not integrate to 1 over grey x: it is no density.",
    hints=(
        "Which decoder of this section is normalised over the data it is given?",
        "Integrate p^x (1 - p)^(1 - x) over grey values x from 0 to 1, for p = 0.5.",
    ),
    a="The loss is minus the ELBO, in which the KL has a plus sign.",
    b="Sums over pixels are what a joint probability asks for.",
    d="Something is: ask what the loss is the logarithm of.",
)


def _per_image(rec: Tensor, price: Tensor, beta: float) -> Tensor:
    return rec.sum(dim=1) + beta * price.sum(dim=1)


def _loss(rec: Tensor, price: Tensor, beta: float) -> Tensor:
    return _per_image(rec, price, beta).mean()


loss = Exercise(
    expected=_loss,
    why="Both parts are summed over their own axis and averaged over the same images.",
    hints=(
        "Sum over pixels and latents, mean over the batch.",
        "The weight beta stands on the KL.",
    ),
    solution_text="""\
def answer(rec, price, beta):
    per_image = rec.sum(dim=1) + beta * price.sum(dim=1)
    return per_image.mean()""",
    mistakes=(
        (
            lambda rec, price, beta: rec.mean() + beta * price.sum(dim=1).mean(),
            "The pixels are averaged and the latents summed: a beta of D, unseen.",
        ),
        (
            lambda rec, price, beta: rec.sum(dim=1).mean() + beta * price.mean(),
            "The latents are averaged and the pixels summed: a beta of 1/J, unseen.",
        ),
        (
            lambda rec, price, beta: rec.mean() + beta * price.mean(),
            "Means over pixels and over latents: neither is in nats per image.",
        ),
        (
            lambda rec, price, beta: rec.sum(dim=1).mean() + beta * price.sum(),
            "The KL is summed over the batch, the reconstruction not: a beta of B.",
        ),
        (
            lambda rec, price, beta: _loss(rec, price, -beta),
            "The sign of the KL is wrong.",
        ),
        (
            lambda rec, price, beta: beta * _loss(rec, price, 1 / beta),
            "The weight stands on the wrong term.",
        ),
        (lambda rec, price, beta: _loss(rec, price, 1), "beta is not used."),
        (
            lambda rec, price, beta: rec.sum() + beta * price.sum(),
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


def train(model: nn.Module, data: Iterable, loss: Callable, lr: float) -> nn.Module:
    """Train on the batches of `data`; `loss` gives its parts by name."""
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    for x in data:
        value = loss(model, x)["loss"]
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
    return model


def _piling(model: nn.Module, data: Iterable, loss: Callable, lr: float) -> nn.Module:
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    for x in data:
        loss(model, x)["loss"].backward()
        optimiser.step()
    return model


def _squares(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    return {"loss": ((model(x) - x[:, :1] ** 2) ** 2).mean()}


def _line_to_fit(rng: np.random.Generator, batches: int) -> tuple:
    model, start = nn.Linear(2, 1), torch.from_numpy(rng.normal(size=3))
    vector_to_parameters(start.float(), model.parameters())
    data = [torch.from_numpy(rng.normal(size=(4, 2))).float() for _ in range(batches)]
    return model, data, _squares, 0.05


loop = Exercise(
    expected=train,
    why="Forget the old gradients, compute the new ones, move the weights.",
    hints=(
        "The step by hand did three things: which, and in which order?",
        "The optimiser has zero_grad() and step(); the value has backward().",
    ),
    solution_text="""\
import torch


def answer(model, data, loss, lr):
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    for x in data:
        value = loss(model, x)["loss"]
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
    return model""",
    mistakes=(
        (_piling, "Gradients pile up from batch to batch: forget the old ones first."),
        (
            lambda model, *others: model,
            "No weight has moved: backward(), then step(), and no zero_grad() between.",
        ),
        (
            lambda model, data, loss, lr: train(model, data[:1], loss, lr),
            "Only the first batch was used: does `return` stand inside the loop?",
        ),
    ),
    cases=lambda rng: [_line_to_fit(rng, batches) for batches in (3, 6)],
    measure=lambda model: model and parameters_to_vector(model.parameters()).detach(),
)
