"""Notebooks 03 and 04 on other inputs: backpropagation, likelihoods, against torch."""

import math

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from notebook_cells import run_cells
from scipy.stats import norm
from torch import distributions

from course_utils.information import cross_entropy, entropy
from course_utils.likelihoods import Bernoulli, Gaussian

matplotlib.use("Agg")
DESCENT, LIKELIHOOD = "03_descent_and_backpropagation", "04_losses_and_likelihood"
NAMES = {"np": np, "math": math, "torch": torch, "norm": norm}


@pytest.fixture(autouse=True, scope="module")
def double():
    """Sharp checks need 16 digits; the notebook sets the same."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.fixture(scope="module")
def descent(double):
    """What notebook 03 defines."""
    cells = (
        *("recipe-data", "recipe-define", "gradient", "sigmoid", "neuron-start"),
        *("train-neuron", "square-runs", "cross-entropy-check", "forward", "backward"),
        *("random-network", "nudge-check", "sums-check", "relu-code"),
    )
    return run_cells(DESCENT, *cells, **NAMES)


@pytest.fixture(scope="module")
def book(double):
    """What notebook 04 defines."""
    cells = ("from-03-code", "gaussian-nll", "bernoulli-nll", "categorical-nll")
    return run_cells(LIKELIHOOD, *cells, "full-gaussian-nll", **NAMES)


def autograd(weights, biases, x, y, hidden, loss):
    """Slopes by torch for the network that the notebook differentiates by hand."""
    parameters = [torch.tensor(p).requires_grad_() for p in weights + biases]
    layers = len(weights)
    a = torch.tensor(x)
    for i in range(layers):
        z = a @ parameters[i].T + parameters[layers + i]
        a = z.sigmoid() if i == layers - 1 else hidden(z)
    loss(a, torch.tensor(y)).backward()
    return [p.grad.numpy() for p in parameters]


def half_square(a, y):
    return 0.5 * ((a - y) ** 2).sum()


def binary(a, y):
    return torch.nn.functional.binary_cross_entropy(a, y, reduction="sum")


@pytest.mark.parametrize("sizes", [[1, 1], [2, 5, 3], [7, 4, 4, 2], [3, 6, 5, 4, 1]])
@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
@pytest.mark.parametrize("loss", ["square", "cross"])
def test_backward_is_autograd(descent, sizes, activation, loss):
    rng = np.random.default_rng(len(sizes))
    weights, _ = descent["random_network"](sizes, rng, 2.0)
    biases = [rng.normal(size=n) for n in sizes[1:]]
    x, y = rng.normal(size=(6, sizes[0])), rng.uniform(size=(6, sizes[-1]))
    hidden, slope, theirs = {
        "sigmoid": (descent["s"], descent["s_slope"], torch.sigmoid),
        "relu": (descent["relu"], descent["relu_slope"], torch.relu),
    }[activation]
    zs, outputs = descent["forward"](weights, biases, x, hidden)
    delta = descent[f"delta_{loss}"](outputs[-1], y)
    d_weights, d_biases = descent["backward"](weights, zs, outputs, delta, slope)
    oracle = {"square": half_square, "cross": binary}[loss]
    wanted = autograd(weights, biases, x, y, theirs, oracle)
    for ours, grad in zip(d_weights + d_biases, wanted, strict=True):
        assert ours.shape == grad.shape
        np.testing.assert_allclose(ours, grad, rtol=0, atol=1e-10)


def test_activations(descent):
    z = np.linspace(-9, 9, 37)
    np.testing.assert_allclose(descent["s"](z), torch.sigmoid(torch.tensor(z)))
    measured = descent["nudged_slopes"](lambda v: descent["s"](v).sum(), z)
    np.testing.assert_allclose(descent["s_slope"](z), measured, rtol=0, atol=1e-7)
    np.testing.assert_array_equal(descent["relu"](z), np.clip(z, 0, None))
    np.testing.assert_array_equal(descent["relu_slope"](z), z > 0)


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


def test_batch_against_sum_sees_the_difference(descent):
    _ = torch.manual_seed(4)
    theta = torch.randn(3, requires_grad=True)
    x, y = torch.randn(7, 3), torch.randn(7)
    total = descent["batch_against_sum"](
        lambda t, x, y: (x @ t - y).cosh().sum(), theta, x, y
    )
    mean = descent["batch_against_sum"](
        lambda t, x, y: (x @ t - y).cosh().mean(), theta, x, y
    )
    assert total < 1e-10 < mean


@pytest.mark.parametrize("w, b, eta", [(2.0, 2.0, 0.15), (-3.0, 1.0, 1.0), (4, 4, 5)])
def test_widget_draws(w, b, eta):
    drawn = {}

    def explorer(draw, controls):
        drawn.update(draw=draw, controls=controls)

    names = dict(
        NAMES,
        plt=plt,
        BLUE="b",
        ORANGE="r",
        explorer=explorer,
        float_slider=lambda label, value, low, high, step: (value, low, high),
        show_widget=lambda box, alt: None,
    )
    run_cells(
        DESCENT,
        *("recipe-define", "gradient", "sigmoid", "neuron-start", "train-neuron"),
        *("square-runs", "cross-entropy-check", "cross-runs", "same-rate-runs"),
        "widget",
        load=np.zeros(1),
        length=np.zeros(1),
        **names,
    )
    fig = drawn["draw"](w=w, b=b, eta=eta)
    cost, output = fig.axes[:2]
    assert len(cost.lines) == len(output.lines) == 2
    for line in cost.lines + output.lines:
        assert len(line.get_ydata()) == 301 and np.isfinite(line.get_ydata()).all()
    plt.close(fig)
