"""The checkers' zygote: trusted, with the checks in memory; forks a checker for each notebook that it is given.

One line of JSON in, one line out, in the order in which the checkers end. A checker runs no student code, but a fork
for each keeps one submission's state (the seed, random numbers, memory) from the next. Where there is no safe fork,
this process is the checker of all, one after the other.
What it cannot stop: a mistake in an instructor's cell; it costs its submission alone.
"""

import gc
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, TextIO

from dltools.checks import exercises, forecasts, questions
from dltools.checks.foresee import case_of
from dltools.grading.jail import levels as jail
from dltools.grading.model import Accident, Caps, Limits
from dltools.grading.sealed.checker import check_notebook, unit_of
from dltools.grading.sealed.checker_shell import CheckerShell
from dltools.grading.sealed.clock import WALL, used_by
from dltools.grading.sealed.kernel_client import Process, Student
from dltools.grading.sealed.kernel_server import FORKS, FreshKernel, Nursery, Zygote
from dltools.grading.sealed.lent import KernelDied, Lent
from dltools.grading.sealed.visible import compiled, stand_ins
from dltools.grading.sealed.wire.shell import Shell
from dltools.running.cells import is_test, source
from dltools.running.uncollected import uncollected

GRACE = 20.0
"""Seconds beyond a notebook's time after which its checker is killed."""
SELDOM = "sklearn"
"""A notebook that says so is run where scikit-learn is imported already."""
Job = dict[str, Any]


def main(level: str, caps: Caps) -> None:
    """Serve jobs from stdin until it is closed."""
    if sys.platform == "win32":
        sys.exit("Sealed grading needs Linux, or macOS with --jail none; on Windows use WSL, or --plain.")
    if FORKS and (reason := jail.why_unavailable(level)):
        sys.exit(f"{reason} Choose another level with --jail.")
    if not FORKS and level != "none":
        sys.exit(f"{jail.why_unavailable(level)} Choose --jail none, which protects nothing, or grade on Linux.")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints, it is no answer
    nursery = partial(Nursery, level, caps)
    first = nursery() if FORKS else None  # it starts while the checks are imported here
    with uncollected():
        exercises()
        shell = CheckerShell.make()
        do_first_things(shell)
    try:
        checkers = Checkers(nursery, first, shell, answers) if first else None
    except Accident as error:
        return answer(answers, 0, None, str(error))
    answer(answers, 0, "ready")
    if checkers:
        checkers.serve()
    else:
        for line in sys.stdin:
            job = prepared(line)
            answer(answers, job["number"], *check(job, FreshKernel, shell))


def do_first_things(shell: Shell) -> None:
    """What is slow when it is done first, once for all checkers and while the nursery starts."""
    shell.run("check")
    used_by(os.getpid())
    questions()
    stand_ins()


def answer(answers: TextIO, number: int, notebook: Any, accident: str = "") -> None:
    """An executed notebook, or what happened instead."""
    print(json.dumps({"number": number, "notebook": notebook, "accident": accident}), file=answers, flush=True)


def prepared(line: "bytes | str") -> Job:
    """The job; what all checkers of its unit need is made ready before the first is forked."""
    job: Job = json.loads(line)
    job["unit"] = job["unit"] or unit_of(job["notebook"])
    job["seldom"] = any(SELDOM in source(cell) for cell in job["notebook"]["cells"] if cell["cell_type"] == "code")
    make_ready(job["unit"])
    for cell in filter(is_test, job["notebook"]["cells"]):
        with suppress(Exception):  # what is amiss with it is told when it is run
            code = CheckerShell.instance().transform_cell(source(cell))
            CheckerShell.instance().transform_cell(code)  # which IPython does once more when it runs it
    return job


@cache
def make_ready(unit: str) -> None:
    """What is the same for every submission of a unit, once: its modules and the cases to foresee."""
    compiled(unit)
    for forecast in forecasts().values():
        if forecast.exercise.unit == unit:
            case_of(forecast.exercise)
    gc.freeze()


@dataclass
class Checker:
    """A checker at work: its process, its job's number, its zygote, when it is late, and its answer so far."""

    process: int
    number: int
    zygote: Zygote
    deadline: float
    late: bool = False
    answer: bytearray = field(default_factory=bytearray)


class Checkers:
    """All checkers at work, by the descriptor of the pipe that brings their answer.

    Each has a zygote of kernels of its own. Whole answers are passed on, one line each.
    """

    def __init__(self, new_nursery: Callable[[], Nursery], nursery: Nursery, shell: Shell, answers: TextIO):
        self.new_nursery = new_nursery
        self.nursery = nursery
        self.shell = shell
        self.answers = answers
        self.free = [nursery.zygote()]
        self.working: dict[int, Checker] = {}
        try_out(self.free[0])

    def zygote(self, seldom: bool) -> Zygote:
        """One that is free, alive and has imported enough, or a new one; from a new nursery, where the old one died."""
        while self.free:
            zygote = self.free.pop()
            if seldom and not zygote.has_seldom:
                zygote.socket.close()
                continue
            with suppress(Accident):
                zygote.order("kill")
                return zygote
        try:
            return self.nursery.zygote(seldom)
        except Accident:
            self.nursery = self.new_nursery()
            return self.nursery.zygote(seldom)

    def serve(self) -> None:
        """Take jobs from stdin until it is closed; then whoever is still at work is killed."""
        begun = bytearray()
        while True:
            ready = select.select([0, *self.working], [], [], self.patience())[0]
            for descriptor in ready:
                piece = os.read(descriptor, 1 << 20)
                if descriptor in self.working:
                    self.hear(descriptor, piece)
                elif piece:
                    *lines, begun = (begun + piece).split(b"\n")
                    for line in lines:
                        self.start(prepared(bytes(line)))
                else:
                    return self.kill(list(self.working.values()))
            late = [checker for checker in self.working.values() if checker.deadline < time.monotonic()]
            for checker in late:
                checker.late = True
            self.kill(late)

    def patience(self) -> float | None:
        """Seconds until the next checker is late."""
        deadlines = [checker.deadline for checker in self.working.values()]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def start(self, job: Job) -> None:
        zygote = self.zygote(job["seldom"])
        reading, writing = os.pipe()
        if (child := os.fork()) == 0:
            work(job, zygote, self.shell, writing)
        os.close(writing)
        deadline = time.monotonic() + WALL * job["limits"]["notebook_seconds"] + GRACE
        self.working[reading] = Checker(child, job["number"], zygote, deadline)

    def hear(self, descriptor: int, piece: bytes) -> None:
        """A piece of a checker's answer, or nothing: then it has ended."""
        checker = self.working[descriptor]
        checker.answer += piece
        if not piece:
            del self.working[descriptor]
            os.close(descriptor)
            self.end(checker, os.waitstatus_to_exitcode(os.waitpid(checker.process, 0)[1]))

    def end(self, checker: Checker, code: int) -> None:
        """Pass the answer on, and keep the zygote for the next job."""
        if checker.late:
            answer(self.answers, checker.number, None, "the checker of this notebook did not end in time")
        elif code:
            how = f"was ended by the signal {-code}" if code < 0 else f"ended with the exit code {code}"
            answer(self.answers, checker.number, None, f"the checker of this notebook {how}")
        else:
            print(checker.answer.decode(), end="", file=self.answers, flush=True)
        with suppress(Accident):
            checker.zygote.order("kill")
            self.free.append(checker.zygote)

    def kill(self, checkers: list[Checker]) -> None:
        for checker in checkers:
            os.kill(checker.process, signal.SIGKILL)


def try_out(zygote: Zygote) -> None:
    """One real exchange with a jailed kernel, before the first job.

    Raises:
        Accident: with the reason, if this machine cannot do it.
    """
    student = Student(zygote.fork, {"modules": {}, "files": {}}, Limits())
    with suppress(KernelDied):
        student.run("1 + 1")
    student.end()
    if student.accident:
        raise Accident(student.accident)


def work(job: Job, zygote: Zygote, shell: Shell, writing: int) -> None:
    """One job in a process of its own; never returns."""
    try:
        jail.die_with_parent()
        executed, accident = check(job, zygote.fork, shell)
        with open(writing, "w", encoding="utf-8") as pipe:
            answer(pipe, job["number"], executed, accident)
        os._exit(0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def check(job: Job, start: Callable[[Lent], Process], shell: Shell) -> tuple[dict[str, Any] | None, str]:
    """The job's notebook, executed; or None, and what happened instead."""
    files = {name: bytes.fromhex(content) for name, content in job["files"].items()}
    limits = Limits(**job["limits"])
    try:
        check_notebook(job["notebook"], job["unit"], job["seed"], limits, files, start, shell)
    except Accident as accident:
        return None, str(accident)
    return dict(job["notebook"]), ""


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    main(given["level"], Caps(**given["caps"]))
