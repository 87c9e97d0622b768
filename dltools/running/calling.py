"""Calling a student's function: under which quiet, and how its exceptions are told.

The checks, the figures and the grader's kernel use the same functions, so that a student reads the same everywhere.
"""

import inspect
import linecache
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np


@contextmanager
def quiet(noticed: set[str] | None = None) -> Iterator[None]:
    """No warnings, and no error of floating-point arithmetic, whatever the student has set.

    Args:
        noticed: gathers what went wrong in the arithmetic: "overflow", "divide by zero", "invalid value".
    """
    kinds = set() if noticed is None else noticed
    with warnings.catch_warnings(), np.errstate(all="call", under="ignore", call=lambda kind, flag: kinds.add(kind)):
        warnings.simplefilter("ignore")
        yield


def error_text(error: BaseException) -> str:
    """An exception in a few words: its type and the first line of its message."""
    name = type(error).__name__
    try:
        message = str(error).strip().partition("\n")[0].rstrip(".")
    except Exception:  # the exception is the student's own class, and its __str__ may be anything
        message = ""
    return f"{name}: {message}" if message else name


def file_of(function: Any) -> str | None:
    """The file of a function's code, or a name that stands for a notebook's cell; None where there is none."""
    name: str | None = getattr(getattr(inspect.unwrap(function), "__code__", None), "co_filename", None)
    return name


def of_file(function: Any) -> Callable[[FrameType], bool]:
    """Whether a frame is in the file of the function."""
    file = file_of(function)
    return lambda frame: frame.f_code.co_filename == file


def error_place(function: Any, error: BaseException) -> tuple[int, str] | None:
    """Where in the student's own code the error arose, as the number and text of the line.

    It is the last frame in the file of the function, so that a helper beside it counts and a library's line does not.
    """
    is_own = of_file(function)
    steps = [step for step in traceback.walk_tb(error.__traceback__) if is_own(step[0])]
    if not steps:
        return None
    frame, number = steps[-1]
    return number, linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()[:200]


def line_phrase(function: Callable[..., Any], error: BaseException) -> str:
    """The place of an error as the end of a sentence: ", in line 3: out = x @ w"; empty where there is none."""
    if known := getattr(error, "student_line", None):  # the grader runs the code elsewhere, and tells
        return str(known)
    found = error_place(function, error)
    return f", in line {found[0]}: {found[1]}" if found else ""
