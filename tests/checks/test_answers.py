"""What comes back is plain data, or refused by its name; no dtype and no trick makes a wrong answer right."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from styles import SLOW, lost

from dltools.checks import Exercise, exercises
from dltools.checks.engine import judge
from dltools.checks.exercise import IN_SINGLE
from dltools.checks.trials import trials
from dltools.running.plain import Refused, kind, plain

EXERCISES = [exercise for exercise in exercises().values() if exercise.name not in SLOW]
MISTAKES = [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.mistakes]


class Liar(np.ndarray):
    """Says of itself what one would like to hear."""

    def __sub__(self, other):
        return np.zeros(np.shape(other))

    def __eq__(self, other):
        return np.ones(np.shape(other), bool)

    def __array__(self, *arguments, **options):
        raise RuntimeError

    shape = property(lambda self: (99,))
    dtype = property(lambda self: np.dtype(float))


class Angry(np.ndarray):
    """Cannot be asked anything."""

    def __getattribute__(self, name):
        raise RuntimeError


class LyingFloat(float):
    def __eq__(self, other):
        return True

    def __float__(self):
        raise RuntimeError

    __hash__ = None


def converted(change: Callable[[Any], Any], function: Callable[..., Any], returns: tuple[str, ...]) -> Any:
    """The function, with each array and number of its results changed and its cache left alone."""

    def each(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(map(each, value))
        return change(value) if isinstance(value, np.ndarray | np.generic | int | float) else value

    def changed(*arguments: Any) -> Any:
        returned = function(*arguments)
        if returns[-1] == "cache" and isinstance(returned, tuple) and len(returned) == len(returns):
            return *map(each, returned[:-1]), returned[-1]
        return each(returned)

    return changed


named = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
REFUSED = {
    "a masked array": lambda value: np.ma.masked_array(value, mask=np.zeros(np.shape(value), bool)),
    "an array of object": lambda value: np.asarray(value, object),
    "complex": lambda value: np.asarray(value) + 7j,
    "a structured array": lambda value: np.zeros(np.shape(value), [("a", float)]),
    "an array of text": lambda value: np.asarray(value).astype(str),
}


@named
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_array_of_numbers_is_refused_by_name(exercise, name):
    function = converted(REFUSED[name], exercise.reference, exercise.returns)
    verdict = judge(exercise, function, exercise.forward, names=False)
    assert name in str(verdict)
    assert not [
        f for f in verdict.findings if f.points and "change" not in f.criterion and "as it was" not in f.criterion
    ]


@named
@pytest.mark.parametrize("kind", [Liar, Angry], ids=lambda kind: kind.__name__)
def test_a_subclass_is_what_is_underneath(exercise, kind):
    """A right one is right; a wrong one gets nothing by what it says of itself."""
    right = converted(lambda v: np.asarray(v).view(kind), exercise.reference, exercise.returns)
    wrong = converted(lambda v: (np.asarray(v) * 0 + 77).view(kind), exercise.reference, exercise.returns)
    assert judge(exercise, right, exercise.forward, names=False).passed
    assert judge(exercise, wrong, exercise.forward, names=False).points <= exercise.points / 2


def angry(*_: object) -> None:
    raise RuntimeError("a tuple of a student's own kind")


AngryTuple = type("AngryTuple", (tuple,), dict.fromkeys(("__getitem__", "__iter__", "__len__", "__bool__"), angry))


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if len(e.returns) > 1], ids=lambda exercise: exercise.name)
def test_a_tuple_of_a_student_s_own_kind_is_a_tuple(exercise):
    verdict = judge(exercise, lambda *a: AngryTuple(exercise.reference(*a)), exercise.forward, names=False)
    assert verdict.passed, verdict


@named
def test_half_of_the_right_answer_in_float16_is_wrong(exercise):
    if exercise.name == "xor_weights":  # weights half as large are right too
        return
    function = converted(lambda v: (np.asarray(v) * 0.5).astype(np.float16), exercise.reference, exercise.returns)
    assert judge(exercise, function, exercise.forward, names=False).points < exercise.points


def halved_in_single(value: Any) -> Any:
    return value * np.float32(0.5) if np.asarray(value).dtype == np.float32 else value


@named
def test_who_keeps_float32_must_be_right_in_it(exercise):
    """Half of the right answer, for float32 alone, costs the criterion on it and no other."""
    if not any(IN_SINGLE in name for c in exercise.criteria for t in trials(exercise, c, 0) for name in t.expected):
        return
    function = converted(halved_in_single, exercise.reference, exercise.returns)
    wrong = [f for f in judge(exercise, function, exercise.forward).findings if f.problem]
    assert len(wrong) == 1
    assert wrong[0].mistake.name == "wrong_in_float32"


@named
def test_numbers_of_any_kind_are_one_thing(exercise):
    """A single number as a Python number, a NumPy scalar, an array without axes: full marks, "float32" included."""
    for change in (lambda v: v.item(), np.asarray, lambda v: np.asarray(v)[()], lambda v: np.longdouble(v)):
        one = converted(lambda v, c=change: v if np.ndim(v) else c(np.asarray(v)), exercise.reference, exercise.returns)
        verdict = judge(exercise, one, exercise.forward, names=False)
        assert verdict.passed or exercise_of_integers(exercise), verdict


def exercise_of_integers(exercise: Exercise) -> bool:
    """Exercises whose result is an integer: a long double is none."""
    return exercise.name in {"conv2d_output_size", "conv2d_parameter_count", "early_stopping"}


DTYPES = [np.float32, *(pytest.param(dtype, marks=pytest.mark.long) for dtype in (np.float16, np.longdouble))]
"""float16 is refused by name, and long double is made float64: float32 is the one with a wider tolerance."""


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("exercise, mistake", MISTAKES, ids=lambda thing: thing.name)
def test_no_dtype_makes_a_mistake_right(exercise, mistake, dtype):
    function = converted(lambda v: np.asarray(v).astype(dtype), mistake.function, exercise.returns)
    assert lost(exercise, function, mistake.forward or exercise.forward, 0)


def test_the_smallest_integer_is_not_near_every_integer():
    size = exercises()["conv2d_output_size"]
    assert judge(size, lambda *arguments, **options: np.int64(-(2**63))).points == 0


@pytest.mark.parametrize(
    "value, made",
    [
        (np.matrix([[1.0, 2.0]]), np.array([[1.0, 2.0]])),
        (np.array([1, 2], np.longdouble), np.array([1.0, 2.0])),
        (np.array([1, 2], ">i4"), np.array([1, 2], "i4")),
        (np.arange(3.0).view(Liar), np.arange(3.0)),
        (LyingFloat(2.5), 2.5),
        (np.bool_(True), True),
        ((1, [2, {"a": np.float32(3)}]), (1, [2, {"a": np.float32(3)}])),
    ],
    ids=["matrix", "long double", "byte order", "liar", "lying float", "bool", "nested"],
)
def test_what_is_made_plain(value, made):
    found = plain(value)
    assert type(found) is type(made)
    np.testing.assert_equal(found, made)
    assert not isinstance(found, np.ndarray) or (found.dtype == made.dtype and found.dtype.isnative)


def in_itself() -> list[Any]:
    """A list that is in itself."""
    ring: list[Any] = []
    ring.append(ring)
    return ring


@pytest.mark.parametrize(
    "value, name",
    [
        (print, "a builtin_function_or_method"),
        (1j, "a complex number"),
        ([1, {2}], "a set"),
        (np.broadcast_to(0.0, (10**6, 10**6)), "an array of 1,000,000,000,000 entries"),
        (in_itself(), "something nested more than 40 deep"),
        (np.datetime64("2026-01-01"), "a datetime64"),
    ],
    ids=lambda thing: thing if isinstance(thing, str) else "",
)
def test_what_is_refused(value, name):
    with pytest.raises(Refused, match=f"^{name}$"):
        plain(value)


def test_kinds_in_words():
    assert [kind(v) for v in (1, 1.0, "a", None, [], np.ma.masked_array([1]))] == [
        "an integer",
        "a number",
        "a string",
        "None",
        "a list",
        "a masked array",
    ]
