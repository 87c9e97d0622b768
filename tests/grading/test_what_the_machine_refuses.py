"""A full disk, a read-only course, a locked gradebook, a server that is restarted: a sentence, and on from there."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_batch import contents, hand_in, parsed, run, sqlite

from course import EXERCISES, UNIT, Answers
from dltools.grading import grade, seeds
from dltools.grading.book import failures, report
from dltools.grading.book.gradebook import Book
from dltools.grading.jail import mounts
from dltools.grading.jail.levels import why_unavailable

FILL = "fill"


@pytest.fixture
def two(course: Path, answers: Answers) -> Path:
    """A course with two submissions."""
    for number in (1, 2):
        hand_in(course, f"student-{number}", json.dumps(answers.notebook(EXERCISES[:number])).encode())
    seeds.secret(course)
    return course


@pytest.fixture
def undisturbed(two: Path, tmp_path: Path) -> list:
    root = Path(shutil.copytree(two, tmp_path / "undisturbed"))
    run(root)
    return contents(sqlite(root))


@pytest.fixture
def disk(two: Path, tmp_path: Path) -> Iterator[Path]:
    """The course on a small file system of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if not sys.platform.startswith("linux") or os.geteuid():
        pytest.skip("only root can mount a file system")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("this machine mounts no file system")
    yield Path(shutil.copytree(two, place / "course"))
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def refused(course: Path, capsys: pytest.CaptureFixture[str], says: str) -> str:
    """The command ends with 2 and one sentence of what to do."""
    capsys.readouterr()
    assert grade.run(parsed(course)) == grade.RUN_AGAIN
    told = [line for line in capsys.readouterr().err.splitlines() if "dltools grade: " in line]
    assert len(told) == 1
    assert says in told[0] and "run the same command again" in told[0]
    assert "Traceback" not in told[0]
    return told[0]


STAGES = {
    "the assignment is registered": (grade, "register"),
    "a submission is recorded": (Book, "record"),
    "a graded notebook is written": (Book, "write_notebook"),
    "the table is written": (report, "write_csv"),
    "the report is written": (report, "write_html"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_full_disk(
    stage: str, disk: Path, undisturbed: list, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is full from the moment on when ...; what was written before stays whole."""
    where, name = STAGES[stage]
    do = getattr(where, name)

    def fill_before(*args: object) -> object:
        (disk.parent / FILL).write_bytes(bytes(shutil.disk_usage(disk).free))
        return do(*args)

    run(disk, "--student", "student-1")
    table = (disk / f"grades-{UNIT}.csv").read_bytes()
    monkeypatch.setattr(where, name, fill_before)
    refused(disk, capsys, "make room")
    assert (disk / f"grades-{UNIT}.csv").read_bytes().startswith(table[:100])
    monkeypatch.undo()
    (disk.parent / FILL).unlink()
    assert grade.run(parsed(disk)) == grade.ALL_GRADED
    assert contents(sqlite(disk)) == undisturbed


def test_a_full_folder_for_temporary_files(
    disk: Path, two: Path, undisturbed: list, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(disk.parent))
    (disk.parent / FILL).write_bytes(bytes(shutil.disk_usage(disk).free))
    refused(two, capsys, "make room")
    (disk.parent / FILL).unlink()
    assert grade.run(parsed(two)) == grade.ALL_GRADED
    assert contents(sqlite(two)) == undisturbed


def test_a_course_that_can_only_be_read(disk: Path, undisturbed: list, capsys: pytest.CaptureFixture[str]) -> None:
    run(disk, "--student", "student-1")
    subprocess.run(["mount", "-o", "remount,ro", str(disk.parent)], check=True)
    refused(disk, capsys, "read")
    subprocess.run(["mount", "-o", "remount,rw", str(disk.parent)], check=True)
    assert grade.run(parsed(disk)) == grade.ALL_GRADED
    assert contents(sqlite(disk)) == undisturbed


@pytest.mark.parametrize("begun", [False, True])
def test_a_gradebook_that_another_program_holds(
    begun: bool, two: Path, undisturbed: list, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the start on, or when the first submission is recorded."""
    monkeypatch.setattr(failures, "PATIENCE", 0.2)
    other = sqlite3.connect(two / "gradebook.db", isolation_level=None)
    record = Book.record

    def hold(*args: object) -> None:
        other.execute("BEGIN IMMEDIATE")
        record(*args)  # type: ignore[arg-type]

    if begun:
        monkeypatch.setattr(Book, "record", hold)
    else:
        other.execute("BEGIN IMMEDIATE")
    refused(two, capsys, "close formgrader and other graders")
    other.execute("ROLLBACK")
    monkeypatch.undo()
    assert grade.run(parsed(two)) == grade.ALL_GRADED
    assert contents(sqlite(two)) == undisturbed


@pytest.mark.parametrize("level", ["full", "limited"])
def test_a_python_that_students_code_cannot_read_is_said_first(
    level: str, two: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is started or written, as where root's own Python lies in /root."""
    if (reason := why_unavailable(level)) and "Python" not in reason:
        pytest.skip(reason)
    shut, before = tmp_path / "python", [str(path) for path in two.rglob("*")]
    shut.mkdir(mode=0)
    monkeypatch.setattr(mounts, "readable_paths", lambda: ["/usr/lib", str(shut)])
    args = parsed(two)
    args.jail = level
    assert grade.run(args) == grade.RUN_AGAIN
    (told,) = capsys.readouterr().err.splitlines()
    assert f"Python needs {shut}, which the user that student code runs as cannot read" in told
    assert "grade as an ordinary user" in told
    assert [str(path) for path in two.rglob("*")] == before
