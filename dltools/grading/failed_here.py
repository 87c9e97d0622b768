"""What failed here and may have worked for the student: a package or file that this machine lacks, a slower processor.

Nobody can tell from here, so that a person is asked; but only where points are missing. So it is where the student's
own check, as the notebook was saved, showed all points, whatever the reason: another NumPy, cells run in another order.
"""

import html
import re
from collections.abc import Iterator, Mapping

from nbformat import NotebookNode

from dltools.grading.reading.files import printable_name
from dltools.running.cells import grade_id, is_graded, source

LACKING = {
    *("ModuleNotFoundError", "ImportError", "FileNotFoundError", "PermissionError", "OSError", "MemoryError"),
    *("URLError", "HTTPError", "ConnectionError", "gaierror", "StdinNotImplementedError", "CellTimeout"),
}
"""Names of errors that depend on the machine."""
RUN = re.compile(r"File `.*` not found")
"""What `%run` says of a script or notebook that was not handed in; its error is a bare Exception."""
SEALED = "not available while this notebook is graded"
"""What is lacking on purpose."""
IN_A_VERDICT = re.compile(r"ModuleNotFoundError: (No module named [^<,]{1,80})")


def failed_here(notebook: NotebookNode, released: set[str]) -> Iterator[str]:
    """One sentence for each cell, and each function that a check called, which lacked something of this machine's.

    Args:
        notebook: executed.
        released: the texts of the instructor's cells, which are known to run here and need what the student wrote.
    """
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []) if is_graded(cell) or cell.source not in released else ():
            if what := lacked(output, is_graded(cell)):
                yield f"Cell {number} lacked something here that the student may have: {what}; look at it."
                break


def lacked(output: NotebookNode, graded: bool) -> str:
    """What an output says is lacking; "" for anything else."""
    if graded:
        found = IN_A_VERDICT.search("".join(output.get("data", {}).get("text/html", "")))
        return printable_name(html.unescape(found[1])) if found else ""
    depends = output.output_type == "error" and (output.ename in LACKING or RUN.match(output.evalue))
    if not depends or SEALED in output.evalue:
        return ""
    return printable_name(f"{output.ename}: {output.evalue[:100]}")


def solved_elsewhere(
    notebook: NotebookNode, solved: list[str], scores: Mapping[str, float | None], points: Mapping[str, float]
) -> Iterator[str]:
    """One sentence for each exercise that lost points here and was solved by the student's own check.

    Args:
        notebook: executed.
        solved: names of exercises.
        scores: by grade_id; None waits for a person already.
        points: the most, by grade_id.
    """
    for cell in filter(is_graded, notebook.cells):
        name, score = grade_id(cell), scores.get(grade_id(cell))
        is_short = score is not None and score < points.get(name, 0)
        if is_short and set(solved) & set(re.findall(r"\w+", source(cell))):
            yield f"{name}: {score:g} of {points[name]:g} points here, all in the notebook as it was saved; look at it."
