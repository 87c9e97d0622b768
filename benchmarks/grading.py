"""How fast grading is beside plain nbgrader: `python -m benchmarks.grading [--students 40] [--unit 04-convolution]`.

A class is made by code from the unit's own notebook: each student has solved the first so many exercises. With
`--exercises-only` the notebook has the imports, the exercises and their tests, so that the grader's own time shows; a
unit's demonstrations take as long in every grader. It prints where the time of one submission goes, and simulates
10,000 submissions on 1 to 64 workers from the measured parts: workers grade, one writer records. Then, in one run, the
same class is graded by stock `nbgrader autograde` and by `dltools grade` with everything switched on, with one worker
and with two; the scores are asserted to be equal. With `--memory` it only grades the class by `dltools grade` and
prints, as it goes, what all its processes hold.
"""

import argparse
import heapq
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from dltools import cli
from dltools.grading.book.gradebook import Book
from dltools.grading.jail.levels import Caps
from dltools.grading.model import Limits
from dltools.grading.sealed.checker import Checker, check_notebook
from dltools.grading.sealed.checker_server import NoTable
from dltools.grading.sealed.kernel_client import Student
from dltools.grading.sealed.kernel_server import Nursery
from dltools.grading.sealed.wire.shell import Shell
from dltools.running.threads import ONE_THREAD

EXERCISES_ONLY = "--exercises-only" in sys.argv
REPOSITORY = Path(__file__).resolve().parents[1]
STOCK = """
c.Autograde.exporter_class = "nbconvert.exporters.NotebookExporter"
del c.Autograde.sanitize_preprocessors, c.Autograde.autograde_preprocessors
c.Execute.timeout = 600
"""
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
ENVIRONMENT = {**os.environ, "PATH": PATH, "PYTHONPATH": str(REPOSITORY), **ONE_THREAD}
QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
Result = tuple[float, float, dict[str, float]]
"""Seconds, seconds of processor time, and the scores by student."""


def only_exercises(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with its first code cell, the exercises and their tests."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    notebook["cells"] = [code[0], *(cell for cell in code[1:] if "nbgrader" in cell["metadata"])]
    return notebook


def read(folder: str, unit: str) -> dict[str, Any]:
    notebook = json.loads((REPOSITORY / folder / unit / f"{unit}.ipynb").read_text(encoding="utf-8"))
    return only_exercises(notebook) if EXERCISES_ONLY else notebook


def submissions(unit: str, students: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Students' notebooks: the n-th has solved the first n exercises, round and round."""
    released = read("course", unit)
    sources = {cell["id"]: cell["source"] for cell in read("solutions", unit)["cells"]}
    answers = [cell["id"] for cell in released["cells"] if cell["metadata"].get("nbgrader", {}).get("solution")]
    for number in range(students):
        notebook = json.loads(json.dumps(released))
        right = set(answers[: number % (len(answers) + 1)])
        for cell in notebook["cells"]:
            cell["source"] = sources[cell["id"]] if cell["id"] in right else cell["source"]
        yield f"s{number:03}", notebook


def make_course(root: Path, unit: str, students: int, extra: str = "") -> None:
    (root / "solutions" / unit).mkdir(parents=True)
    solved = json.dumps(read("solutions", unit))
    (root / "solutions" / unit / f"{unit}.ipynb").write_text(solved, encoding="utf-8")
    config = (REPOSITORY / "nbgrader_config.py").read_text(encoding="utf-8")
    (root / "nbgrader_config.py").write_text(config + extra, encoding="utf-8")
    for student, notebook in submissions(unit, students):
        folder = root / "submitted" / student / unit
        folder.mkdir(parents=True)
        (folder / f"{unit}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    command("nbgrader", "generate_assignment", unit, root=root)


def command(*words: str, root: Path) -> None:
    done = subprocess.run([sys.executable, "-m", *words], cwd=root, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


def measured(unit: str, students: int, extra: str, *words: str) -> Result:
    """Grade a fresh copy of the class by a command."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_course(root, unit, students, extra)
        began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        command(*words, root=root)
        seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
        with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
            scores = {s.student.id: s.score for s in book.assignment_submissions(unit)}
    return seconds, processor, scores


def compare(unit: str, students: int, jail: str) -> None:
    """Grade the class in three ways and print the table."""
    ours = ["dltools.cli", "grade", "submitted", "--assignment", unit, "--no-feedback", "--jail", jail, "--workers"]
    ways = {
        "nbgrader autograde": (STOCK, "nbgrader", "autograde", unit),
        "dltools grade, 1 worker": ("", *ours, "1"),
        "dltools grade, 2 workers": ("", *ours, "2"),
    }
    results = {name: measured(unit, students, *way) for name, way in ways.items()}
    slowest, _, expected = results["nbgrader autograde"]
    print(f"\n{students} submissions of {unit}, jail {jail}, equal scores\n")
    print(f"{'':26}{'seconds':>9}{'a minute':>10}{'times':>7}{'CPU s each':>12}")
    for name, (seconds, processor, scores) in results.items():
        assert scores == expected, (name, scores, expected)
        rate, each = 60 * students / seconds, processor / students
        print(f"{name:26}{seconds:9.1f}{rate:10.1f}{slowest / seconds:7.1f}{each:12.2f}")


def memory(unit: str, students: int, jail: str) -> None:
    """Grade the class, and print the memory of the command and all its processes at every tenth of it (Linux)."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_course(root, unit, students)
        words = ["dltools.cli", "grade", "submitted", "--assignment", unit, "--no-feedback", "--jail", jail]
        print(f"\n{students} submissions of {unit}, memory of all processes, shared pages counted once\n")
        with subprocess.Popen([sys.executable, "-m", *words], cwd=root, env=ENVIRONMENT, **QUIET) as process:
            printed = 0
            while process.poll() is None:
                graded = len(list((root / "autograded").glob("*")))
                if graded >= (printed + 1) * students / 10:
                    printed += 1
                    print(f"{graded:6} graded {held(process.pid) / 1e6:8.0f} MB", flush=True)
                time.sleep(0.2)


def held(root: int) -> int:
    """Bytes of memory of a process and all that came from it; of a shared page each has its part."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    family = {root}
    while more := {process for process, parent in parents.items() if parent in family} - family:
        family |= more
    kilobytes = 0
    for process in family:
        with suppress(OSError):
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
            kilobytes += int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:")))
    return 1024 * kilobytes


@contextmanager
def timed(owner: type, method: str, into: list[float]) -> Iterator[None]:
    """Add up the seconds spent in a method."""
    original = getattr(owner, method)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            into.append(time.perf_counter() - began)

    setattr(owner, method, wrapper)
    try:
        yield
    finally:
        setattr(owner, method, original)


def parts(unit: str, students: int, jail: str) -> list[float]:
    """Print where the time of one submission goes; returns the seconds of each."""
    began = time.perf_counter()
    nursery = Nursery(jail, Caps())
    zygote = nursery.zygote()
    zygote.fork(NoTable()).kill()
    start = time.perf_counter() - began
    shell, rows = Shell.make(), []
    for _, notebook in submissions(unit, students):
        kernel, cells, tests = list[float](), list[float](), list[float]()
        with timed(Student, "revive", kernel), timed(Checker, "answer", cells), timed(Checker, "test", tests):
            began = time.perf_counter()
            check_notebook(notebook, unit, 1, Limits(), {}, zygote.fork, shell)
            whole = time.perf_counter() - began
        rows.append((sum(kernel), sum(cells) - sum(kernel), sum(tests), whole - sum(cells) - sum(tests), whole))
    nursery.close()
    names = ("kernel ready", "students' cells", "test cells", "everything else", "in all")
    sys.stdout = sys.__stdout__
    print(f"\nWhere the time goes, ms a submission (medians); the kernels' zygote is warm after {start:.1f} s, once\n")
    for name, column in zip(names, zip(*rows)):
        print(f"{name:26}{1e3 * statistics.median(column):9.1f}")
    return [row[-1] for row in rows]


def writing(unit: str, students: int, jail: str) -> float:
    """Print and return the seconds that the one writer takes to put a graded submission into the gradebook (median)."""
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w", encoding="utf-8") as nowhere:
        root = Path(folder)
        make_course(root, unit, students)
        words = [str(root / "submitted"), "--assignment", unit, "--no-feedback", "--jail", jail, "--workers", "1"]
        with timed(Book, "record", seconds), redirect_stdout(nowhere), redirect_stderr(nowhere):
            cli.main(["grade", *words])
    print(f"{'gradebook, the writer':26}{1e3 * statistics.median(seconds):9.1f}")
    return statistics.median(seconds)


def simulate(seconds: list[float], write: float, submissions: int = 10_000) -> None:
    """Print how many submissions a minute so many workers and one writer do."""
    print(f"\nSimulated: {submissions:,} submissions, {write * 1e3:.0f} ms of the one writer for each\n")
    for workers in (1, 2, 4, 8, 16, 32, 64):
        free, written = [0.0] * workers, 0.0
        for number in range(submissions):
            done = heapq.heappop(free) + seconds[number % len(seconds)]
            heapq.heappush(free, done)
            written = max(written, done) + write
        busy = submissions * write / written
        print(f"{workers:3} workers {60 * submissions / written:9.0f} a minute, writer busy {busy:4.0%}")
    print(f"It stops scaling at the writer's {60 / write:,.0f} a minute.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--unit", default="04-convolution")
    parser.add_argument("--exercises-only", action="store_true", help="leave the unit's demonstrations out")
    parser.add_argument("--jail", default="full")
    parser.add_argument("--memory", action="store_true", help="only what grading holds as it goes")
    args = parser.parse_args()
    if args.memory:
        return memory(args.unit, args.students, args.jail)
    seconds = parts(args.unit, min(args.students, 20), args.jail)
    simulate(seconds, writing(args.unit, min(args.students, 20), args.jail))
    compare(args.unit, args.students, args.jail)


if __name__ == "__main__":
    main()
