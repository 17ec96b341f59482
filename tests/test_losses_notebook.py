"""Notebook 04 on other inputs: its likelihoods against torch."""

import math

import numpy as np
import pytest
import torch
from notebook_cells import run_cells
from scipy.stats import norm
from torch import distributions

from course_utils.information import cross_entropy, entropy
from course_utils.likelihoods import Bernoulli, Gaussian

LIKELIHOOD = "04_losses_and_likelihood"
NAMES = {"np": np, "math": math, "torch": torch, "norm": norm}


@pytest.fixture(autouse=True)
def double():
    """Sharp checks need 16 digits; the notebook sets the same."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.fixture(scope="module")
def book():
    """What notebook 04 defines."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    cells = ("from-03-code", "gaussian-nll", "bernoulli-nll", "categorical-nll")
    space = run_cells(LIKELIHOOD, *cells, "full-gaussian-nll", **NAMES)
    torch.set_default_dtype(before)
    return space


@pytest.mark.parametrize("shape", [(1,), (5,), (4, 3), (2, 3, 6)])
def test_gaussian_nlls(book, shape):
    _ = torch.manual_seed(1)
    y, mu, log_var = torch.randn(3, *shape)
    unit = book["unit_gaussian_nll"](y, mu)
    assert unit.shape == shape[:-1]
    torch.testing.assert_close(unit, Gaussian(learnt=False).nll(mu, y))
    full = book["gaussian_nll"](y, mu, log_var)
    heads = torch.cat([mu, log_var], dim=-1)
    torch.testing.assert_close(full, Gaussian(learnt=True, floor=1e-30).nll(heads, y))
    theirs = distributions.Normal(mu, (log_var / 2).exp()).log_prob(y).sum(-1)
    torch.testing.assert_close(full, -theirs)
    torch.testing.assert_close(book["gaussian_nll"](y, mu, 0 * mu), unit)


@pytest.mark.parametrize("shape", [(1,), (5,), (4, 3), (2, 3, 6)])
def test_bernoulli_nll(book, shape):
    _ = torch.manual_seed(2)
    logits = 3 * torch.randn(*shape)
    y = torch.bernoulli(torch.full(shape, 0.4))
    ours = book["bernoulli_nll"](y, logits.sigmoid())
    torch.testing.assert_close(ours, Bernoulli().nll(logits, y))
    theirs = distributions.Bernoulli(logits=logits).log_prob(y).sum(-1)
    torch.testing.assert_close(ours, -theirs)
    neuron = book["cross_entropy"](logits.sigmoid().numpy(), y.numpy()).sum(-1)
    np.testing.assert_allclose(neuron, ours)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_categorical_nll(book, classes):
    _ = torch.manual_seed(3)
    p = torch.softmax(torch.randn(8, classes), dim=-1)
    chosen = torch.randint(classes, (8,))
    ours = book["categorical_nll"](torch.eye(classes)[chosen], p)
    torch.testing.assert_close(ours, -distributions.Categorical(p).log_prob(chosen))
    # averaged over data it is the cross-entropy of notebook 02
    shares = torch.bincount(chosen, minlength=classes) / 8
    mean = book["categorical_nll"](torch.eye(classes)[chosen], p[0]).mean()
    assert mean.item() == pytest.approx(cross_entropy(shares, p[0]))
    assert mean.item() >= entropy(shares)


def test_likelihoods_are_normalised(book):
    grid = np.linspace(-30, 30, 60_001)[:, None]
    for nll in (
        book["unit_gaussian_nll"](grid, 1.0),
        book["gaussian_nll"](
            torch.tensor(grid), torch.tensor([1.0]), torch.tensor([1.3])
        ).numpy(),
    ):
        assert np.trapezoid(np.exp(-nll), grid[:, 0]) == pytest.approx(1)
    both = torch.tensor([[0.0], [1.0]])
    mass = (-book["bernoulli_nll"](both, torch.tensor([0.3]))).exp().sum()
    assert mass.item() == pytest.approx(1)
