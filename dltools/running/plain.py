"""Plain data: what a student's code returns, before anything compares it, prints it or calls it.

The check in a notebook and the grader's kernel use the same functions, so that both accept the same answers. An
object's own methods are never asked: a subclass may answer what it likes. np.matrix, long double, and subclasses of
arrays, numbers, lists, tuples and dictionaries become what they are underneath; everything else is refused by its name.
"""

import sys
from typing import Any

import numpy as np

MAX_DEPTH = 40
MAX_BYTES = 256 << 20
"""Of one array: np.broadcast_to(0, (10**6, 10**6)) costs nothing until it is copied."""
SCALARS = (bool, int, float, str, type(None))
PLAIN = frozenset(np.dtype(kind) for kind in "?bhilqBHILQefd")
"""What an array may hold as it is: real numbers in the machine's own byte order."""
WORDS = {
    "int": "integer",
    "float": "number",
    "dict": "dictionary",
    "str": "string",
    "complex": "complex number",
    "complex128": "complex number",
    "complex64": "complex number",
    "NoneType": "None",
}
UNDERNEATH = {float: float.__float__, int: int.__int__, str: str.__str__}
"""What takes the value out of a number or string, whatever methods its subclass has."""


class Refused(Exception):
    """The value is no plain data; the message says what it is, with an article."""


class Elsewhere:
    """Something that stays in another process: what it is there, and what `plain` made of it there, if it could."""

    type_name = "object"
    likeness: Any = None


def plain(value: Any, depth: int = 0) -> Any:
    """The value as a copy that is made of exact arrays, numbers, strings, lists, tuples and dictionaries.

    Raises:
        Refused: where it is, or holds, anything else: masked, complex, structured or object arrays, functions, ...
    """
    if depth > MAX_DEPTH:
        raise Refused(f"something nested more than {MAX_DEPTH} deep")
    if type(value) in SCALARS:
        return value
    if type(value) is np.ndarray and value.dtype in PLAIN and value.nbytes <= MAX_BYTES:
        return np.array(value)
    if isinstance_of(value, list | tuple):
        base = list if isinstance_of(value, list) else tuple
        return base(plain(item, depth + 1) for item in base.__iter__(value))
    if isinstance_of(value, dict):
        return {plain(key, depth + 1): plain(item, depth + 1) for key, item in dict.items(value)}
    if (number := likeness(value)) is None:
        raise Refused(kind(value))
    return number


def is_masked(value: Any) -> bool:
    """Whether it is a masked array; there is none before numpy.ma is imported, which takes longer than a check."""
    masked = sys.modules.get("numpy.ma")
    return masked is not None and isinstance_of(value, masked.MaskedArray)


def likeness(value: Any) -> Any:
    """The plain array, number or string that a value is underneath; None where it is none of these."""
    if is_masked(value):
        return None
    if isinstance_of(value, np.ndarray):
        return plain_array(np.ndarray.view(value, np.ndarray))
    if isinstance_of(value, np.generic):
        array = plain_array(np.generic.__array__(value))
        return None if array is None else bool(array) if array.dtype.kind == "b" else array[()]
    if isinstance_of(value, Elsewhere):
        like = value.likeness
        return None if like is None or isinstance_of(like, Elsewhere) else plain(like)
    return next((take(value) for base, take in UNDERNEATH.items() if isinstance_of(value, base)), None)


def plain_array(array: np.ndarray) -> np.ndarray | None:
    """A copy in the machine's own byte order, long double as float64; None where the entries are no real numbers."""
    if array.dtype.kind not in "biuf" or array.nbytes > MAX_BYTES:
        return None
    dtype = np.dtype(float) if array.dtype.itemsize > 8 else array.dtype.newbyteorder("=")
    return np.array(array, dtype=dtype)


def isinstance_of(value: Any, kinds: Any) -> bool:
    """isinstance by the real type: `__class__` can lie."""
    return issubclass(type(value), kinds)


def kind(value: Any) -> str:
    """What a value is, in words with their article: "a list", "an array of float64", "a masked array"."""
    name = kind_name(value)
    return "None" if name == "None" else f"{'an' if name[:1] in 'aeiouAEIO' else 'a'} {name}"


def kind_name(value: Any) -> str:
    """What a value is, in words without an article."""
    if isinstance_of(value, Elsewhere):
        return str(value.type_name)
    if is_masked(value):
        return "masked array"
    if isinstance_of(value, np.ndarray):
        return array_kind(np.ndarray.view(value, np.ndarray))
    name = str(type.__dict__["__name__"].__get__(type(value)))
    return WORDS.get(name, name)


def array_kind(array: np.ndarray) -> str:
    if array.nbytes > MAX_BYTES:
        return f"array of {array.size:,} entries"
    if array.dtype.names:
        return "structured array"
    return f"array of {'text' if array.dtype.kind in 'US' else array.dtype}"
