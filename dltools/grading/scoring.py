"""From an executed notebook to scores: nbgrader's own rule, after its known traps are taken out of the way."""

import math
import re

from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from dltools.running.cells import error_output, grade_id, is_graded

REFUSED = ("NotRun", "NoScore", "NotebookTimeout", "GraderError")
"""Names of the errors that stand in a graded cell whose result is no score."""

VERDICT = re.compile(r'<div role="status" data-mistakes="([\w ]+)"')
"""How the HTML of a verdict begins that names mistakes (checks.verdict)."""


def settle(notebook: NotebookNode) -> list[str]:
    """Make each graded cell's outputs say what it is worth, also to nbgrader; returns what a person must look at.

    nbgrader gives no points for a warning on stderr, all points for a cell that was never run or that says -1, and
    drops the submission for a number above the maximum.
    """
    return [sentence for cell in notebook.cells if is_graded(cell) and (sentence := settle_cell(cell))]


def settle_cell(cell: NotebookNode) -> str | None:
    name, points = grade_id(cell), float(cell.metadata["nbgrader"]["points"])
    if cell.cell_type != "code":
        return None
    for output in cell.outputs:
        if output.output_type == "stream":
            output.name = "stdout"
        if output.output_type == "error" and output.ename in REFUSED:
            return f"{name}: not graded, {output.evalue}; look at it."
    if cell.execution_count is None and not cell.outputs:
        refuse(cell, "NotRun", "this cell was not run")
        return f"{name}: the graded cell was not run; look at it."
    given = result_of(cell)
    if given is not None and not 0 <= given <= points:
        refuse(cell, "NoScore", f"the result {given:g} is no score from 0 to {points:g}")
        return f"{name}: the graded cell says {given:g} where 0 to {points:g} points are possible; look at it."
    return None


def result_of(cell: NotebookNode) -> float | None:
    """The number that the cell has as its result; infinity stands for not a number."""
    for output in cell.outputs:
        if output.output_type == "execute_result":
            try:
                number = float("".join(output.data.get("text/plain", "")))
            except ValueError:
                return math.inf
            return math.inf if math.isnan(number) else number
    return None


def refuse(cell: NotebookNode, name: str, sentence: str) -> None:
    cell.outputs.append(error_output(name, sentence))
    cell.outputs = [output for output in cell.outputs if output.output_type != "execute_result"]


def scores(notebook: NotebookNode) -> dict[str, float | None]:
    """What nbgrader gives for each graded cell, by grade_id; None where it asks for a person."""
    return {grade_id(cell): determine_grade(cell)[0] for cell in notebook.cells if is_graded(cell)}


def mistakes(notebook: NotebookNode) -> dict[str, list[str]]:
    """The known mistakes that the verdicts name, by exercise.

    They stand at the head of the verdict's own HTML, where nothing that a student's code prints can stand.
    """
    found: dict[str, list[str]] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []) if is_graded(cell) else ():
            html = "".join(output.get("data", {}).get("text/html", ""))
            if output.output_type == "execute_result" and (head := VERDICT.match(html)):
                exercise, *names = head[1].split()
                found.setdefault(exercise, []).extend(names)
    return found
