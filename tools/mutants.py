"""Break one thing at a time and see which check turns red.

    python tools/mutants.py            # all of tools/mutants.json
    python tools/mutants.py WORD ...   # those whose name holds one of the words

A mutant replaces `old`, which stands once in the code of the folder `in`, by `new`;
which file that is, is looked up, so a mutant survives a rename. It is tried on a copy
of the checkout in a temporary folder. A notebook is checked by nbval, then by tests;
a module by its own tests and those of the topic that begins the mutant's name, then by
all. A mutant that nothing notices survives, and the
exit status is then 1: a hole to close.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEAVE_OUT = shutil.ignore_patterns(".git", ".venv*", ".cache", "__pycache__")


def read() -> list[dict[str, str]]:
    """The mutants of tools/mutants.json."""
    return json.loads((ROOT / "tools" / "mutants.json").read_text(encoding="utf-8"))


def code(file: Path) -> Iterator[tuple[dict, str]]:
    """Each code cell of a notebook with its source; of a module the whole of it."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        yield {}, text
        return
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "code":
            yield cell, "".join(cell["source"])


def place(root: Path, mutant: dict[str, str]) -> Path:
    """The file that holds the old text; ValueError unless it stands exactly once."""
    files = [
        file
        for file in sorted((root / mutant["in"]).rglob("*"))
        if file.suffix in {".py", ".ipynb"} and ".ipynb_checkpoints" not in file.parts
        for _, source in code(file)
        for _ in range(source.count(mutant["old"]))
    ]
    if len(files) != 1:
        raise ValueError(
            f"{mutant['name']}: {mutant['old']!r} must stand once in the code of"
            f" {mutant['in']}, and it stands {len(files)} times"
        )
    return files[0]


def mutate(root: Path, mutant: dict[str, str]) -> Path:
    """Apply one mutant; the file that it changed."""
    file = place(root, mutant)
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        file.write_text(text.replace(mutant["old"], mutant["new"]), encoding="utf-8")
        return file
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            cell["source"] = source.replace(mutant["old"], mutant["new"])
    file.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    return file


def checks(root: Path, file: Path, name: str) -> Iterator[list[str]]:
    """What pytest is asked for, the likeliest to notice first."""
    if file.suffix == ".ipynb":
        yield ["--nbval", str(file.relative_to(root))]
    for topic in dict.fromkeys([file.stem, name.partition(":")[0]]):
        own = root / "tests" / f"test_{topic}.py"
        if own.exists():
            yield [str(own.relative_to(root))]
    yield ["tests"]


def try_one(mutant: dict[str, str]) -> str | None:
    """The first failed check's line, or None if the mutant survives."""
    pytest = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    # It would notice every mutant: their old text is gone.
    pytest += ["--deselect", "tests/test_tools.py::test_mutants_apply"]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "course"
        shutil.copytree(ROOT, copy, ignore=LEAVE_OUT)
        file = mutate(copy, mutant)
        for check in checks(copy, file, mutant["name"]):
            done = subprocess.run(
                [*pytest, *check],
                cwd=copy,
                env={**os.environ, "PYTHONPATH": str(copy), "OMP_NUM_THREADS": "1"},
                capture_output=True,
                text=True,
            )
            lines = done.stdout.splitlines()
            failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
            if failed:
                return failed[0]
            if done.returncode != 0:
                raise RuntimeError(f"{mutant['name']}: no check ran\n{done.stdout}")
    return None


def main(words: list[str]) -> int:
    chosen = [m for m in read() if not words or any(w in m["name"] for w in words)]
    survivors = 0
    for mutant in chosen:
        red = try_one(mutant)
        survivors += red is None
        print(f"{mutant['name']:56} {red or 'SURVIVED'}", flush=True)
    print(f"{len(chosen)} mutants, {survivors} survivors")
    return 1 if survivors or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
