"""Break one thing at a time and see which check turns red.

    python tools/mutants.py            # all of tools/mutants.json
    python tools/mutants.py NAME ...   # those whose name holds one of the words

Works on a copy of the checkout in a temporary folder; nothing here is changed. A
mutant that no check notices survives, and the exit status is then 1: a hole to close.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEAVE_OUT = shutil.ignore_patterns(".git", ".venv*", ".cache", "__pycache__")


def mutate(root: Path, mutant: dict) -> None:
    """Apply one mutant; ValueError unless its old text is there exactly once."""
    file = root / mutant["file"]
    text = file.read_text(encoding="utf-8")
    if "cell" in mutant:
        notebook = json.loads(text)
        cell = next(c for c in notebook["cells"] if c["id"] == mutant["cell"])
        cell["source"] = replace(cell_source(cell), mutant)
        file.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    else:
        file.write_text(replace(text, mutant), encoding="utf-8")


def cell_source(cell: dict) -> str:
    """A cell's source as one string, whichever way it is stored."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def replace(text: str, mutant: dict) -> str:
    """`text` with the mutant's old part replaced by its new one."""
    if text.count(mutant["old"]) != 1:
        raise ValueError(
            f"{mutant['name']}: {mutant['old']!r} must stand once in {mutant['file']},"
            f" and it stands {text.count(mutant['old'])} times"
        )
    return text.replace(mutant["old"], mutant["new"])


def command(mutant: dict) -> list[str]:
    """The checks tried on a mutant: its own, else its notebook, else all tests."""
    pytest = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    if "check" in mutant:
        return [*pytest, *mutant["check"]]
    if mutant["file"].endswith(".ipynb"):
        return [*pytest, "--nbval", mutant["file"]]
    return [*pytest, "tests"]


def try_one(mutant: dict) -> str | None:
    """The first failed check's line, or None if the mutant survives."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "course"
        shutil.copytree(ROOT, copy, ignore=LEAVE_OUT)
        mutate(copy, mutant)
        done = subprocess.run(
            command(mutant),
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
        )
    failed = [x for x in done.stdout.splitlines() if x.startswith(("FAILED", "ERROR"))]
    if done.returncode == 0:
        return None
    if done.returncode != 1 or not failed:
        raise RuntimeError(f"{mutant['name']}: the check did not run\n{done.stdout}")
    return failed[0]


def main(words: list[str]) -> int:
    mutants = json.loads((ROOT / "tools" / "mutants.json").read_text(encoding="utf-8"))
    chosen = [m for m in mutants if not words or any(w in m["name"] for w in words)]
    survivors = []
    for mutant in chosen:
        red = try_one(mutant)
        if red is None:
            survivors.append(mutant["name"])
        print(f"{mutant['name']:48} {'SURVIVED' if red is None else red}", flush=True)
    print(f"{len(chosen)} mutants, {len(survivors)} survivors")
    return 1 if survivors or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
