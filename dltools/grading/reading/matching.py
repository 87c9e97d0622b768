"""Which submitted cell stands for which of the instructor's."""

from typing import Any

import nbformat
from nbgrader.utils import compute_checksum

from dltools.grading.model import Assignment
from dltools.grading.reading.document import defined_names
from dltools.running.cells import grade_id, is_answer, is_graded, nbgrader

Cell = dict[str, Any]
DROPPED = "dropped"


def owners(cells: list[Cell], assignment: Assignment) -> tuple[dict[int, Cell], list[tuple[Cell, int]]]:
    """The instructor's cell of each submitted cell by its position; and those that were there several times."""
    found_for: dict[int, Cell] = {}
    repeated: list[tuple[Cell, int]] = []
    index = Index(cells, assignment)
    for ours in assignment.cells:
        found = [at for at in index.matches(ours) if at not in found_for]
        if len(found) > 1 and nbgrader(ours):
            repeated.append((ours, len(found)))
        if found:
            found_for[choose(found, cells, ours)] = ours
    return found_for, repeated


def count(cells: list[Cell], assignment: Assignment) -> tuple[int, int, int]:
    """How many of the assignment's graded cells and answers a file has, and how many of these have been changed.

    Returns:
        The number of all; of those that are not as released, in this edition or in the one that the file was made
        from; and of the answers among these.
    """
    index = Index(cells, assignment)
    known = changed = answered = 0
    for ours in (ours for ours in assignment.cells if nbgrader(ours)):
        found = index.matches(ours) or index.defining(ours)
        is_written = any(index.sources[at] != ours["source"].strip() and not is_intact(cells[at]) for at in found)
        known += bool(found)
        changed += is_written
        answered += is_written and is_answer(ours)
    return known, changed, answered


def is_intact(cell: Cell) -> bool:
    """Whether the cell is as it was released, by nbgrader's checksum in it."""
    node = {"cell_type": cell["cell_type"], "source": cell["source"], "metadata": {"nbgrader": cell["nbgrader"]}}
    try:
        return bool(cell["nbgrader"].get("checksum") == compute_checksum(nbformat.from_dict(node)))
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


class Index:
    """The submitted cells by what tells whose they are."""

    def __init__(self, cells: list[Cell], assignment: Assignment) -> None:
        self.cells = cells
        self.names = {cell["id"] for cell in assignment.cells}
        self.sources = [cell["source"].strip() for cell in cells]
        self.defines = [defined_names(cell["source"]) for cell in cells]

    def matches(self, ours: Cell) -> list[int]:
        """By grade_id, else by cell id, else by the text, else by the function that the cell defines."""
        others = self.names - {ours["id"]}
        free = [at for at, cell in enumerate(self.cells) if cell["grade_id"] not in others]
        anonymous = [at for at in free if self.cells[at]["id"] not in others]
        name, text = grade_id(ours), ours["source"].strip()
        return (
            [at for at in free if name and self.cells[at]["grade_id"] == name]
            or [at for at in anonymous if self.cells[at]["id"] == ours["id"]]
            or [at for at in anonymous if self.sources[at] == text]
            or [at for at in anonymous if is_answer(ours) and defined_names(ours["source"]) & self.defines[at]]
        )

    def defining(self, ours: Cell) -> list[int]:
        """Whatever cell defines the answer's function."""
        names = defined_names(ours["source"]) if is_answer(ours) else set()
        return [at for at, found in enumerate(self.defines) if names & found]


def choose(found: list[int], cells: list[Cell], ours: Cell) -> int:
    """Of copies of one cell the one that counts: the last answer, or the first copy of anything else.

    Other copies stay as the student's code where they differ from what was released; the untouched ones go.
    """
    names, text = defined_names(ours["source"]), ours["source"].strip()
    answers = [at for at in found if cells[at]["source"].strip() != text]
    defining = [at for at in answers if not names or names & defined_names(cells[at]["source"])] or answers
    chosen = defining[-1] if answers and is_answer(ours) else found[0]
    for at in set(found) - set(answers) - {chosen} if nbgrader(ours) else ():
        cells[at]["cell_type"] = DROPPED
    return chosen


def is_locked(cell: Cell) -> bool:
    """Whether the instructor's text counts, whatever the student made of it."""
    return not is_answer(cell) and (is_graded(cell) or bool(nbgrader(cell).get("locked")))


def is_needed(cell: Cell) -> bool:
    """Whether the notebook cannot be graded without the cell: the instructor's text and figures can be missing."""
    return bool(nbgrader(cell)) or (cell["cell_type"] == "code" and "import " in cell["source"])
