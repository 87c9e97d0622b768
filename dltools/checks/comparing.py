"""Comparing what was returned with what was expected, and saying where they first differ."""

from typing import Any

import numpy as np

STEPS = 1000
"""How many rounding errors an answer may be away: room for any order of summation."""


def nudged(value: Any) -> Any:
    """The same value, each number changed by up to STEPS rounding errors; equal numbers stay equal, zeros stay zero."""
    if isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating):
        step = STEPS * np.finfo(value.dtype).eps
        return (value * (1 + step * np.sin(1e3 * value))).astype(value.dtype)
    if isinstance(value, dict):
        return {key: nudged(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(nudged(item) for item in value)
    return value


def leaves(value: Any, path: str) -> dict[str, Any]:
    """Every number and array inside lists, tuples and dictionaries, by its path."""
    if isinstance(value, dict):
        return {p: v for key, item in value.items() for p, v in leaves(item, f"{path}[{key!r}]").items()}
    if isinstance(value, list | tuple):
        return {p: v for i, item in enumerate(value) for p, v in leaves(item, f"{path}[{i}]").items()}
    return {path: value}


def is_real(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.number | float | int) and np.asarray(value).dtype.kind in "fiu"


def tolerances(expected: dict[str, Any], shifted: dict[str, Any]) -> dict[str, float]:
    """How far each result moves when the inputs are changed in their last digits: the conditioning of the case."""
    before = {p: v for name, value in expected.items() for p, v in leaves(value, name).items() if is_real(v)}
    after = {p: v for name, value in shifted.items() for p, v in leaves(value, name).items()}
    return {path: spread(value, after.get(path)) for path, value in before.items()}


def spread(before: Any, after: Any) -> float:
    if np.shape(before) != np.shape(after) or not np.size(before):
        return 0.0
    with np.errstate(all="ignore"):
        moved = np.abs(np.asarray(after, dtype=float) - before)
    return float(np.nanmax(np.where(np.isfinite(moved), moved, 0.0)))


def difference(expected: Any, got: Any, path: str, tolerance: dict[str, float] | float) -> str | None:
    """None where the values agree; otherwise one sentence: what differs first, expected and got."""
    if isinstance(expected, dict | list | tuple):
        return container_difference(expected, got, path, tolerance)
    atol = tolerance.get(path, 0.0) if isinstance(tolerance, dict) else tolerance
    if isinstance(expected, np.ndarray):
        return kind_problem(expected, got, path) or array_difference(expected, got, path, atol)
    if is_real(expected) and not isinstance(expected, bool):
        return kind_problem(expected, got, path) or array_difference(np.asarray(expected), np.asarray(got), path, atol)
    same = type(got) is type(expected) and got == expected
    return None if same else f"{path}: expected {expected!r}, got {short(got)}."


def container_difference(expected: Any, got: Any, path: str, tolerance: dict[str, float] | float) -> str | None:
    wanted = dict if isinstance(expected, dict) else (list, tuple)
    if not isinstance(got, wanted):
        return f"{path} is {a(got)}; it must be {a(expected)}."
    if path.endswith(".shape") and tuple(got) != tuple(expected):
        return f"{path}: expected {expected}, got {tuple(got)}."
    keys = list(expected) if isinstance(expected, dict) else range(len(expected))
    if len(got) != len(expected) or (isinstance(expected, dict) and set(got) != set(expected)):
        return (
            f"{path} has {short(list(got) if isinstance(got, dict) else len(got))} entries; expected {len(expected)}."
        )
    found = (difference(expected[key], got[key], f"{path}[{key!r}]", tolerance) for key in keys)
    return next((sentence for sentence in found if sentence), None)


def kind_problem(expected: Any, got: Any, path: str) -> str | None:
    """Numbers of the wrong kind: a list for an array, objects for numbers, a fraction for an integer, a wrong shape."""
    if isinstance(expected, np.ndarray) and expected.ndim and not isinstance(got, np.ndarray):
        return f"{path} is {a(got)}; it must be a NumPy array of shape {expected.shape}."
    if isinstance(got, bool) or not is_real(got):
        return f"{path} is {a(got)}; it must be {a(expected)}."
    if np.shape(got) != np.shape(expected):
        return f"{path} has shape {np.shape(got)}; it must be {np.shape(expected) or 'a single number'}."
    if isinstance(expected, int) and not isinstance(got, int | np.integer):
        return f"{path} is {got!r}, {a(got)}; it must be an integer."
    return None


def array_difference(expected: np.ndarray, got: np.ndarray, path: str, atol: float) -> str | None:
    """The first entry where two arrays of one shape differ by more than the tolerance."""
    eps = max((np.finfo(v.dtype).eps for v in (expected, got) if v.dtype.kind == "f"), default=0.0)
    with np.errstate(all="ignore"):
        close = np.isfinite(expected) & (np.abs(got - expected) <= atol + STEPS * eps * np.abs(expected))
    close |= (got == expected) | (np.isnan(got) & np.isnan(expected))
    if close.all():
        return None
    index = tuple(int(i) for i in np.argwhere(~close)[0])
    where = f"{path}[{', '.join(map(str, index))}]" if index else path
    count = f" ({int((~close).sum())} of {close.size} entries differ; this is the first)" if close.size > 1 else ""
    wanted, found = numbers(expected[index], got[index])
    return f"{where}: expected {wanted}, got {found}{count}."


def numbers(one: Any, other: Any) -> tuple[str, str]:
    """Two numbers with six digits, or as many as show that they differ."""
    pairs = [(f"{one:.{digits}g}", f"{other:.{digits}g}") for digits in range(6, 18)]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[-1])


def short(value: Any) -> str:
    """A value in one line; arrays with four digits, those in a list by their shape."""
    if isinstance(value, np.ndarray):
        return " ".join(np.array2string(value, precision=4, separator=", ", threshold=12).split())
    if isinstance(value, list | tuple) and any(isinstance(part, np.ndarray) for part in value):
        return listed([np.shape(part) for part in value])
    if isinstance(value, np.random.Generator):
        return "a Generator"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = getattr(value, "__name__", None) or repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def listed(shapes: list[tuple[int, ...]]) -> str:
    """A list of arrays in words, by their shapes."""
    if len(set(shapes)) == 1 and len(shapes) > 1:
        return f"{len(shapes)} arrays of shape {shapes[0]}"
    return "[" + ", ".join(f"an array of shape {shape}" for shape in shapes) + "]"


def a(value: Any) -> str:
    """A value's kind in words, with its article."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of {value.dtype}"
    name = getattr(value, "type_name", None) or type(value).__name__
    words = {"int": "an integer", "float": "a number", "dict": "a dictionary", "str": "a string", "NoneType": "None"}
    return words.get(name, f"{'an' if name[0] in 'aeiou' else 'a'} {name}")


def first_difference(expected: dict[str, Any], got: dict[str, Any], tolerance: dict[str, float] | float) -> str | None:
    """The first difference among named values."""
    found = (difference(value, got.get(name), name, tolerance) for name, value in expected.items())
    return next((sentence for sentence in found if sentence), None)
