"""The first look names what is missing, old or hidden, with the standard library."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course_utils import first_look
from course_utils.selftest import needed

ROOT = Path(__file__).resolve().parents[1]
FIRST_CELL = next(
    cell.source
    for cell in nbformat.read(ROOT / "notebooks" / "00_start_here.ipynb", 4).cells
    if cell.id == "first-look"
)


def test_all_is_here(capsys):
    first_look.look(ROOT / "notebooks")
    assert "all here" in capsys.readouterr().out


def test_it_looks_for_every_package_of_the_metadata():
    modules = {"scikit-learn": "sklearn", "pillow": "PIL"}
    names = {modules.get(r.name, r.name) for r in needed()}
    assert names - {"ipython", "ipykernel"} <= set(first_look.PACKAGES)


@pytest.mark.parametrize("name", ["torch.py", "random.py"])
def test_a_file_that_hides_a_module(tmp_path, name):
    (tmp_path / name).touch()
    (tmp_path / "torch.ipynb").touch()  # hides nothing
    (problem,) = first_look.trouble(tmp_path)
    assert name in problem


def test_a_folder_that_hides_a_package(tmp_path):
    (tmp_path / "numpy").mkdir()
    (problem,) = first_look.trouble(tmp_path)
    assert "numpy" in problem


def test_an_old_python(monkeypatch, tmp_path):
    monkeypatch.setattr(first_look.sys, "version_info", (3, 9))
    (problem,) = first_look.trouble(tmp_path)
    assert "3.11" in problem


def test_another_python_without_the_packages():
    """-S leaves site-packages out: as a foreign `python3` would find nothing."""
    run = subprocess.run(
        [sys.executable, "-S", "-E", "-c", FIRST_CELL],
        cwd=ROOT / "notebooks",
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "torch" in run.stdout and sys.executable in run.stdout
    assert "make lab" in run.stdout
