"""Unit 07: why gradients vanish or explode on their way back through time, and clipping."""

from collections.abc import Sequence

import numpy as np

from dltools.nn.arguments import require, shape_of


def rnn_jacobian(h: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Return dh_t / dh_{t-1} = diag(1 - h_t^2) W of the step h_t = tanh(W h_{t-1} + U x_t + b); h (H,), W (H, H)."""
    (H,) = shape_of("h", h, "H")
    shape_of("W", W, H, H)
    return (1 - h**2)[:, np.newaxis] * W


def rnn_jacobian_product(h: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Return dh_T / dh_1 = dh_T/dh_{T-1} ... dh_2/dh_1 (notes, "Vanishing and exploding gradients").

    h (T, H) holds the states h_1 to h_T of one sequence; W (H, H). Returns (H, H), the identity if T is 1.
    """
    _, H = shape_of("h", h, "T", "H")
    product = np.eye(H, dtype=h.dtype)
    for h_t in h[1:]:
        product = rnn_jacobian(h_t, W) @ product
    return product


def gradient_norm_by_distance(grad_h_last: np.ndarray, h: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Return the norms of dJ/dh_T, dJ/dh_{T-1}, ..., dJ/dh_1 (T,): entry k lies k steps before the loss.

    grad_h_last (H,) is dJ/dh_T, h (T, H) holds the states of one sequence, W (H, H).
    """
    T, H = shape_of("h", h, "T", "H")
    shape_of("grad_h_last", grad_h_last, H)
    grad, norms = grad_h_last, np.empty(T, h.dtype)
    for distance in range(T):
        norms[distance] = np.linalg.norm(grad)
        grad = grad @ rnn_jacobian(h[T - 1 - distance], W)
    return norms


def clip_grad_norm(grads: Sequence[np.ndarray], max_norm: float) -> tuple[list[np.ndarray], float]:
    """Return the gradients, shortened together if their common norm is above max_norm, and that norm.

    grads are arrays of any shapes, and come back in the same; the direction stays (arXiv:1211.5063).
    The largest entry is divided out before squaring: exploding gradients must not overflow just here.
    Raises ValueError if max_norm is not positive.
    """
    require(max_norm > 0, "max_norm", max_norm, "greater than 0")
    largest = max((float(np.abs(grad).max(initial=0)) for grad in grads), default=0.0) or 1.0
    norm = largest * float(np.sqrt(sum(float(np.sum((grad / largest) ** 2)) for grad in grads)))
    factor = min(1.0, max_norm / norm) if norm else 1.0
    return [grad * factor for grad in grads], norm
