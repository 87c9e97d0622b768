"""The pictures in a released notebook: every figure as it stands before the prediction, with what it asks.

`asking` draws them while the solutions are executed, in a kernel that has this file as an extension of IPython. No
other output is let through.
"""

import base64
from collections.abc import Callable
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

KIND = "image/vnd.dltools.question+png"
"""The kind of output that carries such a picture from the kernel to the release; no notebook is stored with it."""


def load_ipython_extension(shell: Any) -> None:
    """Let every figure of this kernel give the picture for students beside what it gives anyway."""
    for_figures(shell, draw)


def for_figures(shell: Any, draw: Callable[[Any], Any]) -> None:
    """Let `draw` make what a kernel shows of a figure.

    The figure's class is named, not imported: a unit without figures need not wait for them.
    """
    shell.display_formatter.mimebundle_formatter.for_type_by_name("dltools.figures.base.widget", "Lab", draw)


def draw(lab: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figure's own outputs, and its picture before the prediction."""
    from dltools.release.asking import with_question

    return with_question(lab)


def shown(cell: NotebookNode) -> list[NotebookNode]:
    """The pictures for students among the outputs of an executed cell, as outputs of the released one."""
    return [
        new_output(
            "display_data",
            {"image/png": output.data[KIND], "text/plain": output.metadata[KIND]["alt"]},
            metadata={"image/png": output.metadata[KIND]},
        )
        for output in cell.get("outputs", [])
        if KIND in output.get("data", {})
    ]


def drop(executed: NotebookNode) -> None:
    """Take the pictures for students out of an executed notebook, in place: it has its own, with the answers."""
    for cell in executed.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(KIND, None)
            output.get("metadata", {}).pop(KIND, None)


def texts(cell: NotebookNode) -> list[str]:
    """What the outputs of a released cell say in words."""
    return [output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", [])]


def why_refused(output: NotebookNode) -> str:
    """What is wrong with an output of a released cell; empty if it is such a picture and nothing else."""
    data, metadata = output.get("data", {}), output.get("metadata", {})
    if output.output_type != "display_data" or set(data) != {"image/png", "text/plain"}:
        return "has an output that is no picture of a figure"
    if set(metadata) != {"image/png"} or set(metadata["image/png"]) != {"alt", "width", "height"}:
        return "has a picture with other metadata than its alternative text and its size"
    if metadata["image/png"]["alt"] != data["text/plain"]:
        return "has a picture whose alternative text is not its text"
    return "" if is_plain_png(base64.b64decode(data["image/png"])) else "has a picture with more in it than the picture"


CHUNKS = (b"IHDR", b"PLTE", b"IDAT", b"IEND")


def is_plain_png(png: bytes) -> bool:
    """Whether a PNG has nothing but its pixels and their colors: no text, and nothing behind its end."""
    at, found = 8, [b""]
    while found[-1] != b"IEND" and at < len(png):
        found.append(png[at + 4 : at + 8])
        at += 12 + int.from_bytes(png[at : at + 4], "big")
    return png[:8] == b"\x89PNG\r\n\x1a\n" and at == len(png) and set(found[1:]) <= set(CHUNKS) and found[-1] == b"IEND"
