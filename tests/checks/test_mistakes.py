"""Every exercise of the course: its reference is accepted, every known mistake is refused and named."""

import numpy as np
import pytest
import styles
from styles import SLOW

from dltools.checks import exercises
from dltools.checks.engine import judge
from dltools.checks.naming import Habit

EXERCISES = list(exercises().values())
MISTAKES = [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", sorted(SLOW))
def test_the_reference_gets_full_marks(name, seed):
    """Those that train nets; the others are in test_seeds.py."""
    exercise = exercises()[name]
    verdict = judge(exercise, exercise.reference, exercise.forward, seed)
    assert verdict.passed, verdict
    assert verdict.points == exercise.points


@pytest.mark.parametrize("exercise, mistake", MISTAKES, ids=lambda thing: thing.name)
def test_a_mistake_is_refused_and_named(exercise, mistake):
    for seed in styles.seeds_of(EXERCISES.index(exercise)):
        check_name(exercise, mistake, seed)


def check_name(exercise, mistake, seed):
    """The mistake, and no other, is named; or what any layer can do wrong."""
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

    assert judge(exercise, unwritten, exercise.forward, names=False).points == 0


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_returning_an_argument_scores_nothing(exercise):
    def lazy(*arguments):
        return tuple(arguments[:1] * len(exercise.returns)) if len(exercise.returns) > 1 else arguments[0]

    assert judge(exercise, lazy, exercise.forward, names=False).points == 0


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_returning_zeros_of_the_right_shape_does_not_pay(exercise):
    def zeros(*arguments):
        return zeroed(exercise.reference(*arguments))

    assert judge(exercise, zeros, exercise.forward, names=False).points <= 0.25 * exercise.points


def zeroed(value):
    if isinstance(value, tuple | list):
        return type(value)(map(zeroed, value))
    if isinstance(value, np.ndarray):
        return np.zeros_like(value)
    return type(value)(0) if isinstance(value, int | float) else value
