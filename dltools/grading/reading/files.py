"""Reading what students hand in: any file that may be the notebook, whatever happened to it on its way."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from dltools.grading.model import Assignment, Notebook, Submission

LARGEST = 200_000_000
"""Bytes; a larger file is left to a person."""
CELL_TYPES = {"code": "code", "markdown": "markdown", "raw": "raw", "heading": "markdown", "html": "markdown"}


@dataclass
class Reading:
    """One file's cells, what was mended to get at them, and whether its end is missing."""

    cells: list[dict[str, Any]]
    repairs: list[str] = field(default_factory=list)
    cut: bool = False


def load(folder: Path, assignment: Assignment, seed: int) -> Submission:
    """Read a student's folder; links are not followed, and the submitted files stay as they are.

    Args:
        folder: submitted/STUDENT/ASSIGNMENT.
        assignment: whose notebook is looked for.
        seed: of the hidden cases.
    """
    files, notes = {}, []
    for path in candidates(folder, assignment.notebook + ".ipynb"):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            notes.append(f"{name} is a link to another file and was not read.")
        elif path.stat().st_size > LARGEST:
            notes.append(f"{name} has more than {LARGEST // 1_000_000} MB and was not read.")
        else:
            files[name] = path.read_bytes()
    return Submission(folder.parent.name, files, seed, tuple(notes))


def candidates(folder: Path, expected: str) -> list[Path]:
    """The file of the right name, else everything that may be a notebook, checkpoints only if there is nothing else."""
    if (folder / expected).is_file():
        return [folder / expected]
    found = [path for path in sorted(walk(folder)) if re.search(r"\.(ipynb|json)\b", path.name.lower())]
    own = [path for path in found if ".ipynb_checkpoints" not in path.parts]
    return own or found


def walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            yield from walk(path)
        elif path.is_file() or path.is_symlink():
            yield path


def read(content: bytes) -> Reading:
    """The cells in a file's bytes.

    Raises:
        ValueError: if there are none; the sentence says what the file is instead.
    """
    if not content.strip():
        raise ValueError("is empty")
    text, repairs = decode(content)
    try:
        document, cut = json.loads(text), False
    except (ValueError, RecursionError):
        document, cut = salvage(text), True
        repairs.append(f"the file is cut off: its first {len(document['cells'])} cells could be read")
    return Reading(as_cells(document, repairs), repairs, cut)


def decode(content: bytes) -> tuple[str, list[str]]:
    """Bytes to text by the byte-order mark, else as UTF-8, else as Windows writes it."""
    if content.startswith(codecs.BOM_UTF8):
        return content.decode("utf-8-sig", "replace"), ["read as UTF-8 with a byte-order mark"]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace"), ["read as UTF-16"]
    if b"\0" in content[:4]:
        return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", "replace"), ["read as UTF-16"]
    try:
        return content.decode(), []
    except UnicodeDecodeError as error:
        if error.end >= len(content) - 3:
            return content.decode(errors="ignore"), []
        return content.decode("cp1252", "replace"), ["read as Latin-1"]


def salvage(text: str) -> Notebook:
    """The complete cells of a notebook whose end is missing."""
    start = re.search(r'"cells"\s*:\s*\[', text)
    cells, at, decoder = [], start.end() if start else len(text), json.JSONDecoder()
    while more := re.compile(r"[\s,]*(?=\{)").match(text, at):
        try:
            cell, at = decoder.raw_decode(text, more.end())
        except (ValueError, RecursionError):
            break
        cells.append(cell)
    if not cells:
        raise ValueError("is not a notebook")
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def as_cells(document: Any, repairs: list[str]) -> list[dict[str, Any]]:
    """The document's cells in today's format, without outputs."""
    if not isinstance(document, dict) or not ("cells" in document or "worksheets" in document):
        raise ValueError("is not a notebook")
    version = document.get("nbformat", 4)
    if "worksheets" in document:
        repairs.append(f"converted from notebook format {version}")
        document = nbformat.convert(nbformat.from_dict({"metadata": {}, "nbformat_minor": 0, **document}), 4)
    elif version != 4:
        repairs.append(f"read as notebook format 4 instead of {version}")
    cells = [as_cell(cell) for cell in document["cells"] if isinstance(cell, dict)]
    if not cells:
        raise ValueError("is a notebook without cells")
    return cells


def as_cell(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell with the keys that matter: type, id, source, nbgrader's metadata."""
    source = cell.get("source", cell.get("input", ""))
    nbgrader = (cell.get("metadata") or {}).get("nbgrader")
    return {
        "cell_type": CELL_TYPES.get(cell.get("cell_type", ""), "raw"),
        "id": str(cell.get("id", "")),
        "source": "".join(map(str, source)) if isinstance(source, list) else str(source),
        "grade_id": str(nbgrader.get("grade_id", "")) if isinstance(nbgrader, dict) else "",
    }
