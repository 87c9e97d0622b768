"""Grades go back in the platform's own file: what its importer makes of it, and not a byte more is changed."""

import csv
import json
import os
import re
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from downloads import NAME, zipped
from hand_ins import text
from importers import canvas_comments, canvas_gradebook, moodle_feedback, moodle_worksheet
from ordinary import as_ordinary_user, given

from course import EXERCISES, UNIT, Answers
from dltools import cli
from dltools.grading import seeds
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.feedback import feedback_folder
from dltools.grading.book.gradebook import Book
from dltools.grading.model import Assignment, Graded
from dltools.grading.reading.files import load
from dltools.grading.reading.repair import repair

PEOPLE = [
    # number, first name, last name, id
    ("101", "Ada", "Lovelace", "ada1"),
    ("102", "Ben", "Müller", "ben2"),
    ("103", "Kim", "Lee", "kim3"),
    ("104", "Kim", "Lee", "kim4"),
    ("105", "华", "王", "hua5"),
    ("106", "Ian", "Smith_Jones", "ian6"),
    ("107", "Lea", "Absent", "lea7"),
]
SCORES = {"101": 12.0, "102": 7.5, "103": 4.0, "104": 0.0, "105": 2.0 / 3, "106": 10.0}
TITLE, ID = "Homework 01 small", "77"


def canvas(people: list[tuple[str, str, str, str]] = PEOPLE, points: str = "12.00", grade: str = "") -> str:
    lines = [f"Student,ID,SIS User ID,SIS Login ID,Section,Earlier (70),{TITLE} ({ID}),Current Score"]
    lines += [",,,,,,Manual Posting,", f"    Points Possible,,,,,10.00,{points},(read only)"]
    lines += [f'"{last}, {f}",{n},S{n},{i},Sec 1,9.50,{grade},95.00' for n, f, last, i in people]
    return "\n".join([*lines, '"Student, Test",999,,0af,Sec 1,,,']) + "\n"


HEADER = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments"
)
DEUTSCH = (
    "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,"
    "Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar"
)


def moodle(people: list[tuple[str, str, str, str]] = PEOPLE, most: str = "12.00") -> str:
    lines = [f"Participant {n},{f} {last},{i}@x.org,Submitted,,{most},Yes,-,-," for n, f, last, i in people]
    return "\r\n".join([HEADER, *lines]) + "\r\n"


def deutsch() -> str:
    lines = [f"Teilnehmer/in{n};{f} {last};{i}@x.org;Abgegeben;;12,00;Ja;-;-;" for n, f, last, i in PEOPLE]
    return "\ufeff" + "\n".join([DEUTSCH.replace(",", ";"), *lines])


def downloads(platform: str, people: list[tuple[str, str, str, str]], work: bytes) -> dict[str, bytes]:
    if platform == "canvas":
        return {f"{(last + f).lower()}_{n}_{n}9_{NAME}": work for n, f, last, i in people}
    return {f"{f} {last}_{n}_assignsubmission_file/{NAME}": work for n, f, last, i in people}


def grade(course: Path, assignment: Assignment, scores: dict[str, float], **marks: Any) -> None:
    """Record scores and a page of feedback for everybody in submitted/, as grading does."""
    coursedir, key = course_directory(course), seeds.secret(course)
    kept = json.loads((course / f"collected-{UNIT}.json").read_text(encoding="utf-8"))
    with Book(coursedir, assignment) as book:
        for student, entry in kept.items():
            submission = seeds.with_seed(load(course / "submitted" / student / UNIT, assignment, 0), UNIT, key)
            points = spread(scores[entry["number"]], assignment)
            notebook = nbformat.from_dict(repair(submission, assignment).notebook)
            book.record(Graded(student, notebook, points, **marks.get(student, {})), submission, datetime(2027, 1, 31))
            page = feedback_folder(coursedir, UNIT, student) / f"{UNIT}.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(f"<p>{student}</p>", encoding="utf-8")


def spread(score: float, assignment: Assignment) -> dict[str, float | None]:
    points: dict[str, float | None] = {}
    for name, most in assignment.points.items():
        points[name] = min(score, most)
        score -= points[name] or 0
    return points


def run(course: Path, *arguments: object) -> int:
    return cli.main([*map(str, arguments), "--assignment", UNIT, "--course", str(course)])


def prepared(platform: str, sheet: str, course: Path, assignment: Assignment, answers: Answers, **marks: Any) -> Path:
    """A class that was collected and graded; returns the platform's file."""
    work = text(answers.notebook(EXERCISES[:1]))
    path = course.parent / "platform.csv"
    path.write_bytes(sheet.encode())
    zipped(downloads(platform, PEOPLE[:-1], work), course.parent / "down.zip")
    assert run(course, "collect", course.parent / "down.zip", "--roster", path) == 1
    grade(course, assignment, SCORES, **marks)
    return path


def returned(course: Path, name: str = "platform.csv") -> bytes:
    return (course / "returned" / UNIT / name).read_bytes()


WANTED = {number: f"{score:.2f}".rstrip("0").rstrip(".") for number, score in SCORES.items()}


def test_canvas(course: Path, assignment: Assignment, answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    path = prepared("canvas", canvas(), course, assignment, answers)
    assert run(course, "return", "--canvas", path) == 0
    said = capsys.readouterr().out
    assert "6 changed, 0 there already, 0 waiting for a person; 6 pages of feedback." in said
    assert "Handed in nothing, left as they are: Absent, Lea (107)." in said
    users = {number for number, *_ in PEOPLE}
    grades = canvas_gradebook(returned(course), users, {"70": "Earlier", ID: TITLE})
    assert grades[ID] == WANTED | {"107": ""}
    assert grades["70"] == dict.fromkeys(users, "9.50")
    pages = canvas_comments(returned(course, f"feedback-{UNIT}-canvas.zip"), {n: f"{n}9" for n in users})
    assert pages == {n: f"<p>{i}</p>".encode() for n, _, _, i in PEOPLE[:-1]}
    assert path.read_bytes() == canvas().encode(), "staff's own file stays"


@pytest.mark.parametrize("language", ["English", "German"])
def test_moodle(language: str, course: Path, assignment: Assignment, answers: Answers) -> None:
    sheet = moodle() if language == "English" else deutsch()
    path = prepared("moodle", sheet, course, assignment, answers)
    assert run(course, "return", "--moodle", path) == 0
    header = HEADER.split(",") if language == "English" else DEUTSCH.split(",")
    titles, word = (header[0], header[4], header[8]), "Participant " if language == "English" else "Teilnehmer/in"
    grades = moodle_worksheet(returned(course), titles, word, 12)
    assert grades == {number: round(score, 2) for number, score in SCORES.items()}
    pages = moodle_feedback(returned(course, f"feedback-{UNIT}-moodle.zip"), set(SCORES))
    assert {number: list(files) for number, files in pages.items()} == {key: [f"{UNIT}.html"] for key in SCORES}


WORKSHEETS = {
    # what else a site may have in it: a workflow, hidden names, online text, no comments
    "workflow": moodle().replace("Grade can", "Marking workflow state,Grade can").replace(",Yes,", ",In review,Yes,"),
    "hidden names": "\r\n".join(re.sub(r"^([^,]*),[^,]*,[^,]*,", r"\1,", line) for line in moodle().split("\r\n")),
    "online text": moodle()
    .replace("Last modified (grade)", "Online text,Last modified (grade)")
    .replace(",-,-,", ",-,,-,"),
    "no comments": moodle().replace(",Feedback comments", "").replace(",-,-,", ",-,-"),
}


@pytest.mark.parametrize("kind", WORKSHEETS)
def test_comments_where_a_worksheet_has_them(kind: str, course: Path, assignment: Assignment, answers: Answers) -> None:
    path = prepared("moodle", WORKSHEETS[kind], course, assignment, answers)
    assert run(course, "return", "--moodle", path, "--comments") == 0
    titles = "Identifier", "Grade", "Last modified (grade)"
    assert moodle_worksheet(returned(course), titles, "Participant ", 12) == {n: round(s, 2) for n, s in SCORES.items()}
    lines = {line["Identifier"]: line for line in csv.DictReader(returned(course).decode().splitlines())}
    said = "conv2d_output_size 2/2; conv2d_parameter_count 2/2; conv2d_forward 3.5/8"
    assert lines["Participant 102"].get("Feedback comments") == (None if kind == "no comments" else said)
    others = {title for title in lines["Participant 102"] if title not in ("Grade", "Feedback comments")}
    before = {line["Identifier"]: line for line in csv.DictReader(WORKSHEETS[kind].splitlines())}
    assert all(line[title] == before[number][title] for number, line in lines.items() for title in others)


def test_a_comment_that_stands_is_kept(course: Path, assignment: Assignment, answers: Answers) -> None:
    path = prepared("moodle", moodle(), course, assignment, answers)
    path.write_text(
        moodle().replace("ada1@x.org,Submitted,,12.00,Yes,-,-,", "ada1@x.org,Submitted,,12.00,Yes,-,-,Well done.")
    )
    assert run(course, "return", "--moodle", path, "--comments") == 0
    first = returned(course)
    assert b",Well done.\r\n" in first and first.count(b"conv2d_forward") == len(SCORES) - 1
    assert run(course, "return", "--moodle", course / "returned" / UNIT / path.name, "--comments") == 0
    assert returned(course) == first
    assert run(course, "return", "--moodle", path) == 0
    assert b"conv2d_forward" not in returned(course), "only where it is asked for"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="ordinary users are of POSIX systems")
@pytest.mark.parametrize(
    ("shut", "more", "code"),
    [("", [], 0), (".", [], 2), ("gradebook.db", [], 0), (".", ["--to", "../mine"], 0), ("", ["--to", "/proc/no"], 2)],
)
def test_as_an_ordinary_user(
    shut: str, more: list[str], code: int, course: Path, assignment: Assignment, answers: Answers
) -> None:
    """Into a course of one's own, out of one that may only be read; a sentence where it may not be written."""
    path = prepared("canvas", canvas(), course, assignment, answers)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        moved = Path(shutil.copytree(course, place / "course"))
        sheet = Path(shutil.copy(path, place))
        given(place)
        if shut:
            (moved / shut).chmod(0o555 if shut == "." else 0o444)
        target = [word.replace("..", str(place)) for word in more]
        assert as_ordinary_user(lambda: run(moved, "return", "--canvas", sheet, *target)) == code
        files = list(place.rglob("*-canvas.zip"))
        assert len(files) == (code == 0)
        (moved / shut).chmod(0o755)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_other_byte_is_kept(encoding: str, course: Path, assignment: Assignment, answers: Answers) -> None:
    sheet = moodle().replace("华 王", "H W").replace("Full name", '"Full name"').replace(",-,-,", ', - ,"-",""')
    path = prepared("moodle", moodle(), course, assignment, answers)
    path.write_bytes(sheet.encode(encoding))
    assert run(course, "return", "--moodle", path) == 0
    lines = sheet.split("\r\n")
    for at, (number, *_) in enumerate(PEOPLE[:-1], 1):
        lines[at] = lines[at].replace("Submitted,,", f"Submitted,{WANTED[number]},")
    assert returned(course) == "\r\n".join(lines).encode(encoding)


def test_twice_changes_nothing(
    course: Path, assignment: Assignment, answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    path = prepared("canvas", canvas(), course, assignment, answers)
    run(course, "return", "--canvas", path)
    first = {name.name: name.read_bytes() for name in (course / "returned" / UNIT).iterdir()}
    path.write_bytes(returned(course).replace(b",12,", b",12.00,"))
    capsys.readouterr()
    assert run(course, "return", "--canvas", path) == 0
    assert "0 changed, 6 there already" in capsys.readouterr().out
    assert returned(course) == path.read_bytes()
    assert first.keys() == {name.name for name in (course / "returned" / UNIT).iterdir()}
    zip_name = f"feedback-{UNIT}-canvas.zip"
    assert returned(course, zip_name) == first[zip_name]
    assert run(course, "return", "--canvas", course / "returned" / UNIT / "platform.csv") == 0


def test_who_waits_is_left_empty(
    course: Path, assignment: Assignment, answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    path = prepared("canvas", canvas(), course, assignment, answers, ada1={"person": ["The file is cut off."]})
    changed = course / "submitted" / "ben2" / UNIT / NAME
    changed.write_bytes(text(answers.perfect()))
    assert run(course, "return", "--canvas", path) == 1
    said = capsys.readouterr().out
    assert "PERSON: waits, left as it is: ada1: The file is cut off. (when you have: --looked ada1)" in said
    assert "PERSON: waits, left as it is: ben2: handed in anew since it was graded; grade again" in said
    grades = canvas_gradebook(returned(course), set(SCORES), {"70": "Earlier", ID: TITLE})[ID]
    assert grades == WANTED | {"101": "", "102": ""}
    assert run(course, "return", "--canvas", path, "--looked", "ada1") == 1
    assert canvas_gradebook(returned(course), set(SCORES), {"70": "Earlier", ID: TITLE})[ID]["101"] == "12"


def test_what_all_wait_for_is_said_once(
    course: Path, assignment: Assignment, answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    marks = {student: {"person": ["more: neither is in the notebook."]} for _, _, _, student in PEOPLE[1:-1]}
    marks["ada1"] = {"person": ["The file is cut off."]}
    path = prepared("canvas", canvas(), course, assignment, answers, **marks)
    capsys.readouterr()
    assert run(course, "return", "--canvas", path) == 1
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("PERSON")]
    assert said == [
        "PERSON: 5 wait, left as it is: more: neither is in the notebook. (when you have: --looked all)",
        "PERSON: waits, left as it is: ada1: The file is cut off. (when you have: --looked ada1)",
    ]
    assert run(course, "return", "--canvas", path, "--looked", "all") == 0


def test_dry_run(course: Path, assignment: Assignment, answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    path = prepared("canvas", canvas(), course, assignment, answers)
    before = sorted(course.rglob("*"))
    assert run(course, "return", "--canvas", path, "--dry-run") == 0
    assert "ben2: empty -> 7.5" in capsys.readouterr().out
    assert sorted(course.rglob("*")) == before


REFUSED = {
    "other points": (canvas(points="10.00"), "--canvas", (), "has 12 points here, 'Homework 01 small (77)' has 10"),
    "no column": (canvas().replace("01 small", "one"), "--canvas", (), "Which column is 01-small? Give --column"),
    "read only": (canvas(points="(read only)"), "--canvas", (), "is read only"),
    "no gradebook": ("a,b\n1,2\n", "--canvas", (), "is not Canvas's gradebook"),
    "no worksheet": (canvas(), "--moodle", (), "is not Moodle's grading worksheet"),
    "a scale of words": (moodle(most=""), "--moodle", (), "Which column has the grades"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(
    name: str, course: Path, assignment: Assignment, answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet, option, more, sentence = REFUSED[name]
    path = prepared("canvas", canvas(), course, assignment, answers)
    path.write_text(sheet, encoding="utf-8")
    assert run(course, "return", option, path, *more) == 2
    assert sentence in capsys.readouterr().err
    assert not (course / "returned").exists()


CHOSEN = {
    "scaled": (canvas(points="6.00"), ("--scale",), {"101": "6", "102": "3.75"}),
    "by title": (canvas().replace("01 small", "one"), ("--column", "Homework one"), {"101": "12"}),
    "by number": (canvas().replace("01 small", "one"), ("--column", ID), {"101": "12"}),
    "excused stays": (canvas(grade="EX"), (), {"101": "EX"}),
    "an older grade is changed": (canvas(grade="3.00"), (), {"101": "12", "107": "3.00"}),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_what_is_filled_in(name: str, course: Path, assignment: Assignment, answers: Answers) -> None:
    sheet, more, wanted = CHOSEN[name]
    path = prepared("canvas", canvas(), course, assignment, answers)
    path.write_text(sheet, encoding="utf-8")
    run(course, "return", "--canvas", path, *more)
    title = "Homework one" if "Homework one" in sheet else TITLE
    grades = canvas_gradebook(returned(course), {n for n, *_ in PEOPLE}, {"70": "Earlier", ID: title})[ID]
    assert {number: grades[number] for number in wanted} == wanted


def test_who_is_not_in_the_file_is_told(
    course: Path, assignment: Assignment, answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    path = prepared("canvas", canvas(), course, assignment, answers)
    path.write_text(canvas(PEOPLE[1:]), encoding="utf-8")
    assert run(course, "return", "--canvas", path) == 1
    assert "PERSON: ada1 is not in platform.csv; enter by hand." in capsys.readouterr().out


def test_before_grading(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(course, "return", "--json") == 2
    assert "was not graded yet" in capsys.readouterr().err


def test_json(course: Path, assignment: Assignment, answers: Answers) -> None:
    """IMS LTI Assignment and Grade Services 2.0, section 3.4: the names and values of a score."""
    prepared("canvas", canvas(), course, assignment, answers, ada1={"person": ["Look."]})
    assert run(course, "return", "--json") == 1
    scores = {score["userId"]: score for score in json.loads(returned(course, f"scores-{UNIT}.json"))}
    assert "scoreGiven" not in scores["101"] and scores["101"]["gradingProgress"] == "PendingManual"
    assert (scores["102"]["scoreGiven"], scores["102"]["scoreMaximum"]) == (7.5, 12)
    assert {score["activityProgress"] for score in scores.values()} == {"Completed"}
    assert all(datetime.fromisoformat(score["timestamp"]).tzinfo for score in scores.values())


def test_gradescope(course: Path, assignment: Assignment, answers: Answers) -> None:
    """gradescope-autograders.readthedocs.io, Specifications: the names and values of results.json."""
    metadata = "".join(
        f"submission_{n}:\n  :submitters:\n  - :name: {f} {last}\n    :sid: {i}\n" for n, f, last, i in PEOPLE
    )
    work = text(answers.notebook(EXERCISES[:1]))
    files = {f"submission_{n}/{NAME}": work for n, *_ in PEOPLE[:-1]}
    zipped(files | {"submission_metadata.yml": metadata.encode()}, course.parent / "down.zip")
    assert run(course, "collect", course.parent / "down.zip") == 0
    grade(course, assignment, SCORES)
    assert run(course, "return", "--gradescope") == 0
    found = json.loads(returned(course, "gradescope/submission_102/results.json"))
    assert found["score"] == 7.5 == sum(test["score"] for test in found["tests"])
    assert {test["status"] for test in found["tests"]} <= {"passed", "failed"}
    assert all(test["visibility"] == "visible" and test["score"] <= test["max_score"] for test in found["tests"])


FIRST = ["Ada", "Zoë", "José", "华", "Ø", "Jean-Luc", "Mary Ann", "Đặng", "Ian_B", "O'Neil"]
LAST = ["Lee", "Müller", "García", "王", "Åberg", "van der Berg", "Smith_Jones", "Nguyễn", "Straße", "Lee"]


@pytest.mark.parametrize("size", [50, pytest.param(500, marks=pytest.mark.long)])
@pytest.mark.parametrize("platform", ["canvas", "moodle"])
def test_a_class_goes_out_and_comes_back(
    platform: str, size: int, course: Path, assignment: Assignment, answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names with _, umlauts, CJK, several of each name: without a single edit by hand, and twice the same."""
    people = [(str(1000 + n), FIRST[n % 10], LAST[n % 50 // 5], f"s{n}") for n in range(size)]
    path = course.parent / "platform.csv"
    path.write_text(canvas(people) if platform == "canvas" else moodle(people), encoding="utf-8")
    files = downloads(platform, people, text(answers.notebook(EXERCISES[:1])))
    zipped(files, course.parent / "down.zip")
    assert run(course, "collect", course.parent / "down.zip", "--roster", path) == 0
    scores = {number: (int(number) * 7 % 49) / 4 for number, *_ in people}
    grade(course, assignment, scores)
    capsys.readouterr()
    assert run(course, "return", f"--{platform}", path) == 0
    assert "PERSON" not in capsys.readouterr().out
    if platform == "canvas":
        grades = canvas_gradebook(returned(course), set(scores), {"70": "Earlier", ID: TITLE})[ID]
        pages = canvas_comments(returned(course, f"feedback-{UNIT}-canvas.zip"), {n: f"{n}9" for n in scores})
        assert all(pages[n] == f"<p>{i}</p>".encode() for n, _, _, i in people)
    else:
        header = HEADER.split(",")
        grades = moodle_worksheet(returned(course), (header[0], header[4], header[8]), "Participant ", 12)
        pages = moodle_feedback(returned(course, f"feedback-{UNIT}-moodle.zip"), set(scores))
        assert all(pages[n] == {f"{UNIT}.html": f"<p>{i}@x.org</p>".encode()} for n, _, _, i in people)
    assert {number: float(grade) for number, grade in grades.items()} == scores
    first = returned(course)
    assert run(course, "return", f"--{platform}", course / "returned" / UNIT / "platform.csv") == 0
    assert f"0 changed, {size} there already" in capsys.readouterr().out
    assert returned(course) == first
