"""Write the repository's address into badges and first cells, from one place.

python tools/repository.py                        # rewrite from pyproject.toml
python tools/repository.py https://github.com/you/vae-course   # set it, too
"""

import re
import sys
import tomllib
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]

FIRST_CELL = """\
# On Google Colab: fetch and install the course. Elsewhere: nothing.
import sys

if "google.colab" in sys.modules:
    import os
    import pathlib
    import shutil
    import subprocess

    root = pathlib.Path.home() / "vae-course"
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    if not (root / ".ready").exists():  # written last: all before it has worked
        shutil.rmtree(root, ignore_errors=True)
        url = "{address}"
        subprocess.run(["git", "clone", "--depth=1", url, str(root)], check=True)
        subprocess.run([*pip, "anywidget", "pooch", "safetensors"], check=True)
        subprocess.run([*pip, "--no-deps", "--editable", str(root)], check=True)
        (root / ".ready").touch()
    os.chdir(root / "notebooks")
    sys.path.insert(0, str(root))"""

BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{path}/blob/main/notebooks/{name})"
)
README_PLACES = re.compile(
    r"(?<=mybinder\.org/v2/gh/)[\w.-]+/[\w.-]+(?=/HEAD)"
    r"|(?<=git clone https://github\.com/)[\w.-]+/[\w.-]+"
)
BADGE_PATTERN = re.compile(r"\[!\[Open in Colab\]\([^)]*\)\]\([^)]*\)")


def address() -> str:
    """The address in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project["urls"]["Repository"]


def first_cell(url: str) -> str:
    """The Colab cell that opens every notebook."""
    return FIRST_CELL.format(address=url)


def badge(url: str, name: str) -> str:
    """The Colab badge of notebook `name`."""
    return BADGE.format(path=url.removeprefix("https://github.com/"), name=name)


def rewrite(path: Path, url: str) -> None:
    """Put the address into one notebook; outputs stay as they are."""
    notebook = nbformat.read(path, as_version=4)
    code = next(c for c in notebook.cells if c.cell_type == "code")
    if code.id != "colab":
        raise ValueError(f"{path.name}: the first code cell must have the id 'colab'")
    code.source = first_cell(url)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = BADGE_PATTERN.sub(badge(url, path.name), cell.source)
    nbformat.write(notebook, path)


def set_address(url: str) -> None:
    """Write `url` into pyproject.toml; ValueError if it is not a GitHub address."""
    if not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", url):
        raise ValueError(f"expected https://github.com/OWNER/NAME, got {url!r}")
    file = ROOT / "pyproject.toml"
    text = re.sub(r'(?m)^Repository = ".*"$', f'Repository = "{url}"', file.read_text())
    file.write_text(text)


def readme(text: str, url: str) -> str:
    """The README with the address in its Binder badge and in `git clone`."""
    return README_PLACES.sub(url.removeprefix("https://github.com/"), text)


def main(arguments: list[str]) -> None:
    if arguments:
        set_address(arguments[0])
    url = address()
    page = ROOT / "README.md"
    page.write_text(readme(page.read_text("utf-8"), url), "utf-8")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        rewrite(path, url)
    print(f"wrote {url} into the notebooks")


if __name__ == "__main__":
    main(sys.argv[1:])
