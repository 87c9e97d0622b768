"""Submissions in nbgrader's tables: the rows that nbgrader's own methods make, in few statements.

Those make an object and a statement of every cell, and took most of the time of the one process that writes a class.
Here all is done in the transaction of whoever calls, so that a submission is recorded whole or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nbgrader.api import Comment, Grade, Notebook, Student, SubmittedAssignment, SubmittedNotebook, new_uuid
from sqlalchemy import Connection, Float, bindparam, insert, or_, select, update

STUDENTS, ASSIGNMENTS, NOTEBOOKS = Student.__table__, SubmittedAssignment.__table__, SubmittedNotebook.__table__
GRADES, COMMENTS = Grade.__table__, Comment.__table__
SCORE = bindparam("score", type_=Float)
"""None where a person must decide."""
WRITE_SCORE = (
    update(GRADES)
    .where(GRADES.c.notebook_id == bindparam("notebook"), GRADES.c.cell_id == bindparam("cell"))
    .values(auto_score=SCORE, needs_manual_grade=or_(GRADES.c.manual_score.is_not(None), SCORE.is_(None)))
)
WRITE_COMMENT = (
    update(COMMENTS)
    .where(COMMENTS.c.notebook_id == bindparam("notebook"), COMMENTS.c.cell_id == bindparam("cell"))
    .values(auto_comment=bindparam("comment"))
)


@dataclass(frozen=True)
class Submitted:
    """A student's notebook in the gradebook, and how late it was handed in."""

    notebook: str
    """The id of the SubmittedNotebook."""
    seconds_late: float


class Submissions:
    """All submissions of an assignment.

    Args:
        notebook: the one notebook that the assignment has.
    """

    def __init__(self, notebook: Notebook) -> None:
        self.notebook, self.assignment, self.due = notebook.id, notebook.assignment_id, notebook.assignment.duedate
        tasks = list(notebook.task_cells)
        self.graded = {cell.name: cell.id for cell in [*notebook.grade_cells, *tasks]}
        self.commented = {cell.name: cell.id for cell in [*notebook.solution_cells, *tasks]}

    def find(self, connection: Connection, student: str) -> tuple[str, str, timedelta | None] | None:
        """The ids of a student's assignment and notebook, and the extension of the deadline that they were granted."""
        there = ASSIGNMENTS.c.assignment_id == self.assignment, ASSIGNMENTS.c.student_id == student
        both = NOTEBOOKS.join(ASSIGNMENTS, NOTEBOOKS.c.assignment_id == ASSIGNMENTS.c.id)
        asked = select(ASSIGNMENTS.c.id, NOTEBOOKS.c.id, ASSIGNMENTS.c.extension).select_from(both)
        found = connection.execute(asked.where(*there, NOTEBOOKS.c.notebook_id == self.notebook)).first()
        return (found[0], found[1], found[2]) if found else None

    def write(self, connection: Connection, student: str, handed_in: datetime | None) -> Submitted:
        """The submission with its time and no late penalty, made if there is none."""
        found = self.find(connection, student)
        if found is None:
            return Submitted(self.add(connection, student, handed_in), self.seconds_late(handed_in))
        assignment, notebook, extension = found
        its_time = update(ASSIGNMENTS).where(ASSIGNMENTS.c.id == assignment).values(timestamp=handed_in)
        connection.execute(its_time)
        write_penalty(connection, notebook, None)
        return Submitted(notebook, self.seconds_late(handed_in, extension))

    def add(self, connection: Connection, student: str, handed_in: datetime | None) -> str:
        """A new submission with an empty grade or comment for each cell; returns the notebook's id."""
        if not connection.execute(select(STUDENTS.c.id).where(STUDENTS.c.id == student)).first():
            connection.execute(insert(STUDENTS), {"id": student})
        assignment, notebook = str(new_uuid()), str(new_uuid())
        given = {"id": assignment, "assignment_id": self.assignment, "student_id": student, "timestamp": handed_in}
        connection.execute(insert(ASSIGNMENTS), given)
        given = {"id": notebook, "assignment_id": assignment, "notebook_id": self.notebook}
        connection.execute(insert(NOTEBOOKS), given)
        for table, cells in ((GRADES, self.graded), (COMMENTS, self.commented)):
            if rows := [{"notebook_id": notebook, "cell_id": cell} for cell in cells.values()]:
                connection.execute(insert(table), rows)
        return notebook

    def seconds_late(self, handed_in: datetime | None, extension: timedelta | None = None) -> float:
        """As nbgrader's total_seconds_late."""
        if handed_in is None or self.due is None:
            return 0
        return max(0.0, float((handed_in - self.due - (extension or timedelta(0))).total_seconds()))

    def write_scores(self, connection: Connection, notebook: str, scores: Mapping[str, float | None]) -> None:
        """As nbgrader's SaveAutoGrades: a grade that a person gave stays, and is marked for another look."""
        rows = [{"cell": cell, "score": scores.get(name)} for name, cell in self.graded.items()]
        write_rows(connection, WRITE_SCORE, notebook, rows)

    def write_comments(self, connection: Connection, notebook: str, comments: Mapping[str, str]) -> None:
        """The grader's comments by the name of the cell; the other cells have none."""
        rows = [{"cell": cell, "comment": comments.get(name)} for name, cell in self.commented.items()]
        write_rows(connection, WRITE_COMMENT, notebook, rows)


def write_rows(connection: Connection, statement: Any, notebook: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, [{"notebook": notebook, **row} for row in rows])


def write_penalty(connection: Connection, notebook: str, penalty: float | None) -> None:
    connection.execute(update(NOTEBOOKS).where(NOTEBOOKS.c.id == notebook).values(late_submission_penalty=penalty))
