"""The models' shapes, contracts and errors."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from course_utils.likelihoods import Bernoulli, Gaussian, GreyCrossEntropy
from course_utils.models import (
    VAE,
    Autoencoder,
    autoencoder_loss,
    kl_to_standard_normal,
    reparameterise,
    vae_loss,
)
from course_utils.training import fit

MODELS = [VAE, Autoencoder]


def build(model, **changes):
    torch.manual_seed(0)
    settings = {"pixels": 12, "latents": 3, "likelihood": Bernoulli(), "hidden": (8, 5)}
    return model(**settings | changes)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("likelihood", [Bernoulli(), Gaussian()])
def test_shapes(model, likelihood):
    model = build(model, likelihood=likelihood)
    x, z = torch.rand(4, 12), torch.randn(2, 7, 3)
    code = model.encode(x)
    for part in code if isinstance(code, tuple) else [code]:
        assert part.shape == (4, 3)
    assert model.decode(z).shape == (2, 7, 12 * likelihood.heads)
    assert model.reconstruct(x).shape == (4, 12)
    sizes = [m.out_features for m in model.encoder if hasattr(m, "out_features")]
    assert sizes[:2] == [8, 5]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "change, message",
    [
        ({"pixels": 0}, "pixels must be a whole number of at least 1, got 0"),
        ({"latents": 0}, "latents must be a whole number of at least 1, got 0"),
        ({"hidden": ()}, "hidden sizes"),
        (
            {"hidden": (8, 0)},
            r"hidden sizes must be whole numbers of at least 1, got \(8, 0\)",
        ),
    ],
)
def test_bad_sizes(model, change, message):
    with pytest.raises(ValueError, match=message):
        build(model, **change)


@pytest.mark.parametrize("model", MODELS)
def test_images_and_codes_of_another_size(model):
    model = build(model)
    for shape in ((4, 11), (12,), (4, 3, 4)):
        with pytest.raises(ValueError, match="12 pixels"):
            model.encode(torch.zeros(shape))
    with pytest.raises(ValueError, match="3 latents"):
        model.decode(torch.zeros(4, 2))


def test_kl_against_torch_distributions():
    mu, log_var = torch.randn(2, 50, 3)
    expected = kl_divergence(Normal(mu, (log_var / 2).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(kl_to_standard_normal(mu, log_var), expected)


def test_reparameterise_draws_from_q_and_passes_gradients():
    torch.manual_seed(0)
    mu = torch.tensor([[1.0, -2.0]]).expand(50_000, 2).requires_grad_()
    log_var = torch.tensor([[0.0, 2.0]]).expand(50_000, 2)
    z = reparameterise(mu, log_var)
    torch.testing.assert_close(z.mean(0), mu[0], atol=0.05, rtol=0)
    torch.testing.assert_close(z.std(0), log_var[0].div(2).exp(), rtol=0.02, atol=0)
    assert z.requires_grad


def test_vae_loss_is_minus_elbo_and_beta_weighs_the_kl():
    model, x = build(VAE), torch.rand(20, 12).round()
    torch.manual_seed(3)
    plain = vae_loss(model, x)
    torch.manual_seed(3)
    heavy = vae_loss(model, x, beta=4.0)
    torch.testing.assert_close(plain["loss"], plain["reconstruction"] + plain["kl"])
    torch.testing.assert_close(heavy["loss"], heavy["reconstruction"] + 4 * heavy["kl"])
    mu, log_var = model.encode(x)
    kl = kl_to_standard_normal(mu, log_var).sum() / 20  # sum over J, mean over B
    torch.testing.assert_close(plain["kl"], kl)


def test_samples():
    model = build(VAE)
    pictures = model.sample(5)
    assert pictures.shape == (5, 12) and ((pictures >= 0) & (pictures <= 1)).all()
    with pytest.raises(
        ValueError, match="number must be a whole number of at least 1, got 0"
    ):
        model.sample(0)


def test_an_autoencoder_learns_and_draws_nothing_at_random():
    model = build(Autoencoder, likelihood=GreyCrossEntropy())
    x = torch.rand(30, 12, generator=torch.Generator().manual_seed(1))
    loss = autoencoder_loss(model, x)["loss"]
    assert torch.equal(loss, autoencoder_loss(model, x)["loss"])
    expected = model.likelihood.nll(model.decode(model.encode(x)), x).mean()
    torch.testing.assert_close(loss, expected)
    history = fit(model, x, autoencoder_loss, epochs=20, lr=1e-2, progress=False)
    assert history.train["loss"][-1] < loss


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_only_images_in_the_model_s_dtype(model, dtype):
    model = build(model).to(dtype)
    model.reconstruct(torch.zeros(4, 12, dtype=dtype))
    wrong = {torch.float32, torch.float64, torch.uint8, torch.bool} - {dtype}
    for other in wrong:
        with pytest.raises(ValueError, match=f"{dtype} .* got {other}"):
            model.encode(torch.zeros(4, 12, dtype=other))


def test_samples_are_drawn_from_the_prior_in_the_model_s_dtype():
    model = build(VAE).double()
    first, second = model.sample(3), model.sample(3)
    assert first.dtype == torch.float64
    assert not torch.equal(first, second) and not torch.equal(first[0], first[1])
