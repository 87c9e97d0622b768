"""Every unit's solution, whole, at the default limits: what was written for a notebook runs in the sealed kernel."""

import json

import pytest
from nbgrader.utils import determine_grade

from dltools.grading.model import Limits
from dltools.places import REPOSITORY
from dltools.running.cells import is_test

SOLUTIONS = sorted((REPOSITORY / "solutions").glob("*/*.ipynb"))


@pytest.mark.long
@pytest.mark.parametrize("path", SOLUTIONS, ids=[path.stem for path in SOLUTIONS])
def test_a_solution_runs_without_an_error_to_full_marks(execute, path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    executed = execute(notebook, unit=path.stem, limits=Limits())
    errors = [output.evalue for cell in executed.cells for output in cell.get("outputs", []) if "ename" in output]
    points = {cell.id: determine_grade(cell) for cell in executed.cells if is_test(cell)}
    assert [says for says in errors if "not available while this notebook is graded" not in says] == []
    assert {name: got for name, (got, most) in points.items() if got != most} == {}
