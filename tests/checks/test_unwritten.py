"""What is not written yet stops nobody, and NumPy's errors about shapes are said in words."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from dltools.checks import exercises
from dltools.checks.engine import judge
from dltools.checks.progress import VARIABLE
from dltools.places import REPOSITORY
from dltools.running.ipc import use_ipc
from dltools.running.operands import shapes_in_words

STUB = "def center(x):\n    raise NotImplementedError()"
CHECK = "from dltools.checks import check"


SHELL = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell, told = InteractiveShell.instance(colors="NoColor"), []
for cell in json.loads(sys.argv[1]):
    with capture_output() as said:
        done = shell.run_cell(cell)
    told.append([done.success, said.stdout])
print(json.dumps(told))
"""


def run(*cells: str) -> list[tuple[bool, str]]:
    """Run the cells in one IPython; returns whether Run All would go on after each, and what it shows."""
    done = subprocess.run([sys.executable, "-c", SHELL, json.dumps([CHECK, *cells])], capture_output=True, text=True)
    return [(success, said.strip()) for success, said in json.loads(done.stdout)[1:]]


def test_a_gap_is_said_and_the_next_cells_run():
    assert run(STUB, "out = center(1)", "out + 1", "raise NotImplementedError()", "print('the end')")[1:] == [
        (True, "center is not written yet: see its cell above."),
        (True, "out is not there yet: a cell above makes it with center, which is not written yet."),
        (True, "This cell is not written yet."),
        (True, "the end"),
    ]


def test_what_a_cell_above_could_not_make_anew_is_said():
    solved = "def center(x): return x"
    said = run("out = 'of another cell'", STUB, "out = center(1)", "out + 1", solved, "out = center(1)", "out + '1'")
    assert said[3] == (True, "out is not there yet: a cell above makes it with center, which is not written yet.")
    assert not said[6][0] and "TypeError" in said[6][1]


def test_a_plot_that_cannot_be_filled_leaves_no_frame():
    begin = "import matplotlib.pyplot as plt"
    said = run(begin, STUB, "plt.figure(); center(1)", "print(plt.get_fignums())")
    assert said[3] == (True, "[]")


def test_other_errors_stop_as_ever():
    wrong = ["1 / 0", "zork", "import dltools.nowhere", "len(3)", "f(", "import dltools.nn as nn; nn.none"]
    said = run(STUB, "center(1)", *wrong)
    assert [success for success, _ in said[2:]] == [False] * len(wrong)


def test_unsolved_verdict_ends_with_the_way_on():
    stubs = STUB + "\ndef relu_forward(x):\n    raise NotImplementedError()"
    said = run(stubs, "print(check(center))", "print(check(relu_forward))")
    assert said[1][1].endswith("\nYou can go on without it: a cell that needs it says so.")
    assert said[2][1].endswith(": from dltools.nn import relu_forward, relu_backward")


def test_the_course_s_own_function_is_told_from_the_student_s(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "progress.json"))
    mine = "def relu_forward(x): return x * (x > 0), x"
    said = run("from dltools.nn import relu_forward", "print(check(relu_forward))", mine, "print(check(relu_forward))")
    assert "\nThis is the course's own relu_forward, imported to go on without yours" in said[1][1]
    assert "the course's own" not in said[3][1] and "relu_forward: solved" in said[3][1]


def test_the_course_s_own_function_is_no_progress(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "progress.json"))
    run("from dltools.nn import relu_forward", "check(relu_forward)")
    assert not (tmp_path / "progress.json").exists()


def test_a_backward_without_its_forward_begins_with_the_forward():
    stubs = "".join(f"def relu_{way}(x):\n    raise NotImplementedError()\n" for way in ("forward", "backward"))
    said = run(stubs, "print(check(relu_backward, forward=relu_forward))")
    assert "relu_forward is not written yet.\nHow to begin? Run hint(relu_forward) in a cell of your own" in said[1][1]


def test_notebook_says_the_shapes():
    [(success, said)] = run("import numpy as np; x = np.ones((2, 3)); x @ x")
    assert not success and "x has the shape (2, 3) and x has the shape (2, 3). In a product" in said


def execute(notebook: nbformat.NotebookNode, sockets: Path) -> list[nbformat.NotebookNode]:
    """Run a notebook in a kernel as Run All does, to its end; returns the errors that it shows."""
    client = NotebookClient(notebook, kernel_name="python3", timeout=600, startup_timeout=300)
    use_ipc(client, str(sockets))
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output for output in outputs if output.output_type == "error"]


def test_graded_cell_that_meets_a_gap_shows_an_error(tmp_path):
    """For nbgrader gives all points to a cell without one."""
    cells = [nbformat.v4.new_code_cell(cell) for cell in (CHECK, STUB, "assert center(1)")]
    assert len(execute(nbformat.v4.new_notebook(cells=cells), tmp_path)) == 1


@pytest.mark.parametrize("unit", sorted(path.stem for path in (REPOSITORY / "course").glob("*/*.ipynb")))
def test_untouched_unit_runs_to_its_end(unit, tmp_path):
    notebook = nbformat.read(REPOSITORY / "course" / unit / f"{unit}.ipynb", as_version=4)
    said = execute(notebook, tmp_path)
    assert all(len(error.traceback) == 1 and "not written yet" in error.traceback[0] for error in said), said


x, w, W = np.ones((4, 3)), np.ones(2), np.ones((2, 5))


def puts_in():
    out = np.zeros((2, 3))
    out[0] = np.ones(4)


def asks_if():
    if x > 1:
        pass


def adds_in_place():
    out = np.zeros(2)
    out += x


def layer(x):
    return 2 * x, w


def passes_on_a_pair():
    out = layer(x)
    return out * 0.5


def passes_a_pair_to_a_function():
    out = layer(x)
    return np.maximum(out, 0)


def passes_a_pair_on_under_its_own_name():
    out = layer(x)
    out = np.maximum(out, 0)
    return out


def passes_a_pair_on_in_a_loop():
    out = np.zeros((4, 3))
    for _ in range(2):
        out = layer(out * 0.5)
    return out


def appends_pairs():
    pairs = []
    for _ in range(2):
        pairs.append((x, w))
    return np.stack(pairs)


def takes_a_pair_for_a_number(size=(2, 3)):
    return len(x) - size


def pads_two_axes():
    return np.pad(np.ones((1, 1, 2, 2)), ((1, 1), (1, 1)))


def calls_another():
    return adds(x[:, 0], (x, w))


def adds(first, cache):
    return first + cache[1]


def calls_one_of_ours():
    return scatter_of_ours(x, w)


def scatter_of_ours(first, second):
    return eval("first + second", {"__name__": "ours"}, {"first": first, "second": second})


def takes_a_name_of_pythons(sum):
    return sum([1, 2])


ragged = [x, w]


@pytest.mark.parametrize(
    "function, words",
    [
        (passes_on_a_pair, "out is the whole tuple of 2 that layer returns (line "),
        (passes_a_pair_to_a_function, "out is the whole tuple of 2 that layer returns (line "),
        (passes_a_pair_on_under_its_own_name, "out is the whole tuple of 2 that layer returns (line "),
        (passes_a_pair_on_in_a_loop, "out is the whole tuple of 2 that layer returns (line "),
        (appends_pairs, "pairs is a list of tuples: take apart"),
        (takes_a_pair_for_a_number, "size is the pair (2, 3) here: take it apart first."),
        (lambda: np.linalg.norm(ragged), "The arrays in ragged have different shapes: go through them one by one."),
        (pads_two_axes, ""),
        (lambda: x @ w, "x has the shape (4, 3) and w has the shape (2,). In a product @"),
        (lambda: x @ W.T + w, "x has the shape (4, 3) and W.T has the shape (5, 2). In a product @"),
        (lambda: np.dot(x, W), "x has the shape (4, 3) and W has the shape (2, 5). In a product @"),
        (lambda: x.dot(W), "x has the shape (4, 3) and W has the shape (2, 5). In a product @"),
        (lambda: np.abs(x).dot(W), "np.abs(x) has the shape (4, 3) and W has the shape (2, 5). In a product @"),
        (
            lambda: np.abs(x) @ W.T,
            "The last axis of np.abs(x) is 3 long and the axis of W.T that meets it 5. In a product @",
        ),
        (lambda: x.sum(axis=0) + w, "x.sum(axis=0) has the shape (3,) and w has (2,). Lined up from the right"),
        (lambda: np.maximum(x, w), "x has the shape (4, 3) and w has (2,). Lined up"),
        (adds_in_place, "out has the shape (2,) and x has (4, 3)"),
        (puts_in, "What is put in has the shape (4,), and its place has (3,)."),
        (asks_if, "x has the shape (4, 3): it has one True or False for each entry"),
        (lambda: max(x, 0), "x has the shape (4, 3): it has one True"),
        (lambda: x > 0 and x < 1, "x has the shape (4, 3): it has one True"),
        (lambda: (x == 1) - (x == 2), "True and False have no difference"),
        (lambda: np.argsort([(1.0, x), (2.0, x)]), "A tuple or list of unequal parts"),
        (calls_another, "first has the shape (4,) and cache[1] has (2,). Lined up"),
        (calls_one_of_ours, ""),
        (lambda: x(1 - x), "x is no function: a product is written with its sign, x * (...), an entry as x[...]."),
        (lambda: x.shape(0), "x.shape is no function: a product"),
        (lambda: takes_a_name_of_pythons(sum=3), "sum is a function of Python's own, and a value was given its name"),
        (lambda: np.random.default_rng(0)(3), ""),
        (lambda: x[7], ""),
    ],
)
def test_shapes_in_words(function, words):
    with pytest.raises((ValueError, IndexError, TypeError)) as raised:
        function()
    said = shapes_in_words(raised.value, lambda frame: frame.f_code.co_filename == __file__)
    assert said.startswith(words) and bool(said) == bool(words)


def test_operands_are_those_of_the_function_that_failed_though_another_cell_has_it():
    with pytest.raises(ValueError) as raised:
        calls_another()
    said = shapes_in_words(raised.value, lambda frame: frame.f_code is calls_another.__code__)
    line = adds.__code__.co_firstlineno + 1
    assert said.startswith(f"In adds, line {line}: first has the shape (4,) and cache[1] has (2,).")


def test_what_fits_is_said_where_the_formula_is_for_columns():
    h = np.ones((7, 5))
    with pytest.raises(ValueError) as raised:
        W @ h
    said = shapes_in_words(raised.value, lambda frame: frame.f_code.co_filename == __file__)
    assert "h @ W.T fits, with a row for each row of h" in said and (h @ W.T).shape == (7, 2)


def test_the_line_is_that_which_keeps_the_pair():
    with pytest.raises(TypeError) as raised:
        passes_on_a_pair()
    said = shapes_in_words(raised.value, lambda frame: frame.f_code.co_filename == __file__)
    assert f"(line {passes_on_a_pair.__code__.co_firstlineno + 1})" in said


def test_verdict_says_the_shapes():
    def linear_forward(x, weight, bias):
        return x @ weight + bias, None

    assert "weight has the shape" in str(judge(exercises()["linear_forward"], linear_forward))
