"""Where the time of `dltools grade` goes: `python -m benchmarks.stages FILE.json submitted ...` grades and writes it.

The stages follow each other and are read off one clock, so that they add up to the measured time by construction; what
is left is the interpreter's start and the end of the processes. What workers and the one writer take for each
submission is written too; it happens inside of the stage of grading.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BEGAN = float(os.environ.get("BENCHMARK_BEGAN") or time.time())
Span = tuple[float, float]
NAMES = ("start and imports", "gradebook opened", "first submission", "the others", "feedback")


@contextmanager
def timed(owner: Any, name: str, spans: list[Span]) -> Iterator[None]:
    """Note when a function of a module or a class begins and ends, each time that it is called."""
    original: Callable[..., Any] = getattr(owner, name)

    def noted(*args: Any, **kwargs: Any) -> Any:
        began = time.time()
        try:
            return original(*args, **kwargs)
        finally:
            spans.append((began, time.time()))

    setattr(owner, name, noted)
    try:
        yield
    finally:
        setattr(owner, name, original)


def stages(arguments: list[str]) -> dict[str, Any]:
    """Grade by these arguments; returns the seconds of each stage, and those of each submission."""
    from dltools import cli
    from dltools.grading import grade
    from dltools.grading.book import gradebook, write_up

    imported = time.time()
    registered, graded, worked, recorded, told = [list[Span]() for _ in range(5)]
    with (
        timed(grade, "register", registered),
        timed(grade.Grader, "grade", graded),
        timed(grade, "grade", worked),
        timed(gradebook.Book, "record", recorded),
        timed(write_up, "write_feedback", told),
    ):
        code = cli.main(["grade", *arguments])
    if code not in (0, 1):
        raise SystemExit(code)
    first = min(end for _, end in recorded)
    (begin, end) = graded[0]
    seconds = (imported - BEGAN, length(registered), first - begin, end - first, length(told))
    return {"stages": dict(zip(NAMES, seconds)), "worker": each(worked), "writer": each(recorded)}


def length(spans: list[Span]) -> float:
    return sum(end - begin for begin, end in spans)


def each(spans: list[Span]) -> list[float]:
    return [end - begin for begin, end in spans]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(stages(sys.argv[2:])), encoding="utf-8")
