"""Unit 02: a plate of curves, alive, and a deep stack of each activation with what passes through it."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dltools.figures import (
    BLACK,
    BLUE,
    FOCUS,
    ORANGE,
    SKY,
    WRONG,
    Controls,
    PlotLab,
    Scene,
    Student,
    choice,
    number,
    short,
    slider,
    steps,
    switch,
)

FLAT = 0.01
"""A slope under this counts as flat: next to nothing comes back through it."""
Z = np.linspace(-6, 6, 481)


class Activations:
    """The student's activations by name, from functions called `relu_forward`, `relu_backward` and so on."""

    def __init__(self, functions: tuple[Callable[..., Any], ...]) -> None:
        found = {getattr(function, "__name__", ""): function for function in functions}
        self.names = [name.removesuffix("_forward") for name in found if name.endswith("_forward")]
        for name in self.names:
            if f"{name}_backward" not in found:
                raise ValueError(f"{name}_forward came without {name}_backward; pass both.")
        if not self.names:
            raise ValueError(
                "No activation came in; pass a forward and its backward, as in (relu_forward, relu_backward)."
            )
        self.students = {name: Student(function, name) for name, function in found.items()}

    def more(self, name: str, slope: float, form: str) -> tuple[Any, ...]:
        """Return the arguments after x."""
        if name == "prelu":
            return (np.array([slope]),)
        return (slope,) if name == "leaky_relu" else (form,) if name == "gelu" else ()

    def run(self, name: str, x: np.ndarray, *more: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the output and the slope for every entry of x. Raises Trouble."""
        out = self.students[f"{name}_forward"](x, *more, shape=x.shape)
        _, cache = self.students[f"{name}_forward"](x, *more, values=("out", "cache"))
        return out, self.back(name, np.ones_like(x), cache)

    def back(self, name: str, grad_out: np.ndarray, cache: Any) -> np.ndarray:
        return self.students[f"{name}_backward"](grad_out, cache, shape=grad_out.shape)


# One activation


def activation_lab(*functions: Callable[..., Any]) -> PlotLab:
    """Look at the curve, the slope and the flat parts of your activations; pass each forward with its backward."""
    return ActivationLab(Activations(functions))


class ActivationLab(PlotLab):
    title = "An activation, its slope, and where it is flat"
    alt = (
        "Left, the curve of an activation with its slope dashed and its tangent at z = 1; a bar along the bottom marks "
        "where the slope is under 0.01. Right, a histogram of 10,000 inputs; those on a flat part are hatched."
    )
    groups: ClassVar = {"Function": ("function", "slope", "form", "compare"), "Inputs": ("z", "spread")}
    question = "Which share of the inputs falls on a flat part?"
    choices = ("under 1 %", "1 to 25 %", "25 to 60 %", "over 60 %")
    hides = ("function", "spread", "slope")
    size = (780, 380)
    plays = ("z",)

    def __init__(self, activations: Activations) -> None:
        self.activations = activations
        super().__init__()

    def controls(self) -> Controls:
        return {
            "function": choice("activation", self.activations.names),
            "slope": slider("leak", 0.0, 0.5, 0.1, 0.01, "Slope of leaky_relu and prelu below zero"),
            "form": choice("form of gelu", ["none", "sigmoid"]),
            "compare": switch("compare with the reference"),
            "z": slider("z", -6.0, 6.0, 1.0, 0.25),
            "spread": steps("spread of the inputs", (0.5, 1, 2, 4, 8), 2),
        }

    def plot(self, figure: Figure) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        left.set(xlim=(-6, 6), ylim=(-1.6, 3), xlabel="z", title="curve and slope")
        self.curve = self.live(left.plot([], [], color=BLUE, label="your f")[0])
        self.slopes = self.live(left.plot([], [], "--", color=ORANGE, label="your slope f'")[0])
        self.reference = self.live(left.plot([], [], ":", color=BLACK, label="reference")[0])
        self.tangent = self.live(left.plot([], [], color=FOCUS, marker="o", markevery=[1], label="tangent at z")[0])
        self.flat = self.live(left.plot([], [], color=WRONG, linewidth=7, solid_capstyle="butt", label="flat")[0])
        left.legend(loc="upper left")
        right.set(
            xlim=(-16, 16), ylim=(0, 1.05), yticks=(), xlabel="input z", title="10,000 inputs; hatched: on a flat part"
        )
        edges = np.linspace(-16, 16, 65)
        self.all = self.live(right.stairs(np.zeros(64), edges, fill=True, color=SKY))
        self.caught = self.live(
            right.stairs(np.zeros(64), edges, fill=True, facecolor="white", edgecolor=WRONG, hatch="////")
        )

    def inputs(self, spread: float) -> np.ndarray:
        return self.rng().normal(0, spread, 10_000)

    def flat_share(self, function: str, slope: float, form: str, spread: float) -> tuple[np.ndarray, np.ndarray]:
        z = self.inputs(spread)
        _, slopes = self.activations.run(function, z, *self.activations.more(function, slope, form))
        return z, np.abs(slopes) < FLAT

    def answer(self, function: str, slope: float, form: str, spread: float, **_: Any) -> str:
        share = self.flat_share(function, slope, form, spread)[1].mean()
        return self.choices[int(np.searchsorted((0.01, 0.25, 0.6), share))]

    def draw(self, function: str, slope: float, form: str, compare: bool, z: float, spread: float) -> str:
        more = self.activations.more(function, slope, form)
        out, slopes = self.activations.run(function, Z, *more)
        self.curve.set_data(Z, out)
        self.slopes.set_data(Z, slopes)
        self.reference.set_data(Z, reference(function, more) if compare else np.full(len(Z), np.nan))
        self.flat.set_data(Z, np.where((np.abs(slopes) < FLAT) & self.revealed, -1.5, np.nan))
        near = np.array([z - 1e-4, z, z + 1e-4])
        (low, at, high), (_, tilt, _) = self.activations.run(function, near, *more)
        self.tangent.set_data([z - 1.2, z, z + 1.2], [at - 1.2 * tilt, at, at + 1.2 * tilt])
        measured = (high - low) / 2e-4
        inputs, caught = self.flat_share(function, slope, form, spread)
        self.histogram(inputs, caught & self.revealed)
        said = f"{function} at z = {number(z)}: value {number(at, 3)}, slope {number(tilt, 3)}."
        if abs(measured - tilt) > 1e-3 and min(abs(z), abs(abs(z) - 1)) > 1e-3:  # corners have no one slope
            said += f" But the curve itself rises by {number(measured, 3)} here: the backward does not fit the forward."
        share = (
            f"{caught.mean():.0%} meet a slope under {FLAT}" if self.revealed else "predict how many meet a flat part"
        )
        return f"{said} Of 10,000 inputs with spread {spread}, {share}."

    def histogram(self, inputs: np.ndarray, caught: np.ndarray) -> None:
        edges = np.linspace(-16, 16, 65)
        counts, hatched = (np.histogram(values, edges)[0] for values in (inputs, inputs[caught]))
        self.all.set_data(counts / counts.max())
        self.caught.set_data(hatched / counts.max())


def reference(name: str, more: tuple[Any, ...]) -> np.ndarray:
    """Return the reference's curve; asked for only when the learner compares, as a grading kernel does not have it."""
    from dltools import nn

    return np.asarray(getattr(nn, f"{name}_forward")(Z, *more)[0])


# A deep stack

WIDTH, BATCH = 64, 200


def stack_lab(*functions: Callable[..., Any]) -> PlotLab:
    """Send a signal up a deep stack of layers with your activation, and a gradient down again."""
    return StackLab(Activations(functions))


class StackLab(PlotLab):
    title = "A deep stack: what passes, and what comes back"
    alt = (
        "Three plots of a stack of 10 random layers: a histogram of the outputs of layer 5; the spread of the outputs "
        "of each layer; the size of the gradient that reaches each layer on its way down from the top."
    )
    groups: ClassVar = {"Stack": ("function", "gain", "depth"), "Look at": ("layer", "beside")}
    question = "How large is the gradient in layer 1, beside that at the top?"
    choices = ("under 1/1000", "1/1000 to 1/10", "1/10 to 10 times", "over 10 times")
    hides = ("function", "gain", "depth")
    size = (860, 330)
    plays = ("layer",)

    def __init__(self, activations: Activations) -> None:
        self.activations = activations
        super().__init__()

    def controls(self) -> Controls:
        names = self.activations.names
        return {
            "function": choice("activation", names),
            "gain": steps("weight scale", (0.5, 1, 1.41, 2, 3), 1, "Spread of the weights, times 1/8"),
            "depth": slider("depth", 1, 30, 10),
            "layer": slider("layer", 1, 30, 5),
            "beside": choice("beside it", ["nothing", *names]),
        }

    def adjust(self, depth: int, **_: Any) -> None:
        self.control["layer"].max = depth

    def plot(self, figure: Figure) -> None:
        left, middle, right = figure.subplots(1, 3)
        self.gradient_axes = right
        left.set(xlim=(-2, 2), ylim=(0, 1), xlabel="output", title="outputs of the layer")
        self.bars = self.live(left.stairs(np.zeros(80), np.linspace(-2, 2, 81), fill=True, color=SKY))
        self.signals, self.gradients = list[Line2D](), list[Line2D]()
        for axes, lines, title in (
            (middle, self.signals, "spread of the outputs"),
            (right, self.gradients, "size of the gradient"),
        ):
            axes.set(xlim=(0, 31), ylim=(1e-12, 1e6), yscale="log", xlabel="layer", title=title)
            for color, style in ((BLUE, "-o"), (ORANGE, "--s")):
                lines.append(self.live(axes.plot([], [], style, color=color, markersize=4)[0]))
            lines.append(self.live(axes.plot([], [], color=FOCUS, linewidth=1)[0]))
        named = dict(zip(("your choice", "beside it"), self.signals))
        self.legend(figure, named, loc="outside lower center", ncols=2)

    def touchable(self, scene: Scene, depth: int, **_: Any) -> None:
        self.columns(scene, self.gradient_axes, "layer", depth)

    def run(self, function: str, gain: float, depth: int) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
        """Return the outputs of every layer, the norm of the gradient at each, and where the layers are flat."""
        rng, x = self.rng(), self.rng().normal(size=(BATCH, WIDTH))
        weights = rng.normal(0, gain / np.sqrt(WIDTH), size=(depth, WIDTH, WIDTH))
        more, forward = self.activations.more(function, 0.1, "none"), self.activations.students[f"{function}_forward"]
        outs, flat, caches = [], [], []
        for weight in weights:
            z = x @ weight.T
            x, slope = self.activations.run(function, z, *more)
            caches.append(forward(z, *more)[1])
            outs.append(x)
            flat.append(np.abs(slope) < FLAT)
        grad, norms = rng.normal(size=x.shape), np.empty(depth)
        for layer in reversed(range(depth)):
            norms[layer] = np.linalg.norm(grad)
            grad = self.activations.back(function, grad, caches[layer]) @ weights[layer]
        return outs, norms / norms[-1], np.array(flat)

    def answer(self, function: str, gain: float, depth: int, **_: Any) -> str:
        return self.choices[int(np.searchsorted((1e-3, 0.1, 10), self.run(function, gain, depth)[1][0]))]

    def draw(self, function: str, gain: float, depth: int, layer: int, beside: str) -> str:
        outs, norms, flat = self.run(function, gain, depth)
        other = self.run(beside, gain, depth) if beside != "nothing" else ([], np.empty(0), None)
        layers = np.arange(1, depth + 1)
        for lines, values, others in (
            (self.signals, [out.std() for out in outs], [out.std() for out in other[0]]),
            (self.gradients, norms if self.revealed else [], other[1] if self.revealed else []),
        ):
            lines[0].set_data(layers[: len(values)], values)
            lines[1].set_data(layers[: len(others)], others)
            lines[2].set_data([layer, layer], [1e-12, 1e6])
        counts = np.histogram(np.clip(outs[layer - 1], -2, 2), np.linspace(-2, 2, 81))[0]
        self.bars.set_data(counts / counts.max())
        dead = int(flat[layer - 1].all(axis=0).sum())
        back = f"{short(norms[0])} times that at the top" if self.revealed else "to be predicted"
        share, spread = flat[layer - 1].mean(), outs[layer - 1].std()
        return (
            f"{function}, {depth} layers: the gradient in layer 1 is {back}. Layer {layer}: {share:.0%} of the "
            f"slopes are under {FLAT}; {dead} of {WIDTH} units are dead, flat for all {BATCH} examples; "
            f"the outputs spread {spread:.2g}."
        )
