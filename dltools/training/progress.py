"""A progress bar that leaves nothing behind: not in a terminal, not in a stored notebook."""

import sys
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

Item = TypeVar("Item")


def progress(items: Sequence[Item], description: str) -> Iterator[Item]:
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


def notebook_progress(items: Sequence[Item], description: str, every: float = 0.2) -> Iterator[Item]:
    """Yield the items; show the bar in the cell's line, renewed every 0.2 seconds, and empty in the end.

    The bars of tqdm itself would leave a widget, or text on stderr, in the notebook.
    """
    from IPython import get_ipython
    from tqdm import tqdm

    line = line_of_cell(get_ipython().get_parent()["header"]["msg_id"])
    start = shown = time.monotonic()
    try:
        for done, item in enumerate(items, start=1):
            yield item
            if time.monotonic() - shown > every:
                shown = time.monotonic()
                text = tqdm.format_meter(done, len(items), shown - start, ncols=80, prefix=description)
                line.update({"text/plain": text}, raw=True)
    finally:
        line.update({"text/plain": ""}, raw=True)


@lru_cache(maxsize=1)
def line_of_cell(request: str) -> Any:
    """Return the one line of output that all the bars of a cell share, so that a loop of trainings leaves one line."""
    from IPython.display import display

    return display({"text/plain": ""}, raw=True, display_id=True)
