"""The notebooks as on Google Colab, without Colab: its old ipywidgets and IPython, a
module google.colab, no checkout but a repository to clone, each notebook alone in an
empty folder.

    python tools/colab_test.py [01_entropy ...]

Builds .venv-colab once. Left out: Colab's own page, its GPU and its widget manager.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv-colab"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLD = {"ipywidgets": "7.7.1", "ipython": "7.34.0", "ipykernel": "6.17.1"}
OTHERS = "numpy scipy torch matplotlib scikit-learn tqdm pooch safetensors nbval"
OTHERS += " pytest pytest-xdist packaging"


def build() -> None:
    """An environment with the lock's packages, but Colab's ipywidgets and IPython."""
    ready = VENV / ".ready"
    lock = ROOT / "constraints.txt"
    if ready.exists() and ready.stat().st_mtime > lock.stat().st_mtime:
        return
    venv.create(VENV, with_pip=True, clear=True)
    pins = (line.partition(" ;")[0] for line in lock.read_text().splitlines())
    locked = dict(pin.split("==") for pin in pins)
    wanted = [f"{name}=={locked[name]}" for name in OTHERS.split()]
    wanted += [f"{name}=={version}" for name, version in OLD.items()]
    run([PYTHON, "-m", "pip", "install", "-q", *wanted])
    ready.touch()


def run(command: list, **options: object) -> None:
    """Run a command and stop if it fails."""
    subprocess.run([str(word) for word in command], check=True, **options)  # type: ignore[call-overload]


def publish(folder: Path) -> str:
    """A git repository that holds the working tree; its address."""
    repository = folder / "vae-course.git"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, repository / name)
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"]
    run([*git, "init", "-q"], cwd=repository)
    run([*git, "add", "--all"], cwd=repository)
    run([*git, "commit", "-q", "-m", "the course"], cwd=repository)
    return repository.as_uri()


def imitate(folder: Path) -> dict[str, str]:
    """A home and a google.colab module that every kernel imports first."""
    package = folder / "fake" / "google" / "colab"
    package.mkdir(parents=True)
    for file in (package / "__init__.py", package.parent / "__init__.py"):
        file.touch()
    (package / "output.py").write_text(
        "def enable_custom_widget_manager():\n    pass\n"
    )
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-colab.py").write_text("import google.colab\n")
    home = folder / "home"
    # What an install that broke off may have left: the first cell must not trust it.
    (home / "vae-course" / "notebooks").mkdir(parents=True)
    return {
        **os.environ,
        "HOME": str(home),
        "PYTHONPATH": str(folder / "fake"),
        "IPYTHONDIR": str(folder / "ipython"),
        "OMP_NUM_THREADS": "1",
        "VAE_COURSE_PROGRESS": "0",
    }


def place(name: str, folder: Path, address: str) -> Path:
    """The notebook alone in an empty folder, cloning from `address`."""
    sys.path.insert(0, str(ROOT / "tools"))
    text = (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
    published = 'url = \\"https://github.com/'
    start = text.index(published) + len('url = \\"')
    end = text.index('\\"', start)
    alone = folder / "alone" / name
    alone.mkdir(parents=True)
    (alone / f"{name}.ipynb").write_text(text[:start] + address + text[end:])
    return alone


def main(names: list[str]) -> None:
    names = names or sorted(p.stem for p in (ROOT / "notebooks").glob("*.ipynb"))
    build()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        address, environment = publish(folder), imitate(folder)
        places = [place(name, folder, address) for name in names]
        pytest = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        pytest += ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=180"]
        # The first one clones and installs, the others find the course there.
        run([*pytest, places[0]], cwd=places[0], env=environment)
        if places[1:]:
            together = ["-n", "2", "--dist", "loadscope", *places[1:]]
            run([*pytest, *together], cwd=folder / "alone", env=environment)
        run([PYTHON, "-m", "pip", "uninstall", "-q", "-y", "vae-course"])


if __name__ == "__main__":
    main(sys.argv[1:])
