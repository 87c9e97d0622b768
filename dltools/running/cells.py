"""A notebook's cells as the release, the grader and the students' tools read them, whether dict or NotebookNode."""

from collections.abc import Mapping
from typing import Any

import nbformat
from nbformat import NotebookNode

Cell = Mapping[str, Any]


def nbgrader(cell: Cell) -> Mapping[str, Any]:
    """nbgrader's metadata; empty where the cell has none, or something else under that name."""
    metadata = cell.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def grade_id(cell: Cell) -> str:
    """The cell's name in nbgrader; "" where it has none."""
    return str(nbgrader(cell).get("grade_id") or "")


def source(cell: Cell) -> str:
    """The cell's text, which a file may hold as a list of lines."""
    text = cell.get("source", "")
    return "".join(map(str, text)) if isinstance(text, list) else str(text)


def is_graded(cell: Cell) -> bool:
    """Whether the cell has points: a test, or an answer that a person grades."""
    return bool(nbgrader(cell).get("grade"))


def is_answer(cell: Cell) -> bool:
    """Whether the student writes in it (nbgrader's `solution`)."""
    return bool(nbgrader(cell).get("solution"))


def is_test(cell: Cell) -> bool:
    """Whether it is graded by being run."""
    return is_graded(cell) and not is_answer(cell)


def has_error(cell: Cell) -> bool:
    """Whether running the cell ended in an error."""
    return any(output.get("output_type") == "error" for output in cell.get("outputs", ()))


def error_output(name: str, sentence: str) -> NotebookNode:
    """An output that says in one sentence why a cell has no other."""
    return make_output("error", ename=name, evalue=sentence, traceback=[f"{name}: {sentence}"])


def make_output(kind: str, **fields: Any) -> NotebookNode:
    """An output as nbformat's new_output makes it, which takes a millisecond more to compare it with its schema.

    Args:
        kind: "stream", "error", "display_data" or "execute_result".
        fields: all that the schema asks of this kind but the metadata.
    """
    more: dict[str, Any] = {"metadata": {}} if "data" in fields else {}
    made: NotebookNode = nbformat.from_dict({"output_type": kind, **more, **fields})
    return made
