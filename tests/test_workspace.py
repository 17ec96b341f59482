"""A learner's copies: nothing written is lost, and updates arrive."""

import json
import subprocess

import nbformat
import pytest
import workspace


def git(folder, *words):
    who = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def lesson(text, ran=True):
    """A notebook with one code cell, and whether it has run."""
    outputs = [{"output_type": "stream", "name": "stdout", "text": "4"}] if ran else []
    cell = dict(cell_type="code", id="a", metadata={}, source=text, outputs=outputs)
    cell["execution_count"] = 1 if ran else None
    book = dict(cells=[cell], metadata={}, nbformat=4, nbformat_minor=5)
    return json.dumps(book, indent=1)


@pytest.fixture
def course(tmp_path):
    """A course of two lessons under git, already copied once; and the copies."""
    lessons, work = tmp_path / "notebooks", tmp_path / "work"
    lessons.mkdir()
    for name in ("00_a.ipynb", "01_b.ipynb"):
        (lessons / name).write_text(lesson("as it came"))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "notebooks")
    git(tmp_path, "commit", "-qm", "first")
    update(lessons, work)
    return lessons, work


def update(lessons, work):
    changed = workspace.worked_in(lessons)
    return [
        *workspace.rescue(work, changed),
        *workspace.refresh(lessons, work, changed),
    ]


def publish(lessons, text):
    for path in lessons.iterdir():
        path.write_text(lesson(text))
    git(lessons, "commit", "-qam", text)


def files(work):
    return {f.name: f.read_text() for f in work.glob("*.ipynb")}


def test_lessons_are_copied_once_and_kept(course):
    lessons, work = course
    blank = lesson("as it came", ran=False)
    assert files(work) == {"00_a.ipynb": blank, "01_b.ipynb": blank}
    (work / "01_b.ipynb").write_text("my answers")
    assert update(lessons, work) == []
    assert files(work)["01_b.ipynb"] == "my answers"


def test_an_update_reaches_untouched_copies_and_stands_beside_others(course):
    lessons, work = course
    (work / "01_b.ipynb").write_text("my answers")
    for text, beside in [("second", "01_b_new.ipynb"), ("third", "01_b_new1.ipynb")]:
        publish(lessons, text)
        assert any(beside in line for line in update(lessons, work))
        assert update(lessons, work) == []  # once is enough
        found = files(work)
        assert found["01_b.ipynb"] == "my answers"
        assert found["00_a.ipynb"] == found[beside] == lesson(text, ran=False)


@pytest.mark.parametrize("copied", [True, False])
def test_answers_written_into_the_course_itself_survive_restoring_it(course, copied):
    lessons, work = course
    for copy in work.glob("*") if not copied else ():
        copy.unlink()
    (lessons / "01_b.ipynb").write_text("answers in the wrong place")
    assert any("git restore" in line for line in update(lessons, work))
    assert update(lessons, work) == []
    git(lessons.parent, "restore", "notebooks")
    publish(lessons, "second")
    update(lessons, work)
    kept = {"answers in the wrong place", lesson("second", ran=False)}
    assert kept <= set(files(work).values())


def test_copies_of_the_lessons_are_whole_notebooks_that_have_not_run(tmp_path):
    workspace.refresh(workspace.ROOT / "notebooks", tmp_path, [])
    for path in (workspace.ROOT / "notebooks").glob("*.ipynb"):
        course, copy = (nbformat.read(p, 4) for p in (path, tmp_path / path.name))
        nbformat.validate(copy)
        assert [c.source for c in copy.cells] == [c.source for c in course.cells]
        assert not any(c.get("outputs") or c.get("execution_count") for c in copy.cells)


def test_without_git_there_is_nothing_to_rescue(tmp_path):
    (tmp_path / "00_a.ipynb").write_text("unpacked from an archive")
    assert workspace.worked_in(tmp_path) == []
