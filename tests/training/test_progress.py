"""The progress bar leaves nothing behind that changes from run to run."""

import nbformat
from nbclient import NotebookClient

from dltools.training import progress

CELL = """
import time
from dltools.training.progress import progress
for number in progress(range(3), "epochs"):
    time.sleep(0.3)
"""


def test_a_stored_notebook_keeps_an_empty_line() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    (output,) = notebook.cells[0].outputs
    assert (output.output_type, output.data) == ("display_data", {"text/plain": ""})


def test_outside_a_notebook_nothing_is_printed(capsys) -> None:
    assert list(progress(range(3), "epochs")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")
