"""What stands here for the student's objects, and what of ours the student's functions were lent.

An object of the student's that is not plain data is an Opaque here: it has no attributes, equals nothing but itself
and is neither true nor false, so that no comparison in a check can ask it anything.

The threat: a reply that refers to what was never given. It is malformed, which ends the kernel.
"""

import builtins
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from dltools.grading.sealed.wire.channel import Malformed
from dltools.running.plain import Elsewhere


class KernelDied(Exception):
    """The student's code ended its Python process, or had to be killed."""


class Caller(Protocol):
    """Who passes calls on to the student's kernel."""

    generation: int

    def call(self, function: "str | Opaque", args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any: ...

    def ask(self, what: str, arguments: dict[str, Any]) -> dict[str, Any]: ...


class Opaque(Elsewhere):
    """Something of the student's that stays in the student's kernel, such as a cache that is an object."""

    def __init__(self, student: Caller, reference: Any, type_name: str, generation: int):
        self._student = student
        self._reference = reference
        self._generation = generation
        self.type_name = type_name

    def __repr__(self) -> str:
        return f"<{self.type_name}>"

    def __bool__(self) -> bool:
        raise TypeError(f"A {self.type_name} is neither true nor false here.")

    def __copy__(self) -> "Opaque":
        return self

    def __deepcopy__(self, memo: Any) -> "Opaque":
        return self


class OpaqueFunction(Opaque):
    """An Opaque that can be called."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._generation != self._student.generation:
            raise KernelDied("the function was lost with its kernel")
        return self._student.call(self, args, kwargs)


class StudentFunction(OpaqueFunction):
    """A function that the notebook defines, under the name that the instructor's cell calls it by.

    The name is never the student's word: `check` finds the exercise by it. Attributes are copies.
    """

    def __init__(self, student: Caller, name: str, type_name: str):
        super().__init__(student, name, type_name, 0)
        self.__name__ = self.__qualname__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._student.call(self.__name__, args, kwargs)

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_"):  # NumPy, copy and pickle look for such names and would trust what they find
            raise AttributeError(attribute)
        return self._student.ask("attribute", {"name": self.__name__, "attribute": attribute})["value"]


class Lent:
    """The table of a kernel's channel: its objects by our stand-ins, and our functions that it was lent for a call."""

    def __init__(self, student: Caller):
        self.student = student
        self.functions: list[Callable[..., Any]] = []

    def lend(self, value: Any) -> list[Any]:
        """A reference for the kernel: to its own object, or to one of our functions for this call alone."""
        if isinstance(value, Opaque):
            return ["kernel", value._reference]
        if not callable(value):
            raise Malformed(f"A check passes a {type(value).__name__} to a student's function, which cannot be sent.")
        self.functions.append(value)
        return ["checker", len(self.functions) - 1, getattr(value, "__name__", "function")]

    def find(self, reference: list[Any]) -> Any:
        owner, number, *rest = reference
        if type(number) is not int:
            raise Malformed("A reference has no number.")
        if owner == "checker" and 0 <= number < len(self.functions):
            return self.functions[number]
        type_name, is_callable = rest
        kind = OpaqueFunction if is_callable is True else Opaque
        return kind(self.student, number, str(type_name)[:60], self.student.generation)

    def serve(self, message: dict[str, Any]) -> dict[str, Any]:
        """Call one of our functions for the student's function that it was given to."""
        number, args, kwargs = message["callback"], message.get("args"), message.get("kwargs")
        if type(number) is not int or type(args) is not tuple or type(kwargs) is not dict:
            raise Malformed("The call of a function is malformed.")
        if not 0 <= number < len(self.functions) or not all(type(key) is str for key in kwargs):
            raise Malformed("A function was called that was not given.")
        try:
            return {"value": self.functions[number](*args, **kwargs)}
        except Exception as error:
            base = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
            return {"error": {"base": base, "message": str(error)[:2000]}}


FAULTS = ("overflow", "divide by zero", "invalid value")


def report_faults(kinds: Any) -> None:
    """Tell NumPy's own handler here what went wrong in the kernel's arithmetic, as if it had gone wrong here."""
    if callable(handler := np.geterrcall()) and type(kinds) is list:
        for kind in FAULTS:
            if kind in kinds:
                handler(kind, 0)


def take_over(ours: Any, theirs: Any) -> None:
    """Make our argument equal to what the student's function made of it, in place, wherever the forms agree."""
    if isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray) and ours.dtype == theirs.dtype:
        if ours.shape != theirs.shape and ours.size == theirs.size:
            ours.shape = theirs.shape
        if ours.shape == theirs.shape:
            ours[...] = theirs
    elif isinstance(ours, np.random.Generator) and isinstance(theirs, np.random.Generator):
        ours.bit_generator.state = theirs.bit_generator.state
    elif isinstance(ours, list | tuple) and type(ours) is type(theirs):
        for mine, new in zip(ours, theirs):
            take_over(mine, new)
        if isinstance(ours, list):
            kept = len(ours)
            ours[:] = [mine if keeps(mine, new) else new for mine, new in zip(ours, theirs)]
            ours.extend(theirs[kept:])
    elif isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours.keys() & theirs.keys():
            take_over(ours[key], theirs[key])
        merged = {key: ours[key] if key in ours and keeps(ours[key], new) else new for key, new in theirs.items()}
        ours.clear()
        ours.update(merged)


def keeps(ours: Any, theirs: Any) -> bool:
    """Whether our own object already shows the change, so that it need not be replaced."""
    if isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray):
        return bool(ours.shape == theirs.shape and ours.dtype == theirs.dtype)
    return isinstance(ours, list | tuple | dict | np.random.Generator) and type(ours) is type(theirs)


def student_exception(error: Any) -> Exception:
    """The student's exception as one of ours: the same name, the nearest built-in type, and where it arose."""
    error = error if type(error) is dict else {}
    base = getattr(builtins, str(error.get("base")), Exception)
    if not (isinstance(base, type) and issubclass(base, Exception)):
        base = Exception
    name, message = str(error.get("name", "Exception"))[:60], str(error.get("message", ""))[:2000]
    kind = type(name if name.isidentifier() else "Exception", (base,), {"__str__": lambda self: message})
    try:
        made: Any = kind(message)
    except TypeError:  # a type that wants more arguments, such as UnicodeDecodeError
        made = type(kind.__name__, (Exception,), {})(message)
    if type(line := error.get("line")) is int and type(text := error.get("text")) is str:
        made.student_line = f", in line {line}: {text[:200]}"
    return made  # type: ignore[no-any-return]  # an Exception with one attribute more
