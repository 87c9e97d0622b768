"""What honest people and tools do to a right solution: full points, or a person is asked; never less in silence.

A few dozen notebooks are drawn in every run, 2,000 with `--long`.
"""

import ast
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import EXERCISES, UNIT, Answers
from dltools.grading import submission as worker
from dltools.grading.model import Assignment, Limits, Submission

Notebook = dict[str, Any]
Edit = Callable[[Notebook, int, int], object]
NAME = f"{UNIT}.ipynb"
ALL = {"check_conv2d_output_size": 2.0, "check_conv2d_parameter_count": 2.0, "check_conv2d_forward": 8.0}


def pick(notebook: Notebook, number: int) -> int:
    return number % len(notebook["cells"])


def new_cell(source: str, kind: str = "code", identity: str = "own") -> dict[str, Any]:
    cell = {"cell_type": kind, "id": identity, "metadata": {}, "source": source}
    return cell | ({"outputs": [], "execution_count": 1} if kind == "code" else {})


def split(notebook: Notebook, number: int, second: int) -> None:
    """JupyterLab's "split cell", between two statements; one half keeps the metadata."""
    at = pick(notebook, number)
    cell = notebook["cells"][at]
    try:
        starts = [node.lineno - 1 for node in ast.parse(cell["source"]).body][1:] if cell["cell_type"] == "code" else []
    except SyntaxError:
        return
    if starts:
        lines, where = cell["source"].split("\n"), starts[second % len(starts)]
        halves = ["\n".join(lines[:where]), "\n".join(lines[where:])]
        keeps = second % 2
        cell["source"] = halves[keeps]
        notebook["cells"].insert(at + 1 - keeps, new_cell(halves[1 - keeps], identity=f"half-{number}"))


def merge(notebook: Notebook, number: int, _: int) -> None:
    """With the cell below, of the same type: the first one's metadata."""
    at = pick(notebook, number)
    pair = notebook["cells"][at : at + 2]
    if len(pair) == 2 and pair[0]["cell_type"] == pair[1]["cell_type"]:
        pair[0]["source"] += "\n\n" + pair[1]["source"]
        notebook["cells"].pop(at + 1)


def move(notebook: Notebook, number: int, second: int) -> None:
    cell = notebook["cells"].pop(pick(notebook, number))
    notebook["cells"].insert(second % (len(notebook["cells"]) + 1), cell)


def retype(notebook: Notebook, number: int, second: int) -> None:
    notebook["cells"][pick(notebook, number)]["cell_type"] = ("code", "markdown", "raw")[second % 3]


def duplicate(notebook: Notebook, number: int, second: int) -> None:
    at = pick(notebook, number)
    copy = json.loads(json.dumps(notebook["cells"][at]))
    if second % 2:
        copy["id"] = f"copy-{second}"
    notebook["cells"].insert(at + 1 if second % 3 else len(notebook["cells"]), copy)


def rename(notebook: Notebook, number: int, second: int) -> None:
    """A new id, as platforms give to every cell that they touch."""
    notebook["cells"][pick(notebook, number)]["id"] = f"new-{second}"


def forget(notebook: Notebook, number: int, second: int) -> None:
    """Without metadata, and perhaps without an id, as after copying the text into a new cell."""
    cell = notebook["cells"][pick(notebook, number)]
    cell["metadata"] = {}
    if second % 2:
        cell["id"] = f"forgotten-{number}"


def delete_test(notebook: Notebook, number: int, _: int) -> None:
    name = f"check_{EXERCISES[number % 3]}"
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != name] or notebook["cells"]


def answer_again(notebook: Notebook, number: int, second: int) -> None:
    """The answer once more in a cell of one's own."""
    found = [cell["source"] for cell in notebook["cells"] if "def conv2d" in cell["source"]]
    if found:
        source = found[number % len(found)]
        notebook["cells"].insert(second % (len(notebook["cells"]) + 1), new_cell(source, identity=f"again-{number}"))


def experiment(notebook: Notebook, number: int, second: int) -> None:
    sources = (
        "y = 1",
        "x = [1, 2]",
        "%matplotlib inline",
        "print(conv2d_output_size(7, 3))",
        "!pip list",
        "import numpy",
    )
    cell = new_cell(sources[number % len(sources)], identity=f"try-{number}")
    notebook["cells"].insert(second % (len(notebook["cells"]) + 1), cell)


def need_more(notebook: Notebook, number: int, second: int) -> None:
    """A package that this machine has not, at the top of any cell of code."""
    cell = notebook["cells"][pick(notebook, number)]
    if cell["cell_type"] == "code":
        cell["source"] = ("import no_such_package\n", "open('/content/drive/data.csv')\n")[second % 2] + cell["source"]


def write_below(notebook: Notebook, number: int, _: int) -> None:
    """A line of the student's own at the end of any cell, a test's too."""
    cell = notebook["cells"][pick(notebook, number)]
    cell["source"] += "\n# ok" if cell["cell_type"] == "code" else "\nok"


PLATFORMS: dict[str, Callable[[int], dict[str, Any]]] = {
    "colab": lambda n: {"id": f"AbC{n}", "colab": {"base_uri": "x"}, "outputId": "1", "cellView": "form"},
    "vscode": lambda n: {"vscode": {"languageId": "python"}},
    "deepnote": lambda n: {"cell_id": f"{n:032x}", "deepnote_cell_type": "code", "source_hash": "1", "tags": []},
    "kaggle": lambda n: {
        "_uuid": f"{n}",
        "_cell_guid": f"{n}",
        "execution": {"iopub.status.busy": "1"},
        "trusted": True,
    },
}


def platform(notebook: Notebook, number: int, second: int) -> None:
    """Saved by another platform: its metadata, and new ids or none."""
    add = list(PLATFORMS.values())[number % len(PLATFORMS)]
    for at, cell in enumerate(notebook["cells"]):
        cell["metadata"] = {**cell["metadata"], **add(at)}
        if second % 2:
            cell["id"] = f"{second}-{at}"


def in_format(notebook: Notebook, number: int) -> Any:
    """The document in format 3, in an early format 4 without ids, as it is, or as a format to come."""
    if number % 4 == 0:
        cells = [
            {
                "cell_type": c["cell_type"],
                "metadata": c["metadata"],
                "input" if c["cell_type"] == "code" else "source": c["source"],
            }
            | ({"language": "python", "outputs": []} if c["cell_type"] == "code" else {})
            for c in notebook["cells"]
        ]
        return {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}
    if number % 4 == 1:
        cells = [{key: value for key, value in cell.items() if key != "id"} for cell in notebook["cells"]]
        return {**notebook, "cells": cells, "nbformat_minor": 2}
    return notebook | ({"nbformat": 5} if number % 4 == 2 else {})


def lines(notebook: Notebook, number: int) -> None:
    """Sources as one text or as lines, with the line ends of any system."""
    for cell in notebook["cells"]:
        text = cell["source"].replace("\n", ("\n", "\r\n", "\r")[number % 3])
        cell["source"] = text.splitlines(keepends=number % 2 == 0) if number % 5 else text


EDITS: list[Edit] = [split, merge, move, retype, duplicate, rename, forget, delete_test]
EDITS += [answer_again, experiment, need_more, write_below, platform]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"]
FILES = [NAME, NAME, "01-small (1).ipynb", "01-SMALL.IPYNB", "work/01-small.ipynb", "Kopie von 01-small.ipynb.json"]
number = st.integers(0, 60)
edits = st.lists(st.tuples(st.sampled_from(EDITS), number, number), min_size=1, max_size=4)


def judged(answers: Answers, assignment: Assignment, done: Any, form: int, ends: int, encoding: str, file: str) -> None:
    notebook = answers.perfect()
    notebook["cells"][0]["source"] += "\nÜbung"
    for edit, first, second in done:
        edit(notebook, first, second)
    lines(notebook, ends)
    content = json.dumps(in_format(notebook, form), ensure_ascii=False).encode(encoding)
    graded = worker.grade(Submission("ada", {file: content}, 7), assignment, Limits(), "inprocess:execute")
    assert graded.scores == ALL or graded.person, (graded.scores, graded.repairs)


drawn = given(done=edits, form=number, ends=number, encoding=st.sampled_from(ENCODINGS), file=st.sampled_from(FILES))
quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=40, suppress_health_check=quiet)
@drawn
def test_honest_notebooks(answers: Answers, assignment: Assignment, **example: Any) -> None:
    judged(answers, assignment, **example)


@pytest.mark.long
@pytest.mark.timeout(7200)
@settings(max_examples=2000, suppress_health_check=quiet)
@drawn
def test_honest_notebooks_by_the_thousand(answers: Answers, assignment: Assignment, **example: Any) -> None:
    judged(answers, assignment, **example)
