"""Exercises of 05: encoder, decoder and loop; a plane, distances, a score."""

from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce_with_logits

from course_utils.exercises.engine import Exercise

NOTEBOOK = "05_autoencoders"


def _stack(*parts: int | str) -> nn.Sequential:
    """Layers from sizes and "relu" or "sigmoid" between them."""
    layers: list[nn.Module] = []
    size = 0
    for part in parts:
        if isinstance(part, str):
            layers.append(nn.ReLU() if part == "relu" else nn.Sigmoid())
        else:
            layers += [nn.Linear(size, part)] if size else []
            size = part
    return nn.Sequential(*layers)


def _plan(network: nn.Module) -> list[tuple[int, int]]:
    """Sizes of the linear layers in order, -1 for a ReLU and -2 for a sigmoid."""
    plan = []
    for part in network.modules():
        if isinstance(part, nn.Linear):
            plan.append((part.in_features, part.out_features))
        elif isinstance(part, nn.ReLU | nn.Sigmoid):
            plan.append((-1, -1) if isinstance(part, nn.ReLU) else (-2, -2))
    return plan


encoder = Exercise(
    expected=lambda width: _stack(784, 256, "relu", width),
    why="The hidden layer bends, and the code may take any value.",
    hints=(
        "nn.Sequential takes layers in the order in which the picture meets them.",
        "Two nn.Linear with one nn.ReLU between them; nothing after the second.",
    ),
    solution_text="""\
from torch import nn


def answer(width):
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, width))""",
    mistakes=(
        (
            lambda width: _stack(784, 256, "relu", width, "relu"),
            "With a ReLU after it the code could never be negative.",
        ),
        (
            lambda width: _stack(784, 256, width),
            "Two linear layers in a row are one: nothing bends between them.",
        ),
        (lambda width: _stack(784, width), "The hidden layer of 256 is missing."),
        (
            lambda width: _stack(width, 256, "relu", 784),
            "That is the decoder: it goes from the code to the pixels.",
        ),
    ),
    cases=lambda rng: [(2,), (8,)],
    measure=_plan,
)

decoder = Exercise(
    expected=lambda width: _stack(width, 256, "relu", 784),
    why="The mirror image of the encoder; its 784 outputs are logits.",
    hints=(
        "Read the encoder from back to front.",
        "The loss takes logits, so no sigmoid stands at the end.",
    ),
    solution_text="""\
from torch import nn


def answer(width):
    return nn.Sequential(nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, 784))""",
    mistakes=(
        (
            lambda width: _stack(width, 256, "relu", 784, "sigmoid"),
            "The loss below takes logits and applies the sigmoid itself.",
        ),
        (
            lambda width: _stack(width, 256, "relu", 784, "relu"),
            "With a ReLU at the end no logit is negative: no pixel under a half.",
        ),
        (
            lambda width: _stack(width, 256, 784),
            "Two linear layers in a row are one: nothing bends between them.",
        ),
        (
            lambda width: _stack(784, 256, "relu", width),
            "That is the encoder once more: it goes from pixels to the code.",
        ),
    ),
    cases=lambda rng: [(2,), (8,)],
    measure=_plan,
)


def _loss(x_logits: Tensor, x: Tensor) -> Tensor:
    return bce_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()


def _epoch(encoder, decoder, loss, optimiser, batches, skip=""):  # type: ignore[no-untyped-def]
    losses = []
    for x in batches:
        value = loss(decoder(encoder(x)), x)
        if skip != "zero":
            optimiser.zero_grad()
        if skip != "backward":
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
        "losses.append(value.item()) keeps the number without its graph.",
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
        (
            partial(_epoch, skip="step"),
            "The networks never move: optimiser.step() is missing.",
        ),
        (
            lambda *given: _epoch(*given)[-1],
            "That is the last loss alone; return the list of all.",
        ),
        (
            lambda *given: float(np.mean(_epoch(*given))),
            "That is the mean; return the list of all losses.",
        ),
    ),
    cases=_small,
)

same_plane = Exercise(
    expected="b",
    why="The loss sees only what comes back, so any axes of the best plane will do.",
    hints=(
        "If E and D are the two matrices, what do E times A and D times A⁻¹ give?",
        "The loss cannot tell those two apart, and PCA's axes are one choice of A.",
    ),
    solution_text='answer = "b"',
    mistakes=(
        ("a", "Nothing in the loss asks for axes at right angles, or in order."),
        ("c", "A straight map cannot leave a plane, and PCA's is the best one."),
        ("d", "There is one best plane, and no valley beside it to be caught in."),
    ),
)

cube = Exercise(
    expected="d",
    why="A sum of a thousand chances hardly differs from its mean.",
    hints=(
        "A squared distance adds up one squared difference for each coordinate.",
        "The more terms a sum has, the less it varies against its mean.",
    ),
    solution_text='answer = "d"',
    mistakes=(
        ("a", "That is what happens in the square, where one point may be very near."),
        ("b", "That is about right for 10 coordinates."),
        ("c", "That would be about right for 20 to 30 coordinates."),
    ),
)


def _auc(normal: np.ndarray, strange: np.ndarray) -> float:
    above = strange[:, None] > normal[None]
    return float((above + 0.5 * (strange[:, None] == normal[None])).mean())


auc = Exercise(
    expected=_auc,
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
        (
            lambda n, s: (s[:, None] > n).mean(),
            "A tie is half a win, and yours is none.",
        ),
        (
            lambda n, s: (s[:, None] >= n).mean(),
            "A tie is half a win, and yours is one.",
        ),
        (lambda n, s: (s > np.median(n)).mean(), "That depends on one threshold."),
    ),
    cases=lambda rng: [
        (rng.integers(0, 6, n) / 2, rng.integers(1, 8, 5) / 2) for n in (4, 9)
    ],
)
