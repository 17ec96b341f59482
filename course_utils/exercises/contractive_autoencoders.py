"""Exercises of 07_contractive_autoencoders: pushes, penalties, what they prevent."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from course_utils.contractive import squared_jacobian
from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice

NOTEBOOK = "07_contractive_autoencoders"

strongest = choice(
    "h",
    "No digit ever has a grey veil, so nothing taught the units to ignore it; it"
    " reaches all 784 pixels of a unit with one sign, and the weights add up.",
    (
        "A unit adds up weight × push over all pixels. When do many terms agree?",
        "Which push was never ruled out by anything the autoencoder was trained on?",
    ),
    a="A plausible wish: it is what digits really do. The figure below says otherwise.",
    b="Turning is felt, but one push is felt three times as much.",
    c="Slanting is felt, but one push is felt three times as much.",
    d="Thickening is felt less than moving.",
    e="Speckle has random signs: in a sum over pixels most of it cancels.",
    f="Its pixels are in random places: in a sum most of them cancel.",
    g="A blot is felt as much as a real change, but one push is felt far more.",
)


class _Layer(nn.Module):
    """A small sigmoid layer to try penalties on."""

    def __init__(self, rng: np.random.Generator, units: int, pixels: int) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.tensor(rng.normal(size=(units, pixels))).float())
        self.b = nn.Parameter(torch.tensor(rng.normal(size=units)).float())

    def encode(self, x: Tensor) -> Tensor:
        return torch.sigmoid(x @ self.W.T + self.b)


def _layers(rng: np.random.Generator) -> list[tuple]:
    shapes = ((4, 3, 6), (2, 5, 3))
    return [
        (_Layer(rng, j, d), rng.uniform(size=(b, d)), rng.normal(size=(b, d)), sigma)
        for (b, j, d), sigma in zip(shapes, (0.5, 0.1), strict=True)
    ]


def _changes(model: Any, x: Tensor, eps: Tensor, sigma: float) -> Tensor:
    return model.encode(x + sigma * eps) - model.encode(x)


stochastic_penalty = Exercise(
    expected=lambda model, x, eps, sigma: (
        (_changes(model, x, eps, sigma) ** 2).sum(1).mean()
    ),
    why="Squared change of the code: summed over units, averaged over the batch.",
    hints=(
        "You need two codes: `model.encode` of the picture and of the pushed picture.",
        "The pushed picture is x + sigma * eps.",
        "Square the difference of the codes, sum over axis 1, take the mean.",
    ),
    solution_text="""\
def answer(model, x, eps, sigma):
    change = model.encode(x + sigma * eps) - model.encode(x)
    return (change**2).sum(dim=1).mean()""",
    mistakes=(
        (
            lambda model, x, eps, sigma: (_changes(model, x, eps, sigma) ** 2).mean(),
            "This averages over the units too; sum over them, average over pictures.",
        ),
        (
            lambda model, x, eps, sigma: (
                _changes(model, x, eps, 1).square().sum(1).mean()
            ),
            "The push has length 1 for each pixel: eps should be scaled by sigma.",
        ),
        (
            lambda model, x, eps, sigma: (
                _changes(model, x, eps, sigma).norm(dim=1).mean()
            ),
            "This is the length of the change; the penalty is its square.",
        ),
        (
            lambda model, x, eps, sigma: (_changes(model, x, eps, sigma) ** 2).sum(),
            "This sums over the batch: then the penalty grows with the batch size.",
        ),
    ),
    cases=_layers,
    torch=True,
)

smaller = Exercise(
    expected=100.0,
    why="The change of the code shrinks tenfold, and the penalty is its square.",
    hints=(
        "For a small push the code's change is proportional to the push.",
        "The penalty is the square of the change.",
    ),
    solution_text="answer = 100",
    mistakes=(
        (10.0, "That is how much smaller the change is; the penalty squares it."),
        (1.0, "A smaller push moves the code less."),
        (0.01, "That is the other way round: by which factor does it *shrink*?"),
    ),
)


def _codes(rng: np.random.Generator) -> list[tuple]:
    shapes = ((4, 3, 5), (2, 6, 3))
    return [(rng.uniform(size=(b, j)), rng.normal(size=(j, d))) for b, j, d in shapes]


def _jacobian(h: Tensor, W: Tensor) -> Tensor:
    return (h * (1 - h))[:, :, None] * W


jacobian = Exercise(
    expected=_jacobian,
    why="Row j is the slope of unit j, times its weights.",
    hints=(
        "One number first: dh_j/dx_i = the sigmoid's slope at a_j, times da_j/dx_i.",
        "The slope is h_j (1 - h_j), and da_j/dx_i is W_ji.",
        "(h * (1 - h))[:, :, None] has shape (B, K, 1); W has (K, D).",
    ),
    solution_text="""\
def answer(h, W):
    slopes = h * (1 - h)
    return slopes[:, :, None] * W""",
    mistakes=(
        (
            lambda h, W: h[:, :, None] * W,
            "The slope of a sigmoid with output h is h (1 - h), not h.",
        ),
        (
            lambda h, W: W.expand(len(h), *W.shape),
            "This is the weighted inputs' Jacobian: the sigmoid's slope is missing.",
        ),
        (
            lambda h, W: _jacobian(h, W).transpose(1, 2),
            "Transposed: rows are units and columns pixels, so (B, K, D).",
        ),
    ),
    cases=_codes,
    torch=True,
)

jacobian_penalty = Exercise(
    expected=squared_jacobian,
    why="The slope of a unit is common to its row, so no Jacobian need be built.",
    hints=(
        "Square every entry of the Jacobian, h_j (1 - h_j) W_ji, and sum over j and i.",
        "Which factor does not depend on i? Take it out of the sum over i.",
        "(W**2).sum(dim=1) is one number for each unit; a product with @ sums over j.",
    ),
    solution_text="""\
def answer(h, W):
    return (h * (1 - h)) ** 2 @ (W**2).sum(dim=1)""",
    mistakes=(
        (
            lambda h, W: (h * (1 - h)) @ (W**2).sum(1),
            "The slope has to be squared too, as everything in the entry.",
        ),
        (
            lambda h, W: ((h * (1 - h)) ** 2 @ (W**2).sum(1)).sqrt(),
            "This is the norm; the penalty is its square.",
        ),
        (
            lambda h, W: ((h * (1 - h)) @ W).square().sum(1),
            "Square each entry before summing over the units: they cannot cancel.",
        ),
        (
            lambda h, W: ((h * (1 - h)) ** 2 @ (W**2).sum(1)).mean(),
            "One number for each picture, please: shape (B,).",
        ),
    ),
    cases=_codes,
    torch=True,
)

from_singular = Exercise(
    expected=13.01,
    why="The squared norm is the sum of the squared singular values: 9 + 4 + 0.01.",
    hints=(
        "Along v_k the code moves by s_k times a number whose mean square is 1.",
        "So each direction gives s_k squared; perpendicular movements: sum them.",
    ),
    solution_text="answer = 3**2 + 2**2 + 0.1**2",
    mistakes=(
        (5.1, "That is their sum; the entries of the Jacobian enter squared."),
        (3.606938, "That is the norm; its square is asked for."),
        (9.0, "That is the strongest direction alone."),
    ),
    tolerance=1e-5,
)

rescaled = Exercise(
    expected=(19.67, 0.18),
    why="The two factors cancel in the picture; the Jacobian shrinks with the code.",
    hints=(
        "What does the decoder make of a code that is ten times smaller?",
        "Every entry of the Jacobian is multiplied by 0.1, and the penalty squares it.",
    ),
    solution_text="answer = (19.67, 18 * 0.1**2)",
    mistakes=(
        ((19.67, 1.8), "The first is right; the penalty is a square."),
        ((19.67, 18.0), "The first is right; but the code now moves ten times less."),
        ((0.1967, 0.18), "The second is right; the picture, though, stays as it was."),
        ((19.67, 1800.0), "The first is right; a smaller code moves less, not more."),
    ),
)

tied = choice(
    "b",
    "A constant code has the Jacobian 0 whatever the weights; only the"
    " reconstruction speaks against it.",
    (
        "With tied weights, is there a choice of W and b with h the same for all x?",
        "Try W as it is and b = -50.",
    ),
    a="Rescaling W changes the decoder too, so the picture would change.",
    c="Look at b: a unit that is always off has a slope of 0.",
    d="Tying forbids one of the two only.",
)
