"""The training loop: what it promises when all goes well, and when it does not."""

import math
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_utils.likelihoods import Bernoulli, Gaussian, GreyCrossEntropy
from course_utils.models import VAE, vae_loss
from course_utils.training import History, batches, evaluate, fit, pick_device

learn = partial(fit, loss=vae_loss, epochs=1, batch_size=16)


@pytest.fixture
def images():
    """Ten pixels, two kinds of picture and noise: 70 images, 0 or 1."""
    rng = torch.Generator().manual_seed(0)
    kinds = torch.tensor([[0.9] * 5 + [0.1] * 5, [0.1] * 5 + [0.9] * 5])
    return torch.bernoulli(kinds.repeat(35, 1), generator=rng)


def new_vae(likelihood=None):
    torch.manual_seed(0)
    return VAE(pixels=10, latents=2, likelihood=likelihood or Bernoulli(), hidden=(16,))


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def slope():
    """One weight, so that a loss can be made of whatever a test needs."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.ones_(model.weight)
    return model


def mean_pixel(model, x):
    return {"loss": x.mean() + 0 * model.weight.sum()}


def classify(model, x, y):
    return {"loss": F.cross_entropy(model(x), y)}


def squared(model, x, target):
    return {"loss": ((model(x) - target) ** 2).sum(1).mean()}


def test_it_learns_and_the_history_can_be_plotted(images):
    model = new_vae()
    history = learn(model, images, epochs=30, lr=1e-2, test=images)
    assert next(model.parameters()).device.type == pick_device().type
    assert history.epochs == 30 and History().epochs == 0
    for record in (history.train, history.test):
        assert set(record) == {"loss", "reconstruction", "kl"}
        for values in record.values():
            assert len(values) == 30 and all(type(v) is float for v in values)
        parts = record["reconstruction"][-1] + record["kl"][-1]
        assert record["loss"][-1] == pytest.approx(parts, rel=1e-5)
        assert record["loss"][-1] < record["loss"][0] - 0.3
    assert not model.training


def test_the_loop_that_a_lesson_writes_gives_the_same_weights(images):
    model, by_hand = new_vae(), new_vae()
    learn(model, images, epochs=3, test=images, device="cpu")
    torch.manual_seed(0)
    optimiser = torch.optim.Adam(by_hand.parameters(), lr=3e-3)
    for _ in range(3):
        for (x,) in batches(images, batch_size=16):
            parts = vae_loss(by_hand, x)
            optimiser.zero_grad()
            parts["loss"].backward()
            optimiser.step()
    torch.testing.assert_close(weights(model), weights(by_hand))


def test_looking_and_watching_change_nothing_and_a_seed_fixes_everything(images):
    def watch(model):
        assert not model.training and not torch.is_grad_enabled()
        return model.encoder[0].weight[0] + 0 * model.sample(1).sum()

    runs = []
    for options in ({}, {"test": images[:9], "watch": watch}, {"seed": 1}):
        model = new_vae()
        torch.manual_seed(len(runs))  # what was drawn before does not matter
        history = learn(model, images, epochs=3, device="cpu", **options)
        runs.append((history, weights(model)))
    assert runs[0][0].train == runs[1][0].train != runs[2][0].train
    assert torch.equal(runs[0][1], runs[1][1])
    seen = runs[1][0].watched
    assert [x.shape for x in seen] == [(10,)] * 4 and not seen[0].requires_grad
    assert torch.equal(seen[0], new_vae().encoder[0].weight[0]), "kept as it was"
    assert not torch.equal(seen[0], seen[1])
    with pytest.raises(TypeError, match="watch"):
        learn(new_vae(), images, watch=lambda m: None)


def test_a_classifier_a_denoiser_and_patches(images):
    settings = dict(epochs=20, lr=1e-2)
    torch.manual_seed(0)
    data = (images, torch.arange(70) % 2)
    history = learn(nn.Linear(10, 2), *data, loss=classify, test=data, **settings)
    assert history.train["loss"][-1] < 0.3 and history.test["loss"][-1] < 0.3

    denoiser = new_vae(GreyCrossEntropy())
    noisy = images + torch.randn(70, 10)  # leaves [0, 1], and may

    def denoising(model, x, clean):
        output = model.decode(model.encode(x)[0])
        return {"loss": model.likelihood.nll(output, clean).mean()}

    history = learn(denoiser, noisy, images, loss=denoising, **settings)
    assert history.train["loss"][-1] < history.train["loss"][0] - 1
    with pytest.raises(ValueError, match="in \\[0, 1\\]"):
        learn(denoiser, noisy, noisy, loss=denoising, **settings)
    assert learn(new_vae(Gaussian()), torch.randn(40, 10) * 3).epochs == 1


def test_batches_hold_each_row_once_in_a_new_order():
    x, y = torch.arange(10.0)[:, None], torch.arange(10)
    orders = []
    for _ in range(2):
        found = list(batches(x, y, batch_size=4))
        assert [len(a) for a, _ in found] == [4, 4, 2]
        assert all(torch.equal(a[:, 0], b.float()) for a, b in found)
        orders.append(torch.cat([b for _, b in found]).tolist())
    assert sorted(orders[0]) == list(range(10)) and orders[0] != orders[1]
    seeded = [
        next(batches(y, generator=torch.Generator().manual_seed(1)))[0].tolist()
        for _ in range(2)
    ]
    assert seeded[0] == seeded[1]
    next(batches(x, batch_size=10))[0].zero_()
    assert x.sum() == 45, "a batch is a copy"
    with torch.device("meta"):  # where nothing can be read back to the host
        assert len(list(batches(torch.zeros(70, 10), batch_size=16))) == 5


@pytest.mark.parametrize("batch_size", [1, 3, 4, 10, 99])
def test_a_smaller_last_batch_counts_by_its_images(batch_size):
    images = torch.arange(10.0)[:, None] ** 2
    settings = dict(loss=mean_pixel, batch_size=batch_size)
    history = fit(slope(), images, epochs=2, test=images, **settings)
    assert history.train["loss"] == pytest.approx([28.5, 28.5])
    assert history.test["loss"] == pytest.approx([28.5, 28.5])
    value = evaluate(slope(), images, **settings)
    assert value == {"loss": pytest.approx(28.5)}


def test_prepare_makes_each_epochs_data(images):
    seen = []

    def loss(model, x):
        seen.extend([x] if model.training else [])
        return vae_loss(model, x)

    settings = dict(epochs=3, batch_size=70, prepare=torch.bernoulli)
    fit(new_vae(), images / 2, loss=loss, **settings)
    assert len(seen) == 3 and all(((x == 0) | (x == 1)).all() for x in seen)
    assert len({x.sum().item() for x in seen}) > 1

    model, train = nn.Linear(10, 10), partial(learn, loss=squared)
    with pytest.raises(ValueError, match="got 1 tensors, expected 2"):
        train(model, images, images, prepare=lambda x, y: x)
    with pytest.raises(ValueError, match="140.*expected 70"):
        train(model, images, prepare=lambda x: x.repeat(2, 1))
    with pytest.raises(TypeError, match="prepare"):
        train(model, images, prepare=lambda x: None)
    with pytest.raises(ValueError, match="prepare.*NaN"):
        train(model, images, images, prepare=lambda x, y: (x * math.nan, y))


def test_noise_added_in_place_neither_piles_up_nor_reaches_the_data(images):
    before, spread = images.clone(), []

    def loss(model, x, y):
        if model.training:
            spread.append(x.std().item())
        x.add_(100.0)
        y.mul_(0.0)
        return squared(model, x / 100, y)

    def prepare(x, y):
        return x.add_(10 * torch.randn_like(x)), y

    model = nn.Linear(10, 10)
    settings = dict(loss=loss, epochs=20, lr=1e-5, batch_size=70)
    fit(model, images, images, prepare=prepare, test=(images, images), **settings)
    assert 9 < min(spread) < max(spread) < 11
    fit(model, images, images, **settings)
    evaluate(model, images, images, loss=loss)
    assert torch.equal(images, before)


def test_the_rate_warms_up_and_follows_a_cosine():
    """Adam with a constant gradient moves by the rate: the sum of the shares."""
    moved = []
    for options in ({}, {"cosine": True}, {"warm_up": 0.5}):
        model = slope()
        settings = dict(loss=lambda m, x: {"loss": m(x).mean()}, epochs=1, **options)
        fit(model, torch.ones(8, 1), batch_size=1, lr=0.1, **settings)
        moved.append(1 - model.weight.item())
    assert moved[0] == pytest.approx(0.8, rel=1e-3)
    assert moved[1] == pytest.approx(0.1 * 4.5, rel=1e-3)
    assert moved[2] == pytest.approx(0.1 * (0.2 + 0.4 + 0.6 + 0.8 + 4), rel=1e-3)


@pytest.mark.parametrize(
    "step, judged, whole", [(13, False, 2), (5, True, 0), (10, True, 1)]
)
def test_an_interrupt_passes_and_keeps_what_was_learnt(
    images, step, judged, whole, capsys
):
    """In a step, or after all steps of an epoch whose test images are being judged."""
    steps = 0

    def loss(model, x):  # five steps an epoch
        nonlocal steps
        steps += model.training
        if steps == step and model.training != judged:
            torch.set_grad_enabled(False)  # as between a no_grad block's end and
            raise KeyboardInterrupt  # its clean-up
        return vae_loss(model, x)

    model, before = new_vae(), new_vae()
    with pytest.raises(KeyboardInterrupt):
        learn(model, images, loss=loss, epochs=9, test=images)
    on = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    assert on and not model.training
    assert f" {whole} whole epoch" in capsys.readouterr().out
    if whole:
        learn(before, images, epochs=whole)
    assert not torch.equal(weights(model), weights(before)), "the last steps were lost"


@pytest.mark.parametrize(
    "bad, value, interrupted",
    [(1, math.nan, False), (8, math.inf, False), (15, math.nan, False)]
    + [(6, math.nan, True)],
)
def test_a_loss_that_is_not_finite_stops_and_names_the_step(
    images, bad, value, interrupted
):
    steps, epoch = 0, (bad + 4) // 5

    def loss(model, x):
        nonlocal steps
        steps += model.training
        if interrupted and steps > bad:
            raise KeyboardInterrupt
        return {"loss": vae_loss(model, x)["loss"] * (value if steps == bad else 1)}

    model, reference = new_vae(), new_vae()
    with pytest.raises(FloatingPointError, match=rf"{value}.* {bad} .*epoch {epoch}\b"):
        learn(model, images, loss=loss, epochs=3)
    assert not model.training
    if epoch > 1:
        learn(reference, images, epochs=epoch - 1)
    assert torch.equal(weights(model), weights(reference))


def test_a_weight_that_becomes_nan_in_the_last_step_stops():
    model = slope()
    with pytest.raises(FloatingPointError, match="weight"):  # infinity times 0
        root = lambda m, x: {"loss": (0 * m(x)).sqrt().mean()}  # noqa: E731
        learn(model, torch.ones(4, 1), loss=root)
    assert model.weight.item() == 1


def test_the_bar_is_shown_and_can_be_switched_off(images, capsys, monkeypatch):
    learn(new_vae(), images, epochs=2, progress=True)
    bar = capsys.readouterr().err
    assert "2/2" in bar and "loss=" in bar
    monkeypatch.setenv("VAE_COURSE_PROGRESS", "0")
    learn(new_vae(), images)
    monkeypatch.setenv("VAE_COURSE_PROGRESS", "1")
    learn(new_vae(), images, progress=False)
    assert capsys.readouterr() == ("", "")


def test_evaluate_leaves_no_trace(images):
    model = new_vae().train()
    state = torch.get_rng_state()
    values = evaluate(model, images, loss=vae_loss)
    assert values == evaluate(model, images, loss=vae_loss)
    assert torch.equal(state, torch.get_rng_state()) and model.training
    assert all(p.grad is None for p in model.parameters())
    with pytest.raises(ZeroDivisionError):
        evaluate(model, images, loss=lambda model, x: 1 / 0)
    assert model.training


def contractive(model, x):
    z = model(x.requires_grad_())
    (slope,) = torch.autograd.grad(z.sum(), x, create_graph=True)
    return {"loss": (z**2).sum(1).mean() + (slope**2).sum(1).mean()}


WRONG_IMAGES = [
    (torch.zeros(4, 7), ValueError, r"10 pixels .* \(., 7\)"),
    (torch.zeros(4, 10).byte(), ValueError, "torch.uint8"),
    (torch.zeros(4, 10).double(), ValueError, "torch.float64"),
    (torch.full((4, 10), 0.5), ValueError, "grey"),
    (torch.full((4, 10), 2.0), ValueError, r"\[0, 1\]"),
    (torch.full((4, 10), math.nan), ValueError, "NaN"),
    (torch.zeros(0, 10), ValueError, "empty"),
    ([[0.0] * 10] * 4, TypeError, "list"),
    (torch.tensor(1.0), TypeError, "number"),
]
WRONG = [
    ({"epochs": 0}, ValueError, "epochs .* 0"),
    ({"batch_size": 8.0}, ValueError, "batch_size .* 8.0"),
    ({"lr": 0.0}, ValueError, "lr .* 0.0"),
    ({"lr": math.nan}, ValueError, "lr .* nan"),
    ({"warm_up": 1.0}, ValueError, "warm_up .* 1.0"),
    ({"device": "meta"}, (RuntimeError, NotImplementedError), "meta"),
    ({"test": (torch.zeros(4, 10), torch.zeros(4))}, ValueError, "test: .* 2 .* 1"),
    *(({at: x}, *error) for at in ("data", "test") for x, *error in WRONG_IMAGES),
]
OWN = [  # what people return as a loss, made of the right one
    (lambda loss: loss, TypeError, "Tensor"),
    (lambda loss: (loss, loss), TypeError, "tuple"),
    (lambda loss: loss.item(), TypeError, "float"),
    (lambda loss: {"loss": loss.item()}, TypeError, "float"),
    (lambda loss: {"loss": loss[None]}, ValueError, r"\(1,\)"),
    (lambda loss: {"nll": loss}, ValueError, "nll"),
    (lambda loss: {"loss": loss.detach()}, ValueError, "gradient"),
]


def returns(give):
    return lambda model, x: give(vae_loss(model, x)["loss"])


WRONG += [({"loss": returns(give)}, *error) for give, *error in OWN]


@pytest.mark.parametrize("change, error, message", WRONG)
def test_bad_input_is_found_before_the_first_step(images, change, error, message):
    settings, model = {"data": images, **change}, new_vae()
    with pytest.raises(error, match=message):
        learn(model, settings.pop("data"), **settings)
    if change.get("device") != "meta":
        assert torch.equal(weights(model.cpu()), weights(new_vae()))
    if "data" in change:
        with pytest.raises(error, match=message):
            evaluate(new_vae(), change["data"], loss=vae_loss)


def test_half_precision_and_unequal_lengths_are_refused(images):
    with pytest.raises(ValueError, match="float16.*epsilon"):
        learn(new_vae().half(), images.half())
    model = nn.Linear(10, 10)
    for use in (partial(learn, model), partial(evaluate, model, loss=squared), batches):
        with pytest.raises(ValueError, match="70, 69"):
            use(images, images[1:])
        with pytest.raises(ValueError, match="0 tensors"):
            use()


def as_sum(loss, name="loss"):
    """`loss` with this part summed over the batch."""

    def wrapped(model, *batch):
        parts = loss(model, *batch)
        return parts | {name: parts[name] * len(batch[0])}

    return wrapped


def noisy_mean(model, x):
    return {"loss": (5 * torch.randn(len(x), 10) * model(x)).sum(1).mean()}


def normed():
    return nn.Sequential(nn.Linear(10, 4), nn.BatchNorm1d(4), nn.Dropout())


@pytest.mark.parametrize(
    "make, loss",
    [
        (new_vae, vae_loss),
        (lambda: new_vae(Gaussian()), vae_loss),
        (lambda: nn.Sequential(nn.Linear(10, 4), nn.Tanh()), contractive),
        (normed, lambda model, x: squared(model, x, x[:, :4])),
        (lambda: nn.Linear(10, 10), noisy_mean),
    ],
)
def test_a_summed_loss_is_told_from_a_mean(images, make, loss):
    for seed in range(8):
        model = make()
        history = learn(model, images, loss=loss, seed=seed, test=images)
    with torch.no_grad():  # a loss may take gradients of its own
        assert evaluate(model, images, loss=loss).keys() == history.test.keys()
    for few in (images, images[:1]):
        if loss is vae_loss or loss is contractive:  # noise need not be noticed
            with pytest.raises(ValueError, match="summed over the batch"):
                learn(make(), few, loss=as_sum(loss))
    if loss is vae_loss:
        with pytest.raises(ValueError, match='"kl" is summed'):
            learn(make(), images, loss=as_sum(loss, "kl"))


def test_a_loss_may_insist_on_its_batch_size(images):
    loss = lambda model, x: vae_loss(model, x.view(35, 10))  # noqa: E731
    assert learn(new_vae(), images, loss=loss, batch_size=35).epochs == 1
