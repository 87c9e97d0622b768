"""Sums in numbers, as text: "1·3 + 0·(-1) + 2". They can be read as Python, with * for · and ** for ^."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

MANY = 4
"""Where a sum has more terms than this, those that are zero are left out."""


def number(value: Any) -> str:
    """A number as a factor or a term: a negative one stands in parentheses."""
    text = f"{float(value) + 0:.6g}"  # -0 is 0
    return f"({text})" if text.startswith("-") else text


def dot(*factors: Any) -> str:
    """The scalar product of arrays of one shape, term by term: "1·3 + 0·(-1)"."""
    arrays = [np.ravel(array) for array in np.broadcast_arrays(*factors)]
    rows = list(zip(*arrays))
    if len(rows) > MANY:
        rows = [row for row in rows if all(row)] or rows[:1]
    return " + ".join("·".join(map(number, row)) for row in rows)


def add(*terms: Any) -> str:
    """The sum of numbers, of texts as they are, and of arrays entry by entry: "1·3 + 0·(-1) + 2"."""
    return " + ".join(text for term in terms for text in texts(term))


def texts(term: Any) -> list[str]:
    if isinstance(term, str):
        return [term] if term else []
    array = np.ravel(term)
    if len(array) > MANY:
        array = array[array != 0] if array.any() else array[:1]
    return [number(value) for value in array]


def short(value: Any) -> str:
    """A number that was computed on the way, with four digits, as a factor or a term."""
    return number(f"{float(value):.4g}")


def mean(terms: Iterable[Any]) -> str:
    """The mean of numbers or texts: "(1 + 2) / 2"."""
    listed = list(terms)
    return f"{parentheses(add(*listed))} / {len(listed)}" if len(listed) > 1 else add(*listed)


def parentheses(text: str) -> str:
    """The text, in parentheses where it has more than one term."""
    return f"({text})" if " " in text else text


def of(function: str) -> Callable[[Any], str]:
    """The function of a number or of a text, as text: of("tanh")("1 + 2") is "tanh(1 + 2)"."""
    return lambda inside: f"{function}({inside if isinstance(inside, str) else number(inside).strip('()')})"


s, tanh, exp, log, sqrt = map(of, ("s", "tanh", "exp", "log", "sqrt"))
"""s is the logistic sigmoid."""
