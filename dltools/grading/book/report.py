"""What staff read after grading: a table, a CSV, and the class's mistakes by exercise."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from io import StringIO
from pathlib import Path

from dltools.grading.book.gradebook import Row, replace
from dltools.grading.reading.files import printable_name

Counts = dict[str, Counter[str]]
COLUMNS = ["student_id", "last_name", "first_name", "email", "timestamp"]
COLUMNS += ["raw_score", "late_submission_penalty", "score", "max_score"]
STYLE = "body{font-family:sans-serif;max-width:60em;margin:2em auto}td,th{padding:2px 12px;text-align:left}"


def table(rows: list[Row]) -> str:
    """The class on one screen: score, points by exercise, and what was repaired or needs a person."""
    if not rows:
        return "No submissions."
    exercises = list(rows[0].scores)
    lines = [["student", "score", *(str(number) for number in range(1, len(exercises) + 1)), "remarks"]]
    for row in rows:
        points = ["?" if name in row.waiting else f"{row.scores[name]:g}" for name in exercises]
        lines.append([row.student, f"{row.score:g}/{row.max_score:g}", *points, remarks(row)])
    legend = "; ".join(f"{number} {name}" for number, name in enumerate(exercises, 1))
    return "\n".join([*aligned(lines), "", f"Columns: {legend}"])


def aligned(lines: list[list[str]]) -> list[str]:
    lines = [[printable_name(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]


def remarks(row: Row) -> str:
    """What must be run again comes first, then what a person should do, then what was repaired."""
    again = [f"RUN AGAIN: {row.again}"] if row.again else []
    late = [f"late: {row.late_penalty:g} points off"] if row.late_penalty else []
    asks = [f"PERSON: {sentence}" for sentence in row.person]
    repairs = row.notes.get("repairs", [])
    return " ".join(again + asks + late + [f"[{'; '.join(repairs)}]"] * bool(repairs))


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
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([*COLUMNS, *exercises, "needs_person", "remarks"])
    for row in rows:
        who = [row.student, row.last_name, row.first_name, row.email, row.timestamp or ""]
        numbers = [row.raw_score, row.late_penalty, row.score, row.max_score, *row.scores.values()]
        asks = "yes" if row.person or row.again else "no"
        writer.writerow([*map(guarded, who), *numbers, asks, guarded(remarks(row))])
    replace(path, file.getvalue().encode())


def guarded(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


def write_html(assignment: str, rows: list[Row], path: Path) -> None:
    """The report for staff as one page: mistakes by exercise, what was repaired, what needs a person."""
    replace(path, page(assignment, rows).encode())


def page(assignment: str, rows: list[Row]) -> str:
    asks = [(row.student, sentence) for row in rows for sentence in row.person]
    repairs = [(row.student, sentence) for row in rows for sentence in row.notes.get("repairs", [])]
    counts = [
        (exercise, name.replace("_", " "), str(number))
        for exercise, names in mistake_counts(rows).items()
        for name, number in names.most_common()
    ]
    scores = [(row.student, f"{row.score:g}", f"{row.max_score:g}") for row in rows]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(assignment)}: report</title>'
        f"<style>{STYLE}</style>"
        f"<h1>{escape(assignment)}: {len(rows)} submissions</h1>"
        + section("Must be run again", ("student", "why"), [(row.student, row.again) for row in rows if row.again])
        + section("Needs a person", ("student", "what to do"), asks)
        + section("Known mistakes", ("exercise", "mistake", "students"), counts)
        + section("Repaired", ("student", "what"), repairs)
        + section("Scores", ("student", "score", "of"), scores)
        + "</html>\n"
    )


def section(title: str, head: tuple[str, ...], lines: Sequence[tuple[str, ...]]) -> str:
    if not lines:
        return f"<h2>{title}</h2><p>None.</p>"
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in lines)
    heading = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    return f"<h2>{title}</h2><table><thead><tr>{heading}</tr></thead><tbody>{body}</tbody></table>"
