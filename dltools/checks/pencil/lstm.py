"""Unit 08 by pencil: one cell, whose gates have one number each."""

from typing import Any

import numpy as np

from dltools.checks.exercise import Attempt, Pencil
from dltools.checks.lstm import hidden_weights, sums_in
from dltools.checks.pencil.arrays import case
from dltools.checks.pencil.sums import add, dot, number, of, short
from dltools.nn.lstm import lstm_step_backward, lstm_step_forward

FORGET, INPUT, OUTPUT, CANDIDATE = range(4)


def inside(g: Any, gate: int, n: int, i: int) -> str:
    """The sum inside a gate of unit i."""
    row = gate * g.h.shape[1] + i
    return add(dot(g.W[row], g.h[n]), dot(g.U[row], g.x[n]), g.b[row])


def cell(g: Any, n: int, i: int) -> str:
    f, kept, new = (inside(g, gate, n, i) for gate in (FORGET, INPUT, CANDIDATE))
    return f"s({f})·{number(g.c[n, i])} + s({kept})·tanh({new})"


def hidden(g: Any, n: int, i: int) -> str:
    c_next = lstm_step_forward(g.x, g.h, g.c, g.W, g.U, g.b)[1]
    return f"s({inside(g, OUTPUT, n, i)})·{of('tanh')(short(c_next[n, i]))}"


def carried(g: Any, n: int, i: int) -> str:
    """The gradient of the old cell: what reaches the new one, times the forget gate."""
    c_next = short(lstm_step_forward(g.x, g.h, g.c, g.W, g.U, g.b)[1][n, i])
    through = f"{number(g.grad_h_next[n, i])}·s({inside(g, OUTPUT, n, i)})·(1 - tanh({c_next})^2)"
    return f"({number(g.grad_c_next[n, i])} + {through})·s({inside(g, FORGET, n, i)})"


def behind(g: Any, n: int) -> np.ndarray:
    """The gradients of the sums inside all gates (4H,), with four digits."""
    row = slice(n, n + 1)
    _, cache = lstm_step_forward(g.x[row], g.h[row], g.c[row], g.W, g.U, g.b)[1:]
    grad_b = lstm_step_backward(g.grad_h_next[row], g.grad_c_next[row], cache)[-1]
    return np.array([float(f"{grad:.4g}") for grad in grad_b])


def to_x(g: Any, n: int, d: int) -> str:
    """The gradient of an input: what reaches the sums, by the weights that the input has there."""
    return dot(g.U[:, d], behind(g, n))


def to_h(g: Any, n: int, i: int) -> str:
    return dot(g.W[:, i], behind(g, n))


def all_sums(attempt: Attempt) -> dict[str, Any]:
    """Look at W and at the sums inside all gates in the four situations."""
    found = hidden_weights(attempt)
    for place in range(4):
        found |= sums_in(attempt, place)
    return found


ONE = {"W": [[1], [-1], [2], [0.5]], "U": [[-1], [2], [1], [1]], "b": [0.5, 0, 0, -1]}
FEW = {"W": [[1], [-1], [0.5], [0]], "U": [[-1], [2], [0], [1]], "b": [0.5, 0, 0, -0.4]}


def two_units(*weights: tuple[int, int, float]) -> list[list[float]]:
    """W of two units (8, 2): zero but for these (row, column, weight)."""
    W = np.zeros((8, 2))
    for row, column, weight in weights:
        W[row, column] = weight
    found: list[list[float]] = W.tolist()
    return found


TWO = {
    "x": [[0]],
    "W": two_units((0, 1, 1), (1, 0, -2), (2, 1, 3), (4, 0, 2), (5, 1, -1), (7, 0, 1)),
    "U": [[0]] * 8,
    "b": [0] * 8,
}
BACK = {"grad_h_next": [[2]], "grad_c_next": [[3]]}


def step(h: list[list[float]], c: list[list[float]], **more: Any) -> dict[str, Any]:
    """A step of two units."""
    return case(x=TWO["x"], h=h, c=c, W=TWO["W"], U=TWO["U"], b=TWO["b"], **more)


PENCIL = {
    "lstm_step_forward": Pencil(
        (
            case(x=[[1]], h=[[0.5]], c=[[-2]], **ONE),
            step(h=[[0.5, -0.2]], c=[[1, 2]]),
        ),
        {"h_next": hidden, "c_next": cell},
    ),
    "lstm_step_backward": Pencil(
        (
            case(x=[[1]], h=[[0.5]], c=[[-2]], **FEW, **BACK),
            case(
                x=[[1], [0]],
                h=[[0.5], [0]],
                c=[[1], [2]],
                W=FEW["W"],
                U=FEW["U"],
                b=[0] * 4,
                grad_h_next=[[2], [0]],
                grad_c_next=[[3], [1]],
            ),
            step(h=[[0.5, -0.2]], c=[[1, 2]], grad_h_next=[[2, 0]], grad_c_next=[[0, 3]]),
        ),
        {"grad_x": to_x, "grad_h": to_h, "grad_c": carried},
    ),
    "lstm_forward": Pencil(
        (
            case(x=[[[1]]], h0=[[0.5]], c0=[[-2]], **FEW),
            case(x=[[[1], [2]]], h0=[[0.5]], c0=[[-2]], **FEW),
        ),
    ),
    "lstm_backward": Pencil(
        (
            case(x=[[[1]]], h0=[[0.5]], c0=[[-2]], **FEW, grad_h=[[[2]]], grad_c_last=[[3]]),
            case(x=[[[1], [0]]], h0=[[0.5]], c0=[[-2]], **FEW, grad_h=[[[2], [4]]], grad_c_last=[[3]]),
            case(
                x=[[[1]], [[0]]],
                h0=[[0.5], [0]],
                c0=[[1], [2]],
                W=FEW["W"],
                U=FEW["U"],
                b=[0] * 4,
                grad_h=[[[2]], [[0]]],
                grad_c_last=[[3], [1]],
            ),
        ),
    ),
    "memory_cell_weights": Pencil((case(strength=3.0),), look=all_sums),
}
