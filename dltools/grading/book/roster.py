"""The class list and the deadlines, in nbgrader's gradebook."""

import csv
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from dltools.grading.model import GradingError

COLUMNS = ("first_name", "last_name", "email")


def read_roster(coursedir: CourseDirectory, path: Path) -> list[str]:
    """Put the students of a CSV (columns id, first_name, last_name, email) into the gradebook; returns their ids.

    Raises:
        GradingError: if the file or its column id is not there, or two lines have one id.
    """
    if not path.is_file():
        raise GradingError(f"There is no roster {path}.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    students = [(line.get("id") or "").strip() for line in lines]
    if not all(students):
        raise GradingError(
            f"{path}: line {students.index('') + 2} has no id; the columns are id, {', '.join(COLUMNS)}."
        )
    if repeated := {student for student in students if students.count(student) > 1}:
        raise GradingError(f"{path}: {', '.join(sorted(repeated))} is there more than once.")
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        for student, line in zip(students, lines):
            known = {column: line[column].strip() for column in COLUMNS if line.get(column)}
            gradebook.update_or_create_student(student, **known)
    return students


def set_due(coursedir: CourseDirectory, assignment: str, due: str) -> None:
    """Set the assignment's due date; what a late submission costs is nbgrader_config.py's LateSubmissionPlugin.

    Raises:
        GradingError: if the text is not a time.
    """
    try:
        moment = parse_utc(due)
    except (ValueError, OverflowError) as error:
        raise GradingError(f"--due {due!r} is not a time; write it as 2027-01-31 23:59 UTC.") from error
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        gradebook.update_or_create_assignment(assignment, duedate=moment)
