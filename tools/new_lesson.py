"""A new lesson on which every check is green: a frame to be filled.

python tools/new_lesson.py 16_name "Its title"

Writes the notebook, its exercise file, and its rows in the README's map and in 00's.
"""

import re
import sys
from pathlib import Path

import nbformat
import repository
import run_notebooks
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]

TITLE = "# {number} · {title}\n\nWhich question does this lesson answer?"

SETUP = """\
import matplotlib.pyplot as plt
import numpy as np

from course_utils.exercises import {stem} as ex
from course_utils.plotting import BLUE, show, use_style

use_style()"""

HOOK = """\
x = np.linspace(-3, 3, 101)
fig, ax = plt.subplots(figsize=(6, 3))
ax.plot(x, x**2, color=BLUE)
ax.set(title="The finding, as a sentence", xlabel="x", ylabel="its square")
show(fig, "What is to be seen, for those who do not see it")"""

START = """\
The sentence that reads the picture, and the question that it raises.

**You will be able to** do this · and that.

**Before you start**: [00 · Start here](00_start_here.ipynb) · 45 minutes

{badge}"""

SCENE = """\
## 1 · A scene

One question, a real prediction, a few lines, a picture, what it shows.

**Exercise 1.** Write `answer(x)`: the square of `x`. The lesson then runs on yours."""

ADOPT = """\
def answer(x):
    raise NotImplementedError  # your turn


square = ex.square.adopt(answer)
# ex.square.hint()
# ex.square.solution()"""

USE = """\
print(f"the square of 3 is {square(3.0):.0f}")"""

SUMMARY = """\
## Summary

- **This:** what was learnt.

### Where this came from

Authors, titles, papers.

**Next**: back to [00 · Start here](00_start_here.ipynb)."""

EXERCISES = '''\
"""The exercises of {name}."""

from course_utils.exercises.engine import Exercise

NOTEBOOK = "{name}"

square = Exercise(
    expected=lambda x: x * x,
    cases=lambda rng: [(3.0,), (-1.5,), (float(rng.normal()),)],
    why="A number times itself.",
    hints=("How often does `x` stand in the product?", "Twice."),
    solution_text="def answer(x):\\n    return x * x",
    mistakes=(
        (lambda x: 2 * x, "That is twice `x`."),
        (lambda x: x**3, "That is the cube: one factor too many."),
        (lambda x: abs(x), "That is the size of `x`, not its square."),
    ),
)
'''


def cells(name: str, title: str) -> list[nbformat.NotebookNode]:
    """The frame of a lesson, each cell with a readable id."""
    number, _, stem = name.partition("_")
    url = repository.address()
    badge = repository.badge(url, f"{name}.ipynb")
    return [
        new_markdown_cell(TITLE.format(number=number, title=title), id="title"),
        new_code_cell(repository.first_cell(url), id="colab"),
        new_code_cell(SETUP.format(stem=stem), id="setup"),
        new_code_cell(HOOK, id="hook"),
        new_markdown_cell(START.format(badge=badge), id="start"),
        new_markdown_cell(SCENE, id="scene"),
        new_code_cell(ADOPT, id="ex-square"),
        new_code_cell(USE, id="use"),
        new_markdown_cell(SUMMARY, id="summary"),
    ]


def row_after_lessons(page: str, row: str) -> str:
    """A map with a row after its last numbered lesson."""
    rows = list(re.finditer(r"(?m)^\| \[\d\d .*\n", page))
    return page[: rows[-1].end()] + row + page[rows[-1].end() :]


def make(root: Path, name: str, title: str) -> None:
    """Write all files of a new lesson below `root`."""
    if not re.fullmatch(r"\d\d_[a-z][a-z0-9_]*", name):
        raise ValueError(
            "expected NB=16_name (two digits, lower case) and TITLE=..., got"
            f" NB={name!r}"
        )
    if not title.strip():
        raise ValueError('expected TITLE="What the lesson is called", got none')
    number, _, stem = name.partition("_")
    notebook = root / "notebooks" / f"{name}.ipynb"
    taken = sorted((root / "notebooks").glob(f"{number}_*.ipynb"))
    if taken and taken[0] != notebook:
        raise ValueError(f"number {number} is taken by {taken[0].name}")
    exercises = root / "course_utils" / "exercises" / f"{stem}.py"
    for file in (notebook, exercises):
        if file.exists():
            raise ValueError(f"{file} is there already: choose another name")
    exercises.write_text(EXERCISES.format(name=name), encoding="utf-8")
    nbformat.write(new_notebook(cells=cells(name, title)), notebook)
    readme = root / "README.md"
    row = f"| [{number} {title}](notebooks/{name}.ipynb) | which question? |\n"
    readme.write_text(row_after_lessons(readme.read_text("utf-8"), row), "utf-8")
    start = root / "notebooks" / "00_start_here.ipynb"
    first = nbformat.read(start, as_version=4)
    *_, chart = (cell for cell in first.cells if cell.id.startswith("map"))
    row = f"| [{number} · {title}]({name}.ipynb) | which question? |\n"
    chart.source = row_after_lessons(chart.source, row)
    nbformat.write(first, start)


def main(name: str, title: str) -> None:
    make(ROOT, name, title)
    run_notebooks.run(ROOT / "notebooks" / f"{name}.ipynb")
    print(f"notebooks/{name}.ipynb and its exercises are there; now fill them.")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        raise SystemExit(str(error)) from None
