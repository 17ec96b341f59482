"""Evaluation against probabilistic PCA and quadrature, where log p(x) is known."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy.integrate import trapezoid
from scipy.stats import multivariate_normal, norm
from torch import nn

from course_utils.evaluation import (
    active_units,
    elbo,
    kl_per_dimension,
    log_likelihood,
    report,
)
from course_utils.likelihoods import Bernoulli, Gaussian, GreyCrossEntropy
from course_utils.models import VAE, Autoencoder

VARIANCE = 0.25


class ProbabilisticPCA(nn.Module):
    """z ~ N(0, I), x | z ~ N(Wz + b, 0.25 I); W's columns are orthogonal.

    So the true posterior has independent latents, and q can be equal to it:
    `shift` and `widen` make it worse.
    """

    def __init__(self, shift=0.0, widen=1.0):
        super().__init__()
        rng = torch.Generator().manual_seed(1)
        basis = torch.linalg.qr(torch.randn(6, 2, generator=rng, dtype=torch.float64))
        self.w = nn.Parameter(basis.Q * torch.tensor([2.0, 0.7]))
        self.b = nn.Parameter(torch.linspace(-1, 1, 6, dtype=torch.float64))
        self.likelihood = Gaussian(floor=0.05)
        self.shift, self.widen = shift, widen

    def encode(self, x):
        precision = 1 + (self.w**2).sum(0) / VARIANCE
        mu = (x - self.b) @ self.w / VARIANCE / precision + self.shift
        return mu, (self.widen**2 / precision).log().expand_as(mu)

    def decode(self, z):
        mean = z @ self.w.T + self.b
        log_var = torch.full_like(mean, math.log(VARIANCE - self.likelihood.floor))
        return torch.cat([mean, log_var], dim=-1)

    def log_p(self, x):
        w, b = self.w.detach(), self.b.detach()
        cov = w @ w.T + VARIANCE * torch.eye(6)
        return multivariate_normal(b.numpy(), cov.numpy()).logpdf(x.numpy())

    def draw(self, number):
        rng = torch.Generator().manual_seed(2)
        z = torch.randn(number, 2, generator=rng, dtype=torch.float64)
        noise = torch.randn(number, 6, generator=rng, dtype=torch.float64)
        return (z @ self.w.T + self.b + VARIANCE**0.5 * noise).detach()


def new_vae(kind=VAE, pixels=12, latents=3, likelihood=None):
    torch.manual_seed(0)
    likelihood = likelihood or Bernoulli()
    return kind(pixels=pixels, latents=latents, likelihood=likelihood, hidden=(8,))


@pytest.fixture
def vae():
    return new_vae()


@pytest.fixture(scope="module")
def binary():
    return torch.rand(25, 12, generator=torch.Generator().manual_seed(3)).round()


def test_true_posterior_makes_every_bound_tight():
    model = ProbabilisticPCA()
    x = model.draw(400)
    truth = model.log_p(x)
    # With q = p(z|x) the importance weight is p(x), whatever z was drawn.
    one = log_likelihood(model, x, K=1)
    assert one.value == pytest.approx(truth.mean(), abs=1e-9)
    assert one.standard_error == pytest.approx(truth.std(ddof=1) / 20, rel=1e-9)
    many = elbo(model, x, samples=400)
    assert many.value == pytest.approx(truth.mean(), abs=0.02)


def test_elbo_is_below_log_p_by_the_kl_and_more_samples_close_the_gap():
    model = ProbabilisticPCA(shift=0.3, widen=1.5)
    x = model.draw(400)
    truth = model.log_p(x).mean()
    precision = 1 + (model.w.detach() ** 2).sum(0) / VARIANCE
    gap = 0.5 * (1.5**2 + 0.3**2 * precision - 1 - 2 * math.log(1.5)).sum()
    result = elbo(model, x, samples=400)
    assert truth - result.value == pytest.approx(gap.item(), abs=0.03)
    assert result.value == pytest.approx(-(result.reconstruction + result.kl))
    bounds = [log_likelihood(model, x, K=K).value for K in (3, 30, 300, 3000)]
    bounds = [result.value, *bounds]
    assert all(a < b for a, b in itertools.pairwise(bounds)), bounds
    assert bounds[-1] == pytest.approx(truth, abs=0.01)


def test_bernoulli_against_quadrature_and_normalised_over_all_images():
    model = new_vae(pixels=4, latents=1)
    x = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4)))
    z = torch.linspace(-8, 8, 2001)[:, None]
    with torch.no_grad():
        output = model.decode(z)[:, None].expand(-1, 16, -1)
        p_x_z = model.likelihood.nll(output, x.expand(2001, -1, -1)).neg().exp()
    p = trapezoid(norm.pdf(z.numpy()) * p_x_z.numpy(), dx=16 / 2000, axis=0)
    assert p.sum() == pytest.approx(1, abs=1e-5)
    result = log_likelihood(model, x, K=20_000)
    assert result.value == pytest.approx(np.log(p).mean(), abs=0.003)


def test_a_loss_is_not_called_a_likelihood(vae, binary):
    assert elbo(vae, binary).label == "log-likelihood bound"
    model = new_vae(likelihood=GreyCrossEntropy())
    assert "not a likelihood" in elbo(model, binary).label
    with pytest.raises(ValueError, match="no likelihood"):
        log_likelihood(model, binary, K=2)


def test_batches_change_nothing_but_the_noise(vae, binary):
    kl = kl_per_dimension(vae, binary, batch_size=7)
    assert kl.shape == (3,)
    assert kl.sum().item() == pytest.approx(elbo(vae, binary).kl, rel=1e-5)
    many = binary.repeat(50, 1)  # two batches of elbo, thirteen of log_likelihood
    for judge, more in ((elbo, {"samples": 50}), (log_likelihood, {"K": 200})):
        whole, parts = judge(vae, binary, **more), judge(vae, many, **more)
        assert parts.value == pytest.approx(whole.value, abs=0.15)
        assert parts.standard_error < 0.2 * whole.standard_error
    assert math.isnan(elbo(vae, binary[:1]).standard_error)


def test_seeded_without_dropout_and_the_callers_state_is_left_alone(vae, binary):
    vae.train().decoder.append(nn.Dropout(0.9))
    state = torch.get_rng_state()
    for judge in (elbo, lambda *a, **seed: log_likelihood(*a, K=5, **seed)):
        assert judge(vae, binary, seed=1) == judge(vae, binary, seed=1)
        assert judge(vae, binary, seed=1) != judge(vae, binary, seed=2)
    with pytest.raises(ValueError):
        elbo(vae, binary[:, :5])
    assert torch.equal(state, torch.get_rng_state())
    assert vae.training and torch.is_grad_enabled()
    assert all(p.grad is None for p in vae.parameters())


def test_active_units_counts_latents_whose_mean_moves(vae, binary):
    with torch.no_grad():
        last = vae.encoder[-1]
        last.weight.zero_()
        last.bias.fill_(3.0)  # a large mean that never moves is not active
        assert active_units(vae, binary) == 0
        last.weight[1].fill_(1.0)
    assert active_units(vae, binary, batch_size=7) == 1
    assert active_units(vae, binary, threshold=1e9) == 0
    with pytest.raises(ValueError, match="2 images"):
        active_units(vae, binary[:1])


FUNCTIONS = [
    elbo,
    kl_per_dimension,
    active_units,
    report,
    lambda model, x: log_likelihood(model, x, K=2),
]
NAN = torch.zeros(3, 12)
NAN[1, 1] = math.nan


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    "images, error, message",
    [
        (torch.zeros(3, 20), ValueError, r"12 pixels.*\(3, 20\)"),
        (torch.zeros(3, 4, 3), ValueError, r"\(N, D\)"),
        (torch.zeros(0, 12), ValueError, "no pixels"),
        (torch.full((3, 12), 2.0), ValueError, r"\[0, 1\]"),
        (torch.full((3, 12), 0.5), ValueError, "grey"),
        (NAN, ValueError, "NaN"),
        (torch.zeros(3, 12).double(), ValueError, "float64"),
        (np.zeros((3, 12), dtype="float32"), TypeError, "tensor.*ndarray"),
    ],
)
def test_bad_images(vae, function, images, error, message):
    with pytest.raises(error, match=message):
        function(vae, images)


CODES_ONLY = [kl_per_dimension, active_units]


@pytest.mark.parametrize(
    "part, value, spared",  # NaN weights are no collapse, what overflows has no mean
    [(0, math.nan, []), (0, 1e38, [active_units]), (1, math.nan, CODES_ONLY)],
)
def test_a_broken_model_has_no_numbers(vae, binary, part, value, spared):
    torch.nn.init.constant_((vae.encoder, vae.decoder)[part][-1].bias, value)
    for function in FUNCTIONS:
        if function not in spared:
            with pytest.raises(FloatingPointError, match="NaN or infinite"):
                function(vae, binary)


@pytest.mark.parametrize(
    "function, name",
    [(log_likelihood, "K"), (elbo, "samples"), (kl_per_dimension, "batch_size")],
)
def test_bad_settings(vae, binary, function, name):
    with pytest.raises(ValueError, match=f"{name} must be"):
        function(vae, binary, **{name: 0})


def test_the_report_holds_the_numbers_that_the_functions_give(vae, binary):
    bound, found = elbo(vae, binary), report(vae, binary, K=3)
    weighted = log_likelihood(vae, binary, K=3)
    wanted = vars(bound) | {"active_units": active_units(vae, binary)}
    wanted |= {"negative_elbo": -wanted.pop("value"), "iw_nll": -weighted.value}
    wanted["iw_nll_standard_error"] = weighted.standard_error
    assert found.pop("label") == wanted.pop("label")
    assert found == pytest.approx(wanted, abs=1e-4)
    assert "iw_nll" not in report(vae, binary)


def test_an_autoencoder_has_a_report_and_no_elbo():
    model = new_vae(Autoencoder, likelihood=GreyCrossEntropy())
    x = torch.rand(20, 12)
    with torch.no_grad():
        loss = model.likelihood.nll(model.decode(model.encode(x)), x).mean().item()
        rmse = (model.reconstruct(x) - x).square().mean().sqrt().item()
    assert report(model, x) == {
        "label": "grey cross-entropy",
        "reconstruction": pytest.approx(loss, abs=1e-4),
        "rmse": pytest.approx(rmse, abs=1e-4),
    }
    with pytest.raises(ValueError, match="Autoencoder.*no ELBO"):
        elbo(model, x)
