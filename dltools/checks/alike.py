"""Whether what was seen of a student is what is seen of a known mistake, and how much of it that is."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dltools.checks.comparing import all_leaves, first_difference
from dltools.checks.exercise import Exercise, Mistake, StudentError
from dltools.checks.trials import Judged, Seen, Sight, Trial, is_habit, look_at_mistake, wrong_by

SMALL = 100
FEW = 4
"""So many numbers may agree by accident."""


def exceptions(group: list[Judged]) -> set[str]:
    """The exceptions of these attempts, by type and line."""
    errors = [seen for judged in group for _, seen in judged.rows if isinstance(seen, StudentError)]
    return {error.kind.partition(":")[0] + error.place for error in errors}


def values_of(group: list[Judged]) -> list[Sight]:
    return [seen for judged in group for _, seen in judged.rows if not isinstance(seen, StudentError)]


def wrong_results(group: list[Judged]) -> list[tuple[str, Any]]:
    """The results that are wrong, by their names, of all these attempts."""
    rows = [(trial, seen) for judged in group for trial, seen in judged.rows if not isinstance(seen, StudentError)]
    return [(n, seen.values.get(n)) for trial, seen in rows for n in trial.expected if trial.differs(n, seen)]


def fractions(results: list[tuple[str, Any]]) -> int:
    """How many fractions there are; whole numbers agree by accident, and so do infinities, but no empty array does."""
    arrays = [np.asarray(leaf) for name, value in results for leaf in all_leaves({name: value}).values()]
    return sum(int(np.isfinite(array).sum()) if array.size else FEW for array in arrays if array.dtype.kind == "f")


@dataclass(frozen=True)
class Compared:
    """An attempt beside what a known mistake makes of the same case, which is not the same."""

    against: bool = False
    """Whether the mistake would go wrong where the student's answer is right, or goes wrong otherwise."""
    lost: bool = False
    """Whether that is for numbers that were lost: nan or infinity, whatever was done before."""
    unexplained: frozenset[str] = frozenset()
    """The names of results that are wrong, but not by the mistake; "lost" where it is nan or infinity."""


def compare(exercise: Exercise, mistake: Mistake, judged: Judged) -> list[Compared]:
    return [compared(exercise, mistake, trial, seen) for trial, seen in judged.rows]


def compared(exercise: Exercise, mistake: Mistake, trial: Trial, seen: Seen) -> Compared:
    other = look_at_mistake(exercise, mistake, trial)
    if isinstance(seen, StudentError) or isinstance(other, StudentError):
        return Compared(trial.is_failed(other) and not alike(trial, seen, other, mistake.raises))
    names, claimed = trial.results_named, wrong_by(exercise, mistake, trial)
    against = list(otherwise(trial, seen, other, claimed))
    lost = all(lost_numbers({name: seen.values.get(name)}) for name in against)
    rest = {name: seen.values.get(name) for name in names if name not in claimed and trial.differs(name, seen)}
    return Compared(bool(against), lost, frozenset([*rest, *(["lost"] if lost_numbers(rest) else [])]))


def otherwise(trial: Trial, seen: Sight, other: Sight, names: Iterable[str]) -> Iterator[str]:
    """Those of the names whose results the student has otherwise than the mistake."""
    return (n for n in names if first_difference({n: other.values[n]}, seen.values, trial.within(seen)))


def lost_numbers(values: dict[str, object]) -> bool:
    """Whether nan or infinity is among the values."""
    arrays = [np.asarray(leaf) for leaf in all_leaves(values).values()]
    return any(array.dtype.kind == "f" and not np.isfinite(array).all() for array in arrays)


def is_about_habits(judged: Judged) -> bool:
    return all(is_habit(name) for trial, _ in judged.rows for name in trial.expected)


def sees_little(judged: Judged) -> bool:
    """Whether the criterion compares one small whole number in all: many mistakes would return it."""
    leaves = [np.asarray(leaf) for trial, _ in judged.rows for leaf in all_leaves(trial.expected).values()]
    if len(leaves) != 1 or leaves[0].size != 1 or leaves[0].dtype.kind not in "biuf":
        return False
    number = float(leaves[0].item())
    return number == round(number) and abs(number) <= SMALL


def agrees(exercise: Exercise, mistake: Mistake, judged: Judged) -> bool:
    """Whether the mistake looks like the student's attempt in every case that counts; one that differs decides."""
    return first_unlike(exercise, mistake, judged.rows) is None


def first_unlike(exercise: Exercise, mistake: Mistake, rows: list[tuple[Trial, Seen]]) -> tuple[Trial, Seen] | None:
    """The first case in which the mistake does not look like the student's attempt, with that; None if all do."""
    for trial, seen in rows:
        if not alike(trial, seen, look_at_mistake(exercise, mistake, trial), mistake.raises):
            return trial, seen
    return None


def speaks_against(exercise: Exercise, mistake: Mistake, trial: Trial, seen: Seen) -> bool:
    """Whether a mistake that looks otherwise goes wrong here where the student does not, or goes wrong otherwise.

    Numbers that were lost, nan or infinity, speak against nothing.
    """
    other = look_at_mistake(exercise, mistake, trial)
    if isinstance(seen, StudentError) or isinstance(other, StudentError):
        return trial.is_failed(other)
    claimed = wrong_by(exercise, mistake, trial)
    against = otherwise(trial, seen, other, claimed)  # one by one: the first that counts decides
    return any(not lost_numbers({name: seen.values.get(name)}) for name in against)


def alike(trial: Trial, seen: Seen, other: Seen, raises: str) -> bool:
    """Whether what was seen of the student is what is seen of a known mistake."""
    if isinstance(seen, StudentError):
        return same_error(seen, other, raises)
    if isinstance(other, StudentError):
        return False
    mine, theirs = ({n: v for n, v in one.values.items() if not is_habit(n)} for one in (seen, other))
    if mine.keys() != theirs.keys() or first_difference(theirs, mine, trial.within(seen)):
        return False
    if is_nothing(mine) != is_nothing(theirs):  # a small number is no 0, whatever the tolerance
        return False
    return seen.faults == other.faults or not holds_nan(theirs)


def same_error(seen: StudentError, other: Seen, raises: str) -> bool:
    """Whether both failed alike: by the mistake's own pattern, else by the whole message."""
    if not isinstance(other, StudentError):
        return False
    if raises:
        return re.search(raises, seen.kind) is not None
    return str(seen) == str(other) or (" " in other.kind and cause(seen.kind) == cause(other.kind))


PRODUCTS = (
    r"mismatch in its core dimension 0.*size (?P<second>\d+) is different from (?P<first>\d+)",
    r"not aligned: (?P<first>\d+) \(dim \d+\) != (?P<second>\d+) \(dim 0\)",
)
"""How @ and np.dot each say that the inner lengths of two matrices differ."""


def cause(kind: str) -> str:
    """What makes two exceptions the same: the message, or the two lengths where a product of matrices has failed."""
    found = next(filter(None, (re.search(pattern, kind) for pattern in PRODUCTS)), None)
    return f"product of inner lengths {found['first']} and {found['second']}" if found else kind


def holds_nan(values: dict[str, object]) -> bool:
    arrays = [np.asarray(leaf) for leaf in all_leaves(values).values()]
    return any(array.dtype.kind == "f" and bool(np.isnan(array).any()) for array in arrays)


def is_nothing(values: dict[str, object]) -> bool:
    """Whether all numbers are 0."""
    return not any(np.any(leaf) for leaf in all_leaves(values).values())
