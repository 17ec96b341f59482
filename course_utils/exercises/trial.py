"""A learner's function beside the reference: called and compared."""

import copy
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.exercises.blame import is_stub, what_was_raised
from course_utils.exercises.compare import describe, plain, same, say
from course_utils.exercises.diagnose import GENERAL, MISSING, kind, unlike
from course_utils.exercises.graph import Outcome, as_tensors, cut_graph, gradients


@dataclass
class Trial:
    """The cases of an exercise and how its functions are called and compared."""

    reference: Callable
    cases: list[tuple]
    tolerance: float
    torch: bool
    measure: Callable[[Any], Any] | None

    def __post_init__(self) -> None:
        """The names of the arguments, which the messages use."""
        self.names = list(inspect.signature(self.reference).parameters)

    def judge(
        self, answer: Callable, why: str, mistakes: Sequence[tuple[Any, str]]
    ) -> tuple[bool, str]:
        """Whether a function is right, and the sentence that says so."""
        wanted = [self.call(self.reference, case) for case in self.cases]
        given = []
        for case in self.cases:
            try:
                given.append(self.call(answer, case))
            except Exception as error:  # the learner's code may raise anything
                if is_stub(answer, error):
                    return False, MISSING
                return False, what_was_raised(error, case, self.torch)
        right = self.alike(given, wanted)
        cut = self.cut(given, wanted) if right else None
        if right and not cut:
            return True, f"Right. {why}"
        if all(outcome.type == "NoneType" for outcome in given):
            return False, "Your function returns None; does it end with `return`?"
        for mistake, message in mistakes:
            made = [self.call(mistake, case) for case in self.cases]
            if self.alike(given, made) and not (right and self.cut(given, made)):
                return False, f"Not yet. {message}"
        return False, cut or self.explain(answer, given, wanted)

    def call(self, function: Callable, case: tuple, seed: int = 0) -> Outcome:
        """Call on deep copies of the arguments: in-place code harms no other call."""
        arguments = copy.deepcopy(case)
        leaves: dict[str, Any] = {}
        if self.torch:
            arguments, leaves = as_tensors(arguments, self.names)
        with own_noise(seed):
            result = function(*arguments)
            if self.measure is not None:
                result = self.measure(result)
        kind_of_result = type(result).__name__
        if isinstance(result, dict):  # as a loss returns its parts
            names = sorted(result, key=say)
            kind_of_result = f"dict with {', '.join(map(say, names))}"
            result = [result[name] for name in names]
        try:
            found, trouble = gradients(result, leaves), ""
        except Exception as error:  # in-place code can make the way back impossible
            found, trouble = {}, say(error)
        return Outcome(plain(result), kind_of_result, found, trouble)

    def alike(self, given: list[Outcome], other: list[Outcome]) -> bool:
        """Whether all values agree."""
        return all(
            same(a.value, b.value, self.tolerance) and not unlike(a, b)
            for a, b in zip(given, other, strict=True)
        )

    def cut(self, given: list[Outcome], other: list[Outcome]) -> str | None:
        """What is wrong with the gradients of equal values, if anything is."""
        pairs = zip(given, other, strict=True)
        words = [cut_graph(a, b, self.tolerance) for a, b in pairs]
        return next((text for text in words if text), None)

    def explain(
        self, answer: Callable, given: list[Outcome], wanted: list[Outcome]
    ) -> str:
        """What kind of mistake it is, where none of the named ones fits."""
        for one, want in zip(given, wanted, strict=True):
            if trouble := unlike(one, want):
                return trouble
        if not self.repeats(answer, given[0]):
            return (
                "Not yet. Two calls with the same arguments gave different answers:"
                " use the noise that the function is given (eps), and draw none."
            )
        words = kind(given, wanted, self.cases, self.names, self.tolerance)
        if words:
            return f"Not yet. {words}"
        triples = zip(self.cases, given, wanted, strict=True)
        case = next(c for c, g, w in triples if not self.alike([g], [w]))
        return f"{GENERAL} It goes wrong for {describe(case)}."

    def repeats(self, answer: Callable, first: Outcome) -> bool:
        """Whether another call, with other noise at hand, gives the same."""
        try:
            again = self.call(answer, self.cases[0], seed=1)
        except Exception:
            return False
        return same(again.value, first.value, self.tolerance)


@contextmanager
def own_noise(seed: int) -> Iterator[None]:
    """Seed numpy's and torch's global noise, and give back its state afterwards."""
    torch = sys.modules.get("torch")  # an exercise without torch does not import it
    numpy_state = np.random.get_state()  # noqa: NPY002
    torch_state = torch and torch.random.get_rng_state()
    np.random.seed(seed)  # noqa: NPY002
    if torch:
        torch.random.default_generator.manual_seed(seed)
    try:
        with np.errstate(all="ignore"):  # the checker says in words what is infinite
            yield
    finally:
        np.random.set_state(numpy_state)  # noqa: NPY002
        if torch:
            torch.random.set_rng_state(torch_state)
