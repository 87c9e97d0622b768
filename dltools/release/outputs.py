"""The outputs of an executed unit: made such that they repeat, refused where they do not."""

from collections.abc import Iterator
from typing import Any

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from dltools.release.faults import Fault
from dltools.release.pictures import KIND
from dltools.running.cells import grade_id

VOLATILE = ("application/vnd.jupyter.widget-view+json",)
"""Kinds of output that differ in every run: a figure keeps its picture and its text."""


def settle(executed: NotebookNode) -> None:
    """Drop in place what another run would write otherwise: random model ids, how prints fell into pieces."""
    for cell in executed.cells:
        if cell.cell_type == "code":
            cell.outputs = list(joined(cell.outputs))
        for output in cell.get("outputs", []):
            for kind in VOLATILE:
                output.get("data", {}).pop(kind, None)


def joined(outputs: list[NotebookNode]) -> Iterator[NotebookNode]:
    """The outputs with neighbouring pieces of one stream put together, as a terminal would show their lines.

    (nbclient's own `coalesce_streams` takes a time that grows with the square of a line's length.)
    """
    pending: NotebookNode | None = None
    for output in outputs:
        if pending and output.output_type == "stream" and output.name == pending.name:
            pending.text += output.text
            continue
        if pending:
            yield overwritten(pending)
        pending = output if output.output_type == "stream" else None
        if pending is None:
            yield output
    if pending:
        yield overwritten(pending)


def overwritten(stream: NotebookNode) -> NotebookNode:
    """The stream with what a carriage return goes back over taken out of its lines."""
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in stream.text.split("\n"))
    stream.text = "\n".join(lines)
    return stream


def refuse_stderr(executed: NotebookNode) -> None:
    """Refuse a unit that warns: students would read it too, with the number of a process in it.

    Raises:
        Fault: with the first line.
    """
    for cell in executed.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                line = shorten(output.text.strip().split("\n")[0])
                raise Fault(f"The cell {named(cell)} writes to stderr, {line!r}: mend what it warns of.")


def refuse_errors(executed: NotebookNode) -> None:
    """Refuse a unit with an error in it: where something is not written, the cells below are run all the same.

    Raises:
        Fault: with the first one.
    """
    for cell in executed.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                said = (output.traceback or [output.evalue])[-1]
                raise Fault(f"The cell {named(cell)} ends in an error: {strip_ansi(said)}")


def refuse_random(executed: NotebookNode, again: NotebookNode) -> None:
    """Refuse a unit whose outputs differ from one run to the next, pictures left aside.

    Raises:
        Fault: with the first cell that does.
    """
    for cell, other in zip(executed.cells, again.cells):
        if (one := stable_outputs(cell)) != (two := stable_outputs(other)):
            raise Fault(
                f"The cell {named(cell)} says something else in every run, {difference(one, two)}: seed what is random,"
                " print no times and no addresses."
            )


def named(cell: NotebookNode) -> str:
    """The cell by its name, or by its first line."""
    first = cell.source.split("\n")[0]
    return grade_id(cell) or f"`{shorten(first)}`"


def stable_outputs(cell: NotebookNode) -> list[dict[str, Any]]:
    """The cell's outputs but their pictures: these are drawn a little differently on other machines."""
    return [without_pictures(output) for output in cell.get("outputs", [])]


def without_pictures(output: NotebookNode) -> dict[str, Any]:
    data = {kind: content for kind, content in output.get("data", {}).items() if not kind.startswith("image/")}
    metadata = {kind: said for kind, said in output.get("metadata", {}).items() if kind != KIND}
    return {**output, "data": data, "metadata": metadata}


def difference(one: list[dict[str, Any]], two: list[dict[str, Any]]) -> str:
    """The first line that differs between two cells' outputs."""
    pairs = zip(lines_of(one), lines_of(two))
    first, second = next(((a, b) for a, b in pairs if a != b), ("more", "less"))
    return f"{shorten(first)!r} and {shorten(second)!r}"


def lines_of(outputs: list[dict[str, Any]]) -> list[str]:
    texts = [output.get("text") or output["data"].get("text/plain", "") for output in outputs]
    return "\n".join(texts).split("\n")


def shorten(line: str) -> str:
    return line if len(line) <= 80 else f"{line[:77]}..."
