"""`dltools submit`: look a unit's notebook over and pack it for handing in."""

import argparse
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

from dltools.running.cells import grade_id, is_graded, source

LARGEST = 20_000_000
"""Bytes that most learning platforms take."""
UNANSWERED = "raise NotImplementedError()"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("unit", help="such as 04-convolution")
    parser.add_argument("--student", help="your id, if the course asks for it in the file's name")
    parser.add_argument("--work", type=Path, default=Path("work"), help="your working copy (default: %(default)s)")
    parser.add_argument("--to", type=Path, default=Path("."), metavar="FOLDER", help="where the zip goes")


def run(args: argparse.Namespace) -> int:
    """Check and pack; returns 0 when packed, 1 when there is nothing that could be graded."""
    try:
        path = args.work / args.unit / f"{args.unit}.ipynb"
        notebook = read(path)
        for remark in remarks(notebook):
            print(f"Note: {remark}")
        packed = pack(notebook, args.unit, args.student, args.to)
    except ValueError as error:
        print(f"dltools submit: {error}", file=sys.stderr)
        return 1
    print(f"Packed: {packed}. Hand in this file.")
    return 0


def read(path: Path) -> dict[str, Any]:
    """The notebook.

    Raises:
        ValueError: if it is not there or not a notebook.
    """
    if not path.is_file():
        raise ValueError(
            f"There is no {path}; start `python3 run.py lab` in the course's folder, and save the notebook."
        )
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        return notebook if notebook["cells"] else {}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a notebook any more ({error}); save it again in JupyterLab.") from error


def remarks(notebook: dict[str, Any]) -> list[str]:
    """What a student may want to know before handing in; nothing here stops them."""
    cells = {grade_id(cell): source(cell) for cell in notebook["cells"] if grade_id(cell)}
    open_ones = [name for name, text in cells.items() if UNANSWERED in text]
    graded = [grade_id(cell) for cell in notebook["cells"] if is_graded(cell)]
    twice = sorted({name for name in graded if graded.count(name) > 1})
    told = [f"{name} is not answered yet." for name in open_ones]
    told += [f"the cell {name} is there twice; that does no harm." for name in twice]
    return told if graded else ["the notebook has no graded cell; is it the right one?"]


def pack(notebook: dict[str, Any], unit: str, student: str | None, folder: Path) -> Path:
    """Write UNIT.zip, or UNIT_STUDENT.zip, with the notebook in it; a very large one without its outputs.

    Raises:
        ValueError: if the student's id cannot be part of a file's name.
    """
    if student and not re.fullmatch(r"[\w.@-]+", student):
        raise ValueError(f"{student!r} cannot be part of a file's name; use letters, digits, '-', '.', '_' and '@'.")
    content = json.dumps(notebook, indent=1, ensure_ascii=False)
    if len(content) > LARGEST:
        print("Note: the outputs are left out, because the file would be too large; the grader makes its own.")
        content = json.dumps(without_outputs(notebook), indent=1, ensure_ascii=False)
    target = folder / (f"{unit}_{student}.zip" if student else f"{unit}.zip")
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{unit}.ipynb", content)
    return target


def without_outputs(notebook: dict[str, Any]) -> dict[str, Any]:
    cells = [cell | {"outputs": []} if cell.get("cell_type") == "code" else cell for cell in notebook["cells"]]
    return notebook | {"cells": cells}
