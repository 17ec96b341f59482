"""The tools that keep notebooks, badges and mutants in order."""

import lessons
import mutants
import nbformat
import pytest
import repository
import run_notebooks
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_cells import NOTEBOOKS

ROOT = NOTEBOOKS.parent
URL = "https://github.com/someone/their-copy"


def small_notebook(path, code="print(1 + 1)"):
    badge = repository.badge("https://github.com/old/one", path.name)
    cells = [
        new_markdown_cell(f"# Title\n\n{badge}", id="title"),
        new_code_cell("pass", id="colab"),
        new_code_cell(code, id="sum"),
    ]
    nbformat.write(new_notebook(cells=cells), path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "01_x.ipynb"


def test_address_is_written_into_badge_first_cell_and_readme(path):
    small_notebook(path)
    repository.rewrite(path, URL)
    title, first, _ = nbformat.read(path, as_version=4).cells
    assert "someone/their-copy/blob/main/notebooks/01_x.ipynb" in title.source
    assert "old/one" not in title.source
    assert f'"{URL}"' in first.source
    once = path.read_bytes()
    repository.rewrite(path, URL)
    assert path.read_bytes() == once

    page = (ROOT / "README.md").read_text(encoding="utf-8")
    written = repository.readme(page, URL)
    assert "mybinder.org/v2/gh/someone/their-copy/HEAD" in written
    assert "git clone https://github.com/someone/their-copy " in written
    assert repository.readme(written, repository.address()) == page
    with pytest.raises(ValueError, match="OWNER/NAME"):
        repository.set_address("https://example.org/a")


def test_running_a_notebook_twice_changes_nothing(path):
    slowly = "print(1, flush=True)\nimport time\ntime.sleep(0.3)\nprint(2)"
    small_notebook(path, code=slowly)
    run_notebooks.run(path)
    once = path.read_bytes()
    notebook = nbformat.read(path, as_version=4)
    cell = notebook.cells[2]
    assert set(notebook.metadata) == {"kernelspec"} and cell.metadata == {}
    (output,) = cell.outputs  # printed lines are stored as one
    assert cell.execution_count == 2 and output.text == "1\n2\n"
    run_notebooks.run(path)
    assert path.read_bytes() == once


def test_a_notebook_that_fails_is_left_as_it_was(path):
    small_notebook(path, code="1 / 0")
    before = path.read_bytes()
    with pytest.raises(Exception, match="ZeroDivisionError"):
        run_notebooks.run(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("mutant", mutants.read(), ids=lambda m: m["name"])
def test_mutants_apply(mutant):
    mutants.place(ROOT, mutant)
    assert mutant["new"] != mutant["old"]


def test_a_mutant_changes_code_and_nothing_else(tmp_path):
    (tmp_path / "notebooks").mkdir()
    path = tmp_path / "notebooks" / "01_x.ipynb"
    small_notebook(path)
    mutant = {"name": "x", "in": "notebooks", "old": "1 + 1", "new": "1 - 1"}
    assert mutants.mutate(tmp_path, mutant) == path
    title, _, cell = nbformat.read(path, as_version=4).cells
    assert cell.source == "print(1 - 1)" and title.source.startswith("# Title")
    for old in ("Title", "absent", "1"):
        with pytest.raises(ValueError, match="must stand once"):
            mutants.mutate(tmp_path, mutant | {"old": old})


def test_facts_of_a_notebook(path):
    picture = new_output("display_data", data={"image/png": ""})
    cells = [
        new_markdown_cell("# Three words here", id="title"),
        new_code_cell("import math", id="setup"),
        new_code_cell("x = 1\n\nassert x == 1", id="one"),
        new_code_cell("fit(model)", id="two", outputs=[picture]),
    ]
    nbformat.write(new_notebook(cells=cells), path)
    found = lessons.facts(path)
    wanted = dict(cells="4", words="4", longest="4", median="1.5", silent="50%")
    wanted |= dict(asserts="0.33", figures="1", training="4")
    assert wanted.items() <= found.items()
    assert path.stem in lessons.table([path])
