"""`make new` writes a lesson on which every check is green."""

import os
import shutil
import subprocess
import sys

import new_lesson
import pytest
from notebook_cells import NOTEBOOKS

ROOT = NOTEBOOKS.parent


def test_a_new_lesson_is_green_at_once(tmp_path):
    for name in ("course_utils", "docs", "notebooks", "tests", "tools"):
        ignore = shutil.ignore_patterns("__pycache__", "pad.html")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "docs" / "pad.html").touch()
    (tmp_path / "data").symlink_to(ROOT / "data")
    place = dict(cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)})
    command = [sys.executable, "tools/new_lesson.py", "98_new_thing", "A new thing"]
    subprocess.run(command, check=True, **place)
    checks = ["tests/test_notebooks.py", "tests/test_exercises.py"]
    chosen = ["-k", "98 or new_thing or 00_start or maps"]
    lesson = ["--nbval", "notebooks/98_new_thing.ipynb"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *checks, *chosen, *lesson],
        capture_output=True,
        text=True,
        **place,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    assert "the square of 3 is 9" in (tmp_path / lesson[1]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name, title, message",
    [(name, "T", "NB=16_name") for name in ("16name", "16_Name", "../16_x")]
    + [("98_x", " ", "TITLE"), ("00_start_here", "T", "already")]
    + [("00_other", "T", "00 is taken")],
)
def test_what_is_refused(tmp_path, name, title, message):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00_start_here.ipynb").touch()
    with pytest.raises(ValueError, match=message):
        new_lesson.make(tmp_path, name, title)
