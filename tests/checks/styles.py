"""What the tests of all units ask of an answer, honest or not."""

from collections.abc import Callable, Iterable
from typing import Any

from dltools.checks import Exercise, exercises
from dltools.checks.engine import judge

SEEDS: Iterable[int] = range(3)
"""With which an answer is judged; 50 with --long (conftest.py)."""
MANY: Iterable[int] = range(1)
"""With which the distance from a tolerance is measured; 200 with --long."""
SLOW = {"train_two_layer", "predict"}
"""Exercises that train nets: they are judged with one seed where others are judged with SEEDS."""


def seeds_of(number: int) -> list[int]:
    """The seeds with which an exercise's names are looked for: one of SEEDS; eight with --long."""
    seeds = list(SEEDS)
    return [seeds[number % len(seeds)]] if len(seeds) < 8 else seeds[:8]


def accepted(name: str, function: Callable[..., Any], forward: Callable[..., Any] | None = None, seed: int = 0) -> None:
    """The function gets full marks in the exercise of this name; a backward with the forward that belongs to it."""
    for other in [0] if name in SLOW else SEEDS:
        verdict = judge(exercises()[name], function, forward, seed + other)
        assert verdict.passed and not any(finding.note for finding in verdict.findings), (seed + other, verdict)


def pair_accepted(layer: str, forward: Callable[..., Any], backward: Callable[..., Any], seed: int = 0) -> None:
    """Both functions of a layer get full marks."""
    accepted(f"{layer}_forward", forward, seed=seed)
    accepted(f"{layer}_backward", backward, forward, seed)


def lost(exercise: Exercise, function: Callable[..., Any], forward: Callable[..., Any] | None, seed: int) -> list[str]:
    """The criteria that the function does not pass."""
    verdict = judge(exercise, function, forward, seed, names=False)
    return [finding.criterion for finding in verdict.findings if finding.problem]


def one_score(exercise: Exercise, function: Callable[..., Any], forward: Callable[..., Any] | None = None) -> list[str]:
    """The criteria that the function does not pass; they are the same for all seeds."""
    found = {seed: lost(exercise, function, forward, seed) for seed in SEEDS}
    first = next(iter(found.values()))
    assert all(other == first for other in found.values()), found
    return first
