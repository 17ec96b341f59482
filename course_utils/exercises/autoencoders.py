"""Exercises of 05: encoder, decoder and loop; a plane, distances, a score, a walk."""

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce_with_logits

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice

NOTEBOOK = "05_autoencoders"


def _stack(*parts: Any) -> nn.Sequential:
    """Layers from sizes, and "relu" or "sigmoid" between them."""
    layers: list[nn.Module] = []
    sizes = [part for part in parts if isinstance(part, int)]
    linear = (nn.Linear(*pair) for pair in pairwise(sizes))
    for part in parts[1:]:
        unit = nn.ReLU() if part == "relu" else nn.Sigmoid()
        layers.append(unit if isinstance(part, str) else next(linear))
    return nn.Sequential(*layers)


def _plan(network: nn.Module) -> list[tuple[int, int]]:
    """Sizes of the linear layers in order, -1 for a ReLU and -2 for a sigmoid."""
    marks = {nn.ReLU: (-1, -1), nn.Sigmoid: (-2, -2)}
    return [
        marks.get(type(part)) or (part.in_features, part.out_features)  # type: ignore
        for part in network.modules()
        if isinstance(part, nn.Linear | nn.ReLU | nn.Sigmoid)
    ]


def _network(start: Any, end: Any, why: str, *hints: str, **said: str) -> Exercise:
    """An exercise on a network start-256-end; None stands for the asked width."""

    def made(*parts: Any) -> Any:
        return lambda width: _stack(*(part or width for part in parts))

    wrong = {
        "relu": made(start, 256, "relu", end, "relu"),
        "sigmoid": made(start, 256, "relu", end, "sigmoid"),
        "straight": made(start, 256, end),
        "short": made(start, end),
        "turned": made(end, 256, "relu", start),
    }
    layers = f"{start or 'width'}, 256), nn.ReLU(), nn.Linear(256, {end or 'width'})"
    head = "from torch import nn\n\n\ndef answer(width):\n    return nn.Sequential("
    return Exercise(
        expected=made(start, 256, "relu", end),
        why=why,
        hints=hints,
        solution_text=f"{head}nn.Linear({layers})",
        mistakes=[(wrong[name], words) for name, words in said.items()],
        cases=lambda rng: [(2,), (8,)],
        measure=_plan,
    )


encoder = _network(
    784,
    None,
    "The hidden layer is non-linear, and the code may take any value.",
    "nn.Sequential takes layers in the order in which the picture meets them.",
    "Two nn.Linear with one nn.ReLU between them; nothing after the second.",
    relu="With a ReLU after it the code could never be negative.",
    straight="Two linear layers in a row are one: no ReLU is between them.",
    short="The hidden layer of 256 is missing.",
    turned="That is the decoder: it goes from the code to the pixels.",
)

decoder = _network(
    None,
    784,
    "The mirror image of the encoder; its 784 outputs are logits.",
    "Read the encoder from back to front.",
    "The loss takes logits, so no sigmoid stands at the end.",
    sigmoid="The loss below takes logits and applies the sigmoid itself.",
    relu="With a ReLU at the end no logit is negative: no pixel under a half.",
    turned="That is the encoder once more: it goes from pixels to the code.",
)


def _loss(x_logits: Tensor, x: Tensor) -> Tensor:
    return bce_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()


def _epoch(encoder, decoder, loss, optimiser, batches, skip=""):  # type: ignore[no-untyped-def]
    losses = []
    for x in batches:
        value = loss(decoder(encoder(x)), x)
        if skip != "zero":
            optimiser.zero_grad()
        value.backward()
        if skip != "step":
            optimiser.step()
        losses.append(value.item())
    return losses


def _small(rng: np.random.Generator) -> list[tuple]:
    encoder, decoder = nn.Linear(6, 2), nn.Linear(2, 6)
    weights = [*encoder.parameters(), *decoder.parameters()]
    for weight in weights:
        weight.data = torch.tensor(rng.normal(size=weight.shape)).float()
    batches = list(torch.tensor(rng.random((4, 3, 6))).float())
    return [(encoder, decoder, _loss, torch.optim.Adam(weights, lr=0.1), batches)]


one_epoch = Exercise(
    expected=lambda encoder, decoder, loss, optimiser, batches: _epoch(
        encoder, decoder, loss, optimiser, batches
    ),
    why="Each batch moves both networks by one step, and its loss is kept.",
    hints=(
        "Encode, decode, and compare with the very pictures that went in.",
        "optimiser.zero_grad(), then .backward() on the loss, then optimiser.step().",
    ),
    solution_text="""\
def answer(encoder, decoder, loss, optimiser, batches):
    losses = []
    for x in batches:
        value = loss(decoder(encoder(x)), x)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(value.item())
    return losses""",
    mistakes=(
        (
            partial(_epoch, skip="zero"),
            "The gradients of earlier batches are still there: zero_grad is missing.",
        ),
        (partial(_epoch, skip="step"), "The networks never move: step() is missing."),
        (lambda *given: _epoch(*given)[-1], "That is the last loss; return them all."),
    ),
    cases=_small,
)

linear = choice(
    "b",
    "The loss sees only what comes back, so any axes of the best plane will do.",
    (
        "If E and D are the two matrices, what do E times A and D times A⁻¹ give?",
        "The loss cannot tell those two apart, and PCA's axes are one choice of A.",
    ),
    a="Nothing in the loss asks for axes at right angles, or in order.",
    c="A linear map cannot leave a plane, and PCA's is the best one.",
    d="There is one best plane, and no valley beside it to be caught in.",
)

cube = choice(
    "d",
    "A sum of a thousand independent terms hardly differs from its mean.",
    (
        "A squared distance adds up one squared difference for each coordinate.",
        "The more terms a sum has, the less it varies against its mean.",
    ),
    a="That is what happens in the square, where one point may be very near.",
    b="That is about right for 10 coordinates.",
    c="That would be about right for 20 to 30 coordinates.",
)

leaning = choice(
    "c",
    "The direction was named after the slant; what else it changes, nobody asked.",
    (
        "Does anything in the loss ask that one direction change one thing only?",
        "Look at the ends of the rows: is each still the digit that it was?",
    ),
    a="The slant does grow, in nearly all. Look at what else changes at the ends.",
    b="The slant is measured, and it rises step by step. Something else fails.",
    d="The direction was computed from all digits at once, of every thickness.",
)


def _auc(normal: np.ndarray, strange: np.ndarray, tie: float = 0.5) -> float:
    above = strange[:, None] > normal[None]
    return float((above + tie * (strange[:, None] == normal[None])).mean())


auc = Exercise(
    expected=lambda normal, strange: _auc(normal, strange),
    why="It needs no threshold: 1 is perfect, and one half is a coin.",
    hints=(
        "strange[:, None] > normal[None, :] compares every pair.",
        "A tie is half a win: add 0.5 * (strange[:, None] == normal[None, :]).",
    ),
    solution_text="""\
def answer(normal, strange):
    higher = strange[:, None] > normal[None, :]
    equal = strange[:, None] == normal[None, :]
    return (higher + 0.5 * equal).mean()""",
    mistakes=(
        (lambda n, s: _auc(s, n), "The two are swapped: the strange should be higher."),
        (partial(_auc, tie=0.0), "A tie is half a win, and yours is none."),
        (partial(_auc, tie=1.0), "A tie is half a win, and yours is one."),
    ),
    cases=lambda rng: [
        (rng.integers(0, 6, n) / 2, rng.integers(1, 8, 5) / 2) for n in (4, 9)
    ],
)

chosen = choice(
    "c",
    "Only the neighbourhood of codes that pictures have was ever trained.",
    (
        "For which of them was the decoder trained on codes close by?",
        "Between a 7 and a 0, is there a picture that is a digit?",
    ),
    a="That box is mostly corners, where no picture has its code.",
    b="The bell has the right middle and spread, and yet fills the gaps with codes.",
    d="Both ends have a picture, but the middle need not have one.",
)
