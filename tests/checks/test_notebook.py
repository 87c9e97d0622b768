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
ALL = "from dltools.checks import check_answer, check_foreseen, foresee, hint\n"


@pytest.mark.parametrize(
    "cells, said",
    [
        (["check(print)"], "There is no exercise named print; the nearest are predict"),
        (["def conv2d_foward(): pass", "check(conv2d_foward)"], "the nearest are conv2d_forward, "),
        (["hint(center)"], "NameError: hint is not imported yet: run `from dltools.checks import hint`"),
        (["foresee('center')"], "NameError: foresee is not imported yet: run `from dltools.checks import foresee`"),
        (
            ["check = check.__name__", "check(print)"],
            "TypeError: a cell has given the name check to a value: run `from",
        ),
        (["check = 1", "check = check(print)"], "TypeError: a cell has given the name check to a value: run `from"),
        (["check('center')"], "ValueError: check takes the function itself, without quotation marks: check(center)."),
        (["check((1, 2))"], "ValueError: A function is given by its name alone, as in check(center): no parentheses"),
        ([f"{ALL}hint('')"], "ValueError: A function is given by its name alone, as in check(center): no parentheses"),
        ([f"{ALL}foresee('linear_forward', 3)"], "each result by its name: foresee(linear_forward, out=...)."),
        ([f"{ALL}check_answer(3)"], "ValueError: check_answer takes one answer, by its name: check_answer("),
        ([f"{ALL}check_foreseen(3)"], "ValueError: check_foreseen takes one answer, by its name: check_foreseen("),
        (["chain_question"], "NameError: chain_question is not defined yet: run the cell that defines it, then this"),
        (["early_stopping_foreseen"], "NameError: early_stopping_foreseen is not defined yet: run the cell"),
        (["ways_question = a"], 'NameError: a letter is written between quotation marks: ways_question = "a"'),
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


@pytest.mark.parametrize("def_line", ["def center(x, by):", "def center():", "def center(x, *, by):"])
def test_another_def_line_than_the_unit_s_is_told(def_line):
    cells = [START, f"{def_line}\n    return x", "print(check(center))"]
    shown = subprocess.run([sys.executable, "-c", RUN, *cells], capture_output=True, text=True, check=True)
    assert "a def line stays as the unit gave it, with its defaults." in shown.stdout


def test_what_helps_is_said_below_the_traceback_of_a_cell():
    cells = [START, "zork", "z = 0.5\nz(1 - z)", "sum = 3\nsum([1, 2])", "sum(1)"]
    shown = subprocess.run([sys.executable, "-c", RUN, *cells], capture_output=True, text=True, check=True)
    said = shown.stdout + shown.stderr
    assert "NameError: name 'zork' is not defined\nIs zork spelled right? If another cell defines it" in said
    assert "z is no function: a product is written with its sign, z * (...), an entry as z[...]." in said
    assert said.count("sum is a function of Python's own, and a value was given its name") == 2
