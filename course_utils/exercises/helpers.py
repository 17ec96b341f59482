"""Short ways to write exercises: multiple choice, the wrong unit, the wrong sign."""

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from course_utils.exercises.engine import Exercise


def choice(expected: str, why: str, hints: Sequence[str], **wrong: str) -> Exercise:
    """Multiple choice; `wrong` says for each other letter what is wrong with it."""
    return Exercise(
        expected, why, hints, f'answer = "{expected}"', tuple(wrong.items())
    )


def scaled(right: Any, factor: float) -> Any:
    """A number times a factor, or the function whose result is."""
    if not callable(right):
        return factor * right
    function: Callable = right

    @wraps(function)
    def multiple(*arguments: Any) -> Any:
        return factor * function(*arguments)

    return multiple


def in_nats(right: Any) -> tuple[Any, str]:
    """The mistake of giving nats where bits are asked for."""
    return scaled(right, math.log(2)), "This is in nats: the logarithm has base e."


def in_bits(right: Any) -> tuple[Any, str]:
    """The mistake of giving bits where nats are asked for."""
    return scaled(right, 1 / math.log(2)), "This is in bits: the logarithm has base 2."


def wrong_sign(right: Any, words: str = "The sign is wrong.") -> tuple[Any, str]:
    """The mistake of the wrong sign."""
    return scaled(right, -1), words
