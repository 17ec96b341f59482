"""pyproject.toml, environment.yml and the lock say the same thing."""

import re
import tomllib
from graphlib import TopologicalSorter
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name as canonical
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
REQUIREMENTS = [
    Requirement(line)
    for line in [*PROJECT["dependencies"], *(r for e in EXTRAS.values() for r in e)]
]
LINES = (ROOT / "constraints.txt").read_text().splitlines()
PAIRS = [line.partition(" ;")[0].split("==") for line in LINES]
LOCK = {canonical(name): locked for name, locked in PAIRS}
# Google Colab's package list, as read in August 2026: nothing may be reinstalled.
COLAB = {
    "numpy": "2.1.0",
    "torch": "2.11.0",
    "ipywidgets": "7.7.1",
    "ipython": "7.34.0",
    "ipykernel": "6.17.1",
}


def test_lock_is_names_and_versions():
    for line in LINES:
        assert re.fullmatch(r"[\w.-]+==[\w.]+( ; [^#;]+)?", line), line
        Requirement(line)
    for name in ("appnope", "pywinpty"):  # of other platforms
        assert any(line.startswith(f"{name}==") and " ; " in line for line in LINES)


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_lock_and_colab_are_admitted(requirement):
    name = canonical(requirement.name)
    assert requirement.specifier.contains(LOCK[name])
    assert name not in COLAB or requirement.specifier.contains(COLAB[name])
    if name != "playwright":  # installed by `make browser`
        assert Version(version(name)).public == LOCK[name]


def test_lock_installs_on_the_oldest_python():
    """Debian 12 has 3.11.2, and some packages ask for a later 3.11."""
    for found in distributions():
        asks = found.metadata.get("Requires-Python")
        if canonical(found.name) in LOCK and asks:
            assert SpecifierSet(asks).contains("3.11.0"), f"{found.name}: {asks}"


def test_conda_installs_the_lock_and_an_extra_that_is_there():
    conda = (ROOT / "environment.yml").read_text()
    assert "--constraint constraints.txt" in conda
    extras = re.search(r"--editable \.\[([\w,]+)\]", conda)
    assert extras and set(extras[1].split(",")) <= set(EXTRAS)


def test_imports_are_acyclic():
    graph = {}
    for path in ROOT.glob("course_utils/**/*.py"):
        text = path.read_text()
        found = re.findall(r"(?m)^from (course_utils[\w.]*) import \(?\s*(\w+)", text)
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        graph[name] = {a if "." in a else f"{a}.{b}" for a, b in found}
    TopologicalSorter(graph).prepare()  # CycleError names a circle
