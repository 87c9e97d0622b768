"""The one check engine: it judges a function for the student in the notebook and for the grader alike."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np

from dltools.checks.calling import Printed, StudentError, attempt, draw_upstream, quiet
from dltools.checks.comparing import first_difference, nudged, short, tolerances
from dltools.checks.exercise import Case, Criterion, Exercise, Mistake
from dltools.checks.verdict import Finding, Verdict

Seen = dict[str, Any] | StudentError
"""What a criterion sees of one attempt, or why there is nothing to see."""


@dataclass
class Trial:
    """One case of a criterion with what the reference makes of it."""

    criterion: Criterion
    case: Case
    upstream: Case
    expected: dict[str, Any]
    tolerance: dict[str, float] | float

    def problem(self, seen: Seen) -> str | None:
        """One sentence on how what was seen differs from the reference; None where it does not."""
        if isinstance(seen, StudentError):
            return str(seen)
        sentence = first_difference(self.expected, seen, self.tolerance)
        given = {**self.case, **self.upstream}
        return f"{sentence} The call: {describe(given)}." if sentence and given else sentence

    def alike(self, seen: Seen, other: Seen) -> bool:
        """Whether an attempt looks to this criterion like the other, a known one."""
        if isinstance(seen, StudentError) or isinstance(other, StudentError):
            return getattr(seen, "kind", seen) == getattr(other, "kind", other)
        return first_difference(other, seen, self.tolerance) is None


def describe(case: Case) -> str:
    """A call in one line: large arrays by their shape, everything else by its value."""
    return ", ".join(
        f"{name} of shape {value.shape}"
        if isinstance(value, np.ndarray) and value.size > 6
        else f"{name} = {short(value)}"
        for name, value in case.items()
    )


def trials(exercise: Exercise, criterion: Criterion, seed: int) -> list[Trial]:
    """The criterion's cases for this seed; the same seed gives the same cases, whatever else is checked."""
    rng = np.random.default_rng([seed, zlib.crc32(f"{exercise.name} {criterion.draw or criterion.name}".encode())])
    return [make_trial(exercise, criterion, case, draw_upstream(exercise, case, rng)) for case in criterion.cases(rng)]


def make_trial(exercise: Exercise, criterion: Criterion, case: Case, upstream: Case) -> Trial:
    def seen(case: Case, upstream: Case) -> dict[str, Any]:
        return criterion.look(attempt(exercise, asked(exercise.reference, criterion), exercise.forward, case, upstream))

    expected = seen(case, upstream)
    if criterion.tolerance is not None:
        return Trial(criterion, case, upstream, expected, criterion.tolerance)
    return Trial(criterion, case, upstream, expected, tolerances(expected, seen(nudged(case), nudged(upstream))))


def asked(function: Callable[..., Any], criterion: Criterion) -> Callable[..., Any]:
    """The function as the criterion calls it: plainly, or by its `ask`, which then counts as one call."""
    ask = criterion.ask
    return wraps(function)(lambda *arguments: ask(function, *arguments)) if ask else function


def look(
    exercise: Exercise, function: Callable[..., Any], forward: Any, trial: Trial, seconds: float | None = None
) -> Seen:
    """What the trial's criterion sees of the function; who is not to be trusted has so many seconds for each call."""
    try:
        called = asked(function, trial.criterion)
        return trial.criterion.look(attempt(exercise, called, forward, trial.case, trial.upstream, seconds))
    except StudentError as error:
        return error
    except TimeoutError:
        raise
    except Exception as error:  # whatever the student returns, a check goes on
        return StudentError(f"What {exercise.name} returns cannot be read: {str(error).rstrip('.')}.", "unreadable")


def observe(
    exercise: Exercise, function: Callable[..., Any], forward: Any, plan: list[list[Trial]]
) -> list[list[Seen]]:
    """What every criterion sees of the student's function; after an endless call the rest is not tried."""
    seen: list[list[Seen]] = []
    for trials in plan:
        try:
            seen.append([look(exercise, function, forward, trial, exercise.seconds) for trial in trials])
        except TimeoutError as error:
            stopped = StudentError(f"Not tried: {error}", "endless")
            seen.append([StudentError(str(error), "endless")])
            return seen + [[stopped] for _ in plan[len(seen) :]]
    return seen


def agrees(exercise: Exercise, mistake: Mistake, trials: list[Trial], seen: list[Seen]) -> bool:
    """Whether the mistake looks like the student's attempt in every trial; the first that differs decides."""
    forward = mistake.forward or exercise.forward
    return len(trials) == len(seen) and all(
        trial.alike(attempt, look(exercise, mistake.function, forward, trial)) for trial, attempt in zip(trials, seen)
    )


def name_mistakes(
    exercise: Exercise, plan: list[list[Trial]], seen: list[list[Seen]], failed: list[int]
) -> dict[int, Mistake]:
    """For each failed criterion the known mistake that looks like the student's attempt, the more alike the better.

    An error alone says little, so a mistake that raises counts only where it agrees on all criteria.
    """
    alike = {}
    unwritten = any(getattr(attempt, "kind", "") == "unwritten" for attempts in seen for attempt in attempts)
    for mistake in () if unwritten else exercise.mistakes:
        where = {i for i in failed if agrees(exercise, mistake, plan[i], seen[i])}
        if where:
            passed = set(range(len(plan))).difference(failed)
            alike[mistake] = where | {i for i in passed if agrees(exercise, mistake, plan[i], seen[i])}
    named = {}
    for at in failed:
        raised = any(isinstance(s, StudentError) for s in seen[at])
        fitting = [m for m, where in alike.items() if at in where and (not raised or len(where) == len(plan))]
        if fitting:
            named[at] = max(fitting, key=lambda mistake: len(alike[mistake]))
    return named


def judge(exercise: Exercise, function: Callable[..., Any], forward: Any = None, seed: int = 0) -> Verdict:
    """Judge a student's function by every criterion of the exercise.

    Args:
        exercise: what is asked.
        function: the student's function.
        forward: the student's forward, where the exercise is a backward.
        seed: of the cases.
    """
    printed = Printed()
    with quiet(printed):
        plan = [trials(exercise, criterion, seed) for criterion in exercise.criteria]
        seen = observe(exercise, function, forward, plan)
        problems = [next(filter(None, (t.problem(s) for t, s in zip(*rows))), None) for rows in zip(plan, seen)]
        named = name_mistakes(exercise, plan, seen, [i for i, problem in enumerate(problems) if problem])
    found = {
        criterion.name: Finding(criterion.name, criterion.points, problem, named.get(i))
        for i, (criterion, problem) in enumerate(zip(exercise.criteria, problems))
    }
    findings = [waiting(criterion, found) for criterion in exercise.criteria]
    return Verdict(exercise.name, findings, printed.getvalue())


def waiting(criterion: Criterion, found: dict[str, Finding]) -> Finding:
    """The criterion's finding; it waits while the criterion that comes first is not passed."""
    if criterion.after and found[criterion.after].problem:
        return Finding(criterion.name, criterion.points, f"Waits for: {criterion.after}.", waits=True)
    return found[criterion.name]
