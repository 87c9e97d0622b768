"""Unit 03: the chain rule through two layers, softmax with its loss, and the gradient by small steps."""

from collections.abc import Callable

import numpy as np

from dltools.nn.activations import sigmoid
from dltools.nn.arguments import Cache, require, require_labels, shape_of


def two_layer_forward(x: np.ndarray, V: np.ndarray, W: np.ndarray) -> tuple[np.ndarray, Cache]:
    """Return z = s(W h) with h = s(V x), s the logistic sigmoid (notes, "Feedforward and backpropagation").

    x (N, D), V (H, D), W (M, H); returns z (N, M) and the cache. Raises ValueError if shapes do not fit.
    """
    _, D = shape_of("x", x, "N", "D")
    H, _ = shape_of("V", V, "H", D)
    shape_of("W", W, "M", H)
    h = sigmoid(x @ V.T)
    z = sigmoid(h @ W.T)
    return z, (x, h, z, W)


def two_layer_backward(grad_z: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of V (H, D) and W (M, H) from grad_z (N, M)."""
    x, h, z, W = cache
    shape_of("grad_z", grad_z, *z.shape)
    grad_Wh = grad_z * z * (1 - z)
    grad_W = grad_Wh.T @ h
    grad_h = grad_Wh @ W
    grad_Vx = grad_h * h * (1 - h)
    grad_V = grad_Vx.T @ x
    return grad_V, grad_W


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return e^z_j / sum_k e^z_k along the last axis, in the shape of logits."""
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))  # the largest is e^0: no overflow
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def softmax_forward(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the softmax along the last axis, in the shape of logits, and the cache."""
    out = softmax(logits)
    return out, out


def softmax_backward(grad_out: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """Return the gradient of the logits, p_j (g_j - sum_k g_k p_k), in their shape."""
    out = cache
    shape_of("grad_out", grad_out, *out.shape)
    return out * (grad_out - (grad_out * out).sum(axis=-1, keepdims=True))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log softmax = z_j - log sum_k e^z_k along the last axis, in the shape of logits."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def log_softmax_forward(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the logarithm of the softmax along the last axis, in the shape of logits, and the cache."""
    out = log_softmax(logits)
    return out, out


def log_softmax_backward(grad_out: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """Return the gradient of the logits, g_j - p_j sum_k g_k, in their shape."""
    out = cache
    shape_of("grad_out", grad_out, *out.shape)
    return grad_out - np.exp(out) * grad_out.sum(axis=-1, keepdims=True)


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> tuple[np.floating, np.ndarray]:
    """Return the mean of -log softmax(logits)[target] over the batch, and its gradient (N, M).

    logits (N, M), targets (N,) whole numbers from 0 to M - 1. Exact for any finite logits, however wrong.
    Raises ValueError if shapes do not fit or a target is out of range.
    """
    N, M = shape_of("logits", logits, "N", "M")
    shape_of("targets", targets, N)
    require_labels("targets", targets, M)
    shifted = logits - logits.max(axis=1, keepdims=True)  # the largest is e^0: no overflow
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    target_entries = np.arange(N), targets
    loss = (np.log(total[:, 0]) - shifted[target_entries]).sum() / N  # log softmax is shifted - log total
    grad = exponentials / (N * total)
    grad[target_entries] -= 1 / N  # (softmax - one_hot) / N
    return loss, grad


def numerical_gradient(function: Callable[[np.ndarray], float], x: np.ndarray, step: float = 6e-6) -> np.ndarray:
    """Return the gradient of a function of x, whose value is one number, by central differences, entry by entry.

    x has any shape, and the gradient has the same; use float64. Raises ValueError if step is not positive.
    """
    require(step > 0, "step", step, "greater than 0")
    grad = np.empty(x.shape)
    for entry in np.ndindex(x.shape):
        nudge = np.zeros(x.shape)
        nudge[entry] = step
        grad[entry] = (function(x + nudge) - function(x - nudge)) / (2 * step)
    return grad


def train_two_layer(
    x: np.ndarray, targets: np.ndarray, V: np.ndarray, W: np.ndarray, lr: float, batch_size: int, epochs: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return V, W and the loss of each epoch after mini-batch gradient descent on a two-layer classifier.

    The logits are W s(V x), s the logistic sigmoid; the loss is their cross-entropy with the targets.
    x (N, D), targets (N,), V (H, D), W (M, H). An epoch takes the examples once, in their order, batch_size at a time
    (the last batch may be smaller); its loss is the mean of those of its batches. The losses are an array (epochs,).
    """
    losses = np.empty(epochs)
    for epoch in range(epochs):
        batch_losses = []
        for start in range(0, len(x), batch_size):
            batch = slice(start, start + batch_size)
            h = sigmoid(x[batch] @ V.T)
            loss, grad_logits = cross_entropy(h @ W.T, targets[batch])
            grad_W = grad_logits.T @ h
            grad_V = (grad_logits @ W * h * (1 - h)).T @ x[batch]
            V, W = V - lr * grad_V, W - lr * grad_W
            batch_losses.append(loss)
        losses[epoch] = np.mean(batch_losses)
    return V, W, losses
