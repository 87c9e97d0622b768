"""Filling scores into a platform's own sheet: only the cells of the grades, and only where they differ."""

import re
from dataclasses import dataclass, field
from typing import Any

from dltools.grading.book.sheet import Cell, Sheet
from dltools.grading.model import GradingError
from dltools.grading.returning.results import Result, Results

LOCKED = {"ex", "n/a", "excused"}
"""What Canvas writes for who is excused, or has not been given the unit."""


@dataclass
class Slot:
    """One student's line in the platform's sheet."""

    number: str
    ids: tuple[str, ...]
    """What else tells the student: SIS ids, an email address."""
    name: str
    cell: Cell | None
    """Of the grade; None where the line is too short to have one."""
    comment: Cell | None = None
    locked: str = ""
    """Why the platform takes no grade here."""


@dataclass
class Layout:
    """A platform's sheet, understood: where the unit's grades go."""

    platform: str
    sheet: Sheet
    title: str
    """Of the column of the grades."""
    max_score: float
    slots: list[Slot]
    comma: bool = False
    """Whether numbers have a decimal comma."""


@dataclass
class Filled:
    """What was filled in, what was left, and for whom."""

    content: bytes
    lines: list[str] = field(default_factory=list)
    """One for each change."""
    returned: dict[str, Slot] = field(default_factory=dict)
    """The slot of each student whose grade is in the sheet now."""
    waiting: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    """Sentences for a person, besides those who wait."""
    absent: list[str] = field(default_factory=list)


def factor(layout: Layout, results: Results, scale: bool) -> float:
    """By what a score is multiplied.

    Raises:
        GradingError: if the platform counts other points, and nobody said to convert.
    """
    if abs(layout.max_score - results.max_score) < 1e-9:
        return 1.0
    if not scale:
        raise GradingError(
            f"{results.unit} has {results.max_score:g} points here, {layout.title!r} has {layout.max_score:g}:"
            " change it there, or give --scale to convert."
        )
    return layout.max_score / results.max_score


def fill(layout: Layout, results: Results, record: dict[str, dict[str, Any]], scale: float, comments: bool) -> Filled:
    """The sheet with each score in its place.

    Args:
        layout: the platform's sheet.
        results: the class's.
        record: what `collect` kept: the platform's number of each student.
        scale: by what a score is multiplied.
        comments: also the points by exercise, where no comment stands yet.
    """
    filled = Filled(b"")
    changes: list[tuple[Cell, str]] = []
    found: dict[str, list[Slot]] = {}
    for slot in layout.slots:
        student = whose(slot, layout.platform, results, record)
        if student is None:
            filled.absent.append(f"{slot.name} ({slot.number})" if slot.name else slot.number)
        else:
            found.setdefault(student, []).append(slot)
    for student, slots in sorted(found.items()):
        result = results.by_student[student]
        if len(slots) > 1:
            filled.people.append(f"{student} may be {' or '.join(slot.name for slot in slots)}: left as it is.")
        elif result.waits:
            filled.waiting.append(student)
        elif why := closed(slots[0]):
            filled.people.append(f"{student}: {why}; left as it is.")
        else:
            changes += change(slots[0], result, layout, scale, comments, filled)
            filled.returned[student] = slots[0]
    lost = sorted(set(results.by_student) - set(found))
    filled.people += [f"{student} is not in {layout.sheet.path.name}; enter by hand." for student in lost]
    filled.content = layout.sheet.changed(changes)
    return filled


def whose(slot: Slot, platform: str, results: Results, record: dict[str, dict[str, Any]]) -> str | None:
    """The student of a line: by the number that `collect` kept, else by an id or an email address, never by a name."""
    for student, kept in record.items():
        if slot.number and (kept.get("platform"), kept.get("number")) == (platform, slot.number):
            return student if student in results.by_student else None
    by_id = [student for student in results.by_student if student in (slot.number, *slot.ids)]
    by_email = [r.student for r in results.by_student.values() if r.email and r.email in slot.ids]
    return next(iter(by_id or by_email), None)


def closed(slot: Slot) -> str:
    """Why nothing may be filled in; "" if it may."""
    if slot.cell is None:
        return "the line is too short to have a grade"
    if slot.cell.value.strip().lower() in LOCKED:
        return f"the platform has {slot.cell.value.strip()}"
    return slot.locked


def change(
    slot: Slot, result: Result, layout: Layout, scale: float, comments: bool, filled: Filled
) -> list[tuple[Cell, str]]:
    """The cells of one line that must be changed; none where they say it already."""
    assert slot.cell is not None
    changes = []
    new, old = number(result.score * scale, layout.comma), slot.cell.value.strip()
    if value_of(old) != value_of(new):
        changes.append((slot.cell, new))
        filled.lines.append(f"{result.student}: {old or 'empty'} -> {new}")
    if comments and slot.comment and not slot.comment.value.strip():
        changes.append((slot.comment, comment(result)))
    return changes


def number(score: float, comma: bool) -> str:
    """With at most two decimals, which is what gradebooks keep."""
    text = f"{score:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if comma else text


def value_of(text: str) -> float | None:
    """What a cell says, with point or comma; None for what is no number."""
    plain = text.replace(",", ".")
    return round(float(plain), 2) if re.fullmatch(r"-?\d+(\.\d*)?", plain) else None


def comment(result: Result) -> str:
    """The points by exercise in one line."""
    return "; ".join(f"{name.removeprefix('check_')} {got:g}/{most:g}" for name, (got, most) in result.points.items())
