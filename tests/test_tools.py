"""The tools that keep notebooks, badges and mutants in order."""

import json
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_cells import NOTEBOOKS

ROOT = NOTEBOOKS.parent
sys.path.insert(0, str(ROOT / "tools"))
import mutants  # noqa: E402
import repository  # noqa: E402
import run_notebooks  # noqa: E402

URL = "https://github.com/someone/their-copy"


def small_notebook(path, code="print(1 + 1)"):
    badge = repository.badge("https://github.com/old/one", path.name)
    cells = [
        new_markdown_cell(f"# Title\n\n{badge}", id="title"),
        new_code_cell("pass", id="colab"),
        new_code_cell(code, id="sum"),
    ]
    nbformat.write(new_notebook(cells=cells), path)


def test_address_is_written_into_badge_and_first_cell(tmp_path):
    path = tmp_path / "01_x.ipynb"
    small_notebook(path)
    repository.rewrite(path, URL)
    title, first, _ = nbformat.read(path, as_version=4).cells
    assert "someone/their-copy/blob/main/notebooks/01_x.ipynb" in title.source
    assert "old/one" not in title.source
    assert f'"{URL}"' in first.source
    once = path.read_bytes()
    repository.rewrite(path, URL)
    assert path.read_bytes() == once


def test_first_cell_must_be_the_colab_cell(tmp_path):
    path = tmp_path / "01_x.ipynb"
    cells = [new_code_cell("1", id="other")]
    nbformat.write(new_notebook(cells=cells), path)
    with pytest.raises(ValueError, match="id 'colab'"):
        repository.rewrite(path, URL)


@pytest.mark.parametrize("url", ["http://github.com/a/b", "https://example.org/a", ""])
def test_address_must_be_on_github(url):
    with pytest.raises(ValueError, match="OWNER/NAME"):
        repository.set_address(url)


def test_running_a_notebook_twice_changes_nothing(tmp_path):
    path = tmp_path / "01_x.ipynb"
    small_notebook(path)
    run_notebooks.run(path)
    once = path.read_bytes()
    cell = nbformat.read(path, as_version=4).cells[2]
    assert cell.execution_count == 2 and cell.outputs[0].text == "2\n"
    run_notebooks.run(path)
    assert path.read_bytes() == once


def test_printed_lines_are_stored_as_one_output(tmp_path):
    path = tmp_path / "01_x.ipynb"
    slowly = (
        "import time\nfor i in range(3):\n    print(i, flush=True)\n    time.sleep(0.3)"
    )
    small_notebook(path, code=slowly)
    run_notebooks.run(path)
    (output,) = nbformat.read(path, as_version=4).cells[2].outputs
    assert output.text == "0\n1\n2\n"


def test_a_notebook_that_fails_is_left_as_it_was(tmp_path):
    path = tmp_path / "01_x.ipynb"
    small_notebook(path, code="1 / 0")
    before = path.read_bytes()
    with pytest.raises(Exception, match="ZeroDivisionError"):
        run_notebooks.run(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_cleaning_keeps_alternative_text_and_drops_the_machine():
    data = {"image/png": "", run_notebooks.WIDGET_VIEW: {"model_id": "f00"}}
    alt = {"image/png": {"alt": "a line"}}
    cell = new_code_cell(
        "x",
        metadata={"tags": ["nbval-ignore-output"], "execution": {"a": "b"}},
        outputs=[new_output("display_data", data=data, metadata=alt)],
    )
    notebook = new_notebook(cells=[cell], metadata={"language_info": {"name": "x"}})
    run_notebooks.clean(notebook)
    (cell,) = notebook.cells
    assert set(notebook.metadata) == {"kernelspec"}
    assert cell.metadata == {"tags": ["nbval-ignore-output"]}
    assert set(cell.outputs[0].data) == {"image/png"}
    assert cell.outputs[0].metadata == alt


MUTANTS = json.loads((ROOT / "tools" / "mutants.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m["name"])
def test_mutants_apply_to_the_course_as_it_is(mutant):
    text = (ROOT / mutant["file"]).read_text(encoding="utf-8")
    if "cell" in mutant:
        cells = json.loads(text)["cells"]
        (cell,) = (c for c in cells if c["id"] == mutant["cell"])
        text = mutants.cell_source(cell)
    assert mutants.replace(text, mutant) != text
    for check in mutant.get("check", []):
        assert (ROOT / check.split("::")[0]).exists()


def test_every_notebook_has_a_mutant():
    hit = {m["file"].removeprefix("notebooks/") for m in MUTANTS if "cell" in m}
    assert hit == {path.name for path in NOTEBOOKS.glob("*.ipynb")}


def test_a_mutant_must_fit_exactly_once():
    mutant = {"name": "x", "file": "f", "old": "a", "new": "b"}
    for text in ("", "aa"):
        with pytest.raises(ValueError, match="must stand once"):
            mutants.replace(text, mutant)
