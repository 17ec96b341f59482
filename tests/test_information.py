"""course_utils.information against scipy and torch, and what it refuses."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import distributions as td

from course_utils import information as info

examples = settings(max_examples=25)

BASES = st.one_of(st.sampled_from([2, 10, "e"]), st.floats(1.01, 50))
LOCATIONS = st.floats(-5, 5)
WIDTHS = st.floats(0.1, 10)


@st.composite
def distributions(draw, rows=1):
    """`rows` distributions over the same outcomes, (rows, n); some have zeros."""
    n = draw(st.integers(1, 6))
    weight = st.integers(0, 50)
    row = st.lists(weight, min_size=n, max_size=n).filter(any)
    weights = np.array([draw(row) for _ in range(rows)], dtype=float)
    return weights / weights.sum(axis=1, keepdims=True)


def number(base):
    return math.e if base == "e" else base


@examples
@given(distributions(), BASES)
def test_entropy(p, base):
    (p,) = p
    value = info.entropy(p, base=base)
    assert isinstance(value, float)
    assert value == pytest.approx(stats.entropy(p, base=number(base)), abs=1e-12)
    most = math.log(len(p)) / math.log(number(base))
    assert -1e-12 <= value <= most + 1e-12
    more = np.append(p, [0.0, 0.0])
    assert info.entropy(more, base=base) == pytest.approx(value, abs=1e-12)


@examples
@given(distributions(rows=2), BASES)
def test_divergence_and_cross_entropy(pair, base):
    p, q = pair
    kl = info.kl_divergence(p, q, base=base)
    cross = info.cross_entropy(p, q, base=base)
    assert isinstance(kl, float) and isinstance(cross, float)
    if ((p > 0) & (q == 0)).any():
        assert kl == math.inf and cross == math.inf
        return
    assert kl == pytest.approx(stats.entropy(p, q, base=number(base)), abs=1e-12)
    assert kl > 0 or np.abs(p - q).max() < 1e-3
    assert cross == pytest.approx(kl + info.entropy(p, base=base), abs=1e-12)
    assert info.kl_divergence(p, p, base=base) == 0


@examples
@given(distributions(rows=6), BASES)
def test_batch_lies_along_the_last_axis(rows, base):
    p, q = rows[:3], rows[3:]
    for function, arguments in (
        (info.entropy, (p,)),
        (info.cross_entropy, (p, q)),
        (info.kl_divergence, (p, q)),
    ):
        one_by_one = [function(*row, base=base) for row in zip(*arguments, strict=True)]
        together = function(*arguments, base=base)
        assert together.shape == (3,)
        assert np.allclose(together, one_by_one, rtol=0, atol=1e-12)
        boxed = function(*(a[:, None, :] for a in arguments), base=base)
        assert boxed.shape == (3, 1)


@examples
@given(st.floats(1e-300, 1), st.floats(1e-5, 1), BASES)
def test_surprise(p, q, base):
    news = info.surprise(p, base=base)
    assert news == pytest.approx(-math.log(p) / math.log(number(base)), abs=1e-12)
    both = info.surprise([p, q], base=base)
    assert both.shape == (2,)
    if p * q > 0:
        joint = info.surprise(p * q, base=base)
        assert joint == pytest.approx(both.sum(), rel=1e-9, abs=1e-9)


def test_edges():
    assert info.surprise([0.0, 1.0]).tolist() == [math.inf, 0.0]
    assert info.entropy([0.0, 1.0]) == 0 and math.copysign(1, info.entropy([1.0])) == 1
    assert info.cross_entropy([0.0, 1.0], [0.0, 1.0]) == 0
    assert info.kl_divergence([0.0, 1.0], [0.5, 0.5]) == pytest.approx(math.log(2))
    assert info.kl_divergence([0.5, 0.5], [0.0, 1.0]) == math.inf
    assert info.kl_divergence([1.0, 0.0], [5e-324, 1.0]) == pytest.approx(744.440072)


@examples
@given(LOCATIONS, WIDTHS, LOCATIONS, WIDTHS, BASES)
def test_gaussian_closed_forms(mu_p, sigma_p, mu_q, sigma_q, base):
    """Against scipy and torch; log q is quadratic, so five nodes are exact."""
    node, weight = np.polynomial.hermite_e.hermegauss(5)
    log_q = stats.norm.logpdf(mu_p + sigma_p * node, mu_q, sigma_q)
    p, q = (
        td.Normal(torch.tensor(m, dtype=torch.float64), s)
        for m, s in ((mu_p, sigma_p), (mu_q, sigma_q))
    )
    wanted = {
        info.gaussian_entropy(sigma_p, base=base): stats.norm(0, sigma_p).entropy(),
        info.gaussian_cross_entropy(mu_p, sigma_p, mu_q, sigma_q, base=base): (
            -weight @ log_q / weight.sum()
        ),
        info.gaussian_kl(mu_p, sigma_p, mu_q, sigma_q, base=base): (
            td.kl_divergence(p, q).item()
        ),
    }
    for value, nats in wanted.items():
        assert value * math.log(number(base)) == pytest.approx(nats, rel=1e-9, abs=1e-9)


def test_gaussian_arguments_broadcast():
    kl = info.gaussian_kl([[0.0], [1.0]], 1.0, [0.0, 1.0, 2.0], [1.0, 1.0, 1.0])
    assert np.allclose(kl, [[0, 0.5, 2], [0.5, 0, 0.5]])
    assert info.gaussian_cross_entropy(0.0, [1.0, 2.0], 0.0, 1.0).shape == (2,)


@pytest.mark.parametrize("width", [1e-200, 1e-9, 1e9, 1e200])
def test_gaussian_extreme_widths(width):
    """Squares of these widths underflow or overflow; their ratios do not."""
    assert info.gaussian_kl(0, width, 0, width) == 0
    twice = info.gaussian_kl(0, 2 * width, width, width)
    assert twice == pytest.approx(info.gaussian_kl(0, 2, 1, 1), rel=1e-9)
    cross = info.gaussian_cross_entropy(0, width, 0, width)
    assert cross == pytest.approx(info.gaussian_entropy(width), rel=1e-12)


HALF = [0.5, 0.5]
NOT_A_DISTRIBUTION = [
    ([1.5, -0.5], r"{} .*-0\.5"),
    ([0.5, 0.6], r"{} .*1\.1"),
    ([[0.5, 0.5], [0.2, 0.2]], r"{} .*0\.4"),
    ([0.5, math.inf], r"{} .*inf"),
    ([0.5, math.nan], r"{} .*NaN"),
    ([], r"{} .*\(0,\)"),
    (np.empty((2, 0)), r"{} .*\(2, 0\)"),
    (1.0, r"{} .*\(\)"),
]


@pytest.mark.parametrize("bad, message", NOT_A_DISTRIBUTION)
def test_what_is_no_distribution_is_named(bad, message):
    with pytest.raises(ValueError, match=message.format("p")):
        info.entropy(bad)
    for function in (info.cross_entropy, info.kl_divergence):
        with pytest.raises(ValueError, match=message.format("^p")):
            function(bad, HALF)
        with pytest.raises(ValueError, match=message.format("^q")):
            function(HALF, bad)
        with pytest.raises(ValueError, match=r"\(2,\) and \(3,\)"):
            function(HALF, [0.2, 0.3, 0.5])
        with pytest.raises(ValueError, match=r"\(2,\) and \(1, 2\)"):
            function(HALF, [HALF])


@pytest.mark.parametrize("base", [0, -2, 1, math.inf, math.nan, "bits"])
def test_base_out_of_range(base):
    for function, arguments in (
        (info.surprise, (0.5,)),
        (info.entropy, (HALF,)),
        (info.cross_entropy, (HALF, HALF)),
        (info.kl_divergence, (HALF, HALF)),
        (info.gaussian_entropy, (1,)),
        (info.gaussian_cross_entropy, (0, 1, 0, 1)),
        (info.gaussian_kl, (0, 1, 0, 1)),
    ):
        with pytest.raises(ValueError, match=f"base.*{base}"):
            function(*arguments, base=base)


@pytest.mark.parametrize("bad", [1.5, -0.1, math.nan, []])
def test_surprise_of_what_is_no_probability(bad):
    with pytest.raises(ValueError, match="probability"):
        info.surprise(bad)


@pytest.mark.parametrize("width", [0, -1, math.inf, math.nan])
def test_a_wrong_width_is_named(width):
    with pytest.raises(ValueError, match=f"^sigma .*got {width}"):
        info.gaussian_entropy(width)
    for function in (info.gaussian_cross_entropy, info.gaussian_kl):
        for name, arguments in {
            "sigma_p": (0, [1.0, width], 0, 1),
            "sigma_q": (0, 1, 0, width),
            "mu_p": (math.nan, 1, 0, 1),
            "mu_q": (0, 1, math.inf, 1),
            "mu_p and sigma_p": ([], 1, 0, 1),
            "mu_q and sigma_q": (0, 1, 0, []),
        }.items():
            with pytest.raises(ValueError, match=f"^{name} must"):
                function(*arguments)
