"""Exercises of 03_descent_and_backpropagation."""

import math

import numpy as np

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice, wrong_sign

NOTEBOOK = "03_descent_and_backpropagation"


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


first_order = Exercise(
    expected=(-1.2, -0.84),
    why="The promise is -eta times the squared slope; the truth is the new loss minus"
    " the old one, and the curve bends away from its tangent.",
    hints=(
        "The slope of t^2 at t = 1 is 2. Which step does that make?",
        "Predicted: slope times step. Actual: C at the new t, minus C(1).",
    ),
    solution_text="""\
slope = 2.0
step = -0.3 * slope
answer = (slope * step, (1 + step) ** 2 - 1)""",
    mistakes=(
        ((-0.84, -1.2), "Both numbers occur, but in the other order."),
        ((1.2, 0.84), "Check the signs: a change is new minus old, and we go down."),
        ((-0.6, -0.84), "The first number is the step in t; multiply by the slope."),
        ((-1.2, 0.16), "The second number is the new loss; asked is its change."),
    ),
)


def _stable(z: float, y: float) -> float:
    return np.logaddexp(0, z) - y * z


stable = Exercise(
    expected=_stable,
    why="ln(1 + e^z) - y z is the same loss with nothing rounded away; libraries call"
    " it cross-entropy 'with logits'.",
    hints=(
        "Write both logarithms as ln(1 + e^(something)).",
        "-ln s(z) = ln(1 + e^-z) and -ln(1 - s(z)) = ln(1 + e^z).",
        "Their difference is z, so one logaddexp is enough.",
    ),
    solution_text="""\
import numpy as np


def answer(z, y):
    return y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)""",
    mistakes=(
        (
            lambda z, y: -(y * np.log(_sigmoid(z)) + (1 - y) * np.log(1 - _sigmoid(z))),
            "It is infinite for large z: a was rounded to 0 or 1 before its logarithm.",
        ),
        (
            lambda z, y: _stable(z, 1 - y),
            "The two targets are exchanged: a large z should be cheap when y = 1.",
        ),
        wrong_sign(_stable, "The sign is wrong: this loss is never negative."),
        (
            lambda z, y: np.logaddexp(0, -z) * y,
            "One half of the loss is missing: y = 0 must cost something, too.",
        ),
        (
            lambda z, y: min(_stable(z, y), -math.log(1e-12)),
            "This has a ceiling: a clipped logarithm also clips the slope to zero.",
        ),
    ),
    cases=lambda rng: [
        *((float(z), float(y)) for y in (0, 1) for z in rng.normal(0, 2, 2)),
        (1.3, 0.25),
        (800.0, 0.0),
        (-800.0, 1.0),
    ],
)

flat_start = choice(
    "c",
    why="Cross-entropy removes s' from the steps of w and b; it cannot remove the s'"
    " that turns a change of z into a change of a.",
    hints=(
        "Compare the steps of z = w + b at the start and later: are they small?",
        "How is a small change of a related to a small change of z?",
    ),
    a="At this start a - y = 0.98, which is nearly as large as can be.",
    b="The cost falls at full speed, so z does move.",
    d="Look at -ln(1 - a) for a near 1: it is at its steepest there.",
)


def _slope(z: np.ndarray) -> np.ndarray:
    return _sigmoid(z) * (1 - _sigmoid(z))


def _penalty(
    delta_next: np.ndarray, W_next: np.ndarray, z: np.ndarray, lam: float
) -> np.ndarray:
    return (delta_next @ W_next + lam * _sigmoid(z)) * _slope(z)


penalty = Exercise(
    expected=_penalty,
    why="Slopes that arrive by several routes are added, and both routes end with the"
    " same factor s'(z).",
    hints=(
        "First find the slope of the whole loss for a, then turn it into one for z.",
        "The direct route gives the derivative of lam/2 a^2 with respect to a.",
        "Add the two routes, then multiply by s'(z) = s(z)(1 - s(z)).",
    ),
    solution_text="""\
import numpy as np


def answer(delta_next, W_next, z, lam):
    a = 1 / (1 + np.exp(-z))
    slope_for_a = delta_next @ W_next + lam * a
    return slope_for_a * a * (1 - a)""",
    mistakes=(
        (
            lambda d, W, z, lam: d @ W * _slope(z) + lam * _sigmoid(z),
            "The penalty's part is a slope for a; it is not yet a slope for z.",
        ),
        (lambda d, W, z, lam: d @ W * _slope(z), "The direct route, lam, is missing."),
        (
            lambda d, W, z, lam: _penalty(d, W.T, z, lam),
            "The matrix is turned: a unit gathers from those it feeds, one column.",
        ),
        (
            lambda d, W, z, lam: (d @ W + lam * z) * _slope(z),
            "The penalty acts on the outputs of the layer, not on its weighted inputs.",
        ),
        (
            lambda d, W, z, lam: d @ W + lam * _sigmoid(z),
            "This is the slope for a; the last factor, from a to z, is missing.",
        ),
    ),
    cases=lambda rng: [
        (rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=3), lam)
        for lam in (0.0, 0.3, 2.0)
    ],
)

depth = Exercise(
    expected=20,
    why="Each layer contributes at most 1/4, and 0.25^20 is about 9.1e-13.",
    hints=(
        "What is the largest slope a sigmoid can have?",
        "Find the smallest whole n with 0.25^n below 1e-12: use logarithms.",
    ),
    solution_text="import math\n\nanswer = math.ceil(math.log(1e-12, 0.25))",
    mistakes=(
        (math.log(1e-12, 0.25), "The logarithms are right, but layers come whole."),
        (19, "One layer too few: check the product for this number."),
        (40, "You used 1/2, the value of the sigmoid at 0; asked is the slope."),
        (12, "You used 1/10 per layer; a sigmoid's slope can be larger."),
    ),
)
