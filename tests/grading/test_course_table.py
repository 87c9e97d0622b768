"""The course's table: all units, weights, the lowest dropped, absent and late; the same in CSV and on the page."""

import csv
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import event
from sqlalchemy.engine import Engine

from course import make_course
from dltools.course import Course
from dltools.grading.book.course_table import CSV, PAGE, Line, Mark, write_course_table
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.page import bins, distribution

TEN = {"a": Mark(10, 10), "b": Mark(5, 10), "c": Mark(0, 20)}
ABSENT = {"a": Mark(8, 10), "b": Mark(0, 10, absent=True)}
WAITS = {"a": Mark(8, 10), "b": Mark(4, 10, waits=True)}
OPEN = {"a": Mark(8, 10), "b": Mark(0, 10, open=True)}
TOTALS = {
    # what stands there: (marks, settings, total, what is dropped)
    "all count alike": (TEN, Course(), 0.5, []),
    "weights": (TEN, Course(weights={"a": 3, "c": 0}), (3 * 1 + 0.5) / 4, []),
    "the lowest is dropped": (TEN, Course(drop_lowest=1), 0.75, ["c"]),
    "two are dropped": (TEN, Course(drop_lowest=2), 1.0, ["c", "b"]),
    "one always counts": (TEN, Course(drop_lowest=7), 1.0, ["c", "b"]),
    "what counts nothing is not dropped": (TEN, Course(weights={"c": 0}, drop_lowest=1), 1.0, ["b"]),
    "absent is zero": (ABSENT, Course(), 0.4, []),
    "absent is excused": (ABSENT, Course(absent="excused"), 0.8, []),
    "absent is the lowest": (ABSENT, Course(drop_lowest=1), 0.8, ["b"]),
    "who waits for a person has no total": (WAITS, Course(), None, []),
    "what is not due yet does not count": (OPEN, Course(), 0.8, []),
    "nothing counts": (OPEN, Course(weights={"a": 0}), None, []),
}


@pytest.mark.parametrize("case", TOTALS)
def test_totals(case: str) -> None:
    marks, course, total, dropped = TOTALS[case]
    line = Line("ada", "", "", "", marks)
    found = line.total(course)
    assert found == total if total is None else found is not None and math.isclose(found, total)
    assert line.dropped(course) == dropped


def test_bins_hold_everybody_once() -> None:
    assert bins([0, 0.99, 1, 9.99, 10, 11], 10) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert sum(bins([12 * n / 7 for n in range(8)], 12)) == 8
    assert distribution([], 10).endswith("<p>None.</p>")
    assert "1 students: mean 3, median 3, quartiles 3 and 3." in distribution([3], 10)


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    """A gradebook with two units, one past its deadline, and three students."""
    root = make_course(tmp_path / "course")
    with Gradebook(course_directory(root).db_url) as book:
        for student, first, last in (("ada", "Ada", "=cmd()"), ("ben", "", ""), ("eve", "", "")):
            book.add_student(student, first_name=first, last_name=last)
        for unit, due in (("01-small", "2020-01-01 00:00 UTC"), ("02-later", "2999-01-01 00:00 UTC")):
            book.add_assignment(unit, duedate=due)
            book.add_notebook(unit, unit)
            book.add_grade_cell("check", unit, unit, max_score=8, cell_type="code")
        for unit, student, points, time in (
            ("01-small", "ada", 8, "2020-01-02 01:00 UTC"),
            ("01-small", "ben", None, "2019-12-31 00:00 UTC"),
            ("02-later", "ada", 4, "2020-01-02 00:00 UTC"),
        ):
            book.add_submission(unit, student, timestamp=time)
            grade = book.find_grade("check", unit, unit, student)
            grade.auto_score, grade.needs_manual_grade = points, points is None
        book.db.commit()
    return root


def test_both_files_say_the_same(graded: Path) -> None:
    (graded / "report-01-small.html").touch()
    assert write_course_table(course_directory(graded), Course(weights={"01-small": 3})) == [CSV, PAGE]
    with (graded / CSV).open(encoding="utf-8-sig", newline="") as file:
        lines = {line["student_id"]: line for line in csv.DictReader(file)}
    assert lines["points possible"]["01-small"] == "8.0"
    ada, ben, eve = (lines[name] for name in ("ada", "ben", "eve"))
    assert (ada["01-small"], ada["02-later"], ada["total_percent"], ada["late"]) == ("8.0", "4.0", "87.5", "01-small")
    assert ada["last_name"] == "'=cmd()"
    assert (ben["01-small"], ben["total_percent"], ben["waits_for_person"]) == ("", "", "01-small")
    assert (eve["01-small"], eve["02-later"], eve["absent"], eve["not_due_yet"]) == ("0.0", "", "01-small", "02-later")
    assert eve["total_percent"] == "0.0"
    page = (graded / PAGE).read_text(encoding="utf-8")
    assert '<a href="report-01-small.html">01-small</a></th><th scope="col">02-later</th>' in page
    assert "<td>ada</td><td>Ada =cmd()</td><td>8 late</td><td>4</td><td>87.5</td>" in page
    assert "<td>ben</td><td></td><td>0 ?</td><td>open</td><td></td>" in page
    assert "<td>ada</td><td>01-small</td><td>25 hours</td>" in page
    assert "Weights: 01-small 3; every other unit 1. What was not handed in counts as 0, once it is due." in page


def test_nothing_graded_nothing_written(tmp_path: Path) -> None:
    root = make_course(tmp_path / "course")
    assert write_course_table(course_directory(root), Course()) == []
    assert not (root / CSV).exists()


def test_a_student_more_is_no_query_more(graded: Path) -> None:
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}") as book:
        for number in range(30):
            book.add_student(f"s{number}")
            book.add_submission("01-small", f"s{number}", timestamp=datetime(2019, 1, 1))
    asked: list[str] = []

    def count(*args: Any) -> None:
        asked.append(args[2])

    event.listen(Engine, "before_cursor_execute", count)
    try:
        write_course_table(course_directory(graded), Course())
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert len([line for line in asked if line.startswith("SELECT")]) < 30
