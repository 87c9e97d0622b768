"""What goes into the grading of one submission and what comes out: plain data that travels to any worker."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from nbformat import NotebookNode  # slow to import, and a kernel's processes do not need it

Notebook = dict[str, Any]
"""A notebook in nbformat 4 as plain JSON data."""


class GradingError(Exception):
    """Something that a person must mend before anything can be graded; the text is one sentence that says what."""


class Accident(Exception):
    """What the machine, the jail or the grader did to a grading: never a verdict; the text is one sentence."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use; times in seconds of the processor, sizes in bytes.

    Who sleeps uses none: three times as many seconds by the clock on the wall end that too.
    """

    cell_seconds: float = 60.0
    notebook_seconds: float = 600.0
    output_bytes: int = 2_000_000


@dataclass(frozen=True)
class Caps:
    """What one submission may use of the machine, sizes in bytes; times are in Limits."""

    memory: int = 4 << 30
    """Address space of each process."""
    processes: int = 32
    """Processes and threads at one time."""
    processor_seconds: int = 86_400
    """Of one process, far above what Limits allow: the system ends who uses it up with SIGKILL, which is no verdict."""
    file_size: int = 32 << 20
    scratch: int = 128 << 20
    """All files together (`full`)."""
    open_files: int = 256


@dataclass(frozen=True)
class Assignment:
    """An assignment as the gradebook knows it.

    `cells` are the instructor's cells in order, hidden tests included and solutions removed; `points` are the
    greatest scores of the graded cells by their grade_id; `files` are those that come with the notebook, such as
    data/words.csv, by their path beside it.
    """

    name: str
    notebook: str
    kernelspec: dict[str, str]
    cells: list[dict[str, Any]]
    points: dict[str, float]
    files: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, default=bytes.hex).encode()).hexdigest()


@dataclass(frozen=True)
class Submission:
    """What a student handed in: the files that may be the notebook, by name, and the seed of the hidden cases."""

    student: str
    files: dict[str, bytes]
    seed: int
    notes: tuple[str, ...] = ()
    """What was already seen to be amiss when the files were read."""
    beside: dict[str, bytes] = field(default_factory=dict)
    """Helper modules and data that were handed in with it, by their path; `repair` says which of them are used."""
    times: dict[str, float] = field(default_factory=dict)
    """When each of `files` was last changed, where that is known: of two that were worked on the later counts."""

    @property
    def digest(self) -> str:
        """Of all that decides the score besides the assignment."""
        digest = hashlib.sha256(f"{self.student} {self.seed}".encode())
        for name, content in [*sorted(self.files.items()), *sorted(self.beside.items())]:
            digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()


@dataclass
class Graded:
    """A graded submission: the executed notebook, the score of each graded cell, and what to tell staff."""

    student: str
    notebook: "NotebookNode"
    scores: dict[str, float | None]
    """None where a person must decide."""
    repairs: list[str] = field(default_factory=list)
    person: list[str] = field(default_factory=list)
    """What a person should do, one sentence each; empty for most submissions."""
    mistakes: dict[str, list[str]] = field(default_factory=dict)
    """Names of the known mistakes by exercise."""
    seconds: float = 0.0


class Executor(Protocol):
    """Runs a repaired notebook; returns a copy with its outputs; never raises because of what a student wrote.

    A cell that could not be run gets an `error` output that says why. Graded cells are those whose
    `metadata.nbgrader.grade` is true; `seed` is for their hidden cases; `files` are the assignment's.
    """

    def __call__(self, notebook: Notebook, limits: Limits, seed: int, files: dict[str, bytes]) -> "NotebookNode": ...
