"""Notebook hygiene: what strict nbval cannot see, and what would fool it."""

import re
import statistics
import sys

import nbformat
import pytest
from notebook_cells import NOTEBOOKS

from course_utils.plotting import show
from course_utils.widgets import show_widget

ROOT = NOTEBOOKS.parent
sys.path.insert(0, str(ROOT / "tools"))
import repository  # noqa: E402

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
BIG = {"05", "06", "10"}  # filters and faces: up to 1 MB
IGNORED = {"nbval-ignore-output", "nbval-skip"}
ASSERT = re.compile(r"\bassert\b|assert_close|assert_allclose|assert_array_equal")
FORBIDDEN_OUTPUT = {
    "an object's address": re.compile(r"\bat 0x[0-9a-f]{6,}"),
    "a machine path": re.compile(r"/(home|root|Users|tmp|work|usr|opt)/|[A-Z]:\\\\"),
    "a warning": re.compile(r"\b\w*Warning\b"),
    "a traceback": re.compile(r"Traceback \(most recent"),
    "a time": re.compile(r"\bCPU times\b|\bWall time\b|it/s\]|s/it\]"),
}
FORBIDDEN_CODE = re.compile(
    r"\binteract(ive|ive_output)?\(|widgets\.Output\(|clear_output|raises-exception"
    r"|NBVAL_|^\s*[%!]",
    re.M,
)


@pytest.fixture(params=PATHS, ids=lambda p: p.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [c for c in notebook.cells if c.cell_type == "code"]


def texts(cell):
    """All stored text of a cell's outputs."""
    for output in cell.outputs:
        yield output.get("text", "")
        yield " ".join(output.get("traceback", []))
        for kind, value in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield value


def test_there_are_notebooks():
    assert len(PATHS) >= 4


def test_counts_ids_kernel(notebook):
    counts = [c.execution_count for c in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "run `make notebooks`"
    ids = [c.id for c in notebook.cells]
    assert len(set(ids)) == len(ids)
    unreadable = [i for i in ids if not re.fullmatch(r"[a-z][a-z0-9-]+", i)]
    random = [i for i in ids if re.fullmatch(r"[0-9a-f]{8}", i)]
    assert not unreadable + random, "cell ids are fixed, readable names"
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) == {"kernelspec"}


def test_no_machine_in_outputs(notebook):
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}, f"{cell.id}: metadata {cell.metadata}"
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error", f"{cell.id}: an error is stored"
            assert output.get("name") != "stderr", f"{cell.id}: stderr is stored"
            kinds = set(output.get("data", {}))
            assert not {k for k in kinds if "widget" in k}, f"{cell.id}: widget state"
        for text in texts(cell):
            for what, pattern in FORBIDDEN_OUTPUT.items():
                assert not pattern.search(text), f"{cell.id}: {what} in {text[:200]!r}"


def test_size(path):
    limit = 1_000_000 if path.name[:2] in BIG else 500_000
    assert path.stat().st_size < limit


def test_figures_have_alternative_text(notebook):
    cells = notebook.cells
    for i, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        pictures = [o for o in cell.outputs if "image/png" in o.get("data", {})]
        for output in pictures:
            alt = output.metadata.get("image/png", {}).get("alt", "")
            assert len(alt) > 20, f"{cell.id}: a figure without alternative text"
        if pictures:
            after = cells[i + 1] if i + 1 < len(cells) else None
            assert after is not None and after.cell_type == "markdown", (
                f"{cell.id}: a Markdown cell must read the figure"
            )


def test_code_fits(notebook):
    for cell in code_cells(notebook):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert lines, f"{cell.id} is empty"
        assert len(lines) <= 30, f"{cell.id} has {len(lines)} lines"
        wide = [line for line in lines if len(line) > 88 and "https://" not in line]
        assert not wide, f"{cell.id}: {wide}"
        assert not FORBIDDEN_CODE.search(cell.source), cell.id


def test_ignored_cells(notebook):
    ignored = [
        c for c in code_cells(notebook) if IGNORED & set(c.metadata.get("tags", []))
    ]
    assert len(ignored) <= 3
    for cell in ignored:
        assert not ASSERT.search(cell.source), (
            f"{cell.id}: an assert in an ignored cell"
        )
    tags = {t for c in notebook.cells for t in c.metadata.get("tags", [])}
    assert tags <= IGNORED


def test_notebook_checks_something(notebook):
    cells = code_cells(notebook)
    assert any(ASSERT.search(c.source) for c in cells)


def test_links_resolve(notebook, path):
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", cell.source):
            if target.startswith(("http", "#", "attachment:")):
                continue
            file = (path.parent / target.split("#")[0]).resolve()
            assert file.exists(), f"{cell.id}: {target}"


def test_first_cell_and_badge(notebook, path):
    url = repository.address()
    first = code_cells(notebook)[0]
    assert first.id == "colab" and first.source == repository.first_cell(url)
    page = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    assert repository.badge(url, path.name) in page


def test_order_of_the_page(notebook):
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert re.match(r"# \d\d\w? · ", first.source), first.source[:60]
    page = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    for part in ("**You will be able to**", "**Before you start**", "## Summary"):
        assert part in page, part
    assert re.search(r"(?m)^\*\*Next", page)


def test_helpers_refuse_empty_alternative_text():
    with pytest.raises(ValueError, match="alt is empty"):
        show(None, " ")
    with pytest.raises(ValueError, match="alt is empty"):
        show_widget(None, "")


def rhythm(notebook):
    """The figures of the house style that are aims, not limits."""
    code = [c for c in code_cells(notebook) if c.id != "colab"]
    lines = sorted(len([x for x in c.source.splitlines() if x.strip()]) for c in code)
    markdown = [c for c in notebook.cells if c.cell_type == "markdown"]
    return {
        "cells": len(notebook.cells),
        "markdown": f"{len(markdown) / len(notebook.cells):.0%}",
        "median": statistics.median(lines),
        "p90": lines[int(0.9 * (len(lines) - 1))],
        "asserts": sum(bool(ASSERT.search(c.source)) for c in code),
    }


def test_report_rhythm(capsys):
    """Prints a table; aims: 40-80 cells, 45-60 % Markdown, median 3-6, p90 <= 15."""
    with capsys.disabled():
        print("\nrhythm (aims: 40-80 cells, 45-60 % Markdown, median 3-6, p90 15)")
        for path in PATHS:
            figures = rhythm(nbformat.read(path, as_version=4))
            print(f"  {path.stem:28}", *(f"{k} {v}" for k, v in figures.items()))
