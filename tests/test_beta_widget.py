"""The β explorer, without a browser, and the models shipped for it."""

import ipywidgets as widgets
import matplotlib.pyplot as plt
import pytest
import torch
import widget_models

from course_utils import weights
from course_utils.beta_widget import (
    BETAS,
    FOLDER,
    LATENTS,
    beta_explorer,
    draw_beta,
    file_name,
    widget_model,
)
from course_utils.data import load
from course_utils.evaluation import active_units, elbo, report
from course_utils.plotting import use_style

PAIRS = [(beta, latents) for beta in BETAS for latents in LATENTS]


@pytest.fixture(scope="module")
def bounds():
    test = load("digits").test_images
    return {pair: elbo(widget_model(*pair), test) for pair in PAIRS}


def panels(fig):
    """Axes by name: A originals and reconstructions, B samples, C bars."""
    return {ax.get_label(): ax for ax in fig.axes}


@pytest.fixture(autouse=True)
def style():
    use_style()
    yield
    plt.close("all")


def test_the_cards_say_what_the_models_do():
    test, sizes = (
        load("digits").test_images,
        [p.stat().st_size for p in FOLDER.iterdir()],
    )
    assert len(sizes) == len(PAIRS) and sum(sizes) < 1_500_000
    for pair in PAIRS:
        model, card = weights.load(FOLDER / file_name(*pair))
        assert (card["beta"], model.latents) == pair and card["dtype"] == "float16"
        assert "CC BY 4.0" in card["licence"]
        assert card["scores"] == pytest.approx(report(model, test), abs=0.3)
    with pytest.raises(ValueError, match="β = 2 and 8 "):
        draw_beta(2, 8)


def test_the_script_writes_what_the_explorer_reads(tmp_path):
    widget_models.write(load("digits"), 4, 2, tmp_path, epochs=1)
    model, card = weights.load(tmp_path / file_name(4, 2))
    assert (card["beta"], card["epochs"], model.latents) == (4, 1, 2)
    assert model.config == widget_model(4, 2).config


def test_what_the_learner_is_to_find(bounds):
    """KL falls as β rises; β = 64 collapses; more latents help only where they live."""
    for latents in LATENTS:
        kls = [bounds[beta, latents].kl for beta in BETAS]
        assert kls == sorted(kls, reverse=True)
        errors = [bounds[beta, latents].reconstruction for beta in BETAS]
        assert errors[0] < errors[-1] - 40
        assert kls[-1] < 0.05
    test = load("digits").test_images
    counts = [active_units(widget_model(beta, 16), test) for beta in BETAS]
    assert counts[0] == 16 and counts[-1] == 0
    assert counts == sorted(counts, reverse=True) and 2 <= counts[-2] <= 8
    best = min(BETAS, key=lambda beta: -bounds[beta, 16].value)
    assert best == 1, "the ELBO is highest where it was what training maximised"


def test_the_picture_shows_the_models_numbers(bounds):
    fig = draw_beta(4, 16)
    top, samples, bars = (panels(fig)[name] for name in "ABC")
    model, test = widget_model(4, 16), load("digits").test_images
    heights = [bar.get_height() for bar in bars.patches]
    assert len(heights) == 16 and heights == sorted(heights, reverse=True)
    assert sum(heights) == pytest.approx(bounds[4, 16].kl, abs=1e-3)
    assert f"{active_units(model, test)} of 16" in bars.get_title(loc="left")
    assert max(heights) < bars.get_ylim()[1]
    shaded = draw_beta(4, 2)
    assert len(panels(shaded)["C"].patches) == 3, "two bars, and grey where none is"
    sheet = 1 - top.images[0].get_array()  # ink on paper
    assert sheet.shape == (2 * 9 + 1, 10 * 9 + 1)
    originals, reconstructions = sheet[1:9, 1:9], sheet[10:18, 1:9]
    first = test[load("digits").test_labels == 0][:1]
    assert abs(originals.flatten() - first[0].numpy()).max() < 1e-6
    with torch.no_grad():
        expected = model.reconstruct(first)[0].numpy()
    assert abs(reconstructions.flatten() - expected).max() < 1e-5
    assert samples.images[0].get_array().shape == (3 * 9 + 1, 10 * 9 + 1)


def test_only_the_model_changes_between_pictures():
    state = torch.get_rng_state()
    figures = draw_beta(1, 2), draw_beta(1, 2), draw_beta(16, 2)
    one, two, three = (panels(f)["B"].images[0].get_array() for f in figures)
    assert (one == two).all() and abs(one - three).max() > 0.1
    assert torch.equal(torch.get_rng_state(), state)
    box = beta_explorer(beta=1.0, latents=2)
    picture = next(c for c in box.children if isinstance(c, widgets.Image))
    seen = {bytes(picture.value)}
    for slider, value in zip(box.children[:2], (64.0, 16), strict=True):
        slider.value = value
        seen.add(bytes(picture.value))
    assert len(seen) == 3 and all(s.startswith(b"\x89PNG") for s in seen)
