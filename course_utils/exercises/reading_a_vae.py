"""Exercises of 12_reading_a_vae: a tighter bound, and numbers that compare."""

import math

import torch
from torch import Tensor

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice, wrong_sign

NOTEBOOK = "12_reading_a_vae"


def _bound(log_w: Tensor) -> Tensor:
    return torch.logsumexp(log_w, dim=1) - math.log(log_w.shape[1])


iw = Exercise(
    expected=_bound,
    why="Taking out the largest weight first keeps the exponentials from vanishing.",
    hints=(
        "The mean of the weights is inside the logarithm.",
        "exp(-2000) is 0.0 to a computer: subtract each row's maximum first.",
        "torch.logsumexp does just that.",
    ),
    solution_text="""\
import torch


def answer(log_w):
    top = log_w.max(dim=1).values
    share = torch.exp(log_w - top[:, None]).mean(dim=1)
    return top + torch.log(share)""",
    mistakes=(
        (lambda log_w: log_w.mean(dim=1), "That is the ELBO, for every K."),
        (lambda log_w: torch.logsumexp(log_w, dim=1), "A sum; the bound has a mean."),
        (
            lambda log_w: torch.logsumexp(log_w, dim=1) + math.log(log_w.shape[1]),
            "The logarithm of K has the wrong sign.",
        ),
        (lambda log_w: log_w.max(dim=1).values, "That is the best code alone."),
        (
            lambda log_w: torch.logsumexp(log_w, dim=1) - math.log(log_w.shape[0]),
            "That divides by the number of pictures, not of codes.",
        ),
        (
            lambda log_w: _bound(log_w) - log_w.max(dim=1).values,
            "Each row's largest weight was taken out and never added back.",
        ),
        wrong_sign(_bound, "The sign is turned: that is an NLL, no bound."),
        (
            lambda log_w: _bound(log_w).mean(),
            "That is one number for the batch; one per picture was asked for.",
        ),
    ),
    cases=lambda rng: [
        (rng.normal(centre, 3, (4, number)),)
        for centre, number in [(-2, 3), (-20, 5), (-900, 5), (-1990, 8)]
    ],
    torch=True,
)

compare = choice(
    "c",
    why="Same data, same constants, same kind of estimate, same K.",
    hints=(
        "Ask of each pair: same pixels? all constants? same estimate?",
        "The last column of the table of published numbers is one of the conditions.",
    ),
    a="One of the two is no log-likelihood at all.",
    b="Same pixels, but one of the bounds is tighter by construction.",
    d="Same estimate, but the data are not the same.",
)
