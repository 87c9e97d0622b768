"""What a student's notebook may import while it is graded."""

import json
import re
import subprocess
import sys
from importlib import import_module
from types import FunctionType

import pytest

from dltools.checks import UNITS, exercises
from dltools.grading.sealed.visible import modules_for
from dltools.places import PACKAGE, REPOSITORY

TRY = """
from dltools.grading.sealed.inside.importer import install
from dltools.grading.sealed.visible import compiled
install(compiled({unit!r}))
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


IMPORT_ALL = """
import importlib, json, sys
from dltools.grading.sealed.inside.importer import install
from dltools.grading.sealed.visible import compiled
install(compiled({unit!r}))
for module, names in json.load(sys.stdin).items():
    imported = importlib.import_module(module)
    starred = {{}}
    exec(f"from {{module}} import *", starred)
    for name in names:
        exec(f"from {{module}} import {{name}}", {{}})
        assert name in starred, (module, name)
from dltools.checks import anything_that_comes_later
from dltools.checks import check, hint
assert list(hint("conv2d_forward")) == []
assert list(check(print)) == [] and check(print).hint("a").text is not None
class OwnLab(importlib.import_module("dltools.figures").SvgLab):
    pass
OwnLab(1, a=2).show()
"""


def test_every_public_name_of_checks_and_figures_can_be_imported():
    modules = [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for package in ("checks", "figures")
        for path in (PACKAGE / package).rglob("*.py")
    ]
    kinds = (type, FunctionType, int, float, str, tuple, dict, list)
    wanted = {
        module: [
            name for name, value in vars(import_module(module)).items() if name[0] != "_" and isinstance(value, kinds)
        ]
        for module in modules
    }
    code = IMPORT_ALL.format(unit="04-convolution")
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(wanted), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert len(wanted) > 30 and sum(map(len, wanted.values())) > 300


@pytest.mark.parametrize("unit", UNITS)
def test_what_is_sealed_has_no_source_among_what_the_kernel_is_sent(unit):
    sent = modules_for(unit)
    for exercise in exercises().values():
        if exercise.unit >= unit and exercise.name != "predict":  # a name of dltools.training too
            assert f"def {exercise.reference.__name__}(" not in "".join(sent.values()), exercise.name


@pytest.mark.parametrize("unit", UNITS)
def test_every_module_that_a_unit_imports_is_there(unit):
    source = (REPOSITORY / "solutions" / unit / f"{unit}.py").read_text(encoding="utf-8")
    imported = set(re.findall(r"^ *(?:from|import) (dltools[\w.]*)", source, re.MULTILINE))
    assert imported and not imported - set(modules_for(unit))
