"""The exam of unit 11: a notebook that reads the digits from which it is drawn is for a person to look at.

A nearest neighbour on distorted copies of these digits passes without a net. Who trains on them cannot be told from a
good net by what it answers; it is told by the names that its cells use before the exam.
"""

import re
from collections.abc import Iterator

from dltools.grading.model import Assignment, Notebook
from dltools.running.cells import grade_id, source

EXAM = "check_predict"
READS = re.compile(r"\b(x_test|y_test|load_digits|unseen|digits(?=\s*\())\b")
"""The names under which the digits of the exam can be had."""


def exam_readers(notebook: Notebook, assignment: Assignment) -> Iterator[str]:
    """One sentence for each of the student's cells above the exam that names its digits; none in other units."""
    given = {source(cell) for cell in assignment.cells}
    cells = notebook["cells"]
    end = next((number for number, cell in enumerate(cells) if grade_id(cell) == EXAM), 0)
    for number, cell in enumerate(cells[:end], start=1):
        if cell["cell_type"] == "code" and source(cell) not in given and (found := READS.search(source(cell))):
            yield f"{EXAM}: cell {number} names {found[1]}, and may have seen the digits of the exam; look at it."
