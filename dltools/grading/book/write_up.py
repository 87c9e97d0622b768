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
    if opener:
        with_score = [row for row in rows if row.is_recorded]
        write_feedback(coursedir, folders, assignment, with_score, opener, width)
    report.write_csv(rows, root / f"grades-{assignment}.csv")
    report.write_html(assignment, rows, root / f"report-{assignment}.html")
    written = [f"grades-{assignment}.csv", f"report-{assignment}.html", "autograded/"]
    if opener:
        written += ["feedback/", f"feedback-{assignment}.zip"]
    print(f"\n{assignment}\n{report.table(rows)}\n\n{report.mistakes_text(report.mistake_counts(rows))}")
    print(f"\nWritten in {root}: {', '.join(written)}")


def write_feedback(
    coursedir: CourseDirectory, folders: dict[str, str], assignment: str, rows: list[Row], opener: Any, width: int
) -> None:
    """Make everybody's page; whoever has none gets a sentence for a person in their row."""
    root = Path(coursedir.root)
    by_student = {row.student: row for row in rows}
    students = list(by_student)
    tasks = [(str(root), folders, assignment, student) for student in students]
    with tqdm(total=len(tasks), desc="feedback", unit="file", file=sys.stderr) as bar:
        for task, result in workers.results(feedback.generate, tasks, opener, width):
            if isinstance(result, BaseException):
                sentence = f"No feedback was made ({result}); run the same command again."
                by_student[task[-1]].notes.setdefault("person", []).append(sentence)
            bar.update()
    feedback.pack(coursedir, assignment, students, root / f"feedback-{assignment}.zip")
