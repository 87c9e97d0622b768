"""Every exercise of the course: its reference is accepted, every known mistake is refused and named."""

import numpy as np
import pytest

from dltools.checks import exercises
from dltools.checks.engine import judge
from dltools.checks.naming import Habit

EXERCISES = list(exercises().values())
MISTAKES = [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_the_reference_gets_full_marks(exercise, seed):
    verdict = judge(exercise, exercise.reference, exercise.forward, seed)
    assert verdict.passed, verdict
    assert verdict.points == exercise.points


@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.parametrize("exercise, mistake", MISTAKES, ids=lambda thing: thing.name)
def test_a_mistake_is_refused_and_named(exercise, mistake, seed):
    verdict = judge(exercise, mistake.function, mistake.forward or exercise.forward, seed)
    assert verdict.points < verdict.max_points
    habits = {finding.mistake.name for finding in verdict.findings if isinstance(finding.mistake, Habit)}
    named = [name for name in verdict.mistakes if name not in habits]
    assert named == [mistake.name] or (habits and not named), verdict
    assert mistake.says in str(verdict) or not named


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_an_unwritten_exercise_scores_nothing(exercise):
    def unwritten(*arguments):
        raise NotImplementedError

    assert judge(exercise, unwritten, exercise.forward).points == 0


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_returning_an_argument_scores_nothing(exercise):
    def lazy(*arguments):
        return tuple(arguments[:1] * len(exercise.returns)) if len(exercise.returns) > 1 else arguments[0]

    assert judge(exercise, lazy, exercise.forward).points == 0


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_returning_zeros_of_the_right_shape_does_not_pay(exercise):
    def zeros(*arguments):
        return zeroed(exercise.reference(*arguments))

    assert judge(exercise, zeros, exercise.forward).points <= 0.25 * exercise.points


def zeroed(value):
    if isinstance(value, tuple | list):
        return type(value)(map(zeroed, value))
    if isinstance(value, np.ndarray):
        return np.zeros_like(value)
    return type(value)(0) if isinstance(value, int | float) else value
