"""`dltools submit`: look a unit's notebook over and pack it for handing in."""

import argparse
import json
import re
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dltools.course import read_course, time_left
from dltools.student.remarks import count_written, remarks

LARGEST = 20_000_000
"""Bytes that most learning platforms take."""
NEWER = re.compile(r"-release-\d+$")
"""The end of the folder of a newer release, which `lab` puts beside a unit that was worked on."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("unit", help="such as 04-convolution, or 04; or a folder, such as 04-convolution-release-2")
    parser.add_argument("--student", help="your id, if the course asks for it in the file's name")
    parser.add_argument("--work", type=Path, default=Path("work"), help="your working copy (default: %(default)s)")
    parser.add_argument("--to", type=Path, default=Path("."), metavar="FOLDER", help="where the zip goes")


def run(args: argparse.Namespace) -> int:
    """Check and pack; returns 0 when packed, 1 when there is nothing that could be graded."""
    try:
        path = choose(find(args.work, args.unit))
        notebook = read(path)
        print(f"{path.resolve()}, saved on {saved(path)}")
        for remark in remarks(notebook, given_out(args.work, path.stem)):
            print(f"Note: {remark}")
        if due := deadline(args.work, path.stem, datetime.now(UTC)):
            print(due)
        packed = pack(notebook, path.stem, args.student, args.to)
    except (ValueError, OSError) as error:
        print(f"dltools submit: {error}", file=sys.stderr)
        return 1
    print(f"Packed: {packed.resolve()}. Hand in this file.")
    return 0


def find(work: Path, word: str) -> list[Path]:
    """The notebooks that `word` may mean: the unit's, and those of its newer releases.

    Args:
        work: the working copy.
        word: a unit's name, the start of it, or the name of a folder.

    Raises:
        ValueError: if it means no unit, or more than one.
    """
    word = word.strip().zfill(2) if word.strip().isdigit() else word.strip()  # 4 means 04
    folders = sorted(path.name for path in work.glob("*/") if (path / notebook_name(path.name)).is_file())
    meant = [name for name in folders if name == word] or [name for name in folders if name.startswith(f"{word}-")]
    units = {NEWER.sub("", name) for name in meant}
    if len(units) != 1:
        raise ValueError(
            f"There is no {work / word / notebook_name(word)}; start `python3 run.py lab` in the course's folder, and"
            f" save the notebook. The units there are {', '.join(folders) or 'none'}."
            if not units
            else f"{word} may be {', '.join(sorted(units))}; say which."
        )
    chosen = meant if NEWER.search(word) else [name for name in folders if NEWER.sub("", name) in units]
    return [work / name / notebook_name(name) for name in chosen]


def notebook_name(folder: str) -> str:
    return f"{NEWER.sub('', folder)}.ipynb"


def choose(paths: list[Path]) -> Path:
    """The notebook that was worked on, of several the one saved last; says so where there was a choice.

    Raises:
        ValueError: if one is not a notebook.
    """
    worked = [path for path in paths if count_written(read(path))] or paths[:1]
    chosen = max(worked, key=lambda path: path.stat().st_mtime)
    for path in paths:
        if path != chosen:
            state = f"has answers too, saved on {saved(path)}" if path in worked else "has no answers"
            print(f"Note: {path.parent.name} {state}; {chosen.parent.name} is packed.")
    return chosen


def saved(path: Path) -> str:
    """When the file was written, in local time."""
    return datetime.fromtimestamp(path.stat().st_mtime).strftime("%d %B %Y at %H:%M")


def deadline(work: Path, unit: str, now: datetime) -> str:
    """When the unit is due, and how far off that is, by the course.toml beside the working copy; "" if it says nothing.

    A file that cannot be read keeps nobody from handing in.
    """
    try:
        course = read_course(work.resolve().parent)
    except (ValueError, OSError) as error:
        return f"Note: the deadlines cannot be read: {error}"
    moment = course.due.get(unit)
    return (
        f"{unit} {'is' if moment > now else 'was'} due {time_left(moment, now)}: {course.shown(moment)}."
        if moment
        else ""
    )


def given_out(work: Path, unit: str) -> dict[str, Any] | None:
    """The unit as the course gave it out, from the folder beside the working copy; None where it is not there."""
    path = work.resolve().parent / "course" / unit / f"{unit}.ipynb"
    try:
        return read(path)
    except ValueError:
        return None


def read(path: Path) -> dict[str, Any]:
    """The notebook.

    Raises:
        ValueError: if it is not there or not a notebook.
    """
    try:
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(cell, dict) for cell in notebook["cells"]):
            raise TypeError("a cell is none")
        return notebook
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a notebook any more ({error}); save it again in JupyterLab.") from error


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
