"""Mistakes that any layer shares, made for an exercise from its reference: `Exercise(..., common=(wants_one_truth,))`.

Another dtype and a changed argument are told by naming.py, for all exercises alike.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from dltools.checks.exercise import Exercise, Mistake

EPSILONS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16)
"""What is often added in a logarithm, or clipped at; to nine digits that is the same, but for the largest."""
CUTS_OFF = (
    "A small number inside the log, or clipping, cuts off your loss of a confidently wrong example: write the loss so "
    "that neither is needed."
)
ONE_TRUTH = (
    "if, and, or, max() and min() ask for one truth value, and an array has one for each entry: use np.where, "
    "np.maximum, np.minimum or a mask such as x > 0."
)
COUNTS_AXES = r"values to unpack|tuple index out of range|too many indices|object is not (iterable|subscriptable)"
"""What the exceptions say of those who take a shape apart, or whose loops are as many as the axes they think of."""
NEEDS_NO_EPSILON = (
    "Accepted: your numbers are off by less than one in ten million, as they are with a small number in a denominator. "
    "None is needed here: a sum of exponentials is never 0, and neither is one with 1."
)
RESHAPES_WEIGHT = (
    "reshape does not transpose: it keeps the numbers in their order and cuts them into rows of another length. Take "
    ".T to turn rows into columns."
)
JOINED_OTHERWISE = "You put x and h together in one order, and W and U in the other: W belongs to h, and U to x."
SEQUENCES_FOR_STEPS = "x[t] is sequence t of the batch, and not step t: time is the second axis, x[:, t]."
LEFT_OVER = r"^AssertionError|^(?!TypeError)\w+: .*(stride|divi|integer|whole|left|fit)"
"""What the exceptions say of those who refuse left-over pixels."""
IN_LOGARITHM = (
    "Accepted: a small number in your logarithm, against log(0), changes the loss by less than one in a million here. "
    "It cuts the loss off where the answer is confident and wrong; log of softmax, written out, needs none."
)


def median(x: np.ndarray) -> np.ndarray:
    """The median over the last axis; np.median imports numpy.ma, which takes longer than a whole check."""
    ordered, n = np.sort(x, axis=-1), x.shape[-1]
    middle: np.ndarray = (ordered[..., (n - 1) // 2] + ordered[..., n // 2]) / 2
    return middle


def forgets_grad_out(exercise: Exercise) -> Mistake:
    """The backward of an activation that returns its slope alone."""

    def forgets(grad_out: np.ndarray, cache: Any) -> Any:
        return exercise.reference(np.ones_like(grad_out), cache)

    says = "You return the derivative alone: multiply it by what comes back, grad_out."
    return Mistake("forgets_grad_out", says, forgets)


def wants_one_truth(exercise: Exercise) -> Mistake:
    """`if x > 0`, `max(x, 0)` and `x > 0 and ...` where x is an array."""

    def asks(array: np.ndarray, *others: Any) -> Any:
        return exercise.reference(array, *others) if array > 0 else array

    return Mistake("wants_one_truth", ONE_TRUTH, asks, raises="truth value")


def names_axes(count: int) -> Callable[[Exercise], Mistake]:
    """`N, D = x.shape`, where x may have more axes or fewer."""

    def make(exercise: Exercise) -> Mistake:
        def names(array: np.ndarray, *others: Any) -> Any:
            if len(array.shape) != count:
                raise ValueError(f"too many values to unpack (expected {count})")
            return exercise.reference(array, *others)

        says = (
            f"You take the shape apart into {count} names, as in N, D = x.shape: what comes in may have more axes or "
            "fewer. Work on the array as a whole, or keep its shape and reshape."
        )
        return Mistake(f"names_{count}_axes", says, names, raises="values to unpack")

    return make
