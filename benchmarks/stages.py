"""Where the time of `dltools grade` goes: `python -m benchmarks.stages FILE.json submitted ...` grades and writes it.

The stages follow each other and are read off one clock, so that they add up to the measured time by construction; what
is left is the interpreter's start and the end of the processes. Inside of the stage of grading, for each submission: a
worker's seconds, and those of the processor that the writer takes, and the command with all its threads, from the first
that is written to the last: what is done once is in the stages.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

BEGAN = float(os.environ.get("BENCHMARK_BEGAN") or time.time())
Span = tuple[float, float]
NAMES = ("start and imports", "gradebook opened", "first submission", "the others", "feedback still to make")


@contextmanager
def timed(owner: Any, name: str, spans: list[Span], clock: Callable[[], float] = time.time) -> Iterator[None]:
    """Note when a function of a module or a class begins and ends, each time that it is called."""
    original: Callable[..., Any] = getattr(owner, name)

    def noted(*args: Any, **kwargs: Any) -> Any:
        began = clock()
        try:
            return original(*args, **kwargs)
        finally:
            spans.append((began, clock()))

    setattr(owner, name, noted)
    try:
        yield
    finally:
        setattr(owner, name, original)


def stages(arguments: list[str]) -> dict[str, Any]:
    """Grade by these arguments; returns the seconds of each stage, and those of each submission."""
    from dltools import cli
    from dltools.grading import command

    began = list[float]()
    registered, graded, worked, recorded, told, written, busy = [list[Span]() for _ in range(7)]

    def import_grade(name: str) -> Any:
        """Import it as the command does, while other processes start, then note what it does."""
        grade = import_module(name)
        began.append(time.time())
        notes.enter_context(timed(grade, "register", registered))
        notes.enter_context(timed(grade.Grader, "grade", graded))
        notes.enter_context(timed(grade, "grade", worked))
        notes.enter_context(timed(grade.Book, "record", recorded))
        notes.enter_context(timed(grade.Book, "record", written, time.thread_time))
        notes.enter_context(timed(grade.Book, "record", busy, time.process_time))
        notes.enter_context(timed(import_module("dltools.grading.book.write_up"), "write_feedback", told))
        return grade

    with ExitStack() as notes, patch.object(command, "import_module", import_grade):
        code = cli.main(["grade", *arguments])
    if code not in (0, 1):
        raise SystemExit(code)
    first = min(end for _, end in recorded)
    (begin, end) = graded[0]
    seconds = (began[0] - BEGAN, length(registered), first - begin, end - first, length(told))
    return {
        "stages": dict(zip(NAMES, seconds)),
        "worker": each(worked),
        "writer": each(written),
        "command": (busy[-1][1] - busy[0][1]) / max(1, len(busy) - 1),
    }


def length(spans: list[Span]) -> float:
    return sum(end - begin for begin, end in spans)


def each(spans: list[Span]) -> list[float]:
    return [end - begin for begin, end in spans]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(stages(sys.argv[2:])), encoding="utf-8")
