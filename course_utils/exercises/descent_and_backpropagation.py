"""Exercises of 03_descent_and_backpropagation."""

from collections.abc import Callable

import numpy as np

from course_utils.exercises.engine import Exercise
from course_utils.exercises.helpers import choice, wrong_sign

NOTEBOOK = "03_descent_and_backpropagation"
Landscape = Callable[[float], float]


def step(L: Landscape, slope: Landscape, t: float, eta: float) -> tuple[float, float]:
    """The promised and the delivered change of `L` in one step from `t`."""
    h = -eta * slope(t)
    return slope(t) * h, L(t + h) - L(t)


promise = Exercise(
    expected=step,
    why="The promise is -eta times the squared slope, so it is never uphill.",
    hints=(
        "First find h, the step. How does L change along a line of that slope?",
        "Delivered: the height where the marble ends, minus that where it began.",
    ),
    solution_text="""\
def answer(L, slope, t, eta):
    h = -eta * slope(t)
    return slope(t) * h, L(t + h) - L(t)""",
    mistakes=(
        (lambda L, slope, t, eta: step(L, slope, t, eta)[::-1], "The order is wrong."),
        (lambda L, slope, t, eta: step(L, slope, t, -eta), "This step goes uphill."),
        (
            lambda L, slope, t, eta: (-eta * slope(t), step(L, slope, t, eta)[1]),
            "The first number is the step in t; times the slope it is a change of L.",
        ),
        (
            lambda L, slope, t, eta: (-eta * slope(t) ** 2, L(t - eta * slope(t))),
            "The second number is the new height; asked is its change.",
        ),
    ),
    cases=lambda rng: [
        (lambda t: t**2, lambda t: 2 * t, 1.3, 0.2),
        (lambda t: t**4 + t, lambda t: 4 * t**3 + 1, 0.7, 0.3),
    ],
)

sooner = choice(
    "b",
    why="Its error is smaller, and more of it gets through: the slope is eight times"
    " as large.",
    hints=(
        "Each step is eta times the slope of the loss for w. Which factors has it?",
        "How much does a change of the weighted input change the output, far out?",
    ),
    a="Its error is larger, but how much of it reaches w, where the sigmoid is flat?",
    c="Compare the steepness of the sigmoid at 1.5 and at 4.",
    d="The better start is below one half long before the end.",
)


def push(y: np.ndarray, a: np.ndarray) -> np.ndarray:
    """The slope of the cross-entropy for the weighted input of a sigmoid."""
    return a - y


blame = Exercise(
    expected=push,
    why="The slope of the sigmoid cancels: the whole error gets through.",
    hints=(
        "Two factors: the slope of L for a, and the slope of a for a_in, a(1 - a).",
        "The slope of ln a is 1/a, and that of ln(1 - a) is -1/(1 - a).",
        "Over one denominator, the first factor is (a - y) / (a (1 - a)).",
    ),
    solution_text="def answer(y, a):\n    return a - y",
    mistakes=(
        wrong_sign(push, "The sign: with y = 0 the loss rises with a."),
        (
            lambda y, a: (a - y) / (a * (1 - a)),
            "This is the slope for a, not for a_in.",
        ),
        (lambda y, a: (a - y) * a * (1 - a), "This is the push of squared error."),
        (lambda y, a: -y * (1 - a), "The half of the loss with 1 - y is missing."),
    ),
    cases=lambda rng: [(rng.random(4), rng.uniform(0.1, 0.9, 4)) for _ in range(2)],
)

flat_start = choice(
    "c",
    why="Cross-entropy takes the sigmoid's slope out of the steps of w and b; it cannot"
    " take it out of the way from a_in to a.",
    hints=(
        "Compare the steps of a_in at the start and later: are they small?",
        "How is a small change of a related to a small change of a_in?",
    ),
    a="At this start a - y = .98, which is nearly as large as can be.",
    b="The loss falls by a third, so w and b do move.",
    d="Look at -ln(1 - a) for a near 1: it is at its steepest there.",
)

weight = Exercise(
    expected=-0.241,
    why="The output of its left end times the blame of its right end.",
    hints=(
        "Raise this weight a little: by how much does the weighted input above rise?",
        "And how steeply does the loss rise with that weighted input?",
    ),
    solution_text="answer = 0.55 * -0.44",
    mistakes=(
        (-1.5 * -0.439, "The weight itself does not count; what it multiplies does."),
        (0.550 * 0.274, "The blame is taken at the right end, not at the left one."),
        (0.561 * -0.439, "The output is taken at the left end, not at the right one."),
        (0.550 * 0.698, "This weight leads to the upper answer, not to the lower one."),
        (0.241, "The size is right; is the blame of the upper answer positive?"),
    ),
    tolerance=0.02,
)


def back(delta: np.ndarray, W: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """The blame of a layer, from that of the next one."""
    return delta @ W * slope


one_layer_back = Exercise(
    expected=back,
    why="Each unit gathers the blame of those it feeds, and its slope lets it through.",
    hints=(
        "Which weights lead out of unit k? They are column k of W.",
        "delta @ W adds over the units of the next layer, for each row by itself.",
    ),
    solution_text="def answer(delta, W, slope):\n    return (delta @ W) * slope",
    mistakes=(
        (
            lambda delta, W, slope: delta @ W.T * slope,
            "The matrix is turned: a unit gathers from those it feeds, one column.",
        ),
        (lambda delta, W, slope: delta @ W, "The slope, from a_in to a, is missing."),
        (
            lambda delta, W, slope: (delta * slope) @ W,
            "The slope belongs to the layer that receives the blame: it comes last.",
        ),
        (
            lambda delta, W, slope: delta @ W / slope,
            "A flat unit lets little through: times its slope, not divided by it.",
        ),
    ),
    cases=lambda rng: [
        (rng.normal(size=(b, 3)), rng.normal(size=(3, 3)), rng.random((b, 3)))
        for b in (1, 4)
    ],
)


def slopes(delta: np.ndarray, a_before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The slopes of a layer's weights and biases, summed over the batch."""
    return delta.T @ a_before, delta.sum(axis=0)


layer_slopes = Exercise(
    expected=slopes,
    why="Left end times right end for a weight, the blame alone for a bias.",
    hints=(
        "For one sample, entry (j, k) is delta_j times a_k. Now add over the samples.",
        "A product of (units, B) and (B, inputs) does both at once.",
    ),
    solution_text="""\
def answer(delta, a_before):
    return delta.T @ a_before, delta.sum(axis=0)""",
    mistakes=(
        (
            lambda delta, a_before: (a_before.T @ delta, delta.sum(axis=0)),
            "The first array is turned: it needs the shape of W, (units, inputs).",
        ),
        (
            lambda delta, a_before: (delta.T @ a_before, delta),
            "The biases are shared by all samples: add their blame over the batch.",
        ),
        (
            lambda delta, a_before: tuple(
                s / len(delta) for s in slopes(delta, a_before)
            ),
            "These are means; the loss is a sum over samples, and so are its slopes.",
        ),
        (lambda delta, a_before: slopes(delta, a_before)[::-1], "The order is wrong."),
    ),
    cases=lambda rng: [(rng.normal(size=(b, 2)), rng.random((b, 3))) for b in (4, 5)],
)


def _two_routes(
    delta_next: np.ndarray, W_next: np.ndarray, a: np.ndarray, lam: float
) -> np.ndarray:
    return (delta_next @ W_next + lam * a) * a * (1 - a)


penalty = Exercise(
    expected=_two_routes,
    why="Slopes that arrive by two routes add, and both then pass the same sigmoid.",
    hints=(
        "First find the slope of the whole loss for a, then turn it into one for a_in.",
        "The direct route gives the derivative of lam/2 a^2 with respect to a.",
    ),
    solution_text="""\
def answer(delta_next, W_next, a, lam):
    slope_for_a = delta_next @ W_next + lam * a
    return slope_for_a * a * (1 - a)""",
    mistakes=(
        (
            lambda delta_next, W_next, a, lam: (
                delta_next @ W_next * a * (1 - a) + lam * a
            ),
            "The penalty's part is a slope for a; it is not yet a slope for a_in.",
        ),
        (
            lambda delta_next, W_next, a, lam: delta_next @ W_next * a * (1 - a),
            "The direct route, lam, is missing.",
        ),
        (
            lambda delta_next, W_next, a, lam: delta_next @ W_next + lam * a,
            "This is the slope for a; the last factor, from a_in to a, is missing.",
        ),
    ),
    cases=lambda rng: [
        (rng.normal(size=(4, 3)), rng.normal(size=(3, 3)), rng.random((4, 3)), lam)
        for lam in (0.0, 0.3, 2.0)
    ],
)

gain = Exercise(
    expected=16,
    why="The root of 16 is 4, which makes up for a quarter; flatter slopes need more.",
    hints=("Set the factor to 1, with 1/4 for the slope.", "Square both sides."),
    solution_text="answer = (1 / 0.25) ** 2",
    mistakes=(
        (4, "The gain is under the root: 4 makes the factor one half."),
        (1 / 16, "A gain below 1 shrinks the blame still more."),
        (2, "This suits a slope that is 1 for half of the units."),
    ),
)

scale = choice(
    "b",
    why="The factor is the root of a quarter times one half, about a third, per layer.",
    hints=("Half of the units are off. What is the mean squared slope of the others?",),
    a="The slopes are 1, but each layer's weights make the signal smaller, both ways.",
    c="In ten layers a third becomes less than a ten-thousandth: that is no delay.",
    d="The weights are small: where should growth come from?",
)
