"""The proof that a released unit gives nothing away: each leak is refused with one sentence that names it."""

import re
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from dltools.release import authored, pictures
from dltools.release.metadata import CELL_KEYS, NOTEBOOK_KEYS
from dltools.running.cells import is_answer, nbgrader

DATA = (".csv", ".gif", ".jpeg", ".jpg", ".json", ".npz", ".png", ".svg", ".txt")
"""Kinds of files that a unit may bring along, in its folder data/; the students' edition has the same."""
COMPILED = {".pyc", ".pyo", ".pyd", ".so", ".dll", ".dylib"}
CELL_FIELDS = {"cell_type", "id", "metadata", "source", "outputs", "execution_count"}
REGIONS = {"solution": ("BEGIN SOLUTION", "END SOLUTION"), "hidden test": ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")}
TELLING = 16
"""A line with at least so many characters, blanks not counted, is too long to stand somewhere by chance."""


class Leak(Exception):
    """Something in a released unit that students must not get; the text is one sentence that names it."""


def prove(folder: Path, solved: NotebookNode) -> None:
    """Refuse the released unit in `folder` unless there is nothing in it that should not be.

    Args:
        folder: what was made, named like the unit.
        solved: the unit's notebook with its solutions.

    Raises:
        Leak: with the first thing found.
    """
    for path in sorted(folder.rglob("*")):
        if sentence := misplaced(path, folder):
            raise Leak(sentence)
    released = authored.read(folder / f"{folder.name}.ipynb")
    for sentence in leaks(released, solved):
        raise Leak(f"{folder.name}.ipynb: {sentence}")
    for path in sorted(folder.glob("data/*")):
        text = squeezed(path.read_bytes().decode(errors="ignore"))
        for kind, line in telling_lines(solved):
            if squeezed(line) in text:
                raise Leak(f"{path.relative_to(folder)} contains the {kind} line {line.strip()!r}.")


def misplaced(path: Path, folder: Path) -> str | None:
    """What is wrong with a file being there at all."""
    name = path.relative_to(folder).as_posix()
    if path.is_symlink():
        return f"{name} is a link to another file."
    if ".ipynb_checkpoints" in path.parts:
        return f"{name} is a checkpoint: an older notebook, perhaps with solutions."
    if path.suffix in COMPILED or "__pycache__" in path.parts:
        return f"{name} is a compiled file: its source can be read back."
    if path.suffix == ".py":
        return f"{name} is a Python file: the paired .py holds all solutions."
    is_data = path.parent == folder / "data" and path.suffix.lower() in DATA
    if not (is_data or name in ("data", f"{folder.name}.ipynb")):
        return f"{name} is not on the list of files that a unit may have ({folder.name}.ipynb, data/*)."
    return None


def leaks(released: NotebookNode, solved: NotebookNode) -> Iterator[str]:
    """What the released notebook gives away, one sentence each."""
    if extra := set(released.metadata) - NOTEBOOK_KEYS:
        yield f"the notebook's metadata has {', '.join(sorted(extra))}."
    for cell in released.cells:
        yield from cell_leaks(cell)
    if [cell.id for cell in released.cells] != [cell.id for cell in solved.cells]:
        yield "the cells or their ids are not those of the authored notebook."
    text = squeezed("\n".join(text for cell in released.cells for text in (cell.source, *pictures.texts(cell))))
    for kind, line in telling_lines(solved):
        if squeezed(line) in text:
            yield f"the {kind} line {line.strip()!r} is in it."


def cell_leaks(cell: NotebookNode) -> Iterator[str]:
    """What one released cell gives away beside its text."""
    if (cell.get("outputs") and nbgrader(cell)) or cell.get("execution_count"):
        yield f"cell {cell.id} has an output."
    yield from (f"cell {cell.id} {why}." for output in cell.get("outputs", []) if (why := pictures.why_refused(output)))
    if extra := (set(cell.metadata) - CELL_KEYS) | (set(cell) - CELL_FIELDS):
        yield f"cell {cell.id} has the metadata {', '.join(sorted(extra))}."
    for kind, marks in REGIONS.items():
        if any(mark in cell.source for mark in marks):
            yield f"cell {cell.id} has a {kind} region."


def telling_lines(solved: NotebookNode) -> Iterator[tuple[str, str]]:
    """The lines that were taken out, and the formulas in them, each with its kind; too short ones tell nothing."""
    for kind, line in removed_lines(solved):
        for text in (line, formula(line)):
            if len(squeezed(text)) >= TELLING:
                yield kind, text


def removed_lines(solved: NotebookNode) -> Iterator[tuple[str, str]]:
    """The lines that students do not get, each with its kind."""
    for cell in solved.cells:
        for kind, (begin, end) in REGIONS.items():
            yield from ((kind, line) for line in region(cell.source, begin, end))
        if is_answer(cell) and REGIONS["solution"][0] not in cell.source:
            yield from (("solution", line) for line in cell.source.split("\n"))


def formula(line: str) -> str:
    """What is computed in a line that returns it or gives it a name; "" where it has no operator."""
    found = re.match(r"\s*(?:return\b|[\w.\[\], ]+=(?!=))(.*)", line)
    return found[1] if found and re.search(r"[-+*/@%]", found[1]) else ""


def region(source: str, begin: str, end: str) -> list[str]:
    """The lines between the marks."""
    inside, lines = False, []
    for line in source.split("\n"):
        if begin in line or end in line:
            inside = begin in line
        elif inside:
            lines.append(line)
    return lines


def squeezed(text: str) -> str:
    """Without blanks, so that another indentation or spacing hides nothing."""
    return re.sub(r"\s+", "", text)
