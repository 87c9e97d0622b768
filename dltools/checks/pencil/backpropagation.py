"""Unit 03 by pencil."""

from typing import Any

import numpy as np

from dltools.checks.exercise import Pencil
from dltools.checks.pencil.arrays import case, whole
from dltools.checks.pencil.sums import dot, mean, number, parentheses, short
from dltools.nn.activations import sigmoid

# The two-layer net


def net_out(g: Any, n: int, m: int) -> str:
    hidden = [f"s({dot(g.x[n], row)})" for row in g.V]
    return f"s({' + '.join(f'{number(w)}·{h}' for w, h in zip(g.W[m], hidden))})"


def states(g: Any) -> tuple[np.ndarray, np.ndarray]:
    h = sigmoid(g.x @ g.V.T)
    return h, sigmoid(h @ g.W.T)


def slope(out: float) -> str:
    return f"{short(out)}·(1 - {short(out)})"


def net_grad_W(g: Any, m: int, i: int) -> str:
    h, z = states(g)
    return " + ".join(f"{number(g.grad_z[n, m])}·{slope(z[n, m])}·{short(h[n, i])}" for n in range(len(h)))


def net_grad_V(g: Any, i: int, d: int) -> str:
    h, z = states(g)
    rows = []
    for n in range(len(h)):
        back = " + ".join(f"{number(g.grad_z[n, m])}·{slope(z[n, m])}·{number(g.W[m, i])}" for m in range(len(g.W)))
        back = f"({back})" if len(g.W) > 1 else back
        rows.append(f"{back}·{slope(h[n, i])}·{number(g.x[n, d])}")
    return " + ".join(rows)


# The gradient by small steps


def sum_of_squares(x: np.ndarray) -> float:
    """Its gradient is 2 x."""
    return float(np.sum(x**2))


def product_plus_cubes(x: np.ndarray) -> float:
    """Each entry's derivative depends on the others."""
    return float(np.prod(x) + np.sum(x**3))


def difference(g: Any, *n: int) -> str:
    step, nudge = getattr(g, "step", 6e-6), np.zeros(g.x.shape)
    nudge[n] = step
    ahead, behind = g.function(g.x + nudge), g.function(g.x - nudge)
    if step < 1e-3:  # the quotient of two rounded numbers would show nothing
        return f"{(ahead - behind):.6g} / (2·{step:g})"
    return f"({number(ahead)} - {number(behind)}) / (2·{step:g})"


# Cross-entropy


def exponentials(row: np.ndarray) -> list[str]:
    return [f"exp({z - row.max():g})" for z in row]


def one_loss(row: np.ndarray, target: int) -> str:
    far = row[target] - row.max()
    total = f"log({' + '.join(exponentials(row))})"
    return f"{total} - {number(far)}" if far else total


def losses(g: Any) -> str:
    return mean(one_loss(row, target) for row, target in zip(g.logits, g.targets))


def loss_grad(g: Any, n: int, m: int) -> str:
    parts = exponentials(g.logits[n])
    share = f"{parts[m]} / ({' + '.join(parts)})"
    inside = f"({share} - 1)" if g.targets[n] == m else parentheses(share)
    return f"{inside} / {len(g.logits)}"


ONE_STEP = {"lr": 2.0, "batch_size": 1, "epochs": 1}
TWO_CLASSES = {"V": [[0.5]], "W": [[1], [-1]]}

PENCIL = {
    "two_layer_forward": Pencil(
        (
            case(x=[[1]], V=[[2]], W=[[-3]]),
            case(x=[[1], [-1]], V=[[2]], W=[[-3]]),
            case(x=[[1, 2]], V=[[2, -1]], W=[[3]]),
            case(x=[[1, 2]], V=[[2, -1], [1, 0]], W=[[3, 1]]),
        ),
        {"z": net_out},
    ),
    "two_layer_backward": Pencil(
        (
            case(x=[[1]], V=[[2]], W=[[-1]], grad_z=[[3]]),
            case(x=[[1], [2]], V=[[1]], W=[[-1]], grad_z=[[3], [4]]),
            case(x=[[1]], V=[[1], [-1]], W=[[1, 2]], grad_z=[[3]]),
            case(x=[[1]], V=[[1]], W=[[2], [-1]], grad_z=[[3, 5]]),
        ),
        {"grad_V": net_grad_V, "grad_W": net_grad_W},
    ),
    "numerical_gradient": Pencil(
        (
            case(function=sum_of_squares, x=[3], step=1.0),
            case(function=product_plus_cubes, x=[1, 2], step=1.0),
            case(function=product_plus_cubes, x=[[1, 2], [3, 4]], step=1.0),
            case(function=sum_of_squares, x=[3]),
        ),
        {"grad": difference},
        tolerance=1e-6,
    ),
    "cross_entropy": Pencil(
        (
            case(logits=[[2, 0]], targets=whole([1])),
            case(logits=[[2, 0], [1, 4]], targets=whole([1, 1])),
            case(logits=[[50, 0]], targets=whole([1])),
            case(logits=[[1000, 0]], targets=whole([1])),
            case(logits=[[1000, 0], [0, 1]], targets=whole([0, 1])),
        ),
        {"loss": losses, "grad": loss_grad},
        tolerance=1e-3,
        foresee=case(logits=[[2, 0], [1, 4]], targets=whole([1, 1])),
    ),
    "train_two_layer": Pencil(
        (
            case(x=[[1]], targets=whole([0]), **TWO_CLASSES, **ONE_STEP),
            case(x=[[1], [2]], targets=whole([0, 1]), **TWO_CLASSES, **ONE_STEP),
            case(x=[[1]], targets=whole([0]), **TWO_CLASSES, **ONE_STEP | {"epochs": 2}),
            case(x=[[1], [2], [3]], targets=whole([0, 1, 0]), **TWO_CLASSES, **ONE_STEP | {"batch_size": 2}),
        )
    ),
}
