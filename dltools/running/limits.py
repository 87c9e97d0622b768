"""A time limit for code that may never end."""

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


def interrupt_after(seconds: float, function: Callable[[], Any]) -> Any:
    """Call the function, interrupt it after `seconds` and raise TimeoutError; in every thread of every platform.

    (A figure's callbacks run in another thread than the cells: JupyterLab sends widget messages to a subshell.)
    It is no context manager: an interrupt sent in the last moment arrives a moment later, and must still be caught.
    """
    thread, ending, running = threading.get_ident(), threading.Lock(), True

    def interrupt() -> None:
        with ending:
            if running:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Expired))

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    try:
        timer.start()
        try:
            return function()
        finally:
            with ending:
                running = False
            timer.cancel()
    except Expired:
        raise TimeoutError(f"did not end within {seconds:g} seconds") from None


keeper: Keeper = interrupt_after
