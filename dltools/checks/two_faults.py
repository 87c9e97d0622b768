"""Two known mistakes in one answer: named only where together they explain all that was seen.

In each case one of them shows and the other is silent, or both show, and what came back is what they make together:
their factors multiplied, or, where each is seen alone somewhere, their errors added. Where several pairs explain all,
what they have in common is named.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from dltools.checks.alike import FEW, alike, fractions, is_habit
from dltools.checks.comparing import all_leaves, first_difference, is_real, scale
from dltools.checks.exercise import Exercise, Mistake, StudentError
from dltools.checks.trials import Judged, Seen, Sight, Trial, look_at_mistake

Law = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
NEAR = 1e-3
"""What is farther off, beside the largest number, is worth no closer look."""


def factors_multiplied(right: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    together: np.ndarray = np.where(one == right, other, np.where(other == right, one, one / right * other))
    return together


def errors_added(right: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    together: np.ndarray = one + other - right
    return together


Results = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Attempts:
    """What a function made of each case, whether something is wrong there, and its results as numbers."""

    seen: list[Seen]
    wrong: list[bool]
    results: list[Results]


@dataclass(frozen=True, eq=False)
class Suspect(Attempts):
    """A known mistake that is right wherever the answer is."""

    mistake: Mistake

    @property
    def is_told(self) -> bool:
        """Whether more is wrong than a few equal numbers."""
        there = [seen for seen, wrong in zip(self.seen, self.wrong) if wrong]
        values = [pair for seen in there if not isinstance(seen, StudentError) for pair in seen.values.items()]
        return any(isinstance(seen, StudentError) for seen in there) or fractions(values) >= FEW


def two_faults(exercise: Exercise, failed: list[Judged], passed: list[Judged]) -> dict[Mistake, list[Judged]]:
    """The mistakes that every pair has which explains all, with the failed criteria in which each shows."""
    rows = [row for judged in (*passed, *failed) for row in judged.rows]
    trials, seen = [trial for trial, _ in rows], [seen for _, seen in rows]
    wrong = [is_wrong(trial, one) for trial, one in rows]
    known = suspects(exercise, trials, wrong)
    if len(known) < 2:
        return {}
    answer = Attempts(seen, wrong, [results(exercise, one) for one in seen])
    right = [results(exercise, Sight(trial.expected)) for trial in trials]
    pairs = [
        (one, other)
        for one, other in combinations(known, 2)
        if answer.wrong == [a or b for a, b in zip(one.wrong, other.wrong)]
        and explain(trials, right, answer, one, other)
    ]
    if not pairs:
        return {}
    place = {id(trial): i for i, trial in enumerate(trials)}
    shown = {id(judged): {one for t, _ in judged.rows for one in showing(pairs[0], place[id(t)])} for judged in failed}
    common = [one for one in pairs[0] if all(one in pair for pair in pairs)]
    return {one.mistake: [judged for judged in failed if one in shown[id(judged)]] for one in common}


def showing(pair: tuple[Suspect, Suspect], case: int) -> list[Suspect]:
    """The mistakes that show in a case: one that raises hides the other."""
    wrong = [one for one in pair if one.wrong[case]]
    return [one for one in wrong if isinstance(one.seen[case], StudentError)] or wrong


def suspects(exercise: Exercise, trials: list[Trial], wrong: list[bool]) -> list[Suspect]:
    """The mistakes that are right wherever the answer is, and wrong somewhere."""
    found = []
    for mistake in exercise.mistakes:
        if not any(is_wrong_by(exercise, mistake, trial) for trial, also in zip(trials, wrong) if not also):
            seen = [look_at_mistake(exercise, mistake, trial) for trial in trials]
            shows = [is_wrong_by(exercise, mistake, trial) for trial in trials]
            found.append(Suspect(seen, shows, [results(exercise, one) for one in seen], mistake))
    return [suspect for suspect in found if suspect.is_told]


def is_wrong_by(exercise: Exercise, mistake: Mistake, trial: Trial) -> bool:
    """Whether the mistake shows in a case; kept, for who checks again."""
    if mistake not in trial.wrong_by:
        trial.wrong_by[mistake] = is_wrong(trial, look_at_mistake(exercise, mistake, trial))
    return trial.wrong_by[mistake]


def is_wrong(trial: Trial, seen: Seen) -> bool:
    """Whether something is wrong, dtype and changed arguments aside."""
    names = [name for name in trial.expected if not is_habit(name)]
    return isinstance(seen, StudentError) or any(trial.differs(name, seen) for name in names)


def results(exercise: Exercise, seen: Seen) -> Results:
    """The results by path; empty where they are no numbers, or a criterion looks at something made of them."""
    if isinstance(seen, StudentError):
        return {}
    values = {name: value for name, value in seen.values.items() if not is_habit(name)}
    leaves = all_leaves(values) if {*values} <= {*exercise.returns} else {}
    return {p: np.asarray(leaf, float) for p, leaf in leaves.items()} if all(map(is_real, leaves.values())) else {}


def explain(trials: list[Trial], right: list[Results], answer: Attempts, one: Suspect, other: Suspect) -> bool:
    """Whether two mistakes together make all that was seen, by one law."""
    if exceptions(answer, one) & exceptions(answer, other):
        return False  # the same line, so it is one fault

    def by(law: Law) -> bool:
        return all(is_made(trial, right[i], answer, (one, other), i, law) for i, trial in enumerate(trials))

    return by(factors_multiplied) or (by(errors_added) and alone(right, one, other) and alone(right, other, one))


def exceptions(answer: Attempts, mistake: Suspect) -> set[str]:
    """The answer's exceptions, by type and line, where the mistake raises too."""
    both = [seen for seen, made in zip(answer.seen, mistake.seen) if isinstance(made, StudentError)]
    return {seen.kind.partition(":")[0] + seen.place for seen in both if isinstance(seen, StudentError)}


def is_made(trial: Trial, right: Results, answer: Attempts, pair: tuple[Suspect, Suspect], i: int, law: Law) -> bool:
    """Whether what was seen in case i is what two mistakes make together."""
    seen, there = answer.seen[i], showing(pair, i)
    if len(there) < 2 or any(isinstance(one.seen[i], StudentError) for one in there):
        return not there or any(alike(trial, seen, one.seen[i], one.mistake.raises) for one in there)
    mine, first, second = answer.results[i], pair[0].results[i], pair[1].results[i]
    if isinstance(seen, StudentError) or not mine or not mine.keys() == right.keys() == first.keys() == second.keys():
        return False
    made = {}
    for path, expected in right.items():
        if not mine[path].shape == expected.shape == first[path].shape == second[path].shape:
            return False
        with np.errstate(all="ignore"):
            made[path] = law(expected, first[path], second[path])
            if not (np.abs(made[path] - mine[path]) <= NEAR * scale(mine[path])).all():
                return False
    return not first_difference(made, dict(mine), trial.within(seen))


def alone(right: list[Results], one: Suspect, other: Suspect) -> bool:
    """Whether more than a few numbers are wrong by the one mistake alone, or a case that is no array of numbers."""
    if any(wrong and not also and not made for wrong, also, made in zip(one.wrong, other.wrong, one.results)):
        return True
    count = 0
    for expected, first, second in zip(right, one.results, other.results):
        for path in expected.keys() & first.keys() & second.keys():
            if first[path].shape == second[path].shape == expected[path].shape:
                silent, sounds = (np.isclose(made[path], expected[path], 1e-9, 0) for made in (second, first))
                count += int((silent & ~sounds).sum())
    return count >= FEW
