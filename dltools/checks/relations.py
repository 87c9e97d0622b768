"""How a wrong result relates to what is expected: a factor, a sign, another order, an axis too many.

Each sentence is a fact about the numbers of one case, whatever the code behind it; there is none where nothing simple
relates them.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dltools.checks.exercise import Case

CLOSE = 1e-9
"""Relative: two arrays are one, beside the largest number of the second."""
FEW = 3
"""So many different numbers are needed before a relation is no accident."""
LARGEST_FACTOR = 100
NEARLY = 1e-5
"""Relative: what is so near is right but for a small number on the way."""
MOST_PLACES = 6
"""To so many places an answer may have been rounded on purpose."""
ODD = 100_000
"""One in so many ways to choose the entries: where so few would fit, it is no accident."""
TUPLE = (
    " A tuple is what a forward returns, the output and its cache (take it apart first), what np.where(condition) "
    "gives, and what a comma at the end of a line makes."
)


def relation(expected: object, got: object, given: Case) -> str:
    """A sentence on how `got` relates to `expected`, with a blank before it; "" where nothing simple does.

    Args:
        expected: what the reference returns.
        got: what came back, as plain data.
        given: the arguments, for the length of a batch.
    """
    if isinstance(expected, np.ndarray) and isinstance(got, tuple):
        return TUPLE
    if not isinstance(expected, np.ndarray | np.floating) or not is_numbers(got):
        return ""
    right, mine = np.asarray(expected, float), np.asarray(got, float)
    if right.shape == mine.shape and same(mine, right):
        return " The numbers are right: make an array of them, np.array(...)." if isinstance(got, list) else ""
    if not np.isfinite(right).all() or not np.isfinite(mine).all() or not tells(right):
        return ""
    found = of_one_shape(right, mine, given) if right.shape == mine.shape else of_shapes(right, mine)
    return next((f" {sentence}" for sentence in found), "")


def other_result(name: str, got: object, results: Callable[[], dict[str, Any]]) -> str:
    """Whether another result of the function stands in this one's place."""
    if not is_numbers(got) or not tells(mine := np.asarray(got, float)):
        return ""
    right = {n: np.asarray(v, float) for n, v in results().items() if n != name and is_numbers(v)}
    other = next((n for n, value in right.items() if np.isfinite(value).all() and same(mine, value)), "")
    return f" That is {other}: the order of what you return must be {', '.join(results())}." if other else ""


def arithmetic(faults: frozenset[str]) -> str:
    """What made nan or infinity, by what NumPy noticed on the way."""
    return next((f" {says}" for fault, says in FAULTS.items() if fault in faults), "")


FAULTS = {
    "overflow": "On the way a number became too large for a float, as exp of a large number does.",
    "divide by zero": "On the way something was divided by zero, or log(0) was taken.",
    "invalid value": "On the way inf - inf, 0 / 0 or the root or log of a negative number was taken.",
}


def is_numbers(value: object) -> bool:
    try:
        return np.asarray(value).dtype.kind in "fiu"
    except ValueError:  # a list of unequal parts
        return False


def tells(right: np.ndarray) -> bool:
    """Whether the numbers are many and odd enough; of a single one, whether it is a fraction."""
    sizes = np.sort(np.abs(right[right != 0]))  # np.unique imports numpy.ma, which takes as long as a check
    return bool(1 + np.count_nonzero(np.diff(sizes)) >= FEW or (right.size == 1 and float(right.flat[0]) % 1 != 0))


def same(one: np.ndarray, other: np.ndarray) -> bool:
    scale = np.abs(other).max(initial=0)
    return one.shape == other.shape and bool((np.abs(one - other) <= CLOSE * scale).all())


def of_one_shape(right: np.ndarray, mine: np.ndarray, given: Case) -> Iterator[str]:
    yield from short_of_digits(right, mine)
    if same(mine, -right):
        yield "Only the sign is wrong." if right.size == 1 else "Every entry has the wrong sign, and no other fault."
    yield from factor(right, mine, given)
    if right.size == 1:
        return
    if same(np.abs(mine), np.abs(right)):
        yield "The sizes are right; some signs are wrong."
    if same(mine - right, np.full(right.shape, (mine - right).flat[0])):
        yield f"Every entry is off by the same number, {(mine - right).flat[0]:.4g}."
    yield from elsewhere(right, mine)
    wrong = np.abs(mine - right) > CLOSE * np.abs(right).max()
    if not mine.any():
        yield "All of it is 0."
    elif not mine[wrong].any():
        yield from first_alone(mine, wrong)
        yield "Every entry that differs is 0 in yours."
    yield from along_an_axis(right, mine)
    yield from slices(wrong)


def factor(right: np.ndarray, mine: np.ndarray, given: Case) -> Iterator[str]:
    """Twice, half, N times, a constant factor."""
    largest = np.unravel_index(np.argmax(np.abs(right)), right.shape)
    ratio = float(mine[largest] / right[largest])
    if not same(mine, ratio * right) or ratio == 0:
        return
    subject = "Every entry is" if right.size > 1 else "It is"
    for whole, text in ((ratio, "{} times"), (1 / ratio, "1/{} of")):
        count = round(whole)
        if 2 <= count <= LARGEST_FACTOR and abs(whole - count) < CLOSE * count:
            yield f"{subject} {text.format(count)} what is expected{batch(count, given)}."
    if right.size > 1:
        yield f"Every entry is {ratio:.4g} times what is expected: the same factor throughout."


def short_of_digits(right: np.ndarray, mine: np.ndarray) -> Iterator[str]:
    """What was rounded, or is right to so many digits and no further."""
    for places in range(MOST_PLACES, 1 if right.size == 1 else -1, -1):
        if same(mine, np.round(right, places)) and tells(mine):
            yield f"That is what is expected, rounded to {places} digits behind the point: do not round."
    wrong = mine[mine != right]
    if same(mine, np.trunc(right)) and wrong.size > FEW and wrong.min() < wrong.max():
        yield "What is behind the point is cut off: an array of whole numbers does that, with dtype int or by astype."
    beside = "It is" if right.size == 1 else "Beside the largest number it is"
    far = np.abs(mine - right).max() / np.abs(right).max()
    if far < NEARLY:
        yield (
            f"{beside} right to {-math.log10(far):.0f} digits and no further: a small number added on the way, a "
            "constant cut short or float32 does that."
        )


def along_an_axis(right: np.ndarray, mine: np.ndarray) -> Iterator[str]:
    """Off by a number, or by a factor, that is the same all along an axis, such as down each column."""
    for axis, length in enumerate(right.shape):
        if right.ndim == 1 or length < FEW:
            continue
        where = ("In each column", "In each row")[axis] if right.ndim == 2 else f"All along axis {axis}"
        off = mine - right
        if np.count_nonzero(np.abs(off.take([0], axis)) > CLOSE * np.abs(right).max()) < 2:
            continue
        if same(off, off.take([0], axis) + 0 * off):
            yield f"{where} the difference is one number."
        elif right.all() and same(mine / right, (mine / right).take([0], axis) + 0 * off):
            yield f"{where} it is what is expected times one number."


def batch(count: int, given: Case) -> str:
    """The length of the first argument that is a table: the examples come first, and what follows are weights."""
    tables = ((name, len(v)) for name, v in given.items() if isinstance(v, np.ndarray) and v.ndim > 1)
    name, length = next(tables, ("", 0))
    return f"; {name} has {count} examples or rows" if length == count else ""


def of_inputs(right: object, mine: object, given: Case) -> str:
    """Which of the arguments came back as it was, or where in an argument the wrong entries are.

    Args:
        right: what the reference returns.
        mine: what came back.
        given: the arguments whose entries belong to those of the result, one to one.
    """
    if not isinstance(right, np.ndarray) or not is_numbers(mine):
        return ""
    got: np.ndarray = np.asarray(mine, float)
    if got.shape != right.shape:
        return ""
    wrong = ~(np.abs(got - right) <= CLOSE * np.abs(right).max(initial=0))
    inputs = {n: v for n, v in given.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f" and tells(v)}
    for name, value in inputs.items():
        if same(got, value):
            return f" That is {name}, as it came in."
    found = (part for name, value in inputs.items() for part in parts(wrong, name, value))
    return next((f" {part}" for part in found), "")


def parts(wrong: np.ndarray, name: str, value: np.ndarray) -> Iterator[str]:
    """Where in an argument all that is wrong lies, and nothing that is right."""
    if math.comb(wrong.size, int(wrong.sum())) < ODD:
        return
    for text, number in ((name, value), (f"|{name}|", np.abs(value))):
        bad, good = number[wrong], number[~wrong]
        if bad.min() > good.max():
            yield f"Wrong are the entries where {text} is above {between(good.max(), bad.min())}, and no others."
        elif bad.max() < good.min():
            yield f"Wrong are the entries where {text} is below {between(bad.max(), good.min())}, and no others."


def between(low: float, high: float) -> str:
    """The roundest number between two."""
    middle = (low + high) / 2
    return next((f"{c + 0:g}" for c in (round(middle, digits) for digits in range(9)) if low < c < high), f"{middle:g}")


def elsewhere(right: np.ndarray, mine: np.ndarray) -> Iterator[str]:
    """The right numbers in other places."""
    for axis in range(right.ndim):
        if same(np.flip(mine, axis), right):
            yield f"The numbers are right, but run backwards along axis {axis}."
    for one, other in itertools.combinations(range(right.ndim), 2):
        if same(np.swapaxes(mine, one, other), right):
            yield (
                "It is the transpose of what is expected."
                if right.ndim == 2
                else (f"Axes {one} and {other} are exchanged; the numbers are right.")
            )
    if same(np.sort(mine, axis=None), np.sort(right, axis=None)):
        yield "The numbers are right, but they stand in other places."


def first_alone(mine: np.ndarray, wrong: np.ndarray) -> Iterator[str]:
    """The first, or the last, along an axis is right and the others are 0, as a loop leaves them that goes once."""
    for axis, length in enumerate(mine.shape if mine.ndim > 1 else ()):
        for place in (0, length - 1):
            alone = not wrong.take(place, axis).any() and not np.delete(mine, place, axis).any()
            if length > 2 and alone:
                piece = f"[{':, ' * axis}{place}{', :' * (mine.ndim - axis - 1)}]"
                yield f"{piece} alone is right, and the rest is 0: does a return line stand inside a loop?"


def slices(wrong: np.ndarray) -> Iterator[str]:
    """Which part along an axis is wrong as a whole, or right as a whole, where that is one piece."""
    for axis in range(wrong.ndim):
        others = tuple(a for a in range(wrong.ndim) if a != axis)
        bad = np.atleast_1d(wrong.any(axis=others))
        if bad.all() or (wrong.all(axis=others) != bad).any():
            continue
        for places, says in ((~bad, "alone is right"), (bad, "is wrong, the rest is right")):
            first, *_, last = [*np.flatnonzero(places)] * 2
            if places[first : last + 1].all():
                piece = f"{first}:{last + 1}" if last > first else str(first)
                yield f"[{':, ' * axis}{piece}{', :' * (wrong.ndim - axis - 1)}] {says}."


def of_shapes(right: np.ndarray, mine: np.ndarray) -> Iterator[str]:
    """Of results in another shape: what would make it right."""
    if mine.ndim == right.ndim > 1 and same(mine.T, right):
        yield "It is the transpose of what is expected."
    if mine.size == right.size and same(np.squeeze(mine), np.squeeze(right)):
        yield f"The numbers are right: an axis of length 1 is {'too many' if mine.ndim > right.ndim else 'missing'}."
    elif mine.size == right.size and same(mine.reshape(right.shape), right):
        yield "The numbers are right, and in the right order: only the shape is not."
    for axes in (axes for n in (1, 2, 3) for axes in itertools.combinations(range(mine.ndim), n)):
        said = f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(map(str, axes))}"
        if mine.ndim - len(axes) != right.ndim:
            continue
        if mine.size and same(mine.max(axis=axes), right) and same(mine.min(axis=axes), right):
            yield f"The right numbers stand there several times, along {said}."
        if same(mine.sum(axis=axes), right):
            yield f"A sum is missing: added up over {said} it would be right."
        if same(mine.mean(axis=axes), right):
            yield f"A mean is missing: averaged over {said} it would be right."
    for axes in (axes for n in range(1, right.ndim + 1) for axes in itertools.combinations(range(right.ndim), n)):
        said = f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(map(str, axes))}"
        if same(right.sum(axis=axes), np.squeeze(mine)) or same(right.sum(axis=axes), mine):
            yield f"It is the sum of what is expected over {said}: nothing may be added up there."
        elif same(right.mean(axis=axes), np.squeeze(mine)):
            yield f"It is the mean of what is expected over {said}: nothing may be averaged there."
