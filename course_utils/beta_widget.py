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

from course_utils import weights
from course_utils.data import Dataset, load
from course_utils.evaluation import active_units, elbo, kl_per_dimension
from course_utils.files import SHIPPED
from course_utils.models import VAE
from course_utils.plotting import BLUE, draw_images
from course_utils.widgets import choice_slider, explorer

BETAS = (0.25, 1.0, 4.0, 16.0, 64.0)
LATENTS = (1, 2, 4, 8, 16)
FOLDER = SHIPPED / "widget_models"


def beta_explorer(beta: float = 1.0, latents: int = 8) -> widgets.VBox:
    """Two sliders over draw_beta's picture; show it with widgets.show_widget."""
    controls = {
        "beta": choice_slider("β", beta, BETAS),
        "latents": choice_slider("latents", latents, LATENTS),
    }
    return explorer(draw_beta, controls)


def draw_beta(beta: float, latents: int) -> Figure:
    """Reconstructions beside originals, samples, and KL per dimension (nats).

    All numbers are those of the 360 test digits. ValueError for a pair of values
    that no model was trained with.
    """
    model, digits = widget_model(beta, latents), _digits()
    test = digits.test_images
    bound, active = elbo(model, test), active_units(model, test)
    kl = kl_per_dimension(model, test).sort(descending=True).values
    first = [int((digits.test_labels == k).nonzero()[0]) for k in range(10)]
    noise = torch.Generator().manual_seed(0)  # the same at each call
    codes = torch.randn(30, max(LATENTS), generator=noise)[:, :latents]
    with torch.no_grad():
        pairs = torch.cat([test[first], model.reconstruct(test[first])])
        samples = model.likelihood.mean(model.decode(codes))

    fig = plt.figure(figsize=(9, 3.8), layout="constrained")
    axes = fig.subplot_mosaic("AC;BC", height_ratios=[2, 3], width_ratios=[3, 2])
    title = f"Originals, reconstructions below: {bound.reconstruction:.0f} nats"
    draw_images(axes["A"], pairs.unflatten(1, (8, 8)), columns=10, title=title)
    title = "Samples: mean pixels for codes from the prior"
    draw_images(axes["B"], samples.unflatten(1, (8, 8)), columns=10, title=title)
    bars = axes["C"]
    bars.bar(range(1, latents + 1), kl.numpy(), color=BLUE)
    if latents < max(LATENTS):
        bars.axvspan(latents + 0.5, max(LATENTS) + 0.6, color="0.92")
    bars.set(
        title=f"KL {bound.kl:.1f} nats, {active} of {latents} latents active",
        xlabel="latent, by its KL (grey: not in this model)",
        ylabel="KL (nats)",
        xlim=(0.4, max(LATENTS) + 0.6),
        xticks=LATENTS,
        ylim=(0, 7),
    )
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


@cache
def _digits() -> Dataset:
    return load("digits")
