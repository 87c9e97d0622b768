"""A kernel that dies: a new one knows the cells that went well, and none that would end it too."""

import pytest
from test_sealed import run, value


def test_a_new_kernel_knows_the_cells_that_went_well(execute):
    cells = run(
        execute,
        "x = 1",
        "import os\ndef f(): os._exit(1)",
        "y = x + 1\nos._exit(1)",
        "y = x + 2",
        "# TEST\nf()",
        "x, y",
    )
    assert cells[2].outputs[0].ename == cells[4].outputs[0].ename == "KernelDied"
    assert value(cells[5]) == "(1, 3)"


KILLS_LATER = {
    "a timer": "threading.Timer(0.2, os._exit, [1]).start()",
    "a thread": "threading.Thread(target=lambda: [time.sleep(0.2), os._exit(1)], daemon=True).start()",
    "an alarm": "signal.signal(signal.SIGALRM, lambda *_: os._exit(1)); signal.setitimer(signal.ITIMER_REAL, 0.2)",
    "a hook": "get_ipython().events.register('pre_run_cell', lambda info: os._exit(1))",
}


@pytest.mark.parametrize("name", KILLS_LATER)
def test_a_cell_that_kills_later_is_not_run_in_every_new_kernel(execute, name):
    """Each cell below it outlasts what it left behind; tqdm's thread does nothing, and its cell is run again."""
    harmless = "import os, signal, threading, time\nfrom tqdm import tqdm\nx = [i for i in tqdm(range(3))]"
    cells = run(execute, harmless, KILLS_LATER[name], *["time.sleep(0.4) or len(x)"] * 3)
    ends = [value(cell) for cell in cells[2:]]
    assert all("it ended the Python process" in end for end in ends[:2]) and ends[2] == "3", ends


def test_a_notebook_that_kills_every_kernel_ends(execute):
    cells = run(execute, *["import os; os._exit(1)"] * 12)
    assert all(cell.outputs[0].ename == "KernelDied" for cell in cells)
