"""Calling a student's function from a figure, so that nothing it does can stop the figure."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from types import EllipsisType
from typing import Any, overload

import numpy as np

from dltools import nn
from dltools.running.calling import error_text, line_phrase, of_file, quiet
from dltools.running.limits import call_within
from dltools.running.operands import shapes_in_words

right = ContextVar("right", default=False)
"""Whether references answer in the place of students' functions."""


@contextmanager
def references() -> Iterator[None]:
    """Let the reference of every student's function be called in its place, where there is one."""
    before = right.set(True)
    try:
        yield
    finally:
        right.reset(before)


class Trouble(Exception):
    """What keeps a figure from being drawn, as one sentence for the student."""


class Student:
    """A student's function: called on copies, under a time limit, its answers kept.

    Whatever goes wrong is raised as Trouble, one sentence with where to go. `reference`, the function of this name in
    `dltools.nn` unless another is given, is what "Yours and right" compares it with; None where there is none. A
    function of ours that calls two of the student's is a partial of these, with the name "first or second".
    """

    def __init__(
        self,
        function: Callable[..., Any],
        name: str,
        seconds: float = 3.0,
        reference: Callable[..., Any] | EllipsisType | None = ...,
    ) -> None:
        self.function, self.name, self.seconds = function, name, seconds
        self.reference = getattr(nn, name, None) if reference is ... else reference
        self._kept: dict[Any, Any] = {}
        self._endless = ""

    @overload
    def __call__(self, *arguments: Any, shape: tuple[int, ...], **keywords: Any) -> np.ndarray: ...

    @overload
    def __call__(self, *arguments: Any, values: tuple[str, ...] = ..., **keywords: Any) -> Any: ...

    def __call__(
        self,
        *arguments: Any,
        shape: tuple[int, ...] | None = None,
        values: tuple[str, ...] = (),
        **keywords: Any,
    ) -> Any:
        """Return what the function returns.

        With `shape`, return its first value only (a forward returns `out, cache`) and make sure that it is a finite
        array of that shape. With `values`, the names of what must be returned, make sure that it is so many.
        Raises Trouble.
        """
        key = right.get(), _key(arguments), _key(keywords)
        if key not in self._kept:
            self._kept[key] = self._attempt(arguments, keywords)
        returned = self._kept[key]
        if isinstance(returned, Trouble):
            raise returned
        if values and (not isinstance(returned, tuple | list) or len(returned) != len(values)):
            wanted = f"{', '.join(values[:-1])} and {values[-1]}"
            raise Trouble(f"{self.name} must return {len(values)} values, {wanted}; {self._where}")
        return returned if shape is None else self._array(returned, shape)

    def _attempt(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Call the function; return what it returns, or its Trouble."""
        if right.get() and self.reference:
            return self.reference(*map(_copy, arguments), **keywords)
        if self._endless:
            return Trouble(self._endless)
        if not callable(self.function):
            return Trouble(
                f"This figure runs your {self.name}, but was given a {type(self.function).__name__}; {self._where}"
            )
        try:
            with quiet():
                return call_within(self.seconds, lambda: self.function(*map(_copy, arguments), **keywords))
        except NotImplementedError as error:
            return Trouble(f"{self._raiser(error)[0]} is not written yet; {self._where}")
        except TimeoutError:
            late = f"did not end within {self.seconds:g} seconds (is there a loop that never stops?)"
            self._endless = f"{self.name} {late}; {self._where}"
            return Trouble(self._endless)
        except (Exception, SystemExit) as error:
            name, function = self._raiser(error)
            words = shapes_in_words(error, of_file(function)).rstrip(".")
            said = f"{error_text(error)}{line_phrase(function, error)}{words and f' ({words})'}"
            return Trouble(f"{name} raises {said}; {self._where}")

    def _raiser(self, error: BaseException) -> tuple[str, Callable[..., Any]]:
        """Return which of the student's functions an error arose in: a partial of ours may call two of them."""
        ran = {frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)}
        for name, part in zip(self.name.split(" or "), getattr(self.function, "args", ())):
            if getattr(part, "__code__", None) in ran:
                return name, part
        return self.name, self.function

    def _array(self, returned: Any, shape: tuple[int, ...]) -> np.ndarray:
        """Return the first of the returned values if it is a finite array of this shape."""
        if returned is None:
            raise Trouble(f"{self.name} returns None; {self._where}")
        out = returned[0] if isinstance(returned, tuple | list) and len(returned) else returned
        if not isinstance(out, np.ndarray) or out.dtype.kind not in "fiub":
            raise Trouble(
                f"{self.name} returns a {type(out).__name__} where an array of numbers is needed; {self._where}"
            )
        if out.shape != shape:
            raise Trouble(f"{self.name} returns the shape {out.shape}; here it must be {shape}; {self._where}")
        if not np.isfinite(out).all():
            raise Trouble(f"{self.name} returns a number that is not finite (inf or nan); {self._where}")
        return out

    @property
    def _where(self) -> str:
        return "go to the cell that defines it, then run that cell and this one again."


def _key(value: Any) -> Any:
    """Return something hashable that differs when the values do."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    if isinstance(value, list | tuple):
        return tuple(map(_key, value))
    if isinstance(value, dict):
        return tuple((name, _key(part)) for name, part in value.items())
    return repr(value)


def _copy(value: Any) -> Any:
    """Return a copy of what a student's function could change, a Generator's state included."""
    return deepcopy(value) if isinstance(value, np.ndarray | np.random.Generator | list | tuple | dict) else value
