"""The contractive autoencoder: its penalty, its errors, what the lesson says of it."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from crowding import crowded
from notebook_cells import run_cells

from course_utils import contractive
from course_utils.contractive import REAL, TiedAutoencoder, contractive_loss, pushes
from course_utils.figures import felt_directions
from course_utils.files import SHIPPED
from course_utils.training import fit
from course_utils.weights import load_tensors

TABLE = json.loads((SHIPPED / "contractive" / "filters.json").read_text())
ROWS = TABLE["rows"]


def layer(pixels=12, units=5):
    torch.manual_seed(0)
    return TiedAutoencoder(pixels, units).double()


def scores(way, name):
    return np.array([row[name] for row in ROWS if row["way"] == way])


def test_penalty_is_the_squared_jacobian_of_the_code():
    model, x = layer(), torch.rand(4, 12, dtype=torch.float64)
    slopes = [torch.autograd.functional.jacobian(model.encode, one[None]) for one in x]
    wanted = torch.stack([(s**2).sum() for s in slopes])
    found = contractive.squared_jacobian(model.encode(x), model.W)
    assert torch.allclose(found, wanted, rtol=0, atol=1e-10)


def test_small_noise_moves_the_code_by_the_penalty():
    model, x = layer(), torch.rand(1, 12, dtype=torch.float64)
    norm = contractive.squared_jacobian(model.encode(x), model.W).item()
    for sigma, within in ((0.5, 0.2), (0.1, 0.05), (0.01, 0.02)):
        noise = sigma * torch.randn(50_000, 12, dtype=torch.float64)
        moved = ((model.encode(x + noise) - model.encode(x)) ** 2).sum(1).mean().item()
        assert moved / sigma**2 / norm == pytest.approx(1, abs=within)


def test_loss_is_reconstruction_plus_lam_penalties():
    model, x = layer(), torch.rand(4, 12, dtype=torch.float64)
    zero, two = (contractive_loss(model, x, lam=lam) for lam in (0, 2))
    assert zero["loss"] == zero["reconstruction"] == two["reconstruction"]
    assert two["loss"].item() == pytest.approx(
        (zero["loss"] + 2 * two["penalty"]).item()
    )


@pytest.mark.parametrize("lam", [-1, -1e-9, float("nan"), float("inf")])
def test_lam_out_of_range(lam):
    with pytest.raises(ValueError, match="lam"):
        contractive_loss(layer(), torch.rand(2, 12, dtype=torch.float64), lam=lam)


@pytest.mark.parametrize(
    "call",
    [
        lambda: layer().encode(torch.rand(2, 11)),
        lambda: layer().encode(torch.rand(12)),
        lambda: layer().decode(torch.rand(2, 6)),
        lambda: contractive.squared_jacobian(torch.rand(2, 5), torch.rand(4, 12)),
        lambda: contractive.squared_jacobian(torch.rand(5), torch.rand(5, 12)),
        lambda: contractive.cross_entropy(torch.zeros(1, 12), torch.zeros(4, 12)),
        lambda: pushes(torch.rand(2, 64)),
    ],
)
def test_shapes_that_do_not_match(call):
    with pytest.raises(ValueError, match=r"\(?\d+"):
        call()


def test_training_lowers_the_penalty():
    torch.manual_seed(0)
    x, penalties = torch.rand(200, 12), []
    for lam in (0.0, 5.0):
        torch.manual_seed(0)
        model = TiedAutoencoder(12, 8)

        def loss(model, x, lam=lam):
            return contractive_loss(model, x, lam=lam)

        fit(model, x, loss=loss, epochs=20, lr=1e-2, device="cpu", progress=False)
        h = model.encode(x)
        penalties.append(contractive.squared_jacobian(h, model.W).mean().item())
    assert penalties[1] < 0.5 * penalties[0]


def test_pushes_have_length_one_and_keep_their_seed():
    images = torch.rand(3, 784)
    first, again = pushes(images), pushes(images)
    assert len(first) == 8 and set(REAL) < set(first)
    for name, push in first.items():
        assert torch.allclose(push.norm(dim=1), torch.ones(3), atol=1e-5)
        assert torch.equal(push, again[name])
    assert not torch.equal(pushes(images, seed=1)["speckled"], first["speckled"])


def test_moved_is_a_move():
    dot = torch.zeros(1, 28, 28)
    dot[0, 10, 10] = 1
    moved = pushes(dot.reshape(1, 784))["moved"].reshape(28, 28)
    assert moved[10, 11] > 0.5 and moved[10, 9] < -0.5


def test_the_lesson_and_the_package_agree():
    model, x = layer(), torch.rand(4, 12, dtype=torch.float64)
    lesson = run_cells(
        "07_contractive_autoencoders",
        "contractive-loss",
        cross_entropy=contractive.cross_entropy,
        jacobian_penalty=contractive.squared_jacobian,
        plain=model,
        x=x,
    )
    for lam in (0.0, 2.0):
        theirs = lesson["contractive_loss"](model, x, lam)["loss"]
        assert theirs == contractive_loss(model, x, lam=lam)["loss"]


def test_every_seed_bears_out_the_lesson():
    for name, factor in (("squared_jacobian", 0.25), ("felt_speckled", 0.5)):
        ours, plain = scores("contractive", name), scores("plain", name)
        assert len(ours) == len(plain) == 3 and ours.max() < factor * plain.min()
    real = "percent_of_real_changes_in_20"
    assert scores("contractive", real).min() > 2 * scores("plain", real).max()
    pixels = "pixels_of_half_the_weight"
    assert scores("contractive", pixels).max() < 0.5 * scores("plain", pixels).min()
    gaussian = scores("denoising, Gaussian 0.5", "felt_speckled")
    assert gaussian.max() < 0.85 * scores("plain", "felt_speckled").min()
    rival, ours = (
        scores("weight decay", "reconstruction"),
        scores("contractive", "reconstruction"),
    )
    assert rival.min() > ours.max() + 4
    ratio = "real_over_speckle"
    assert scores("contractive", ratio).min() > 1.5 * scores("plain", ratio).max()
    assert scores("weight decay", ratio).max() < scores("contractive", ratio).min()


def test_what_must_be_redrawn_is_spared():
    felt = {(row["way"], row["seed"]): row for row in TABLE["marks"]}
    for seed in range(3):
        plain, ours = felt["plain", seed], felt["contractive", seed]
        kept, others = (
            ours[name] / plain[name]
            for name in ("felt_of_the_mark", "felt_of_other_marks")
        )
        assert kept > 1.5 * others


def test_shipped_models_contract_more_with_lambda():
    tensors, card = load_tensors(SHIPPED / "contractive" / "lambdas.safetensors")
    norms = [row["squared_jacobian"] for row in card["scores"]]
    assert len(tensors["W"]) == len(card["lambdas"]) == len(norms)
    assert norms == sorted(norms, reverse=True)


NAMES = [*REAL, *contractive.OTHER]
PICTURE = np.random.default_rng(0).random((28, 28))
THREE = {"plain": [0.9] * 7 + [3.1], "denoising": [0.8] * 7 + [1.9]}
THREE["contractive"] = [0.5] * 7 + [1.4]


def felt_figure(shares):
    falls = zip(shares, (0.98, 0.95, 0.925), strict=False)
    singular = {name: 3 * fall ** np.arange(144) for name, fall in falls}
    return felt_directions.felt_directions(singular, shares, NAMES, "A finding")


def test_figures_are_not_crowded():
    percent = {name: [20 * v for v in row] for name, row in THREE.items()}
    pushed = dict.fromkeys(NAMES, PICTURE)
    for fig in (felt_directions.reactions(pushed, THREE, "A"), felt_figure(percent)):
        assert crowded(fig) == []
    assert plt.get_fignums() == []


def test_figures_refuse_what_does_not_match():
    with pytest.raises(ValueError, match="need 8 values"):
        felt_figure({"plain": [1.0] * 7})
    with pytest.raises(ValueError, match="plain"):
        felt_directions.reactions({"a": PICTURE}, {"unknown": [1.0]}, "A")
