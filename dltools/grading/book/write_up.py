"""All that staff and students read after grading: the table on the screen, a CSV, a report, and the feedback."""

import sys
from collections.abc import Collection
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from tqdm import tqdm

from dltools.grading import workers
from dltools.grading.book import feedback, report
from dltools.grading.book.gradebook import Row
from dltools.grading.model import Assignment


def write_up(
    coursedir: CourseDirectory,
    folders: dict[str, str],
    assignment: Assignment,
    rows: list[Row],
    opener: Any,
    width: int,
    fresh: Collection[str],
) -> None:
    """Write CSV and report beside the gradebook and the feedback into feedback/; print the table.

    Args:
        coursedir: of the course.
        folders: traits of nbgrader's CourseDirectory, for the workers.
        assignment: as the gradebook has it.
        rows: one a student of the class.
        opener: a new pool of workers for the feedback, or None for no feedback.
        width: number of workers.
        fresh: the students whose feedback is made anew; that of the others is packed as it is.
    """
    root, name = Path(coursedir.root), assignment.name
    if opener:
        with_score = [row for row in rows if row.is_recorded]
        write_feedback(coursedir, folders, name, [row for row in with_score if row.student in fresh], opener, width)
        feedback.pack(coursedir, name, [row.student for row in with_score], root / f"feedback-{name}.zip")
    report.write_csv(rows, root / f"grades-{name}.csv")
    report.write_html(assignment, rows, root / f"report-{name}.html")
    written = [f"grades-{name}.csv", f"report-{name}.html", "autograded/"]
    if opener:
        written += ["feedback/", f"feedback-{name}.zip"]
    print(f"\n{name}\n{report.table(rows)}\n\n{report.mistakes_text(report.mistake_counts(rows))}")
    print(f"\nWritten in {root}: {', '.join(written)}")


ENDED = "the process that makes the page has ended: at its limit of time, or it could not start"


def write_feedback(
    coursedir: CourseDirectory, folders: dict[str, str], assignment: str, rows: list[Row], opener: Any, width: int
) -> None:
    """Make everybody's page; whoever has none gets a sentence for a person in their row."""
    by_student = {row.student: row for row in rows}
    tasks = [(str(coursedir.root), folders, assignment, student) for student in by_student]
    with tqdm(total=len(tasks), desc="feedback", unit="file", file=sys.stderr) as bar:
        for task, result in workers.results(feedback.generate, tasks, opener, width):
            if isinstance(result, BaseException):
                why = ENDED if isinstance(result, BrokenExecutor) else result
                sentence = f"No feedback was made ({why}); run the same command again."
                by_student[task[-1]].notes.setdefault("person", []).append(sentence)
            bar.update()
