"""Unit 06: the unrolled network and the gradient of its shared weights; a language model that reads and writes."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from string import ascii_lowercase
from typing import Any, ClassVar

import numpy as np

from dltools.figures import (
    BLUE,
    DASHED,
    FOCUS,
    NEGATIVE,
    ORANGE,
    POSITIVE,
    SMALL,
    SOLID,
    THICK,
    THIN,
    WRONG,
    Controls,
    Scene,
    Student,
    SvgLab,
    Trouble,
    button,
    counted,
    field,
    number,
    slider,
    steps,
    switch,
)
from dltools.nn.rnn import embedding_backward, embedding_forward, language_model_loss, rnn_backward, rnn_forward
from dltools.nn.vanishing import clip_grad_norm
from dltools.training import character_corpus, orthogonal, xavier_uniform

Function = Callable[..., Any]
Parameters = Sequence[np.ndarray]
"""E, W, U, b, V, b_out of a language model."""


def unrolled_lab(rnn_step_forward: Function, rnn_step_backward: Function) -> SvgLab:
    """Unroll a small network, put the loss at one step, and see what every step adds to the gradient of W."""
    return UnrolledLab(rnn_step_forward, rnn_step_backward)


def language_lab(
    rnn_step_forward: Function, softmax_with_temperature: Function, snapshots: Mapping[int, Parameters] | None = None
) -> SvgLab:
    """Let your language model read your text letter by letter, and write on, at any point of its training.

    snapshots are the six arrays E, W, U, b, V, b_out of a model by the steps taken, for the letters of
    `character_corpus()`. A small model is trained here, for a second, if they are left out.
    """
    return LanguageLab(rnn_step_forward, softmax_with_temperature, snapshots or small_snapshots())


# The unrolled network

LONGEST, LEFT, COLUMN, INPUTS, CELLS, LOSS, BARS = 8, 70, 92, 236, 146, 50, 396


class UnrolledLab(SvgLab):
    title = "One network, unrolled in time"
    alt = (
        "Five copies of one cell in a row, joined by arrows marked W; an input below each, joined by an arrow marked "
        "U; the loss above the third. Below, a bar for what each step adds to the gradient of one weight of W, and "
        "their sum."
    )
    groups: ClassVar = {"Network": ("length", "loss", "fold"), "Gradient": ("i", "j")}
    question = "The loss depends on one state only. Which steps add to the gradient of W?"
    choices = ("only the step of the loss", "that step and all before it", "all steps, also those after it")
    hides = ("length", "loss")
    waits: ClassVar = {"i": None, "j": None}
    plays = ("i", "j")

    def __init__(self, rnn_step_forward: Function, rnn_step_backward: Function) -> None:
        self.step = Student(rnn_step_forward, "rnn_step_forward")
        self.step_back = Student(rnn_step_backward, "rnn_step_backward")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "length": slider("length", 1, LONGEST, 5),
            "loss": slider("loss at step", 1, 5, 3),
            "fold": switch("fold"),
            "i": slider("row of W", 0, 1, 0),
            "j": slider("column of W", 0, 1, 1),
        }

    def adjust(self, length: int, **_: Any) -> None:
        self.control["loss"].max = length

    def answer(self, loss: int, **_: Any) -> str:
        return self.choices[0 if loss == 1 else 1]

    def draw(self, length: int, loss: int, fold: bool, i: int, j: int) -> tuple[Scene, str]:
        scene = Scene(880, 530)
        draw_folded(scene) if fold else draw_unrolled(scene, length, loss, self.revealed)
        parts = self.contributions(length, loss)
        if parts is None:
            return scene, "The gradient cannot be shown."
        if not self.revealed:
            scene.text(LEFT, BARS, "Predict first; then what each step adds is shown.", color="muted")
            return scene, f"{counted(length, 'step')} with the same W, U and b."
        shares = [float(part[i, j]) for part in parts]
        draw_shares(scene, shares, i, j)
        return scene, self.sentence(shares, length, loss, i, j)

    def network(self) -> tuple[np.ndarray, ...]:
        """Return x (1, LONGEST, 2), h0, W, U, b."""
        rng = self.rng()
        x, h0 = rng.normal(size=(1, LONGEST, 2)), np.array([[0.5, -0.5]])
        return x, h0, np.array([[0.7, -0.6], [0.6, 0.7]]), 0.6 * rng.normal(size=(2, 2)), np.zeros(2)

    def contributions(self, length: int, loss: int) -> list[np.ndarray] | None:
        """Return what each step adds to the gradient of W (2, 2), through the student's own steps."""
        x, h, W, U, b = self.network()
        caches = []
        for t in range(length):
            returned = self.attempt(self.step, x[:, t], h, W, U, b, values=("h_next", "cache"))
            if returned is None:
                return None
            h, kept = returned
            caches.append(kept)
        grad_h, parts = np.zeros((1, 2)), []
        for t in reversed(range(length)):
            grad_h = grad_h + (t == loss - 1) * np.array([[1.0, 1.0]])  # the loss is the sum of both units
            gradients = tuple(f"grad_{name}" for name in ("x", "h", "W", "U", "b"))
            returned = self.attempt(self.step_back, grad_h, caches[t], values=gradients)
            if returned is None:
                return None
            grad_h = returned[1]
            parts.append(returned[2])
        return parts[::-1]

    def sentence(self, shares: list[float], length: int, loss: int, i: int, j: int) -> str:
        x, h0, W, U, b = self.network()
        grad_h = np.zeros((1, length, 2))
        grad_h[:, loss - 1] = 1
        _, kept = rnn_forward(x[:, :length], h0, W, U, b)
        right = rnn_backward(grad_h, kept)[2][i, j]
        total = sum(shares)
        agree = "the same" if np.isclose(total, right) else "which is not the same"
        return (
            f"The {counted(length, 'step')} add{'s' * (length == 1)} "
            f"{', '.join(number(share, 3) for share in shares)} to the gradient of W[{i}, {j}]; the sum is "
            f"{number(total, 3)}. The reference gives {number(right, 3)}, {agree}."
        )


def place(t: int) -> float:
    return LEFT + 40 + t * COLUMN


def draw_cell(scene: Scene, x: float, state: str, word: str) -> None:
    """Draw a cell with its input below."""
    scene.rect(x - 26, CELLS - 22, 52, 44, stroke="text", weight=THIN, radius=6)
    scene.text(x, CELLS, state, anchor="middle")
    scene.circle(x, INPUTS, 18, stroke="line", weight=THIN)
    scene.text(x, INPUTS, word, anchor="middle")
    scene.line((x, INPUTS - 18), (x, CELLS + 24), color=ORANGE, weight=THICK, dash=DASHED, arrow=True)
    scene.text(x + 8, INPUTS - 42, "U", SMALL, "muted")


def draw_unrolled(scene: Scene, length: int, loss: int, way_back: bool) -> None:
    """Draw one copy of the cell for each step; arrows of one line style carry the same weights.

    The gradient's way back, if asked for, answers the question of the figure.
    """
    scene.text(place(-1) + 30, CELLS, "h(0)", anchor="middle")
    for t in range(length):
        start = place(t - 1) + (50 if t == 0 else 28)
        scene.line((start, CELLS), (place(t) - 28, CELLS), color=BLUE, weight=THICK, arrow=True)
        scene.text((start + place(t) - 28) / 2, CELLS - 14, "W", SMALL, "muted", "middle")
        draw_cell(scene, place(t), f"h({t + 1})", f"x({t + 1})")
    scene.line((place(loss - 1), CELLS - 24), (place(loss - 1), LOSS + 18), weight=THIN, arrow=True)
    scene.rect(place(loss - 1) - 24, LOSS - 16, 48, 32, stroke=WRONG, weight=THIN, radius=6)
    scene.text(place(loss - 1), LOSS, "loss", anchor="middle")
    kinds = [(LEFT - 60, "W", BLUE, THICK, SOLID), (LEFT + 30, "U", ORANGE, THICK, DASHED)]
    if way_back:
        draw_way_back(scene, loss)
        kinds.append((LEFT + 120, "the gradient, on its way back", WRONG, THIN, SOLID))
    for x, name, color, weight, dash in kinds:
        scene.line((x, 290), (x + 32, 290), color=color, weight=weight, dash=dash, arrow=True)
        scene.text(x + 40, 290, name, SMALL, "muted")


def draw_way_back(scene: Scene, loss: int) -> None:
    """Draw the gradient's way from the state of the loss to the first, from cell to cell, beside the arrows of W."""
    for t in range(loss):
        end = place(t - 1) + (46 if t == 0 else 28)
        scene.line((place(t) - 28, CELLS + 13), (end, CELLS + 13), color=WRONG, weight=THIN, arrow=True)


def draw_folded(scene: Scene) -> None:
    """Draw the one cell that there is, with its state going around."""
    draw_cell(scene, place(0), "h", "x")
    x = place(0)
    points = (
        (x + 28, CELLS),
        (x + 70, CELLS),
        (x + 70, CELLS - 60),
        (x - 70, CELLS - 60),
        (x - 70, CELLS),
        (x - 28, CELLS),
    )
    scene.line(*points, color=BLUE, weight=THICK, arrow=True)
    scene.text(x, CELLS - 76, "W, once a step", SMALL, "muted", "middle")


def draw_shares(scene: Scene, shares: list[float], i: int, j: int) -> None:
    """Draw a bar for each step below its cell, and the sum at the right."""
    scene.text(LEFT - 60, 322, f"What each step adds to the gradient of W[{i}, {j}]", bold=True)
    scale = 66 / max(*np.abs(np.append(np.cumsum(shares), shares)), 1e-9)
    base = BARS + 34
    scene.line((LEFT, base), (place(LONGEST), base), color="line")
    for t, share in enumerate(shares):
        draw_bar(scene, place(t), base, share, scale)
        scene.text(place(t), base + 92, f"step {t + 1}", SMALL, "muted", "middle")
    draw_bar(scene, place(LONGEST) - 20, base, sum(shares), scale)
    scene.text(place(LONGEST) - 20, base + 92, "sum", SMALL, "text", "middle", True)


def draw_bar(scene: Scene, x: float, base: float, value: float, scale: float) -> None:
    height = abs(value) * scale
    scene.rect(
        x - 14, base - (height if value > 0 else 0), 28, max(height, 0.5), fill=POSITIVE if value > 0 else NEGATIVE
    )
    scene.text(x, base + (-height - 10 if value > 0 else height + 10), number(value, 3), SMALL, "text", "middle")


# The language model

READ, SHOWN, WRITTEN = 18, 6, 90
"""Letters of the text that are drawn, letters of a distribution, and letters that are written."""


class LanguageLab(SvgLab):
    title = "A language model reads, and writes on"
    alt = (
        "The letters of the text 'the cat sees' in a row. Above each the hidden state after it, a small picture, and "
        "above that the letter which the model expects next. At the right the distribution after one letter, below "
        "the text that the model writes on."
    )
    groups: ClassVar = {"Model": ("trained", "temperature"), "Text": ("text", "position", "unit", "again")}
    plays = ("position",)

    def __init__(
        self, rnn_step_forward: Function, softmax_with_temperature: Function, snapshots: Mapping[int, Parameters]
    ) -> None:
        self.step = Student(rnn_step_forward, "rnn_step_forward")
        self.softmax = Student(softmax_with_temperature, "softmax_with_temperature")
        self.snapshots, self.corpus = dict(snapshots), character_corpus()
        super().__init__()

    def controls(self) -> Controls:
        taken = sorted(self.snapshots)
        return {
            "trained": steps("steps of training", taken, taken[-1]),
            "temperature": steps("temperature", [0.1, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 5.0], 0.7),
            "text": field("text to read", "the cat sees"),
            "position": slider("letter", 1, READ, 7),
            "unit": slider("color by unit", 0, len(self.snapshots[taken[0]][2]), 0, tip="0: by none"),
            "again": button("Write again", "Another text from the same model"),
        }

    def adjust(self, text: str, **_: Any) -> None:
        self.control["position"].max = max(1, min(READ, len(text)))

    def draw(
        self, trained: int, temperature: float, text: str, position: int, unit: int, again: int
    ) -> tuple[Scene, str]:
        letters = self.read(text)
        states, logits = self.run(self.snapshots[trained], letters)
        scene = Scene(880, 400)
        scene.heading(4, 12, "Reading", "below: the letter; in the middle: the state; above: the likeliest next letter")
        for t in range(min(len(letters), READ)):
            probabilities = self.probabilities(logits[t], temperature)
            if unit:
                draw_unit(scene, 20 + 32 * t, float(states[t][unit - 1]))
            draw_letter(
                scene,
                20 + 32 * t,
                self.show(letters[t]),
                states[t],
                self.show(int(probabilities.argmax())),
                t == position - 1,
            )
            box = 17 + 32 * t, 60, 32, 156
            scene.target("Letters", box, f"letter {t + 1}, {self.show(letters[t])}", set={"position": t + 1})
        after = self.probabilities(logits[position - 1], temperature)
        likely = np.argsort(-after, kind="stable")[:SHOWN]
        draw_distribution(scene, 640, [self.show(int(k)) for k in likely], after[likely])
        written = self.write(self.snapshots[trained], letters, temperature, again)
        draw_text(scene, 250, written)
        colored = f" Unit {unit} is {number(float(states[position - 1][unit - 1]))} after it." if unit else ""
        return scene, (
            f"After '{text[:position]}' the likeliest next letter is '{self.show(int(likely[0]))}' with probability "
            f"{number(float(after[likely[0]]))}, at temperature {temperature}, after {trained} steps of training."
            f"{colored}"
        )

    def read(self, text: str) -> np.ndarray:
        """Return the text as indices; Trouble where a letter is unknown."""
        if not text:
            raise Trouble("There is no text to read; write a few letters into the field.")
        try:
            return self.corpus.encode(text)
        except ValueError:
            strange = " ".join(sorted(set(text) - set(self.corpus.letters)))
            absent = ", ".join(sorted(set(ascii_lowercase) - set(self.corpus.letters)))
            raise Trouble(
                f"The model has never seen {strange}; use spaces, full stops and small letters, all but {absent}."
            ) from None

    def run(self, parameters: Parameters, letters: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the states and the logits after each letter, by the student's own steps."""
        E, W, U, b, V, b_out = parameters
        h, states, logits = np.zeros((1, len(W))), [], []
        for letter in letters:
            h = self.step(E[[letter]], h, W, U, b, shape=(1, len(W)))
            states.append(h[0])
            logits.append(V @ h[0] + b_out)
        return states, logits

    def probabilities(self, logits: np.ndarray, temperature: float) -> np.ndarray:
        return self.softmax(logits, temperature, shape=logits.shape)

    def write(self, parameters: Parameters, letters: np.ndarray, temperature: float, again: int) -> str:
        """Return the text, and what the model writes on; `again` counts the tries."""
        E, W, U, b, V, b_out = parameters
        rng = np.random.default_rng([self.seed, again])
        h = self.run(parameters, letters)[0][-1][np.newaxis]
        written = list(letters)
        for _ in range(WRITTEN):
            p = self.probabilities(V @ h[0] + b_out, temperature)
            if not np.isclose(p.sum(), 1):
                raise Trouble(
                    f"softmax_with_temperature returns probabilities that add up to {number(p.sum(), 3)}, not to 1."
                )
            written.append(int(rng.choice(len(p), p=p / p.sum())))
            h = self.step(E[[written[-1]]], h, W, U, b, shape=(1, len(W)))
        return self.corpus.decode(np.array(written))

    def show(self, letter: int) -> str:
        """Return a letter as it is drawn: a space and the end of a line can be seen."""
        return {" ": "␣", "\n": "↵"}.get(self.corpus.letters[letter], self.corpus.letters[letter])


def draw_letter(scene: Scene, x: float, letter: str, state: np.ndarray, expected: str, chosen: bool) -> None:
    """Draw a letter, the state after it as a small gray picture, and the letter that is expected next."""
    side = int(np.ceil(np.sqrt(len(state))))
    picture = np.full(side * side, 0.5)
    picture[: len(state)] = (state + 1) / 2
    scene.text(x + 13, 200, letter, 17, anchor="middle")
    scene.line((x + 13, 186), (x + 13, 160), weight=THIN, arrow=True)
    scene.image(picture.reshape(side, side), x, 128, 26, 26)
    scene.line((x + 13, 122), (x + 13, 96), weight=THIN, arrow=True)
    scene.text(x + 13, 80, expected, 17, "muted", "middle")
    if chosen:
        scene.frame(x - 3, 60, 32, 156)


def draw_unit(scene: Scene, x: float, value: float) -> None:
    """Color a letter by one unit of the state after it, and put its sign below."""
    scene.rect(x - 1, 188, 28, 24, fill=POSITIVE if value > 0 else NEGATIVE, opacity=round(0.6 * abs(value), 2))
    scene.text(x + 13, 224, "+" if value > 0.2 else "\u2212" if value < -0.2 else "", SMALL, "muted", "middle")


def draw_distribution(scene: Scene, left: float, letters: list[str], probabilities: np.ndarray) -> None:
    scene.heading(left, 12, "Next letter", "after the framed one")
    for line, (letter, probability) in enumerate(zip(letters, probabilities)):
        y = 58 + 26 * line
        scene.text(left + 8, y + 9, letter, 17, anchor="middle")
        scene.rect(left + 24, y, max(1, 150 * float(probability)), 18, fill=FOCUS)
        scene.text(left + 32 + 150 * float(probability), y + 9, number(float(probability)), SMALL, "muted")


def draw_text(scene: Scene, top: float, text: str) -> None:
    """Write a text line by line."""
    scene.text(4, top, "Writing on", bold=True)
    lines = [line[start : start + 100] for line in text.split("\n") for start in range(0, max(len(line), 1), 100)]
    for number_of_line, line in enumerate(lines[:5]):
        scene.text(4, top + 28 + 24 * number_of_line, line)


@cache
def small_snapshots() -> Mapping[int, Parameters]:
    """Return a small language model at the beginning of its training, after some and after more steps."""
    corpus, rng = character_corpus(), np.random.default_rng(0)
    M, D, H = len(corpus.letters), 12, 36
    E, W, U = 0.3 * rng.normal(size=(M, D)), orthogonal((H, H), rng), xavier_uniform((H, D), rng)
    parameters = [E, W, U, np.zeros(H), xavier_uniform((M, H), rng), np.zeros(M)]
    squares, snapshots = [np.zeros_like(p) for p in parameters], {0: [p.copy() for p in parameters]}
    for step in range(1, 201):
        grads, _ = clip_grad_norm(gradients(parameters, *corpus.batch(32, 25, rng)), 1.0)
        for parameter, grad, square in zip(parameters, grads, squares):
            square += 0.05 * (grad**2 - square)
            parameter -= 0.005 * grad / (np.sqrt(square) + 1e-4)
        if step in (20, 60, 200):
            snapshots[step] = [p.copy() for p in parameters]
    return snapshots


def gradients(parameters: Parameters, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """Return the gradients of the six arrays for letters x (N, T) and the letters after them, y (N, T)."""
    E, W, U, b, V, b_out = parameters
    vectors, embedded = embedding_forward(x, E)
    h, kept = rnn_forward(vectors, np.zeros((len(x), len(W))), W, U, b)
    _, grad_h, grad_V, grad_b_out = language_model_loss(h, V, b_out, y)
    grad_vectors, _, grad_W, grad_U, grad_b = rnn_backward(grad_h, kept)
    return [embedding_backward(grad_vectors, embedded), grad_W, grad_U, grad_b, grad_V, grad_b_out]
