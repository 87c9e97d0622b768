"""The clocks of the exchange: a limit in seconds of the processor, which sleeping cannot stretch for ever.

A clock interrupts nobody. Who waits for a kernel's reply asks it how long to wait, and what to do after that.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

WALL = 3.0
"""A clock ends after so many times its limit by the clock on the wall: no sooner, for machines are shared."""
FREE = 0.2
"""Seconds before the processor's time is looked up: most calls end before, and a look costs a millisecond."""

SAYS_CHILDREN = Path(f"/proc/self/task/{threading.get_native_id()}/children").exists()
"""Whether the system says which processes came from which; psutil looks through all of the machine's."""


class Used(NamedTuple):
    """Seconds that a kernel has had the processor, and those that it was ready to run and waited for one."""

    processor: float = 0.0
    waiting: float = 0.0

    def plus(self, other: "Used") -> "Used":
        return Used(self.processor + other.processor, self.waiting + other.waiting)


class Clock:
    """The time of one call, cell or notebook.

    Args:
        seconds: of the processor. The clock on the wall, three times as many, is for who sleeps: it stands still
            while the kernel waits for a processor that others have, so that a busy machine costs nobody a point.
        used: tells what the kernel has used so far.
    """

    def __init__(self, seconds: float, used: Callable[[], Used]):
        self.seconds = seconds
        self.used = used
        self.start: Used | None = None
        now = time.monotonic()
        self.end = now + WALL * seconds
        self.next_look = now + min(FREE, seconds)

    def left(self) -> float:
        """Seconds to wait before this is asked again; none are left when it is 0 or less."""
        now = time.monotonic()
        if now >= self.next_look:
            used = self.used()
            self.start = self.start or used
            waited = max(0.0, used.waiting - self.start.waiting)  # what has ended is no longer counted
            rest = min(self.seconds - (used.processor - self.start.processor), self.end + waited - now)
            self.next_look = now + (max(rest, 0.01) if rest > 0 else 0)  # sooner it cannot have used the rest
        return self.next_look - now


def used_by(process: int) -> Used:
    """What a process and those it started have used; nothing when it is gone."""
    import psutil  # not at the top: the students' kernels are forked from a process that imports this file

    used = Used()
    for member in family(process):
        with suppress(psutil.Error):
            seconds = sum(psutil.Process(member).cpu_times()[:4])  # its own and its ended children's, user and system
            used = used.plus(Used(seconds, waiting(member)))
    return used


def family(process: int) -> list[int]:
    """A process and all that came from it."""
    import psutil

    if not SAYS_CHILDREN:
        with suppress(psutil.Error):
            return [process, *(child.pid for child in psutil.Process(process).children(recursive=True))]
    found = [process]
    for member in found:  # which grows
        for path in Path(f"/proc/{member}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, path.read_text(encoding="ascii").split())
    return found


def waiting(process: int) -> float:
    """Seconds that its threads were ready to run and had no processor; 0 where the system does not say."""
    nanoseconds = 0
    for path in Path(f"/proc/{process}/task").glob("*/schedstat"):
        with suppress(OSError, ValueError, IndexError):
            nanoseconds += int(path.read_text(encoding="ascii").split()[1])
    return nanoseconds / 1e9
