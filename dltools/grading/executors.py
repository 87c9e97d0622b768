"""What can run a notebook, by name: sealed in a level of jail, or in a plain kernel; the seam to `sealed`."""

import atexit
from functools import cache, partial
from importlib import import_module

from nbformat import NotebookNode

from dltools.grading.jail.levels import LEVELS, why_unavailable
from dltools.grading.model import Accident, Executor, GradingError, Limits, Notebook
from dltools.grading.sealed.client import Sealed

PLAIN = "dltools.grading.plain:execute"


def executor(name: str) -> Executor:
    """The executor of a level of jail, or the one that "module:function" names.

    It goes by name so that a task is plain data, which travels to any worker.
    """
    if name in LEVELS:
        return partial(execute, name)
    module, function = name.split(":")
    found: Executor = getattr(import_module(module), function)
    return found


def execute(level: str, notebook: Notebook, limits: Limits, seed: int, files: dict[str, bytes]) -> NotebookNode:
    """Run a notebook with sealed checks in this level of jail."""
    return sealed(level).execute(notebook, seed=seed, limits=limits, files=files)


@cache
def sealed(level: str) -> Sealed:
    """This process's grader, for as many threads as want it, until the process ends."""
    grader = Sealed(jail=level).__enter__()
    atexit.register(grader.__exit__)
    return grader


def warm(name: str) -> None:
    """Start what a level of jail needs, without waiting until it has started."""
    if name in LEVELS:
        sealed(name)


def let_go(name: str) -> None:
    """In a fork of this process: hold nothing of what a level of jail has started, or that would not end with it."""
    if name in LEVELS:
        sealed(name).processes.let_go()


def prove(name: str) -> None:
    """Wait until what a level of jail needs has started and one kernel has answered.

    Raises:
        GradingError: with the reason, if this machine cannot do it.
    """
    if name in LEVELS:
        try:
            sealed(name).ready()
        except Accident as error:
            raise GradingError(str(error)) from None


def stop(name: str) -> None:
    """End what a level of jail has started, and with it the submissions that are being graded."""
    if name in LEVELS:
        sealed(name).processes.end()


def require(name: str) -> None:
    """Refuse a level of jail that this machine cannot do.

    Raises:
        GradingError: with why not, and which levels there are.
    """
    if name in LEVELS and (reason := why_unavailable(name)):
        others = " or ".join(f"--jail {level}" for level in LEVELS if level != name and not why_unavailable(level))
        raise GradingError(f"{reason} Choose {others}." if others else reason)
