"""`dltools submit` looks a notebook over, chooses the one that was worked on, and packs it."""

import json
import os
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dltools import cli
from dltools.student.lab import deadlines
from dltools.student.submit import deadline

UNIT = "04-small"
STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"


def cell(name: str, text: str, kind: str = "code", grade: bool = False, solution: bool = True) -> dict:
    nbgrader = {"grade_id": name, "grade": grade, "solution": solution}
    return {"cell_type": kind, "metadata": {"nbgrader": nbgrader}, "source": text.splitlines(keepends=True)}


def notebook(f: str = f"def f(x):\n{STUB}", why: str = "YOUR ANSWER HERE") -> dict:
    check = cell("check_f", "check(f)", grade=True, solution=False)
    return {"cells": [cell("f", f), check, cell("why", why, "markdown", grade=True)], "nbformat": 4, "metadata": {}}


def put(folder: Path, content: dict, age: float = 0.0, name: str = UNIT) -> Path:
    folder.mkdir(parents=True)
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    os.utime(path, (1_800_000_000 - age, 1_800_000_000 - age))
    return path


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course's folder whose unit was given out, and not yet opened."""
    put(tmp_path / "course" / UNIT, notebook())
    return tmp_path


def submit(course: Path, *more: str) -> int:
    return cli.main(["submit", *(more or (UNIT,)), "--work", str(course / "work"), "--to", str(course)])


def checked(text: str | list[str], points: object = 3) -> dict:
    """A notebook with all answers, and this as the text of its check's output."""
    found = json.loads(json.dumps(DONE))
    found["cells"][1]["metadata"]["nbgrader"]["points"] = points
    found["cells"][1]["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": text}}]
    return found


DONE = notebook("def f(x):\n    return x", "Because.")
NOTES = {
    "nothing": (notebook(), {"f is not answered yet.", "why is not answered yet."}),
    "everything": (DONE, set()),
    "an empty essay": (notebook("def f(x):\n    return x", " \n"), {"why is not answered yet."}),
    "another name": (
        notebook("def g(x):\n    return x", "Because."),
        {"f does not define the function f; it defines g. The check looks for that name."},
    ),
    "a name by =": (notebook("f = lambda x: x", "Because."), set()),
    "a magic": (notebook("%matplotlib inline\ndef f(x):\n    return x", "Because."), set()),
    "a timed cell": (notebook("%%time\ndef f(x):\n    return x", "Because."), set()),
    "a timed cell, no Python": (
        notebook("%%time\ndef f(x)\n    return x", "Because."),
        {"f is no Python: line 2, expected ':'."},
    ),
    "another program's cell": (
        notebook("%%bash\necho f", "Because."),
        {"f does not define the function f. The check looks for that name."},
    ),
    "no Python": (notebook("def f(x)\n    return x", "Because."), {"f is no Python: line 1, expected ':'."}),
    "no check": (
        {**DONE, "cells": [DONE["cells"][0], DONE["cells"][2]]},
        {"the cell check_f is missing; the grader puts it back."},
    ),
    "another check": (
        {**DONE, "cells": [DONE["cells"][0], cell("check_f", "pass", grade=True, solution=False), DONE["cells"][2]]},
        {"the cell check_f is not as it was given out; the grader runs its own, and yours as a cell above it."},
    ),
    "a check with an empty line more": (
        {
            **DONE,
            "cells": [DONE["cells"][0], cell("check_f", "check(f)\n", grade=True, solution=False), DONE["cells"][2]],
        },
        set(),
    ),
    "no answer": (
        {**DONE, "cells": DONE["cells"][1:]},
        {"the cell of f is missing: it will be graded as not answered."},
    ),
    "a cell twice": ({**DONE, "cells": DONE["cells"] * 2}, {"is there twice; that does no harm."}),
    "points open": (checked(["2.5"]), {"by the last run of their checks, points are still open: f (2.5 of 3)."}),
    "all points": (checked("3.0"), set()),
    "points that are none": (checked("2.5", points="3"), set()),
    "an output without points": (checked("<Figure>"), set()),
    "another notebook": ({"cells": [], "nbformat": 4}, {"the notebook has no graded cell; is it the right one?"}),
}


@pytest.mark.parametrize("kind", NOTES)
def test_what_is_said_of_a_notebook(kind: str, course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, wanted = NOTES[kind]
    path = put(course / "work" / UNIT, content)
    assert submit(course) == 0
    said = capsys.readouterr().out
    notes = re.findall("Note: (.*)", said)
    assert bool(notes) == bool(wanted)
    assert all(any(sentence in note for note in notes) for sentence in wanted)
    assert all(any(sentence in note for sentence in wanted) for note in notes)
    assert f"{path}, saved on 15 January 2027 at " in said
    assert f"Packed: {course / UNIT}.zip. Hand in this file." in said


WORKED, UNTOUCHED = DONE, notebook()
NEWER = f"{UNIT}-release-2"


@pytest.mark.parametrize(
    ("own", "newer", "packed"),
    [(WORKED, UNTOUCHED, UNIT), (UNTOUCHED, WORKED, NEWER), (UNTOUCHED, UNTOUCHED, UNIT), (WORKED, WORKED, NEWER)],
)
@pytest.mark.parametrize("word", (UNIT, "04", "4", " 04"))
def test_after_an_update_the_one_that_was_worked_on_is_packed(
    own: dict, newer: dict, packed: str, word: str, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(course / "work" / UNIT, {**own, "who": UNIT}, age=3600)
    put(course / "work" / NEWER, {**newer, "who": NEWER})
    assert submit(course, word) == 0
    assert f"; {packed} is packed." in capsys.readouterr().out
    with zipfile.ZipFile(course / f"{UNIT}.zip") as archive:
        assert json.loads(archive.read(f"{UNIT}.ipynb"))["who"] == packed


def test_a_folder_that_is_named_is_packed(course: Path) -> None:
    put(course / "work" / UNIT, {**WORKED, "who": UNIT})
    put(course / "work" / NEWER, {**WORKED, "who": NEWER}, age=3600)
    assert submit(course, NEWER) == 0
    with zipfile.ZipFile(course / f"{UNIT}.zip") as archive:
        assert json.loads(archive.read(f"{UNIT}.ipynb"))["who"] == NEWER


def test_a_word_that_means_no_unit_or_two(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(course / "work" / UNIT, WORKED)
    put(course / "work" / "04-other", WORKED, name="04-other")
    assert submit(course, "05") == 1 and "The units there are 04-other, 04-small." in capsys.readouterr().err
    assert submit(course, "04") == 1 and "04 may be 04-other, 04-small; say which." in capsys.readouterr().err


def test_the_start_s_help_names_it() -> None:
    run = (Path(__file__).resolve().parents[2] / "run.py").read_text(encoding="utf-8")
    assert "python3 run.py submit 04" in run.split('"""')[1]


NOW = datetime(2027, 2, 1, 12, tzinfo=UTC)
SOON = f"{UNIT} is due in 3 days: 2027-02-04 12:00 UTC, Thursday 2027-02-04 13:00 (+0100) in Europe/Berlin."
DUE = {
    "": "",
    f'time_zone = "Europe/Berlin"\n[due]\n{UNIT} = "2027-02-04 13:00"': SOON,
    f'[due]\n{UNIT} = "2027-02-01 11:00 UTC"': f"{UNIT} was due 60 minutes ago: 2027-02-01 11:00 UTC, ",
    "[due]\nanother = 2027-02-04T13:00:00Z": "",
    "due = soon": "Note: the deadlines cannot be read: ",
}


@pytest.mark.parametrize("text", DUE)
def test_submit_and_lab_show_the_deadline(text: str, course: Path) -> None:
    (course / "course.toml").write_text(text, encoding="utf-8")
    said = deadline(course / "work", UNIT, NOW)
    assert said.startswith(DUE[text]) and bool(said) == bool(DUE[text])
    shown = deadlines(course, NOW)
    assert shown == ([said] if " is due " in said else []) or shown[0].startswith("The deadlines cannot be read: ")


def test_submit_prints_the_deadline_and_packs(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (course / "course.toml").write_text(f"[due]\n{UNIT} = 2099-01-01T00:00:00Z\n", encoding="utf-8")
    put(course / "work" / UNIT, DONE)
    assert submit(course) == 0
    assert f"{UNIT} is due in " in capsys.readouterr().out
