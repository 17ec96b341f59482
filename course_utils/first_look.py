"""What is wrong before anything can be imported: the standard library alone."""

import importlib.util
import sys
from pathlib import Path

PACKAGES = (
    *("numpy", "scipy", "torch", "matplotlib", "sklearn", "ipywidgets", "anywidget"),
    *("PIL", "pooch", "tqdm", "safetensors", "course_utils"),
)


def trouble(folder: Path) -> list[str]:
    """A sentence for each thing that stops the course; `folder` holds the notebooks."""
    found = []
    if sys.version_info < (3, 11):  # noqa: UP036  (Colab and conda may be older)
        found.append(f"Python {sys.version.split()[0]} is too old: 3.11 is needed.")
    known = {*PACKAGES, *getattr(sys, "stdlib_module_names", ())}
    own = [f for f in sorted(folder.iterdir()) if f.suffix in ("", ".py")]
    found += [
        f"Your {file.name} hides the Python module {file.stem}: give it another name."
        for file in own
        if file.stem in known
    ]
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        found.append(f"Not installed here: {', '.join(missing)}.")
    return found


def look(folder: Path | None = None) -> None:
    """Print what is wrong and what to type; ImportError if anything is.

    `folder` holds the notebooks; without one, the working folder.
    """
    found = trouble(folder or Path.cwd())
    if not found:
        print("Python and its packages: all here.")
        return
    print(*found, sep="\n")
    print(
        f"This notebook runs on {sys.executable}."
        " Type `make lab` in the course's folder (with conda,"
        " `conda activate vae-course`, then `jupyter lab`); on Colab, run the first"
        " cell again. Then restart the kernel."
    )
    raise ImportError("the course cannot start yet: see the lines above")
