"""Unit 09: the residual block with its two paths, in numbers; plain and residual nets as they become deeper."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dltools.figures import (
    BLACK,
    BLUE,
    DASHED,
    GREEN,
    ORANGE,
    SMALL,
    THICK,
    THIN,
    Controls,
    PlotLab,
    Scene,
    Student,
    SvgLab,
    counted,
    number,
    short,
    signed,
    slider,
    steps,
    switch,
)
from dltools.figures.depth_runs import BLOCKS, EVERY, KINDS, SEEDS, STEPS, key, runs


def block_lab(residual_block_forward: Callable[..., Any], residual_block_backward: Callable[..., Any]) -> SvgLab:
    """Follow one pixel through your block, around its convolutions and through them, and its gradient back."""
    return BlockLab(residual_block_forward, residual_block_backward)


def depth_lab() -> PlotLab:
    """See the training of plain and residual nets of 2 to 50 convolutions, and the gradients they start with."""
    return DepthLab()


def drop_lab() -> PlotLab:
    """Take a block out of a trained net, and see how many digits it still recognizes."""
    return DropLab()


# The block

OLD, CONV1, RELU1, CONV2, PLUS, RELU2, NEW = 50, 185, 315, 445, 575, 690, 820
"""Where things stand along the line of the block."""
AROUND, LINE, GRADS, BELOW = 42, 130, 196, 262


class BlockLab(SvgLab):
    title = "One pixel in a residual block"
    alt = (
        "A residual block on an image of one pixel, 2. It goes through convolution, ReLU and convolution, which make "
        "−1 of it, and around them as it is; the sum 1 passes the last ReLU. Below, from right to left: the gradient 1 "
        "comes back around as 1 and through the convolutions as −0.75, together 0.25."
    )
    groups: ClassVar = {"Forward": ("x", "w1", "b1", "w2", "b2"), "Backward": ("grad_out",)}
    question = "A gradient other than 0 comes back to x"
    choices = ("by no path", "around the convolutions only", "by both paths")
    hides = ("x", "w1", "b1", "w2", "b2", "grad_out")
    plays = ("x",)

    def __init__(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> None:
        self.forward = Student(forward, "residual_block_forward")
        self.backward = Student(backward, "residual_block_backward")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "x": slider("pixel x", -3.0, 3.0, 2.0, 0.5),
            "w1": slider("weight w1", -3.0, 3.0, 1.5, 0.5),
            "b1": slider("bias b1", -3.0, 3.0, -1.0, 0.5),
            "w2": slider("weight w2", -3.0, 3.0, -0.5, 0.5),
            "b2": slider("bias b2", -3.0, 3.0, 0.0, 0.5),
            "grad_out": slider("grad_out", -2.0, 2.0, 1.0, 0.5, "The gradient of the output"),
        }

    def touched(self, *part: Any) -> dict[str, Any]:
        """A click adds half a unit to a number of the block, with Shift it takes it away."""
        name, step = part
        return {name: self.control[name].allowed(self.values[name] + 0.5 * step)}

    def answer(self, **values: float) -> str:
        _, grads = by_hand(**values)
        return self.choices[0 if not grads["around"] else 2 if grads["through"] else 1]

    def draw(self, **values: float) -> tuple[Scene, str]:
        forward, grads = by_hand(**values)
        out, grad_x = self.yours(**values)
        scene = Scene(880, BELOW + 84)
        draw_block(scene, values)
        self.touchable(scene, values)
        draw_forward(scene, values["x"], forward)
        said = (
            f"Around goes {number(values['x'])}, through goes F(x) = {number(forward['conv2'])}; the block gives "
            f"{number(forward['out'])}"
        )
        said += "." if out is None else agreement("residual_block_forward", out, forward["out"])
        scene.text(24, BELOW, "By hand", bold=True)
        total = f"relu({number(forward['conv2'])} + {signed(values['x'])}) = {number(forward['out'])}"
        scene.text(24, BELOW + 28, f"out = relu(F(x) + x) = {total}")
        said_by(scene, BELOW + 28, "output of your residual_block_forward", out)
        if not self.revealed:
            scene.text((CONV1 + PLUS) / 2, GRADS + 20, "the way back: predict first", SMALL, "muted", "middle")
            return scene, said
        draw_backward(scene, grads)
        total = f"{number(grads['around'])} + {signed(grads['through'])} = {number(grads['x'])}"
        said_by(scene, BELOW + 56, "gradient of x of your residual_block_backward", grad_x)
        scene.text(24, BELOW + 56, f"gradient of x = around + through = {total}")
        said += f" The gradient of x is {total}" if said.endswith(".") else f"; the gradient of x is {total}"
        return scene, said + ("." if grad_x is None else agreement("residual_block_backward", grad_x, grads["x"]))

    def touchable(self, scene: Scene, values: dict[str, float]) -> None:
        """The numbers of the block, where they stand."""
        places = {"x": (OLD, LINE), "w1": (CONV1 - 18, LINE - 34), "b1": (CONV1 + 24, LINE - 34)}
        places |= {"w2": (CONV2 - 18, LINE - 34), "b2": (CONV2 + 24, LINE - 34), "grad_out": (NEW, GRADS)}
        for name, (x, y) in places.items():
            label = f"{self.control[name].label}, {number(values[name])}"
            scene.target("Block", (x - 20, y - 15, 40, 30), label, touch=[name], kind="step")

    def yours(
        self, x: float, w1: float, b1: float, w2: float, b2: float, grad_out: float
    ) -> tuple[float | None, float | None]:
        """Return the output and the gradient of x that the student's functions give; None where one fails."""
        arguments = pixel(x), kernel(w1), np.array([b1]), kernel(w2), np.array([b2])
        out = self.attempt(self.forward, *arguments, shape=(1, 1, 1, 1))
        if out is None:
            return None, None
        _, cache = self.forward(*arguments, values=("out", "cache"))
        grad_x = self.attempt(self.backward, pixel(grad_out), cache, shape=(1, 1, 1, 1))
        return float(out.item()), None if grad_x is None else float(grad_x.item())


def pixel(value: float) -> np.ndarray:
    """Return an image of one pixel, (1, 1, 1, 1)."""
    return np.full((1, 1, 1, 1), value)


def kernel(weight: float) -> np.ndarray:
    """Return a filter (1, 1, 3, 3) with the weight in the middle: on one pixel, its neighbors are padding."""
    filter_ = np.zeros((1, 1, 3, 3))
    filter_[0, 0, 1, 1] = weight
    return filter_


def by_hand(
    x: float, w1: float, b1: float, w2: float, b2: float, grad_out: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the numbers of the way forward, and the gradients of the way back, by the place where they belong."""
    conv1 = w1 * x + b1
    relu1 = max(conv1, 0.0)
    conv2 = w2 * relu1 + b2
    total = conv2 + x
    grad_sum = grad_out if total > 0 else 0.0
    grad_relu1 = grad_sum * w2
    grad_conv1 = grad_relu1 if conv1 > 0 else 0.0
    through = grad_conv1 * w1
    forward = {"conv1": conv1, "relu1": relu1, "conv2": conv2, "sum": total, "out": max(total, 0.0)}
    grads = {"out": grad_out, "sum": grad_sum, "relu1": grad_relu1, "conv1": grad_conv1, "through": through}
    return forward, grads | {"around": grad_sum, "x": grad_sum + through}


def agreement(name: str, yours: float, right: float) -> str:
    return f", and so says your {name}." if np.isclose(yours, right) else f"; your {name} says {number(yours, 4)}."


def said_by(scene: Scene, y: float, what: str, value: float | None) -> None:
    """Write at the right what a student's function returns, if it does."""
    if value is not None:
        scene.text(scene.width - 24, y, f"{what}: {number(value, 4)}", anchor="end")


def draw_block(scene: Scene, values: dict[str, float]) -> None:
    """Draw the parts of the block and its wires."""
    scene.line((OLD + 34, LINE), (NEW - 34, LINE), color="text", weight=THIN, arrow=True)
    around = (OLD + 54, LINE), (OLD + 54, AROUND), (PLUS, AROUND), (PLUS, LINE - 18)
    scene.line(*around, color=GREEN, weight=THICK, arrow=True)
    scene.text((OLD + PLUS) / 2 + 20, AROUND - 14, "around: x as it is", SMALL, "muted", "middle")
    for center, name, note in (
        (CONV1, "conv 1", f"{signed(values['w1'])} · x + {signed(values['b1'])}"),
        (RELU1, "relu", ""),
        (CONV2, "conv 2", f"{signed(values['w2'])} · h + {signed(values['b2'])}"),
        (RELU2, "relu", ""),
    ):
        scene.rect(center - 33, LINE - 18, 66, 36, "panel", "line", radius=6)
        scene.text(center, LINE, name, anchor="middle")
        scene.text(center, LINE - 34, note, SMALL, "muted", "middle")
    scene.circle(PLUS, LINE, 17, "paper", GREEN, THICK)
    scene.text(PLUS, LINE, "+", 20, anchor="middle", bold=True)
    scene.text(OLD, LINE - 26, "x", SMALL, "muted", "middle")
    scene.text(NEW, LINE - 26, "out", SMALL, "muted", "middle")


def draw_forward(scene: Scene, x: float, values: dict[str, float]) -> None:
    """Write the numbers on the wires."""
    scene.text(OLD, LINE, number(x), 17, anchor="middle", bold=True)
    scene.text(NEW, LINE, number(values["out"]), 17, anchor="middle", bold=True)
    for name, place in (
        ("conv1", (CONV1 + RELU1) / 2),
        ("relu1", (RELU1 + CONV2) / 2),
        ("conv2", (CONV2 + PLUS) / 2 + 6),
        ("sum", (PLUS + RELU2) / 2 - 8),
    ):
        scene.text(place, LINE - 12, number(values[name]), 13, anchor="middle")
    scene.text(PLUS - 12, (AROUND + LINE) / 2 - 8, number(x), 13, anchor="end")


def draw_backward(scene: Scene, grads: dict[str, float]) -> None:
    """Draw the two paths back, with the gradient at each place."""
    through = (PLUS - 20, GRADS), (OLD + 74, GRADS)
    scene.line((NEW - 34, GRADS), (PLUS + 20, GRADS), color=BLUE, weight=THIN, dash=DASHED, arrow=True)
    scene.line(*through, color=BLUE, weight=THIN, dash=DASHED, arrow=True)
    scene.line((PLUS, GRADS + 14), (PLUS, GRADS + 36), (OLD + 74, GRADS + 36), color=GREEN, weight=THICK, arrow=True)
    scene.text(PLUS, GRADS, number(grads["sum"]), anchor="middle", bold=True)
    scene.text(PLUS - 54, GRADS - 13, "through", SMALL, "muted", "middle")
    scene.text(PLUS - 54, GRADS + 24, "around", SMALL, "muted", "middle")
    scene.text(NEW, GRADS, number(grads["out"]), 17, BLUE, "middle", bold=True)
    for name, place in (
        ("relu1", (RELU1 + CONV2) / 2),
        ("conv1", (CONV1 + RELU1) / 2),
        ("through", (OLD + CONV1) / 2 + 18),
    ):
        scene.text(place, GRADS - 13, number(grads[name]), 13, BLUE, "middle")
    scene.text((OLD + CONV1) / 2 + 18, GRADS + 24, number(grads["around"]), 13, anchor="middle")
    scene.text(OLD, GRADS + 18, number(grads["x"]), 17, BLUE, "middle", bold=True)
    scene.text(OLD, GRADS - 6, "gradient", SMALL, "muted", "middle")


# Depth

STYLES = {"plain": (ORANGE, "--", "s"), "plain, rescaled": (BLACK, ":", "^"), "residual": (BLUE, "-", "o")}
"""Color, line and mark of each kind of net."""
CHANCE = float(np.log(10))
"""The loss of a net that gives every digit the same probability."""


def depths() -> dict[str, Any]:
    """Return the number of convolutions in the blocks -> the number of blocks."""
    return {str(2 * blocks): blocks for blocks in BLOCKS}


def in_blocks(count: int) -> str:
    return counted(count, "block")


def results(kind: str, blocks: int, name: str) -> np.ndarray:
    """Return one of the stored results for all seeds (seeds, ...)."""
    return np.array([runs()[key(kind, blocks, seed)][name] for seed in SEEDS])


def stretch(axes: Axes, layers: int) -> None:
    """Give an axis as many layers, each at a whole number, as there are."""
    axes.set_xlim(0.5 - 0.02 * layers, layers + 0.5 + 0.02 * layers)


class DepthLab(PlotLab):
    title = "Deeper and deeper"
    alt = (
        "Left: the training loss of nets of 16 convolutions, three runs each. The residual nets fall steadily to about "
        "0.25; of the plain nets one ends at 0.8 and two learn nothing. Right, with a logarithmic axis: the norm of "
        "the gradient of each convolution at the start, between 0.02 and 0.4 in the residual nets, and down to 0.002 "
        "in the plain ones, where it is smallest at the end."
    )
    question = "Over the last 10 steps, the plain net's training loss is more than twice the residual net's"
    choices = ("in no run", "in one or two of the three runs", "in all three runs")
    hides = ("blocks",)
    size = (820, 400)
    plays = ("blocks",)

    def controls(self) -> Controls:
        return {
            "blocks": steps("convolutions", list(depths().items()), 8),
            "rescaled": switch("show the plain net with rescaled weights"),
        }

    def answer(self, blocks: int, **_: Any) -> str:
        plain, residual = (results(kind, blocks, "losses")[:, -1] for kind in ("plain", "residual"))
        worse = int(np.sum(plain > 2 * residual))
        return self.choices[0 if worse == 0 else 2 if worse == len(SEEDS) else 1]

    def plot(self, figure: Figure) -> None:
        loss, norm = figure.subplots(1, 2)
        self.norm_axes = norm
        loss.set(xlim=(0, STEPS), ylim=(0, 3), xlabel="step", title="training loss")
        loss.axhline(CHANCE, color=BLACK, linewidth=0.8)
        norm.set(ylim=(1e-6, 1e2), yscale="log", xlabel="convolution, the last at the right")
        norm.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        self.stretches(norm.xaxis)
        norm.set_title("norm of the gradient at the start")
        self.lines = {}
        for kind, (color, line, mark) in STYLES.items():
            style: Any = {"color": color, "linestyle": line, "marker": mark, "markersize": 4, "linewidth": 1.2}
            self.lines[kind] = [[self.live(axes.plot([], [], **style)[0]) for _ in SEEDS] for axes in (loss, norm)]
        named = {kind: norms[0] for kind, (_, norms) in self.lines.items()}
        named["rescaled, if switched on"] = named.pop("plain, rescaled")
        self.legend(norm, named, loc="upper left", ncols=2)

    def draw(self, blocks: int, rescaled: bool) -> str:
        stretch(self.norm_axes, 2 * blocks)
        for kind, (losses, norms) in self.lines.items():
            shown = rescaled or kind != "plain, rescaled"
            middles = EVERY * (np.arange(STEPS // EVERY) + 0.5)
            for line, values in zip(losses, results(kind, blocks, "losses")):
                line.set_data(middles, values if shown and self.revealed else np.full(len(middles), np.nan))
            for line, values in zip(norms, results(kind, blocks, "norms")):
                line.set_data(np.arange(len(values)) + 1, values if shown else np.full(len(values), np.nan))
        kinds = [kind for kind in KINDS if rescaled or kind != "plain, rescaled"]
        if not self.revealed:
            smallest = "; ".join(f"{kind} {short(results(kind, blocks, 'norms').min(), 1)}" for kind in kinds)
            return f"{2 * blocks} convolutions in {in_blocks(blocks)}. Smallest norm of a gradient: {smallest}."
        ends = (
            f"{kind} {', '.join(f'{loss:.2f}' for loss in sorted(results(kind, blocks, 'losses')[:, -1]))}"
            for kind in kinds
        )
        guess = f"{CHANCE:.2f}, the line, is the loss of guessing"
        return f"{2 * blocks} convolutions: training loss in the end, run by run: {'; '.join(ends)} ({guess})."


# A block dropped

HALF = 0.5


class DropLab(PlotLab):
    title = "A block goes missing"
    alt = (
        "The share of digits recognized when one of four blocks is taken out of a trained net, block by block, three "
        "runs each: the residual nets stay above 80 percent, the plain nets fall below 25 percent."
    )
    question = "Without this block, more than half of the digits are still recognized, in all three runs, by"
    choices = ("both nets", "the plain net only", "the residual net only", "neither")
    hides = ("blocks", "block")
    size = (760, 380)
    plays = ("block",)

    def controls(self) -> Controls:
        return {
            "block": slider("block left out", 1, 4, 2),
            "blocks": steps("convolutions", list(depths().items()), 4),
        }

    def adjust(self, blocks: int, **_: Any) -> None:
        self.control["block"].max = blocks

    def answer(self, blocks: int, block: int) -> str:
        plain, residual = (
            bool((results(kind, blocks, "dropped")[:, block - 1] > HALF).all()) for kind in ("plain", "residual")
        )
        return self.choices[0 if plain and residual else 1 if plain else 2 if residual else 3]

    def plot(self, figure: Figure) -> None:
        axes = figure.subplots()
        self.axes = axes
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        self.stretches(axes.xaxis)
        axes.set(ylim=(-0.03, 1.35), xlabel="block left out", ylabel="share of validation digits recognized")
        axes.set_yticks(np.linspace(0, 1, 6))  # above 1 stands the legend only
        self.here = self.live(axes.axvline(1, ymax=0.75, color=GREEN, linewidth=2))
        self.marks, self.whole, named = {}, {}, dict[str, Artist]()
        for kind in ("plain", "residual"):
            color, line, mark = STYLES[kind]
            style: Any = {"color": color, "linestyle": "none", "marker": mark, "markersize": 5}
            self.marks[kind] = [self.live(axes.plot([], [], **style)[0]) for _ in SEEDS]
            self.whole[kind] = [self.live(axes.axhline(0, color=color, linestyle=line, linewidth=1)) for _ in SEEDS]
            named |= {f"{kind}, without the block": self.marks[kind][0], f"{kind}, whole": self.whole[kind][0]}
        self.legend(axes, named, loc="upper left", ncols=2)

    def touchable(self, scene: Scene, blocks: int, **_: Any) -> None:
        self.columns(scene, self.axes, "block", blocks)

    def draw(self, blocks: int, block: int) -> str:
        stretch(self.axes, blocks)
        self.here.set_xdata([block, block])
        said = []
        for kind, marks in self.marks.items():
            dropped, whole = results(kind, blocks, "dropped"), results(kind, blocks, "accuracy")
            for mark, line, values, level in zip(marks, self.whole[kind], dropped, whole):
                mark.set_data(np.arange(blocks) + 1, values if self.revealed else np.full(blocks, np.nan))
                line.set_ydata([level, level])
            said.append(f"{kind} {shares(whole)} whole" + f", {shares(dropped[:, block - 1])} without" * self.revealed)
        return f"Block {block} of {blocks}, digits recognized run by run: {'; '.join(said)}."


def shares(values: np.ndarray) -> str:
    return ", ".join(f"{value:.0%}" for value in values)
