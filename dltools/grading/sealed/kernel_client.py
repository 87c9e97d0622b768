"""The checker's end of a student's kernel: requests with time limits, and stand-ins for the student's functions.

The threat: the kernel answers late, never, with nonsense, or dies. Each request has its own time; who is late is
interrupted, who ignores that is killed; nonsense closes the channel and ends the kernel. A kernel that is gone is
replaced, and the cells that went well before are run again in the new one, so that only the cell concerned loses.
An object of the student's that is not plain data is an Opaque here: it has no attributes, equals nothing but itself
and is neither true nor false, so that no comparison in a check can ask it anything.

What it cannot stop: a function that computes its results with the help of the cells before it; that is what kernels do.
"""

import builtins
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from dltools.grading.sealed.wire.channel import Channel, Closed, Malformed
from dltools.running.plain import Elsewhere

PATIENCE = 2.0
"""Seconds that a kernel has to answer an interrupt before it is killed."""
START = 60.0
"""Seconds that a kernel has to be ready; a forked one takes milliseconds."""
MAX_KERNELS = 6
"""Kernels for one notebook: a notebook that kills more of them is not worth the time."""


class KernelDied(Exception):
    """The student's code ended its Python process, or had to be killed."""


class Process(Protocol):
    """A running kernel, as the zygote hands it out."""

    channel: Channel

    def interrupt(self) -> None: ...

    def kill(self) -> None: ...


class Opaque(Elsewhere):
    """Something of the student's that stays in the student's kernel, such as a cache that is an object."""

    def __init__(self, student: "Student", reference: Any, type_name: str, generation: int):
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

    def __init__(self, student: "Student", name: str, type_name: str):
        super().__init__(student, name, type_name, 0)
        self.__name__ = self.__qualname__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._student.call(self.__name__, args, kwargs)

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_"):  # NumPy, copy and pickle look for such names and would trust what they find
            raise AttributeError(attribute)
        return self._student.ask("attribute", {"name": self.__name__, "attribute": attribute})["value"]


class Student:
    """One student's notebook in its kernel; makes the kernel when it is first needed and whenever it is gone.

    Args:
        start: makes a kernel.
        begin: what a new kernel is told first.
        deadline: the time.monotonic() at which the notebook's time is used up.
        cell_seconds: for one request.
    """

    def __init__(self, start: Callable[[Any], Process], begin: dict[str, Any], deadline: float, cell_seconds: float):
        self.start = start
        self.begin = begin
        self.deadline = deadline
        self.cell_seconds = cell_seconds
        self.cell_deadline = deadline
        self.process: Process | None = None
        self.generation = 0
        self.sequence = 0
        self.history: list[str] = []
        self.lost: str | None = None
        self.lent: list[Any] = []

    def next_cell(self) -> None:
        """A new cell begins: it has its own time, and a kernel that died in the last one may be replaced."""
        self.lost = None
        self.cell_deadline = min(self.deadline, time.monotonic() + self.cell_seconds)

    def run(self, source: str) -> dict[str, Any]:
        """Run a cell; it is run again in later kernels if this one survives it."""
        reply = self.ask("run", {"source": source})
        self.history.append(source)
        return reply

    def values(self, names: list[str]) -> dict[str, Any]:
        """What the notebook has under these names: plain data as copies, everything else as a stand-in."""
        found = self.ask("values", {"names": names}).get("value")
        return {name: self.named(name, found[name]) for name in names if name in found} if type(found) is dict else {}

    def named(self, name: str, value: Any) -> Any:
        return StudentFunction(self, name, value.type_name) if isinstance(value, Opaque) else value

    def call(self, function: "str | Opaque", args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a student's function; what it changes in its arguments is changed in ours, what it raises is raised."""
        outer = len(self.lent)
        try:
            reply = self.ask("call", {"function": function, "args": args, "kwargs": kwargs})
        finally:
            del self.lent[outer:]
        if type(printed := reply.get("printed")) is str:
            sys.stdout.write(printed)
        report_faults(reply.get("faults"))
        if type(changed := reply.get("changed")) is list and len(changed) == 2:
            take_over(list(args), list(changed[0]))
            take_over(kwargs, changed[1])
        if "error" in reply:
            raise raised(reply["error"])
        return reply.get("value")

    def ask(self, what: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """One request and its reply, a dictionary; TimeoutError if it is late, KernelDied if the kernel is gone.

        Any other exception, such as the interrupt of a check's own time limit, interrupts the kernel too.
        """
        if time.monotonic() > self.deadline:
            raise TimeoutError("was not tried, because the notebook's time is used up")
        if time.monotonic() > self.cell_deadline:
            raise TimeoutError("was not tried, because the cell's time is used up")
        if self.lost:
            raise KernelDied(self.lost)
        if self.process is None:
            self.revive()
        return self.exchange(what, arguments, self.cell_deadline - time.monotonic())

    def exchange(self, what: str, arguments: dict[str, Any], seconds: float) -> dict[str, Any]:
        assert self.process
        self.sequence += 1
        number, channel, seconds = self.sequence, self.process.channel, min(seconds, self.deadline - time.monotonic())
        try:
            channel.send({"sequence": number, "do": what, "with": arguments}, max(seconds, PATIENCE))
            return self.reply(number, seconds)
        except (Closed, Malformed) as error:
            self.bury("it ended the Python process" if isinstance(error, Closed) else str(error))
            raise KernelDied(self.lost) from None
        except TimeoutError:
            self.interrupt(number)
            raise TimeoutError(f"did not end within {max(seconds, 0.1):.2g} seconds") from None
        except BaseException:
            self.interrupt(number)
            raise

    def reply(self, number: int, seconds: float) -> dict[str, Any]:
        """Wait for the reply to a request, serving the functions that were lent with it."""
        assert self.process
        channel, end = self.process.channel, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            message = channel.receive(left)
            if type(message) is not dict:
                raise Malformed("The reply is no dictionary.")
            if "callback" in message:
                channel.send(self.serve(message), left)
            elif message.get("sequence") == number:
                return message
        raise TimeoutError

    def serve(self, message: dict[str, Any]) -> dict[str, Any]:
        """Call one of our functions for the student's function that it was given to."""
        number, args, kwargs = message["callback"], message.get("args"), message.get("kwargs")
        if type(number) is not int or type(args) is not tuple or type(kwargs) is not dict:
            raise Malformed("The call of a function is malformed.")
        if not 0 <= number < len(self.lent) or not all(type(key) is str for key in kwargs):
            raise Malformed("A function was called that was not given.")
        try:
            return {"value": self.lent[number](*args, **kwargs)}
        except Exception as error:
            base = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
            return {"error": {"base": base, "message": str(error)[:2000]}}

    def interrupt(self, number: int) -> None:
        """Stop what the kernel is doing for a request; one that does not react is killed."""
        if self.process is None:
            return
        self.process.interrupt()
        try:
            self.lent.clear()
            self.reply(number, PATIENCE)
        except BaseException as error:
            self.bury("it did not react to the time limit and was ended")
            if not isinstance(error, TimeoutError | Closed | Malformed):
                raise

    def bury(self, reason: str) -> None:
        if self.process is not None:
            self.process.kill()
        self.process, self.lost = None, reason

    def revive(self) -> None:
        """A new kernel that has run the good cells so far."""
        if self.generation >= MAX_KERNELS:
            self.lost = "too many kernels were ended by this notebook"
            raise KernelDied(self.lost)
        self.generation += 1
        self.process = self.start(self)
        self.exchange("begin", self.begin, START)
        for source in self.history:
            self.exchange("run", {"source": source}, self.cell_seconds)

    def lend(self, value: Any) -> list[Any]:
        """A reference for the kernel: to its own object, or to one of our functions for this call alone."""
        if isinstance(value, Opaque):
            return ["kernel", value._reference]
        if not callable(value):
            raise Malformed(f"A check passes a {type(value).__name__} to a student's function, which cannot be sent.")
        self.lent.append(value)
        return ["checker", len(self.lent) - 1, getattr(value, "__name__", "function")]

    def find(self, reference: list[Any]) -> Any:
        owner, number, *rest = reference
        if type(number) is not int:
            raise Malformed("A reference has no number.")
        if owner == "checker" and 0 <= number < len(self.lent):
            return self.lent[number]
        type_name, is_callable = rest
        kind = OpaqueFunction if is_callable is True else Opaque
        return kind(self, number, str(type_name)[:60], self.generation)


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


def raised(error: Any) -> Exception:
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
