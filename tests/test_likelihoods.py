"""Each likelihood against torch.distributions and scipy, and what it refuses."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_cells import run_cells
from scipy import integrate, stats
from torch import distributions as td
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce_with_logits

from course_utils.likelihoods import Bernoulli, Binomial, Gaussian, GreyCrossEntropy
from course_utils.models import VAE, kl_to_standard_normal, reparameterise

D = 7
ALL = [
    Bernoulli(),
    Binomial(16),
    Binomial(3),
    Gaussian(),
    Gaussian(learnt=False),
    GreyCrossEntropy(),
]


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


def test_binomial_of_one_is_bernoulli():
    logits, x = torch.randn(5, D), pixels(Bernoulli(), 5, D)
    torch.testing.assert_close(Binomial(1).nll(logits, x), Bernoulli().nll(logits, x))


def test_gaussian_with_learnt_variance():
    mean, log_var, x = torch.randn(3, 5, D)
    output = torch.cat([mean, log_var], dim=-1)
    variance = 1e-3 + log_var.exp()
    wanted = -td.Normal(mean, variance.sqrt()).log_prob(x).sum(dim=-1)
    torch.testing.assert_close(Gaussian().nll(output, x), wanted)
    by_scipy = -stats.norm(mean, variance.sqrt()).logpdf(x).sum(axis=-1)
    np.testing.assert_allclose(Gaussian().nll(output, x), by_scipy, rtol=1e-5)
    torch.testing.assert_close(Gaussian().mean_and_variance(output)[1], variance)


def test_gaussian_with_variance_one():
    mean, x = torch.randn(2, 5, D)
    likelihood = Gaussian(learnt=False)
    by_scipy = -stats.norm(mean, 1).logpdf(x).sum(axis=-1)
    np.testing.assert_allclose(likelihood.nll(mean, x), by_scipy, rtol=1e-5)
    at_best = likelihood.nll(x, x)  # no error: the constant alone, D/2 ln 2 pi
    torch.testing.assert_close(at_best, torch.full((5,), D / 2 * math.log(2 * math.pi)))
    half = ((x - mean) ** 2).sum(dim=-1) / 2
    torch.testing.assert_close(likelihood.nll(mean, x) - at_best, half)


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


@given(mean=st.floats(-3, 3), log_var=st.floats(-3, 3))
@settings(deadline=None, max_examples=20)
def test_density_has_total_probability_one(mean, log_var):
    output = torch.tensor([[mean, log_var]], dtype=torch.float64)

    def density(x):
        x = torch.tensor([[x]], dtype=torch.float64)
        return math.exp(-Gaussian().nll(output, x).item())

    width = math.exp(log_var / 2) + 0.1
    total, _ = integrate.quad(density, mean - 9 * width, mean + 9 * width)
    assert total == pytest.approx(1, abs=1e-6)


def test_grey_cross_entropy_is_no_likelihood():
    grey = GreyCrossEntropy()
    assert not grey.normalised

    def mass(p):
        output = torch.tensor([[math.log(p / (1 - p))]], dtype=torch.float64)

        def density(x):
            x = torch.tensor([[x]], dtype=torch.float64)
            return math.exp(-grey.nll(output, x).item())

        return integrate.quad(density, 0, 1)[0]

    assert mass(0.5) == pytest.approx(0.5) and mass(0.9) == pytest.approx(0.3641, 1e-3)
    floor = grey.nll(torch.zeros(1, 784), torch.full((1, 784), 0.5)).item()
    assert floor == pytest.approx(543.43, abs=5e-3)


def test_far_logits_stay_finite():
    for likelihood in (Bernoulli(), Binomial(16), GreyCrossEntropy()):
        nll = likelihood.nll(torch.tensor([[-1e4, 1e4]]), torch.tensor([[1.0, 0.0]]))
        assert torch.isfinite(nll).all() and nll > 1e4


@pytest.mark.parametrize("likelihood", ALL, ids=lambda law: f"{law.name}-{law.heads}")
def test_contract(likelihood):
    x = pixels(likelihood, 4, D)
    likelihood.check(x)
    output = torch.randn(3, 4, likelihood.heads * D)
    nll = likelihood.nll(output, x.expand(3, -1, -1))
    assert nll.shape == (3, 4)
    assert likelihood.mean(output).shape == (3, 4, D)
    torch.testing.assert_close(nll[1], likelihood.nll(output[1], x))
    with pytest.raises(ValueError, match=f"needs {likelihood.heads} outputs"):
        likelihood.nll(torch.randn(4, likelihood.heads * D + 2), x)


@pytest.mark.parametrize("likelihood", ALL, ids=lambda law: f"{law.name}-{law.heads}")
@pytest.mark.parametrize(
    "x, message",
    [(torch.zeros(0, D), "no pixels"), (torch.full((2, D), math.nan), "NaN")],
)
def test_no_likelihood_takes_these(likelihood, x, message):
    with pytest.raises(ValueError, match=message):
        likelihood.check(x)


@pytest.mark.parametrize("likelihood", [Bernoulli(), Binomial(16), GreyCrossEntropy()])
@pytest.mark.parametrize("value, words", [(-0.25, "-0.25, 0"), (1.25, "0, 1.25")])
def test_pixels_outside_the_unit_interval(likelihood, value, words):
    x = torch.zeros(2, D)
    x[0, 3] = value
    with pytest.raises(ValueError, match=rf"lie in \[0, 1\], got \[{words}"):
        likelihood.check(x)


def test_pixels_of_another_kind():
    grey = torch.full((2, D), 0.3)
    with pytest.raises(ValueError, match="Bernoulli pixels are 0 or 1.*binarise"):
        Bernoulli().check(grey)
    with pytest.raises(ValueError, match="whole counts divided by 16"):
        Binomial(16).check(grey)
    Binomial(10).check(grey)
    GreyCrossEntropy().check(grey)
    Gaussian().check(-5 * grey)


@pytest.mark.parametrize("floor", [0, -1e-3, math.nan, math.inf])
def test_variance_floor(floor):
    with pytest.raises(ValueError, match="variance floor must be positive"):
        Gaussian(floor=floor)


@pytest.mark.parametrize("n", [0, -16, 2.5])
def test_number_of_dots(n):
    with pytest.raises(ValueError, match="n must be a whole number"):
        Binomial(n)


@pytest.mark.parametrize("latents", [0, -2])
def test_latents(latents):
    with pytest.raises(
        ValueError, match=f"latents must be a whole number of at least 1, got {latents}"
    ):
        VAE(pixels=D, latents=latents, likelihood=Bernoulli())


@pytest.fixture(scope="module")
def sheet():
    """The notebook's summary sheet: its functions, one for each line."""
    names = {
        "torch": torch,
        "nn": nn,
        "td": td,
        "np": np,
        "math": math,
        "stats": stats,
        "bce_with_logits": bce_with_logits,
        "D": D,
        "x": torch.rand(4, D),
    }
    cells = ("kl-code", "reparameterise-code")
    cells += ("bernoulli-code", "gaussian-code", "binomial-code")
    return run_cells("09_vae", *cells, **names)


def test_sheet_kl_and_code(sheet):
    mu, log_var = torch.randn(2, 5, 3)
    q = td.Normal(mu, (0.5 * log_var).exp())
    wanted = td.kl_divergence(q, td.Normal(0.0, 1.0))
    torch.testing.assert_close(sheet["kl_to_standard_normal"](mu, log_var), wanted)
    torch.testing.assert_close(kl_to_standard_normal(mu, log_var), wanted)
    for draw in (sheet["reparameterise"], reparameterise):
        z = draw(torch.full((50_000, 1), 2.0), torch.full((50_000, 1), math.log(0.25)))
        assert z.mean().item() == pytest.approx(2, abs=0.02)
        assert z.std().item() == pytest.approx(0.5, rel=0.02)


def test_sheet_likelihoods(sheet):
    output = torch.randn(5, D)
    for likelihood, function in [
        (Bernoulli(), sheet["bernoulli_nll"]),
        (Binomial(16), sheet["binomial_nll"]),
        (Gaussian(learnt=False), sheet["unit_gaussian_nll"]),
    ]:
        x = pixels(likelihood, 5, D)
        torch.testing.assert_close(function(output, x), likelihood.nll(output, x))
    log_var, x = torch.randn(2, 5, D)
    both = torch.cat([output, log_var], dim=1)
    wanted = Gaussian(floor=1e-12).nll(both, x)
    torch.testing.assert_close(sheet["gaussian_nll"](output, log_var, x), wanted)


@pytest.mark.parametrize(
    "likelihood", [Bernoulli, GreyCrossEntropy, Binomial, Gaussian]
)
def test_nobody_can_call_a_loss_normalised(likelihood):
    for wrong in ({"normalised": True}, {"name": "Bernoulli"}):
        with pytest.raises(TypeError, match="unexpected keyword"):
            likelihood(**wrong)
    assert likelihood().normalised is (likelihood is not GreyCrossEntropy)


@pytest.mark.parametrize("n", [0, 2.5, math.inf, math.nan, "16"])
def test_binomial_counts_whole_dots(n):
    with pytest.raises(ValueError, match=f"at least 1, got {n}"):
        Binomial(n)
