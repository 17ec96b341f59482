"""Lesson 05: its stored results, its figures, and what its pieces refuse."""

import json

import numpy as np
import pytest
import torch
from crowding import crowded
from notebook_cells import run_cells
from scipy.ndimage import affine_transform
from torch import nn

from course_utils.conv import four_convolutions
from course_utils.data import load
from course_utils.exercises import autoencoders as ex
from course_utils.figures import autoencoders as draw
from course_utils.figures import images
from course_utils.files import SHIPPED
from course_utils.likelihoods import GreyCrossEntropy
from course_utils.methods import grid_over, without_labels
from course_utils.models import Autoencoder, autoencoder_loss
from course_utils.training import fit

FOLDER = SHIPPED / "autoencoders"
RESULTS = ("squeeze", "depth", "odd", "stack", "labels")


@pytest.fixture(scope="module")
def stored():
    return {name: json.loads((FOLDER / f"{name}.json").read_text()) for name in RESULTS}


def test_results_say_how_they_were_made(stored):
    for name, result in stored.items():
        assert result["settings"], name
    for name in ("odd", "stack", "labels", "depth"):
        assert len(stored[name]["seeds"]) >= 3
    kilobytes = sum(path.stat().st_size for path in FOLDER.iterdir()) / 1000
    assert kilobytes < 100


def test_pictures_are_of_the_shipped_digits(stored):
    """They fit their digits better the wider the code, as the stored errors say."""
    digits = load("mnist_small")
    squeeze = np.load(FOLDER / "squeeze.npz")
    ten = digits.test_images[squeeze["test_images"]].reshape(10, 28, 28).numpy()
    assert digits.test_labels[squeeze["test_images"]].tolist() == list(range(10))
    errors = ((squeeze["pictures"] / 255 - ten) ** 2).mean(axis=(1, 2, 3))
    assert (np.diff(errors) < 0).all() and errors[-1] < 0.02
    means = [np.mean(e) for e in stored["squeeze"]["errors"]]
    assert (np.diff(means) < 0).all()


def test_what_the_lesson_says_of_the_results(stored):
    depth = {name: np.mean(e) for name, e in stored["depth"]["errors"].items()}
    assert min(depth, key=depth.get) == "convolutions"
    assert depth["256-128"] < depth["256"] < depth["256-128-64"]
    longer = {name: np.mean(e) for name, e in stored["depth"]["longer"].items()}
    assert longer["256-128-64"] < depth["256-128-64"]
    assert max(longer.values()) < 1.05 * min(longer.values())  # nearly alike
    read, widths = stored["squeeze"]["read"], stored["squeeze"]["widths"]
    shares = [round(100 * read["autoencoder"][widths.index(k)]) for k in (8, 16)]
    assert shares == [88, 92] and round(100 * read["digit"]) == 97
    random, stacked = (stored["stack"]["accuracy"][s] for s in ("random", "stacked"))
    for number in random:
        assert np.mean(random[number]) > np.mean(stacked[number])
    labels = stored["labels"]["accuracy"]
    for number, found in labels["code"].items():
        others = [np.mean(labels[name][number]) for name in labels if name != "code"]
        assert np.mean(found) > max(others)
    auc = np.mean(stored["odd"]["auc"], axis=1)
    assert auc.argmin() == 1 and auc[1] < 0.5 and auc.max() > 0.9


@pytest.mark.parametrize("name", ["encoder", "decoder"])
def test_a_learners_network_may_be_a_class(name):
    class Own(nn.Module):
        def __init__(self, width):
            super().__init__()
            sizes = (784, 256, width) if name == "encoder" else (width, 256, 784)
            self.first, self.bend = nn.Linear(*sizes[:2]), nn.ReLU()
            self.second = nn.Linear(*sizes[1:])

        def forward(self, x):
            return self.second(self.bend(self.first(x)))

    assert getattr(ex, name).judge(Own)[0]


def test_a_loop_that_trains_is_adopted_and_moves_both_networks(capsys):
    one_epoch = ex.one_epoch.adopt(None)
    encoder, decoder = nn.Linear(6, 2), nn.Linear(2, 6)
    weights = [*encoder.parameters(), *decoder.parameters()]
    before = [weight.clone() for weight in weights]
    optimiser = torch.optim.Adam(weights, lr=0.05)
    batch = torch.rand(8, 6)

    def loss(output, x):
        return ((output - x) ** 2).sum(1).mean()

    losses = one_epoch(encoder, decoder, loss, optimiser, [batch] * 50)
    assert losses[-1] < losses[0]
    assert all((a != b).any() for a, b in zip(before, weights, strict=True))


def test_what_cannot_be_done_is_refused():
    settings = dict(pixels=784, likelihood=GreyCrossEntropy())
    with pytest.raises(ValueError, match="latents"):
        Autoencoder(latents=0, **settings)
    model, pictures = Autoencoder(latents=2, **settings), torch.rand(4, 784)
    with pytest.raises(ValueError, match="784"):
        model.encode(pictures[:, :700])
    for wrong in (255 * pictures, pictures - 1):
        with pytest.raises(ValueError, match="lie in"):
            fit(model, wrong, loss=autoencoder_loss, epochs=1)


def test_four_convolutions_down_and_up_keep_the_shape():
    from autoencoders import conv_loss

    network, pictures = four_convolutions(8, 4), torch.rand(32, 784)
    kinds = [type(part) for part in network.modules()]
    assert kinds.count(nn.Conv2d) == kinds.count(nn.ConvTranspose2d) == 4
    assert network[0](pictures).shape == (32, 8)
    assert network(pictures).shape == pictures.shape
    history = fit(network, pictures, loss=conv_loss, epochs=20, batch_size=32)
    assert history.train["loss"][-1] < history.train["loss"][0]


def test_the_letter_turns_and_grows():
    shown = dict(images=images, show=lambda *_: None)
    names = dict(np=np, affine_transform=affine_transform, **shown)
    letter = run_cells("05_autoencoders", "shapes", **names)["letter"]
    small, large = letter(0.0, 0.6).sum(), letter(0.0, 1.2).sum()
    assert large / small == pytest.approx(4, rel=0.25)  # twice as wide and high
    upright, lying = (letter(a, 1.0).reshape(28, 28) for a in (0.0, np.pi / 2))
    assert np.allclose(np.rot90(upright), lying) or np.allclose(
        np.rot90(upright, -1), lying
    )


def test_figures_show_what_they_get_and_nothing_overlaps():
    rng = np.random.default_rng(0)
    ten, sizes = rng.random((10, 28, 28)), [784, 256, 8, 256, 784]
    rows = {"digit": (ten, 0.0, draw.BLUE), "PCA": (ten, 0.0593, "#777777")}
    boxes = [(1, 28, 28), (16, 14, 14), 8, (16, 14, 14), (1, 28, 28)]
    others = {"a 9": (ten[1], 4.1), "moved 1": (ten[2], 5.8), "far": (ten[3], 13.7)}
    points = {f"method {i}": rng.normal(size=(50, 2)) for i in range(13)}
    classes, note = rng.integers(0, 10, 50), ["46% · under 0.6 s"] * 13
    wall, counts = rng.random((5, 5, 28, 28)), rng.integers(0, 2, (5, 5))
    bounds = (-3.0, 3.0, -3.0, 3.0)
    figures = [
        draw.squeeze(rows, title="t", how="h"),
        draw.layers(sizes, ["x", "hidden", "code", "hidden", "again"], title="t"),
        draw.layers(boxes, ["x", "conv", "code", "back", "back"], title="t"),
        draw.distances(ten[0], others, title="t", how="h"),
        draw.maps(points, classes, note, title="t", how="h"),
        draw.holes(wall, counts, points["method 0"], classes, bounds, title="t"),
    ]
    for fig in figures:
        assert not crowded(fig)
    shaded = figures[-1].axes[1].images[-1].get_array()[..., 3] > 0
    assert (shaded == (counts == 0)).all()


def test_maps_of_two_numbers():
    pictures = load("mnist_small").test_images[:60]
    by_pca, by_mds = (without_labels(n, pictures) for n in ("PCA", "classical MDS"))
    apart = [torch.cdist(z, z) for z in map(torch.as_tensor, (by_pca, by_mds))]
    assert torch.allclose(*apart, atol=1e-6)  # the same map, turned round
    codes = torch.rand(500, 2)
    centres, counts, (left, right, low, top) = grid_over(codes, 4)
    assert centres.shape == (16, 2) and counts.shape == (4, 4)
    assert 480 < counts.sum() <= 500  # all but half a percent on each side
    assert left < centres[0, 0] < right and centres[0, 1] > centres[-1, 1]
    first = (codes[:, 0] < left + (right - left) / 4) & (
        codes[:, 1] > top - (top - low) / 4
    )
    assert counts[0, 0] == (first & (codes[:, 0] > left) & (codes[:, 1] < top)).sum()


def test_digits_of_8_by_8_are_refused():
    with pytest.raises(ValueError, match="28 × 28"):
        run_cells("05_autoencoders", "data", load=lambda: load("digits"), torch=torch)
