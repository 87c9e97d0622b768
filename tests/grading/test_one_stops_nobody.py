"""One submission, one name or one full disk never stops a class: each gets its row, its sentence, and no traceback."""

import errno
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from ordinary import as_ordinary_user, given
from sqlalchemy.exc import OperationalError
from test_batch import hand_in, rows_of, run
from traitlets import TraitError

from course import UNIT, Answers
from dltools.grading import seeds
from dltools.grading.book import failures
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.gradebook import Book
from dltools.grading.model import Assignment, GradingError
from dltools.grading.nbgrader_steps import remove_copied_links
from dltools.grading.reading import files
from dltools.grading.reading.files import load
from dltools.grading.reading.students import unusable_id
from dltools.grading.reading.timestamp import hand_in_time

NAME = f"{UNIT}.ipynb"


def write(folder: Path, name: str, content: bytes = b"x") -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def sparse(folder: Path, name: str, size: int) -> None:
    with (folder / name).open("wb") as file:
        file.truncate(size)


def thirty_large(folder: Path) -> None:
    for number in range(30):
        sparse(folder, f"{number}.ipynb", 150_000_000)


def nested(folder: Path) -> None:
    """Folders 1,200 deep: made from within, since no path is so long."""
    home = os.getcwd()
    os.chdir(folder)
    try:
        for _ in range(1200):
            os.mkdir("deep")
            os.chdir("deep")
    finally:
        os.chdir(home)


STRANGE: dict[str, tuple[Callable[[Path], object], str]] = {
    # what is beside the notebook: how it is made, what is said of it
    "file with a name of another encoding": (
        lambda folder: os.close(os.open(os.fsencode(folder) + b"/M\xfcller.py", os.O_CREAT)),
        "a file with a strange name",
    ),
    "link to a file": (lambda folder: (folder / "x.py").symlink_to("/etc/hosts"), "x.py is a link"),
    "link to a folder": (lambda folder: (folder / "solutions").symlink_to("/etc"), "solutions is a link"),
    "pipe": (lambda folder: os.mkfifo(folder / "pipe.ipynb"), "pipe.ipynb is no file"),
    "thirty notebooks of 150 MB": (thirty_large, "has 150 MB and was not read"),
    "folders without end": (nested, "and was not read"),
    "many files": (lambda folder: [write(folder, f"m{n}.csv") for n in range(150)], "is one file too many"),
    "large file": (lambda folder: sparse(folder, "data.csv", 50_000_000), "data.csv has 50 MB and was not read"),
}


@pytest.mark.skipif(os.name == "nt", reason="links and pipes of POSIX")
@pytest.mark.parametrize("name", STRANGE)
def test_what_lies_beside_is_named_and_the_notebook_read(name: str, tmp_path: Path, assignment: Assignment) -> None:
    make, said = STRANGE[name]
    folder = tmp_path / "ada" / UNIT
    write(folder, NAME, b"{}")
    make(folder)
    submission = files.load(folder, assignment, 0)
    assert submission.files.get(NAME) == b"{}"
    assert any(said in note for note in submission.notes), submission.notes
    assert all(note.isprintable() for note in submission.notes)
    if name == "folders without end":
        subprocess.run(["rm", "-rf", folder], check=True)  # Python's own removal does not reach so deep


@pytest.mark.parametrize("linked", ["ada", f"ada/{UNIT}"])
def test_a_linked_folder_is_not_read(linked: str, tmp_path: Path, assignment: Assignment) -> None:
    write(tmp_path / "bob" / UNIT, NAME, b"bob's")
    (tmp_path / linked).parent.mkdir(exist_ok=True)
    (tmp_path / linked).symlink_to(tmp_path / ("bob" if linked == "ada" else f"bob/{UNIT}"))
    submission = files.load(tmp_path / "ada" / UNIT, assignment, 0)
    assert submission.files == {} and "is a link to another folder" in submission.notes[0]


@pytest.mark.parametrize(
    ("content", "time"),
    [
        ("2027-02-01 00:00:01 UTC", "2027-02-01 00:00:01"),
        ("2027-02-01 01:00:01 Europe/Berlin", "2027-02-01 00:00:01"),
        ("2027-02-01T00:00:01Z", "2027-02-01 00:00:01"),
        ("2027-02-01 00:00 /etc/passwd", None),
        ("2027-02-01 00:00 ../../etc/localtime", None),
        ("\0" * 50, None),
        ("9" * 5000, None),
    ],
)
def test_times(content: str, time: str | None, tmp_path: Path) -> None:
    write(tmp_path, "timestamp.txt", content.encode())
    found, note = hand_in_time(tmp_path)
    assert (str(found) if found else None) == time
    assert bool(note) is (time is None)


def test_a_timestamp_of_5_GB_is_not_read(tmp_path: Path) -> None:
    sparse(tmp_path, "timestamp.txt", 5_000_000_000)
    assert hand_in_time(tmp_path) == (None, "timestamp.txt is not a time: taken as in time")


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can become an ordinary user")
@pytest.mark.parametrize("shut", ["ada", f"ada/{UNIT}", f"ada/{UNIT}/{UNIT}.ipynb"])
def test_what_this_user_may_not_read_costs_nobody_else(shut: str, assignment: Assignment) -> None:
    place = Path("/var/tmp") / f"shut-{os.getpid()}"
    folder = place / "ada" / UNIT
    write(folder, f"{UNIT}.ipynb", b"{}")
    write(folder, "timestamp.txt", b"2027-02-01 00:00:00 UTC")

    def look() -> int:
        [note] = load(folder, assignment, 0).notes
        assert "cannot be" in note and "give this user the right to read it" in note
        return bool(hand_in_time(folder)[1])

    given(place)
    (place / shut).chmod(0)
    try:
        assert as_ordinary_user(look) == (not shut.endswith("ipynb"))
    finally:
        shutil.rmtree(place)


@pytest.mark.parametrize(
    "name",
    [" ada", "ada ", "a\tb", "a\nb", "a\rb", "m[a-z]*?", "x" * 200, os.fsdecode(b"M\xfcller"), "a{b}", "\x1b[2J"],
)
def test_an_id_that_cannot_be_kept_is_named(name: str) -> None:
    assert unusable_id(name)


@pytest.mark.parametrize("name", ["ada", "Ada Lovelace", "müller", "李雷", "a.b-c_d@e", "x" * 128])
def test_an_id_that_can_be_kept(name: str) -> None:
    assert unusable_id(name) == ""


def test_a_class_with_strange_folders(course: Path, answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    """Everybody has a row; whoever cannot be graded has a sentence; no control character reaches the screen."""
    hand_in(course, "ada", json.dumps(answers.perfect()).encode())
    strange = ["ben ", "c\x1b[2Jat", "m[a-z]*?", "x" * 200]
    for student in strange:
        hand_in(course, student, json.dumps(answers.perfect()).encode())
    (course / "submitted" / "eve").symlink_to(course / "submitted" / "ada")
    rows = {row.student: row for row in run(course)}
    assert rows["ada"].score == 12 and not rows["ada"].person
    assert len(rows) == 2 + len(strange)
    assert all(row.person for student, row in rows.items() if student != "ada")
    assert "link to another folder" in rows["eve"].person[0]
    assert "\x1b" not in capsys.readouterr().out


REFUSALS: list[tuple[Exception, str]] = [
    (OperationalError("", {}, sqlite3.OperationalError("database is locked")), "close formgrader"),
    (OperationalError("", {}, sqlite3.OperationalError("database or disk is full")), "make room"),
    (OperationalError("", {}, sqlite3.OperationalError("attempt to write a readonly database")), "right to write"),
    (OperationalError("", {}, Exception("server closed the connection unexpectedly")), "wait until it is up"),
    (OSError(errno.ENOSPC, "No space left on device", "x.csv"), "x.csv: the disk is full; make room"),
    (OSError(errno.EROFS, "Read-only file system", "x.csv"), "x.csv: the file system can only be read"),
    (TraitError("The 'penalty_method' trait expected 'zero', not 'half'."), "nbgrader_config.py: The 'penalty_method'"),
    (PermissionError(errno.EACCES, "Permission denied", "x.csv"), "x.csv: this user may not"),
]


@pytest.mark.parametrize(("error", "says"), REFUSALS)
def test_what_stops_a_course_says_what_to_do(error: Exception, says: str) -> None:
    with pytest.raises(GradingError, match=says) as raised, failures.explain_failures():
        raise error
    assert "run the same command again" in str(raised.value)


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_a_secret_that_is_none(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / seeds.SECRET)
    with pytest.raises(GradingError, match="is not a secret of this course"):
        seeds.secret(tmp_path)


def interrupted(size: int) -> str:
    raise KeyboardInterrupt


def test_a_secret_is_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(seeds.secrets, "token_hex", interrupted)
        seeds.secret(tmp_path)
    assert list(tmp_path.iterdir()) == []
    first = seeds.secret(tmp_path)
    seeds.make_secret(tmp_path / seeds.SECRET)
    assert seeds.secret(tmp_path) == first, "of two that start at once the first one's counts"
    assert [path.name for path in tmp_path.iterdir()] == [seeds.SECRET]
    assert os.name == "nt" or (tmp_path / seeds.SECRET).stat().st_mode & 0o777 == 0o600


def test_a_course_folder_with_brackets(tmp_path: Path) -> None:
    (tmp_path / "course [2027]").mkdir()
    with pytest.raises(GradingError, match="rename the folder"):
        course_directory(tmp_path / "course [2027]")


def test_what_the_gradebook_does_not_take_costs_nobody_else(
    course: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for student in ("ada", "ben"):
        hand_in(course, student, json.dumps(answers.perfect()).encode())

    def refuse(book: Book, transaction: object, student: str, submitted: object) -> None:
        """The last that is written of a submission; nobody here is late."""
        if student == "ada":
            raise ValueError("half a character")

    monkeypatch.setattr(Book, "write_penalty", refuse)
    rows = {row.student: row for row in rows_of(course)}
    assert rows["ben"].score == 12
    assert "could not be recorded" in rows["ada"].again
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        assert [student.id for student in gradebook.students] == ["ben"], "nothing is left of what was begun"


def test_formgraders_intake_keeps_no_copy_of_what_links_lead_to(tmp_path: Path) -> None:
    folder, copy = tmp_path / "submitted" / "ada" / UNIT, tmp_path / "autograded" / "ada" / UNIT
    write(tmp_path, "gradebook.db", b"secret")
    write(folder, NAME)
    (folder / "data.csv").symlink_to(tmp_path / "gradebook.db")
    for name, content in {NAME: b"x", "data.csv": b"secret", "own.csv": b"1"}.items():
        write(copy, name, content)
    remove_copied_links(folder, copy)
    assert sorted(path.name for path in copy.iterdir()) == [NAME, "own.csv"]
