"""Every shape of download ends with each file at its student, or with a sentence for a person and exit code 1."""

import os
import time
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from downloads import NAME, NO_NAMES, PRESENT, ROSTER, SHAPES, Files, emails, github_classroom, moodle, zipped
from hand_ins import text

from course import EXERCISES, UNIT, Answers
from dltools import cli
from dltools.course import Course
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.deadline import set_deadline
from dltools.grading.reading.timestamp import hand_in_time


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def released(answers: Answers) -> bytes:
    return text(answers.released())


@pytest.fixture(scope="session")
def work(answers: Answers) -> bytes:
    return text(answers.notebook(EXERCISES[:1]))


def collect(source: Path, course: Path, *more: object) -> int:
    return cli.main(["collect", str(source), "--assignment", UNIT, "--course", str(course), *map(str, more)])


def collected(course: Path) -> Files:
    """What was laid down, but the timestamps."""
    return {
        path.relative_to(course / "submitted").as_posix(): path.read_bytes()
        for path in sorted((course / "submitted").rglob("*"))
        if path.is_file() and path.name != "timestamp.txt"
    }


def put(files: Files, folder: Path) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def files_of(shape: str, work: bytes, released: bytes) -> Files:
    make = SHAPES[shape]
    return make(work, released) if make is github_classroom else make(work)


@pytest.mark.parametrize("kind", ["zip", "folder"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape(
    shape: str,
    kind: str,
    course: Path,
    roster: Path,
    tmp_path: Path,
    work: bytes,
    released: bytes,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = files_of(shape, work, released)
    source = put(files, tmp_path / "down") if kind == "folder" else tmp_path / "down.zip"
    if kind == "zip":
        zipped(files, source)
    assert collect(source, course, "--roster", roster) == 1, "Lea is missing"
    said = capsys.readouterr().out
    assert f"11 of 12 found; missing: Lea Absent (lea12).\n11 submissions of {UNIT}" in said
    assert "PERSON" not in said
    notebooks = {name: content for name, content in collected(course).items() if name.endswith(".ipynb")}
    assert {name.split("/")[0] for name in notebooks} == {each[0] for each in PRESENT}
    assert set(notebooks.values()) == {work}
    before = collected(course)
    assert collect(source, course, "--roster", roster) == 1
    assert collected(course) == before
    assert not (course / "superseded").exists(), "the same download again changes nothing"


def test_a_repository_gives_only_what_belongs_to_the_unit(
    course: Path, roster: Path, tmp_path: Path, work: bytes, released: bytes
) -> None:
    collect(put(github_classroom(work, released), tmp_path / "down"), course, "--roster", roster)
    assert sorted(name for name in collected(course) if name.startswith("ada1/")) == [
        f"ada1/{UNIT}/{NAME}",
        f"ada1/{UNIT}/helper.py",
    ]


@pytest.mark.parametrize("shape", NO_NAMES)
def test_nobody_is_made_of_a_files_name(
    shape: str, course: Path, tmp_path: Path, work: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert collect(put(NO_NAMES[shape](work), tmp_path / "down"), course) == 1
    assert "whose is it?" in capsys.readouterr().out
    assert not collected(course)


def test_without_a_roster_the_ids_are_said(
    course: Path, tmp_path: Path, work: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert collect(put(moodle(work), tmp_path / "down"), course) == 0
    said = capsys.readouterr().out
    assert "No roster: these ids were made: Ada-Lovelace-100, Amy-Lee-106, Ben-Müller-101," in said


def test_only_verbose_names_files(
    course: Path, tmp_path: Path, work: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    source = put(moodle(work), tmp_path / "down")
    collect(source, course)
    quiet = capsys.readouterr()
    assert len(quiet.out.splitlines()) == 2 and not quiet.err
    collect(source, course, "--verbose")
    assert f"    {NAME} <- Ada Lovelace_100_assignsubmission_file/{NAME}" in capsys.readouterr().out


def test_dry_run_writes_nothing(
    course: Path, roster: Path, tmp_path: Path, work: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(course.rglob("*"))
    source = put(moodle(work), tmp_path / "down")
    assert collect(source, course, "--roster", roster, "--dry-run") == 1
    assert "ada1 <- Ada Lovelace (100): would be laid" in capsys.readouterr().out
    assert sorted(course.rglob("*")) == before


WHO = {
    # name: (roster lines, files, students found, a sentence)
    "namesakes": (["a,Kim,Lee", "b,Kim,Lee"], ["Kim Lee_1_assignsubmission_file/{}"], [], "may be a or b"),
    "two for one": (
        ["a,Kim,Lee"],
        ["Kim Lee_1_assignsubmission_file/{}", "Kim Lee_2_assignsubmission_file/{}"],
        [],
        "Kim Lee (1) and Kim Lee (2) may both be a",
    ),
    "anagrams": (["a,May,Lee"], ["Amy Lee_1_assignsubmission_file/{}"], [], "not in the roster: Amy Lee (1)"),
    "a blank and a dash": (["ada b,,", "ada-b,,"], ["ada b/{}", "ada-b/{}"], ["ada b", "ada-b"], "2 of 2 found."),
    "not in the roster": (["a,Ada,B"], ["Cat D_3_assignsubmission_file/{}"], [], "0 of 1 found; missing: Ada B (a);"),
    "an umlaut written out": (["a,Ben,Müller"], ["Ben Mueller_1_assignsubmission_file/{}"], [], "Ben Mueller (1)"),
    "capitals": (["Ada,A,B"], ["ada/{}"], ["Ada"], "1 of 1 found."),
    "by email": (["a,A,B,a@x.org"], ["a@x.org/{}"], ["a"], "1 of 1 found."),
}


@pytest.mark.parametrize("name", WHO)
def test_who_it_is(name: str, course: Path, tmp_path: Path, work: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    lines, files, found, sentence = WHO[name]
    (tmp_path / "r.csv").write_text("\n".join(["id,first_name,last_name,email", *lines]), encoding="utf-8")
    source = put({file.format(NAME): work for file in files}, tmp_path / "down")
    code = collect(source, course, "--roster", tmp_path / "r.csv")
    assert {path.split("/")[0] for path in collected(course)} == set(found)
    assert sentence in capsys.readouterr().out
    assert code == (0 if len(found) == len(lines) else 1)


def test_without_a_roster_two_are_never_one(
    course: Path, tmp_path: Path, work: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    source = put({f"ada b/{NAME}": work, f"ada-b/{NAME}": work}, tmp_path / "down")
    assert collect(source, course) == 1
    assert len({path.split("/")[0] for path in collected(course)}) == 2
    assert "which is another student" in capsys.readouterr().out


def test_of_two_worked_ones_the_later(
    course: Path, tmp_path: Path, answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    source = put(
        {f"ada/{NAME}": text(answers.perfect()), f"ada/{UNIT} (1).ipynb": text(answers.notebook(EXERCISES[:2]))},
        tmp_path / "down",
    )
    for name, moment in ((NAME, 1_800_000_000), (f"{UNIT} (1).ipynb", 1_800_100_000)):
        os.utime(source / "ada" / name, (moment, moment))
    assert collect(source, course) == 1
    assert f"ada: {UNIT} (1).ipynb was taken, the later by time; {NAME} has answers too." in capsys.readouterr().out
    laid = course / "submitted" / "ada" / UNIT / f"{UNIT} (1).ipynb"
    assert laid.stat().st_mtime == 1_800_100_000, "so that grading decides alike"


def test_the_untouched_release_is_left_out(course: Path, tmp_path: Path, work: bytes, released: bytes) -> None:
    source = put({f"ada/{NAME}": released, f"ada/{UNIT} (1).ipynb": work, f"ben/{NAME}": released}, tmp_path / "down")
    assert collect(source, course) == 0
    assert list(collected(course)) == [f"ada/{UNIT}/{UNIT} (1).ipynb", f"ben/{UNIT}/{NAME}"]


def test_an_earlier_submission_is_kept(course: Path, tmp_path: Path, work: bytes, answers: Answers) -> None:
    source = put({f"ada/{NAME}": work}, tmp_path / "down")
    collect(source, course)
    put({f"ada/{NAME}": text(answers.perfect())}, source)
    collect(source, course)
    assert collected(course) == {f"ada/{UNIT}/{NAME}": text(answers.perfect())}
    assert [path.read_bytes() for path in (course / "superseded").rglob("*.ipynb")] == [work]


@pytest.mark.parametrize("name", ["answer.py", "work.rar", "notes.pdf"])
def test_who_handed_in_no_notebook_is_told(
    name: str, course: Path, tmp_path: Path, work: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    source = put({f"ada/{name}": b"Rar!x", f"ben/{NAME}": work}, tmp_path / "down")
    assert collect(source, course) == 1
    assert f"ada: no notebook of {UNIT} among 1 files: ada/{name}." in capsys.readouterr().out
    assert f"ada/{UNIT}/{name}" in collected(course)


@pytest.mark.parametrize(("file", "sentence"), [("x.rar", "neither a folder nor a zip"), ("x", "neither a folder")])
def test_what_is_no_download(
    file: str, sentence: str, course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.rar").write_bytes(b"Rar!")
    assert collect(tmp_path / file, course) == 2
    assert sentence in capsys.readouterr().err


def test_a_forwarded_email_is_nobodys(
    course: Path, tmp_path: Path, work: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ben could write one that comes from Ada."""
    forward = EmailMessage()
    forward["From"] = "ben2@example.org"
    forward.add_attachment(message_from_bytes(emails(work)["mail-ada1.eml"], policy=policy.default))
    assert collect(put({"mail.eml": forward.as_bytes()}, tmp_path / "down"), course) == 1
    assert "mail.eml forwards another email, which was left out: save that as" in capsys.readouterr().out
    assert not collected(course)


def test_a_unit_that_is_not_there(course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zipped({NAME: b""}, tmp_path / "x.zip")
    assert cli.main(["collect", str(tmp_path / "x.zip"), "--assignment", "99-x", "--course", str(course)]) == 2
    assert "There is no unit 99-x" in capsys.readouterr().err


MOODLE_SHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    'Participant 1,Kim Lee,k@x.org,Submitted,,12.00,Yes,"Sunday, 31 January 2027, 11:59 PM",-,\n'
    "Participant 2,Kim Lee,l@x.org,Submitted,,12.00,Yes,-,-,\n"
)
UNREADABLE = MOODLE_SHEET.replace("Sunday, 31 January", "Someday, 31 January")
METADATA = b"submission_1:\n  :submitters:\n  - :sid: ada\n  :created_at: 2027-01-31 22:59:00 Z\n"
RECEIPT = b"Name: Ada B (ada)\nAssignment: HW\n"
TIMES = {
    # name: (class list, files, student, timestamp.txt as nbgrader reads it, without it where nobody knows)
    "Moodle, by its worksheet": (
        MOODLE_SHEET,
        {"Kim Lee_1_assignsubmission_file/{}": None, "Kim Lee_2_assignsubmission_file/{}": None},
        "k@x.org",
        "2027-01-31 22:59:00 UTC",
    ),
    "Blackboard": (
        "id\nada\n",
        {"HW_ada_attempt_2027-01-31-23-59-00_{}": None, "HW_ada_attempt_2027-01-31-23-59-00.txt": RECEIPT},
        "ada",
        "2027-01-31 22:59:00 UTC",
    ),
    "Gradescope": (
        "id\nada\n",
        {
            "submission_1/{}": None,
            "submission_metadata.yml": METADATA,
        },
        "ada",
        "2027-01-31 22:59:00 UTC",
    ),
    "nbgrader": ("id\nada\n", {f"ada+{UNIT}+2027-01-31 22:59:00 UTC/{{}}": None}, "ada", "2027-01-31 22:59:00 UTC"),
    "Canvas, in time": ("id,last_name\nada,B\n", {"b_1_2_{}": None}, "ada", ""),
    "Canvas, late": ("id,last_name\nada,B\n", {"b_LATE_1_2_{}": None}, "ada", "2027-02-01 00:00:01 UTC"),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_and_late_marks(
    name: str, course: Path, tmp_path: Path, work: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    people, files, student, wanted = TIMES[name]
    (tmp_path / "r.csv").write_text(people, encoding="utf-8")
    set_deadline(course_directory(course), UNIT, Course(), "2027-02-01 00:00 UTC")
    source = put({path.format(NAME): content or work for path, content in files.items()}, tmp_path / "down")
    assert collect(source, course, "--roster", tmp_path / "r.csv") == 0
    folder = course / "submitted" / student / UNIT
    handed_in, note = hand_in_time(folder)
    assert not note
    assert (f"{handed_in} UTC" if handed_in else "") == wanted
    monkeypatch.undo()
    time.tzset()


def test_times_in_no_language_are_told_once(
    course: Path, tmp_path: Path, work: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.csv").write_text(UNREADABLE.replace("Yes,-,-", 'Yes,"31/01/27, 23:59",-'), encoding="utf-8")
    files = {f"Kim Lee_{number}_assignsubmission_file/{NAME}": work for number in (1, 2)}
    assert collect(put(files, tmp_path / "down"), course, "--roster", tmp_path / "r.csv") == 1
    said = capsys.readouterr().out
    assert said.count("PERSON") == 1 and "the worksheet's times, such as 'Someday, 31 January 2027, 11:59 PM'" in said


def test_times_are_of_the_courses_zone(course: Path, tmp_path: Path, work: bytes) -> None:
    (course / "course.toml").write_text('time_zone = "America/New_York"\n', encoding="utf-8")
    (tmp_path / "r.csv").write_text(MOODLE_SHEET, encoding="utf-8")
    collect(
        put({f"Kim Lee_1_assignsubmission_file/{NAME}": work}, tmp_path / "d"), course, "--roster", tmp_path / "r.csv"
    )
    assert hand_in_time(course / "submitted" / "k@x.org" / UNIT)[0] == datetime(2027, 2, 1, 4, 59)


def test_a_late_mark_without_a_deadline_is_told(
    course: Path, tmp_path: Path, work: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert collect(put({f"b_LATE_1_2_{NAME}": work}, tmp_path / "down"), course) == 1
    assert "late, says the platform, and no deadline is known" in capsys.readouterr().out


def test_two_attempts_the_later_counts(course: Path, tmp_path: Path, work: bytes, answers: Answers) -> None:
    """Blackboard gives all attempts: the later one is graded, and it is said."""
    files = {
        f"HW_ada_attempt_2027-01-30-10-00-00_{NAME}": text(answers.perfect()),
        f"HW_ada_attempt_2027-01-31-10-00-00_{NAME}": work,
        "HW_ada_attempt_2027-01-31-10-00-00.txt": RECEIPT,
    }
    assert collect(put(files, tmp_path / "down"), course) == 1
    assert sorted(path for path in collected(course)) == [f"ada/{UNIT}/{UNIT} (2).ipynb", f"ada/{UNIT}/{NAME}"]
    times = {path.name: path.stat().st_mtime for path in (course / "submitted" / "ada" / UNIT).glob("*.ipynb")}
    assert collected(course)[f"ada/{UNIT}/{max(times, key=lambda name: times[name])}"] == work
