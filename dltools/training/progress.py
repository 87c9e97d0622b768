"""A progress bar that leaves nothing behind: not in a terminal, not in a stored notebook."""

import math
import sys
import time
from collections.abc import Generator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

Item = TypeVar("Item")


def progress(items: Sequence[Item], description: str) -> Generator[Item, None, None]:
    """Yield the items; meanwhile show how far along it is, if somebody may be watching."""
    if in_notebook():
        yield from notebook_progress(items, description)
    else:
        from tqdm import tqdm  # here, because `import dltools` shall be quick

        yield from tqdm(items, desc=description, leave=False, disable=None)  # None: only in a terminal


def in_notebook() -> bool:
    """Return whether this runs in a notebook's kernel."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


class Line:
    """The one line of output that all the bars of a cell share, so that a loop of trainings leaves one line."""

    def __init__(self) -> None:
        from IPython.display import display

        self.handle: Any = display({"text/plain": ""}, raw=True, display_id=True)
        self.shown = -math.inf

    def show(self, text: str, every: float = 0.2) -> None:
        """Show the text, if that was not done a moment before; the first one is shown at once."""
        if time.monotonic() - self.shown > every:
            self.handle.update({"text/plain": text}, raw=True)
            self.shown = time.monotonic()


def notebook_progress(items: Sequence[Item], description: str) -> Generator[Item, None, None]:
    """Yield the items; show the bar in the cell's line, from 0 % on, and empty in the end.

    The bars of tqdm itself would leave a widget, or text on stderr, in the notebook.
    """
    from IPython import get_ipython
    from tqdm import tqdm

    line, start = line_of_cell(get_ipython().get_parent()["header"]["msg_id"]), time.monotonic()
    try:
        for done, item in enumerate(items):
            line.show(tqdm.format_meter(done, len(items), time.monotonic() - start, ncols=80, prefix=description))
            yield item
    finally:
        line.handle.update({"text/plain": ""}, raw=True)


@lru_cache(maxsize=1)
def line_of_cell(request: str) -> Line:
    """The line of the cell that this request runs."""
    return Line()
