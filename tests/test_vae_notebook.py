"""The VAE that notebook 10 builds and the package's: same weights, loss, gradient."""

import math

import numpy as np
import pytest
import torch
from notebook_cells import run_cells
from scipy import stats
from torch import distributions as td
from torch import nn

from course_utils import models
from course_utils.likelihoods import Bernoulli, Binomial, Gaussian

PIXELS, LATENTS, HIDDEN = 12, 3, (9, 5)


@pytest.fixture(scope="module")
def notebook():
    """Names that notebook 10's cells define."""
    names = {
        "torch": torch,
        "nn": nn,
        "td": td,
        "np": np,
        "math": math,
        "stats": stats,
    }
    cells = ("kl-code", "reparameterise-code", "model-code", "loss-code")
    return run_cells("10_vae", *cells, **names)


@pytest.fixture(
    params=[Binomial(16), Bernoulli(), Gaussian(), Gaussian(learnt=False)],
    ids=["binomial", "bernoulli", "gaussian", "unit-gaussian"],
)
def pair(request, notebook):
    """The two models with the same weights."""
    likelihood = request.param
    torch.manual_seed(0)
    theirs = models.VAE(
        pixels=PIXELS, latents=LATENTS, likelihood=likelihood, hidden=HIDDEN
    )
    here = notebook["VAE"](PIXELS, LATENTS, likelihood, HIDDEN)
    here.load_state_dict(theirs.state_dict())  # strict: the same names and shapes
    return here, theirs


def some_pixels():
    torch.manual_seed(1)
    return torch.randint(0, 2, (6, PIXELS)).float()  # every likelihood can have these


@pytest.mark.parametrize("beta", [1.0, 0.25, 4.0])
def test_same_loss_and_gradient(notebook, pair, beta):
    x, gradients, values = some_pixels(), [], []
    for model, loss in zip(pair, (notebook["vae_loss"], models.vae_loss), strict=True):
        torch.manual_seed(2)
        parts = loss(model, x, beta=beta)
        model.zero_grad()
        parts["loss"].backward()
        values.append({name: value.item() for name, value in parts.items()})
        gradients.append([weights.grad.clone() for weights in model.parameters()])
    assert values[0] == pytest.approx(values[1])
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b)
        assert (a != 0).any()  # the gradient reaches every layer, encoder included


def test_same_codes_and_pictures(pair):
    here, theirs, x = *pair, some_pixels()
    torch.testing.assert_close(here.encode(x), theirs.encode(x))
    torch.testing.assert_close(here.reconstruct(x), theirs.reconstruct(x))
    samples = []
    for model in pair:
        torch.manual_seed(3)
        samples.append(model.sample(5))
    torch.testing.assert_close(*samples)


def test_same_start(notebook):
    """The same seed gives the same weights before training."""
    for hidden in [(256, 128), (4,)]:
        torch.manual_seed(0)
        here = notebook["VAE"](PIXELS, LATENTS, Bernoulli(), hidden)
        torch.manual_seed(0)
        theirs = models.VAE(
            pixels=PIXELS, latents=LATENTS, likelihood=Bernoulli(), hidden=hidden
        )
        for a, b in zip(here.parameters(), theirs.parameters(), strict=True):
            assert torch.equal(a, b)


def test_loss_is_nats_per_image(pair):
    """Sums over pixels and latents, mean over the batch: against the library."""
    _, model = pair
    x = some_pixels()
    torch.manual_seed(4)
    parts = models.vae_loss(model, x)
    torch.manual_seed(4)
    mu, log_var = model.encode(x)
    q = td.Normal(mu, (0.5 * log_var).exp())
    output = model.decode(mu + q.stddev * torch.randn_like(mu))
    likelihood = model.likelihood
    if isinstance(likelihood, Gaussian):
        mean, variance = likelihood.mean_and_variance(output)
        log_p = td.Normal(mean, variance.sqrt()).log_prob(x)
    elif isinstance(likelihood, Binomial):
        log_p = td.Binomial(16, logits=output).log_prob(16 * x)
    else:
        log_p = td.Bernoulli(logits=output).log_prob(x)
    kl = td.kl_divergence(q, td.Normal(0.0, 1.0)).sum() / len(x)
    torch.testing.assert_close(parts["kl"], kl)
    reconstruction = -log_p.sum() / len(x)
    torch.testing.assert_close(
        parts["reconstruction"], reconstruction, rtol=1e-4, atol=1e-4
    )
    torch.testing.assert_close(parts["loss"], parts["reconstruction"] + parts["kl"])
