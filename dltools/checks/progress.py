"""What has passed, which mistakes were made, which hints opened: kept in the student's own folder, sent nowhere."""

import json
import os
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Any

from dltools.checks.verdict import Verdict

VARIABLE = "DLTOOLS_PROGRESS"
"""The environment variable that names the file; `dltools lab` sets it. Without it nothing is kept."""
Parts = dict[str, dict[str, Any]]
"""What the file holds, by part: "points", "mistakes", "hints" and "missed", each by the name of the exercise."""


def read_parts() -> Parts:
    """What is kept; empty where nothing is, or where the file is damaged."""
    with suppress(KeyError, OSError, ValueError, TypeError, AttributeError):
        found = json.loads(Path(os.environ[VARIABLE]).read_text(encoding="utf-8"))
        if not any(isinstance(part, dict) for part in found.values()):
            return {"points": found}  # version 1.0 kept the points alone
        return dict(found)
    return {}


def numbers(part: str) -> dict[str, float]:
    """A part of the file whose entries are numbers; empty where one is not."""
    with suppress(ValueError, TypeError, AttributeError):
        found = {name: float(number) for name, number in read_parts().get(part, {}).items()}
        return found if all(map(isfinite, found.values())) else {}
    return {}


def read_progress() -> dict[str, float]:
    """The best points so far, by the name of the exercise."""
    return numbers("points")


def read_hints() -> dict[str, int]:
    """How many hints were opened, by the name of the exercise."""
    return {name: int(opened) for name, opened in numbers("hints").items()}


def read_mistakes() -> dict[str, list[str]]:
    """The names of the known mistakes that were ever made, in the order of their making, by the exercise."""
    found = read_parts().get("mistakes", {})
    if not isinstance(found, dict):
        return {}
    return {name: [m for m in made if isinstance(m, str)] for name, made in found.items() if isinstance(made, list)}


def record(verdict: Verdict) -> None:
    """Keep the verdict's points where they are the best so far, and the mistakes that it names."""
    keep_largest("points", read_progress(), verdict.exercise, verdict.points)
    before = read_mistakes().get(verdict.exercise, [])
    if new := [name for name in verdict.mistakes if name not in before]:
        keep("mistakes", read_mistakes() | {verdict.exercise: before + new})


def read_missed() -> dict[str, int]:
    """How often a question was answered as is often wrong, by the name of the question."""
    return {name: int(times) for name, times in numbers("missed").items()}


def record_answer(name: str, points: float, missed: bool) -> None:
    """Keep the points of a question, and that it was missed."""
    keep_largest("points", read_progress(), name, points)
    if missed:
        keep_largest("missed", read_missed(), name, read_missed().get(name, 0) + 1)


def record_hint(name: str, opened: int) -> None:
    """Keep how many hints of an exercise are open."""
    keep_largest("hints", read_hints(), name, opened)


def keep_largest(part: str, before: dict[str, Any], name: str, number: float) -> None:
    """Write the number where it is larger than before."""
    if number > before.get(name, 0):
        keep(part, before | {name: number})


def keep(part: str, entries: dict[str, Any]) -> None:
    """Write a part of the file; neither a check nor a hint fails because this does."""
    if VARIABLE not in os.environ:
        return
    path = Path(os.environ[VARIABLE])
    with suppress(OSError):
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_text(json.dumps(read_parts() | {part: entries}, indent=1), encoding="utf-8")
        draft.replace(path)  # a reader sees the old file or the new one, never half of it
