"""A time limit for code that may never end."""

import ctypes
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

Keeper = Callable[[float, Callable[[], Any]], Any]
"""Calls a function, and raises TimeoutError where it takes more than so many seconds."""


class Expired(BaseException):
    """Ends the call; no Exception, so that `except Exception` in a student's code does not hold it up."""


def call_within(seconds: float, function: Callable[[], Any]) -> Any:
    """Call the function; TimeoutError where it takes longer. `limit_keeper` says who keeps the limit."""
    return keeper(seconds, function)


@contextmanager
def limit_keeper(other: Keeper) -> Iterator[None]:
    """Let another keep the limits: who waits for a student's process has a better way than an interrupt."""
    global keeper
    before, keeper = keeper, other
    try:
        yield
    finally:
        keeper = before


class Call:
    """A running call, and the thread that it runs in."""

    def __init__(self, seconds: float):
        self.deadline = time.monotonic() + seconds
        self.thread, self.ending, self.running = threading.get_ident(), threading.Lock(), True

    def interrupt(self) -> None:
        with self.ending:
            if self.running:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread), ctypes.py_object(Expired))
                self.running = False

    def end(self) -> None:
        """No interrupt is sent any more."""
        with self.ending:
            self.running = False


class Watch:
    """One thread that interrupts the calls whose time is up; to start one for each call takes longer than the call.

    It sleeps until the first deadline that it knows of: most calls end long before theirs, and never wake it.
    """

    def __init__(self) -> None:
        self.calls: dict[int, Call] = {}
        self.awake, self.planned = threading.Event(), math.inf
        threading.Thread(target=self.run, daemon=True).start()

    def add(self, call: Call) -> None:
        self.calls[id(call)] = call
        if call.deadline < self.planned and not self.awake.is_set():
            self.awake.set()

    def remove(self, call: Call) -> None:
        self.calls.pop(id(call), None)

    def run(self) -> None:
        while True:
            self.awake.clear()
            now = time.monotonic()
            for call in list(self.calls.values()):
                if call.deadline <= now:
                    call.interrupt()
            self.planned = self.first_after(now)
            if self.first_after(now) >= self.planned:  # no call has come meanwhile
                self.awake.wait(None if self.planned == math.inf else self.planned - now)

    def first_after(self, now: float) -> float:
        return min((call.deadline for call in list(self.calls.values()) if call.deadline > now), default=math.inf)


@cache
def watch(process: int) -> Watch:
    """The process's watch: threads do not come along when it forks."""
    return Watch()


def interrupt_after(seconds: float, function: Callable[[], Any]) -> Any:
    """Call the function, interrupt it after `seconds` and raise TimeoutError; in every thread of every platform.

    (A figure's callbacks run in another thread than the cells: JupyterLab sends widget messages to a subshell.)
    It is no context manager: an interrupt sent in the last moment arrives a moment later, and must still be caught.
    """
    call, watcher = Call(seconds), watch(os.getpid())
    try:
        watcher.add(call)
        try:
            return function()
        finally:
            call.end()
            watcher.remove(call)
    except Expired:
        watcher.remove(call)
        raise TimeoutError(f"did not end within {seconds:g} seconds") from None


keeper: Keeper = interrupt_after
