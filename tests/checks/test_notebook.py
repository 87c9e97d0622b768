"""What a notebook shows where there is no verdict is one sentence, without the engine's lines."""

import subprocess
import sys

import pytest

RUN = """
import signal, sys
from IPython.core.interactiveshell import InteractiveShell
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is started without it
shell = InteractiveShell.instance(colors="NoColor")
for cell in sys.argv[1:]:
    shell.run_cell(cell)
"""
START = "import os, signal\nfrom dltools.checks import check"


@pytest.mark.parametrize(
    "cells, said",
    [
        (["check(print)"], "There is no exercise named print; the nearest are predict"),
        (["def conv2d_foward(): pass", "check(conv2d_foward)"], "the nearest are conv2d_forward, "),
        (["hint(center)"], "NameError: hint is not imported yet: run `from dltools.checks import hint`"),
        (["check(conv2d_forward)"], "NameError: conv2d_forward is not defined yet: run the cell that defines it"),
        (
            ["def conv2d_backward(): pass", "check(conv2d_backward)"],
            "call check(conv2d_backward, forward=conv2d_forward)",
        ),
        (
            ["def center(x):\n    os.kill(os.getpid(), signal.SIGINT)\n    while True: pass", "check(center)"],
            "KeyboardInterrupt: check(center) was interrupted, in line",
        ),
    ],
)
def test_one_sentence(cells, said):
    shown = subprocess.run([sys.executable, "-c", RUN, START, *cells], capture_output=True, text=True, check=True)
    lines = (shown.stdout + shown.stderr).strip().splitlines()
    assert len(lines) == 1 and said in lines[0], shown


def test_other_names_are_shown_as_ever():
    shown = subprocess.run([sys.executable, "-c", RUN, START, "zork"], capture_output=True, text=True, check=True)
    assert "NameError: name 'zork' is not defined" in shown.stdout + shown.stderr
