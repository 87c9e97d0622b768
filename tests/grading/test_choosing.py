"""Which of several files is graded: what is in them decides, then their times; a name alone never."""

import os
from pathlib import Path

import pytest
from hand_ins import CHECK, NAME, at, text

from course import EXERCISES, UNIT, Answers
from dltools.grading.model import Assignment, Submission
from dltools.grading.reading.files import load
from dltools.grading.reading.repair import Repaired, repair

FIRST, SECOND = EXERCISES[:2]
NOON, LATER = 1_800_000_000.0, 1_800_003_600.0


def contents(answers: Answers) -> dict[str, bytes]:
    older = answers.released()
    cell = older["cells"][at(older, CHECK)]
    cell["source"] = "check(conv2d_forward, points=5)"
    scratch = {"cells": [{"cell_type": "code", "metadata": {}, "source": answers.solution(FIRST)}], "nbformat": 4}
    return {
        "released": text(answers.released()),
        "one": text(answers.notebook((FIRST,))),
        "two": text(answers.notebook((FIRST, SECOND))),
        "all": text(answers.perfect()),
        "scratch": text(scratch),
        "broken": b"{",
    }


ROWS = {
    # name: (files by name with their kind and time, which is graded, whether a person is asked)
    "as released beside a copy that is solved": ({NAME: ("released", 0), f"{UNIT} (1).ipynb": ("all", 0)}, 1, False),
    "the release is newer": ({NAME: ("released", LATER), "mine.ipynb": ("one", NOON)}, 1, False),
    "a repository of the whole course": (
        {f"course/{UNIT}/{NAME}": ("released", LATER), f"work/{UNIT}/{NAME}": ("one", NOON)},
        1,
        False,
    ),
    "two worked on, the later": ({NAME: ("two", NOON), "later.ipynb": ("one", LATER)}, 1, True),
    "two worked on at one moment": ({NAME: ("one", NOON), "copy.ipynb": ("two", NOON + 5)}, 1, True),
    "two worked on, no times": ({NAME: ("one", 0), "copy.ipynb": ("two", 0)}, 1, True),
    "a later scratch file is no notebook": ({NAME: ("two", NOON), "try.ipynb": ("scratch", LATER)}, 0, True),
    "only a scratch file is worked on": ({NAME: ("released", NOON), "try.ipynb": ("scratch", NOON)}, 1, True),
    "two that are the same": ({NAME: ("all", NOON), "copy.ipynb": ("all", LATER)}, None, False),
    "all as released": ({"a.ipynb": ("released", NOON), NAME: ("released", NOON)}, 1, False),
    "a broken file beside": ({NAME: ("all", NOON), "x.ipynb": ("broken", LATER)}, 0, False),
}


def repaired(files: dict[str, tuple[str, float]], answers: Answers, assignment: Assignment) -> Repaired:
    kinds = contents(answers)
    times = {name: time for name, (_, time) in files.items() if time}
    notebooks = {name: kinds[kind] for name, (kind, _) in files.items()}
    return repair(Submission("ada", notebooks, 7, times=times), assignment)


@pytest.mark.parametrize("name", ROWS)
def test_which_is_graded(name: str, answers: Answers, assignment: Assignment) -> None:
    files, wanted, asks = ROWS[name]
    outcome = repaired(files, answers, assignment)
    sources = {cell["source"] for cell in outcome.notebook["cells"]}
    if wanted is not None:
        kind = list(files.values())[wanted][0]
        answered = {"released": (), "one": (FIRST,), "scratch": (FIRST,), "two": (FIRST, SECOND), "all": EXERCISES}
        assert {each for each in EXERCISES if answers.solution(each) in sources} == set(answered[kind])
    assert bool(outcome.person) is asks, outcome.person
    assert "files may be the notebook" in str(outcome.person) or not asks or (wanted == 1 and "try.ipynb" in files)


def test_an_untouched_copy_of_another_edition_is_not_worked_on(answers: Answers, assignment: Assignment) -> None:
    """Its test cells differ from today's, and are intact by their own checksums."""
    from hand_ins import another_edition

    old = answers.released()
    another_edition(old)
    submission = Submission("ada", {NAME: text(old), "mine.ipynb": text(answers.notebook((FIRST,)))}, 7)
    outcome = repair(submission, assignment)
    assert "taken from mine.ipynb" in outcome.repairs and not outcome.person


def test_times_are_those_of_the_files(tmp_path: Path, answers: Answers, assignment: Assignment) -> None:
    folder = tmp_path / "ada" / UNIT
    folder.mkdir(parents=True)
    for name, kind, time in ((NAME, (FIRST, SECOND), NOON), ("later.ipynb", (FIRST,), LATER)):
        (folder / name).write_bytes(text(answers.notebook(kind)))
        os.utime(folder / name, (time, time))
    outcome = repair(load(folder, assignment, 0), assignment)
    assert outcome.repairs[0] == "taken from later.ipynb"
    assert "the later by time" in outcome.person[0]
