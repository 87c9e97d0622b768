"""Unit 08: long short-term memory. The gates f, i, o and the candidate c~ are stacked in this order, 4H in all."""

import numpy as np

from dltools.nn.activations import sigmoid
from dltools.nn.arguments import shape_of


def lstm_step_forward(
    x: np.ndarray, h: np.ndarray, c: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Return the next hidden state and cell state (notes, "LSTM"; Hochreiter and Schmidhuber, 1997).

    x (N, D), h (N, H), c (N, H), W (4H, H), U (4H, D), b (4H,); returns h_next (N, H), c_next (N, H) and the cache.
    Raises ValueError if shapes do not fit.
    """
    N, D = shape_of("x", x, "N", "D")
    _, H = shape_of("h", h, N, "H")
    shape_of("c", c, N, H)
    require_lstm_weights(W, U, b, D, H)
    sums = h @ W.T + x @ U.T + b  # (N, 4H)
    f, i, o = np.split(sigmoid(sums[:, : 3 * H]), 3, axis=1)
    candidate = np.tanh(sums[:, 3 * H :])
    c_next = f * c + i * candidate
    tanh_c = np.tanh(c_next)
    return o * tanh_c, c_next, (x, h, c, W, U, f, i, o, candidate, tanh_c)


def lstm_step_backward(grad_h_next: np.ndarray, grad_c_next: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Return the gradients of x (N, D), h (N, H), c (N, H), W (4H, H), U (4H, D) and b (4H,).

    grad_h_next and grad_c_next are (N, H).
    """
    x, h, c, W, U, f, i, o, candidate, tanh_c = cache
    shape_of("grad_h_next", grad_h_next, *h.shape)
    shape_of("grad_c_next", grad_c_next, *h.shape)
    grad_c = grad_c_next + grad_h_next * o * (1 - tanh_c**2)  # the cell is reached by both outputs
    grad_f = grad_c * c * f * (1 - f)
    grad_i = grad_c * candidate * i * (1 - i)
    grad_o = grad_h_next * tanh_c * o * (1 - o)
    grad_candidate = grad_c * i * (1 - candidate**2)
    grad_sums = np.concatenate([grad_f, grad_i, grad_o, grad_candidate], axis=1)
    return grad_sums @ U, grad_sums @ W, grad_c * f, grad_sums.T @ h, grad_sums.T @ x, grad_sums.sum(axis=0)


def lstm_forward(
    x: np.ndarray, h0: np.ndarray, c0: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Return the hidden states of all steps and the last cell state.

    x (N, T, D), h0 (N, H), c0 (N, H), W (4H, H), U (4H, D), b (4H,); returns h (N, T, H), c_last (N, H) and the cache.
    Raises ValueError if shapes do not fit.
    """
    N, T, _ = shape_of("x", x, "N", "T", "D")
    h, c, caches = h0, c0, []
    states = np.empty((T, N, len(b) // 4), np.result_type(x, W))
    for t in range(T):
        states[t], c, cache = lstm_step_forward(x[:, t], h, c, W, U, b)
        h = states[t]
        caches.append(cache)
    return states.transpose(1, 0, 2), c, (x, h0, W, U, caches)


def lstm_backward(grad_h: np.ndarray, grad_c_last: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Return the gradients of x (N, T, D), h0 (N, H), c0 (N, H), W (4H, H), U (4H, D) and b (4H,).

    grad_h is (N, T, H), grad_c_last (N, H).
    """
    x, h0, W, U, caches = cache
    (N, T, _), H = x.shape, h0.shape[1]
    shape_of("grad_h", grad_h, N, T, H)
    shape_of("grad_c_last", grad_c_last, N, H)
    grad_x, grad_later, grad_c = np.empty_like(x), np.zeros_like(h0), grad_c_last
    grad_W, grad_U, grad_b = np.zeros_like(W), np.zeros_like(U), np.zeros_like(W[:, 0])
    for t in reversed(range(T)):
        grads = lstm_step_backward(grad_h[:, t] + grad_later, grad_c, caches[t])
        grad_x[:, t], grad_later, grad_c = grads[:3]
        grad_W, grad_U, grad_b = grad_W + grads[3], grad_U + grads[4], grad_b + grads[5]
    return grad_x, grad_later, grad_c, grad_W, grad_U, grad_b


def require_lstm_weights(W: np.ndarray, U: np.ndarray, b: np.ndarray, D: int, H: int) -> None:
    """Raise ValueError unless W is (4H, H), U is (4H, D) and b is (4H,)."""
    shape_of("W", W, 4 * H, H)
    shape_of("U", U, 4 * H, D)
    shape_of("b", b, 4 * H)
