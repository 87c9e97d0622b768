"""An extension of the lab's kernels: until the first cell has run, a missing name is told where it comes from.

Whoever comes back to a notebook, or restarts its kernel, likes to run the cell in view. `dltools.checks`, which
explains more, is only imported by the first cell.
"""

from types import TracebackType
from typing import Any

EXPLAINED = (NameError,)
"""The exceptions that this explains, and that `dltools.checks` takes over."""
SAID = (
    "Has this notebook's first cell, with its imports, run since the kernel started? Run it, and then the cells down to"
    " this one: menu Run, Run All Above Selected Cell."
)


def load_ipython_extension(shell: Any) -> None:
    """IPython calls this when a kernel starts."""
    shell.set_custom_exc(EXPLAINED, explain)


def explain(shell: Any, kind: type, error: BaseException, trace: TracebackType, tb_offset: int | None = None) -> None:
    """Show the error, and what helps."""
    error.add_note(SAID)
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
