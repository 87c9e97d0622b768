"""What a class got for a unit, and who still waits for a person."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from dltools.grading import seeds
from dltools.grading.book.feedback import feedback_folder
from dltools.grading.book.gradebook import Book, Row
from dltools.grading.model import Assignment, GradingError
from dltools.grading.reading.files import load

LOOKED_AT_ALL = "all"


@dataclass
class Result:
    """One student's score, or why there is none to give back yet."""

    student: str
    email: str
    score: float
    points: dict[str, tuple[float, float]]
    """Score and greatest score of each exercise."""
    waits: str
    """What a person must do first; "" for most students."""
    feedback: list[Path] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    """The verdict's text of each exercise."""
    graded_at: float = 0.0
    handed_in: str = ""
    for_looking: bool = False
    """Whether it is returned as it is once a person has looked (`--looked`)."""


@dataclass
class Results:
    """The class's results for a unit."""

    unit: str
    max_score: float
    by_student: dict[str, Result]


def read_results(coursedir: CourseDirectory, unit: str, looked_at: list[str]) -> Results:
    """The gradebook's scores of everybody who handed in.

    Args:
        coursedir: of the course.
        unit: its name.
        looked_at: students whose work a person has looked at, so that it no longer waits; "all" for everybody.

    Raises:
        GradingError: if there is no gradebook, or the unit was not graded.
    """
    assignment, students = graded_unit(coursedir, unit)
    key = seeds.secret(Path(coursedir.root))
    with Book(coursedir, assignment) as book:
        results = [result(book, assignment, book.row(student), looked_at, key) for student in students]
    return Results(unit, sum(assignment.points.values()), {each.student: each for each in results})


def graded_unit(coursedir: CourseDirectory, unit: str) -> tuple[Assignment, list[str]]:
    """The unit as the gradebook has it, its name and points, and who handed in."""
    nobody = GradingError(f"{unit} was not graded yet; run `dltools grade submitted --assignment {unit}`.")
    database = coursedir.db_url.removeprefix("sqlite:///")
    if coursedir.db_url.startswith("sqlite") and not Path(database).exists():
        raise GradingError(f"There is no gradebook {database}; grade first (dltools grade submitted).")
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            notebooks = gradebook.find_assignment(unit).notebooks
        except MissingEntry as error:
            raise GradingError(
                f"{unit} was not graded yet; run `dltools grade submitted --assignment {unit}`."
            ) from error
        students = sorted(submission.student.id for submission in gradebook.assignment_submissions(unit))
        cells = [cell for notebook in notebooks for cell in [*notebook.grade_cells, *notebook.task_cells]]
        points = {cell.name: float(cell.max_score) for cell in cells}
        if not students:
            raise nobody
        return Assignment(unit, notebooks[0].name, {}, [], points), students


def result(book: Book, assignment: Assignment, row: Row, looked_at: list[str], key: bytes) -> Result:
    student = row.student
    points = {name: (row.scores.get(name, 0.0), most) for name, most in assignment.points.items()}
    pages = sorted(feedback_folder(book.coursedir, assignment.name, student).glob("*.html"))
    path = book.autograded(student)
    time = path.stat().st_mtime if path.is_file() else 0.0
    handed_in = row.timestamp.isoformat() + "Z" if row.timestamp else ""
    found = Result(student, row.email, row.score, points, "", pages, verdicts(path), time, handed_in)
    if is_outdated(book, assignment, student, key):
        found.waits = "handed in anew since it was graded; grade again"
    elif row.waiting or row.again:
        found.waits = row.again or f"grade by hand: {', '.join(row.waiting)}"
    elif row.person and not {student, LOOKED_AT_ALL} & set(looked_at):
        found.waits, found.for_looking = " ".join(row.person), True
    return found


def is_outdated(book: Book, assignment: Assignment, student: str, key: bytes) -> bool:
    """Whether what lies in submitted/ is not what was graded."""
    graded = book.notes(student).get("submission")
    folder = Path(book.coursedir.format_path(book.coursedir.submitted_directory, student, assignment.name))
    if not graded or not folder.is_dir():
        return False
    return bool(seeds.with_seed(load(folder, assignment, 0), assignment.name, key).digest != graded)


def verdicts(path: Path) -> dict[str, str]:
    """What the check said under each graded cell, as text."""
    try:
        cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return {}
    return {cell["id"]: text_of(cell) for cell in cells if cell.get("metadata", {}).get("nbgrader", {}).get("grade")}


def text_of(cell: dict[str, Any]) -> str:
    """A cell's outputs as plain text."""
    parts = []
    for output in cell.get("outputs", []):
        text = output.get("text") or output.get("data", {}).get("text/plain") or output.get("evalue") or ""
        parts.append("".join(text))
    return "\n".join(part.strip() for part in parts if part.strip())
