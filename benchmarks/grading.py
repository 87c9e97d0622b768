"""How fast grading is beside plain nbgrader: `python -m benchmarks.grading [--students 60] [--unit 04-convolution]`.

The same class is graded by `nbgrader autograde` and `nbgrader generate_feedback`, and by `dltools grade` with
everything switched on, feedback too, with one worker and with two; the scores are asserted to be equal. Before anything
is measured each way grades two students, so that Python's byte code is on disk, as on everybody's second day. The class
has the imports, the exercises and their tests; with `--whole` the unit's demonstrations too, which cost every grader
alike. Then come the stages of one run, which add up to its time, and 10,000 submissions on 1 to 64 workers, simulated
from what one worker and the one command took. With `--memory` it only grades, and tells what all its processes hold.
"""

import argparse
import heapq
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from benchmarks.classes import make_course
from benchmarks.machine import describe
from benchmarks.machine import markdown as machine_sentence
from benchmarks.processes import ENVIRONMENT, Cost, held, run
from benchmarks.tables import markdown

STOCK = """
c.Autograde.exporter_class = "nbconvert.exporters.NotebookExporter"
del c.Autograde.sanitize_preprocessors, c.Autograde.autograde_preprocessors
c.Execute.timeout = 600
"""
"""nbgrader's own steps again, in place of those of the course's nbgrader_config.py."""
SHARED = {"seconds": 1, "a minute": 1, "times": 1, "processor s each": 2}
MEMORY = {"graded": 0, "MB": 0}
SIMULATED = (1, 2, 4, 8, 16, 32, 64)
Scores = dict[str, float]


def ways(args: argparse.Namespace) -> dict[str, list[list[str]]]:
    """The commands of each way to grade the class."""
    python = [sys.executable, "-m"]
    ours = ["submitted", "--assignment", args.unit, "--jail", args.jail, "--workers"]
    nbgrader = [[*python, "nbgrader", step, args.unit] for step in ("autograde", "generate_feedback")]
    return {
        "nbgrader autograde, generate_feedback": nbgrader,
        "dltools grade, 1 worker": [[*python, "benchmarks.stages", "stages.json", *ours, "1"]],
        "dltools grade, 2 workers": [[*python, "benchmarks.stages", "stages.json", *ours, "2"]],
    }


def graded(args: argparse.Namespace, name: str, students: int) -> tuple[Cost, Scores, dict[str, Any]]:
    """Grade a fresh copy of the class in one way: what it cost, the scores, and the stages where it is ours."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_course(root, args.unit, students, args.whole, args.module, STOCK if name.startswith("nbgrader") else "")
        cost = sum((run(command, root) for command in ways(args)[name]), Cost(0, 0))
        with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
            scores = {s.student.id: s.score for s in book.assignment_submissions(args.unit)}
        file = root / "stages.json"
        return cost, scores, json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """All that is measured, as plain data: the rows of the table, the stages of our last run, the simulation."""
    expected: Scores = {}
    rows, last = [], dict[str, Any]()
    for name in ways(args):
        graded(args, name, 2)
        costs = []
        for _ in range(args.runs):
            cost, scores, stages = graded(args, name, args.students)
            expected = expected or scores
            assert scores == expected, (name, scores, expected)
            costs.append(cost)
        rows.append(row(name, costs, args.students))
        last = {**last, **stages, "wall": cost.wall} if stages else last
        simulated = simulate(stages["worker"], stages["command"]) if name.endswith("1 worker") else []
        last["simulated"] = simulated or last.get("simulated", [])
    for each in rows:
        each["times"] = rows[0]["seconds"] / each["seconds"]
    given = {name: getattr(args, name) for name in ("students", "unit", "jail", "module")}
    return {**given, "rows": rows, **last}


def row(name: str, costs: list[Cost], students: int) -> dict[str, Any]:
    seconds = statistics.median(cost.wall for cost in costs)
    processor = statistics.median(cost.processor for cost in costs)
    return {"": name, "seconds": seconds, "a minute": 60 * students / seconds, "processor s each": processor / students}


def simulate(seconds: list[float], write: float, submissions: int = 10_000) -> list[dict[str, Any]]:
    """How many submissions a minute so many workers do, and one command, which reads, cleans and writes for all."""
    rows = []
    for workers in SIMULATED:
        free, written = [0.0] * workers, 0.0
        for number in range(submissions):
            done = heapq.heappop(free) + seconds[number % len(seconds)]
            heapq.heappush(free, done)
            written = max(written, done) + write
        busy = f"{submissions * write / written:.0%}"
        rows.append({"workers": workers, "a minute": 60 * submissions / written, "command busy": busy})
    return rows


def report(found: dict[str, Any]) -> str:
    """The tables in Markdown."""
    parts = {**found["stages"], "end of the processes, and the rest": found["wall"] - sum(found["stages"].values())}
    stages = [{"stage": name, "seconds": seconds} for name, seconds in parts.items()]
    stages.append({"stage": "in all, as measured", "seconds": found["wall"]})
    return "\n\n".join(
        [
            beside_nbgrader(found),
            "Where the time of the last goes:",
            markdown({"stage": 0, "seconds": 2}, stages),
            f"To write one into the gradebook and its file takes {statistics.median(found['writer']):.4f} s of the "
            f"processor, all that the command does for one {found['command']:.4f} s.",
            "Simulated from one worker's seconds and the command's, without feedback:",
            markdown({"workers": 0, "a minute": 0, "command busy": 0}, found["simulated"]),
        ]
    )


def beside_nbgrader(found: dict[str, Any]) -> str:
    """The table of all ways, and what was graded."""
    more = f" whose notebooks import {found['module']} too" if found["module"] else ""
    graded = f"{found['students']} submissions of {found['unit']}{more}, jail {found['jail']}"
    return f"{graded}, feedback in all, equal scores:\n\n{markdown({'': 0, **SHARED}, found['rows'])}"


def memory(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Grade the class; the memory of the command and all its processes at every tenth of it, and the most (Linux)."""
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [sys.executable, "-m", "dltools", "grade", "submitted", "--assignment", args.unit, "--jail", args.jail]
    rows, most = list[dict[str, Any]](), 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_course(root, args.unit, args.students, args.whole, args.module)
        with subprocess.Popen(command, cwd=root, env=ENVIRONMENT, **quiet) as process:
            while process.poll() is None:
                most = max(most, now := held(process.pid))
                done = len(list((root / "autograded").glob("*")))
                if done >= (len(rows) + 1) * args.students / 10:
                    rows.append({"graded": str(done), "MB": now / 1e6})
                time.sleep(0.2)
    return [*rows, {"graded": "at the most", "MB": most / 1e6}]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--students", type=int, default=60)
    made.add_argument("--unit", default="04-convolution")
    made.add_argument("--whole", action="store_true", help="the unit's demonstrations too")
    made.add_argument("--module", default="", help="what the notebooks import beside what the unit's own do")
    made.add_argument("--jail", default="full")
    made.add_argument("--runs", type=int, default=1, help="of each way; the medians are shown")
    made.add_argument("--memory", action="store_true", help="only what grading holds as it goes")
    return made


def main() -> None:
    args = parser().parse_args()
    if args.memory:
        return print(markdown(MEMORY, memory(args)))
    machine = describe()
    print(f"{report(measure(args))}\n\n{machine_sentence(machine)}")


if __name__ == "__main__":
    main()
