"""What the tests of all units ask of an honest answer in another style than the reference's."""

from collections.abc import Callable
from typing import Any

from dltools.checks import exercises
from dltools.checks.engine import judge


def accepted(name: str, function: Callable[..., Any], forward: Callable[..., Any] | None = None, seed: int = 0) -> None:
    """The function gets full marks in the exercise of this name; a backward with the forward that belongs to it."""
    verdict = judge(exercises()[name], function, forward, seed)
    assert verdict.passed, verdict


def pair_accepted(layer: str, forward: Callable[..., Any], backward: Callable[..., Any], seed: int = 0) -> None:
    """Both functions of a layer get full marks."""
    accepted(f"{layer}_forward", forward, seed=seed)
    accepted(f"{layer}_backward", backward, forward, seed)
