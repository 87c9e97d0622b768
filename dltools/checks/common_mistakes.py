"""Mistakes that any layer shares, made for an exercise from its reference: `Exercise(..., common=(changes("x"),))`."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from dltools.checks.exercise import Exercise, Mistake


def changes(argument: str, says: str = "") -> Callable[[Exercise], Mistake]:
    """The answer is right, but the argument of this name is an array that comes back changed."""
    says = says or f"You change {argument}: work on a copy, the caller may still need it."

    def make(exercise: Exercise) -> Mistake:
        at = list(inspect.signature(exercise.reference).parameters).index(argument)

        def changed(*arguments: Any) -> Any:
            kept = arguments[at].copy()
            answer = exercise.reference(*arguments[:at], kept, *arguments[at + 1 :])
            arguments[at][...] = 0
            return answer

        return Mistake(f"changes_{argument}", says, changed)

    return make


def forgets_grad_out(exercise: Exercise) -> Mistake:
    """The backward of an activation that returns its slope alone."""

    def forgets(grad_out: np.ndarray, cache: Any) -> Any:
        return exercise.reference(np.ones_like(grad_out), cache)

    says = "You return the derivative alone: multiply it by what comes back, grad_out."
    return Mistake("forgets_grad_out", says, forgets)
