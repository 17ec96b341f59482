"""Drop from stored notebooks what differs from run to run, outputs kept.

python tools/clean_notebooks.py notebooks/01_entropy.ipynb ...
"""

import sys
from pathlib import Path

import nbformat
import run_notebooks


def main(names: list[str]) -> int:
    changed = 0
    for path in map(Path, names):
        before = path.read_text(encoding="utf-8")
        notebook = nbformat.reads(before, as_version=4)
        run_notebooks.clean(notebook)
        after = nbformat.writes(notebook) + "\n"
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"cleaned {path}")
            changed += 1
    return min(changed, 1)  # pre-commit then shows what was changed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
