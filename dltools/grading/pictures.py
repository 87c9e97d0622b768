"""The instructor's own pictures, in a graded notebook: they lie beside the assignment, and feedback is one file."""

import re
from base64 import b64encode
from pathlib import PurePosixPath
from urllib.parse import unquote

from nbformat import NotebookNode

from dltools.grading.model import Assignment

KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}
LARGEST = 1_000_000
"""Bytes of a picture; a larger one would stand in every student's feedback."""
PLACE = re.compile(r"""(!\[[^\]\n]*\]\(\s*<?|\bsrc=["'])([^()\s<>"']+)""")
"""Where a text shows a picture, and the picture's path."""


def put_in(notebook: NotebookNode, assignment: Assignment) -> None:
    """Put the pictures that the instructor's texts link to into these texts; a student's text stays as it is."""
    texts = {cell["source"] for cell in assignment.cells}
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source in texts:
            cell.source = PLACE.sub(lambda found: found[1] + embedded(found[2], assignment), cell.source)


def embedded(path: str, assignment: Assignment) -> str:
    """The picture itself, as an address; the path as it is where the assignment has no such picture."""
    name = PurePosixPath(unquote(path)).as_posix()
    content, kind = assignment.files.get(name), KINDS.get(PurePosixPath(name).suffix.lower())
    if content is None or kind is None or len(content) > LARGEST:
        return path
    return f"data:{kind};base64,{b64encode(content).decode()}"
