"""Unit 00 by pencil."""

from typing import Any

from dltools.checks.exercise import Pencil
from dltools.checks.pencil.arrays import case
from dltools.checks.pencil.sums import mean, number


def centered(g: Any, i: int, j: int) -> str:
    return f"{number(g.x[i, j])} - {mean(g.x[:, j])}"


def distance(g: Any, n: int, m: int) -> str:
    return " + ".join(f"({number(p)} - {number(q)})^2" for p, q in zip(g.a[n], g.b[m]))


PENCIL = {
    "center": Pencil(
        (
            case(x=[[1], [5]]),
            case(x=[[1], [2], [6]]),
            case(x=[[1], [2]]),
            case(x=[[1, 2], [3, 8]]),
        ),
        {"result": centered},
    ),
    "squared_distances": Pencil(
        (
            case(a=[[1, 2]], b=[[4, 6]]),
            case(a=[[1, 2]], b=[[4, 6], [0, 2]]),
            case(a=[[1, 2], [3, 0]], b=[[4, 6], [0, 2]]),
        ),
        {"distances": distance},
    ),
}
