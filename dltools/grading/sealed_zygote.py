"""The checkers' zygote: trusted, with the checks in memory; forks a checker for each notebook that it is given.

One line of JSON in, one line out. A checker runs no student code, but a fork for each keeps one submission's state (the
seed, random numbers, memory) from the next. Where there is no safe fork, this process is the checker of all.
What it cannot stop: a mistake in an instructor's cell; it costs its submission alone.
"""

import gc
import json
import os
import select
import signal
import sys
from typing import Any, TextIO

from dltools.checks import exercises
from dltools.grading import jail
from dltools.grading.channel import Table
from dltools.grading.checker import check_notebook, unit_of
from dltools.grading.jail import Caps
from dltools.grading.kernel_modules import modules_for
from dltools.grading.kernel_shell import Shell
from dltools.grading.model import Limits
from dltools.grading.proxy import Process
from dltools.grading.zygote import FORKS, FreshKernel, Zygote


def main(level: str, caps: Caps) -> None:
    """Serve jobs from stdin until it is closed."""
    if sys.platform == "win32":
        sys.exit("Sealed grading needs Linux, or macOS with --jail none; on Windows use WSL, or --plain.")
    if FORKS and (reason := jail.available(level)):
        sys.exit(f"{reason} Choose another level with --jail.")
    if not FORKS and level != "none":
        sys.exit(f"{jail.available(level)} Choose --jail none, which protects nothing, or grade on Linux.")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints, it is no answer
    zygote = Zygote(level, caps) if FORKS else None
    exercises()
    shell = Shell.make()
    gc.collect()
    gc.freeze()
    if zygote:
        zygote.fork(NoTable()).kill()
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        job["unit"] = job["unit"] or unit_of(job["notebook"])
        modules_for(job["unit"])  # before the fork, so that they are read once a unit
        if zygote is None:
            check(job, None, shell, answers)
        elif (child := os.fork()) == 0:
            work(job, zygote, shell, answers)
        else:
            if code := exit_code(child):
                print(f"A checker ended with the exit code {code} (negative: a signal).", file=sys.stderr)
                print(json.dumps({"number": job["number"], "notebook": None}), file=answers, flush=True)
            zygote.order("kill")
    if zygote:
        zygote.close()


def exit_code(child: int) -> int:
    """Wait for a checker; it is killed if who asked for it is gone, which closes stdin."""
    descriptor = os.pidfd_open(child)
    if descriptor not in select.select([descriptor, 0], [], [])[0]:
        os.kill(child, signal.SIGKILL)
    os.close(descriptor)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class NoTable:
    """For a kernel that is never asked anything."""

    def lend(self, value: Any) -> list[Any]:
        raise TypeError(value)

    def find(self, reference: list[Any]) -> Any:
        raise TypeError(reference)


def work(job: dict[str, Any], zygote: Zygote, shell: Shell, answers: TextIO) -> None:
    """One job in a process of its own; never returns."""
    try:
        jail.die_with_parent()
        check(job, zygote, shell, answers)
        os._exit(0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def check(job: dict[str, Any], zygote: Zygote | None, shell: Shell, answers: TextIO) -> None:
    def start(table: Table) -> Process:
        return zygote.fork(table) if zygote else FreshKernel(table)

    files = {name: bytes.fromhex(content) for name, content in job["files"].items()}
    limits = Limits(**job["limits"])
    check_notebook(job["notebook"], job["unit"], job["seed"], limits, files, start, shell)
    print(json.dumps({"number": job["number"], "notebook": job["notebook"]}), file=answers, flush=True)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    main(given["level"], Caps(**given["caps"]))
