"""Which known mistake a failed criterion shows: said only where it agrees with all that was seen.

A mistake is named if it agrees with the student on every criterion that the student passes, and for the failed ones
that it explains, where it returns what the student returned. An exception is the same by its message or line, not by
its type; nan is the same only if the arithmetic went wrong in the same way; a criterion that sees one small number
names nobody. Where it leaves failed criteria unexplained, what it explains must be no accident: it is not the same
exception or nan that is met there too, not a few equal numbers, and what it would return there does not speak against
it. By an exception alone nothing is named while wrong numbers are left that no mistake explains: what made them may
have raised it too. What any layer can do, another dtype or a changed argument, has its own sentences.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from dltools.checks.common_mistakes import ONE_TRUTH
from dltools.checks.comparing import all_leaves, first_difference
from dltools.checks.exercise import Exercise, Mistake, StudentError
from dltools.checks.trials import AFTER, DTYPE, Judged, Seen, Sight, Trial
from dltools.checks.trials import look_at_mistake as look_at_mistake

SMALL = 100
FEW = 4
"""So many numbers may agree by accident."""


@dataclass(frozen=True)
class Habit:
    """What any layer can do wrong: the name for statistics and the sentence for the student."""

    name: str
    says: str


Named = Mistake | Habit


def name_problems(exercise: Exercise, found: list[Judged]) -> dict[int, Named]:
    """The known mistake or the habit behind each failed criterion, by its number, where there is one."""
    named: dict[int, Named] = {}
    for i, judged in enumerate(found):
        if judged.problem and (said := habit(judged)):
            named[i] = said
    failed = [i for i, judged in enumerate(found) if judged.problem and i not in named]
    explained = explanations(exercise, found, failed)

    def fits(mistake: Mistake) -> tuple[int, int]:
        """How many criteria it explains, and at how few of the others it would go wrong where the answer does not."""
        rest = [found[i] for i in failed if i not in explained[mistake]]
        return len(explained[mistake]), -sum(any(c.against for c in compare(exercise, mistake, one)) for one in rest)

    for i in {i for where in explained.values() for i in where}:
        named[i] = max((mistake for mistake, where in explained.items() if i in where), key=fits)
    asking = (i for i, judged in enumerate(found) if judged.problem and judged.problem.kind.startswith(NO_TRUTH))
    return dict.fromkeys(asking, Habit("wants_one_truth", ONE_TRUTH)) | named


def habit(judged: Judged) -> Habit | None:
    """The sentence for another dtype or a changed argument, where that is the problem."""
    if judged.of_last_call:
        return Habit("keeps_last_call", LAST_CALL)
    if judged.of_chance:
        return Habit("draws_anew", ANEW)
    path = judged.problem.path if judged.problem else ""
    name, after, _ = path.partition(AFTER)
    if after:
        return Habit(f"changes_{name}", changed(name))
    if not path.endswith(DTYPE):
        return None
    return Habit("other_dtype", NARROWED if path == DTYPE else OTHER_DTYPE)


NO_TRUTH = "ValueError: The truth value of an array"
LAST_CALL = (
    "Your backward works on what the last call of your forward has left behind, in a global variable, an attribute or "
    "a buffer that is filled anew. A layer may be called twice before the first way back: the cache that comes in must "
    "hold all that is needed, in arrays of its own."
)
ANEW = (
    "The same call gives another result the second time: nothing is drawn or shuffled by chance here, and nothing is "
    "kept from the call before."
)
NARROWED = "Your result is float32 although what comes in is float64: let the dtype of the input decide."
OTHER_DTYPE = (
    "The result must have the dtype of the input. An array made inside is float64 whatever x is: give it x.dtype, "
    "as in np.zeros(shape, x.dtype). np.sqrt(2) and np.prod(x.shape) are NumPy's numbers and make float64 of all they "
    "meet; 2**0.5 and x.size are Python's and do not."
)


def changed(name: str) -> str:
    return (
        f"You write into {name} itself, which the caller may still need: {name} -= ..., {name}[...] = ... and "
        f"out={name} do that. Make a new array, or work on a copy (of a list: a copy of each array in it)."
    )


def explanations(exercise: Exercise, found: list[Judged], failed: list[int]) -> dict[Mistake, list[int]]:
    """For each known mistake that fits, the failed criteria that it explains."""
    told = [i for i in failed if found[i].rows]
    telling = [i for i in told if not sees_little(found[i])]
    passed = [judged for judged in found if not judged.problem and judged.rows and not is_about_habits(judged)]
    unwritten = any(isinstance(s, StudentError) and s.kind == "unwritten" for judged in found for s in judged.seen)
    explained = {}
    mistakes = () if unwritten or not telling else exercise.mistakes
    for mistake in mistakes:  # one that explains all is the name, whatever else explains a part
        if all(agrees(exercise, mistake, found[i]) for i in (*telling, *told)) and all(
            agrees(exercise, mistake, judged) for judged in passed
        ):
            return {mistake: told}
    for mistake in mistakes:
        where = [i for i in telling if agrees(exercise, mistake, found[i])]
        if where and all(agrees(exercise, mistake, judged) for judged in passed):
            where += [i for i in told if i not in telling and agrees(exercise, mistake, found[i])]
            rest = [found[i] for i in told if i not in where]
            if not rest or stands_beside(exercise, mistake, [found[i] for i in where], rest):
                explained[mistake] = where
    known = {i for where in explained.values() for i in where}
    if values_of([found[i] for i in told if i not in known]):
        return {mistake: where for mistake, where in explained.items() if values_of([found[i] for i in where])}
    return explained


def stands_beside(exercise: Exercise, mistake: Mistake, explained: list[Judged], rest: list[Judged]) -> bool:
    """Whether a mistake that explains some of the failed criteria may be one fault of several."""
    raised = exceptions(explained)
    if raised & exceptions(rest):
        return False
    compared = {id(judged): compare(exercise, mistake, judged) for judged in rest}
    unexplained = [name for rows in compared.values() for one in rows for name in one.unexplained]
    lost = any(lost_numbers(one.values) for one in values_of(explained))
    against = sum(any(one.against and (lost or not one.lost) for one in rows) for rows in compared.values())
    if raised:
        return not against
    if lost and "lost" in unexplained:
        return False
    wrong = wrong_results(explained)
    accident = fractions(wrong) < FEW and {name for name, _ in wrong} & {*unexplained}
    return 2 * against <= len(explained) and not accident


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
    return [
        compared(trial, seen, look_at_mistake(exercise, mistake, trial), mistake.raises) for trial, seen in judged.rows
    ]


def compared(trial: Trial, seen: Seen, other: Seen, raises: str) -> Compared:
    if isinstance(seen, StudentError) or isinstance(other, StudentError):
        return Compared(trial.is_failed(other) and not alike(trial, seen, other, raises))
    names = [name for name in trial.expected if not is_habit(name)]
    claimed = [name for name in names if trial.differs(name, other)]
    against = [n for n in claimed if first_difference({n: other.values[n]}, seen.values, trial.within(seen))]
    lost = all(lost_numbers({name: seen.values.get(name)}) for name in against)
    rest = {name: seen.values.get(name) for name in names if name not in claimed and trial.differs(name, seen)}
    return Compared(bool(against), lost, frozenset([*rest, *(["lost"] if lost_numbers(rest) else [])]))


def lost_numbers(values: dict[str, object]) -> bool:
    """Whether nan or infinity is among the values."""
    arrays = [np.asarray(leaf) for leaf in all_leaves(values).values()]
    return any(array.dtype.kind == "f" and not np.isfinite(array).all() for array in arrays)


def is_about_habits(judged: Judged) -> bool:
    return all(is_habit(name) for trial, _ in judged.rows for name in trial.expected)


def is_habit(name: str) -> bool:
    return name.endswith((DTYPE, AFTER))


def sees_little(judged: Judged) -> bool:
    """Whether the criterion compares one small whole number in all: many mistakes would return it."""
    leaves = [np.asarray(leaf) for trial, _ in judged.rows for leaf in all_leaves(trial.expected).values()]
    if len(leaves) != 1 or leaves[0].size != 1 or leaves[0].dtype.kind not in "biuf":
        return False
    number = float(leaves[0].item())
    return number == round(number) and abs(number) <= SMALL


def agrees(exercise: Exercise, mistake: Mistake, judged: Judged) -> bool:
    """Whether the mistake looks like the student's attempt in every case that counts; one that differs decides."""
    return all(
        alike(trial, seen, look_at_mistake(exercise, mistake, trial), mistake.raises) for trial, seen in judged.rows
    )


def alike(trial: Trial, seen: Seen, other: Seen, raises: str) -> bool:
    """Whether what was seen of the student is what is seen of a known mistake."""
    if isinstance(seen, StudentError):
        return same_error(seen, other, raises)
    if isinstance(other, StudentError):
        return False
    mine, theirs = ({n: v for n, v in one.values.items() if not is_habit(n)} for one in (seen, other))
    if mine.keys() != theirs.keys() or first_difference(theirs, mine, trial.within(seen)):
        return False
    return seen.faults == other.faults or not holds_nan(theirs)


def same_error(seen: StudentError, other: Seen, raises: str) -> bool:
    """Whether both failed alike: by the mistake's own pattern, else by the whole message."""
    if not isinstance(other, StudentError):
        return False
    if raises:
        return re.search(raises, seen.kind) is not None
    return str(seen) == str(other) or (" " in other.kind and seen.kind == other.kind)


def holds_nan(values: dict[str, object]) -> bool:
    arrays = [np.asarray(leaf) for leaf in all_leaves(values).values()]
    return any(array.dtype.kind == "f" and bool(np.isnan(array).any()) for array in arrays)
