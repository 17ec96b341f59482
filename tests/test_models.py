"""The models' shapes, contracts and errors, dense and convolutional."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from course_utils.conv import ConvVAE
from course_utils.likelihoods import Bernoulli, Binomial, Gaussian, GreyCrossEntropy
from course_utils.models import (
    VAE,
    Autoencoder,
    autoencoder_loss,
    reparameterise,
    vae_loss,
)
from course_utils.training import fit

MODELS = [VAE, Autoencoder, ConvVAE]


def build(model, **changes):
    """A small model of 8 x 12 pixels and 3 latents."""
    torch.manual_seed(0)
    settings = {"latents": 3, "likelihood": Bernoulli(), "hidden": (8, 5)}
    dense = {"pixels": 96}
    conv = {"image_shape": (8, 12), "channels": 4}
    own = conv if model is ConvVAE else dense
    return model(**settings | own | changes)


def loss(model, x):
    return (vae_loss if isinstance(model, VAE) else autoencoder_loss)(model, x)["loss"]


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("likelihood", [Bernoulli(), Binomial(16), Gaussian()])
@pytest.mark.parametrize("hidden", [(), (8, 5)])
def test_flat_images_in_and_out(kind, likelihood, hidden):
    model = build(kind, likelihood=likelihood, hidden=hidden)
    x, z = torch.rand(4, 96).round(), torch.randn(2, 7, 3)
    if isinstance(model, VAE):
        assert [part.shape for part in model.encode(x)] == [(4, 3)] * 2
        assert model.sample(5).shape == (5, 96)
    else:
        assert model.encode(x).shape == (4, 3)
    assert (model.pixels, model.latents) == (96, 3)
    assert model.decode(z).shape == (2, 7, 96 * likelihood.heads)
    torch.testing.assert_close(model.decode(z)[1, 2], model.decode(z[1, 2]))
    assert model.reconstruct(x).shape == (4, 96)
    assert type(model)(**model.config).config == model.config
    on_meta = build(kind, likelihood=likelihood, hidden=hidden).to("meta")
    assert loss(on_meta, x.to("meta")).device.type == "meta"
    loss(model, x).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name


@pytest.mark.parametrize(
    "kind, change, message",
    [(k, {"latents": 0}, "latents must be .* got 0") for k in MODELS]
    + [
        (VAE, {"latents": 2.0}, "latents"),
        (VAE, {"hidden": (8, 0)}, "hidden must be .* got 0"),
        (VAE, {"pixels": 0}, "pixels must be .* got 0"),
        (ConvVAE, {"image_shape": (8, 10)}, "multiples of 4, got 8 x 10"),
        (ConvVAE, {"image_shape": (0, 8)}, "multiples of 4, got 0 x 8"),
        (ConvVAE, {"channels": 0}, "channels"),
    ],
)
def test_bad_sizes(kind, change, message):
    with pytest.raises(ValueError, match=message):
        build(kind, **change)


def test_an_autoencoder_draws_nothing_and_without_hidden_layers_is_linear():
    model = build(Autoencoder, hidden=(), likelihood=GreyCrossEntropy())
    a, b = torch.rand(2, 5, 96)
    assert torch.equal(loss(model, a), loss(model, a))
    expected = model.likelihood.nll(model.decode(model.encode(a)), a).mean()
    torch.testing.assert_close(loss(model, a), expected)
    middle = model.encode((a + b) / 2)
    torch.testing.assert_close(middle, (model.encode(a) + model.encode(b)) / 2)
    z, w = torch.randn(2, 5, 3)
    middle = model.decode((z + w) / 2)
    torch.testing.assert_close(middle, (model.decode(z) + model.decode(w)) / 2)


def test_a_convolutional_vae_learns():
    rows = torch.randint(8, (256,), generator=torch.Generator().manual_seed(0))
    stripes = torch.eye(8)[rows].repeat_interleave(12, dim=1)  # a row of each is white
    settings = dict(loss=vae_loss, epochs=50, batch_size=32)
    losses = fit(build(ConvVAE, hidden=(32,)), stripes, **settings).train["loss"]
    assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize("kind", MODELS)
def test_images_and_codes_of_another_size_or_dtype(kind):
    model = build(kind)
    for shape in ((4, 64), (96,), (4, 8, 12)):
        with pytest.raises(ValueError, match="96 pixels"):
            model.encode(torch.zeros(shape))
    with pytest.raises(ValueError, match="3 latents"):
        model.decode(torch.zeros(4, 2))
    for dtype in (torch.float64, torch.uint8, torch.bool):
        with pytest.raises(ValueError, match=f"torch.float32.*{dtype}"):
            model.encode(torch.zeros(4, 96, dtype=dtype))
        with pytest.raises(ValueError, match=f"torch.float32.*{dtype}"):
            model.decode(torch.zeros(4, 3, dtype=dtype))
    with torch.autocast("cpu", torch.bfloat16):  # which may shorten codes
        assert torch.isfinite(loss(model, torch.rand(6, 96).round()))
    model.double().decode(torch.zeros(4, 3, dtype=torch.float64))
    with pytest.raises(ValueError, match=r"torch.float64.*float32"):
        model.decode(torch.zeros(4, 3))


def test_pixels_keep_their_places():
    """A pixel moves only the maps near it; neighbours in a row stay neighbours."""
    convolution = build(ConvVAE).encoder[:2]
    x = torch.zeros(1, 8, 12)
    x[0, 7, 11] = 1
    moved = (convolution(x.flatten(1)) - convolution(torch.zeros(1, 96)))[0].abs()
    assert moved.shape == (4, 4, 6)
    assert moved[:, 3, 5].max() > 0
    assert moved[:, :3].max() == 0 and moved[:, :, :5].max() == 0


def test_reparameterise_draws_from_q_and_passes_gradients():
    torch.manual_seed(0)
    mu = torch.tensor([[1.0, -2.0]]).expand(50_000, 2).requires_grad_()
    log_var = torch.tensor([[0.0, 2.0]]).expand(50_000, 2)
    z = reparameterise(mu, log_var)
    torch.testing.assert_close(z.mean(0), mu[0], atol=0.05, rtol=0)
    torch.testing.assert_close(z.std(0), log_var[0].div(2).exp(), rtol=0.02, atol=0)
    assert z.requires_grad


def test_vae_loss_is_minus_elbo_and_beta_weighs_the_kl():
    model, x = build(VAE), torch.rand(20, 96).round()
    torch.manual_seed(3)
    plain = vae_loss(model, x)
    torch.manual_seed(3)
    heavy = vae_loss(model, x, beta=4.0)
    torch.testing.assert_close(plain["loss"], plain["reconstruction"] + plain["kl"])
    torch.testing.assert_close(heavy["loss"], heavy["reconstruction"] + 4 * heavy["kl"])
    mu, log_var = model.encode(x)
    kl = kl_divergence(Normal(mu, (log_var / 2).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(plain["kl"], kl.sum() / 20)  # sum over J, mean over B


@pytest.mark.parametrize("kind", [VAE, ConvVAE])
def test_samples_are_drawn_from_the_prior_in_the_model_s_dtype(kind):
    model = build(kind).double()
    first, second = model.sample(3), model.sample(3)
    assert first.dtype == torch.float64 and ((first >= 0) & (first <= 1)).all()
    assert not torch.equal(first, second) and not torch.equal(first[0], first[1])
    with pytest.raises(ValueError, match="number"):
        model.sample(0)
