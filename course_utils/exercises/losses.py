"""Exercises of notebook 03: descent, one neuron, back-propagation, likelihood."""

import math

import numpy as np
from numpy.typing import NDArray

from course_utils.exercises.engine import Exercise, Mistake

NOTEBOOK = "03_losses_and_likelihood"

Array = NDArray[np.float64]


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _cross_entropy_of_a(z: float, y: float) -> float:
    with np.errstate(over="ignore", divide="ignore"):
        a = 1 / (1 + np.exp(-z))
        return float(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


first_order = Exercise(
    prompt=(
        "Predict before you compute.\n"
        r"Take $C(t) = t^2$ at $t = 1$ and one step with $\eta = 0.3$."
        "\n"
        "Give `answer = (predicted, actual)`: the change of the loss that the "
        "first-order formula promises, and the change that really happens."
    ),
    expected=(-1.2, -0.84),
    why="The promise is -eta times the squared slope; the truth is the new loss minus"
    " the old one, and the curve bends away from its tangent.",
    hints=(
        "The slope of t^2 at t = 1 is 2. Which step does that make?",
        "Predicted: slope times step. Actual: C at the new t, minus C(1).",
    ),
    solution_text="""slope = 2.0
step = -0.3 * slope
answer = (slope * step, (1 + step) ** 2 - 1)""",
    mistakes=(
        Mistake((-0.84, -1.2), "Both numbers occur, but in the other order."),
        Mistake(
            (1.2, 0.84), "Check the signs: a change is new minus old, and we go down."
        ),
        Mistake(
            (-0.6, -0.84),
            "The first number is the step in t; it has still to be multiplied by"
            " the slope to become a change of the loss.",
        ),
        Mistake(
            (-1.2, 0.16),
            "The second number is the new loss itself; asked is its change.",
        ),
    ),
)

stable = Exercise(
    prompt=(
        "A saturated sigmoid rounds to exactly 0 or 1, and then the logarithm in "
        "the cross-entropy is infinite.\n"
        "The cure is to compute the loss from $z$ and never from $a$.\n"
        r"Write `answer(z, y)` that returns $-[y \ln s(z) + (1 - y) \ln(1 - s(z))]$ "
        r"for numbers $z$ and $y$, and that stays finite at $z = \pm 800$."
        "\n"
        r"(Useful: $-\ln s(z) = \ln(1 + e^{-z})$, and `np.logaddexp(0, u)` is a safe"
        r" $\ln(1 + e^{u})$.)"
    ),
    expected=lambda z, y: np.logaddexp(0, z) - y * z,
    why="ln(1 + e^z) - y z is the same loss with nothing rounded away; libraries call"
    " it cross-entropy 'with logits'.",
    hints=(
        "Write both logarithms as ln(1 + e^(something)).",
        "-ln s(z) = ln(1 + e^-z) and -ln(1 - s(z)) = ln(1 + e^z).",
        "Their difference is z, so one logaddexp is enough.",
    ),
    solution_text="""import numpy as np


def answer(z, y):
    return y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)""",
    mistakes=(
        Mistake(
            _cross_entropy_of_a,
            "It is infinite where z is large: the output was rounded to 0 or 1 before"
            " its logarithm was taken.",
        ),
        Mistake(
            lambda z, y: y * np.logaddexp(0, z) + (1 - y) * np.logaddexp(0, -z),
            "The two targets are exchanged: a large z should be cheap when y = 1.",
        ),
        Mistake(
            lambda z, y: -(np.logaddexp(0, z) - y * z),
            "The sign is wrong: for y between 0 and 1 this loss is never negative.",
        ),
        Mistake(
            lambda z, y: np.logaddexp(0, -z) * y,
            "One half of the loss is missing: y = 0 must cost something, too.",
        ),
        Mistake(
            lambda z, y: min(np.logaddexp(0, z) - y * z, -math.log(1e-12)),
            "This agrees until the loss gets large and then stays at a ceiling: a"
            " clipped logarithm also clips the slope to zero.",
        ),
    ),
    cases=lambda rng: [
        *(
            (float(z), float(y))
            for z, y in zip(rng.normal(0, 2, 4), [0, 1, 0, 1], strict=True)
        ),
        (1.3, 0.25),
        (800.0, 0.0),
        (-800.0, 1.0),
    ],
)

flat_start = Exercise(
    prompt=(
        "Explain.\n"
        "With cross-entropy and the start (2, 2), the *cost* falls at full speed "
        "from the first epoch, yet the *output* $a$ at first hardly moves.\n"
        "Why?\n"
        "Answer with one of: 'a', 'b', 'c', 'd'.\n"
        "\n"
        r"* a: The error $\delta = a - y$ is small there, so the steps are small."
        "\n"
        "* b: The learning rate 0.005 is too small to move $z$.\n"
        "* c: $z$ moves at full speed, but a change of $z$ changes $a$ only $s'(z)$"
        " times as much.\n"
        "* d: The cross-entropy is flat near $a = 1$."
    ),
    expected="c",
    why="Cross-entropy removes s' from the steps of w and b; it cannot remove the"
    " s' that turns a change of z into a change of a.",
    hints=(
        "Compare the steps of z = w + b at the start and later: are they small?",
        "How is a small change of a related to a small change of z?",
    ),
    solution_text='answer = "c"',
    mistakes=(
        Mistake("a", "At this start a - y = 0.98, which is nearly as large as can be."),
        Mistake("b", "The cost falls at full speed, so z does move."),
        Mistake("d", "Look at -ln(1 - a) for a near 1: it is at its steepest there."),
    ),
)

penalty = Exercise(
    prompt=(
        r"Add a penalty on hidden outputs, $\frac{\lambda}{2} \sum_j (a_j^{(l)})^2$,"
        " to the loss.\n"
        "Now $a^{(l)}$ reaches the loss by two routes: through the next layer, and "
        "directly.\n"
        r"Write `answer(delta_next, W_next, z, lam)` that returns $\delta^{(l)}$ for"
        " a sigmoid layer and one sample.\n"
        r"Here `delta_next` is $\delta^{(l+1)}$, `W_next` is $W^{(l+1)}$ with one "
        "row per unit of the next layer, and `z` is $z^{(l)}$."
    ),
    expected=lambda delta_next, W_next, z, lam: (
        (delta_next @ W_next + lam * _sigmoid(z)) * _sigmoid(z) * (1 - _sigmoid(z))
    ),
    why="Slopes that arrive by several routes are added, and both routes end with the"
    " same factor s'(z).",
    hints=(
        "First find the slope of the whole loss for a, then turn it into one for z.",
        "The direct route gives the derivative of lam/2 a^2 with respect to a.",
        "Add the two routes, then multiply by s'(z) = s(z)(1 - s(z)).",
    ),
    solution_text="""import numpy as np


def answer(delta_next, W_next, z, lam):
    a = 1 / (1 + np.exp(-z))
    slope_for_a = delta_next @ W_next + lam * a
    return slope_for_a * a * (1 - a)""",
    mistakes=(
        Mistake(
            lambda delta_next, W_next, z, lam: (
                (delta_next @ W_next) * _sigmoid(z) * (1 - _sigmoid(z))
                + lam * _sigmoid(z)
            ),
            "The penalty's part is a slope for a; it is not yet a slope for z.",
        ),
        Mistake(
            lambda delta_next, W_next, z, lam: (
                (delta_next @ W_next) * _sigmoid(z) * (1 - _sigmoid(z))
            ),
            "The direct route is missing: this ignores lam.",
        ),
        Mistake(
            lambda delta_next, W_next, z, lam: (
                (W_next @ delta_next + lam * _sigmoid(z))
                * _sigmoid(z)
                * (1 - _sigmoid(z))
            ),
            "The matrix is applied the wrong way round: each unit of this layer"
            " gathers from the units it feeds, one column of W_next.",
        ),
        Mistake(
            lambda delta_next, W_next, z, lam: (
                (delta_next @ W_next + lam * z) * _sigmoid(z) * (1 - _sigmoid(z))
            ),
            "The penalty acts on the outputs of the layer, not on its weighted inputs.",
        ),
        Mistake(
            lambda delta_next, W_next, z, lam: delta_next @ W_next + lam * _sigmoid(z),
            "This is the slope for a; the last factor, from a to z, is missing.",
        ),
    ),
    cases=lambda rng: [
        (rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=3), lam)
        for lam in (0.0, 0.3, 2.0)
    ],
)

depth = Exercise(
    prompt=(
        "Predict.\n"
        "How many sigmoid layers does it take until even the *largest possible* "
        "product of their slopes is below $10^{-12}$?\n"
        "Give a whole number."
    ),
    expected=20,
    why="Each layer contributes at most 1/4, and 0.25^20 is about 9.1e-13.",
    hints=(
        "What is the largest slope a sigmoid can have?",
        "Find the smallest whole n with 0.25^n below 1e-12: use logarithms.",
    ),
    solution_text="""import math

answer = math.ceil(math.log(1e-12) / math.log(0.25))""",
    mistakes=(
        Mistake(
            math.log(1e-12) / math.log(0.25),
            "The logarithms are right, but layers come whole.",
        ),
        Mistake(19, "One layer too few: check the product for this number."),
        Mistake(
            40,
            "You used 1/2, which is the value of the sigmoid at 0; asked is the slope.",
        ),
        Mistake(12, "You used 1/10 per layer; a sigmoid's slope can be larger."),
    ),
)

laplace = Exercise(
    prompt=(
        "Make a new loss from a new noise.\n"
        r"Suppose the measuring errors follow a Laplace law, $p(y \mid \mu) = "
        r"\tfrac12 e^{-|y - \mu|}$, independently for each of $D$ numbers."
        "\n"
        r"Write `answer(y, mu)` that returns $-\ln p(y \mid \mu)$ in nats for two "
        "arrays of shape $(D,)$, as one number and with every constant."
    ),
    expected=lambda y, mu: np.abs(y - mu).sum() + len(y) * math.log(2),
    why="Laplace noise turns into the absolute error, plus ln 2 for each number.",
    hints=(
        "Take -ln of the density for one number first.",
        "-ln(1/2) is a constant that occurs once per number.",
    ),
    solution_text="""import numpy as np


def answer(y, mu):
    return (np.abs(y - mu) + np.log(2)).sum()""",
    mistakes=(
        Mistake(
            lambda y, mu: np.abs(y - mu).sum(),
            "A constant was dropped: this ranks models rightly, but is not -ln p.",
        ),
        Mistake(
            lambda y, mu: np.abs(y - mu).sum() + math.log(2),
            "The constant is counted once, whatever the number of dimensions.",
        ),
        Mistake(
            lambda y, mu: (np.abs(y - mu) + math.log(2)).mean(),
            "You averaged over the numbers; independent densities multiply, so their"
            " logarithms add.",
        ),
        Mistake(
            lambda y, mu: -(np.abs(y - mu) + math.log(2)).sum(),
            "The sign is wrong: this is ln p, which should be large; a loss is -ln p.",
        ),
        Mistake(
            lambda y, mu: (0.5 * (y - mu) ** 2 + 0.5 * math.log(2 * math.pi)).sum(),
            "This is the loss of Gaussian noise, and the noise here is another one.",
        ),
    ),
    cases=lambda rng: [(rng.normal(size=d), rng.normal(size=d)) for d in (1, 3, 8)],
)

best_sigma = Exercise(
    prompt=(
        r"A model made the errors $y - \mu = (1, -1, 2, 0, -2)$."
        "\n"
        r"Which single $\sigma$ gives these five errors the smallest Gaussian $-\ln "
        "p$?"
    ),
    expected=math.sqrt(2),
    why="Setting the slope for sigma to zero gives sigma^2 = mean squared error.",
    hints=(
        "Write the sum over the five errors of ln(sigma) + e^2 / (2 sigma^2).",
        "Differentiate by sigma, set to zero, solve for sigma^2.",
    ),
    solution_text="""import numpy as np

errors = np.array([1, -1, 2, 0, -2])
answer = np.sqrt((errors**2).mean())""",
    mistakes=(
        Mistake(2.0, "This is the variance sigma^2; asked is sigma."),
        Mistake(
            math.sqrt(2.5),
            "You divided by N - 1; that makes an unbiased variance, and the smallest"
            " -ln p is another aim.",
        ),
        Mistake(
            1.2,
            "This is the mean absolute error, which belongs to Laplace noise.",
        ),
        Mistake(math.sqrt(10), "The sum over the errors has not been divided."),
    ),
)

match = Exercise(
    prompt=(
        "Four targets: (1) tomorrow's temperature in °C, (2) whether a message is "
        "spam, (3) which one of the ten digits is shown, (4) for each of five "
        "toppings, whether the pizza carries it (several may apply).\n"
        "Choose for each the likelihood of one output: G for Gaussian, B for "
        "Bernoulli, C for categorical.\n"
        "Answer with four letters in order, like 'GGGG'."
    ),
    expected="GBCB",
    why="A real number, a yes or no, one of n, and several independent yes-or-no's:"
    " the data's kind decides.",
    hints=(
        "Ask what values the target can take, and whether options exclude each other.",
        "Exactly one of n is not the same as n separate questions.",
    ),
    solution_text='answer = "GBCB"',
    mistakes=(
        Mistake(
            "GBCC",
            "One of your choices makes the options exclude each other, and here they"
            " need not.",
        ),
        Mistake(
            "GBBB",
            "One of your choices treats options that exclude each other as separate"
            " questions (C-17).",
        ),
        Mistake(
            "GGCB",
            "One of your choices gives probability to values that can never occur.",
        ),
        Mistake(
            "GBBC",
            "Two are exchanged: which target has exactly one right option?",
        ),
    ),
)
