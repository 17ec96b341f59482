"""What an answer is worth: plain numbers to compare, and text for one line."""

from typing import Any

import numpy as np

Plain = str | list[np.ndarray] | None  # text, arrays, or neither of them


def plain(value: Any) -> Plain:
    """`value` as text or as float arrays of its own; None if it is neither."""
    if isinstance(value, str):
        return value
    try:
        return [to_array(value)]
    except OverflowError:
        return [np.array(np.inf)]
    except Exception:  # not numeric, of unequal shapes, or an object that raises
        if not isinstance(value, tuple | list):
            return None
    try:
        parts = [plain(part) for part in value]
    except RecursionError:  # a list that holds itself
        return None
    arrays = [part for part in parts if isinstance(part, list)]
    if len(arrays) < len(parts):
        return None
    return [array for part in arrays for array in part]


def to_array(value: Any) -> np.ndarray:
    """A new float array from numbers, arrays, tensors, or lists of them."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().double().numpy()
    elif isinstance(value, tuple | list):
        value = [to_array(part) for part in value]
    return np.array(value, dtype=float)


def same(value: Plain, wanted: Plain, tolerance: float) -> bool:
    """Whether two answers agree: letters without case, numbers within tolerance."""
    if isinstance(value, str) and isinstance(wanted, str):
        return letters(value) == letters(wanted)
    if not isinstance(value, list) or not isinstance(wanted, list):
        return False
    if [part.shape for part in value] != [part.shape for part in wanted]:
        return False
    pairs = zip(value, wanted, strict=True)
    return all(
        np.allclose(a, b, rtol=tolerance, atol=tolerance / 100) for a, b in pairs
    )


def letters(text: str) -> str:
    """Text without case, spaces and signs: "(C)" is c."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def say(thing: Any) -> str:
    """An object's text on one short line, even if it has no text to give."""
    try:
        text = " ".join(str(thing).split())
    except Exception:
        return f"(a {type(thing).__name__} that cannot be printed)"
    return text if len(text) <= 200 else text[:200] + " …"


def describe(case: tuple) -> str:
    """The arguments of a call, short enough for one line."""
    words = []
    for argument in case:
        try:
            numbers = to_array(argument)
        except Exception:  # a model, for example
            words.append(say(argument)[:60])
            continue
        if numbers.ndim == 0:
            words.append(f"{float(numbers):.4g}")
        elif numbers.size <= 6:
            text = np.array2string(numbers, precision=3, separator=", ")
            words.append(" ".join(text.split()))
        else:
            words.append(f"an array of shape {numbers.shape}")
    return ", ".join(words)
