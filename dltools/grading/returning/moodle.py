"""Moodle's grading worksheet filled in, and a zip of feedback files, as its importers read them, in any language.

Source: moodle, mod/assign/feedback/offline/importgradeslib.php and mod/assign/feedback/file/importziplib.php.
"""

import re
from pathlib import Path

from dltools.grading.book.people import PARTICIPANT, is_moodle
from dltools.grading.book.sheet import Cell, Sheet, read_sheet
from dltools.grading.book.worksheet import Places, grade_columns, places
from dltools.grading.model import GradingError
from dltools.grading.returning.filling import Layout, Slot, value_of

NO = {"no", "nein", "non", "nee", "não", "nao", "nej", "nei", "nie", "ne", "ei", "нет", "いいえ", "否", "아니오"}
"""What "Grade can be changed" says in some languages where it cannot."""


def read_moodle(path: Path, unit: str, wanted: str | None) -> Layout:
    """The worksheet with its column of grades.

    Args:
        path: as Moodle gave it; it is of one assignment.
        unit: its name, for messages.
        wanted: the title of the column of grades, where staff say which.

    Raises:
        GradingError: if it is no worksheet, or the column cannot be told.
    """
    sheet = read_sheet(path)
    if not is_moodle(sheet):
        raise GradingError(f"{path} is not Moodle's grading worksheet: the first column is the participant's number.")
    found = places(sheet, find_grades(sheet, wanted, unit))
    most = sheet.values(sheet.rows[1])[found.most]
    slots = [slot(sheet, row, found) for row in sheet.rows[1:]]
    return Layout("moodle", sheet, sheet.header[found.grade], value_of(most) or 0, slots, "," in most)


def find_grades(sheet: Sheet, wanted: str | None, unit: str) -> int:
    """The column of the grades, by its title or by what stands after it."""
    titles = enumerate(sheet.header)
    found = [at for at, title in titles if title == wanted] if wanted else grade_columns(sheet)
    if len(found) != 1:
        raise GradingError(
            f"Which column has the grades of {unit}? Give --column TITLE; there are {'; '.join(sheet.header)}."
        )
    return found[0]


def slot(sheet: Sheet, row: list[Cell], found: Places) -> Slot:
    values = sheet.values(row)
    number = PARTICIPANT.fullmatch(values[0])[2]  # type: ignore[index]
    emails = tuple(value for value in values[1 : found.grade] if "@" in value)
    name = values[1] if values[1] not in emails and found.grade > 2 else ""
    locked = "the grade cannot be changed there" if values[found.changeable].lower() in NO else ""
    cells = dict(enumerate(row))
    comment = None if found.comment is None else cells.get(found.comment)
    return Slot(number, emails, name, cells.get(found.grade), comment, locked)


def feedback_name(slot: Slot, page: str) -> str:
    """NAME_NUMBER_assignsubmission_file/PAGE: split at "_", the second part is the number, so no "_" in the name."""
    name = re.sub(r"[_/\\:*?\"<>|\x00-\x1f]+", " ", slot.name).strip(" .") or "Participant"
    return f"{name}_{slot.number}_assignsubmission_file/{page}"
