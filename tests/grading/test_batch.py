"""A batch: deadlines, a stop in the middle, a worker that dies, PostgreSQL: one gradebook."""

import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from nbgrader.api import Gradebook

from course import EXERCISES, UNIT, Answers
from dltools import cli
from dltools.checks import exercises
from dltools.checks.trials import trials
from dltools.grading import grade, seeds
from dltools.grading.book import failures
from dltools.grading.book.gradebook import Book, Row
from dltools.grading.command import add_arguments
from dltools.grading.model import Assignment, Submission
from dltools.grading.reading.files import load

NAME = f"{UNIT}.ipynb"
HERE = Path(__file__).parent
EXECUTOR = "inprocess:execute"


@pytest.fixture(autouse=True)
def workers_find_the_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes import the tests' executor by its name."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]))


@pytest.fixture
def submitted(course: Path, answers: Answers) -> Path:
    """A course with eight submissions, from nothing to everything right."""
    for number in range(8):
        right = EXERCISES[: number % 4]
        hand_in(course, f"student-{number}", json.dumps(answers.notebook(right)).encode())
    return course


def hand_in(course: Path, student: str, content: bytes, timestamp: str | None = None) -> None:
    folder = course / "submitted" / student / UNIT
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_bytes(content)
    if timestamp is not None:
        (folder / "timestamp.txt").write_text(timestamp, encoding="utf-8")


def run(course: Path, *more: str) -> list[Row]:
    """What `dltools grade` does, with the tests' fast executor in this process or in the workers."""
    rows = rows_of(course, *more)
    assert rows
    return rows


def parsed(course: Path, *more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    args = parser.parse_args([str(course / "submitted"), "--no-feedback", "--workers", "1", *more])
    args.jail = EXECUTOR
    return args


def rows_of(course: Path, *more: str) -> list[Row]:
    args = parsed(course, *more)
    names = grade.assignments(args)
    return [row for name in names for row in grade.Grader(args, name, grade.settings(args, names)).run()]


def contents(db_url: str) -> list[tuple[Any, ...]]:
    """All that the gradebook says of every grade, without the random keys."""
    with Gradebook(db_url) as gradebook:
        return sorted(
            (s.student.id, g.name, g.auto_score, g.needs_manual_grade, s.timestamp, n.late_submission_penalty)
            for s in gradebook.assignment_submissions(UNIT)
            for n in s.notebooks
            for g in n.grades
        )


def sqlite(course: Path) -> str:
    return f"sqlite:///{course / 'gradebook.db'}"


def test_scores_and_resume(submitted: Path) -> None:
    first = run(submitted)
    assert [row.score for row in first] == [0, 2, 4, 12, 0, 2, 4, 12]
    times = {path: path.stat().st_mtime_ns for path in submitted.glob("autograded/*/*/*.ipynb")}
    assert len(times) == 8
    assert run(submitted) == first
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_a_new_hand_in_is_graded_again_and_only_that(submitted: Path, answers: Answers) -> None:
    run(submitted)
    times = {path: path.stat().st_mtime_ns for path in submitted.glob("autograded/*/*/*.ipynb")}
    hand_in(submitted, "student-0", json.dumps(answers.perfect()).encode())
    assert run(submitted)[0].score == 12
    changed = {path.parts[-3] for path, before in times.items() if path.stat().st_mtime_ns != before}
    assert changed == {"student-0"}


def test_a_persons_grade_stays(submitted: Path) -> None:
    run(submitted)
    with Gradebook(sqlite(submitted)) as gradebook:
        given = gradebook.find_grade("check_conv2d_forward", UNIT, UNIT, "student-1")
        given.manual_score = 5
        gradebook.db.commit()
    assert run(submitted, "--force")[1].score == 7


def test_deadline_and_roster(submitted: Path, answers: Answers, tmp_path: Path) -> None:
    perfect = json.dumps(answers.perfect()).encode()
    hand_in(submitted, "late", perfect, "2027-02-01 00:00:01 UTC")
    hand_in(submitted, "in-time", perfect, "2027-01-31 23:59:59 UTC")
    hand_in(submitted, "unreadable", perfect, "yesterday, I think")
    config = submitted / "nbgrader_config.py"
    config.write_text(config.read_text(encoding="utf-8").replace('= "none"', '= "zero"'), encoding="utf-8")
    roster = tmp_path / "roster.csv"
    roster.write_text("id,first_name,last_name,email\nlate,Lena,Spät,l@example.org\n", encoding="utf-8")
    rows = {row.student: row for row in run(submitted, "--due", "2027-02-01 00:00 UTC", "--roster", str(roster))}
    assert (rows["late"].raw_score, rows["late"].late_penalty, rows["late"].score) == (12, 12, 0)
    assert rows["in-time"].score == 12
    assert rows["unreadable"].score == 12
    assert "timestamp.txt is not a time: taken as in time" in rows["unreadable"].notes["repairs"]
    assert (rows["late"].first_name, rows["late"].last_name) == ("Lena", "Spät")
    later = {row.student: row for row in run(submitted, "--due", "2027-03-01 00:00 UTC")}
    assert later["late"].score == 12


def test_an_accent_that_nobody_sees_is_said(submitted: Path, answers: Answers, tmp_path: Path) -> None:
    hand_in(submitted, "Jose\u0301", json.dumps(answers.perfect()).encode())
    roster = tmp_path / "class.csv"
    roster.write_text("id\nJosé\n", encoding="utf-8")
    rows = {row.student: row for row in run(submitted, "--roster", str(roster))}
    assert rows["Jose\u0301"].person == ["Jose\u0301 has 5 characters, José in class.csv has 4: rename the folder."]


@pytest.mark.parametrize("arguments", [["--due", "soon"], ["--roster", "nowhere.csv"], ["--assignment", "99-none"]])
def test_what_cannot_run_says_why(arguments: list[str], submitted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["grade", str(submitted / "submitted"), "--plain", *arguments]) == 2
    said = capsys.readouterr().err
    assert arguments[1] in said
    assert "Traceback" not in said


def test_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["grade", str(tmp_path / "nothing"), "--plain"]) == 2
    assert "There is no folder" in capsys.readouterr().err


def test_a_link_is_not_followed(submitted: Path) -> None:
    secret = submitted / "gradebook.db"
    folder = submitted / "submitted" / "mallory" / UNIT
    folder.mkdir(parents=True)
    (folder / NAME).symlink_to(secret)
    row = next(row for row in run(submitted) if row.student == "mallory")
    assert "is a link to another file and was not read" in row.person[0]
    assert not [path for path in (submitted / "autograded" / "mallory").rglob("*") if path.is_symlink()]


def test_seeds_differ_and_repeat(tmp_path: Path) -> None:
    key = seeds.secret(tmp_path)
    assert seeds.secret(tmp_path) == key
    drawn = {seeds.seed(key, unit, student) for unit in ("a", "ab") for student in ("bc", "c", "d")}
    assert len(drawn) == 6
    assert seeds.seed(key, "a", "bc") == seeds.seed(key, "a", "bc")


def test_a_second_hand_in_meets_other_cases_and_the_same_exam() -> None:
    def cases(content: bytes, name: str) -> str:
        seed = seeds.with_seed(Submission("ada", {NAME: content}, 0), "11-capstone", b"key").seed
        exercise = exercises()[name]
        return repr(trials(exercise, exercise.criteria[0], exercise.seed_of(seed))[0].case)

    for name, alike in (("confusion_matrix", False), ("predict", True)):
        assert cases(b"first", name) == cases(b"first", name)
        assert (cases(b"first", name) == cases(b"second", name)) is alike


def test_grades_with_old_seeds_are_kept_and_said(
    submitted: Path, assignment: Assignment, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run(submitted)
    for path in submitted.glob(f"autograded/*/*/{NAME}"):  # as the edition before would have written it
        notebook = json.loads(path.read_text(encoding="utf-8"))
        submission = load(submitted / "submitted" / path.parts[-3] / UNIT, assignment, 0)
        old = seeds.with_old_seed(seeds.with_seed(submission, UNIT, seeds.secret(submitted)))
        notebook["metadata"]["dltools"]["submission"] = old.digest
        path.chmod(0o644)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    assert run(submitted) == [replace(row, notes=ANY) for row in first]
    assert "graded with the hidden cases of an earlier edition: 8; kept as they are" in capsys.readouterr().err
    assert run(submitted, "--force") == first


def command(course: Path, *more: str) -> list[str]:
    """`dltools grade` in a process of its own, with the tests' executor."""
    script = "import sys; from test_batch import run; from pathlib import Path; run(Path(sys.argv[1]), *sys.argv[2:])"
    return [sys.executable, "-c", script, str(course), *more]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}


@pytest.mark.long  # CI has the like in test_chaos
@pytest.mark.parametrize("seed", range(5))
def test_killed_at_a_random_moment_it_resumes(seed: int, submitted: Path, tmp_path: Path) -> None:
    """Killed without a warning as often as it takes; then the gradebook equals that of an undisturbed run."""
    undisturbed = Path(shutil.copytree(submitted, tmp_path / "undisturbed"))
    (submitted / seeds.SECRET).write_bytes(seeds.secret(undisturbed))
    run(undisturbed)
    rng = random.Random(seed)
    for _ in range(3):
        graded = len(list(submitted.glob("autograded/*/*/*.ipynb")))
        process = subprocess.Popen(command(submitted), env=environment(), stderr=subprocess.DEVNULL)
        while process.poll() is None and len(list(submitted.glob("autograded/*/*/*.ipynb"))) < graded + 2:
            time.sleep(0.01)
        time.sleep(rng.random() * 0.3)
        process.send_signal(signal.SIGKILL)
        process.wait()
    run(submitted)
    assert contents(sqlite(submitted)) == contents(sqlite(undisturbed))


def test_a_dying_worker_is_no_verdict(submitted: Path, answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    """The executor of this test runs cells in the worker itself: os._exit ends the worker and breaks the pool."""
    deadly = answers.notebook(EXERCISES, conv2d_forward="import os; os._exit(3)")
    hand_in(submitted, "mallory", json.dumps(deadly).encode())
    assert grade.run(parsed(submitted, "--workers", "2")) == grade.RUN_AGAIN
    assert "RUN AGAIN: could not be graded, twice: the worker that graded it died" in capsys.readouterr().out
    given = {(student, name): score for student, name, score, *_ in contents(sqlite(submitted))}
    assert "mallory" not in {student for student, _ in given}
    assert not (submitted / "autograded" / "mallory").exists()
    assert [given[f"student-{number}", "check_conv2d_forward"] for number in range(8)] == [0, 0, 0, 8, 0, 0, 0, 8]
    hand_in(submitted, "mallory", json.dumps(answers.perfect()).encode())
    assert grade.run(parsed(submitted)) == grade.ALL_GRADED


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class PostgreSQL:
    """A PostgreSQL server of this test's own: its data base's address, and the command that stops and starts it."""

    address: str
    control: list[Any]
    options: str

    def start(self) -> None:
        subprocess.run([*self.control, "-o", self.options, "start"], check=True, cwd="/")

    def stop(self, how: str) -> None:
        subprocess.run([*self.control, "-m", how, "stop"], check=True, cwd="/")


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    binaries = [shutil.which("initdb"), *map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    initdb = next((Path(path) for path in binaries if path), None)
    if initdb is None:
        pytest.skip("PostgreSQL is not installed")
    if os.name == "posix" and os.geteuid() == 0 and not shutil.which("runuser"):
        pytest.skip("PostgreSQL does not run as root")
    folder, port = Path(f"/tmp/dltools-postgresql-{os.getpid()}"), free_port()
    folder.mkdir()
    prefix = []
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
        prefix = ["runuser", "-u", "nobody", "--"]
    subprocess.run([*prefix, initdb, "-D", folder / "data", "-U", "staff", "-A", "trust"], check=True, cwd=folder)
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    control = [*prefix, initdb.with_name("pg_ctl"), "-D", folder / "data", "-w", "-l", folder / "log"]
    server = PostgreSQL(f"postgresql+psycopg://staff@127.0.0.1:{port}/postgres", control, options)
    server.start()
    yield server
    server.stop("immediate")
    shutil.rmtree(folder)


def test_postgresql_serves_alike(
    submitted: Path, postgresql: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is restarted twice: it is gone for a moment when the third and the fifth are recorded."""
    alone = Path(shutil.copytree(submitted, tmp_path / "alone"))
    (submitted / seeds.SECRET).write_bytes(seeds.secret(alone))
    run(alone)
    record, numbers = Book.record, iter(range(1, 100))

    def record_or_restart(*args: Any) -> None:
        if next(numbers) in (3, 6):
            postgresql.stop("fast")
            threading.Timer(3, postgresql.start).start()
        record(*args)

    monkeypatch.setattr(Book, "record", record_or_restart)
    assert grade.run(parsed(submitted, "--db-url", postgresql.address)) == grade.ALL_GRADED
    assert next(numbers) == 11, "eight were recorded, two of them at the second attempt"
    assert contents(postgresql.address) == contents(sqlite(alone))


def test_a_server_that_stays_away_is_said(
    submitted: Path, postgresql: PostgreSQL, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "PATIENCE", 1)
    postgresql.stop("fast")
    try:
        assert grade.run(parsed(submitted, "--db-url", postgresql.address)) == grade.RUN_AGAIN
    finally:
        postgresql.start()
    told = capsys.readouterr().err.splitlines()[-1]
    assert "does not answer; start it, then run the same command again" in told


def test_the_command_runs_a_kernel(submitted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Once through all of it with a real kernel, feedback included."""
    arguments = ["--plain", "--student", "student-3", "--workers", "1"]
    assert cli.main(["grade", str(submitted / "submitted"), *arguments]) == 0
    assert "12/12" in capsys.readouterr().out
    page = (submitted / "feedback" / "student-3" / UNIT / f"{UNIT}.html").read_text(encoding="utf-8")
    assert "solved, 8 of 8 points" in page
    assert (submitted / f"feedback-{UNIT}.zip").is_file()
