"""What the machine or the grader does is never a verdict; what the student's code does to itself is one."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ordinary_user
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from submissions import SIZE, UNIT, made_by_instructor, scores, submission

from dltools.grading.jail import levels
from dltools.grading.model import Accident, Caps, Limits
from dltools.grading.sealed.client import Sealed

LIMITS = Limits(cell_seconds=20, notebook_seconds=60)
WAITS = SIZE.replace("    return", "    import time; time.sleep(0.02)\n    return")
REFUSED = levels.why_unavailable("limited")
"""Why this machine cannot do the level limited; None where it can."""


@pytest.fixture
def grader(level):
    with Sealed(jail=level) as sealed:
        yield sealed.ready()


def tree(sealed) -> list[psutil.Process]:
    """The checkers' server, the nursery, its zygotes, and while a submission is graded its checker and its kernel."""
    server = psutil.Process(sealed.processes.process.pid)
    return [server, *server.children(recursive=True)]


def newcomers(sealed, before: list[psutil.Process]) -> list[psutil.Process]:
    """The processes of the submission that is being graded, once its kernel is there."""
    for _ in range(600):
        new = [process for process in tree(sealed) if process not in before]
        if len(new) >= 2:
            return new
        time.sleep(0.05)
    raise AssertionError("no kernel was started")


def graded(sealed):
    return sealed.execute(submission(WAITS, "import time; time.sleep(3)"), unit=UNIT, seed=1, limits=LIMITS)


def test_whatever_is_killed_is_an_accident_and_the_next_run_is_right(grader):
    """In turn: the checker, the kernel, the server, the nursery, a zygote."""
    for victim in range(5):
        before = tree(grader)
        with ThreadPoolExecutor(1) as thread:
            running = thread.submit(graded, grader)
            new = newcomers(grader, before)
            victims = [*new, before[0], before[1], before[-1]]
            victims[victim % len(victims)].kill()
            with pytest.raises(Accident):
                running.result(120)
        assert scores(graded(grader)) == {"size": 2, "count": 2}


@pytest.mark.parametrize(
    "end",
    ["os._exit(9)", "os._exit(137)", "os.closerange(3, 99)", "os.abort()", "__import__('ctypes').string_at(0)"],
)
def test_what_a_function_does_to_itself_is_a_verdict(execute, end):
    deadly = f"import os\ndef conv2d_output_size(*a, **k):\n    [{end} for _ in range(1)]"
    assert scores(execute(submission(deadly))) == {"size": 0, "count": 2}


def test_a_cell_that_closes_every_descriptor_costs_itself_alone(execute):
    closes = "import os\nfor number in range(3, 256):\n    try: os.close(number)\n    except OSError: pass"
    executed = execute(submission(SIZE, closes))
    assert scores(executed) == {"size": 2, "count": 2}
    assert "closed what connects it with the grader" in executed.cells[2].outputs[-1].evalue


LEAVES = """
import ctypes, os
made = ctypes.CDLL(None).shmget(0, 1 << 20, 0o1666)
os.makedirs("locked/inner")
open("locked/inner/file", "w").close()
os.chmod("locked/inner", 0); os.chmod("locked", 0)
for _ in range(1500):
    os.mkdir("d" * 20); os.chdir("d" * 20)
made
"""


@pytest.mark.skipif(bool(REFUSED), reason=f"{REFUSED} test_ordinary_user.py runs it as an ordinary user.")
def test_the_level_limited_leaves_neither_memory_nor_folders():
    def left() -> set[str]:
        folders = {str(path) for path in Path(tempfile.gettempdir()).glob("dltools-student-*")}
        return folders | set(Path("/proc/sysvipc/shm").read_text(encoding="ascii").splitlines()[1:])

    before = left()
    with Sealed(jail="limited") as sealed:
        executed = sealed.ready().execute(submission(LEAVES, SIZE), unit=UNIT, seed=1, limits=LIMITS)
        assert executed.cells[1].outputs[-1].data["text/plain"] == "-1"
        assert scores(executed) == {"size": 2, "count": 2}
    assert left() <= before


def test_a_checker_that_dies_is_an_accident_and_costs_nobody_else(grader):
    cells = [new_code_cell("1"), made_by_instructor("import os; os._exit(3)", "t", 2)]
    with pytest.raises(Accident, match="exit code 3"):
        grader.execute(new_notebook(cells=cells), unit=UNIT, seed=1, limits=LIMITS)
    assert scores(grader.execute(submission(SIZE), unit=UNIT, seed=1, limits=LIMITS)) == {"size": 2, "count": 2}


def test_a_kernel_that_cannot_start_is_said_before_the_first_job(level):
    with Sealed(jail=level, caps=Caps(open_files=1)) as sealed, pytest.raises(Accident, match="could not be started"):
        sealed.ready()


LIMITED = """
import sys
sys.path.insert(0, {tests!r})
from submissions import *
from dltools.grading.sealed.client import Sealed
with Sealed(jail={level!r}) as sealed:
    print(scores(sealed.ready().execute(submission(SIZE), unit=UNIT, seed=1)))
"""


LOGIN_NODES = [
    ("", "-t 600"),
    ("nobody", "-n 200"),
    *(pytest.param("", limit, marks=pytest.mark.long) for limit in ("-v 8000000", "-n 200", "-f 20000")),
    *(pytest.param("nobody", limit, marks=pytest.mark.long) for limit in ("-t 600", "-v 8000000", "-f 20000")),
]


@pytest.mark.parametrize(("user", "limit"), LOGIN_NODES)
def test_limits_of_a_login_node_cost_nobody_a_point(level, limit, user):
    """As `(ulimit -t 600; dltools grade ...)`: also as an ordinary user, where the tests run as root."""
    code = LIMITED.format(tests=str(Path(__file__).parent), level=level)
    drop = f"{sys.executable} {ordinary_user.__file__}" if user else ""
    command = f'ulimit {limit}; exec {drop} {sys.executable} -c "$CODE"'
    done = subprocess.run(
        ["bash", "-c", command], env={**os.environ, "CODE": code}, capture_output=True, text=True, timeout=400
    )
    assert done.stdout.strip() == "{'size': 2.0, 'count': 2.0}", done.stderr
