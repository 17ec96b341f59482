"""The β explorer, without a browser, and the models shipped for it."""

import beta_models
import ipywidgets as widgets
import matplotlib.pyplot as plt
import pytest
import torch

from course_utils import weights
from course_utils.beta_widget import (
    BETAS,
    FOLDER,
    beta_explorer,
    beta_model,
    draw_beta,
    file_name,
    place,
)
from course_utils.data import load
from course_utils.evaluation import report
from course_utils.plotting import use_style


@pytest.fixture(scope="module")
def digits():
    return load("mnist_small", binarisation="stochastic")


@pytest.fixture(autouse=True)
def style():
    use_style()
    yield
    plt.close("all")


def panels(fig):
    """Axes by name: A originals and reconstructions, B drawings, C the plane."""
    return {ax.get_label(): ax for ax in fig.axes}


def test_the_cards_say_what_the_models_do(digits):
    assert {path.name for path in FOLDER.iterdir()} == set(map(file_name, BETAS))
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3_100_000
    for beta in BETAS:
        model, card = weights.load(FOLDER / file_name(beta))
        assert card["beta"] == beta and card["dtype"] == "float16"
        assert "CC BY-SA 3.0" in card["licence"]
        assert card["scores"] == pytest.approx(report(model, digits.test_images), abs=1)


def test_what_the_learner_is_to_find():
    """Along the curve rate falls and distortion rises; the sum is least at 1."""
    places = [place(beta) for beta in BETAS]
    rates, losses = [p.kl for p in places], [p.reconstruction for p in places]
    assert rates == sorted(rates, reverse=True) and losses == sorted(losses)
    assert max(BETAS, key=lambda beta: place(beta).value) == 1


def test_the_picture_shows_the_models_numbers(digits):
    fig = draw_beta(4)
    top, drawn, plane = (panels(fig)[name] for name in "ABC")
    numbers = place(4).reconstruction, place(4).kl, -place(4).value
    for number in numbers:
        assert f"{number:.0f}" in fig.get_suptitle()
    (x,), (y,) = plane.lines[-1].get_data()
    assert (y, x) == pytest.approx(numbers[:2])
    sheet = 1 - top.images[0].get_array()  # ink on paper
    assert sheet.shape == (2 * 29 + 1, 10 * 29 + 1)
    first = digits.test_images[digits.test_labels == 0][:1]
    assert abs(sheet[1:29, 1:29].flatten() - first[0].numpy()).max() < 1e-6
    expected = beta_model(4).reconstruct(first)[0].numpy()
    assert abs(sheet[30:58, 1:29].flatten() - expected).max() < 1e-5
    assert drawn.images[0].get_array().shape == (3 * 29 + 1, 10 * 29 + 1)


def test_only_the_model_changes_between_pictures():
    state = torch.get_rng_state()
    figures = draw_beta(1), draw_beta(1), draw_beta(16)
    one, two, three = (panels(f)["B"].images[0].get_array() for f in figures)
    assert (one == two).all() and abs(one - three).max() > 0.1
    assert torch.equal(torch.get_rng_state(), state)
    box = beta_explorer()
    picture = next(c for c in box.children if isinstance(c, widgets.Image))
    before = bytes(picture.value)
    box.children[0].value = 16.0
    assert bytes(picture.value) != before and before.startswith(b"\x89PNG")


@pytest.mark.parametrize("beta", [3, 0, -1, 64])
def test_a_beta_without_a_model(beta):
    with pytest.raises(ValueError, match=f"β = {beta};"):
        draw_beta(beta)


def test_the_script_writes_what_the_explorer_reads(tmp_path, digits):
    beta_models.write(digits, 4, tmp_path, epochs=1)
    model, card = weights.load(tmp_path / file_name(4))
    assert (card["beta"], card["epochs"]) == (4, 1)
    assert model.config == beta_model(4).config
    assert card["scores"] == pytest.approx(report(model, digits.test_images), abs=0.01)


def test_an_interrupted_training_writes_nothing(tmp_path, monkeypatch, digits):
    def interrupted(model, x, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(beta_models, "vae_loss", interrupted)
    with pytest.raises(KeyboardInterrupt):
        beta_models.write(digits, 4, tmp_path, epochs=1)
    assert not list(tmp_path.iterdir())
