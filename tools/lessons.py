"""A table of facts about every notebook, to hold against what a lesson should be.

python tools/lessons.py [notebooks/01_entropy.ipynb ...]

The aims: 40 to 70 cells, at most 3000 words, no text above 120 words, code cells with a
median of 6 lines and a 90th percentile of 12, at most a quarter of them silent, asserts
in at most one line of ten, and something trained early.
"""

import re
import statistics
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
FRAME = {"colab", "setup"}  # the same in every notebook, and silent by design
ASSERT = re.compile(r"^\s*assert\b|\b(assert|testing\.assert)_\w+\(")
TRAINING = re.compile(r"(?<!def )\bfit\(|\.backward\(\)")
COLUMNS = {
    "cells": "cells",
    "words": "words",
    "longest": "longest text",
    "median": "median lines",
    "p90": "p90 lines",
    "silent": "silent",
    "asserts": "asserts a line",
    "figures": "figures",
    "kB": "kB",
    "training": "first training",
}


def code_lines(cell: nbformat.NotebookNode) -> list[str]:
    """The lines of a cell that are not blank."""
    return [line for line in cell.source.splitlines() if line.strip()]


def facts(path: Path) -> dict[str, str]:
    """What is counted in one notebook, as text, under the names of COLUMNS."""
    cells = nbformat.read(path, as_version=4).cells
    texts = [len(c.source.split()) for c in cells if c.cell_type == "markdown"]
    code = [c for c in cells if c.cell_type == "code" and c.id not in FRAME]
    sizes = sorted(len(code_lines(c)) for c in code) or [0]
    lines = [line for c in code for line in code_lines(c)]
    asserts = sum(bool(ASSERT.search(line)) for line in lines)
    silent = sum(not c.outputs for c in code)
    pictures = [o for c in code for o in c.outputs if "image/png" in o.get("data", {})]
    trained = (
        i
        for i, c in enumerate(cells, start=1)
        if c.cell_type == "code" and ("train" in c.id or TRAINING.search(c.source))
    )
    return {
        "cells": str(len(cells)),
        "words": str(sum(texts)),
        "longest": str(max(texts, default=0)),
        "median": f"{statistics.median(sizes):g}",
        "p90": str(sizes[int(0.9 * (len(sizes) - 1))]),
        "silent": f"{silent / max(len(code), 1):.0%}",
        "asserts": f"{asserts / max(len(lines), 1):.2f}",
        "figures": str(len(pictures)),
        "kB": f"{path.stat().st_size / 1000:.0f}",
        "training": str(next(trained, "none")),
    }


def table(paths: list[Path]) -> str:
    """The facts of several notebooks, one line each."""
    lines = [" " * 32 + "  ".join(COLUMNS.values())]
    for path in paths:
        found = facts(path)
        cells = [f"{found[key]:>{len(head)}}" for key, head in COLUMNS.items()]
        lines.append(f"{path.stem:32}" + "  ".join(cells))
    return "\n".join(lines)


def main(names: list[str]) -> None:
    paths = [Path(name) for name in names]
    print(table(paths or sorted((ROOT / "notebooks").glob("*.ipynb"))))


if __name__ == "__main__":
    main(sys.argv[1:])
