"""Cross-entropy and KL: what lesson 02 says, and its figures and widgets."""

import heapq
import math

import numpy as np
import pytest
from crowding import crowded
from hypothesis import given
from hypothesis import strategies as st
from notebook_cells import run_cells
from scipy import integrate, optimize, stats

from course_utils import information
from course_utils.exercises import cross_entropy_and_kl as ex
from course_utils.figures import areas, divergence
from course_utils.information import kl_divergence
from course_utils.pngs import png
from course_utils.widgets import explorer, float_slider

NOTEBOOK = "02_cross_entropy_and_kl"
FRUIT, TURNED = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
RNG = np.random.default_rng(0)
PAIRS = [RNG.dirichlet(np.ones(n), size=2) for n in (2, 3, 5, 10, 100)]
WITH_ZEROS = [
    np.array([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]]),
    np.array([[0.5, 0.3, 0.2], [0.5, 0.5, 0.0]]),  # infinite
    np.array([[1.0, 0.0], [0.0, 1.0]]),  # infinite
]
WALK = np.linspace(0.01, 0.9, 50)


@pytest.fixture(scope="module")
def humps():
    """The lesson's two humps and its search for the best bell."""
    names = {"np": np, "stats": stats, "optimize": optimize}
    widgets = {"divergence": divergence, "float_slider": float_slider}
    widgets |= {"explorer": lambda *_: None, "show_widget": lambda *_: None}
    widgets |= {"ToggleButtons": lambda **_: None}
    return run_cells(NOTEBOOK, "hump-widget", "fits", **names, **widgets)


@pytest.mark.parametrize("p, q", [*PAIRS, *WITH_ZEROS])
def test_the_adopted_functions_are_the_packages(p, q):
    wanted = information.cross_entropy(p, q)
    assert ex.cost.expected(p, q) == pytest.approx(wanted, rel=1e-12)
    stack = ex.cost.expected(np.array([p, q]), np.array([q, q]))
    assert stack == pytest.approx([wanted, information.entropy(q)], rel=1e-12)
    mu_p, sigma_p, mu_q, sigma_q = RNG.uniform(0.3, 3, 4)
    ours = ex.gaussian_kl.expected(mu_p, sigma_p, mu_q, sigma_q)
    theirs = information.gaussian_kl(mu_p, sigma_p, mu_q, sigma_q)
    assert ours == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("p, q", PAIRS)
def test_kl_in_all_its_forms(p, q):
    kl = kl_divergence(p, q)
    gap = information.cross_entropy(p, q) - information.entropy(p)
    assert [gap, -np.sum(p * np.log(q / p))] == pytest.approx([kl, kl], abs=1e-12)
    uniform = np.full(len(p), 1 / len(p))
    assert information.cross_entropy(p, uniform) == pytest.approx(math.log(len(p)))
    assert kl >= np.abs(p - q).sum() ** 2 / 2  # Pinsker
    along = [kl_divergence(p, p + a * (q - p)) for a in WALK]  # the third proof
    steps = [np.sum(a * (q - p) ** 2 / (p + a * (q - p))) for a in WALK]
    assert np.gradient(along, WALK)[1:-1] == pytest.approx(steps[1:-1], rel=0.05)
    assert min(steps) > 0


@pytest.mark.parametrize(
    "base, fruits, balls",
    [
        (math.e, (0.068960, 0.070240), (0.637146, 1.614463)),
        (2, (0.099487, 0.101335), (0.919207, 2.329178)),
        (10, (0.029949, 0.030505), (0.276709, 0.701152)),
    ],
)
def test_fruits_and_balls_both_ways(base, fruits, balls):
    alike, rare, fair = np.full(3, 1 / 3), [0.01, 0.99], [0.5, 0.5]
    for (p, q), wanted in (((FRUIT, alike), fruits), ((rare, fair), balls)):
        both = kl_divergence(p, q, base=base), kl_divergence(q, p, base=base)
        assert both == pytest.approx(wanted, abs=1e-6)
    crossed = information.cross_entropy(fair, rare, base=2)
    assert crossed == pytest.approx(3.329178, abs=5e-7)


def test_blocks_of_more_than_five_waste_more(capsys):
    run_cells(
        NOTEBOOK,
        "block-codes",
        np=np,
        heapq=heapq,
        ceil=math.ceil,
        log2=math.log2,
        fruit=FRUIT,
    )
    waste = [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines()]
    wanted = [0.1085, 0.1762, 0.2246, 0.1358, 0.1779, 0.1116]
    assert waste[4:] == pytest.approx(wanted, abs=1e-4)
    assert min(waste) == waste[4] > 0.0995


def test_standard_errors_keep_their_promise():
    log_ratio = np.log2(3 * FRUIT)
    runs = log_ratio[np.random.default_rng(3).choice(3, size=(2000, 400), p=FRUIT)]
    means, errors = np.transpose([ex.sampled.expected(run) for run in runs])
    inside = np.abs(means - FRUIT @ log_ratio) < 1.96 * errors
    assert 0.93 < inside.mean() < 0.97


@given(st.integers(2, 4), st.integers(2, 4), st.integers(0, 1000))
def test_chain_rule(rows, columns, seed):
    tables = np.random.default_rng(seed).dirichlet(np.ones(rows * columns), 2)
    p, q = tables.reshape(2, rows, columns)
    today = kl_divergence(p.sum(1), q.sum(1))
    both = kl_divergence(p.ravel(), q.ravel())
    assert today + ex.tomorrow.expected(p, q) == pytest.approx(both, rel=1e-9)
    assert today <= both + 1e-12
    apart = np.outer(p.sum(1), p.sum(0)), np.outer(q.sum(1), q.sum(0))
    added = today + kl_divergence(p.sum(0), q.sum(0))
    assert kl_divergence(*map(np.ravel, apart)) == pytest.approx(added, rel=1e-9)


@pytest.mark.parametrize("p, q", PAIRS)
def test_mean_of_binary_terms_lacks_the_second_question(p, q):
    names = {"np": np, "fruit": FRUIT, "upside_down": TURNED}
    names["cross_entropy"] = ex.cost.expected
    binary_mean = run_cells(NOTEBOOK, "binary", **names)["binary_mean"]
    rest = []
    for i, (a, b) in enumerate(zip(p, q, strict=True)):
        others = np.delete(p, i) / (1 - a), np.delete(q, i) / (1 - b)
        rest.append((1 - a) * information.cross_entropy(*others))
    whole = information.cross_entropy(p, q)
    assert binary_mean(p, q) + np.mean(rest) == pytest.approx(whole, rel=1e-9)
    assert (np.mean(rest) > 1e-3) == (len(p) > 2)


def test_integral_and_formula_agree_for_bells():
    for a, b, c, d in RNG.uniform([-3, 0.5, -3, 0.5], 3, size=(20, 4)):
        p, q = stats.norm(a, b), stats.norm(c, d)

        def charge(x, p=p, q=q):
            return p.pdf(x) * (p.logpdf(x) - q.logpdf(x))

        area = integrate.quad(charge, a - 12 * b, a + 12 * b, epsabs=1e-11)[0]
        assert area == pytest.approx(ex.gaussian_kl.expected(a, b, c, d), abs=1e-8)
    metres = information.gaussian_kl(0, 1, 1, 2)
    assert information.gaussian_kl(0, 1000, 1000, 2000) == pytest.approx(metres)


def test_bells_and_humps(humps):
    x, kl, log_humps = humps["x"], humps["kl"], humps["log_humps"]
    one = kl(log_humps(0), stats.norm.logpdf(x, 1, 2))
    assert one == pytest.approx(information.gaussian_kl(0, 1, 1, 2), abs=1e-9)
    mu, sigma, _ = humps["best_bell"](False, log_humps(4), 0, 4)
    assert [mu, sigma**2] == pytest.approx([-0.8, 16.36], abs=0.01)
    for start, share in ((-4, 0.6), (4, 0.4)):
        mu, sigma, nats = humps["best_bell"](True, log_humps(4), start, 1)
        assert [mu, sigma, nats] == pytest.approx(
            [start, 1, -math.log(share)], abs=0.01
        )


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("mu, sigma, gap", [(0, 1.5, 4), (-6, 0.5, 5), (6, 6, 0)])
def test_hump_widget_has_room_for_its_words(humps, direction, mu, sigma, gap):
    fig = humps["one_bell"](direction, mu, sigma, gap)
    assert crowded(fig) == []
    assert any("nats" in ax.get_title(loc="left") for ax in fig.axes)


def test_hump_widget_follows_direction_and_bell(humps):
    pictures = [
        png(humps["one_bell"](direction, mu, 1.5, gap))
        for direction, mu, gap in [
            ("forward", 0, 4),
            ("reverse", 0, 4),
            ("reverse", 1, 4),
            ("reverse", 1, 2),
        ]
    ]
    assert len(set(pictures)) == 4


def test_figures_have_room_for_their_words(humps):
    x = humps["x"]
    bells = {"wide": stats.norm.logpdf(x, -0.8, 4), "narrow": stats.norm.logpdf(x, -4)}
    assert crowded(divergence.two_ways(x, humps["log_p"], bells, title="A title")) == []
    assert crowded(divergence.never_negative(FRUIT, TURNED)) == []
    with pytest.raises(ValueError, match="above 0"):
        divergence.never_negative(FRUIT, [0.5, 0.5, 0])


def test_forecast_widget_moves_and_refuses():
    names = {"areas": areas, "explorer": explorer, "float_slider": float_slider}
    names["show_widget"] = lambda *_: None
    space = run_cells(NOTEBOOK, "hook", **names)
    for sun, rain in [(0.1, 0.1), (0.1, 0.3), (0.45, 0.25), (0.6, 0.3), (0.8, 0.1)]:
        assert crowded(space["surplus"](sun, rain)) == []
    sun, rain = space["forecast"].values()
    *_, note, picture = space["box"].children
    before = picture.value
    sun.value = 0.4
    assert picture.value != before and note.value == ""
    before, rain.value = picture.value, 0.8
    assert "lower one" in note.value and picture.value == before
