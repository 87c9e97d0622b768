"""Unit 03: right answers in other styles are accepted: loops, other caches, other ways to the same derivative."""

import numpy as np
import pytest
from scipy.special import expit, log_softmax, logsumexp
from styles import accepted, one_score

from dltools.checks import exercises


def net_by_rows(x, V, W):
    z = np.zeros((len(x), len(W)), x.dtype)
    for n, row in enumerate(x):
        for j in range(len(W)):
            z[n, j] = expit(sum(W[j, i] * expit(V[i] @ row) for i in range(len(V))))
    return z, {"x": x, "V": V, "W": W}


def net_by_rows_back(grad_z, cache):
    x, V, W = cache["x"], cache["V"], cache["W"]
    grad_V, grad_W = np.zeros_like(V), np.zeros_like(W)
    for n, row in enumerate(x):
        h = expit(V @ row)
        z = expit(W @ h)
        for j in range(len(W)):
            grad_W[j] += grad_z[n, j] * z[j] * (1 - z[j]) * h
        grad_h = sum(grad_z[n, j] * z[j] * (1 - z[j]) * W[j] for j in range(len(W)))
        for i in range(len(V)):
            grad_V[i] += grad_h[i] * h[i] * (1 - h[i]) * row
    return grad_V, grad_W


def net_by_columns(x, V, W):
    sums = V @ x.T
    z = 1 / (1 + np.exp(-(W @ expit(sums))))
    return z.T, (sums, x, W)


def net_by_columns_back(grad_z, cache):
    sums, x, W = cache
    h = expit(sums)
    z = expit(W @ h)
    back = grad_z.T * (z - z * z)
    return [((W.T @ back) * (h - h * h)) @ x, back @ h.T]


def net_by_einsum(x, V, W):
    h = expit(np.einsum("nd,hd->nh", x, V))
    return expit(np.einsum("nh,mh->nm", h, W)), (x, W, h)


def net_by_einsum_back(grad_z, cache):
    x, W, h = cache
    logits = np.einsum("nh,mh->nm", h, W)
    back = grad_z * expit(logits) * expit(-logits)
    return np.einsum("nm,mh,nh,nd->hd", back, W, h * (1 - h), x), np.einsum("nm,nh->mh", back, h)


@pytest.mark.parametrize(
    "forward, backward",
    [(net_by_rows, net_by_rows_back), (net_by_columns, net_by_columns_back), (net_by_einsum, net_by_einsum_back)],
)
def test_two_layers(forward, backward):
    accepted("two_layer_forward", forward)
    accepted("two_layer_backward", backward, forward)


def in_place(function, x, step=6e-6):
    grad = np.zeros_like(x)
    for entry in np.ndindex(x.shape):
        kept = x[entry]
        x[entry] = kept + step
        ahead = function(x)
        x[entry] = kept - step
        grad[entry] = (ahead - function(x)) / (2 * step)
        x[entry] = kept
    return grad


def flat(function, x, step=6e-6):
    grad = [
        (function(x + (step * unit).reshape(x.shape)) - function(x - (step * unit).reshape(x.shape))) / step / 2
        for unit in np.eye(x.size)
    ]
    return np.array(grad).reshape(x.shape)


def iterated(function, x, step=6e-6):
    x, grad = x.copy(), np.zeros_like(x)
    entries = np.nditer(x, flags=["multi_index"])
    for _ in entries:
        at = entries.multi_index
        x[at] += step
        grad[at] = function(x)
        x[at] -= 2 * step
        grad[at] -= function(x)
        x[at] += step
    return grad / (2 * step)


@pytest.mark.parametrize("function", [in_place, flat, iterated])
def test_numerical_gradient(function):
    accepted("numerical_gradient", function)


@pytest.mark.parametrize("own", [1e-4, 1e-5, 1e-6, 1e-7])
def test_a_usual_step_instead_of_the_given_one_loses_that_alone(own):
    exercise = exercises()["numerical_gradient"]
    lost = one_score(exercise, lambda function, x, step=own: exercise.reference(function, x, own))
    assert lost == ["the step that is given"]


def entropy_by_rows(logits, targets):
    total, grad = 0.0, np.zeros_like(logits)
    for n, (row, t) in enumerate(zip(logits, targets)):
        shifted = row - max(row)
        p = np.exp(shifted) / sum(np.exp(shifted))
        total += np.log(sum(np.exp(shifted))) - shifted[t]
        p[t] -= 1
        grad[n] = p / len(logits)
    return logits.dtype.type(total / len(logits)), grad


def entropy_by_scipy(logits, targets):
    one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[targets]
    log_p = log_softmax(logits, axis=1)
    return -(log_p[one_hot == 1]).mean(), (np.exp(log_p) - one_hot) / len(logits)


def entropy_by_logsumexp(logits, targets):
    sums = logsumexp(logits, axis=1, keepdims=True)
    grad = np.exp(logits - sums)
    np.subtract.at(grad, (np.arange(len(targets)), targets), 1)
    return np.mean(sums[:, 0] - logits[np.arange(len(targets)), targets]), grad / len(targets)


@pytest.mark.parametrize("function", [entropy_by_rows, entropy_by_scipy, entropy_by_logsumexp])
def test_cross_entropy(function):
    accepted("cross_entropy", function)


def batch_gradients(x, targets, V, W):
    h = expit(x @ V.T)
    loss, grad = entropy_by_scipy(h @ W.T, targets)
    return loss, (grad @ W * h * (1 - h)).T @ x, grad.T @ h


def by_copies(x, targets, V, W, lr, batch_size, epochs):
    V, W, losses = V.copy(), W.copy(), np.zeros(epochs)
    for epoch in range(epochs):
        batches = range(0, len(x), batch_size)
        for start in batches:
            end = min(start + batch_size, len(x))
            loss, grad_V, grad_W = batch_gradients(x[start:end], targets[start:end], V, W)
            losses[epoch] += loss / len(batches)
            W -= lr * grad_W
            V -= lr * grad_V
    return V, W, losses


def by_splits(x, targets, V, W, lr, batch_size, epochs):
    splits = np.arange(batch_size, len(x), batch_size)
    losses = []
    for _ in range(epochs):
        told = []
        for batch, labels in zip(np.split(x, splits), np.split(targets, splits)):
            loss, *grads = batch_gradients(batch, labels, V, W)
            V, W = (weights - lr * grad for weights, grad in zip((V, W), grads))
            told.append(loss)
        losses.append(sum(told) / len(told))
    return V, W, np.array(losses)


def by_count(x, targets, V, W, lr, batch_size, epochs):
    losses = []
    for _ in range(epochs):
        at, told = 0, []
        while at < len(x):
            loss, grad_V, grad_W = batch_gradients(x[at : at + batch_size], targets[at : at + batch_size], V, W)
            V, W, at = V - lr * grad_V, W - lr * grad_W, at + batch_size
            told.append(loss)
        losses.append(np.mean(told))
    return V, W, np.asarray(losses)


@pytest.mark.parametrize("function", [by_copies, by_splits, by_count])
def test_train_two_layer(function):
    accepted("train_two_layer", function)
