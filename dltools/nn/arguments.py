"""What every layer asks of its arguments: one clear sentence when a shape or a number is wrong."""

from collections.abc import Sequence
from numbers import Integral

import numpy as np

Pair = int | tuple[int, int]


def shape_of(name: str, array: np.ndarray, *expected: int | str) -> tuple[int, ...]:
    """Return the shape of `array` after comparing it with `expected`.

    A number in `expected` must be met exactly; a word, such as "N", names an axis of any size.
    Raises ValueError if `array` is no NumPy array or its shape is another.
    """
    wanted = "(" + ", ".join(map(str, expected)) + ("," if len(expected) == 1 else "") + ")"
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{name} is of type {type(array).__name__}, but must be a NumPy array of shape {wanted}.")
    same = [isinstance(size, str) or size == found for size, found in zip(expected, array.shape)]
    if len(expected) != array.ndim or not all(same):
        raise ValueError(f"{name} has the shape {array.shape}, but must have the shape {wanted}.")
    return array.shape


def pair_of(name: str, value: Pair, minimum: int) -> tuple[int, int]:
    """Return `value`, a whole number or two of them, as (vertical, horizontal); ValueError if one is below `minimum`."""
    both = tuple(value) if isinstance(value, Sequence) else (value, value)
    if len(both) != 2 or not all(isinstance(number, Integral) and number >= minimum for number in both):
        raise ValueError(f"{name} is {value!r}, but must be a whole number of at least {minimum}, or a pair of them.")
    return int(both[0]), int(both[1])
