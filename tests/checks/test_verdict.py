"""What a student reads: numbers, small arrays side by side, one paragraph for one problem, what waits and why."""

import numpy as np
import pytest

from dltools.checks import exercises
from dltools.checks.comparing import first_difference, numbers, short_text, side_by_side
from dltools.checks.engine import judge
from dltools.checks.exercise import Criterion, Exercise, arguments


def negative(x):
    return -x


def rows(*shape):
    return lambda rng: [{"x": rng.normal(size=shape)}]


NEGATIVE = Exercise(
    negative,
    ("out",),
    (
        Criterion("a row", 1, rows(3)),
        Criterion("a table", 1, rows(4, 4)),
        Criterion("a large table", 1, rows(4, 5)),
        Criterion("x is not changed", 1, rows(3), arguments, after="a row"),
        Criterion("nothing is lost", 1, rows(2, 2), after="a row"),
    ),
)


def test_minus_zero_is_zero():
    zero, one = np.array([-0.0]), np.array([1.0])
    assert short_text(-0.0) == "0" and short_text(zero) == "[0.]" and short_text(np.int64(3)) == "3"
    assert numbers(np.float64(-0.0), np.float64(1)) == ("0", "1")
    assert "-0" not in side_by_side(zero, one)
    assert first_difference({"out": zero}, {"out": np.array([0.0])}) is None


@pytest.mark.parametrize(
    "shape, drawn", [((3,), True), ((4, 4), True), ((1, 2, 2), True), ((4, 5), False), ((), False)]
)
def test_arrays_up_to_four_by_four_stand_side_by_side(shape, drawn):
    picture = side_by_side(np.ones(shape), np.zeros(shape))
    assert bool(picture) == drawn
    assert not drawn or picture.splitlines()[0].split() == ["expected", "yours"]


def test_a_picture_is_shown_as_text_and_as_html():
    verdict = judge(NEGATIVE, lambda x: 2 * x)
    assert "expected" in str(verdict).split("a row; ")[-1] and "<pre>expected" in verdict._repr_html_()


def test_what_waits_is_explained_once():
    told = str(judge(NEGATIVE, lambda x: 2 * x))
    assert told.count("· waits") == 2
    assert told.count("x is not changed; nothing is lost: Waits for: a row. It is judged when that is passed.") == 1


def raises(x):
    raise ValueError("not today")


def returns_nothing(x):
    pass


@pytest.mark.parametrize(
    "function, said", [(raises, "ValueError: not today"), (returns_nothing, "Is the return line missing?")]
)
def test_equal_findings_are_one_paragraph(function, said):
    verdict = judge(NEGATIVE, function)
    assert str(verdict).count(said) == verdict._repr_html_().count(said) == 1
    assert "a row; a table; a large table: " in str(verdict)


def test_a_known_mistake_of_several_criteria_is_one_paragraph():
    verdict = judge(exercises()["relu_forward"], lambda x: (np.abs(x), x))
    assert str(verdict).count("This is the absolute value") == 1


def test_the_input_at_the_entry_is_printed():
    told = str(judge(NEGATIVE, lambda x: np.where(x == x.max(), x, -x)))
    assert "out[" in told and ", where x[" in told


def test_an_endless_call_says_where():
    def endless(x):
        while x is not None:
            pass

    exercise = Exercise(negative, ("out",), NEGATIVE.criteria[:2], seconds=0.1)
    told = str(judge(exercise, endless))
    assert "endless did not end within 0.1 seconds, in line" in told and told.count("did not end") == 1
