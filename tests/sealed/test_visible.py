"""What a student's notebook may import while it is graded."""

import subprocess
import sys

import pytest

from dltools.checks import exercises

TRY = """
from dltools.grading.sealed.inside.importer import install
from dltools.grading.sealed.visible import modules_for
install(modules_for({unit!r}))
import dltools.nn
from dltools.training import Adam, Conv2d, Linear, ReLU, Sequential, digits, fit
print({name!r} in dltools.nn.__all__)
try:
    dltools.nn.{name}(1, 2, 3)
except NotImplementedError as error:
    print(error)
"""


FIRST = {e.unit: e.name for e in reversed(exercises().values()) if e.reference.__module__.startswith("dltools.nn")}
"""A function of dltools.nn that each unit teaches."""


@pytest.mark.parametrize("unit, name", FIRST.items())
def test_training_can_be_imported_and_the_units_own_functions_do_nothing(unit, name):
    code = TRY.format(unit=unit, name=name)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == ["False", f"{name} is not available while this notebook is graded."], done.stderr
