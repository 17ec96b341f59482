"""The VAE that lesson 10 builds and the package's: same weights, loss, gradient."""

import base64
import io
import math
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
import torch
from crowding import crowded
from matplotlib.colors import to_rgb
from notebook_cells import NOTEBOOKS, run_cells
from PIL import Image
from torch import nn
from torch.distributions import MultivariateNormal, kl_divergence

from course_utils import models
from course_utils.data import load
from course_utils.exercises import vae as ex
from course_utils.figures.draw_graph import draw_graph, spread
from course_utils.likelihoods import Bernoulli, Binomial, Gaussian
from course_utils.plotting import CLASS_COLOURS
from course_utils.training import batches, fit

PIXELS, LATENTS, HIDDEN = 12, 3, 9
PARTS = {"kl": "kl", "draw": "draw", "nll": "nll", "loss": "loss", "train": "loop"}


def lesson(**names):
    """The names that the lesson's cells define, run on small pictures."""
    names |= {"torch": torch, "nn": nn, "math": math, "ex": ex, "Bernoulli": Bernoulli}
    names |= {"data": SimpleNamespace(pixels=PIXELS), "hidden": HIDDEN}
    names |= {"device": torch.device("cpu"), "x_test": torch.ones(16, PIXELS)}
    return run_cells("10_vae", "model", "sheet", "vae-loss", **names)


@pytest.fixture(scope="module")
def notebook():
    """The lesson run unsolved: with the course's own pieces."""
    adopted = run_cells(
        "10_vae", *(f"ex-{e}" for e in PARTS.values()), ex=ex, torch=torch
    )
    return lesson(**{name: adopted[name] for name in PARTS})


@pytest.fixture
def pair(notebook):
    """The lesson's model and the package's from the same seed: the same weights."""
    torch.manual_seed(0)
    here = notebook["VAE"](PIXELS, LATENTS, HIDDEN, Bernoulli())
    torch.manual_seed(0)
    theirs = models.VAE(
        pixels=PIXELS, latents=LATENTS, likelihood=Bernoulli(), hidden=(HIDDEN,)
    )
    torch.testing.assert_close(here.state_dict(), theirs.state_dict())
    return here, theirs


def some_pixels(number=6):
    torch.manual_seed(1)
    return torch.randint(0, 2, (number, PIXELS)).float()


def loss_and_gradient(loss, model):
    torch.manual_seed(2)
    parts = loss(model, some_pixels())
    model.zero_grad()
    parts["loss"].backward()
    gradients = [weights.grad.clone() for weights in model.parameters()]
    return {name.lower(): value.item() for name, value in parts.items()}, gradients


def test_same_loss_and_gradient(notebook, pair):
    ours, gradients = loss_and_gradient(notebook["vae_loss"], pair[0])
    theirs, expected = loss_and_gradient(models.vae_loss, pair[1])
    assert ours == pytest.approx(theirs)
    torch.testing.assert_close(gradients, expected)
    assert all((g != 0).any() for g in gradients), "it reaches every layer"


def test_a_solved_lesson_computes_the_same(notebook, pair):
    """The exercises' solutions in place of the course's own pieces."""
    solved = {}
    for name, exercise in PARTS.items():
        exec(getattr(ex, exercise).solution_text, space := {})
        solved[name] = space["answer"]
    ours, gradients = loss_and_gradient(lesson(**solved)["vae_loss"], pair[0])
    theirs, expected = loss_and_gradient(notebook["vae_loss"], pair[0])
    assert ours == pytest.approx(theirs)
    torch.testing.assert_close(gradients, expected)


def test_same_codes_and_pictures(pair):
    x, z = some_pixels(), torch.randn(5, LATENTS)
    torch.testing.assert_close(pair[0].encode(x), pair[1].encode(x))
    torch.testing.assert_close(pair[0].decode(z), pair[1].decode(z))


def test_the_loop_is_what_fit_does(notebook, pair):
    x = some_pixels(40)
    settings = {"epochs": 2, "batch_size": 8, "lr": 1e-2, "seed": 3, "device": "cpu"}
    fit(pair[1], x, loss=models.vae_loss, progress=False, **settings)
    torch.manual_seed(3)
    data = (b for _ in range(2) for (b,) in batches(x, batch_size=8))
    ex.train(pair[0], data, notebook["vae_loss"], 1e-2)
    ours, theirs = (model.state_dict() for model in pair)
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


def test_a_step_needs_no_certain_device(notebook):
    """On `meta`, where every tensor must be made on the model's device."""
    model = notebook["VAE"](PIXELS, LATENTS, HIDDEN, Bernoulli()).to("meta")
    loss = notebook["vae_loss"](model, some_pixels().to("meta"))["loss"]
    loss.backward()
    assert loss.device.type == "meta"
    assert all(w.grad.shape == w.shape for w in model.parameters())


def test_the_sheet_of_formulas_is_the_package(notebook):
    torch.manual_seed(0)
    output, log_var, x = torch.randn(3, 5, PIXELS)
    both, bits = torch.cat([output, log_var], dim=1), some_pixels(5)
    dots = torch.randint(0, 17, (5, PIXELS)) / 16
    unit, learnt = Gaussian(learnt=False), Gaussian(floor=1e-12)
    kl = models.kl_to_standard_normal(output, log_var).sum(1)
    for name, arguments, theirs in [
        ("nll", (output, bits), Bernoulli().nll(output, bits)),
        ("binomial_nll", (output, dots), Binomial(16).nll(output, dots)),
        ("gaussian_nll", (output, 0 * output, x), unit.nll(output, x)),
        ("gaussian_nll", (output, log_var, x), learnt.nll(both, x)),
        ("kl", (output, log_var), kl),
    ]:
        torch.testing.assert_close(notebook[name](*arguments).sum(1), theirs)


def test_the_kl_of_full_gaussians():
    """The lesson's formula on two that share nothing, by the library and by draws."""
    cells = {"torch": torch, "math": math, "kl": models.kl_to_standard_normal}
    kl_full = run_cells("10_vae", "kl-full", **cells)["kl_full"]
    cov_q = torch.tensor([[0.75, 0.3], [0.3, 1.0]])
    cov_p = torch.tensor([[3.0, 0.6], [0.6, 0.8]])
    q = MultivariateNormal(torch.tensor([0.3, 1.0]), cov_q)
    p = MultivariateNormal(torch.zeros(2), cov_p)
    value = kl_full(q.mean, cov_q, p.mean, cov_p)
    assert value.item() == pytest.approx(1.023056, abs=1e-5)
    assert value.item() == pytest.approx(kl_divergence(q, p).item(), abs=1e-5)
    torch.manual_seed(0)
    z = q.sample((100_000,))
    by_draws = (q.log_prob(z) - p.log_prob(z)).mean().item()
    assert value.item() == pytest.approx(by_draws, abs=0.01)


def test_without_the_draws_only_the_kl_speaks_to_the_encoder(notebook, pair):
    """What the lesson says: cut z off, and the KL's gradient is what is left."""
    model, x = pair[0], some_pixels()
    mu, log_var = model.encode(x)
    z = notebook["draw"](mu, log_var, torch.randn_like(mu)).detach()
    rest = notebook["nll"](model.decode(z), x)
    cut = notebook["loss"](rest, notebook["kl"](mu, log_var), 1.0)
    only = notebook["vae_loss"](model, x)["KL"]
    for a, b in zip(
        torch.autograd.grad(cut, model.encoder.parameters()),
        torch.autograd.grad(only, model.encoder.parameters()),
        strict=True,
    ):
        torch.testing.assert_close(a, b)


def test_the_draw_is_drawn_with_its_numbers():
    pictures = load("mnist_small").test_images[:2].reshape(2, 28, 28)
    values, slopes = (-2.43, -4.08, 1.08, -2.29), (8.3, 0.58, 8.3)
    fig = draw_graph(pictures, values, slopes, loss=77.4)
    assert crowded(fig) == []
    drawn = words(fig)
    for number in ("−2.43", "−4.08", "1.08", "77.4", "+8.30", "+.58", "none"):
        assert number in drawn


def test_the_spread_is_drawn_with_its_variances():
    noise = np.random.default_rng(0).normal(size=50_000)
    estimates = {"pathwise, 2z": 2 + 2 * noise, "score, z²ε": (1 + noise) ** 2 * noise}
    fig = spread(estimates, truth=2)
    assert crowded(fig) == []
    assert "± 2.0" in words(fig)
    assert f"{estimates['score, z²ε'].var():.0f}" in words(fig)


def words(fig):
    return "\n".join(t.get_text() for ax in fig.axes for t in ax.texts)


@pytest.mark.parametrize("number", [0, 1])
def test_both_stored_maps_of_codes_show_the_ten_colours(number):
    """A stored picture has few colours; each class must still have its own."""
    cells = nbformat.read(NOTEBOOKS / "10_vae.ipynb", as_version=4).cells
    sheets = next(cell for cell in cells if cell.id == "sheets").outputs
    picture = base64.b64decode(sheets[number].data["image/png"])
    pixels = np.array(Image.open(io.BytesIO(picture)).convert("RGB")).reshape(-1, 3)
    for digit, colour in enumerate(CLASS_COLOURS):
        shades = 255 * np.outer([0.7, 0.8, 0.9, 1], to_rgb(colour))  # edge to middle
        away = np.linalg.norm(np.unique(pixels, axis=0)[:, None] - shades, axis=2)
        assert away.min() < 18, f"the colour of the {digit}s is {away.min():.0f} off"
