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


def solved(exercise):
    space = {}
    exec(exercise.solution_text, space)
    return space["answer"]


@pytest.mark.parametrize("module, name, exercise", EXERCISES)
def test_exercise(module, name, exercise):
    answer = solved(exercise)
    right, message = exercise.judge(answer)
    assert right, message
    exercise.check(answer, strict=True)
    assert message.startswith("Right.") and len(exercise.why) > 20

    for stub in (None, ...):
        assert exercise.judge(stub) == (False, MISSING)

    assert len(exercise.mistakes) >= 3, "an exercise names at least three mistakes"
    messages = []
    for wrong, words in exercise.mistakes:
        right, message = exercise.judge(wrong)
        assert not right
        assert message == f"Not yet. {words}", wrong
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
    assert len(cell) == 1
    for call in ("hint()", "solution()"):
        assert f"# ex.{name}.{call}" in cell[0]
    whole = "\n".join(c.source for c in cells)
    assert exercise.solution_text.strip() not in whole
    for line in map(str.strip, exercise.solution_text.splitlines()):
        if line.startswith(("answer =", "return ")) and not line[7:].isidentifier():
            assert line not in whole, "the notebook gives the solution away"


@pytest.fixture
def square():
    return Exercise(
        expected=lambda x: x * x,
        why="A number times itself.",
        hints=("Multiply.", "x times what?"),
        solution_text="def answer(x):\n    return x * x",
        mistakes=((lambda x: 2 * x, "You doubled it."),),
        cases=lambda rng: [(float(v),) for v in rng.normal(3, 1, 4)],
    )


def raises_zero_division(x):
    return 1 / (x - x)


def not_written(*arguments):
    raise NotImplementedError


def uses_what_is_not_written(x):
    return not_written(x) + 1


class NotWritten:
    def __init__(self, *arguments):
        raise NotImplementedError


def test_answers_that_are_functions(square, capsys):
    assert square.judge(lambda x: x**2)[0]
    assert square.judge(lambda x: 2 * x)[1] == "Not yet. You doubled it."
    for stub in (not_written, uses_what_is_not_written, NotWritten):
        assert square.judge(stub)[1] == MISSING
    assert "ZeroDivisionError" in square.judge(raises_zero_division)[1]
    assert "return" in square.judge(lambda x: None)[1]
    assert "NaN" in square.judge(lambda x: float("nan"))[1]
    assert "shape" in square.judge(lambda x: [x, x])[1]
    assert GENERAL in square.judge(lambda x: x**3)[1]
    assert "function" in square.judge(4.0)[1]
    with pytest.raises(AssertionError, match="doubled"):
        square.check(lambda x: 2 * x, strict=True)
    for _ in range(3):
        square.hint()
    square.solution()
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "Hint 1 of 2: Multiply.",
        "Hint 2 of 2: x times what?",
        "Hint 2 of 2: x times what?",
    ]
    assert "return x * x" in lines[-1]


def value(expected, **options):
    return Exercise(expected, "why", ("hint",), "answer = ...", **options)


def function(expected, *cases, **options):
    options["cases"] = lambda rng: list(cases)
    return Exercise(expected, "why", ("hint",), "", **options)


def test_adopt_returns_what_the_lesson_goes_on_with(square, capsys):
    mine = lambda x: x**2  # noqa: E731
    assert square.adopt(mine) is mine
    assert square.adopt(None)(x=3) == 9
    assert square.adopt(not_written)(x=3) == 9
    assert square.adopt(lambda x: 2 * x)(x=3) == 9
    assert capsys.readouterr().out.splitlines() == [
        "Right. A number times itself. Your function is used below.",
        "Not attempted yet: the course's own is used below.",
        "Not attempted yet: the course's own is used below.",
        "Not yet. You doubled it. The course's own is used below.",
    ]


def test_answers_that_are_values():
    exercise = value((1.0, 2.0))
    for right in ((1, 2), torch.tensor([1, 2], dtype=torch.bfloat16), WITH_GRADIENT):
        assert exercise.judge(right)[0]
    assert exercise.judge((WITH_GRADIENT[0], WITH_GRADIENT[1]))[0]
    for wrong, clue in {3.0: "shape", abs: "value", "one": "numbers"}.items():
        assert clue in exercise.judge(wrong)[1]
    assert not exercise.judge((1, 2.1))[0]
    assert "too large" in value(2.5).judge(10**400)[1]
    text = value("uniform")
    assert text.judge(" Uniform ")[0] and "text" in text.judge(3)[1]
    assert text.judge("gaussian")[1] == GENERAL
    for letter in ("(c)", "C", " c. ", "'c'"):
        assert value("c").judge(letter)[0] and not value("b").judge(letter)[0]


def halves_in_place(mu, log_var, eps):
    log_var /= 2
    return mu + torch.exp(log_var) * eps


def averages_in_place(nll, kl, beta):
    nll /= nll.shape[1]
    return nll.sum(1).mean() + beta * kl.sum(1).mean()


def forgets_the_largest(log_w):
    log_w -= log_w.max(1, keepdim=True).values
    return torch.log(torch.exp(log_w).mean(1))


def test_code_in_place_corrupts_nothing():
    assert vae.draw.judge(halves_in_place)[0]
    assert not vae.loss.judge(averages_in_place)[0]
    assert "never added back" in reading_a_vae.iw.judge(forgets_the_largest)[1]
    buffer, fours = np.zeros(3), ((lambda x: 4 * x, "Four times."),)
    doubled = function(
        lambda x: 2 * x, (np.ones(3),), (np.arange(3.0),), mistakes=fours
    )
    assert doubled.judge(lambda x: np.multiply(x, 2, out=x))[0]
    assert doubled.judge(lambda x: np.multiply(x, 2, out=buffer))[0]
    assert "Four times." in doubled.judge(lambda x: np.multiply(x, 4, out=x))[1]


def test_what_was_once_taken_for_right():
    assert not vae.draws.judge(145.93)[0]
    floor = lambda p: (p * (np.floor(np.log2(1 / p)) + 1)).sum()  # noqa: E731
    assert not entropy.rounded_up.judge(floor)[0]


def unregistered_pair(x):
    from torch.distributions import Normal, Poisson, kl_divergence

    return kl_divergence(Normal(0.0, 1.0), Poisson(1.0))


def test_a_library_that_raises_is_no_stub(square):
    whole = lambda x: torch.softmax(torch.tensor([1, 2, 3]), 0)  # noqa: E731
    for broken in (whole, unregistered_pair):
        assert "NotImplementedError" in square.judge(broken)[1]


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


def not_printable(x):
    raise Unprintable


class Hostile:
    def __array__(self, *arguments, **options):
        raise RuntimeError("no array")

    def __getattr__(self, name):
        raise RuntimeError("no attribute")

    def __repr__(self):
        raise RuntimeError("no text")


LOOP: list = []
LOOP.append(LOOP)
WITH_GRADIENT = torch.tensor([1.0, 2.0], requires_grad=True)


@pytest.mark.parametrize(
    "answer",
    [
        torch.zeros(2, dtype=torch.bfloat16),
        (WITH_GRADIENT, torch.ones(3)),
        10**400,
        [10**400, 1],
        1j,
        Hostile(),
        [Hostile()],
        {"loss": 1},
        {1, 2},
        b"c",
        np.array([object()]),
        torch.ones(2, device="meta"),
        torch.eye(2).to_sparse(),
        LOOP,
        [],
        "",
        float("inf"),
        math.nan,
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_no_answer_crashes_the_checker(square, answer, capsys):
    for exercise in (value(2.5), value((3.0, 4.0)), value("c")):
        exercise.check(answer)
    square.check(answer)
    square.check(lambda x: answer)
    for exercise in (vae.loss, vae.kl):
        exercise.check(lambda *arguments: answer)
    said = capsys.readouterr().out.splitlines()
    assert "Unprintable" in square.judge(not_printable)[1]
    assert len(said) == 7 and not any(line.startswith("Right.") for line in said)


def test_the_checker_leaves_the_noise_alone(square):
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    wanted = torch.rand(1).item(), np.random.rand()  # noqa: NPY002
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    square.judge(lambda x: x + torch.rand(1).item() + np.random.rand())  # noqa: NPY002
    assert (torch.rand(1).item(), np.random.rand()) == wanted  # noqa: NPY002


SUMS = [(np.arange(1.0, 1.0 + b * d).reshape(b, d),) for b, d in ((2, 3), (4, 5))]
LOSS = function(lambda nll: nll.sum(1).mean(), *SUMS)
ENTROPY = function(lambda p: -(p * np.log2(p)).sum(), *((r[0] / 100,) for r in SUMS))


def softplus(z):
    return np.logaddexp(0, z)


STABLE = function(softplus, (1.0,), (-2.0,), (800.0,), (900.0,))


@pytest.mark.parametrize(
    "exercise, wrong, clue",
    [
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
    ],
)
def test_a_mistake_that_has_no_name_is_told_by_its_kind(exercise, wrong, clue):
    right, message = exercise.judge(wrong)
    assert not right and clue in message and GENERAL not in message


def square_kept(mu):
    return (mu**2).sum(1)


SQUARE = function(square_kept, *SUMS, torch=True)


@pytest.mark.parametrize(
    "cut",
    [
        lambda mu: (mu**2).sum(1).detach(),
        lambda mu: torch.tensor([row.pow(2).sum().item() for row in mu]),
        lambda mu: (mu.detach().numpy() ** 2).sum(1),
        lambda mu: (mu * mu.detach()).sum(1),
        torch.no_grad()(square_kept),
    ],
)
def test_an_answer_that_cuts_the_graph_is_told_so(cut):
    assert SQUARE.judge(square_kept)[0]
    right, message = SQUARE.judge(cut)
    assert not right
    assert message.startswith("Right in value") and "gradient" in message


def test_which_gradient_is_missing_is_told_and_data_and_noise_need_none():
    def plain_noise(mu, log_var, eps):
        return mu + torch.exp(log_var / 2) * eps.detach()

    def cut(mu, log_var, eps):
        return mu + torch.exp(log_var.detach() / 2) * eps

    assert vae.draw.judge(plain_noise)[0]
    assert "log_var" in vae.draw.judge(cut)[1]
    ones, p = np.ones((2, 3)), torch.sigmoid
    logits = F.binary_cross_entropy_with_logits
    nll = function(lambda logit, x: logits(logit, x), (ones, ones), torch=True)
    assert nll.judge(lambda logit, x: F.binary_cross_entropy(p(logit), x))[0]
    shares = function(lambda mu: torch.softmax(mu, 1), *SUMS, torch=True)
    cut_shares = shares.judge(lambda mu: mu.softmax(1).detach() + 0 * mu)
    assert not cut_shares[0] and "gradient" in cut_shares[1]


def test_a_mistake_in_the_gradient_alone_can_have_a_name():
    mistake = lambda mu: (mu * mu.detach()).sum(1)  # noqa: E731
    named = function(square_kept, *SUMS, torch=True, mistakes=((mistake, "Half."),))
    assert named.judge(square_kept)[0]
    assert named.judge(mistake)[1] == "Not yet. Half."
    assert "gradient" in named.judge(lambda mu: square_kept(mu).detach())[1]


def test_a_loss_may_return_its_parts():
    def parts(mu):
        return {"loss": (mu**2).sum(), "kl": mu.sum()}

    exercise = function(parts, *SUMS, torch=True)
    assert exercise.judge(lambda mu: dict(reversed(parts(mu).items())))[0]
    assert "loss" in exercise.judge(lambda mu: (mu**2).sum())[1]
    assert not exercise.judge(lambda mu: {"loss": parts(mu)["loss"]})[0]
    cut = exercise.judge(lambda mu: parts(mu) | {"loss": (mu**2).sum().detach()})
    assert not cut[0] and "gradient" in cut[1]


def test_a_module_is_measured_and_its_weights_have_gradients():
    shapes = lambda module: [tuple(p.shape) for p in module.parameters()]  # noqa: E731
    linear = torch.nn.Linear
    layers = function(lambda d: linear(d, 3), (2,), (4,), measure=shapes)
    assert layers.judge(lambda d: linear(d, 3))[0]
    assert not layers.judge(lambda d: linear(3, d))[0]
    loss = lambda model, x: (model(x) ** 2).mean()  # noqa: E731
    exercise = function(loss, (linear(2, 3), np.ones((4, 2))), torch=True)
    assert exercise.judge(loss)[0]
    assert "gradient" in exercise.judge(lambda m, x: (m(x).detach() ** 2).mean())[1]


@pytest.mark.parametrize(
    "arguments",
    [{"expected": abs}, {"cases": list}, {"hints": "a comma"}, {"mistakes": (2, 3)}],
)
def test_an_exercise_that_cannot_be_checked_is_refused(arguments):
    options = {"expected": 1, "why": "w", "hints": ("h",), "solution_text": ""}
    with pytest.raises(ValueError):
        Exercise(**options | arguments)
