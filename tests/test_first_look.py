"""The first look names what is missing, old or hidden, with the standard library."""

import subprocess
import sys

import pytest
from notebook_cells import NOTEBOOKS, source

from course_utils import first_look
from course_utils.selftest import needed


def test_all_is_here_and_every_package_of_the_metadata_is_looked_for(capsys):
    first_look.look(NOTEBOOKS)
    assert "all here" in capsys.readouterr().out
    modules = {"scikit-learn": "sklearn", "pillow": "PIL"}
    names = {modules.get(r.name, r.name) for r in needed()}
    assert names - {"ipython", "ipykernel"} <= set(first_look.PACKAGES)


@pytest.mark.parametrize("name", ["torch.py", "random.py", "numpy/"])
def test_a_file_or_a_folder_that_hides_a_module(tmp_path, name):
    path = tmp_path / name
    path.mkdir() if name.endswith("/") else path.touch()
    (tmp_path / "torch.ipynb").touch()  # hides nothing
    (problem,) = first_look.trouble(tmp_path)
    assert path.name in problem


def test_an_old_python(monkeypatch, tmp_path):
    monkeypatch.setattr(first_look.sys, "version_info", (3, 9))
    (problem,) = first_look.trouble(tmp_path)
    assert "3.11" in problem


def test_another_python_without_the_packages():
    """-S leaves site-packages out: as a foreign `python3` would find nothing."""
    run = subprocess.run(
        [sys.executable, "-S", "-E", "-c", source("00_start_here", "first-look")],
        cwd=NOTEBOOKS,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "torch" in run.stdout and sys.executable in run.stdout
    assert "make lab" in run.stdout
