"""A gap lies round every tolerance: what is right is at least 100 times inside, what is wrong 100 times outside."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import styles
from test_seeds import BY_CHANCE, EXERCISES

from dltools.checks import Exercise
from dltools.checks.comparing import all_leaves, is_real
from dltools.checks.exercise import IN_SINGLE, StudentError
from dltools.checks.trials import Trial, look, trials

GAP = 100
SINGLE_GAP = 10
"""In float32, which has seven digits: two for a sum that cancels, and the rest for its formula."""
EPSILONS = r"(adds|clips_at|takes_log_plus)_[\de.-]+"
EXCEPTIONS: dict[str, dict[str, str]] = {
    "a small number in a logarithm is as small as it is; it is refused where the answer is confident and wrong": {
        "binary_cross_entropy": EPSILONS,
        "cross_entropy": EPSILONS,
        "language_model_loss": EPSILONS,
    },
    "the share of deleted entries is chance; a tolerance is six of its standard deviations": {"dropout_forward": ".*"},
    "what is cut at 20 is wrong by 2e-9 near 1; far below zero it is wrong by far": {"sigmoid_forward": "clips_x"},
    "the two forms of GELU differ by 5e-4 at most": {"gelu_forward": "approximates_by_tanh|always_tanh"},
    "a small number under a root shows where the norm is small": {"gradient_norm_by_distance": "adds_under_root"},
    "steps of 6e-6 move the derivative by as much": {"numerical_gradient": "leaves_entries_moved"},
}
"""Why a mistake is nearer to the tolerance: for each exercise, a pattern of the mistakes' names."""

NEARER = {"numerical_gradient": 20}
"""Where what is right is only so many times inside: small steps divide rounding errors by 6e-6."""


def excepted(exercise: Exercise, mistake: str) -> bool:
    return any(re.fullmatch(of.get(exercise.name, "(?!)"), mistake) for of in EXCEPTIONS.values())


def ratio(trial: Trial, seen: Any) -> float:
    """The largest distance from what is expected, in tolerances; inf where no number says how far."""
    if isinstance(seen, StudentError):
        return np.inf
    tolerance, got = trial.within(seen), all_leaves(seen.values)
    return max(
        (in_tolerances(e, got.get(p), tolerance.by_steps, p) for p, e in all_leaves(trial.expected).items()), default=0
    )


def in_tolerances(expected: Any, got: Any, by_steps: Callable[..., Any], path: str) -> float:
    if not is_real(expected) or not is_real(got) or np.shape(expected) != np.shape(got):
        same = type(expected) is type(got) and np.array_equal(expected, got)
        return 0.0 if same or "any" in (str(expected), str(got)) else np.inf
    expected, got = np.asarray(expected), np.asarray(got)
    *_, allowed = 0.0, *by_steps(expected, path)
    with np.errstate(all="ignore"):
        distance = np.abs(np.subtract(got, expected, dtype=float)) / allowed
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    return float(np.where(same, 0, np.nan_to_num(distance, nan=np.inf)).max(initial=0))


def moved(value: Any) -> Any:
    """The same value, each fraction changed by a rounding error."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        step = np.finfo(value.dtype).eps * np.sign(np.sin(1e3 * value))
        return np.where(value == np.round(value), value, value * (1 + step)).astype(value.dtype)
    if isinstance(value, list | tuple):
        return type(value)(map(moved, value))
    return value


def rounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as another formula or order of summation would compute it."""
    return lambda *arguments: moved(function(*map(moved, arguments)))


def nearest(exercise: Exercise, function: Callable[..., Any], forward: Any) -> dict[str, list[float]]:
    """Over all seeds, by criterion: how far the function is from what is expected, in tolerances."""
    plans = {c.name: [trials(exercise, c, seed) for seed in styles.MANY] for c in exercise.criteria}
    return {
        name: [max(ratio(trial, look(exercise, function, forward, trial)) for trial in plan) for plan in by_seed]
        for name, by_seed in plans.items()
    }


def in_single(exercise: Exercise) -> set[str]:
    """The criteria on values in float32, which decide only where all others are passed: no mistake is near there."""
    return {
        c.name for c in exercise.criteria if any(IN_SINGLE in n for t in trials(exercise, c, 0) for n in t.expected)
    }


by_name = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


@by_name
def test_what_is_right_is_far_inside(exercise: Exercise) -> None:
    if exercise.name in BY_CHANCE or exercise.name == "predict":  # which knows no images but those that were drawn
        return
    found = nearest(exercise, rounded(exercise.reference), exercise.forward)
    gap, single = NEARER.get(exercise.name, GAP), in_single(exercise)
    near = {name: max(far) for name, far in found.items() if max(far) > 1 / (SINGLE_GAP if name in single else gap)}
    assert near == {}


@by_name
def test_what_is_wrong_is_far_outside(exercise: Exercise) -> None:
    if exercise.name == "predict":  # labels are right or wrong, at no distance
        return
    near = {
        (mistake.name, criterion): sorted(far)
        for mistake in exercise.mistakes
        if not excepted(exercise, mistake.name)
        for criterion, far in nearest(exercise, mistake.function, mistake.forward or exercise.forward).items()
        if criterion not in in_single(exercise) and any(1 / GAP < one < GAP for one in far)
    }
    assert near == {}
