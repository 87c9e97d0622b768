"""Moodle's grading worksheet in any language: what a column is, told by its place and by what stands in it.

Source: moodle, mod/assign/gradingtable.php: ..., grade, greatest grade[, state of the marking workflow], whether the
grade can be changed[, last change of the submission[, online text]], last change of the grade[, feedback[, ...]].
"""

import re
from dataclasses import dataclass

from dltools.grading.book.dates import CLOCK
from dltools.grading.book.sheet import Sheet

WORD = re.compile(r"[^\W\d_]\D*")
NUMBER = re.compile(r"\d+([.,]\d*)?")


@dataclass(frozen=True)
class Places:
    """The numbers of the columns; None where the worksheet has no such column."""

    grade: int
    most: int
    changeable: int
    handed_in: int | None
    comment: int | None


def grade_columns(sheet: Sheet) -> list[int]:
    """Where the grades may stand: before the greatest grade, one number in every line, which words follow."""
    found = columns(sheet)
    return [
        at - 1
        for at in range(2, len(found) - 1)
        if len(set(found[at])) == 1
        and NUMBER.fullmatch(found[at][0])
        and float(found[at][0].replace(",", ".")) > 0
        and has_words(found[at + 1])
        and (len(set(found[at + 1])) <= 2 or has_words(found[at + 2]))
    ]


def places(sheet: Sheet, grade: int) -> Places:
    """The other columns, by that of the grades."""
    found = columns(sheet)
    has_workflow = grade + 3 < len(found) and has_words(found[grade + 3])
    changeable = grade + 2 + has_workflow
    times = [at for at in range(changeable + 1, len(found)) if has_times(found[at])]
    last = times[-1] if times else len(found) - 2
    return Places(
        grade,
        grade + 1,
        changeable,
        changeable + 1 if times and last > changeable + 1 else None,
        last + 1 if changeable < last < len(found) - 1 else None,
    )


def handed_in_column(sheet: Sheet) -> int | None:
    """Where the times of the submissions stand; also where a scale of words takes the place of the greatest grade."""
    grades = grade_columns(sheet)
    if len(grades) == 1:
        return places(sheet, grades[0]).handed_in
    times = [at for at, column in enumerate(columns(sheet)) if has_times(column)]
    return times[0] if len(times) > 1 else None


def columns(sheet: Sheet) -> list[tuple[str, ...]]:
    return list(zip(*map(sheet.values, sheet.rows[1:])))


def has_words(column: tuple[str, ...]) -> bool:
    return all(WORD.fullmatch(value) for value in column)


def has_times(column: tuple[str, ...]) -> bool:
    """Whether each cell is a time or Moodle's "-" for none."""
    return all(value == "-" or CLOCK.search(value) for value in column)
