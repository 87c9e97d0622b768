"""Comparing what was returned with what was expected, and saying where they first differ.

Both sides are plain data. The tolerance follows the dtype that is expected, never the student's: what is right to
nine digits is right, beside the largest number of its array; so much room leaves any formula and order of summation.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dltools.running.plain import kind as a

RELATIVE = {8: 1e-9, 4: 1e-5}
"""How far an answer may be away, relatively, by the bytes of the expected dtype: float64, float32."""
STEPS = 1000
"""By how many rounding errors the inputs are moved, to see how far the results move."""


@dataclass(frozen=True)
class Tolerance:
    """How far what comes back may be from what is expected."""

    spread: Callable[[], dict[str, float]] = dict
    """Measures how far each result moves when the inputs are moved: the conditioning of the case. Asked only where a
    result is farther away than its own digits allow, since that is most of the work of a trial."""
    bound: float | None = None
    """Absolute; it takes the place of the spread and of the array's scale."""
    single: bool = False
    """What came back is float32 where float64 is expected: the criterion on dtype pays, the values count as float32."""
    epsilon: float = 0.0
    """Relative room for a small number that is added against a division by zero."""

    def by_steps(self, expected: np.ndarray, path: str) -> Iterator[Any]:
        """The absolute distance that is allowed, for each entry: none beside whole numbers without a bound; what the
        digits of the expected dtype allow; then, if it is asked for, what the conditioning adds."""
        if expected.dtype.kind != "f":
            if self.bound:
                yield self.bound
            return
        relative = RELATIVE[4 if self.single else expected.dtype.itemsize] + self.epsilon
        if self.bound is not None:
            yield self.bound + relative * (scale(expected) if self.single else np.abs(expected))
            return
        room = relative * scale(expected)
        yield room
        widened = np.finfo(np.float32).eps / np.finfo(float).eps if self.single and expected.itemsize == 8 else 1
        yield room + widened * self.spread().get(path, 0.0)


EXACT = Tolerance(bound=0.0)


@dataclass(frozen=True)
class Difference:
    """Where two values first differ."""

    words: str | Callable[[], str]
    """The sentence, or what makes it: most differences are never told."""
    path: str = ""
    index: tuple[int, ...] = ()
    expected: np.ndarray | None = None
    got: np.ndarray | None = None
    """Both arrays, where they have one shape and differ in an entry."""
    both: tuple[Any, Any] | None = None
    """What was expected and what came back, whatever its shape, where numbers are asked for."""

    @property
    def sentence(self) -> str:
        return self.words if isinstance(self.words, str) else self.words()


def scale(array: np.ndarray) -> float:
    """The largest finite number of an array, without its sign."""
    sizes = np.abs(array)
    largest = float(sizes.max(initial=0.0))
    return largest if math.isfinite(largest) else float(sizes[np.isfinite(sizes)].max(initial=0.0))


def nudge(value: Any) -> Any:
    """The same value, each number changed by up to STEPS rounding errors; equal numbers stay equal, zeros stay zero."""
    if isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating):
        step = STEPS * np.finfo(value.dtype).eps
        return (value * (1 + step * np.sin(1e3 * value))).astype(value.dtype)
    if isinstance(value, dict):
        return {key: nudge(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(nudge(item) for item in value)
    return value


def leaves(value: Any, path: str) -> dict[str, Any]:
    """Every number and array inside lists, tuples and dictionaries, by its path."""
    if isinstance(value, dict):
        return {p: v for key, item in value.items() for p, v in leaves(item, f"{path}[{key!r}]").items()}
    if isinstance(value, list | tuple):
        return {p: v for i, item in enumerate(value) for p, v in leaves(item, f"{path}[{i}]").items()}
    return {path: value}


def all_leaves(values: dict[str, Any]) -> dict[str, Any]:
    return {path: leaf for name, value in values.items() for path, leaf in leaves(value, name).items()}


def is_real(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.number | float | int) and np.asarray(value).dtype.kind in "fiu"


def spreads(expected: dict[str, Any], shifted: dict[str, Any]) -> dict[str, float]:
    """How far each result moves when the inputs are changed in their last digits: the conditioning of the case."""
    after = all_leaves(shifted)
    return {path: spread(value, after.get(path)) for path, value in all_leaves(expected).items() if is_real(value)}


def spread(before: Any, after: Any) -> float:
    if np.shape(before) != np.shape(after) or not np.size(before):
        return 0.0
    with np.errstate(all="ignore"):
        moved = np.abs(np.asarray(after, dtype=float) - before)
    return float(np.nanmax(np.where(np.isfinite(moved), moved, 0.0)))


def difference(expected: Any, got: Any, path: str, tolerance: Tolerance) -> Difference | None:
    """None where the values agree; otherwise what differs first, expected and got."""
    if isinstance(expected, dict | list | tuple):
        return container_difference(expected, got, path, tolerance)
    if isinstance(expected, np.ndarray) or (is_real(expected) and not isinstance(expected, bool)):
        if problem := kind_problem(expected, got, path):
            return Difference(problem, path, both=(expected, got))
        return array_difference(np.asarray(expected), np.asarray(got), path, tolerance)
    if isinstance(got, np.ndarray) and got.shape == ():
        got = got.item()
    same = (type(got) is type(expected) and got == expected) or (path.endswith(".dtype") and "any" in (expected, got))
    return None if same else Difference(f"{path}: expected {expected!r}, got {short_text(got)}.", path)


def container_difference(expected: Any, got: Any, path: str, tolerance: Tolerance) -> Difference | None:
    wanted = dict if isinstance(expected, dict) else (list, tuple)
    if not isinstance(got, wanted):
        return Difference(f"{path} is {a(got)}; it must be {a(expected)}.", path)
    if path.endswith(".shape") and tuple(got) != tuple(expected):
        return Difference(f"{path}: expected {expected}, got {tuple(got)}.", path)
    keys = list(expected) if isinstance(expected, dict) else range(len(expected))
    if len(got) != len(expected) or (isinstance(expected, dict) and set(got) != set(expected)):
        count = short_text(list(got) if isinstance(got, dict) else len(got))
        return Difference(f"{path} has {count} entries; expected {len(expected)}.", path)
    found = (difference(expected[key], got[key], f"{path}[{key!r}]", tolerance) for key in keys)
    return next((difference for difference in found if difference), None)


def kind_problem(expected: Any, got: Any, path: str) -> str | None:
    """Numbers of the wrong kind: a list for an array, a fraction for an integer, three digits, a wrong shape."""
    both = type(got) is type(expected) is np.ndarray
    if both and is_real(got) and got.dtype == expected.dtype and got.shape == expected.shape:
        return None
    if isinstance(expected, np.ndarray) and expected.ndim and not isinstance(got, np.ndarray):
        return f"{path} is {a(got)}; it must be a NumPy array of shape {expected.shape}."
    if isinstance(got, bool) or not is_real(got):
        return f"{path} is {a(got)}; it must be {wanted(expected)}."
    if np.shape(got) != np.shape(expected):
        return f"{path} has shape {np.shape(got)}; it must be {np.shape(expected) or 'a single number'}."
    if np.asarray(got).dtype == np.float16 != np.asarray(expected).dtype:
        return f"{path} is of float16, which keeps three digits; it must be {wanted(expected)}."
    if isinstance(expected, int) and np.asarray(got).dtype.kind not in "iu":
        return f"{path} is {got}, {a(got)}; it must be an integer."
    return None


def wanted(expected: Any) -> str:
    """The kind of an expected value, in words."""
    if isinstance(expected, np.ndarray) and expected.ndim:
        return a(expected)
    return "an integer" if isinstance(expected, int | np.integer) else "a number"


def array_difference(expected: np.ndarray, got: np.ndarray, path: str, tolerance: Tolerance) -> Difference | None:
    """The first entry where two arrays of one shape differ by more than the tolerance."""
    close = got == expected
    if close.all():
        return None
    with np.errstate(all="ignore"):
        close |= (got != got) & (expected != expected)  # nan alone differs from itself
        distance = np.abs(np.subtract(got, expected, dtype=float))  # infinite or nan where one of them is
        for allowed in tolerance.by_steps(expected, path):
            close |= distance <= allowed
            if close.all():
                return None
    index = tuple(map(int, np.unravel_index(np.argmin(close), close.shape)))

    def words() -> str:
        where = f"{path}[{', '.join(map(str, index))}]" if index else path
        differ = close.size - np.count_nonzero(close)
        count = f" ({differ} of {close.size} entries differ; this is the first)" if close.size > 1 else ""
        wanted, found = numbers(expected[index], got[index])
        return f"{where}: expected {wanted}, got {found}{count}."

    return Difference(words, path, index, expected, got, (expected, got))


def numbers(one: Any, other: Any) -> tuple[str, str]:
    """Two numbers with six digits, or as many as show that they differ; -0 is 0."""
    for digits in range(6, 18):
        pair = f"{one + 0:.{digits}g}", f"{other + 0:.{digits}g}"
        if pair[0] != pair[1]:
            break
    return pair


def short_text(value: Any) -> str:
    """A value in one line; arrays with four digits, those in a list by their shape."""
    if isinstance(value, np.ndarray):
        value = value + 0 if value.dtype.kind == "f" else value  # -0 is 0
        return " ".join(np.array2string(value, precision=4, separator=", ", threshold=12).split())
    if isinstance(value, list | tuple) and any(isinstance(part, np.ndarray) for part in value):
        return listed([np.shape(part) for part in value])
    if isinstance(value, np.random.Generator):
        return "a Generator"
    if isinstance(value, float):
        return f"{value + 0:.6g}"
    if isinstance(value, np.generic):
        return short_text(value.item())
    text = getattr(value, "__name__", None) or repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def listed(shapes: list[tuple[int, ...]]) -> str:
    """A list of arrays in words, by their shapes."""
    if len(set(shapes)) == 1 and len(shapes) > 1:
        return f"{len(shapes)} arrays of shape {shapes[0]}"
    return "[" + ", ".join(f"an array of shape {shape}" for shape in shapes) + "]"


def side_by_side(expected: np.ndarray, got: np.ndarray) -> str:
    """Both arrays of up to 4 x 4 as text, one beside the other; empty where they are larger or a single number."""
    expected, got = np.squeeze(expected), np.squeeze(got)
    if not 1 <= expected.ndim <= 2 or max(expected.shape) > 4:
        return ""
    left, right = (["expected", *drawn(expected)], ["yours", *drawn(got)])
    width = max(map(len, left)) + 4
    return "\n".join((one.ljust(width) + other).rstrip() for one, other in zip(left, right))


def drawn(array: np.ndarray) -> list[str]:
    array = np.atleast_2d(array + 0 if array.dtype.kind == "f" else array)
    return np.array2string(array, precision=4, suppress_small=True).splitlines()


def first_difference(expected: dict[str, Any], got: dict[str, Any], tolerance: Tolerance = EXACT) -> Difference | None:
    """The first difference among named values."""
    found = (difference(value, got.get(name), name, tolerance) for name, value in expected.items())
    return next((difference for difference in found if difference), None)
