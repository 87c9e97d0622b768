"""Names where a part alone is wrong: one call of several, float32, an argument."""

from dataclasses import replace

import numpy as np
import pytest
from test_naming import DOUBLE, names

from dltools.checks import exercises
from dltools.checks.engine import judge
from dltools.checks.exercise import Criterion, Mistake
from dltools.nn import train_two_layer


def test_values_in_float32_cost_their_own_criterion_where_all_else_is_right():
    assert names(lambda x: x if x.dtype == np.float32 else 2 * x) == {"dtype": "wrong_in_float32"}
    assert "dtype" not in names(lambda x: x if x.dtype == np.float32 else 3 * x)


def test_a_changed_argument_is_no_result_in_another_place():
    """What was written into V is the V that is returned, and in its place."""

    def in_place(x, targets, V, W, lr, batch_size, epochs):
        V[...], W[...], losses = train_two_layer(x, targets, V.copy(), W.copy(), lr, batch_size, epochs)
        return V, W, losses

    [changed] = [f for f in judge(exercises()["train_two_layer"], in_place).findings if f.problem]
    assert changed.mistake.name == "changes_V"
    assert "V after the call" in changed.problem and "the order of what you return" not in changed.problem


def two_sizes(rng):
    return [{"x": rng.uniform(1, 2, size)} for size in (4, 6)]


TWO_SIZES = replace(DOUBLE, criteria=(Criterion("two sizes", 1, two_sizes),))


def test_a_mistake_of_one_call_of_several_is_told_for_that_call():
    verdict = judge(TWO_SIZES, lambda x: 3 * x if x.size == 4 else 2 * x)
    assert verdict.mistakes == ["triples"]
    assert verdict.advice()[0].sentence.startswith("Some of these calls go right. In those that do not: You triple. ")


@pytest.mark.parametrize("lost", [np.nan, np.inf])
def test_lost_numbers_in_one_call_name_none(lost):
    assert names(lambda x: x * lost if x.size == 4 else 2 * x, TWO_SIZES) == {"two sizes": None}


def test_two_mistakes_that_explain_one_call_name_none():
    twin = Mistake("adds_more", "You add x once too often.", lambda x: x + x + x)
    exercise = replace(TWO_SIZES, own=[*DOUBLE.own, twin])
    assert names(lambda x: 3 * x if x.size == 4 else 2 * x, exercise) == {"two sizes": None}
