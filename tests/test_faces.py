"""Faces: what ships, photographs of one's own, the script, and the lesson on both."""

import json

import celeba_folder
import faces as tool
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import torch
from crowding import crowded
from notebook_cells import NOTEBOOKS
from safetensors.torch import load_file
from sklearn.metrics import roc_auc_score

from course_utils import celeba, faces, weights
from course_utils.figures.faces import curves, edited, masks


@pytest.fixture(scope="module")
def shipped():
    return faces.load()


@pytest.fixture(scope="module")
def made_folder(tmp_path_factory):
    return celeba_folder.make(tmp_path_factory.mktemp("celeba"), people=42)


def test_rebuilt_faces_pass_the_judge(shipped):
    with torch.no_grad():
        pictures = shipped.model.decode(shipped.mu).clamp(0, 1)
    judge = shipped.judges[shipped.fold]
    scores = (faces.grey_contrast(pictures) * judge[:, :-1]).sum(1) + judge[:, -1]
    assert roc_auc_score(shipped.glasses.numpy(), scores.numpy()) > 0.9
    assert 0 < pictures.std(0).mean() < 0.5


def test_a_judge_finds_a_dark_bar_on_people_it_has_not_seen():
    torch.manual_seed(0)
    pictures, fold = torch.rand(60, 6, 8), torch.arange(60) % 3
    worn = torch.rand(60) < 0.5
    pictures[worn, 2] -= 1
    trained = faces.judges(pictures, worn, fold)[fold]
    scores = (faces.grey_contrast(pictures) * trained[:, :-1]).sum(1) + trained[:, -1]
    assert ((scores > 0) == worn).all()
    blind = faces.judges(pictures[:, 3:], worn, fold)[fold]
    x = faces.grey_contrast(pictures[:, 3:])
    guesses = (x * blind[:, :-1]).sum(1) + blind[:, -1] > 0
    assert (guesses == worn).float().mean() < 0.75


def test_what_ships_is_small_says_its_licence_and_holds_no_photograph(shipped):
    files = [path for path in faces.folder().iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 5_000_000
    for path in faces.folder().glob("*.safetensors"):
        assert "AT&T" in weights.load_tensors(path)[1]["licence"]
    pictures = {
        n: t for n, t in load_file(files[0].parent / "codes.safetensors").items()
    }
    pixels = {n for n, t in pictures.items() if t.shape[-1] == 64 * 64}
    assert pixels == {"unseen"}  # decoded; judges have one number more, the bias


def test_glasses_are_those_of_the_table(shipped):
    rows = faces.GLASSES.read_text().splitlines()[1:]
    table = np.array([[int(word) for word in row.split(",")] for row in rows])
    assert (table[:, 0] == np.arange(400)).all()
    assert (table[:, 1] == shipped.person.numpy()).all()
    assert (table[:, 2] == shipped.glasses.numpy()).all()


def test_olivetti_are_read_as_scikit_learn_gives_them(monkeypatch, tmp_path):
    class Bunch:
        data, target = np.zeros((400, 4096), np.float32), np.arange(400) // 10

    seen = {}
    monkeypatch.setenv("VAE_COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(
        faces,
        "fetch_olivetti_faces",
        lambda data_home: seen.update(at=data_home) or Bunch,
    )
    images, person, glasses = faces.olivetti()
    assert seen["at"] == str(tmp_path) and glasses.sum() == 119
    assert images.shape == (400, 4096) and person.tolist() == Bunch.target.tolist()


def test_without_a_network_a_message_says_how_to_place_them(monkeypatch):
    def fails(data_home):
        raise OSError("no network")

    monkeypatch.setattr(faces, "fetch_olivetti_faces", fails)
    with pytest.raises(FileNotFoundError, match="VAE_COURSE_CACHE"):
        faces.olivetti()


@pytest.mark.parametrize("photograph", [-1, 10])
def test_an_index_out_of_range_is_refused(shipped, photograph):
    with pytest.raises(IndexError, match=str(photograph)):
        shipped.index(3, photograph)


def test_codes_of_another_width_are_refused(shipped):
    with pytest.raises(ValueError, match="48"):
        faces.Faces(**vars(shipped) | {"mu": shipped.mu[:, :5]})
    with pytest.raises(ValueError, match="48"):
        shipped.model.decode(torch.zeros(1, 5))


@pytest.mark.parametrize("missing", ["vae.safetensors", "measured.json"])
def test_a_file_that_is_not_there_is_named(monkeypatch, tmp_path, missing):
    for path in faces.folder().iterdir():
        if path.name != missing:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("VAE_COURSE_FACES", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=str(tmp_path / missing)):
        faces.load()


def test_celeba_half_appear_with_and_without_if_they_can(made_folder):
    images, person, glasses = celeba.read(made_folder, people=12)
    assert images.shape == (120, 4096) and 0 <= images.min() <= images.max() <= 1
    assert person.tolist() == [i // 10 for i in range(120)]
    worn = glasses.reshape(12, 10).float().mean(1)
    mixed = (worn > 0) & (worn < 1)
    assert mixed[:6].all() and not mixed[6:].any()
    bright = images.reshape(12, 10, 4096).mean(
        (1, 2)
    )  # as made: by the person's number
    assert (bright[:6].diff() > 0).all()
    worn = celeba.read(made_folder, people=42)[2].reshape(42, 10).float().mean(1)
    assert ((worn > 0) & (worn < 1)).sum() == 8  # all that there are


def test_celeba_says_what_is_missing(made_folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="img_align_celeba"):
        celeba.read(tmp_path)
    with pytest.raises(ValueError, match="Wings"):
        celeba.read(made_folder, attribute="Wings")
    with pytest.raises(ValueError, match="42"):
        celeba.read(made_folder, people=43)


@pytest.fixture(scope="module")
def made_results(made_folder, tmp_path_factory):
    """What tools/faces.py makes of the made folder, with a tiny model in one epoch."""
    out = tmp_path_factory.mktemp("faces")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(tool.NETWORK, "channels", 2)
        patch.setitem(tool.RECIPE, "epochs", 1)
        tool.main(["--celeba", str(made_folder), "--people", "40", "--out", str(out)])
    return out


def test_the_script_writes_what_the_lesson_reads(made_results, monkeypatch):
    monkeypatch.setenv("VAE_COURSE_FACES", str(made_results))
    data = faces.load()
    assert len(data.mu) == 400 and data.card["data"] == "CelebA"
    measured = json.loads((made_results / "measured.json").read_text())
    assert (
        0 <= measured["glasses on photographs of people new to the judge"]["AUC"] <= 1
    )


def run_lesson():
    """The names after all code cells of the lesson, pictures closed."""
    space = {}
    for cell in nbformat.read(NOTEBOOKS / "14_faces.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, cell.id, "exec"), space)
    plt.close("all")
    return space


def test_the_lesson_runs_on_other_faces(made_results, monkeypatch):
    monkeypatch.setenv("VAE_COURSE_FACES", str(made_results))
    space = run_lesson()
    assert space["rebuilt"].shape == (400, 64, 64)


def test_mirroring_keeps_or_flips_each_picture():
    torch.manual_seed(0)
    x = torch.rand(40, 4096)
    turned = x.reshape(-1, 64, 64).flip(2).flatten(1)
    y = tool.mirrored(x)
    kept, flipped = (y == x).all(1), (y == turned).all(1)
    assert (kept ^ flipped).all() and 5 < kept.sum() < 35


def test_nothing_in_the_figures_overlaps():
    stack, sure = np.zeros((2, 8, 8)), np.array([[0.1, 1.0, 0.6]] * 2)
    columns = {"rebuilt": stack, "all wearers'\n+1": stack, "at random\n+2": stack}
    counts, rows = {"said to wear them": sure.sum(0)}, ["person 7", "person 12"]
    fig = edited(columns, sure, rows, counts, title="T", how="One line.")
    assert crowded(fig) == []
    rising, falling = np.linspace(0, 1, 5), np.linspace(0.9, 0.5, 5)
    ours = np.stack([rising, falling], 1)
    others = np.stack([0.1 * rising, falling], 1), np.stack([0.3 * rising, falling], 1)
    marks = {"real wearers 70 %": 0.7, "the seven: 97 % without, 30 % with": 0.3}
    fig = curves(np.linspace(0, 2, 5), ours, np.stack(others), marks, title="T")
    assert crowded(fig) == []
    named = {"from all wearers": stack[0], "at random": stack[1]}
    assert crowded(masks(named, title="T")) == []


def test_figures_refuse_what_does_not_fit():
    stack = np.zeros((2, 8, 8))
    with pytest.raises(ValueError, match="chances"):
        edited({"a": stack}, np.zeros((2, 2)), ["x", "y"], {}, title="T")
    with pytest.raises(ValueError, match="amounts"):
        shares = np.zeros((3, 2)), np.zeros((4, 2, 2))
        curves(np.arange(3), *shares, {"real": 0.5}, title="T")
