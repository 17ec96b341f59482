"""A derivation shows its lines and fails at the first that does not follow."""

import numpy as np
import pytest

from course_utils.derivation import WrongStep, derive

START = ("log p(x)", "the evidence", -1.0)


def test_equal_lines_and_a_bound():
    lines = derive(
        START,
        ("= ∫ q log p(x) dz", "area 1", -1.0 + 1e-9),
        ("≥ E_q[log {p(x,z) / q}]", "Jensen", np.float64(-1.5)),
        ("≥ nothing", "looser still", -2),
    )
    assert [line.value for line in lines] == [-1.0, -1.0 + 1e-9, -1.5, -2.0]
    assert [line.relation for line in lines] == ["", "=", "≥", "≥"]
    derive(START, ("≤ a", "an upper bound", -0.5), ("= b", "the same", -0.5))


@pytest.mark.parametrize(
    "lines, number",
    [
        ([("= a", "up", -0.9)], 2),
        ([("= a", "down", -1.1)], 2),
        ([("≥ a", "above", -0.9)], 2),
        ([("≤ a", "below", -1.1)], 2),
        ([("≥ a", "fine", -2), ("= b", "not equal", -2.1)], 3),
        ([("≥ a", "fine", -2), ("≤ b", "bounds nothing", -1.5)], 3),
        ([("≤ a", "fine", 0), ("= b", "fine", 0), ("≥ c", "bounds nothing", -3)], 4),
    ],
)
def test_a_wrong_line_is_named(lines, number):
    with pytest.raises(WrongStep, match=f"line {number} "):
        derive(START, *lines)


def test_tolerance():
    off = ("= a", "rounded", -1.0004)
    with pytest.raises(WrongStep):
        derive(START, off)
    derive(START, off, tolerance=1e-3)
    derive(("a", "large", 1e6), ("= b", "relative above 1", 1e6 + 0.5))


@pytest.mark.parametrize(
    "lines, what",
    [
        ([START], "two lines"),
        ([START, ("= a", -1.0)], "line 2"),
        ([START, ("a", "no relation", -1.0)], "line 2"),
        ([("= a", "relation in the first", -1.0), ("= a", "b", -1.0)], "line 1"),
        ([START, ("= a", "nan", float("nan"))], "nan"),
        ([START, ("= a", "infinite", float("inf"))], "zero"),
    ],
)
def test_bad_input(lines, what):
    with pytest.raises(ValueError, match=what) as caught:
        derive(*lines)
    assert not isinstance(caught.value, WrongStep)


def test_what_is_shown(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "course_utils.derivation.display", lambda data, raw: shown.append(data)
    )
    wrong = ("= E_q[log {p(x,z) / q}] + KL(q ‖ p(z))", "a slip", -0.123456)
    with pytest.raises(WrongStep):
        derive(START, wrong)
    latex, plain = shown[0]["text/latex"], shown[0]["text/plain"]
    for text in (latex, plain):  # the wrong line is shown too, with its value
        assert "-1.000000" in text and "-0.123456" in text and "a slip" in text
    assert r"\frac{p(x,z)}{q}" in latex and r"\mathrm{KL}" in latex
    assert "{p(x,z) / q}" in plain
    assert r"\not=" in latex and "✗" in plain


def test_matplotlib_can_draw_the_formulas():
    from matplotlib.mathtext import MathTextParser

    for formula in (
        "E_q[log({p(x,z) / q} · {q / p(z|x)})]",
        "∫ q log {p(x,z) / q} dz",
        "KL(q ‖ p(z|x))",
        r"\mathcal{L}(q)",
    ):
        line = derive(START, (f"= {formula}", "", -1.0))[1]
        MathTextParser("path").parse(f"${line.latex}$")
