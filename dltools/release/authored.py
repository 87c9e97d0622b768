"""Authored units: the py:percent file, its notebook with stable cell ids, and the notebook's execution."""

import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from dltools.release import outputs
from dltools.release.faults import Fault
from dltools.release.headers import expand, read_source
from dltools.release.references import resolve
from dltools.running.cells import grade_id
from dltools.running.ipc import use_ipc
from dltools.running.threads import ONE_THREAD

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def from_py(path: Path) -> NotebookNode:
    """Read a py:percent file as a notebook without outputs, with stable ids and only the metadata that matters.

    Args:
        path: of the authored file; the heads of its cells are described in `headers`.

    Raises:
        ValueError: if it is not UTF-8, or a cell's head or a reference to another unit cannot be meant.
    """
    text = read_source(path)
    try:
        notebook: NotebookNode = jupytext.reads(text, fmt="py:percent")
        notebook.nbformat, notebook.nbformat_minor = 4, 5
        expand(notebook.cells)
        resolve(notebook.cells, path.stem)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": {"name": "python"}})
    notebook.metadata["dltools"] = nbformat.from_dict({"digest": digest(notebook), "made": f"from {path.name}"})
    set_ids(notebook)
    return notebook


def set_ids(notebook: NotebookNode) -> None:
    """Name each cell by its grade_id, else by the sha1 of its source, so that unchanged cells keep their ids."""
    taken: set[str] = set()
    for cell in notebook.cells:
        name = grade_id(cell) or hashlib.sha1(cell.source.encode()).hexdigest()[:8]
        repeat = 1
        while (unique := name if repeat == 1 else f"{name}-{repeat}") in taken:
            repeat += 1
        taken.add(unique)
        cell.id = unique


def inputs(notebook: NotebookNode) -> list[tuple[str, str, str, dict[str, Any]]]:
    """All of a notebook but what execution adds."""
    return [(cell.id, cell.cell_type, cell.source, dict(cell.metadata)) for cell in notebook.cells]


ENDED_BY_SIGNAL = "_async_cleanup_kernel_future"
"""What an nbclient has once it ends its kernel because of Ctrl-C or a polite end of the process."""


class Client(NotebookClient):
    """nbclient's, but a kernel that it has ended is dead to it; it would fail an assertion of its own."""

    async def _async_check_alive(self) -> None:
        if self.kc is None:
            raise DeadKernelError("The kernel was ended.")
        await super()._async_check_alive()


def execute(
    notebook: NotebookNode, folder: Path, seconds: int = 900, extension: str = "dltools.release.pictures"
) -> NotebookNode:
    """A copy of the notebook, run from top to bottom in `folder` by this Python, with outputs that repeat exactly.

    Args:
        notebook: is not changed.
        folder: where it runs.
        seconds: for one cell.
        extension: of IPython, which sees the figures.

    Raises:
        nbclient.exceptions.CellExecutionError: if a cell fails.
        Fault: if a cell ends the kernel, or does not end itself.
    """
    executed: NotebookNode = nbformat.from_dict(notebook)
    begun: list[NotebookNode] = []
    client = Client(
        executed,
        timeout=seconds,
        kernel_name="python3",
        store_widget_state=False,
        record_timing=False,
        on_cell_execute=lambda cell, cell_index: begun.append(cell),
        extra_arguments=[f"--IPKernelApp.extra_extensions={extension}"],
        resources={"metadata": {"path": str(folder)}},
    )
    with tempfile.TemporaryDirectory(prefix="dltools-") as sockets:
        use_ipc(client, sockets)
        try:
            client.execute(env={**os.environ, **ONE_THREAD}, stderr=subprocess.DEVNULL)  # of a kernel that is ended
        except (AssertionError, DeadKernelError):
            if hasattr(client, ENDED_BY_SIGNAL):
                raise KeyboardInterrupt from None
            raise Fault(
                f"The cell {outputs.named(begun[-1])} ended its kernel: it exits, or needs more memory."
            ) from None
        except CellTimeoutError:
            raise Fault(f"The cell {outputs.named(begun[-1])} was not done after {seconds} seconds.") from None
    executed.metadata = notebook.metadata  # without the kernel's version
    outputs.settle(executed)
    return executed


def write(notebook: NotebookNode, path: Path) -> None:
    """Write the notebook as UTF-8 with one newline at the end, on every platform."""
    nbformat.validate(notebook)
    path.write_bytes(nbformat.writes(notebook).rstrip("\n").encode() + b"\n")


def read(path: Path) -> NotebookNode:
    """Read a notebook of the current format."""
    notebook: NotebookNode = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    return notebook


def text_of(notebook: NotebookNode) -> list[tuple[str, str]]:
    """What an author writes: each cell's type and text."""
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def digest(notebook: NotebookNode) -> str:
    """A number that changes when a cell's text does."""
    return hashlib.sha256(json.dumps(text_of(notebook)).encode()).hexdigest()


def is_edited(pair: NotebookNode) -> bool:
    """Whether somebody changed the text of an executed notebook that the release had made.

    It has the digest of its text in its metadata; one of an older release is known by ids that fit the text.
    """
    recorded = pair.metadata.get("dltools", {}).get("digest")
    if recorded:
        return bool(recorded != digest(pair))
    named = nbformat.from_dict(pair)
    set_ids(named)
    return [cell.id for cell in named.cells] != [cell.get("id") for cell in pair.cells]
