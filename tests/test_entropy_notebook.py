"""What lesson 01 claims, held a second way; its figures and its widget."""

import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
from crowding import crowded
from notebook_cells import run_cells, source
from scipy import stats

from course_utils import information
from course_utils.exercises import entropy as ex
from course_utils.figures import codes
from course_utils.pngs import png

NOTEBOOK = "01_entropy"
FRUITS = {"banana": 0.5, "strawberry": 0.3, "grape": 0.2}
RARE = np.array([0.01, 0.99])
entropy, mean_length = ex.entropy.expected, ex.length.expected
rng = np.random.default_rng(0)


@pytest.fixture(scope="module")
def book():
    """What the lesson defines, with the course's own functions for the learner's."""
    names = {"show": lambda fig, alt: plt.close(fig), "show_widget": lambda *_: None}
    space = run_cells(NOTEBOOK, "setup")
    space |= names | {"entropy": entropy, "mean_length": mean_length}
    space["p1"], space["rare"] = np.array([*FRUITS.values()]), RARE
    for cell in ("hook", "surprise", "huffman", "runs", "density", "chains", "shared"):
        exec(compile(source(NOTEBOOK, cell), cell, "exec"), space)
    return space


def test_notebook_and_package_agree(book):
    for p in rng.dirichlet(np.ones(5), size=20):
        p[p < 0.05] = 0
        p /= p.sum()
        for base in (2, math.e, 10):
            assert entropy(p, base) == pytest.approx(information.entropy(p, base=base))
            assert entropy(p, base) == pytest.approx(stats.entropy(p, base=base))
            surprises = book["surprise"](p[p > 0], base)
            assert np.allclose(surprises, information.surprise(p[p > 0], base=base))


@pytest.mark.parametrize(
    "p, decimal, bits, nats",
    [
        ([0.5, 0.3, 0.2], 0.447173, 1.485475, 1.029653),
        ([1 / 3, 1 / 3, 1 / 3], 0.477121, 1.584963, 1.098612),
        ([0.01, 0.99], 0.024321, 0.080793, 0.056002),
        ([0.5, 0.5], 0.301030, 1.0, 0.693147),
    ],
)
def test_pockets(p, decimal, bits, nats):
    values = [entropy(np.array(p), base) for base in (10, 2, math.e)]
    assert values == pytest.approx([decimal, bits, nats], abs=5e-7)


def test_only_the_logarithm_adds_up(book):
    p, q = rng.uniform(0.001, 1, (2, 1000))
    for surprise, adds in (
        (lambda p: book["surprise"](p, 2), True),
        (lambda p: 1 - p, False),
        (lambda p: 1 / p, False),
    ):
        gap = np.abs(surprise(p * q) - surprise(p) - surprise(q)).max()
        assert (gap < 1e-12) if adds else (gap > 0.9)
    assert book["surprise"](0.001, 2) == pytest.approx(9.965784, abs=5e-7)


def test_other_heights_never_shrink_the_area():
    for p, q in zip(*rng.dirichlet(np.ones(6), size=(2, 1000)), strict=True):
        assert 0 <= entropy(p, math.e) <= min(p @ np.log(1 / q), math.log(6)) + 1e-12
    assert entropy(np.full(6, 1 / 6), math.e) == pytest.approx(math.log(6))


def test_one_column_is_largest_at_one_over_e():
    p = np.linspace(0.001, 1, 100_001)
    largest = p[np.argmax(p * np.log2(1 / p))]
    assert largest == pytest.approx(ex.widest.expected, abs=1e-5)


def test_huffman_between_its_bounds_and_read_back(book):
    for p in rng.dirichlet(np.ones(8), size=200):
        words = book["huffman"](p)
        assert sum(0.5 ** len(word) for word in words) == pytest.approx(1)
        h, length = entropy(p, 2), mean_length(p, words)
        assert h <= length <= ex.rounded_up.expected(p) < h + 1
        assert not any(b.startswith(a) for a, b in itertools.permutations(words, 2))
    halves = np.array([0.5, 0.25, 0.125, 0.125])
    assert mean_length(halves, book["huffman"](halves)) == entropy(halves, 2) == 1.75
    words = book["huffman"]([*FRUITS.values()])
    sent = rng.choice(3, size=5000, p=[*FRUITS.values()]).tolist()
    got, word = [], ""
    for digit in "".join(words[k] for k in sent):
        word += digit
        if word in words:
            got, word = [*got, words.index(word)], ""
    assert got == sent


def test_no_order_of_questions_beats_the_widget_or_the_area(book):
    for counts in itertools.product(range(6), repeat=3):
        if not any(counts):
            continue
        p = np.array([n for n in counts if n]) / sum(counts)
        title = book["questions"](*counts).axes[0].texts[0].get_text()
        asked, area = (float(word) for word in title.split() if word[0].isdigit())
        best = min(
            q @ ([1, 2, 2][: len(q)] if len(q) > 2 else [len(q) - 1.0] * len(q))
            for q in map(np.array, itertools.permutations(p))
        )
        assert asked == pytest.approx(best, abs=6e-4)
        assert area == pytest.approx(entropy(p, 2), abs=6e-4) and asked >= area
    with pytest.raises(ValueError, match="empty"):
        book["questions"](0, 0, 0)
    orders = {"grape first": [2, 2, 1], "strawberry first": [2, 1, 2]}
    lengths = {name: np.dot([*FRUITS.values()], n) for name, n in orders.items()}
    assert lengths["grape first"] == pytest.approx(ex.questions.expected)


def test_runs_of_balls(book):
    h = entropy(RARE, 2)
    for n, digits in {1: 1.0, 2: 0.51495, 5: 0.226258, 10: 0.136152}.items():
        assert book["per_ball"][n] == pytest.approx(digits, abs=5e-7)
        assert entropy(book["runs"](RARE, n), 2) == pytest.approx(n * h)
        assert h < digits < h + 1 / n


def test_densities(book):
    h = book["differential_entropy"]
    assert h(stats.uniform(0, 0.1)) == pytest.approx(-2.302585, abs=5e-7)
    assert math.copysign(1, h(stats.uniform())) == 1, "0 and not -0"
    for sigma in (0.2, 1.0, 3.0, 10.0, 100.0):
        bell = h(stats.norm(0, sigma))
        assert bell == pytest.approx(information.gaussian_entropy(sigma), abs=1e-8)
        assert bell > h(stats.uniform(0, sigma * math.sqrt(12)))
    for f in (stats.norm, stats.uniform, stats.expon):
        assert h(f(scale=1000)) - h(f()) == pytest.approx(math.log(1000), abs=1e-6)
    assert ex.leaf.expected == pytest.approx(-1.2 + h(stats.uniform(0, 1000)))
    wanted = {"norm": 1.418939, "logistic": 1.404576, "laplace": 1.346574}
    for name, value in {**wanted, "uniform": 1.242453}.items():
        f = getattr(stats, name)
        assert h(f(scale=1 / f.std())) == pytest.approx(value, abs=5e-7)
    for a, b in [(2, 2), (2, 5), (0.5, 0.5)]:
        assert h(stats.beta(a, b)) == pytest.approx(float(stats.beta(a, b).entropy()))
        assert h(stats.beta(a, b)) < 0


def test_bins_are_a_floor_and_what_stays():
    for width in 2.0 ** -np.arange(3, 9):
        p = np.diff(stats.norm.cdf(np.arange(-12, 12 + width, width)))
        stays = entropy(p, math.e) - math.log(1 / width)
        assert stays == pytest.approx(1.418939, abs=width**2 / 10)


def test_shared_bits(book):
    joint = book["joint"]
    both = entropy(joint.ravel(), 2)
    weather, umbrella = entropy(joint.sum(1), 2), entropy(joint.sum(0), 2)
    assert [both, weather, umbrella] == pytest.approx([1.75, 1.5, 0.954434], abs=5e-7)
    assert both - weather == pytest.approx(ex.umbrella.expected)
    independent = np.outer(joint.sum(1), joint.sum(0))
    kl = information.kl_divergence(joint.ravel(), independent.ravel(), base=2)
    assert weather + umbrella - both == pytest.approx(kl)


def test_entropy_rises_only_where_columns_sum_to_one_too(book):
    rising, falling = book["M"]["mixing"], book["M"]["falling"]
    assert np.allclose(rising.sum(0), 1) and not np.allclose(falling.sum(0), 1)
    for _ in range(200):  # a mean of shuffles is doubly stochastic
        shuffles = [np.eye(4)[rng.permutation(4)] for _ in range(3)]
        M, p = (
            np.tensordot(rng.dirichlet(np.ones(3)), shuffles, 1),
            rng.dirichlet([1] * 4),
        )
        assert entropy(p @ M, 2) >= entropy(p, 2) - 1e-12
    p, path = np.full(3, 1 / 3), []
    for _ in range(40):
        path.append(entropy(p, math.e))
        p = p @ falling
    assert path[:3] == pytest.approx([1.0986, 1.0114, 0.8240], abs=5e-5)
    assert (np.diff(path) < 0).all() and path[-1] < 1e-4


@pytest.mark.parametrize(
    "make",
    [
        lambda: codes.game(FRUITS, {"banana": "0", "strawberry": "10", "grape": "11"}),
        lambda: codes.game({"grape": 1.0}, {"grape": ""}),
        lambda: codes.game(
            {"grape": 0.55, "banana": 0.3, "strawberry": 0.15},
            {"grape": "0", "banana": "10", "strawberry": "11"},
        ),
        lambda: codes.tree(
            FRUITS, {"banana": "0", "strawberry": "11", "grape": "10"}, title="A code"
        ),
        lambda: codes.shared(
            [[1 / 2, 0], [1 / 8, 1 / 8], [0, 1 / 4]],
            ["sun", "cloud", "rain"],
            "weather",
            "umbrella",
        ),
    ],
)
def test_figures_can_be_read(make):
    fig = make()
    assert crowded(fig) == []
    assert png(fig) == png(make())
