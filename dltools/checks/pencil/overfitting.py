"""Unit 10 by pencil."""

from typing import Any

import numpy as np

from dltools.checks.exercise import Attempt, Case, Pencil
from dltools.checks.overfitting import kept
from dltools.checks.pencil.arrays import case, several
from dltools.checks.pencil.sums import number


def run(validation: list[float], patience: int) -> Case:
    """A recorded run; the weights of epoch t are t, and the training loss falls to zero."""
    count = len(validation)
    training = [max(round(0.4 - 0.2 * t, 1), 0.0) for t in range(count)]
    weights = several(*([t] for t in range(count)))
    return {"training_losses": training, "validation_losses": validation, "weights": weights, "patience": patience}


def power(g: Any, n: int, j: int) -> str:
    return f"{number(g.x[n])}^{j}"


def absolutes(g: Any) -> str:
    return f"{g.alpha:g}·({' + '.join(f'abs({w:g})' for w in g.weight.flat)})"


def sign(g: Any, *n: int) -> str:
    return f"{g.alpha:g}·{number(np.sign(g.weight[n]))}"


def squares(g: Any) -> str:
    return f"{g.beta:g}·({' + '.join(f'{number(w)}^2' for w in g.weight.flat)})"


def twice(g: Any, *n: int) -> str:
    return f"{g.beta:g}·2·{number(g.weight[n])}"


def decayed(g: Any, *n: int) -> str:
    return f"(1 - 2·{g.lr:g}·{g.beta:g})·{number(g.weight[n])} - {g.lr:g}·{number(g.grad_weight[n])}"


def plain_step(g: Any, *n: int) -> str:
    return f"{number(g.bias[n])} - {g.lr:g}·{number(g.grad_bias[n])}"


def drawn(g: Any, *n: int) -> str:
    w = g.weight[n]
    return f"{number(np.sign(w))}·max(abs({w:g}) - {g.threshold:g}, 0)"


def full_net(g: Any, *n: int) -> str:
    return f"(1 - {g.p:g})·{number(g.weight[n])}"


def factors(attempt: Attempt) -> dict[str, Any]:
    """Look at out where nothing can be deleted; else at the factors of what is kept, whichever entries these are."""
    given = attempt.arguments
    if not given["p"] or not given.get("training", True):
        return {"out": attempt.outputs["out"]}
    mask = kept(attempt)
    ratios = (np.asarray(attempt.outputs["out"])[mask] / given["x"][mask]).round(9)
    return {"factors of the entries that are kept": sorted(set(ratios.tolist())) or [1 / (1 - given["p"])]}


def beside_forward(attempt: Attempt) -> dict[str, Any]:
    """Look at the gradient over grad_out beside what the forward made of x: they are the same factors."""
    (out,), given = attempt.made, attempt.arguments
    grad_x = np.asarray(attempt.outputs["grad_x"])
    off = grad_x - given["grad_out"] * np.asarray(out) / given["x"] if grad_x.shape == given["x"].shape else grad_x
    return {"grad_x minus grad_out times the factor of the forward": off}


TWELVE = np.arange(1.0, 11.0)


def dropped(p: float, x: np.ndarray = TWELVE, seed: int = 3, **more: Any) -> Case:
    return {"x": x, "p": p, "rng": np.random.default_rng(seed), **more}


def dropped_back(p: float, seed: int = 3, **more: Any) -> Case:
    x = np.array([1.0, 2.0, 3.0, 4.0])
    return {**dropped(p, x, seed, **more), "grad_out": np.array([5.0, 6.0, 7.0, 8.0])}


PENCIL = {
    "polynomial_features": Pencil(
        (case(x=[3], degree=1), case(x=[3], degree=2), case(x=[2, 3], degree=2), case(x=[3], degree=0)),
        {"powers": power},
    ),
    "early_stopping": Pencil(
        (
            run([0.5, 0.7], 1),
            run([0.5, 0.7, 0.4], 1),
            run([0.5, 0.7, 0.4], 2),
            run([0.9, 0.7, 0.5], 1),
            run([0.5, 0.7, 0.6, 0.8], 2),
            run([0.5, 0.5, 0.4], 1),
            run([0.5, 0.6, 0.4, 0.7, 0.3], 2),
            run([0.5, 0.49, 0.48], 2),
            run([7.0, 5.0, 3.0], 2),
            run([0.5, 0.49995, 0.6], 1),
        )
    ),
    "l1_penalty": Pencil(
        (case(weight=[[2, -3]], alpha=0.5), case(weight=[[2, 0]], alpha=0.5)), {"penalty": absolutes, "grad": sign}
    ),
    "l2_penalty": Pencil(
        (case(weight=[[2, -3]], beta=0.5), case(weight=[[2, 0]], beta=0.1)), {"penalty": squares, "grad": twice}
    ),
    "weight_decay_step": Pencil(
        (case(weight=[[5]], bias=[3], grad_weight=[[2]], grad_bias=[-1], lr=0.1, beta=0.5),),
        {"weight": decayed, "bias": plain_step},
    ),
    "soft_threshold": Pencil(
        (
            case(weight=[5, -1], threshold=2.0),
            case(weight=[-5], threshold=2.0),
            case(weight=[3, 5], threshold=2.0),
            case(weight=[0, 3], threshold=2.0),
            case(weight=[0, 3], threshold=0.0),
        ),
        {"weight": drawn},
    ),
    "dropout_forward": Pencil(
        (dropped(0.0, TWELVE[:3]), dropped(0.0), dropped(0.8), dropped(0.75, TWELVE[:2], training=False)),
        look=factors,
    ),
    "dropout_backward": Pencil(
        (dropped_back(0.5, training=False), dropped_back(0.5), dropped_back(0.75)), look=beside_forward
    ),
    "dropout_test_time": Pencil((case(weight=[[4, -8]], p=0.25),), {"weight": full_net}),
}
