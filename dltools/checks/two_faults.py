"""Two known mistakes in one answer: named only where together they explain all that was seen.

In each case one of them shows and the other is silent, or both show, and what came back is what they make together:
their factors multiplied, or, where each is seen alone somewhere, their errors added. Where several pairs explain all,
what they have in common is named.
"""

from collections.abc import Callable

import numpy as np

from dltools.checks.alike import FEW, alike, fractions
from dltools.checks.comparing import all_leaves, first_difference, is_real, scale
from dltools.checks.exercise import Exercise, Mistake, StudentError
from dltools.checks.trials import Judged, Seen, Sight, Trial, is_habit, look_at_mistake, wrong_by

Results = dict[str, np.ndarray]
Law = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
Rows = list[tuple[Trial, Seen]]
Pair = tuple[Mistake, Mistake]
NEAR = 1e-3
"""What is farther off, beside the largest number, is worth no closer look."""
GLANCE = 16
"""So many numbers are looked at before all of them."""


def factors_multiplied(right: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    together: np.ndarray = np.where(one == right, other, np.where(other == right, one, one / right * other))
    return together


def errors_added(right: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    together: np.ndarray = one + other - right
    return together


def two_faults(exercise: Exercise, failed: list[Judged], passed: list[Judged]) -> dict[Mistake, list[Judged]]:
    """The mistakes that every pair has which explains all, with the failed criteria in which each shows."""
    rows = [row for judged in (*failed, *passed) for row in judged.rows]
    pairs = fitting(exercise, rows, factors_multiplied)
    pairs += [pair for pair in fitting(exercise, rows, errors_added) if alone(exercise, rows, *pair)]
    pairs = [pair for pair in pairs if is_told(exercise, rows, pair)]
    if not pairs:
        return {}
    shown = {id(judged): [m for t, _ in judged.rows for m in showing(exercise, t, pairs[0])] for judged in failed}
    common = [mistake for mistake in pairs[0] if all(mistake in pair for pair in pairs)]
    return {mistake: [judged for judged in failed if mistake in shown[id(judged)]] for mistake in common}


def fitting(exercise: Exercise, rows: Rows, law: Law) -> list[Pair]:
    """The pairs that explain every case, by one law; most are gone after the first."""
    mistakes = np.array(exercise.mistakes, dtype=object)
    fits = np.triu(np.ones((mistakes.size, mistakes.size), dtype=bool), 1)
    for trial, seen in rows:
        left = np.flatnonzero(fits.any(axis=0) | fits.any(axis=1))
        if not left.size:
            break
        fits[np.ix_(left, left)] &= explaining(exercise, list(mistakes[left]), trial, seen, law)
    return [(mistakes[i], mistakes[j]) for i, j in np.argwhere(fits)]


def explaining(exercise: Exercise, mistakes: list[Mistake], trial: Trial, seen: Seen, law: Law) -> np.ndarray:
    """For each mistake and each other one: whether together they make what was seen in a case."""
    made = [look_at_mistake(exercise, mistake, trial) for mistake in mistakes]
    wrong = np.array([is_wrong_by(exercise, mistake, trial) for mistake in mistakes])
    raises = np.array([isinstance(one, StudentError) for one in made])
    like = wrong & [w and alike(trial, seen, one, m.raises) for w, one, m in zip(wrong, made, mistakes)]
    fits = np.outer(~wrong, like) | np.outer(raises & like, wrong)  # the other is silent, or is not heard
    fits |= fits.T
    if not is_wrong(trial, seen):
        fits |= np.outer(~wrong, ~wrong)
    if isinstance(seen, StudentError):
        return fits
    there = np.flatnonzero(wrong & ~raises)
    numbers = [results(exercise, one) for one in (seen, Sight(trial.expected), *(made[i] for i in there))]
    for i, j in made_together(trial, seen, numbers, law):
        fits[there[i], there[j]] = fits[there[j], there[i]] = True
    return fits


def made_together(trial: Trial, seen: Sight, numbers: list[Results], law: Law) -> list[tuple[int, int]]:
    """Which two of the wrong results make the student's together; `numbers` are the student's, the right, the wrong."""
    mine, right, *wrong = numbers
    known = [i for i, one in enumerate(wrong) if mine and shapes(one) == shapes(right) == shapes(mine)]
    if not known:
        return []
    vectors = [
        np.concatenate([np.ravel(part) for part in one.values()]) for one in numbers if shapes(one) == shapes(mine)
    ]
    glance = np.array(vectors)[:, :: max(1, vectors[0].size // GLANCE)]
    with np.errstate(all="ignore"):
        together = law(glance[1], glance[2:, None], glance[None, 2:])
        near = (np.abs(together - glance[0]) <= NEAR * scale(vectors[0])).all(axis=2)
        pairs = [(known[i], known[j]) for i, j in np.argwhere(np.triu(near, 1))]
        made = [{path: law(right[path], wrong[i][path], wrong[j][path]) for path in right} for i, j in pairs]
    within = trial.within(seen)
    return [pair for pair, one in zip(pairs, made) if not first_difference(one, dict(mine), within)]


def shapes(numbers: Results) -> dict[str, tuple[int, ...]]:
    return {path: array.shape for path, array in numbers.items()}


def results(exercise: Exercise, seen: Seen) -> Results:
    """The results by path; empty where they are no numbers, or a criterion looks at something made of them."""
    if isinstance(seen, StudentError):
        return {}
    values = {name: value for name, value in seen.values.items() if not is_habit(name)}
    leaves = all_leaves(values) if {*values} <= {*exercise.returns} else {}
    return {p: np.asarray(leaf, float) for p, leaf in leaves.items()} if all(map(is_real, leaves.values())) else {}


def is_wrong_by(exercise: Exercise, mistake: Mistake, trial: Trial) -> bool:
    """Whether the mistake shows in a case."""
    raises = isinstance(look_at_mistake(exercise, mistake, trial), StudentError)
    return raises or bool(wrong_by(exercise, mistake, trial))


def is_wrong(trial: Trial, seen: Seen) -> bool:
    """Whether something is wrong, dtype and changed arguments aside."""
    return isinstance(seen, StudentError) or bool(trial.wrong_names(seen))


def showing(exercise: Exercise, trial: Trial, pair: Pair) -> list[Mistake]:
    """The mistakes that show in a case: one that raises hides the other."""
    wrong = [mistake for mistake in pair if is_wrong_by(exercise, mistake, trial)]
    return [one for one in wrong if isinstance(look_at_mistake(exercise, one, trial), StudentError)] or wrong


def is_told(exercise: Exercise, rows: Rows, pair: Pair) -> bool:
    """Whether each shows in more than a few equal numbers, and no line raises for both: that is one fault."""
    raised = []
    for mistake in pair:
        made = [(seen, look_at_mistake(exercise, mistake, t)) for t, seen in rows if is_wrong_by(exercise, mistake, t)]
        values = [value for _, one in made if isinstance(one, Sight) for value in one.values.items()]
        if fractions(values) < FEW and not any(isinstance(one, StudentError) for _, one in made):
            return False
        both = [s for s, one in made if isinstance(s, StudentError) and isinstance(one, StudentError)]
        raised.append({error.kind.partition(":")[0] + error.place for error in both})
    return not raised[0] & raised[1]


def alone(exercise: Exercise, rows: Rows, one: Mistake, other: Mistake) -> bool:
    """Whether more than a few numbers are wrong by each of two mistakes alone, or a case is."""
    return all(is_alone(exercise, rows, *pair) for pair in ((one, other), (other, one)))


def is_alone(exercise: Exercise, rows: Rows, one: Mistake, other: Mistake) -> bool:
    count = 0
    for trial, _ in rows:
        made = [look_at_mistake(exercise, mistake, trial) for mistake in (one, other)]
        by_one = is_wrong_by(exercise, one, trial) and not is_wrong_by(exercise, other, trial)
        if by_one and any(isinstance(seen, StudentError) for seen in made):
            return True
        right, first, second = (results(exercise, seen) for seen in (Sight(trial.expected), *made))
        if shapes(right) == shapes(first) == shapes(second):
            for path, expected in right.items():
                silent, sounds = (np.isclose(numbers[path], expected, 1e-9, 0) for numbers in (second, first))
                count += int((silent & ~sounds).sum())
    return count >= FEW
