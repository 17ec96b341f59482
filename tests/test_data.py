"""The data sets, the three binarisations, and what is refused."""

import hashlib
from pathlib import Path

import made_mnist
import mnist_small
import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from course_utils import data, mnist
from course_utils.data import BINARISATIONS, load
from course_utils.likelihoods import Bernoulli, Binomial, GreyCrossEntropy

README = (Path(__file__).resolve().parents[1] / "data" / "README.md").read_text()
SIZES = {
    "mnist_small": (6000, 1000, (28, 28), GreyCrossEntropy()),
    "mnist": (40, 12, (28, 28), GreyCrossEntropy()),  # the made set
    "digits": (1437, 360, (8, 8), Binomial(16)),
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
    state = torch.get_rng_state()
    dataset = load(name, binarisation=binarisation)
    assert torch.equal(state, torch.get_rng_state())
    train, test, shape, grey = SIZES[name]
    assert dataset.likelihood == (grey if binarisation == "grey" else Bernoulli())
    assert (dataset.name, dataset.binarisation) == (name, binarisation)
    assert dataset.image_shape == shape and dataset.pixels == shape[0] * shape[1]
    for part, number in [("train", train), ("test", test)]:
        images, labels = (getattr(dataset, f"{part}_{k}") for k in ("images", "labels"))
        assert images.shape == (number, dataset.pixels) and labels.shape == (number,)
        assert images.dtype == torch.float32 and images.is_contiguous()
        assert labels.dtype == torch.int64 and 0 <= labels.min() <= labels.max() <= 9
    dataset.likelihood.check(dataset.test_images)
    ready = dataset.train_images
    dataset.likelihood.check(dataset.prepare(ready) if dataset.prepare else ready)


def test_digits_are_scikit_learns_each_once_and_shuffled():
    bunch, dataset = load_digits(), load("digits")
    labels = torch.cat([dataset.train_labels, dataset.test_labels]).numpy()
    images = torch.cat([dataset.train_images, dataset.test_images]).numpy()
    found = np.c_[images * 16, labels].tolist()
    assert sorted(found) == sorted(np.c_[bunch.data, bunch.target].tolist())
    assert (labels == bunch.target).mean() < 0.2, "still in scikit-learn's order"
    assert dataset.test_labels.bincount().min() >= 20  # of 36 on average


@pytest.mark.parametrize("name", SIZES)
def test_fixed_is_a_threshold_and_stochastic_draws_afresh(name):
    grey, fixed, drawn = (load(name, binarisation=b) for b in BINARISATIONS)
    assert fixed.prepare is None
    assert torch.equal(fixed.train_images, (grey.train_images >= 0.5).float())
    assert torch.equal(fixed.test_images, (grey.test_images >= 0.5).float())
    assert torch.equal(drawn.train_images, grey.train_images)
    again = load(name, binarisation="stochastic")
    assert torch.equal(drawn.test_images, again.test_images), "drawn once for all"
    torch.manual_seed(0)
    few = grey.train_images[:20]
    draws = torch.stack([drawn.prepare(few) for _ in range(400)])
    error = (draws.mean(0) - few).abs().max()
    assert error < 5.5 * 0.5 / 400**0.5  # 5.5 standard errors at p = 1/2


def test_names_and_the_variable(monkeypatch):
    assert load().name == "mnist_small"
    with pytest.raises(ValueError, match="'cifar'.*mnist_small"):
        load("cifar")
    with pytest.raises(ValueError, match="'gray'.*'grey'"):
        load("digits", binarisation="gray")
    monkeypatch.setenv("VAE_COURSE_DATA", "mnist")
    assert load().name == "mnist" and load("digits").name == "digits"
    monkeypatch.setenv("VAE_COURSE_DATA", "cifar")
    with pytest.raises(ValueError, match="'cifar' in VAE_COURSE_DATA"):
        load()


def assert_first(some, whole, train, test):
    """`some` holds the first images of `whole`, and their labels."""
    for part, number in [("train", train), ("test", test)]:
        for name in (f"{part}_images", f"{part}_labels"):
            assert torch.equal(getattr(some, name), getattr(whole, name)[:number])


def test_mnist_keeps_order_and_orientation():
    dataset, (train, labels, test, _) = load("mnist"), made_mnist.arrays()
    for found, expected in [(dataset.train_images, train), (dataset.test_images, test)]:
        pictures = found.reshape(-1, 28, 28).numpy()
        np.testing.assert_allclose(pictures, expected / 255, atol=1e-7)
    assert dataset.train_labels.tolist() == labels.tolist()


def test_what_ships_is_what_the_readme_says(monkeypatch):
    monkeypatch.undo()
    content = data.SMALL.read_bytes()
    assert hashlib.sha256(content).hexdigest() in README and len(content) < 1_300_000
    for word in (*mnist.FILES.values(), mnist.CACHE_VARIABLE, data.DATASET_VARIABLE):
        assert word in README


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
    assert_first(load("mnist_small"), load("mnist"), 30, 10)


@pytest.mark.mnist
def test_real_mnist(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(mnist, "MIRRORS", ())
    try:
        dataset = load("mnist")
    except FileNotFoundError:
        pytest.skip("the cache folder does not hold MNIST")
    assert dataset.train_labels.bincount()[:3].tolist() == [5923, 6742, 5958]
    assert abs(dataset.train_images.mean().item() - 0.1306604762738429) < 1e-6
    assert_first(load("mnist_small"), dataset, 6000, 1000)
