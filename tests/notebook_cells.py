"""Run named cells of a notebook in a test, to hold them equal to the package."""

from pathlib import Path
from typing import Any

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def source(notebook: str, cell_id: str) -> str:
    """The source of one cell; KeyError if there is none of that id."""
    cells = nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4).cells
    by_id = {cell.id: cell.source for cell in cells}
    return by_id[cell_id]


def run_cells(notebook: str, *cell_ids: str, **names: Any) -> dict[str, Any]:
    """The namespace after executing these cells in order, starting from `names`."""
    space: dict[str, Any] = dict(names)
    for cell_id in cell_ids:
        exec(compile(source(notebook, cell_id), cell_id, "exec"), space)
    return space
