"""Your own copies of the lessons, in work/: no update and no check touches them.

python tools/workspace.py

A lesson that is not there yet is copied, without its outputs: what a cell prints is for
you to predict. One in which you have not worked follows the
course. One in which you have worked stays, and a new version is put beside it.
"""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def digest(content: bytes) -> str:
    """The SHA-256 of a file's bytes."""
    return hashlib.sha256(content).hexdigest()


def blank(lesson: Path) -> bytes:
    """The bytes of a lesson in which nothing has run yet."""
    book = json.loads(lesson.read_bytes())
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return json.dumps(book, indent=1, ensure_ascii=False).encode()


def free(folder: Path, name: str) -> Path:
    """A path like name_new.ipynb where no file is yet."""
    stem = Path(name).stem
    tries = (f"{stem}_new{n or ''}.ipynb" for n in range(1000))
    return next(folder / t for t in tries if not (folder / t).exists())


def refresh(course: Path, work: Path, changed: list[Path]) -> list[str]:
    """Bring the copies in `work` up to date with `course`; what to tell the learner.

    A lesson that was `changed` in `course` is nobody's new version: it is left alone.
    """
    work.mkdir(exist_ok=True)
    record = work / ".copied.json"  # the version of each lesson that was copied
    copied = json.loads(record.read_text()) if record.exists() else {}
    told = []
    for lesson in sorted({*course.glob("*.ipynb")} - {*changed}):
        mine, fresh, last = work / lesson.name, blank(lesson), copied.get(lesson.name)
        copied[lesson.name] = digest(fresh)
        if mine.exists() and last == copied[lesson.name]:
            continue
        if mine.exists() and digest(mine.read_bytes()) not in (last, digest(fresh)):
            mine = free(work, lesson.name)
            told.append(f"{lesson.stem} has changed: the new version is {mine}")
            told.append("  what you have written stays where it is")
        mine.write_bytes(fresh)
    record.write_text(json.dumps(copied, indent=1))
    return told


def worked_in(course: Path) -> list[Path]:
    """The lessons that differ from the course's own; none where git cannot tell."""
    ask = ["git", "diff", "--name-only", "--relative", "HEAD", "--", "*.ipynb"]
    try:
        run = subprocess.run(ask, cwd=course, capture_output=True, text=True)
    except OSError:
        return []
    names = run.stdout.splitlines() if run.returncode == 0 else []
    return [course / name for name in names if (course / name).exists()]


def rescue(work: Path, changed: list[Path]) -> list[str]:
    """Copy the lessons that were `changed` in the course itself; what to tell."""
    work.mkdir(exist_ok=True)
    told = []
    for lesson in changed:
        kept = {mine.read_bytes() for mine in work.glob("*.ipynb")}
        if lesson.read_bytes() not in kept:
            mine = work / lesson.name
            mine = free(work, lesson.name) if mine.exists() else mine
            shutil.copyfile(lesson, mine)
            told.append(f"You have worked in {lesson}; a copy is kept as {mine}")
    if told:
        told.append("`git restore notebooks` brings the originals back.")
    return told


def main() -> None:
    course, work = ROOT / "notebooks", ROOT / "work"
    changed = worked_in(course)
    for line in [*rescue(work, changed), *refresh(course, work, changed)]:
        print(line)


if __name__ == "__main__":
    main()
