"""The class list, in nbgrader's gradebook."""

from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from dltools.grading.book.people import read_people


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
