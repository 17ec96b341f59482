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

BASES = st.one_of(st.sampled_from([2, 10, math.e]), st.floats(1.01, 50))
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


@examples
@given(distributions(), BASES)
def test_entropy(p, base):
    (p,) = p
    value = info.entropy(p, base=base)
    assert isinstance(value, float)
    assert value == pytest.approx(stats.entropy(p, base=base), abs=1e-12)
    most = math.log(len(p)) / math.log(base)
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
    assert kl == pytest.approx(stats.entropy(p, q, base=base), abs=1e-12)
    assert kl > 0 or np.abs(p - q).max() < 1e-3
    assert cross == pytest.approx(kl + info.entropy(p, base=base), abs=1e-12)
    assert info.kl_divergence(p, p, base=base) == 0


@examples
@given(distributions(rows=6), BASES)
def test_batches_and_broadcasting(rows, base):
    p, q = rows[:3], rows[3:]
    calls = (info.entropy, (p,)), (info.cross_entropy, (p, q))
    for function, arguments in (*calls, (info.kl_divergence, (p, q))):
        one_by_one = [function(*row, base=base) for row in zip(*arguments, strict=True)]
        together = function(*arguments, base=base)
        assert np.allclose(together, one_by_one, rtol=0, atol=1e-12)
        boxed = function(*(a[:, None, :] for a in arguments), base=base)
        assert boxed.shape == (3, 1)
    kl = info.gaussian_kl([[0.0], [1.0]], 1.0, [0.0, 1.0, 2.0], [1.0, 1.0, 1.0])
    assert np.allclose(kl, [[0, 0.5, 2], [0.5, 0, 0.5]])


def test_edges():
    assert info.surprise([0.0, 1.0]).tolist() == [math.inf, 0.0]
    news = [-math.log(p) / math.log(3) for p in (1e-300, 0.2)]
    assert info.surprise([1e-300, 0.2], base=3) == pytest.approx(news)
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
        assert value * math.log(base) == pytest.approx(nats, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("width", [1e-200, 1e-9, 1e9, 1e200])
def test_gaussian_extreme_widths(width):
    """Squares of these widths underflow or overflow; their ratios do not."""
    assert info.gaussian_kl(0, width, 0, width) == 0
    twice = info.gaussian_kl(0, 2 * width, width, width)
    assert twice == pytest.approx(info.gaussian_kl(0, 2, 1, 1), rel=1e-9)
    cross = info.gaussian_cross_entropy(0, width, 0, width)
    assert cross == pytest.approx(info.gaussian_entropy(width), rel=1e-12)


def test_packed_bits():
    """Coin tosses cannot be packed: 1 bit each, and 8 for any of 256 levels."""
    draw = np.random.default_rng(0)
    coins, levels = draw.integers(0, 2, 80_000), draw.integers(0, 256, 10_000)
    assert info.packed_bits(coins.reshape(100, -1)) == pytest.approx(1, abs=0.02)
    assert info.packed_bits(torch.from_numpy(levels)) == pytest.approx(8, abs=0.1)
    assert info.packed_bits(np.zeros(80_000)) < 0.05 < info.packed_bits(coins * 9)


HALF = [0.5, 0.5]
BAD = [  # (the message, the call), each refused by name
    (message.format(name), lambda f=f, a=a: f(*a))
    for bad, message in [
        ([1.5, -0.5], r"{} .*-0\.5"),
        ([[0.5, 0.5], [0.2, 0.2]], r"{} .*0\.4"),
        ([0.5, math.nan], r"{} .*NaN"),
        (np.empty((2, 0)), r"{} .*\(2, 0\)"),
        (1.0, r"{} .*\(\)"),
    ]
    for name, f, a in [
        ("^p", info.entropy, (bad,)),
        ("^p", info.cross_entropy, (bad, HALF)),
        ("^q", info.kl_divergence, (HALF, bad)),
    ]
]
BAD += [
    (message, lambda f=f, q=q: f(HALF, q))
    for f in (info.cross_entropy, info.kl_divergence)
    for q, message in (([0.2, 0.3, 0.5], r"\(2,\) and \(3,\)"), ([HALF], r"\(1, 2\)"))
]
BAD += [
    (f"base.*{base}", lambda f=f, a=a, base=base: f(*a, base=base))
    for base in (0, -2, 1, math.inf, math.nan)
    for f, a in [
        (info.surprise, (0.5,)),
        (info.entropy, (HALF,)),
        (info.cross_entropy, (HALF, HALF)),
        (info.kl_divergence, (HALF, HALF)),
        (info.gaussian_entropy, (1,)),
        (info.gaussian_cross_entropy, (0, 1, 0, 1)),
    ]
]
BAD += [("0 to 255", lambda c=c: info.packed_bits(c)) for c in ([], [256], [-1], [0.5])]
BAD += [("probability", lambda p=p: info.surprise(p)) for p in (1.5, -0.1, math.nan)]
BAD += [
    (f"^{name} must", lambda a=a: info.gaussian_kl(*a))
    for width in (0, -1, math.inf, math.nan)
    for name, a in {
        "sigma_p": (0, [1.0, width], 0, 1),
        "sigma_q": (0, 1, 0, width),
        "mu_p": (math.nan, 1, 0, 1),
        "mu_q": (0, 1, math.inf, 1),
        "mu_p and sigma_p": ([], 1, 0, 1),
    }.items()
]


@pytest.mark.parametrize("message, call", BAD)
def test_bad_input_is_named(message, call):
    with pytest.raises(ValueError, match=message):
        call()
