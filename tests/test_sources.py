"""docs/sources.json is whole, and each row called done is really there."""

import re
from collections import Counter

import nbformat
import sources
from notebook_cells import NOTEBOOKS

ROOT = NOTEBOOKS.parent
ROWS = sources.read()
ASSERTS = re.compile(
    r"\bassert\b|\bderive\(|assert_close|assert_allclose|assert_array_equal"
)


def test_every_id_once():
    kinds = Counter(row["id"].split("-")[0] for row in ROWS)
    assert max(Counter(row["id"] for row in ROWS).values()) == 1
    assert (kinds.pop("B"), kinds.pop("C")) == (15, 55)
    assert sum(kinds.values()) == 154


def test_done_rows_are_there():
    cells = {
        path.stem: {c.id: c for c in nbformat.read(path, as_version=4).cells}
        for path in NOTEBOOKS.glob("*.ipynb")
    }
    for row in ROWS:
        assert row["status"] in {"done", "later"}, row
        if row["status"] == "later":
            continue
        assert row["met_by"] in {"assert", "text", "table", "figure"}, row
        if row["notebook"].startswith("docs/"):
            text = (ROOT / row["notebook"]).read_text(encoding="utf-8")
            assert f"## {row['section']}" in text, row
            continue
        cell = cells[row["notebook"]].get(row["cell"])
        assert cell is not None, f"{row['id']}: no cell {row['cell']}"
        headings = "\n".join(c.source for c in cells[row["notebook"]].values())
        assert re.search(rf"(?m)^#+ {re.escape(row['section'])}$", headings), row
        if row["met_by"] == "assert":
            assert ASSERTS.search(cell.source), f"{row['id']}: no assert in the cell"
        if row["met_by"] == "figure":
            assert "show" in cell.source, f"{row['id']}: no figure in the cell"


def test_page_is_made_from_the_data():
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert page == sources.render(), "run `make sources`"
