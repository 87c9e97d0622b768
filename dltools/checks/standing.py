"""Where a student stands: what is solved, what waits, which mistakes were made and overcome, what to look at again."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from dltools.checks import UNITS, Exercise, Forecast, Question, graded
from dltools.checks.exercise import Mistake
from dltools.checks.naming import HABITS, changed
from dltools.checks.progress import read_hints, read_missed, read_mistakes, read_progress
from dltools.places import course_home

MANY_HINTS = 2
"""Who has solved an exercise with so many hints may want to try it again without."""
HEAD = 2000
"""Characters of a notebook in which its first heading stands."""
ABBREVIATIONS = {"cnn": "CNN", "rnn": "RNN", "lstm": "LSTM", "resnet": "ResNet"}


@dataclass(frozen=True)
class Work:
    """What a student has done of one exercise."""

    exercise: Exercise | Forecast | Question
    reached: float
    hints: int
    mistakes: tuple[str, ...]
    missed: int = 0
    """How often a question was answered as is often wrong."""

    @property
    def name(self) -> str:
        return self.exercise.name

    @property
    def is_solved(self) -> bool:
        return self.reached >= self.exercise.points

    @property
    def is_begun(self) -> bool:
        return bool(self.reached or self.hints or self.mistakes or self.missed)

    def told(self) -> Iterator[str]:
        """The sentence of each mistake that was made."""
        says = HABITS | {m.name: m.says for m in self.exercise.mistakes if isinstance(m, Mistake)}
        for name in self.mistakes:
            yield f"{self.name}: {says.get(name) or changed(name.removeprefix('changes_'))}"


def standing() -> dict[str, list[Work]]:
    """The works of each unit, in the order of the course."""
    best, hints, mistakes, missed = read_progress(), read_hints(), read_mistakes(), read_missed()
    found: dict[str, list[Work]] = {unit: [] for unit in UNITS}
    for name, one in graded().items():
        reached = min(best.get(name, 0.0), one.points)
        work = Work(one, reached, hints.get(name, 0), tuple(mistakes.get(name, ())), missed.get(name, 0))
        found[one.unit].append(work)
    return found


def totals(works: list[Work]) -> tuple[int, float, float]:
    """How many exercises are solved, the points reached, and the points that there are."""
    points = sum(work.exercise.points for work in works)
    return sum(work.is_solved for work in works), sum(work.reached for work in works), points


def sections(works: list[Work]) -> dict[str, list[str]]:
    """What there is to say beside the points, by title; a title without lines is left out."""
    begun = [
        f"{w.name}: {w.reached:g} of {w.exercise.points:g} point{'s' * (w.exercise.points != 1)}"
        for w in works
        if w.is_begun and not w.is_solved
    ]
    again = [
        f"{w.name}: solved with {w.hints} hints. Can you write it again without?"
        for w in works
        if w.is_solved and w.hints >= MANY_HINTS
    ]
    again += [f"{w.name} in {unit_title(w.exercise.unit)}: missed {w.missed} times" for w in works if w.missed > 1]
    again += [f"{w.name} in {unit_title(w.exercise.unit)}: missed once" for w in works if w.missed == 1]
    found = {
        "Begun": begun,
        "Mistakes still to be mended": [line for w in works if not w.is_solved for line in w.told()],
        "Mistakes that you have overcome": [line for w in works if w.is_solved for line in w.told()],
        "To look at again": again,
    }
    return {title: lines for title, lines in found.items() if lines}


@cache
def unit_title(unit: str) -> str:
    """The first heading of a unit, "05 Pooling and the whole CNN"; made of the folder's name where it is not there."""
    home = course_home("course")
    notebook = home and home / "course" / unit / f"{unit}.ipynb"
    if notebook and notebook.is_file():
        with notebook.open(encoding="utf-8") as file:
            heading = re.search(r'"# (\d\d .+?)(?:\\n)?",?$', file.read(HEAD), re.MULTILINE)
        if heading:
            return str(json.loads(f'"{heading[1]}"'))
    number, *words = unit.split("-")
    first, *others = (ABBREVIATIONS.get(word, word) for word in words)
    return " ".join([number, first[:1].upper() + first[1:], *others])
