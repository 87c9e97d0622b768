"""The class list and the deadlines, in nbgrader's gradebook."""

from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from dltools.grading.book.people import read_people
from dltools.grading.model import GradingError


def read_roster(coursedir: CourseDirectory, path: Path) -> list[str]:
    """Put the students of a class list into the gradebook; returns their ids.

    Raises:
        GradingError: if the file is not there or is no class list.
    """
    people = read_people(path)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        for person in people:
            names = {name: getattr(person, name) for name in ("first_name", "last_name", "email")}
            known = {name: value for name, value in names.items() if value}
            gradebook.update_or_create_student(person.id, **known)
    return [person.id for person in people]


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
