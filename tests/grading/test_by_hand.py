"""An answer that a person grades: left for a person, zero where there is none, and kept in a regrade."""

import json
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from course import AUTHORED, EXERCISES, UNIT, Answers, cell, make_course
from dltools.grading import grade
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.gradebook import Row, register
from dltools.grading.command import add_arguments

REFLECTION = cell("reflection", grade=True, solution=True, points=5).replace("# %%", "# %% [markdown]")
STUB = "YOUR ANSWER HERE"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course whose unit ends with a question for a person, and three submissions."""
    root = make_course(tmp_path / "course", f"{AUTHORED}\n{REFLECTION}\n# What the points are for.\n")
    register(course_directory(root), UNIT)
    answers = Answers(root)
    without = answers.notebook(EXERCISES, reflection=STUB)
    without["cells"] = [cell for cell in without["cells"] if cell["id"] != "reflection"]
    hand_in(root, "answered", answers.notebook(EXERCISES, reflection="It was luck."))
    hand_in(root, "deleted", without)
    hand_in(root, "silent", answers.notebook(EXERCISES, reflection=STUB))
    return root


def hand_in(root: Path, student: str, notebook: dict) -> None:
    folder = root / "submitted" / student / UNIT
    folder.mkdir(parents=True)
    (folder / f"{UNIT}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def run(root: Path, *more: str) -> dict[str, Row]:
    parser = grade.argparse.ArgumentParser()
    add_arguments(parser)
    args = parser.parse_args([str(root / "submitted"), "--no-feedback", "--workers", "1", *more])
    args.jail = "inprocess:execute"
    return {row.student: row for row in grade.Grader(args, UNIT).run()}


def test_only_an_answer_waits_for_a_person(course: Path) -> None:
    rows = run(course)
    assert {student: row.score for student, row in rows.items()} == {"answered": 12, "deleted": 12, "silent": 12}
    assert all(row.max_score == 17 for row in rows.values())
    assert rows["answered"].waiting == ["reflection"]
    assert rows["answered"].person == ["Grade by hand: reflection."]
    assert rows["silent"].waiting == [] and rows["silent"].scores["reflection"] == 0
    assert rows["deleted"].waiting == []


def test_the_persons_grade_counts_and_stays(course: Path) -> None:
    run(course)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        given = gradebook.find_grade("reflection", UNIT, UNIT, "answered")
        given.manual_score, given.needs_manual_grade = 4, False
        gradebook.db.commit()
    assert run(course)["answered"].score == 16
    assert run(course, "--force")["answered"].score == 16


def test_the_answer_is_not_run_and_stays_as_it_was_written(course: Path) -> None:
    run(course)
    graded = json.loads((course / "autograded" / "answered" / UNIT / f"{UNIT}.ipynb").read_text(encoding="utf-8"))
    answer = next(cell for cell in graded["cells"] if cell["id"] == "reflection")
    assert answer["cell_type"] == "markdown" and "".join(answer["source"]) == "It was luck."
