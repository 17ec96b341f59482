"""Lesson 05: its stored results, its figures, and what its pieces refuse."""

import numpy as np
import pytest
import torch
from crowding import crowded
from notebook_cells import run_cells
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from torch import nn

from course_utils.conv import four_convolutions
from course_utils.data import load
from course_utils.exercises import autoencoders as ex
from course_utils.figures import autoencoders as draw
from course_utils.files import SHIPPED
from course_utils.likelihoods import GreyCrossEntropy
from course_utils.methods import grid_over, without_labels
from course_utils.models import Autoencoder, autoencoder_loss
from course_utils.probes import letter, nearest, pairs_of_a_kind, strange
from course_utils.reader import load_reader
from course_utils.squeezed import results, squeezed
from course_utils.training import fit

FOLDER = SHIPPED / "autoencoders"
RESULTS = ("squeeze", "depth", "odd", "stack", "labels")


@pytest.fixture(scope="module")
def stored():
    return {name: results(name) for name in RESULTS}


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


def test_unscaled_pca_does_about_as_well_as_pixels(stored):
    """What lesson 05 says beside the stored results, whose numbers are scaled."""
    from autoencoders import choose

    digits, scores = load("mnist_small"), stored["labels"]["accuracy"]
    pca = PCA(16, svd_solver="full").fit(digits.train_images)
    known, asked = map(pca.transform, (digits.train_images, digits.test_images))
    for number, pixels in scores["pixels"].items():
        found = []
        for seed in stored["labels"]["seeds"]:
            some = choose(int(number), seed)
            reader = LogisticRegression(max_iter=2000)
            reader.fit(known[some], digits.train_labels[some])
            found.append(reader.score(asked, digits.test_labels))
        assert abs(np.mean(found) - np.mean(pixels)) < 0.03
        assert np.mean(scores["PCA"][number]) < np.mean(found)
        assert np.mean(found) < np.mean(scores["code"][number])


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
    small, large = letter(0, 0.6).sum(), letter(0, 1.2).sum()
    assert large / small == pytest.approx(4, rel=0.25)  # twice as wide and high
    upright, lying = letter(0, 1.0), letter(90, 1.0)
    assert torch.allclose(torch.rot90(upright, -1), lying, atol=1e-5)  # to the right


def test_pairs_and_strange_pictures():
    labels = torch.tensor([3, 1, 3, 1, 3, 7])
    first, second = pairs_of_a_kind(labels)
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == [
        (1, 3),
        (0, 2),
        (2, 4),
    ]
    digits = torch.rand(3, 784)
    others = torch.stack([digits[1] + 3, digits[1] + 1])
    assert nearest(digits[1:2], others).item() == pytest.approx(28, rel=1e-4)
    odd = strange(digits)
    assert torch.equal(odd["white on black"], 1 - digits)
    upside_down = odd["upside down"].reshape(3, 28, 28)
    assert torch.equal(upside_down, digits.reshape(3, 28, 28).rot90(2, (1, 2)))
    assert torch.equal(odd["shuffled"].sort(1).values, digits.sort(1).values)
    assert not odd["blank page"].any()


def test_the_slider_says_how_many_numbers_of_pca_do_as_well(stored):
    """Counted again with scikit-learn's PCA, for the width that the lesson shows."""
    digits, width = load("mnist_small"), 8
    x, x_test = digits.train_images.numpy(), digits.test_images.numpy()
    pca = PCA(100, svd_solver="full").fit(x)
    codes, found = pca.transform(x_test), stored["squeeze"]
    for many in range(1, 101):
        redrawn = pca.mean_ + codes[:, :many] @ pca.components_[:many]
        if ((redrawn.clip(0, 1) - x_test) ** 2).mean() <= found["errors"][3][0]:
            break
    assert found["widths"][3] == width
    title = (
        f"Through {width} numbers the autoencoder errs as little as PCA through {many}"
    )
    fig = squeezed()(width)
    assert title in {text.get_text() for ax in fig.axes for text in ax.texts}


def test_figures_show_what_they_get_and_nothing_overlaps():
    rng = np.random.default_rng(0)
    ten, sizes = rng.random((10, 28, 28)), [784, 256, 8, 256, 784]
    rows = {"digit": (ten, 0.0, draw.BLUE), "PCA": (ten, 0.0593, "#777777")}
    boxes = [(1, 28, 28), (16, 14, 14), 8, (16, 14, 14), (1, 28, 28)]
    start, close = np.zeros((28, 28)), np.zeros(784)
    close[:17] = 1
    others = {"a 9": close, "by 2": 2 * close, "far": 4 * close}
    points = {f"method {i}": rng.normal(size=(50, 2)) for i in range(13)}
    classes, note = rng.integers(0, 10, 50), ["46% · under 0.6 s"] * 13
    wall, counts = rng.random((25, 784)), rng.integers(0, 2, (5, 5))
    bounds = (-3.0, 3.0, -3.0, 3.0)
    figures = [
        draw.squeeze(rows, title="t", how="h"),
        draw.layers(sizes, ["x", "hidden", "code", "hidden", "again"], title="t"),
        draw.layers(boxes, ["x", "conv", "code", "back", "back"], title="t"),
        draw.distances(start, others, title="t"),
        draw.placed(rng.random((50, 784)), points["method 0"], "t", "h"),
        draw.maps(points, classes, note),
        draw.holes(wall, counts, points["method 0"], classes, bounds),
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
    assert counts.sum() == 500  # beyond the outermost codes there is room
    assert min(-left, right - 1, -low, top - 1) > 0.1
    assert left < centres[0, 0] < right and centres[0, 1] > centres[-1, 1]
    first = (codes[:, 0] < left + (right - left) / 4) & (
        codes[:, 1] > top - (top - low) / 4
    )
    assert counts[0, 0] == (first & (codes[:, 0] > left) & (codes[:, 1] < top)).sum()


def test_digits_of_8_by_8_are_refused():
    digits = load("digits")
    names = dict(x=digits.train_images, x_test=digits.test_images)
    names |= dict(test_labels=digits.test_labels, load_reader=load_reader)
    with pytest.raises(ValueError, match="784"):
        run_cells("05_autoencoders", "reader", **names)
