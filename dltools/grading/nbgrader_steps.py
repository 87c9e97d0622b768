"""Our steps in nbgrader's converters (nbgrader_config.py): formgrader's buttons do what `dltools grade` does."""

from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader import preprocessors
from nbgrader.api import Comment, Grade, Gradebook, SubmittedNotebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor, SaveAutoGrades
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import joinedload
from traitlets import Dict, Float, Int, Unicode

from dltools.grading import seeds
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.gradebook import from_gradebook, notes_of, register
from dltools.grading.model import Accident, Assignment, Graded, GradingError, Limits, Submission
from dltools.grading.reading.files import load
from dltools.grading.reading.repair import repair
from dltools.grading.submission import grade
from dltools.running.cells import is_graded

Resources = dict[str, Any]
OLD_STEP = (
    "nbgrader_config.py has nbgrader.preprocessors.SaveAutoGrades, which cannot leave a grade to a person; "
    "write dltools.grading.nbgrader_steps.SaveGrades in its place."
)


class SubmissionExporter(NotebookExporter):
    """Reads a submitted file whatever its encoding and format: its bytes go to `Repair`."""

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> Any:
        resources = {**(resources or {}), "dltools": {"file": filename}}
        try:
            return super().from_filename(filename, resources=resources, **kw)
        except Exception:  # not readable as it is; Repair reads the bytes itself
            return super().from_notebook_node(nbformat.v4.new_notebook(), resources=resources, **kw)


def find_assignment(resources: Resources) -> Assignment:
    """The assignment from the gradebook and the released notebook; nbgrader runs its steps in the course's root."""
    name, notebook = resources["nbgrader"]["assignment"], resources["nbgrader"]["notebook"]
    coursedir = course_directory(Path.cwd(), db_url=resources["nbgrader"]["db_url"])
    released = Path(coursedir.format_path(coursedir.release_directory, ".", name)) / f"{notebook}.ipynb"
    if released.is_file():
        return from_gradebook(coursedir.db_url, name, released)
    return register(coursedir, name)


def read_submission(folder: Path, assignment: Assignment) -> Submission:
    """What the student handed in, with its seed: as `dltools grade` reads it."""
    return seeds.with_seed(load(folder, assignment, 0), assignment.name, seeds.secret(Path.cwd()))


def remove_copied_links(folder: Path, copy: Path) -> None:
    """nbgrader has copied what links in a submission lead to, such as the gradebook: the copies go."""
    linked = folder.is_symlink() or folder.parent.is_symlink()
    for path in copy.rglob("*"):
        if path.is_file() and (linked or (folder / path.relative_to(copy)).is_symlink()):
            path.unlink()


class Repair(NbGraderPreprocessor):
    """First step of autograde: restore the notebook, so that nbgrader can take it."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        folder, assignment = Path(resources["dltools"]["file"]).parent, find_assignment(resources)
        remove_copied_links(folder, Path("autograded") / resources["nbgrader"]["student"] / assignment.name)
        notebook = nbformat.from_dict(repair(read_submission(folder, assignment), assignment).notebook)
        notebook.metadata["dltools"] = {"folder": str(folder)}
        return notebook, resources


class Execute(NbGraderPreprocessor):
    """Second step of autograde: grade what was handed in, by the pipeline of `dltools grade`."""

    jail = Unicode("full", help="full, limited, none, or module:function of another executor").tag(config=True)
    cell_seconds = Float(Limits.cell_seconds, help="processor time of one cell").tag(config=True)
    notebook_seconds = Float(Limits.notebook_seconds, help="processor time of the whole notebook").tag(config=True)
    output_bytes = Int(Limits.output_bytes, help="size of all outputs").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        folder, assignment = nb.metadata.get("dltools", {}).get("folder"), find_assignment(resources)
        if folder is None:
            raise GradingError(
                "Autograde.sanitize_preprocessors must begin with dltools.grading.nbgrader_steps.Repair."
            )
        graded = self.grade(read_submission(Path(folder), assignment), assignment)
        if None in graded.scores.values() and self.saved_by_nbgrader():
            raise GradingError(OLD_STEP)
        graded.notebook.metadata["dltools"] = {**notes_of(graded), "scores": graded.scores}
        return graded.notebook, resources

    def grade(self, submission: Submission, assignment: Assignment) -> Graded:
        """Graded; after an accident once more, since nobody else is being graded here."""
        limits = Limits(self.cell_seconds, self.notebook_seconds, self.output_bytes)
        try:
            return grade(submission, assignment, limits, self.jail)
        except Accident:
            return grade(submission, assignment, limits, self.jail)

    def saved_by_nbgrader(self) -> bool:
        """Whether the configuration's next step is nbgrader's own, as it was in earlier editions."""
        steps = self.config.Autograde.get("autograde_preprocessors", [])
        return not any("SaveGrades" in str(step) for step in steps) and any("SaveAutoGrades" in str(s) for s in steps)


class SaveGrades(SaveAutoGrades):
    """Third step of autograde: the scores go into the gradebook; what has none is left to a person."""

    scores = Dict(help="by grade_id, from Execute; None is for a person")

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        self.scores = nb.metadata["dltools"].pop("scores")
        saved: tuple[NotebookNode, Resources] = super().preprocess(nb, resources)
        return saved

    def _add_score(self, cell: NotebookNode, resources: Resources) -> None:
        name = cell.metadata["nbgrader"]["grade_id"]
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        grade.auto_score = self.scores.get(name)
        grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        self.gradebook.db.commit()


class GetGrades(preprocessors.GetGrades):
    """First step of feedback: nbgrader's own, but that the gradebook stays open and is asked once a notebook."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        names = resources["nbgrader"]
        gradebook = open_gradebook(names["db_url"])
        try:
            record = gradebook.find_submission_notebook(names["notebook"], names["assignment"], names["student"])
            self.grades, self.comments = named(gradebook, Grade, record), named(gradebook, Comment, record)
            penalty = record.late_submission_penalty or 0
            names |= {"score": record.score - penalty, "max_score": record.max_score, "late_penalty": penalty}
            read: tuple[NotebookNode, Resources] = NbGraderPreprocessor.preprocess(self, nb, resources)
            gradebook.db.rollback()  # what it has read may change before the next page
        except DatabaseError:
            open_gradebook.cache_clear()
            raise
        return read

    def _get_comment(self, cell: NotebookNode, resources: Resources) -> None:
        cell.metadata.nbgrader["comment"] = self.comments[cell.metadata.nbgrader["grade_id"]].comment

    def _get_score(self, cell: NotebookNode, resources: Resources) -> None:
        grade = self.grades[cell.metadata.nbgrader["grade_id"]]
        cell.metadata.nbgrader |= {"score": grade.score, "points": grade.max_score}


@cache
def open_gradebook(db_url: str) -> Gradebook:
    """This process's gradebook."""
    return Gradebook(db_url)


def named(gradebook: Gradebook, kind: Any, record: SubmittedNotebook) -> dict[str, Any]:
    """The grades or comments of a submitted notebook, by grade_id."""
    found = gradebook.db.query(kind).options(joinedload(kind.cell)).filter(kind.notebook_id == record.id)
    return {each.cell.name: each for each in found}


class HideTests(ClearHiddenTests):
    """In feedback: hidden tests are taken out of the cells, and out of the tracebacks that would quote them."""

    def preprocess_cell(self, cell: NotebookNode, resources: Resources, index: int) -> tuple[NotebookNode, Resources]:
        if is_graded(cell) and self.begin_test_delimeter in cell.source:
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        hidden: tuple[NotebookNode, Resources] = super().preprocess_cell(cell, resources, index)
        return hidden
