"""What kind of mistake it is, where no named mistake fits: rules tried in turn."""

import math

import numpy as np

from course_utils.exercises.compare import Plain
from course_utils.exercises.graph import Outcome

GENERAL = "Not yet. The answer differs from the expected one; hint() may help."
MISSING = "Not attempted yet."
FACTORS = {
    -1.0: "The sign is wrong.",
    math.log(2): "This is in nats: ln 2 times the right answer, which is in bits.",
    1 / math.log(2): "This is in bits: the right answer, in nats, divided by ln 2.",
    math.log10(2): "The logarithm has base 10, and bits need base 2.",
    1 / math.log(10): "The logarithm has base 10, and nats need base e.",
}
HALVES = {  # of a function, which has several cases: one number is twice many others
    2.0: "This is exactly twice the right answer.",
    0.5: "This is exactly half of the right answer.",
}


def unlike(given: Outcome, wanted: Outcome) -> str | None:
    """What is wrong with the type, the shape or the finiteness, if it is that."""
    value, want = given.value, wanted.value
    if given.type != wanted.type and "dict" in (given.type[:4], wanted.type[:4]):
        return f"The answer should be a {wanted.type}, and this is a {given.type}."
    if isinstance(want, str):
        if isinstance(value, str):
            return None
        return f"The answer should be text, and this is of type {given.type}."
    if not isinstance(value, list):
        return f"The answer should hold numbers, and this is of type {given.type}."
    assert want is not None
    shapes, wished = shape(value), shape(want)
    if shapes != wished:
        return f"The shape is wrong: expected {wished}, got {shapes}."
    got, right = flat(value), flat(want)
    if np.isnan(got).any() and not np.isnan(right).any():
        return "The answer holds NaN: look for 0 * log 0, 0 / 0 or the log of -1."
    if (np.isinf(got) & ~np.isinf(right)).any():
        return (
            "The answer is infinite, or too large for the computer: look for the log"
            " of 0, or an exponential that overflows (take the largest one out first)."
        )
    return None


@np.errstate(all="ignore")
def kind(
    given: list[Outcome],
    wanted: list[Outcome],
    cases: list[tuple],
    names: list[str],
    tolerance: float,
) -> str | None:
    """The kind of a wrong answer that has the right shape, or None."""
    if isinstance(wanted[0].value, str):
        return None
    got = [flat(outcome.value) for outcome in given]
    right = [flat(outcome.value) for outcome in wanted]
    for name, sizes in axes(cases, names):
        if is_multiple(got, right, [1 / size for size in sizes], tolerance):
            return (
                f"This is the right answer divided by {name}:"
                " a mean was taken where a sum is asked for."
            )
        if is_multiple(got, right, sizes, tolerance):
            return (
                f"This is the right answer times {name}:"
                " a sum was taken where a mean is asked for."
            )
    for factor, words in (FACTORS | (HALVES if cases else {})).items():
        if is_multiple(got, right, [factor] * len(got), tolerance):
            return words
    value, want = np.concatenate(got), np.concatenate(right)
    return ceiling(value, want, tolerance) or rounded(value, want, tolerance)


def is_multiple(
    got: list[np.ndarray], right: list[np.ndarray], by: list[float], tolerance: float
) -> bool:
    """Whether each case's answer is the right one times its own factor."""
    pairs = [
        np.allclose(g, r * f, rtol=tolerance, atol=tolerance / 100)
        for g, r, f in zip(got, right, by, strict=True)
    ]
    return all(pairs) and any((np.abs(r) > tolerance).any() for r in right)


def axes(cases: list[tuple], names: list[str]) -> list[tuple[str, list[float]]]:
    """Names and lengths, case by case, of the axes of the arguments that are arrays."""
    found = []
    for place, name in enumerate(names):
        arrays = [c[place] for c in cases if len(c) > place and np.ndim(c[place]) > 0]
        if not cases or len(arrays) < len(cases):
            continue
        for axis in range(min(np.ndim(array) for array in arrays)):
            sizes = [float(np.shape(array)[axis]) for array in arrays]
            found.append((f"the length of axis {axis} of {name}", sizes))
        sizes = [float(np.size(array)) for array in arrays]
        found.append((f"the number of entries of {name}", sizes))
    return [(name, sizes) for name, sizes in found if max(sizes) > 2]


def ceiling(value: np.ndarray, want: np.ndarray, tolerance: float) -> str | None:
    """Right for small answers, and stuck at one number for the large ones."""
    wrong = ~np.isclose(value, want, rtol=tolerance, atol=tolerance / 100)
    if not wrong.any() or wrong.all():
        return None
    top = np.abs(value[wrong])
    if not np.allclose(top, top[0], rtol=0.2):
        return None
    grows = np.abs(want[wrong]).min() > np.abs(want[~wrong]).max()
    if not grows or (top > np.abs(want[wrong])).any():
        return None
    return (
        f"Right until the answer gets large, and then it stays at {top[0]:.3g}:"
        " a clip, or a small number inside a logarithm, holds it back."
    )


def rounded(value: np.ndarray, want: np.ndarray, tolerance: float) -> str | None:
    """The right answer with too few digits."""
    if (want == np.round(want)).all():
        return None
    if not value.any() or (np.abs(value - want) > 0.05 * np.abs(want) + 0.05).any():
        return None
    digits = math.ceil(-math.log10(tolerance)) + 1
    for places in range(-3, 5):
        scale = 10.0**places
        for cut in (np.round, np.trunc) if places > 1 else (np.round,):
            if np.allclose(value, cut(want * scale) / scale, rtol=1e-6, atol=1e-9):
                return f"This is rounded; give at least {digits} digits that count."
    return None


def shape(value: list[np.ndarray]) -> tuple | list[tuple]:
    """The shape of an array, or the shapes of several."""
    return value[0].shape if len(value) == 1 else [part.shape for part in value]


def flat(value: Plain) -> np.ndarray:
    """All numbers of a value in one row."""
    assert isinstance(value, list)
    return np.concatenate([part.ravel() for part in value]) if value else np.zeros(0)
