"""Executors (model.py) that run notebooks sealed: `full`, `limited` and `none`, named after the jail's levels.

Each process has one Sealed a level, made at its first notebook and used for all. It ends with the process.
"""

import threading
from functools import cache

from dltools.grading.model import Limits, Notebook
from dltools.grading.sealed import Sealed

ONE_AT_A_TIME = threading.Lock()


@cache
def grader(level: str) -> Sealed:
    return Sealed(jail=level).__enter__()


def execute(level: str, notebook: Notebook, limits: Limits, seed: int, unit: str = "") -> Notebook:
    """Run a repaired notebook of a unit in the jail of this level; see Sealed.execute."""
    with ONE_AT_A_TIME:
        return grader(level).execute(notebook, unit=unit, seed=seed, limits=limits)


def full(notebook: Notebook, limits: Limits, seed: int, unit: str = "") -> Notebook:
    return execute("full", notebook, limits, seed, unit)


def limited(notebook: Notebook, limits: Limits, seed: int, unit: str = "") -> Notebook:
    return execute("limited", notebook, limits, seed, unit)


def none(notebook: Notebook, limits: Limits, seed: int, unit: str = "") -> Notebook:
    return execute("none", notebook, limits, seed, unit)
