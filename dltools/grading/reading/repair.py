"""Restoring a submitted notebook from the instructor's cells, wherever the student's answer can be told."""

import re
from dataclasses import dataclass, field
from typing import Any

from dltools.grading.model import Assignment, Notebook, Submission
from dltools.grading.reading.files import Reading, read
from dltools.running.cells import grade_id, is_answer, nbgrader

Cell = dict[str, Any]
DROPPED = "dropped"


@dataclass
class Repaired:
    """A notebook that can be graded, what was repaired, what a person must see to, and the exercises in doubt."""

    notebook: Notebook
    repairs: list[str] = field(default_factory=list)
    person: list[str] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    """grade_ids of graded cells whose answer was perhaps lost with the end of the file."""
    answer_lost: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    """The student's own helper modules and data that the notebook finds beside it, by their path."""


def repair(submission: Submission, assignment: Assignment) -> Repaired:
    """Turn whatever was handed in into the assignment's notebook with the student's answers in it.

    Never raises because of what is in the files: what cannot be told becomes a sentence for a person.
    """
    readings, unreadable = {}, list(submission.notes)
    for name, content in submission.files.items():
        try:
            readings[name] = read(content)
        except ValueError as error:
            unreadable.append(f"{name} {error}.")
        except Exception as error:  # whatever a hostile file does to the parsers is one submission's affair
            unreadable.append(f"{name} cannot be read: {type(error).__name__}.")
    if not readings:
        return lost(assignment, unreadable or ["There is no notebook in the folder."])
    name = max(readings, key=lambda name: len(known(readings[name], assignment)))
    repaired = restore(readings[name], assignment)
    if not known(readings[name], assignment):
        repaired.person.append(f"{name} has no cell of this assignment: is it the right file?")
        repaired.doubtful |= set(assignment.points)
    if name != assignment.notebook + ".ipynb":
        repaired.repairs.insert(0, f"taken from {name}")
    if len(submission.files) > 1:
        repaired.person.append(f"{len(submission.files)} files may be the notebook; {name} was graded.")
    return repaired


def known(reading: Reading, assignment: Assignment) -> set[str]:
    """Which of the assignment's graded cells and answers the file has."""
    return {ours["id"] for ours in assignment.cells if nbgrader(ours) and matches(reading.cells, ours, assignment)}


def lost(assignment: Assignment, reasons: list[str]) -> Repaired:
    """The assignment's own notebook with a note on top, for a person to grade."""
    sentence = " ".join(reasons)
    note = {
        "cell_type": "markdown",
        "id": "dltools-note",
        "metadata": {},
        "source": f"**This submission could not be read.** {sentence} Below is the notebook as it was released.",
    }
    notebook = new_notebook([note, *map(fresh, assignment.cells)], assignment)
    return Repaired(
        notebook, [], [f"{sentence} Ask the student for the notebook, then grade again."], set(assignment.points)
    )


def restore(reading: Reading, assignment: Assignment) -> Repaired:
    """Put the instructor's cells back into their places around the student's."""
    repaired = Repaired({}, list(reading.repairs))
    owners = assign(reading.cells, assignment, repaired)
    cells = [settled(cell, owners.get(at), repaired) for at, cell in enumerate(reading.cells)]
    ordered = arrange([cell for cell in cells if cell], assignment, reading, repaired)
    repaired.notebook = new_notebook(unique_ids(ordered), assignment)
    if reading.cut:
        repaired.person.append("The file is cut off: ask the student for the whole file, then grade again.")
    return repaired


def assign(cells: list[Cell], assignment: Assignment, repaired: Repaired) -> dict[int, Cell]:
    """Which submitted cell (by position) stands for which instructor's cell."""
    owners: dict[int, Cell] = {}
    for ours in assignment.cells:
        found = [at for at in matches(cells, ours, assignment) if at not in owners]
        if len(found) > 1 and nbgrader(ours):
            repaired.repairs.append(f"{ours['id']} was there {len(found)} times")
        if found:
            owners[choose(found, cells, ours)] = ours
    return owners


def matches(cells: list[Cell], ours: Cell, assignment: Assignment) -> list[int]:
    """By grade_id, else by cell id, else by the text, else by the function that the cell defines."""
    names = {cell["id"] for cell in assignment.cells}
    free = [at for at, cell in enumerate(cells) if cell["grade_id"] not in names - {ours["id"]}]
    anonymous = [at for at in free if cells[at]["id"] not in names - {ours["id"]}]
    return (
        [at for at in free if grade_id(ours) and cells[at]["grade_id"] == grade_id(ours)]
        or [at for at in anonymous if cells[at]["id"] == ours["id"]]
        or [at for at in anonymous if cells[at]["source"].strip() == ours["source"].strip()]
        or [at for at in anonymous if is_answer(ours) and defined(ours) & defined(cells[at])]
    )


def choose(found: list[int], cells: list[Cell], ours: Cell) -> int:
    """Of copies of one cell the one that counts: the last answer, or the first copy of anything else.

    Other copies stay as the student's code where they differ from what was released; the untouched ones go.
    """
    answers = [at for at in found if cells[at]["source"].strip() != ours["source"].strip()]
    chosen = answers[-1] if answers and is_answer(ours) else found[0]
    for at in set(found) - set(answers) - {chosen} if nbgrader(ours) else ():
        cells[at]["cell_type"] = DROPPED
    return chosen


def settled(cell: Cell, ours: Cell | None, repaired: Repaired) -> Cell | None:
    """A submitted cell as it will be run: the instructor's metadata, and the instructor's text where it is locked."""
    if cell["cell_type"] == DROPPED:
        return None
    if ours is None:
        return {"cell_type": cell["cell_type"], "id": cell["id"], "metadata": {}, "source": cell["source"]}
    if cell["cell_type"] != ours["cell_type"]:
        repaired.repairs.append(f"{ours['id']} was made a {cell['cell_type']} cell")
    if is_locked(ours) and cell["source"].strip() != ours["source"].strip():
        repaired.repairs.append(f"{ours['id']} was changed")
    return {**fresh(ours), "source": ours["source"] if is_locked(ours) else cell["source"]}


def arrange(cells: list[Cell], assignment: Assignment, reading: Reading, repaired: Repaired) -> list[Cell]:
    """Put back what is missing, and locked cells that stand too early, after the cell that they follow."""
    last = -1
    for ours in assignment.cells:
        at = next((i for i, cell in enumerate(cells) if cell["id"] == ours["id"]), None)
        if at is None and not is_needed(ours):
            continue
        if at is None:
            at = last + 1
            cells.insert(at, fresh(ours))
            report_missing(ours, reading, repaired)
        elif at < last and is_locked(ours):
            cells.insert(last, cells.pop(at))
            at = last
            repaired.repairs.append(f"{ours['id']} was moved")
        if repaired.answer_lost and ours["id"] in assignment.points:
            repaired.doubtful.add(ours["id"])
        last = max(last, at)
    return cells


def report_missing(ours: Cell, reading: Reading, repaired: Repaired) -> None:
    repaired.repairs.append(f"{ours['id']} was missing")
    if is_answer(ours) and reading.cut:
        repaired.answer_lost = True
    elif is_answer(ours):
        repaired.person.append(f"{ours['id']}: the answer's cell was deleted and no other cell defines it; ask for it.")


def new_notebook(cells: list[Cell], assignment: Assignment) -> Notebook:
    for cell in cells:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    metadata = {"kernelspec": assignment.kernelspec, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def unique_ids(cells: list[Cell]) -> list[Cell]:
    """Give student's cells without a good id one of their own; the instructor's cells have theirs."""
    taken = {cell["id"] for cell in cells if cell["metadata"]}
    for at, cell in enumerate(cells):
        if not cell["metadata"] and (cell["id"] in taken or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell["id"])):
            cell["id"] = f"student-{at}"
        taken.add(cell["id"])
    return cells


def fresh(ours: Cell) -> Cell:
    return {"cell_type": ours["cell_type"], "id": ours["id"], "metadata": ours["metadata"], "source": ours["source"]}


def is_locked(cell: Cell) -> bool:
    meta = nbgrader(cell)
    return bool(not meta.get("solution") and (meta.get("grade") or meta.get("locked")))


def is_needed(cell: Cell) -> bool:
    """Whether the notebook cannot be graded without the cell: the instructor's text and figures can be missing."""
    return bool(nbgrader(cell)) or (cell["cell_type"] == "code" and "import " in cell["source"])


def defined(cell: Cell) -> set[str]:
    """The functions and classes that a cell defines at the top level."""
    return set(re.findall(r"^(?:def|class)\s+(\w+)", cell["source"], re.MULTILINE))
