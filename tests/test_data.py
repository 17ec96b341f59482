"""Both data sets, the three binarisations, and what is refused."""

import hashlib
import os
import re
from collections import Counter
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


@pytest.mark.parametrize(
    "fraction",
    [0, -0.1, 1.01, 60000, float("nan"), float("inf"), "0.5", None, [0.5], 0.5j],
)
def test_other_fractions_are_refused(fraction):
    with pytest.raises(ValueError, match=r"fraction must lie in \(0, 1\], got") as e:
        load("mnist", fraction=fraction)
    assert repr(fraction) in str(e.value)


def test_unknown_names_are_refused(monkeypatch):
    known = "unknown data set 'cifar'; known: 'digits', 'mnist'"
    with pytest.raises(ValueError, match=known):
        load("cifar")
    monkeypatch.setenv("VAE_COURSE_DATA", "cifar")
    with pytest.raises(ValueError, match="'cifar' in VAE_COURSE_DATA; known: 'digits'"):
        load()
    with pytest.raises(ValueError, match=known):  # the variable is not to blame
        load("cifar")
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


GOOD = torch.zeros(3, 2), torch.zeros(3, dtype=torch.int64)


def dataset_of(part, images, labels=None):
    """A set whose other part is good."""
    if labels is None:
        labels = torch.zeros(len(images), dtype=torch.int64)
    parts = [images, labels, *GOOD] if part == "train" else [*GOOD, images, labels]
    return Dataset("x", *parts, (1, 2), Bernoulli())


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize(
    "images, message",
    [
        ([[0.0, 1.5]], r"pixels must lie in \[0, 1\], got 0 to 1.5"),
        ([[0.0, 1.0000001]], "got 0 to 1.00000012"),
        ([[-1.0, 1.0]], r"got -1 to 1"),
        ([[0.0, float("nan")]], "got nan"),
        ([[0.0, float("inf")]], "got 0 to inf"),
        ([[0.0, 1.0, 0.0]], r"shape \(1, 3\); expected \(1, 2\) for 1 labels"),
        (torch.zeros(0, 2), "no .* images"),
    ],
)
def test_dataset_refuses_impossible_images(part, images, message):
    with pytest.raises(ValueError, match=message) as caught:
        dataset_of(part, torch.as_tensor(images))
    assert part in str(caught.value)


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize(
    "images, came",
    [
        (GOOD[0].byte(), "torch.uint8"),
        (GOOD[0].double(), "torch.float64"),
        (GOOD[0].half(), "torch.float16"),
        (GOOD[0].bool(), "torch.bool"),
        (GOOD[0].numpy(), "<class 'numpy.ndarray'>"),
        ([[0.0, 1.0]], "<class 'list'>"),
    ],
)
def test_dataset_refuses_other_than_float32_tensors(part, images, came):
    message = f"{part} images must be a float32 tensor, got {came}"
    with pytest.raises(TypeError, match=message):
        dataset_of(part, images)


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize(
    "labels, error, message",
    [
        (torch.zeros(5).int(), ValueError, "for 5 labels"),
        (torch.zeros(3), TypeError, "labels must be a tensor of integers, got .*float"),
        (GOOD[1].bool(), TypeError, "labels must be a .* of integers, got torch.bool"),
        (GOOD[1].numpy(), TypeError, "labels must be a .*, got <class 'numpy.ndarray'"),
        ([0, 0, 0], TypeError, "labels must be a tensor of integers, got <class 'list"),
        (GOOD[1][:, None], ValueError, r"labels must have .* \(N,\), got \(3, 1\)"),
        (torch.tensor(3), ValueError, r"labels must have the shape \(N,\), got \(\)"),
    ],
)
def test_dataset_refuses_other_labels(part, labels, error, message):
    with pytest.raises(error, match=message) as caught:
        dataset_of(part, GOOD[0], labels)
    assert part in str(caught.value)


@pytest.mark.parametrize("kind", [torch.uint8, torch.int32, torch.int64])
def test_dataset_takes_integers_of_any_size(kind):
    assert dataset_of("test", GOOD[0], GOOD[1].to(kind)).pixels == 2


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
