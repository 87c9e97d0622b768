"""The heads of an authored unit's cells: `answer NAME` and `check NAME` for nbgrader's metadata, and back.

    # %% answer conv2d_forward                    the student writes it; an exercise of dltools.checks
    # %% check conv2d_forward                     its check; the points are those of the exercise's criteria
    # %% answer reflection [markdown] points=5    no exercise: a person grades it
    # %% answer make_net points=0                 no exercise: the student writes it, and nobody grades it
    # %% answer area points=0                     no exercise, graded by plain tests:
    # %% check area points=3                      their points

`NAME` is nbgrader's grade_id, and `check_NAME` that of the check. What JupyterLab writes (nbgrader's JSON) is read as
well; `dltools release --tidy UNIT` turns it into the short form.
"""

import re
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode, from_dict

from dltools.checks import exercises, graded
from dltools.running.cells import grade_id, is_answer, is_graded, nbgrader

SHORT = re.compile(r"(answer|check) +([A-Za-z0-9_-]+)")
UNWANTED = ("deletable", "editable", "slideshow")
"""What JupyterLab's panels add to a cell's metadata when they are only looked at."""


def expand(cells: list[NotebookNode]) -> None:
    """Replace the short heads by nbgrader's metadata, in place.

    Raises:
        ValueError: with the first head that cannot be meant, and how it is mended.
    """
    for cell in cells:
        drop_unwanted(cell)
        title = cell.metadata.get("title", "")
        if found := SHORT.fullmatch(title):
            expand_cell(cell, *found.groups())
        elif re.match(r"(answer|check)\b", title):
            raise ValueError(f"`# %% {title}`: a head is `answer NAME` or `check NAME`, with a function's name.")
    refuse_wrong(cells)


def drop_unwanted(cell: NotebookNode) -> None:
    for key in UNWANTED:
        cell.metadata.pop(key, None)


def expand_cell(cell: NotebookNode, kind: str, name: str) -> None:
    """Give one cell the metadata that its short head stands for."""
    title, said = cell.metadata.pop("title"), cell.metadata.pop("points", None)
    meant = metadata(kind, name, points_of(kind, name, said))
    if nbgrader(cell) and dict(nbgrader(cell)) != meant:
        raise ValueError(f"`# %% {title}` has other metadata of nbgrader: keep one of the two.")
    cell.metadata["nbgrader"] = from_dict(meant)


def points_of(kind: str, name: str, said: Any) -> float:
    """What the cell is worth.

    Args:
        kind: answer or check.
        name: what follows it.
        said: the head's `points=`, if there is one.

    Raises:
        ValueError: if the points are said twice, or nowhere.
    """
    exercise = graded().get(name)
    if exercise and said is not None:
        raise ValueError(f"`{kind} {name}` says points={said}: they are those of its criteria; leave them out.")
    if exercise:
        return whole(exercise.points) if kind == "check" else 0
    if said is None:
        raise ValueError(
            f"`{kind} {name}`: {name} is no exercise of dltools.checks. Correct the name, or say what it is worth:"
            f" `{kind} {name} points=2`" + (", or points=0 where nobody grades it." if kind == "answer" else ".")
        )
    if type(said) not in (int, float) or not 0 <= said < float("inf") or (kind == "check" and said == 0):
        raise ValueError(f"`{kind} {name} points={said}`: points are a number of at least 0, those of a check more.")
    return whole(said)


def whole(points: float) -> float:
    """3 for 3.0: as nbgrader writes it."""
    return int(points) if points == int(points) else points


def metadata(kind: str, name: str, points: float) -> dict[str, Any]:
    """nbgrader's metadata of an answer (graded by a person if it has points) or of a check."""
    found = {
        "grade": points > 0,
        "grade_id": name if kind == "answer" else f"check_{name}",
        "locked": kind == "check",
        "schema_version": 3,
        "solution": kind == "answer",
        "task": False,
    }
    return {**found, "points": points} if points > 0 else found


def refuse_wrong(cells: list[NotebookNode]) -> None:
    """Refuse a name that two cells have, a check without its answer or with other points than its criteria.

    Raises:
        ValueError: with the first one.
    """
    names = [name for cell in cells if (name := grade_id(cell))]
    answers = {grade_id(cell) for cell in cells if is_answer(cell)}
    for cell in cells:
        name = grade_id(cell)
        exercise = name.removeprefix("check_")
        if name and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
            raise ValueError(f"the grade_id {name!r} may have letters, digits, _ and -, 64 at most, and no blank.")
        if names.count(name) > 1:
            raise ValueError(f"the grade_id {name} is given to {names.count(name)} cells; give each its own.")
        if not is_graded(cell) or is_answer(cell) or exercise not in exercises():
            continue
        if exercise not in answers:
            raise ValueError(f"{name} has no answer: write the cell `# %% answer {exercise}` above it.")
        if float(nbgrader(cell).get("points", 0)) != exercises()[exercise].points:
            raise ValueError(f"{name} has other points than its criteria: `dltools release --tidy` leaves them out.")


def read_source(path: Path) -> str:
    """An authored file's text, without the byte-order mark that Windows' Notepad writes.

    Raises:
        ValueError: if it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ValueError(f"{path.name}: line {line} is not UTF-8; save the file in that encoding.") from None


def shorten(path: Path) -> int:
    """Rewrite the heads of an authored file in the short form, and nothing else; returns how many were changed.

    Args:
        path: of the .py.

    Raises:
        ValueError: if it is not UTF-8.
    """
    text = re.sub(r"^# +(format_version|jupytext_version): .*\n", "", read_source(path), flags=re.MULTILINE)
    lines = text.split("\n")
    short = [shorten_line(line) if line.startswith("# %%") else line for line in lines]
    path.write_text("\n".join(short), encoding="utf-8", newline="\n")
    return sum(before != after for before, after in zip(lines, short))


def shorten_line(line: str) -> str:
    """One head, read and written by jupytext, with a title for what nbgrader's metadata say."""
    cell = jupytext.reads(f"{line}\n", fmt="py:percent").cells[0]
    if not any(key in cell.metadata for key in ("nbgrader", *UNWANTED)):
        return line
    drop_unwanted(cell)
    if grade_id(cell):
        cell.metadata.update(short_metadata(cell.metadata.pop("nbgrader")))
    written: str = jupytext.writes(
        from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}), "py:percent"
    )
    return next(line for line in written.split("\n") if line.startswith("# %%"))


def short_metadata(said: NotebookNode) -> dict[str, Any]:
    """The title, and the points where no exercise has them, that stand for nbgrader's metadata."""
    kind = "answer" if said.get("solution") else "check"
    name = said.grade_id if kind == "answer" else said.grade_id.removeprefix("check_")
    points = {} if name in graded() else {"points": whole(said.get("points", 0))}
    return {"title": f"{kind} {name}", **points}
