"""Unit 04: a filter on a small image, filters on a photograph, one that is learned, and the wires of a convolution."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from dltools import nn
from dltools.figures import (
    BLUE,
    DASHED,
    DOTTED,
    FOCUS,
    HAIR,
    LARGE,
    LEGIBLE,
    NEGATIVE,
    NORMAL,
    ORANGE,
    POSITIVE,
    PURPLE,
    SMALL,
    SOLID,
    THICK,
    THIN,
    WIDTH,
    Controls,
    Scene,
    Student,
    SvgLab,
    Trouble,
    choice,
    counted,
    field,
    number,
    pixels_text,
    read_pixels,
    short,
    signed,
    slider,
    steps,
    switch,
)
from dltools.training.images import brought, sample_image

IMAGE = np.array(
    [
        [1, 0, 0, 0, 0, 1],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 1, 0, 0],
        [1, 0, 0, 0, 1, 0],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 0, 1, 0],
    ],
    dtype=float,
)
"""The image of the worked example."""
SIDE = len(IMAGE)
PLAIN, SIGNS = ("panel", "panel"), (POSITIVE, NEGATIVE)


def notes_filter(name: str, size: int) -> np.ndarray:
    """A filter of the worked example in any size: "1" has 1 on the diagonal, "2" in the middle column, else -1."""
    middle = np.zeros((size, size))
    middle[:, size // 2] = 1
    return 2 * (np.eye(size) if name == "1" else middle) - 1


def read_filter(text: str) -> np.ndarray:
    """Read rows of numbers separated by "/". Raises Trouble if they are no square of 1 to 5 numbers a side."""
    try:
        rows = [[float(entry) for entry in row.split()] for row in text.split("/")]
    except ValueError as error:
        raise Trouble(
            f"Your own filter holds something that is no number ({error}); write rows like 1 0 / 0 1."
        ) from None
    if not 1 <= len(rows) <= 5 or any(len(row) != len(rows) for row in rows):
        counts = ", ".join(str(len(row)) for row in rows)
        raise Trouble(f"Your own filter has rows of {counts} numbers; it must be a square of 1 to 5 rows and columns.")
    return np.array(rows)


def read_image(text: str) -> np.ndarray:
    """Read six rows of six digits. Raises Trouble."""
    return read_pixels(text, SIDE, "The image", "six rows of six digits, like 100001, separated by spaces")


def filter_text(weight: np.ndarray) -> str:
    return " / ".join(" ".join(f"{entry:g}" for entry in row) for row in weight)


def four_d(matrix: np.ndarray) -> np.ndarray:
    """Return an image or a filter (H, W) with its axes for batch and channel, (1, 1, H, W)."""
    return matrix[np.newaxis, np.newaxis]


def convolution_lab(conv2d_forward: Callable[..., Any]) -> SvgLab:
    """Move a filter over a small image and see what your conv2d_forward makes of it, number by number."""
    return ConvolutionLab(conv2d_forward)


@dataclass
class Place:
    """Where the window is, and what it sees."""

    image: np.ndarray
    weight: np.ndarray
    bias: float
    S: int
    P: int
    row: int
    column: int

    @property
    def F(self) -> int:
        return len(self.weight)

    @property
    def size(self) -> int:
        return output_size(self.F, self.S, self.P)

    @property
    def top(self) -> int:
        return self.row * self.S

    @property
    def left(self) -> int:
        return self.column * self.S

    @property
    def window(self) -> np.ndarray:
        return np.pad(self.image, self.P)[self.top : self.top + self.F, self.left : self.left + self.F]

    @property
    def center(self) -> tuple[int, int]:
        """The pixel in the middle of the window, counted without the padding, kept inside the image."""
        inside = np.clip((self.top + self.F // 2 - self.P, self.left + self.F // 2 - self.P), 0, SIDE - 1)
        return int(inside[0]), int(inside[1])


class ConvolutionLab(SvgLab):
    title = "A filter moves over an image"
    alt = (
        "A 6 by 6 image with a 3 by 3 window in its upper left corner; filter 1 and the nine products "
        "of window and filter; the 4 by 4 output of conv2d_forward, whose first number is 3."
    )
    groups: ClassVar = {
        "Window": ("row", "column"),
        "Shape": ("F", "S", "P"),
        "Weights": ("filter", "own", "bias"),
        "Image": ("pixels",),
        "View": ("view", "spread"),
    }
    question = "How many rows and columns has the output?"
    choices = tuple(f"{n} × {n}" for n in range(1, 11))
    hides = ("F", "S", "P")
    plays = ("row", "column")

    def __init__(self, conv2d_forward: Callable[..., Any]) -> None:
        self.student = Student(conv2d_forward, "conv2d_forward")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "row": slider("output row", 0, 3, 0),
            "column": slider("output column", 0, 3, 0),
            "view": choice("view", ["forward", "backward"]),
            "spread": choice("gradient 1 at", ["this output", "every output"]),
            "F": slider("filter size F", 1, 5, 3),
            "S": slider("stride S", 1, 3, 1),
            "P": slider("padding P", 0, 2, 0),
            "filter": choice("filter", ["1", "2", "own"]),
            "own": field("own filter", "0 1 0 / 1 -4 1 / 0 1 0", "Rows of numbers, separated by a slash"),
            "bias": slider("bias b", -3, 3, 0),
            "pixels": field("pixels, row by row", pixels_text(IMAGE), "Or click them in the picture"),
        }

    def adjust(self, view: str, F: int, S: int, P: int, filter: str, own: str, **_: Any) -> None:
        self.control["own"].disabled, self.control["F"].disabled = filter != "own", filter == "own"
        self.control["spread"].disabled, self.control["bias"].disabled = view == "forward", view != "forward"
        if filter == "own":
            self.control["F"].value = F = len(read_filter(own))
        for name in ("row", "column"):
            self.control[name].max = output_size(F, S, P) - 1

    def answer(self, F: int, S: int, P: int, **_: Any) -> str:
        return f"{output_size(F, S, P)} × {output_size(F, S, P)}"

    def draw(
        self, filter: str, own: str, F: int, view: str, spread: str, pixels: str, **place: Any
    ) -> tuple[Scene, str]:
        at = Place(read_image(pixels), self.weight(filter, own, F), **place)
        drawn = self.forward(at) if view == "forward" else self.backward(at, spread == "every output")
        let_touch(drawn[0], at, self.revealed, view == "forward")
        return drawn

    def weight(self, filter: str, own: str, F: int, **_: Any) -> np.ndarray:
        return read_filter(own) if filter == "own" else notes_filter(filter, F)

    def touched(self, *part: Any) -> dict[str, Any]:
        """What a click on a pixel or a weight sets, and a drag of the window."""
        name, a, b, *more = part
        if name == "pixel":
            image = read_image(self.values["pixels"])
            image[a, b] = more[0]
            return {"pixels": pixels_text(image)}
        weight = self.weight(**self.values)
        if name == "weight":
            weight[a, b] = np.clip(weight[a, b] + more[0], -9, 9)
            return {"filter": "own", "own": filter_text(weight)}
        at = Place(IMAGE, weight, 0, self.values["S"], self.values["P"], 0, 0)
        step = at.S * input_cell(at)
        corner = {"row": b - TOP - at.F * input_cell(at), "column": a - INPUT - at.F * input_cell(at)}
        return {line: int(np.clip(round(way / step), 0, at.size - 1)) for line, way in corner.items()}

    def forward(self, at: Place) -> tuple[Scene, str]:
        """Draw how the window gathers one output."""
        scene = new_scene(at, at.F)
        arguments = four_d(at.image), four_d(at.weight), np.array([float(at.bias)]), at.S, at.P
        out = self.attempt(self.student, *arguments, shape=(1, 1, at.size, at.size))
        draw_input(
            scene,
            at,
            np.pad(at.image, at.P),
            "Input 6 × 6",
            "the image, padded" if at.P else "the image",
        )
        draw_filter(scene, at, "Products", "window · filter", at.window * at.weight)
        draw_output(scene, at, None if out is None else out[0, 0], self.revealed, "Output", "of your conv2d_forward")
        draw_flow(scene, back=False)
        terms = list(zip(at.window.ravel(), at.weight.ravel()))
        total = unfold(scene, "This output by hand: pixel · weight", terms, at.F, at.bias)
        draw_formula(scene, at, self.revealed)
        said = f"Output ({at.row}, {at.column}): the products sum to {number(total)}, plus the bias {number(at.bias)} "
        said += f"gives {number(total + at.bias)}."
        if out is None or not self.revealed:
            return scene, said
        return scene, said + self.judge(scene, at, out[0, 0], total + at.bias)

    def judge(self, scene: Scene, at: Place, out: np.ndarray, by_hand: float) -> str:
        """Say whether the student's number is the one computed by hand."""
        yours = out[at.row, at.column]
        if np.isclose(yours, by_hand):
            return f" Your conv2d_forward returns {number(yours)}, the same."
        mark_wrong(scene, at, at.row, at.column)
        return f" Your conv2d_forward returns {number(yours)} here, which is not the same."

    def backward(self, at: Place, everywhere: bool) -> tuple[Scene, str]:
        """Draw how a gradient of the output spreads over the input."""
        grad_out = np.zeros((at.size, at.size))
        grad_out[... if everywhere else (at.row, at.column)] = 1
        windows = [  # (gradient, weight) of every output whose window holds the pixel in the middle
            (grad_out[i, j], at.weight[r, c])
            for i, j in np.ndindex(at.size, at.size)
            for r, c in [(at.center[0] + at.P - i * at.S, at.center[1] + at.P - j * at.S)]
            if 0 <= r < at.F and 0 <= c < at.F and grad_out[i, j]
        ]
        scene = new_scene(at, max(1, -(-len(windows) // 5)))
        grad_x = self.nudge(at, grad_out)
        empty = np.full((SIDE, SIDE), np.nan)
        measured = np.pad(empty if grad_x is None else grad_x, at.P, constant_values=np.nan)
        draw_input(scene, at, measured, "Gradient of the input", "measured: each pixel nudged, through your code")
        draw_filter(scene, at, "Spread", "gradient · filter", at.weight * grad_out[at.row, at.column])
        draw_output(scene, at, grad_out, self.revealed, "Gradient of the output", "as it comes from above")
        draw_flow(scene, back=True)
        cell = input_cell(at)
        i, j = at.center
        middle = INPUT + (j + at.P + 0.5) * cell, TOP + (i + at.P + 0.5) * cell
        scene.circle(*middle, 0.42 * cell, stroke="text", weight=THIN, dash=DASHED)
        total = unfold(scene, f"Pixel {at.center} by hand: gradient · weight, window by window", windows, 5, None)
        draw_formula(scene, at, self.revealed)
        count = counted(len(windows), "window")
        said = f"Pixel {at.center} gets a gradient from {count}; gradient times weight sums to {number(total)}."
        if grad_x is None:
            return scene, said
        return scene, said + f" Measured through your conv2d_forward: {number(grad_x[at.center])}" + (
            ", the same." if np.isclose(grad_x[at.center], total) else ", which is not the same."
        )

    def nudge(self, at: Place, grad_out: np.ndarray) -> np.ndarray | None:
        """Return the gradient of (grad_out * out).sum(): what it gains when one pixel gains 1, all in one batch."""
        images = np.concatenate([np.zeros((1, 1, SIDE, SIDE)), np.eye(SIDE**2).reshape(-1, 1, SIDE, SIDE)])
        shape = (len(images), 1, at.size, at.size)
        out = self.attempt(self.student, images, four_d(at.weight), np.zeros(1), at.S, at.P, shape=shape)
        return None if out is None else ((out[1:, 0] - out[0, 0]) * grad_out).sum(axis=(1, 2)).reshape(SIDE, SIDE)


# The parts of the ConvolutionLab's picture: input at the left, filter and products in the middle, output at the right.

INPUT, MIDDLE, OUTPUT, TOP, BELOW = 4, 336, 516, 46, 376


def new_scene(at: Place, lines: int) -> Scene:
    return Scene(WIDTH, BELOW + max(48 + 22 * lines + 30, 128))


def draw_input(scene: Scene, at: Place, values: np.ndarray, heading: str, note: str) -> None:
    scene.heading(INPUT, 12, heading, note)
    cell = input_cell(at)
    scene.matrix(values, INPUT, TOP, cell, border=at.P)
    scene.frame(INPUT + at.left * cell, TOP + at.top * cell, at.F * cell, at.F * cell)


def draw_filter(scene: Scene, at: Place, heading: str, note: str, products: np.ndarray) -> None:
    cell = min(38, 124 / at.F)
    height = at.F * cell
    scene.heading(MIDDLE, 12, f"Filter {at.F} × {at.F}", "the shared weights")
    scene.matrix(at.weight, MIDDLE, TOP, cell)
    scene.heading(MIDDLE, TOP + height + 38, heading, note)
    scene.matrix(products, MIDDLE, TOP + height + 72, cell)
    scene.frame(MIDDLE, TOP + height + 72, height, height)


def draw_output(scene: Scene, at: Place, values: np.ndarray | None, revealed: bool, heading: str, note: str) -> None:
    if values is None or not revealed:
        scene.heading(OUTPUT, 12, heading, "" if revealed else "predict its size first")
        scene.unknown(OUTPUT, TOP, 176, 176)
        return
    cell = output_cell(at)
    scene.heading(OUTPUT, 12, f"{heading} {at.size} × {at.size}", note)
    scene.matrix(values, OUTPUT, TOP, cell)
    scene.frame(OUTPUT + at.column * cell, TOP + at.row * cell, cell, cell)


def draw_flow(scene: Scene, back: bool) -> None:
    """Draw the arrows between input, products and output; a gradient flows back."""
    for left, right in ((INPUT + 296, MIDDLE - 10), (MIDDLE + 134, OUTPUT - 14)):
        ends = ((right, TOP + 243), (left, TOP + 243)) if back else ((left, TOP + 243), (right, TOP + 243))
        scene.line(*ends, weight=THIN, arrow=True)


def input_cell(at: Place) -> float:
    return min(44, 284 / (SIDE + 2 * at.P))


def output_cell(at: Place) -> float:
    return min(44, 282 / at.size)


def let_touch(scene: Scene, at: Place, revealed: bool, forward: bool) -> None:
    """Outputs can be chosen, pixels painted, weights changed, the window dragged by its lower right corner."""
    cell, small = input_cell(at), min(38, 124 / at.F)
    for (i, j), pixel in np.ndenumerate(at.image if forward else at.image[:0]):
        box = INPUT + (j + at.P) * cell, TOP + (i + at.P) * cell, cell, cell
        label = f"pixel row {i}, column {j}: {number(pixel)}"
        scene.target("Image", box, label, touch=["pixel", i, j], kind="paint", ink=0 if pixel else 1)
    for (i, j), weight in np.ndenumerate(at.weight):
        box = MIDDLE + j * small, TOP + i * small, small, small
        label = f"weight row {i}, column {j}: {number(weight)}"
        scene.target("Filter", box, label, touch=["weight", i, j], kind="step")
    let_touch_outputs(scene, at, revealed, forward)
    corner = INPUT + (at.left + at.F) * cell, TOP + (at.top + at.F) * cell
    where, step = f"window at output row {at.row}, column {at.column}", [at.S * cell, at.S * cell]
    scene.target("Window", (corner[0] - 7, corner[1] - 7, 14, 14), where, touch=["window"], kind="move", step=step)


def let_touch_outputs(scene: Scene, at: Place, revealed: bool, forward: bool) -> None:
    big, small = output_cell(at), input_cell(at)
    padded, weights = np.pad(at.image, at.P), [signed(weight) for weight in at.weight.ravel()]
    for row, column in np.ndindex(*2 * (at.size if revealed else 0,)):
        there = Place(at.image, at.weight, at.bias, at.S, at.P, row, column)
        box = OUTPUT + column * big, TOP + row * big, big, big
        frame = INPUT + there.left * small, TOP + there.top * small, at.F * small, at.F * small
        window = padded[there.top : there.top + at.F, there.left : there.left + at.F]
        total = f" + {signed(at.bias)} = {number(float((window * at.weight).sum()) + at.bias)}"
        terms = " + ".join(f"{number(pixel)} · {weight}" for pixel, weight in zip(window.ravel().tolist(), weights))
        say = f"by hand {terms}{total}" if forward else ""
        label = f"output row {row}, column {column}"
        scene.target("Output", box, label, say=say, frame=frame, set={"row": row, "column": column})


def mark_wrong(scene: Scene, at: Place, row: int, column: int) -> None:
    cell = output_cell(at)
    scene.differs(OUTPUT + column * cell, TOP + row * cell, cell)


def unfold(scene: Scene, heading: str, terms: list[tuple[Any, Any]], per_row: int, bias: float | None) -> float:
    """Write a sum of products in rows, with the sum of each row at its end; return the sum."""
    scene.text(INPUT, BELOW + 8, heading, bold=True)
    rows = [terms[start : start + per_row] for start in range(0, len(terms), per_row)]
    for line, row in enumerate(rows):
        y = BELOW + 38 + 22 * line
        for place, (a, b) in enumerate(row):
            scene.text(INPUT + 34 + 86 * place, y, f"{number(a)} · {signed(b)}", anchor="middle")
            if place + 1 < len(row):
                scene.text(INPUT + 77 + 86 * place, y, "+", color="muted", anchor="middle")
        scene.text(INPUT + 86 * len(row), y, f"= {number(sum(a * b for a, b in row))}", color="muted")
    total = float(sum(a * b for a, b in terms))
    result = f"sum {number(total)}" + ("" if bias is None else f"  +  bias {number(bias)}  =  {number(total + bias)}")
    scene.text(INPUT, BELOW + 44 + 22 * len(rows), result, bold=True)
    return total


def draw_formula(scene: Scene, at: Place, revealed: bool) -> None:
    """Write the size formula with its numbers."""
    way = SIDE - at.F + 2 * at.P
    scene.text(OUTPUT, BELOW + 8, "Rows, and columns, of the output", bold=True)
    scene.text(OUTPUT, BELOW + 38, "(H − F + 2P) / S + 1, rounded down", color="muted")
    scene.text(OUTPUT, BELOW + 62, f"({SIDE} − {at.F} + 2 · {at.P}) / {at.S} + 1 = {at.size if revealed else '?'}", 17)
    left_over = f", {way % at.S} left over" if way % at.S else ""
    scene.text(OUTPUT, BELOW + 90, f"{counted(way, 'pixel')} to move, {at.S} at a time{left_over};", SMALL, "muted")
    scene.text(OUTPUT, BELOW + 108, "and 1 for where it starts", SMALL, "muted")


def output_size(F: int, S: int, P: int) -> int:
    return (SIDE - F + 2 * P) // S + 1  # W' = (W - F + 2P) / S + 1


# Filters on a photograph.

FILTERS = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "blur": [[1 / 16, 1 / 8, 1 / 16], [1 / 8, 1 / 4, 1 / 8], [1 / 16, 1 / 8, 1 / 16]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "vertical edges": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "horizontal edges": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "all edges": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "filter 1 of this unit": notes_filter("1", 3).tolist(),
    "filter 2 of this unit": notes_filter("2", 3).tolist(),
}


@cache
def photograph(name: str) -> np.ndarray:
    """Return a photograph of scikit-learn in gray, (64, 96) between 0 and 1, rounded so that work by hand agrees."""
    gray = Image.open(brought(f"images/{name}.jpg")).convert("L").resize((96, 64), Image.Resampling.BOX)
    return np.round(np.asarray(gray) / 255, 2)


def filters_lab(conv2d_forward: Callable[..., Any]) -> SvgLab:
    """See what small filters make of a photograph, computed by your conv2d_forward."""
    return FiltersLab(conv2d_forward)


class FiltersLab(SvgLab):
    title = "Filters on a photograph"
    alt = (
        "A gray photograph of a temple, and beside it what conv2d_forward makes of it with a filter for vertical edges."
    )
    groups: ClassVar = {
        "Filter": ("filter", "own"),
        "Layer": ("photo", "S", "relu"),
        "Look at": ("row", "column"),
    }
    question = "Where the photograph is even, such as the sky, the output will be"
    choices = ("as bright as the photograph", "brighter", "zero", "negative")
    hides = ("filter", "own")
    waits: ClassVar = {"relu": None}
    plays = ("column",)

    def __init__(self, conv2d_forward: Callable[..., Any]) -> None:
        self.student = Student(conv2d_forward, "conv2d_forward")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "filter": choice("filter", [*FILTERS, "own"], "vertical edges"),
            "own": field("own filter", "0 1 0 / 1 -4 1 / 0 1 0", "Rows of numbers, separated by a slash"),
            "photo": choice("photograph", [("temple", "china"), ("flower", "flower")]),
            "S": slider("stride S", 1, 3, 1),
            "relu": switch("ReLU after it"),
            "row": slider("output row", 0, 63, 8),
            "column": slider("output column", 0, 95, 32),
        }

    def weight(self, filter: str, own: str) -> np.ndarray:
        return read_filter(own) if filter == "own" else np.array(FILTERS[filter], dtype=float)

    def adjust(self, filter: str, own: str, S: int, **_: Any) -> None:
        self.control["own"].disabled = filter != "own"
        F = len(self.weight(filter, own))
        self.control["row"].max, self.control["column"].max = ((side - F + 2 * (F // 2)) // S for side in (64, 96))

    def answer(self, filter: str, own: str, **_: Any) -> str:
        total = round(float(self.weight(filter, own).sum()), 6)  # an even patch of gray g gives g times this sum
        return "zero" if total == 0 else "negative" if total < 0 else "brighter" if total > 1 else self.choices[0]

    def draw(self, filter: str, own: str, photo: str, S: int, row: int, column: int, relu: bool) -> tuple[Scene, str]:
        weight, x, scene = self.weight(filter, own), photograph(photo), Scene(WIDTH, 486)
        scene.height += 34 * (len(weight) == 5)  # its cells are as large as those of a smaller filter
        P, shape = len(weight) // 2, (self.control["row"].max + 1, self.control["column"].max + 1)
        arguments = four_d(x), four_d(weight), np.zeros(1), S, P
        out = self.attempt(self.student, *arguments, shape=(1, 1, *shape))
        window = np.pad(x, P)[row * S : row * S + len(weight), column * S : column * S + len(weight)]
        total = float((window * weight).sum())
        draw_photograph(scene, LEFT, "Photograph", "0 is black, 1 is white", x, (row * S, column * S), len(weight))
        draw_numbers(scene, window, weight, total)
        said = f"Output ({row}, {column}) by hand: the products sum to {number(total, 4)}."
        if out is None or not self.revealed:
            note = "" if self.revealed else "say first what it does to an even patch"
            scene.heading(RIGHT, 12, "Output", note)
            scene.unknown(RIGHT, TOP, *PHOTO)
            return scene, said
        seen = np.maximum(out[0, 0], 0) if relu else out[0, 0]
        shown, note = as_grays(seen)
        draw_photograph(scene, RIGHT, f"Output {shape[0]} × {shape[1]}", note, shown, (row, column), 1)
        said += f" Your conv2d_forward returns {number(out[0, 0, row, column], 4)}"
        said += f", after the ReLU {number(seen[row, column], 4)}." if relu else "."
        return scene, said


LEFT, RIGHT, PHOTO = 4, 414, (382, 255)


def draw_photograph(
    scene: Scene, x: float, heading: str, note: str, pixels: np.ndarray, at: tuple[int, int], size: int
) -> None:
    """Draw an image, a window of `size` pixels around the pixel `at`, and a ring to find it."""
    across, down = PHOTO[0] / pixels.shape[1], PHOTO[1] / pixels.shape[0]
    scene.heading(x, 12, heading, note)
    scene.image(pixels, x, TOP, *PHOTO)
    half = size / 2 - 0.5
    left, top = x + (at[1] - half) * across, TOP + (at[0] - half) * down
    middle = left + size * across / 2, top + size * down / 2
    scene.circle(*middle, 14, stroke="#ffffff", weight=THICK + 2)
    scene.circle(*middle, 14, stroke=FOCUS, weight=THICK)
    scene.rect(left, top, size * across, size * down, stroke=FOCUS, weight=THIN)


def draw_numbers(scene: Scene, window: np.ndarray, weight: np.ndarray, total: float) -> None:
    """Draw window, filter and products side by side: what the marked output is made of."""
    side = 126 if len(weight) < 5 else 160
    cell = side / len(weight)
    parts = (("Window", window, PLAIN), ("Filter", weight, SIGNS), ("Products", window * weight, SIGNS))
    for place, (heading, values, colors) in enumerate(parts):
        x, y = LEFT + 190 * place, TOP + 290
        scene.text(x, y - 4, heading, bold=True)
        scene.matrix(values, x, y + 14, cell, colors)
        if place < 2:
            scene.text(x + (190 + side) / 2, y + 77, "×="[place], LARGE + 6, "muted", anchor="middle")
    scene.text(LEFT + 545, TOP + 367, "sum", NORMAL, "muted", anchor="middle")
    scene.line((LEFT + 520, TOP + 384), (LEFT + 572, TOP + 384), weight=THIN, arrow=True)
    scene.text(LEFT + 588, TOP + 383, number(total, 4), LARGE + 6, bold=True)


def as_grays(values: np.ndarray) -> tuple[np.ndarray, str]:
    """Return an output between 0 and 1 as it is, and any other with gray for 0; and what black and white mean."""
    if values.min() >= -1e-9 and values.max() <= 1 + 1e-9:
        return values, "0 is black, 1 is white"
    peak = float(np.quantile(np.abs(values), 0.98))
    return 0.5 + values / (2 * peak), f"gray is 0, black {number(-peak)} or less, white {number(peak)} or more"


# A filter that is learned.

STOPS = (0, 3, 10, 30, 100)
FOUND = 0.25
"""A filter is found when no weight is further than this from the one that was sought."""
THUMB = (102, 68)


def learned_lab(conv2d_forward: Callable[..., Any], conv2d_backward: Callable[..., Any]) -> SvgLab:
    """Watch a random filter become the one that made the edges shown, by your conv2d_forward and conv2d_backward."""
    return LearnedLab(conv2d_forward, conv2d_backward)


class LearnedLab(SvgLab):
    title = "A filter finds itself"
    alt = (
        "A random filter of 3 by 3 weights and what it makes of a photograph of a temple, beside the vertical edges "
        "that are wanted. Below, room for the film of its training: after 0, 3, 10, 30 and 100 steps."
    )
    question = "After how many steps is no weight more than 0.25 from the filter that is sought?"
    choices = ("3", "10", "30", "100", "not in 100")
    hides = ("wanted", "rate")
    waits: ClassVar = {"step": STOPS[1]}  # a taste of it
    plays = ("step",)

    def __init__(self, conv2d_forward: Callable[..., Any], conv2d_backward: Callable[..., Any]) -> None:
        self.student = Student(conv2d_forward, "conv2d_forward")
        self.descent = Student(
            partial(descend, conv2d_forward, conv2d_backward),
            "conv2d_forward or conv2d_backward",
            seconds=30,
            reference=partial(descend, nn.conv2d_forward, nn.conv2d_backward),
        )
        super().__init__()

    def controls(self) -> Controls:
        return {
            "wanted": choice("edges of", ["vertical edges", "horizontal edges", "all edges", "sharpen"]),
            "rate": steps("step size", (0.01, 0.1, 0.25, 0.3), 0.1),
            "step": steps("steps taken", STOPS, 0),
        }

    def sought(self, wanted: str) -> np.ndarray:
        return np.array(FILTERS[wanted], dtype=float)

    def run(self, wanted: str, rate: float, last: int = STOPS[-1]) -> list[tuple[np.ndarray, float]]:
        """Return the filter (3, 3) and the loss at each of STOPS up to the last one; none where a function fails."""
        return self.attempt(self.descent, self.sought(wanted), rate, last) or []

    def answer(self, wanted: str, rate: float, **_: Any) -> str:
        run = self.run(wanted, rate)
        found = [str(at) for at, (weight, _) in zip(STOPS, run) if off(weight, self.sought(wanted)) <= FOUND]
        return found[0] if found else self.choices[-1]

    def draw(self, wanted: str, rate: float, step: int) -> tuple[Scene, str]:
        scene, sought = Scene(WIDTH, 470), self.sought(wanted)
        at = STOPS.index(step)
        run = self.run(wanted, rate, STOPS[-1] if self.revealed else step) or [(first_filter(), np.nan)]
        weight, loss = run[min(at, len(run) - 1)]
        draw_filters(scene, weight, sought, STOPS[at])
        for x, heading, filter_ in ((166, "What it makes of the photograph", weight), (490, "What is wanted", sought)):
            scene.heading(x, 12, heading, "dark is negative, light is positive")
            self.output(scene, (x, TOP, 306, 204), filter_)
        scene.text(LEFT, 330, "The film" if self.revealed else "The film, to be predicted", bold=True)
        for place, (stop, (then, lost)) in enumerate(zip(STOPS, run)):
            self.frame_of(scene, LEFT + 160 * place, stop, then, lost, place == at)
        if np.isnan(loss):
            return scene, "The filter cannot be trained."
        return scene, (
            f"After {counted(STOPS[at], 'step')} the loss is {short(loss)}, and the weight that is furthest off is "
            f"{short(off(weight, sought))} from the one that is sought."
        )

    def output(self, scene: Scene, box: tuple[float, float, float, float], weight: np.ndarray) -> None:
        """Draw what the student's convolution makes of the photograph, as grays."""
        pixels = photograph("china")
        out = self.attempt(self.student, four_d(pixels), four_d(weight), np.zeros(1), 1, 1, shape=(1, 1, *pixels.shape))
        if out is None:
            scene.unknown(*box)
        else:
            scene.image(as_grays(out[0, 0])[0], *box)

    def frame_of(self, scene: Scene, x: float, stop: int, weight: np.ndarray, loss: float, here: bool) -> None:
        """Draw one picture of the film, which is gone to by a click."""
        y, name = 346, counted(stop, "step")
        grays = 0.5 + weight / (2 * max(float(np.abs(weight).max()), 1e-9))
        scene.image(grays, x, y, 42, 42)
        self.output(scene, (x + 46, y, *THUMB), weight)
        if here:
            scene.frame(x - 3, y - 3, 154, THUMB[1] + 6)
        scene.text(x, y + 88, name, bold=here)
        scene.text(x, y + 108, "" if np.isnan(loss) else f"loss {short(loss)}", SMALL, "muted")
        if self.revealed:
            scene.target(
                "Film", (x - 3, y - 3, 154, THUMB[1] + 6), f"after {counted(stop, 'step')}", set={"step": stop}
            )


def draw_filters(scene: Scene, weight: np.ndarray, sought: np.ndarray, step: int) -> None:
    """Draw the filter as it is, and the one that is sought."""
    scene.heading(LEFT, 12, "The filter", f"after {counted(step, 'step')}")
    scene.matrix(weight, LEFT, TOP, 46, SIGNS)
    scene.text(LEFT, TOP + 164, "sought:", SMALL, "muted")
    scene.matrix(sought, LEFT + 50, TOP + 156, 30, SIGNS)


def off(weight: np.ndarray, sought: np.ndarray) -> float:
    """Return how far the weight that is furthest off is from the one that is sought."""
    return float(np.abs(weight - sought).max())


def first_filter() -> np.ndarray:
    return np.random.default_rng(4).normal(size=(3, 3))


@cache
def roof() -> np.ndarray:
    """Return the part of the photograph on which unit 04 trains: (1, 1, 24, 24), of mean 0 and spread 1."""
    pixels = sample_image("china", every=1, gray=True)[0, 150:198:2, 250:298:2]
    return np.asarray((pixels - pixels.mean()) / pixels.std())[None, None]


def descend(
    forward: Callable[..., Any], backward: Callable[..., Any], sought: np.ndarray, rate: float, last: int
) -> list[tuple[np.ndarray, float]]:
    """Return the filter and the loss at each of STOPS up to the last one, by gradient descent from a random filter."""
    shown = nn.conv2d_forward(roof(), four_d(sought), np.zeros(1))[0]
    weight, bias, found = four_d(first_filter()), np.zeros(1), []
    for step in range(last + 1):
        out, cache = forward(roof(), weight, bias)
        error = out - shown
        if step in STOPS:
            found.append((weight[0, 0], float(np.mean(error**2))))
        _, grad_weight, grad_bias = backward(2 * error / error.size, cache)
        weight, bias = weight - rate * grad_weight, bias - rate * grad_bias
    return found


# The convolution as a fully connected layer.

WIRE_COLORS, WIRE_DASHES = (BLUE, ORANGE, PURPLE), (SOLID, DASHED, DOTTED)
"""The row of a weight in the filter gives its wires their color, the column their line style."""


def connections_lab(conv2d_forward: Callable[..., Any]) -> SvgLab:
    """See your conv2d_forward as a fully connected layer that has few wires, and these share their weights."""
    return ConnectionsLab(conv2d_forward)


class ConnectionsLab(SvgLab):
    title = "The convolution as a fully connected layer"
    alt = (
        "36 inputs above, 16 outputs below. Output 1 is wired to the inputs 1, 2, 3, 7, 8, 9, 13, 14 and 15 only; the "
        "nine wires carry the nine weights of the filter, and every other output has the same nine."
    )
    groups: ClassVar = {"Wires": ("output", "others"), "Layer": ("S", "filter")}
    question = "How many entries of the layer's matrix are not zero?"
    choices = ("9", "16", "36", "144", "324", "576")
    hides = ("S",)
    plays = ("output",)

    def __init__(self, conv2d_forward: Callable[..., Any]) -> None:
        self.student = Student(conv2d_forward, "conv2d_forward")
        super().__init__()

    def controls(self) -> Controls:
        return {
            "output": slider("output", 1, 16, 1),
            "others": choice("also show", ["no other output", "the next output", "every output"]),
            "S": slider("stride S", 1, 3, 1),
            "filter": choice("filter", ["1", "2"]),
        }

    def adjust(self, S: int, **_: Any) -> None:
        self.control["output"].max = output_size(3, S, 0) ** 2

    def answer(self, S: int, **_: Any) -> str:
        return str(9 * output_size(3, S, 0) ** 2)

    def wires(self, function: Callable[..., Any], S: int) -> np.ndarray:
        """Return, for every output and input, which weight (1 to 9) joins them, or 0: found out by asking the function.

        With the filter 1, 2, ..., 9 an image with one lit pixel answers with the number of the weight on each wire.
        """
        size = output_size(3, S, 0)
        pixels = np.eye(SIDE**2).reshape(-1, 1, SIDE, SIDE)
        answers = function(pixels, four_d(np.arange(1.0, 10).reshape(3, 3)), np.zeros(1), S, 0)
        return np.asarray(answers).reshape(SIDE**2, size**2).T

    def draw(self, output: int, others: str, S: int, filter: str) -> tuple[Scene, str]:
        size, weight = output_size(3, S, 0), notes_filter(filter, 3)
        wires = self.wires(lambda *given: self.student(*given, shape=(SIDE**2, 1, size, size)), S)
        out = self.student(four_d(IMAGE), four_d(weight), np.zeros(1), S, 0, shape=(1, 1, size, size)).ravel()
        if not np.isin(wires, range(10)).all():
            raise Trouble(
                "conv2d_forward adds more to an output than one weight for each pixel, so it cannot be drawn as wires; "
                "go to the cell that defines it, then run that cell and this one again."
            )
        scene = Scene(WIDTH, 536)
        draw_layer(scene, wires, IMAGE.ravel(), out, shown_outputs(output, others, len(wires)))
        draw_key(scene, weight)
        draw_matrix(scene, wires, output, self.revealed)
        joined = np.flatnonzero(wires[output - 1]) + 1
        said = f"Output {output} is wired to {len(joined)} of the 36 inputs: {', '.join(map(str, joined))}. "
        said += f"It returns {number(out[output - 1])}."
        return scene, said


def shown_outputs(output: int, others: str, count: int) -> list[int]:
    """Return the outputs, counted from 0, whose wires are drawn; the chosen one last, on top."""
    first = output - 1
    more = {"no other output": [], "the next output": [(first + 1) % count], "every output": list(range(count))}[others]
    return [other for other in more if other != first] + [first]


def draw_layer(scene: Scene, wires: np.ndarray, x: np.ndarray, out: np.ndarray, shown: list[int]) -> None:
    """Draw inputs above, outputs below, and the wires of the shown outputs."""
    top, bottom = 46.0, 236.0
    inputs = [(16 + 21.9 * i, top) for i in range(len(x))]
    outputs = [(400 + min(49, 760 / len(out)) * (i - (len(out) - 1) / 2), bottom) for i in range(len(out))]
    for o in shown:
        chosen = o == shown[-1]
        for pixel in np.flatnonzero(wires[o]):
            row, column = divmod(int(wires[o, pixel]) - 1, 3)
            start, end = (inputs[pixel][0], top + 11), (outputs[o][0], bottom - 15)
            weight, ink = (THICK, 1.0) if chosen else (HAIR + 0.2, 0.6)
            scene.curve(start, end, WIRE_COLORS[row], weight, WIRE_DASHES[column], vertical=True, opacity=ink)
    joined = wires[shown[-1]] > 0
    for i, (left, y) in enumerate(inputs):
        on = bool(joined[i])
        scene.circle(left, y, 10, "panel", "text" if on else "line", THICK if on else HAIR)
        scene.text(left, y, number(x[i]), SMALL, anchor="middle", bold=on)
        scene.text(left, y - 21, i + 1, LEGIBLE, "text" if on else "muted", anchor="middle", bold=on)
    for o, (left, y) in enumerate(outputs):
        on = o == shown[-1]
        scene.circle(left, y, 15, "panel", FOCUS if on else "line", THICK if on else HAIR)
        scene.text(left, y, number(out[o]), NORMAL, anchor="middle", bold=on)
        scene.text(left, y + 26, o + 1, LEGIBLE, "text" if on else "muted", anchor="middle", bold=on)
        scene.target("Outputs", (left - 15, y - 15, 30, 30), f"output {o + 1}: {number(out[o])}", set={"output": o + 1})
    scene.text(4, 8, "36 inputs: the pixels, row by row", SMALL, "muted")
    scene.text(4, bottom + 50, counted(len(out), "output"), SMALL, "muted")


def draw_key(scene: Scene, weight: np.ndarray) -> None:
    """Draw the filter: the number, the value and the kind of wire of each weight."""
    scene.heading(4, 314, "Filter 3 × 3", "nine weights, nine kinds of wire")
    for (row, column), value in np.ndenumerate(weight):
        x, y = 4 + 60 * column, 348 + 56 * row
        scene.rect(x, y, 60, 56, stroke="line")
        scene.text(x + 30, y + 18, f"w{3 * row + column + 1} = {number(value)}", SMALL, anchor="middle")
        scene.line((x + 10, y + 39), (x + 50, y + 39), color=WIRE_COLORS[row], weight=THICK, dash=WIRE_DASHES[column])


def draw_matrix(scene: Scene, wires: np.ndarray, output: int, revealed: bool) -> None:
    """Draw the layer's matrix: one row an output, one column an input, in each entry the number of its weight."""
    x, y, across, down = 226.0, 348.0, 15.8, min(11.0, 176 / len(wires))
    if not revealed:
        scene.heading(x, 314, "Matrix", "predict first how many of its entries are not zero")
        scene.unknown(x, y, 36 * across, 168)
        return
    count = int(np.count_nonzero(wires))
    note = f"{wires.size} entries; {count} are not zero, and these are 9 weights over and over"
    scene.heading(x, 314, f"Matrix {len(wires)} × 36", note)
    scene.rect(x, y, 36 * across, down * len(wires), stroke="line")
    for o, i in np.argwhere(wires):
        color = WIRE_COLORS[(int(wires[o, i]) - 1) // 3]
        left, top = x + across * i, y + down * o
        scene.rect(left, top, across, down, color, opacity=0.35)
        scene.text(left + across / 2, top + down / 2, int(wires[o, i]), LEGIBLE, anchor="middle", bold=o == output - 1)
    scene.frame(x, y + down * (output - 1), 36 * across, down)
