"""A table of facts about every notebook, to hold against what a lesson should be.

python tools/lessons.py [notebooks/01_entropy.ipynb ...]

Median and p90 are lines of a code cell; silent, the share of code cells that show
nothing; asserts, their share of all code lines; first training, the cell in which a
network is trained for the first time. The aims are a guide, and no check fails on them.
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
AIMS = dict(cells="40-70", words="3000", longest="120", median="6", p90="12")
AIMS |= dict(silent="25%", asserts="0.10", kB="999")


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
    aims = [f"{AIMS.get(key, '-'):>{len(head)}}" for key, head in COLUMNS.items()]
    lines.append(f"{'a lesson aims at':32}" + "  ".join(aims))
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
