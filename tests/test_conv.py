"""The convolutional models learn and are judged as the dense ones are."""

import pytest
import torch
from torch.optim import Adam

from course_utils.conv import ConvAutoencoder, ConvVAE
from course_utils.evaluation import active_units, elbo, log_likelihood
from course_utils.likelihoods import Bernoulli
from course_utils.models import autoencoder_loss, vae_loss


@pytest.fixture
def stripes():
    """256 images of 8 x 12 pixels: one row of each is white."""
    generator = torch.Generator().manual_seed(0)
    rows = torch.eye(8)[torch.randint(8, (256,), generator=generator)]
    return rows.repeat_interleave(12, dim=1)


def train(kind, loss, images):
    torch.manual_seed(0)
    model = kind(
        image_shape=(8, 12), latents=3, likelihood=Bernoulli(), channels=4, hidden=(32,)
    )
    optimiser, losses = Adam(model.parameters(), lr=3e-3), []
    for batch in images.split(32) * 50:
        losses.append(loss(model, batch)["loss"])
        optimiser.zero_grad()
        losses[-1].backward()
        optimiser.step()
    return model, losses[0].item(), losses[-1].item()


def test_a_vae_learns_and_its_bounds_are_in_order(stripes):
    model, before, after = train(ConvVAE, vae_loss, stripes)
    assert after < before / 2
    bound = elbo(model, stripes).value
    assert log_likelihood(model, stripes, K=20).value > bound
    assert 1 <= active_units(model, stripes) <= 3


def test_an_autoencoder_learns_and_has_no_elbo(stripes):
    model, before, after = train(ConvAutoencoder, autoencoder_loss, stripes)
    assert after < before / 2
    with pytest.raises(ValueError, match="ConvAutoencoder"):
        elbo(model, stripes)
