"""The grading of one submission: a pure function of the submission and the assignment, for any process anywhere."""

import time
from collections.abc import Callable

import nbformat
from nbformat import NotebookNode

from dltools.grading import pictures, scoring
from dltools.grading.executors import executor
from dltools.grading.failed_here import failed_here, solved_elsewhere
from dltools.grading.model import Assignment, Graded, Limits, Notebook, Submission
from dltools.grading.reading.exam import exam_readers
from dltools.grading.reading.repair import Repaired, repair
from dltools.grading.sanitize import make_safe
from dltools.running.cells import grade_id, is_graded

Run = Callable[[Notebook], NotebookNode]
"""Runs a repaired notebook and returns it with its outputs."""


def grade(submission: Submission, assignment: Assignment, limits: Limits, execute: str) -> Graded:
    """Repair, run and score one submission; whatever is wrong with it becomes a sentence for a person.

    Args:
        submission: the files that were handed in, and the seed.
        assignment: as the gradebook has it.
        limits: for the student's code.
        execute: the executor's name, as executors.executor takes it.

    Raises:
        Exception: what went wrong here and not in the submission (model.Accident is one): there is no verdict then.
    """
    began = time.monotonic()
    run = executor(execute)
    repaired = repair(submission, assignment)
    graded = grade_repaired(
        submission.student,
        repaired,
        assignment,
        lambda notebook: run(notebook, limits, submission.seed, repaired.files | assignment.files),
    )
    graded.seconds = time.monotonic() - began
    return graded


def grade_repaired(student: str, repaired: Repaired, assignment: Assignment, run: Run) -> Graded:
    """The one pipeline of `dltools grade` and of nbgrader's Autograde: a repaired notebook to scores and notes."""
    if repaired.doubtful == set(assignment.points):
        notebook, scores = nbformat.from_dict(repaired.notebook), dict.fromkeys(repaired.doubtful)
        return Graded(student, notebook, scores, repaired.repairs, repaired.person)
    executed = run(repaired.notebook)
    person = [*repaired.person, *scoring.settle(executed), *exam_readers(repaired.notebook, assignment)]
    found = scoring.mistakes(executed)
    instructor = {cell["id"]: cell["source"] for cell in assignment.cells}
    lacking = list(failed_here(executed, set(instructor.values())))
    make_safe(executed, instructor)
    pictures.put_in(executed, assignment)
    scores = scoring.scores(executed) | dict.fromkeys(person_only(executed, repaired))
    person += solved_elsewhere(executed, repaired.solved, scores, assignment.points)
    if any((scores.get(name) or 0) < points for name, points in assignment.points.items()):
        person += [*repaired.doubts, *lacking]
    return Graded(student, executed, scores, repaired.repairs, person, found)


def person_only(notebook: NotebookNode, repaired: Repaired) -> set[str]:
    """Graded cells whose number cannot be trusted: those that `settle` refused, and answers lost with a file's end."""
    refused = {
        grade_id(cell)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if is_graded(cell) and output.output_type == "error" and output.ename in scoring.REFUSED
    }
    return refused | repaired.doubtful
