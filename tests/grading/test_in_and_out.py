"""In and out without a server: what students pack, and what their feedback does not show."""

import json
import zipfile
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_output

from course import UNIT, Answers
from dltools import cli
from dltools.grading.nbgrader_steps import HideTests

NAME = f"{UNIT}.ipynb"


@pytest.fixture
def work(tmp_path: Path, answers: Answers) -> Path:
    folder = tmp_path / "work" / UNIT
    folder.mkdir(parents=True)
    (folder / NAME).write_text(json.dumps(answers.notebook(("conv2d_forward",))), encoding="utf-8")
    return tmp_path


def test_submit_packs_and_says_what_is_open(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["submit", UNIT, "--student", "ada1", "--work", str(work / "work"), "--to", str(work)]) == 0
    said = capsys.readouterr().out
    assert "conv2d_output_size is not answered yet" in said
    assert "conv2d_forward is not answered yet" not in said
    with zipfile.ZipFile(work / f"{UNIT}_ada1.zip") as archive:
        assert archive.namelist() == [NAME]
        assert archive.read(NAME) != b""


@pytest.mark.parametrize(("content", "sentence"), [(None, "There is no"), ("{", "is not a notebook any more")])
def test_submit_refuses_what_is_no_notebook(
    content: str | None, sentence: str, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = work / "work" / UNIT / NAME
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")
    assert cli.main(["submit", UNIT, "--work", str(work / "work"), "--to", str(work)]) == 1
    assert sentence in capsys.readouterr().err
    assert not list(work.glob("*.zip"))


def test_feedback_hides_hidden_tests_and_the_tracebacks_that_quote_them() -> None:
    source = "assert seen\n### BEGIN HIDDEN TESTS\nassert secret == 42\n### END HIDDEN TESTS"
    error = new_output("error", ename="AssertionError", evalue="no", traceback=["----> 3 assert secret == 42"])
    cell = new_code_cell(source, outputs=[error])
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "grade_id": "t", "points": 1, "schema_version": 3}
    shown, _ = HideTests().preprocess_cell(cell, {}, 0)
    assert "assert seen" in shown.source
    assert "secret" not in str(shown)
    assert shown.outputs[0].traceback == ["AssertionError: no"]
