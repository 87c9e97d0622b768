"""Imports without the garbage collector, which goes through all modules again and again and finds nothing to free."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """What is made meanwhile stays: the collector never goes through it, which would also copy what forks share."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()
