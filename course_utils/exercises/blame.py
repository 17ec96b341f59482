"""What to say when a learner's function raises, and whether it is still a stub."""

import dis
import inspect
from collections.abc import Callable
from typing import Any

from course_utils.exercises.compare import describe, say

# Signs, in the text of an error, of a function of the other library.
TORCH_USED = (
    "'numpy.ndarray' object has no attribute",
    "must be Tensor, not numpy",
    "keyword argument 'dim'",
    "keyword argument 'keepdim'",
)
NUMPY_USED = ("'Tensor' object has no attribute", "call numpy() on Tensor", "ufunc")


def is_stub(answer: Callable, error: Exception) -> bool:
    """Whether a `raise` in the learner's own code raised NotImplementedError.

    Libraries raise it as well; one in C, such as torch.softmax of whole numbers, has
    no frame of its own, so the instruction must be a `raise`.
    """
    if not isinstance(error, NotImplementedError) or error.__traceback__ is None:
        return False
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code.co_code
    raised_here = code[trace.tb_lasti] == dis.opmap["RAISE_VARARGS"]
    return raised_here and trace.tb_frame.f_globals is own_globals(answer)


def own_globals(answer: Any) -> dict | None:
    """The global names of the code that a function, a class or an object is made of."""
    answer = inspect.unwrap(getattr(answer, "func", answer))
    kind = answer if isinstance(answer, type) else type(answer)
    for thing in (answer, *vars(kind).values()):
        if inspect.isfunction(thing):
            return thing.__globals__
    return None


def what_was_raised(error: Exception, case: tuple, torch: bool) -> str:
    """The error, the arguments of the call, and a word if the library is the wrong one.

    Numbers come as numpy arrays in some lessons and as torch tensors in the others.
    """
    text = say(error)
    words = (
        f"Your function raised {type(error).__name__}: {text}"
        f" - it was called with {describe(case)}."
    )
    signs = NUMPY_USED if torch else TORCH_USED
    if any(sign in text for sign in signs):
        given, module = ("torch tensors", "torch") if torch else ("numpy arrays", "np")
        words += f" The arguments are {given}: use the functions of {module}."
    return words
