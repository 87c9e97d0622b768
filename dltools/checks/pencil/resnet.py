"""Unit 09 by pencil: images of one pixel, filters of one weight."""

from typing import Any

from dltools.checks.exercise import Case, Pencil
from dltools.checks.pencil.arrays import case, center, filters
from dltools.checks.pencil.sums import add, number

Place = tuple[int, int, int, int]


def path(g: Any, n: int) -> tuple[str, float]:
    """F(x) of an image of one pixel, as text and as a number."""
    x, w1, w2 = g.x[n, 0, 0, 0], g.weight1[0, 0, 1, 1], g.weight2[0, 0, 1, 1]
    first = f"max({add(f'{number(w1)}·{number(x)}', g.bias1[0])}, 0)"
    value = w2 * max(w1 * x + g.bias1[0], 0) + g.bias2[0]
    return add(f"{number(w2)}·{first}", g.bias2[0]), float(value)


def out(g: Any, n: int, *place: int) -> str:
    return f"max({add(path(g, n)[0], g.x[n, 0, 0, 0])}, 0)"


def grad_x(g: Any, n: int, *place: int) -> str:
    x, w1, w2 = g.x[n, 0, 0, 0], g.weight1[0, 0, 1, 1], g.weight2[0, 0, 1, 1]
    outer, inner = int(path(g, n)[1] + x > 0), int(w1 * x + g.bias1[0] > 0)
    return f"{number(g.grad_out[n, 0, 0, 0])}·{outer}·({number(w2)}·{inner}·{number(w1)} + 1)"


def block(x: list[float], w1: float, b1: float, w2: float, b2: float, *grad_out: float) -> Case:
    """A block on images of one pixel each, with its gradient from above if it is given."""
    given = case(x=filters(*([[pixel]] for pixel in x)), weight1=center(w1), bias1=[b1], weight2=center(w2), bias2=[b2])
    return given | ({"grad_out": filters(*([[grad]] for grad in grad_out))} if grad_out else {})


PENCIL = {
    "residual_block_forward": Pencil(
        (
            block([2], 3, 1, 0.5, 4),
            block([2], 3, 1, -0.5, 4),
            block([2], 3, 1, -1, 0),
            block([-2], 3, 1, 0.5, 4),
            block([-1], 1, 0, 1, -3),
        ),
        {"out": out},
    ),
    "residual_block_backward": Pencil(
        (
            block([2], 3, 1, 0.5, 4, 5),
            block([2], 3, 1, -1, 6, 5),
            block([2], 3, 1, -1, 0, 5),
            block([-2], 3, 1, 0.5, 4, 5),
            block([2, 1], 3, 1, 0.5, 4, 5, 7),
        ),
        {"grad_x": grad_x},
    ),
}
