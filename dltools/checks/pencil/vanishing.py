"""Unit 07 by pencil."""

from typing import Any

import numpy as np

from dltools.checks.exercise import Pencil
from dltools.checks.pencil.arrays import case, several
from dltools.checks.pencil.sums import number, short
from dltools.nn.vanishing import rnn_jacobian, rnn_jacobian_product


def jacobian(g: Any, i: int, j: int) -> str:
    return f"(1 - {number(g.h[i])}^2)·{number(g.W[i, j])}"


def last_step(g: Any, i: int, j: int) -> str:
    """The last factor times the product of those before it."""
    if len(g.h) == 1:
        return str(int(i == j))
    before, last = rnn_jacobian_product(g.h[:-1], g.W), rnn_jacobian(g.h[-1], g.W)
    return " + ".join(f"{short(last[i, k])}·{short(before[k, j])}" for k in range(len(g.W)))


def length(g: Any, distance: int) -> str:
    grad = g.grad_h_last
    for h in g.h[::-1][:distance]:
        grad = grad @ rnn_jacobian(h, g.W)
    return f"sqrt({' + '.join(f'{short(v)}^2' for v in grad)})"


def squares(g: Any) -> str:
    largest = max(float(np.abs(grad).max()) for grad in g.grads) or 1.0
    text = f"sqrt({' + '.join(f'{number(v / largest)}^2' for grad in g.grads for v in grad.flat)})"
    return text if largest == 1 else f"{number(largest)}·{text}"


def clipped(g: Any, i: int, *n: int) -> str:
    largest = max(float(np.abs(grad).max()) for grad in g.grads) or 1.0
    norm = largest * float(np.sqrt(sum(np.sum((grad / largest) ** 2) for grad in g.grads)))
    value = number(g.grads[i][n])
    return f"{value}·{number(g.max_norm)} / {number(norm)}" if norm > g.max_norm else value


TURN = [[1, 2], [3, -1]]

PENCIL = {
    "rnn_jacobian": Pencil((case(h=[0.5], W=[[2]]), case(h=[0.5, -0.1], W=[[2, 4], [-3, 1]])), {"Jacobian": jacobian}),
    "rnn_jacobian_product": Pencil(
        (
            case(h=[[0.5]], W=[[2]]),
            case(h=[[0.1], [0.5]], W=[[2]]),
            case(h=[[0.1], [0.5], [-0.2]], W=[[2]]),
            case(h=[[0, 0], [0.5, 0.2]], W=TURN),
            case(h=[[0, 0], [0.5, 0], [0, 0.2]], W=TURN),
        ),
        {"product": last_step},
    ),
    "gradient_norm_by_distance": Pencil(
        (
            case(grad_h_last=[3, 4], h=[[0.5, 0.1]], W=TURN),
            case(grad_h_last=[3], h=[[0.1], [0.5]], W=[[2]]),
            case(grad_h_last=[3], h=[[0.1], [0.5], [-0.2]], W=[[2]]),
            case(grad_h_last=[3, 4], h=[[0, 0], [0.5, 0]], W=TURN),
            case(grad_h_last=[3, 4], h=[[0, 0], [0.5, 0], [0, 0.2]], W=TURN),
            case(grad_h_last=[3], h=[[0.1], [0.5]], W=[[0.0001]]),
        ),
        {"norms": length},
    ),
    "clip_grad_norm": Pencil(
        (
            case(grads=several([3], [4]), max_norm=2.0),
            case(grads=several([3], [4]), max_norm=10.0),
            case(grads=several([0], [0]), max_norm=2.0),
            case(grads=several([3e200], [4e200]), max_norm=2.0),
        ),
        {"clipped": clipped, "norm": squares},
        tolerance=1e-4,
    ),
}
