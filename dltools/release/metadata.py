"""The last step of nbgrader's generate_assignment: only the metadata that students' notebooks need."""

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

NOTEBOOK_KEYS = {"kernelspec", "language_info", "dltools"}
CELL_KEYS = {"nbgrader", "deletable", "editable"}


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
