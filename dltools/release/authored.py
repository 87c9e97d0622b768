"""Authored units: the py:percent file, its notebook with stable cell ids, and the notebook's execution."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from dltools.release.headers import expand
from dltools.running.cells import grade_id
from dltools.running.ipc import use_ipc
from dltools.running.threads import ONE_THREAD

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
VOLATILE = ("application/vnd.jupyter.widget-view+json",)
"""Kinds of output that differ in every run: a figure keeps its picture and its text."""


def from_py(path: Path) -> NotebookNode:
    """Read a py:percent file as a notebook without outputs, with stable ids and only the metadata that matters.

    Args:
        path: of the authored file; the heads of its cells are described in `headers`.

    Raises:
        ValueError: if a cell's head cannot be meant.
    """
    notebook: NotebookNode = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": {"name": "python"}})
    try:
        expand(notebook.cells)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None
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


def execute(notebook: NotebookNode, folder: Path, seconds: int = 900) -> NotebookNode:
    """A copy of the notebook, run from top to bottom in `folder` by this Python, with outputs that repeat exactly.

    Args:
        notebook: is not changed.
        folder: where it runs.
        seconds: for one cell.

    Raises:
        nbclient.exceptions.CellExecutionError: if a cell fails.
    """
    executed = nbformat.from_dict(notebook)
    client = NotebookClient(
        executed,
        timeout=seconds,
        kernel_name="python3",
        store_widget_state=False,
        coalesce_streams=True,  # else prints may fall into several outputs, other ones in every run
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    with tempfile.TemporaryDirectory(prefix="dltools-") as sockets:
        use_ipc(client, sockets)
        client.execute(env={**os.environ, **ONE_THREAD})
    return without_volatile(executed, notebook)


def without_volatile(executed: NotebookNode, notebook: NotebookNode) -> NotebookNode:
    """Drop what another run would write otherwise: random model ids, the kernel's version."""
    executed.metadata = notebook.metadata
    for cell in executed.cells:
        for output in cell.get("outputs", []):
            for kind in VOLATILE:
                output.get("data", {}).pop(kind, None)
    return executed


def write(notebook: NotebookNode, path: Path) -> None:
    """Write the notebook as UTF-8 with one newline at the end, on every platform."""
    nbformat.validate(notebook)
    path.write_bytes(nbformat.writes(notebook).rstrip("\n").encode() + b"\n")


def read(path: Path) -> NotebookNode:
    """Read a notebook of the current format."""
    notebook: NotebookNode = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    return notebook


def says_the_same(executed: NotebookNode, path: Path) -> bool:
    """Whether the notebook stored at `path` has the same inputs and the same outputs, pictures left aside.

    Pictures are drawn a little differently on other machines; nbval does not compare them either.
    """
    return path.is_file() and said(read(path)) == said(executed)


def said(notebook: NotebookNode) -> list[tuple[Any, ...]]:
    """All of a notebook but its pictures."""
    outputs = [[without_pictures(output) for output in cell.get("outputs", [])] for cell in notebook.cells]
    return list(zip(inputs(notebook), outputs))


def without_pictures(output: NotebookNode) -> dict[str, Any]:
    data = {kind: content for kind, content in output.get("data", {}).items() if not kind.startswith("image/")}
    return {**output, "data": data}
