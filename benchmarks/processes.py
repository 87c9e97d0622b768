"""A command with all its processes: how long it took, what it cost the processors, and what it held of memory."""

import ctypes
import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dltools.places import REPOSITORY
from dltools.running.threads import ONE_THREAD

SUBREAPER = 36
"""prctl: orphans of what is measured become this process's children, so that their time is counted when they end."""
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
OTHERS = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
ENVIRONMENT = {**OTHERS, "PATH": PATH, "PYTHONPATH": str(REPOSITORY), **ONE_THREAD}


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of the processors."""

    wall: float
    processor: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.wall + other.wall, self.processor + other.processor)


def run(command: list[str], folder: Path) -> Cost:
    """Run a command to its end and until its last process has ended.

    Raises:
        SystemExit: with what it printed, if it fails; 1 is nbgrader's and our code for "a person must look".
    """
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    began, used = time.time(), used_by_children()
    environment = {**ENVIRONMENT, "BENCHMARK_BEGAN": str(began)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    wall = time.time() - began
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    wait_for_orphans()
    return Cost(wall, used_by_children() - used)


def used_by_children() -> float:
    """Processor seconds of all children that have ended, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def wait_for_orphans(seconds: float = 20) -> None:
    """Wait for what the command left to end by itself."""
    end = time.time() + seconds
    with suppress(ChildProcessError):
        while time.time() < end:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)


def held(root: int) -> int:
    """Bytes of memory of a process and all that came from it; of a shared page each has its part (Linux)."""
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
