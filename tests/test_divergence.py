"""Cross-entropy and KL: notebook 02's functions, the package's, and its errors."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from notebook_cells import run_cells

from course_utils import information
from course_utils.plotting import BLUE, GREEN, ORANGE, PURPLE
from course_utils.widgets import explorer, float_slider

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
@pytest.mark.parametrize("base", [2, 10, np.e, "e"])
def test_notebook_and_package_agree(written, p, q, base):
    p, q = np.asarray(p), np.asarray(q)
    number = np.e if base == "e" else base
    for name in ("cross_entropy", "kl_divergence"):
        ours = written[name](p, q, number)
        theirs = getattr(information, name)(p, q, base=base)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_notebook_and_package_agree_on_gaussians(written):
    rng = np.random.default_rng(1)
    means, widths = rng.normal(0, 3, (2, 50)), rng.uniform(0.1, 5, (2, 50))
    numbers = means[0], widths[0], means[1], widths[1]
    ours, theirs = written["gaussian_kl"](*numbers), information.gaussian_kl(*numbers)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    p, q = (
        torch.distributions.Normal(torch.tensor(m), torch.tensor(s))
        for m, s in zip(means, widths, strict=True)
    )
    oracle = torch.distributions.kl_divergence(p, q).numpy()
    np.testing.assert_allclose(ours, oracle, rtol=1e-9)


@pytest.mark.parametrize("p, q", PAIRS)
def test_binary_mean_plus_remainder_is_cross_entropy(written, p, q):
    remainder = written["remainder"](p, q)
    total = written["binary_mean"](p, q) + remainder
    assert total == pytest.approx(information.cross_entropy(p, q), rel=1e-10)
    assert (remainder > 1e-3) == (len(p) > 2)


@pytest.mark.parametrize("p, q", ALL_PAIRS)
def test_kl_is_the_cost_above_the_floor(p, q):
    kl = information.kl_divergence(p, q)
    assert kl >= 0
    assert (kl == 0) == np.array_equal(p, q)
    above = information.cross_entropy(p, q) - information.entropy(p)
    assert kl == pytest.approx(above, rel=1e-9, abs=1e-12)


def test_infinite_only_where_the_model_calls_the_possible_impossible():
    assert information.kl_divergence([0.5, 0.5], [1, 0]) == np.inf
    assert information.cross_entropy([0.5, 0.5], [1, 0]) == np.inf
    assert information.kl_divergence([1, 0], [0.5, 0.5]) == pytest.approx(np.log(2))


GOOD = [0.5, 0.5]
WRONG_DISTRIBUTIONS = {
    "p too long": ([0.2, 0.3, 0.5], GOOD, r"same shape, got \(3,\) and \(2,\)"),
    "q too long": (GOOD, [0.2, 0.3, 0.5], r"same shape, got \(2,\) and \(3,\)"),
    "p unnormalised": ([0.5, 0.4], GOOD, r"^p sums to 0\.9; .*sums to 1"),
    "q unnormalised": (GOOD, [0.5, 0.6], r"^q sums to 1\.1; .*sums to 1"),
    "p negative": ([-0.25, 1.25], GOOD, r"^p holds a negative probability, -0\.25"),
    "q negative": (GOOD, [1.5, -0.5], r"^q holds a negative probability, -0\.5"),
}


@pytest.mark.parametrize("function", ["cross_entropy", "kl_divergence"])
@pytest.mark.parametrize(
    "p, q, message", WRONG_DISTRIBUTIONS.values(), ids=WRONG_DISTRIBUTIONS
)
def test_each_wrong_distribution_has_its_own_message(function, p, q, message):
    with pytest.raises(ValueError, match=message) as caught:
        getattr(information, function)(p, q)
    others = [m for _, _, m in WRONG_DISTRIBUTIONS.values() if m != message]
    for other in others:
        with pytest.raises(AssertionError):
            caught.match(other)


@pytest.mark.parametrize("width", [0.0, -1.0, np.inf, np.nan])
def test_gaussian_kl_names_the_wrong_width(width):
    with pytest.raises(ValueError, match="^sigma_p must be positive and finite"):
        information.gaussian_kl(0, width, 0, 1)
    with pytest.raises(ValueError, match="^sigma_q must be positive and finite"):
        information.gaussian_kl(0, 1, 0, width)
    with pytest.raises(ValueError, match="^sigma_p .*"):
        information.gaussian_kl(0, [1.0, width], 0, 1)


def test_gaussian_kl_names_the_wrong_mean():
    with pytest.raises(ValueError, match="^mu_p must be finite"):
        information.gaussian_kl(np.nan, 1, 0, 1)
    with pytest.raises(ValueError, match="^mu_q must be finite"):
        information.gaussian_kl(0, 1, np.inf, 1)


def test_two_gaussians_follow_their_sliders(written):
    colours = {"BLUE": BLUE, "GREEN": GREEN, "ORANGE": ORANGE, "PURPLE": PURPLE}
    space = run_cells(NOTEBOOK, "draw-gaussians", plt=plt, **colours, **written)
    fig = space["draw_gaussians"](0, 1, 0, 2)
    top, bottom = fig.axes
    assert "KL(P‖Q) 0.318" in top.get_title() and "KL(Q‖P) 0.807" in top.get_title()
    areas = [np.trapezoid(line.get_ydata(), line.get_xdata()) for line in bottom.lines]
    assert areas == pytest.approx([0.318147, 0.806853], abs=1e-2)
    plt.close(fig)

    slider = float_slider("mean of P", 0, -3, 3)
    fixed = {"sigma_p": 1.0, "mu_q": 1.0, "sigma_q": 2.0}
    box = explorer(
        lambda mu_p: space["draw_gaussians"](mu_p, **fixed), {"mu_p": slider}
    )
    before = box.children[-1].value
    slider.value = 1.5
    assert box.children[-1].value != before
