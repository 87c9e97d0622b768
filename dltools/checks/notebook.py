"""What a notebook shows where there is no verdict: one sentence, without the lines of this package."""

import sys
from collections.abc import Callable, Container
from types import TracebackType
from typing import Any, TypeVar

Raised = TypeVar("Raised", bound=BaseException)


def show_plainly(error: Raised) -> Raised:
    """The exception, which a notebook shows as its one sentence (IPython asks for this method)."""
    error._render_traceback_ = lambda: [f"{type(error).__name__}: {error}"]  # type: ignore[attr-defined]
    return error


def explain_missing_names(exercises: Callable[[], Container[str]]) -> None:
    """Tell in this notebook what to do where a cell uses an exercise's function that no cell has defined yet."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or shell.custom_exceptions:  # someone else has plans of their own
        return

    def explain(shell: Any, kind: type, error: NameError, trace: TracebackType, tb_offset: int | None = None) -> None:
        if (name := getattr(error, "name", None)) in exercises():
            error.args = (
                f"{name} is not defined yet: run the cell that defines it, then this one."
                " After a restart of the kernel, run all cells from the top.",
            )
            show_plainly(error)
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    shell.set_custom_exc((NameError,), explain)
