"""Unit 06: words as vectors, the recurrent network, and the language model on top of it."""

from itertools import pairwise

import numpy as np

from dltools.nn.arguments import Cache, require, require_labels, shape_of
from dltools.nn.backpropagation import cross_entropy, softmax
from dltools.nn.perceptron import linear_backward, linear_forward


def embedding_forward(indices: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, Cache]:
    """Return the row of weight (V, D) of every index.

    indices, whole numbers from 0 to V - 1 in any shape (...); returns out (..., D) and the cache.
    Raises ValueError if an index is out of range.
    """
    V, _ = shape_of("weight", weight, "V", "D")
    require_labels("indices", indices, V)
    return weight[indices], (indices, weight.shape)


def embedding_backward(grad_out: np.ndarray, cache: Cache) -> np.ndarray:
    """Return the gradient of weight (V, D) from grad_out (..., D): rows of a word that occurs twice are added."""
    from scipy.sparse import csr_array  # here, because it is slow to import

    indices, (V, D) = cache
    shape_of("grad_out", grad_out, *indices.shape, D)
    n = indices.size
    one_hot = csr_array((np.ones(n, grad_out.dtype), indices.ravel(), np.arange(n + 1)), shape=(n, V))
    return one_hot.T @ grad_out.reshape(n, D)  # out = one_hot @ weight


def rnn_step_forward(
    x: np.ndarray, h: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, Cache]:
    """Return the next hidden state tanh(W h + U x + b).

    x (N, D), h (N, H), W (H, H), U (H, D), b (H,); returns h_next (N, H) and the cache.
    Raises ValueError if shapes do not fit.
    """
    N, D = shape_of("x", x, "N", "D")
    _, H = shape_of("h", h, N, "H")
    require_rnn_weights(W, U, b, D, H)
    h_next = np.tanh(h @ W.T + x @ U.T + b)
    return h_next, (x, h, W, U, h_next)


def rnn_step_backward(grad_h_next: np.ndarray, cache: Cache) -> tuple[np.ndarray, ...]:
    """Return the gradients of x (N, D), h (N, H), W (H, H), U (H, D) and b (H,) from grad_h_next (N, H)."""
    x, h, W, U, h_next = cache
    shape_of("grad_h_next", grad_h_next, *h_next.shape)
    grad_sum = grad_h_next * (1 - h_next**2)
    return grad_sum @ U, grad_sum @ W, grad_sum.T @ h, grad_sum.T @ x, grad_sum.sum(axis=0)


def rnn_forward(x: np.ndarray, h0: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Cache]:
    """Return the hidden states h_t = tanh(W h_{t-1} + U x_t + b) of all steps.

    x (N, T, D), h0 (N, H), W (H, H), U (H, D), b (H,); returns h (N, T, H) and the cache.
    Raises ValueError if shapes do not fit.
    """
    N, T, D = shape_of("x", x, "N", "T", "D")
    _, H = shape_of("h0", h0, N, "H")
    require_rnn_weights(W, U, b, D, H)
    x_rows = x.transpose(1, 0, 2).reshape(T * N, D)  # step by step
    states = np.empty((T + 1, N, H), np.result_type(x, W))
    states[0] = h0
    states[1:] = (x_rows @ U.T + b).reshape(T, N, H)  # the inputs of all steps in one product
    W_transposed = W.T.copy()  # in this order in memory each step takes half the time
    for before, state in pairwise(states):
        state += before @ W_transposed
        np.tanh(state, out=state)
    return states[1:].transpose(1, 0, 2), (x_rows, states, W, U)


def rnn_backward(grad_h: np.ndarray, cache: Cache) -> tuple[np.ndarray, ...]:
    """Return the gradients of x (N, T, D), h0 (N, H), W (H, H), U (H, D) and b (H,) from grad_h (N, T, H)."""
    x_rows, states, W, U = cache
    T, (N, H) = len(states) - 1, states.shape[1:]
    shape_of("grad_h", grad_h, N, T, H)
    grad_sums = 1 - states[1:] ** 2  # (T, N, H), to be multiplied by what reaches each step
    grad_later = np.zeros_like(states[0])  # what the following steps send back
    for t in reversed(range(T)):
        grad_sums[t] *= grad_h[:, t] + grad_later
        grad_later = grad_sums[t] @ W
    rows = grad_sums.reshape(T * N, H)
    grad_x = (rows @ U).reshape(T, N, U.shape[1]).transpose(1, 0, 2)
    grad_W = rows.T @ states[:-1].reshape(T * N, H)
    return grad_x, grad_later, grad_W, rows.T @ x_rows, rows.sum(axis=0)


def require_rnn_weights(W: np.ndarray, U: np.ndarray, b: np.ndarray, D: int, H: int) -> None:
    """Raise ValueError unless W is (H, H), U is (H, D) and b is (H,)."""
    shape_of("W", W, H, H)
    shape_of("U", U, H, D)
    shape_of("b", b, H)


def language_model_loss(
    h: np.ndarray, V: np.ndarray, b: np.ndarray, targets: np.ndarray
) -> tuple[np.floating, np.ndarray, np.ndarray, np.ndarray]:
    """Return the cross-entropy of the words predicted at every step, and the gradients of h, V and b.

    The word at step t has the distribution softmax(V h_t + b) (notes, "RNN", whose figure writes U for V).
    h (N, T, H), V (M, H), b (M,), targets (N, T) whole numbers below M; the loss is the mean over all N * T words.
    Raises ValueError if shapes do not fit or a target is out of range.
    """
    N, T, H = shape_of("h", h, "N", "T", "H")
    shape_of("targets", targets, N, T)
    logits, cache = linear_forward(h.reshape(N * T, H), V, b)
    loss, grad_logits = cross_entropy(logits, targets.ravel())
    grad_h, grad_V, grad_b = linear_backward(grad_logits, cache)
    return loss, grad_h.reshape(N, T, H), grad_V, grad_b


def softmax_with_temperature(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Return softmax(logits / temperature) along the last axis, in the shape of logits.

    A low temperature makes the likeliest word still likelier, a high one makes all alike. ValueError if it is not
    positive.
    """
    require(temperature > 0, "temperature", temperature, "greater than 0")
    return softmax((logits - logits.max(axis=-1, keepdims=True)) / temperature)  # first - max: nothing overflows


def sample_with_temperature(logits: np.ndarray, temperature: float, rng: np.random.Generator) -> int:
    """Draw one word from softmax(logits / temperature); logits (M,).

    A low temperature takes the likeliest word nearly always, a high one takes any. ValueError if it is not positive.
    """
    (M,) = shape_of("logits", logits, "M")
    return int(rng.choice(M, p=softmax_with_temperature(logits.astype(np.float64), temperature)))
