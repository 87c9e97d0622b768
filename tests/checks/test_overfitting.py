"""Unit 10: every honest way to write the exercises is accepted."""

import math

import numpy as np
import pytest
from styles import accepted, pair_accepted

from dltools.checks import exercises
from dltools.checks.engine import judge

# Powers


def powers_by_loops(x, degree):
    table = np.empty((len(x), degree + 1))
    for n in range(len(x)):
        for power in range(degree + 1):
            table[n, power] = x[n] ** power
    return table


def powers_by_vander(x, degree):
    return np.vander(x, degree + 1, increasing=True)


def powers_by_products(x, degree):
    columns = [np.ones_like(x)]
    for _ in range(degree):
        columns.append(columns[-1] * x)
    return np.stack(columns, axis=1)


# Early stopping


def stopping_by_count(training_losses, validation_losses, weights, patience):
    best, kept, bad = math.inf, None, 0
    for epoch, (loss, state) in enumerate(zip(validation_losses, weights)):
        if loss < best:
            best, kept, bad = loss, state.copy(), 0
        else:
            bad += 1
        if bad >= patience:
            return epoch, kept
    return len(validation_losses) - 1, kept


def stopping_by_windows(training_losses, validation_losses, weights, patience):
    losses = np.array(validation_losses)
    for epoch in range(patience, len(losses)):
        if losses[epoch - patience + 1 : epoch + 1].min() >= losses[: epoch - patience + 1].min():
            return [np.int64(epoch), weights[int(np.argmin(losses[: epoch + 1]))]]
    return [len(losses) - 1, weights[int(losses.argmin())]]


def stopping_by_while(training_losses, validation_losses, weights, patience):
    epoch = best = 0
    while epoch < len(validation_losses) - 1 and epoch - best < patience:
        epoch += 1
        best = epoch if validation_losses[epoch] < validation_losses[best] else best
    return epoch, list(weights)[best]


# Penalties


def l1_by_loops(weight, alpha):
    penalty, grad = 0.0, np.zeros_like(weight)
    for place, w in np.ndenumerate(weight):
        penalty += alpha * abs(w)
        grad[place] = alpha if w > 0 else -alpha if w < 0 else 0
    return penalty, grad


def l1_by_comparisons(weight, alpha):
    grad = alpha * ((weight > 0).astype(weight.dtype) - (weight < 0))
    return np.sum(weight * grad), grad


def l1_by_norm(weight, alpha):
    return alpha * np.linalg.norm(weight.ravel(), 1), weight.dtype.type(alpha) * np.sign(weight)


def l2_by_loops(weight, beta):
    penalty, grad = 0.0, np.zeros_like(weight)
    for place, w in np.ndenumerate(weight):
        penalty += beta * float(w) ** 2
        grad[place] = 2 * beta * w
    return penalty, grad


def l2_by_dot(weight, beta):
    flat = weight.ravel()
    return beta * (flat @ flat), beta * weight + beta * weight


def l2_by_norm(weight, beta):
    return beta * np.linalg.norm(weight) ** 2, weight * (2 * beta)


# Steps


def decay_by_penalty(weight, bias, grad_weight, grad_bias, lr, beta):
    return weight - lr * (grad_weight + l2_by_dot(weight, beta)[1]), bias - lr * grad_bias


def decay_first(weight, bias, grad_weight, grad_bias, lr, beta):
    new = weight.copy()
    new -= 2 * lr * beta * new
    new -= lr * grad_weight
    return [new, bias + -lr * grad_bias]


def decay_by_loops(weight, bias, grad_weight, grad_bias, lr, beta):
    new = np.array([[w - lr * (g + 2 * beta * w) for w, g in zip(*rows)] for rows in zip(weight, grad_weight)])
    return new, np.array([b - lr * g for b, g in zip(bias, grad_bias)])


def threshold_by_where(weight, threshold):
    small = np.abs(weight) <= threshold
    return np.where(small, 0, weight - threshold * np.sign(weight)).astype(weight.dtype)


def threshold_by_parts(weight, threshold):
    return np.maximum(weight - threshold, 0) + np.minimum(weight + threshold, 0)


def threshold_by_clip(weight, threshold):
    return weight - np.clip(weight, -threshold, threshold)


# Dropout, forward and backward


def dropout_by_mask(x, p, rng, training=True):
    if not training:
        return x.copy(), {"mask": np.ones_like(x), "p": 0}
    mask = rng.random(x.shape) < 1 - p
    return (x * mask / (1 - p)).astype(x.dtype), {"mask": mask, "p": p}


def dropout_by_mask_backward(grad_out, cache):
    return (grad_out * cache["mask"] / (1 - cache["p"])).astype(grad_out.dtype)


def dropout_by_binomial(x, p, rng, training=True):
    factors = rng.binomial(1, 1 - p, size=x.shape).astype(x.dtype) / x.dtype.type(1 - p) if training else 1
    return x * factors, (factors,)


def dropout_by_binomial_backward(grad_out, cache):
    return grad_out * cache[0]


def dropout_by_indices(x, p, rng, training=True):
    out, gone = x.copy(), None
    if training:
        gone = np.nonzero(rng.uniform(size=x.shape) < p)
        out /= 1 - p
        out[gone] = 0
    return out, (gone, p)


def dropout_by_indices_backward(grad_out, cache):
    gone, p = cache
    if gone is None:
        return grad_out
    grad = grad_out / (1 - p)
    grad[gone] = 0
    return grad


STYLES = {
    "polynomial_features": [powers_by_loops, powers_by_vander, powers_by_products],
    "early_stopping": [stopping_by_count, stopping_by_windows, stopping_by_while],
    "l1_penalty": [l1_by_loops, l1_by_comparisons, l1_by_norm],
    "l2_penalty": [l2_by_loops, l2_by_dot, l2_by_norm],
    "weight_decay_step": [decay_by_penalty, decay_first, decay_by_loops],
    "soft_threshold": [threshold_by_where, threshold_by_parts, threshold_by_clip],
    "dropout_test_time": [lambda weight, p: weight - p * weight, lambda weight, p: (1 - p) * weight],
}
DROPOUTS = [
    (dropout_by_mask, dropout_by_mask_backward),
    (dropout_by_binomial, dropout_by_binomial_backward),
    (dropout_by_indices, dropout_by_indices_backward),
]


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("name, function", [(name, style) for name, styles in STYLES.items() for style in styles])
def test_every_style_is_accepted(name, function, seed):
    accepted(name, function, seed=seed)


@pytest.mark.parametrize("seed", [0, 3, 11])
@pytest.mark.parametrize("forward, backward", DROPOUTS)
def test_every_style_of_dropout_is_accepted(forward, backward, seed):
    pair_accepted("dropout", forward, backward, seed)


def test_a_penalty_on_the_bias_costs_its_points():
    def decays_all(weight, bias, grad_weight, grad_bias, lr, beta):
        new, _ = decay_by_penalty(weight, bias, grad_weight, grad_bias, lr, beta)
        return new, bias - lr * (grad_bias + 2 * beta * bias)

    verdict = judge(exercises()["weight_decay_step"], decays_all)
    assert 0 < verdict.points < verdict.max_points, verdict
