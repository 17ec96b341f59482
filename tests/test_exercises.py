"""Every exercise: solution right, stub neutral, each known mistake named."""

import importlib
import pkgutil

import nbformat
import pytest
from notebook_cells import NOTEBOOKS

import course_utils.exercises as package
from course_utils.exercises.engine import GENERAL, Exercise, Mistake

MODULES = [
    importlib.import_module(f"course_utils.exercises.{module.name}")
    for module in pkgutil.iter_modules(package.__path__)
    if module.name != "engine"
]
EXERCISES = [
    pytest.param(module, name, exercise, id=f"{module.NOTEBOOK}-{name}")
    for module in MODULES
    for name, exercise in vars(module).items()
    if isinstance(exercise, Exercise)
]


def notebook(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells


@pytest.mark.parametrize("module, name, exercise", EXERCISES)
def test_exercise(module, name, exercise):
    space = {}
    exec(exercise.solution_text, space)
    right, message = exercise.judge(space["answer"])
    assert right, message
    exercise.check(space["answer"], strict=True)
    assert message.startswith("Right.") and len(exercise.why) > 20

    for stub in (None, ...):
        assert exercise.judge(stub) == (False, "Not attempted yet.")

    assert len(exercise.mistakes) >= 3
    messages = []
    for mistake in exercise.mistakes:
        right, message = exercise.judge(mistake.answer)
        assert not right
        assert message == f"Not yet. {mistake.message}", mistake.answer
        messages.append(message)
    assert len(set(messages)) == len(messages) and GENERAL not in messages
    assert exercise.hints


@pytest.mark.parametrize("module, name, exercise", EXERCISES)
def test_exercise_stands_in_its_notebook(module, name, exercise):
    cells = notebook(module.NOTEBOOK)
    text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    assert exercise.prompt in text, "the prompt differs from the notebook's"
    code = [c.source for c in cells if c.cell_type == "code"]
    cell = [s for s in code if f".{name}.check(" in s]
    assert len(cell) == 1
    for call in ("hint()", "solution()"):
        assert f"# ex.{name}.{call}" in cell[0]
    whole = "\n".join(c.source for c in cells)
    assert exercise.solution_text.strip() not in whole
    for line in exercise.solution_text.splitlines():
        if line.strip().startswith(("answer =", "return ")):
            assert line.strip() not in whole, "the notebook gives the solution away"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.NOTEBOOK)
def test_five_exercises(module):
    if module.NOTEBOOK == "00_start_here":
        pytest.skip("notebook 00 only shows how an exercise works")
    found = [e for e in vars(module).values() if isinstance(e, Exercise)]
    assert len(found) >= 5


@pytest.fixture
def square():
    return Exercise(
        prompt="Square x.",
        expected=lambda x: x * x,
        why="A number times itself.",
        hints=("Multiply.", "x times what?"),
        solution_text="def answer(x):\n    return x * x",
        mistakes=(Mistake(lambda x: 2 * x, "You doubled it."),),
        cases=lambda rng: [(float(v),) for v in rng.normal(3, 1, 4)],
    )


def raises_zero_division(x):
    return 1 / (x - x)


def not_written(x):
    raise NotImplementedError


def test_engine_function_answers(square, capsys):
    assert square.judge(lambda x: x**2)[0]
    assert square.judge(lambda x: 2 * x)[1] == "Not yet. You doubled it."
    assert square.judge(not_written)[1] == "Not attempted yet."
    assert "ZeroDivisionError" in square.judge(raises_zero_division)[1]
    assert "Your function raised" in square.judge(raises_zero_division)[1]
    assert "return" in square.judge(lambda x: None)[1]
    assert "NaN" in square.judge(lambda x: float("nan"))[1]
    assert "shape" in square.judge(lambda x: [x, x])[1]
    assert GENERAL in square.judge(lambda x: x**3)[1]
    assert "should be a function" in square.judge(4.0)[1]
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


def test_engine_value_answers():
    exercise = Exercise("p", (1.0, 2.0), "why", ("h",), "answer = 1, 2", ())
    assert exercise.judge((1, 2))[0]
    assert "shape" in exercise.judge(3.0)[1]
    assert "should be a value" in exercise.judge(lambda: 1)[1]
    assert "numbers" in exercise.judge("one")[1]
    assert not exercise.judge((1, 2.1))[0]
    text = Exercise("p", "uniform", "why", ("h",), "answer = 'uniform'", ())
    assert text.judge(" Uniform ")[0]
    assert "text" in text.judge(3)[1]
    assert text.judge("gaussian")[1] == GENERAL
    with pytest.raises(ValueError, match="cases"):
        Exercise("p", abs, "why", ("h",), "", ())
