"""Unit 10: curves of growing degree; when to stop; the diamond and the circle; a net thinned by dropout."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise, repeat
from typing import Any, ClassVar, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dltools.figures import (
    BLACK,
    BLUE,
    DASHED,
    GREEN,
    LEGIBLE,
    ORANGE,
    PURPLE,
    SKY,
    SMALL,
    THICK,
    THIN,
    VERMILION,
    Controls,
    PlotLab,
    Scene,
    SceneAxes,
    Student,
    SvgLab,
    button,
    choice,
    counted,
    number,
    power_of_ten,
    short,
    slider,
    steps,
    switch,
)
from dltools.nn import mse_loss
from dltools.training import Adam, Linear, Sequential, Tanh, evaluate, polynomial_noise, train_epoch


def capacity_lab(polynomial_features: Callable[..., Any]) -> PlotLab:
    """Fit a curve of any degree to points, on the powers that your polynomial_features makes."""
    return CapacityLab(polynomial_features)


def stopping_lab(early_stopping: Callable[..., Any]) -> PlotLab:
    """Let your early_stopping stop ten runs of a real net, and see the curve it keeps."""
    return StoppingLab(early_stopping)


def penalty_lab(soft_threshold: Callable[..., Any], l2_penalty: Callable[..., Any]) -> PlotLab:
    """See where your soft_threshold step and your l2_penalty draw two weights, beside the diamond and the circle."""
    return PenaltyLab(soft_threshold, l2_penalty)


def dropout_lab(dropout_forward: Callable[..., Any]) -> SvgLab:
    """Thin a net with your dropout_forward, and compare its output over 1000 masks with that of the full net."""
    return DropoutLab(dropout_forward)


# Capacity

DEGREES = 15
TRUTH = (0.0, 2.0, 0.0, -4.0)
"""The curve that the points come from: 2x - 4x^3."""
GRID = np.linspace(-1, 1, 201)


def draw_truth(axes: Axes) -> Line2D:
    """Draw the curve that the points come from."""
    return axes.plot(GRID, np.polynomial.polynomial.polyval(GRID, TRUTH), ":", color=BLACK)[0]


FLOOR, CEILING = 1e-3, 1e7
"""The ends of the axis of errors."""


class CapacityLab(PlotLab):
    title = "How far may a curve bend?"
    alt = (
        "Left: 20 noisy points and the curve of degree 3 fitted to them, close to the curve that the points come from. "
        "Right, with a logarithmic axis: the training error falls with the degree, the validation error falls to "
        "degree 3 and rises again later."
    )
    question = "Of all degrees from 0 to 15, the validation error is lowest at a degree of"
    choices = ("0 to 2", "3 to 5", "6 to 10", "11 to 15")
    hides = ("count", "noise")
    size = (820, 380)
    plays = ("degree",)

    def __init__(self, polynomial_features: Callable[..., Any]) -> None:
        self.student = Student(polynomial_features, "polynomial_features")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "degree": slider("degree", 0, DEGREES, 3),
            "count": steps("points", (10, 20, 40, 80), 20),
            "noise": steps("noise", (0.1, 0.3, 0.6), 0.3),
        }

    def features(self, x: np.ndarray, degree: int) -> np.ndarray | None:
        return self.attempt(self.student, x, degree, shape=(len(x), degree + 1))

    def fit(self, degree: int, count: int, noise: float) -> tuple[np.ndarray, float, float] | None:
        """Return the curve on GRID, the training and the validation error of the least-squares fit."""
        (x, y), (x_new, y_new) = points(count, noise, 3), points(200, noise, 4)
        made = [self.features(some, degree) for some in (x, x_new, GRID)]
        known = [features for features in made if features is not None]
        if len(known) < len(made):
            return None
        weights = np.linalg.lstsq(known[0], y)[0]
        errors = [float(np.mean((features @ weights - target) ** 2)) for features, target in zip(known, (y, y_new))]
        return known[2] @ weights, errors[0], errors[1]

    def errors(self, count: int, noise: float) -> np.ndarray | None:
        """Return both errors of every degree (DEGREES + 1, 2)."""
        fits = [self.fit(degree, count, noise) for degree in range(DEGREES + 1)]
        known = [fit[1:] for fit in fits if fit is not None]
        return np.array(known) if len(known) == len(fits) else None

    def answer(self, count: int, noise: float, **_: Any) -> str:
        errors = self.errors(count, noise)
        best = 0 if errors is None else int(errors[:, 1].argmin())
        return self.choices[int(np.searchsorted((2, 5, 10), best))]

    def plot(self, figure: Figure) -> None:
        curve, error = figure.subplots(1, 2)
        self.error_axes = error
        curve.set(xlim=(-1.05, 1.05), ylim=(-3.2, 3.2), xlabel="x", ylabel="y")
        truth = draw_truth(curve)
        self.points = self.live(curve.plot([], [], "o", color=ORANGE, markersize=5)[0])
        self.curve = self.live(curve.plot([], [], "-", color=BLUE)[0])
        named = {"where they come from": truth, "points": self.points, "fit": self.curve}
        self.legend(curve, named, loc="upper left", ncols=3, columnspacing=1)
        error.set(xlim=(-0.5, 15.5), yscale="log", xlabel="degree", ylabel="mean squared error")
        ends, powers = {-3: " or less", 7: " or more"}, range(-3, 8, 2)
        error.set(ylim=(FLOOR, CEILING), xticks=range(0, DEGREES + 1, 3))
        error.set_yticks([10.0**k for k in powers], [power_of_ten(k) + ends.get(k, "") for k in powers])
        self.here = self.live(error.axvline(0, ymax=0.82, color=GREEN, linewidth=2))  # up to the legend
        self.lines = {
            "training": self.live(error.plot([], [], "s--", color=ORANGE, markersize=4)[0]),
            "validation": self.live(error.plot([], [], "o-", color=BLUE, markersize=4)[0]),
        }
        self.legend(error, self.lines, loc="upper left")

    def touchable(self, scene: Scene, **_: Any) -> None:
        self.columns(scene, self.error_axes, "degree", DEGREES, 0)

    def draw(self, degree: int, count: int, noise: float) -> str:
        x, y = points(count, noise, 3)
        self.points.set_data(x, y)
        self.here.set_xdata([degree, degree])
        fit, errors = self.fit(degree, count, noise), self.errors(count, noise)
        if fit is None or errors is None:
            return "Without a polynomial_features that works there is nothing to fit."
        curve, training, validation = fit
        self.curve.set_data(GRID, np.clip(curve, -10, 10))
        degrees, shown = np.arange(DEGREES + 1), np.clip(errors, FLOOR, CEILING)
        self.lines["training"].set_data(degrees, shown[:, 0])
        self.lines["validation"].set_data(degrees, shown[:, 1] if self.revealed else np.full(len(degrees), np.nan))
        weights = counted(degree + 1, "weight")
        said = f"Degree {degree}, {weights} for {count} points: training error {error_text(training)}"
        best = int(errors[:, 1].argmin())
        told = f", validation error {error_text(validation)}. "
        told += f"The lowest is {error_text(errors[best, 1])}, at degree {best}.{second_descent(errors[:, 1], count)}"
        return said + (told if self.revealed else ". Predict where the validation error is lowest.")


def second_descent(validation: np.ndarray, count: int) -> str:
    """Name the fall of the validation error behind the degree at which there are as many weights as points."""
    full, last = count - 1, len(validation) - 1
    if full >= last or validation[full + 1 :].min() > validation[full] / 10:
        return ""
    return f" Behind degree {full}, with as many weights as points, it falls again: the second descent."


def error_text(error: float) -> str:
    """Write an error in words where the picture cannot show it."""
    if error < 1e-12:
        return "0 (but for rounding)"
    return short(error) if error < 1000 else f"{error:,.0f}" + " (far above the picture)" * (error > CEILING)


def points(count: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    x, y = polynomial_noise(count, TRUTH, noise, seed)
    return x[:, 0], y[:, 0]


# Early stopping

EPOCHS, RUNS, EXAMPLES, HIDDEN = 80, 10, 20, 30


class Run(NamedTuple):
    """A training, epoch by epoch."""

    x: np.ndarray
    y: np.ndarray
    training: list[float]
    validation: list[float]
    states: np.ndarray
    curves: np.ndarray


@cache
def training_run(seed: int) -> Run:
    """Train a net of two hidden layers on 20 points, with 20 others to validate; x (20,), curves (EPOCHS, 201)."""
    rng = np.random.default_rng([7, seed])
    x, y = polynomial_noise(2 * EXAMPLES, TRUTH, 0.3, seed)
    order = rng.permutation(len(x))
    (x, x_new), (y, y_new) = np.split(x[order], 2), np.split(y[order], 2)
    net = Sequential(Linear(1, HIDDEN, rng), Tanh(), Linear(HIDDEN, HIDDEN, rng), Tanh(), Linear(HIDDEN, 1, rng))
    weight, bias = net[0].parameters()
    weight.value, bias.value = 4 * weight.value, rng.normal(0, 2, HIDDEN)  # steep: it can bend at many places
    optimizer = Adam(net, lr=0.01)
    rows = []
    for _ in range(EPOCHS):
        train_epoch(net, mse_loss, optimizer, x, y, 5, rng, steps=repeat(0))  # a figure shows no progress bar
        losses = evaluate(net, mse_loss, x, y), evaluate(net, mse_loss, x_new, y_new)
        rows.append((*losses, optimizer.values.copy(), net(GRID[:, np.newaxis])[:, 0]))
    training, validation, states, curves = zip(*rows)
    return Run(x[:, 0], y[:, 0], list(training), list(validation), np.array(states), np.array(curves))


def count_stops(early_stopping: Callable[..., Any]) -> None:
    """Print how the runs end, and what each patience finds and costs in all of them.

    Args:
        early_stopping: the student's; given numbers for weights, so that it says which it keeps.
    """
    runs = [training_run(seed).validation for seed in range(RUNS)]
    print(f"ends more than half above its minimum: {sum(run[-1] > 1.5 * min(run) for run in runs)} of {RUNS} runs")
    for patience in (1, 5, 20, 40):
        stops, kept = zip(*(early_stopping(run, run, np.arange(EPOCHS), patience) for run in runs))
        best = sum(at == np.argmin(run) for run, at in zip(runs, kept))
        worse = np.mean([run[at] / min(run) for run, at in zip(runs, kept)])
        found = f"the best epoch in {best:2} of {RUNS}, loss {worse:.1f} times the best"
        print(f"patience {patience:2}: {found}, {sum(stops) + RUNS} epochs in all")


class StoppingLab(PlotLab):
    title = "When to stop"
    alt = (
        "Left: losses of a net over 80 epochs. The training loss falls to the end; the validation loss falls, then "
        "rises, unevenly; a line marks where patience 5 stops, a star the epoch whose weights are kept. Right: the 20 "
        "training points, and the curves of the kept weights and of the last ones, which bend more."
    )
    question = "The lowest validation loss of this run comes in"
    choices = ("epochs 1 to 10", "epochs 11 to 20", "epochs 21 to 40", "epochs 41 to 80")
    hides = ("run",)
    waits: ClassVar = {"patience": None}
    size = (840, 400)
    plays = ("epoch",)

    def __init__(self, early_stopping: Callable[..., Any]) -> None:
        self.student = Student(early_stopping, "early_stopping")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "run": slider("run", 1, RUNS, 2),
            "patience": steps("patience", (1, 2, 3, 5, 10, 20, 40), 5),
            "epoch": slider("epoch", 1, EPOCHS, EPOCHS),
        }

    def answer(self, run: int, **_: Any) -> str:
        best = int(np.argmin(training_run(run - 1).validation)) + 1
        return self.choices[int(np.searchsorted((10, 20, 40), best))]

    def stop(self, run: int, patience: int) -> tuple[int, int] | None:
        """Return the epoch after which the student's function stops, and the one whose weights it keeps."""
        record = training_run(run - 1)
        returned = self.attempt(self.student, record.training, record.validation, record.states, patience)
        if returned is None:
            self.trouble = self.trouble or "early_stopping returns None; it must return an epoch and the weights."
            return None
        if (
            not isinstance(returned, tuple | list)
            or len(returned) != 2
            or not isinstance(returned[0], int | np.integer)
        ):
            self.trouble = "early_stopping must return two things: the epoch, a whole number, and the weights."
            return None
        epoch, weights = int(returned[0]), np.asarray(returned[1])
        kept = [t for t in range(EPOCHS) if np.array_equal(record.states[t], weights)]
        if not kept or not 0 <= epoch < EPOCHS:
            self.trouble = "early_stopping must return an epoch of the run, and the weights of one of its epochs."
            return None
        return epoch, kept[0]

    def plot(self, figure: Figure) -> None:
        loss, fit = figure.subplots(1, 2)
        self.loss_axes = loss
        loss.set(xlim=(0, EPOCHS + 1), ylim=(0.015, 4), yscale="log", xlabel="epoch", ylabel="mean squared error")
        self.training = self.live(loss.plot([], [], "--", color=ORANGE)[0])
        self.validation = self.live(loss.plot([], [], "-", color=BLUE)[0])
        self.stopped = self.live(loss.axvline(1, ymax=0.8, color=VERMILION, linestyle="-.", linewidth=1.6))
        self.looked = self.live(loss.axvline(1, ymax=0.8, color=GREEN, linestyle=":", linewidth=1.6))
        self.kept = self.live(loss.plot([], [], "*", color=BLACK, markersize=13, zorder=5)[0])
        losses = {"training": self.training, "validation": self.validation, "stops here": self.stopped}
        losses |= {"looked at": self.looked, "kept": self.kept}
        self.legend(loss, losses, loc="upper right", ncols=2)
        fit.set(xlim=(-1.05, 1.05), ylim=(-3.4, 3.4), xlabel="x", ylabel="y")
        truth = draw_truth(fit)
        self.points = self.live(fit.plot([], [], "o", color=ORANGE, markersize=5)[0])
        self.kept_curve = self.live(fit.plot([], [], "-", color=BLUE)[0])
        self.looked_curve = self.live(fit.plot([], [], "--", color=GREEN)[0])
        named = {"where they come from": truth, "training points": self.points}
        named |= {"kept": self.kept_curve, "epoch looked at": self.looked_curve}
        self.legend(fit, named, loc="upper left", ncols=2, columnspacing=1)

    def touchable(self, scene: Scene, **_: Any) -> None:
        self.columns(scene, self.loss_axes, "epoch", EPOCHS)

    def draw(self, run: int, patience: int, epoch: int) -> str:
        record, at = training_run(run - 1), np.arange(EPOCHS) + 1
        unknown = np.full(EPOCHS, np.nan)
        stops = [self.stop(other, patience) for other in range(1, RUNS + 1)] if self.revealed else []
        here = stops[run - 1] if stops else None
        self.points.set_data(record.x, record.y)
        self.training.set_data(at, record.training)
        self.validation.set_data(at, record.validation if self.revealed else unknown)
        self.looked.set_xdata([epoch, epoch])
        self.looked_curve.set_data(GRID, record.curves[epoch - 1])
        self.stopped.set_xdata([here[0] + 1] * 2 if here else [np.nan, np.nan])
        self.kept.set_data([here[1] + 1] if here else [], [record.validation[here[1]]] if here else [])
        self.kept_curve.set_data(GRID, record.curves[here[1]] if here else np.full(len(GRID), np.nan))
        if not self.revealed:
            return f"Run {run}: after epoch {epoch} the training loss is {record.training[epoch - 1]:.3f}."
        lowest = int(np.argmin(record.validation))
        said = f"Run {run}: the lowest validation loss, {record.validation[lowest]:.3f}, comes in epoch {lowest + 1}."
        known = [(stop, training_run(other)) for other, stop in enumerate(stops) if stop is not None]
        if here is None or len(known) < RUNS:
            return said
        found = sum(other.validation[stop[1]] == min(other.validation) for stop, other in known)
        spent = sum(stop[0] + 1 for stop, _ in known)
        return (
            f"{said} Patience {patience} stops after epoch {here[0] + 1} and keeps epoch {here[1] + 1}, "
            f"{record.validation[here[1]]:.3f}. In {found} of the {RUNS} runs it keeps the best epoch; together they "
            f"take {spent} epochs instead of {RUNS * EPOCHS}."
            f" After epoch {epoch} training and validation loss are {record.training[epoch - 1]:.3f} and "
            f"{record.validation[epoch - 1]:.3f}."
        )


# The diamond and the circle

REACH = 2.2
PROXIMAL_STEPS = 300
MAP = np.linspace(-REACH, REACH, 89)


class PenaltyLab(PlotLab):
    title = "The diamond and the circle"
    alt = (
        "Two planes of two weights with the rings of a loss whose lowest point is (1.5, 0.5). Left, with L1: the "
        "solution lies on a corner of a diamond, at (0.8, 0), and a shaded cross shows all lowest points for which a "
        "weight becomes zero. Right, with L2: the solution lies on a circle, at (0.63, 0.21); no weight is zero."
    )
    question = "A weight of exactly 0 is found"
    choices = ("with L1 only", "with L2 only", "with both", "with neither")
    hides = ("w1", "w2", "strength", "correlation")
    size = (820, 420)
    plays = ("strength",)

    def __init__(self, soft_threshold: Callable[..., Any], l2_penalty: Callable[..., Any]) -> None:
        self.soft_threshold = Student(soft_threshold, "soft_threshold")
        self.l2_penalty = Student(l2_penalty, "l2_penalty")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "strength": slider("strength", 0.0, 2.0, 0.7, 0.1, "alpha of L1 and beta of L2"),
            "w1": slider("lowest w1", -2.0, 2.0, 1.5, 0.1),
            "w2": slider("lowest w2", -2.0, 2.0, 0.5, 0.1),
            "correlation": slider("correlation", -0.8, 0.8, 0.0, 0.2, "Of the two inputs: it tilts the rings"),
        }

    def with_l1(self, lowest: np.ndarray, strength: float, A: np.ndarray) -> np.ndarray | None:
        """Return the weights (2,) after many gradient steps, each with the student's soft_threshold after it."""
        w, rate = lowest, 1 / np.linalg.norm(A, 2)
        for _ in range(PROXIMAL_STEPS):
            before = w
            after = self.attempt(self.soft_threshold, w - rate * A @ (w - lowest), rate * strength, shape=(2,))
            if after is None:
                return None
            w = after
            if np.abs(w - before).max() < 1e-9:
                break
        return w

    def with_l2(self, lowest: np.ndarray, strength: float, A: np.ndarray) -> np.ndarray | None:
        """Return the weights (2,) after many steps down the gradient of the loss and the student's penalty."""
        w = lowest
        for _ in range(PROXIMAL_STEPS):
            returned = self.attempt(self.l2_penalty, w, strength)
            if not isinstance(returned, tuple | list) or np.shape(returned[-1]) != (2,):
                self.trouble = self.trouble or "l2_penalty must return the penalty and a gradient of shape (2,)."
                return None
            step = 1 / (np.linalg.norm(A, 2) + 2 * strength) * (A @ (w - lowest) + returned[-1])
            if np.abs(step).max() < 1e-9:
                break
            w = w - step
        return w

    def solutions(self, w1: float, w2: float, strength: float, correlation: float) -> list[np.ndarray | None]:
        A, lowest = np.array([[1.0, correlation], [correlation, 1.0]]), np.round([w1, w2], 10)
        return [self.with_l1(lowest, strength, A), self.with_l2(lowest, strength, A)]

    def answer(self, **values: float) -> str:
        l1, l2 = (w is not None and bool((w == 0).any()) for w in self.solutions(**values))
        return self.choices[{(True, False): 0, (False, True): 1, (True, True): 2, (False, False): 3}[l1, l2]]

    def plot(self, figure: Figure) -> None:
        self.rings, self.shapes, self.found, self.lowest = [], [], [], []
        self.panels = panels = figure.subplots(1, 2)
        edge = REACH + REACH / (len(MAP) - 1)  # the pixels stand around the points of MAP
        self.zeros = self.live(
            panels[0].imshow(
                np.zeros((len(MAP), len(MAP), 4)),
                extent=(-edge, edge, -edge, edge),
                origin="lower",
                interpolation="none",
                zorder=0,
            )
        )
        for axes, color, name in zip(panels, (BLUE, PURPLE), ("L1", "L2")):
            axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xlabel="w1", ylabel="w2", aspect="equal")
            axes.set_title(f"{name}: strength · " + ("(|w1| + |w2|)" if name == "L1" else "(w1² + w2²)"))
            axes.axhline(0, color=BLACK, linewidth=0.8)
            axes.axvline(0, color=BLACK, linewidth=0.8)
            self.rings.append([self.live(axes.plot([], [], color=ORANGE, linewidth=1)[0]) for _ in range(4)])
            self.shapes.append(self.live(axes.plot([], [], "--", color=color, linewidth=2)[0]))
            self.lowest.append(self.live(axes.plot([], [], "x", color=ORANGE, markersize=8, markeredgewidth=2)[0]))
            self.found.append(self.live(axes.plot([], [], "o", color=color, markersize=9, zorder=5)[0]))

    def touchable(self, scene: Scene, w1: float, w2: float, **_: Any) -> None:
        for axes, name in zip(self.panels, ("L1", "L2")):
            self.handle(
                scene, axes, (w1, w2), 0.1, f"lowest point ({number(w1)}, {number(w2)}), {name}", "lowest", name
            )

    def touched(self, _: str, name: str, left: float, top: float) -> dict[str, Any]:
        w1, w2 = np.clip(np.round(self.point(self.panels[int(name == "L2")], left, top), 1), -2, 2)
        return {"w1": float(w1), "w2": float(w2)}

    def draw(self, w1: float, w2: float, strength: float, correlation: float) -> str:
        found = self.solutions(w1, w2, strength, correlation) if self.revealed else [None, None]
        circle = np.array([np.cos(np.linspace(0, 2 * np.pi, 121)), np.sin(np.linspace(0, 2 * np.pi, 121))])
        A, lowest = np.array([[1.0, correlation], [correlation, 1.0]]), np.array([w1, w2])
        axes_of_rings = np.linalg.inv(np.linalg.cholesky(A)).T
        for panel, w in enumerate(found):
            level = 0.6 if w is None else np.sqrt((w - lowest) @ A @ (w - lowest))
            for line, share in zip(self.rings[panel], (0.5, 1.0, 1.5, 2.0)):
                line.set_data(*(lowest[:, np.newaxis] + share * level * axes_of_rings @ circle))
            self.lowest[panel].set_data([w1], [w2])
            self.found[panel].set_data(([], []) if w is None else ([w[0]], [w[1]]))
        l1, l2 = found
        corners = np.array([[1, 0, -1, 0, 1], [0, 1, 0, -1, 0]])
        self.shapes[0].set_data(*(np.full((2, 1), np.nan) if l1 is None else np.abs(l1).sum() * corners))
        self.shapes[1].set_data(*(np.full((2, 1), np.nan) if l2 is None else np.linalg.norm(l2) * circle))
        self.zeros.set_data(zero_map(strength, correlation) if self.revealed else np.zeros((1, 1, 4)))
        said = f"Without a penalty the weights are ({number(w1)}, {number(w2)})."
        for name, w in zip(("L1", "L2"), found):
            if w is not None:
                zeros = ("no zero", "1 zero", "2 zeros")[int((w == 0).sum())]
                said += f" {name}, strength {number(strength)}: ({number(w[0])}, {number(w[1])}), {zeros}."
        return said


@cache
def zero_map(strength: float, correlation: float) -> np.ndarray:
    """Return an image (M, M, 4) that tints every lowest point whose solution with L1 has a weight of exactly 0."""
    lowest = np.stack(np.meshgrid(MAP, MAP), axis=-1)
    A = np.array([[1.0, correlation], [correlation, 1.0]])
    # A corner is the solution where the gradient of the loss there is no steeper than the penalty.
    pull = lowest @ A
    zero = np.zeros(lowest.shape[:2], bool)
    for kept, other in ((0, 1), (1, 0)):
        weight = np.sign(pull[..., kept]) * np.maximum(np.abs(pull[..., kept]) - strength, 0)
        zero |= np.abs(pull[..., other] - correlation * weight) <= strength + 1e-9
    tint = np.zeros((*zero.shape, 4))
    tint[zero] = *(int(SKY[place : place + 2], 16) / 255 for place in (1, 3, 5)), 0.35
    return tint


# Dropout

MASKS = 1000
SIZES = (3, 6, 6, 1)
COLUMNS, TOP, ROW = (60, 190, 320, 440), 52, 42
BARS, BAR_TOP, BAR_HEIGHT, BAR_WIDTH = 540, 62, 190, 300


class DropoutLab(SvgLab):
    title = "A thinned net"
    alt = (
        "Left: a net of 3 inputs, two hidden layers of 6 units and one output; 7 of the hidden units are crossed out, "
        "with all their wires. Right: how often which output comes over 1000 masks, a wide heap whose mean lies at the "
        "output of the full net."
    )
    question = "The mean output over 1000 masks, beside the output of the full net, is"
    choices = ("more than 20% lower", "within 20% of it", "more than 20% higher")
    hides = ("p", "scaled", "mode")
    plays = ("p",)

    def __init__(self, dropout_forward: Callable[..., Any]) -> None:
        self.student = Student(dropout_forward, "dropout_forward")
        rng = np.random.default_rng(5)
        self.weights = [rng.uniform(-0.3, 1, (out, into)) for into, out in pairwise(SIZES)]
        self.x = np.array([[1.0, 0.5, 0.8]])
        super().__init__()

    def controls(self) -> Controls:
        return {
            "p": slider("rate p", 0.0, 0.8, 0.5, 0.1),
            "again": button("Draw a new mask"),
            "mode": choice("mode", ["training", "test"]),
            "scaled": switch("keep the scale 1 / (1 − p)", value=True),
        }

    def adjust(self, mode: str, **_: Any) -> None:
        self.control["scaled"].disabled = self.control["again"].disabled = mode == "test"

    def run(self, p: float, again: int, mode: str, scaled: bool) -> list[np.ndarray] | None:
        """Return both hidden layers and the output for MASKS masks, each (MASKS, units); note what is deleted."""
        h: Any = np.repeat(self.x, MASKS, axis=0)
        layers: list[np.ndarray] = []
        self.deleted: list[np.ndarray] = []
        for weight in self.weights[:-1]:
            h = np.maximum(h @ weight.T, 0)
            rng = np.random.default_rng([self.seed, again, len(layers)])
            alive = h[0] > 0
            h = self.attempt(self.student, h, p, rng, mode == "training", shape=h.shape)
            if h is None:
                return None
            self.deleted.append(alive & (h[0] == 0))
            h = h if scaled or mode == "test" else h * (1 - p)
            layers.append(h)
        return [*layers, h @ self.weights[-1].T]

    def full(self) -> float:
        h = self.x
        for weight in self.weights[:-1]:
            h = np.maximum(h @ weight.T, 0)
        return float((h @ self.weights[-1].T).item())

    def answer(self, **values: Any) -> str:
        layers = self.run(**values)
        share = 1.0 if layers is None else float(layers[-1].mean()) / self.full()
        return self.choices[int(np.searchsorted((0.8, 1.2), share))]

    def draw(self, p: float, again: int, mode: str, scaled: bool) -> tuple[Scene, str]:
        scene = Scene(880, 330)
        layers = self.run(p, again, mode, scaled)
        if layers is None:
            return scene, "Without a dropout_forward that works there is no net to thin."
        draw_net(scene, [self.x[0], *(layer[0] for layer in layers)], self.deleted)
        deleted = sum(int(units.sum()) for units in self.deleted)
        silent = sum(int((layer[0] == 0).sum()) for layer in layers[:-1]) - deleted
        full, outputs = self.full(), layers[-1][:, 0]
        said = f"Dropout silences {deleted} of 12 hidden units{f', ReLU {silent}' * (silent > 0)}; "
        said += f"the output of this net is {number(outputs[0])}, "
        said += f"that of the full net {number(full)}."
        draw_outputs(scene, outputs if self.revealed else outputs[:0], full)
        if not self.revealed:
            return scene, said
        return (
            scene,
            f"{said} Over {MASKS} masks the mean is {number(outputs.mean())}, {outputs.mean() / full:.0%} of that.",
        )


def draw_net(scene: Scene, layers: list[np.ndarray], deleted: list[np.ndarray]) -> None:
    """Draw units and wires; a unit that is zero has no wires, and one that is deleted is crossed out."""
    scene.heading(20, 12, "The net of the first mask", "inputs, two hidden layers, output")
    places = [
        [(COLUMNS[layer], TOP + ROW * (unit + (6 - len(values)) / 2 + 0.5)) for unit in range(len(values))]
        for layer, values in enumerate(layers)
    ]
    for before, after, here, there in zip(places, places[1:], layers, layers[1:]):
        for start, left in zip(before, here):
            for end, right in zip(after, there):
                if left and right:
                    scene.line((start[0] + 15, start[1]), (end[0] - 15, end[1]), color="line", weight=THIN)
    for layer, (column, values) in enumerate(zip(places, layers)):
        for unit, ((x, y), value) in enumerate(zip(column, values)):
            gone = 0 < layer < len(layers) - 1 and bool(deleted[layer - 1][unit])
            scene.circle(
                x, y, 15, "panel" if gone else "paper", "line" if gone else "text", THIN, DASHED if gone else ()
            )
            if gone:
                scene.line((x - 8, y - 8), (x + 8, y + 8), color=VERMILION, weight=THICK)
                scene.line((x - 8, y + 8), (x + 8, y - 8), color=VERMILION, weight=THICK)
            else:
                scene.text(x, y, number(value, 1), LEGIBLE, anchor="middle")


def draw_outputs(scene: Scene, outputs: np.ndarray, full: float) -> None:
    """Draw how often which output comes, with the mean and the output of the full net."""
    scene.heading(BARS, 12, f"Output over {MASKS} masks", "how often which value comes")
    scene.line((BARS, BAR_TOP + BAR_HEIGHT), (BARS + BAR_WIDTH, BAR_TOP + BAR_HEIGHT), color="text")
    top = 4 * full
    axes = SceneAxes(scene, (BARS, BAR_TOP, BAR_WIDTH, BAR_HEIGHT), (0, top), (0, 1))

    def across(value: float) -> float:
        return axes.point(min(max(value, 0), top), 0)[0]

    counts, edges = np.histogram(np.clip(outputs, 0, top), bins=24, range=(0, top))
    for count, left in zip(counts, edges):
        height = BAR_HEIGHT * count / max(1, counts.max())
        scene.rect(across(left), BAR_TOP + BAR_HEIGHT - height, BAR_WIDTH / 24 - 1, height, BLUE, opacity=0.6)
    scene.line((across(full), BAR_TOP - 6), (across(full), BAR_TOP + BAR_HEIGHT), color=GREEN, weight=THICK)
    axes.tick(0, 0)
    axes.tick(top, f"{number(top, 1)} or more", anchor="end")
    scene.text(BARS, BAR_TOP + BAR_HEIGHT + 42, "green line: the full net", SMALL, "muted")
    if len(outputs):
        mean = float(outputs.mean())
        ends = (across(mean), BAR_TOP - 6), (across(mean), BAR_TOP + BAR_HEIGHT)
        scene.line(*ends, color=VERMILION, weight=THICK, dash=DASHED)
        scene.text(BARS + 150, BAR_TOP + BAR_HEIGHT + 42, "dashed red line: the mean", SMALL, "muted")
