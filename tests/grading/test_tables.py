"""What `dltools grade` writes into nbgrader's tables is what nbgrader's own methods write, row by row."""

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from test_batch import hand_in, run, sqlite
from test_two_ways import autograded

from course import AUTHORED, EXERCISES, UNIT, Answers, cell, make_course
from dltools.grading import seeds
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.gradebook import register

BY_HAND = cell("reflection", grade=True, solution=True, points=5).replace("# %%", "# %% [markdown]")
TASK = cell("essay", task=True, locked=True, points=3).replace("# %%", "# %% [markdown]")
HANDED_IN = {
    # student: when; the deadline is the end of January
    "ada": "2027-01-31 12:00:00 UTC",
    "ben": "2027-02-01 12:00:00 UTC",
    "cyd": "2027-02-01 12:00:00 UTC",
    "dan": None,
}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with a deadline, penalties, a question for a person and a task; four students have handed in."""
    root = make_course(tmp_path / "course", f"{AUTHORED}\n{BY_HAND}\n# Why?\n\n{TASK}\n# Write an essay.\n")
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text(encoding="utf-8").replace('= "none"', '= "zero"'), encoding="utf-8")
    register(course_directory(root), UNIT)
    with Gradebook(sqlite(root)) as gradebook:
        gradebook.update_or_create_assignment(UNIT, duedate=datetime(2027, 2, 1))
    for number, (student, time) in enumerate(HANDED_IN.items()):
        hand_in(root, student, json.dumps(Answers(root).notebook(EXERCISES[number % 3 :])).encode(), time)
    return root


def plain(record: Any) -> dict[str, Any]:
    """A row without its random keys."""
    names = [column.name for column in record.__table__.columns]
    return {name: getattr(record, name) for name in names if name != "id" and not name.endswith("_id")}


def everything(course: Path) -> dict[str, Any]:
    """All that the gradebook has of each student's submission."""
    with Gradebook(sqlite(course)) as gradebook:
        return {
            submission.student.id: [
                plain(submission.student),
                plain(submission),
                [plain(notebook) for notebook in submission.notebooks],
                *({each.name: plain(each) for each in notebook.grades} for notebook in submission.notebooks),
                *({each.name: plain(each) for each in notebook.comments} for notebook in submission.notebooks),
            ]
            for submission in gradebook.assignment_submissions(UNIT)
        }


def work_by_hand(course: Path) -> None:
    """What people do in formgrader: a grade, extra credit, a comment, more time for one student."""
    with Gradebook(sqlite(course)) as gradebook:
        grade = gradebook.find_grade("check_conv2d_forward", UNIT, UNIT, "ada")
        grade.manual_score, grade.extra_credit = 7, 1
        gradebook.find_comment("conv2d_forward", UNIT, UNIT, "ada").manual_comment = "Nearly."
        gradebook.find_grade("essay", UNIT, UNIT, "ben").manual_score = 2
        gradebook.grant_extension(UNIT, "cyd", days=1)
        gradebook.db.commit()


def both(course: Path, monkeypatch: pytest.MonkeyPatch, before: Callable[[Path], None]) -> list[dict[str, Any]]:
    """The gradebook as nbgrader's Autograde writes it and as the command does, after the same past."""
    before(course)
    other = Path(shutil.copytree(course, course.parent / "by-nbgrader"))
    (other / seeds.SECRET).write_bytes(seeds.secret(course))
    run(course, "--force")
    results = autograded(other, monkeypatch)
    assert all(result["success"] for result in results.values()), results
    return [everything(course), everything(other)]


def test_new_submissions(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = both(course, monkeypatch, lambda course: None)
    assert ours == theirs
    assert {student: rows[2][0]["late_submission_penalty"] for student, rows in ours.items()} == {
        "ada": None,
        "ben": 10,
        "cyd": 8,
        "dan": None,
    }


@pytest.mark.parametrize("first", ["the command", "nbgrader"])
def test_a_gradebook_in_which_people_have_worked(first: str, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def before(course: Path) -> None:
        if first == "nbgrader":
            autograded(course, monkeypatch)
        else:
            run(course)
        work_by_hand(course)

    ours, theirs = both(course, monkeypatch, before)
    assert ours == theirs
    grade = ours["ada"][3]["check_conv2d_forward"]
    assert (grade["manual_score"], grade["extra_credit"], grade["needs_manual_grade"]) == (7, 1, True)
    assert ours["cyd"][2][0]["late_submission_penalty"] is None, "there was more time"
    assert ours["ben"][2][0]["late_submission_penalty"] == 12, "of all points, those by hand too"
