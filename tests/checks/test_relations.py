"""How a wrong result relates to what is right: each sentence is a fact, and there is none where nothing simple fits."""

import re

import numpy as np
import pytest

from dltools.checks import exercises
from dltools.checks.engine import judge
from dltools.checks.relations import TUPLE, arithmetic, of_inputs, other_result, relation

RNG = np.random.default_rng(0)
A = RNG.normal(size=(3, 4))
CUBE = RNG.normal(size=(2, 3, 4))
SQUARE = RNG.normal(size=(3, 3))
GIVEN = {"x": RNG.normal(size=(5, 4)), "weight": RNG.normal(size=(3, 4))}
SMALL = "a small number added on the way, a constant cut short or float32 does that."
ALONE = "alone is right, and the rest is 0: does a return line stand inside a loop?"
WHOLE = "What is behind the point is cut off: an array of whole numbers does that, with dtype int or by astype."
RIGHT_ROWS = np.where(np.arange(3)[:, np.newaxis] < 2, A, 7.0)


@pytest.mark.parametrize(
    "right, mine, says",
    [
        (A, -A, "Every entry has the wrong sign, and no other fault."),
        (A, 2 * A, "Every entry is 2 times what is expected."),
        (A, A / 5, "Every entry is 1/5 of what is expected; x has 5 examples or rows."),
        (A, 0.37 * A, "Every entry is 0.37 times what is expected: the same factor throughout."),
        (np.float64(0.3), 0.6, "It is 2 times what is expected."),
        (A, 3 * A, "Every entry is 3 times what is expected."),
        (A, A + 0.5, "Every entry is off by the same number, 0.5."),
        (A, np.abs(A), "The sizes are right; some signs are wrong."),
        (SQUARE, SQUARE.T, "It is the transpose of what is expected."),
        (A, A[::-1], "The numbers are right, but run backwards along axis 0."),
        (A, np.roll(A, 1), "The numbers are right, but they stand in other places."),
        (A, 0 * A, "All of it is 0."),
        (A, np.where(np.eye(3, 4) > 0, 0, A), "Every entry that differs is 0 in yours."),
        (A, np.where(np.arange(4) == 0, A, 0), f"[:, 0] {ALONE}"),
        (A[:, :2], np.where(np.arange(2) == 1, A[:, :2], 0), "Every entry that differs is 0 in yours."),
        (CUBE, np.where(np.arange(3)[:, np.newaxis] == 2, CUBE, 0), f"[:, 2, :] {ALONE}"),
        (10 * A, np.trunc(10 * A), WHOLE),
        (A, RIGHT_ROWS, "[0:2, :] alone is right."),
        (CUBE, np.where(np.arange(4) == 1, 9.0, CUBE), "[:, :, 1] is wrong, the rest is right."),
        (A, A.T, "It is the transpose of what is expected."),
        (A, A[np.newaxis], "The numbers are right: an axis of length 1 is too many."),
        (A, A.reshape(2, 6), "The numbers are right, and in the right order: only the shape is not."),
        (CUBE.sum(axis=1), CUBE, "A sum is missing: added up over axis 1 it would be right."),
        (CUBE.mean(axis=(0, 2)), CUBE, "A mean is missing: averaged over axes 0, 2 it would be right."),
        (CUBE, CUBE.sum(axis=0), "It is the sum of what is expected over axis 0: nothing may be added up there."),
        (CUBE, CUBE.mean(), "It is the mean of what is expected over axes 0, 1, 2: nothing may be averaged there."),
        (A, np.stack([A, A]), "The right numbers stand there several times, along axis 0."),
        (A, (A, A), TUPLE.strip()),
        (A, A.tolist(), "The numbers are right: make an array of them, np.array(...)."),
        (A, np.round(A, 3), "That is what is expected, rounded to 3 digits behind the point: do not round."),
        (np.float64(0.123456), 0.12, "That is what is expected, rounded to 2 digits behind the point: do not round."),
        (A, A * (1 + 1e-7 * CUBE[0]), f"Beside the largest number it is right to 7 digits and no further: {SMALL}"),
        (np.float64(0.3), 0.3 + 3e-9, f"It is right to 8 digits and no further: {SMALL}"),
        (A, A + np.arange(4.0), "In each column the difference is one number."),
        (A, A * np.array([[2.0], [3.0], [0.1]]), "In each row it is what is expected times one number."),
        (CUBE, CUBE + CUBE[:, :1], "All along axis 1 the difference is one number."),
        (A, A + RNG.normal(size=A.shape), ""),
        (A, np.full(A.shape, np.nan), ""),
        (np.array([0.0, 1.0, 0.0]), np.array([0.0, 2.0, 0.0]), ""),
        (2, 4, ""),
        (A, "text", ""),
        (A, [A, 1], ""),
    ],
)
def test_a_relation_is_a_fact_or_nothing(right, mine, says):
    said = relation(right, mine, GIVEN).strip()
    assert said == says


def test_another_result_in_its_place_is_named():
    said = other_result("grad_W", A, lambda: {"grad_W": SQUARE, "grad_U": A})
    assert said == " That is grad_U: the order of what you return must be grad_W, grad_U."
    assert other_result("grad_W", -A, lambda: {"grad_W": SQUARE, "grad_U": A}) == ""


X = np.linspace(-2.05, 2.05, 42)


@pytest.mark.parametrize(
    "right, mine, says",
    [
        (np.tanh(X), X, "That is x, as it came in."),
        (np.tanh(X), np.where(X > 1, 1, np.tanh(X)), "Wrong are the entries where x is above 1, and no others."),
        (np.tanh(X), np.where(X < 0, 0.5, np.tanh(X)), "Wrong are the entries where x is below 0, and no others."),
        (np.tanh(X), np.where(abs(X) > 1, X, np.tanh(X)), "Wrong are the entries where |x| is above 1, and no others."),
        (X[:3] ** 2, np.array([1.0, X[1] ** 2, X[2] ** 2]), ""),
        (np.tanh(X), np.sinh(X), ""),
        (np.tanh(X), np.where(np.arange(42) % 2, 0.5, np.tanh(X)), ""),
        (np.tanh(X), X[1:], ""),
        (0.5, 0.7, ""),
    ],
)
def test_where_in_an_argument_the_wrong_entries_are(right, mine, says):
    assert of_inputs(right, mine, {"x": X[: np.size(right)]}).strip() == says


def test_what_made_nan_is_told_by_what_numpy_noticed():
    assert "too large" in arithmetic(frozenset({"overflow", "invalid value"})) and arithmetic(frozenset()) == ""


def test_verdicts_have_them():
    linear = exercises()["linear_backward"]
    swapped = judge(linear, lambda g, cache: linear.reference(g, cache)[::-1], linear.forward)
    assert "the order of what you return must be grad_x, grad_weight, grad_bias" in str(swapped)
    assert "so large" not in str(swapped)
    tripled = judge(exercises()["sigmoid_forward"], lambda x: (3 / (1 + np.exp(-x)), x))
    assert "Every entry is 3 times what is expected" in str(tripled)


PAIRED = r"(out|h_next|grad_x)\[0, 0\]: expected [^,]*, got .*, where [^.]*\b(weight|W|V|U)\[0, 0\]"


@pytest.mark.parametrize("name", ["linear_forward", "linear_backward", "two_layer_backward", "rnn_step_forward"])
def test_an_argument_with_other_axes_is_not_put_beside_a_result(name):
    """With as many outputs as inputs out[0, 0] and weight[0, 0] have the same place by chance."""
    exercise = exercises()[name]
    told = [str(judge(exercise, m.function, m.forward or exercise.forward)) for m in exercise.mistakes]
    assert told and not any(re.search(PAIRED, one) for one in told)
