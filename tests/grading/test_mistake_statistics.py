"""The report counts the mistakes that a check has named, not sentences that a student's code has printed."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

from dltools.checks.verdict import Finding, Verdict
from dltools.grading import scoring


class Known:
    name = "averages_bias"
    says = "The bias gradient is the mean over the batch."


def statistics(verdict: Verdict) -> dict[str, list[str]]:
    check = {"grade": True, "solution": False, "locked": True, "grade_id": "c", "points": 1, "schema_version": 3}
    output = new_output("execute_result", verdict._repr_mimebundle_())
    cell = new_code_cell("check(f)", metadata={"nbgrader": check}, outputs=[output])
    return scoring.mistakes(nbformat.from_dict(new_notebook(cells=[cell])))


def test_what_the_check_has_named_counts() -> None:
    finding = Finding("values", 1, "is wrong", mistake=Known())
    assert statistics(Verdict("conv2d_backward", [finding])) == {"conv2d_backward": ["averages_bias"]}


def test_what_was_printed_does_not() -> None:
    named = Verdict("conv2d_backward", [Finding("values", 1, "is wrong", mistake=Known())])
    printed = f"{Known.says}\n{named._repr_html_()}"
    finding = Finding("values", 1, f"{Known.says} {named._repr_html_()}")
    assert statistics(Verdict("conv2d_backward", [finding], printed)) == {}
