"""The exercise engine: a prompt, a checker that names the mistake, hints, a solution.

An answer is a value (number, tuple, array, string) or a function. A function is
tried on inputs drawn with a fixed seed and compared with a reference. A known
mistake is stored as the wrong answer itself (a value, or a wrong function), so the
tests can feed each of them to the checker.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

GENERAL = "Not yet. The answer differs from the expected one; hint() may help."


@dataclass(frozen=True)
class Mistake:
    """A plausible wrong `answer` (a value or a function) and what to say to it."""

    answer: Any
    message: str


@dataclass
class Exercise:
    """One exercise; `solution` is Python source that assigns `answer`.

    `expected` is the right value, or the reference function. A function needs
    `cases`, which maps a numpy Generator to a list of argument tuples.
    Numbers are right within `tolerance`, relative for large and absolute for
    small ones.
    """

    prompt: str
    expected: Any
    why: str
    hints: Sequence[str]
    solution_text: str
    mistakes: Sequence[Mistake]
    cases: Callable[[np.random.Generator], list[tuple]] | None = None
    tolerance: float = 1e-3
    _hints_given: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """ValueError for a function exercise that has no cases."""
        if callable(self.expected) and self.cases is None:
            raise ValueError("an exercise that asks for a function needs `cases`")

    def check(self, answer: Any, *, strict: bool = False) -> None:
        """Print what is right or wrong with `answer`.

        With strict=True, AssertionError unless it is right (for instructors).
        """
        right, message = self.judge(answer)
        if strict and not right:
            raise AssertionError(message)
        print(message)

    def judge(self, answer: Any) -> tuple[bool, str]:
        """Whether `answer` is right, and the sentence that says so."""
        if answer is None or answer is ...:
            return False, "Not attempted yet."
        if callable(self.expected):
            return self._judge_function(answer)
        if callable(answer):
            return False, "The answer should be a value, and this is a function."
        return self._judge_value(answer)

    def hint(self) -> None:
        """Print the next hint; after the last one, the last again."""
        step = min(self._hints_given, len(self.hints) - 1)
        print(f"Hint {step + 1} of {len(self.hints)}: {self.hints[step]}")
        self._hints_given += 1

    def solution(self) -> None:
        """Print a solution, as Python source."""
        print(self.solution_text)

    def _judge_value(self, answer: Any) -> tuple[bool, str]:
        if same(answer, self.expected, self.tolerance):
            return True, f"Right. {self.why}"
        for mistake in self.mistakes:
            if same(answer, mistake.answer, self.tolerance):
                return False, f"Not yet. {mistake.message}"
        return False, unlike(answer, self.expected) or GENERAL

    def _judge_function(self, answer: Any) -> tuple[bool, str]:
        if not callable(answer):
            kind = type(answer).__name__
            return False, f"The answer should be a function, and this is a {kind}."
        assert self.cases is not None
        cases = self.cases(np.random.default_rng(0))
        given = []
        for case in cases:
            try:
                given.append(answer(*case))
            except NotImplementedError:
                return False, "Not attempted yet."
            except Exception as error:  # the learner's code may raise anything
                name = type(error).__name__
                return False, (
                    f"Your function raised {name}: {error}"
                    f" - it was called with {describe(case)}."
                )
        wanted = [self.expected(*case) for case in cases]
        if all(same(a, b, self.tolerance) for a, b in zip(given, wanted, strict=True)):
            return True, f"Right. {self.why}"
        if all(value is None for value in given):
            return False, "Your function returns None; does it end with `return`?"
        for mistake in self.mistakes:
            made = [mistake.answer(*case) for case in cases]
            if all(
                same(a, b, self.tolerance) for a, b in zip(given, made, strict=True)
            ):
                return False, f"Not yet. {mistake.message}"
        pairs = list(zip(cases, given, wanted, strict=True))
        for _, value, want in pairs:
            if trouble := unlike(value, want):
                return False, trouble
        case = next(c for c, a, b in pairs if not same(a, b, self.tolerance))
        return False, f"{GENERAL} It goes wrong for {describe(case)}."


def same(value: Any, wanted: Any, tolerance: float = 1e-3) -> bool:
    """Whether two answers agree: text without case, numbers within the tolerance."""
    if isinstance(wanted, str) or isinstance(value, str):
        return (
            isinstance(value, str)
            and isinstance(wanted, str)
            and (value.strip().casefold() == wanted.strip().casefold())
        )
    left, right = as_numbers(value), as_numbers(wanted)
    if left is None or right is None or left.shape != right.shape:
        return False
    return bool(np.allclose(left, right, rtol=tolerance, atol=tolerance * 1e-2))


def unlike(value: Any, wanted: Any) -> str | None:
    """What kind of thing is wrong (type, shape, NaN), if it is that; else None."""
    if isinstance(wanted, str):
        if isinstance(value, str):
            return None
        return f"The answer should be text, and this is a {type(value).__name__}."
    number = as_numbers(value)
    if number is None:
        kind = type(value).__name__
        return f"The answer should hold numbers, and this is a {kind}."
    shape = np.shape(wanted)
    if number.shape != shape:
        return f"The shape is wrong: expected {shape}, got {number.shape}."
    if np.isnan(number).any():
        return "The answer holds NaN: look for 0 * log 0, 0 / 0 or the log of -1."
    return None


def as_numbers(value: Any) -> np.ndarray | None:
    """`value` as a float array (torch tensors too), or None if it is not numeric."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None


def describe(case: tuple) -> str:
    """The arguments of a call, short enough for one line."""
    words = []
    for argument in case:
        numbers = as_numbers(argument)
        if numbers is None:
            words.append(repr(argument))
        elif numbers.ndim == 0:
            words.append(f"{float(numbers):.4g}")
        elif numbers.size <= 6:
            words.append(np.array2string(numbers, precision=3, separator=", "))
        else:
            words.append(f"an array of shape {numbers.shape}")
    return ", ".join(words)
