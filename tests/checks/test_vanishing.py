"""Unit 07: every honest way to write the exercises is accepted, extreme inputs included."""

import numpy as np
import pytest
from styles import accepted

from dltools.checks import exercises
from dltools.checks.engine import judge


def jacobian_with_diag(h, W):
    return np.diag(1 - h * h) @ W


def jacobian_by_loops(h, W):
    out = np.empty_like(W)
    for i in range(len(h)):
        for j in range(len(h)):
            out[i, j] = W[i, j] * (1 - h[i] ** 2)
    return out


def jacobian_by_einsum(h, W):
    return np.einsum("i,ij->ij", 1 - np.square(h), W)


def product_from_the_left(h, W):
    """Starts at the last step, as the backward does."""
    out = np.eye(len(W))
    for t in range(len(h) - 1, 0, -1):
        out = out @ (np.diag(1 - h[t] ** 2) @ W)
    return out


def product_by_multi_dot(h, W):
    factors = [(1 - h_t**2)[:, None] * W for h_t in h[:0:-1]]
    return np.linalg.multi_dot([np.eye(len(W)), *factors, np.eye(len(W))])


def product_by_columns(h, W):
    """One column at a time: what a small change of one entry of h_1 does to h_T."""
    columns = []
    for change in np.eye(len(W)):
        for h_t in h[1:]:
            change = (1 - h_t**2) * (W @ change)
        columns.append(change)
    return np.array(columns).T


def norms_as_list_to_array(grad_h_last, h, W):
    grad, out = grad_h_last.copy(), []
    for t in reversed(range(len(h))):
        out.append(np.sqrt(np.sum(grad**2)))
        grad = W.T @ (grad * (1 - h[t] ** 2))
    return np.array(out)


def norms_by_product(grad_h_last, h, W):
    """Every distance from scratch."""
    T = len(h)
    return np.array([np.linalg.norm(grad_h_last @ product_from_the_left(h[T - 1 - k :], W)) for k in range(T)], h.dtype)


def norms_by_loops(grad_h_last, h, W):
    T, H = h.shape
    grads = np.zeros((T, H), h.dtype)
    grads[-1] = grad_h_last
    for t in range(T - 1, 0, -1):
        for j in range(H):
            for i in range(H):
                grads[t - 1, j] += grads[t, i] * (1 - h[t, i] ** 2) * W[i, j]
    return np.linalg.norm(grads, axis=1)[::-1]


def clip_with_hypot(grads, max_norm):
    norm = 0.0
    for grad in grads:
        for entry in grad.ravel():
            norm = np.hypot(norm, entry)
    return ([grad * grad.dtype.type(max_norm / norm) if norm > max_norm else grad.copy() for grad in grads], norm)


def clip_with_one_vector(grads, max_norm):
    flat = np.concatenate([np.ravel(grad) for grad in grads])
    largest = np.max(np.abs(flat))
    if largest == 0:
        return list(grads), 0.0
    norm = largest * np.linalg.norm(flat / largest)
    return tuple(grad / max(1.0, float(norm / max_norm)) for grad in grads), norm


def clip_with_math(grads, max_norm):
    from math import hypot

    norm = hypot(*(float(entry) for grad in grads for entry in grad.flat))
    return [grad * min(1.0, max_norm / (norm or max_norm)) for grad in grads], norm


STYLES = {
    "rnn_jacobian": [jacobian_with_diag, jacobian_by_loops, jacobian_by_einsum],
    "rnn_jacobian_product": [product_from_the_left, product_by_multi_dot, product_by_columns],
    "gradient_norm_by_distance": [norms_as_list_to_array, norms_by_product, norms_by_loops],
    "clip_grad_norm": [clip_with_hypot, clip_with_one_vector, clip_with_math],
}


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("name, function", [(name, f) for name, styles in STYLES.items() for f in styles])
def test_an_honest_style_is_accepted(name, function, seed):
    accepted(name, function, seed=seed)


def test_the_plain_norm_loses_the_points_for_overflow_only():
    def plain(grads, max_norm):
        norm = np.sqrt(sum(np.sum(grad**2) for grad in grads))
        return [grad * min(1.0, max_norm / norm) if norm else grad for grad in grads], norm

    verdict = judge(exercises()["clip_grad_norm"], plain)
    assert verdict.max_points - verdict.points == 0.5
    assert verdict.mistakes == ["overflows"]


def test_a_warning_on_the_way_costs_nothing(capsys):
    def warns(h, W):
        np.log(np.zeros(1))
        return jacobian_with_diag(h, W)

    assert judge(exercises()["rnn_jacobian"], warns).passed
    assert capsys.readouterr().err == ""
