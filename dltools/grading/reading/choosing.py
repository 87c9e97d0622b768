"""Which of several files is the submission: decided by what is in them, never by a name alone."""

from dataclasses import dataclass

from dltools.grading.model import Assignment
from dltools.grading.reading.document import Reading
from dltools.grading.reading.matching import count

SAME_MOMENT = 60.0
"""Seconds: files whose times are closer were saved, copied or unpacked together, and the times tell nothing."""


@dataclass(frozen=True)
class Content:
    """What a file has of an assignment."""

    known: int
    """Cells of the assignment."""
    answered: int
    """Answers that are not as released, by this edition's text and by the cell's own checksum."""
    touched: bool
    """Whether anything of the assignment is not as released."""

    @property
    def is_worked(self) -> bool:
        return bool(self.known and (self.answered or self.touched))

    @property
    def is_released(self) -> bool:
        """Whether it is the assignment as it was given out, untouched."""
        return bool(self.known and not self.is_worked)


@dataclass(frozen=True)
class Choice:
    """The file that counts, the others that were worked on as well, and what told the one from the others."""

    name: str
    rivals: tuple[str, ...]
    reason: str
    contents: dict[str, Content]
    """Of all files, by name."""


def content_of(reading: Reading, assignment: Assignment) -> Content:
    """How much of the assignment a file has, and how much of that is the student's."""
    known, changed, answered = count(reading.cells, assignment)
    return Content(known, answered, changed > 0)


def choose(readings: dict[str, Reading], assignment: Assignment, times: dict[str, float] | None = None) -> Choice:
    """The submission among `readings`: a worked file before an untouched one, of two worked ones the later.

    Args:
        readings: at least one, by name.
        assignment: whose cells are looked for.
        times: of each file's last change, where they are known.
    """
    contents = {name: content_of(reading, assignment) for name, reading in readings.items()}
    worked = {name: content for name, content in contents.items() if content.is_worked}
    pool = worked or contents
    most = max(content.known for content in pool.values())
    whole = {name: content for name, content in pool.items() if 2 * content.known >= most}
    expected = assignment.notebook + ".ipynb"

    def rank(name: str) -> tuple[int, bool, int, bool]:
        return whole[name].answered, whole[name].touched, whole[name].known, name == expected

    latest = later(whole, times or {}) if worked else ""
    name = latest or max(whole, key=rank)
    mine = texts(readings[name])
    rivals = tuple(other for other in worked if other != name and texts(readings[other]) != mine)
    return Choice(name, rivals, "the later by time" if latest else "the one with more answers", contents)


def later(names: dict[str, Content], times: dict[str, float]) -> str:
    """The file that is later than all others; "" if that cannot be told."""
    if len(names) < 2 or not set(names) <= set(times):
        return ""
    *_, before, last = sorted(names, key=lambda name: times[name])
    return last if times[last] - times[before] >= SAME_MOMENT else ""


def texts(reading: Reading) -> list[str]:
    return [cell["source"].strip() for cell in reading.cells]
