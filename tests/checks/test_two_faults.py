"""Two faults in one answer are both named where together they explain all, and by no accident."""

import copy
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from dltools.checks import exercises, naming
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


def every_criterion_it_agrees_with(exercise, mistake, telling, told):
    return [i for i, judged in telling.items() if naming.agrees(exercise, mistake, judged)]


@pytest.mark.parametrize("name", ["linear_backward", "conv2d_backward", "lstm_step_backward"])
def test_mistakes_that_are_given_up_early_would_not_be_named(name, monkeypatch):
    """Two mistakes in one answer, each in results of its own: the verdict is that of trying each one on everything."""
    exercise = exercises()[name]

    def verdicts():
        for one, other in pairwise(exercise.own):
            mixed = results_of(one, other)
            yield str(judge(exercise, mixed, exercise.mistakes_forward))

    early = list(verdicts())
    monkeypatch.setattr(naming, "explained_by", every_criterion_it_agrees_with)
    assert early == list(verdicts())
    assert any(m.says in verdict for m in exercise.own for verdict in early)


def results_of(one, other):
    """The first result of one mistake and the others of another."""
    return lambda *given: (one.function(*copy.deepcopy(given))[0], *other.function(*given)[1:])
