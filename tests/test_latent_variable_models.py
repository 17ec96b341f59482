"""What lesson 08 claims, held a second way, and its figures."""

import numpy as np
import pytest
import torch
from crowding import crowded
from notebook_cells import run_cells, source
from scipy import ndimage
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import norm, rayleigh

from course_utils import data, normals, weights
from course_utils.exercises import latent_variable_models as ex
from course_utils.figures import hidden_causes
from course_utils.likelihoods import Bernoulli

NOTEBOOK = "08_latent_variable_models"
TOLD = {"np": np, "torch": torch, "weights": weights, "rng": np.random.default_rng(0)}
Z = np.linspace(-10, 10, 20_001)
DZ = Z[1] - Z[0]
PRIOR, LIKELIHOOD = norm.pdf(Z), norm.pdf(1, Z, np.sqrt(0.5))  # the toy, x = 1


@pytest.fixture(scope="module")
def digits():
    return data.load("mnist_small")


@pytest.fixture(scope="module")
def threes(digits):
    pictures = digits.test_images.numpy().astype(float).reshape(-1, 28, 28)
    return pictures[digits.test_labels.numpy() == 3]


@pytest.fixture(scope="module")
def three(digits):
    return digits.test_images[687].numpy().astype(float).reshape(28, 28)


def far(a, b):
    return ((a - b) ** 2).sum()


def moved(picture, right, down):
    return ndimage.shift(picture, (down, right), order=1)


def broken(picture):
    gap = picture.copy()
    gap[17:21, 14:] = 0
    return gap


def test_evidence_of_the_toy():
    by_quadrature, _ = quad(lambda z: norm.pdf(z) * norm.pdf(1, z, 0.5**0.5), -20, 20)
    assert by_quadrature == pytest.approx(0.233399, abs=1e-6)
    assert norm.pdf(1, 0, 1.5**0.5) == pytest.approx(by_quadrature, abs=1e-9)


@pytest.mark.parametrize(
    "mean, variance, naive",
    [(0, 1, 0.233399), (0.5, 0.64, 0.334840), (2 / 3, 1 / 3, 0.408835),
     (1, 0.01, 0.558631)],
)  # fmt: skip
def test_weights_restore_the_evidence(mean, variance, naive):
    q = norm.pdf(Z, mean, np.sqrt(variance))
    assert np.sum(q * LIKELIHOOD) * DZ == pytest.approx(naive, abs=1e-6)
    log_w = ex.weight.expected(norm.logpdf(Z), np.log(LIKELIHOOD), np.log(q + 1e-300))
    whole = variance > 0.1  # else most of the integral lies where q is 0 in a float
    if whole:
        assert np.sum(q * np.exp(log_w)) * DZ == pytest.approx(0.233399, abs=1e-6)


def test_mean_under_the_posterior_overestimates():
    posterior = PRIOR * LIKELIHOOD / (np.sum(PRIOR * LIKELIHOOD) * DZ)
    second, first = (np.sum(PRIOR * LIKELIHOOD**k) for k in (2, 1))
    assert np.sum(posterior * LIKELIHOOD) * DZ == pytest.approx(second / first)
    assert second / first > first * DZ


def normal(x, mean, variance):
    return norm.pdf(x, mean, np.sqrt(variance))


@pytest.fixture(scope="module")
def table():
    """The table of useful guesses, as the lesson computes it."""
    names = {"np": np, "normal": normal, "ess": ex.useful.expected}
    return run_cells(NOTEBOOK, "useful-table", **names)


def test_exact_share_of_useful_guesses(table):
    weight, cut = lambda z: norm.pdf(1, z, 0.1**0.5), {"points": [1], "limit": 200}
    first, second = (
        quad(lambda z, k=k: norm.pdf(z) * weight(z) ** k, -12, 12, **cut)[0]
        for k in (1, 2)
    )
    for J, useful in {1: 27022, 2: 7302, 5: 144.1, 10: 0.2075, 20: 4.307e-7}.items():
        assert 1e5 * table["exact_share"](J) == pytest.approx(useful, rel=1e-3)
        assert 1e5 * (first**2 / second) ** J == pytest.approx(useful, rel=1e-3)


def test_sampled_share_flatters_where_none_is_useful(table):
    sampled = table["prior_ess"]
    assert list(sampled.values()) == sorted(sampled.values(), reverse=True)
    for J in (1, 2, 5):
        assert sampled[J] == pytest.approx(1e5 * table["exact_share"](J), rel=0.3)
    for J in (10, 20):
        assert sampled[J] >= 1 > 1e5 * table["exact_share"](J)
    assert min(table["near_ess"].values()) > 15_000


def test_the_bell_of_the_lesson_is_the_package_s():
    space = dict(np=np)
    exec(source(NOTEBOOK, "average").split("\n\n\n")[0], space)
    for x, mean, variance in [(1.0, Z, 0.5), (Z, 2 / 3, 1 / 3), (0.0, 0.0, 9.0)]:
        ours = space["normal"](x, mean, variance)
        assert ours == pytest.approx(normals.normal(x, mean, variance), rel=1e-12)


def test_ring_and_its_hole():
    g = run_cells(NOTEBOOK, "ring-draws", **TOLD)["g"]
    radius = np.linalg.norm(
        g(np.random.default_rng(1).normal(size=(200_000, 2))), axis=1
    )
    exact = rayleigh(loc=1, scale=0.1)
    assert (exact.mean(), exact.std()) == pytest.approx((1.125331, 0.065514), abs=1e-6)
    assert exact.ppf([0.01, 0.5, 0.99]) == pytest.approx(
        [1.014178, 1.117741, 1.303485], abs=1e-6
    )
    assert (radius.mean(), radius.std()) == pytest.approx((1.1253, 0.0655), abs=1e-3)
    assert radius.min() > 1
    left, right = g(np.array([[-1e-6, 0], [1e-6, 0]]))
    assert left[0] == pytest.approx(-1, abs=1e-5) and right[0] > 0.99


def test_broken_three_is_nearer_than_the_shifted_one(three):
    right, both = moved(three, 0.5, 0), moved(three, 0.5, 0.5)
    distances = far(three, broken(three)), far(three, right), far(three, both)
    assert distances == pytest.approx((4.23, 6.56, 18.98), abs=0.01)


def test_other_threes_depend_on_the_shift(threes):
    verdicts = []
    for picture in threes:
        top, bottom = np.flatnonzero(picture.sum(1))[[0, -1]]
        gap, middle = picture.copy(), (top + 3 * bottom) // 4
        gap[middle - 2 : middle + 2, 14:] = 0
        shifts = moved(picture, 0.5, 0.5), moved(picture, 0.5, 0)
        verdicts.append([far(picture, gap) < far(picture, other) for other in shifts])
    both, right = np.mean(verdicts, axis=0)
    assert len(verdicts) > 100 and both > 0.75 and right < 0.25


def test_log_ratio_grows_as_sigma_shrinks():
    for sigma, nats in {1: 0.1153, 0.3: 1.281111, 0.1: 11.53, 0.05: 46.12}.items():
        near, off = (norm.logpdf(np.sqrt(d), 0, sigma) for d in (0.0387, 0.2693))
        assert near - off == pytest.approx(nats, abs=1e-6)


def test_log_density_is_affine_in_the_squared_error(three):
    errors, logs = [], []
    for right in (0, 0.25, 0.5, 1, 2):
        centre = moved(three, right, 0)
        errors.append(far(three, centre))
        logs.append(norm.logpdf(three, centre, 0.3).sum())
    slope, constant = np.polyfit(errors, logs, 1)
    assert slope == pytest.approx(-1 / (2 * 0.3**2))
    assert constant == pytest.approx(-784 / 2 * np.log(2 * np.pi * 0.3**2))


def test_shift_as_a_cause_turns_the_verdict(three):
    steps = np.arange(-2, 2.1, 0.25)
    causes = {(r, d): moved(three, r, d) for r in steps for d in steps}
    total = sum(norm.pdf(steps)) ** 2

    def log_p(x):
        return np.logaddexp.reduce(
            [
                norm.logpdf(at).sum() - np.log(total) - far(x, centre) / 0.02
                for at, centre in causes.items()
            ]
        )

    shifted, gap = log_p(moved(three, 0.5, 0.5)), log_p(broken(three))
    assert far(three, broken(three)) < far(three, moved(three, 0.5, 0.5))
    assert shifted > gap + 200
    assert shifted == pytest.approx(log_p(three), abs=1)


@pytest.mark.parametrize(
    "kinds, means, steps, low, high",
    [((1, 0), (10, 11), 30, 0.92, 0.95), ((1, 7, 0), (6, 12, 18), 100, 0.65, 0.8)],
)
def test_em_raises_the_likelihood_and_finds_digits(
    digits, kinds, means, steps, low, high
):
    labels = digits.train_labels.numpy()
    chosen = np.isin(labels, kinds)
    x, labels = 100 * digits.train_images.numpy()[chosen].mean(1), labels[chosen]
    p, means, sds = np.full(len(kinds), 1 / len(kinds)), np.array(means, float), 5.0
    averages = []
    for _ in range(steps):
        averages.append(np.log(norm.pdf(x[:, None], means, sds) @ p).mean())
        share = ex.e_step.expected(x, p, means, sds)
        total = share.sum(0)
        p, means = total / len(x), x @ share / total
        sds = np.sqrt(((x[:, None] - means) ** 2 * share).sum(0) / total)
    assert (np.diff(averages) > -1e-12).all()
    assert low < np.mean(np.array(kinds)[share.argmax(1)] == labels) < high


def test_walker_and_fitted_bell_find_the_posterior():
    walk = run_cells(NOTEBOOK, "chain-code", np=np, x=1.0)
    rng = np.random.default_rng(5)
    path, taken = walk["walk"](walk["toy_joint"], np.array([-3.0]), 1.0, 20_000, rng)
    assert (path[200:].mean(), path[200:].var()) == pytest.approx(
        (2 / 3, 1 / 3), abs=0.03
    )
    assert 0.4 < taken < 0.7

    def gap(bell):  # KL(q || p(z|x)), up to log p(x)
        q = norm.pdf(Z, bell[0], np.exp(bell[1])) + 1e-300
        return np.sum(q * np.log(q / (PRIOR * LIKELIHOOD))) * DZ

    mean, log_sd = minimize(gap, [0, 0], method="Nelder-Mead").x
    assert (mean, np.exp(2 * log_sd)) == pytest.approx((2 / 3, 1 / 3), abs=1e-3)


def test_decoders_grid_agrees_with_weighted_guesses(three):
    cells = run_cells(NOTEBOOK, "decoders", **TOLD, three=three)
    two, x = cells["two"], cells["x_three"]
    axis, step = np.linspace(-4, 4, 120, retstep=True)
    z = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    by_hand = -Bernoulli().nll(two.decode(torch.tensor(z[:3]).float()), x.expand(3, -1))
    assert cells["log_lik"](two, z[:3]) == pytest.approx(by_hand.detach(), abs=1e-2)
    joint = norm.logpdf(z).sum(1) + cells["log_lik"](two, z)
    grid = np.logaddexp.reduce(joint) + 2 * np.log(step)
    with torch.no_grad():
        mu, log_var = (a.double().numpy()[0] for a in two.encode(x[None]))
    sd = 1.5 * np.exp(log_var / 2)
    z = np.random.default_rng(0).normal(mu, sd, (10_000, 2))
    log_w = ex.weight.expected(
        norm.logpdf(z).sum(1), cells["log_lik"](two, z), norm.logpdf(z, mu, sd).sum(1)
    )
    assert ex.estimate.expected(log_w) == pytest.approx(grid, abs=0.5)
    axes = np.linspace(-0.7, 0, 80), np.linspace(0.9, 1.6, 80)  # where the posterior is
    spot = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2)
    joint = norm.logpdf(spot).sum(1) + cells["log_lik"](two, spot)
    share = np.exp(joint - np.logaddexp.reduce(joint))
    spread = np.sqrt(share @ (spot - share @ spot) ** 2)
    assert spread == pytest.approx((0.038, 0.050), abs=0.002)


def figures(three):
    rng = np.random.default_rng(0)
    gap, both = broken(three), moved(three, 0.5, 0.5)
    p, means, sds = (
        np.array([0.5, 0.2, 0.3]),
        np.array([7, 12, 18]),
        np.array([2, 3, 4]),
    )
    causes, x = ex.story.expected(rng.random(90), rng.normal(size=90), p, means, sds)
    yield hidden_causes.few_causes(
        ("1", "7", "0"), (p, means, sds), np.stack([three] * 3), (causes, x), x
    )
    yield hidden_causes.knobs(three, both)
    yield hidden_causes.shifted_and_broken(three, gap, both, (1, 0.3, 0.1, 0.05))
    for J in (1, 20):
        z = rng.normal(size=(50, J))
        yield hidden_causes.guess_plane(z, np.ones(50), 1, 0.1, useful=1.2)
    plane = rng.normal(size=(30, 2)), np.ones(30), 0.07
    counts = {1: 27022.0, 2: 7302.0, 5: 147.0, 10: 3.6, 20: 1.2}
    yield hidden_causes.useful_guesses(
        (plane, plane),
        counts,
        dict.fromkeys(counts, 20455.0),
        total=100_000,
        x=1,
        noise=0.1,
    )


def test_no_words_of_a_figure_collide(three):
    assert [complaint for fig in figures(three) for complaint in crowded(fig)] == []


def test_figures_name_what_does_not_fit(three):
    z = np.ones((8, 2))
    with pytest.raises(ValueError, match=r"\(8, 2\), \(8, 2\), \(7, 2\)"):
        hidden_causes.continuum(z, z, z[:7], np.ones((4, 4)), sigma=0.1)
    with pytest.raises(ValueError, match=r"\(28, 28\) and \(784,\)"):
        hidden_causes.knobs(three, three.ravel())
    with pytest.raises(ValueError, match="nearer"):
        both = moved(three, 0.5, 0.5)
        hidden_causes.shifted_and_broken(three, both, broken(three), (1, 0.1))
    with pytest.raises(ValueError, match=r"\(2,\)"):
        two = (np.ones(2),) * 3
        hidden_causes.few_causes("10", two, [three] * 2, ([0, 1], [5, 9]), [5, 9])
