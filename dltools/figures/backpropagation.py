"""Unit 03: the computational graph, forward and back, and the loss surface of a net with two weights."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure

from dltools import nn
from dltools.figures import (
    BLACK,
    DASHED,
    FOCUS,
    HAIR,
    NORMAL,
    ORANGE,
    PURPLE,
    RAISED,
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
    choice,
    counted,
    field,
    number,
    short,
    slider,
    steps,
)
from dltools.nn.activations import sigmoid

# The computational graph

Tables = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""x (1, 2), V (2, 2), W (2, 2) and y (1, 2)."""
Nodes = dict[str, np.ndarray]
"""An array for each column of the graph."""

COLUMNS = {"x": 50, "Vx": 250, "h": 355, "Wh": 565, "z": 670, "L": 830}
ROWS = (64, 284)
WEIGHTS = tuple(f"{matrix}{j}{i}" for matrix in "VW" for j in "12" for i in "12")
MOVES = (
    "the inputs are set",
    "forward: the sums V x",
    "forward: h = s(V x)",
    "forward: the sums W h",
    "forward: z = s(W h)",
    "forward: the loss L = (z1 - y1)² + (z2 - y2)²",
    "back: 2 (z - y) arrives at z",
    "back: times z (1 − z); the gradients of W follow",
    "back: times W, added up over both outputs, arrives at h",
    "back: times h (1 − h); the gradients of V follow",
)
FORWARD_END, REACHED = 5, {"V": 9, "W": 7}
"""The step that has the loss, and those at which the gradients of the weights are there."""
HARDLY = 1e-3
"""A loss that changes by less than this share of a nudge hardly changes."""


def read_table(name: str, text: str, rows: int) -> np.ndarray:
    """Read `rows` rows of two numbers, separated by "/". Raises Trouble."""
    try:
        table = np.array([[float(entry) for entry in row.split()] for row in text.split("/")])
    except ValueError:
        table = np.empty(0)
    if table.shape != (rows, 2) or not np.isfinite(table).all():
        form = "two numbers, like 1 0.5" if rows == 1 else "two rows of two numbers, like 1 0.5 / -1 2"
        raise Trouble(f"{name} is {text!r}; write {form}.")
    return table


def entry(grads: dict[str, np.ndarray], name: str) -> float:
    """Return the entry that a name such as W21 means: row 2, column 1."""
    return float(grads[name[0]][int(name[1]) - 1, int(name[2]) - 1])


def measure(value: float, digits: int = 3) -> str:
    """Return a gradient as the graph writes it: `digits` decimals, or a power of ten where they would all be 0."""
    text = f"{value:.{digits}f}"
    if value and not float(text):
        leading, power = f"{value:.0e}".split("e")
        text = f"{leading}·10{str(int(power)).translate(RAISED)}"
    return text.replace("-", "\u2212") if value else "0"


def in_brackets(factor: str) -> str:
    """Return a factor as it stands behind the sign of a product."""
    return f"({factor})" if factor.startswith("\u2212") else factor


def graph_lab(two_layer_forward: Callable[..., Any], two_layer_backward: Callable[..., Any]) -> SvgLab:
    """Step through the graph with your functions: values forward, gradients back, and a nudge that measures."""
    return GraphLab(two_layer_forward, two_layer_backward)


class GraphLab(SvgLab):
    title = "The computational graph, forward and back"
    alt = (
        "The graph of a net with two inputs, two hidden neurons and two outputs: x, V x, h, W h, z and the loss L from "
        "left to right. Each node has its value above and, after the way back, its gradient below."
    )
    groups: ClassVar = {"Run": ("step", "look", "eps"), "Numbers": ("x", "V", "W", "y")}
    question = "If the weight grows by a tiny bit, will the loss be larger or smaller?"
    choices = ("larger", "smaller", "hardly different")
    hides = ("look", "x", "V", "W", "y")
    waits: ClassVar = {"eps": None}
    plays = ("step",)

    def __init__(self, two_layer_forward: Callable[..., Any], two_layer_backward: Callable[..., Any]) -> None:
        self.forward = Student(two_layer_forward, "two_layer_forward")
        self.backward = Student(two_layer_backward, "two_layer_backward")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "step": slider("step", 0, len(MOVES) - 1, 8),
            "look": choice("weight", WEIGHTS, "W21"),
            "eps": steps("nudge it by", (0.001, 0.01, 0.1, 1.0), 0.01),
            "x": field("x", "1 2"),
            "V": field("V", "0.5 -1 / 1 0.5"),
            "W": field("W", "1 -2 / 0.5 1"),
            "y": field("y", "1 0"),
        }

    def loss(self, x: np.ndarray, V: np.ndarray, W: np.ndarray, y: np.ndarray) -> float:
        return float(np.sum((self.forward(x, V, W, shape=(1, 2)) - y) ** 2))

    def tables(self, x: str, V: str, W: str, y: str) -> Tables:
        return read_table("x", x, 1), read_table("V", V, 2), read_table("W", W, 2), read_table("y", y, 1)

    def measured(self, x: np.ndarray, V: np.ndarray, W: np.ndarray, y: np.ndarray, name: str, eps: float) -> float:
        """Return the gradient of the loss for a weight by nudging it, with the student's forward."""
        nudged = []
        for sign in (1, -1):
            changed = {"V": V.copy(), "W": W.copy()}
            changed[name[0]][int(name[1]) - 1, int(name[2]) - 1] += sign * eps
            nudged.append(self.loss(x, changed["V"], changed["W"], y))
        return (nudged[0] - nudged[1]) / (2 * eps)

    def gradients(self, x: np.ndarray, V: np.ndarray, W: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray] | None:
        """Return grad_V and grad_W of the student's backward; None, with the trouble said, if there are none."""
        z, cache = self.forward(x, V, W, values=("z", "cache"))
        grads = self.attempt(self.backward, 2 * (z - y), cache, values=("grad_V", "grad_W"))
        if grads is None:
            return None
        if [np.shape(grad) for grad in grads] != [(2, 2), (2, 2)]:
            self.trouble = "two_layer_backward must return grad_V and grad_W, here of shape (2, 2) each."
            return None
        return {"V": np.asarray(grads[0]), "W": np.asarray(grads[1])}

    def adjust(self, step: int, look: str, **_: Any) -> None:
        self.control["eps"].disabled = step < REACHED[look[0]]

    def answer(self, look: str, x: str, V: str, W: str, y: str, **_: Any) -> str:
        slope = self.measured(*self.tables(x, V, W, y), look, 1e-5)
        return self.choices[2 if abs(slope) < HARDLY else int(slope < 0)]

    def draw(self, step: int, look: str, eps: float, x: str, V: str, W: str, y: str) -> tuple[Scene, str]:
        tables = self.tables(x, V, W, y)
        values, gradients, factors = self.run(*tables)
        grads = self.gradients(*tables)
        scene = Scene(900, 420)
        self.draw_wires(scene, step, look, tables, grads)
        for at, name in enumerate(COLUMNS):
            self.draw_nodes(scene, step, at, name, values[name], gradients.get(name))
        if grads is not None:
            self.mark_wrong_nodes(scene, step, tables, grads)
        self.draw_factors(scene, step, factors)
        return scene, self.tell(scene, step, look, eps, tables, values, gradients, grads)

    def run(self, x: np.ndarray, V: np.ndarray, W: np.ndarray, y: np.ndarray) -> tuple[Nodes, Nodes, Nodes]:
        """Return values, gradients and local factors by node: the student's z, and what follows from the chain rule."""
        h = sigmoid(x @ V.T)
        z = self.forward(x, V, W, shape=(1, 2))
        values = {"x": x, "Vx": x @ V.T, "h": h, "Wh": h @ W.T, "z": z, "L": np.sum((z - y) ** 2).reshape(1, 1)}
        grad = {"z": 2 * (z - y)}
        grad["Wh"] = grad["z"] * z * (1 - z)
        grad["h"] = grad["Wh"] @ W
        grad["Vx"] = grad["h"] * h * (1 - h)
        return values, grad, {"h": h * (1 - h), "z": z * (1 - z), "L": 2 * (z - y)}

    def place(self, column: str, index: int) -> tuple[float, float]:
        return COLUMNS[column], sum(ROWS) / 2 if column == "L" else ROWS[index]

    def draw_nodes(
        self, scene: Scene, step: int, at: int, name: str, values: np.ndarray, gradients: np.ndarray | None
    ) -> None:
        """Draw a column: a circle for each number, its value above and its gradient below."""
        # The way back reaches z at step 6, W h at 7, h at 8, V x at 9.
        back = {"z": 6, "Wh": 7, "h": 8, "Vx": 9}.get(name, 99)
        for index, value in enumerate(values[0]):
            x, y = self.place(name, index)
            now = step in (at, back)
            label = {"Vx": "(Vx)", "Wh": "(Wh)"}.get(name, name)
            scene.circle(x, y, 24, fill="paper", stroke=FOCUS if now else "text", weight=THICK if now else THIN)
            scene.text(x, y, label if name == "L" else f"{label}{index + 1}", size=SMALL, anchor="middle")
            if step >= at:
                scene.text(x, y - 39, number(float(value), 3), bold=True, anchor="middle")
            if gradients is not None and step >= back:
                scene.text(x, y + 38, f"grad {measure(float(gradients[0, index]))}", color=PURPLE, anchor="middle")

    def mark_wrong_nodes(self, scene: Scene, step: int, tables: Tables, grads: dict[str, np.ndarray]) -> None:
        """Ring the sums at which the student's way back goes wrong: those whose weights have a wrong gradient."""
        for matrix, target in (("V", "Vx"), ("W", "Wh")):
            for j in range(2):
                if step >= REACHED[matrix] and any(
                    self.differs(tables, grads, f"{matrix}{j + 1}{i + 1}") for i in range(2)
                ):
                    x, y = self.place(target, j)
                    scene.circle(x, y, 28, stroke=WRONG, weight=THICK)
                    scene.text(x - 32, y - 28, "✗", color=WRONG, anchor="middle", bold=True)

    def draw_wires(
        self, scene: Scene, step: int, look: str, tables: Tables, grads: dict[str, np.ndarray] | None
    ) -> None:
        """Draw the wires; on those of V and W the weight and, after the way back, the student's gradient."""
        for name in ("Vx", "Wh"):
            for index in range(2):
                start, end = self.place(name, index), self.place({"Vx": "h", "Wh": "z"}[name], index)
                scene.line((start[0] + 24, start[1]), (end[0] - 24, end[1]), arrow=True)
        L_y = sum(ROWS) / 2
        for row, y in zip((-1, 1), ROWS):
            scene.line((COLUMNS["z"] + 24, y), (COLUMNS["L"] - 22, L_y + 14 * row), arrow=True)
        for matrix, source, target in (("V", "x", "Vx"), ("W", "h", "Wh")):
            weight = {"V": tables[1], "W": tables[2]}[matrix]
            for j, i in np.ndindex(2, 2):
                name, said, color = f"{matrix}{j + 1}{i + 1}", "", PURPLE
                if grads is not None and step >= REACHED[matrix]:
                    wrong = self.differs(tables, grads, name)
                    shown = measure(float(grads[matrix][j, i])) if self.revealed else "?"
                    said, color = f"{'✗ ' if wrong else ''}grad {shown}", WRONG if wrong else PURPLE
                ends = self.place(source, i), self.place(target, j)
                self.draw_weight(scene, f"{name} = {number(float(weight[j, i]))}", said, color, ends, name == look)

    def differs(self, tables: Tables, grads: dict[str, np.ndarray], name: str) -> bool:
        """Whether the student's gradient of a weight is not what a nudge measures."""
        return abs(entry(grads, name) - self.measured(*tables, name, 1e-5)) > 1e-4

    def draw_weight(self, scene: Scene, label: str, said: str, color: str, ends: tuple[Any, Any], chosen: bool) -> None:
        """Draw a wire, on it a box with the weight and, where there is one, its gradient."""
        (x1, y1), (x2, y2) = ends
        line, weight = (FOCUS, THICK) if chosen else ("line", HAIR)
        scene.line((x1 + 24, y1), (x2 - 24, y2), color=line, weight=weight, arrow=True)
        x, y, half = x1 + 0.4 * (x2 - x1), y1 + 0.3 * (y2 - y1), 18 if said else 10
        scene.rect(x - 44, y - half, 88, 2 * half, fill="paper", stroke=line, dash=() if chosen else DASHED, radius=4)
        scene.text(x, y - (8 if said else 0), label, SMALL, anchor="middle")
        scene.text(x, y + 8, said, SMALL, color, "middle")
        scene.target("Weights", (x - 44, y - half, 88, 2 * half), label, set={"look": label.split()[0]})

    def draw_factors(self, scene: Scene, step: int, factors: dict[str, np.ndarray]) -> None:
        """Write the local factors below the wires that the way back has passed."""
        for name, reached, middle in (("L", 6, 790), ("z", 7, 617), ("h", 9, 302)):
            if step >= reached:
                for index, factor in enumerate(factors[name][0]):
                    y = (88, 262)[index] if name == "L" else ROWS[index] - 14
                    scene.text(middle, y, f"× {measure(float(factor))}", SMALL, ORANGE, "middle", True)

    def tell(
        self,
        scene: Scene,
        step: int,
        look: str,
        eps: float,
        tables: Tables,
        values: dict[str, np.ndarray],
        gradients: dict[str, np.ndarray],
        grads: dict[str, np.ndarray] | None,
    ) -> str:
        """Unfold the chosen weight's gradient below the graph, and return the sentence."""
        j, i = int(look[1]) - 1, int(look[2]) - 1
        source, target = ("x", "Vx") if look[0] == "V" else ("h", "Wh")
        local, back = values[source][0, i], gradients[target][0, j]
        loss = number(float(values["L"][0, 0]), 4)
        said = f"Step {step}, {MOVES[step]}." + (f" The loss is {loss}." if step >= FORWARD_END else "")
        if step < REACHED[look[0]]:
            return said
        line = (
            f"gradient of {look} = {source}{i + 1} · grad of ({target}){j + 1} = "
            f"{number(float(local), 4)} · {in_brackets(measure(float(back), 4))} = "
            f"{measure(float(local * back), 4) if self.revealed else '?'}"
        )
        scene.text(20, 372, line, size=NORMAL)
        if not self.revealed:
            return f"{said} Predict what a nudge does to the loss."
        measured = self.measured(*tables, look, eps)
        line = f"measured by nudging {look} by ±{eps:g}: {measure(measured, 4)}"
        scene.text(20, 400, line, size=NORMAL, color="muted")
        yours = "is missing" if grads is None else f"says {measure(entry(grads, look), 4)}"
        wrong = grads is not None and self.differs(tables, grads, look)
        verdict = " They differ: the way back goes wrong at the first node with a ✗." if wrong else ""
        return (
            f"{said} For {look} your backward {yours}, the nudge of {eps:g} measures {measure(measured, 4)}.{verdict}"
        )


# The loss surface

INPUTS = np.linspace(-3, 3, 15)[:, None]
TARGETS = sigmoid(-3 * sigmoid(2 * INPUTS))
SIDE, FINE = 8.0, 61
LAST = 80
BANDS = LinearSegmentedColormap.from_list("bands", ["#003B63", "#56B4E9", "#FFFFFF"], N=10)


def descent_lab(two_layer_forward: Callable[..., Any], two_layer_backward: Callable[..., Any]) -> PlotLab:
    """Walk down the loss surface of a net with one weight in each layer, along the gradients of your backward."""
    return DescentLab(two_layer_forward, two_layer_backward)


class DescentLab(PlotLab):
    title = "The loss surface, and the way down"
    alt = (
        "Left, a map of the loss over the two weights v and w, bluer where it is lower, with the path of gradient "
        "descent from a square to a round mark. Right, the loss after every step, on a log scale."
    )
    groups: ClassVar = {"Start": ("v", "w"), "Descent": ("lr", "count")}
    question = "How will the loss end, after 80 steps?"
    choices = ("under a hundredth of the start", "lower than at the start", "not lower than at the start")
    hides = ("v", "w", "lr")
    waits: ClassVar = {"count": 0}
    size = (800, 380)
    plays = ("count",)

    def __init__(self, two_layer_forward: Callable[..., Any], two_layer_backward: Callable[..., Any]) -> None:
        forward, backward, both = two_layer_forward, two_layer_backward, "two_layer_forward or two_layer_backward"
        map_ = partial(map_losses, nn.two_layer_forward)
        way = partial(descend, nn.two_layer_forward, nn.two_layer_backward)
        self.surface = Student(partial(map_losses, forward), "two_layer_forward", seconds=10, reference=map_)
        self.descent = Student(partial(descend, forward, backward), both, reference=way)
        super().__init__()

    def controls(self) -> Controls:
        return {
            "v": slider("start at v", -7.0, 7.0, -2.0, 0.5),
            "w": slider("start at w", -7.0, 7.0, 4.0, 0.5),
            "lr": steps("learning rate", (1, 3, 10, 30, 100, 300, 1000), 10),
            "count": slider("steps", 0, LAST, LAST),
        }

    def plot(self, figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        self.map = left
        self.image = self.live(
            left.imshow(
                np.ones((FINE, FINE)),
                cmap=BANDS,
                norm=LogNorm(1e-5, 1),
                extent=(-SIDE, SIDE, -SIDE, SIDE),
                origin="lower",
                interpolation="bilinear",
            )
        )
        left.set(
            xlabel="v (first layer)",
            ylabel="w (second layer)",
            title="the loss; a bluer band is 3 times lower",
        )
        self.path = self.live(left.plot([], [], ".-", color=ORANGE, linewidth=1.2)[0])
        mark: dict[str, Any] = {"color": ORANGE, "markeredgecolor": BLACK, "markersize": 10}
        self.start = self.live(left.plot([], [], "s", **mark)[0])
        self.now = self.live(left.plot([], [], "o", clip_on=False, **mark)[0])
        left.set(xlim=(-SIDE, SIDE), ylim=(-SIDE, SIDE))
        right.set(xlim=(0, LAST), ylim=(1e-6, 1), yscale="log", xlabel="step", title="loss")
        named = {"start": self.start, "path": self.path, "now": self.now}
        self.legend(right, named, loc="lower left", frameon=True)
        self.curve = self.live(right.plot([], [], color=ORANGE)[0])
        self.mark = self.live(
            right.plot([], [], "o", color=ORANGE, markeredgecolor=BLACK, markersize=9, clip_on=False)[0]
        )

    def touchable(self, scene: Scene, v: float, w: float, **_: Any) -> None:
        self.handle(scene, self.map, (v, w), 0.5, f"start at v = {number(v)}, w = {number(w)}", "start")

    def touched(self, _: str, left: float, top: float) -> dict[str, Any]:
        v, w = np.clip(np.round(2 * np.array(self.point(self.map, left, top))) / 2, -7, 7)
        return {"v": float(v), "w": float(w)}

    def answer(self, v: float, w: float, lr: float, count: int) -> str:
        losses = self.descent(v, w, lr)[:, 2]
        return self.choices[0 if losses[-1] < losses[0] / 100 else 1 if losses[-1] < losses[0] else 2]

    def draw(self, v: float, w: float, lr: float, count: int) -> str:
        self.image.set_data(np.maximum(self.surface(), 1e-6))
        walk = self.attempt(self.descent, v, w, lr)
        path = np.array([[v, w, np.nan]]) if walk is None else walk[: count + 1]
        self.path.set_data(path[:, 0], path[:, 1])
        self.start.set_data([v], [w])
        inside = np.clip(path[-1, :2], -SIDE, SIDE)  # of one that has left the map, where it left
        self.now.set_data(inside[:1], inside[1:])
        self.curve.set_data(np.arange(len(path)), path[:, 2])
        self.mark.set_data([count], path[-1:, 2])
        if walk is None:
            return "The map is of your forward; without a backward that runs on its cache there is no way down."
        at_v, at_w, loss = path[-1]
        off = " It has left the map." if max(abs(at_v), abs(at_w)) > SIDE else ""
        return (
            f"After {counted(count, 'step')} with learning rate {lr}: v = {number(at_v)}, w = {number(at_w)}, "
            f"loss {short(loss, 2)} (at the start {short(path[0, 2], 2)}).{off}"
        )


def loss_of(forward: Callable[..., Any], v: float, w: float) -> tuple[float, np.ndarray, Any]:
    """Return the loss of the net, its gradient by the outputs, and the cache."""
    z, cache = forward(INPUTS, np.array([[v]]), np.array([[w]]))
    return float(np.mean((z - TARGETS) ** 2)), 2 * (z - TARGETS) / len(z), cache


def map_losses(forward: Callable[..., Any]) -> np.ndarray:
    ticks = np.linspace(-SIDE, SIDE, FINE)
    return np.array([[loss_of(forward, v, w)[0] for v in ticks] for w in ticks])


def descend(forward: Callable[..., Any], backward: Callable[..., Any], v: float, w: float, lr: float) -> np.ndarray:
    """Return v, w and the loss after every step, (LAST + 1, 3)."""
    path = []
    for _ in range(LAST + 1):
        loss, grad_z, cache = loss_of(forward, v, w)
        path.append((v, w, loss))
        grad_V, grad_W = backward(grad_z, cache)
        v, w = v - lr * grad_V.item(), w - lr * grad_W.item()
    return np.array(path)
