"""Unit 08: the cell with live gates; a bit kept for a hundred steps; a long lag learned, or not."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from dltools.figures import (
    BLACK,
    BLUE,
    DASHED,
    FOCUS,
    HAIR,
    ORANGE,
    SMALL,
    SOLID,
    THICK,
    THIN,
    YELLOW,
    Controls,
    FramesLab,
    PlotLab,
    Scene,
    SceneAxes,
    Student,
    SvgLab,
    Trouble,
    number,
    short,
    signed,
    slider,
    steps,
)
from dltools.nn import lstm_step_backward, lstm_step_forward, rnn_forward, rnn_step_backward, rnn_step_forward, sigmoid


def cell_lab(lstm_step_forward: Callable[..., Any]) -> SvgLab:
    """Set the sums inside the gates, and see what your lstm_step_forward makes of the cell."""
    return CellLab(lstm_step_forward)


def memory_lab(
    memory_cell_weights: Callable[..., Any],
    lstm_step_forward: Callable[..., Any],
    lstm_step_backward: Callable[..., Any],
) -> PlotLab:
    """Let your cell with gates set by hand keep a bit for 100 steps, beside an RNN: the bit, and the gradient."""
    return MemoryLab(memory_cell_weights, lstm_step_forward, lstm_step_backward)


def learning_lab(records: "Sequence[Record] | None" = None) -> FramesLab:
    """Go through the training of two nets: their losses, and their answers to sequences never seen.

    Without records two small nets are trained on sequences of 8, for a second, so that there is something to see.
    """
    return LearningLab(records or small_records())


# The cell

OLD, TIMES_F, PLUS, TAP, NEW = 50, 210, 420, 670, 820
"""Where things stand along the line of the cell."""
CELL, INNER, GATES, BELOW = 70, 165, 262, 352


SUMS = ("f", "i", "o", "candidate")
WEIGHTS_H, WEIGHTS_X = (1.0, -1.0, 0.5, 2.0), (-1.0, 2.0, 0.5, 1.0)
"""W and U of the one unit, by SUMS."""


class CellLab(SvgLab):
    title = "The cell and its gates"
    alt = (
        "The cell: along the top the old cell 0.8 is multiplied by the forget gate 0.881, what the input "
        "gate 0.269 lets through of the candidate 0.905 is added, and the new cell 0.948 leaves at the right; the "
        "output gate 0.731 shows a share of its tanh as the hidden state 0.54. Below them the sum in each gate."
    )
    groups: ClassVar = {"Biases": ("f", "i", "o", "candidate"), "Before": ("old", "h"), "Now": ("x",)}
    question = "The new cell is"
    choices = ("larger than the old one", "smaller than the old one", "the same in two decimals")
    hides = ("f", "i", "candidate", "old", "h", "x")
    plays = ("f",)

    def __init__(self, lstm_step_forward: Callable[..., Any]) -> None:
        self.student = Student(lstm_step_forward, "lstm_step_forward")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "f": slider("forget gate f", -8.0, 8.0, 2.0, 0.5),
            "i": slider("input gate i", -8.0, 8.0, -1.0, 0.5),
            "o": slider("output gate o", -8.0, 8.0, 1.0, 0.5),
            "candidate": slider("candidate c~", -8.0, 8.0, 1.5, 0.5),
            "old": slider("old cell", -2.0, 2.0, 0.8, 0.1),
            "h": slider("old hidden state h", -1.0, 1.0, 0.0, 0.25),
            "x": slider("input x", -2.0, 2.0, 0.0, 0.5),
        }

    def touched(self, *part: Any) -> dict[str, Any]:
        """A click on a gate opens it further, with Shift it shuts."""
        name, step = part
        return {name: self.control[name].allowed(self.values[name] + step)}

    def answer(self, old: float, h: float, x: float, **biases: float) -> str:
        f, i, _, candidate = (total for _, total in sums(h, x, **biases))
        f, i = (float(sigmoid(np.array(total))) for total in (f, i))
        change = round(f * old + i * float(np.tanh(candidate)), 2) - round(old, 2)
        return self.choices[0] if change > 1e-9 else self.choices[1] if change < -1e-9 else self.choices[2]

    def run(self, old: float, h: float, x: float, **biases: float) -> tuple[float, float] | None:
        """Return the student's h_next and c_next of one cell."""
        before = (np.array([[value]]) for value in (x, h, old))
        weights = np.array([WEIGHTS_H]).T, np.array([WEIGHTS_X]).T, np.array([biases[name] for name in SUMS])
        returned = self.attempt(self.student, *before, *weights, values=("h_next", "c_next", "cache"))
        if returned is None:
            return None
        if np.shape(returned[0]) != (1, 1) or np.shape(returned[1]) != (1, 1):
            raise Trouble("lstm_step_forward must return h_next and c_next, here of the shape (1, 1) each.")
        return float(np.ravel(returned[0])[0]), float(np.ravel(returned[1])[0])

    def draw(self, old: float, h: float, x: float, **biases: float) -> tuple[Scene, str]:
        (_, f), (_, i), (_, o), (_, candidate) = made = sums(h, x, **biases)
        values = {name: float(sigmoid(np.array(gate))) for name, gate in {"f": f, "i": i, "o": o}.items()}
        values["c~"] = float(np.tanh(candidate))
        yours = self.run(old, h, x, **biases)
        scene = Scene(880, BELOW + 148)
        scene.text(24, BELOW, "The sums, W h + U x + b", bold=True)
        for at, (text, _) in enumerate(made):
            scene.text(24 + 400 * (at % 2), BELOW + 26 + 24 * (at // 2), text)
        draw_wires(scene)
        self.gates(scene, {"f": f, "i": i, "c~": candidate, "o": o}, values)
        scene.text(OLD, CELL - 26, "old cell", SMALL, "muted", "middle")
        scene.text(OLD, CELL, number(old), 17, anchor="middle", bold=True)
        c_next = values["f"] * old + values["i"] * values["c~"]
        h_next = values["o"] * float(np.tanh(c_next))
        scene.text(NEW, CELL - 26, "new cell", SMALL, "muted", "middle")
        scene.text(NEW, INNER - 26, "hidden state", SMALL, "muted", "middle")
        shown = yours if self.revealed else None
        scene.text(NEW, CELL, "?" if shown is None else number(shown[1], 3), 17, anchor="middle", bold=True)
        scene.text(NEW, INNER, "?" if shown is None else number(shown[0], 3), 17, anchor="middle", bold=True)
        kept, written = values["f"] * old, values["i"] * values["c~"]
        said = f"f keeps {values['f']:.0%} of the old cell {number(old)}, "
        said += f"i writes {values['i']:.0%} of {number(values['c~'], 3)}"
        if shown is None:
            return scene, said + "."
        scene.text((TIMES_F + PLUS) / 2, CELL - 14, number(kept, 3), anchor="middle")
        scene.text(PLUS + 32, (CELL + INNER) / 2, number(written, 3), anchor="middle")
        draw_sums(scene, values, old, c_next, h_next)
        same = np.allclose(shown, (h_next, c_next), atol=1e-6)
        return (
            scene,
            f"{said}: {number(kept, 3)} + {number(written, 3)} = {number(c_next, 3)}. Your lstm_step_forward gives "
            + ("the same." if same else f"the cell {number(shown[1], 3)} and the hidden state {number(shown[0], 3)}."),
        )

    def gates(self, scene: Scene, totals: dict[str, float], values: dict[str, float]) -> None:
        """Draw the gates with their sums; a click on one opens it further."""
        for center, name in ((TIMES_F, "f"), (PLUS - 80, "i"), (PLUS + 80, "c~"), (TAP - 70, "o")):
            draw_gate(scene, center, name, totals[name], values[name])
            control = "candidate" if name == "c~" else name
            said = f"{self.control[control].label}, {number(values[name], 3)}"
            scene.target("Gates", (center - 34, GATES - 26, 68, 52), said, touch=[control], kind="step")


def sums(h: float, x: float, **biases: float) -> list[tuple[str, float]]:
    """Return the sum W h + U x + b in each gate, written out, and its value; in the order of SUMS."""
    made = []
    for name, w, u in zip(SUMS, WEIGHTS_H, WEIGHTS_X):
        total = w * h + u * x + biases[name]
        terms = " + ".join([f"{number(w)} · {signed(h)}", f"{signed(u)} · {signed(x)}", signed(biases[name])])
        made.append((f"{'c~' if name == 'candidate' else name}:  {terms} = {number(total, 3)}", total))
    return made


def draw_wires(scene: Scene) -> None:
    """Draw the line of the cell along the top, and what hangs on it."""
    scene.line((OLD + 32, CELL), (NEW - 34, CELL), weight=THICK + 1, arrow=True, color="text")
    for x, y, sign in ((TIMES_F, CELL, "×"), (PLUS, CELL, "+"), (PLUS, INNER, "×"), (TAP, INNER, "×")):
        scene.circle(x, y, 15, "paper", FOCUS if sign == "+" else "text", THICK if sign == "+" else THIN)
        scene.text(x, y, sign, 20, anchor="middle", bold=True)
    scene.line((TIMES_F, GATES - 26), (TIMES_F, CELL + 16), weight=THIN, arrow=True)
    scene.line((PLUS, INNER - 16), (PLUS, CELL + 16), weight=THIN, arrow=True)
    scene.line((PLUS - 80, GATES - 26), (PLUS - 80, INNER), (PLUS - 16, INNER), weight=THIN, arrow=True)
    scene.line((PLUS + 80, GATES - 26), (PLUS + 80, INNER), (PLUS + 16, INNER), weight=THIN, arrow=True)
    scene.line((TAP - 70, GATES - 26), (TAP - 70, INNER), (TAP - 16, INNER), weight=THIN, arrow=True)
    scene.line((TAP, CELL + 2), (TAP, INNER - 16), weight=THIN, arrow=True)
    scene.rect(TAP - 26, CELL + 26, 52, 26, "panel", "line", radius=6)
    scene.text(TAP, CELL + 39, "tanh", SMALL, anchor="middle")
    scene.line((TAP + 16, INNER), (NEW - 34, INNER), weight=THIN, arrow=True)


def draw_gate(scene: Scene, x: float, name: str, total: float, value: float) -> None:
    """Draw a gate as a yellow box, with its sum below; how full the box is shows how open the gate is."""
    scene.rect(x - 34, GATES - 26, 68, 52, "panel", "line", radius=6)
    share = abs(value) * 52
    scene.rect(x - 34, GATES + 26 - share, 68, share, YELLOW, radius=0, opacity=0.3)
    scene.text(x, GATES - 10, name, anchor="middle", bold=True)
    scene.text(x, GATES + 11, number(value, 3), anchor="middle")
    function = "tanh" if name == "c~" else "σ"
    scene.text(x, GATES + 44, f"{function}({number(total, 3)})", SMALL, "muted", "middle")


def draw_sums(scene: Scene, values: dict[str, float], old: float, c_next: float, h_next: float) -> None:
    """Write the two formulas with their numbers."""
    f, i, o, candidate = (values[name] for name in ("f", "i", "o", "c~"))
    cell = f"{number(f, 3)} · {signed(old, 3)} + {number(i, 3)} · {signed(candidate, 3)} = {number(c_next, 3)}"
    hidden = f"{number(o, 3)} · {signed(float(np.tanh(c_next)), 3)} = {number(h_next, 3)}"
    scene.text(24, BELOW + 86, f"new cell = f · old + i · c~ = {cell}")
    scene.text(24, BELOW + 114, f"hidden state = o · tanh(new cell) = {hidden}")


# Memory

LENGTH = 100
FLOOR = 1e-12


class MemoryLab(PlotLab):
    title = "A bit, a hundred steps later"
    alt = (
        "Two plots over 100 steps. Left: the cell of an LSTM whose gates are set by hand, with strength 6, keeps most "
        "of the bit that was written first, and ends at 0.78; the state of an RNN with the weight 0.9 is near 0 after "
        "30 steps. Right, with a logarithmic axis: the gradient of the last cell by an earlier one stays near 1, that "
        "of the RNN falls along a straight line."
    )
    question = "After 100 steps, more than half of the bit is left in"
    choices = ("both", "the LSTM only", "the RNN only", "neither")
    hides = ("strength", "w", "noise")
    size = (800, 380)
    plays = ("w",)

    def __init__(self, weights: Callable[..., Any], forward: Callable[..., Any], backward: Callable[..., Any]) -> None:
        self.weights = Student(weights, "memory_cell_weights")
        right = partial(cells_of, lstm_step_forward), partial(run_backward, lstm_step_forward, lstm_step_backward)
        self.cells = Student(partial(cells_of, forward), "lstm_step_forward", reference=right[0])
        self.grads = Student(partial(run_backward, forward, backward), "lstm_step_backward", reference=right[1])
        super().__init__()

    def controls(self) -> Controls:
        return {
            "strength": slider("LSTM strength", 1.0, 12.0, 6.0, 0.5),
            "w": slider("RNN weight w", 0.5, 1.5, 0.9, 0.05),
            "noise": steps("other bits", (0.0, 0.25, 0.5, 1.0), 0.0, "Not to be written: how large they are"),
        }

    def bits(self, noise: float) -> np.ndarray:
        """Return the bit 1 to be written first, and then bits that are not to be written (LENGTH,)."""
        return np.concatenate([[1.0], noise * self.rng().choice([-1.0, 1.0], size=LENGTH - 1)])

    def lstm(self, strength: float, noise: float) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the cell at every step (LENGTH,) and the gradient of the last one by each (LENGTH,)."""
        weights = self.attempt(self.weights, strength, values=("W", "U", "b"))
        if weights is None:
            return None
        if [np.shape(w) for w in weights] != [(4, 1), (4, 2), (4,)]:
            self.trouble = "memory_cell_weights must return W (4, 1), U (4, 2) and b (4,)."
            return None
        x = np.stack([self.bits(noise), np.arange(LENGTH) == 0], axis=1)  # the bit, and whether to write it
        cells = self.attempt(self.cells, x, *weights, shape=(LENGTH,))
        grads = None if cells is None else self.attempt(self.grads, x, *weights, shape=(LENGTH,))
        return None if cells is None or grads is None else (cells, grads)

    def rnn(self, w: float, noise: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the state h_t = tanh(w h_{t-1} + bit_t) at every step, and the gradient of the last one by each."""
        W, U, b = np.array([[w]]), np.ones((1, 1)), np.zeros(1)
        x = self.bits(noise)
        h = rnn_forward(x.reshape(1, -1, 1), np.zeros((1, 1)), W, U, b)[0][0]
        grads, grad = [1.0], np.ones((1, 1))
        for t in range(LENGTH - 1, 0, -1):
            grad = rnn_step_backward(grad, rnn_step_forward(x[t].reshape(1, 1), h[t - 1 : t], W, U, b)[1])[1]
            grads.append(float(grad[0, 0]))
        return h[:, 0], np.array(grads[::-1])

    def answer(self, strength: float, w: float, noise: float) -> str:
        lstm, rnn = self.lstm(strength, noise), self.rnn(w, noise)
        kept = (lstm is not None and lstm[0][-1] > 0.5, rnn[0][-1] > 0.5)
        return {(True, True): "both", (True, False): "the LSTM only", (False, True): "the RNN only"}.get(
            kept, "neither"
        )

    def plot(self, figure: Figure) -> None:
        state, grad = figure.subplots(1, 2)
        state.set(
            xlim=(0, LENGTH), ylim=(-1.1, 1.25), xlabel="step", title="the cell of the LSTM, the state of the RNN"
        )
        grad.set(
            xlim=(0, LENGTH), ylim=(-12.5, 2.5), xlabel="step", title="gradient of the last one by the one at this step"
        )
        grad.set_yticks(range(-12, 3, 3), ["10⁻¹² or less", "10⁻⁹", "10⁻⁶", "10⁻³", "1"])
        for axes in (state, grad):
            axes.axhline(0, color=BLACK, linewidth=0.8)
        self.lines = {}
        for name, color, line in (("LSTM", BLUE, "-"), ("RNN", ORANGE, "--")):
            self.lines[name] = [self.live(axes.plot([], [], line, color=color, zorder=3)[0]) for axes in (state, grad)]
        named = {name: lines[0] for name, lines in self.lines.items()}
        self.legend(figure, named, loc="outside lower center", ncols=2)

    def draw(self, strength: float, w: float, noise: float) -> str:
        lstm, rnn = self.lstm(strength, noise), self.rnn(w, noise)
        shown = LENGTH if self.revealed else 5
        for name, run in (("LSTM", lstm), ("RNN", rnn)):
            states, grads = run if run is not None else (np.full(LENGTH, np.nan),) * 2
            self.lines[name][0].set_data(np.arange(shown), states[:shown])
            logs = np.log10(np.maximum(np.abs(grads), FLOOR))
            self.lines[name][1].set_data(np.arange(shown if self.revealed else 0), logs if self.revealed else [])
        if lstm is None:
            return "Only the RNN is drawn: the LSTM needs your three functions."
        if not self.revealed:
            return f"After 5 steps the cell is {lstm[0][4]:.3f}, the state of the RNN {rnn[0][4]:.3f}. Predict the end."
        return (
            f"After 100 steps the cell is {lstm[0][-1]:.3f} and the RNN's state {rnn[0][-1]:.3f}. The gradient of the "
            f"last by the first is {short(lstm[1][0], 2)} for the LSTM and {short(rnn[1][0], 2)} for the RNN."
        )


def run_forward(step: Callable[..., Any], x: np.ndarray, *weights: np.ndarray) -> tuple[np.ndarray, list[Any]]:
    """Return the cell after every step (T,), and the caches; x (T, 2)."""
    h, c, cells, caches = np.zeros((1, 1)), np.zeros((1, 1)), [], []
    for x_t in x[:, np.newaxis]:
        h, c, cache = three(step(x_t, h, c, *weights))
        cells.append(c[0, 0])
        caches.append(cache)
    return np.array(cells), caches


def cells_of(step: Callable[..., Any], x: np.ndarray, *weights: np.ndarray) -> np.ndarray:
    return run_forward(step, x, *weights)[0]


def run_backward(
    step: Callable[..., Any], step_backward: Callable[..., Any], x: np.ndarray, *weights: Any
) -> np.ndarray:
    """Return the gradient of the last cell by the cell after every step (T,); x (T, 2)."""
    _, caches = run_forward(step, x, *weights)
    grad_h, grad_c, grads = np.zeros((1, 1)), np.ones((1, 1)), [1.0]
    for cache in caches[:0:-1]:
        _, grad_h, grad_c, *_ = step_backward(grad_h, grad_c, cache)
        grads.append(grad_c[0, 0])
    return np.array(grads[::-1])


def three(returned: Any) -> tuple[np.ndarray, np.ndarray, Any]:
    """Return h_next, c_next and the cache of one cell. ValueError if they are not."""
    if not isinstance(returned, tuple | list) or len(returned) != 3:
        raise ValueError("three things must be returned: h_next, c_next and the cache")
    h, c, cache = returned
    if np.shape(h) != (1, 1) or np.shape(c) != (1, 1):
        raise ValueError(f"the shapes returned are {np.shape(h)} and {np.shape(c)}; here both must be (1, 1)")
    return h, c, cache


# Learning

TOP, HEIGHT, CURVES, WIDTH = 60, 220, 60, 300
PANELS = (420, 660)
LOSS_LOW, LOSS_HIGH = -4.0, 0.0


class Record(NamedTuple):
    """The training of one net on the adding problem."""

    name: str
    losses: Sequence[float]
    """Of every step."""
    every: int
    """Steps from one look at the answers to the next; the first is before the first step."""
    answers: np.ndarray
    """(looks, examples), to sequences that it is not trained with."""
    targets: np.ndarray
    """(examples,), the right answers."""

    def smooth(self, until: int) -> np.ndarray:
        """Return the mean loss of every `every` steps up to a step."""
        whole = np.asarray(self.losses[:until], dtype=float)
        return np.asarray(whole[: len(whole) // self.every * self.every].reshape(-1, self.every).mean(axis=1))


def small_records() -> list[Record]:
    """Train an LSTM and an RNN of 8 units on sequences of 8."""
    from dltools.nn import mse_loss
    from dltools.training import LSTM, RNN, Adam, LastStep, Linear, Sequential, adding_problem, train_step

    x_new, y_new = adding_problem(40, length=8, seed=99)
    records = []
    for layer in (LSTM, RNN):
        rng = np.random.default_rng(0)
        net = Sequential(layer(2, 8, rng), LastStep(), Linear(8, 1, rng))
        optimizer, losses, answers = Adam(net, 0.02), [], [net(x_new)[:, 0]]
        for step in range(300):
            x, y = adding_problem(16, length=8, seed=1000 + step)
            losses.append(train_step(net, mse_loss, optimizer, x, y, max_norm=1.0))
            if step % 20 == 19:
                answers.append(net(x_new)[:, 0])
        records.append(Record(f"{layer.__name__}, sequences of 8", losses, 20, np.array(answers), y_new[:, 0]))
    return records


class LearningLab(FramesLab):
    title = "Who learns to remember?"
    alt = (
        "Left, with a logarithmic axis: the losses of two nets over the steps of training. Right: for each net the "
        "answers to sequences that it has not seen, against the right answers; good answers lie on the diagonal."
    )
    scrub = "at"
    question = "At the end of training more than half of the answers are right to within 0.1 in"
    choices = ("both", "the first only", "the second only", "neither")
    plays = ("at",)

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = list(records)[:2]
        super().__init__()

    def controls(self) -> Controls:
        every = self.records[0].every
        self.looks = [every * look for look in range(len(self.records[0].answers))]
        self.waits = {"at": self.looks[len(self.looks) // 5]}  # type: ignore[misc]
        return {"at": steps("steps of training", self.looks, 0)}

    def hits(self, record: Record, look: int) -> float:
        """Return the share of answers that are right to within 0.1."""
        return float(np.mean(np.abs(record.answers[look] - record.targets) < 0.1))

    def answer(self, **_: Any) -> str:
        first, second = (self.hits(record, -1) > 0.5 for record in self.records)
        return self.choices[0 if first and second else 1 if first else 2 if second else 3]

    def draw(self, at: int) -> tuple[Scene, str]:
        scene = Scene(880, TOP + HEIGHT + 62)
        draw_curves(scene, self.records, at)
        for left, record, color in zip(PANELS, self.records, (BLUE, ORANGE)):
            draw_answers(scene, left, record, at // record.every, color)
        shares = [f"{self.hits(record, at // record.every):.0%} ({record.name})" for record in self.records]
        said = f"After {at} steps the answers right to within 0.1 are {'; '.join(shares)}."
        return scene, said if self.revealed else f"{said} Predict the end, then reveal the rest."

    def _png(self) -> bytes:
        """Return the end of the training with the answer; the figure itself begins with its start."""
        return self.draw(self.looks[-1])[0].png() if self.revealed else super()._png()


def draw_curves(scene: Scene, records: Sequence[Record], at: int) -> None:
    """Draw the losses up to a step, on a logarithmic axis."""
    scene.heading(CURVES, 16, "Loss", "the line: always answering 1")
    total = max(len(record.losses) for record in records)
    axes = SceneAxes(scene, (CURVES, TOP, WIDTH, HEIGHT), (0, total), (LOSS_LOW, LOSS_HIGH), log=True)
    axes.frame()
    for exponent, name in ((0, "1"), (-1, "0.1"), (-2, "0.01"), (-3, "0.001"), (-4, "0.0001")):
        axes.rule(10.0**exponent, name)
    axes.curve(((0, 1 / 6), (total, 1 / 6)), "text", weight=HAIR)
    for record, color, dash in zip(records, (BLUE, ORANGE), (SOLID, DASHED)):
        middles = enumerate(record.smooth(at))
        axes.curve(((record.every * (k + 0.5), loss) for k, loss in middles), color, dash)
    axes.tick(total / 2, f"steps, 0 to {total}", below=20)


def draw_answers(scene: Scene, left: float, record: Record, look: int, color: str) -> None:
    """Draw the answers against the right ones; both axes go from 0 to 2."""
    scene.heading(left, 16, record.name, "answer (up) against sum (right)")
    axes = SceneAxes(scene, (left, TOP, 200, 200), (0, 2), (0, 2))
    axes.frame()
    axes.curve(((0, 0), (2, 2)), "line", DASHED, HAIR)
    for target, answer in zip(record.targets, record.answers[look]):
        scene.circle(*axes.point(float(target), float(answer)), 4, fill=color, opacity=0.6)
    for sum_ in (0, 2):
        axes.tick(sum_, sum_, below=14)
