"""The one check engine: it judges a function for the student in the notebook and for the grader alike."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from dltools.checks.calling import Printed, keep_output_aside
from dltools.checks.comparing import first_difference
from dltools.checks.exercise import IN_SINGLE, Criterion, Exercise, StudentError
from dltools.checks.naming import Named, name_problems
from dltools.checks.pencil.example import smallest_example
from dltools.checks.trials import DTYPE, Judged, Problem, Sight, is_about_dtype, look, trials
from dltools.checks.verdict import Finding, Verdict


def observe(exercise: Exercise, function: Callable[..., Any], forward: Any, seed: int) -> list[Judged]:
    """What every criterion finds of the student's function; after an endless call the rest is not tried."""
    found: list[Judged] = []
    stopped: StudentError | None = None
    for criterion in exercise.criteria:
        plan = trials(exercise, criterion, seed)
        if stopped:
            found.append(Judged(criterion, plan, [stopped]))
            continue
        try:
            seen = [look(exercise, function, forward, trial, exercise.seconds, between=True) for trial in plan]
        except TimeoutError as error:
            stopped = StudentError(str(error), "endless")
            seen = [stopped]
        found.append(Judged(criterion, plan, seen))
    return found


def ask_for_last_call(exercise: Exercise, function: Callable[..., Any], forward: Any, found: list[Judged]) -> None:
    """Find out whether a backward that is wrong would be right on the last call of its forward."""
    wrong = [judged for judged in found if judged.problem and judged.problem.kind != "endless" and exercise.forward]
    for judged in wrong:
        again = [look(exercise, function, forward, trial, exercise.seconds) for trial in judged.trials]
        judged.of_last_call = Judged(judged.criterion, judged.trials, again).problem is None
        if not judged.of_last_call:  # who keeps the last call does so everywhere
            return


def ask_again(exercise: Exercise, function: Callable[..., Any], forward: Any, found: list[Judged]) -> None:
    """Find out whether a function that is given no generator draws by chance, or keeps something from call to call."""
    failed = [judged for judged in found if judged.problem and not judged.of_last_call]
    tried = [(trial, seen) for judged in failed for trial, seen in judged.rows if isinstance(seen, Sight)][:1]
    for trial, seen in tried:
        if any(isinstance(value, np.random.Generator) for value in trial.case.values()):
            return
        with suppress(TimeoutError):
            again = look(exercise, function, forward, trial, exercise.seconds, between=True)
            # an array of bool or text is no result, and differs from itself
            itself = first_difference(seen.values, seen.values) is None
            changes = isinstance(again, Sight) and itself and first_difference(seen.values, again.values) is not None
            for judged in failed:
                judged.of_chance = changes and not judged.criterion.ask


def charge_dtype(found: list[Judged]) -> None:
    """A result in float32 for float64 costs the criterion on dtype, and no other: the values count as float32."""
    narrow = any(trial.narrowed(seen) for judged in found for trial, seen in judged.rows)
    for judged in found:
        names = [name for trial, _ in judged.rows for name in trial.expected]
        if narrow and not judged.problem and names and all(map(is_about_dtype, names)):
            judged.problem = Problem("The results are float32 where float64 comes in.", path=DTYPE)


def pay_once(found: list[Judged]) -> None:
    """Values that are wrong in float32 cost nothing where others are wrong as well: it may be the same fault."""
    wrong = [judged for judged in found if judged.problem]
    in_single = [judged for judged in wrong if judged.problem and IN_SINGLE in judged.problem.path]
    if len(in_single) < len(wrong):
        for judged in in_single:
            judged.problem = None


def decide_untried(found: list[Judged], exercise: Exercise, forward: Any) -> None:
    """A criterion whose cases all failed in the student's forward is passed if the others are, and weigh more.

    Otherwise a forward that works on one case alone would make points for its backward.
    """
    tried = [judged for judged in found if not judged.untried]
    weight = sum(judged.criterion.points for judged in tried)
    if weight <= exercise.points / 2 or any(judged.problem for judged in tried):
        return
    name = getattr(forward, "__name__", "forward")
    for judged in found:
        if judged.untried:
            judged.problem = None
            judged.note = f"Not tried, and not lost: your {name} fails on these calls, which costs {name} alone."


def judge(
    exercise: Exercise, function: Callable[..., Any], forward: Any = None, seed: int = 0, names: bool = True
) -> Verdict:
    """Judge a student's function by every criterion of the exercise.

    Args:
        exercise: what is asked.
        function: the student's function.
        forward: the student's forward, where the exercise is a backward.
        seed: of the cases.
        names: whether known mistakes are looked for; the points do not depend on it.
    """
    printed = Printed()
    with keep_output_aside(printed):
        found = observe(exercise, function, forward, exercise.seed_of(seed))
        charge_dtype(found)
        pay_once(found)
        decide_untried(found, exercise, forward)
        if names:
            ask_for_last_call(exercise, function, forward, found)
            ask_again(exercise, function, forward, found)
        named = name_problems(exercise, found) if names else {}
    example = smallest_example(exercise, function, forward, found) if names else None
    findings = [finding(exercise, judged, named.get(i)) for i, judged in enumerate(found)]
    by_name = {finding.criterion: finding for finding in findings}
    findings = [waiting(judged.criterion, by_name) for judged in found]
    return Verdict(exercise.name, findings, printed.getvalue(), example)


def finding(exercise: Exercise, judged: Judged, named: Named | None) -> Finding:
    criterion, problem = judged.criterion, judged.problem
    note = exercise.epsilon_says if judged.note == "epsilon" else judged.note
    if not problem:
        return Finding(criterion.name, criterion.points, None, note=note)
    return Finding(
        criterion.name, criterion.points, problem.sentence, named, picture=problem.picture, kind=problem.kind
    )


def waiting(criterion: Criterion, found: dict[str, Finding]) -> Finding:
    """The criterion's finding; it waits while the criterion that comes first is not passed."""
    if criterion.after and found[criterion.after].problem:
        says = f"Waits for: {criterion.after}."
        return Finding(criterion.name, criterion.points, says, waits=True, after=criterion.after)
    return replace(found[criterion.name], after=criterion.after)
