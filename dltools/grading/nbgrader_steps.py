"""Our steps in nbgrader's converters (nbgrader_config.py): formgrader's buttons do what `dltools grade` does."""

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from traitlets import Unicode

from dltools.grading import scoring, seeds
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.gradebook import from_gradebook, register
from dltools.grading.executors import executor
from dltools.grading.model import Assignment, Limits, Submission
from dltools.grading.reading.repair import repair
from dltools.grading.sanitize import make_safe
from dltools.running.cells import is_graded

Resources = dict[str, Any]


class SubmissionExporter(NotebookExporter):
    """Reads a submitted file whatever its encoding and format: its bytes go to `Repair`."""

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> Any:
        resources = {**(resources or {}), "dltools": {"file": filename}}
        try:
            return super().from_filename(filename, resources=resources, **kw)
        except Exception:  # not readable as it is; Repair reads the bytes itself
            return super().from_notebook_node(nbformat.v4.new_notebook(), resources=resources, **kw)


def find_assignment(resources: Resources) -> Assignment:
    """The assignment from the gradebook and the released notebook; nbgrader runs its steps in the course's root."""
    name, notebook = resources["nbgrader"]["assignment"], resources["nbgrader"]["notebook"]
    coursedir = course_directory(Path.cwd(), db_url=resources["nbgrader"]["db_url"])
    released = Path(coursedir.format_path(coursedir.release_directory, ".", name)) / f"{notebook}.ipynb"
    if released.is_file():
        return from_gradebook(coursedir.db_url, name, released)
    return register(coursedir, name)


class Repair(NbGraderPreprocessor):
    """First step of autograde: restore the notebook."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        file = Path(resources["dltools"]["file"])
        student = resources["nbgrader"]["student"]
        repaired = repair(Submission(student, {file.name: file.read_bytes()}, 0), find_assignment(resources))
        notes = {"repairs": repaired.repairs, "person": repaired.person, "doubtful": sorted(repaired.doubtful)}
        notebook = nbformat.from_dict(repaired.notebook)
        notebook.metadata["dltools"] = notes
        return notebook, resources


class Execute(NbGraderPreprocessor):
    """Second step of autograde: run the repaired notebook and make its outputs say what it is worth."""

    jail = Unicode("full", help="full, limited, none, or module:function of another executor").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        student, assignment = resources["nbgrader"]["student"], find_assignment(resources)
        seed = seeds.seed(seeds.secret(Path.cwd()), assignment.name, student)
        notes = nb.metadata.pop("dltools", {})
        doubtful = notes.pop("doubtful", [])
        if set(doubtful) != set(assignment.points):
            nb = nbformat.from_dict(executor(self.jail)(nb, Limits(), seed, assignment.files))
        notes["person"] = notes.get("person", []) + scoring.settle(nb)
        notes["mistakes"] = scoring.mistakes(nb)
        make_safe(nb, {cell["id"]: cell["source"] for cell in assignment.cells})
        nb.metadata["dltools"] = notes
        return nb, resources


class HideTests(ClearHiddenTests):
    """In feedback: hidden tests are taken out of the cells, and out of the tracebacks that would quote them."""

    def preprocess_cell(self, cell: NotebookNode, resources: Resources, index: int) -> tuple[NotebookNode, Resources]:
        if is_graded(cell) and self.begin_test_delimeter in cell.source:
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        hidden: tuple[NotebookNode, Resources] = super().preprocess_cell(cell, resources, index)
        return hidden
