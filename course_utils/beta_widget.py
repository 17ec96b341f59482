"""The explorer of β: what a weight on the KL does to pictures and to both numbers.

    box = beta_explorer()
    show_widget(box, "alt text: what is to be seen")

The seven VAEs behind it are trained by tools/beta_models.py and shipped in
data/beta_models/.
"""

from functools import cache

import ipywidgets as widgets
import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from course_utils import weights
from course_utils.bounds import Elbo, elbo
from course_utils.data import Dataset, load
from course_utils.files import SHIPPED
from course_utils.models import VAE
from course_utils.plotting import BLUE, ORANGE, draw_images
from course_utils.widgets import choice_slider, explorer

BETAS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
FOLDER = SHIPPED / "beta_models"


def beta_explorer(beta: float = 1.0) -> widgets.VBox:
    """A slider over draw_beta's picture; show it with widgets.show_widget."""
    return explorer(draw_beta, {"beta": choice_slider("β", beta, BETAS)})


def draw_beta(beta: float) -> Figure:
    """Ten digits, rebuilt; thirty codes, decoded; the model's place among seven."""
    model, bound = beta_model(beta), place(beta)
    digits = _digits()
    first = [int((digits.test_labels == k).nonzero()[0]) for k in range(10)]
    originals = digits.test_images[first]
    codes = torch.randn(30, model.latents, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        rebuilt = model.reconstruct(originals)
        samples = model.likelihood.mean(model.decode(codes))

    fig = plt.figure(figsize=(9, 4), layout="constrained")
    axes = fig.subplot_mosaic("AC;BC", width_ratios=[5, 4], height_ratios=[2, 3])
    for key, images, title in (
        ("A", torch.cat([originals, rebuilt]), "Test digits, and rebuilt"),
        ("B", samples, "Decoded: 30 codes from the prior, always the same"),
    ):
        pictures = images.reshape(-1, *digits.image_shape)
        draw_images(axes[key], pictures, columns=10, title=title)
    plane, (x, y) = axes["C"], (bound.kl, bound.reconstruction)
    everyone = [place(other) for other in BETAS]
    plane.plot([e.kl for e in everyone], [e.reconstruction for e in everyone], "o-")
    plane.axline((x, y), slope=-beta, color="0.6", ls="--", zorder=1)
    plane.plot(x, y, "o", color=ORANGE, mec="black", ms=15)
    plane.lines[0].set_color(BLUE)
    plane.set(xlim=(0, 42), ylim=(80, 200))
    plane.set(xlabel="rate: KL (nats)", ylabel="distortion: −log p(x|z) (nats)")
    plane.set_title(f"Dashed: {beta:g} of distortion for 1 of KL")
    total = f"{y:.0f} + {x:.0f} = {x + y:.0f}"
    fig.suptitle(f"β = {beta:g}: distortion + rate = −ELBO, {total} nats per digit")
    return fig


@cache
def beta_model(beta: float) -> VAE:
    """The shipped VAE trained with this β; ValueError if there is none."""
    if beta not in BETAS:
        raise ValueError(f"no model has β = {beta:g}; β is one of {BETAS}")
    return weights.load(FOLDER / file_name(beta))[0].requires_grad_(False)


def file_name(beta: float) -> str:
    """The file in data/beta_models/ that holds a model."""
    return f"beta_{beta:g}.safetensors"


@cache
def place(beta: float) -> Elbo:
    """Rate (`kl`), distortion (`reconstruction`) and ELBO on the 1000 test digits."""
    return elbo(beta_model(beta), _digits().test_images)


@cache
def _digits() -> Dataset:
    return load("mnist_small", binarisation="stochastic")
