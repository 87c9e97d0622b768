"""One page of feedback that does not end stops nobody; a command that is killed meanwhile leaves nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from test_batch import environment, hand_in, parsed

from course import EXERCISES, UNIT, Answers
from dltools.grading import grade, workers
from dltools.grading.book import feedback
from dltools.running.files import remove_leftovers

STUDENTS = ("ada", "ben", "eve")
generate = feedback.generate


@pytest.fixture
def course_of_three(course: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    for student in STUDENTS:
        hand_in(course, student, json.dumps(answers.notebook(EXERCISES)).encode())
    return course


def endless_for_ben(root: str, folders: dict[str, str], assignment: str, student: str) -> Path:
    """As feedback.generate, but that ben's page takes for ever."""
    if student == "ben":
        workers.end_after(0.5)
        while True:
            pass
    return generate(root, folders, assignment, student)


def pages(course: Path) -> set[str]:
    return {path.parts[-3] for path in course.glob(f"feedback/*/{UNIT}/*.html")}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no clock of the processor here")
def test_a_page_that_takes_for_ever_stops_nobody(
    course_of_three: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    args = parsed(course_of_three)
    args.no_feedback = False
    monkeypatch.setattr(feedback, "generate", endless_for_ben)
    assert grade.run(args) == grade.NEEDS_PERSON
    assert pages(course_of_three) == {"ada", "eve"}
    assert "PERSON: No feedback was made (the process that makes the page has ended" in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    assert grade.run(args) == grade.ALL_GRADED
    assert pages(course_of_three) == set(STUDENTS)


def test_every_page_has_the_clock(course_of_three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = list[float]()
    monkeypatch.setattr(workers, "end_after", seconds.append)
    assert grade.run(parsed(course_of_three)) == grade.ALL_GRADED
    generate(str(course_of_three), {}, UNIT, "ada")
    assert seconds == [feedback.SECONDS]


FORKED = """
from dltools.grading.workers import *
with forked(1, lambda: print("let go", os.getpid(), flush=True)):
    pids = []
    for _ in range(2):
        with processes(1, apart=True) as pool:
            pids += [pool.submit(os.getpid).result()]
    os.kill(pids[-1], signal.SIGKILL)
    with processes(1, apart=True) as pool:
        print(*pids, pool.submit(os.getpid).result(), threading.active_count() > 1)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a fork is safe on Linux alone")
def test_one_fork_makes_all_pages_and_is_replaced_when_it_has_ended() -> None:
    """It has let go what only the command may hold; what comes after its end is no fork, as there are threads then."""
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, env=environment())
    assert not done.stderr
    let_go, (first, second, third, has_threads) = done.stdout.splitlines()[0], done.stdout.splitlines()[1].split()
    assert let_go == f"let go {first}" and first == second != third and has_threads == "True"


KILLED = "from test_batch import *; args = parsed(Path(sys.argv[1])); args.no_feedback = False; grade.run(args)"


def test_a_command_killed_while_it_makes_feedback_leaves_nothing(course_of_three: Path, tmp_path: Path) -> None:
    """Killed without a warning when the first page is there: its workers end, its folders go with the next."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(course_of_three)], env={**environment(), "TMPDIR": str(temporary)}
    )
    seen = set[psutil.Process]()
    while process.poll() is None and not pages(course_of_three):
        seen.update(psutil.Process(process.pid).children(recursive=True))
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert seen, "workers made the pages"
    assert not psutil.wait_procs(seen, timeout=60)[1]
    monkeypatch = pytest.MonkeyPatch()
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(temporary))
        remove_leftovers()
    assert os.listdir(temporary) == []
