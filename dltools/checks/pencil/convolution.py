"""Unit 04 by pencil."""

from itertools import product
from typing import Any

import numpy as np

from dltools.checks.exercise import Pencil
from dltools.checks.pencil.arrays import case, filters, image
from dltools.checks.pencil.sums import MANY, add, dot, number


def settings(g: Any) -> tuple[int, int]:
    return getattr(g, "stride", 1), getattr(g, "padding", 0)


def padded(g: Any) -> np.ndarray:
    border = settings(g)[1]
    return np.pad(g.x, [(0, 0), (0, 0), (border, border), (border, border)])


def out(g: Any, n: int, k: int, i: int, j: int) -> str:
    step, (FH, FW) = settings(g)[0], g.weight.shape[2:]
    window = padded(g)[n, :, i * step : i * step + FH, j * step : j * step + FW]
    return add(dot(window, g.weight[k]), g.bias[k])


def listed(terms: list[tuple[float, float]]) -> str:
    """The products, without those that are zero where there are many."""
    kept = [pair for pair in terms if all(pair)] if len(terms) > MANY else terms
    return " + ".join(f"{number(p)}·{number(q)}" for p, q in kept) or "0"


def grad_weight(g: Any, k: int, c: int, i: int, j: int) -> str:
    step, x = settings(g)[0], padded(g)
    N, _, OH, OW = g.grad_out.shape
    return listed(
        [(g.grad_out[n, k, p, q], x[n, c, p * step + i, q * step + j]) for n, p, q in product(*map(range, (N, OH, OW)))]
    )


def grad_x(g: Any, n: int, c: int, i: int, j: int) -> str:
    (step, border), (K, _, FH, FW) = settings(g), g.weight.shape
    terms = []
    for k, p, q in product(range(K), *map(range, g.grad_out.shape[2:])):
        a, b = i + border - p * step, j + border - q * step  # the weight that lay on this pixel
        if 0 <= a < FH and 0 <= b < FW:
            terms.append((g.grad_out[n, k, p, q], g.weight[k, c, a, b]))
    return listed(terms)


def grad_bias(g: Any, k: int) -> str:
    return add(g.grad_out[:, k])


def positions(g: Any) -> str:
    stride, padding = settings(g)
    return f"({g.size} - {g.kernel_size} + 2·{padding}) // {stride} + 1"


def parameters(g: Any) -> str:
    return f"({g.kernel_size}·{g.kernel_size}·{g.in_channels} + 1)·{g.out_channels}"


CORNERS = image([[4, 0, 0], [0, 3, 0], [0, 0, -1]])
NINE = image([[1, 2, 3], [4, 5, 6], [7, 8, 9]])

PENCIL = {
    "conv2d_output_size": Pencil(
        (
            case(size=5, kernel_size=3),
            case(size=7, kernel_size=3, stride=2),
            case(size=4, kernel_size=3, stride=1, padding=1),
            case(size=6, kernel_size=3, stride=2),
            case(size=7, kernel_size=3, stride=2, padding=3),
        ),
        {"positions": positions},
    ),
    "conv2d_parameter_count": Pencil((case(in_channels=2, out_channels=4, kernel_size=3),), {"parameters": parameters}),
    "conv2d_forward": Pencil(
        (
            case(x=image([[1, 0], [2, -1]]), weight=image([[3, 1], [-2, 4]]), bias=[5]),
            case(x=image([[1, 2, 4]]), weight=image([[3, -1]]), bias=[5]),
            case(x=image([[1]], [[2]]), weight=image([[3]], [[-4]]), bias=[5]),
            case(x=image([[1]]), weight=image([[-7]]), bias=[5]),
            case(x=image([[2]]), weight=CORNERS, bias=[5], stride=1, padding=1),
            case(x=NINE, weight=image([[2]]), bias=[0], stride=2, padding=0),
            case(x=image([[1, 2, 4]]), weight=image([[3, -1]]), bias=[5], stride=2, padding=0),
            case(x=image([[1, 2]]), weight=filters([[3]], [[-1]]), bias=[0, 0]),
        ),
        {"out": out},
        foresee=case(x=image([[1, 2, 3], [4, 0, -1]]), weight=image([[1, -2], [3, 2]]), bias=[5], stride=2, padding=1),
    ),
    "conv2d_backward": Pencil(
        (
            case(x=image([[1, 0], [2, -1]]), weight=image([[3, 0], [-2, 4]]), bias=[0], grad_out=image([[5]])),
            case(x=filters([[1]], [[2]]), weight=image([[3]]), bias=[0], grad_out=filters([[4]], [[-7]])),
            case(x=image([[1, 2, 4]]), weight=image([[3, -1]]), bias=[0], grad_out=image([[5, 7]])),
            case(x=image([[1]]), weight=filters([[3]], [[-2]]), bias=[0, 0], grad_out=image([[5]], [[7]])),
            case(x=image([[1, 2]]), weight=CORNERS, bias=[0], stride=1, padding=1, grad_out=image([[5, 7]])),
            case(x=image([[1, 2, 4]]), weight=image([[3]]), bias=[0], stride=2, padding=0, grad_out=image([[5, 7]])),
            case(x=image([[1, 2, 4]]), weight=image([[3, -1]]), bias=[0], stride=2, padding=0, grad_out=image([[5]])),
        ),
        {"grad_x": grad_x, "grad_weight": grad_weight, "grad_bias": grad_bias},
        foresee=case(
            x=filters([[1, 2, 4]], [[3, -1, 0]]),
            weight=image([[2, -3]]),
            bias=[0],
            grad_out=filters([[5, 7]], [[-2, 0]]),
        ),
    ),
    "conv2d_as_matrix": Pencil(
        (
            case(weight=image([[1, 2]]), image_shape=(1, 1, 3)),
            case(weight=image([[1, 2], [3, 4]]), image_shape=(1, 2, 3)),
            case(weight=image([[1, 2]]), image_shape=(1, 2, 3)),
            case(weight=filters([[1]], [[2]]), image_shape=(1, 1, 2)),
            case(weight=image([[1]], [[2]]), image_shape=(2, 1, 2)),
            case(weight=image([[1, 2]]), image_shape=(1, 1, 4), stride=2, padding=0),
            case(weight=image([[1]]), image_shape=(1, 1, 2), stride=1, padding=1),
        ),
        foresee=case(weight=image([[1, 2], [3, 4]]), image_shape=(1, 2, 4), stride=2, padding=0),
    ),
}
