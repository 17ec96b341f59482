"""What is computed in bfloat16 (layers), and what is not (all else)."""

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from course_utils.conv import ConvVAE
from course_utils.likelihoods import Bernoulli
from course_utils.mixed_precision import in_mixed_precision, multiplies_bfloat16
from course_utils.models import VAE, vae_loss

PRODUCTS = {"addmm", "mm", "convolution"}
MOVES = {"_to_copy", "t", "transpose", "view", "detach", "permute", "clone", "empty"}


class Dtypes(TorchDispatchMode):
    """Floating dtypes that each operation reads, by the operation's name."""

    def __init__(self):
        super().__init__()
        self.seen = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = {
            t.dtype
            for t in tree_leaves((args, kwargs))
            if torch.is_tensor(t) and t.is_floating_point()
        }
        self.seen.setdefault(func.__name__.split(".")[0], set()).update(found)
        return func(*args, **(kwargs or {}))


def models():
    torch.manual_seed(0)
    shared = {"latents": 3, "likelihood": Bernoulli(), "hidden": (16,)}
    return [
        VAE(pixels=64, **shared),
        ConvVAE(image_shape=(8, 8), channels=4, **shared),
    ]


@pytest.mark.parametrize("model", models(), ids=["mlp", "conv"])
def test_layers_multiply_in_bfloat16_and_nothing_else_is(model):
    x = torch.rand(5, 64).round()
    plain = vae_loss(model, x)["loss"].item()
    with Dtypes() as forward:
        parts = in_mixed_precision(vae_loss, model)(model, x)
    with Dtypes() as backward:
        parts["loss"].backward()
    for seen in (forward.seen, backward.seen):
        for name, dtypes in seen.items():
            if name.removesuffix("_backward") in PRODUCTS:
                assert dtypes == {torch.bfloat16}, name
    others = forward.seen.keys() - PRODUCTS - MOVES
    assert {"exp", "pow", "sum", "relu"} <= others
    for name in others:
        assert torch.bfloat16 not in forward.seen[name], name
    assert all(value.dtype == torch.float32 for value in parts.values())
    for weight in model.parameters():
        assert weight.dtype == weight.grad.dtype == torch.float32
    assert parts["loss"].item() == pytest.approx(plain, rel=0.05)


def test_gradients_point_the_same_way():
    model = models()[0]
    x = torch.rand(50, 64).round()
    found = []
    for loss in (vae_loss, in_mixed_precision(vae_loss, model)):
        model.zero_grad()
        torch.manual_seed(1)
        loss(model, x)["loss"].backward()
        found.append(torch.cat([w.grad.flatten() for w in model.parameters()]))
    assert not torch.equal(*found)
    assert torch.cosine_similarity(*found, dim=0) > 0.999


def test_products_in_the_loss_itself_keep_float32():
    """A Gram matrix far from 0: in bfloat16 its differences would be noise."""
    model = nn.Linear(2, 3)
    y = 30 + torch.rand(4, 3)

    def loss(model, x):
        squares = (y * y).sum(1)
        return {"loss": (squares[:, None] + squares - 2 * y @ y.T).mean()}

    mixed = in_mixed_precision(loss, model)(model, torch.zeros(4, 2))["loss"]
    assert torch.equal(mixed, loss(model, None)["loss"])
    expected = torch.cdist(y.double(), y.double()).square().mean().item()
    assert mixed.item() == pytest.approx(expected, abs=1e-3)


def test_only_weights_in_float32():
    model = nn.Linear(2, 3, dtype=torch.bfloat16)
    with pytest.raises(ValueError, match="torch.float32, got torch.bfloat16 in weight"):
        in_mixed_precision(lambda m, x: {}, model)


def test_only_a_cpu_that_says_so_multiplies_bfloat16(monkeypatch):
    able = {"avx512_bf16": True, "architecture": "x86_64"}
    for found, expected in [(able, True), ({"avx512_bf16": False}, False), ({}, False)]:
        monkeypatch.setattr(
            torch.cpu, "get_capabilities", lambda f=found: f, raising=False
        )
        assert multiplies_bfloat16("cpu") is expected
        assert not multiplies_bfloat16("cuda")
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert not multiplies_bfloat16("cpu")
