"""The latent pad: its numbers against torch, its drawings, its messages, its page."""

import base64
import gzip
import json
import re
import shutil
import subprocess
import sys

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import traitlets
from pad import PAGE, page
from safetensors.torch import load as read_tensors
from safetensors.torch import save as save_tensors

from course_utils import weights
from course_utils.data import load
from course_utils.evaluation import elbo
from course_utils.likelihoods import Bernoulli, Gaussian, GreyCrossEntropy
from course_utils.models import VAE, Autoencoder
from course_utils.pad import latent_pad
from course_utils.pad.drawing import EXAMPLES, SIDE, prepare, sheets
from course_utils.pad.maps import class_colours, empty
from course_utils.pad.pack import FILES, STATIC, costs, pack

MIDDLES = np.arange(SIDE) + 0.5
PLACES = [[0.0, 0.0], [1.5, -2.0], [-3.3, 3.3], [8.0, -8.0]]


@pytest.fixture(scope="module")
def models():
    return tuple(weights.load(FILES[kind])[0] for kind in (VAE, Autoencoder))


@pytest.fixture(scope="module")
def digits():
    return load("mnist_small")


@pytest.fixture(scope="module")
def content(models, digits):
    return pack(*models, digits)


@pytest.fixture(scope="module")
def run(content, tmp_path_factory):
    """Run a line of JavaScript that returns a value, with all of pad.js in sight."""
    node = shutil.which("node")
    if not node:
        pytest.skip("no Node here; tests/browser asks the same in Chromium")
    folder = tmp_path_factory.mktemp("node")
    shutil.copy(STATIC / "pad.js", folder / "pad.mjs")
    (folder / "bytes").write_bytes(content)
    (folder / "run.mjs").write_text(
        "import * as pad from './pad.mjs'; import { readFileSync } from 'fs';\n"
        "const bytes = new Uint8Array(readFileSync('bytes'));\n"
        "const input = JSON.parse(readFileSync(0));\n"
        "const f = new Function('pad', 'bytes', 'input', input.code);\n"
        "console.log(JSON.stringify(f(pad, bytes, input)));\n"
    )

    def run(code, **values):
        done = subprocess.run(
            [node, "run.mjs"],
            cwd=folder,
            input=json.dumps({"code": code, **values}),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def picture_of(strokes):
    return sheets([strokes])


@pytest.mark.parametrize("name", ["vae", "autoencoder"])
@torch.no_grad()
def test_page_decodes_as_torch(run, models, name):
    found = run(
        "const m = pad.load(bytes);"
        "return input.z.map((z) => [...pad.decode(m, input.name, z)])",
        name=name,
        z=PLACES,
    )
    model = models[name == "autoencoder"]
    expected = model.decode(torch.tensor(PLACES)).sigmoid()
    assert np.abs(np.array(found) - expected.numpy()).max() < 1e-5


@torch.no_grad()
def test_page_encodes_and_costs_as_torch(run, models, digits):
    vae, _ = models
    images = torch.cat([digits.test_images[:5], picture_of(EXAMPLES["A"])])
    found = run(
        "const m = pad.load(bytes); return input.images.map((x) => {"
        "const q = pad.encode(m, x), c = pad.negativeElbo(m, x, q);"
        "return [...q.mu, ...q.logVar, c.reconstruction, c.kl]})",
        images=images.double().tolist(),
    )
    mu, log_var = vae.encode(images)
    expected = torch.cat([mu, log_var, *(c[:, None] for c in costs(vae, images))], 1)
    difference = np.abs(np.array(found) - expected.numpy())
    assert difference[:, :4].max() < 1e-5
    assert difference[:, 4:].max() < 1e-3  # of some 100 nats, in single precision


@pytest.mark.parametrize("name", EXAMPLES)
def test_page_prepares_as_python(run, name):
    found = run("return [...pad.prepare(input.strokes)]", strokes=EXAMPLES[name])
    expected = prepare(EXAMPLES[name]).ravel()
    assert np.abs(np.array(found) - expected).max() < 1e-9


def test_words_for_the_prior_are_a_share_of_its_draws(run):
    draws = np.random.default_rng(0).standard_normal((200_000, 2))
    for z in ([0.3, 0.2], [1.0, 1.0], [-2.0, 0.5]):
        _, words = run("return pad.priorInWords(input.z)", z=z)
        count, of = re.search(r"(\d+) in ([\d ]+) of", words).groups()
        farther = (np.hypot(*draws.T) > np.hypot(*z)).mean()
        assert int(count) / int(of.replace(" ", "")) == pytest.approx(farther, rel=0.06)


@pytest.mark.parametrize("harm", ["cut", "NaN", "shape", "latents"])
def test_page_refuses_bytes_that_do_not_fit(run, content, harm):
    said = run(
        "try { pad.load(new Uint8Array(input.bytes)); return 'loaded'; }"
        "catch (error) { return error.message; }",
        bytes=list(harmed(content, harm)),
    )
    assert said not in ("loaded", "")


def harmed(content, harm):
    """The same bytes with one thing wrong."""
    size = int.from_bytes(content[:8], "little")
    notes = json.loads(content[8 : 8 + size])["__metadata__"]
    tensors = read_tensors(content)
    if harm == "cut":
        return content[:700_000]
    if harm == "NaN":
        tensors["vae.decoder.2.bias"][3] = float("nan")
    elif harm == "shape":
        tensors["vae.encoder.2.weight"] = tensors["vae.encoder.2.weight"].T.contiguous()
    elif harm == "latents":
        tensors["autoencoder.test"] = torch.zeros(1000, 3).half()
    return save_tensors(tensors, metadata=notes)


def test_drawing_is_prepared_as_mnist_was(digits):
    grey = digits.train_images.reshape(-1, SIDE, SIDE).numpy()
    mass = grey.sum((1, 2))
    ours = prepare(EXAMPLES["small 7"])
    for axis in (1, 2):
        theirs = (grey.sum(axis) @ MIDDLES / mass).mean()
        assert (ours.sum(axis - 1) @ MIDDLES) / ours.sum() == pytest.approx(
            theirs, abs=0.1
        )
    rows, columns = (np.flatnonzero(ours.max(axis)) for axis in (1, 0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (20, 21)  # 21 if between pixels
    assert np.abs(ours - prepare(EXAMPLES["7"])).max() < 1e-9  # size and place are gone


def test_odd_drawings():
    assert not prepare([]).any()
    assert 2 < prepare([[[3, 3]]]).sum() < 10  # a dot
    assert prepare([[[5, 1], [5, 27]]]).sum() > 20  # a straight line
    for bad in ([[[1, float("nan")]]], [[[1, 2, 3]]], [[]]):
        with pytest.raises(ValueError):
            prepare(bad)


def test_costs_agree_with_sampling(models, digits):
    vae, images = models[0], digits.test_images[:200]
    reconstruction, kl = costs(vae, images)
    vae.likelihood, kept = GreyCrossEntropy(), vae.likelihood
    try:
        sampled = elbo(vae, images, samples=200)
    finally:
        vae.likelihood = kept
    assert kl.mean().item() == pytest.approx(sampled.kl, abs=1e-3)
    assert reconstruction.mean().item() == pytest.approx(
        sampled.reconstruction, abs=0.3
    )


def test_empty_part_of_the_box():
    assert empty(np.zeros((1, 2))) == pytest.approx(1 - np.pi * 0.2**2 / 16, abs=1e-3)


def test_numerals_stand_out():
    for paper in ("#ffffff", "#1b1e22"):
        assert len(set(class_colours(paper))) == 10


def model(kind=VAE, likelihood=None, **settings):
    settings = {"pixels": 784, "latents": 2, "hidden": (8,)} | settings
    return kind(likelihood=likelihood or Bernoulli(), **settings)


def broken():
    bad = model()
    with torch.no_grad():
        bad.decoder[0].weight[0, 0] = float("nan")
    return bad


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"vae": model(latents=3)}, "3"),
        ({"autoencoder": model(Autoencoder, latents=5)}, "5"),
        ({"vae": model(pixels=64)}, "64"),
        ({"vae": broken()}, "NaN"),
        ({"vae": model(Autoencoder)}, "Autoencoder"),
        ({"vae": model(likelihood=Gaussian())}, "Gaussian"),
    ],
)
def test_models_that_do_not_fit_leave_a_message(given, named):
    shown = latent_pad(**given)
    assert isinstance(shown, widgets.HTML) and named in shown.value


def test_own_models_of_any_depth(digits):
    pad = latent_pad(model(), model(Autoencoder, hidden=(16, 12, 8)), digits)
    assert len(pad.z) == 2


def test_widget(models):
    pad = latent_pad()
    with torch.no_grad():
        mu, _ = models[0].encode(picture_of(EXAMPLES["7"]))
    assert pad.z == pytest.approx(mu[0].tolist())
    assert np.array_equal(pad.drawing(), prepare(EXAMPLES["7"]))
    pad.strokes = []
    assert not pad.drawing().any()
    bundle, metadata = pad._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"] == latent_pad()._repr_mimebundle_()[0]["text/plain"]
    assert metadata["image/png"]["alt"]
    before = bundle["image/png"]
    pad.z = [1.0, -1.0]
    assert pad._repr_mimebundle_()[0]["image/png"] != before
    for name, value in [("z", [float("nan"), 0.0]), ("z", [1.0]), ("strokes", [[1]])]:
        with pytest.raises(traitlets.TraitError):
            setattr(pad, name, value)
    assert not plt.get_fignums(), "figures are left open"


def test_two_sliders_without_anywidget(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "course_utils.pad.widget", raising=False)
    box = latent_pad()
    sliders = [c for c in box.children if isinstance(c, widgets.FloatSlider)]
    (picture,) = (c for c in box.children if isinstance(c, widgets.Image))
    assert len(sliders) == 2
    for slider in sliders:
        before = picture.value
        slider.value += 1
        assert picture.value != before


def test_page_is_one_small_file_made_of_what_ships(content, models):
    text = PAGE.read_text(encoding="utf-8")
    assert len(text.encode()) < 2_000_000
    assert not re.search(r"(src|href)=\"(?!data:)|@import|url\(|fetch\(", text)
    for name in ("pad.js", "pad.css"):
        assert (STATIC / name).read_text(encoding="utf-8") in text, "run: make pad"
    zipped = re.compile(r"(?<=octet-stream\">)[^<]*")
    data = zipped.search(text)[0]
    apart = gzip.decompress(base64.b64decode(data))
    half = -(-len(apart) // 2)
    whole = bytearray(len(apart))
    whole[::2], whole[1::2] = apart[:half], apart[half:]
    again = page(bytes(whole))  # Python's version decides how it is compressed
    assert zipped.sub(data, again) == text
    assert gzip.decompress(base64.b64decode(zipped.search(again)[0])) == apart
    tensors, fresh = read_tensors(bytes(whole)), read_tensors(content)
    assert tensors.keys() == fresh.keys()
    for name, value in tensors.items():  # other machines may round codes differently
        assert torch.allclose(value.float(), fresh[name].float(), atol=2e-2), name
    assert torch.equal(
        tensors["vae.decoder.0.weight"].float(), models[0].decoder[0].weight
    )
