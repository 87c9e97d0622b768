"""The checker: runs one notebook, the instructor's test cells here and every other cell in the student's kernel.

The threat: a submission that wants points without right numbers. The points of a test cell are what this process, which
has the reference and the hidden seed and no student code, makes of the values that the student's functions return.
Test cells are those whose nbgrader metadata say `grade` and not `solution`; their source and metadata must have been
restored from the gradebook before (repair.py does; nbgrader's own OverwriteCells does), for they are trusted here.
Each test cell sees `check`, `np` and the notebook's names that it mentions, and nothing of other cells.

What it cannot stop: a test cell that believes what a student's function says about itself; `check` compares numbers.
"""

import ast
import builtins
import os
import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from dltools.checks import check, check_answer, check_foreseen, exercises
from dltools.grading.model import Accident, Limits
from dltools.grading.sealed.kernel_client import Process, Student
from dltools.grading.sealed.lent import KernelDied, Lent
from dltools.grading.sealed.visible import compiled
from dltools.grading.sealed.wire.shell import Output, Shell
from dltools.running.cells import error_output, is_test, make_output, source
from dltools.running.limits import limit_keeper

Cell = dict[str, Any]
USED_UP = "not run: the notebook's time was used up by the cells above"
LEFT_OUT = "\n... the rest of the output is left out: too long\n"
MIME_TYPES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml")
"""What a student's cell may show; anything else, such as scripts and widgets, is left out."""


class Checker:
    """Runs a notebook's cells and fills in their outputs.

    Args:
        shell: for the test cells.
        student: the student's kernel.
        limits: times and size of the output.
    """

    def __init__(self, shell: Shell, student: Student, limits: Limits):
        self.shell = shell
        self.student = student
        self.limits = limits
        self.room = limits.output_bytes

    def run(self, notebook: dict[str, Any]) -> None:
        """Execute the notebook in place; each cell with something to run gets outputs or an error that says why not.

        Raises:
            Accident: if the student's kernel was not ended by the student's code.
        """
        for cell in notebook["cells"]:
            if cell["cell_type"] != "code":
                continue
            cell["outputs"], cell["execution_count"] = [], None
            if not "".join(cell["source"]).strip() and not is_test(cell):
                continue
            if self.student.notebook.left() <= 0:
                cell["outputs"].append(error_output("NotebookTimeout", USED_UP))
                continue
            self.student.next_cell()
            try:
                self.test(cell) if is_test(cell) else self.answer(cell)
            except KernelDied as error:
                cell["outputs"].append(error_output("KernelDied", f"{error}; the cells below were run in a new one"))
            except TimeoutError as error:
                cell["outputs"].append(error_output("CellTimeout", f"this cell {error}"))
            if self.student.accident:  # whatever a check has made of it
                raise Accident(self.student.accident)

    def answer(self, cell: Cell) -> None:
        """Run a cell of the student's, or an instructor's that is no test, in the student's kernel."""
        reply = self.student.run(source(cell))
        if type(count := reply.get("count")) is int and 0 <= count < 1_000_000:
            cell["execution_count"] = count
        outputs = reply.get("outputs")
        for output in outputs if type(outputs) is list else []:
            if clean := self.clean(output, cell["execution_count"]):
                cell["outputs"].append(clean)

    def clean(self, output: Any, count: int | None) -> Output | None:
        """An output of the student's kernel as a notebook may hold it, or nothing; never more than the limit in all."""
        kind = output.get("output_type") if type(output) is dict else None
        size = len(repr(output))
        before, self.room = self.room, self.room - size
        if self.room < 0:
            return make_output("stream", name="stdout", text=LEFT_OUT) if before >= 0 else None
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            return make_output("stream", name=name, text=str(output.get("text", "")))
        if kind == "error":
            lines = output.get("traceback")
            lines = [str(line) for line in lines] if type(lines) is list else []
            name, value = str(output.get("ename", "")), str(output.get("evalue", ""))
            return make_output("error", ename=name, evalue=value, traceback=lines)
        if kind in ("display_data", "execute_result") and type(output.get("data")) is dict:
            data = {mime: text for mime, text in output["data"].items() if mime in MIME_TYPES and type(text) is str}
            more = {"execution_count": count} if kind == "execute_result" else {}
            return make_output(kind, data=data, **more)
        return None

    def test(self, cell: Cell) -> None:
        """Run a test cell here; it never has no output, because nbgrader would give full marks for that."""
        try:
            code = self.shell.transform_cell(source(cell))
            names = self.student.values(missing_names(code))
            cell["outputs"] = self.outputs_of(code, {**names, **trusted_names()})
        except (KernelDied, TimeoutError):
            raise
        except Exception as error:  # an instructor's mistake, or a student's value that breaks a test
            cell["outputs"] = [error_output(type(error).__name__, str(error))]
        if not cell["outputs"]:
            cell["outputs"] = [make_output("stream", name="stdout", text="passed\n")]

    def outputs_of(self, source: str, names: dict[str, Any]) -> list[Output]:
        """The outputs of a test cell in a name space of its own, without stderr, which is zero points to nbgrader.

        The limits that a check sets are kept by the exchange with the student's kernel, where they can be kept.
        """
        self.shell.user_ns.clear()
        self.shell.init_user_ns()
        self.shell.user_ns.update(names)
        try:
            with limit_keeper(self.student.call_within):
                outputs = self.shell.run(source)
        finally:
            sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        return [shown(output) for output in outputs if output.get("name") != "stderr"]


def shown(output: Output) -> Output:
    """An output of the checker's own shell as a notebook holds it."""
    output = dict(output)
    kind = output.pop("output_type")
    output.pop("display_id", None)
    if kind == "stream":
        output["text"] = "".join(output.pop("parts"))
    return make_output(kind, **output)


def trusted_names() -> dict[str, Any]:
    """What a test cell has of its own; the student's names never replace these."""
    return {"check": check, "check_answer": check_answer, "check_foreseen": check_foreseen, "np": np, "numpy": np}


def missing_names(source: str) -> list[str]:
    """The names that a test cell uses and that only the notebook can have."""
    used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    return sorted(name for name in used if not hasattr(builtins, name) and name not in trusted_names())


def unit_of(notebook: dict[str, Any]) -> str:
    """The unit of the exercises that the test cells name, the earliest; "" where they name none, which seals all."""
    texts = [source(cell) for cell in notebook["cells"] if is_test(cell) and cell["cell_type"] == "code"]
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    return min((exercise.unit for name, exercise in exercises().items() if name in words), default="")


def check_notebook(
    notebook: dict[str, Any],
    unit: str,
    seed: int,
    limits: Limits,
    files: dict[str, bytes],
    start: Callable[[Lent], Process],
    shell: Shell,
) -> None:
    """Execute one submission in place.

    Args:
        notebook: in nbformat 4, repaired: the test cells are the instructor's.
        unit: the folder of the unit, which decides what of dltools the student's kernel has.
        seed: of the hidden cases; stays in this process.
        limits: what the notebook may use.
        files: the assignment's own files, for the student's working folder.
        start: makes a kernel for a `Student`.
        shell: for the test cells.

    Raises:
        Accident: if the machine or the grader failed; nothing that a student wrote raises.
    """
    os.environ["DLTOOLS_SEED"] = str(seed)
    begin = {"modules": compiled(unit), "files": files}
    student = Student(start, begin, limits)
    try:
        Checker(shell, student, limits).run(notebook)
    finally:
        student.end()
