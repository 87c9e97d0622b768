"""One fault is paid once; what is common and right is not paid at all; what is wrong by a lot is never let through."""

import numpy as np
import pytest
from styles import lost, one_score

from dltools.checks import exercises
from dltools.checks.engine import judge
from dltools.checks.pooling import pair
from dltools.nn import (
    binary_cross_entropy,
    clip_grad_norm,
    conv2d_backward,
    conv2d_forward,
    cross_entropy,
    dropout_backward,
    dropout_forward,
    linear_backward,
    linear_forward,
    relu_forward,
    sigmoid,
    softmax_with_temperature,
)

EXERCISES = exercises()

# Small numbers against a division by zero


def bce_with(epsilon):
    def function(logits, targets):
        p = sigmoid(logits)
        return -np.mean(targets * np.log(p + epsilon) + (1 - targets) * np.log(1 - p + epsilon)), (
            binary_cross_entropy(logits, targets)[1]
        )

    return function


def ce_with(epsilon):
    def function(logits, targets):
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(len(p)), targets] + epsilon).mean(), cross_entropy(logits, targets)[1]

    return function


def clip_with(epsilon):
    def function(grads, max_norm):
        norm = clip_grad_norm(grads, max_norm)[1]
        return [g * min(1, max_norm / (norm + epsilon)) for g in grads], norm

    return function


def clip_always_with(epsilon):
    def function(grads, max_norm):
        norm = clip_grad_norm(grads, max_norm)[1]
        return [g * (max_norm / (norm + epsilon) if norm > max_norm else 1) for g in grads], norm

    return function


def temperature_with(epsilon):
    def function(logits, temperature):
        p = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
        return p / (p.sum(axis=-1, keepdims=True) + epsilon)

    return function


def rooted(accuracy, count):
    return np.sqrt(accuracy * (1 - accuracy) / count + 1e-12)


def paired_rooted(labels, before, after):
    difference, error = EXERCISES["paired_difference"].reference(labels, before, after)
    return difference, np.sqrt(error**2 + 1e-12)


def cooled(logits, temperature):
    return softmax_with_temperature(logits, temperature + 1e-8)


def dropped(x, p, rng, training=True):
    mask = ((rng.random(x.shape) >= p) / (1 - p + 1e-8)).astype(x.dtype) if training else None
    return (x if mask is None else x * mask), mask


def sign_by_division(weight, alpha):
    return alpha * np.abs(weight).sum(), alpha * weight / (np.abs(weight) + 1e-8)


def sign_by_root(weight, alpha):
    size = np.sqrt(weight**2 + 1e-12)
    return alpha * size.sum(), alpha * weight / size


def shrunk(weight, threshold):
    return weight * np.maximum(1 - threshold / (np.abs(weight) + 1e-8), 0)


def squashed(x):
    out = 1 / (1 + np.exp(-x) + 1e-8)
    return out, out


def squashed_backward(grad_out, cache):
    return grad_out * cache * (1 - cache)


def hyperbolic(x):
    out = np.tanh(x) / (1 + 1e-8 / (np.exp(np.abs(x)) + np.exp(-np.abs(x))))
    return out, out


def lengths(epsilon):
    def function(grad_h_last, h, W):
        return np.sqrt(EXERCISES["gradient_norm_by_distance"].reference(grad_h_last, h, W) ** 2 + epsilon)

    return function


LATER = {"no argument is changed", "float32 stays float32"}
WRONG = {"loss when confident and wrong", "confident and wrong"}


@pytest.mark.parametrize(
    "name, function, loses",
    [
        ("binary_cross_entropy", bce_with(1e-15), WRONG),
        ("binary_cross_entropy", bce_with(1e-12), WRONG),
        ("binary_cross_entropy", bce_with(1e-8), WRONG),
        ("cross_entropy", ce_with(1e-15), WRONG),
        ("cross_entropy", ce_with(1e-12), WRONG),
        ("cross_entropy", ce_with(1e-8), WRONG),
        ("clip_grad_norm", clip_with(1e-12), set()),
        ("clip_grad_norm", clip_with(1e-6), set()),
        ("clip_grad_norm", clip_always_with(1e-6), set()),
        ("softmax_with_temperature", temperature_with(1e-8), set()),
        ("softmax_with_temperature", cooled, set()),
        ("dropout_forward", dropped, set()),
        ("l1_penalty", sign_by_division, set()),
        ("l1_penalty", sign_by_root, set()),
        ("soft_threshold", shrunk, set()),
        ("sigmoid_forward", squashed, set()),
        ("tanh_forward", hyperbolic, set()),
        ("gradient_norm_by_distance", lengths(1e-12), set()),
        ("gradient_norm_by_distance", lengths(1e-8), {"sequences of 5 and 7 states", *LATER}),
        ("standard_error", rooted, {"all right, all wrong"}),
        ("paired_difference", paired_rooted, {"no difference; nothing that varies"}),
    ],
)
def test_a_common_epsilon_costs_nothing_where_it_changes_nothing(name, function, loses):
    assert set(one_score(EXERCISES[name], function)) <= loses


def test_an_epsilon_in_a_forward_costs_its_backward_nothing():
    assert one_score(EXERCISES["sigmoid_backward"], squashed_backward, squashed) == []


def test_an_epsilon_that_is_seen_is_explained():
    verdict = judge(EXERCISES["clip_grad_norm"], clip_with(1e-6))
    assert verdict.passed and "Accepted: a small number beside your norm" in str(verdict)
    assert "Accepted" not in str(judge(EXERCISES["clip_grad_norm"], clip_grad_norm))


@pytest.mark.parametrize(
    "name, function",
    [("binary_cross_entropy", bce_with(1e-3)), ("clip_grad_norm", clip_with(1e-2)), ("cross_entropy", ce_with(1e-3))],
)
def test_a_large_epsilon_is_wrong(name, function):
    assert set(one_score(EXERCISES[name], function)) - WRONG


# One fault, paid once


def scales_in_place(grad_out, cache):
    right = dropout_backward(grad_out.copy(), cache)
    grad_out[...] = right
    return grad_out


def test_a_change_in_place_costs_its_criterion_alone():
    for seed in range(5):
        assert lost(EXERCISES["dropout_backward"], scales_in_place, dropout_forward, seed) == [
            "grad_out is not changed"
        ]


def test_what_the_forward_changes_is_not_the_backwards_fault():
    def forward(x, weight, bias):
        made = linear_forward(x.copy(), weight, bias)
        x *= 0
        return made

    assert "no argument is changed" in lost(EXERCISES["linear_forward"], forward, None, 0)
    assert lost(EXERCISES["linear_backward"], linear_backward, forward, 0) == []


def test_a_backward_that_writes_into_its_cache_changes_an_argument():
    def forward(x, weight, bias):
        return x @ weight.T + bias, (x, weight)

    def backward(grad_out, cache):
        x, weight = cache
        right = grad_out @ weight, grad_out.T @ x, grad_out.sum(axis=0)
        weight[...] = 0
        return right

    verdict = judge(EXERCISES["linear_backward"], backward, forward)
    assert [finding.criterion for finding in verdict.findings if finding.problem] == ["no argument is changed"]
    assert verdict.mistakes == ["changes_weight"]


def refuses_left_over(x, weight, bias, stride=1, padding=0):
    for size, kernel in zip(x.shape[2:], weight.shape[2:]):
        assert (size + 2 * padding - kernel) % stride == 0, "the stride does not fit"
    return conv2d_forward(x, weight, bias, stride, padding)


def test_a_forward_that_refuses_left_over_pixels_loses_that_alone_and_its_backward_nothing():
    forward, backward = EXERCISES["conv2d_forward"], EXERCISES["conv2d_backward"]
    for seed in range(5):
        assert lost(forward, refuses_left_over, None, seed) == ["left-over pixels"]
        assert lost(backward, conv2d_backward, refuses_left_over, seed) == []
    assert "Not tried, and not lost: your refuses_left_over fails" in str(
        judge(backward, conv2d_backward, refuses_left_over)
    )


def refuses_left_over_windows(name):
    def forward(x, kernel_size, stride=None):
        for size, window, step in zip(x.shape[2:], pair(kernel_size), pair(stride or kernel_size)):
            assert (size - window) % step == 0
        return EXERCISES[name].reference(x, kernel_size, stride)

    return forward


@pytest.mark.parametrize(
    "pool, loses",
    [("max_pool2d", "left-over pixels"), ("avg_pool2d", "rectangular windows, left-over pixels")],
)
def test_a_pooling_that_refuses_left_over_pixels_loses_that_alone_and_its_backward_nothing(pool, loses):
    forward, backward = EXERCISES[f"{pool}_forward"], EXERCISES[f"{pool}_backward"]
    refuses = refuses_left_over_windows(forward.name)
    assert one_score(forward, refuses) == [loses]
    assert one_score(backward, backward.reference, refuses) == []


@pytest.mark.parametrize("name, order", [("l1_penalty", 1), ("l2_penalty", 2)])
def test_a_norm_that_knows_no_filters_keeps_the_gradient_of_layers(name, order):
    def function(weight, strength):
        return strength * np.linalg.norm(weight, order) ** order, EXERCISES[name].reference(weight, strength)[1]

    assert set(one_score(EXERCISES[name], function)) == {"the penalty", "the gradient of filters"}


def test_a_forward_that_works_on_one_case_alone_makes_no_points_for_its_backward():
    def forward(x, weight, bias, stride=1, padding=0):
        assert padding and stride == 1
        return conv2d_forward(x, weight, bias, stride, padding)

    verdict = judge(EXERCISES["conv2d_backward"], conv2d_backward, forward)
    assert verdict.points < 0.5 * verdict.max_points


def test_a_forward_that_is_not_written_is_said_once():
    def linear_forward(x, weight, bias):
        raise NotImplementedError

    verdict = judge(EXERCISES["linear_backward"], linear_backward, linear_forward)
    assert verdict.points == 0 and str(verdict).count("linear_forward is not written yet.") == 1


def test_a_list_of_results_is_a_tuple_of_them_but_no_array():
    assert lost(EXERCISES["linear_backward"], lambda *a: list(linear_backward(*a)), linear_forward, 0) == []
    assert lost(EXERCISES["relu_forward"], lambda x: (relu_forward(x)[0].tolist(), x), None, 0)


def test_right_to_twelve_digits():
    def nearly(x):
        return sigmoid(x + 1e-12), x

    assert one_score(EXERCISES["sigmoid_forward"], nearly) == []


def test_softmax_by_the_logarithm():
    def function(logits, temperature):
        z = logits / temperature
        top = z.max(axis=-1, keepdims=True)
        return np.exp(z - top - np.log(np.exp(z - top).sum(axis=-1, keepdims=True)))

    assert one_score(EXERCISES["softmax_with_temperature"], function) == []
    assert softmax_with_temperature(np.zeros(2), 1.0).sum() == 1
