"""Small examples: the first case for a pencil in which a student's answer is wrong, with the sum that makes it right.

Each unit's module here has `PENCIL`, the cases of its exercises from the smallest up.
"""

from importlib import import_module
from importlib.util import find_spec

from dltools.checks.exercise import Pencil


def pencil_of(module: str, name: str) -> Pencil | None:
    """The cases of an exercise, by the module of its unit's checks; None where the exercise, or the unit, has none."""
    if find_spec(path := f"dltools.checks.pencil.{module}") is None:
        return None
    found: dict[str, Pencil] = import_module(path).PENCIL
    return found.get(name)
