"""Each likelihood against torch.distributions and scipy, and what it refuses."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import distributions as td

from course_utils.likelihoods import Bernoulli, Binomial, Gaussian, GreyCrossEntropy

D = 7
in_unit_interval = [Bernoulli(), Binomial(16), Binomial(3), GreyCrossEntropy()]
ALL = [Gaussian(), Gaussian(learnt=False), *in_unit_interval]


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


@pytest.mark.parametrize("n", [1, 3, 16, 255])
def test_counts(n):
    """Against scipy; their probabilities sum to 1, and 1 dot is Bernoulli."""
    likelihood, logits = Binomial(n), torch.randn(5, D)
    x = pixels(likelihood, 5, D)
    nll, counts = likelihood.nll(logits, x), (n * x).round()
    by_scipy = -stats.binom(n, logits.sigmoid()).logpmf(counts.numpy()).sum(axis=-1)
    np.testing.assert_allclose(nll, by_scipy, rtol=1e-3)
    every = torch.arange(n + 1, dtype=torch.float64)[:, None] / n
    for logit in (-6.0, 0.3, 6.0):
        output = torch.full((n + 1, 1), logit, dtype=torch.float64)
        total = (-likelihood.nll(output, every)).exp().sum().item()
        assert total == pytest.approx(1)
    if n == 1:
        torch.testing.assert_close(Bernoulli().nll(logits, x), nll)
        torch.testing.assert_close(GreyCrossEntropy().nll(logits, x), nll)


@pytest.mark.parametrize("learnt", [True, False])
def test_gaussian(learnt):
    mean, log_var, x = torch.randn(3, 5, D)
    variance = 1e-3 + log_var.exp() if learnt else torch.ones(5, D)
    output = torch.cat([mean, log_var], dim=-1) if learnt else mean
    likelihood = Gaussian(learnt=learnt)
    wanted = -td.Normal(mean, variance.sqrt()).log_prob(x).sum(dim=-1)
    torch.testing.assert_close(likelihood.nll(output, x), wanted)
    torch.testing.assert_close(likelihood.mean(output), mean)
    torch.testing.assert_close(likelihood.mean_and_variance(output)[1], variance)
    for floor in (1e-1, 1e-3):
        far = torch.tensor([[0.0, -60.0]])
        lowest = Gaussian(floor=floor).nll(far, torch.zeros(1, 1)).item()
        assert lowest == pytest.approx(0.5 * math.log(2 * math.pi * floor), abs=1e-4)


def test_grey_cross_entropy_is_no_likelihood():
    grey, x = GreyCrossEntropy(), torch.linspace(0, 1, 20_001)[:, None].double()
    assert [a.normalised for a in ALL] == [True] * 5 + [False]
    for p, mass in ((0.5, 0.5), (0.9, 0.3641)):
        logits = torch.full_like(x, math.log(p / (1 - p)))
        density = (-grey.nll(logits, x)).exp()
        assert torch.trapezoid(density, x[:, 0]).item() == pytest.approx(mass, abs=1e-4)
    floor = grey.nll(torch.zeros(1, 784), torch.full((1, 784), 0.5)).item()
    assert floor == pytest.approx(543.43, abs=5e-3)


@pytest.mark.parametrize("likelihood", ALL, ids=str)
def test_contract(likelihood):
    x = pixels(likelihood, 4, D)
    likelihood.check(x)
    output = torch.randn(3, 4, likelihood.heads * D)
    nll = likelihood.nll(output, x.expand(3, -1, -1))
    assert nll.shape == (3, 4)
    assert likelihood.mean(output).shape == (3, 4, D)
    torch.testing.assert_close(nll[1], likelihood.nll(output[1], x))
    with pytest.raises(ValueError, match=f"{likelihood.heads} outputs"):
        likelihood.nll(torch.randn(4, likelihood.heads * D + 2), x)
    if likelihood in in_unit_interval:  # far logits stay finite
        far = likelihood.nll(torch.tensor([[-1e4, 1e4]]), torch.tensor([[1.0, 0.0]]))
        assert torch.isfinite(far).all() and far > 1e4
    for value in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match="NaN or infinite"):
            likelihood.check(torch.tensor([[0.0, value]]))
    with pytest.raises(ValueError, match="no pixels"):
        likelihood.check(torch.zeros(0, D))


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
