"""Unit 05 by pencil."""

from itertools import product
from typing import Any

import numpy as np

from dltools.checks.exercise import Case, Pencil
from dltools.checks.pencil.arrays import case, center, filters, image
from dltools.checks.pencil.sums import mean, number

Pair = tuple[int, int]
Map = list[list[float]]


def pair(value: Any) -> Pair:
    return (value, value) if isinstance(value, int) else value


def settings(g: Any) -> tuple[Pair, Pair]:
    """The sizes of a window and the way it moves, both as pairs."""
    stride = getattr(g, "stride", None)
    return pair(g.kernel_size), pair(g.kernel_size if stride is None else stride)


def window(g: Any, n: int, c: int, i: int, j: int) -> np.ndarray:
    (FH, FW), (down, right) = settings(g)
    found: np.ndarray = g.x[n, c, i * down : i * down + FH, j * right : j * right + FW]
    return found


def maximum(g: Any, *place: int) -> str:
    entries = window(g, *place)
    return f"max({', '.join(f'{v:g}' for v in entries.flat)})" if entries.size > 1 else number(entries.item())


def average(g: Any, *place: int) -> str:
    return mean(window(g, *place).flat)


def windows_at(g: Any, n: int, c: int, i: int, j: int) -> list[tuple[float, float]]:
    """For each window that holds a pixel: its gradient, and 1 if the pixel is its first maximum, else 0."""
    (FH, FW), (down, right) = settings(g)
    found = []
    for p, q in product(*map(range, g.grad_out.shape[2:])):
        a, b = i - p * down, j - q * right
        if 0 <= a < FH and 0 <= b < FW:
            won = window(g, n, c, p, q).argmax() == a * FW + b
            found.append((float(g.grad_out[n, c, p, q]), float(won)))
    return found


def max_back(g: Any, *place: int) -> str:
    return " + ".join(f"{number(grad)}·{won:g}" for grad, won in windows_at(g, *place)) or "0"


def average_back(g: Any, *place: int) -> str:
    (FH, FW), _ = settings(g)
    return " + ".join(f"{number(grad)} / {FH * FW}" for grad, _ in windows_at(g, *place)) or "0"


NINE = image([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
POOLED: tuple[Case, ...] = (
    case(x=image([[1, 3], [4, 2]]), kernel_size=2),
    case(x=image([[3, 4], [1, 2]]), kernel_size=2),
    case(x=image([[-1, -4], [-3, -2]]), kernel_size=2),
    case(x=image([[1]], [[2]]), kernel_size=1),
    case(x=filters([[1]], [[2]]), kernel_size=1),
    case(x=image([[1, 2]], [[3, 4]]), kernel_size=1),
    case(x=image([[1, 2, 3, 4], [6, 5, 8, 7]]), kernel_size=2),
    case(x=image([[1, 2, 9], [4, 3, 8]]), kernel_size=2),
    case(x=NINE, kernel_size=1, stride=2),
    case(x=image([[1, 3, 2], [7, 4, 5]]), kernel_size=2, stride=1),
    case(x=image([[1, 2, 4]]), kernel_size=(1, 2), stride=(1, 1)),
    case(x=image([[1, 2], [3, 4]], [[8, 7], [5, 6]]), kernel_size=2),
    case(x=image([[1, 2]]), kernel_size=1),
)

WAYS_BACK: tuple[Case, ...] = (
    case(x=image([[1, 3], [4, 2]]), kernel_size=2, grad_out=image([[5]])),
    case(x=image([[3, 1], [2, 1]]), kernel_size=2, grad_out=image([[-5]])),
    case(x=image([[1, 4], [4, 2]]), kernel_size=2, grad_out=image([[6]])),
    case(x=image([[1, 3, 2]]), kernel_size=(1, 2), stride=(1, 1), grad_out=image([[5, 7]])),
    case(x=image([[3, 1, 4]]), kernel_size=(1, 2), stride=(1, 1), grad_out=image([[5, 7]])),
    case(x=image([[1, 2]], [[4, 3]]), kernel_size=(1, 2), grad_out=image([[5]], [[7]])),
    case(x=image([[1, 2, 4]]), kernel_size=1, stride=2, grad_out=image([[5, 7]])),
    case(x=image([[1, 2, 9]]), kernel_size=(1, 2), grad_out=image([[5]])),
)


# The whole net: filters that have one weight, in the middle


def network(x: list[Map], **changes: Any) -> Case:
    """A net with one filter in each convolution, of weight 1, on gray images."""
    zeros = {"bias1": [0], "bias2": [0], "bias3": [0]}
    weights = {"weight1": center(1), "weight2": center(1), "weight3": [[1]]}
    found: Case = {"x": filters(*x)} | weights | zeros | changes
    return case(**{name: found[name] for name in (*ORDER, *changes) if name in found})


ORDER = ("x", "weight1", "bias1", "weight2", "bias2", "weight3", "bias3")
CORNER: Map = [[1, 2, 0, 0], [3, 5, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
BELOW: Map = [[-1, -2, 0, 0], [-3, -5, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
WIDE: Map = [[1, 0, 0, 0, 2, 0, 0, 0], *[[0.0] * 8] * 3]
FIVE: Map = [[5, 0, 0, 0], *[[0.0] * 4] * 3]
SEVEN: Map = [[7, 0, 0, 0], *[[0.0] * 4] * 3]
HALVES: Map = [[1, 0, -1, -2], [0, 0, -3, -5], [0, 0, 0, 0], [0, 0, 0, 0]]
TURNED = {"weight2": center(-1)}

PENCIL = {
    "max_pool2d_forward": Pencil(
        POOLED,
        {"out": maximum},
        foresee=case(x=image([[-5, -2, 4], [0, 3, 8], [1, 7, 6]]), kernel_size=(1, 2), stride=(2, 1)),
    ),
    "max_pool2d_backward": Pencil(WAYS_BACK, {"grad_x": max_back}),
    "avg_pool2d_forward": Pencil(
        POOLED, {"out": average}, foresee=case(x=image([[1, 3, 8, 2, 9], [6, 4, 5, 7, 0]]), kernel_size=(1, 2))
    ),
    "avg_pool2d_backward": Pencil(WAYS_BACK, {"grad_x": average_back}),
    "flatten_forward": Pencil(
        (
            case(x=image([[1, 2], [3, 4]])),
            case(x=image([[1, 2]], [[3, 4]])),
            case(x=filters([[1, 2]], [[3, 4]])),
            case(x=[[1, 2]]),
        )
    ),
    "flatten_backward": Pencil(
        (
            case(x=image([[1, 2]], [[3, 4]]), grad_out=[[5, 6, 7, 8]]),
            case(x=filters([[1, 2]], [[3, 4]]), grad_out=[[5, 6], [7, 8]]),
            case(x=[[1, 2]], grad_out=[[5, 6]]),
        )
    ),
    "cnn_forward": Pencil(
        (
            network([CORNER], weight3=[[2]], bias3=[3]),
            network([CORNER], weight3=[[2], [-1]], bias3=[0, 0]),
            network([BELOW], **TURNED),
            network([CORNER], bias2=[-7]),
            network([WIDE], weight2=center(1, 3), bias2=[0, 0], weight3=[[1, 2, 3, 4]]),
        ),
        foresee=network([HALVES], weight2=center(-1), bias2=[2], weight3=[[2], [-1]], bias3=[0, 0]),
    ),
    "cnn_backward": Pencil(
        (
            network([CORNER], weight3=[[2]], grad_logits=[[3]]),
            network([CORNER], weight3=[[-2]], grad_logits=[[3]]),
            network([BELOW], bias2=[1], grad_logits=[[3]]),
            network([CORNER], bias2=[-7], grad_logits=[[3]]),
            network([FIVE, SEVEN], grad_logits=[[3], [4]]),
        )
    ),
}
