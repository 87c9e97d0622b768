"""The checker's end of a student's kernel: requests with time limits, and a new kernel where one is gone.

The threat: the kernel answers late, never, with nonsense, or dies. Each request has its clocks (clock.py), which the
wait for the reply looks at; who is late is interrupted, who ignores that is killed; nonsense closes the channel and
ends the kernel. A kernel that is gone is replaced, and the cells that went well before are run again in the new one, so
that only the cell concerned loses. A kernel that was killed from outside, or that never began, is an accident: it is
remembered, and there is no verdict.

What it cannot stop: a function that computes its results with the help of the cells before it; that is what kernels do.
"""

import signal
import sys
from collections.abc import Callable
from typing import Any, Protocol

from dltools.grading.model import Accident, Limits
from dltools.grading.sealed.clock import Clock, Used
from dltools.grading.sealed.lent import (
    KernelDied,
    Lent,
    Opaque,
    StudentFunction,
    report_faults,
    student_exception,
    take_over,
)
from dltools.grading.sealed.wire.channel import Channel, Closed, Malformed

PATIENCE = 2.0
"""Seconds that a kernel has to answer an interrupt before it is killed."""
START = 60.0
"""Seconds that a kernel has to be ready; a forked one takes milliseconds."""
SUSPICIOUS = 2
"""Kernels that ended themselves, after which cells that left something running are not run again."""
MAX_KERNELS = 8
"""Kernels for one notebook: a notebook that kills more of them is not worth the time."""
FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP if hasattr(signal, "SIGHUP") else None)
"""Exit codes of a kernel that did not end itself: the jail lets it send no such signal."""


class Process(Protocol):
    """A running kernel, as the zygote hands it out."""

    channel: Channel

    def interrupt(self) -> None: ...

    def kill(self) -> None: ...

    def exit_code(self) -> int | None:
        """How it ended, by itself; None if it does not end."""

    def used(self) -> Used: ...


class Student:
    """One student's notebook in its kernel; makes the kernel when it is first needed and whenever it is gone.

    Args:
        start: makes a kernel.
        begin: what a new kernel is told first.
        limits: of the notebook and of each cell.
    """

    def __init__(self, start: Callable[[Lent], Process], begin: dict[str, Any], limits: Limits):
        self.start = start
        self.begin = begin
        self.limits = limits
        self.lent = Lent(self)
        self.process: Process | None = None
        self.used_before = Used()
        self.notebook = Clock(limits.notebook_seconds, self.used)
        self.cell = Clock(limits.cell_seconds, self.used)
        self.calls: list[Clock] = []
        self.generation = 0
        self.sequence = 0
        self.history: list[tuple[str, bool]] = []
        self.deaths = 0
        self.lost: str | None = None
        self.accident: str | None = None

    def used(self) -> Used:
        """By all kernels of this notebook."""
        return self.used_before.plus(self.process.used() if self.process else Used())

    def next_cell(self) -> None:
        """A new cell begins: it has its own time, and a kernel that died in the last one may be replaced."""
        self.lost = None
        self.cell = Clock(self.limits.cell_seconds, self.used)

    def call_within(self, seconds: float, function: Callable[[], Any]) -> Any:
        """Call our function; the student's functions that it calls have so many seconds together."""
        self.calls.append(Clock(seconds, self.used))
        try:
            return function()
        finally:
            self.calls.pop()

    def run(self, source: str) -> dict[str, Any]:
        """Run a cell; it is run again in later kernels if this one survives it."""
        reply = self.ask("run", {"source": source})
        self.history.append((source, reply.get("leaves") is True))
        return reply

    def values(self, names: list[str]) -> dict[str, Any]:
        """What the notebook has under these names: plain data as copies, everything else as a stand-in."""
        found = self.ask("values", {"names": names}).get("value")
        return {name: self.named(name, found[name]) for name in names if name in found} if type(found) is dict else {}

    def named(self, name: str, value: Any) -> Any:
        return StudentFunction(self, name, value.type_name) if isinstance(value, Opaque) else value

    def call(self, function: "str | Opaque", args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a student's function; what it changes in its arguments is changed in ours, what it raises is raised."""
        outer = len(self.lent.functions)
        try:
            reply = self.ask("call", {"function": function, "args": args, "kwargs": kwargs})
        finally:
            del self.lent.functions[outer:]
        if type(printed := reply.get("printed")) is str:
            sys.stdout.write(printed)
        report_faults(reply.get("faults"))
        if type(changed := reply.get("changed")) is list and len(changed) == 2:
            take_over(list(args), list(changed[0]))
            take_over(kwargs, changed[1])
        if "error" in reply:
            raise student_exception(reply["error"])
        return reply.get("value")

    def ask(self, what: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """One request and its reply, a dictionary; TimeoutError if it is late, KernelDied if the kernel is gone."""
        if self.notebook.left() <= 0:
            raise TimeoutError("was not tried, because the notebook's time is used up")
        if self.cell.left() <= 0:
            raise TimeoutError("was not tried, because the cell's time is used up")
        if self.lost:
            raise KernelDied(self.lost)
        if self.process is None:
            self.revive()
        return self.exchange(what, arguments, [self.notebook, self.cell, *self.calls])

    def exchange(self, what: str, arguments: dict[str, Any], clocks: list[Clock]) -> dict[str, Any]:
        assert self.process
        self.sequence += 1
        number, left = self.sequence, min(clock.left() for clock in clocks)
        try:
            request = {"sequence": number, "do": what, "with": arguments}
            self.process.channel.send(request, max(left, PATIENCE))
            return self.reply(number, clocks)
        except Closed:
            self.lose(self.process)
        except Malformed as error:
            self.bury(str(error))
        except TimeoutError:
            self.interrupt(number)
            used_up = min(clocks, key=Clock.left)
            raise TimeoutError(f"did not end within {used_up.seconds:g} seconds") from None
        raise KernelDied(self.lost)

    def reply(self, number: int, clocks: list[Clock]) -> dict[str, Any]:
        """Wait for the reply to a request, serving the functions that were lent with it."""
        assert self.process
        channel = self.process.channel
        while (left := min(clock.left() for clock in clocks)) > 0:
            try:
                message = channel.receive(left)
            except TimeoutError:  # of the wait; the clocks say whether there is more time
                continue
            if type(message) is not dict:
                raise Malformed("The reply is no dictionary.")
            if "callback" in message:
                channel.send(self.lent.serve(message), max(left, PATIENCE))
            elif message.get("sequence") == number:
                return message
        raise TimeoutError

    def interrupt(self, number: int) -> None:
        """Stop what the kernel is doing for a request; one that does not react is killed."""
        if self.process is None:
            return
        try:
            self.lent.functions.clear()
            self.process.interrupt()
            self.reply(number, [Clock(PATIENCE, self.used)])
        except Accident as error:
            self.accident = str(error)
        except (TimeoutError, Closed, Malformed):
            self.bury("it did not react to the time limit and was ended")

    def lose(self, process: Process) -> None:
        """The kernel hung up: by its own doing, or by an accident."""
        try:
            if (code := process.exit_code()) in FROM_OUTSIDE:
                name = signal.Signals(-code).name if code else ""
                reason = "is the memory used up, or what ulimit allows?"
                self.accident = f"a student's kernel was ended from outside by {name}; {reason}"
        except Accident as error:
            self.accident = str(error)
        self.deaths += 1
        self.bury("it ended the Python process, or closed what connects it with the grader")

    def bury(self, reason: str) -> None:
        """End the kernel, whose time counts; `reason` is what whoever asks it next is told."""
        self.used_before = self.used()
        self.end()
        self.lost = reason

    def end(self) -> None:
        """End the kernel, if there is one."""
        if self.process is not None:
            try:
                self.process.kill()
            except Accident as error:
                self.accident = str(error)
        self.process = None

    def revive(self) -> None:
        """A new kernel that has run the good cells so far; one that ends it, or does not end, is left out for good.

        From the second death on so are cells that left something behind which acts later, such as a timer: it may be
        what ends each kernel, while cells that have done nothing are run in it.
        """
        while self.generation < MAX_KERNELS:
            if self.deaths >= SUSPICIOUS:
                self.history = [(source, leaves) for source, leaves in self.history if not leaves]
            self.generation += 1
            self.greet()
            guilty = self.replay()
            if guilty is None:
                self.lost, self.cell = None, Clock(self.limits.cell_seconds, self.used)
                return
            del self.history[guilty]
            self.bury("it was ended by a cell that had gone well before")
        self.lost = "too many kernels were ended by this notebook"
        raise KernelDied(self.lost)

    def greet(self) -> None:
        """Make a kernel and tell it what it begins with. No student code has run in it: what fails is an accident."""
        self.sequence += 1
        request = {"sequence": self.sequence, "do": "begin", "with": self.begin}
        try:
            self.process = self.start(self.lent)
            self.process.channel.send(request, START)
            answer = self.process.channel.receive(START)
            reason = answer.get("failed") or answer.get("error") if type(answer) is dict else answer
        except (Accident, Closed, Malformed, TimeoutError) as error:
            reason = str(error) or "it does not answer"
        if reason:
            self.accident = f"a student's kernel could not be started: {reason}"
            self.bury(self.accident)
            raise KernelDied(self.accident)

    def replay(self) -> int | None:
        """Run the good cells again; the number of the one that ends this kernel or runs out of time."""
        for at, (source, _) in enumerate(self.history):
            clock = Clock(self.limits.cell_seconds, self.used)
            try:
                self.exchange("run", {"source": source}, [self.notebook, clock])
            except (KernelDied, TimeoutError):
                if self.accident or self.notebook.left() <= 0:
                    raise
                return at
        return None
