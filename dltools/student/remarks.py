"""What a student may want to know of a notebook before handing it in; nothing here stops them."""

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from dltools.running.cells import Cell, grade_id, is_answer, is_graded, is_test, nbgrader, source

UNWRITTEN = ("raise NotImplementedError()", "YOUR ANSWER HERE")
"""What nbgrader puts into an answer's cell, of code and of text."""
EMPTY = re.compile(r"^\w+_(question|foreseen) *= *(\"\"|'')", re.MULTILINE)
"""The answer of a question or forecast as it was given out."""
RUNS_IT = re.compile(r"\A\s*%%(time|capture|prun)\b.*")
"""A first line that runs the rest of its cell, as `%%time` does: what stands there is defined."""
Notebook = dict[str, Any]


def is_written(cell: Cell) -> bool:
    """Whether the student wrote something into the answer's cell."""
    text = source(cell)
    if EMPTY.search(text):
        return False
    return bool(text.strip()) and not any(mark in text for mark in UNWRITTEN)


def count_written(notebook: Notebook) -> int:
    """How many answers are written."""
    return sum(is_answer(cell) and is_written(cell) for cell in notebook["cells"])


def remarks(notebook: Notebook, released: Notebook | None) -> list[str]:
    """One sentence for everything that is not as it should be.

    Args:
        notebook: the student's.
        released: the unit as it was given out; None where it cannot be had.
    """
    ours = {grade_id(cell): cell for cell in (released or notebook)["cells"] if grade_id(cell)}
    told = [found for cell in notebook["cells"] if is_answer(cell) for found in about(cell, ours.get(grade_id(cell)))]
    told += open_checks(notebook)
    names = [grade_id(cell) for cell in notebook["cells"]]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    told += [f"the cell {name} is there twice; that does no harm." for name in twice]
    told += [missing(name, cell) for name, cell in ours.items() if name not in names]
    told += [changed(grade_id(cell)) for cell in notebook["cells"] if is_changed(cell, ours.get(grade_id(cell)))]
    return told if any(map(is_graded, notebook["cells"])) else ["the notebook has no graded cell; is it the right one?"]


def open_checks(notebook: Notebook) -> Iterator[str]:
    """Which answers their checks, when they were last run, have not given all points."""
    written = {grade_id(cell) for cell in notebook["cells"] if is_answer(cell) and is_written(cell)}
    told = []
    for cell in filter(is_test, notebook["cells"]):
        name, got, worth = grade_id(cell).removeprefix("check_"), last_points(cell), nbgrader(cell).get("points")
        if name in written and got is not None and isinstance(worth, int | float) and got < worth:
            told.append(f"{name} ({got:g} of {worth:g})")
    if told:
        yield f"by the last run of their checks, points are still open: {', '.join(told)}."


def last_points(cell: Cell) -> float | None:
    """The points that stand in a check's output; None where there are none."""
    for output in cell.get("outputs", ()):
        with suppress(TypeError, ValueError, AttributeError):
            return float("".join(output.get("data", {}).get("text/plain", "")))
    return None


def missing(name: str, cell: Cell) -> str:
    if is_answer(cell):
        return f"the cell of {name} is missing: it will be graded as not answered."
    return f"the cell {name} is missing; the grader puts it back."


def changed(name: str) -> str:
    return f"the cell {name} is not as it was given out; the grader runs its own, and yours as a cell above it."


def is_changed(cell: Cell, ours: Cell | None) -> bool:
    """Whether a check's text is not the released one; a cell of another edition has another checksum, and is not."""
    if ours is None or is_answer(cell) or nbgrader(cell).get("checksum") != nbgrader(ours).get("checksum"):
        return False
    return source(cell).strip() != source(ours).strip()


def about(cell: Cell, ours: Cell | None) -> Iterator[str]:
    """What is to be said of one answer.

    Args:
        cell: the student's.
        ours: as it was given out.
    """
    name = grade_id(cell)
    if not is_written(cell):
        yield f"{name} is not answered yet."
    elif cell.get("cell_type") == "code":
        try:
            defined = functions(source(cell))
        except SyntaxError as error:
            yield f"{name} is no Python: line {error.lineno}, {error.msg}."
            return
        for wanted in functions(source(ours)) if ours else []:
            if wanted not in defined:
                others = f"; it defines {', '.join(defined)}" if defined else ""
                yield f"{name} does not define the function {wanted}{others}. The check looks for that name."


def functions(text: str) -> list[str]:
    """The names that a cell gives a value at its top level by def, class, import or =, as IPython reads it.

    Raises:
        SyntaxError: if it is no Python.
    """
    body = ast.parse(TransformerManager().transform_cell(RUNS_IT.sub("pass", text))).body
    return [name for statement in body for name in names_of(statement)]


def names_of(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        yield from (target.id for target in statement.targets if isinstance(target, ast.Name))
