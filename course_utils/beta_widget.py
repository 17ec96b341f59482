"""The explorer of β: what the weight on the KL and the number of latents change.

In a notebook two lines suffice (notebook 12_reading_a_vae):

    box = beta_explorer()
    show_widget(box, "alt text: what is to be seen")

The 25 small VAEs behind it are trained on scikit-learn's digits by
tools/widget_models.py and shipped in data/widget_models/.
"""

from functools import cache

import ipywidgets as widgets
import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from course_utils import weights
from course_utils.data import Dataset, load
from course_utils.evaluation import active_units, elbo, kl_per_dimension
from course_utils.files import SHIPPED
from course_utils.models import VAE
from course_utils.plotting import BLUE, draw_images
from course_utils.widgets import explorer

BETAS = (0.25, 1.0, 4.0, 16.0, 64.0)
LATENTS = (1, 2, 4, 8, 16)
FOLDER = SHIPPED / "widget_models"


def beta_explorer(beta: float = 1.0, latents: int = 8) -> widgets.VBox:
    """Two sliders over draw_beta's picture; show it with widgets.show_widget."""
    controls = {
        "beta": _slider("β", BETAS, beta),
        "latents": _slider("latents", LATENTS, latents),
    }
    return explorer(draw_beta, controls)


def draw_beta(beta: float, latents: int) -> Figure:
    """Reconstructions beside originals, samples, and KL per dimension (nats).

    All numbers are those of the 360 test digits. ValueError for a pair of values
    that no model was trained with.
    """
    model, digits = widget_model(beta, latents), _digits()
    test = digits.test_images
    bound = elbo(model, test)
    kl = kl_per_dimension(model, test).sort(descending=True).values
    active = active_units(model, test)
    originals = _one_of_each(digits)
    with torch.no_grad():
        pairs = torch.cat([originals, model.reconstruct(originals)])
        samples = model.likelihood.mean(model.decode(_prior_codes()[:, :latents]))

    fig = plt.figure(figsize=(9, 3.8), layout="constrained")
    axes = fig.subplot_mosaic("AC;BC", height_ratios=[2, 3], width_ratios=[3, 2])
    for key, images, title in [
        (
            "A",
            pairs,
            f"Originals, reconstructions below: {bound.reconstruction:.0f} nats",
        ),
        ("B", samples, "Samples: mean pixels for codes from the prior"),
    ]:
        pictures = images.reshape(-1, *digits.image_shape)
        draw_images(axes[key], pictures, columns=10, title=title)
    bars = axes["C"]
    bars.bar(range(1, latents + 1), kl.numpy(), color=BLUE)
    if latents < max(LATENTS):
        bars.axvspan(latents + 0.5, max(LATENTS) + 0.6, color="0.92")
    bars.set(
        title=f"KL {bound.kl:.1f} nats, {active} of {latents} latents active",
        xlabel="latent, by its KL (grey: not in this model)",
        ylabel="KL (nats)",
        xlim=(0.4, max(LATENTS) + 0.6),
        ylim=(0, 7),
    )
    bars.set_xticks(LATENTS)
    bars.grid(axis="x", visible=False)
    fig.suptitle(
        f"β = {beta:g}, latents {latents}: -ELBO {-bound.value:.0f} nats per digit"
    )
    return fig


@cache
def widget_model(beta: float, latents: int) -> VAE:
    """The shipped VAE trained with this β; its file and card are checked.

    ValueError for a pair of values that no model was trained with.
    """
    if beta not in BETAS or latents not in LATENTS:
        raise ValueError(
            f"no model has β = {beta:g} and {latents} latents;"
            f" β is one of {BETAS}, latents one of {LATENTS}"
        )
    return weights.load(FOLDER / file_name(beta, latents))[0]


def file_name(beta: float, latents: int) -> str:
    """The file in data/widget_models/ that holds a model."""
    return f"beta_{beta:g}_latents_{latents}.safetensors"


def _slider(
    label: str, choices: tuple[float, ...], value: float
) -> widgets.SelectionSlider:
    return widgets.SelectionSlider(
        description=label,
        options=[(f"{choice:g}", choice) for choice in choices],
        value=value,
        continuous_update=True,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="460px"),
    )


@cache
def _digits() -> Dataset:
    return load("digits")


def _one_of_each(digits: Dataset) -> Tensor:
    """The first test image of each class: (10, D)."""
    first = [int((digits.test_labels == k).nonzero()[0]) for k in range(10)]
    return digits.test_images[first]


def _prior_codes() -> Tensor:
    """30 codes from N(0, I), the same at each call, so that only the model changes."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(30, max(LATENTS), generator=generator)
