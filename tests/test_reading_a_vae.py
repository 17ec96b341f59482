"""Lesson 12: its formulas a second way, and its figures."""

import math

import numpy as np
import pytest
import torch
from crowding import crowded
from notebook_cells import run_cells
from scipy import stats
from torch.distributions import Bernoulli as Coin
from torch.distributions import Normal, kl_divergence

from course_utils import models
from course_utils.beta_widget import BETAS
from course_utils.bounds import Elbo, log_likelihood
from course_utils.exercises import reading_a_vae as ex
from course_utils.figures import reading
from course_utils.likelihoods import Bernoulli, Gaussian

DIGITS = np.random.default_rng(0).random((2, 28, 28))


@pytest.fixture(scope="module")
def lesson():
    """The functions of the lesson's cells; nothing of it is trained."""
    given = {"iw": ex.iw.expected, "ess": ex.ess.expected}
    given["information"] = ex.information.expected
    cells = "setup", "ours", "pairs", "weights", "exact-code", "own", "binned-code"
    return run_cells("12_reading_a_vae", *cells, **given)


def model(latents, likelihood, pixels=9):
    torch.manual_seed(0)
    made = models.VAE(pixels=pixels, latents=latents, likelihood=likelihood)
    return made.requires_grad_(False)


def test_information_and_distance_are_the_mean_kl(lesson):
    vae, x = model(3, Bernoulli()), torch.rand(2000, 9).round()
    vae.encoder[-1].weight.mul_(4)
    log_q, log_p = lesson["pairs"](vae, x)
    mu, log_var = vae.encode(x)
    z_own = log_q.diagonal() - log_p  # log q(z_i|x_i) - log p(z_i)
    exact = kl_divergence(Normal(mu, (0.5 * log_var).exp()), Normal(0.0, 1.0))
    assert z_own.mean() == pytest.approx(exact.sum(1).mean().item(), abs=0.2)
    info = ex.information.expected(log_q)
    assert 0 <= info <= math.log(len(x))


def test_the_grid_is_the_bounds_limit(lesson):
    vae, x = model(2, Bernoulli()), torch.rand(4, 9).round()
    _, joint = lesson["on_grid"](vae, x, 120)
    exact = joint.logsumexp(dim=1).mean().item()
    assert exact == pytest.approx(log_likelihood(vae, x, K=20_000).value, abs=0.01)
    log_w = lesson["log_weights"](vae, x, *vae.encode(x), 20_000)
    assert ex.iw.expected(log_w).mean().item() == pytest.approx(exact, abs=0.01)


def test_an_own_bell_is_no_worse(lesson):
    vae, x = model(2, Bernoulli()), torch.rand(4, 9).round()
    vae.encoder[-1].weight.mul_(5)  # an encoder that answers badly
    network = lesson["log_weights"](vae, x, *vae.encode(x), 4000).mean()
    own = lesson["log_weights"](vae, x, *lesson["own_bell"](vae, x), 4000).mean()
    assert own > network + 0.1


def test_the_other_place(lesson):
    """Of a digit's posterior in two humps an own bell, and its bound, see one."""
    two, few, z = (lesson[name] for name in ("two", "few", "grid"))
    torch.manual_seed(1)
    mu, log_var = lesson["own_bell"](two, few)
    log_w = lesson["log_weights"](two, few, mu, log_var, 500)
    off = (z - mu[:, None]).abs() > 4 * (0.5 * log_var).exp()[:, None]
    outside = (lesson["joint"].softmax(dim=1) * off.any(dim=2)).sum(dim=1)
    short = lesson["exact"] - ex.iw.expected(log_w)
    assert np.corrcoef(short, -(1 - outside).log())[0, 1] > 0.95
    most = outside > 0.5
    assert most.any()
    best = z[lesson["joint"].where(off.any(dim=2), -math.inf).argmax(dim=1)][most]
    start = best, torch.full_like(best, -4.0)
    other = lesson["own_bell"](two, few[most], start)
    there = lesson["log_weights"](two, few[most], *other, 500).mean(dim=1)
    assert (there > log_w.mean(dim=1)[most] + 1).all()


def test_areas_of_all_counts_sum_to_one(lesson):
    """One pixel without a code: the chances of its 17 counts under one bell."""
    vae = model(1, Gaussian(), pixels=1)
    vae.decoder[-1].weight.zero_()
    vae.encoder[-1].weight.zero_()
    vae.encoder[-1].bias.zero_()  # q is the prior: the KL is 0
    vae.decoder[-1].bias.copy_(torch.tensor([0.4, math.log(0.05**2)]))
    costs = [lesson["area_nll"](vae, torch.tensor([[n / 16]]), 1) for n in range(17)]
    assert np.exp(-np.array(costs)).sum() == pytest.approx(1, abs=1e-6)
    bell = stats.norm(0.4, math.sqrt(0.05**2 + 1e-3))
    chance = bell.cdf(7.5 / 16) - bell.cdf(6.5 / 16)
    assert costs[7] == pytest.approx(-math.log(chance), abs=1e-4)
    assert costs[0] == pytest.approx(-bell.logcdf(0.5 / 16), rel=1e-4)


def test_grey_cross_entropy_is_a_mean_over_draws():
    torch.manual_seed(0)
    grey, logits = torch.rand(5), torch.randn(5)
    every = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 5)
    chances = Coin(grey).log_prob(every).sum(1).exp()
    mean = (chances * Bernoulli().nll(logits.expand(32, -1), every)).sum()
    torch.testing.assert_close(mean, Bernoulli().nll(logits, grey))


def numbers():
    rows = {f"way {i}": (DIGITS, 23.0 * i) for i in range(7)}
    return reading.many_numbers(rows | {"last": (DIGITS, 0.122)})


def plane():
    rates = (37.8, 29.2, 21.9, 14.3, 7.8, 3.5, 0.8)
    losses = (85.3, 89.1, 93.7, 105.5, 124.7, 151.7, 185.3)
    points = zip(BETAS, rates, losses, strict=True)
    places = {beta: Elbo(-kl - nll, 0.0, nll, kl, "") for beta, kl, nll in points}
    return reading.plane(places, dict.fromkeys(BETAS, DIGITS), DIGITS[0])


def lid():
    pairs = (-145.0, -140.3, [40.0, 58.0]), ([-137.0, -138.0], -137.3, 386.0)
    lids = {"2 latents": ("log p(x):", [-137.0, -137.2]), "20": ("at least:", -137.2)}
    return reading.under_the_lid(dict.fromkeys(lids, pairs), lids)


@pytest.mark.parametrize("make", [numbers, plane, lid])
def test_figures_can_be_read(make):
    assert crowded(make(), slack=3) == []


def test_the_lid_names_every_bound():
    said = {t.get_text() for ax in lid().axes for t in ax.texts}
    assert {"−145.0", "−140.3", "−137.5", "49\ncount", "log p(x): −137.1"} <= said
    assert "lost: network 7.5 or more, bell .4 or less" in said
