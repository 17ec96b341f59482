"""The benchmark's three rivals do the same work, and its sums are right."""

import json

import bench
import pytest
import torch
from torch import nn

from course_utils.data import Dataset
from course_utils.likelihoods import GreyCrossEntropy
from course_utils.models import VAE, vae_loss


@pytest.fixture
def digits():
    """Made pictures of MNIST's size."""
    images = torch.rand(300, 784, generator=torch.Generator().manual_seed(0))
    both = (images, torch.arange(300) % 10) * 2
    return Dataset("made", *both, (28, 28), GreyCrossEntropy())


def test_the_usual_way_and_the_course_have_the_same_model_and_loss(digits):
    usual = bench.UsualVAE()
    ours = VAE(pixels=784, latents=20, likelihood=GreyCrossEntropy(), hidden=(400,))
    count = sum(p.numel() for p in usual.parameters())
    assert count == sum(p.numel() for p in ours.parameters())
    first, second = usual.fc1, nn.Linear(400, 40)
    with torch.no_grad():
        second.weight.copy_(torch.cat([usual.fc21.weight, usual.fc22.weight]))
        second.bias.copy_(torch.cat([usual.fc21.bias, usual.fc22.bias]))
    ours.encoder[0], ours.encoder[2] = first, second
    ours.decoder[0], ours.decoder[2] = usual.fc3, usual.fc4
    torch.manual_seed(5)
    a = bench.usual_loss(usual, digits.test_images[:50]).item() / 50
    torch.manual_seed(5)
    b = vae_loss(ours, digits.test_images[:50])["loss"].item()
    assert a == pytest.approx(b, rel=1e-5)


def test_a_look_prints_and_leaves_what_is_stored_alone(
    digits, monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr(bench.data, "load", lambda name, binarisation: digits)
    monkeypatch.setattr(bench, "CACHED", tmp_path / "cache" / "bench.json")
    monkeypatch.setattr(bench, "STORED", tmp_path / "stored.json")
    look = ["--images", "128", "--epochs", "1", "--rounds", "1"]
    bench.main(look)
    bench.main(["--images", "128", "--device", "cpu"])
    with pytest.raises(SystemExit):
        bench.main([*look, "--store"])
    printed = capsys.readouterr().out
    assert "2 threads, ratios" in printed and "ten epochs of (b) on cpu" in printed
    found = json.loads(bench.CACHED.read_text())["threads"]["1"]
    assert set(found["seconds per epoch"]) == {"a", "b", "b128", "c"}
    assert not bench.STORED.exists(), "a look is not stored"


def test_what_is_stored_names_no_machine():
    result = json.loads(bench.STORED.read_text())
    assert set(result["hardware"]) == {"processor", "cores", "instructions"}
    assert result["settings of b"] == bench.COURSE
