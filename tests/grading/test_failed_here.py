"""What this machine lacks costs nobody a point in silence: a person is asked, where points are missing."""

from collections.abc import Callable
from typing import Any

import pytest
from hand_ins import NAME, text

from course import EXERCISES, Answers
from dltools.checks import check
from dltools.grading import submission as worker
from dltools.grading.model import Assignment, Limits, Submission
from dltools.nn import conv2d_output_size

LACKS = {
    # what stands at the top of the imports: what is said of it
    "import no_such_package": "Cell 2 lacked something here that the student may have: ModuleNotFoundError: No module",
    "open('measured.csv')": "FileNotFoundError: [Errno 2] No such file or directory: 'measured.csv'",
    "raise MemoryError('of 16 GB')": "MemoryError: of 16 GB",
    "raise Exception(\"File `'mine.ipynb'` not found.\")": "Exception: File `'mine.ipynb'` not found.",
    "raise OSError('\x1b[2J')": "OSError: \\x1b[2J",
}
ITS_OWN_FAULT = ["1 / 0", "no_such_name", "raise ModuleNotFoundError('not available while this notebook is graded')"]


def person(answers: Answers, assignment: Assignment, line: str, own: bool = False) -> list[str]:
    """What a person is told where the line stands above the imports, or in a cell of the student's own below them."""
    notebook = answers.perfect()
    cell = {"cell_type": "code", "id": "own", "metadata": {}, "source": line, "outputs": [], "execution_count": None}
    if own:
        notebook["cells"].insert(2, cell)
    else:
        notebook["cells"][1]["source"] = f"{line}\n{notebook['cells'][1]['source']}"
    return graded(notebook, assignment)


def graded(notebook: dict[str, Any], assignment: Assignment) -> list[str]:
    submission = Submission("ada", {NAME: text(notebook)}, 7)
    return worker.grade(submission, assignment, Limits(), "inprocess:execute").person


@pytest.mark.parametrize("line", LACKS)
def test_what_is_lacking_is_said_where_it_costs_points(line: str, answers: Answers, assignment: Assignment) -> None:
    assert any(LACKS[line] in sentence for sentence in person(answers, assignment, line))
    assert person(answers, assignment, line, own=True) == []


@pytest.mark.parametrize("line", ITS_OWN_FAULT)
def test_what_fails_everywhere_is_no_question(line: str, answers: Answers, assignment: Assignment) -> None:
    assert person(answers, assignment, line) == []


def test_what_is_lacking_in_a_function(answers: Answers, assignment: Assignment) -> None:
    lacks = "def conv2d_forward(*arguments):\n    import no_such_package"
    (sentence,) = graded(answers.notebook(EXERCISES[:2], conv2d_forward=lacks), assignment)
    assert "Cell 10 lacked something" in sentence and "No module named 'no_such_package'" in sentence


def saved(notebook: dict[str, Any], verdict: str) -> dict[str, Any]:
    """The notebook with a verdict among its saved outputs."""
    bundle = {"text/plain": "2.0", "text/html": verdict}
    output = {"output_type": "execute_result", "data": bundle, "metadata": {}, "execution_count": 1}
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "check_conv2d_output_size")
    cell["outputs"] = [output]
    return notebook


def wrong(name: str) -> Callable[..., int]:
    def function(*arguments: object, **more: object) -> int:
        return 1

    function.__name__ = name
    return function


def test_what_the_students_own_check_called_solved(answers: Answers, assignment: Assignment) -> None:
    all_points = check(conv2d_output_size, seed=1)._repr_html_()
    none = check(wrong(conv2d_output_size.__name__), seed=1)._repr_html_()
    rest = answers.notebook(EXERCISES[1:])
    (sentence,) = graded(saved(rest, all_points), assignment)
    assert "check_conv2d_output_size: 0 of 2 points here, all in the notebook as it was saved" in sentence
    assert graded(saved(rest, none), assignment) == []
    assert graded(saved(answers.perfect(), all_points), assignment) == []
