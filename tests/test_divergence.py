"""Cross-entropy and KL: notebook 02's functions and picture against the package."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from notebook_cells import run_cells

from course_utils import information
from course_utils.plotting import BLUE, GREEN, ORANGE, PURPLE

NOTEBOOK = "02_cross_entropy_and_kl"
RNG = np.random.default_rng(0)
PAIRS = [RNG.dirichlet(np.ones(n), size=2) for n in (2, 3, 5, 10, 100)]
WITH_ZEROS = [
    ([0.5, 0.5, 0.0], [0.25, 0.25, 0.5]),
    ([0.5, 0.5, 0.0], [0.5, 0.5, 0.0]),
    ([0.5, 0.3, 0.2], [0.5, 0.5, 0.0]),  # infinite
    ([1.0, 0.0], [0.0, 1.0]),  # infinite
]
ALL_PAIRS = [*PAIRS, *WITH_ZEROS]


@pytest.fixture(scope="module")
def written():
    """What notebook 02 defines."""
    fruit_1 = np.array([0.5, 0.3, 0.2])
    return run_cells(
        NOTEBOOK,
        "cross-entropy-code",
        "binary-mean-code",
        "binary-identity-code",
        "kl-code",
        "needs-dx",
        "gaussian-kl-code",
        np=np,
        fruit_1=fruit_1,
        fruit_3=fruit_1[::-1],
    )


@pytest.mark.parametrize("p, q", ALL_PAIRS)
@pytest.mark.parametrize("base", [2, 10, np.e])
def test_notebook_and_package_agree(written, p, q, base):
    p, q = np.asarray(p), np.asarray(q)
    for name in ("cross_entropy", "kl_divergence"):
        ours = written[name](p, q, base)
        theirs = getattr(information, name)(p, q, base=base)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_notebook_and_package_agree_on_gaussians(written):
    rng = np.random.default_rng(1)
    means, widths = rng.normal(0, 3, (2, 50)), rng.uniform(0.1, 5, (2, 50))
    numbers = means[0], widths[0], means[1], widths[1]
    ours, theirs = written["gaussian_kl"](*numbers), information.gaussian_kl(*numbers)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("p, q", PAIRS)
def test_binary_mean_plus_remainder_is_cross_entropy(written, p, q):
    remainder = written["remainder"](p, q)
    total = written["binary_mean"](p, q) + remainder
    assert total == pytest.approx(information.cross_entropy(p, q), rel=1e-10)
    assert (remainder > 1e-3) == (len(p) > 2)


def test_two_gaussians_follow_their_sliders(written):
    colours = {"BLUE": BLUE, "GREEN": GREEN, "ORANGE": ORANGE, "PURPLE": PURPLE}
    space = run_cells(NOTEBOOK, "draw-gaussians", plt=plt, **colours, **written)
    fig = space["draw_gaussians"](0, 1, 0, 2)
    top, bottom = fig.axes
    assert "KL(P‖Q) 0.318" in top.get_title() and "KL(Q‖P) 0.807" in top.get_title()
    areas = [np.trapezoid(line.get_ydata(), line.get_xdata()) for line in bottom.lines]
    assert areas == pytest.approx([0.318147, 0.806853], abs=1e-2)
    plt.close(fig)
