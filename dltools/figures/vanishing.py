"""Unit 07: a gradient walks back through time; its norm by distance; a step over a cliff, with and without clipping."""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, ClassVar

import numpy as np
from matplotlib.figure import Figure

from dltools.figures import (
    BLACK,
    BLUE,
    DASHED,
    FOCUS,
    GREEN,
    ORANGE,
    SMALL,
    THICK,
    THIN,
    VERMILION,
    Controls,
    PlotLab,
    Scene,
    Student,
    SvgLab,
    choice,
    number,
    power_of_ten,
    short,
    signed,
    slider,
    steps,
    switch,
)
from dltools.nn import rnn_backward, rnn_forward, rnn_step_forward


def way_back_lab(rnn_jacobian: Callable[..., Any]) -> SvgLab:
    """Send a gradient back through six steps, one factor of your rnn_jacobian at a time."""
    return WayBackLab(rnn_jacobian)


def distance_lab(gradient_norm_by_distance: Callable[..., Any]) -> PlotLab:
    """See how your gradient_norm_by_distance falls or rises with the distance from the loss, over 20 networks."""
    return DistanceLab(gradient_norm_by_distance)


def cliff_lab(clip_grad_norm: Callable[..., Any]) -> PlotLab:
    """Walk down the loss of a network of one unit, over a cliff, with and without your clip_grad_norm."""
    return CliffLab(clip_grad_norm)


# A gradient on its way back

T = 6
ROTATION = np.array([[0.8, -0.6], [0.6, 0.8]])
"""Turns a vector and keeps its length: all eigenvalues have the radius 1."""
LOSS_GRADIENT = np.array([0.6, 0.8])  # of the length 1
LEFT, COLUMN, STATES, DISCS, BELOW, RADIUS = 74, 146, 66, 196, 300, 50
LONGEST_ARROW = 1.15
"""In radii of the circle: a longer arrow would run into the line below it."""


class WayBackLab(SvgLab):
    title = "A gradient on its way back"
    alt = (
        "Six hidden states in a row, the loss at the last. Under each state an arrow in a circle: the gradient of the "
        "loss by this state. From right to left the arrows turn and become shorter."
    )
    question = "From right to left, the arrows become"
    choices = ("shorter", "longer", "first longer, then shorter", "neither")
    hides = ("radius", "inputs")
    plays = ("t",)

    def __init__(self, rnn_jacobian: Callable[..., Any]) -> None:
        self.student = Student(rnn_jacobian, "rnn_jacobian")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "radius": slider("radius of W", 0.2, 2.0, 0.8, 0.1),
            "inputs": slider("input size", 0.0, 2.0, 0.4, 0.2, "Large inputs saturate the tanh"),
            "t": slider("unfold step", 2, T, 5, 1, "Shows the product of this step in numbers"),
        }

    def network(self, radius: float, inputs: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the states (T, 2) of a network with the weights radius * ROTATION, and these weights."""
        W, x = radius * ROTATION, inputs * self.rng().normal(size=(1, T, 2))
        return rnn_forward(x, np.zeros((1, 2)), W, np.eye(2), np.zeros(2))[0][0], W

    def true_gradients(self, h: np.ndarray, W: np.ndarray) -> np.ndarray:
        """Return the gradients of the loss by h_1 to h_T (T, 2), from nudges of the network itself."""
        grads = [LOSS_GRADIENT]
        for h_t in h[:0:-1]:
            grads.append(grads[-1] @ nudged_jacobian(h_t, W))
        return np.array(grads[::-1])

    def answer(self, radius: float, inputs: float, **_: Any) -> str:
        lengths = np.linalg.norm(self.true_gradients(*self.network(radius, inputs)), axis=1)[::-1]
        rises, falls = np.diff(lengths) > 5e-3, np.diff(lengths) < -5e-3
        if rises.any() and falls.any():
            return "first longer, then shorter" if rises[: np.argmax(falls)].any() else "neither"
        return "longer" if rises.any() else "shorter" if falls.any() else "neither"

    def draw(self, radius: float, inputs: float, t: int) -> tuple[Scene, str]:
        h, W = self.network(radius, inputs)
        jacobians = [self.attempt(self.student, h_t, W, shape=(2, 2)) for h_t in h]
        grads: list[np.ndarray | None] = [LOSS_GRADIENT]
        for jacobian in jacobians[:0:-1]:
            grads.append(None if jacobian is None or grads[-1] is None else grads[-1] @ jacobian)
        grads.reverse()
        scene = Scene(880, BELOW + 116)
        for step in range(T):
            draw_state(scene, step, h[step])
            if step:
                box = LEFT + (step - 0.5) * COLUMN - 22, STATES - 22, 44, 44
                scene.target("Steps", box, f"step from h({step + 1}) back to h({step})", set={"t": step + 1})
            draw_gradient(scene, step, grads[step] if self.revealed or step == T - 1 else None)
        scene.frame(LEFT + (t - 1.5) * COLUMN - 11, STATES - 15, 22, 30, FOCUS)
        known, jacobian = [grad for grad in grads if grad is not None], jacobians[t - 1]
        if len(known) < T or jacobian is None or not self.revealed:
            hidden = "Predict first; then the arrows and the product of this step are shown."
            scene.text(24, BELOW + 20, hidden if len(known) == T else "", color="muted")
            return scene, f"At h({T}) the gradient has the length 1. The step from h({t}) back to h({t - 1}) is framed."
        unfold_step(scene, t, known[t - 1], jacobian, known[t - 2])
        return scene, self.sentence(t, h[t - 1], W, known, jacobian)

    def sentence(self, t: int, h_t: np.ndarray, W: np.ndarray, grads: list[np.ndarray], jacobian: np.ndarray) -> str:
        first, after, before = (float(np.linalg.norm(grads[i])) for i in (0, t - 1, t - 2))
        right = np.allclose(jacobian, nudged_jacobian(h_t, W), atol=1e-6)
        measured = "agrees with the network" if right else "does not agree with the network, nudged unit by unit"
        return (
            f"From h({t}) back to h({t - 1}) the length goes from {number(after, 3)} to {number(before, 3)}; "
            f"at h(1) it is {number(first, 4)}. Your rnn_jacobian {measured} at this step."
        )


def nudged_jacobian(h_t: np.ndarray, W: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    """Return dh_t / dh_{t-1} (H, H) by moving each unit of h_{t-1} a little."""
    H = len(h_t)
    rest = np.arctanh(np.clip(h_t, -1 + 1e-12, 1 - 1e-12))  # what the step adds up to where h_{t-1} is not moved
    ends = [
        rnn_step_forward(np.zeros((H, 1)), sign * eps * np.eye(H), W, np.zeros((H, 1)), rest)[0] for sign in (1, -1)
    ]
    return np.transpose((ends[0] - ends[1]) / (2 * eps))


def column(step: int) -> float:
    return LEFT + step * COLUMN


def draw_state(scene: Scene, step: int, h_t: np.ndarray) -> None:
    """Draw a hidden state and the arrow to the next one."""
    x = column(step)
    scene.rect(x - 42, STATES - 24, 84, 48, "panel", "line", radius=6)
    scene.text(x, STATES - 40, f"h({step + 1})", anchor="middle", bold=True)
    scene.text(x, STATES - 10, number(h_t[0]), anchor="middle")
    scene.text(x, STATES + 11, number(h_t[1]), anchor="middle")
    if step < T - 1:
        scene.line((x + 44, STATES), (x + COLUMN - 44, STATES), weight=THIN, arrow=True)
        scene.text(x + COLUMN / 2, STATES - 28, "W", SMALL, "muted", "middle")
    else:
        scene.text(x, STATES + 44, "the loss is here", SMALL, "muted", "middle")


def draw_gradient(scene: Scene, step: int, grad: np.ndarray | None) -> None:
    """Draw the gradient by a state as an arrow in a circle of the radius 1, and write its length."""
    x = column(step)
    scene.circle(x, DISCS, RADIUS, stroke="line")
    if step < T - 1:
        scene.line((x + COLUMN - RADIUS - 8, DISCS), (x + RADIUS + 8, DISCS), weight=THIN, dash=DASHED, arrow=True)
    if grad is None:
        scene.text(x, DISCS, "?", 28, "muted", "middle")
        return
    length = float(np.linalg.norm(grad))
    tip = grad * RADIUS * min(1.0, LONGEST_ARROW / length) if length else grad
    if length > 0.02:
        scene.line((x, DISCS), (x + tip[0], DISCS - tip[1]), color=BLUE, weight=THICK, arrow=True)
    scene.circle(x, DISCS, 2.5, fill=BLUE)
    note = "(off the circle)" if length > LONGEST_ARROW else ""
    scene.text(x, DISCS + RADIUS + 18, f"length {number(length, 3)}", anchor="middle")
    scene.text(x, DISCS + RADIUS + 35, note, SMALL, "muted", "middle")


def unfold_step(scene: Scene, t: int, after: np.ndarray, jacobian: np.ndarray, before: np.ndarray) -> None:
    """Write the product of one step in numbers."""
    scene.text(24, BELOW + 20, f"dJ/dh({t - 1})  =  dJ/dh({t})  ·  dh({t})/dh({t - 1}),  by hand", bold=True)
    for j in range(2):
        terms = "  +  ".join(f"{signed(after[i], 3)} · {signed(jacobian[i, j], 3)}" for i in range(2))
        scene.text(44, BELOW + 52 + 28 * j, f"unit {j + 1}:   {terms}   =   {number(before[j], 3)}")
    scene.text(560, BELOW + 20, f"dh({t})/dh({t - 1}), of your rnn_jacobian", bold=True)
    for (i, j), entry in np.ndenumerate(jacobian):
        scene.text(620 + 90 * j, BELOW + 52 + 28 * i, number(entry, 3), anchor="end")


# The norm by distance

NETWORKS, H, LONGEST = 20, 16, 60
BANDS = (-9, -3, 3, 9)
LOW, HIGH = -28, 12


class DistanceLab(PlotLab):
    title = "How far back does a gradient reach?"
    alt = (
        "The norm of the gradient against the distance from the loss, with a logarithmic axis: 20 random networks of "
        "spectral radius 0.8 and their median. The median is nearly a straight line, down to about 10⁻⁷ at distance 49."
    )
    question = "The median norm at h(1), at the far end, is"
    choices = ("below 10⁻⁹", "10⁻⁹ to 10⁻³", "10⁻³ to 10³", "10³ to 10⁹", "above 10⁹")
    hides = ("radius", "inputs", "length")
    size = (800, 420)
    plays = ("radius",)

    def __init__(self, gradient_norm_by_distance: Callable[..., Any]) -> None:
        self.student = Student(gradient_norm_by_distance, "gradient_norm_by_distance")
        self.networks = [self.network(np.random.default_rng([self.seed, n])) for n in range(NETWORKS)]
        super().__init__()

    def network(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        """Return weights W of radius 1, input weights, inputs and a gradient of the length 1."""
        W, grad = rng.normal(size=(H, H)), rng.normal(size=H)
        W /= np.abs(np.linalg.eigvals(W)).max()
        return W, rng.normal(size=(H, 1)), rng.normal(size=(1, LONGEST, 1)), grad / np.linalg.norm(grad)

    def controls(self) -> Controls:
        radii = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.3, 1.4, 1.5)
        return {
            "radius": steps("radius of W", radii, 0.8),
            "inputs": steps("input size", (0.0, 0.1, 0.2, 0.5, 1.0), 0.2, "With 0 the network is linear"),
            "length": slider("length", 10, LONGEST, 50, 10),
        }

    def norms(self, radius: float, inputs: float, length: int) -> np.ndarray | None:
        """Return the student's norms (NETWORKS, length), or None if the function fails."""
        rows = []
        for W, U, x, grad in self.networks:
            h = rnn_forward(inputs * x[:, :length], np.zeros((1, H)), radius * W, U, np.zeros(H))[0][0]
            rows.append(self.attempt(self.student, grad, h, radius * W, shape=(length,)))
            if rows[-1] is None:
                return None
        return np.array(rows)

    def norm_by_backpropagation(self, radius: float, inputs: float, length: int) -> float:
        """Return the norm at h(1) in the first network, without the student's function."""
        W, U, x, grad = self.networks[0]
        network = radius * W, U, np.zeros(H)
        h, _ = rnn_forward(inputs * x[:, :length], np.zeros((1, H)), *network)
        _, cache = rnn_forward(inputs * x[:, 1:length], h[:, 0], *network)  # as if h(1) were where it starts
        grad_h = np.zeros((1, length - 1, H))
        grad_h[0, -1] = grad
        return float(np.linalg.norm(rnn_backward(grad_h, cache)[1]))

    def answer(self, **values: Any) -> str:
        norms = self.norms(**values)
        end = 0.0 if norms is None else float(np.median(log10(norms)[:, -1]))
        return self.choices[sum(end > band for band in BANDS)]

    def plot(self, figure: Figure) -> None:
        axes = figure.subplots()
        axes.set(xlim=(0, LONGEST), ylim=(LOW, HIGH), xlabel="steps back from the loss", ylabel="norm of the gradient")
        axes.set_yticks(range(LOW, HIGH + 1, 4), [power_of_ten(k) for k in range(LOW, HIGH + 1, 4)])
        axes.axhline(0, color=BLACK, linewidth=0.8)
        self.runs = [self.live(axes.plot([], [], color=BLUE, linewidth=0.7, alpha=0.35)[0]) for _ in range(NETWORKS)]
        self.end = self.live(axes.axvline(LONGEST, color=BLACK, linewidth=0.8, linestyle=":"))
        self.median = self.live(axes.plot([], [], color=BLUE, linewidth=2.6)[0])
        self.power = self.live(axes.plot([], [], color=ORANGE, linestyle="--")[0])
        legible = axes.plot([], [], color=BLUE, linewidth=0.7, alpha=0.6)[0]
        named = {"20 networks": legible, "their median": self.median}
        named["radius to the power of the distance"] = self.power
        named["h(1), where the sequence begins"] = self.end
        self.legend(axes, named, loc="upper left")

    def draw(self, radius: float, inputs: float, length: int) -> str:
        norms, distance = self.norms(radius, inputs, length), np.arange(length)
        shown = log10(norms) if norms is not None and self.revealed else np.full((NETWORKS, length), np.nan)
        for line, run in zip(self.runs, shown):
            line.set_data(distance, run)
        self.median.set_data(distance, np.median(shown, axis=0))
        self.end.set_xdata([length - 1] * 2)
        self.power.set_data(distance, distance * np.log10(radius) if self.revealed else np.full(length, np.nan))
        if norms is None:
            return "Without a gradient_norm_by_distance that works there is nothing to draw."
        if not self.revealed:
            return f"h(1) lies {length - 1} steps before the loss, at the dotted line. Predict the norm there."
        middle = np.median(shown, axis=0)
        slope = (middle[-1] - middle[length // 5]) / (length - 1 - length // 5)
        right = np.isclose(norms[0, -1], self.norm_by_backpropagation(radius, inputs, length), rtol=1e-6, atol=0)
        doubt = "" if right else " Your gradient_norm_by_distance does not agree with backpropagation at h(1)."
        return (
            f"{length - 1} steps before the loss the median norm is about {power_of_ten(np.round(middle[-1]))}: each "
            f"step multiplies it by about {10**slope:.2f}. The spectral radius is {radius:g}.{doubt}"
        )


def log10(norms: np.ndarray) -> np.ndarray:
    """Return the logarithms; a norm that has vanished altogether lies below the picture."""
    return np.asarray(np.log10(np.maximum(norms, 1e-300)))


# The cliff

STEPS, START_H, TARGET, UNROLLED = 40, 0.5, 0.7, 50
WEIGHTS, BIASES = (0.8, 2.2), (-0.8, 0.6)
STARTS = {"A": (1.5, -0.4), "B": (1.2, -0.3), "C": (1.35, -0.45), "D": (1.7, -0.45)}


@lru_cache(maxsize=4096)  # a walk goes over the same places at every key
def one_unit(w: float, b: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the loss (h_50 - 0.7)^2 of the network h_t = tanh(w h_{t-1} + b) from h_0 = 0.5, and its two gradients."""
    no_input = np.zeros((1, UNROLLED, 1)), np.full((1, 1), START_H), np.array([[w]]), np.zeros((1, 1)), np.array([b])
    h, cache = rnn_forward(*no_input)
    grad_h = np.zeros_like(h)
    grad_h[0, -1, 0] = 2 * (h[0, -1, 0] - TARGET)
    _, _, grad_W, _, grad_b = rnn_backward(grad_h, cache)
    return float((h[0, -1, 0] - TARGET) ** 2), grad_W, grad_b


@cache
def landscape(points: int = 141) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return weights (points,), biases (points,) and the loss at each pair (points, points), biases downward."""
    w, b = np.linspace(*WEIGHTS, points), np.linspace(*BIASES, points)
    h = np.full((points, points), START_H)
    for _ in range(UNROLLED):
        h = np.tanh(w * h + b[:, np.newaxis])
    return w, b, (h - TARGET) ** 2


class CliffLab(PlotLab):
    title = "A step over a cliff"
    alt = (
        "Left: the loss of a network of one unit over its weight w and bias b, a high plateau that drops along a cliff "
        "into a valley, and gradient descent from start A without clipping: five short steps to the edge, then one "
        "that leaves the map. Right: the norm of the gradient, which jumps from 2 to 200 at the edge."
    )
    question = "After 40 steps, the loss is"
    choices = ("below 0.01", "above 0.01")
    hides = ("start", "rate", "clip", "max_norm")
    waits: ClassVar = {"at": 1}
    groups: ClassVar = {"Walk": ("start", "rate", "at"), "Clipping": ("clip", "max_norm")}
    size = (800, 400)
    plays = ("at",)

    def __init__(self, clip_grad_norm: Callable[..., Any]) -> None:
        self.student = Student(clip_grad_norm, "clip_grad_norm")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "start": choice("start", list(STARTS)),
            "rate": steps("learning rate", (0.02, 0.05, 0.1, 0.2), 0.1),
            "at": slider("steps taken", 0, STEPS, STEPS),
            "clip": switch("clip with your clip_grad_norm"),
            "max_norm": steps("max_norm", (0.25, 0.5, 1.0, 2.0, 5.0), 1.0),
        }

    def adjust(self, clip: bool, **_: Any) -> None:
        self.control["max_norm"].disabled = not clip

    def touchable(self, scene: Scene, **_: Any) -> None:
        for name, place in STARTS.items():
            left, up = self.map.transData.transform(place)
            box = round(left - 9, 1), round(self.size[1] - up - 9, 1), 18, 18
            scene.target("Starts", box, f"start {name}", set={"start": name})

    def walk(self, start: str, rate: float, clip: bool, max_norm: float, **_: Any) -> np.ndarray | None:
        """Return w, b, the loss and the norm of the gradient before clipping, at every step (STEPS + 1, 4)."""
        w, b = STARTS[start]
        rows = []
        for _step in range(STEPS + 1):
            loss, *grads = one_unit(w, b)
            rows.append((w, b, loss, float(np.hypot(grads[0][0, 0], grads[1][0]))))
            if clip:
                clipped = self.attempt(self.student, grads, max_norm)
                if not is_pair_like(clipped, grads):
                    self.trouble = self.trouble or "clip_grad_norm must return the clipped gradients and their norm."
                    return None
                grads = clipped[0]
            w, b = w - rate * float(grads[0].item()), b - rate * float(grads[1].item())
        return np.array(rows)

    def answer(self, **values: Any) -> str:
        walk = self.walk(**values)
        return self.choices[0 if walk is not None and walk[-1, 2] < 0.01 else 1]

    def plot(self, figure: Figure) -> None:
        map_, norms = figure.subplots(1, 2, width_ratios=(1.25, 1))
        self.map = map_
        map_.plot(*zip(*STARTS.values()), "s", color=GREEN, markersize=6, alpha=0.5)
        for name, (at_w, at_b) in STARTS.items():
            map_.text(at_w + 0.03, at_b, name, color=BLACK)
        w, b, loss = landscape()
        levels = [0, 0.001, 0.01, 0.03, 0.06, 0.1, 0.5, 1, 2, 2.6, 3]
        grays = [str(gray) for gray in np.linspace(1, 0.5, len(levels) - 1)]  # the lower, the lighter
        shades = map_.contourf(w, b, loss, levels, colors=grays)
        figure.colorbar(shades, ax=map_, label="loss", ticks=levels[:-1], spacing="uniform", format="%g")
        map_.set(xlim=WEIGHTS, ylim=BIASES, xlabel="weight w", ylabel="bias b")
        map_.grid(False)
        self.path = self.live(map_.plot([], [], color=BLUE, marker="o", markersize=4, linewidth=1.3)[0])
        self.here = self.live(
            map_.plot([], [], color=VERMILION, marker="X", markersize=10, linestyle="none", clip_on=False)[0]
        )
        self.begin = self.live(map_.plot([], [], color=GREEN, marker="s", markersize=8, linestyle="none")[0])
        self.said = self.live(map_.text(0.03, 0.96, "", transform=map_.transAxes, va="top", color=BLACK))
        norms.set(xlim=(-1, STEPS + 1), ylim=(-6, 4), xlabel="step", ylabel="norm of the gradient before clipping")
        norms.set_yticks(range(-6, 5, 2), ["10⁻⁶ or less", *(power_of_ten(k) for k in range(-4, 5, 2))])
        self.lengths = self.live(norms.plot([], [], color=BLUE, marker="o", markersize=4, linewidth=1.3)[0])
        self.bound = self.live(norms.plot([], [], color=ORANGE, linestyle="--")[0])
        self.bound_name = self.live(norms.text(STEPS, 0, "", ha="right", va="bottom", color=BLACK))

    def draw(self, start: str, rate: float, at: int, clip: bool, max_norm: float) -> str:
        walk = self.walk(start, rate, clip, max_norm)
        rows = np.full((1, 4), np.nan) if walk is None else walk[: at + 1]
        inside = np.clip(rows[:, :2], (WEIGHTS[0], BIASES[0]), (WEIGHTS[1], BIASES[1]))
        self.path.set_data(rows[:, 0], rows[:, 1])
        self.here.set_data(inside[-1:, 0], inside[-1:, 1])
        self.begin.set_data([STARTS[start][0]], [STARTS[start][1]])
        away = not np.allclose(inside[-1], rows[-1, :2]) and walk is not None
        self.said.set_text("X: off the map" if away else "")
        self.lengths.set_data(np.arange(len(rows)), np.clip(log10(rows[:, 3]), -6, 4))
        self.bound.set_data([0, STEPS], [np.log10(max_norm)] * 2 if clip else [np.nan] * 2)
        self.bound_name.set_y(np.log10(max_norm))
        self.bound_name.set_text("max_norm" if clip else "")
        if walk is None:
            return "Without a clip_grad_norm that works there is no walk with clipping."
        if not self.revealed:
            length = float(np.hypot(*(rows[1, :2] - rows[0, :2])))
            return f"The first step from start {start} is {number(length, 3)} long. Predict how the walk ends."
        w, b, loss, norm = rows[-1]
        longest = int(np.argmax(rows[:, 3]))
        return (
            f"After step {at}: w {number(w)}, b {number(b)}{', off the map' if away else ''}, "
            f"loss {short(loss)}, norm of the gradient {short(norm)}. "
            f"The largest norm on the way was {short(rows[longest, 3])}, at step {longest}."
        )


def is_pair_like(returned: Any, grads: list[np.ndarray]) -> bool:
    """Whether something is a pair whose first entry holds finite arrays in the shapes of the gradients."""
    if not isinstance(returned, tuple | list) or len(returned) != 2 or not isinstance(returned[0], tuple | list):
        return False
    return len(returned[0]) == len(grads) and all(
        isinstance(new, np.ndarray) and new.shape == old.shape and bool(np.isfinite(new).all())
        for new, old in zip(returned[0], grads)
    )
