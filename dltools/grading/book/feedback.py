"""Feedback for students: nbgrader's HTML, one file a student, and one zip a class."""

import re
import zipfile
from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbconvert.writers.files import FilesWriter
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from dltools.grading import workers
from dltools.grading.book.coursedir import convert, course_directory
from dltools.running.files import EPOCH

SECONDS = 60.0
"""Of the processor for one page; it takes one."""
MATHJAX = re.compile(r"<!-- Load mathjax -->.*?<!-- End of mathjax configuration -->", re.DOTALL)
"""What nbconvert's template loads from another host."""


NO_ALT = re.compile(r"<img(?![^>]*\balt=)")
DESCRIBED = '<img alt="No description has been provided for this image"'
"""The words of nbconvert, which parses the whole page once more to add them."""


class FeedbackExporter(HTMLExporter):
    """nbgrader's page of feedback, without MathJax: its formulas are MathML (dltools.grading.formulas)."""

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> Any:
        """As HTMLExporter's, but that the page is not parsed again when it is written."""
        resources = self._init_resources(resources)
        types = WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=resources)
        self.register_filter("filter_data_type", types)
        page, resources = TemplateExporter.from_notebook_node(self, nb, resources, **kw)
        return NO_ALT.sub(DESCRIBED, MATHJAX.sub("", page)), resources


class Pages(GenerateFeedback):
    """nbgrader's generate_feedback with one writer and one exporter for all students, where it makes them for each."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = FeedbackExporter(parent=self, config=self.config, optimistic_validation=True)
        for step in self.preprocessors:
            self.exporter.register_preprocessor(step)

    def start(self) -> None:
        self.init_notebooks()
        with chdir(self.coursedir.root):
            self.convert_notebooks()


@cache
def pages(root: str, folders: frozenset[tuple[str, str]]) -> Pages:
    """This process's maker of pages for a course."""
    coursedir = course_directory(Path(root), **dict(folders))
    coursedir.config.HTMLExporter.template_name = "feedback"
    return Pages(coursedir=coursedir, config=coursedir.config)


def generate(root: str, folders: dict[str, str], assignment: str, student: str) -> Path:
    """Make one student's feedback by nbgrader's generate_feedback; returns its folder.

    Args:
        root: of the course.
        folders: traits of nbgrader's CourseDirectory.
        assignment: its name.
        student: their id.
    """
    workers.end_after(SECONDS)
    maker = pages(root, frozenset(folders.items()))
    convert(maker, assignment, escaped(student))
    return feedback_folder(maker.coursedir, assignment, student)


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
