"""Strict nbval raises no false alarm: a read-only home, workers without --dist."""

import os
import shutil
import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from notebook_cells import NOTEBOOKS


def test_a_home_that_cannot_be_written_and_two_workers(tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    shutil.copy(NOTEBOOKS / "conftest.py", folder)
    # With two workers the cells would be dealt out one by one.
    lines = ["import matplotlib.pyplot as plt", "x = 1", "x += 1", "assert x == 2"]
    cells = [
        new_code_cell(line, id=f"cell-{i}", execution_count=i)
        for i, line in enumerate(lines, start=1)
    ]
    nbformat.write(new_notebook(cells=cells), folder / "a.ipynb")
    unset = {"MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "PYTEST_XDIST_WORKER"}
    environment = {k: v for k, v in os.environ.items() if k not in unset}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "--nbval", "notebooks"],
        cwd=tmp_path,
        env=environment | {"HOME": os.path.join(os.devnull, "home")},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-3000:]
