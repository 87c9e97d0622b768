"""Our steps in nbgrader's generate_assignment: of outputs and metadata only what students' notebooks need."""

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearOutput, NbGraderPreprocessor

from dltools.checks import asked
from dltools.release import pictures
from dltools.running.cells import grade_id

NOTEBOOK_KEYS = {"kernelspec", "language_info", "dltools"}
CELL_KEYS = {"nbgrader", "deletable", "editable"}


class OpenQuestions(NbGraderPreprocessor):
    """Leave the empty answer of a question or forecast, without what nbgrader puts in a solution's place."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        names = asked()
        for cell in nb.cells:
            if grade_id(cell) in names:
                cell.source = cell.source.partition("\n")[0]
        return nb, resources


class QuestionPictures(ClearOutput):
    """Clear all outputs but the pictures of figures before their prediction."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        kept = pictures.shown(cell)
        cell, resources = super().preprocess_cell(cell, resources, index)
        if kept:
            cell.outputs = kept
        return cell, resources


class CleanMetadata(NbGraderPreprocessor):
    """Drop all other metadata and say in the notebook that it is generated."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        unit = resources["nbgrader"]["assignment"]
        nb.metadata = {key: value for key, value in nb.metadata.items() if key in NOTEBOOK_KEYS}
        nb.metadata["dltools"] = {"generated": f"from solutions/{unit}/{unit}.py by dltools release; never edit"}
        nb.metadata = NotebookNode(nb.metadata)
        for cell in nb.cells:
            cell.metadata = NotebookNode({key: value for key, value in cell.metadata.items() if key in CELL_KEYS})
        return nb, resources
