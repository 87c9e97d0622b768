"""nbgrader's gradebook: what it knows of an assignment, and the one writer of scores."""

import dataclasses
import json
import os
import warnings
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry, SubmittedNotebook
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum
from sqlalchemy import Connection
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import Session

from dltools.grading.book.coursedir import course_directory, run_converter
from dltools.grading.book.remap import follow
from dltools.grading.book.tables import Submissions, Submitted, write_penalty
from dltools.grading.model import Assignment, Graded, GradingError, Submission
from dltools.grading.reach import checks_digest
from dltools.grading.reading.files import read_file
from dltools.running.cells import grade_id, is_answer, nbgrader
from dltools.running.files import temporary_folder


def register(coursedir: CourseDirectory, name: str) -> Assignment:
    """Bring the assignment into the gradebook by nbgrader's generate_assignment, and read what is graded by.

    The released notebook goes to a temporary folder: course/ stays as it was released. Cells that were added or taken
    away since submissions were graded are followed: nbgrader refuses them.

    Raises:
        GradingError: if the assignment cannot be generated.
    """
    follow(coursedir, name)
    with temporary_folder() as folder:
        there = course_directory(Path(coursedir.root), release_directory=str(folder), db_url=coursedir.db_url)
        run_converter(GenerateAssignment, there, name)
        released = sorted((folder / name).glob("*.ipynb"))
        if len(released) != 1:
            raise GradingError(f"{name} has {len(released)} notebooks; an assignment has exactly one.")
        return from_gradebook(coursedir.db_url, name, released[0])


def from_gradebook(db_url: str, name: str, released: Path) -> Assignment:
    """The assignment's cells as released, the locked ones with the gradebook's own text, hidden tests included."""
    notebook = nbformat.reads(released.read_text(encoding="utf-8"), as_version=4)
    with Gradebook(db_url) as gradebook:
        record = gradebook.find_notebook(released.stem, name)
        sources = {cell.name: cell.source for cell in record.source_cells if cell.locked}
        points = {cell.name: float(cell.max_score) for cell in [*record.grade_cells, *record.task_cells]}
        kernelspec = json.loads(record.kernelspec or "{}")
    cells = [
        {
            "cell_type": cell.cell_type,
            "id": cell.id,
            "metadata": json.loads(json.dumps(cell.metadata)),
            "source": sources.get(grade_id(cell), cell.source),
            "released": cell.source,
            "attachments": json.loads(json.dumps(cell.get("attachments", {}))),
        }
        for cell in notebook.cells
    ]
    files = {path.relative_to(released.parent).as_posix(): path for path in sorted(released.parent.rglob("*"))}
    others = {name: path.read_bytes() for name, path in files.items() if path.is_file() and path != released}
    return Assignment(name, released.stem, kernelspec, cells, points, others)


SECRET, LONGEST_SECRET = "submission_secret.txt", 1_000


class Standing(Enum):
    """What has become of a submission; the value says since when a grade is old."""

    NEW = "not graded"
    GRADED = "graded"
    OLD_SEED = "with the hidden cases of an earlier edition"
    OLD_DLTOOLS = "by an earlier edition of dltools"
    OLD_UNIT = "before the unit changed"
    OLD_CHECKS = "before the checks changed"


@dataclass
class Row:
    """What the gradebook and the graded notebook say of one student's work."""

    student: str
    first_name: str
    last_name: str
    email: str
    timestamp: datetime | None
    scores: dict[str, float]
    raw_score: float
    late_penalty: float
    max_score: float
    waiting: list[str]
    """grade_ids that wait for a person's grade."""
    notes: dict[str, Any]
    """Repairs, sentences for a person, mistakes."""
    again: str = ""
    """Why the grading must be run again; what is above is then that of an earlier run, if there was one."""
    in_book: bool = True
    standing: str = ""
    """"absent", or "not graded yet", of whom there is no score; else empty."""
    seconds_late: float = 0.0

    @property
    def score(self) -> float:
        return max(0.0, self.raw_score - self.late_penalty)

    @property
    def is_recorded(self) -> bool:
        """Whether the gradebook has a score of this submission, so that there is something to feed back."""
        return self.in_book and not self.again

    @property
    def person(self) -> list[str]:
        """What a person should do, one sentence each."""
        return list(self.notes.get("person", [])) or self.by_hand

    @property
    def by_hand(self) -> list[str]:
        """What a person must grade, in a sentence; none where the grading comes first."""
        is_asked = self.waiting and not (self.again or self.standing)
        return [f"Grade by hand: {', '.join(self.waiting)}."] if is_asked else []

    @property
    def status(self) -> str:
        """In one or two words, for the spreadsheet."""
        if self.standing or self.again:
            return self.standing or "run again"
        return "waits for a person" if self.waiting else "graded"


class Book:
    """The gradebook, opened once and written by one process."""

    def __init__(self, coursedir: CourseDirectory, assignment: Assignment) -> None:
        warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")  # its own ways with SQLAlchemy
        self.coursedir, self.assignment = coursedir, assignment
        self.gradebook = Gradebook(coursedir.db_url, coursedir.course_id)
        self.submissions = Submissions(self.gradebook.find_notebook(assignment.notebook, assignment.name))
        self.forget()
        self.penalties = AssignLatePenalties(config=coursedir.config)
        self.penalties.init_plugin()

    @cached_property
    def checks(self) -> str:
        """What the assignment is graded by, beside its own cells."""
        return checks_digest(self.assignment)

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, *_: object) -> None:
        self.gradebook.close()

    def autograded(self, student: str) -> Path:
        """Where the student's graded notebook lies."""
        folder = self.coursedir.format_path(self.coursedir.autograded_directory, student, self.assignment.name)
        return Path(folder) / f"{self.assignment.notebook}.ipynb"

    def notes(self, student: str) -> dict[str, Any]:
        """What the graded notebook says of its own grading; empty if there is none."""
        try:
            document = json.loads(self.autograded(student).read_text(encoding="utf-8"))
            notes: dict[str, Any] = document["metadata"].get("dltools", {})
            return notes
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def standing(self, submission: Submission) -> Standing:
        """Whether just this submission has been graded, by just this assignment and these checks."""
        notes = self.notes(submission.student)
        if notes.get("submission") != submission.digest or not self.knows(submission.student):
            return Standing.NEW
        if "checks" not in notes:
            return Standing.OLD_DLTOOLS
        if notes.get("assignment") != self.assignment.digest:
            return Standing.OLD_UNIT
        return Standing.GRADED if notes["checks"] == self.checks else Standing.OLD_CHECKS

    def knows(self, student: str) -> bool:
        """Whether the gradebook has a submission of the student."""
        with self.gradebook.engine.connect() as connection:
            return self.submissions.find(connection, student) is not None

    def enrolled(self) -> list[str]:
        """The ids of all students in the gradebook: those of the rosters, and those who handed in anything."""
        return sorted(student.id for student in self.gradebook.students)

    def record(self, graded: Graded, submission: Submission, handed_in: datetime | None) -> None:
        """Write scores, comments and late penalty in one transaction, then the graded notebook.

        The notebook comes last: its digests say that all is done.
        """
        student, table = graded.student, self.submissions
        with self.gradebook.engine.begin() as transaction:
            submitted = table.write(transaction, student, handed_in)
            table.write_scores(transaction, submitted.notebook, graded.scores)
            table.write_comments(transaction, submitted.notebook, dict.fromkeys(untouched(graded), "No response."))
            self.write_penalty(transaction, student, submitted)
        self.write_notebook(graded, submission, handed_in)

    def record_time(self, student: str, handed_in: datetime | None) -> None:
        """Write the time and the late penalty anew for work that is graded: the deadline may have moved."""
        with self.gradebook.engine.begin() as transaction:
            submitted = self.submissions.write(transaction, student, handed_in)
            self.write_penalty(transaction, student, submitted)

    def write_penalty(self, transaction: Connection, student: str, submitted: Submitted) -> None:
        """As nbgrader's AssignLatePenalties, by the plugin that nbgrader_config.py names."""
        if submitted.seconds_late <= 0:
            return
        with Session(transaction) as session:
            notebook = session.get_one(SubmittedNotebook, submitted.notebook)
            penalty = self.penalties.plugin_inst.late_submission_penalty(
                student, notebook.score, submitted.seconds_late
            )
            if penalty is not None:
                penalty = self.penalties._check_late_penalty(notebook, penalty)
                write_penalty(transaction, submitted.notebook, penalty)

    def forget(self) -> None:
        """Read all anew from now on: a person may have graded by hand meanwhile."""
        self.gradebook.db.rollback()

    def write_notebook(self, graded: Graded, submission: Submission, handed_in: datetime | None) -> None:
        digests = {"submission": submission.digest, "assignment": self.assignment.digest, "checks": self.checks}
        graded.notebook["metadata"] |= {"dltools": digests | notes_of(graded)}
        path = self.autograded(graded.student)
        path.parent.mkdir(parents=True, exist_ok=True)
        if handed_in:
            replace(path.parent / "timestamp.txt", handed_in.isoformat(" ").encode())
        self.keep_secret(graded.student, path.parent)
        text = json.dumps(graded.notebook, ensure_ascii=False)  # in one line, which is ten times as fast to write
        replace(path, text.encode("utf-8", "replace"))

    def keep_secret(self, student: str, folder: Path) -> None:
        """By the secret that nbgrader's exchange gave the submission its feedback finds its way back."""
        submitted = self.coursedir.format_path(self.coursedir.submitted_directory, student, self.assignment.name)
        try:
            secret = read_file(Path(submitted) / SECRET, LONGEST_SECRET)
        except OSError:  # there is none: it did not come by the exchange
            return
        replace(folder / SECRET, secret)

    def row(self, student: str, again: str = "") -> Row:
        """What the gradebook has of a student; `again` says why the grading must be run again."""
        try:
            record = self.gradebook.find_submission(self.assignment.name, student)
        except MissingEntry:
            return self.row_of_nothing(student, again=again, standing="" if again else "not graded yet")
        notebook = next(each for each in record.notebooks if each.name == self.assignment.notebook)
        scores = {grade.name: float(grade.score) for grade in notebook.grades}
        notes, above = self.notes(student), self.above_maximum(notebook)
        return Row(
            student,
            *self.names(student),
            record.timestamp,
            {name: scores.get(name, 0.0) for name in self.assignment.points},
            float(record.score),
            float(record.late_submission_penalty or 0),
            sum(self.assignment.points.values()),
            [grade.name for grade in notebook.grades if grade.needs_manual_grade or grade.name in above],
            notes | ({"person": [*notes.get("person", []), *above.values()]} if above else {}),
            again,
            seconds_late=float(record.total_seconds_late),
        )

    def above_maximum(self, notebook: SubmittedNotebook) -> dict[str, str]:
        """A sentence for each exercise to which a person gave more than it counts, since its points were lowered."""
        points = {grade.name: float(grade.manual_score or 0) for grade in notebook.grades}
        most = self.assignment.points
        return {
            name: f"{name}: a person gave {given:g} points, and it counts {most[name]:g} now; grade it by hand again."
            for name, given in points.items()
            if given > most.get(name, given)
        }

    def row_of_nothing(self, student: str, person: str = "", again: str = "", standing: str = "") -> Row:
        """The row of a student without a score: what a person must do, why to run again, or where they stand."""
        points, notes = self.assignment.points, {"person": [person]} if person else {}
        nothing: dict[str, float] = dict.fromkeys(points, 0)
        who = self.names(student)
        return Row(student, *who, None, nothing, 0, 0, sum(points.values()), [*points], notes, again, False, standing)

    def row_of_absent(self, student: str) -> Row:
        """The row of a student who has handed in nothing, or whose submission is not there any more."""
        if not self.knows(student):
            return dataclasses.replace(self.row_of_nothing(student, standing="absent"), waiting=[])
        row = self.row(student)
        gone = "Nothing is in the submissions' folder any more: the grade is that of an earlier run."
        return dataclasses.replace(row, notes=row.notes | {"person": [*row.notes.get("person", []), gone]})

    def names(self, student: str) -> tuple[str, str, str]:
        """First name, last name and email, as far as a roster has told them."""
        try:
            person = self.gradebook.find_student(student)
        except MissingEntry:
            return "", "", ""
        return person.first_name or "", person.last_name or "", person.email or ""


def untouched(graded: Graded) -> list[str]:
    """The names of the cells that were to be answered and in which the student has changed nothing."""
    answers = [cell for cell in graded.notebook["cells"] if is_answer(cell)]
    return [grade_id(cell) for cell in answers if nbgrader(cell).get("checksum") == compute_checksum(cell)]


def notes_of(graded: Graded) -> dict[str, Any]:
    """What a graded notebook keeps for the report."""
    return {"repairs": graded.repairs, "person": graded.person, "mistakes": graded.mistakes}


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    os.replace(new, path)
