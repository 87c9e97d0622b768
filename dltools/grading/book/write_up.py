"""All that staff and students read after grading: the table on the screen, a CSV, a report, and the feedback."""

from collections.abc import Collection
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from dltools.grading.book import feedback, report
from dltools.grading.book.feedback_queue import FeedbackQueue
from dltools.grading.book.gradebook import Row
from dltools.grading.model import Assignment


def write_up(
    coursedir: CourseDirectory,
    assignment: Assignment,
    rows: list[Row],
    pages: FeedbackQueue | None,
    fresh: Collection[str],
) -> None:
    """Write CSV and report beside the gradebook and the feedback into feedback/; print the table.

    Args:
        coursedir: of the course.
        assignment: as the gradebook has it.
        rows: one a student of the class.
        pages: makes the feedback, and has perhaps begun to; None for no feedback.
        fresh: the students whose feedback is made anew; that of the others is packed as it is.
    """
    root, name = Path(coursedir.root), assignment.name
    if pages:
        with_score = [row for row in rows if row.is_recorded]
        write_feedback([row for row in with_score if row.student in fresh], pages)
        feedback.pack(coursedir, name, [row.student for row in with_score], root / f"feedback-{name}.zip")
    report.write_csv(rows, root / f"grades-{name}.csv")
    report.write_html(assignment, rows, root / f"report-{name}.html")
    written = [f"grades-{name}.csv", f"report-{name}.html", "autograded/"]
    if pages:
        written += ["feedback/", f"feedback-{name}.zip"]
    print(f"\n{name}\n{report.table(rows)}\n\n{report.mistakes_text(report.mistake_counts(rows))}")
    print(f"\nWritten in {root}: {', '.join(written)}")


def write_feedback(rows: list[Row], pages: FeedbackQueue) -> None:
    """Wait for everybody's page; whoever has none gets a sentence for a person in their row."""
    for row in rows:
        pages.make(row.student)
    failed = pages.finish()
    for row in rows:
        if why := failed.get(row.student):
            sentence = f"No feedback was made ({why}); run the same command again."
            row.notes.setdefault("person", []).append(sentence)
