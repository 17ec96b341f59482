"""Lesson 13: its judges, its models as shipped, its figures, and bad input."""

import json

import latent_space as tool
import numpy as np
import pytest
import torch
from crowding import crowded
from notebook_cells import run_cells
from test_checkpoints import made

from course_utils import weights
from course_utils.bells import Bells
from course_utils.data import load
from course_utils.evaluation import report
from course_utils.exercises.latent_space import kl_gaussian, on_sphere, pictures
from course_utils.figures import images, latent_space
from course_utils.models import VAE, Autoencoder
from course_utils.pad import drawing
from course_utils.reader import PATH, PROPERTIES, load_reader, shape_of
from course_utils.widgets import explorer, float_slider, int_slider

DIGITS = load("mnist_small")
SEED = torch.Generator().manual_seed(0)


@pytest.fixture(scope="module")
def vae():
    return weights.load(tool.FOLDER / "vae-20.safetensors")[0]


def test_reader_reads_and_says_how_surely():
    chances = load_reader()(DIGITS.test_images)
    assert torch.allclose(chances.sum(1), torch.ones(1000))
    assert (chances.argmax(1) == DIGITS.test_labels).float().mean() > 0.96
    assert PATH.stat().st_size < 300_000
    as_pictures = DIGITS.test_images[:5].reshape(-1, 28, 28)
    assert torch.equal(load_reader()(as_pictures).argmax(1), chances[:5].argmax(1))


def test_reader_refuses_other_pictures():
    with pytest.raises(ValueError, match=r"\(N, 784\).*got \(3, 64\)"):
        load_reader()(torch.zeros(3, 64))


def stroke(points, pen=2.4):
    old, drawing.REACH = drawing.REACH, pen / 2 + 0.5
    try:
        return torch.tensor(drawing.ink([points])).float()[None]
    finally:
        drawing.REACH = old


def test_shapes_of_strokes():
    upright, leaning = [[14, 5], [14, 23]], [[9, 23], [19, 5]]
    slant = dict(zip(PROPERTIES, shape_of(stroke(leaning))[0].tolist(), strict=True))
    assert slant["slant"] == pytest.approx(np.degrees(np.arctan(10 / 18)), abs=1)
    assert shape_of(stroke(upright))[0, 0].abs() < 0.1
    assert shape_of(stroke(leaning).flip(2))[0, 0] == pytest.approx(
        -slant["slant"], 1e-3
    )
    thick = [shape_of(stroke(upright, pen))[0, 1].item() for pen in (2.4, 3.5, 5)]
    assert thick == sorted(thick) and thick[1] == pytest.approx(3.5, rel=0.15)
    box = torch.zeros(1, 28, 28)
    box[:, 4:24, 9:19] = 1
    assert shape_of(box)[0, 2] == pytest.approx(10, rel=0.02)


@pytest.mark.parametrize("kind", [VAE, Autoencoder])
def test_shipped_models_score_as_their_cards_say(kind):
    path = tool.FOLDER / f"{tool.NAMES[kind]}.safetensors"
    model, card = weights.load(path)
    x = load("mnist_small", binarisation="stochastic").test_images
    scores = report(model, x)
    name = "negative_elbo" if kind is VAE else "reconstruction"
    assert scores[name] == pytest.approx(card["scores"][name], abs=0.05)
    assert type(model) is kind and model.latents == 20 and "licence" in card


def test_three_seeds_agree():
    seeds = json.loads((tool.FOLDER / "seeds.json").read_text())["seeds"]
    assert list(seeds) == ["0", "1", "2"]
    for found in seeds.values():
        sure = found["over .9 sure"]
        assert max(sure["VAE, prior"], sure["AE, one"]) < 0.35
        assert abs(sure["VAE, twenty"] - sure["AE, twenty"]) < 0.06
        assert 0.6 < sure["VAE, twenty"] < sure["rebuilt"]
        half = found["halfway, confidence"]
        assert half["pixels"] < half["straight"] < half["spherical"]
        assert half["spherical"] - half["straight"] < 0.08


def test_the_script_on_a_made_set(tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "load", made)
    monkeypatch.setattr(tool, "FOLDER", tmp_path)
    monkeypatch.setattr(tool, "PATH", tmp_path / "reader.safetensors")
    monkeypatch.setattr(tool, "SEEDS", (0,))
    for settings in (tool.RECIPE, tool.READER):
        monkeypatch.setitem(settings, "epochs", 1)
    tool.main()
    assert weights.load(tmp_path / "vae-20.safetensors")[0].latents == 20
    assert weights.load_tensors(tmp_path / "reader.safetensors")[1]["scores"]
    found = json.loads((tmp_path / "seeds.json").read_text())
    assert found["settings"]["epochs"] == 1 and list(found["seeds"]) == ["0"]


def test_wrong_width_of_a_code(vae):
    with pytest.raises(ValueError, match="20 latents.*3"):
        pictures(vae, torch.zeros(1, 3))


def test_path_keeps_its_ends_and_its_norm():
    a, b = torch.randn(2, 5, 20, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(on_sphere(a, b, 0.0), a, atol=1e-5)
    assert torch.allclose(on_sphere(a, b, 1.0), b, atol=1e-5)
    halfway = on_sphere(a, b, 0.5).norm(dim=1)
    assert torch.allclose(halfway, (a.norm(dim=1) + b.norm(dim=1)) / 2, atol=1e-5)


def test_kl_of_a_bell_against_torch():
    normal, root = torch.distributions.MultivariateNormal, torch.randn(4, 4).double()
    mean, cov = torch.randn(4).double(), root @ root.T + torch.eye(4)
    prior = normal(torch.zeros(4).double(), torch.eye(4).double())
    expected = torch.distributions.kl_divergence(normal(mean, cov), prior)
    assert torch.allclose(kl_gaussian(mean, cov), expected)


def test_bells_are_a_density_and_can_be_drawn_from():
    heaps = torch.tensor([[-3.0], [3.0]])
    codes = (heaps + 0.5 * torch.randn(2, 500, generator=SEED)).reshape(-1, 1)
    bells, line = Bells(2, codes), torch.linspace(-9, 9, 2001)[:, None]
    area = bells.log_prob(line).exp().sum() * (line[1] - line[0])
    assert area.item() == pytest.approx(1, abs=1e-3)
    drawn = bells.sample(400)
    assert drawn.shape == (400, 1) and drawn.std().item() == pytest.approx(3, abs=0.3)
    assert 50 < (drawn[:200] > 0).sum() < 150, "not sorted by bell"
    with pytest.raises(ValueError, match="7"):
        Bells(20, codes[:7])


@pytest.fixture
def paths_explorer(vae):
    """The explorer of the lesson, with the course's own functions."""
    with torch.no_grad():
        z, shown = vae.encode(DIGITS.test_images)[0], []
        names = dict(images=images, torch=torch, reader=load_reader(), vae=vae, z=z)
        names |= dict(decode=pictures, spherical=on_sphere, start=50, end=32)
        names |= dict(explorer=explorer, int_slider=int_slider)
        names |= dict(
            float_slider=float_slider, show_widget=lambda b, _: shown.append(b)
        )
        run_cells("13_latent_space", "three-ways", "path-explorer", **names)
        yield shown[0]


def test_paths_explorer_follows_its_sliders(paths_explorer):
    start, _, t, note, picture = paths_explorer.children
    seen = [picture.value]
    for slider, value in ((t, 0.9), (start, 3), (t, 0.0), (t, 1.0)):
        slider.value = value
        seen.append(picture.value)
    assert len(set(seen)) == 5 and note.value == ""


def test_paths_explorer_survives_a_digit_that_is_not_there(paths_explorer):
    start, _, _, note, picture = paths_explorer.children
    before, start.max = picture.value, 5000
    start.value = 4000
    assert "4000" in note.value and picture.value == before


RANDOM = np.random.default_rng(0)


def codes_figure(**more):
    parts = dict(
        codes=RANDOM.normal(size=(200, 20)), plane=RANDOM.normal(size=(200, 2))
    )
    kls = {"each latent by itself": 0.1, "one bell for all 20": 0.6, "20 bells": 4.0}
    labels = np.arange(200) % 10
    return latent_space.codes_and_prior(**(parts | dict(labels=labels, kls=kls) | more))


def alarms_figure():
    shares = {f"cost, {j} latents": [0, 13, 87.5, 100] for j in (2, 20)}
    shares |= {f"distance, {j} latents": [100, 95, 50, 49] for j in (2, 20)}
    return latent_space.alarms(shares, ["7", "A", "smiley", "nothing"])


def judged_figure():
    samples = {name: RANDOM.random((12, 28, 28)) for name in ("VAE, 20 bells", "AE")}
    sure = {name: RANDOM.random(12) for name in samples}
    return latent_space.judged(samples, sure, dict.fromkeys(samples, 4.2))


def paths_figure():
    ways, steps = latent_space.WAYS, range(9)
    shown = [{name: RANDOM.random((1, 28, 28)) for name in ways} for _ in steps]
    chances = [{name: RANDOM.random((1, 10)) for name in ways} for _ in steps]
    dip = 0.7 + 0.3 * np.linspace(-1, 1, 9) ** 2
    sure = [{w: np.full(5, dip[i] + j / 40) for j, w in enumerate(ways)} for i in steps]
    norms = [{"straight": [10 * dip[i] - 4], "spherical": [4.4]} for i in steps]
    return latent_space.paths(shown, chances, norms, sure)


def latents_figure():
    row = 1.7, RANDOM.random((2, 7, 28, 28)), RANDOM.normal(size=(50, 3)), 0.63
    return latent_space.single_latents({"latent 12": row, "latent 0": row}, PROPERTIES)


@pytest.mark.parametrize(
    "make", [alarms_figure, codes_figure, judged_figure, paths_figure, latents_figure]
)
def test_figures_can_be_read(make):
    assert crowded(make()) == []


def test_figure_of_codes_refuses_other_shapes():
    with pytest.raises(ValueError, match=r"\(200, 20\), \(7, 2\)"):
        codes_figure(plane=np.zeros((7, 2)))
