# ruff: noqa: E501  (a line of a submission is its own)
"""What a sealed kernel does for honest work, what remains of it afterwards, and what one submission sees of another."""

import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from nbformat import validate
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import determine_grade
from submissions import COUNT, LIMITS, SIZE, UNIT, made_by_instructor, scores, submission

from dltools.grading.model import Limits
from dltools.grading.sealed.checker import check_notebook
from dltools.grading.sealed.checker_shell import CheckerShell
from dltools.grading.sealed.client import Sealed
from dltools.grading.sealed.kernel_server import FreshKernel


def run(execute, *cells, **options):
    """The outputs of code cells; a cell that starts with # TEST is an instructor's."""
    made = [
        made_by_instructor(c, f"t{i}", 4) if c.startswith("# TEST") else new_code_cell(c) for i, c in enumerate(cells)
    ]
    executed = execute(new_notebook(cells=made), **options)
    validate(executed)
    return executed.cells


def value(cell):
    """The text of a cell's last output."""
    output = cell.outputs[-1]
    return output.data["text/plain"] if "data" in output else output.get("text", output.get("evalue"))


# Honest work


def test_outputs_are_those_of_a_notebook(execute):
    text, number, picture, error, shown = run(
        execute,
        "print('a'); print('b')",
        "6 * 7",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()",
        "1 / 0",
        "from IPython.display import HTML\ndisplay(HTML('<b>bold</b>'))\nx = 3\nx;",
    )
    assert text.outputs[0].text == "a\nb\n"
    assert (number.execution_count, number.outputs[0].execution_count, value(number)) == (2, 2, "42")
    assert picture.outputs[0].data["image/png"].startswith("iVBOR")
    assert (error.outputs[0].ename, error.outputs[0].evalue) == ("ZeroDivisionError", "division by zero")
    assert [output.data.get("text/html") for output in shown.outputs] == ["<b>bold</b>"]


def test_markdown_and_empty_cells_are_left_alone(execute):
    notebook = new_notebook(cells=[new_markdown_cell("hello"), new_code_cell(""), new_code_cell("1")])
    executed = execute(notebook)
    assert executed.cells[0] == notebook.cells[0]
    assert executed.cells[1].outputs == []
    assert notebook.cells[2].outputs == []  # the argument is not changed


def test_a_test_cell_shows_points_and_verdict(execute):
    executed = execute(submission(SIZE))
    data = executed.cells[2].outputs[-1].data
    assert data["text/plain"] == "2.0"
    assert "2 of 2 points" in data["text/html"]


def test_partial_credit(execute):
    no_floor = SIZE.replace("//", "/").replace("return ", "value = ").rstrip() + "\n    return round(value)\n"
    points = scores(execute(submission(no_floor)))["size"]
    assert 0 < points < 2


def test_the_seed_decides_the_cases_and_repeats(execute):
    shown = {}
    for seed in (1, 1, 2):
        cells = execute(submission(SIZE.replace("return", "print(size); return")), seed=seed).cells
        shown.setdefault(seed, []).append(cells[2].outputs[0].data["text/html"])
    assert shown[1][0] == shown[1][1] != shown[2][0]


def test_random_numbers_of_a_notebook_repeat(execute):
    source = "import random, numpy as np\nrandom.random(), np.random.rand(), hash('x')"
    assert value(run(execute, source)[0]) == value(run(execute, source)[0])


def test_files_of_the_assignment_are_in_the_working_folder(execute):
    cells = run(execute, "open('data/words.txt').read()", files={"data/words.txt": b"to be"})
    assert value(cells[0]) == "'to be'"


def test_a_file_that_cannot_be_written_costs_nothing_else(execute):
    files = {"a": b"1", "a/b": b"2", "x" * 300: b"3", "nul\0": b"4", "helper.py": b"VALUE = 5"}
    cells = run(execute, "import helper\nhelper.VALUE, open('a').read()", files=files)
    assert value(cells[0]) == "(5, '1')"


def test_an_answer_may_hold_5_mb_of_constants(execute):
    executed = execute(submission(SIZE + "TABLE = '" + "x" * 5_000_000 + "'"), limits=Limits(60, 200))
    assert scores(executed) == {"size": 2, "count": 2}


def test_an_endless_recursion_in_a_cell_is_told(execute):
    cells = run(execute, "def deep(): return deep()\ndeep()", "1 + 1", limits=Limits(30, 60))
    assert cells[0].outputs[-1].ename == "RecursionError"
    assert value(cells[1]) == "2"


def test_what_a_kernel_shows_of_its_folder_is_its_own(execute):
    cells = run(execute, "%cd /no/such/folder\n%pwd", "_dh")
    assert value(cells[0]) == "'/home/student'" and "/home/student" in value(cells[1])


def test_earlier_units_can_be_imported_and_figures_do_nothing(execute):
    cells = run(
        execute,
        "from dltools.nn import linear_forward\nimport numpy as np\nlinear_forward(np.ones((1, 2)), np.ones((3, 2)), np.zeros(3))[0]",
        "from dltools.figures.convolution import convolution_lab\nconvolution_lab(print)",
        "from dltools.checks import check\ncheck(print)",
    )
    assert value(cells[0]) == "array([[2., 2., 2.]])"
    assert [cell.outputs for cell in cells[1:]] == [[], []]


def test_what_few_notebooks_import_is_there_before_those_begin(level):
    def printed(*cells):
        return value(run(lambda notebook: grader.execute(notebook, seed=0), *cells)[0])

    asks = "import sys\nprint('skl' + 'earn.datasets' in sys.modules)"
    with Sealed(jail=level) as grader:
        assert printed(asks) == "False\n"
        assert printed(asks, "from sklearn.linear_model import Ridge") == "True\n"


def test_nothing_of_the_real_dltools_is_in_memory(execute):
    (cell,) = run(execute, "import sys\n[name for name in sys.modules if name.split('.')[0] == 'dltools']")
    assert value(cell) == "[]"


# Calls from test cells


def test_an_error_is_told_with_its_line(execute):
    executed = execute(submission("def conv2d_output_size(size, *a, **k):\n    wrong = size\n    return wrong / 0"))
    html = executed.cells[2].outputs[-1].data["text/html"]
    assert "ZeroDivisionError: division by zero, in line 3: return wrong / 0" in html


def test_arguments_results_and_exceptions_cross(execute):
    cells = run(
        execute,
        "import numpy as np\ndef double(x, by=2): print('seen'); return {'y': (x * by, [None, 1 + 2j])}\ndef bad(): raise KeyError('k')",
        "# TEST\nr = double(np.arange(3.0), by=3)\nassert np.array_equal(r['y'][0], [0, 3, 6]) and r['y'][1] == [None, 1 + 2j]",
        "# TEST\ntry:\n    bad()\nexcept KeyError as error:\n    print('caught', type(error).__name__)",
    )
    assert [determine_grade(cell) for cell in cells[1:]] == [(4, 4), (4, 4)], [cell.outputs for cell in cells]
    assert "seen" in cells[1].outputs[0].text
    assert "caught KeyError" in cells[2].outputs[0].text


def test_arguments_changed_in_place_are_changed_in_the_checker(execute):
    cells = run(
        execute,
        "def spoil(x, items, table, rng): x += 1; items.append(3); table['new'] = x; rng.normal(); x.shape = (2, 2)",
        "# TEST\nx, items, table, rng = np.zeros(4), [1], {}, np.random.default_rng(0)\nspoil(x, items, table, rng)\n"
        "other = np.random.default_rng(0); other.normal()\n"
        "assert x.tolist() == [[1, 1], [1, 1]] and items == [1, 3] and table['new'].sum() == 4\n"
        "assert rng.normal() == other.normal()",
    )
    assert determine_grade(cells[1]) == (4, 4), cells[1].outputs


def test_an_object_stays_behind_and_goes_back_as_it_was(execute):
    cells = run(
        execute,
        "class Cache:\n    def __init__(self, x): self.x = x\ndef forward(x): return 2 * x, Cache(x)\ndef backward(g, cache): return g * cache.x",
        "# TEST\nout, cache = forward(np.arange(3.0))\nassert backward(np.ones(3), cache).tolist() == [0, 1, 2]\nprint(repr(cache))",
        "# TEST\nout, cache = forward(1)\ncache.x",
        "# TEST\nout, cache = forward(1)\nassert cache",
        "# TEST\nout, cache = forward(1)\nassert np.allclose(cache, cache)",
    )
    assert determine_grade(cells[1]) == (4, 4), cells[1].outputs
    assert "<Cache>" in cells[1].outputs[0].text
    assert [cell.outputs[-1].ename for cell in cells[2:]] == ["AttributeError", "TypeError", "TypeError"]


def test_a_student_function_may_call_a_function_of_the_test(execute):
    cells = run(
        execute,
        "def slope(f, x, h=1e-6): return (f(x + h) - f(x - h)) / (2 * h)\ndef safe(f):\n    try: return f(0)\n    except ZeroDivisionError: return 'caught'",
        "# TEST\nassert abs(slope(lambda x: x**3, 2.0) - 12) < 1e-6",
        "# TEST\nassert safe(lambda x: 1 / x) == 'caught'",
    )
    assert [determine_grade(cell) for cell in cells[1:]] == [(4, 4), (4, 4)], [cell.outputs for cell in cells]


def test_the_function_may_call_back_in_its_turn(execute):
    cells = run(
        execute,
        "def double(x): return 2 * x\ndef apply(f, x): return f(f(x))",
        "# TEST\nassert apply(lambda x: double(x) + 1, 1.0) == 7.0\nassert apply(double, 1.0) == 4.0",
    )
    assert determine_grade(cells[1]) == (4, 4), cells[1].outputs


def test_a_test_cell_has_nothing_of_other_cells(execute):
    cells = run(execute, "answer = 1", "# TEST\nhidden = answer", "# TEST\nhidden", "'hidden' in globals()")
    assert cells[2].outputs[-1].ename == "NameError"
    assert value(cells[3]) == "False"


def test_warnings_of_a_test_cell_cost_nothing(execute):
    cells = run(execute, "f = float", "# TEST\nimport warnings; warnings.warn('!')\nnp.log(f(-1))")
    assert all(output.get("name") != "stderr" for output in cells[1].outputs)


# Limits


def test_the_time_of_a_notebook_ends(execute):
    """Who sleeps uses no processor, and has three times as long."""
    cells = run(execute, *["import time; time.sleep(2)"] * 5, "# TEST\n1", limits=Limits(2, 2.5, 10_000))
    assert cells[0].outputs == []
    assert cells[-1].outputs[0].ename == "NotebookTimeout"
    assert determine_grade(cells[-1]) == (0, 4)


def test_output_beyond_the_limit_is_left_out(execute):
    cells = run(execute, "print('x' * 90_000)", "print('y' * 90_000)", "1", limits=Limits(4, 40, 100_000))
    assert sum(len(str(cell.outputs)) for cell in cells) < 110_000
    assert "left out" in cells[1].outputs[-1].text


# What remains


def processes(sealed):
    """Every process that came from the grader, by its parent."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    family = {sealed.processes.process.pid}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return family


LEAVES = (
    SIZE
    + """
import os, time, subprocess, sys
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: time.sleep(60)
        os._exit(0)
open('left', 'w').write('secret')
"""
)


def processes_at_rest(sealed):
    """The same, once what was killed has gone."""
    for _ in range(100):
        now = processes(sealed)
        time.sleep(0.3)
        if processes(sealed) == now:
            break
    return now


def test_nothing_outlives_its_submission(sealed, execute):
    before = processes_at_rest(sealed)
    execute(submission(LEAVES))
    assert processes_at_rest(sealed) == before


def test_a_submission_sees_nothing_of_the_one_before(execute):
    execute(submission(LEAVES))
    cells = run(execute, "import os\nos.listdir('.'), os.path.exists('left')")
    assert value(cells[0]) == "([], False)"


DESCRIPTORS = """
import fcntl, os, stat
def kind(n):
    try: mode = os.fstat(n).st_mode
    except OSError: return None
    readonly = fcntl.fcntl(n, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
    return 'socket' if stat.S_ISSOCK(mode) else 'file to read' if stat.S_ISREG(mode) and readonly else 'other'
"""


def test_a_kernel_has_no_descriptor_but_its_own(execute):
    cells = run(
        execute,
        DESCRIPTORS,
        "[os.fstat(n).st_rdev == os.stat('/dev/null').st_rdev for n in range(3)]",
        "sorted(set(filter(None, map(kind, range(3, 256))))), [kind(n) for n in range(256)].count('socket')",
    )
    assert value(cells[1]) == "[True, True, True]"
    kinds, sockets = eval(value(cells[2]))
    assert set(kinds) <= {"file to read", "socket", "other"}  # matplotlib's fonts, the channel, the event loop
    assert sockets == 3  # the channel, and the two ends by which the event loop wakes itself


def test_two_submissions_at_one_time_cannot_see_or_signal_each_other(level, execute):
    spy = "import os, signal, time\ntime.sleep(1)\ndef reach(n):\n    try: os.kill(n, signal.SIGTERM); return True\n    except OSError: return False\n"
    with Sealed(jail=level) as other:
        other.ready()
        family = processes(other)
        victims = ", ".join(map(str, [*family, os.getpid()]))
        cells = run(execute, spy + f"[n for n in ({victims},) if n != os.getpid() and reach(n)]")
        assert value(cells[0]) == "[]"
        assert scores(other.execute(submission(SIZE), unit=UNIT, seed=1, limits=LIMITS)) == {"size": 2, "count": 2}


def test_the_grader_ends_with_the_process_that_started_it(level):
    code = (
        "import time\nfrom dltools.grading.sealed.client import Sealed\n"
        f"s = Sealed(jail={level!r}).__enter__().ready()\nprint(s.processes.process.pid, flush=True)\ntime.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid = int(starter.stdout.readline())
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


def test_a_grader_is_a_picklable_description():
    assert pickle.loads(pickle.dumps(Sealed(jail="limited"))) == Sealed(jail="limited")


@pytest.mark.parametrize("tag", ["skip-execution", "raises-exception", "remove_cell"])
def test_tags_change_nothing(execute, tag):
    wrong = submission("def conv2d_output_size(*a, **k): return 1", tags=[tag], count_answer=COUNT)
    assert scores(execute(wrong)) == {"size": 0, "count": 2}


def test_the_unit_is_told_by_the_exercises(execute):
    imported = "try:\n    from dltools.nn.convolution import conv2d_output_size\nexcept ImportError as error:\n    print(error)"
    told = execute(submission(imported), unit="").cells
    assert "not available" in told[1].outputs[0].text
    earlier = run(execute, "from dltools.nn.perceptron import linear_forward\nprint('there')", unit="")
    assert "not available" in value(earlier[0])  # no exercise is named, so that all is sealed


def test_a_process_forked_from_the_grader_makes_its_own(level):
    with Sealed(jail=level) as sealed:
        sealed.ready()
        reading, writing = os.pipe()
        if (child := os.fork()) == 0:
            found = scores(sealed.execute(submission(SIZE), seed=1, limits=LIMITS))
            os.write(writing, repr(found).encode())
            os._exit(0)
        assert scores(sealed.execute(submission(""), seed=1, limits=LIMITS)) == {"size": 0, "count": 2}
        os.waitpid(child, 0)
        assert eval(os.read(reading, 1000)) == {"size": 2, "count": 2}


def test_a_kernel_in_a_fresh_process_where_there_is_no_fork():
    notebook = submission("import os\n" + SIZE, "def conv2d_output_size(*a, **k):\n    os._exit(1)", "1 + 1")
    limits = Limits(20, 120)
    check_notebook(notebook, UNIT, 3, limits, {}, FreshKernel, CheckerShell.make())
    assert scores(notebook) == {"size": 0, "count": 2}
    notebook = submission(SIZE)
    check_notebook(notebook, UNIT, 3, limits, {}, FreshKernel, CheckerShell.make())
    assert scores(notebook) == {"size": 2, "count": 2}


def test_many_large_notebooks_at_one_time_get_their_own_answers(execute):
    def answer(number):
        notebook = new_notebook(cells=[new_markdown_cell("x" * 1_000_000), new_code_cell(f"{number} + 0")])
        return value(execute(notebook, unit=UNIT).cells[1])

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(answer, range(18))) == [str(number) for number in range(18)]
