"""The sealed grader of the session."""

import os
import sys

import pytest
from submissions import LIMITS, UNIT

from dltools.grading.jail import levels as jail
from dltools.grading.sealed.client import Sealed


@pytest.fixture(scope="session")
def level():
    """The strongest jail of this machine; DLTOOLS_TEST_JAIL names another one."""
    wanted = os.environ.get("DLTOOLS_TEST_JAIL")
    if wanted:
        return wanted
    if not sys.platform.startswith("linux"):
        pytest.skip("the jail needs Linux")
    return next(level for level in jail.LEVELS if not jail.why_unavailable(level))


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
