"""The training loop: what it promises when all goes well, and when it does not."""

import math
import signal
from functools import partial

import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from course_utils import training
from course_utils.likelihoods import Bernoulli
from course_utils.models import VAE, vae_loss
from course_utils.training import (
    History,
    evaluate,
    fit,
    pick_device,
    training_steps,
)


@pytest.fixture
def images():
    """Ten pixels, two kinds of picture and noise: 70 images, 0 or 1."""
    rng = torch.Generator().manual_seed(0)
    kinds = torch.tensor([[0.9] * 5 + [0.1] * 5, [0.1] * 5 + [0.9] * 5])
    return torch.bernoulli(kinds.repeat(35, 1), generator=rng)


def new_vae():
    torch.manual_seed(0)
    return VAE(pixels=10, latents=2, likelihood=Bernoulli(), hidden=(16,))


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


class Slope(nn.Module):
    """One weight, so that a loss can be made of whatever a test needs."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(1))


def mean_pixel(model, x):
    return {"loss": x.mean() + 0 * model.w.sum()}


def test_it_learns_and_the_history_can_be_plotted(images):
    model = new_vae()
    history = fit(
        model, images, vae_loss, epochs=30, lr=1e-2, batch_size=16, test_images=images
    )
    assert history.epochs == 30 and not history.interrupted
    for record in (history.train, history.test):
        assert set(record) == {"loss", "reconstruction", "kl"}
        for values in record.values():
            assert len(values) == 30 and all(type(v) is float for v in values)
        parts = record["reconstruction"][-1] + record["kl"][-1]
        assert record["loss"][-1] == pytest.approx(parts, rel=1e-5)
    assert history.train["loss"][-1] < history.train["loss"][0] - 0.3
    assert history.test["loss"][-1] < history.test["loss"][0] - 0.3
    assert not model.training


def test_a_seed_fixes_everything(images):
    runs = []
    for seed in (1, 1, 2):
        model = new_vae()
        torch.manual_seed(seed + 10)  # what was drawn before does not matter
        history = fit(model, images, vae_loss, epochs=3, seed=seed, batch_size=16)
        runs.append((history.train["loss"], weights(model)))
    assert runs[0][0] == runs[1][0] and torch.equal(runs[0][1], runs[1][1])
    assert runs[0][0] != runs[2][0]


def test_looking_at_test_images_does_not_change_training(images):
    models = [new_vae(), new_vae()]
    fit(models[0], images, vae_loss, epochs=3, batch_size=16)
    fit(models[1], images, vae_loss, epochs=3, batch_size=16, test_images=images[:9])
    assert torch.equal(weights(models[0]), weights(models[1]))


def test_each_image_once_an_epoch_in_a_new_order():
    seen = []

    def loss(model, x):
        seen.append(x[:, 0].clone())
        return mean_pixel(model, x)

    images = torch.arange(10.0)[:, None]
    fit(Slope(), images, loss, epochs=2, batch_size=4)
    assert [len(x) for x in seen] == [4, 4, 2, 4, 4, 2]
    first, second = torch.cat(seen[:3]), torch.cat(seen[3:])
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(10))
    assert first.tolist() != second.tolist()


@pytest.mark.parametrize("batch_size", [1, 3, 4, 10, 99])
def test_a_smaller_last_batch_counts_by_its_images(batch_size):
    images = torch.arange(10.0)[:, None] ** 2
    history = fit(
        Slope(),
        images,
        mean_pixel,
        epochs=2,
        batch_size=batch_size,
        test_images=images,
    )
    assert history.train["loss"] == pytest.approx([28.5, 28.5])
    assert history.test["loss"] == pytest.approx([28.5, 28.5])
    value = evaluate(Slope(), images, mean_pixel, batch_size=batch_size)
    assert value == {"loss": pytest.approx(28.5)}


def test_prepare_makes_each_epochs_images(images):
    grey, calls, seen = images * 0.5, [], []

    def prepare(x):
        calls.append(x)
        return torch.bernoulli(x)

    def loss(model, x):
        seen.append(x)
        return vae_loss(model, x)

    fit(new_vae(), grey, loss, epochs=3, batch_size=70, prepare=prepare)
    assert len(calls) == 3 and all(torch.equal(x, images * 0.5) for x in calls)
    assert all(((x == 0) | (x == 1)).all() for x in seen)
    assert not torch.equal(seen[0].sum(), seen[1].sum())


def test_the_rate_warms_up_and_follows_a_cosine():
    share = training._schedule(100, 0.1, True)
    rise = [share(step) for step in range(10)]
    assert rise == pytest.approx([(step + 1) / 11 for step in range(10)])
    assert share(10) == 1 and share(55) == pytest.approx(0.5)
    assert share(99) < 1e-3 and share(100) == pytest.approx(0, abs=1e-12)
    assert [training._schedule(9, 0.0, False)(step) for step in (0, 5, 9)] == [1, 1, 1]
    assert training._schedule(3, 0.9, True)(3) == pytest.approx(1)


def test_the_rate_reaches_the_optimiser():
    moved = []
    for options in ({}, {"cosine": True}, {"warm_up": 0.5}):
        model = Slope()
        fit(
            model,
            torch.ones(8, 1),
            lambda m, x: {"loss": m.w.sum()},
            epochs=1,
            batch_size=1,
            lr=0.1,
            **options,
        )
        moved.append(1 - model.w.item())
    # Adam with a constant gradient moves by the rate: the sum of the shares.
    assert moved[0] == pytest.approx(0.8, rel=1e-3)
    assert moved[1] == pytest.approx(0.1 * 4.5, rel=1e-3)
    assert moved[2] == pytest.approx(0.1 * (0.2 + 0.4 + 0.6 + 0.8 + 4), rel=1e-3)


@pytest.fixture(autouse=True)
def ctrl_c():
    """Python's own answer to SIGINT, also where it was started deaf to it (nohup)."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt_at(call, loss):
    """`loss`, during whose call number `call` the user presses Ctrl-C."""
    count = 0

    def wrapped(model, x):
        nonlocal count
        count += 1
        if count == call:
            signal.raise_signal(signal.SIGINT)
        return loss(model, x)

    return wrapped


def test_an_interrupt_returns_what_was_learnt(images, capsys):
    model = new_vae()
    before = weights(model)
    loss = interrupt_at(13, vae_loss)  # five steps an epoch: in the third
    history = fit(model, images, loss, epochs=9, batch_size=16)
    assert history.interrupted and history.epochs == 2
    assert "after 2 whole epochs" in capsys.readouterr().out
    assert not torch.equal(weights(model), before) and not model.training
    two = new_vae()
    fit(two, images, vae_loss, epochs=2, batch_size=16)
    assert not torch.equal(weights(model), weights(two)), "the two steps were lost"


@pytest.mark.parametrize("call, epochs", [(1, 0), (5, 0), (6, 0), (11, 1), (12, 1)])
def test_an_interrupt_anywhere_leaves_train_and_test_equally_long(images, call, epochs):
    loss = interrupt_at(call, vae_loss)  # calls 6 and 12 are those on test images
    history = fit(new_vae(), images, loss, epochs=4, batch_size=16, test_images=images)
    assert history.interrupted and history.epochs == epochs
    assert len(history.test.get("loss", [])) == epochs


def test_an_interrupt_does_not_hide_nan(images):
    def loss(model, x):
        return {"loss": vae_loss(model, x)["loss"] * math.nan}

    model = new_vae()
    before = weights(model)
    with pytest.raises(FloatingPointError, match="nan at step 1 "):
        fit(model, images, interrupt_at(3, loss), epochs=2, batch_size=16)
    assert torch.equal(weights(model), before)


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("call", [1, 8, 15])
def test_a_loss_that_is_not_finite_stops_and_names_the_step(images, value, call):
    count = 0

    def loss(model, x):
        nonlocal count
        count += 1
        parts = vae_loss(model, x)
        return {**parts, "loss": parts["loss"] * (value if count == call else 1)}

    model, epoch = new_vae(), (call + 4) // 5
    message = rf"{value} at step {call} \(epoch {epoch}\).*learning rate.*log-variance"
    with pytest.raises(FloatingPointError, match=message):
        fit(model, images, loss, epochs=3, batch_size=16)
    assert not model.training
    reference = new_vae()
    if epoch > 1:
        fit(reference, images, vae_loss, epochs=epoch - 1, batch_size=16)
    assert torch.equal(weights(model), weights(reference))


def test_a_weight_that_becomes_nan_in_the_last_step_stops():
    def loss(model, x):  # value 0, gradient infinity times 0
        return {"loss": (0 * model.w).sqrt().sum()}

    model = Slope()
    with pytest.raises(FloatingPointError, match="a weight is NaN.* at step 1 "):
        fit(model, torch.ones(4, 1), loss, epochs=1, batch_size=4)
    assert model.w.item() == 1


def test_other_errors_pass_and_leave_evaluation_mode(images):
    model = new_vae()
    with pytest.raises(ValueError, match="10 pixels"):
        fit(model, images[:, :4], vae_loss, epochs=1)
    assert not model.training


def test_the_bar_is_shown_and_can_be_switched_off(images, capsys, monkeypatch):
    fit(new_vae(), images, vae_loss, epochs=2, progress=True)
    bar = capsys.readouterr().err
    assert "2/2" in bar and "loss=" in bar
    monkeypatch.setenv("VAE_COURSE_PROGRESS", "0")
    fit(new_vae(), images, vae_loss, epochs=2)
    monkeypatch.setenv("VAE_COURSE_PROGRESS", "1")
    fit(new_vae(), images, vae_loss, epochs=2, progress=False)
    assert capsys.readouterr() == ("", "")


class Watch(TorchDispatchMode):
    """Records the devices of all tensors, and whenever the host reads a value."""

    def __init__(self):
        super().__init__()
        self.devices, self.drawn, self.reads = set(), set(), 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        tensors = [t for t in tree_leaves((args, kwargs, result)) if torch.is_tensor(t)]
        # Adam counts its steps in scalars on the CPU where it has no fused kernel.
        self.devices |= {t.device.type for t in tensors if t.ndim}
        name = str(func)
        if "rand" in name or "normal" in name:
            self.drawn |= {(name, t.device.type) for t in tensors}
        self.reads += "_local_scalar_dense" in name and tensors[0].ndim == 0
        return result


def test_no_stray_cpu_tensor_data_index_and_noise_on_the_device():
    model = new_vae().to("meta")
    images = torch.zeros(70, 10, device="meta")
    optimiser = torch.optim.Adam(model.parameters())
    seen = set()

    def loss(model, x):
        seen.add(x.device.type)
        return vae_loss(model, x)

    with Watch() as watch:
        steps = list(training_steps(model, images, loss, optimiser, 16))
    assert len(steps) == 5
    assert all(v.device.type == "meta" for parts in steps for v in parts.values())
    assert seen == watch.devices == {"meta"}
    kinds = {name.split(".")[1] for name, _ in watch.drawn}
    assert "randperm" in kinds and kinds & {"randn_like", "randn", "normal_"}


def test_the_watch_sees_a_stray_tensor():
    def loss(model, x):
        torch.randn(3)
        return vae_loss(model, x)

    model = new_vae().to("meta")
    optimiser = torch.optim.Adam(model.parameters())
    with Watch() as watch:
        images = torch.zeros(70, 10, device="meta")
        list(training_steps(model, images, loss, optimiser, 16))
    assert "cpu" in watch.devices


@pytest.mark.parametrize(
    "options", [{}, {"cosine": True, "warm_up": 0.2}, {"mixed_precision": True}]
)
def test_the_host_reads_nothing_per_step(images, options):
    counts = []
    for batch_size in (35, 1):  # 2 steps an epoch, and 70
        with Watch() as watch:
            fit(
                new_vae(),
                images,
                vae_loss,
                epochs=1,
                device="cpu",
                batch_size=batch_size,
                **options,
            )
        counts.append(watch.reads)
    assert counts[0] == counts[1] < 20


def test_everything_is_moved_to_the_chosen_device(images):
    with pytest.raises((RuntimeError, NotImplementedError), match="meta"):
        # The first thing that is read back is whether the pixels are right.
        fit(new_vae(), images, vae_loss, epochs=1, device="meta")
    assert pick_device().type in {"cpu", "cuda", "mps", "xpu"}
    model = new_vae()
    fit(model, images, vae_loss, epochs=1)
    assert next(model.parameters()).device.type == pick_device().type


def test_evaluate_keeps_mode_gradients_and_random_state(images):
    model = new_vae().train()
    state = torch.get_rng_state()
    values = evaluate(model, images, vae_loss)
    assert values == evaluate(model, images, vae_loss)
    assert torch.equal(state, torch.get_rng_state()) and model.training
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize(
    "change, message",
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"lr": 0.0}, "lr must be positive and finite, got 0.0"),
        ({"lr": math.nan}, "lr must be positive and finite, got nan"),
        ({"warm_up": 1.0}, r"warm_up is a share .* got 1.0"),
        ({"images": torch.zeros(0, 10)}, "images is empty"),
        ({"images": torch.full((4, 10), math.nan)}, "NaN"),
        ({"images": torch.full((4, 10), 2.0)}, r"\[0, 1\]"),
        ({"images": torch.full((4, 10), 0.5)}, "grey"),
        ({"images": torch.zeros(4, 7)}, "10 pixels"),
        ({"test_images": torch.full((4, 10), 0.5)}, "grey"),
    ],
)
def test_bad_input(images, change, message):
    settings = {"images": images, "epochs": 1, **change}
    model = new_vae()
    before = weights(model)
    with pytest.raises(ValueError, match=message):
        fit(model, settings.pop("images"), vae_loss, **settings)
    assert torch.equal(weights(model), before)


def test_mixed_precision_learns_as_well_and_judges_in_float32(images):
    run = partial(fit, images=images, loss=vae_loss, test_images=images, device="cpu")
    ends, trained = {}, {}
    for mixed in (False, True):
        model = trained[mixed] = new_vae()
        history = run(model, mixed_precision=mixed, epochs=30, lr=1e-2, batch_size=16)
        ends[mixed] = history.test["loss"][-1]
        assert weights(model).dtype == torch.float32
    assert not torch.equal(weights(trained[True]), weights(trained[False]))
    assert ends[True] == pytest.approx(ends[False], abs=0.1)
    plain = new_vae()
    plain.load_state_dict(trained[True].state_dict())
    still = {"epochs": 1, "lr": 1e-30, "batch_size": 70}  # judged, and left as it is
    twice = [
        run(trained[True], mixed_precision=False, **still),
        run(plain, mixed_precision=True, **still),
    ]
    assert twice[0].train["loss"] != twice[1].train["loss"]
    assert twice[0].test["loss"] == twice[1].test["loss"]


def test_mixed_precision_wants_float32_weights(images):
    with pytest.raises(ValueError, match="float32, got torch.float64 in encoder"):
        model = new_vae().double()
        fit(model, images, vae_loss, epochs=1, mixed_precision=True, device="cpu")


@pytest.mark.parametrize(
    "wrong, error, message",
    [
        (torch.zeros(4, 7), ValueError, r"images of 10 pixels .* got shape \(., 7\)"),
        (torch.zeros(4, 10).byte(), ValueError, "torch.float32 .* got torch.uint8"),
        (torch.zeros(4, 10).double(), ValueError, "torch.float32 .* got torch.float64"),
        (torch.full((4, 10), 0.5), ValueError, "Bernoulli pixels are 0 or 1"),
        (torch.full((4, 10), math.nan), ValueError, "NaN"),
        (torch.zeros(0, 10), ValueError, "is empty"),
        ([[0.0] * 10] * 4, TypeError, "must be a tensor .* got <class 'list'>"),
    ],
)
@pytest.mark.parametrize("where", ["train", "test", "evaluate"])
def test_wrong_images_are_found_before_the_first_step(
    images, wrong, error, message, where
):
    model = new_vae()
    before = weights(model)
    with pytest.raises(error, match=message):
        if where == "train":
            fit(model, wrong, vae_loss, epochs=1)
        elif where == "test":
            fit(model, images, vae_loss, epochs=1, test_images=wrong)
        else:
            evaluate(model, wrong, vae_loss)
    assert torch.equal(weights(model.cpu()), before)


def test_prepare_gives_as_many_images(images):
    with pytest.raises(
        ValueError, match="what prepare gives holds 140 images, expected 70"
    ):
        fit(
            new_vae(),
            images,
            vae_loss,
            epochs=1,
            prepare=lambda x: torch.cat([x, x]),
        )


def test_evaluate_draws_no_graph_and_keeps_the_mode_whatever_happens(images):
    model = new_vae().train()
    seen = []

    def loss(model, x):
        parts = vae_loss(model, x)
        seen.append(parts["loss"].requires_grad or model.training)
        return parts

    evaluate(model, images, loss)
    assert seen == [False] and model.training
    with pytest.raises(ZeroDivisionError):
        evaluate(model, images, lambda model, x: 1 / 0)
    assert model.training
    with pytest.raises(ValueError, match="batch_size must be a whole number"):
        evaluate(model, images, vae_loss, batch_size=0)


def test_an_interrupt_after_a_broken_first_step_is_an_error(images):
    """The step's loss is not logged yet; its weights are NaN already."""
    model = new_vae()
    before = weights(model)
    fired = []

    def hook(optimiser, *rest):
        if not fired:
            fired.append(True)
            signal.raise_signal(signal.SIGINT)

    handle = register_optimizer_step_post_hook(hook)
    try:
        with pytest.raises(FloatingPointError, match="a weight is NaN"):
            fit(
                model,
                images,
                lambda m, x: {"loss": vae_loss(m, x)["loss"] * math.nan},
                epochs=1,
                device="cpu",
            )
    finally:
        handle.remove()
    assert torch.equal(weights(model), before)


def test_an_interrupt_leaves_gradients_on(images):
    """As one does that comes between a no_grad block's end and its clean-up."""

    def loss(model, x):
        torch.set_grad_enabled(False)
        raise KeyboardInterrupt

    history = fit(new_vae(), images, loss, epochs=1)
    on = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    assert history.interrupted and on


def test_only_whole_numbers(images):
    for change in ({"epochs": 2.5}, {"epochs": "3"}, {"batch_size": 8.0}):
        name, value = next(iter(change.items()))
        message = f"{name} must be a whole number of at least 1, got {value!r}"
        with pytest.raises(ValueError, match=message):
            fit(new_vae(), images, vae_loss, **{"epochs": 1} | change)


def test_empty_history():
    assert History().epochs == 0
