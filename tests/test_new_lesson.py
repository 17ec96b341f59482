"""`make new` writes a lesson on which every check is green."""

import os
import shutil
import subprocess
import sys

import new_lesson
import pytest
from notebook_cells import NOTEBOOKS

ROOT = NOTEBOOKS.parent


@pytest.fixture
def course(tmp_path):
    for name in ("course_utils", "docs", "notebooks", "tests", "tools"):
        ignore = shutil.ignore_patterns("__pycache__", "pad.html")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "docs" / "pad.html").touch()
    (tmp_path / "data").symlink_to(ROOT / "data")
    return tmp_path


def test_a_new_lesson_is_green_at_once(course):
    environment = os.environ | {"PYTHONPATH": str(course)}
    command = [sys.executable, "tools/new_lesson.py", "98_new_thing", "A new thing"]
    subprocess.run(command, cwd=course, env=environment, check=True)
    checks = ["tests/test_notebooks.py", "tests/test_exercises.py"]
    chosen = ["-k", "98 or new_thing or 00_start or maps"]
    lesson = ["--nbval", "notebooks/98_new_thing.ipynb"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *checks, *chosen, *lesson],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    assert "the square of 3 is 9" in (course / lesson[1]).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["16name", "16_Name", "name", "../16_x"])
def test_a_bad_name(course, name):
    with pytest.raises(ValueError, match="NB=16_name"):
        new_lesson.make(course, name, "A title")


def test_no_title_and_a_name_that_is_taken(course):
    with pytest.raises(ValueError, match="TITLE"):
        new_lesson.make(course, "98_x", " ")
    new_lesson.make(course, "98_x", "A title")
    with pytest.raises(ValueError, match="already"):
        new_lesson.make(course, "98_x", "A title")
    with pytest.raises(ValueError, match="98 is taken"):
        new_lesson.make(course, "98_y", "A title")
