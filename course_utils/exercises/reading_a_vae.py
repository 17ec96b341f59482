"""Exercises of lesson 12: what a VAE's numbers say, and which may be compared."""

import math

import numpy as np
import torch
from torch import Tensor

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice, in_bits, in_nats, scaled, wrong_sign

NOTEBOOK = "12_reading_a_vae"

noise = choice(
    "b",
    why="On the rim of a stroke each pixel is a coin toss, and no model foresees it.",
    hints=(
        "Look at the two pictures beside those rows: where do they differ?",
        "What could a perfect model, which knows the grey picture, still not know?",
    ),
    a="The other way round: it was trained on drawn pixels.",
    c="The KL differs by less than one nat; look for the other part.",
    d="Both have 784 pixels, each of them 0 or 1.",
)

price = Exercise(
    expected=4.0,
    why="It buys as long as a nat of KL saves more than β nats of distortion.",
    hints=(
        "The loss is distortion + β · KL. When does it stay the same?",
        "Raise the KL by 1: what does the second term rise by?",
    ),
    solution_text="answer = 4",
    mistakes=(
        (1.0, "That is the price at β = 1; here a nat of KL costs more."),
        (0.25, "Upside down: the KL is the part that has become dearer."),
        (-4.0, "The size is right; the distortion *saved* is a positive number."),
        (3.0, "The KL counts β times in the loss, not β - 1 times."),
    ),
)


def _information(log_q: Tensor) -> Tensor:
    mixture = log_q.logsumexp(dim=1) - math.log(len(log_q))
    return (log_q.diagonal() - mixture).mean()


information = Exercise(
    expected=_information,
    why="log q of a code's own picture, minus log of the mean over all pictures.",
    hints=(
        "Row i holds one code; on the diagonal is its own picture.",
        "The mixture is a mean of densities: logsumexp of the row, minus log N.",
        "Own minus mixture is how surely code i points to picture i; take the mean.",
    ),
    solution_text="""\
import math


def answer(log_q):
    own = log_q.diagonal()
    mixture = log_q.logsumexp(dim=1) - math.log(len(log_q))
    return (own - mixture).mean()""",
    mistakes=(
        (
            lambda log_q: _information(log_q) - math.log(len(log_q)),
            "The mixture is a mean: a sum of densities, *divided by N*.",
        ),
        (
            lambda log_q: (log_q.diagonal() - log_q.mean(dim=1)).mean(),
            "That averages logarithms; the densities are averaged first.",
        ),
        (
            lambda log_q: _information(log_q.T),
            "The mixture runs over pictures, along a row: one code, all pictures.",
        ),
        (
            lambda log_q: _information(log_q) * len(log_q),
            "That is the sum over pictures; nats *per picture* were asked for.",
        ),
        wrong_sign(_information, "Turned round: that can never be above 0."),
    ),
    cases=lambda rng: [
        (rng.normal(-60, 8, (n, n)) + 9 * np.eye(n),) for n in (2, 3, 6)
    ],
    torch=True,
)

least_kl = Exercise(
    expected=math.log(10_000),
    why="The mean runs over 10 000 pictures, and ln 10 000 nats tell them apart.",
    hints=(
        "How much must a code say to single out one of N pictures?",
        "Over which pictures is the mean taken?",
    ),
    solution_text="import math\n\nanswer = math.log(10_000)",
    mistakes=(
        (math.log(60_000), "The mean is over test digits; training has no part in it."),
        in_bits(math.log(10_000)),
        (math.log(10), "Telling the ten classes apart is not enough."),
        (0.0, "A KL of 0 means that all pictures have the same q."),
    ),
)


def _bound(log_w: Tensor) -> Tensor:
    return torch.logsumexp(log_w, dim=1) - math.log(log_w.shape[1])


iw = Exercise(
    expected=_bound,
    why="logsumexp takes out the largest weight first, so that nothing vanishes.",
    hints=(
        "The mean of the weights is inside the logarithm.",
        "exp(-2000) is 0.0 to a computer: subtract each row's maximum first.",
        "torch.logsumexp does just that.",
    ),
    solution_text="""\
import math

import torch


def answer(log_w):
    return torch.logsumexp(log_w, dim=1) - math.log(log_w.shape[1])""",
    mistakes=(
        (lambda log_w: log_w.mean(dim=1), "That is the ELBO, for every K."),
        (lambda log_w: torch.logsumexp(log_w, dim=1), "A sum; the bound has a mean."),
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


def _ess(log_w: Tensor) -> Tensor:
    return 1 / log_w.softmax(dim=1).square().sum(dim=1)


ess = Exercise(
    expected=_ess,
    why="K equal weights give K; one weight that towers over the rest gives 1.",
    hints=(
        "Make the weights of a row sum to 1; softmax does it without vanishing.",
        "If they are all 1/K, their squares sum to 1/K.",
    ),
    solution_text="""\
def answer(log_w):
    share = log_w.softmax(dim=1)
    return 1 / (share**2).sum(dim=1)""",
    mistakes=(
        (
            lambda log_w: log_w.softmax(dim=1).square().sum(dim=1),
            "Upside down: this falls when more codes matter.",
        ),
        (
            lambda log_w: 1 / log_w.softmax(dim=1).max(dim=1).values,
            "That looks at the largest weight alone.",
        ),
        (
            lambda log_w: 1 / log_w.softmax(dim=0).square().sum(dim=1),
            "The shares sum to 1 over pictures; they should over codes.",
        ),
        (
            lambda log_w: _ess(log_w) / log_w.shape[1],
            "That is the share of useful codes; their number was asked for.",
        ),
    ),
    cases=lambda rng: [
        (rng.normal(centre, spread, (4, 6)),) for centre, spread in [(-9, 1), (-900, 3)]
    ],
    torch=True,
)

whose = choice(
    "a",
    why="The bell could fit well; the encoder does not find the best one.",
    hints=(
        "The encoder must answer a picture that it has never seen in one pass.",
        "Once each picture may choose its own bell, what is left of the gap?",
    ),
    b="Look at the bars: the ELBO of a digit's own bell lies far higher.",
    c="Then choosing each bell by itself would have gained next to nothing.",
    d="Then each digit's posterior would be a bell, exactly.",
)

unit = Exercise(
    expected=-2000 + 784 * math.log(255),
    why="A density times the width of a level is a probability: minus ln(1/255) each.",
    hints=(
        "A probability is about a density times a width. Which width?",
        "-ln(density · width) = -ln(density) - ln(width), for each of 784 pixels.",
    ),
    solution_text="import math\n\nanswer = -2000 + 784 * math.log(255)",
    mistakes=(
        (-2000 - 784 * math.log(255), "The width is below 1, so this has to rise."),
        (-2000 + math.log(255), "That is one pixel's share; there are 784."),
        (-2000 + 784 * math.log2(255), "The logarithm has base 2; these are nats."),
        (784 * math.log(255), "That is the change of unit alone; add it to -2000."),
    ),
)


def _bits(nats: float, pixels: int) -> float:
    return nats / (pixels * math.log(2))


bits = Exercise(
    expected=_bits,
    why="Divide by the number of pixels, and by ln 2 for bits.",
    hints=(
        "How many nats for one pixel?",
        "One bit is ln 2 = .693 nats: are there more bits or fewer?",
    ),
    solution_text="""\
import math


def answer(nats, pixels):
    return nats / pixels / math.log(2)""",
    mistakes=(
        in_nats(_bits),
        (lambda nats, pixels: nats / math.log(2), "That is for the whole picture."),
        (
            scaled(_bits, math.log(2) ** 2),
            "A bit is smaller than a nat, so there are more of them: divide by ln 2.",
        ),
        wrong_sign(_bits),
    ),
    cases=lambda rng: [(95.9, 784), (110.0, 64), (2752.0, 784)],
)

compare = choice(
    "c",
    why="Same pixels, same constants, same kind of estimate, same K.",
    hints=(
        "Ask of each pair: same pixels? same unit? same estimate?",
        "Find each pair's difference in a picture of this lesson.",
    ),
    a="Other pixels: rims drawn by chance cost nats that a threshold does not.",
    b="Same pixels, but the second estimate is tighter by construction.",
    d="One is a density of real numbers, the other a probability of counts.",
)
