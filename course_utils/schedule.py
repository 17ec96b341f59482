"""How the learning rate rises and falls over a training."""

import math
from collections.abc import Callable


def schedule(steps: int, warm_up: float, cosine: bool) -> Callable[[int], float]:
    """Step -> share of the learning rate: up along a line, then down a cosine.

    `warm_up` is the share of all steps in which the rate rises; without `cosine` it
    stays where it is after that.
    """
    rise = round(warm_up * steps)

    def share(step: int) -> float:
        if step < rise:
            return (step + 1) / (rise + 1)
        progress = (step - rise) / max(1, steps - rise)
        return 0.5 * (1 + math.cos(math.pi * progress)) if cosine else 1.0

    return share
