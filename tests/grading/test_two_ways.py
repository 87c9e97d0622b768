"""`dltools grade` and nbgrader's own Autograde, the button of formgrader, are one pipeline: the same gradebook."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbgrader.apps import NbGraderAPI
from test_batch import contents, hand_in, run, sqlite
from traitlets.config import Config

from course import EXERCISES, UNIT, Answers
from dltools.grading import seeds
from dltools.grading.book.coursedir import course_directory

NOTEBOOK = f"{UNIT}.ipynb"


def says(result: str) -> Callable[[Answers], bytes]:
    """Wrong answers, and a graded cell whose result is made up; the tests' executor runs it beside the answers."""
    lies = f"conv2d_output_size = check = lambda *a, **k: {result}"
    return lambda answers: text(answers.notebook(conv2d_output_size=lies))


def text(notebook: dict[str, Any]) -> bytes:
    return json.dumps(notebook).encode()


def without(name: str) -> Callable[[Answers], bytes]:
    def made(answers: Answers) -> bytes:
        notebook = answers.perfect()
        notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != name]
        return text(notebook)

    return made


def cut(answers: Answers) -> bytes:
    content = text(answers.perfect())
    return content[: content.index(b'"grade_id": "conv2d_forward"')]


HAND_INS: dict[str, tuple[Callable[[Answers], bytes], tuple[float | None, ...]]] = {
    # student: (what is handed in, each exercise's score; None waits for a person)
    "right": (lambda answers: text(answers.perfect()), (2, 2, 8)),
    "half": (lambda answers: text(answers.notebook(EXERCISES[:1])), (2, 0, 0)),
    "ninety-nine": (says("99"), (None, None, None)),
    "negative": (says("-1"), (None, None, None)),
    "nan": (says("float('nan')"), (None, None, None)),
    "truncated": (cut, (2, 2, None)),
    "no-check-cell": (without("check_conv2d_forward"), (2, 2, 8)),
    "no-answer-cell": (without("conv2d_forward"), (2, 2, 0)),
    "not-a-notebook": (lambda answers: b"import numpy", (None, None, None)),
}


@pytest.fixture
def handed_in(course: Path, answers: Answers) -> Path:
    for student, (make, _) in HAND_INS.items():
        hand_in(course, student, make(answers))
    return course


def autograded(root: Path, monkeypatch: pytest.MonkeyPatch, **config: Any) -> dict[str, dict[str, Any]]:
    """What nbgrader's Autograde says of each student."""
    monkeypatch.chdir(root)
    coursedir = course_directory(root)
    coursedir.config.Execute.jail = "inprocess:execute"
    coursedir.config.merge(Config(config))
    api = NbGraderAPI(coursedir, config=coursedir.config)
    assert api.generate_assignment(UNIT)["success"]
    return {folder.name: api.autograde(UNIT, folder.name) for folder in sorted((root / "submitted").iterdir())}


def notes(root: Path) -> dict[str, Any]:
    """What each graded notebook tells staff, without what only the command needs."""
    found = {}
    for path in root.glob(f"autograded/*/{UNIT}/{NOTEBOOK}"):
        metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]["dltools"]
        found[path.parts[-3]] = {name: metadata[name] for name in ("repairs", "person", "mistakes")}
    return found


def test_both_ways_give_one_gradebook(handed_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Path(shutil.copytree(handed_in, tmp_path / "by-nbgrader"))
    (other / seeds.SECRET).write_bytes(seeds.secret(handed_in))
    run(handed_in)
    results = autograded(other, monkeypatch)
    assert all(result["success"] for result in results.values()), results
    assert contents(sqlite(other)) == contents(sqlite(handed_in))
    assert notes(other) == notes(handed_in)
    given = {(student, name): (score, by_hand) for student, name, score, by_hand, *_ in contents(sqlite(other))}
    for student, (_, scores) in HAND_INS.items():
        wanted = [(score, score is None) for score in scores]
        assert [given[student, f"check_{name}"] for name in EXERCISES] == wanted, student


OLD_STEPS = [
    "dltools.grading.steps.Execute",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
"""As nbgrader_config.py had them."""


def test_the_steps_of_an_old_configuration_work_or_say_the_new_one(
    handed_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = autograded(handed_in, monkeypatch, Autograde={"autograde_preprocessors": OLD_STEPS})
    assert {student for student, result in results.items() if result["success"]} == {
        student for student, (_, scores) in HAND_INS.items() if None not in scores
    }
    assert "write dltools.grading.nbgrader_steps.SaveGrades in its place" in results["ninety-nine"]["log"]


def test_the_step_takes_the_limits_of_the_configuration(
    handed_in: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = tmp_path / "limits"
    monkeypatch.setenv("LIMITS_SEEN", str(seen))
    limits = {"jail": "inprocess:tell_limits", "cell_seconds": 5.0, "notebook_seconds": 50.0, "output_bytes": 1000}
    shutil.rmtree(handed_in / "submitted" / "half")
    results = autograded(handed_in, monkeypatch, Execute=limits)
    assert results["right"]["success"], results["right"]
    assert seen.read_text() == "Limits(cell_seconds=5.0, notebook_seconds=50.0, output_bytes=1000)"
