"""What every layer asks of its arguments: one clear sentence when a shape or a number is wrong."""

from collections.abc import Sequence
from typing import Any

import numpy as np

Pair = int | tuple[int, int]
Cache = tuple[Any, ...]
"""What a forward keeps for its backward, and only that backward reads."""


def shape_of(name: str, array: np.ndarray, *expected: int | str) -> tuple[int, ...]:
    """Return the shape of `array` after comparing it with `expected`.

    A number in `expected` must be met exactly; a word, such as "N", names an axis of any size.
    Raises ValueError if `array` is no NumPy array or its shape is another.
    """
    found = array.shape if isinstance(array, np.ndarray) else None
    if found is None or len(found) != len(expected):
        raise wrong_shape(name, array, expected)
    for size, wanted in zip(found, expected):
        if size != wanted and not isinstance(wanted, str):
            raise wrong_shape(name, array, expected)
    return found


def wrong_shape(name: str, array: object, expected: tuple[int | str, ...]) -> ValueError:
    """Return the error that says what `array` is and what it must be."""
    wanted = f"a NumPy array of the shape ({', '.join(map(str, expected))}{',' * (len(expected) == 1)})"
    if isinstance(array, np.ndarray):
        return ValueError(f"{name} has the shape {array.shape}, but must be {wanted}.")
    return ValueError(f"{name} is of the type {type(array).__name__}, but must be {wanted}.")


def pair_of(name: str, value: Pair, minimum: int) -> tuple[int, int]:
    """Return `value`, a whole number or two of them, as (vertical, horizontal); ValueError if it is none."""
    both = tuple(value) if isinstance(value, Sequence) else (value, value)
    if len(both) == 2 and all(isinstance(number, (int, np.integer)) and number >= minimum for number in both):
        return int(both[0]), int(both[1])
    raise ValueError(f"{name} is {value!r}, but must be a whole number of at least {minimum}, or a pair of them.")


def require(holds: bool, name: str, value: object, must_be: str) -> None:
    """Raise ValueError "`name` is `value`, but must be `must_be`." unless it holds."""
    if not holds:
        raise ValueError(f"{name} is {value}, but must be {must_be}.")


def whole_number(name: str, value: int, minimum: int) -> int:
    """Return `value`; ValueError unless it is a whole number of at least `minimum`."""
    if isinstance(value, (int, np.integer)) and value >= minimum:
        return int(value)
    raise ValueError(f"{name} is {value!r}, but must be a whole number of at least {minimum}.")


def require_entries(holds: np.ndarray, name: str, array: np.ndarray, must_be: str) -> None:
    """Raise ValueError "`name` contains ..., but each entry must be `must_be`." unless it holds everywhere."""
    if not np.all(holds):
        raise ValueError(f"{name} contains {array[~holds][0]}, but each entry must be {must_be}.")


def require_labels(name: str, labels: np.ndarray, count: int) -> None:
    """Raise ValueError unless every label is a whole number from 0 to count - 1."""
    require(labels.dtype.kind in "iu", f"the type of {name}", labels.dtype, "that of whole numbers, such as int64")
    require_entries((labels >= 0) & (labels < count), name, labels, f"from 0 to {count - 1}")
