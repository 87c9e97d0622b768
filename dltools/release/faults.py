"""What an instructor may do wrong in a unit, told in one sentence each before anything is written."""

import ast
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from dltools.checks import exercises, graded
from dltools.running.cells import grade_id, is_answer, is_graded, is_test

MARKS = ("BEGIN SOLUTION", "END SOLUTION")
HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
ALIKE = 0.85
"""How much a comment is like a mark, from 0 to 1, that was probably meant as one."""
TARGETS = re.compile(r"""\]\(\s*<?([^()\s<>]+)|\bsrc=["']([^"'\s]+)["']""")
"""What Markdown links and images, and HTML's images, point to."""


class Fault(Exception):
    """Why a unit is not released, as one sentence."""


def refuse_faults(notebook: NotebookNode, unit: str, folder: Path) -> None:
    """Refuse an authored unit that could not be graded, or that students could not read.

    Args:
        notebook: as authored, not executed.
        unit: its name, by which its exercises are found.
        folder: where the notebook lies, and what its text links to.

    Raises:
        Fault: with the first thing found.
    """
    for sentence in faults(notebook.cells, unit, folder):
        raise Fault(sentence)


def faults(cells: list[NotebookNode], unit: str, folder: Path) -> Iterator[str]:
    """Everything that is wrong, one sentence each."""
    yield from missing_cells(cells, unit)
    for cell in cells:
        if cell.cell_type == "markdown":
            yield from missing_files(cell.source, folder)
            yield from misspelled(cell) if is_answer(cell) else ()
        elif cell.cell_type == "code":
            yield from [*wrong_marks(cell), *wrong_hidden(cell)] or misspelled(cell)
            yield from open_end(cell)


def missing_cells(cells: list[NotebookNode], unit: str) -> Iterator[str]:
    """The cells that an exercise of this unit's table does not have."""
    there = {grade_id(cell) for cell in cells}
    for name in (name for name, of in graded().items() if of.unit == unit):
        for kind, wanted in (("answer", name), ("check", f"check_{name}")):
            if wanted not in there:
                yield f"{name} belongs to this unit and has no cell `# %% {kind} {name}`."


def wrong_marks(cell: NotebookNode) -> Iterator[str]:
    """What is wrong with the marks around a solution, or with the function that they stand in."""
    name = grade_id(cell) or cell.id
    marks = marks_in(cell, MARKS)
    if not is_answer(cell):
        if marks:
            yield f"cell {name} has a solution's marks and is no answer: give it the head `# %% answer NAME`."
        return
    if is_graded(cell):
        return  # a person grades it: nbgrader takes out the whole cell where there are no marks
    if f"def {name}(" not in cell.source and name in exercises():
        yield f"answer {name} does not define the function {name}."
    if not are_pairs(marks, MARKS) or (not marks and "def " in cell.source):
        yield (
            f"answer {name}: what is taken out stands between `### {MARKS[0]}` and `### {MARKS[1]}`, in capitals, each"
            " on a line of its own; without both, the signature is lost or the solution stays."
        )


def wrong_hidden(cell: NotebookNode) -> Iterator[str]:
    """What is wrong with the marks around hidden tests: nbgrader gives students what stands between half a pair."""
    if not are_pairs(marks_in(cell, HIDDEN), HIDDEN):
        yield (
            f"{grade_id(cell) or cell.id}: hidden tests stand between `### {HIDDEN[0]}` and `### {HIDDEN[1]}`,"
            " each on a line of its own; without both, students see them."
        )


def misspelled(cell: NotebookNode) -> Iterator[str]:
    """A comment that is almost a mark: what stands below it would not be taken out."""
    for line in cell.source.split("\n"):
        words = " ".join(re.findall(r"\w+", line.upper())) if line.lstrip().startswith("#") else ""
        meant = get_close_matches(words, MARKS + HIDDEN, 1, ALIKE)
        if meant and meant[0] not in line:
            yield f"{grade_id(cell) or cell.id}: `{line.strip()}` is no mark; write `### {meant[0]}`."


def marks_in(cell: NotebookNode, kinds: tuple[str, str]) -> list[list[str]]:
    """The marks of each line that has any."""
    return [found for line in cell.source.split("\n") if (found := [mark for mark in kinds if mark in line])]


def are_pairs(marks: list[list[str]], kinds: tuple[str, str]) -> bool:
    """Whether a beginning and an end take turns, each on a line of its own."""
    return marks == [[mark] for mark in kinds] * (len(marks) // 2)


def open_end(cell: NotebookNode) -> Iterator[str]:
    """What is wrong with a graded cell that calls `check`; nbgrader's plain tests are free."""
    if not is_test(cell):
        return
    name = grade_id(cell)
    try:
        tree = ast.parse(source := TransformerManager().transform_cell(cell.source))
    except SyntaxError as error:
        yield f"{name} is no Python: line {error.lineno}, {error.msg}."
        return
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and is_check(node)]
    if calls and not ends_with(tree, source, calls):
        yield f"{name} must end with its `check(...)` and no semicolon: else any answer gets full points."
    for call in calls:
        checked = what_is_checked(call)
        if name.removeprefix("check_") in graded() and name != f"check_{checked}":
            yield f"{name} checks {checked}: another exercise's points would be given for it."


def is_check(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in ("check", "check_answer", "check_foreseen")


def what_is_checked(call: ast.Call) -> str:
    """The name of the function or of the question that a call checks."""
    if call.args and isinstance(call.args[0], ast.Name):
        return call.args[0].id
    return (call.keywords[0].arg if call.keywords and not call.args else None) or "nothing"


def ends_with(tree: ast.Module, source: str, calls: list[ast.Call]) -> bool:
    """Whether the cell's result is that of one of the calls; IPython shows no result before a semicolon."""
    last = tree.body[-1]
    rest = "\n".join(source.split("\n")[(last.end_lineno or 1) - 1 :]).encode()[last.end_col_offset :]
    return isinstance(last, ast.Expr) and last.value in calls and not rest.strip().startswith(b";")


def missing_files(text: str, folder: Path) -> Iterator[str]:
    """The files that a text shows or links to and that students would not find."""
    for target in re.findall(TARGETS, re.sub(r"`[^`\n]*`", "", text)):
        address = target[0] or target[1]
        path = unquote(re.sub(r"[#?].*", "", address))
        if address.startswith("attachment:"):
            yield f"{address} is an attachment, which students do not get: put the picture into data/ and link to it."
        elif re.match(r"[a-z][a-z0-9+.-]*:|#|/files/", address) or not Path(path).suffix:
            continue
        elif Path(path).suffix == ".py" or Path(path).is_absolute():
            yield f"the text links to {address}, which students do not have."
        elif not (folder / path).is_file():
            yield f"the text links to {address}, and there is no such file in {folder.name}."


def refuse_lost_functions(solved: NotebookNode, released: NotebookNode) -> None:
    """Refuse a release whose answers lost what students need: the function's signature and its docstring.

    Raises:
        Fault: with the first one.
    """
    answers = {cell.id: cell for cell in released.cells}
    for cell in solved.cells:
        if not is_answer(cell) or cell.cell_type != "code":
            continue
        wanted, name = signature(cell), grade_id(cell)
        if wanted and wanted != signature(answers[cell.id]):
            raise Fault(f"answer {name} loses its signature or docstring: begin the solution below them.")


def signature(cell: NotebookNode) -> tuple[str, str | None] | None:
    """The arguments and the docstring of the function that the answer is named after; None where there is none."""
    try:
        tree = ast.parse(TransformerManager().transform_cell(cell.source))
    except SyntaxError:
        return None
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == grade_id(cell)]
    return (ast.unparse(found[-1].args), ast.get_docstring(found[-1])) if found else None
