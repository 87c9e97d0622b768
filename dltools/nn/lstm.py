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
    N, T, D = shape_of("x", x, "N", "T", "D")
    _, H = shape_of("h0", h0, N, "H")
    shape_of("c0", c0, N, H)
    require_lstm_weights(W, U, b, D, H)
    x_rows = x.transpose(1, 0, 2).reshape(T * N, D)  # step by step
    halves = np.array([0.5, 0.5, 0.5, 1], W.dtype).reshape(4, 1, 1)  # s(z) = (tanh(z / 2) + 1) / 2: one tanh for all
    W_halved, U_halved, b_halved = (array.reshape(4, H, -1) * halves for array in (W, U, b))
    gates = x_rows @ U_halved.transpose(0, 2, 1) + b_halved.transpose(0, 2, 1)  # the inputs of all steps
    gates = gates.reshape(4, T, N, H)
    h, c, tanh_c = (np.empty((T + 1, N, H), gates.dtype) for _ in range(3))
    h[0], c[0] = h0, c0
    for t in range(T):
        step = gates[:, t]
        step += h[t] @ W_halved.transpose(0, 2, 1)
        np.tanh(step, out=step)
        step[:3] += 1
        step[:3] *= 0.5
        f, i, o, candidate = step
        c[t + 1] = f * c[t] + i * candidate
        np.tanh(c[t + 1], out=tanh_c[t + 1])
        h[t + 1] = o * tanh_c[t + 1]
    return h[1:].transpose(1, 0, 2), c[-1], (x_rows, h, c, tanh_c, gates, W, U)


def lstm_backward(grad_h: np.ndarray, grad_c_last: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Return the gradients of x (N, T, D), h0 (N, H), c0 (N, H), W (4H, H), U (4H, D) and b (4H,).

    grad_h is (N, T, H), grad_c_last (N, H).
    """
    x_rows, h, c, tanh_c, gates, W, U = cache
    _, T, N, H = gates.shape
    shape_of("grad_h", grad_h, N, T, H)
    shape_of("grad_c_last", grad_c_last, N, H)
    W, U = W.reshape(4, H, H), U.reshape(4, H, -1)
    grad_sums = np.empty_like(gates)
    grad_later, grad_c = np.zeros_like(h[0]), grad_c_last
    for t in reversed(range(T)):
        f, i, o, candidate = gates[:, t]
        grad_h_t = grad_h[:, t] + grad_later
        grad_c = grad_c + grad_h_t * o * (1 - tanh_c[t + 1] ** 2)
        grad_sums[0, t] = grad_c * c[t] * f * (1 - f)
        grad_sums[1, t] = grad_c * candidate * i * (1 - i)
        grad_sums[2, t] = grad_h_t * tanh_c[t + 1] * o * (1 - o)
        grad_sums[3, t] = grad_c * i * (1 - candidate**2)
        grad_c = grad_c * f
        grad_later = (grad_sums[:, t] @ W).sum(axis=0)
    rows = grad_sums.reshape(4, T * N, H)
    grad_x = (rows @ U).sum(axis=0).reshape(T, N, -1).transpose(1, 0, 2)
    grad_W = rows.transpose(0, 2, 1) @ h[:-1].reshape(T * N, H)
    grad_U = rows.transpose(0, 2, 1) @ x_rows
    return grad_x, grad_later, grad_c, grad_W.reshape(4 * H, H), grad_U.reshape(4 * H, -1), rows.sum(axis=1).ravel()


def require_lstm_weights(W: np.ndarray, U: np.ndarray, b: np.ndarray, D: int, H: int) -> None:
    """Raise ValueError unless W is (4H, H), U is (4H, D) and b is (4H,)."""
    shape_of("W", W, 4 * H, H)
    shape_of("U", U, 4 * H, D)
    shape_of("b", b, 4 * H)
