"""Feedback for students: nbgrader's HTML, one file a student, and one zip a class."""

import re
import zipfile
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from dltools.grading import workers
from dltools.grading.book.coursedir import course_directory, run_converter
from dltools.running.files import EPOCH

SECONDS = 60.0
"""Of the processor for one page; it takes one."""
MATHJAX = re.compile(r"<!-- Load mathjax -->.*?<!-- End of mathjax configuration -->", re.DOTALL)
"""What nbconvert's template loads from another host."""


class FeedbackExporter(HTMLExporter):
    """nbgrader's page of feedback, without MathJax: its formulas are MathML (dltools.grading.formulas)."""

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> Any:
        page, resources = super().from_notebook_node(nb, resources, **kw)
        return MATHJAX.sub("", page), resources


def generate(root: str, folders: dict[str, str], assignment: str, student: str) -> Path:
    """Make one student's feedback by nbgrader's generate_feedback; returns its folder.

    Args:
        root: of the course.
        folders: traits of nbgrader's CourseDirectory.
        assignment: its name.
        student: their id.
    """
    workers.end_after(SECONDS)
    coursedir = course_directory(Path(root), **folders)
    coursedir.config.HTMLExporter.template_name = "feedback"
    coursedir.config.GenerateFeedback.exporter_class = FeedbackExporter
    run_converter(GenerateFeedback, coursedir, assignment, escaped(student))
    return feedback_folder(coursedir, assignment, student)


def escaped(student: str) -> str:
    """The id as a glob that matches only itself: nbgrader takes it for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in student)


def feedback_folder(coursedir: CourseDirectory, assignment: str, student: str) -> Path:
    return Path(coursedir.format_path(coursedir.feedback_directory, student, assignment))


def pack(coursedir: CourseDirectory, assignment: str, students: list[str], target: Path) -> None:
    """Put the class's feedback into one zip, a folder a student, as a learning platform takes it back."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for student in students:
            for path in sorted(feedback_folder(coursedir, assignment, student).glob("*.html")):
                archive.writestr(zipfile.ZipInfo(f"{student}/{path.name}", EPOCH), path.read_bytes())
