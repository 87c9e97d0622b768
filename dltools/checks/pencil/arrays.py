"""What pencil cases are written with: lists of numbers become arrays of float64, unless they are said to be whole."""

from typing import Any

import numpy as np

from dltools.checks.exercise import Case


def case(**arguments: Any) -> Case:
    """A case: each list of numbers is an array of float64; anything else stays as it is."""
    return {name: np.array(v, float) if is_table(v) else v for name, v in arguments.items()}


def is_table(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(one, np.ndarray) for one in value)


def several(*arrays: list[Any]) -> list[np.ndarray]:
    """A list of arrays of float64, such as all parameters of a net."""
    return [np.array(one, float) for one in arrays]


def whole(numbers: list[Any]) -> np.ndarray:
    """An array of whole numbers, such as labels."""
    return np.array(numbers, dtype=np.int64)


def image(*maps: list[list[float]]) -> np.ndarray:
    """One image (1, C, H, W) from its C maps; also one filter."""
    return np.array([maps], dtype=float)


def filters(*each: list[list[float]]) -> np.ndarray:
    """Filters (K, 1, FH, FW) of depth one, or a batch of gray images (N, 1, H, W)."""
    return np.array([[one] for one in each], dtype=float)


def center(*weights: float) -> np.ndarray:
    """Filters (K, 1, 3, 3) that have one weight each, in the middle."""
    filled = np.zeros((len(weights), 1, 3, 3))
    filled[:, 0, 1, 1] = weights
    return filled
