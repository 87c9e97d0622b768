"""Unit 01: a neuron and its decision line, XOR with one layer and with two, the stacked network."""

from collections.abc import Callable
from functools import cache, partial
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from dltools import nn
from dltools.figures import (
    BLACK,
    BLUE,
    DASHED,
    FOCUS,
    HAIR,
    ORANGE,
    SMALL,
    THICK,
    THIN,
    WRONG,
    Controls,
    PlotLab,
    Scene,
    Student,
    SvgLab,
    Trouble,
    button,
    choice,
    counted,
    field,
    number,
    signed,
    slider,
    steps,
)
from dltools.nn.activations import sigmoid
from dltools.training.images import brought

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TABLES = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "XOR": [0, 1, 1, 0]}
LOW, HIGH, FINE = -0.6, 1.6, 120
ARROW = 0.35
"""The length of the arrow, in units of the plot."""
SHADES = LinearSegmentedColormap.from_list("shades", [BLUE, "#FFFFFF", ORANGE], N=9)


def grid() -> np.ndarray:
    """Return points all over the plot, row by row from below, (FINE * FINE, 2)."""
    ticks = np.linspace(LOW, HIGH, FINE)
    return np.stack([np.tile(ticks, FINE), np.repeat(ticks, FINE)], axis=1)


def with_one(x: np.ndarray) -> np.ndarray:
    """Return the points with the constant input 1 as their last entry."""
    return np.column_stack([x, np.ones(len(x))])


def step(z: np.ndarray) -> np.ndarray:
    return np.where(z > 0, 1.0, 0.0)


@cache
def two_irises() -> tuple[np.ndarray, np.ndarray]:
    """Return petal length and width of every fourth versicolor and virginica, from 0 to 1, and which it is."""
    table = np.loadtxt(brought("data/iris.csv"), delimiter=",", skiprows=1)
    petals, kinds = table[50::4, 2:4], table[50::4, 4]
    return (petals - petals.min(axis=0)) / np.ptp(petals, axis=0), kinds.astype(int) - 1


def read_points(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Read points "x1 x2 class" separated by commas. Raises Trouble."""
    try:
        rows = np.array([[float(entry) for entry in row.split()] for row in text.split(",") if row.strip()])
    except ValueError:
        rows = np.empty(0)
    if rows.ndim != 2 or rows.shape[1] != 3 or not np.isin(rows[:, 2], (0, 1)).all():
        raise Trouble(f"Your own points are {text!r}: write x1, x2 and the class 0 or 1 of each, like 0 0 1, 1 0.5 0.")
    return rows[:, :2], rows[:, 2].astype(int)


def shade(axes: Axes) -> AxesImage:
    """Lay an image under the plot that shows a probability: blue for 0, white for one half, orange for 1."""
    return axes.imshow(
        np.full((FINE, FINE), 0.5),
        cmap=SHADES,
        vmin=0,
        vmax=1,
        alpha=0.35,
        extent=(LOW, HIGH, LOW, HIGH),
        origin="lower",
        interpolation="none",
    )


def line_ends(weights: np.ndarray) -> tuple[list[float], list[float]]:
    """Return two points far apart on the line w1 x1 + w2 x2 + b = 0, weights being (w1, w2, b); none if no line."""
    w1, w2, b = weights
    length = np.hypot(w1, w2)
    if length < 1e-9:
        return [], []
    x, y = -b * w1 / length**2, -b * w2 / length**2
    along = 9 * np.array([-w2, w1]) / length
    return [x - along[0], x + along[0]], [y - along[1], y + along[1]]


def arrow(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the point of the line that is next to the origin, and the tip of the arrow from it along (w1, w2)."""
    length = max(np.hypot(*weights[:2]), 1e-9)
    foot = -weights[2] * weights[:2] / length**2 if length > 1e-9 else np.zeros(2)
    return foot, foot + ARROW * weights[:2] / length


def points_text(x: np.ndarray, targets: np.ndarray) -> str:
    """Write points as `read_points` reads them."""
    return ", ".join(f"{x1:g} {x2:g} {target}" for (x1, x2), target in zip(x, targets))


class Marks:
    """Points of two classes: circles for 0, squares for 1."""

    def __init__(self, lab: PlotLab, axes: Axes) -> None:
        style: dict[str, Any] = {"linestyle": "", "markersize": 9, "markeredgecolor": BLACK}
        self.artists = [
            lab.live(axes.plot([], [], "o", color=BLUE, label="class 0", **style)[0]),
            lab.live(axes.plot([], [], "s", color=ORANGE, label="class 1", **style)[0]),
        ]

    def move(self, x: np.ndarray, targets: np.ndarray) -> None:
        for kind, artist in enumerate(self.artists):
            artist.set_data(*x[targets == kind].T)


def plane(axes: Axes, x: str, y: str, title: str) -> None:
    axes.set(xlim=(LOW, HIGH), ylim=(LOW, HIGH), aspect="equal", xlabel=x, ylabel=y, title=title)


# One neuron


def neuron_lab(neuron: Callable[..., Any]) -> PlotLab:
    """Turn the decision line of your neuron by hand, and let the perceptron rule turn it."""
    return NeuronLab(neuron)


class NeuronLab(PlotLab):
    title = "One neuron and its decision line"
    alt = (
        "Four points, the corners of a square, for AND: only (1, 1) is of class 1. The neuron's decision line rises "
        "steeply and leaves (0, 1) and (1, 1) on the wrong side; a cross marks the first of them."
    )
    groups: ClassVar = {"Neuron": ("w1", "w2", "b"), "Data": ("data", "own"), "Learn": ("clicks",)}
    question = "How many points will be wrong after the next step?"
    choices = ("fewer", "as many", "more")
    hides = ("w1", "w2", "b", "data", "own", "clicks")
    size = (720, 420)
    plays = ("clicks",)

    def __init__(self, neuron: Callable[..., Any]) -> None:
        self.student = Student(neuron, "neuron")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "w1": slider("start at weight w1", -3.0, 3.0, -1.0, 0.1),
            "w2": slider("start at weight w2", -3.0, 3.0, 0.5, 0.1),
            "b": slider("start at bias b", -3.0, 3.0, 0.0, 0.1),
            "data": choice("points", [*TABLES, "two irises", "own"]),
            "own": field("own points", "0 0 0, 0 1 1, 0.4 0.6 0, 1 1 1", "x1, x2 and class 0 or 1 of each point"),
            "clicks": button("Step", "Turn the weights toward the next point that is wrong"),
        }

    def plot(self, figure: Figure) -> None:
        self.axes = axes = figure.subplots()
        plane(axes, "x1", "x2", "shade: output of your neuron with the sigmoid")
        self.shade = self.live(shade(axes))
        self.line = self.live(axes.plot([], [], color=BLACK, label="output one half")[0])
        self.next_line = self.live(axes.plot([], [], "--", color=FOCUS, label="after the next step")[0])
        self.normal = self.live(axes.plot([], [], color=FOCUS, label="direction of w", marker="o", markevery=[1])[0])
        self.marks = Marks(self, axes)
        self.wrong = self.live(axes.plot([], [], "x", color=WRONG, markersize=18, mew=3, label="next wrong point")[0])
        figure.legend(loc="outside right center")

    def touchable(self, scene: Scene, **values: Any) -> None:
        """Points can be dragged, the line, and the tip of the arrow that stands on it."""
        x, targets, weights, _, _ = self.state(**values)
        for place, (point, target) in enumerate(zip(x, targets)):
            label = f"point {place + 1} at ({number(point[0])}, {number(point[1])}), class {target}"
            self.handle(scene, self.axes, point, 0.1, label, "point", place)
        foot, tip = arrow(weights)
        if np.hypot(*weights[:2]) > 1e-9:
            along = 0.45 * np.array([-weights[1], weights[0]]) / np.hypot(*weights[:2])
            grip = min(foot + along, foot - along, key=lambda end: float(np.hypot(*(end - 0.5))))
            self.handle(scene, self.axes, grip, 0.1, f"line, bias {number(weights[2])}", "line")
            direction = f"direction of w, ({number(weights[0])}, {number(weights[1])})"
            self.handle(scene, self.axes, tip, 0.1, direction, "direction")

    def touched(self, *part: Any) -> dict[str, Any]:
        """What follows when a point, the line, or the tip of its arrow is dragged to a place of the picture."""
        name, *which, left, top = part
        to = np.clip(np.round(self.point(self.axes, left, top), 2), LOW, HIGH)
        x, targets, weights, _, _ = self.state(**self.values)
        if name == "point":
            x = x.copy()
            x[which[0]] = to
            return {"data": "own", "own": points_text(x, targets)}
        if name == "line":
            weights = np.array([*weights[:2], -float(to @ weights[:2])])
        else:  # the line goes on through its foot
            foot, _ = arrow(weights)
            turned = (to - foot) / max(np.hypot(*(to - foot)), 1e-9) * np.hypot(*weights[:2])
            weights = np.array([*turned, -float(foot @ turned)])
        w1, w2, b = (float(round(np.clip(weight, -3, 3), 1)) for weight in weights)
        return {"w1": w1, "w2": w2, "b": b, "clicks": 0}

    def outputs(self, x: np.ndarray, weights: np.ndarray, activation: Callable[..., Any]) -> np.ndarray:
        return self.student(with_one(x), weights, activation, shape=(len(x),))

    def points(self, data: str, own: str) -> tuple[np.ndarray, np.ndarray]:
        if data == "own":
            return read_points(own)
        return two_irises() if data == "two irises" else (CORNERS, np.array(TABLES[data]))

    def learn(
        self, x: np.ndarray, targets: np.ndarray, weights: np.ndarray, count: int
    ) -> tuple[np.ndarray, int | None]:
        """Return the weights after `count` steps of the perceptron rule, and the point that is wrong next."""
        at = 0
        for done in range(count + 1):
            errors = targets - self.outputs(x, weights, step)
            wrong = np.flatnonzero(np.roll(errors, -at))
            if not len(wrong):
                return weights, None
            at = int(wrong[0] + at) % len(x)
            if done < count:
                weights = np.round(weights + 0.5 * errors[at] * with_one(x)[at], 10)
        return weights, at

    def state(self, w1: float, w2: float, b: float, data: str, own: str, clicks: int) -> tuple[Any, ...]:
        """Return the points, their classes, the weights now and after the next step, and the next wrong point."""
        x, targets = self.points(data, own)
        start = np.array([w1, w2, b])
        weights, at = self.learn(x, targets, start, clicks)
        return x, targets, weights, self.learn(x, targets, start, clicks + 1)[0], at

    def count_wrong(self, x: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> int:
        return int((self.outputs(x, weights, step) != targets).sum())

    def answer(self, **values: Any) -> str:
        x, targets, weights, after, _ = self.state(**values)
        change = self.count_wrong(x, targets, after) - self.count_wrong(x, targets, weights)
        return self.choices[int(np.sign(change)) + 1]

    def draw(self, **values: Any) -> str:
        x, targets, weights, after, at = self.state(**values)
        self.shade.set_data(self.outputs(grid(), weights, sigmoid).reshape(FINE, FINE))
        self.marks.move(x, targets)
        xs, ys = line_ends(weights)
        self.line.set_data(xs, ys)
        foot, tip = arrow(weights)
        self.normal.set_data([foot[0], tip[0]], [foot[1], tip[1]])
        self.next_line.set_data(*(line_ends(after) if self.revealed and at is not None else ([], [])))
        self.wrong.set_data([], []) if at is None else self.wrong.set_data(x[at : at + 1, 0], x[at : at + 1, 1])
        w1, w2, b = (number(weight) for weight in weights)
        now = f"{self.count_wrong(x, targets, weights)} of {len(x)} points are wrong with w = ({w1}, {w2}), b = {b}."
        if not np.isin(self.outputs(x, weights, step), (0, 1)).all():
            now += " Your neuron's outputs are neither 0 nor 1: it returns the sum without its activation."
        if at is None:
            return f"{now} Nothing is left to learn."
        x1, x2 = (number(entry) for entry in x[at])
        z = number(float(with_one(x)[at] @ weights))
        return (
            f"{now} Next: ({x1}, {x2}) of class {targets[at]} has the sum {w1} · {x1} + {w2} · {x2} + {b} = {z}; "
            f"the step {'adds' if targets[at] else 'subtracts'} half of the point {'to' if targets[at] else 'from'} w, "
            f"and 0.5 {'to' if targets[at] else 'from'} b."
        )


# XOR


def xor_lab(
    linear_forward: Callable[..., Any], linear_backward: Callable[..., Any], xor_weights: Callable[..., Any]
) -> PlotLab:
    """Look into networks on XOR: one neuron, your own by hand, and one that learns with your layer."""
    return XorLab(linear_forward, linear_backward, xor_weights)


Weights = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
MOMENTS = (0, 30, 100, 200, 300, 500, 1000, 2000)
BY_HAND, ONE, TWO = NETWORKS = ("two layers, by hand", "one neuron, learning", "two layers, learning")


class XorLab(PlotLab):
    title = "XOR: one neuron cannot, two layers can"
    alt = (
        "Left, the four points of XOR with the lines of the two hidden neurons of xor_weights: the band between them "
        "holds the squares, (0, 1) and (1, 0). Right, the same points by the outputs of the hidden neurons: the "
        "squares have met in one corner, and a single line parts them from the circles."
    )
    groups: ClassVar = {"Network": ("network",), "Learning": ("moment", "start")}
    question = "How many of the four points are right, in the end?"
    choices = ("2", "3", "4")
    hides = ("network", "start")
    waits: ClassVar = {"moment": 0}
    size = (760, 400)
    plays = ("network", "moment")

    def __init__(
        self, linear_forward: Callable[..., Any], linear_backward: Callable[..., Any], xor_weights: Callable[..., Any]
    ) -> None:
        self.layer = Student(linear_forward, "linear_forward")
        self.by_hand = Student(xor_weights, "xor_weights")
        self.training = Student(
            partial(train, linear_forward, linear_backward),
            "linear_forward or linear_backward",
            seconds=10,
            reference=partial(train, nn.linear_forward, nn.linear_backward),
        )
        super().__init__()

    def controls(self) -> Controls:
        return {
            "network": choice("network", NETWORKS, BY_HAND),
            "moment": steps("steps", MOMENTS, MOMENTS[-1], "Steps of gradient descent so far"),
            "start": slider("start", 0, 7, 1, tip="Number of the random start"),
        }

    def plot(self, figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        plane(left, "x1", "x2", "inputs")
        plane(right, "h1", "h2", "as the hidden layer sees them")
        self.shades = [self.live(shade(axes)) for axes in (left, right)]
        names = {"-": "hidden neuron 1", "--": "hidden neuron 2"}
        self.lines = [self.live(left.plot([], [], style, color=FOCUS, label=names[style])[0]) for style in names]
        self.lines.append(self.live(right.plot([], [], color=BLACK, label="output neuron")[0]))
        self.boundary = self.live(left.plot([], [], color=BLACK)[0])
        self.marks = [Marks(self, axes) for axes in (left, right)]
        named = {artist.get_label(): artist for artist in (*self.lines, *self.marks[0].artists)}
        self.legend(figure, named, loc="outside lower center", ncols=5)
        self.names = [self.live(right.text(0, 0, "", ha="center", va="center")) for _ in CORNERS]

    def adjust(self, network: str, **_: Any) -> None:
        self.control["moment"].disabled = self.control["start"].disabled = network == BY_HAND

    def weights(self, network: str, moment: int, start: int) -> list[np.ndarray]:
        if network == BY_HAND:
            return [np.asarray(array, dtype=float) for array in self.by_hand()]
        trained: list[np.ndarray] = self.training(2 if network == TWO else 0, start)[MOMENTS.index(moment)]
        return trained

    def through(self, x: np.ndarray, layers: list[np.ndarray]) -> np.ndarray:
        for weight, bias in zip(layers[::2], layers[1::2]):
            x = sigmoid(self.layer(x, weight, bias, shape=(len(x), len(weight))))
        return x

    def right(self, weights: list[np.ndarray]) -> int:
        return int(((self.through(CORNERS, weights)[:, 0] > 0.5 + 1e-6) == np.array(TABLES["XOR"])).sum())

    def answer(self, network: str, moment: int, start: int) -> str:
        return str(self.right(self.weights(network, MOMENTS[-1], start)))

    def draw(self, network: str, moment: int, start: int) -> str:
        weights = self.weights(network, moment, start)
        outputs, targets = self.through(CORNERS, weights)[:, 0], np.array(TABLES["XOR"])
        deep, secret = len(weights) == 4, network == BY_HAND and not self.revealed
        seen, blank = deep and not secret, np.full((FINE, FINE), 0.5)
        self.shades[0].set_data(blank if secret else self.through(grid(), weights).reshape(FINE, FINE))
        self.marks[0].move(CORNERS, targets)
        hidden = self.through(CORNERS, weights[:2]) if seen else np.empty((0, 2))
        self.marks[1].move(hidden, targets[: len(hidden)])
        self.shades[1].set_data(self.through(grid(), weights[2:]).reshape(FINE, FINE) if seen else blank)
        for row in range(2):
            ends = line_ends(np.append(weights[0][row], weights[1][row])) if deep else ([], [])
            self.lines[row].set_data(*ends)
        self.lines[2].set_data(*(line_ends(np.append(weights[2], weights[3])) if seen else ([], [])))
        self.boundary.set_data(*(line_ends(np.append(weights[0], weights[1])) if not deep else ([], [])))
        self.name_points(hidden)
        if secret:
            return "Two layers, by hand: the lines of your hidden neurons. Predict what the output makes of them."
        said = ", ".join(f"({a:g}, {b:g}) {number(out)}" for (a, b), out in zip(CORNERS, outputs))
        when = "" if network == BY_HAND else f" after {moment:,} steps" if moment else " before the first step"
        return f"{network.capitalize()}{when}: {self.right(weights)} of 4 right. Outputs: {said}."

    def name_points(self, hidden: np.ndarray) -> None:
        """Write beside each hidden point which input it comes from; inputs that meet share a label."""
        groups = list[list[int]]()
        for corner, place in enumerate(hidden):
            near = [group for group in groups if np.hypot(*(hidden[group[0]] - place)) < 0.15]
            if not near:
                groups.append([])
            (near or groups)[-1].append(corner)
        groups.sort(key=lambda corners: hidden[corners, 1].max())
        taken = [(h1, h2, 0.06, 0.06) for h1, h2 in hidden]  # middle and half the sides: marks, then labels
        for label in self.names:
            label.set_text("")
        for label, corners in zip(self.names, groups):
            label.set_text(" ".join(f"({CORNERS[corner][0]:g}, {CORNERS[corner][1]:g})" for corner in corners))
            x, y = np.clip(hidden[corners, 0].mean(), -0.2, 1.2), hidden[corners, 1].max() + 0.14
            half = 0.2 * len(corners)
            while any(abs(x - u) < half + wide and abs(y - v) < 0.07 + high for u, v, wide, high in taken):
                y += 0.03
            taken.append((x, y, half, 0.07))
            label.set_position((x, y))


def train(forward: Callable[..., Any], backward: Callable[..., Any], hidden: int, start: int) -> list[list[np.ndarray]]:
    """Train a network of `hidden` neurons (0: one neuron alone); return its weights at each of MOMENTS."""
    rng, targets = np.random.default_rng(start), np.array([[0.0], [1.0], [1.0], [0.0]])
    sizes = [2, hidden, 1] if hidden else [2, 1]
    weights = [rng.normal(size=size) for n, m in pairwise(sizes) for size in ((m, n), m)]
    kept = []
    for now in range(MOMENTS[-1] + 1):
        if now in MOMENTS:
            kept.append(weights)
        out, caches = CORNERS, []
        for weight, bias in zip(weights[::2], weights[1::2]):
            z, cache = forward(out, weight, bias)
            out = sigmoid(z)
            caches.append((cache, out))
        grad_z, grads = (out - targets) / 4, list[np.ndarray]()
        for layer in reversed(range(len(caches))):
            grad_x, *layer_grads = backward(grad_z, caches[layer][0])
            grads[:0] = layer_grads
            grad_z = grad_x * caches[layer - 1][1] * (1 - caches[layer - 1][1]) if layer else grad_z
        weights = [weight - 2 * grad for weight, grad in zip(weights, grads)]
    return kept


# The stacked network


def network_lab(linear_forward: Callable[..., Any]) -> SvgLab:
    """Stack layers of neurons to a network of any sizes, and unfold any neuron into its sum."""
    return NetworkLab(linear_forward)


class NetworkLab(SvgLab):
    title = "Neurons stacked to a network"
    alt = (
        "A network drawn from its layer sizes: 3 inputs, two hidden layers of 4 neurons, 2 outputs; every neuron is a "
        "circle with its output, joined to all of the layer before. The first neuron of layer 1 is unfolded."
    )
    groups: ClassVar = {"Network": ("sizes",), "Unfold": ("layer", "neuron")}
    question = (
        "What adds more weights and biases: one more hidden layer like the last, or all hidden layers twice as wide?"
    )
    choices = ("one more layer", "twice as wide", "both the same")
    hides = ("sizes",)
    plays = ("layer", "neuron")

    def __init__(self, linear_forward: Callable[..., Any]) -> None:
        self.student = Student(linear_forward, "linear_forward")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "sizes": field("layer sizes", "3, 4, 4, 2", "inputs, hidden layers, outputs: 2 to 6 numbers from 1 to 8"),
            "layer": slider("layer", 1, 3, 1),
            "neuron": slider("neuron", 1, 4, 1),
        }

    def read(self, text: str) -> list[int]:
        try:
            sizes = [int(size) for size in text.replace(",", " ").split()]
        except ValueError:
            sizes = []
        if not 2 <= len(sizes) <= 6 or not all(1 <= size <= 8 for size in sizes):
            raise Trouble(f"The layer sizes are {text!r}; write 2 to 6 whole numbers from 1 to 8, like 3, 4, 4, 2.")
        return sizes

    def adjust(self, sizes: str, layer: int, neuron: int) -> None:
        counts = self.read(sizes)
        self.control["layer"].max = len(counts) - 1
        self.control["neuron"].max = counts[self.control["layer"].value]

    def answer(self, sizes: str, **_: Any) -> str:
        counts = self.read(sizes)
        deeper = [*counts[:-1], counts[-2], counts[-1]] if len(counts) > 2 else counts
        wider = [counts[0], *(2 * size for size in counts[1:-1]), counts[-1]]
        difference = parameters(wider) - parameters(deeper)
        return self.choices[2 if difference == 0 else int(difference > 0)]

    def run(self, counts: list[int]) -> tuple[list[np.ndarray], list[tuple[np.ndarray, np.ndarray]]]:
        """Return the outputs of every layer, the inputs first, and each layer's weight and bias."""
        rng, outs, layers = self.rng(), [], []
        outs.append(np.round(rng.normal(size=(1, counts[0])), 1))
        for before, size in pairwise(counts):
            weight, bias = np.round(rng.normal(size=(size, before)), 1), np.round(rng.normal(size=size), 1)
            layers.append((weight, bias))
            outs.append(np.round(sigmoid(self.student(outs[-1], weight, bias, shape=(1, size))), 2))
        return outs, layers

    def draw(self, sizes: str, layer: int, neuron: int) -> tuple[Scene, str]:
        counts = self.read(sizes)
        outs, layers = self.run(counts)
        scene = Scene(760, 150 + 44 * max(counts))
        self.draw_wires(scene, counts, layer, neuron)
        for at, out in enumerate(outs):
            self.draw_layer(scene, counts, at, out[0], neuron if at == layer else 0)
        weight, bias = layers[layer - 1]
        inputs, row, b = outs[layer - 1][0], weight[neuron - 1], bias[neuron - 1]
        z = float(inputs @ row + b)
        terms = " + ".join(f"{signed(w)} · {signed(i)}" for w, i in zip(row, inputs))
        last = scene.sum(20, scene.height - 44, f"z = {terms} + {signed(b)} = {number(z)}", 100)
        scene.text(20, last + 24, f"output = 1 / (1 + e⁻ᶻ) = {number(float(outs[layer][0, neuron - 1]))}")
        scene.height = last + 44
        total = (
            f"{parameters(counts)} weights and biases" if self.revealed else "as many weights and biases as you predict"
        )
        return scene, (
            f"{counted(counts[0], 'input')}, {counted(len(counts) - 2, 'hidden layer')}, "
            f"{counted(counts[-1], 'output')}: {total}. "
            f"Neuron {neuron} of layer {layer} has {counted(len(row), 'weight')} and a bias; its sum is {number(z)}."
        )

    def place(self, counts: list[int], layer: int, neuron: int) -> tuple[float, float]:
        """Return where the neuron's circle is."""
        height = 44 * max(counts)
        return 60 + layer * 640 / (len(counts) - 1), 52 + (neuron + 0.5) * height / counts[layer]

    def draw_wires(self, scene: Scene, counts: list[int], layer: int, neuron: int) -> None:
        for at in range(1, len(counts)):
            for to in range(counts[at]):
                for start in range(counts[at - 1]):
                    chosen = (at, to) == (layer, neuron - 1)
                    ends = self.place(counts, at - 1, start), self.place(counts, at, to)
                    scene.line(*ends, color=FOCUS if chosen else "faint", weight=THICK if chosen else HAIR)

    def draw_layer(self, scene: Scene, counts: list[int], layer: int, out: np.ndarray, chosen: int) -> None:
        last = len(counts) - 1
        x, _ = self.place(counts, layer, 0)
        caption = "input" if layer == 0 else f"layer {layer}"
        scene.text(x, 16, caption, size=SMALL, anchor="middle", bold=True)
        kind = {0: "", last: "output"}.get(layer, "hidden")
        scene.text(x, 32, kind, size=SMALL, color="muted", anchor="middle")
        for index, value in enumerate(out):
            _, y = self.place(counts, layer, index)
            picked = index == chosen - 1
            scene.circle(
                x,
                y,
                18,
                fill="paper",
                stroke=FOCUS if picked else "text",
                weight=THICK if picked else THIN,
                dash=DASHED if layer == 0 else (),
            )
            scene.text(x, y, number(float(value)), size=SMALL, anchor="middle")
            if layer:
                values, said = {"layer": layer, "neuron": index + 1}, f"neuron {index + 1} of layer {layer}"
                scene.target("Neurons", (x - 18, y - 18, 36, 36), said, set=values)
            if layer in (0, last):
                name = f"{'y' if layer else 'x'}{index + 1}"
                scene.text(x + (28 if layer else -28), y, name, size=SMALL, anchor="middle", color="muted")


def parameters(counts: list[int]) -> int:
    """Return the number of weights and biases of a fully connected network."""
    return sum((before + 1) * size for before, size in pairwise(counts))
