"""Every exercise: solution right, stub neutral, each known mistake named."""

import importlib
import inspect
import math
import pkgutil

import nbformat
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from notebook_cells import NOTEBOOKS
from torch.distributions import Normal, Poisson, kl_divergence

import course_utils.exercises as package
from course_utils.exercises import entropy, reading_a_vae, vae
from course_utils.exercises.engine import GENERAL, Exercise

MODULES = [
    module
    for info in pkgutil.iter_modules(package.__path__)
    if hasattr(
        module := importlib.import_module(f"course_utils.exercises.{info.name}"),
        "NOTEBOOK",
    )
]
EXERCISES = [
    pytest.param(module, name, exercise, id=f"{module.NOTEBOOK}-{name}")
    for module in MODULES
    for name, exercise in vars(module).items()
    if isinstance(exercise, Exercise)
]
MISSING = "Not attempted yet."


@pytest.mark.parametrize("module, name, exercise", EXERCISES)
def test_exercise(module, name, exercise):
    space = {}
    exec(exercise.solution_text, space)  # with its own imports
    answer = space["answer"]
    right, message = exercise.judge(answer)
    assert right and message.startswith("Right."), f"solution_text: {message}"
    assert len(exercise.why) > 20, "`why` says why the answer is right"
    for stub in (None, ...):
        assert exercise.judge(stub) == (False, MISSING)
    assert len(exercise.mistakes) >= 3, "an exercise names at least three mistakes"
    messages = []
    for wrong, words in exercise.mistakes:
        right, message = exercise.judge(wrong)
        assert not right, f"taken for right: {words}"
        assert message == f"Not yet. {words}", f"not its own words: {message}"
        messages.append(message)
    assert len(set(messages)) == len(messages) and GENERAL not in messages
    if callable(answer):  # an adopted reference is called as the learner's would be
        names = inspect.signature(answer).parameters
        assert list(names) == list(inspect.signature(exercise.expected).parameters)


@pytest.mark.parametrize("module, name, exercise", EXERCISES)
def test_exercise_stands_in_its_notebook(module, name, exercise):
    path = NOTEBOOKS / f"{module.NOTEBOOK}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    code = [c.source for c in cells if c.cell_type == "code"]
    calls = (f"ex.{name}.check(", f"ex.{name}.adopt(")
    cell = [source for source in code if any(call in source for call in calls)]
    assert len(cell) == 1, f"one cell with {' or '.join(calls)}; found {len(cell)}"
    for call in ("hint()", "solution()"):
        assert f"# ex.{name}.{call}" in cell[0], "its cell offers a hint and a solution"
    whole = "\n".join(c.source for c in cells)
    assert exercise.solution_text.strip() not in whole
    for line in map(str.strip, exercise.solution_text.splitlines()):
        if line.startswith(("answer =", "return ")) and not line[7:].isidentifier():
            assert line not in whole, "the notebook gives the solution away"


SQUARE = Exercise(
    expected=lambda x: x * x,
    why="A number times itself.",
    hints=("Multiply.", "x times what?"),
    solution_text="def answer(x):\n    return x * x",
    mistakes=((lambda x: 2 * x, "You doubled it."),),
    cases=lambda rng: [(float(v),) for v in rng.normal(3, 1, 4)],
)


def not_written(*arguments):
    raise NotImplementedError


def uses_what_is_not_written(x):
    return not_written(x) + 1


class NotWritten:
    def __init__(self, *arguments):
        raise NotImplementedError


def test_what_a_learner_reads(capsys):
    mine = lambda x: x**2  # noqa: E731
    assert SQUARE.adopt(mine) is mine
    for stub in (None, not_written, uses_what_is_not_written, NotWritten):
        assert SQUARE.judge(stub) == (False, MISSING)
        assert SQUARE.adopt(stub)(x=3) == 9
    assert SQUARE.adopt(lambda x: 2 * x)(x=3) == 9
    for _ in range(3):
        SQUARE.hint()
    SQUARE.solution()
    assert capsys.readouterr().out.splitlines() == [
        "Right. A number times itself. Your function is used below.",
        *["Not attempted yet: the course's own is used below."] * 4,
        "Not yet. You doubled it. The course's own is used below.",
        "Hint 1 of 2: Multiply.",
        "Hint 2 of 2: x times what?",
        "Hint 2 of 2: x times what?",
        *SQUARE.solution_text.splitlines(),
    ]
    with pytest.raises(AssertionError, match="doubled"):
        SQUARE.check(lambda x: 2 * x, strict=True)


def value(expected, **options):
    return Exercise(expected, "why", ("hint",), "answer = ...", **options)


def function(expected, *cases, **options):
    options["cases"] = lambda rng: list(cases)
    return Exercise(expected, "why", ("hint",), "", **options)


def halves_in_place(mu, log_var, eps):
    log_var /= 2
    return mu + torch.exp(log_var) * eps


def averages_in_place(nll, kl, beta):
    nll /= nll.shape[1]
    return nll.sum(1).mean() + beta * kl.sum(1).mean()


def forgets_the_largest(log_w):
    log_w -= log_w.max(1, keepdim=True).values
    return torch.log(torch.exp(log_w).mean(1))


def unregistered_pair(x):
    return kl_divergence(Normal(0.0, 1.0), Poisson(1.0))


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


def not_printable(x):
    raise Unprintable


def softplus(z):
    return np.logaddexp(0, z)


def square_kept(mu):
    return (mu**2).sum(1)


def square_half_cut(mu):
    return (mu * mu.detach()).sum(1)


def log_var_cut(mu, log_var, eps):
    return mu + torch.exp(log_var.detach() / 2) * eps


def parts(mu):
    return {"loss": (mu**2).sum(), "kl": mu.sum()}


def loss_of(model, x):
    return (model(x) ** 2).mean()


def shapes(module):
    return [tuple(weights.shape) for weights in module.parameters()]


ones, p, linear = np.ones((2, 3)), torch.sigmoid, torch.nn.Linear
logits = F.binary_cross_entropy_with_logits
PAIR, TEXT = value((1.0, 2.0)), value("uniform")
WITH_GRADIENT, BUFFER = torch.tensor([1.0, 2.0], requires_grad=True), np.zeros(3)
FOURS = ((lambda x: 4 * x, "Four times."),)
DOUBLED = function(lambda x: 2 * x, (np.ones(3),), (np.arange(3.0),), mistakes=FOURS)
SUMS = [(np.arange(1.0, 1.0 + b * d).reshape(b, d),) for b, d in ((2, 3), (4, 5))]
LOSS = function(lambda nll: nll.sum(1).mean(), *SUMS)
ENTROPY = function(lambda p: -(p * np.log2(p)).sum(), *((r[0] / 100,) for r in SUMS))
STABLE = function(softplus, (1.0,), (-2.0,), (800.0,), (900.0,))
KEPT = function(square_kept, *SUMS, torch=True)
NAMED = function(square_kept, *SUMS, torch=True, mistakes=((square_half_cut, "Half."),))
NLL = function(lambda logit, x: logits(logit, x), (ones, ones), torch=True)
SHARES = function(lambda mu: torch.softmax(mu, 1), *SUMS, torch=True)
PARTS = function(parts, *SUMS, torch=True)
LAYERS = function(lambda d: linear(d, 3), (2,), (4,), measure=shapes)
MODEL = function(loss_of, (linear(2, 3), np.ones((4, 2))), torch=True)
RIGHT = [
    (SQUARE, lambda x: x**2),
    (PAIR, (1, 2)),
    (PAIR, torch.tensor([1, 2], dtype=torch.bfloat16)),
    (PAIR, WITH_GRADIENT),
    (PAIR, tuple(WITH_GRADIENT)),
    (TEXT, " Uniform "),
    *((value("c"), letter) for letter in ("(c)", "C", " c. ", "'c'")),
    (vae.draw, halves_in_place),
    (DOUBLED, lambda x: np.multiply(x, 2, out=x)),
    (DOUBLED, lambda x: np.multiply(x, 2, out=BUFFER)),
    (vae.draw, lambda mu, log_var, eps: mu + (log_var / 2).exp() * eps.detach()),
    (NLL, lambda logit, x: F.binary_cross_entropy(p(logit), x)),
    (KEPT, square_kept),
    (NAMED, square_kept),
    (PARTS, lambda mu: dict(reversed(parts(mu).items()))),
    (LAYERS, lambda d: linear(d, 3)),
    (MODEL, loss_of),
]
WRONG = [
    (SQUARE, lambda x: 1 / (x - x), "ZeroDivisionError"),
    (SQUARE, not_printable, "Unprintable"),
    (SQUARE, lambda x: torch.softmax(torch.tensor([1, 2]), 0), "NotImplementedError"),
    (SQUARE, unregistered_pair, "NotImplementedError"),
    (SQUARE, lambda x: None, "return"),
    (SQUARE, lambda x: math.nan, "NaN"),
    (SQUARE, lambda x: [x, x], "shape"),
    (SQUARE, 4.0, "function"),
    (PAIR, 3.0, "shape"),
    (PAIR, abs, "value"),
    (PAIR, "one", "numbers"),
    (value(2.5), 10**400, "too large"),
    (TEXT, 3, "text"),
    (vae.loss, averages_in_place, ""),
    (reading_a_vae.iw, forgets_the_largest, "never added back"),
    (DOUBLED, lambda x: np.multiply(x, 4, out=x), "Four times."),
    (vae.draws, 145.93, ""),
    (entropy.rounded_up, lambda p: (p * (np.floor(-np.log2(p)) + 1)).sum(), ""),
    (STABLE, lambda z: np.log(1 + np.exp(z)), "infinite"),
    (LOSS, lambda nll: nll.sum(1).mean() * torch.rand(1).item(), "same arguments"),
    (LOSS, lambda nll: nll.mean(), "axis 1 of nll"),
    (LOSS, lambda nll: nll.sum(), "axis 0 of nll"),
    (ENTROPY, lambda p: -(p * np.log(p)).sum(), "nats"),
    (value(0.610864), 0.881291, "bits"),
    (ENTROPY, lambda p: (p * np.log2(p)).sum(), "sign"),
    (value(2.5), -2.5, "sign"),
    (STABLE, lambda z: -np.log(1e-12 + 1 / (1 + np.exp(z))), "27.6"),
    (value(0.610864), 0.61, "4 digits"),
    (value(math.sqrt(2)), 1.41, "4 digits"),
    (value(math.log2(3)), 1.58, "4 digits"),
    (LOSS, lambda nll: nll.exp(), "numpy arrays"),
    (LOSS, lambda nll: torch.exp(nll), "numpy arrays"),
    (LOSS, lambda nll: nll.sum(dim=1), "numpy arrays"),
    (vae.loss, lambda nll, kl, beta: nll.astype(float), "torch tensors"),
    (vae.loss, lambda nll, kl, beta: np.exp(nll), "torch tensors"),
    (KEPT, lambda mu: (mu**2).sum(1).detach(), "gradient"),
    (KEPT, lambda mu: torch.tensor([sum(r**2).item() for r in mu]), "gradient"),
    (KEPT, lambda mu: (mu.detach().numpy() ** 2).sum(1), "gradient"),
    (KEPT, square_half_cut, "gradient"),
    (KEPT, torch.no_grad()(square_kept), "gradient"),
    (NAMED, square_half_cut, "Half."),
    (NAMED, lambda mu: square_kept(mu).detach(), "gradient"),
    (SHARES, lambda mu: mu.softmax(1).detach() + 0 * mu, "gradient"),
    (vae.draw, log_var_cut, "log_var"),
    (PARTS, lambda mu: (mu**2).sum(), "loss"),
    (PARTS, lambda mu: {"loss": parts(mu)["loss"]}, "kl"),
    (PARTS, lambda mu: parts(mu) | {"loss": (mu**2).sum().detach()}, "gradient"),
    (LAYERS, lambda d: linear(3, d), ""),
    (MODEL, lambda m, x: (m(x).detach() ** 2).mean(), "gradient"),
]


@pytest.mark.parametrize("exercise, answer", RIGHT)
def test_right_answers(exercise, answer):
    assert exercise.judge(answer)[0]


@pytest.mark.parametrize("exercise, answer, clue", WRONG)
def test_a_mistake_that_has_no_name_is_told_by_its_kind(exercise, answer, clue):
    right, message = exercise.judge(answer)
    assert not right and clue in message
    assert not clue or GENERAL not in message


def test_what_remains_gets_the_general_sentence():
    assert not PAIR.judge((1, 2.1))[0] and not value("b").judge("(c)")[0]
    assert TEXT.judge("gaussian")[1] == GENERAL
    assert GENERAL in SQUARE.judge(lambda x: x**3)[1]


class Hostile:
    def __array__(self, *arguments, **options):
        raise RuntimeError("no array")

    def __getattr__(self, name):
        raise RuntimeError("no attribute")

    def __repr__(self):
        raise RuntimeError("no text")


LOOP: list = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    "answer",
    [
        torch.zeros(2, dtype=torch.bfloat16),
        (WITH_GRADIENT, torch.ones(3)),
        10**400,
        [10**400, 1],
        1j,
        Hostile(),
        {"loss": 1},
        np.array([object()]),
        torch.ones(2, device="meta"),
        torch.eye(2).to_sparse(),
        LOOP,
        [],
        "",
        math.inf,
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_no_answer_crashes_the_checker(answer, capsys):
    for exercise in (value(2.5), value((3.0, 4.0)), value("c"), SQUARE):
        exercise.check(answer)
    for exercise in (SQUARE, vae.loss, vae.kl):
        exercise.check(lambda *arguments: answer)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 7 and not any(line.startswith("Right.") for line in said)


def test_the_checker_leaves_the_noise_alone():
    def draw(x=0):
        return x + torch.rand(1).item() + np.random.rand()  # noqa: NPY002

    found = []
    for looks in (0, 1):
        torch.manual_seed(3)
        np.random.seed(3)  # noqa: NPY002
        for _ in range(looks):
            SQUARE.judge(draw)
        found.append(draw())
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "arguments",
    [{"expected": abs}, {"cases": list}, {"hints": "a comma"}, {"mistakes": (2, 3)}],
)
def test_an_exercise_that_cannot_be_checked_is_refused(arguments):
    options = {"expected": 1, "why": "w", "hints": ("h",), "solution_text": ""}
    with pytest.raises(ValueError):
        Exercise(**options | arguments)
