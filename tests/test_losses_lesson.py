"""What lesson 04 claims, held a second way; its figures and its widgets."""

import math

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from crowding import crowded
from notebook_cells import run_cells, source
from scipy import integrate, optimize, stats
from torch import distributions

from course_utils.exercises import losses_and_likelihood as exercises
from course_utils.figures import losses as figures
from course_utils.likelihoods import Bernoulli, Gaussian, GreyCrossEntropy

matplotlib.use("Agg")
NOTEBOOK = "04_losses_and_likelihood"
gaussian, laplace = exercises.gaussian.expected, exercises.laplace.expected
bits = exercises.bits.expected
rng = np.random.default_rng(0)


@pytest.fixture(scope="module")
def book():
    """What the lesson defines, with the course's functions for the learner's."""
    drawn = {}
    space = run_cells(NOTEBOOK, "setup")
    space |= {"show": lambda fig, alt: plt.close(fig), "drawn": drawn}
    space |= {"gaussian_nll": gaussian, "laplace_nll": laplace}
    space["explorer"] = lambda draw, controls: drawn.update({draw.__name__: draw})
    space["show_widget"] = lambda box, alt: None
    cells = "points hook trials draws slide claim heads train noise-data noise-training"
    for cell in cells.split():
        exec(compile(source(NOTEBOOK, cell), cell, "exec"), space)
    return space


def test_points_have_the_noise_that_the_lesson_says(book):
    noise = np.random.default_rng(8).laplace(scale=0.5**0.5, size=30)
    assert np.allclose(book["y"], 2 + 0.5 * book["x"] + noise, atol=0.051)
    off = [book["tried"][f(book["y"] - book["tried"]).argmin()] - 2 - 0.5 * book["x"]
           for f in book["losses"].values()]  # fmt: skip
    missed = np.sqrt(np.square(off).mean(1))
    assert missed == pytest.approx([0.24, 0.15, 0.73], abs=0.005)


def test_six_times_in_ten(book):
    lines = [book["off"]["peak", name] for name in book["losses"]]
    nearest = np.argmin([(off**2).mean(1) for off in lines], axis=0)
    assert 0.5 < (nearest == 1).mean() < 0.7


@pytest.mark.parametrize("name", ["absolute error", "largest error"])
def test_the_grid_of_lines_is_fine_enough(book, name):
    x, y = book["x"], book["y"]
    one, n = np.ones((30, 1)), 30 if name.startswith("abs") else 1
    slack = np.eye(30) if n == 30 else one
    line = np.stack([x, one[:, 0]], axis=1)
    above, below = np.hstack([line, -slack]), np.hstack([-line, -slack])
    best = optimize.linprog(
        [0, 0, *np.ones(n)],
        np.vstack([above, below]),
        [*y, *-y],
        bounds=[(None, None)] * 2 + [(0, None)] * n,
    )
    found = book["losses"][name](y - book["tried"]).min()
    assert best.fun <= found < 1.02 * best.fun


def test_likelihoods_with_their_constants():
    y, mu = rng.normal(size=(2, 6))
    sigma = rng.uniform(0.3, 2, size=6)
    assert np.allclose(gaussian(y, mu, sigma), -stats.norm.logpdf(y, mu, sigma))
    assert np.allclose(laplace(y, mu, 0.7), -stats.laplace.logpdf(y, mu, 0.7))
    # In D dimensions, covariance the identity: half the squared error + D/2 ln 2 pi.
    joint = -stats.multivariate_normal.logpdf(y, mu, np.eye(6))
    assert gaussian(y, mu, 1).sum() == pytest.approx(joint)
    lift = joint - ((y - mu) ** 2).sum() / 2
    assert lift == pytest.approx(6 * 0.918939, abs=1e-5)
    assert 784 * lift / 6 == pytest.approx(720.4, abs=0.05)
    for nll in (lambda e: gaussian(e, 1, 1.3), lambda e: laplace(e, 1, 0.6)):
        mass, _ = integrate.quad(
            lambda e, nll=nll: np.exp(-nll(e)), -30, 30, points=[1]
        )
        assert mass == pytest.approx(1)


def test_lesson_and_package_agree(book):
    y, mu, log_var = torch.randn(3, 8, 1, generator=torch.Generator().manual_seed(0))
    heads = torch.cat([mu, log_var], 1)
    ours = book["gaussian_loss"](heads, y)
    assert ours.item() == pytest.approx(
        gaussian(*(t.double().numpy() for t in (y, mu, (log_var / 2).exp()))).mean()
    )
    package = Gaussian(learnt=True, floor=1e-9).nll(heads, y)
    torch.testing.assert_close(ours, package.mean())
    assert Gaussian().floor == 0.001  # "keep sigma² above 0.001"
    logits, x = 3 * torch.randn(4, 5), torch.bernoulli(torch.full((4, 5), 0.4))
    theirs = distributions.Bernoulli(logits=logits).log_prob(x).sum(-1)
    torch.testing.assert_close(Bernoulli().nll(logits, x), -theirs)


@pytest.mark.parametrize(
    "loss",
    [
        lambda a, y: ((a - y) ** 2 / 8).sum(),
        lambda a, y: (a - y).abs().sum(),
        lambda a, y: Bernoulli().nll(a, y).sum(),
        lambda a, y: -(y * a.log_softmax(-1)).sum(),
    ],
)
def test_a_batch_is_the_sum_of_its_samples(loss):
    generator = torch.Generator().manual_seed(0)
    w = torch.randn(3, 4, generator=generator, dtype=torch.float64)
    x = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    y = torch.eye(4, dtype=torch.float64)[torch.arange(6) % 4]
    slope = torch.func.grad(lambda w, x, y: loss(x @ w, y))
    single = sum(slope(w, x[i : i + 1], y[i : i + 1]) for i in range(6))
    assert (slope(w, x, y) - single).abs().max() < 1e-10


def test_categorical_is_no_three_questions():
    p, one_hot = np.array([0.5, 0.3, 0.2]), np.eye(3)
    three = stats.bernoulli.pmf(one_hot, p).prod(1)
    assert three.sum() == pytest.approx(exercises.three_questions.expected)
    p = np.array([0.7, 0.2, 0.1])  # of which the lesson prints the numbers
    three = stats.bernoulli.pmf(one_hot, p).prod(1)
    assert 1 - three.sum() == pytest.approx(0.418)
    assert -np.log(three[0]) == pytest.approx(0.685179, abs=5e-7)
    assert -np.log(p[0]) == pytest.approx(0.356675, abs=5e-7)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_noise_is_found_from_other_starts(book, seed):
    torch.manual_seed(10 + seed)
    net = torch.nn.Sequential(
        torch.nn.Linear(1, 32), torch.nn.Tanh(), torch.nn.Linear(32, 2)
    )
    *_, (seen, new) = book["train"](net, book["x_train"], book["y_train"])
    at = torch.linspace(-2, 2, 81)[:, None]
    sigma = (net(at).detach()[:, 1:] / 2).exp()
    assert (sigma / book["noise"](at) - 1).abs().max() < 0.1
    assert abs(new - seen) < 0.1


def test_twelve_points_and_a_floor(book):
    few = book["x_train"][:12], book["y_train"][:12]
    found = {}
    for floor in (0, 0.01):
        run = [*book["train"](book["two_heads"](), *few, 1500, floor)]
        found[floor] = [run[59], run[-1]]
    (early, late), (_, floored) = found[0], found[0.01]
    assert early[1] < 1.3 and late[0] < early[0] < 0.2 and late[1] > 20
    assert 2 < floored[1] < late[1] / 4 and floored[0] > math.log(0.1) + 0.9


def test_best_sigma_and_halving():
    misses = np.array([1, -1, 2, 0, -2])
    best = optimize.minimize_scalar(
        lambda s: gaussian(misses, 0, s).sum(), bounds=(0.2, 9), method="bounded"
    )
    assert best.x == pytest.approx(exercises.best_sigma.expected, abs=1e-4)
    change = gaussian(0, 0, 1 / 8) - gaussian(0, 0, 1 / 4)
    assert change == pytest.approx(exercises.halving.expected)


def test_grey_cross_entropy_is_no_density():
    for p in (0.02, 0.1, 0.5, 0.9):
        logit, g = torch.tensor([math.log(p / (1 - p))]), torch.linspace(0, 1, 2001)
        loss = GreyCrossEntropy().nll(logit.expand(2001, 1), g[:, None])
        mass = np.trapezoid(np.exp(-loss.numpy()), g.numpy())
        wanted = 0.5 if p == 0.5 else (2 * p - 1) / math.log(p / (1 - p))
        assert mass == pytest.approx(wanted, abs=1e-4) and mass < 0.5001
    best = optimize.minimize_scalar(
        lambda p: -0.2 * np.log(p) - 0.8 * np.log(1 - p), bounds=(0.01, 0.99),
        method="bounded",
    )  # fmt: skip
    assert best.fun == pytest.approx(exercises.grey_floor.expected, abs=1e-6)


def test_bits_per_dimension():
    assert bits(0.0, 784) == pytest.approx(8)  # flat on [0, 1]
    # A wide bell: height times width is nearly the area over each bin.
    level, bell = np.arange(256), stats.norm(100, 60)
    area = bell.cdf(level + 0.5) - bell.cdf(level - 0.5)
    nats = -np.log(256 * bell.pdf(level))
    assert np.allclose(bits(nats, 1), -np.log2(area), atol=1e-3)


@pytest.mark.parametrize("slope, start", [(2, 10), (0.5, 8), (3.5, 12), (1, 12)])
def test_slide_draws(book, slope, start):
    fig = book["drawn"]["slide"](slope=slope, start=start)
    total = -stats.norm.logpdf(
        book["length"], slope * book["mass"] + start, 0.5
    ).sum()  # fmt: skip
    assert f"{total:.2f}" in fig.findobj(matplotlib.text.Text)[0].get_text()


@pytest.mark.parametrize("sigma", [0.05, 0.4, 3])
def test_claim_draws(book, sigma):
    fig = book["drawn"]["claim"](sigma=sigma)
    cost = gaussian(book["misses"], 0, sigma).mean()
    assert fig.axes[1].patches[2].get_height() == pytest.approx(cost)
    plt.close(fig)


def test_the_best_claim_on_the_slider(book):
    claims = np.arange(1, 61) / 20
    costs = [gaussian(book["misses"], 0, sigma).mean() for sigma in claims]
    assert claims[np.argmin(costs)] == 0.8
    assert np.sqrt((book["misses"] ** 2).mean()) == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("sigma", [0, -0.5, 2e-17])
def test_claim_refuses_what_is_no_width(book, sigma):
    with pytest.raises(ValueError, match="above 0"):
        book["drawn"]["claim"](sigma=sigma)


def test_figures_are_not_crowded():
    assert crowded(figures.narrowing(0.5, 0.5)) == []
    points, bells = ([0, 1], [0.1, 1.4]), ([0.0, 1.0], [0.2, 0.8])
    page = {"title": "Two", "reach": 0.2, "x": (-0.5, 1.5), "y": (-2, 4)}
    fig = figures.stated(points, bells, ([0, 1], [0, 1]), **page)
    assert [c for c in crowded(fig) if "p =" in c or "nats" in c] == []
