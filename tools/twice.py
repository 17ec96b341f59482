"""Run every code cell twice in a row: the second run must say what the first said.

python tools/twice.py [notebooks/01_entropy.ipynb ...]
"""

import copy
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", VAE_COURSE_PROGRESS="0")

import nbformat  # noqa: E402
from nbclient import NotebookClient  # noqa: E402


def said(cell: nbformat.NotebookNode) -> list[str]:
    """What a cell prints and shows as text, and the name of its error."""
    lines = []
    for output in cell.outputs:
        if output.output_type == "error":
            lines.append(f"{output.ename}: {output.evalue}")
        else:
            lines.append(output.get("text") or output.data.get("text/plain", ""))
    return lines


def twice(path: Path) -> list[str]:
    """A line for each cell of one notebook whose second run differs."""
    notebook = nbformat.read(path, as_version=4)
    pairs = []
    for cell in notebook.cells:
        again = copy.deepcopy(cell)
        again.id = f"{cell.id}-again"
        pairs += [cell, again] if cell.cell_type == "code" else [cell]
    notebook.cells = pairs
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        allow_errors=True,
        coalesce_streams=True,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    code = [c for c in notebook.cells if c.cell_type == "code"]
    found = []
    for first, second in zip(code[::2], code[1::2], strict=True):
        ignored = "nbval-ignore-output" in first.metadata.get("tags", [])
        failed = [o for o in second.outputs if o.output_type == "error"]
        if failed or (said(first) != said(second) and not ignored):
            found.append(f"{path.stem}, {first.id}: {said(first)} then {said(second)}")
    return found


def main(names: list[str]) -> None:
    paths = [Path(n) for n in names] or sorted((ROOT / "notebooks").glob("*.ipynb"))
    found = []
    for path in paths:
        print(path.name, flush=True)
        found += twice(path.resolve())
    print(*found, sep="\n")
    if found:
        raise SystemExit(f"{len(found)} cells do not bear to be run twice")


if __name__ == "__main__":
    main(sys.argv[1:])
