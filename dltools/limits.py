"""A time limit for code that may never end."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Expired(BaseException):
    """Ends the block; no Exception, so that `except Exception` in a student's code does not hold it up."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupt the block after `seconds` and raise TimeoutError; works in every thread of every platform.

    (A figure's callbacks run in another thread than the cells: JupyterLab sends widget messages to a subshell.)
    """
    thread, ending, running = threading.get_ident(), threading.Lock(), True

    def interrupt() -> None:
        with ending:
            if running:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Expired))

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Expired:
        raise TimeoutError(f"did not end within {seconds:g} seconds") from None
    finally:
        with ending:
            running = False
        timer.cancel()
