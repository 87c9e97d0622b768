"""What was handed in, however broken, is graded where the answer can be told, else reported: one row a case."""

import re
from collections.abc import Callable

import nbformat
import pytest
from hand_ins import (
    ALL,
    CHECK,
    FORWARD,
    NAME,
    NONE,
    Files,
    another_edition,
    answered_in,
    ascii_text,
    beside_the_work,
    bulky,
    change,
    copied,
    cut_before,
    damaged,
    delete,
    edited,
    every_nbgrader,
    format_3,
    given,
    half_a_character,
    inside_its_test,
    lines_without_ends,
    many_cells,
    merge_conflict,
    merged,
    moved,
    named,
    own_cells_around,
    text,
    tiny_cells,
    two_of_the_unit,
    untouched_copy,
    windows_lines,
    with_umlaut,
    without_metadata,
)

from course import EXERCISES, Answers
from dltools.grading import submission as worker
from dltools.grading.model import Assignment, Graded, Limits, Submission
from dltools.grading.reading.files import candidates
from dltools.grading.reading.repair import repair

STUB = (
    "def conv2d_forward(x, weight, bias, stride=1, padding=0):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
)

CASES: dict[str, tuple[Callable[[Answers], Files], tuple[float | None, ...], str]] = {
    # name: (what is handed in, score of each exercise (None: a person decides), line of the report)
    "as it should be": (edited(lambda notebook: None), ALL, "^$"),
    "own cells": (edited(own_cells_around), ALL, "^$"),
    "test cell deleted": (delete(CHECK), ALL, "check_conv2d_forward was missing"),
    "all test cells deleted": (
        delete(*(f"check_{name}" for name in EXERCISES)),
        ALL,
        "check_conv2d_output_size was missing",
    ),
    "answer deleted": (delete(FORWARD), (2.0, 2.0, 0.0), "PERSON conv2d_forward: the answer's cell was deleted"),
    "two exercises deleted": (
        delete(*EXERCISES[:2], *(f"check_{name}" for name in EXERCISES[:2])),
        (0.0, 0.0, 8.0),
        "PERSON conv2d_output_size, conv2d_parameter_count: neither the answers nor their checks are in the notebook",
    ),
    "imports deleted": (edited(lambda notebook: notebook["cells"].pop(1)), ALL, "was missing"),
    "test cell copied": (copied(CHECK, 1), ALL, "check_conv2d_forward was there 2 times"),
    "answer copied": (copied(FORWARD, 1), ALL, "conv2d_forward was there 2 times"),
    "untouched copy after the answer": (untouched_copy(1), ALL, "conv2d_forward was there 2 times"),
    "untouched copy before the answer": (untouched_copy(0), ALL, "conv2d_forward was there 2 times"),
    "helper in a copy of the answer": (
        copied(FORWARD, 0, source="helper = 1"),
        ALL,
        "conv2d_forward was there 2 times",
    ),
    "test cell changed": (change(CHECK, source="8.0"), ALL, "check_conv2d_forward was changed"),
    "test cell emptied": (change(CHECK, source=""), ALL, "check_conv2d_forward was changed"),
    "test cell made text": (change(CHECK, cell_type="markdown"), ALL, "check_conv2d_forward was made a markdown cell"),
    "answer made text": (change(FORWARD, cell_type="markdown"), ALL, "conv2d_forward was made a markdown cell"),
    "answer made raw": (change(FORWARD, cell_type="raw"), ALL, "conv2d_forward was made a raw cell"),
    "unknown type of cell": (change(FORWARD, cell_type="sql"), ALL, "conv2d_forward was made a raw cell"),
    "test before its answer": (moved(CHECK, 2), ALL, "check_conv2d_forward was moved"),
    "skipped by a tag": (change(CHECK, metadata={"tags": ["skip-execution"]}), ALL, "^$"),
    "metadata lost": (without_metadata(ids=True), ALL, "^$"),
    "metadata and ids lost": (without_metadata(ids=False), ALL, "^$"),
    "other points": (every_nbgrader(points=1000), ALL, "^$"),
    "not graded": (every_nbgrader(grade=False), ALL, "^$"),
    "old schema": (every_nbgrader(schema_version=1), ALL, "^$"),
    "new schema": (every_nbgrader(schema_version=99), ALL, "^$"),
    "strange metadata": (edited(lambda notebook: notebook["cells"][4].update(metadata=None)), ALL, "^$"),
    "format 3": (format_3, ALL, "converted from notebook format 3"),
    "format 5": (edited(lambda notebook: notebook.update(nbformat=5)), ALL, "read as notebook format 4 instead of 5"),
    "no format": (edited(lambda notebook: notebook.pop("nbformat")), ALL, "^$"),
    "UTF-16": (with_umlaut("utf-16"), ALL, "read as UTF-16"),
    "UTF-16 without mark": (with_umlaut("utf-16-le"), ALL, "read as UTF-16"),
    "Latin-1": (with_umlaut("latin-1"), ALL, "read as Latin-1"),
    "byte-order mark": (with_umlaut("utf-8-sig"), ALL, "byte-order mark"),
    "60 MB": (edited(bulky), ALL, "^$"),
    "3,000 cells": (edited(many_cells), ALL, "^$"),
    "renamed": (named("01-small (1).ipynb"), ALL, re.escape("taken from 01-small (1).ipynb")),
    "capitals": (named("01-SMALL.IPYNB"), ALL, "taken from 01-SMALL.IPYNB"),
    "in a folder of its own": (named("unpacked/01-small.ipynb"), ALL, "taken from unpacked/01-small.ipynb"),
    "two files of one content": (named("a.ipynb", "b.ipynb"), ALL, "^taken from a.ipynb$"),
    "cut in the last answer": (cut_before(FORWARD), (2.0, 2.0, None), "PERSON The file is cut off"),
    "cut in the last test": (cut_before(CHECK), ALL, "the file is cut off"),
    "a merge of Git that was not finished": (
        merge_conflict,
        (None, 2.0, 8.0),
        "PERSON The file has the marks of a Git merge in line",
    ),
    "damaged in an answer": (
        damaged('"source": "def conv2d_output_size', '"source": def conv2d_output_size'),
        (None, 2.0, 8.0),
        "PERSON The file is damaged after line",
    ),
    "damaged outside of its cells": (
        damaged('"nbformat": 4,', '"nbformat": 4'),
        ALL,
        "the file is damaged: 11 cells could",
    ),
    "a control character": (damaged("# A small unit", "# A small\x07 unit"), ALL, "^$"),
    "no text in an answer": (change(FORWARD, source=None), (2.0, 2.0, 0.0), "^$"),
    "a notebook without its ending": (named("01-small.txt"), ALL, "taken from 01-small.txt"),
    "all answers beside": (beside_the_work("mine.py"), (0.0, 0.0, 0.0), "PERSON Is the work in mine.py"),
    "an answer beside": (
        beside_the_work("mine.py", *EXERCISES[:2]),
        (2.0, 2.0, 0.0),
        "PERSON Is the work in mine.py. The notebook has no answer for conv2d_forward.",
    ),
    "answers beside and in it": (beside_the_work("mine.py", *EXERCISES), ALL, "handed in beside the notebook: mine.py"),
    "a picture of the work": (
        lambda answers: {NAME: text(answers.released()), "work.pdf": b"%PDF"},
        (0.0, 0.0, 0.0),
        "PERSON Is the work in work.pdf",
    ),
    "only a PDF": (
        lambda answers: {"work.pdf": b"%PDF"},
        NONE,
        "PERSON There is no notebook in the folder, only work.pdf",
    ),
    "answer and its test merged": (merged(FORWARD, CHECK), ALL, "check_conv2d_forward was missing"),
    "two answers merged": (
        merged("conv2d_parameter_count", "check_conv2d_parameter_count", FORWARD),
        ALL,
        "conv2d_forward: the answer stands in another cell",
    ),
    "test and next answer merged": (
        merged("check_conv2d_parameter_count", FORWARD),
        ALL,
        "check_conv2d_parameter_count was changed",
    ),
    "all in one cell": (merged(), ALL, "conv2d_forward: the answer stands in another cell"),
    "answer inside its test": (inside_its_test, ALL, "check_conv2d_forward was changed"),
    "answer at the end": (answered_in(-1, stub=False), ALL, "check_conv2d_forward was moved"),
    "answer at the end, stub left": (answered_in(-1, stub=True), ALL, "the answer stands in another cell"),
    "answer above the stub": (answered_in(2, stub=True), ALL, "the answer stands in another cell"),
    "answer by assignment": (
        answered_in(-1, stub=False, replaced="from dltools.nn import conv2d_forward as f\nconv2d_forward = f"),
        ALL,
        "check_conv2d_forward was moved",
    ),
    "another edition": (edited(another_edition), ALL, "made from another edition of the unit: check_conv2d_forward"),
    "lines without ends": (edited(lines_without_ends), ALL, "^$"),
    "lines of Windows": (edited(windows_lines), ALL, "^$"),
    "half a character": (ascii_text(half_a_character), ALL, "^$"),
    "UTF-32": (with_umlaut("utf-32"), ALL, "read as UTF-32"),
    "300,000 cells": (edited(tiny_cells), NONE, "PERSON 01-small.ipynb has 300,0.. cells"),
    "right name as released, answers beside": (two_of_the_unit, ALL, "^taken from 01-small-mine.ipynb$"),
    "empty file": (given(b""), NONE, "PERSON 01-small.ipynb is empty"),
    "no file": (lambda answers: {}, NONE, "PERSON There is no notebook in the folder"),
    "not JSON": (given(b"import numpy as np\n"), NONE, "PERSON 01-small.ipynb is not a notebook"),
    "JSON of something else": (given(b'{"a": [1, 2]}'), NONE, "PERSON 01-small.ipynb is not a notebook"),
    "a list": (given(b"[]"), NONE, "PERSON 01-small.ipynb is not a notebook"),
    "no cells": (given(b'{"cells": []}'), NONE, "PERSON 01-small.ipynb is a notebook without cells"),
    "nested without end": (given(b"[" * 100_000), NONE, "PERSON 01-small.ipynb is not a notebook"),
    "binary": (given(bytes(range(256)) * 10), NONE, "PERSON 01-small.ipynb is not a notebook"),
    "another notebook": (
        given(b'{"cells": [{"cell_type": "code", "source": "1", "metadata": {}}], "nbformat": 4}'),
        NONE,
        "PERSON 01-small.ipynb has no cell of this assignment",
    ),
}


KINDS = {
    # how a file that is called a notebook begins: what is said of it
    b"%PDF-1.7\n{}": "a PDF",
    b"PK\3\4": "a zip file",
    b"\x1f\x8b\x08": "a gzip file",
    b"\n<!DOCTYPE html><html>": "a web page",
    b"{\\rtf1\\ansi": "a text of a word processor",
    b"version https://git-lfs.github.com/spec/v1\n": "a pointer of Git LFS",
    b'{"url": "https://colab.research.google.com"}': "a link to Google Drive",
    b"bplist00": "a placeholder of a file that iCloud has not loaded",
}


@pytest.mark.parametrize("begins", KINDS)
def test_what_is_no_notebook_is_named(begins: bytes, assignment: Assignment) -> None:
    [sentence] = graded({NAME: begins}, assignment).person
    assert sentence.startswith(f"01-small.ipynb is {KINDS[begins]} and not a notebook. Ask the student")


def graded(files: Files, assignment: Assignment) -> Graded:
    found = {name: len(content) for name, content in files.items()}
    notebooks = {name: files[name] for name in candidates(found, NAME)}
    beside = {name: content for name, content in files.items() if name not in notebooks}
    return worker.grade(Submission("ada", notebooks, 7, beside=beside), assignment, Limits(), "inprocess:execute")


@pytest.mark.parametrize("name", CASES)
def test_reading(name: str, answers: Answers, assignment: Assignment) -> None:
    make, scores, line = CASES[name]
    outcome = graded(make(answers), assignment)
    report = [f"PERSON {sentence}" for sentence in outcome.person] + outcome.repairs
    assert tuple(outcome.scores[f"check_{exercise}"] for exercise in EXERCISES) == scores
    assert any(re.search(line, each) for each in report or [""]), report
    assert len(report) == 0 or line != "^$", report


def test_untouched_scores_nothing(answers: Answers, assignment: Assignment) -> None:
    outcome = graded({NAME: text(answers.released())}, assignment)
    assert set(outcome.scores.values()) == {0.0}
    assert not outcome.person


def test_answers_survive_a_repair(answers: Answers, assignment: Assignment) -> None:
    """No code that a student wrote is dropped, whatever was copied and renamed."""
    notebook = answers.perfect()
    notebook["cells"].insert(9, {"cell_type": "code", "id": "mine", "metadata": {}, "source": "precious = 1"})
    outcome = graded({"x.ipynb": text(notebook)}, assignment)
    sources = [cell["source"] for cell in outcome.notebook["cells"]]
    assert "precious = 1" in sources
    assert all(answers.solution(name) in sources for name in EXERCISES)


def test_the_assignments_files_are_there_for_every_submission(assignment: Assignment) -> None:
    assert assignment.files == {"data/words.csv": b"to be"}


PICTURE = {"plot.png": {"image/png": "iVBORw0KGgo="}}


def test_a_pasted_picture_is_kept(answers: Answers, assignment: Assignment) -> None:
    notebook = answers.perfect()
    notebook["cells"][0].update(source="![plot](attachment:plot.png)", attachments=PICTURE)
    own = {"cell_type": "markdown", "id": "own", "metadata": {}, "source": "![plot](attachment:plot.png)"}
    strange = {"x.svg": {"image/svg+xml": "PHN2Zz4="}, "y.png": {"image/png": '"><script>'}}
    notebook["cells"].insert(3, own | {"attachments": PICTURE | strange})
    outcome = graded({NAME: text(notebook)}, assignment)
    kept = [cell["attachments"] for cell in outcome.notebook["cells"] if cell.get("attachments")]
    assert kept[-1] == PICTURE
    nbformat.validate(nbformat.from_dict(outcome.notebook))


def test_what_a_student_wrote_into_a_locked_cell_is_kept(answers: Answers, assignment: Assignment) -> None:
    outcome = graded(change(CHECK, source="check(conv2d_forward)\nmine = 1")(answers), assignment)
    assert "check(conv2d_forward)\nmine = 1" in [cell["source"] for cell in outcome.notebook["cells"]]


BESIDE = {
    # path: (is there for the notebook, line of the report)
    "helper.py": (True, "handed in beside the notebook: helper.py"),
    "data/mine.csv": (True, "handed in beside the notebook: data/mine.csv"),
    "numpy.py": (False, "numpy.py was left out: it would take the place of a module"),
    "random/__init__.py": (False, "random/__init__.py was left out"),
    "dltools/checks.py": (False, "dltools/checks.py was left out"),
    "data/words.csv": (False, "data/words.csv is not as it was released; the course's own was used"),
}


@pytest.mark.parametrize("path", BESIDE)
def test_what_was_handed_in_beside(path: str, answers: Answers, assignment: Assignment) -> None:
    there, line = BESIDE[path]
    submission = Submission("ada", {NAME: text(answers.perfect())}, 7, beside={path: b"x = 1"})
    repaired = repair(submission, assignment)
    assert (repaired.files == {path: b"x = 1"}) is there
    assert any(line in repair for repair in repaired.repairs)


def test_beside_means_beside_the_notebook(answers: Answers, assignment: Assignment) -> None:
    beside = {"unpacked/helper.py": b"x = 1", "elsewhere/other.py": b""}
    repaired = repair(Submission("ada", {f"unpacked/{NAME}": text(answers.perfect())}, 7, beside=beside), assignment)
    assert repaired.files == {"helper.py": b"x = 1"}
    assert "elsewhere/other.py does not lie beside the notebook" in " ".join(repaired.repairs)
