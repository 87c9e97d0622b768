"""The checker's shell: as the student's, but quick at what the test cells of a whole class have alike.

Each test cell is transformed once for all checkers, and a verdict is shown as it says itself: to ask a dozen formatters
of IPython what they make of it takes longer than to judge many an exercise.
"""

from functools import cache
from typing import Any

from traitlets import Type

from dltools.grading.sealed.wire.shell import Result, Shell


class VerdictResult(Result):
    """The value of a test cell's last line."""

    def compute_format_data(self, result: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        if type(result).__module__.startswith("dltools.checks") and hasattr(result, "_repr_mimebundle_"):
            bundle: dict[str, Any] = result._repr_mimebundle_()
            return bundle, {}
        data: tuple[dict[str, Any], dict[str, Any]] = super().compute_format_data(result)
        return data


class CheckerShell(Shell):
    """Runs trusted test cells."""

    displayhook_class = Type(VerdictResult)

    def transform_cell(self, raw_cell: str) -> str:
        return transformed(self, raw_cell)


@cache
def transformed(shell: CheckerShell, source: str) -> str:
    """The cell as plain Python."""
    code: str = super(CheckerShell, shell).transform_cell(source)
    return code
