"""Unit 01 by pencil."""

from typing import Any

from dltools.checks.exercise import Attempt, Pencil
from dltools.checks.pencil.arrays import case, several, whole
from dltools.checks.pencil.sums import add, dot, exp, mean, number
from dltools.checks.perceptron import answers, certainty, identity, sizes, step
from dltools.nn.activations import sigmoid


def weighted_sum(g: Any, *n: int) -> str:
    inside = dot(g.inputs[n], g.weights)
    return inside if g.activation is identity else f"{'s' if g.activation is sigmoid else 'step'}({inside})"


def out(g: Any, n: int, m: int) -> str:
    return add(dot(g.x[n], g.weight[m]), g.bias[m])


def grad_x(g: Any, n: int, d: int) -> str:
    return dot(g.grad_out[n], g.weight[:, d])


def grad_weight(g: Any, m: int, d: int) -> str:
    return dot(g.grad_out[:, m], g.x[:, d])


def grad_bias(g: Any, m: int) -> str:
    return add(g.grad_out[:, m])


def squares(g: Any) -> str:
    return mean(f"({number(p)} - {number(t)})^2" for p, t in zip(g.prediction.flat, g.target.flat))


def square_slope(g: Any, *n: int) -> str:
    return f"2·({number(g.prediction[n])} - {number(g.target[n])}) / {g.prediction.size}"


def one_loss(z: float, t: int) -> str:
    """-t log s(z) - (1 - t) log(1 - s(z)), written so that no exponential is large."""
    far = max(z, 0) - z * t
    return " + ".join(filter(None, [number(far) if far else "", f"log(1 + {exp(-abs(z))})"]))


def losses(g: Any) -> str:
    return mean(one_loss(z, t) for z, t in zip(g.logits.flat, g.targets.flat))


def loss_slope(g: Any, *n: int) -> str:
    return f"(s({g.logits[n]:g}) - {g.targets[n]}) / {g.logits.size}"


def step_down(g: Any, i: int, *n: int) -> str:
    return f"{number(g.params[i][n])} - {g.lr:g}·{number(g.grads[i][n])}"


def network(attempt: Attempt) -> dict[str, Any]:
    """Look at what the network answers to the four inputs, and how sure it is."""
    shapes = sizes(attempt)
    right = {"weight1.shape": (2, 2), "bias1.shape": (2,), "weight2.shape": (1, 2), "bias2.shape": (1,)}
    return shapes | (answers(attempt) | certainty(attempt) if shapes == right else {})


PENCIL = {
    "neuron": Pencil(
        (
            case(inputs=[1, 2], weights=[3, -1], activation=identity),
            case(inputs=[1, 2], weights=[4, -1], activation=sigmoid),
            case(inputs=[1, 2], weights=[2, -3], activation=step),
            case(inputs=[[1, 2], [3, 5]], weights=[4, -1], activation=identity),
        ),
        {"out": weighted_sum},
    ),
    "linear_forward": Pencil(
        (
            case(x=[[1, 2]], weight=[[3, -1]], bias=[5]),
            case(x=[[1, 2]], weight=[[1, -4]], bias=[5]),
            case(x=[[1, 2], [0, 4]], weight=[[3, -1]], bias=[5]),
            case(x=[[1, 2], [0, 4]], weight=[[3, -1], [2, 7]], bias=[5, 9]),
        ),
        {"out": out},
    ),
    "linear_backward": Pencil(
        (
            case(x=[[1, 2]], weight=[[3, -1]], bias=[5], grad_out=[[4]]),
            case(x=[[1], [2]], weight=[[3]], bias=[5], grad_out=[[4], [-7]]),
            case(x=[[1, 2]], weight=[[3, -1], [6, 8]], bias=[5, 0], grad_out=[[4, -2]]),
            case(x=[[1, 2], [0, 3]], weight=[[5, -1], [0, 8]], bias=[0, 0], grad_out=[[4, 0], [-2, 6]]),
        ),
        {"grad_x": grad_x, "grad_weight": grad_weight, "grad_bias": grad_bias},
    ),
    "mse_loss": Pencil(
        (
            case(prediction=[4], target=[1]),
            case(prediction=[4, 1], target=[1, 2]),
            case(prediction=[[4, 1]], target=[[1, 2]]),
        ),
        {"loss": squares, "gradient": square_slope},
    ),
    "binary_cross_entropy": Pencil(
        (
            case(logits=[2], targets=whole([0])),
            case(logits=[2, -1], targets=whole([1, 0])),
            case(logits=[[2, -1]], targets=whole([[1, 0]])),
            case(logits=[50], targets=whole([0])),
            case(logits=[-50], targets=whole([1])),
            case(logits=[1000], targets=whole([1])),
            case(logits=[1000], targets=whole([0])),
        ),
        {"loss": losses, "gradient": loss_slope},
        tolerance=1e-3,
    ),
    "gradient_descent_step": Pencil(
        (
            case(params=several([5]), grads=several([4]), lr=0.5),
            case(params=several([5, 1]), grads=several([4, -6]), lr=0.5),
            case(params=several([5], [1]), grads=several([4], [-6]), lr=0.5),
        ),
        {"params": step_down},
    ),
    "xor_weights": Pencil(({},), look=network),
}
