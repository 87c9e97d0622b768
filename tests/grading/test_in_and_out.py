"""In and out without a server: what students pack is what Moodle and Canvas give back is what is collected."""

import json
import zipfile
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_output

from course import UNIT, Answers
from dltools import cli
from dltools.grading.nbgrader_steps import HideTests

ROSTER = "id,first_name,last_name,email\nada1,Ada,Lovelace,ada@example.org\nben2,Ben,Müller,ben@example.org\n"
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


def zipped(path: Path, contents: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def inner(tmp_path: Path) -> bytes:
    return zipped(tmp_path / "inner.zip", {NAME: b"{}", "__MACOSX/x": b""}).read_bytes()


def collected(course: Path) -> dict[str, bytes]:
    return {
        path.relative_to(course / "submitted").as_posix(): path.read_bytes()
        for path in sorted((course / "submitted").rglob("*"))
        if path.is_file()
    }


def collect(source: Path, course: Path, *more: str) -> int:
    return cli.main(["collect", str(source), "--assignment", UNIT, "--course", str(course), *more])


def test_moodle(course: Path, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    source = zipped(
        tmp_path / "moodle.zip",
        {
            f"Ada Lovelace_101_assignsubmission_file_/{NAME}": b"ada",
            f"Ben Müller_102_assignsubmission_file_/{UNIT}.zip": inner(tmp_path),
            f"Cat Unknown_103_assignsubmission_file_/{NAME}": b"cat",
        },
    )
    assert collect(source, course, "--roster", str(tmp_path / "roster.csv")) == 0
    assert collected(course) == {
        f"Cat-Unknown-103/{UNIT}/{NAME}": b"cat",
        f"ada1/{UNIT}/{NAME}": b"ada",
        f"ben2/{UNIT}/{NAME}": b"{}",
    }


def test_canvas_and_submit(course: Path, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    source = zipped(
        tmp_path / "canvas.zip",
        {
            f"lovelaceada_LATE_11_22_{NAME}": b"ada",
            f"müllerben_12_23_{UNIT}-1.ipynb": b"ben",
            f"{UNIT}_dan4.zip": inner(tmp_path),
        },
    )
    assert collect(source, course, "--roster", str(tmp_path / "roster.csv")) == 0
    assert collected(course) == {
        f"ada1/{UNIT}/{NAME}": b"ada",
        f"ben2/{UNIT}/{UNIT}-1.ipynb": b"ben",
        f"dan4/{UNIT}/{NAME}": b"{}",
    }


def test_nothing_is_lost(course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A broken zip is kept and told; an earlier submission is kept; two files of one name are kept."""
    source = tmp_path / "source"
    for name, content in {"ada/a/x.ipynb": b"1", "ada/b/x.ipynb": b"2", "ben/work.zip": b"PK broken"}.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)
    assert collect(source, course) == 1
    assert "ben/work.zip cannot be unpacked" in capsys.readouterr().out
    first = collected(course)
    assert sorted(first.values()) == [b"1", b"2", b"PK broken"]
    assert collect(source, course) == 1
    assert collected(course) == first
    kept = [path.read_bytes() for path in (course / "superseded" / "ada").rglob("*.ipynb")]
    assert sorted(kept) == [b"1", b"2"]


def test_neither_folder_nor_zip(course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.rar").write_bytes(b"Rar!")
    assert collect(tmp_path / "x.rar", course) == 2
    assert "is neither a folder nor a zip" in capsys.readouterr().err


def test_feedback_hides_hidden_tests_and_the_tracebacks_that_quote_them() -> None:
    source = "assert seen\n### BEGIN HIDDEN TESTS\nassert secret == 42\n### END HIDDEN TESTS"
    error = new_output("error", ename="AssertionError", evalue="no", traceback=["----> 3 assert secret == 42"])
    cell = new_code_cell(source, outputs=[error])
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "grade_id": "t", "points": 1, "schema_version": 3}
    shown, _ = HideTests().preprocess_cell(cell, {}, 0)
    assert "assert seen" in shown.source
    assert "secret" not in str(shown)
    assert shown.outputs[0].traceback == ["AssertionError: no"]
