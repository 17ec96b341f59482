"""What must never slip in a notebook, and strict nbval cannot see."""

import re

import nbformat
import pytest
import repository
import sources
from lessons import ASSERT
from notebook_cells import NOTEBOOKS

ROOT = NOTEBOOKS.parent
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
IGNORED = {"nbval-ignore-output", "nbval-skip"}
CEILING = 3  # cells of a notebook whose output is not compared
SPECIFICATION = re.compile(rf"\b({'|'.join(sources.GROUPS)})-\d\d\b")
FORBIDDEN_OUTPUT = {
    "an object's address": re.compile(r"\bat 0x[0-9a-f]{6,}"),
    "a machine path": re.compile(r"/(home|root|Users|tmp|work|usr|opt)/|[A-Z]:\\\\"),
    "a warning": re.compile(r"\b\w*Warning\b"),
    "a time": re.compile(r"\bCPU times\b|\bWall time\b|it/s\]|s/it\]"),
}
# They hang, differ from run to run, or pass whatever happens.
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
    assert path.stat().st_size < 1_000_000
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [c for c in notebook.cells if c.cell_type == "code"]


def markdown(notebook):
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def texts(cell):
    """All stored text of a cell's outputs."""
    for output in cell.get("outputs", []):
        yield output.get("text", "")
        for kind, value in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield value


def test_counts_ids_kernel(notebook):
    counts = [c.execution_count for c in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "run `make notebooks`"
    ids = [c.id for c in notebook.cells]
    random = re.compile(r"[0-9a-f]{8}(-[0-9a-f-]+)?")
    bad = [
        name
        for name in ids
        if random.fullmatch(name) or not re.fullmatch(r"[a-z][a-z0-9-]+", name)
    ]
    assert not bad, f"an id is a readable name in lower case, like kl-code; not {bad}"
    assert len(set(ids)) == len(ids), "two cells have the same id"
    assert set(notebook.metadata) == {"kernelspec"}, "run `make notebooks`"
    assert notebook.metadata.kernelspec.name == "python3"


def test_no_machine_in_outputs(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error", f"{cell.id}: an error is stored"
            assert output.get("name") != "stderr", f"{cell.id}: stderr is stored"
            kinds = set(output.get("data", {}))
            assert not {k for k in kinds if "widget" in k}, f"{cell.id}: widget state"
        for text in texts(cell):
            for what, pattern in FORBIDDEN_OUTPUT.items():
                assert not pattern.search(text), f"{cell.id}: {what} in {text[:200]!r}"


def test_no_ids_of_the_specification(notebook):
    for cell in notebook.cells:
        for text in (cell.source, *texts(cell)):
            found = SPECIFICATION.search(text)
            assert not found, f"{cell.id}: {found[0]} belongs into docs/sources.json"


def test_figures_are_described(notebook):
    for cell, after in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        outputs = cell.get("outputs", [])
        pictures = [o for o in outputs if "image/png" in o.get("data", {})]
        for output in pictures:
            alt = output.metadata.get("image/png", {}).get("alt", "")
            assert len(alt) > 20, f"{cell.id}: a figure without alternative text"
        if pictures:
            assert after is not None and after.cell_type == "markdown", (
                f"{cell.id}: a Markdown cell must say what is to be seen"
            )


def test_code_and_ignored_cells(notebook):
    ignored = 0
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}, f"{cell.id}: metadata {cell.metadata}"
        tags = set(cell.metadata.get("tags", []))
        assert tags <= IGNORED, f"{cell.id}: {tags}"
        if cell.cell_type == "code":
            assert cell.source.strip(), f"{cell.id} is empty"
            assert not FORBIDDEN_CODE.search(cell.source), cell.id
        if tags:
            ignored += 1
            assert not any(map(ASSERT.search, cell.source.splitlines())), (
                f"{cell.id}: an assert in an ignored cell"
            )
    assert ignored <= CEILING, f"at most {CEILING} cells are not compared"


def dead_links(text, folder):
    """Links to files that are not there, or to headings that the text has not."""
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    anchors = {h.strip().replace(" ", "-") for h in headings}
    anchors |= {re.sub(r"[^\w\- ]", "", a).lower() for a in anchors}
    targets = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", text)
    for target in map("".join, targets):
        file, _, anchor = target.partition("#")
        if target.startswith(("http://", "https://")):
            continue
        if file and not (folder / file).exists():
            yield target
        if anchor and not file and anchor not in anchors:
            yield target


def test_links_are_alive(notebook, path):
    assert list(dead_links(markdown(notebook), path.parent)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_of_pages_are_alive(page):
    assert list(dead_links(page.read_text(encoding="utf-8"), page.parent)) == []


def test_dead_links_are_found(tmp_path):
    text = '# A title\n[a](no.md) [b](#A-title) [c](#B) <img src="y.png">'
    assert list(dead_links(text, tmp_path)) == ["no.md", "#B", "y.png"]


def test_first_cell_and_badge(notebook, path):
    url = repository.address()
    first = code_cells(notebook)[0]
    assert first.id == "colab", "the first code cell is the one for Colab"
    assert first.source == repository.first_cell(url), "run tools/repository.py"
    badges = markdown(notebook).count(repository.badge(url, path.name))
    assert badges == 1, f"one Colab badge for {path.name}, please; found {badges}"


def test_frame(notebook, path):
    page = markdown(notebook)
    lesson = re.match(r"(\d\d)_", path.name)
    title = f"# {lesson[1]} · " if lesson else "# "
    assert page.startswith(title), f"the first Markdown cell begins with {title!r}"
    parts = ["You will be able to", "Before you start", "## Summary", "**Next"]
    missing = [part for part in parts if part not in page]
    assert not (lesson and missing), f"a lesson says {missing}, too"


def test_the_maps_name_every_notebook():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first = nbformat.read(PATHS[0], as_version=4)
    start = "".join(c.source for c in first.cells if c.id.startswith("map"))
    for path in PATHS:
        assert f"](notebooks/{path.name})" in readme, "the README's map"
        assert path == PATHS[0] or f"]({path.name})" in start, "the map in 00"
