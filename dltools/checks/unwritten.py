"""A notebook with gaps runs to its end: a cell that needs what is not written yet says so, and the next one is run.

`Run All` stops at the first cell that fails. One that fails only because an exercise is not solved yet, or because a
cell above failed for that reason, still shows an error, in one sentence; but to the kernel it counts as done.
"""

import symtable
import sys
from collections.abc import Callable, Container
from types import FrameType, TracebackType
from typing import Any

from dltools import nn
from dltools.checks.calling import advice
from dltools.checks.exercise import Exercise
from dltools.checks.questions import LETTERS
from dltools.running.first_cell import EXPLAINED
from dltools.running.pieces import steps_of

OWN = ("check", "check_answer", "check_foreseen", "foresee", "hint")
"""What a unit imports from dltools.checks."""


def in_notebook() -> Any:
    """IPython's shell; None where a plain Python runs."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def way_on(exercise: Exercise) -> str:
    """How to go on without having solved an exercise."""
    name = exercise.name
    if not hasattr(nn, name):
        return "You can go on without it: a cell that needs it says so."
    pair = [name.replace("backward", "forward"), name.replace("forward", "backward")]
    names = ", ".join(one for one in dict.fromkeys(pair) if hasattr(nn, one))
    return f"To go on without it, run this in a cell of your own below: from dltools.nn import {names}"


def explain_gaps(graded: Callable[[], Container[str]]) -> None:
    """In this notebook, say in words what an exercise that is not solved keeps from running, and go on."""
    shell = in_notebook()
    if shell is None or shell.custom_exceptions not in ((), EXPLAINED):  # someone else has plans of their own
        return
    gaps = Gaps(shell, graded)
    shell.set_custom_exc((Exception,), gaps.explain)
    shell.events.register("pre_run_cell", gaps.begin)
    shell.events.register("post_run_cell", gaps.end)


def close_plots() -> None:
    """Leave no empty frame behind of a plot that a cell has begun and cannot fill."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


class Gaps:
    """What is not written yet in this notebook, and what is missing for that reason.

    Args:
        shell: IPython's.
        graded: gives the names of all that has points: functions and answers.
    """

    def __init__(self, shell: Any, graded: Callable[[], Container[str]]) -> None:
        self.shell, self.graded = shell, graded
        self.missing: dict[str, str] = {}
        """What cells that failed would have made, each with the function that was not written."""
        self.cell = ""
        self.gap: str | None = None
        """The function for which the present cell fails."""

    def begin(self, info: Any) -> None:
        """Before a cell."""
        self.cell, self.gap = info.raw_cell, None

    def explain(
        self, shell: Any, kind: type, error: BaseException, trace: TracebackType, tb_offset: int | None = None
    ) -> None:
        """Show an error, in one sentence where it can be told."""
        if sentence := self.sentence(error):
            error._render_traceback_ = lambda: [sentence]  # type: ignore[attr-defined]
            close_plots()
        elif words := advice(error, self.is_of_a_cell).strip():
            error.add_note(words)
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    def sentence(self, error: BaseException) -> str:
        """What to say instead of a traceback; "" where the traceback is better."""
        name = getattr(error, "name", None) if isinstance(error, NameError) else None
        *_, innermost = (step.tb_frame for step in steps_of(error))
        if isinstance(error, NotImplementedError) and self.is_of_a_cell(innermost):
            self.gap = innermost.f_code.co_name
            if self.gap == "<module>":
                return "This cell is not written yet."
            return f"{self.gap} is not written yet: see its cell above."
        lost = name if name in self.missing else next((n for n in self.used() if n in self.missing), None)
        if lost:
            self.gap = self.missing[lost]
            return f"{lost} is not there yet: a cell above makes it with {self.gap}, which is not written yet."
        return self.named(name) if name else self.reused(error)

    def named(self, name: str) -> str:
        """What to say of a name that is not defined; "" where it is not one of ours."""
        if name in OWN:
            return (
                f"NameError: {name} is not imported yet: run `from dltools.checks import {name}`, then this cell again."
            )
        if name in self.graded():
            return (
                f"NameError: {name} is not defined yet: run the cell that defines it, then this one."
                " After a restart of the kernel, run all cells from the top."
            )
        answer = next((one for one in self.made() if one.endswith("_question")), "")
        if answer and name.lower() in LETTERS:
            return f'NameError: a letter is written between quotation marks: {answer} = "{name}"'
        return ""

    def reused(self, error: BaseException) -> str:
        """What to say where a value was given the name of one of our functions, and is called."""
        if not isinstance(error, TypeError) or "is not callable" not in str(error):
            return ""
        values = [name for name in OWN if not callable(self.shell.user_ns.get(name, print))]
        name = next((s.get_name() for s in self.symbols() if s.is_referenced() and s.get_name() in values), "")
        again = f"run `from dltools.checks import {name}`, then this cell again."
        return f"TypeError: a cell has given the name {name} to a value: {again}" if name else ""

    def is_of_a_cell(self, frame: FrameType) -> bool:
        return frame.f_globals is self.shell.user_ns

    def used(self) -> list[str]:
        """The names that the present cell uses and does not make."""
        return [symbol.get_name() for symbol in self.symbols() if symbol.is_referenced() and not symbol.is_assigned()]

    def made(self) -> list[str]:
        """The names that the present cell makes."""
        return [s.get_name() for s in self.symbols() if s.is_assigned() or s.is_imported()]

    def symbols(self) -> list[symtable.Symbol]:
        try:
            return symtable.symtable(self.shell.transform_cell(self.cell), "cell", "exec").get_symbols()
        except SyntaxError:  # `await` outside a function is right in a notebook
            return []

    def end(self, result: Any) -> None:
        """After a cell: note what it made or failed to make; one that met a gap counts as done."""
        if self.gap is not None and result.error_in_exec is not None:
            self.missing |= dict.fromkeys(self.made(), self.gap)
            result.error_in_exec = None
        elif result.success:
            for name in self.made():
                self.missing.pop(name, None)
