"""Which checks have passed, kept in a file of the student's own folder and never sent anywhere."""

import json
import os
from contextlib import suppress
from pathlib import Path

from dltools.checks.verdict import Verdict

VARIABLE = "DLTOOLS_PROGRESS"
"""The environment variable that names the file; `dltools lab` sets it. Without it nothing is kept."""


def read_progress() -> dict[str, float]:
    """The best points so far, by the name of the exercise; empty where nothing is kept or the file is damaged."""
    with suppress(KeyError, OSError, ValueError, TypeError, AttributeError):
        found = json.loads(Path(os.environ[VARIABLE]).read_text(encoding="utf-8"))
        return {str(name): float(points) for name, points in found.items()}
    return {}


def record(verdict: Verdict) -> None:
    """Keep the verdict's points where they are the best so far; a check never fails because this does."""
    progress = read_progress()
    if VARIABLE not in os.environ or verdict.points <= progress.get(verdict.exercise, 0.0):
        return
    path = Path(os.environ[VARIABLE])
    with suppress(OSError):
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_text(json.dumps(progress | {verdict.exercise: verdict.points}, indent=1), encoding="utf-8")
        draft.replace(path)  # a reader sees the old file or the new one, never half of it
