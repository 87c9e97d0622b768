"""Deadlines: understood or refused, the same for grader and students, and from one file."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from test_batch import hand_in, run, sqlite

from course import UNIT, Answers
from dltools import cli
from dltools.course import FILE, Course, course_of, duration, parse_time, read_course, time_left

ZONE = "Europe/Berlin"
TIMES = {
    "2027-02-01 23:59 UTC": "2027-02-01 23:59",
    "2027-02-01T23:59:30Z": "2027-02-01 23:59",
    "2027-02-01 23:59 Europe/Berlin": "2027-02-01 22:59",
    "2027-07-01 23:59 Europe/Berlin": "2027-07-01 21:59",
    "2027-02-01 23:59 America/Los_Angeles": "2027-02-02 07:59",
    "2027-02-01 23:59 +0100": "2027-02-01 22:59",
    "2027-02-01 23:59+05:30": "2027-02-01 18:29",
    "2027-02-01 23:59": "2027-02-01 22:59",  # in the course's zone
}
REFUSED = {
    "23:59 PST": "is not a date and a time of day",
    "01.02.2027": "is not a date and a time of day",
    "02/01/2027 23:59 UTC": "is not a date and a time of day",
    "2027-02-01 +0100": "is not a date and a time of day",
    "2027-02-01": "is not a date and a time of day",
    "soon": "is not a date and a time of day",
    "2027-02-01 23:59 PST": "'PST' is not a time zone",
    "2027-07-01 23:59 EST": "'EST' is not a time zone",
    "2027-02-01 23:59 Europe/Nowhere": "is not a time zone",
    "2027-02-01 23:59 ../../etc/localtime": "is not a time zone",
    "2027-02-01 23:59 +25:00": "is not a time zone",
    "2027-02-30 23:59 UTC": "is not a time",
    "2027-02-01 24:00 UTC": "is not a time",
    "2027-03-28 02:30 Europe/Berlin": "when the clocks change",
    "2027-10-31 02:30": "when the clocks change",
}


@pytest.mark.parametrize("text", TIMES)
def test_a_time_is_understood(text: str) -> None:
    assert f"{parse_time(text, Course(ZONE).zone):%Y-%m-%d %H:%M}" == TIMES[text]


@pytest.mark.parametrize("text", REFUSED)
def test_a_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=REFUSED[text]):
        parse_time(text, Course(ZONE).zone)


def test_without_a_zone_nothing_is_guessed() -> None:
    with pytest.raises(ValueError, match="has no time zone; add UTC or a name such as Europe/Berlin"):
        parse_time("2027-02-01 23:59")


SETTINGS = {
    'due = "soon"': "due is a table",
    "[due]\n04-convolution = 2027-02-01": "is not a date and a time of day",
    '[due]\n4-conv = "2027-02-01 23:59 UTC"': r"\[due\] names 4-conv, and the units are 04-convolution",
    "[weights]\n04-convolution = -1": "04-convolution is no number from 0 on",
    "[weights]\n04-convolution = true": "04-convolution is no number from 0 on",
    "drop_lowest = 1.5": "must be a whole number",
    'absent = "never"': "must be one of zero, excused",
    'time_zone = "CET"': "'CET' is not a time zone",
    "deadline = 3": "deadline is no setting; there are absent, drop_lowest, due, time_zone, weights",
    "[due": "at the end of a table declaration",
}


@pytest.mark.parametrize("text", SETTINGS)
def test_a_setting_that_cannot_be_meant(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=SETTINGS[text]) as refusal:
        read_course(tmp_path, {"04-convolution"})
    assert str(refusal.value).startswith(str(tmp_path / FILE))


def test_the_file_says_all() -> None:
    moment = datetime(2027, 2, 1, 23, 59)  # as TOML reads 2027-02-01T23:59:00
    said = {"time_zone": ZONE, "due": {"a": moment}, "weights": {"a": 2}, "drop_lowest": 1, "absent": "excused"}
    course = course_of(said, {"a", "b"})
    assert course == Course(ZONE, {"a": datetime(2027, 2, 1, 22, 59, tzinfo=UTC)}, {"a": 2}, 1, "excused")
    assert course.shown(course.due["a"]) == ("2027-02-01 22:59 UTC, Monday 2027-02-01 23:59 (+0100) in Europe/Berlin")


def test_how_long() -> None:
    now = datetime(2027, 2, 1, 12, tzinfo=UTC)
    lengths = {"2027-02-04 12:00 UTC": "in 3 days", "2027-02-02 12:00 UTC": "in 24 hours"}
    lengths |= {"2027-02-01 12:01 UTC": "in 1 minute", "2027-02-01 11:30 UTC": "30 minutes ago"}
    for text, words in lengths.items():
        assert time_left(parse_time(text), now) == words
    assert duration(now - parse_time("2027-01-30 11:59 UTC")) == "2 days"


def due_of(course: Path) -> datetime | None:
    with Gradebook(sqlite(course)) as gradebook:
        due: datetime | None = gradebook.find_assignment(UNIT).duedate
        return due


@pytest.fixture
def handed_in(course: Path, answers: Answers) -> Path:
    hand_in(course, "ada", json.dumps(answers.perfect()).encode(), "2027-02-02 00:30:00 UTC")
    return course


def test_the_files_deadline_reaches_the_gradebook(handed_in: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (handed_in / FILE).write_text(f'time_zone = "{ZONE}"\n[due]\n{UNIT} = "2027-02-01 23:59"\n', encoding="utf-8")
    (row,) = run(handed_in)
    assert due_of(handed_in) == datetime(2027, 2, 1, 22, 59)
    assert row.seconds_late == 91 * 60
    said = capsys.readouterr()
    assert f"{UNIT} is due 2027-02-01 22:59 UTC, Monday 2027-02-01 23:59 (+0100) in Europe/Berlin." in said.err
    assert "late by 91 minutes" in said.out


def test_due_says_what_it_understood(handed_in: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(handed_in, "--due", "2027-02-02 02:00 Europe/Berlin")
    assert due_of(handed_in) == datetime(2027, 2, 2, 1, 0)
    assert f"{UNIT} is due 2027-02-02 01:00 UTC, " in capsys.readouterr().err


@pytest.mark.parametrize("text", ["23:59 PST", "01.02.2027", "2027-02-01 +0100", "2027-02-01 23:59"])
def test_due_refuses_before_anything_is_graded(text: str, handed_in: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["grade", str(handed_in / "submitted"), "--plain", "--due", text]) == 2
    assert repr(text) in capsys.readouterr().err
    assert due_of(handed_in) is None and not (handed_in / "autograded").exists()


def test_due_is_for_one_unit(handed_in: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (handed_in / "solutions" / "02-other").mkdir()
    (handed_in / "solutions" / "02-other" / "02-other.ipynb").touch()
    (handed_in / "submitted" / "ada" / "02-other").mkdir()
    assert cli.main(["grade", str(handed_in / "submitted"), "--plain", "--due", "2027-02-01 23:59 UTC"]) == 2
    assert f"--due is for one unit, and these are {UNIT}, 02-other" in capsys.readouterr().err


def test_due_does_not_contradict_the_file(handed_in: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (handed_in / FILE).write_text(f'[due]\n{UNIT} = "2027-02-01 23:59 UTC"\n', encoding="utf-8")
    assert cli.main(["grade", str(handed_in / "submitted"), "--plain", "--due", "2027-02-02 23:59 UTC"]) == 2
    assert "course.toml says 2027-02-01 23:59 UTC" in capsys.readouterr().err
