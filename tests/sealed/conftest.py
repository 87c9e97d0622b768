"""Notebooks to be graded, and the sealed grader of the session."""

import os
import sys

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from dltools.grading import jail
from dltools.grading.model import Limits
from dltools.grading.sealed import Sealed

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


@pytest.fixture(scope="session")
def level():
    """The strongest jail of this machine; DLTOOLS_TEST_JAIL names another one."""
    wanted = os.environ.get("DLTOOLS_TEST_JAIL")
    if wanted:
        return wanted
    if not sys.platform.startswith("linux"):
        pytest.skip("the jail needs Linux")
    return next(level for level in jail.LEVELS if not jail.available(level))


@pytest.fixture(scope="session")
def sealed(level):
    os.environ["STAFF_SECRET"] = "not for students"
    with Sealed(jail=level) as grader:
        yield grader.ready()
    del os.environ["STAFF_SECRET"]


@pytest.fixture
def execute(sealed):
    return lambda notebook, **options: sealed.execute(
        notebook, **{"unit": UNIT, "seed": 7, "limits": LIMITS, **options}
    )
