"""Notebooks to be graded."""

from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from dltools.grading.model import Limits

UNIT = "04-convolution"
LIMITS = Limits(cell_seconds=4, notebook_seconds=40, output_bytes=200_000)

SIZE = """
def conv2d_output_size(size, kernel_size, stride=1, padding=0):
    return (size + 2 * padding - kernel_size) // stride + 1
"""
COUNT = """
def conv2d_parameter_count(in_channels, out_channels, kernel_size):
    height, width = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    return (height * width * in_channels + 1) * out_channels
"""


def made_by_instructor(source, grade_id, points, **metadata):
    nbgrader = {"grade": True, "grade_id": grade_id, "locked": True, "points": points, "schema_version": 3}
    return new_code_cell(source, metadata={"nbgrader": {**nbgrader, "solution": False}, **metadata})


def submission(size_answer, *more, count_answer=COUNT, **metadata):
    """A notebook with two exercises; the first answer is given, the second is right if not given."""
    return new_notebook(
        cells=[
            new_code_cell("import numpy as np\nfrom dltools.checks import check"),
            new_code_cell(size_answer),
            *map(new_code_cell, more),
            made_by_instructor("check(conv2d_output_size)", "size", 2, **metadata),
            new_code_cell(count_answer),
            made_by_instructor("check(conv2d_parameter_count)", "count", 2),
        ]
    )


def scores(notebook):
    """The points that nbgrader itself gives."""
    graded = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    return {cell.metadata.nbgrader.grade_id: determine_grade(cell)[0] for cell in graded}
