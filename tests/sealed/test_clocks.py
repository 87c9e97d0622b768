"""A function that does not end costs its own exercise, whatever stops it; the cells after it are judged."""

import os
import subprocess
import sys
import time

import pytest
from submissions import scores, submission

from dltools.grading.model import Limits
from dltools.grading.sealed.clock import WALL, Clock, Used, used_by

ENDLESS = {
    "a loop": "def conv2d_output_size(*a, **k):\n    while True: pass",
    "a loop that takes no interrupt": """
def conv2d_output_size(*a, **k):
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
    "a sum in C": "def conv2d_output_size(*a, **k): return sum(range(10**11))",
    "interrupts blocked": "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n"
    "def conv2d_output_size(*a, **k):\n    while True: pass",
    "a sleep": "import time\ndef conv2d_output_size(*a, **k): time.sleep(10**6)",
}


def judged(execute, code: str, limits: Limits) -> tuple[dict[str, float], str]:
    """The points, and what the first test shows."""
    executed = execute(submission(code), limits=limits)
    return scores(executed), str(executed.cells[2].outputs)


@pytest.mark.parametrize("name", ENDLESS)
def test_an_endless_function_costs_its_own_exercise(execute, name):
    points, shown = judged(execute, ENDLESS[name], Limits(cell_seconds=4, notebook_seconds=40))
    assert points == {"size": 0, "count": 2}, shown
    assert "conv2d_output_size did not end within 4 seconds" in shown


@pytest.mark.long
@pytest.mark.parametrize("seconds", [8, 9, 10, 20, 60])
@pytest.mark.parametrize("name", ENDLESS)
def test_at_every_limit_of_a_cell(execute, name, seconds):
    """A call has 10 seconds (checks/exercise.py): the cell's limit is below, beside and above."""
    points, shown = judged(execute, ENDLESS[name], Limits(cell_seconds=seconds))
    assert points == {"size": 0, "count": 2}, shown
    assert f"conv2d_output_size did not end within {min(seconds, 10)} seconds" in shown


def test_at_the_default_limits(execute):
    points, shown = judged(execute, ENDLESS["a sum in C"], Limits())
    assert points == {"size": 0, "count": 2}, shown
    assert "did not end within 10 seconds" in shown


def test_a_cell_that_does_not_end_when_it_is_run_again_is_left_out(execute):
    """The first test ends the kernel; in the new one the loop is left out, so that the cell after it has number 2."""
    hangs = "if get_ipython().execution_count == 2:\n    while True: pass"
    deadly = "import os\ndef conv2d_output_size(*a, **k): os._exit(0)"
    executed = execute(submission("while True: pass", hangs, deadly), limits=Limits(4, 60))
    assert [output.ename for output in executed.cells[1].outputs][-1] == "CellTimeout"
    assert executed.cells[2].outputs == []
    assert scores(executed) == {"size": 0, "count": 2}


class Kernel:
    """Seconds of a clock on the wall; of each the kernel has the processor a part, and waits for it a part."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, share: float, waits: float) -> None:
        self.now, self.share, self.waits = 1000.0, share, waits
        monkeypatch.setattr("time.monotonic", lambda: self.now)

    def seconds_until_used_up(self, limit: float) -> float:
        clock, began = Clock(limit, lambda: Used(self.now * self.share, self.now * self.waits)), self.now
        while (left := clock.left()) > 0:
            self.now += left
        return self.now - began


@pytest.mark.parametrize(
    "share, waits, times", [(1, 0, 1), (0.5, 0, 2), (0.1, 0, WALL), (0, 0, WALL), (0.1, 0.9, 10), (0.1, 0.5, 2 * WALL)]
)
def test_a_clock_counts_the_processor_and_ends_sleepers(monkeypatch, share, waits, times):
    """On a machine that others use, a kernel has its ten seconds, however long it waits for them."""
    took = Kernel(monkeypatch, share, waits).seconds_until_used_up(10.0)
    assert times * 10 - 0.5 <= took <= times * 10 + 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not say it")
def test_what_waits_for_a_processor_is_told_from_what_sleeps():
    """Four that count and one that sleeps, all on one processor."""
    one = {min(os.sched_getaffinity(0))}
    begin = f"import os, time; os.sched_setaffinity(0, {one}); "
    codes = [begin + "\nwhile True: pass"] * 4 + [begin + "time.sleep(99)"]
    children = [subprocess.Popen([sys.executable, "-c", code]) for code in codes]
    try:
        while used_by(children[0].pid).processor < 1:
            time.sleep(0.1)
        busy, asleep = used_by(children[0].pid), used_by(children[-1].pid)
    finally:
        for child in children:
            child.kill()
            child.wait()
    assert busy.waiting > 1.5 > asleep.waiting
