"""The progress bar leaves nothing behind that changes from run to run."""

import nbformat
from nbclient import NotebookClient

from dltools.training import progress

CELL = """
import time
from dltools.training.progress import progress
for training in range(2):
    for number in progress(range(2), "epochs"):
        time.sleep(0.3)
"""


def test_a_stored_notebook_keeps_one_empty_line_a_cell() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL) for _ in range(2)])
    client = NotebookClient(notebook, kernel_name="python3", timeout=60)
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index, store_history=False)  # as nbval does: the count of executions stays 1
    for cell in notebook.cells:
        (output,) = cell.outputs
        assert (output.output_type, output.data) == ("display_data", {"text/plain": ""})


def test_outside_a_notebook_nothing_is_printed(capsys) -> None:
    assert list(progress(range(3), "epochs")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")
