"""`dltools grade --json FILE`: the gradebook for programs, with each graded cell in the form of check50's results."""

import json
from pathlib import Path
from typing import Any

from dltools import __version__
from dltools.grading.book.gradebook import Row
from dltools.grading.model import Assignment


def write_json(graded: list[tuple[Assignment, list[Row]]], path: Path) -> None:
    """Write all assignments with all of their students into one file."""
    found = {"version": __version__, "assignments": [as_dict(assignment, rows) for assignment, rows in graded]}
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def as_dict(assignment: Assignment, rows: list[Row]) -> dict[str, Any]:
    """One assignment as plain data."""
    return {
        "assignment": assignment.name,
        "max_score": sum(assignment.points.values()),
        "students": [student(assignment, row) for row in rows],
    }


def student(assignment: Assignment, row: Row) -> dict[str, Any]:
    """One student's row; who has no score, or waits for a person in all, has no results."""
    return {
        "student": row.student,
        "status": row.status,
        "score": None if row.standing else row.score,
        "raw_score": None if row.standing else row.raw_score,
        "late_submission_penalty": row.late_penalty,
        "max_score": row.max_score,
        "timestamp": row.timestamp.isoformat() + "Z" if row.timestamp else None,
        "person": row.person,
        "again": row.again or None,
        "repairs": row.notes.get("repairs", []),
        "results": [] if row.standing else [result(row, name, most) for name, most in assignment.points.items()],
    }


def result(row: Row, name: str, most: float) -> dict[str, Any]:
    """One graded cell; its passed is null while it waits for a person."""
    exercise, score = name.removeprefix("check_"), row.scores.get(name, 0.0)
    mistakes = row.notes.get("mistakes", {}).get(exercise, [])
    passed = None if name in row.waiting else score >= most
    known = f": {', '.join(mistakes)}".replace("_", " ") if mistakes else ""
    told = "It waits for a person." if passed is None else f"{score:g} of {most:g} points{known}."
    return {
        "name": name,
        "description": exercise,
        "passed": passed,
        "log": [],
        "cause": None if passed else {"rationale": told, "help": None},
        "data": {"score": None if passed is None else score, "max_score": most, "mistakes": mistakes},
        "dependency": None,
    }
