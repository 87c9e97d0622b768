"""Sealed grading of one notebook after the other: the seam between `dltools grade` and the machinery below it.

    with Sealed(jail="full") as sealed:
        graded = sealed.execute(notebook, unit="04-convolution", seed=seed, limits=Limits())

A Sealed is a picklable description (so that each worker makes its own) which starts two processes when it is entered:

    this process  --stdin, stdout-->  checkers' zygote  --forks-->  a checker (checker.py): one notebook; trusted
                                            |                           |  plain data (channel.py)
                                            +------>  kernels' zygote --forks--> a kernel (kernel.py): jailed (jail.py)

The threats are those of the parts. Here: a checker that hangs or dies gets its time, then both zygotes are replaced,
and the notebook is returned with an error in every code cell, which is zero points.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from dltools.grading.jail import Caps
from dltools.grading.model import Limits

GRACE = 30.0
"""Seconds beyond a notebook's time after which its checker is given up."""
START = 300.0
"""Seconds that the two zygotes may take to start."""


@dataclass
class Sealed:
    """Executes notebooks, sealed and jailed; a context manager; picklable as long as it is not entered.

    Args:
        jail: "full", "limited" or "none"; see jail.py. RuntimeError on entering where this machine cannot do it.
        caps: what one submission may use of the machine.
    """

    jail: str = "full"
    caps: Caps = field(default_factory=Caps)

    def __enter__(self) -> "Sealed":
        orders = json.dumps({"level": self.jail, "caps": vars(self.caps)})
        command = [
            sys.executable,
            "-P",
            "-m",
            "dltools.grading.sealed_zygote",
            orders,
        ]  # -P: not from the working folder
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        one_thread = dict.fromkeys(["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"], "1")
        environment = {**os.environ, **one_thread, "PYTHONPATH": str(Path(__file__).parents[2])}
        self.process = subprocess.Popen(command, **pipes, env=environment, start_new_session=True)
        self.replies: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self.listen, args=(self.process, self.replies), daemon=True).start()
        self.started, self.jobs = False, 0
        self.owner = os.getpid()
        self.one_at_a_time = threading.RLock()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        del self.process, self.replies, self.one_at_a_time

    @staticmethod
    def listen(process: "subprocess.Popen[bytes]", replies: "queue.Queue[bytes]") -> None:
        assert process.stdout
        for line in process.stdout:
            replies.put(line)
        replies.put(b"")

    def ready(self) -> "Sealed":
        """Wait until both zygotes are warm; RuntimeError where they cannot start."""
        if not self.started:
            try:
                line = self.replies.get(timeout=START)
            except queue.Empty:
                line = b""
            if not line:
                raise RuntimeError(f"The grader's processes could not start with the jail {self.jail}; see above why.")
            self.started = True
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
            files: the assignment's own files by name (no folders), put into the student's working folder.

        Raises:
            RuntimeError: if the processes cannot be started on this machine; nothing that a student wrote raises.
        """
        names = {name: content.hex() for name, content in (files or {}).items()}
        limits = limits or Limits()
        job = {"notebook": notebook, "unit": unit, "seed": seed, "limits": vars(limits), "files": names}
        if self.owner != os.getpid():  # this process was forked from the one that made it
            self.__enter__()
        with self.one_at_a_time:
            executed = self.ready().exchange(job, limits.notebook_seconds + GRACE)
            if executed is None:
                self.restart()
        return nbformat.from_dict(given_up(notebook) if executed is None else executed)

    def exchange(self, job: dict[str, Any], seconds: float) -> dict[str, Any] | None:
        """The executed notebook; None where the checker died or did not end."""
        assert self.process.stdin
        self.jobs += 1
        try:
            self.process.stdin.write(json.dumps({**job, "number": self.jobs}).encode() + b"\n")
            self.process.stdin.flush()
            while line := self.replies.get(timeout=seconds):
                reply = json.loads(line)
                if reply["number"] == self.jobs:  # never the answer to another submission
                    return reply["notebook"]
        except (OSError, queue.Empty):
            pass
        return None

    def restart(self) -> None:
        self.process.kill()
        self.process.wait()
        lock = self.one_at_a_time
        self.__enter__()
        self.one_at_a_time = lock


def given_up(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook with an error in every code cell."""
    from dltools.grading.checker import failure  # here: it imports the checks, which this process may never need

    sentence = "the checker of this notebook ended or did not end in time; please tell the course staff"
    copy = json.loads(json.dumps(notebook))
    for cell in copy["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [failure("GraderError", sentence)], None
    return dict(copy)
