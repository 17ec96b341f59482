"""The data sets, the three binarisations, and what is refused."""

import hashlib
from collections import Counter
from pathlib import Path

import made_mnist
import mnist_small
import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from course_utils import data, mnist
from course_utils.data import BINARISATIONS, Dataset, load
from course_utils.likelihoods import Bernoulli, Binomial, GreyCrossEntropy

README = (Path(__file__).resolve().parents[1] / "data" / "README.md").read_text()
SIZES = {
    "mnist_small": (6000, 1000, (28, 28)),
    "mnist": (40, 12, (28, 28)),  # the made set
    "digits": (1437, 360, (8, 8)),
}


@pytest.fixture(autouse=True)
def made_set(monkeypatch, tmp_path):
    """MNIST is the small made set here, and there is no network."""
    monkeypatch.setattr(mnist, "FILES", made_mnist.place(tmp_path))
    monkeypatch.setattr(mnist, "MIRRORS", ())
    monkeypatch.setenv("VAE_COURSE_CACHE", str(tmp_path))
    monkeypatch.delenv("VAE_COURSE_DATA", raising=False)


@pytest.mark.parametrize("binarisation", BINARISATIONS)
@pytest.mark.parametrize("name", SIZES)
def test_contract(name, binarisation):
    dataset = load(name, binarisation=binarisation)
    train, test, shape = SIZES[name]
    assert (dataset.name, dataset.binarisation) == (name, binarisation)
    assert dataset.image_shape == shape and dataset.pixels == shape[0] * shape[1]
    assert dataset.train_images.shape == (train, dataset.pixels)
    assert dataset.test_images.shape == (test, dataset.pixels)
    assert dataset.train_labels.shape == (train,)
    for images in (dataset.train_images, dataset.test_images):
        assert images.dtype == torch.float32 and images.is_contiguous()
    for labels in (dataset.train_labels, dataset.test_labels):
        assert labels.dtype == torch.int64 and 0 <= labels.min() <= labels.max() <= 9
    dataset.likelihood.check(dataset.test_images)
    ready = dataset.train_images
    dataset.likelihood.check(dataset.prepare(ready) if dataset.prepare else ready)


def test_digits_are_scikit_learns_each_once_and_shuffled():
    def pairs(images, labels):
        """Each image's bytes with its label, and how often they occur."""
        rows = np.asarray(images, np.uint8)
        return Counter((r.tobytes(), int(n)) for r, n in zip(rows, labels, strict=True))

    bunch, dataset = load_digits(), load("digits")
    train = pairs(dataset.train_images * 16, dataset.train_labels)
    test = pairs(dataset.test_images * 16, dataset.test_labels)
    assert train + test == pairs(bunch.data, bunch.target)
    both = torch.cat([dataset.train_labels, dataset.test_labels]).numpy()
    assert (both == bunch.target).mean() < 0.2, "still in scikit-learn's order"
    assert dataset.test_labels.bincount().min() >= 20  # of 36 on average


def test_likelihoods():
    assert load("digits").likelihood == Binomial(16)
    assert load("mnist").likelihood == GreyCrossEntropy()
    assert load("mnist_small").likelihood == GreyCrossEntropy()
    for name in SIZES:
        for binarisation in ("fixed", "stochastic"):
            assert load(name, binarisation=binarisation).likelihood == Bernoulli()


@pytest.mark.parametrize("name", SIZES)
def test_fixed_is_the_threshold(name):
    grey, fixed = load(name), load(name, binarisation="fixed")
    assert fixed.prepare is None
    for part in ("train_images", "test_images"):
        expected = (getattr(grey, part) >= 0.5).float()
        assert torch.equal(getattr(fixed, part), expected)


@pytest.mark.parametrize("name", SIZES)
def test_stochastic_draws_afresh_and_tests_on_one_draw(name):
    grey = load(name)
    dataset = load(name, binarisation="stochastic")
    again = load(name, binarisation="stochastic")
    assert torch.equal(dataset.train_images, grey.train_images)
    assert torch.equal(dataset.test_images, again.test_images)
    torch.manual_seed(0)
    first, second = (dataset.prepare(dataset.train_images) for _ in range(2))
    assert not torch.equal(first, second)
    torch.manual_seed(0)
    assert torch.equal(first, dataset.prepare(dataset.train_images))
    few = dataset.train_images[:20]
    draws = torch.stack([dataset.prepare(few) for _ in range(400)])
    error = (draws.mean(0) - few).abs().max()
    assert error < 5.5 * 0.5 / 400**0.5  # 5.5 standard errors at p = 1/2


def test_loading_leaves_the_global_random_numbers_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    for name in SIZES:
        load(name, binarisation="stochastic")
    assert torch.equal(torch.rand(3), expected)


def test_mnist_keeps_order_and_orientation():
    train, train_labels, test, test_labels = made_mnist.arrays()
    dataset = load("mnist")
    for found, expected in [(dataset.train_images, train), (dataset.test_images, test)]:
        pictures = found.reshape(-1, 28, 28).numpy()
        np.testing.assert_allclose(pictures, expected / 255, atol=1e-7)
    assert dataset.train_labels.tolist() == train_labels.tolist()
    assert dataset.test_labels.tolist() == test_labels.tolist()


@pytest.mark.parametrize(
    "fraction, number", [(1, 40), (0.5, 20), (0.07, 3), (0.25, 10), (1e-9, 1)]
)
def test_fraction_keeps_the_first_and_the_whole_test_set(fraction, number):
    whole, part = load("mnist"), load("mnist", fraction=fraction)
    assert torch.equal(part.train_images, whole.train_images[:number])
    assert torch.equal(part.train_labels, whole.train_labels[:number])
    assert torch.equal(part.test_images, whole.test_images)


@pytest.mark.parametrize("fraction", [0, -0.1, 1.01, float("nan"), "0.5", None, [1]])
def test_other_fractions_are_refused(fraction):
    with pytest.raises(ValueError, match="fraction") as caught:
        load("mnist", fraction=fraction)
    assert repr(fraction) in str(caught.value)


def test_unknown_names_are_refused(monkeypatch):
    with pytest.raises(ValueError, match="'cifar'.*mnist_small"):
        load("cifar")
    with pytest.raises(ValueError, match="'gray'.*'grey'"):
        load("digits", binarisation="gray")
    monkeypatch.setenv("VAE_COURSE_DATA", "cifar")
    with pytest.raises(ValueError, match="'cifar' in VAE_COURSE_DATA"):
        load()


def test_one_variable_or_one_line_switches(monkeypatch):
    assert load().name == "mnist_small"
    monkeypatch.setenv("VAE_COURSE_DATA", "mnist")
    assert load().name == "mnist"
    assert load("digits").name == "digits"


IMAGES, LABELS = torch.zeros(3, 2), torch.zeros(3, dtype=torch.int64)


def dataset_of(part, images, labels):
    """A set whose other part is good."""
    good, these = (IMAGES, LABELS), (images, labels)
    parts = (*these, *good) if part == "train" else (*good, *these)
    return Dataset("x", *parts, (1, 2), Bernoulli())


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize(
    "images, labels, error, came",
    [
        (IMAGES + 1.5, LABELS, ValueError, "1.5"),
        (IMAGES + 1.0000001, LABELS, ValueError, "1.00000012"),
        (IMAGES - 1, LABELS, ValueError, "-1"),
        (IMAGES + float("nan"), LABELS, ValueError, "nan"),
        (IMAGES + float("inf"), LABELS, ValueError, "inf"),
        (torch.zeros(3, 3), LABELS, ValueError, r"\(3, 3\)"),
        (IMAGES[:0], LABELS[:0], ValueError, r"\(0, 2\)"),
        (torch.tensor(1.0), LABELS[0], ValueError, r"\(\)"),
        (IMAGES.byte(), LABELS, TypeError, "torch.uint8"),
        (IMAGES.double(), LABELS, TypeError, "torch.float64"),
        (IMAGES.numpy(), LABELS, TypeError, "ndarray"),
        ([[0.0, 1.0]], LABELS, TypeError, "list"),
        (IMAGES, torch.zeros(5).int(), ValueError, r"\(5,\)"),
        (IMAGES, LABELS[:, None], ValueError, r"\(3, 1\)"),
        (IMAGES, LABELS.float(), TypeError, "torch.float32"),
        (IMAGES, LABELS.bool(), TypeError, "torch.bool"),
        (IMAGES, LABELS.numpy(), TypeError, "ndarray"),
        (IMAGES, [0, 0, 0], TypeError, "list"),
    ],
)
def test_dataset_refuses(part, images, labels, error, came):
    with pytest.raises(error, match=f"{part} .*{came}"):
        dataset_of(part, images, labels)


@pytest.mark.parametrize("kind", [torch.uint8, torch.int32, torch.int64])
def test_dataset_takes_integers_of_any_size(kind):
    assert dataset_of("test", IMAGES, LABELS.to(kind)).pixels == 2


def test_what_ships_is_what_the_readme_says(monkeypatch):
    monkeypatch.undo()
    bunch = load_digits()
    digits = [v.astype(np.uint8).tobytes() for v in (bunch.data, bunch.target)]
    for content in [data.SMALL.read_bytes(), *digits]:
        assert hashlib.sha256(content).hexdigest() in README
    for word in (*mnist.FILES.values(), mnist.CACHE_VARIABLE, data.DATASET_VARIABLE):
        assert word in README
    assert data.SMALL.stat().st_size < 1_300_000


def test_the_script_keeps_the_first_images_and_makes_the_same_bytes(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(mnist_small, "TRAIN", 30)
    monkeypatch.setattr(mnist_small, "TEST", 10)
    paths = tmp_path / "a.npz", tmp_path / "b.npz"
    for path in paths:
        mnist_small.main(path)
    made = paths[0].read_bytes()
    assert made == paths[1].read_bytes()
    assert hashlib.sha256(made).hexdigest() in capsys.readouterr().out
    monkeypatch.setattr(data, "SMALL", paths[0])
    whole, small = load("mnist"), load("mnist_small")
    for part, number in [("train", 30), ("test", 10)]:
        for kind in ("images", "labels"):
            expected = getattr(whole, f"{part}_{kind}")[:number]
            assert torch.equal(getattr(small, f"{part}_{kind}"), expected)


def test_small_holds_ten_classes_of_ink_on_nothing():
    dataset = load("mnist_small")
    assert dataset.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert dataset.test_labels[:5].tolist() == [7, 2, 1, 0, 4]
    for labels in (dataset.train_labels, dataset.test_labels):
        assert labels.bincount(minlength=10).min() > 0.08 * len(labels)
    pictures = dataset.train_images.reshape(-1, 28, 28)
    assert pictures.max() == 1 and 0.12 < pictures.mean() < 0.14
    assert pictures[:, 0].mean() < 0.001  # a row of the rim


@pytest.mark.mnist
def test_real_mnist(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(mnist, "MIRRORS", ())
    try:
        dataset = load("mnist")
    except FileNotFoundError:
        pytest.skip("the cache folder does not hold MNIST")
    assert dataset.train_images.shape == (60000, 784)
    assert dataset.test_images.shape == (10000, 784)
    assert dataset.train_labels.bincount()[:3].tolist() == [5923, 6742, 5958]
    assert abs(dataset.train_images.mean().item() - 0.1306604762738429) < 1e-6
    small = load("mnist_small")
    for kind in ("images", "labels"):
        for part, number in [("train", 6000), ("test", 1000)]:
            expected = getattr(dataset, f"{part}_{kind}")[:number]
            assert torch.equal(getattr(small, f"{part}_{kind}"), expected)
