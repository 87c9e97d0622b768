"""A function has one verdict: in the student's notebook and in the grader, whatever it returns."""

import html
import re
from dataclasses import replace

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from submissions import made_by_instructor

from dltools.checks import check, check_answer, check_foreseen, exercises
from dltools.checks.unwritten import way_on
from dltools.grading.sealed.checker_shell import CheckerShell

SEED = 7
RIGHT = "x @ weight.T + bias, (x, weight)"
FORWARD = "def linear_forward(x, weight, bias):\n    out, cache = {right}\n    {change}\n    return out, cache".format
ANSWERS = {
    "an array": "pass",
    "a matrix": "out = np.matrix(out)",
    "long double": "out = out.astype(np.longdouble)",
    "the other byte order": "out = out.astype('>f8')",
    "a subclass": "out = out.view(type('Mine', (np.ndarray,), {}))",
    "a subclass that lies": "out = (out * 0).view(type('Lie', (np.ndarray,), {'__sub__': lambda a, b: np.zeros(9),"
    " '__eq__': lambda a, b: np.ones(a.shape, bool), '__array__': lambda a, *k: x @ weight.T + bias}))",
    "a subclass that raises": "out = out.view(type('Angry', (np.ndarray,), {'__getattribute__': lambda a, n: 1 / 0}))",
    "masked": "out = np.ma.masked_array(out, mask=np.ones(out.shape))",
    "objects": "out = out.astype(object)",
    "complex": "out = out + 7j",
    "structured": "out = np.zeros(out.shape, [('a', float)])",
    "text": "out = out.astype(str)",
    "half in float16": "out = (out / 2).astype(np.float16)",
    "float16": "out = out.astype(np.float16)",
    "float32": "out = out.astype(np.float32)",
    "a list": "out = out.tolist()",
    "a generator": "out = (row for row in out)",
    "a function": "out = print",
    "nan": "out = out * np.inf * 0",
    "an error": "raise KeyError('lost')",
    "a missing name": "import_me",
    "numpy that raises": "np.seterr(all='raise'); np.exp(-1000.0), np.float64(1) / 0",
    "warnings that raise": "import warnings; warnings.simplefilter('error'); warnings.warn('careful')",
    "a changed argument": "x -= 1",
    "a tuple that raises": "return type('Angry', (tuple,), {'__iter__': lambda a: 1 / 0, '__len__': lambda a: 1 / 0})("
    "(out, cache))",
    "a named tuple": "import collections; return collections.namedtuple('Pair', 'out cache')(out, cache)",
}


def told(verdict: str) -> str:
    """The verdict's text without its layout; a line's number depends on the cell that holds it."""
    return re.sub(r"in line \d+", "in line", html.unescape(re.sub("<[^>]*>", " ", verdict)))


@pytest.mark.parametrize("change", ANSWERS.values(), ids=ANSWERS)
def test_the_notebook_and_the_grader_say_the_same(execute, tmp_path, change):
    source = FORWARD(right=RIGHT, change=change)
    file, names = tmp_path / "cell.py", {"np": np}
    file.write_text(source)
    with np.errstate(all="warn"):
        exec(compile(source, str(file), "exec"), names)
        here = check(names["linear_forward"], seed=SEED)
    here = replace(here, way_on=way_on(exercises()["linear_forward"]))  # as in a notebook, which this process is not
    cells = [new_code_cell("import numpy as np"), new_code_cell(source)]
    executed = execute(new_notebook(cells=[*cells, made_by_instructor("check(linear_forward)", "t", 5)]), seed=SEED)
    shown = executed.cells[-1].outputs[-1].data
    assert shown["text/plain"] == str(here.points)
    assert told(shown["text/html"]) == told(here._repr_html_())


OF_ALL = {
    "right": "v",
    "masked": "np.ma.masked_array(np.full(np.shape(v), 7.0), mask=np.arange(np.size(v)).reshape(np.shape(v)) > 0)",
    "half in float16": "(np.asarray(v) / 2).astype(np.float16)",
    "a subclass that lies": "(np.asarray(v) * 0 + 77).view(type('Lie', (np.ndarray,), {'__sub__': lambda a, b: 0 * b, "
    "'__eq__': lambda a, b: np.ones(a.shape, bool)}))",
    "a subclass that raises": "np.asarray(v).view(type('Angry', (np.ndarray,), {'__len__': lambda a, n: 1 / 0, "
    "'__getattribute__': lambda a, n: 1 / 0}))",
}
LAST = "11-capstone"
"""The unit in which the functions of all units before it may be imported."""
OTHERS = [
    e for e in exercises().values() if e.reference.__module__.startswith("dltools.nn") and e.name != "train_two_layer"
]
"""Exercises whose function is in the library: a student's cell may import it. One takes seconds."""
TO_EACH = """
import numpy as np

def to_each(returned, cache):
    parts = tuple(returned) if isinstance(returned, tuple) else (returned,)
    made = [v if cache and v is parts[-1] else [{change} for v in v] if type(v) is list else {change} for v in parts]
    return tuple(made) if isinstance(returned, tuple) else made[0]
""".format


def written_for_all(change: str) -> list[str]:
    """A cell for each exercise: the library's function, with each of its results changed."""
    cells = [TO_EACH(change=change)]
    for exercise in OTHERS:
        name, module = exercise.name, exercise.reference.__module__
        has_cache = exercise.returns[-1] == "cache"
        cells.append(
            f"from {module} import {name} as right_{name}\n"
            f"def {name}(*arguments):\n    return to_each(right_{name}(*arguments), {has_cache})"
        )
    return cells


@pytest.mark.long
@pytest.mark.parametrize("change", OF_ALL.values(), ids=OF_ALL)
def test_every_exercise_says_the_same_in_both(execute, tmp_path, change):
    names: dict = {}
    cells, graded, here = written_for_all(change), [], {}
    for number, source in enumerate(cells):
        file = tmp_path / f"cell_{number}.py"
        file.write_text(source)
        exec(compile(source, str(file), "exec"), names)
    for exercise in OTHERS:
        forward = exercise.forward and f"right_{exercise.forward.__name__}"
        call = f"check({exercise.name}, forward={forward})" if forward else f"check({exercise.name})"
        graded.append(made_by_instructor(call, f"t_{exercise.name}", exercise.points))
        here[exercise.name] = check(names[exercise.name], forward=names.get(forward), seed=SEED)
    executed = execute(new_notebook(cells=[*map(new_code_cell, cells), *graded]), seed=SEED, unit=LAST)
    shown = {name: cell.outputs[-1].data for name, cell in zip(here, executed.cells[len(cells) :])}
    assert {n: data["text/plain"] for n, data in shown.items()} == {n: str(v.points) for n, v in here.items()}


WRITTEN = {
    "a number": "0.25",
    "a fraction": "'1/4'",
    "NumPy's number": "np.float64(0.25)",
    "a wrong number": "1",
    "nothing": '""',
    "a list": "[0.25]",
    "a class of its own": "type('Lie', (), {'__float__': lambda a: 0.25, '__eq__': lambda a, b: True})()",
    "a number that lies": "type('Lie', (float,), {'__sub__': lambda a, b: 0.0, '__eq__': lambda a, b: True})(9)",
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_an_answer_is_worth_the_same_to_both(execute, written):
    here = check_answer(steepest_question=eval(written, {"np": np}))
    cells = [new_code_cell("import numpy as np"), new_code_cell(f"steepest_question = {written}")]
    graded = made_by_instructor("check_answer(steepest_question=steepest_question)", "t", 1)
    shown = execute(new_notebook(cells=[*cells, graded]), seed=SEED).cells[-1].outputs[-1].data
    assert shown["text/plain"] == str(here.points)
    assert told(shown["text/html"]) == told(here._repr_html_())


def test_a_forecast_is_worth_the_same_to_both(execute):
    written = ("[[7, 17], [-3, 7]]", "[[6, 4], [17, 2]]", '""', "object()")
    cells = [new_code_cell(f"conv2d_forward_foreseen = {one}") for one in written]
    graded = [
        made_by_instructor("check_foreseen(conv2d_forward_foreseen=conv2d_forward_foreseen)", f"t{n}", 1)
        for n in range(len(written))
    ]
    notebook = new_notebook(cells=[cell for pair in zip(cells, graded) for cell in pair])
    for one, cell in zip(written, execute(notebook, seed=SEED).cells[1::2]):
        here = check_foreseen(conv2d_forward_foreseen=eval(one))
        assert cell.outputs[-1].data["text/plain"] == str(here.points)
        assert told(cell.outputs[-1].data["text/html"]) == told(here._repr_html_())


def test_a_verdict_is_shown_as_by_all_formatters_of_ipython():
    def conv2d_output_size(*sizes):
        return 0

    shell, verdict = CheckerShell.make(), check(conv2d_output_size)
    shown = shell.displayhook.compute_format_data(verdict)
    assert shown == shell.display_formatter.format(verdict)
    assert shell.displayhook.compute_format_data(0.5) == ({"text/plain": "0.5"}, {})
