"""All that staff and students read after grading: the table on the screen, a CSV, a report, and the feedback."""

import sys
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from tqdm import tqdm

from dltools.grading import workers
from dltools.grading.book import feedback, report
from dltools.grading.book.gradebook import Row


def write_up(
    coursedir: CourseDirectory, folders: dict[str, str], assignment: str, rows: list[Row], opener: Any, width: int
) -> None:
    """Write CSV and report beside the gradebook and the feedback into feedback/; print the table.

    Args:
        coursedir: of the course.
        folders: traits of nbgrader's CourseDirectory, for the workers.
        assignment: its name.
        rows: one a student.
        opener: a new pool of workers for the feedback, or None for no feedback.
        width: number of workers.
    """
    root = Path(coursedir.root)
    report.write_csv(rows, root / f"grades-{assignment}.csv")
    report.write_html(assignment, rows, root / f"report-{assignment}.html")
    written = [f"grades-{assignment}.csv", f"report-{assignment}.html", "autograded/"]
    if opener:
        students = [row.student for row in rows if not row.again]
        write_feedback(coursedir, folders, assignment, students, opener, width)
        written += ["feedback/", f"feedback-{assignment}.zip"]
    print(f"\n{assignment}\n{report.table(rows)}\n\n{report.mistakes_text(report.mistake_counts(rows))}")
    print(f"\nWritten in {root}: {', '.join(written)}")


def write_feedback(
    coursedir: CourseDirectory, folders: dict[str, str], assignment: str, students: list[str], opener: Any, width: int
) -> None:
    root = Path(coursedir.root)
    tasks = [(str(root), folders, assignment, student) for student in students]
    with tqdm(total=len(tasks), desc="feedback", unit="file", file=sys.stderr) as bar:
        for task, result in workers.results(feedback.generate, tasks, opener, width):
            if isinstance(result, BaseException):
                print(f"No feedback for {task[-1]}: {result}", file=sys.stderr)
            bar.update()
    feedback.pack(coursedir, assignment, students, root / f"feedback-{assignment}.zip")
