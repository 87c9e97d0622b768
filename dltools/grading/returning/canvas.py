"""Canvas's gradebook: the export filled in, and a zip of comments, as its importers read them.

Source: canvas-lms, lib/gradebook_importer.rb and gradebook_exporter.rb; infer_comment_context_from_filename.
"""

import re
from pathlib import Path
from typing import Any

from dltools.grading.book.people import TEST_STUDENT, is_canvas
from dltools.grading.book.sheet import Cell, Sheet, read_sheet
from dltools.grading.model import GradingError
from dltools.grading.reading.names import letters
from dltools.grading.returning.filling import Layout, Slot, value_of

ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)")


def read_canvas(path: Path, unit: str, wanted: str | None) -> Layout:
    """The gradebook with the column of the unit.

    Args:
        path: as Canvas exported it.
        unit: its name.
        wanted: the column's title or assignment id, where staff say which.

    Raises:
        GradingError: if it is no gradebook, or the column cannot be told.
    """
    sheet = read_sheet(path)
    if not is_canvas(sheet):
        raise GradingError(f"{path} is not Canvas's gradebook: Student, ID, ..., Section; export it again.")
    column = find_column(sheet, unit, wanted)
    points = next((row for row in sheet.rows[1:] if "Points Possible" in row[0].value), None)
    text = sheet.values(points)[column] if points else ""
    if "read only" in text.lower():
        raise GradingError(f"{sheet.header[column]!r} is read only: Canvas ignores it.")
    most = value_of(text)
    if not most:
        raise GradingError(f"{sheet.header[column]!r} has no points possible in {path}.")
    return Layout("canvas", sheet, sheet.header[column], most, slots(sheet, column), "," in text)


def find_column(sheet: Sheet, unit: str, wanted: str | None) -> int:
    """The one assignment whose title has the unit's name; an unknown title would make a new assignment."""
    section = sheet.header.index("Section")
    found = {at: m for at, t in enumerate(sheet.header) if at > section and (m := ASSIGNMENT.fullmatch(t))}
    titles = "; ".join(sheet.header[at] for at in found) or "none"
    if wanted:
        meant = [at for at, m in found.items() if wanted in (sheet.header[at], m["title"], m["id"])]
    else:
        meant = [at for at, m in found.items() if letters(unit) in letters(m["title"])]
    if len(meant) != 1:
        raise GradingError(f"Which column is {wanted or unit}? Give --column TITLE; there are {titles}.")
    return meant[0]


def slots(sheet: Sheet, column: int) -> list[Slot]:
    header = sheet.header
    found = []
    for row in sheet.rows[1:]:
        line = dict(zip(header, sheet.values(row)))
        name = line.get("Student") or f"{line.get('LastName', '')}, {line.get('FirstName', '')}"
        if line["ID"].isdigit() and name != TEST_STUDENT:
            ids = tuple(line[key] for key in ("SIS Login ID", "SIS User ID") if line.get(key))
            cell: Cell | None = row[column] if column < len(row) else None
            found.append(Slot(line["ID"], ids, name, cell))
    return found


def comment_name(kept: dict[str, Any], page: str) -> str:
    """NAME_USER_ATTACHMENT_PAGE: Canvas takes the first two parts that are all digits; "" without an attachment."""
    if kept.get("platform") != "canvas" or not kept.get("attachment"):
        return ""
    name = str(kept.get("name", "")).replace("_", "-")
    name = f"student-{name}" if name.isdigit() or not name else name
    return f"{name}_{kept['number']}_{kept['attachment']}_{page}"
