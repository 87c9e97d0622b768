"""Two faults in one answer are both named where together they explain all, and by no accident."""

from dataclasses import replace

import numpy as np
import pytest

from dltools.checks import exercises
from dltools.checks.engine import judge


def goes_back_by_one(grad_out, cache):
    """The slope below zero is lost, and so is grad_out."""
    x, _ = cache
    return (x > 0).astype(x.dtype)


def squares_and_adds_up(predictions, targets):
    return ((predictions - targets) ** 2).sum(), (predictions - targets) / predictions.size


def loops_over_rows_and_forgets_parentheses(x):
    N, D = x.shape
    out = np.zeros((N, D))
    for i, j in np.ndindex(N, D):
        out[i, j] = 1 / 1 + np.exp(-x[i, j])
    return out, x


@pytest.mark.parametrize(
    "name, function, told",
    [
        ("leaky_relu_backward", goes_back_by_one, {"loses_slope", "forgets_grad_out"}),
        ("mse_loss", squares_and_adds_up, {"sums_squares", "forgets_two"}),
        ("sigmoid_forward", loops_over_rows_and_forgets_parentheses, {"names_2_axes", "forgets_parentheses"}),
    ],
)
def test_two_mistakes_that_explain_all_together_are_both_named(name, function, told):
    exercise = exercises()[name]
    own = [mistake for mistake in exercise.own if mistake.name != "forgets_grad_out_and_slope"]
    verdict = judge(replace(exercise, own=own), function, exercise.mistakes_forward)
    assert set(verdict.mistakes) == told and all(m.says in str(verdict) for m in own if m.name in told)


@pytest.mark.parametrize(
    "name, mistake",
    [
        ("numerical_gradient", "takes_one_point_twice"),
        ("rnn_jacobian", "takes_state_for_slope"),
        ("residual_block_backward", "forgets_way_around"),
        ("soft_threshold", "clips"),
        ("dropout_backward", "forgets_mask_backward"),
    ],
)
def test_two_mistakes_whose_numbers_add_up_by_accident_are_not_named(name, mistake):
    exercise = exercises()[name]
    own = [one for one in exercise.own if one.name != mistake]
    wrong = next(one for one in exercise.own if one.name == mistake)
    told = judge(replace(exercise, own=own), wrong.function, wrong.forward or exercise.forward).mistakes
    assert len(told) < 2, told
