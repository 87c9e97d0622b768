"""The grading of one submission: a pure function of the submission and the assignment, for any process anywhere."""

import time
import traceback

import nbformat

from dltools.grading import scoring
from dltools.grading.executors import executor
from dltools.grading.model import Assignment, Graded, Limits, Submission
from dltools.grading.reading.repair import Repaired, lost, repair
from dltools.grading.sanitize import make_safe
from dltools.running.cells import grade_id, is_graded


def grade(submission: Submission, assignment: Assignment, limits: Limits, execute: str) -> Graded:
    """Repair, run and score one submission; whatever goes wrong becomes a sentence for a person.

    Args:
        submission: the files that were handed in, and the seed.
        assignment: as the gradebook has it.
        limits: for the student's code.
        execute: the executor's name, as executors.executor takes it.
    """
    began = time.monotonic()
    try:
        graded = attempt(submission, assignment, limits, execute)
    except Exception as error:  # a batch never stops for one submission
        traceback.print_exc()
        reason = f"Grading failed: {type(error).__name__}: {error}."
        graded = unscored(submission, lost(assignment, [reason]))
        graded.person = [f"{reason} Look at the submission and tell the maintainers of dltools."]
    graded.seconds = time.monotonic() - began
    return graded


def attempt(submission: Submission, assignment: Assignment, limits: Limits, execute: str) -> Graded:
    repaired = repair(submission, assignment)
    if repaired.doubtful == set(assignment.points):
        return unscored(submission, repaired)
    files = repaired.files | assignment.files
    executed = executor(execute)(repaired.notebook, limits, submission.seed, files)
    notebook = nbformat.from_dict(executed)
    person = repaired.person + scoring.settle(notebook)
    found = scoring.mistakes(notebook)
    make_safe(notebook, {cell["id"]: cell["source"] for cell in assignment.cells})
    scores = scoring.scores(notebook) | dict.fromkeys(person_only(notebook, repaired))
    return Graded(submission.student, dict(notebook), scores, repaired.repairs, person, found)


def person_only(notebook: nbformat.NotebookNode, repaired: Repaired) -> set[str]:
    """Graded cells whose number cannot be trusted: those that `settle` refused, and answers lost with a file's end."""
    refused = {
        grade_id(cell)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if is_graded(cell) and output.output_type == "error" and output.ename in scoring.REFUSED
    }
    return refused | repaired.doubtful


def unscored(submission: Submission, repaired: Repaired) -> Graded:
    """Nothing to run: every graded cell waits for a person."""
    return Graded(
        submission.student, repaired.notebook, dict.fromkeys(repaired.doubtful), repaired.repairs, repaired.person
    )
