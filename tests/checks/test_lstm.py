"""Unit 08: every honest way to write the LSTM is accepted."""

import numpy as np
import pytest
from styles import accepted, pair_accepted

from dltools.checks import exercises
from dltools.checks.engine import judge


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# Vectorized, with the gates in one array, and everything in the cache.


def step_vectorized(x, h, c, W, U, b):
    sums = h @ W.T + x @ U.T + b
    f, i, o = np.split(0.5 * (1 + np.tanh(sums[:, : 3 * h.shape[1]] / 2)), 3, axis=1)
    g = np.tanh(sums[:, 3 * h.shape[1] :])
    c_next = f * c + i * g
    return o * np.tanh(c_next), c_next, {"all": (x, h, c, W, U, f, i, o, g, c_next)}


def step_backward_vectorized(grad_h_next, grad_c_next, cache):
    x, h, c, W, U, f, i, o, g, c_next = cache["all"]
    tanh_c = np.tanh(c_next)
    d = grad_c_next + grad_h_next * o * (1 - tanh_c**2)
    grad_gates = np.stack([d * c, d * g, grad_h_next * tanh_c, d * i])
    sums = (grad_gates * np.stack([f * (1 - f), i * (1 - i), o * (1 - o), 1 - g**2])).transpose(1, 0, 2)
    sums = sums.reshape(len(x), -1)
    ones = np.ones(len(x), x.dtype)
    return [sums @ U, sums @ W, d * f, np.einsum("ng,nh->gh", sums, h), np.einsum("ng,nd->gd", sums, x), ones @ sums]


# Gate by gate and sample by sample, the cache a list.


def step_by_loops(x, h, c, W, U, b):
    N, H = h.shape
    h_next, c_next, cache = np.empty_like(h), np.empty_like(c), []
    for n in range(N):
        for k in range(H):
            total = [W[g * H + k] @ h[n] + U[g * H + k] @ x[n] + b[g * H + k] for g in range(4)]
            f, i, o, g = sigmoid(total[0]), sigmoid(total[1]), sigmoid(total[2]), np.tanh(total[3])
            c_next[n, k] = f * c[n, k] + i * g
            h_next[n, k] = o * np.tanh(c_next[n, k])
            cache.append((n, k, f, i, o, g, c_next[n, k]))
    return h_next, c_next, (x, h, c, W, U, b, cache)


def step_backward_by_loops(grad_h_next, grad_c_next, cache):
    x, h, c, W, U, b, units = cache
    H = h.shape[1]
    grad_x, grad_h, grad_c = np.zeros_like(x), np.zeros_like(h), np.zeros_like(c)
    grad_W, grad_U, grad_b = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    for n, k, f, i, o, g, cell in units:
        dh, tanh_c = grad_h_next[n, k], np.tanh(cell)
        dc = grad_c_next[n, k] + dh * o * (1 - tanh_c**2)
        grad_c[n, k] = dc * f
        local = (dc * c[n, k] * f * (1 - f), dc * g * i * (1 - i), dh * tanh_c * o * (1 - o), dc * i * (1 - g**2))
        for place, part in enumerate(local):
            row = place * H + k
            grad_x[n] += part * U[row]
            grad_h[n] += part * W[row]
            grad_W[row] += part * h[n]
            grad_U[row] += part * x[n]
            grad_b[row] += part
    return grad_x, grad_h, grad_c, grad_W, grad_U, grad_b


# Four matrices of their own, everything computed again in the backward, the cache only the arguments.


def step_in_parts(x, h, c, W, U, b):
    f, i, o, g = (
        np.dot(h, w.T) + np.dot(x, u.T) + d for w, u, d in zip(np.split(W, 4), np.split(U, 4), np.split(b, 4))
    )
    c_next = np.add(sigmoid(f) * c, sigmoid(i) * np.tanh(g))
    return sigmoid(o) * np.tanh(c_next), c_next, (x, h, c, W, U, b)


def step_backward_in_parts(grad_h_next, grad_c_next, cache):
    x, h, c, W, U, b = cache
    sums = np.split(h @ W.T + x @ U.T + b, 4, axis=1)
    f, i, o, g = (*map(sigmoid, sums[:3]), np.tanh(sums[3]))
    tanh_c = np.tanh(f * c + i * g)
    d = grad_h_next * (o - o * tanh_c * tanh_c) + grad_c_next
    parts = [d * c * (f - f * f), d * g * (i - i * i), grad_h_next * tanh_c * (o - o * o), d * (i - i * g * g)]
    grad_x = sum(part @ u for part, u in zip(parts, np.split(U, 4)))
    grad_h = sum(part @ w for part, w in zip(parts, np.split(W, 4)))
    stacks = (np.vstack([part.T @ h for part in parts]), np.vstack([part.T @ x for part in parts]))
    return grad_x, grad_h, d * f, *stacks, np.hstack([part.sum(axis=0) for part in parts])


STEPS = [
    (step_vectorized, step_backward_vectorized),
    (step_by_loops, step_backward_by_loops),
    (step_in_parts, step_backward_in_parts),
]


def through_time(step, step_backward):
    """The two functions over a sequence, made from those of a step."""

    def forward(x, h0, c0, W, U, b):
        h, c, states, caches = h0, c0, [], []
        for t in range(x.shape[1]):
            h, c, cache = step(x[:, t], h, c, W, U, b)
            states.append(h)
            caches.append(cache)
        return np.stack(states, axis=1), c, caches

    def backward(grad_h, grad_c_last, cache):
        later, grad_c, grads_x, totals = 0.0, grad_c_last, [], None
        for t in range(len(cache) - 1, -1, -1):
            grad_x, later, grad_c, *grads = step_backward(grad_h[:, t] + later, grad_c, cache[t])
            grads_x.insert(0, grad_x)
            totals = grads if totals is None else [total + grad for total, grad in zip(totals, grads)]
        return np.stack(grads_x, axis=1), later, grad_c, *totals

    return forward, backward


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("step, step_backward", STEPS)
def test_every_style_of_a_step_is_accepted(step, step_backward, seed):
    pair_accepted("lstm_step", step, step_backward, seed)


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("step, step_backward", STEPS)
def test_every_style_of_a_sequence_is_accepted(step, step_backward, seed):
    pair_accepted("lstm", *through_time(step, step_backward), seed)


def by_rows(strength):
    U, b = np.zeros((4, 2)), np.zeros(4)
    for row, (bit, write, bias) in enumerate([(0, -2, 1), (0, 2, -1), (0, 0, 1), (1, 0, 0)]):
        U[row] = strength * bit, strength * write
        b[row] = strength * bias
    return np.zeros((4, 1)), U, b


def in_whole_numbers(strength):
    """Integers where the strength allows it, and a list of three."""
    return [
        np.zeros((4, 1)),
        strength * np.array([[0, -2], [0, 2], [0, 0], [1, 0]]),
        strength * np.array([1, -1, 1, 0]),
    ]


@pytest.mark.parametrize("function", [by_rows, in_whole_numbers])
def test_every_style_of_the_memory_cell_is_accepted(function):
    accepted("memory_cell_weights", function)


def test_a_wrong_forward_with_a_consistent_backward_does_not_pass():
    """The backward of a step whose candidate is a logistic function: every gradient check of its own would hold."""

    def forward(x, h, c, W, U, b):
        f, i, o, g = np.split(sigmoid(h @ W.T + x @ U.T + b), 4, axis=1)
        return o * np.tanh(f * c + i * g), f * c + i * g, (x, h, c, W, U, f, i, o, g)

    def backward(grad_h_next, grad_c_next, cache):
        x, h, c, W, U, f, i, o, g = cache
        tanh_c = np.tanh(f * c + i * g)
        d = grad_c_next + grad_h_next * o * (1 - tanh_c**2)
        parts = [d * c * f * (1 - f), d * g * i * (1 - i), grad_h_next * tanh_c * o * (1 - o), d * i * g * (1 - g)]
        sums = np.concatenate(parts, axis=1)
        return sums @ U, sums @ W, d * f, sums.T @ h, sums.T @ x, sums.sum(axis=0)

    assert not judge(exercises()["lstm_step_backward"], backward, forward).points
