"""What staff read after grading: a table, a CSV, and the class's mistakes by exercise."""

import csv
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from html import escape
from io import StringIO
from pathlib import Path
from statistics import mean
from typing import TypeVar
from urllib.parse import quote

from dltools.course import duration
from dltools.grading.book.gradebook import Row, replace
from dltools.grading.book.page import Cell, distribution, document, linked, section
from dltools.grading.model import Assignment
from dltools.grading.reading.files import printable_name

Counts = dict[str, Counter[str]]
Counted = TypeVar("Counted")
COLUMNS = ["student_id", "last_name", "first_name", "email", "timestamp"]
COLUMNS += ["raw_score", "late_submission_penalty", "score", "max_score"]
WIDEST = 60
"""Characters of a student's id in the table on the screen: one long name must not push everybody's scores away."""


def table(rows: list[Row]) -> str:
    """The class on one screen: score, points by exercise, and what was repaired or needs a person."""
    if not rows:
        return "No submissions."
    exercises, shared = list(rows[0].scores), shared_sentences(rows)
    lines = [["student", "score", *(str(number) for number in range(1, len(exercises) + 1)), "remarks"]]
    for row in rows:
        student = row.student if len(row.student) <= WIDEST else f"{row.student[: WIDEST - 3]}..."
        lines.append([student, f"{row.score:g}/{row.max_score:g}", *points(row), remarks(row, shared)])
    legend = "; ".join(f"{number} {name}" for number, name in enumerate(exercises, 1))
    of_all = [f"PERSON, of {number} students: {sentence}" for sentence, number in shared.items()]
    return "\n".join([*aligned(lines), "", f"Columns: {legend}", *map(printable_name, of_all)])


def shared_sentences(rows: list[Row]) -> dict[str, int]:
    """What a person must see to of most of the class, which is the unit's matter and is said once; of how many."""
    counts = Counter(sentence for row in rows for sentence in set(row.person))
    return of_most(counts, sum(not row.standing for row in rows))


def of_most(counts: Counter[Counted], students: int) -> dict[Counted, int]:
    """What concerns more than half of the students, and more than two: it is said once."""
    return {what: number for what, number in counts.items() if number > max(2, students / 2)}


def points(row: Row) -> list[str]:
    """The points by exercise; ? waits for a person, - was not handed in."""
    if row.standing:
        return ["-"] * len(row.scores)
    return ["?" if name in row.waiting else f"{score:g}" for name, score in row.scores.items()]


def aligned(lines: list[list[str]]) -> list[str]:
    lines = [[printable_name(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]


def remarks(row: Row, shared: Collection[str] = ()) -> str:
    """What must be run again comes first, then what a person should do, then lateness and what was repaired.

    Args:
        row: of one student.
        shared: sentences that are said of the class.
    """
    again = [f"RUN AGAIN: {row.again}"] if row.again else [row.standing] * bool(row.standing)
    own = [sentence for sentence in row.person if sentence not in shared] or (row.by_hand if shared else [])
    asks = [f"PERSON: {sentence}" for sentence in own]
    repairs = row.notes.get("repairs", [])
    return " ".join(again + asks + [lateness(row)] * bool(lateness(row)) + [f"[{'; '.join(repairs)}]"] * bool(repairs))


def lateness(row: Row) -> str:
    """By how much a submission is late, and what it costs; "" if it is not."""
    off = f": {row.late_penalty:g} points off" if row.late_penalty else ""
    return f"late by {duration(timedelta(seconds=row.seconds_late))}{off}" if row.seconds_late or off else ""


def mistake_counts(rows: Iterable[Row]) -> Counts:
    """How many students made each known mistake, by exercise, the most frequent first."""
    counts: Counts = {}
    for row in rows:
        for exercise, names in row.notes.get("mistakes", {}).items():
            counts.setdefault(exercise, Counter()).update(names)
    return counts


def mistakes_text(counts: Counts) -> str:
    lines = [
        [exercise, f"{number} x", name.replace("_", " ")]
        for exercise, names in counts.items()
        for name, number in names.most_common()
    ]
    return (
        "\n".join(["Known mistakes of the class:", *aligned(lines)]) if lines else "No known mistakes were recognized."
    )


def write_csv(rows: list[Row], path: Path) -> None:
    """One line a student; the columns that nbgrader's export has, then the points of each exercise and the remarks."""
    exercises = list(rows[0].scores) if rows else []
    lines: list[list[object]] = [[*COLUMNS, *exercises, "needs_person", "remarks", "status", "seconds_late"]]
    for row in rows:
        who = [row.student, row.last_name, row.first_name, row.email, row.timestamp or ""]
        numbers = [row.raw_score, row.late_penalty, row.score, row.max_score, *row.scores.values()]
        person = "yes" if row.person or row.again else "no"
        lines.append(rows_of_csv(who, numbers, [person, remarks(row), row.status]) + [row.seconds_late])
    write_rows(lines, path)


def rows_of_csv(who: Sequence[object], numbers: Sequence[object], texts: Sequence[str]) -> list[object]:
    """A line in which no text is taken for a formula."""
    return [*map(guarded, who), *numbers, *map(guarded, texts)]


def write_rows(lines: Iterable[Sequence[object]], path: Path) -> None:
    """A CSV with the mark by which spreadsheets know UTF-8."""
    file = StringIO(newline="")
    csv.writer(file).writerows(lines)
    replace(path, file.getvalue().encode("utf-8-sig"))


def guarded(value: object) -> str:
    """A cell that no spreadsheet takes for a formula, whatever blanks stand before it."""
    text = str(value)
    return "'" + text if text.lstrip()[:1] in ("=", "+", "-", "@") or text[:1] in ("\t", "\r") else text


def write_html(assignment: Assignment, rows: list[Row], path: Path) -> None:
    """The report for staff as one page."""
    replace(path, page(assignment, rows, path.parent).encode())


def page(assignment: Assignment, rows: list[Row], root: Path) -> str:
    """Everybody's points with links to the feedback, the distribution, mistakes by exercise, what needs a person.

    Args:
        assignment: as the gradebook has it.
        rows: one a student of the class.
        root: of the course, from where links lead.
    """
    shared = shared_sentences(rows)
    asks = [(f"{number} students", sentence) for sentence, number in shared.items()]
    asks += [(row.student, sentence) for row in rows for sentence in row.person if sentence not in shared]
    again = [(row.student, row.again) for row in rows if row.again]
    repairs = [(row.student, sentence) for row in rows for sentence in row.notes.get("repairs", [])]
    graded = [row for row in rows if row.status == "graded"]
    heads = ("student", "name", "score", *assignment.points, "status", "feedback")
    parts = [
        f"<p>{escape(in_numbers(rows))}</p>",
        section("Must be run again", ("student", "why"), again),
        section("Needs a person", ("student", "what to do"), asks),
        distribution([row.score for row in graded], sum(assignment.points.values())),
        section("Exercises", ("exercise", "points", "mean", "all", "none"), exercise_lines(graded, assignment.points)),
        section("Known mistakes", ("exercise", "mistake", "students"), mistake_lines(rows)),
        section("Students", heads, [student_line(row, assignment, root) for row in rows]),
        section("Repaired", ("student", "what"), repairs),
    ]
    return document(assignment.name, parts)


def in_numbers(rows: list[Row]) -> str:
    """How many stand how, such as "10 graded, 1 absent, 2 late."."""
    counts = Counter(row.status for row in rows)
    late = sum(bool(lateness(row)) for row in rows)
    return ", ".join([f"{number} {status}" for status, number in counts.items()] + [f"{late} late"] * bool(late)) + "."


def exercise_lines(rows: list[Row], points: dict[str, float]) -> list[tuple[str, ...]]:
    """Of each exercise the points, their mean, and how many students have all and none."""
    lines = []
    for name, most in points.items() if rows else ():
        scores = [row.scores[name] for row in rows]
        counts = sum(score >= most for score in scores), sum(score <= 0 for score in scores)
        lines.append((name, f"{most:g}", f"{mean(scores):.3g}", *map(str, counts)))
    return lines


def mistake_lines(rows: list[Row]) -> list[tuple[str, ...]]:
    return [
        (exercise, name.replace("_", " "), str(number))
        for exercise, names in mistake_counts(rows).items()
        for name, number in names.most_common()
    ]


def student_line(row: Row, assignment: Assignment, root: Path) -> tuple[Cell, ...]:
    name = f"{row.first_name} {row.last_name}".strip()
    status = f"{row.status}, {lateness(row)}" if lateness(row) else row.status
    feedback = f"feedback/{row.student}/{assignment.name}/{assignment.notebook}.html"
    link = linked("feedback", quote(feedback)) if (root / feedback).is_file() else ""
    return (row.student, name, f"{row.score:g} of {row.max_score:g}", *points(row), status, link)
