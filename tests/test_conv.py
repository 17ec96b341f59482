"""The convolutional VAE: models.VAE's interface, and bad input."""

from functools import partial

import pytest
import torch

from course_utils.conv import ConvVAE
from course_utils.evaluation import active_units, elbo, log_likelihood
from course_utils.likelihoods import Bernoulli, Binomial, Gaussian
from course_utils.models import vae_loss
from course_utils.training import fit


def model(**changed):
    settings = {
        "image_shape": (8, 12),
        "latents": 3,
        "likelihood": Bernoulli(),
        "channels": 4,
        "hidden": (16,),
    }
    torch.manual_seed(0)
    return ConvVAE(**(settings | changed))


@pytest.mark.parametrize("likelihood", [Bernoulli(), Binomial(16), Gaussian()])
@pytest.mark.parametrize("shape", [(4, 4), (8, 12), (28, 28)])
def test_flat_images_in_and_out(likelihood, shape):
    vae = model(image_shape=shape, likelihood=likelihood)
    pixels = shape[0] * shape[1]
    assert vae.pixels == pixels and vae.latents == 3
    x = torch.rand(5, pixels).round()
    mu, log_var = vae.encode(x)
    assert mu.shape == log_var.shape == (5, 3)
    assert vae.decode(mu).shape == (5, likelihood.heads * pixels)
    assert vae.decode(mu[0]).shape == (likelihood.heads * pixels,)
    assert vae.reconstruct(x).shape == vae.sample(5).shape == (5, pixels)
    for part in vae_loss(vae, x).values():
        assert part.shape == () and torch.isfinite(part)


def test_a_stack_of_codes_decodes_as_its_rows():
    vae = model(likelihood=Gaussian())
    z = torch.randn(2, 5, 3)
    stacked = vae.decode(z)
    assert stacked.shape == (2, 5, 2 * 96)
    torch.testing.assert_close(stacked[1], vae.decode(z[1]))


def test_pixels_keep_their_places():
    """A pixel moves only the maps near it; neighbours in a row stay neighbours."""
    vae = model()
    convolution = vae.encoder[:2]
    x = torch.zeros(1, 8, 12)
    x[0, 7, 11] = 1
    moved = (convolution(x.flatten(1)) - convolution(torch.zeros(1, 96)))[0].abs()
    assert moved.shape == (4, 4, 6)
    assert moved[:, 3, 5].max() > 0
    assert moved[:, :3].max() == 0 and moved[:, :, :5].max() == 0


def test_every_weight_learns():
    vae = model()
    vae_loss(vae, torch.rand(6, 96).round())["loss"].backward()
    for name, weight in vae.named_parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name


def test_fit_and_evaluation_work_unchanged():
    """Stripes, sampled: the loss falls below half, and the bounds are in order."""
    torch.manual_seed(0)
    stripes = torch.eye(8)[torch.randint(8, (256,))].repeat_interleave(12, dim=1)
    vae = model()
    before = elbo(vae, stripes)
    loss = partial(vae_loss, beta=1.0)
    fit(vae, stripes, loss, epochs=30, lr=1e-2, batch_size=32, progress=False)
    after = elbo(vae, stripes)
    assert -after.value < -0.5 * before.value
    assert log_likelihood(vae, stripes, K=20).value > after.value
    assert 1 <= active_units(vae, stripes) <= 3


def test_the_step_runs_on_a_device_without_data():
    vae = model().to("meta")
    loss = vae_loss(vae, torch.empty(7, 96, device="meta"))["loss"]
    loss.backward()
    assert loss.device.type == "meta"


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"image_shape": (8, 10)}, "multiples of 4, got 8 x 10"),
        ({"image_shape": (0, 8)}, "multiples of 4, got 0 x 8"),
        ({"channels": 0}, "channels must be a whole number of at least 1, got 0"),
        ({"latents": 0}, "latents must be a whole number of at least 1, got 0"),
        ({"hidden": ()}, "hidden sizes"),
        ({"hidden": (0,)}, "hidden sizes"),
    ],
)
def test_bad_sizes(changed, message):
    with pytest.raises(ValueError, match=message):
        model(**changed)


def test_bad_input():
    vae = model()
    with pytest.raises(ValueError, match=r"96 pixels as \(B, D\), got shape \(5, 64\)"):
        vae.encode(torch.zeros(5, 64))
    with pytest.raises(ValueError, match="96 pixels"):
        vae.encode(torch.zeros(5, 8, 12))
    with pytest.raises(ValueError, match="3 latents"):
        vae.decode(torch.zeros(5, 2))
    with pytest.raises(ValueError, match="number must be a whole number"):
        vae.sample(0)
