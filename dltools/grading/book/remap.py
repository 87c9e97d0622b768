"""Exercises that were added or taken away after grading: the gradebook follows, and what people gave is kept."""

import csv
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    TaskCell,
)
from nbgrader.coursedir import CourseDirectory

Given = tuple[str, str, float | None, str]
"""What a person gave: student, cell, points, comment."""
SAVED = (utils.is_grade, utils.is_solution, utils.is_locked, utils.is_task)
KINDS: dict[str, tuple[Any, Any]] = {
    "grade_cells": (GradeCell, utils.is_grade),
    "solution_cells": (SolutionCell, utils.is_solution),
    "task_cells": (TaskCell, utils.is_task),
    "source_cells": (SourceCell, lambda cell: any(is_a(cell) for is_a in SAVED)),
}
"""nbgrader's tables of cells, and which cells stand in each (nbgrader.preprocessors.SaveCells)."""


def follow(coursedir: CourseDirectory, name: str) -> None:
    """Give the gradebook the cells that the assignment has now, if there are submissions; says what it did.

    nbgrader refuses to add or take away cells then. Grades and comments of cells that stay are not touched; what a
    person gave to a cell that goes is written to removed-ASSIGNMENT.csv.
    """
    sources = sorted(Path(coursedir.format_path(coursedir.source_directory, ".", name)).glob("*.ipynb"))
    try:
        (source,) = sources
        cells = nbformat.read(source, as_version=4).cells
    except Exception:
        return  # generate_assignment says what is wrong
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            notebook = gradebook.find_notebook(source.stem, name)
        except MissingEntry:
            return
        if notebook.submissions:
            added, removed, given = change(gradebook, notebook, cells)
            if given:
                keep(given, Path(coursedir.root) / f"removed-{name}.csv")
            gradebook.db.commit()
            tell(name, added, removed, given)


def change(
    gradebook: Gradebook, notebook: Notebook, cells: Iterable[NotebookNode]
) -> tuple[list[str], list[str], list[Given]]:
    """Add and delete cells, without a commit; returns exercises added and removed, and what people gave to these."""
    given: list[Given] = []
    added: set[str] = set()
    removed: set[str] = set()
    for table, (kind, is_one) in KINDS.items():
        ours = {cell.metadata.nbgrader["grade_id"]: cell for cell in cells if is_one(cell)}
        there = {cell.name: cell for cell in getattr(notebook, table)}
        for gone in there.keys() - ours.keys():
            given += delete(gradebook, there[gone])
            removed |= {gone} if table in ("grade_cells", "task_cells") else set()
        for new in ours.keys() - there.keys():
            add(gradebook, notebook, kind, ours[new])
            added |= {new} if table in ("grade_cells", "task_cells") else set()
    return sorted(added), sorted(removed), given


def delete(gradebook: Gradebook, cell: Any) -> list[Given]:
    """Take a cell out of the gradebook, with its grades and comments; returns those that a person gave."""
    given: list[Given] = []
    for grade in list(getattr(cell, "grades", ())):
        if grade.manual_score is not None or grade.extra_credit:
            given.append((grade.student.id, cell.name, (grade.manual_score or 0) + (grade.extra_credit or 0), ""))
        gradebook.db.delete(grade)
    for comment in list(getattr(cell, "comments", ())):
        if comment.manual_comment:
            given.append((comment.student.id, cell.name, None, comment.manual_comment))
        gradebook.db.delete(comment)
    gradebook.db.flush()
    gradebook.db.delete(cell)
    return given


def add(gradebook: Gradebook, notebook: Notebook, kind: Any, cell: NotebookNode) -> None:
    """Put a cell into the gradebook, and into each submission what nbgrader's add_submission would have put there."""
    points = {"max_score": float(cell.metadata.nbgrader.get("points", 0))} if kind in (GradeCell, TaskCell) else {}
    type_of = {} if kind is SolutionCell else {"cell_type": cell.cell_type}
    new = kind(name=cell.metadata.nbgrader["grade_id"], notebook=notebook, **points, **type_of)
    gradebook.db.add(new)
    gradebook.db.flush()
    for submission in notebook.submissions if kind is not SourceCell else ():
        if points:
            gradebook.db.add(Grade(cell_id=new.id, notebook=submission, needs_manual_grade=True))
        if kind is not GradeCell:
            gradebook.db.add(Comment(cell_id=new.id, notebook=submission))


def keep(given: list[Given], path: Path) -> None:
    """Append what people gave to cells that are no more."""
    is_new = not path.exists()
    with path.open("a", encoding="utf-8-sig" if is_new else "utf-8", newline="") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(("student_id", "exercise", "points", "comment"))
        writer.writerows(given)


def tell(name: str, added: list[str], removed: list[str], given: list[Given]) -> None:
    for what, exercises in (("added", added), ("taken away", removed)):
        if exercises:
            print(f"{name}: {what} since it was graded: {', '.join(exercises)}.", file=sys.stderr)
    if given:
        said = f"{len(given)} grades and comments that people gave to what was taken away"
        print(f"{name}: {said} are in removed-{name}.csv.", file=sys.stderr)
