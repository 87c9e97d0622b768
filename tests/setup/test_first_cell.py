"""A kernel of `dltools lab` says what to run first where the first cell has not; the rest is left to the checks."""

import nbformat
from nbclient import NotebookClient

from dltools.running.first_cell import SAID
from dltools.running.ipc import use_ipc
from dltools.student.lab import configure_kernels, variables


def test_a_missing_name_is_told_until_the_first_cell_has_run(tmp_path, monkeypatch):
    configure_kernels(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", variables(tmp_path)["IPYTHONDIR"])
    cells = ["check(center)", "1 / 0", "from dltools.checks import check", "check(center)", "zork"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, kernel_name="python3", timeout=600, startup_timeout=300, allow_errors=True)
    use_ipc(client, str(tmp_path))
    client.execute()
    first, other, ours, name = ("\n".join(output.traceback) for cell in notebook.cells for output in cell.outputs)
    assert "name 'check' is not defined" in first and SAID in first
    assert SAID not in other + ours + name and ours.startswith("NameError: center is not defined yet: run the cell")
