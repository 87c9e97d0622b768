"""Unit 06: right answers in other styles than the reference's get full marks."""

import numpy as np
import pytest
from styles import accepted

from dltools.nn import cross_entropy, linear_backward, linear_forward, rnn_step_backward, rnn_step_forward


def embedding_loops(indices, weight):
    out = np.empty((*indices.shape, weight.shape[1]), weight.dtype)
    for place in np.ndindex(indices.shape):
        out[place] = weight[indices[place]]
    return out, {"indices": indices.tolist(), "weight": weight.copy()}


def embedding_loops_backward(grad_out, cache):
    grad, indices = np.zeros_like(cache["weight"]), np.array(cache["indices"])
    for place in np.ndindex(indices.shape):
        grad[indices[place]] += grad_out[place]
    return grad


def embedding_one_hot(indices, weight):
    one_hot = np.eye(len(weight), dtype=weight.dtype)[indices]
    return one_hot @ weight, one_hot


def embedding_one_hot_backward(grad_out, one_hot):
    return one_hot.reshape(-1, one_hot.shape[-1]).T @ grad_out.reshape(-1, grad_out.shape[-1])


def embedding_add_at(indices, weight):
    return np.take(weight, indices, axis=0), (indices, len(weight))


def embedding_add_at_backward(grad_out, cache):
    indices, count = cache
    grad = np.zeros((count, grad_out.shape[-1]), grad_out.dtype)
    np.add.at(grad, indices, grad_out)
    return grad


def step_loops(x, h, W, U, b):
    h_next = np.empty_like(h)
    for n, i in np.ndindex(h.shape):
        h_next[n, i] = np.tanh(b[i] + sum(W[i] * h[n]) + sum(U[i] * x[n]))
    return h_next, [x, h, W, U, h_next]


def step_loops_backward(grad_h_next, cache):
    x, h, W, U, h_next = cache
    grads = [np.zeros_like(array) for array in (x, h, W, U, W[:, 0])]
    for n, i in np.ndindex(h.shape):
        g = grad_h_next[n, i] * (1 - h_next[n, i] ** 2)
        grads[0][n] += g * U[i]
        grads[1][n] += g * W[i]
        grads[2][i] += g * h[n]
        grads[3][i] += g * x[n]
        grads[4][i] += g
    return grads


def step_joined(x, h, W, U, b):
    """One product with the input and the state side by side; tanh by exponentials."""
    joined, matrix = np.concatenate([h, x], axis=1), np.concatenate([W, U], axis=1)
    a = joined @ matrix.T + b
    h_next = 2 / (1 + np.exp(-2 * a)) - 1
    return h_next.astype(h.dtype), (joined, matrix, a, h.shape[1])


def step_joined_backward(grad_h_next, cache):
    joined, matrix, a, H = cache
    g = grad_h_next / np.cosh(a) ** 2
    grad_joined, grad_matrix = g @ matrix, g.T @ joined
    return grad_joined[:, H:], grad_joined[:, :H], grad_matrix[:, :H], grad_matrix[:, H:], g.sum(axis=0)


def rnn_steps(x, h0, W, U, b):
    """By the step, with a list of caches."""
    h, states, caches = h0, [], []
    for t in range(x.shape[1]):
        h, cache = rnn_step_forward(x[:, t], h, W, U, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=1), caches


def rnn_steps_backward(grad_h, caches):
    later, grads_x, total = 0, [], [0, 0, 0]
    for t in reversed(range(len(caches))):
        grad_x, later, *grads = rnn_step_backward(grad_h[:, t] + later, caches[t])
        grads_x.insert(0, grad_x)
        total = [a + b for a, b in zip(total, grads)]
    return np.stack(grads_x, axis=1), later, *total


def rnn_by_sequence(x, h0, W, U, b):
    """One sequence of the batch after the other."""
    h = np.empty((*x.shape[:2], len(W)), x.dtype)
    for n in range(len(x)):
        state = h0[n]
        for t in range(x.shape[1]):
            state = h[n, t] = np.tanh(W @ state + U @ x[n, t] + b)
    return h, (x, h0, W, U, h)


def rnn_by_sequence_backward(grad_h, cache):
    x, h0, W, U, h = cache
    grads = [np.zeros_like(array) for array in (x, h0, W, U, W[0])]
    for n in range(len(x)):
        later = np.zeros_like(h0[n])
        for t in range(x.shape[1])[::-1]:
            g = (grad_h[n, t] + later) * (1 - h[n, t] ** 2)
            before = h[n, t - 1] if t else h0[n]
            grads[0][n, t] = U.T @ g
            grads[2] += np.outer(g, before)
            grads[3] += np.outer(g, x[n, t])
            grads[4] += g
            later = W.T @ g
        grads[1][n] = later
    return tuple(grads)


def loss_step_by_step(h, V, b, targets):
    T = h.shape[1]
    loss, grads = 0.0, [np.zeros_like(h), np.zeros_like(V), np.zeros_like(b)]
    for t in range(T):
        logits, cache = linear_forward(h[:, t], V, b)
        part, grad = cross_entropy(logits, targets[:, t])
        loss += part / T
        grads[0][:, t], grad_V, grad_b = linear_backward(grad / T, cache)
        grads[1] += grad_V
        grads[2] += grad_b
    return loss, *grads


def temperature_loops(logits, temperature):
    rows = logits.reshape(-1, logits.shape[-1])
    out = np.array([np.exp(row / temperature - np.logaddexp.reduce(row / temperature)) for row in rows])
    return out.reshape(logits.shape)


FORWARDS = [
    ("embedding_forward", embedding_loops),
    ("embedding_forward", embedding_one_hot),
    ("embedding_forward", embedding_add_at),
    ("rnn_step_forward", step_loops),
    ("rnn_step_forward", step_joined),
    ("rnn_forward", rnn_steps),
    ("rnn_forward", rnn_by_sequence),
    ("language_model_loss", loss_step_by_step),
    ("softmax_with_temperature", temperature_loops),
]
BACKWARDS = [
    ("embedding_backward", embedding_loops_backward, embedding_loops),
    ("embedding_backward", embedding_one_hot_backward, embedding_one_hot),
    ("embedding_backward", embedding_add_at_backward, embedding_add_at),
    ("rnn_step_backward", step_loops_backward, step_loops),
    ("rnn_step_backward", step_joined_backward, step_joined),
    ("rnn_backward", rnn_steps_backward, rnn_steps),
    ("rnn_backward", rnn_by_sequence_backward, rnn_by_sequence),
]


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("name, function", FORWARDS, ids=lambda thing: getattr(thing, "__name__", thing))
def test_every_style_of_forward_is_accepted(name, function, seed):
    accepted(name, function, seed=seed)


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("name, function, forward", BACKWARDS, ids=lambda thing: getattr(thing, "__name__", thing))
def test_every_style_of_backward_is_accepted(name, function, forward, seed):
    accepted(name, function, forward, seed)
