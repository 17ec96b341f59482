"""Both data sets, the three binarisations, and what is refused."""

import hashlib
import os
import re
from pathlib import Path

import made_mnist
import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from course_utils import data, fetch, mnist
from course_utils.data import BINARISATIONS, Dataset, load
from course_utils.likelihoods import Bernoulli, Binomial, GreyCrossEntropy
from course_utils.models import VAE, vae_loss
from course_utils.training import fit

README = (Path(__file__).resolve().parents[1] / "data" / "README.md").read_text()
SIZES = {"digits": (1437, 360, (8, 8)), "mnist": (40, 12, (28, 28))}


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


def test_likelihoods():
    assert load("digits").likelihood == Binomial(16)
    assert load("mnist").likelihood == GreyCrossEntropy()
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


def test_training_redraws_each_epoch():
    dataset = load("mnist", binarisation="stochastic")
    model = VAE(pixels=784, latents=2, likelihood=dataset.likelihood, hidden=(8,))
    seen = []

    def spy(images):
        seen.append(dataset.prepare(images))
        return seen[-1]

    fit(model, dataset.train_images, vae_loss, epochs=2, prepare=spy, progress=False)
    assert len(seen) == 2 and not torch.equal(*seen)


def test_mnist_keeps_order_and_orientation():
    train, labels, test, _ = made_mnist.arrays()
    dataset = load("mnist")
    picture = dataset.train_images[3].reshape(28, 28).numpy()
    np.testing.assert_allclose(picture, train[3] / 255, atol=1e-7)
    assert dataset.train_labels.tolist() == labels.tolist()
    np.testing.assert_allclose(dataset.test_images[0], test[0].ravel() / 255, atol=1e-7)


@pytest.mark.parametrize(
    "fraction, number", [(1, 40), (0.5, 20), (0.07, 3), (0.25, 10), (1e-9, 1)]
)
def test_fraction_keeps_the_first_and_the_whole_test_set(fraction, number):
    whole, part = load("mnist"), load("mnist", fraction=fraction)
    assert torch.equal(part.train_images, whole.train_images[:number])
    assert torch.equal(part.train_labels, whole.train_labels[:number])
    assert torch.equal(part.test_images, whole.test_images)


@pytest.mark.parametrize("fraction", [0, -0.1, 1.01, 60000, float("nan"), float("inf")])
def test_other_fractions_are_refused(fraction):
    with pytest.raises(ValueError, match=r"fraction must lie in \(0, 1\], got") as e:
        load("mnist", fraction=fraction)
    assert str(fraction) in str(e.value)


def test_unknown_names_are_refused(monkeypatch):
    known = "unknown data set 'cifar'; known: 'digits', 'mnist'"
    with pytest.raises(ValueError, match=known):
        load("cifar")
    monkeypatch.setenv("VAE_COURSE_DATA", "cifar")
    with pytest.raises(ValueError, match=known):
        load()
    with pytest.raises(ValueError, match="binarisation 'gray'; known: 'grey', 'fixed'"):
        load("digits", binarisation="gray")


def test_one_variable_or_one_line_switches(monkeypatch):
    assert load().name == "digits"
    monkeypatch.setenv("VAE_COURSE_DATA", "mnist")
    assert load().name == "mnist"
    assert load("digits").name == "digits"


def test_without_files_or_network_the_message_helps(monkeypatch, tmp_path):
    monkeypatch.setenv("VAE_COURSE_CACHE", str(tmp_path / "empty"))
    with pytest.raises(FileNotFoundError, match="To place it by hand"):
        load("mnist")


def dataset_of(images, labels=None, shape=(1, 2)):
    images = torch.as_tensor(images)
    labels = torch.zeros(len(images)) if labels is None else labels
    good = torch.zeros(3, shape[0] * shape[1])
    return Dataset("x", images, labels, good, torch.zeros(3), shape, Bernoulli())


@pytest.mark.parametrize(
    "images, message",
    [
        ([[0.0, 1.5]], r"train pixels must lie in \[0, 1\], got 0 to 1.5"),
        ([[-1.0, 1.0]], r"got -1 to 1"),
        ([[0.0, float("nan")]], "got nan"),
        ([[0.0, float("inf")]], "got 0 to inf"),
        ([[0.0, 1.0, 0.0]], r"shape \(1, 3\); expected \(1, 2\) for 1 labels"),
        (torch.zeros(0, 2), "no train images"),
    ],
)
def test_dataset_refuses_impossible_images(images, message):
    with pytest.raises(ValueError, match=message):
        dataset_of(images)


def test_dataset_refuses_labels_of_another_number():
    with pytest.raises(ValueError, match="for 5 labels"):
        dataset_of([[0.0, 1.0]], labels=torch.zeros(5))


def test_hashes_in_the_readme(monkeypatch):
    monkeypatch.undo()
    for file in mnist.FILES:
        assert file.sha256 in README
        assert file.archive_hash.split(":")[1] in README
    bunch = load_digits()
    for values in (bunch.data, bunch.target):
        digest = hashlib.sha256(values.astype(np.uint8).tobytes()).hexdigest()
        assert digest in README
    for variable in (fetch.CACHE_VARIABLE, data.DATASET_VARIABLE):
        assert variable in README


def test_readme_names_no_folder_of_somebodys_machine():
    assert not re.search(r"(?<![\w.])/(work|home|root|Users|tmp)\b", README)


@pytest.fixture
def real_cache(monkeypatch):
    """VAE_COURSE_CACHE as the tests were started, if it holds real MNIST."""
    monkeypatch.undo()
    if not os.environ.get("VAE_COURSE_CACHE"):
        pytest.skip("VAE_COURSE_CACHE is not set: no real MNIST")
    folders = (fetch.cache_folder(), fetch.cache_folder() / "mnist")
    for file in mnist.FILES:
        places = [f / (file.name + end) for f in folders for end in ("", ".gz")]
        if not any(place.exists() for place in places):
            pytest.skip(f"the folder in VAE_COURSE_CACHE does not hold {file.name}")
    monkeypatch.setattr(mnist, "MIRRORS", ())


@pytest.mark.mnist
def test_real_mnist(real_cache):
    dataset = load("mnist")
    assert dataset.train_images.shape == (60000, 784)
    assert dataset.test_images.shape == (10000, 784)
    assert dataset.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert dataset.test_labels[:5].tolist() == [7, 2, 1, 0, 4]
    counts = dataset.train_labels.bincount().tolist()
    assert counts[:3] == [5923, 6742, 5958] and len(counts) == 10
    assert abs(dataset.train_images.mean().item() - 0.1306604762738429) < 1e-6
    stochastic = load("mnist", binarisation="stochastic", fraction=0.1)
    assert stochastic.train_images.shape == (6000, 784)
    drawn, grey = stochastic.test_images.mean(), dataset.test_images.mean()
    assert abs(drawn - grey) < 5 * 0.5 / 7_840_000**0.5
