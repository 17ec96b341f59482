"""Exercises of 14_faces: pictures, paths, a direction, the judge, the controls."""

import numpy as np
import torch
from torch import Tensor

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice

NOTEBOOK = "14_faces"


def _pictures(mean: Tensor) -> Tensor:
    return mean.clamp(0, 1).reshape(-1, 64, 64)


pictures = Exercise(
    expected=_pictures,
    why="A Gaussian's mean knows no bounds; a picture has black and white.",
    hints=(
        "The decoder gives means of a Gaussian: they may lie outside [0, 1].",
        "`clamp` cuts, `reshape(-1, 64, 64)` puts the pixels in rows.",
    ),
    solution_text="""\
def answer(mean):
    return mean.clamp(0, 1).reshape(-1, 64, 64)""",
    mistakes=(
        (lambda m: m.reshape(-1, 64, 64), "Some values lie outside [0, 1]: cut them."),
        (lambda m: _pictures(m.sigmoid()), "A sigmoid is for logits; these are means."),
        (lambda m: _pictures(m).mT, "Rows and columns are swapped: they lie down."),
        (lambda m: m.clamp(0, 1), "That is right but flat: give each 64 rows of 64."),
    ),
    cases=lambda rng: [(rng.normal(0.5, 0.6, (n, 4096)),) for n in (1, 2)],
    torch=True,
)

holes = choice(
    "b",
    why="The decoder was taught near 400 codes, and the prior's draws lie elsewhere.",
    hints=(
        "How far is a draw from the nearest code, and how far are codes apart?",
        "What would the decoder have to have learnt, to draw well between codes?",
    ),
    a="It does blur, but a rebuilt face passes the same decoder and is a face.",
    c="They are about as long: look at the printed line.",
    d="The pictures drawn here are means, without the pixels' noise.",
)


def _path(start: Tensor, end: Tensor, steps: int) -> Tensor:
    t = torch.linspace(0, 1, steps, dtype=start.dtype)[:, None]
    return start + t * (end - start)


path = Exercise(
    expected=_path,
    why="The first row is one person, the last the other, the steps are equal.",
    hints=(
        "t runs from 0 to 1 in `steps` values: torch.linspace.",
        "Give t the shape (steps, 1), so that it meets codes of shape (J,).",
    ),
    solution_text="""\
import torch


def answer(start, end, steps):
    t = torch.linspace(0, 1, steps, dtype=start.dtype)[:, None]
    return (1 - t) * start + t * end""",
    mistakes=(
        (lambda a, b, n: _path(b, a, n), "It runs from the end to the start."),
        (lambda a, b, n: _path(a, b, n + 1)[:-1], "It stops one step before the end."),
        (lambda a, b, n: _path(a, b, n + 2)[1:-1], "Both ends are missing."),
        (lambda a, b, n: _path(a, a + b, n), "At t = 1 that arrives at start + end."),
    ),
    cases=lambda rng: [(*rng.normal(size=(2, 5)), n) for n in (2, 5)],
    torch=True,
)


def _pooled(mu: Tensor, glasses: Tensor, person: Tensor) -> Tensor:
    return mu[glasses].mean(0) - mu[~glasses].mean(0)


def _paired(mu: Tensor, glasses: Tensor, person: Tensor) -> Tensor:
    both = torch.isin(person, person[glasses]) & torch.isin(person, person[~glasses])
    own = [person == p for p in person[both].unique()]
    return torch.stack([_pooled(mu[o], glasses[o], person[o]) for o in own]).mean(0)


def _by_photograph(mu: Tensor, glasses: Tensor, person: Tensor) -> Tensor:
    kept = torch.isin(person, person[glasses]) & torch.isin(person, person[~glasses])
    return _pooled(mu[kept], glasses[kept], person[kept])


def _attribute_cases(rng: np.random.Generator) -> list[tuple]:
    person = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3])
    worn = np.array([1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0], dtype=bool)
    return [(rng.normal(size=(11, 4)) + person[:, None], worn, person)]


attribute_vector = Exercise(
    expected=_paired,
    why="Each person is compared with themselves, and counts once.",
    hints=(
        "Go through the people; skip those who always or never wear glasses.",
        "A person's step: the mean code with glasses minus the mean code without.",
        "The answer is the mean of these steps, one for each person.",
    ),
    solution_text="""\
import torch


def answer(mu, glasses, person):
    steps = []
    for p in person.unique():
        with_, without = mu[(person == p) & glasses], mu[(person == p) & ~glasses]
        if len(with_) and len(without):
            steps.append(with_.mean(0) - without.mean(0))
    return torch.stack(steps).mean(0)""",
    mistakes=(
        (_pooled, "All wearers minus all others: those are other people, too."),
        (_by_photograph, "The right people, but pooled: each should count once."),
        (lambda *a: -_paired(*a), "That takes glasses off: with minus without."),
        (lambda *a: _paired(*a) / _paired(*a).norm(), "Keep the length of the step."),
    ),
    cases=_attribute_cases,
    torch=True,
)


def _auc(worn: np.ndarray, others: np.ndarray) -> float:
    above = (worn[:, None] > others).mean()
    return float(above + (worn[:, None] == others).mean() / 2)


auc = Exercise(
    expected=_auc,
    why="It asks for order alone: no threshold, no share of wearers comes into it.",
    hints=(
        "Compare each score of a wearer with each score of another: N x M pairs.",
        "worn[:, None] > others is a table of these pairs; its mean is a share.",
        "A tie counts one half.",
    ),
    solution_text="""\
def answer(worn, others):
    higher = (worn[:, None] > others).mean()
    ties = (worn[:, None] == others).mean()
    return higher + ties / 2""",
    mistakes=(
        (
            lambda w, o: _auc(o, w),
            "Wearers should have the higher scores, not the lower.",
        ),
        (lambda w, o: float((w[:, None] > o).mean()), "Almost: a tie counts one half."),
        (
            lambda w, o: float(((w > 0).sum() + (o <= 0).sum()) / (len(w) + len(o))),
            "That is the share judged right at the threshold 0.",
        ),
        (lambda w, o: w.mean() - o.mean(), "A share of pairs is asked for."),
    ),
    cases=lambda rng: [
        (rng.normal(0.5, 1, 6).round(), rng.normal(-0.5, 1, 9).round())
        for _ in range(3)
    ],
)


def _as_long(noise: Tensor, direction: Tensor) -> Tensor:
    return noise * direction.norm() / noise.norm(dim=1, keepdim=True)


as_long = Exercise(
    expected=_as_long,
    why="Now only the directions differ, not the lengths of the steps.",
    hints=(
        "First make each row one long, then as long as `direction`.",
        "norm(dim=1, keepdim=True) is the length of each row, (K, 1).",
    ),
    solution_text="""\
def answer(noise, direction):
    ones = noise / noise.norm(dim=1, keepdim=True)
    return ones * direction.norm()""",
    mistakes=(
        (lambda n, d: n + 0 * d, "Those rows have lengths of their own."),
        (lambda n, d: _as_long(n, d / d.norm()), "Those are one long."),
        (lambda n, d: n * d.norm() / n.norm(), "Each row has a length of its own."),
        (
            lambda n, d: _as_long(n, d) * d.norm(),
            "`direction`'s length enters squared.",
        ),
    ),
    cases=lambda rng: [(rng.normal(size=(k, 6)), rng.normal(size=6)) for k in (1, 4)],
    torch=True,
)

control = choice(
    "c",
    why="The length alone costs some; this direction costs more than all twelve.",
    hints=(
        "How many are recognised after a random step of the same length?",
        "Where does the orange line lie at +1.5: inside the grey band, or below it?",
    ),
    a="Random steps of that length lose fewer, on average and at the worst.",
    b="Random steps, which put on no glasses, lose people too.",
    d="Those are other people, seen against other pictures: a rough yardstick.",
)
