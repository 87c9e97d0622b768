"""The same answer gets the same points by every seed: right ones, near misses, other dtypes, recorded mistakes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from styles import one_score

from dltools.checks import Exercise, exercises
from dltools.checks.trials import trials

LEFT_OUT = {
    "train_two_layer": "the digits: 95 % of the held-out ones",
    "predict": "one image alone",
}
"""Criteria that take seconds for each seed: a net trained on 1,300 digits, a hundred calls. They are tried with three
seeds in test_mistakes.py; the first is 2 % from its threshold, the second compares labels, which no seed changes."""


def cheaper(exercise: Exercise) -> Exercise:
    """The exercise without the criterion that takes long."""
    kept = tuple(c for c in exercise.criteria if c.name != LEFT_OUT.get(exercise.name))
    return replace(exercise, criteria=kept)


EXERCISES = [cheaper(exercise) for exercise in exercises().values()]
MISTAKES = [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes]
BY_CHANCE = {"dropout_forward", "dropout_backward"}
"""Their answers are drawn: a factor on them is no near miss."""
SEEN_ELSEWHERE = {("predict", "uses_batch_statistics"), ("predict", "squeezes_batch")}
"""Mistakes that only a criterion of LEFT_OUT sees."""


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """A result with each of its float arrays and numbers changed."""
    if isinstance(value, list | tuple):
        return type(value)(changed(part, change) for part in value)
    if isinstance(value, float | np.floating) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return change(value)
    return value


def results_changed(exercise: Exercise, change: Callable[[Any], Any]) -> Callable[..., Any]:
    """The reference, with its results changed and its cache left alone."""

    def function(*arguments: Any) -> Any:
        returned = exercise.reference(*arguments)
        if exercise.returns[-1] == "cache":
            return *changed(tuple(returned[:-1]), change), returned[-1]
        return changed(returned, change)

    return function


def in_single(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function in float32, whatever comes in."""

    def single(*arguments: Any) -> Any:
        return changed(function(*(changed(argument, np.float32) for argument in arguments)), np.float32)

    return single


def on_dtype(exercise: Exercise) -> set[str]:
    """The exercise's criteria on the dtype of results."""
    names = {c.name: list(trials(exercise, c, 0)[0].expected) for c in exercise.criteria}
    return {name for name, seen in names.items() if any(key.endswith(".dtype") for key in seen)}


named = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


@named
def test_the_reference(exercise):
    assert one_score(exercise, exercise.reference, exercise.forward) == []


@named
@pytest.mark.parametrize("error", [1e-12, -1e-10])
def test_what_is_right_to_ten_digits_is_right(exercise, error):
    function = results_changed(exercise, lambda value: value * (1 + error))
    assert one_score(exercise, function, exercise.forward) == []


@named
def test_an_answer_in_float32_loses_the_criterion_on_dtype_alone(exercise):
    forward = exercise.forward and in_single(exercise.forward)
    beyond = {"gradients of 1e200"}  # there is no such number in float32
    assert set(one_score(exercise, in_single(exercise.reference), forward)) <= on_dtype(exercise) | beyond


@named
def test_long_double_is_no_fault(exercise):
    function = results_changed(exercise, lambda value: np.asarray(value, np.longdouble))
    assert set(one_score(exercise, function, exercise.forward)) <= on_dtype(exercise)


@named
def test_a_near_miss_is_a_miss(exercise):
    function = results_changed(exercise, lambda value: value * 1.001)
    assert (exercise.name in BY_CHANCE or not has_fractions(exercise)) or one_score(
        exercise, function, exercise.forward
    )


def has_fractions(exercise: Exercise) -> bool:
    """Whether the results are no whole numbers, labels or shapes."""
    expected = [trials(exercise, c, 0)[0].expected for c in exercise.criteria]
    leaves = [leaf for seen in expected for name, leaf in seen.items() if not name.endswith(" after the call")]
    return any(isinstance(leaf, float | np.floating) or getattr(leaf, "dtype", None) == np.float64 for leaf in leaves)


@pytest.mark.parametrize("exercise, mistake", MISTAKES, ids=lambda thing: thing.name)
def test_a_recorded_mistake(exercise, mistake):
    lost = one_score(exercise, mistake.function, mistake.forward or exercise.forward)
    assert lost or (exercise.name, mistake.name) in SEEN_ELSEWHERE
