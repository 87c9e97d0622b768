"""What `dltools grade` says is true: of the whole class, of old grades, of changed units, of the student's doing."""

import base64
import csv
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from ordinary import as_ordinary_user, given
from test_batch import hand_in, parsed, run, sqlite, submitted  # noqa: F401

from course import AUTHORED, EXERCISES, UNIT, Answers, cell, make_course
from dltools import cli
from dltools.grading import grade, reach, workers
from dltools.grading.book import gradebook as book
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.gradebook import Row, register
from dltools.grading.model import Assignment, Submission
from dltools.grading.reading.repair import repair
from dltools.places import PACKAGE
from dltools.release import authored

CHECK = "check_conv2d_forward"


def text(notebook: dict[str, Any]) -> bytes:
    return json.dumps(notebook).encode()


def lines(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {line["student_id"]: line for line in csv.DictReader(file)}


def class_list(course: Path, *ids: str) -> str:
    path = course / "class.csv"
    people = [f"{name},{name.title()},Lovelace,{name}@example.org" for name in ids]
    path.write_text("\n".join(["id,first_name,last_name,email", *people]) + "\n", encoding="utf-8")
    return str(path)


def test_one_student_leaves_the_class_in_the_files(submitted: Path, answers: Answers) -> None:  # noqa: F811
    run(submitted)
    hand_in(submitted, "student-0", text(answers.perfect()))
    hand_in(submitted, "student-1", text(answers.perfect()))
    rows = run(submitted, "--student", "student-0")
    assert [row.score for row in rows] == [12, 2, 4, 12, 0, 2, 4, 12]
    found = lines(submitted / f"grades-{UNIT}.csv")
    assert len(found) == 8 and found["student-0"]["score"] == "12.0" and found["student-1"]["score"] == "2.0"
    page = (submitted / f"report-{UNIT}.html").read_text(encoding="utf-8")
    assert all(f"<td>student-{number}</td>" in page for number in range(8))


def test_a_student_who_was_not_asked_for_is_not_graded_yet(
    submitted: Path,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = {row.student: row for row in run(submitted, "--student", "student-3")}
    assert (rows["student-3"].status, rows["student-2"].status) == ("graded", "not graded yet")
    assert "student-2  0/12   -  -  -  not graded yet" in capsys.readouterr().out


def test_a_student_who_is_not_there(submitted: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    assert cli.main(["grade", str(submitted / "submitted"), "--plain", "--student", "nobody"]) == 2
    assert "There is no student nobody in" in capsys.readouterr().err


def test_who_is_absent_is_shown_in_every_run(submitted: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    roster = class_list(submitted, "ada", *(f"student-{number}" for number in range(7)))
    rows = {row.student: row for row in run(submitted, "--roster", roster)}
    assert (rows["ada"].status, rows["ada"].first_name, rows["ada"].person) == ("absent", "Ada", [])
    assert rows["student-7"].person == ["student-7 is not in class.csv: is the folder's name right?"]
    assert run(submitted)[-1].status == "absent"  # the gradebook has her
    assert lines(submitted / f"grades-{UNIT}.csv")["ada"]["status"] == "absent"
    assert "ada        0/12   -  -  -  absent" in capsys.readouterr().out


def test_who_took_the_submission_away_keeps_the_grade(submitted: Path) -> None:  # noqa: F811
    run(submitted)
    shutil.rmtree(submitted / "submitted" / "student-3")
    row = next(row for row in run(submitted) if row.student == "student-3")
    assert row.score == 12 and "Nothing is in the submissions' folder any more" in row.person[0]


def test_lateness_is_shown_though_it_costs_nothing(
    submitted: Path,  # noqa: F811
    answers: Answers,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hand_in(submitted, "late", text(answers.perfect()), "2027-02-03 02:00:00 UTC")
    row = run(submitted, "--due", "2027-02-01 00:00 UTC")[0]
    assert (row.student, row.score, row.seconds_late) == ("late", 12, 50 * 3600)
    assert lines(submitted / f"grades-{UNIT}.csv")["late"]["seconds_late"] == "180000.0"
    assert "late       12/12  2  2  8  late by 2 days" in capsys.readouterr().out
    assert "graded, late by 2 days" in (submitted / f"report-{UNIT}.html").read_text(encoding="utf-8")


def test_a_changed_check_is_said_and_graded_again(
    submitted: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(submitted)
    monkeypatch.setattr(book, "checks_digest", lambda assignment: "repaired")
    times = {path: path.stat().st_mtime_ns for path in submitted.glob("autograded/*/*/*.ipynb")}
    run(submitted, "--keep")
    assert f"{UNIT}: graded before the checks changed: 8; kept as they are" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in times} == times
    run(submitted)
    assert f"{UNIT}: graded before the checks changed: 8; graded again." in capsys.readouterr().err
    assert all(path.stat().st_mtime_ns != before for path, before in times.items())
    run(submitted)
    assert "graded before" not in capsys.readouterr().err


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of dltools that can be changed, as `reach` sees it."""
    copy = shutil.copytree(PACKAGE, tmp_path / "dltools", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(reach, "PACKAGE", copy)
    reach.definer.cache_clear()
    return Path(copy)


def unit(exercise: str, cells: tuple[str, ...] = ()) -> Assignment:
    code = [{"cell_type": "code", "source": source, "metadata": {}} for source in cells]
    return Assignment("unit", "unit", {}, code, {f"check_{exercise}": 1.0})


def appended(line: str) -> Callable[[str], str]:
    return lambda source: f"{source}\n{line}\n"


CHANGES = {
    # what is changed: (file, how, whether convolution's grades are old then, and the LSTM's)
    "a reference": ("nn/convolution.py", appended("conv2d_forward = None"), True, False),
    "the reference of another unit": ("nn/lstm.py", appended("x = 1"), False, True),
    "a check": ("checks/convolution.py", appended("x = 1"), True, False),
    "what judges": ("checks/comparing.py", appended("x = 1"), True, True),
    "a comment": ("nn/convolution.py", appended("# said better"), False, False),
    "a docstring": ("nn/convolution.py", lambda source: source.replace('"""', '"""New. ', 1), False, False),
    "a figure": ("figures/convolution.py", appended("x = 1"), False, False),
    "the grader": ("grading/grade.py", appended("x = 1"), False, False),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_unit_reaches_its_own_checks_and_references(what: str, sources: Path) -> None:
    file, change, convolution, lstm = CHANGES[what]
    units = unit("conv2d_forward"), unit("lstm_forward")
    before = [reach.checks_digest(one) for one in units]
    path = sources / file
    after = change(path.read_text(encoding="utf-8"))
    assert after != path.read_text(encoding="utf-8")
    path.write_text(after, encoding="utf-8")
    changed = [reach.checks_digest(one) != digest for one, digest in zip(units, before)]
    assert changed == [convolution, lstm]


def test_plain_tests_reach_what_their_cells_import(sources: Path) -> None:
    plain = unit("of_ones_own", ("%matplotlib inline\nfrom dltools.nn import relu_forward", "no python at all ("))
    assert reach.reached(reach.roots(plain)) == {"dltools.nn.activations", "dltools.nn.arguments"}
    assert reach.checks_digest(unit("of_ones_own")) == reach.checks_digest(unit("another"))


def write_unit(course: Path, text: str, name: str = UNIT) -> None:
    source = course / "solutions" / name / f"{name}.py"
    source.parent.mkdir(exist_ok=True)
    source.write_text(text, encoding="utf-8")
    authored.write(authored.from_py(source), source.with_suffix(".ipynb"))


def by_hand(course: Path, exercise: str, points: float, student: str = "student-3") -> None:
    with Gradebook(sqlite(course)) as gradebook:
        grade = gradebook.find_grade(exercise, UNIT, UNIT, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.find_comment("conv2d_forward", UNIT, UNIT, student).manual_comment = "well drawn"
        gradebook.db.commit()


MORE = f"""
{cell("more", solution=True)}
def more():
    ### BEGIN SOLUTION
    return 3
    ### END SOLUTION

{cell("check_more", grade=True, locked=True, points=3)}
assert more() == 3
"""


def test_an_exercise_that_is_added(submitted: Path, answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    run(submitted)
    by_hand(submitted, CHECK, 5)
    write_unit(submitted, AUTHORED + MORE)
    notebook = answers.perfect()
    notebook["cells"].append(nbformat.v4.new_code_cell("def more():\n    return 3"))
    hand_in(submitted, "student-7", text(notebook))
    rows = {row.student: row for row in run(submitted)}
    assert rows["student-3"].scores == dict(zip([f"check_{name}" for name in EXERCISES] + ["check_more"], (2, 2, 5, 0)))
    assert rows["student-7"].score == 15
    out, said = capsys.readouterr()
    assert f"{UNIT}: added since it was graded: check_more." in said
    assert "graded before the unit changed: 7; graded again" in said
    assert "more: neither the answer nor its check is in the notebook" in rows["student-2"].person[0]
    assert out.count("PERSON") == 2 and f"PERSON: Grade by hand: {CHECK}." in out
    assert "PERSON, of 7 students: more: neither the answer nor its check is in the notebook" in out


def test_a_grade_by_hand_above_a_lowered_maximum(submitted: Path) -> None:  # noqa: F811
    write_unit(submitted, AUTHORED + MORE)
    run(submitted)
    write_unit(submitted, AUTHORED + MORE.replace('"points": 3', '"points": 2'))
    for points, says in (
        (3, ["check_more: a person gave 3 points, and it counts 2 now; grade it by hand again."]),
        (2, []),
    ):
        by_hand(submitted, "check_more", points)
        row = next(row for row in run(submitted, "--keep") if row.student == "student-3")
        assert (row.max_score, row.waiting) == (14, ["check_more"] * bool(says))
        assert [sentence for sentence in row.person if "by hand" in sentence] == says


def test_an_exercise_that_is_taken_away(submitted: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    run(submitted)
    by_hand(submitted, CHECK, 5)
    by_hand(submitted, "check_conv2d_output_size", 1)
    first, _, last = AUTHORED.partition("# %% [markdown]\n# ## The layer")
    write_unit(submitted, f"{first}# %%\n{last.partition('# %%' + chr(10))[2]}")
    row = next(row for row in run(submitted) if row.student == "student-3")
    assert row.scores == {"check_conv2d_output_size": 1, "check_conv2d_parameter_count": 2}
    assert row.max_score == 4
    kept = (submitted / f"removed-{UNIT}.csv").read_text(encoding="utf-8-sig").splitlines()
    assert sorted(kept[1:]) == [f"student-3,{CHECK},5.0,", "student-3,conv2d_forward,,well drawn"]
    assert f"are in removed-{UNIT}.csv" in capsys.readouterr().err
    with Gradebook(sqlite(submitted)) as gradebook:
        assert {found.name for found in gradebook.find_notebook(UNIT, UNIT).grade_cells} == set(row.scores)


@pytest.mark.parametrize("broken", ["nothing", "no notebook", "two notebooks", "the same name twice"])
def test_a_broken_unit_stops_no_other(
    broken: str,
    submitted: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = submitted / "solutions" / "00-broken"
    folder.mkdir()
    notebook = json.loads((submitted / "solutions" / UNIT / f"{UNIT}.ipynb").read_text(encoding="utf-8"))
    if broken == "the same name twice":
        notebook["cells"][3]["metadata"]["nbgrader"]["grade_id"] = CHECK
    (folder / "00-broken.ipynb").write_text(
        {"nothing": "", "no notebook": "[]"}.get(broken, json.dumps(notebook)), encoding="utf-8"
    )
    if broken == "two notebooks":
        (folder / "second.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (submitted / "submitted" / "student-3" / "00-broken").mkdir()
    monkeypatch.setattr(grade, "require", lambda jail: None)
    monkeypatch.setattr(grade, "warm", lambda jail: None)
    told = submitted / "grades.json"
    rows, stopped = grade.grade_all(parsed(submitted, "--json", str(told)))
    assert stopped == ["00-broken"] and len(rows) == 8
    (whole,) = json.loads(told.read_text(encoding="utf-8"))["assignments"]
    scores = {student["student"]: student["score"] for student in whole["students"]}
    assert scores == {row.student: None if row.standing else row.score for row in rows}
    results = {result["name"]: result["passed"] for result in whole["students"][1]["results"]}
    assert whole["max_score"] == 12 and results[CHECK] is (whole["students"][1]["score"] == 12)
    said = capsys.readouterr().err
    assert said.count("dltools grade: 00-broken was not graded: ") == 1 and "Traceback" not in said


def test_what_is_nobodys_fault_stops_all(submitted: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """The same sentence for two units: it is the machine's, and is not repeated for ten more."""
    names = ["a", "b", "c"]
    monkeypatch.setattr(grade, "assignments", lambda args: names)
    monkeypatch.setattr(grade, "warm", lambda jail: None)
    monkeypatch.setattr(grade, "require", lambda jail: None)

    def fails(args: object, name: str, course: object) -> None:
        names.remove(name) if name == "c" else None
        raise grade.GradingError("No scheduler answers.")

    monkeypatch.setattr(grade, "Grader", fails)
    with pytest.raises(grade.GradingError, match="No scheduler answers"):
        grade.grade_all(parsed(submitted))
    assert names == ["a", "b", "c"]


PIXEL = base64.b64encode(b"\x89PNG not much of a picture").decode()


def test_the_instructors_pictures_stay(tmp_path: Path) -> None:
    """Pasted ones, and those in files, in a plain nbgrader assignment."""
    root = make_course(tmp_path / "course")
    path = root / "solutions" / UNIT / f"{UNIT}.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[0].source += "\n![pasted](attachment:a.png) ![file](data/b.png) ![lost](data/c.png)"
    notebook.cells[0].attachments = {"a.png": {"image/png": PIXEL}}
    nbformat.write(notebook, path)
    (root / "solutions" / UNIT / "data" / "b.png").write_bytes(base64.b64decode(PIXEL))
    assignment = register(course_directory(root), UNIT)
    hand_in(root, "ada", text(Answers(root).perfect()))
    run(root)
    graded = nbformat.read(root / "autograded" / "ada" / UNIT / f"{UNIT}.ipynb", 4).cells[0]
    assert graded.attachments == {"a.png": {"image/png": PIXEL}}
    assert f"![file](data:image/png;base64,{PIXEL}) ![lost](data/c.png)" in graded.source
    assert repair(Submission("ada", {}, 0), assignment).notebook["cells"][1]["attachments"] == graded.attachments


def test_nothing_is_said_of_what_the_student_did_not_change(tmp_path: Path, answers: Answers) -> None:
    """A notebook of last week's edition, and one that lost the names of its cells, with hidden tests in today's."""
    hidden = "check(conv2d_forward)\n### BEGIN HIDDEN TESTS\nassert True\n### END HIDDEN TESTS\ncheck(conv2d_forward)\n"
    later = AUTHORED.replace("check(conv2d_forward)\n", hidden)
    root = make_course(tmp_path / "course", later)
    assignment = register(course_directory(root), UNIT)
    released = Answers(root)
    notebook = json.loads(json.dumps({"cells": [dict(one) for one in assignment.cells], "metadata": {}, "nbformat": 4}))
    for one in notebook["cells"]:
        one["source"] = one.pop("released")
        one["metadata"] = {}
    said = repair(Submission("ada", {f"{UNIT}.ipynb": text(notebook)}, 0), assignment)
    assert said.repairs == [], released
    old_root = make_course(
        tmp_path / "old", AUTHORED.replace("check(conv2d_forward)\n", "# easy\ncheck(conv2d_forward)\n")
    )
    old = register(course_directory(old_root), UNIT)
    notebook = json.loads(json.dumps({"cells": list(old.cells), "metadata": {}, "nbformat": 4}))
    said = repair(Submission("ada", {f"{UNIT}.ipynb": text(notebook)}, 0), assignment)
    assert not [line for line in said.repairs if "was changed" in line]
    assert [line for line in said.repairs if "made from another edition of the unit: check_conv2d_forward" in line]


IDS = ["ada", "o'brien", "müller@uni.example", "a b", "50%", "x+y", "名前"]


def graded_with_feedback(course: Path) -> list[Row]:
    args = parsed(course, "--force")
    args.no_feedback = False
    return grade.Grader(args, UNIT, grade.settings(args, [UNIT])).run()


def both_ways(course: Path) -> None:
    """Grade the course by formgrader's Autograde, then by the command, which replaces what that has left."""
    os.chdir(course)
    os.environ["HOME"] = tempfile.tempdir = str(course.parent)  # the user's own
    workers.processes = lambda *_, **__: nullcontext(workers.Here())  # root's own Python starts for nobody else
    coursedir = course_directory(course)
    coursedir.config.Execute.jail = "inprocess:execute"
    api = NbGraderAPI(coursedir, config=coursedir.config)
    assert api.generate_assignment(UNIT)["success"]
    results = [api.autograde(UNIT, student) for student in IDS]
    assert all(result["success"] for result in results), results
    rows = graded_with_feedback(course)
    found = [(row.student, row.score, row.person, row.again, row.notes["repairs"]) for row in rows]
    assert found == [(student, 12, [], "", []) for student in sorted(IDS)], found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="ordinary users are of POSIX systems")
def test_formgraders_own_autograde_before_and_the_exchange_after(course: Path, answers: Answers) -> None:
    """Files of mode 444 in autograded/ are replaced, and the exchange finds its secret and its time in feedback/."""
    for student in IDS:
        hand_in(course, student, text(answers.perfect()), "2027-02-01 10:00:00 UTC")
        (course / "submitted" / student / UNIT / book.SECRET).write_text(f"secret of {student}", encoding="utf-8")
        if student == "ada":
            graded_with_feedback(course)  # and all that is imported is there for a user who may not read it
    with tempfile.TemporaryDirectory() as folder:
        moved = Path(shutil.copytree(course, Path(folder) / "course"))
        given(Path(folder))
        assert as_ordinary_user(partial(both_ways, moved)) == 0
        for student in IDS:
            back = moved / "feedback" / student / UNIT
            assert (back / book.SECRET).read_text(encoding="utf-8") == f"secret of {student}"
            assert (back / "timestamp.txt").is_file() and (back / f"{UNIT}.html").is_file()


def test_the_report_shows_all_that_staff_look_for(submitted: Path) -> None:  # noqa: F811
    (submitted / "feedback" / "student-3" / UNIT).mkdir(parents=True)
    (submitted / "feedback" / "student-3" / UNIT / f"{UNIT}.html").touch()
    run(submitted, "--roster", class_list(submitted, "ada", *(f"student-{number}" for number in range(8))))
    page = (submitted / f"report-{UNIT}.html").read_text(encoding="utf-8")
    assert "<p>8 graded, 1 absent.</p>" in page
    assert f'<a href="feedback/student-3/{UNIT}/{UNIT}.html">feedback</a>' in page
    assert "<td>Student-3 Lovelace</td><td>12 of 12</td><td>2</td><td>2</td><td>8</td><td>graded</td>" in page
    assert f"<td>{CHECK}</td><td>8</td><td>2</td><td>2</td><td>6</td>" in page
    assert "8 students: mean 4.5, median 3, quartiles 1.5 and 6." in page
    assert "<td>10.8 to 12</td><td>" in page and "<script" not in page
