"""A notebook that reads the digits of unit 11's exam is flagged; one that looks at them afterwards is not."""

from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dltools.grading.reading.exam import exam_readers

GIVEN = "originals = digits(dtype=np.float32)"


def flagged(text: str, after: str = "", exam: str = "check_predict") -> list[str]:
    check = new_code_cell("check(predict)", metadata={"nbgrader": {"grade_id": exam, "grade": True}})
    cells = [new_markdown_cell("Leave x_test alone."), new_code_cell(GIVEN), new_code_cell(text), check]
    notebook = new_notebook(cells=[*cells, new_code_cell(after)])
    return list(exam_readers(notebook, SimpleNamespace(cells=[new_code_cell(GIVEN)])))


@pytest.mark.parametrize(
    "text",
    [
        "known = distort(np.repeat(originals.x_test, 100, axis=0), rng)",
        "from sklearn.datasets import load_digits",
        "everything = digits(validation=0, test=0)",
        "x = np.concatenate([data.x_train, data.x_test])",
    ],
)
def test_what_reads_the_exam_s_digits_is_flagged(text):
    [sentence] = flagged(text)
    assert sentence.startswith("check_predict: cell 3 names ")


@pytest.mark.parametrize("text", ["digits_right = 3", "x = distort(originals.x_train, rng)", "x_tested = 1"])
def test_an_honest_notebook_is_not(text):
    assert flagged(text, after="accuracy(outputs_of(net, data.x_test), data.y_test)") == []


def test_other_units_are_free():
    assert flagged("data.x_test", exam="check_dropout_forward") == []
