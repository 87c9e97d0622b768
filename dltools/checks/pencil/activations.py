"""Unit 02 by pencil: P is the normal distribution's probability, p its density, s the logistic sigmoid."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dltools.checks.exercise import Case, Pencil
from dltools.checks.pencil.arrays import case, image
from dltools.checks.pencil.sums import dot, number

Write = Callable[[float], str]
"""Writes the sum of one number."""


def forward(write: Write, *more: Case) -> Pencil:
    """The cases of an activation: both signs, a row, and far from zero."""
    cases = (case(x=[2]), case(x=[-1, 3]), case(x=[[0.5, -0.5]]), case(x=[-30]), case(x=[1000]), case(x=[-1000]))
    return Pencil((*cases, *more), {"out": lambda g, *n: write(g.x[n])})


def backward(write: Write, *more: Case) -> Pencil:
    """The cases of an activation's backward: `write` writes the slope."""
    cases = (
        case(x=[2], grad_out=[3]),
        case(x=[-1.5, 4], grad_out=[5, -2]),
        case(x=[0.5, -0.5], grad_out=[3, -2]),
        case(x=[1000, -1000], grad_out=[3, 5]),
    )
    return Pencil((*cases, *more), {"grad_x": lambda g, *n: f"{number(g.grad_out[n])}·{write(g.x[n])}"})


def sigmoid(x: float) -> str:
    return f"1 / (1 + exp(-{number(x)}))"


def sigmoid_slope(x: float) -> str:
    return f"s({x:g})·(1 - s({x:g}))"


def swish_slope(x: float) -> str:
    return f"(s({x:g}) + {number(x)}·s({x:g})·(1 - s({x:g})))"


def leak(x: float, slope: float) -> str:
    return number(x) if x > 0 else f"{number(slope)}·{number(x)}"


def leak_slope(x: float, slope: float) -> str:
    return "1" if x > 0 else number(slope)


def leaky(write: Callable[[float, float], str], grad: bool = False) -> Callable[..., str]:
    def text(g: Any, *n: int) -> str:
        written = write(g.x[n], getattr(g, "negative_slope", 0.01))
        return f"{number(g.grad_out[n])}·{written}" if grad else written

    return text


def slope_at(g: Any, n: tuple[int, ...]) -> float:
    """The slope of an entry: one for all, or one for each place of the second axis."""
    return float(g.slope[n[1]] if g.slope.size > 1 else g.slope[0])


def prelu(g: Any, *n: int) -> str:
    return leak(g.x[n], slope_at(g, n))


def prelu_grad_x(g: Any, *n: int) -> str:
    return f"{number(g.grad_out[n])}·{leak_slope(g.x[n], slope_at(g, n))}"


def prelu_grad_slope(g: Any, c: int) -> str:
    x, grad = (a[:, c] if g.slope.size > 1 else a for a in (g.x, g.grad_out))
    return dot(grad[x < 0], x[x < 0]) or "0"


def gelu(g: Any, *n: int) -> str:
    x = g.x[n]
    return f"{number(x)}·P({x:g})" if is_exact(g) else f"{number(x)}·s(1.702·{number(x)})"


def gelu_grad(g: Any, *n: int) -> str:
    x = g.x[n]
    gate = f"s(1.702·{number(x)})"
    slope = f"P({x:g}) + {number(x)}·p({x:g})" if is_exact(g) else f"{gate} + {number(x)}·1.702·{gate}·(1 - {gate})"
    return f"{number(g.grad_out[n])}·({slope})"


def is_exact(g: Any) -> bool:
    return getattr(g, "approximate", "none") == "none"


FAR = forward(sigmoid).cases
GELU_FORWARD = (*FAR, case(x=[-1, 3], approximate="sigmoid"), case(x=[1000], approximate="sigmoid"))
GELU_BACKWARD = (
    *backward(sigmoid_slope).cases,
    case(x=[1, -2], approximate="sigmoid", grad_out=[3, 5]),
    case(x=[1000], approximate="sigmoid", grad_out=[3]),
)
TWO_CHANNELS = image([[-1, -2]], [[3, -4]])

PENCIL = {
    "sigmoid_forward": forward(sigmoid),
    "sigmoid_backward": backward(sigmoid_slope),
    "tanh_forward": forward(lambda x: f"2·s(2·{number(x)}) - 1"),
    "tanh_backward": backward(lambda x: f"(1 - tanh({x:g})^2)"),
    "hardtanh_forward": replace(forward(lambda x: f"min(max({x:g}, -1), 1)"), foresee=case(x=[-3, 0.5, 2])),
    "hardtanh_backward": backward(lambda x: str(int(abs(x) < 1))),
    "relu_forward": forward(lambda x: f"max({x:g}, 0)"),
    "relu_backward": backward(lambda x: str(int(x > 0))),
    "leaky_relu_forward": Pencil((*FAR, case(x=[-1, 3], negative_slope=0.5)), {"out": leaky(leak)}),
    "leaky_relu_backward": Pencil(
        (*backward(sigmoid_slope).cases, case(x=[-1, 3], negative_slope=0.5, grad_out=[7, 5])),
        {"grad_x": leaky(leak_slope, grad=True)},
    ),
    "prelu_forward": Pencil(
        (case(x=[-1, 3], slope=[0.5]), case(x=[[-1, -2]], slope=[0.5, 0.25]), case(x=TWO_CHANNELS, slope=[0.5, 0.25])),
        {"out": prelu},
    ),
    "prelu_backward": Pencil(
        (
            case(x=[-3, 2], slope=[0.25], grad_out=[5, 7]),
            case(x=[-2, 3, -4], slope=[0.5], grad_out=[5, 7, 1]),
            case(x=[[-2, -4]], slope=[0.5, 0.25], grad_out=[[5, 7]]),
        ),
        {"grad_x": prelu_grad_x, "grad_slope": prelu_grad_slope},
    ),
    "swish_forward": forward(lambda x: f"{number(x)}·s({x:g})"),
    "swish_backward": backward(swish_slope),
    "gelu_forward": Pencil(GELU_FORWARD, {"out": gelu}),
    "gelu_backward": Pencil(GELU_BACKWARD, {"grad_x": gelu_grad}),
}
