"""Derivations with a value beside every line: written as mathematics, held to numbers.

A derivation is a list of lines (formula, reason, value). The first formula stands
alone; every other one begins with its relation to the line above: =, ≥ or ≤.
Formulas are text, "≥ E_q[log {p(x,z) / q}]", or LaTeX if they hold a backslash.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from IPython.display import display

LATEX = {"=": "=", "≥": r"\ge", "≤": r"\le", "": ""}
EXPECTED = {"=": "equal", "≥": "be at most", "≤": "be at least"}
WORDS = {
    r"\{([^{}]*) / ([^{}]*)\}": r"\\frac{\1}{\2}",
    r"\((?=\\frac)": r"\\left(",
    r"\}\)": r"}\\right)",
    "log": r"\\log ",
    "∫": r"\\int ",
    " dz": r"\\,dz",
    r"\[": r"\\left[",
    r"\]": r"\\right]",
    "‖": r"\\,\\Vert\\,",
    "·": r"\\cdot ",
    r"\b(E|KL|ELBO)(?=[_(]|$)": r"\\mathrm{\1}",
}


class WrongStep(ValueError):
    """A line that does not follow from the line above it."""


@dataclass(frozen=True)
class Line:
    """One line; `relation` to the line above, "" in the first; `value` in nats."""

    relation: str
    formula: str
    reason: str
    value: float

    @property
    def latex(self) -> str:
        """The formula, typeset for MathJax and matplotlib."""
        text = self.formula
        if "\\" not in text:
            for typed, written in WORDS.items():
                text = re.sub(typed, written, text)
        return text


def read(lines: Sequence[tuple[str, str, float]]) -> list[Line]:
    """The lines taken apart; ValueError if one is not (formula, reason, number)."""
    result: list[Line] = []
    for number, line in enumerate(lines, 1):
        if len(line) != 3:
            raise ValueError(f"line {number}: expected formula, reason, value; {line}")
        formula, reason, value = line[0].strip(), line[1], float(line[2])
        if not math.isfinite(value):
            raise ValueError(
                f"line {number} has the value {value}; expected a finite number"
                " (is q zero where the posterior is not, or the other way round?)"
            )
        relation = formula[0] if formula[:1] in EXPECTED else ""
        if bool(relation) != bool(result):
            wanted = "with =, ≥ or ≤" if result else "without a relation"
            raise ValueError(f"line {number} should begin {wanted}, got {formula!r}")
        formula = formula.removeprefix(relation).strip()
        result.append(Line(relation, formula, reason, value))
    if len(result) < 2:
        raise ValueError(f"a derivation needs two lines or more, got {len(result)}")
    return result


def wrong_step(lines: Sequence[Line], tolerance: float) -> tuple[int, str] | None:
    """Index of the first line that does not follow, and why; None if all follow."""
    bounds = ""
    for i in range(1, len(lines)):
        above, line = lines[i - 1], lines[i]
        if line.relation != "=":
            if bounds not in ("", line.relation):
                return i, f"line {i + 1} has {line.relation} after {bounds}: no bound"
            bounds = line.relation
        change = line.value - above.value
        allowed = {"=": abs(change), "≥": change, "≤": -change}[line.relation]
        if allowed > tolerance * max(1.0, abs(above.value)):
            return i, (
                f"line {i + 1} should {EXPECTED[line.relation]} line {i}, but"
                f" {line.value:.6f} lies {abs(change):.6f}"
                f" {'above' if change > 0 else 'below'} {above.value:.6f}"
            )
    return None


def derive(*lines: tuple[str, str, float], tolerance: float = 1e-6) -> list[Line]:
    """Show the lines with their values; WrongStep if one does not follow.

    Equal lines agree within `tolerance` (relative above 1); bounds point one way.
    """
    steps = read(lines)
    wrong = wrong_step(steps, tolerance)
    rows, plain = [], []
    for i, line in enumerate(steps):
        bad = wrong is not None and i == wrong[0]
        negated = r"\not" if bad else ""
        rows.append(
            rf"({i + 1}) & {negated}{LATEX[line.relation]} &"
            rf" \displaystyle {line.latex} & \text{{{line.reason}}} & {line.value:.6f}"
        )
        text = f"{'✗' if bad else line.relation or ' '} {line.formula}"
        plain.append(f"({i + 1}) {line.value:10.6f} {text}   ({line.reason})")
    table = " \\\\[4pt]\n".join(rows)
    shown = f"$\\begin{{array}}{{rrllr}}\n{table}\n\\end{{array}}$"
    display({"text/latex": shown, "text/plain": "\n".join(plain)}, raw=True)
    if wrong:
        raise WrongStep(wrong[1])
    return steps
