"""Sealed grading of notebooks: the seam between `dltools grade` and the machinery below it.

    with Sealed(jail="full") as sealed:
        graded = sealed.execute(notebook, unit="04-convolution", seed=seed, limits=Limits())

A Sealed is a picklable description which starts three kinds of processes when it is entered:

    this process  --stdin, stdout-->  checkers' zygote  --forks-->  a checker (checker.py): one notebook; trusted
                                            |                           |  plain data (wire/)
                                            +-->  nursery --forks--> zygote --forks--> a kernel (inside/): jailed

As many notebooks are executed at the same time as threads call `execute`. The threats are those of the parts. Here: a
checker that hangs or dies; its notebook is returned with an error in every code cell, which a person has to look at.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbformat import NotebookNode

from dltools.grading.model import Accident, Caps, Limits
from dltools.grading.sealed.clock import WALL
from dltools.places import REPOSITORY
from dltools.running.threads import ONE_THREAD

GRACE = 60.0
"""Seconds beyond a notebook's time after which the processes below are given up; they have ended its checker before."""
ENDED = {"notebook": None, "accident": "the grader's processes have ended; their last words are above"}
"""The answer to whom no answer came."""
START = 300.0
"""Seconds that the processes may take to start."""


class Processes:
    """The checkers' zygote and what it starts: jobs go in, executed notebooks come out."""

    def __init__(self, jail: str, caps: Caps):
        orders = json.dumps({"level": jail, "caps": vars(caps)})
        safely = [sys.executable, "-P"]  # -P: modules are not looked for in the working folder
        self.process = subprocess.Popen(
            [*safely, "-m", "dltools.grading.sealed.checker_server", orders],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **ONE_THREAD, "PYTHONPATH": str(REPOSITORY)},
            start_new_session=True,
        )
        self.sending = threading.Lock()  # `listen` never waits for it: who sends may wait for it to listen
        self.jobs = 0
        self.ready: Future[Any] = Future()
        self.answers = {0: self.ready}
        self.listening = False

    def begin(self) -> None:
        """Listen from now on; until then this process has no thread of ours, and can be forked."""
        with self.sending:
            if not self.listening:
                threading.Thread(target=self.listen, daemon=True).start()
                self.listening = True

    def let_go(self) -> None:
        """In a fork of this process: close its copies of both pipes, or they would outlive this process."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()

    def listen(self) -> None:
        """Give each answer to who waits for it, and word of the end to all who wait in vain."""
        assert self.process.stdout
        for line in self.process.stdout:
            answer = json.loads(line)
            self.answers.pop(answer["number"]).set_result(answer)
        self.process.wait()
        while self.answers:
            self.answers.popitem()[1].set_result(ENDED)

    def send(self, job: dict[str, Any]) -> "Future[Any]":
        """The answer to come: the executed notebook, or None and the accident."""
        assert self.process.stdin
        answer: Future[Any] = Future()
        with self.sending:
            self.jobs += 1
            self.answers[self.jobs] = answer
            try:
                self.process.stdin.write(json.dumps({**job, "number": self.jobs}).encode() + b"\n")
                self.process.stdin.flush()
            except OSError:
                if self.answers.pop(self.jobs, None):  # else `listen` has given it
                    answer.set_result(ENDED)
        return answer

    def end(self) -> None:
        """End them, and with them whatever they execute."""
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class Sealed:
    """Executes notebooks, sealed and jailed; a context manager; picklable as long as it is not entered.

    Args:
        jail: "full", "limited" or "none"; see jail/levels.py. RuntimeError on entering where this machine cannot do it.
        caps: what one submission may use of the machine.
    """

    jail: str = "full"
    caps: Caps = field(default_factory=Caps)

    def __enter__(self) -> "Sealed":
        self.processes = Processes(self.jail, self.caps)
        self.owner = os.getpid()
        self.replacing = threading.Lock()
        return self

    def __exit__(self, *_: object) -> None:
        self.processes.end()
        del self.processes, self.replacing

    def ready(self) -> "Sealed":
        """Wait until everything is warm; Accident where it cannot start."""
        self.processes.begin()
        try:
            answer = self.processes.ready.result(START)
        except TimeoutError:
            raise Accident(f"The grader's processes did not start within {START:g} seconds.") from None
        if answer["notebook"] is None:
            raise Accident(f"With the jail {self.jail} nothing can be graded here: {answer['accident']}.")
        return self

    def execute(
        self,
        notebook: Mapping[str, Any],
        *,
        unit: str = "",
        seed: int,
        limits: Limits | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> NotebookNode:
        """A copy of the notebook with the outputs of its code cells, as nbgrader expects them.

        Args:
            notebook: in nbformat 4, repaired: its test cells are the instructor's, restored from the gradebook.
            unit: the folder of the unit, such as "04-convolution"; it decides what of dltools the student's kernel has.
                By default that of the exercises which the test cells name.
            seed: of the hidden cases; the student's kernel never sees it.
            limits: times and size of the output.
            files: the assignment's own files by path, put into the student's working folder.

        Raises:
            Accident: if the machine or the grader failed; nothing that a student wrote raises.
        """
        limits = limits or Limits()
        job = {
            "notebook": notebook,
            "unit": unit,
            "seed": seed,
            "limits": vars(limits),
            "files": {name: content.hex() for name, content in (files or {}).items()},
        }
        self.revive()
        processes = self.ready().processes
        try:
            answer = processes.send(job).result(WALL * limits.notebook_seconds + GRACE)
        except TimeoutError:
            processes.process.kill()
            raise Accident("the grader's processes did not answer in time") from None
        if answer["notebook"] is None:
            raise Accident(answer["accident"])
        executed: NotebookNode = nbformat.from_dict(answer["notebook"])
        return executed

    def revive(self) -> None:
        """Start anew what has ended, or what belongs to the process that this one was forked from."""
        if self.owner != os.getpid():
            self.__enter__()
        with self.replacing:
            if self.processes.process.poll() is not None:
                self.processes = Processes(self.jail, self.caps)
