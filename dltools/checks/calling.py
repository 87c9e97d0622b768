"""Calling a student's function so that nothing it does can break the check."""

import copy
import inspect
import io
import linecache
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import numpy as np

from dltools.checks.exercise import Attempt, Case, Exercise
from dltools.running.limits import call_within


class StudentError(Exception):
    """What a student's function did instead of returning what it should, as one sentence; `kind` is for comparing."""

    def __init__(self, sentence: str, kind: str):
        super().__init__(sentence)
        self.kind = kind


class Printed(io.StringIO):
    """Keeps the first `limit` characters that a student's code prints."""

    limit = 2000

    def write(self, text: str) -> int:
        super().write(text[: max(0, self.limit - self.tell())])
        return len(text)


@contextmanager
def quiet(printed: io.StringIO) -> Iterator[None]:
    """Keep prints out of the notebook and warnings out of stderr, where nbgrader would count them as failure."""
    with redirect_stdout(printed), redirect_stderr(printed), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def call(function: Callable[..., Any], arguments: list[Any], seconds: float | None) -> Any:
    """Call the function; whatever it raises becomes a StudentError, a run beyond the limit a TimeoutError."""
    name = getattr(function, "__name__", "the function")
    try:
        return function(*arguments) if seconds is None else call_within(seconds, lambda: function(*arguments))
    except TimeoutError as error:
        raise TimeoutError(f"{name} {error}; look for a loop that never stops.") from None
    except NotImplementedError:
        raise StudentError(f"{name} is not implemented yet.", "unwritten") from None
    except StudentError:
        raise
    except (Exception, SystemExit) as error:
        raise StudentError(
            f"{name} raises {describe(error)}{student_line(function, error)}.", type(error).__name__
        ) from None


def describe(error: BaseException) -> str:
    message = str(error).strip().partition("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def student_line(function: Callable[..., Any], error: BaseException) -> str:
    """Where in the student's own code the error arose: the last frame in the file of the function."""
    if known := getattr(error, "student_line", None):  # the grader runs the code elsewhere, and tells
        return str(known)
    file = getattr(getattr(inspect.unwrap(function), "__code__", None), "co_filename", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if not frames:
        return ""
    line = frames[-1].line or linecache.getline(frames[-1].filename, frames[-1].lineno or 0).strip()
    return f", in line {frames[-1].lineno}: {line}"


def named(function: Callable[..., Any], names: tuple[str, ...], returned: Any) -> dict[str, Any]:
    """The returned values by name; a StudentError where their number is wrong."""
    name = getattr(function, "__name__", "the function")
    if returned is None:
        raise StudentError(
            f"{name} returns None; it must return {', '.join(names)}. Is the return line missing?", "None"
        )
    if len(names) == 1:
        return {names[0]: returned}
    if not isinstance(returned, tuple | list) or len(returned) != len(names):
        count = len(returned) if isinstance(returned, tuple | list) else 1
        sentence = f"{name} returns {count} value{'s' * (count != 1)}; it must return {', '.join(names)}."
        raise StudentError(sentence, f"{count} values")
    return dict(zip(names, returned))


def attempt(
    exercise: Exercise,
    function: Callable[..., Any],
    forward: Callable[..., Any] | None,
    case: Case,
    upstream: Case,
    seconds: float | None = None,
) -> Attempt:
    """Call the function on copies of a case; a backward runs on the cache of the forward that belongs to it."""
    case, upstream = copy.deepcopy((case, upstream))
    made: list[Any] = []
    if forward is None:
        returned = call(function, list(case.values()), seconds)
    else:
        names = (*(f"output {i + 1}" for i in range(len(upstream))), "cache")
        *made, cache = named(forward, names, call(forward, list(case.values()), seconds)).values()
        returned = call(function, [*upstream.values(), cache], seconds)
    return Attempt({**case, **upstream}, named(function, exercise.returns, returned), tuple(made))


def draw_upstream(exercise: Exercise, case: Case, rng: np.random.Generator) -> Case:
    """Random gradients from above for a backward, one for each output of the reference's forward."""
    if exercise.forward is None:
        return {}
    *outputs, _ = exercise.forward(*copy.deepcopy(case).values())
    names = list(inspect.signature(exercise.reference).parameters)[: len(outputs)]
    return {
        name: np.asarray(rng.normal(size=np.shape(out)), dtype=np.asarray(out).dtype)
        for name, out in zip(names, outputs)
    }
