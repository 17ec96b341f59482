"""course_utils.information against scipy, quadrature and its own error messages."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from notebook_cells import run_cells
from scipy import integrate, stats

from course_utils import information as info

examples = settings(max_examples=25)

BASES = st.one_of(st.sampled_from([2, 10, "e"]), st.floats(1.01, 50))
LOCATIONS = st.floats(-5, 5)
WIDTHS = st.floats(0.1, 10)


@st.composite
def distributions(draw, rows=1, zeros=True):
    """`rows` distributions over the same outcomes, (rows, n); zeros if wanted."""
    n = draw(st.integers(1, 6))
    weight = st.integers(0 if zeros else 1, 50)
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
    assert kl >= -1e-12
    assert cross == pytest.approx(kl + info.entropy(p, base=base), abs=1e-12)
    assert info.kl_divergence(p, p, base=base) == 0


@examples
@given(distributions(rows=2, zeros=False))
def test_divergence_is_zero_only_for_equals(pair):
    p, q = pair
    assume(np.abs(p - q).max() > 1e-3)
    assert info.kl_divergence(p, q) > 0


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
def test_self_information(p, q, base):
    news = info.self_information(p, base=base)
    assert news == pytest.approx(-math.log(p) / math.log(number(base)), abs=1e-12)
    both = info.self_information([p, q], base=base)
    assert both.shape == (2,)
    if p * q > 0:
        joint = info.self_information(p * q, base=base)
        assert joint == pytest.approx(both.sum(), rel=1e-9, abs=1e-9)


def test_edges():
    assert info.self_information([0.0, 1.0]).tolist() == [math.inf, 0.0]
    assert info.entropy([0.0, 1.0]) == 0 and math.copysign(1, info.entropy([1.0])) == 1
    assert info.cross_entropy([0.0, 1.0], [0.0, 1.0]) == 0
    assert info.kl_divergence([0.0, 1.0], [0.5, 0.5]) == pytest.approx(math.log(2))
    assert info.kl_divergence([0.5, 0.5], [0.0, 1.0]) == math.inf
    assert info.kl_divergence([1.0, 0.0], [5e-324, 1.0]) == pytest.approx(744.440072)


@examples
@given(LOCATIONS, WIDTHS, LOCATIONS, WIDTHS, BASES)
def test_gaussian_closed_forms_by_gauss_hermite(mu_p, sigma_p, mu_q, sigma_q, base):
    """log p and log q are quadratic, so five nodes integrate them exactly."""
    node, weight = np.polynomial.hermite_e.hermegauss(5)
    x, weight = mu_p + sigma_p * node, weight / weight.sum()
    log_p = stats.norm.logpdf(x, mu_p, sigma_p) / math.log(number(base))
    log_q = stats.norm.logpdf(x, mu_q, sigma_q) / math.log(number(base))
    close = {"rel": 1e-9, "abs": 1e-9}
    four = (mu_p, sigma_p, mu_q, sigma_q)
    h = info.gaussian_entropy(sigma_p, base=base)
    cross = info.gaussian_cross_entropy(*four, base=base)
    kl = info.gaussian_kl(*four, base=base)
    assert h == pytest.approx(-weight @ log_p, **close)
    assert cross == pytest.approx(-weight @ log_q, **close)
    assert kl == pytest.approx(weight @ (log_p - log_q), **close)
    assert kl >= -1e-12
    assert cross == pytest.approx(kl + h, **close)


@pytest.mark.parametrize("four", [(0, 1, 1, 2), (1, 0.5, -1, 0.7), (0, 3, 0, 3)])
def test_gaussian_closed_forms_by_quadrature(four):
    p, q = stats.norm(*four[:2]), stats.norm(*four[2:])

    def mean(function):
        low, high = p.mean() - 12 * p.std(), p.mean() + 12 * p.std()
        return integrate.quad(lambda x: p.pdf(x) * function(x), low, high)[0]

    h, cross = mean(lambda x: -p.logpdf(x)), mean(lambda x: -q.logpdf(x))
    assert info.gaussian_entropy(four[1]) == pytest.approx(h, abs=1e-8)
    assert info.gaussian_cross_entropy(*four) == pytest.approx(cross, abs=1e-8)
    assert info.gaussian_kl(*four) == pytest.approx(cross - h, abs=1e-8)


def test_gaussian_arguments_broadcast():
    kl = info.gaussian_kl([[0.0], [1.0]], 1.0, [0.0, 1.0, 2.0], [1.0, 1.0, 1.0])
    assert np.allclose(kl, [[0, 0.5, 2], [0.5, 0, 0.5]])
    assert info.gaussian_entropy([1.0, 10.0]).shape == (2,)
    assert info.gaussian_cross_entropy(0.0, [1.0, 2.0], 0.0, 1.0).shape == (2,)


@pytest.mark.parametrize("width", [1e-200, 1e-9, 1e9, 1e200])
def test_gaussian_extreme_widths(width):
    """Squares of these widths underflow or overflow; their ratios do not."""
    assert info.gaussian_kl(0, width, 0, width) == 0
    twice = info.gaussian_kl(0, 2 * width, width, width)
    assert twice == pytest.approx(info.gaussian_kl(0, 2, 1, 1), rel=1e-9)
    cross = info.gaussian_cross_entropy(0, width, 0, width)
    assert cross == pytest.approx(info.gaussian_entropy(width), rel=1e-12)


TWO = (info.cross_entropy, info.kl_divergence)
HALF = [0.5, 0.5]
NOT_A_DISTRIBUTION = [
    ([1.5, -0.5], r"{} holds a negative probability, -0\.5; entries must lie in"),
    ([0.5, 0.6], r"{} sums to 1\.1; a distribution sums to 1"),
    ([[0.5, 0.5], [0.2, 0.2]], r"{} sums to 0\.4; a distribution sums to 1"),
    ([0.5, math.inf], r"{} sums to inf; a distribution sums to 1"),
    ([0.5, math.nan], r"{} holds NaN; every entry must be a probability"),
    ([], r"{} must hold at least one probability, got shape \(0,\)"),
    (np.empty((2, 0)), r"{} must hold at least one probability, got shape \(2, 0\)"),
    (1.0, r"{} must hold at least one probability, got shape \(\)"),
]


@pytest.mark.parametrize("bad, message", NOT_A_DISTRIBUTION)
def test_not_a_distribution(bad, message):
    with pytest.raises(ValueError, match=message.format("p")):
        info.entropy(bad)
    for function in TWO:
        with pytest.raises(ValueError, match=message.format("p")):
            function(bad, HALF)
        with pytest.raises(ValueError, match=message.format("q")):
            function(HALF, bad)


@pytest.mark.parametrize("function", TWO)
def test_shapes_differ(function):
    with pytest.raises(ValueError, match=r"same shape, got \(2,\) and \(3,\)"):
        function(HALF, [0.2, 0.3, 0.5])
    with pytest.raises(ValueError, match=r"same shape, got \(2,\) and \(1, 2\)"):
        function(HALF, [HALF])


@pytest.mark.parametrize("base", [0, -2, 1, math.inf, math.nan])
@pytest.mark.parametrize("function", [info.self_information, info.entropy])
def test_base_out_of_range(function, base):
    with pytest.raises(ValueError, match="base must be a positive number other than 1"):
        function(HALF, base=base)


def test_unknown_base():
    message = "unknown base 'bits': give a number, or \"e\" for nats"
    for call in (
        lambda: info.self_information(0.5, base="bits"),
        lambda: info.entropy(HALF, base="bits"),
        lambda: info.cross_entropy(HALF, HALF, base="bits"),
        lambda: info.kl_divergence(HALF, HALF, base="bits"),
        lambda: info.gaussian_entropy(1, base="bits"),
        lambda: info.gaussian_cross_entropy(0, 1, 0, 1, base="bits"),
        lambda: info.gaussian_kl(0, 1, 0, 1, base="bits"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize(
    "bad, shown", [(1.5, "1.5"), (-0.1, "-0.1"), (math.nan, "nan")]
)
def test_probability_outside_the_unit_interval(bad, shown):
    with pytest.raises(ValueError, match=rf"must lie in \[0, 1\], got {shown}"):
        info.self_information([0.5, bad])


def test_no_probability_at_all():
    with pytest.raises(ValueError, match="at least one probability, got an empty"):
        info.self_information([])


@pytest.mark.parametrize("width", [0, -1, math.inf, math.nan])
def test_width_must_be_positive(width):
    with pytest.raises(ValueError, match="^sigma must be positive and finite, got"):
        info.gaussian_entropy(width)
    for function in (info.gaussian_cross_entropy, info.gaussian_kl):
        with pytest.raises(ValueError, match="^sigma_p must be positive and finite"):
            function(0, width, 0, 1)
        with pytest.raises(ValueError, match="^sigma_q must be positive and finite"):
            function(0, 1, 0, width)


@pytest.mark.parametrize("function", [info.gaussian_cross_entropy, info.gaussian_kl])
def test_mean_must_be_finite_and_there(function):
    with pytest.raises(ValueError, match="^mu_p must be finite, got nan"):
        function(math.nan, 1, 0, 1)
    with pytest.raises(ValueError, match="^mu_q must be finite, got inf"):
        function(0, 1, math.inf, 1)
    with pytest.raises(ValueError, match="^mu_p and sigma_p must not be empty"):
        function([], 1, 0, 1)
    with pytest.raises(ValueError, match="^mu_q and sigma_q must not be empty"):
        function(0, 1, 0, [])


def test_notebook_and_package_agree():
    names = run_cells(
        "01_entropy", "setup", "news-candidates", "self-information", "entropy-code"
    )
    rng = np.random.default_rng(0)
    for p in rng.dirichlet(np.ones(5), size=20):
        p[p < 0.05] = 0
        p /= p.sum()
        for base in (2, math.e, 10):
            ours = names["entropy"](p, base)
            assert ours == pytest.approx(info.entropy(p, base=base), abs=1e-12)
            news = names["self_information"](p[p > 0], base)
            assert np.allclose(news, info.self_information(p[p > 0], base=base))
