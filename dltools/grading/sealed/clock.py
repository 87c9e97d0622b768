"""The clocks of the exchange: a limit in seconds of the processor, which sleeping cannot stretch for ever.

A clock interrupts nobody. Who waits for a kernel's reply asks it how long to wait, and what to do after that.
"""

import time
from collections.abc import Callable
from contextlib import suppress

WALL = 3.0
"""A clock ends after so many times its limit by the clock on the wall: no sooner, for machines are shared."""
FREE = 0.2
"""Seconds before the processor's time is looked up: most calls end before, and a look costs a millisecond."""


class Clock:
    """The time of one call, cell or notebook.

    Args:
        seconds: of the processor.
        used: tells the seconds of the processor that the kernel has used so far.
    """

    def __init__(self, seconds: float, used: Callable[[], float]):
        self.seconds = seconds
        self.used = used
        self.start: float | None = None
        now = time.monotonic()
        self.end = now + WALL * seconds
        self.next_look = now + min(FREE, seconds)

    def left(self) -> float:
        """Seconds to wait before this is asked again; none are left when it is 0 or less."""
        now = time.monotonic()
        if now >= self.next_look:
            used = self.used()
            self.start = used if self.start is None else self.start
            rest = self.seconds - (used - self.start)
            self.next_look = now + (max(rest, 0.01) if rest > 0 else 0)  # sooner it cannot have used the rest
        return min(self.next_look, self.end) - now


def processor_seconds(process: int) -> float:
    """Seconds of the processor that a process and those it started have used; 0 when it is gone."""
    import psutil  # not at the top: the students' kernels are forked from a process that imports this file

    seconds = 0.0
    with suppress(psutil.Error):
        first = psutil.Process(process)
        for member in [first, *first.children(recursive=True)]:
            with suppress(psutil.Error):
                seconds += sum(member.cpu_times()[:4])  # its own and its ended children's, user and system
    return seconds
