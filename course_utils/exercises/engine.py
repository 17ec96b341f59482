"""The exercise engine: a checker that names the mistake, hints, a solution.

An answer is a value (number, tuple, array, string) or a function. A function is
tried on inputs drawn with a fixed seed and compared with a reference. A known
mistake is stored as the wrong answer itself (a value, or a wrong function), so the
tests can feed each of them to the checker.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.exercises.compare import plain, same
from course_utils.exercises.diagnose import GENERAL, MISSING, kind, unlike
from course_utils.exercises.graph import Outcome
from course_utils.exercises.trial import Trial


@dataclass
class Exercise:
    """One exercise; its prompt stands in the notebook.

    `expected` is the right value, or the reference function; a function is tried on
    the argument tuples that `cases` makes from a numpy Generator. `solution_text` is
    Python source that assigns `answer`; `mistakes` are pairs of a wrong answer and
    what to say to it. Numbers are right within `tolerance`, relative for large and
    absolute for small ones. With `torch` the arrays of the cases become tensors, and
    the gradient counts too, save that for x (data) and eps (noise). `measure` turns a
    result that is no number into what is compared.
    """

    expected: Any
    why: str
    hints: Sequence[str]
    solution_text: str
    mistakes: Sequence[tuple[Any, str]] = ()
    cases: Callable[[np.random.Generator], list[tuple]] | None = None
    tolerance: float = 1e-3
    torch: bool = False
    measure: Callable[[Any], Any] | None = None
    _hints_given: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """ValueError for an exercise that could not be checked."""
        if callable(self.expected) != (self.cases is not None):
            raise ValueError("cases are needed for a function, and only for a function")
        if isinstance(self.hints, str) or not self.hints:
            raise ValueError(f"hints should be a tuple of texts, got {self.hints!r}")
        for pair in self.mistakes:
            if not (isinstance(pair, tuple) and len(pair) == 2):
                raise ValueError(f"a mistake is a pair (answer, text), got {pair!r}")

    def check(self, answer: Any, *, strict: bool = False) -> None:
        """Print what is right or wrong with `answer`.

        With strict=True, AssertionError unless it is right (for instructors).
        """
        right, message = self.judge(answer)
        if strict and not right:
            raise AssertionError(message)
        print(message)

    def adopt(self, answer: Any) -> Any:
        """`answer` if it is right, else the course's own; print which is used."""
        right, message = self.judge(answer)
        if right:
            own = "function" if callable(self.expected) else "answer"
            print(f"{message} Your {own} is used below.")
            return answer
        if message == MISSING:
            message = MISSING.replace(".", ":")
            print(f"{message} the course's own is used below.")
        else:
            print(f"{message} The course's own is used below.")
        return self.expected

    def judge(self, answer: Any) -> tuple[bool, str]:
        """Whether `answer` is right, and the sentence that says so."""
        if answer is None or answer is ...:
            return False, MISSING
        if self.cases is None:
            return self._judge_value(answer)
        if not callable(answer):
            name = type(answer).__name__
            return False, f"The answer should be a function, and this is a {name}."
        cases = self.cases(np.random.default_rng(0))
        trial = Trial(self.expected, cases, self.tolerance, self.torch, self.measure)
        return trial.judge(answer, self.why, self.mistakes)

    def hint(self) -> None:
        """Print the next hint; after the last one, the last again."""
        step = min(self._hints_given, len(self.hints) - 1)
        print(f"Hint {step + 1} of {len(self.hints)}: {self.hints[step]}")
        self._hints_given += 1

    def solution(self) -> None:
        """Print a solution, as Python source."""
        print(self.solution_text)

    def _judge_value(self, answer: Any) -> tuple[bool, str]:
        if callable(answer):
            return False, "The answer should be a value, and this is a function."
        given = Outcome(plain(answer), type(answer).__name__)
        wanted = Outcome(plain(self.expected), type(self.expected).__name__)
        if same(given.value, wanted.value, self.tolerance):
            return True, f"Right. {self.why}"
        for mistake, message in self.mistakes:
            if same(given.value, plain(mistake), max(self.tolerance, 1e-3)):
                return False, f"Not yet. {message}"
        if trouble := unlike(given, wanted):
            return False, trouble
        words = kind([given], [wanted], [], [], self.tolerance)
        return False, f"Not yet. {words}" if words else GENERAL
