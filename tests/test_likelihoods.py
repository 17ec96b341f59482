"""Each likelihood against torch.distributions and scipy, and what it refuses."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from torch import distributions as td

from course_utils.likelihoods import Bernoulli, Binomial, Gaussian, GreyCrossEntropy

D = 7
ALL = [
    Bernoulli(),
    Binomial(16),
    Binomial(3),
    Gaussian(),
    Gaussian(learnt=False),
    GreyCrossEntropy(),
]
in_unit_interval = [a for a in ALL if not isinstance(a, Gaussian)]


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def pixels(likelihood, *shape):
    """Pixels that this likelihood can have."""
    if isinstance(likelihood, Bernoulli):
        return torch.randint(0, 2, shape).float()
    if isinstance(likelihood, Binomial):
        return torch.randint(0, likelihood.n + 1, shape) / likelihood.n
    return torch.rand(shape)


def test_bernoulli():
    logits, x = torch.randn(5, D), pixels(Bernoulli(), 5, D)
    wanted = -td.Bernoulli(logits=logits).log_prob(x).sum(dim=-1)
    torch.testing.assert_close(Bernoulli().nll(logits, x), wanted)
    torch.testing.assert_close(Binomial(1).nll(logits, x), wanted)
    torch.testing.assert_close(GreyCrossEntropy().nll(logits, x), wanted)
    by_scipy = -stats.bernoulli(logits.sigmoid()).logpmf(x).sum(axis=-1)
    np.testing.assert_allclose(Bernoulli().nll(logits, x), by_scipy, rtol=1e-5)


@pytest.mark.parametrize("n", [1, 3, 16, 255])
def test_binomial(n):
    likelihood = Binomial(n)
    logits, x = torch.randn(5, D), pixels(likelihood, 5, D)
    wanted = -td.Binomial(n, logits=logits).log_prob((n * x).round()).sum(dim=-1)
    torch.testing.assert_close(likelihood.nll(logits, x), wanted, rtol=1e-3, atol=1e-3)
    counts = (n * x).round().numpy()
    by_scipy = -stats.binom(n, logits.sigmoid()).logpmf(counts).sum(axis=-1)
    np.testing.assert_allclose(likelihood.nll(logits, x), by_scipy, rtol=1e-3)


def test_gaussian_with_learnt_variance():
    mean, log_var, x = torch.randn(3, 5, D)
    output = torch.cat([mean, log_var], dim=-1)
    variance = 1e-3 + log_var.exp()
    wanted = -td.Normal(mean, variance.sqrt()).log_prob(x).sum(dim=-1)
    torch.testing.assert_close(Gaussian().nll(output, x), wanted)
    by_scipy = -stats.norm(mean, variance.sqrt()).logpdf(x).sum(axis=-1)
    np.testing.assert_allclose(Gaussian().nll(output, x), by_scipy, rtol=1e-5)
    torch.testing.assert_close(Gaussian().mean(output), mean)
    torch.testing.assert_close(Gaussian().mean_and_variance(output)[1], variance)


def test_gaussian_with_variance_one():
    mean, x = torch.randn(2, 5, D)
    likelihood = Gaussian(learnt=False)
    by_scipy = -stats.norm(mean, 1).logpdf(x).sum(axis=-1)
    np.testing.assert_allclose(likelihood.nll(mean, x), by_scipy, rtol=1e-5)
    half = ((x - mean) ** 2).sum(dim=-1) / 2
    constant = torch.full((5,), D / 2 * math.log(2 * math.pi))
    torch.testing.assert_close(likelihood.nll(mean, x) - half, constant)


def test_variance_floor_bounds_the_density():
    output = torch.tensor([[0.0, -60.0]])
    for floor in (1e-1, 1e-3):
        lowest = Gaussian(floor=floor).nll(output, torch.zeros(1, 1)).item()
        assert lowest == pytest.approx(0.5 * math.log(2 * math.pi * floor), abs=1e-4)


@given(logit=st.floats(-6, 6), n=st.integers(1, 40))
@settings(deadline=None, max_examples=40)
def test_counts_have_total_probability_one(logit, n):
    x = torch.arange(n + 1, dtype=torch.float64)[:, None] / n
    output = torch.full((n + 1, 1), logit, dtype=torch.float64)
    assert (-Binomial(n).nll(output, x)).exp().sum().item() == pytest.approx(1)


def total(likelihood, output, low, high):
    """The integral of exp(-nll) over one pixel's values."""

    def density(x):
        x = torch.tensor([x], dtype=torch.float64)
        return math.exp(-likelihood.nll(output, x).item())

    return integrate.quad(density, low, high)[0]


@given(mean=st.floats(-3, 3), log_var=st.floats(-3, 3))
@settings(deadline=None, max_examples=20)
def test_density_has_total_probability_one(mean, log_var):
    output = torch.tensor([mean, log_var], dtype=torch.float64)
    width = 9 * (math.exp(log_var / 2) + 0.1)
    assert total(Gaussian(), output, mean - width, mean + width) == pytest.approx(1)


def test_grey_cross_entropy_is_no_likelihood():
    grey = GreyCrossEntropy()
    assert [a.normalised for a in ALL] == [True] * 5 + [False]
    for p, mass in ((0.5, 0.5), (0.9, 0.3641)):
        logit = torch.tensor([math.log(p / (1 - p))], dtype=torch.float64)
        assert total(grey, logit, 0, 1) == pytest.approx(mass, abs=1e-4)
    floor = grey.nll(torch.zeros(1, 784), torch.full((1, 784), 0.5)).item()
    assert floor == pytest.approx(543.43, abs=5e-3)


@pytest.mark.parametrize("likelihood", ALL, ids=str)
def test_nobody_can_call_a_loss_normalised(likelihood):
    for wrong in ({"normalised": True}, {"name": "Bernoulli"}):
        with pytest.raises(TypeError):
            type(likelihood)(**wrong)


def test_far_logits_stay_finite():
    for likelihood in in_unit_interval:
        nll = likelihood.nll(torch.tensor([[-1e4, 1e4]]), torch.tensor([[1.0, 0.0]]))
        assert torch.isfinite(nll).all() and nll > 1e4


@pytest.mark.parametrize("likelihood", ALL, ids=str)
def test_contract(likelihood):
    x = pixels(likelihood, 4, D)
    likelihood.check(x)
    output = torch.randn(3, 4, likelihood.heads * D)
    nll = likelihood.nll(output, x.expand(3, -1, -1))
    assert nll.shape == (3, 4)
    assert likelihood.mean(output).shape == (3, 4, D)
    torch.testing.assert_close(nll[1], likelihood.nll(output[1], x))
    each = likelihood.per_pixel(output[1], x)
    torch.testing.assert_close(each.sum(-1), nll[1])
    with pytest.raises(ValueError, match=f"{likelihood.heads} outputs"):
        likelihood.nll(torch.randn(4, likelihood.heads * D + 2), x)


@pytest.mark.parametrize("likelihood", ALL, ids=str)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None])
def test_no_likelihood_takes_these(likelihood, value):
    x = torch.zeros(0, D) if value is None else torch.zeros(2, D)
    x[1:, 3] = value or 0
    with pytest.raises(ValueError, match="no pixels|NaN or infinite"):
        likelihood.check(x)


def test_pixels_of_another_kind():
    grey = torch.full((2, D), 0.3)
    with pytest.raises(ValueError, match="Bernoulli.*binarise"):
        Bernoulli().check(grey)
    with pytest.raises(ValueError, match="divided by 16"):
        Binomial(16).check(grey)
    Binomial(10).check(grey)
    GreyCrossEntropy().check(grey)
    for x in (grey - 1, grey + 1):
        for likelihood in in_unit_interval:
            with pytest.raises(ValueError, match=rf"\[0, 1\].*{x[0, 0]:g}"):
                likelihood.check(x)
        Gaussian().check(x)  # patches are real-valued


@pytest.mark.parametrize("bad", [0, -16, math.inf, math.nan])
def test_settings_out_of_range(bad):
    with pytest.raises(ValueError, match=f"floor.*{bad}"):
        Gaussian(floor=bad)
    for n in (bad, 2.5, "16"):
        with pytest.raises(ValueError, match=f"n must be .*{n!r}"):
            Binomial(n)
