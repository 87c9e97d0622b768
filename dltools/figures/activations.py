"""Unit 02: a plate of curves, alive; a deep stack of each activation, with what passes; a race of nets that learn."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dltools import nn
from dltools.figures import (
    BLUE,
    CYCLE,
    DASHED,
    DOTTED,
    FOCUS,
    HAIR,
    ORANGE,
    SKY,
    SOLID,
    THICK,
    THIN,
    WRONG,
    Controls,
    PlotLab,
    Scene,
    SceneAxes,
    Student,
    SvgLab,
    choice,
    counted,
    number,
    power_of_ten,
    roughly,
    short,
    slider,
    steps,
)
from dltools.nn import cross_entropy
from dltools.training.images import scanned_digits

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
    question = "Which share of the inputs falls on a flat part?"
    choices = ("under 1 %", "1 to 25 %", "25 to 60 %", "over 60 %")
    size = (780, 380)
    plays = ("z",)

    def __init__(self, activations: Activations) -> None:
        self.activations, names = activations, activations.names
        own = [name for name in ("slope", "form") if name in self.arguments(names)]
        self.groups = {"Function": ("function", *own), "Inputs": ("z", "spread")}  # type: ignore[misc]
        self.hides = ("function", "spread", *own)  # type: ignore[misc]
        super().__init__()

    @staticmethod
    def arguments(names: Sequence[str]) -> Controls:
        """The controls of activations that take more than x: none before the unit has come to them."""
        leaky = {"slope": slider("leak", 0.0, 0.5, 0.1, 0.01, "Slope of leaky_relu and prelu below zero")}
        formed = {"form": choice("form of gelu", ["none", "sigmoid"])}
        return (leaky if {"leaky_relu", "prelu"} & set(names) else {}) | (formed if "gelu" in names else {})

    def controls(self) -> Controls:
        return {
            "function": choice("activation", self.activations.names),
            **self.arguments(self.activations.names),
            "z": slider("z", -6.0, 6.0, 1.0, 0.25),
            "spread": steps("spread of the inputs", (0.5, 1, 2, 4, 8), 2),
        }

    def adjust(self, function: str, **_: Any) -> None:
        for name, ones in {"slope": ("leaky_relu", "prelu"), "form": ("gelu",)}.items():
            if name in self.control:
                self.control[name].disabled = function not in ones

    def plot(self, figure: Figure) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        left.set(xlim=(-6, 6), ylim=(-1.6, 3), xlabel="z", title="curve and slope")
        self.curve = self.live(left.plot([], [], color=BLUE, label="your f")[0])
        self.slopes = self.live(left.plot([], [], "--", color=ORANGE, label="your slope f'")[0])
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

    def flat_share(
        self, function: str, spread: float, slope: float = 0.1, form: str = "none"
    ) -> tuple[np.ndarray, np.ndarray]:
        z = self.inputs(spread)
        _, slopes = self.activations.run(function, z, *self.activations.more(function, slope, form))
        return z, np.abs(slopes) < FLAT

    def answer(self, function: str, spread: float, slope: float = 0.1, form: str = "none", **_: Any) -> str:
        share = self.flat_share(function, spread, slope, form)[1].mean()
        return self.choices[int(np.searchsorted((0.01, 0.25, 0.6), share))]

    def draw(self, function: str, z: float, spread: float, slope: float = 0.1, form: str = "none") -> str:
        more = self.activations.more(function, slope, form)
        out, slopes = self.activations.run(function, Z, *more)
        self.curve.set_data(Z, out)
        self.slopes.set_data(Z, slopes)
        self.flat.set_data(Z, np.where((np.abs(slopes) < FLAT) & self.revealed, -1.5, np.nan))
        near = np.array([z - 1e-4, z, z + 1e-4])
        (low, at, high), (_, tilt, _) = self.activations.run(function, near, *more)
        self.tangent.set_data([z - 1.2, z, z + 1.2], [at - 1.2 * tilt, at, at + 1.2 * tilt])
        measured = (high - low) / 2e-4
        inputs, caught = self.flat_share(function, spread, slope, form)
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
    choices = ("under a thousandth", "a thousandth to a tenth", "a tenth to ten times", "over ten times")
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
            f"the outputs spread {short(float(spread), 2)}."
        )


# A race: nets that learn

EPOCHS, TRAINED_ON, HIDDEN, DIGIT_CLASSES = 10, 1200, 32, 10
CURVES, SIGNALS, GRADIENTS = (48, 62, 300, 210), (418, 62, 170, 210), (682, 62, 170, 210)
"""The three boxes: left, top, width, height."""
BOARD = 340
Weights = list[tuple[np.ndarray, np.ndarray]]
"""A weight (K, D) and a bias (K,) for each layer."""


class Look(NamedTuple):
    """A net at the end of an epoch."""

    share: float
    """Of the digits that it was not trained on, those that it gets right."""
    spreads: np.ndarray
    """The standard deviation of the outputs of each hidden layer, (L,)."""
    gradients: np.ndarray
    """The norm of the gradient that reaches each hidden layer, beside that at the highest, (L,)."""


def race_lab(*functions: Callable[..., Any]) -> SvgLab:
    """Let nets that differ in nothing but the activation learn to read digits; pass each forward with its backward."""
    return RaceLab(Activations(functions))


class RaceLab(SvgLab):
    title = "A race: the same net with each activation"
    alt = (
        "Three plots with a line for each activation, before the first epoch of training: the share of digits that the "
        "net gets right, all near a tenth; for each hidden layer the spread of its outputs, and the size of the "
        "gradient that reaches it. Below, the activations with their shares."
    )
    groups: ClassVar = {"Nets": ("layers", "scale", "rate", "start"), "Look at": ("epoch", "marked")}
    question = f"After {EPOCHS} epochs, how many of the nets read nine digits of ten?"
    choices = ("none", "some", "all but one", "all")
    hides = ("layers", "scale", "rate", "start")
    waits: ClassVar = {"epoch": 1}
    plays = ("epoch",)

    def __init__(self, activations: Activations) -> None:
        self.activations = activations
        self.nets = {name: self.net(name) for name in activations.names}
        super().__init__()

    def net(self, name: str) -> Student:
        """Return what trains a net with this activation for one epoch: by the student's functions themselves."""
        pairs = [[self.activations.students[f"{name}_{way}"].function for way in ("forward", "backward")]]
        if hasattr(nn, f"{name}_backward"):
            pairs.append([getattr(nn, f"{name}_{way}") for way in ("forward", "backward")])
        more = self.activations.more(name, 0.1, "none")
        yours, *right = [partial(one_epoch, lambda z, f=forward: f(z, *more), backward) for forward, backward in pairs]
        return Student(yours, name, seconds=20, reference=right[0] if right else None)

    def controls(self) -> Controls:
        return {
            "layers": steps("hidden layers", (1, 2, 5, 10), 5),
            "scale": steps("inputs times", (1, 4, 16), 1, "The size of the numbers of the images"),
            "rate": steps("learning rate", (0.01, 0.03, 0.1), 0.1),
            "start": slider("random start", 0, 2, 0),
            "epoch": slider("epochs", 0, EPOCHS, 0),
            "marked": choice("activation", self.activations.names),
        }

    def looks(self, name: str, epochs: int, layers: int, scale: int, rate: float, start: int) -> list[Look]:
        """Return the net at its start and after each epoch, as far as it can be trained."""
        weights, found = first_weights(layers, start), list[Look]()
        for epoch in range(epochs + 1):
            trained = self.attempt(self.nets[name], weights, scale, rate if epoch else 0.0)
            if trained is None:
                return found
            weights, look = trained
            found.append(look)
        return found

    def answer(self, **values: Any) -> str:
        nets = {name: values[name] for name in self.hides}
        last = [self.looks(name, EPOCHS, **nets)[-1:] for name in self.nets]
        well = sum(look.share >= 0.9 for looks in last for look in looks)
        return (
            "all" if well == len(last) else "none" if not well else "all but one" if well == len(last) - 1 else "some"
        )

    def draw(self, epoch: int, marked: str, **nets: Any) -> tuple[Scene, str]:
        scene = Scene(862, 400)
        ran = {name: self.looks(name, epoch, **nets) for name in self.nets}
        ran = {name: looks for name, looks in ran.items() if looks}
        draw_boxes(scene, nets["layers"])
        for name in sorted(ran, key=lambda name: name == marked):  # the marked one over the others
            color, dash = self.line(name)
            draw_net(scene, ran[name], color, dash, THICK if name == marked else THIN)
        self.board(scene, ran, marked)
        return scene, said_of_race(ran, epoch, marked, nets["layers"]) + ("" if self.revealed else " Predict the end.")

    def line(self, name: str) -> tuple[str, Sequence[float]]:
        """Return the color and the dash of an activation, which no other one has together."""
        place = list(self.nets).index(name)
        return CYCLE[place % len(CYCLE)], (SOLID, DASHED, DOTTED)[(place + place // len(CYCLE)) % 3]

    def board(self, scene: Scene, ran: dict[str, list[Look]], marked: str) -> None:
        """Write the share of each activation, which is marked by a click."""
        scene.text(CURVES[0], BOARD - 18, "Digits right, of 100", bold=True)
        for place, name in enumerate(ran):
            x, y = CURVES[0] + 208 * (place % 4), BOARD + 8 + 30 * (place // 4)
            color, dash = self.line(name)
            scene.line((x, y), (x + 34, y), color=color, dash=dash, weight=THICK)
            share = number(100 * ran[name][-1].share, 0)
            scene.text(x + 42, y, f"{name}: {share}", bold=name == marked)
            scene.target("Activations", (x - 4, y - 13, 196, 26), f"{name}: {share} of 100", set={"marked": name})


def draw_boxes(scene: Scene, layers: int) -> None:
    """Draw the three boxes with their scales."""
    scene.heading(CURVES[0], 14, "Digits right", "of 597 new ones; dashed: guessing")
    scene.heading(SIGNALS[0] - 42, 14, "Signal, on its way up", "spread of each layer's outputs")
    scene.heading(GRADIENTS[0] - 42, 14, "Gradient, on its way down", "beside that at the top")
    axes = curves_of(scene)
    for share in (0.0, 0.5, 0.9, 1.0):
        axes.rule(share, f"{share:.0%}")
    axes.curve(((0, 0.1), (EPOCHS, 0.1)), "muted", DASHED, HAIR)
    for epoch in (0, EPOCHS):
        axes.tick(epoch, counted(epoch, "epoch") if epoch else "0", anchor="end" if epoch else "middle")
    axes.frame()
    for axes in layers_of(scene, layers):
        for exponent in range(int(axes.y[0]), int(axes.y[1]) + 1, 2):
            axes.rule(10.0**exponent, power_of_ten(exponent) if exponent else "1")
        axes.tick(1, "layer 1", anchor="start")
        if layers > 1:
            axes.tick(layers, layers, anchor="end")
        axes.frame()


def curves_of(scene: Scene) -> SceneAxes:
    return SceneAxes(scene, CURVES, (0, EPOCHS), (0, 1.04))


def layers_of(scene: Scene, layers: int) -> tuple[SceneAxes, SceneAxes]:
    across = (1, layers) if layers > 1 else (0, 2)
    return SceneAxes(scene, SIGNALS, across, (-4, 2), log=True), SceneAxes(scene, GRADIENTS, across, (-6, 2), log=True)


def draw_net(scene: Scene, looks: list[Look], color: str, dash: Sequence[float], weight: float) -> None:
    """Draw what a net has learned up to now, and what passes through it."""
    axes, layers = curves_of(scene), len(looks[-1].spreads)
    axes.curve(((epoch, look.share) for epoch, look in enumerate(looks)), color, dash, weight)
    scene.circle(*axes.point(len(looks) - 1, looks[-1].share), 1.6 * weight, fill=color)
    for box, sizes in zip(layers_of(scene, layers), (looks[-1].spreads, looks[-1].gradients)):
        places = [(layer, float(size)) for layer, size in enumerate(sizes, 1) if np.isfinite(size)]
        box.curve(places, color, dash, weight)
        for place in places:
            scene.circle(*box.point(*place), 1.4 * weight, fill=color)


def said_of_race(ran: dict[str, list[Look]], epoch: int, marked: str, layers: int) -> str:
    if marked not in ran:
        return f"{marked} cannot be trained."
    shares = {name: looks[-1].share for name, looks in ran.items()}
    first, look = max(shares, key=shares.__getitem__), ran[marked][-1]
    ahead = f"{first} is ahead, with {100 * shares[first]:.0f}" if first != marked else "no other has more"
    said = f"After {counted(epoch, 'epoch')} {marked} gets {100 * look.share:.0f} of 100 digits right; {ahead}."
    if layers == 1 or not np.isfinite(look.gradients).all():
        return said
    back = f"The gradient in layer 1 is {roughly(float(look.gradients[0]))} that in layer {layers}"
    return f"{said} {back}; the outputs of layer {layers} spread by {short(float(look.spreads[-1]))}."


def one_epoch(
    forward: Callable[..., Any], backward: Callable[..., Any], weights: Weights, scale: int, rate: float
) -> tuple[Weights, Look]:
    """Train a net once through the digits, 50 at a time; with the rate 0 only look at it."""
    images, labels = race_digits()
    images = scale * images
    for start in range(0, TRAINED_ON if rate else 0, 50):
        batch = slice(start, start + 50)
        grads, _, _ = gradients_of(forward, backward, weights, images[batch], labels[batch])
        weights = [(w - rate * dw, b - rate * db) for (w, b), (dw, db) in zip(weights, grads)]
    _, outs, grads_z = gradients_of(forward, backward, weights, images[TRAINED_ON:], labels[TRAINED_ON:])
    *outs, logits = outs
    norms = np.array([np.linalg.norm(grad) for grad in grads_z])
    share = float(np.mean(logits.argmax(axis=1) == labels[TRAINED_ON:]))
    return weights, Look(share, np.array([out.std() for out in outs]), norms / norms[-1])


def gradients_of(
    forward: Callable[..., Any], backward: Callable[..., Any], weights: Weights, x: np.ndarray, y: np.ndarray
) -> tuple[Weights, list[np.ndarray], list[np.ndarray]]:
    """Return the gradients by the weights, the outputs of all layers, and the gradients by those of hidden layers."""
    outs, caches = [x], []
    for weight, bias in weights[:-1]:
        out, cache = forward(outs[-1] @ weight.T + bias)
        outs.append(out)
        caches.append(cache)
    outs.append(outs[-1] @ weights[-1][0].T + weights[-1][1])
    grad, grads, grads_out = cross_entropy(outs[-1], y)[1], Weights(), list[np.ndarray]()
    for layer in reversed(range(len(weights))):
        grads.insert(0, (grad.T @ outs[layer], grad.sum(axis=0)))
        if layer:
            grads_out.insert(0, grad @ weights[layer][0])
            grad = backward(grads_out[0], caches[layer - 1])
    return grads, outs[1:], grads_out


def first_weights(layers: int, start: int) -> Weights:
    rng, sizes = np.random.default_rng(start), [64, *[HIDDEN] * layers, DIGIT_CLASSES]
    return [(rng.normal(0, (2 / n) ** 0.5, size=(m, n)), np.zeros(m)) for n, m in pairwise(sizes)]


@cache
def race_digits() -> tuple[np.ndarray, np.ndarray]:
    """Return the images (1797, 64), of mean 0 and spread 1, and the digits (1797,), as unit 02 has them."""
    images, labels = scanned_digits()
    order = np.random.default_rng(0).permutation(len(labels))
    return (images[order] - images.mean()) / images.std(), labels[order]
