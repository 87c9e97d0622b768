"""Deadlines: those of course.toml or of --due go into the gradebook, where nbgrader reckons by them."""

from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from dltools.course import FILE, Course, parse_time, read_course
from dltools.grading.book.coursedir import home
from dltools.grading.model import GradingError


def course_settings(coursedir: CourseDirectory, units: set[str]) -> Course:
    """What course.toml says, in the course's root or else in this repository.

    Raises:
        GradingError: if it cannot be meant.
    """
    try:
        return read_course(home(Path(coursedir.root), FILE).parent, units)
    except ValueError as error:
        raise GradingError(str(error)) from None


def deadline(course: Course, assignment: str, due: str | None) -> datetime | None:
    """The deadline, in UTC, by --due or by course.toml; None where neither says one.

    Raises:
        GradingError: if --due is not a time, or not the file's.
    """
    written = course.due.get(assignment)
    if due is None:
        return written
    try:
        given = parse_time(due, course.zone)
    except ValueError as error:
        raise GradingError(f"--due {error}") from None
    if written and given != written:
        raise GradingError(f"--due is {course.shown(given)}; {FILE} says {course.shown(written)}: change it there.")
    return given


def set_deadline(coursedir: CourseDirectory, assignment: str, course: Course, due: str | None) -> str:
    """Write the deadline into the gradebook; returns what it is there, "" where there is none.

    What a late submission costs is nbgrader_config.py's LateSubmissionPlugin.
    """
    given = deadline(course, assignment, due)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        if given:
            gradebook.update_or_create_assignment(assignment, duedate=given.replace(tzinfo=None))
        try:
            moment = gradebook.find_assignment(assignment).duedate
        except MissingEntry:
            return ""
    return f"{assignment} is due {course.shown(moment.replace(tzinfo=UTC))}." if moment else ""
