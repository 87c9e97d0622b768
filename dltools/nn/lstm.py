"""Unit 08: long short-term memory. The gates f, i, o and the candidate c~ are stacked in this order, 4H in all.

Inside they are an array (4, N, H), so that `f, i, o, candidate = gates` gives each in one piece.
"""

import numpy as np

from dltools.nn.arguments import Cache, shape_of


def lstm_step_forward(
    x: np.ndarray, h: np.ndarray, c: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray, Cache]:
    """Return the next hidden state and cell state (notes, "LSTM"; Hochreiter and Schmidhuber, 1997).

    x (N, D), h (N, H), c (N, H), W (4H, H), U (4H, D), b (4H,); returns h_next (N, H), c_next (N, H) and the cache.
    Raises ValueError if shapes do not fit.
    """
    N, D = shape_of("x", x, "N", "D")
    _, H = shape_of("h", h, N, "H")
    shape_of("c", c, N, H)
    require_lstm_weights(W, U, b, D, H)
    sums = h @ W.T + x @ U.T + b
    h_next, c_next, cell = cell_forward(sums.reshape(N, 4, H).transpose(1, 0, 2), c)
    return h_next, c_next, (x, h, W, U, cell)


def lstm_step_backward(grad_h_next: np.ndarray, grad_c_next: np.ndarray, cache: Cache) -> tuple[np.ndarray, ...]:
    """Return the gradients of x (N, D), h (N, H), c (N, H), W (4H, H), U (4H, D) and b (4H,).

    grad_h_next and grad_c_next are (N, H).
    """
    x, h, W, U, cell = cache
    shape_of("grad_h_next", grad_h_next, *h.shape)
    shape_of("grad_c_next", grad_c_next, *h.shape)
    grad_sums, grad_c = cell_backward(grad_h_next, grad_c_next, cell)
    grad_sums = grad_sums.transpose(1, 0, 2).reshape(len(x), -1)  # (N, 4H)
    return grad_sums @ U, grad_sums @ W, grad_c, grad_sums.T @ h, grad_sums.T @ x, grad_sums.sum(axis=0)


def cell_forward(sums: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray, Cache]:
    """Return h_next and c_next (N, H) from c (N, H) and sums (4, N, H), which become the gates in their place."""
    sigmoids = sums[:3]
    sigmoids *= 0.5  # s(z) = (tanh(z / 2) + 1) / 2, so that one tanh serves all four
    gates = np.tanh(sums, out=sums)
    sigmoids += 1
    sigmoids *= 0.5
    f, i, o, candidate = gates
    c_next = f * c + i * candidate
    tanh_c = np.tanh(c_next)
    return o * tanh_c, c_next, (gates, c, tanh_c)


def cell_backward(grad_h: np.ndarray, grad_c: np.ndarray, cell: Cache) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of sums (4, N, H) and c (N, H) from those of h_next and c_next, both (N, H)."""
    gates, c, tanh_c = cell
    f, i, o, candidate = gates
    grad_c = grad_c + grad_h * o * (1 - tanh_c**2)  # the cell is reached by way of h_next too
    grad_sums = gates * (1 - gates)  # the slope of the three sigmoids ...
    grad_sums[3] = 1 - candidate**2  # ... and of the tanh
    grad_sums[0] *= grad_c * c
    grad_sums[1] *= grad_c * candidate
    grad_sums[2] *= grad_h * tanh_c
    grad_sums[3] *= grad_c * i
    return grad_sums, grad_c * f


def lstm_forward(
    x: np.ndarray, h0: np.ndarray, c0: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray, Cache]:
    """Return the hidden states of all steps and the last cell state.

    x (N, T, D), h0 (N, H), c0 (N, H), W (4H, H), U (4H, D), b (4H,); returns h (N, T, H), c_last (N, H) and the cache.
    Raises ValueError if shapes do not fit.
    """
    N, T, D = shape_of("x", x, "N", "T", "D")
    _, H = shape_of("h0", h0, N, "H")
    shape_of("c0", c0, N, H)
    require_lstm_weights(W, U, b, D, H)
    W_gates, U_gates, b_gates = (by_gate(array, H) for array in (W, U, b))
    h, c, cells = np.empty((T + 1, N, H), np.result_type(x, W)), c0, []
    h[0] = h0
    for t in range(T):
        sums = h[t] @ W_gates + x[:, t] @ U_gates + b_gates  # (4, N, H)
        h[t + 1], c, cell = cell_forward(sums, c)
        cells.append(cell)
    return h[1:].transpose(1, 0, 2), c, (x, h, W, U, cells)


def lstm_backward(grad_h: np.ndarray, grad_c_last: np.ndarray, cache: Cache) -> tuple[np.ndarray, ...]:
    """Return the gradients of x (N, T, D), h0 (N, H), c0 (N, H), W (4H, H), U (4H, D) and b (4H,).

    grad_h is (N, T, H), grad_c_last (N, H).
    """
    x, h, W, U, cells = cache
    (N, T, D), H = x.shape, h.shape[2]
    shape_of("grad_h", grad_h, N, T, H)
    shape_of("grad_c_last", grad_c_last, N, H)
    grad_sums = np.empty((T, N, 4 * H), h.dtype)
    grad_later, grad_c = np.zeros_like(h[0]), grad_c_last  # what the following steps send back
    for t in reversed(range(T)):
        grad_gates, grad_c = cell_backward(grad_h[:, t] + grad_later, grad_c, cells[t])
        grad_sums[t] = grad_gates.transpose(1, 0, 2).reshape(N, 4 * H)
        grad_later = grad_sums[t] @ W
    rows = grad_sums.reshape(T * N, 4 * H)  # the weights' gradients are sums over all steps: one product each
    grad_x = (rows @ U).reshape(T, N, D).transpose(1, 0, 2)
    grad_W = rows.T @ h[:-1].reshape(T * N, H)
    grad_U = rows.T @ x.transpose(1, 0, 2).reshape(T * N, D)
    return grad_x, grad_later, grad_c, grad_W, grad_U, rows.sum(axis=0)


def by_gate(weight: np.ndarray, H: int) -> np.ndarray:
    """Return weight (4H, D) as a copy (4, D, H), ready to be multiplied from the left by (N, D)."""
    return weight.reshape(4, H, -1).transpose(0, 2, 1).copy()


def memory_cell_weights(strength: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return W (4, 1), U (4, 2), b (4,) of one cell that keeps a bit until it is told to write another.

    Its inputs are (bit, write): -1 or 1, and 0 or 1. The sums inside the gates are `strength` or -strength: f is open
    and i closed while write is 0, the other way round while it is 1; o is always open; the candidate takes the bit.
    """
    s = float(strength)
    U = np.array([[0, -2 * s], [0, 2 * s], [0, 0], [s, 0]])  # of f, i, o, c~
    return np.zeros((4, 1)), U, np.array([s, -s, s, 0])


def require_lstm_weights(W: np.ndarray, U: np.ndarray, b: np.ndarray, D: int, H: int) -> None:
    """Raise ValueError unless W is (4H, H), U is (4H, D) and b is (4H,)."""
    shape_of("W", W, 4 * H, H)
    shape_of("U", U, 4 * H, D)
    shape_of("b", b, 4 * H)
