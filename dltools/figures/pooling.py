"""Unit 05: pooling windows on a digit, the whole CNN map by map, and two networks that watch a digit move."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np

from dltools.figures import (
    FOCUS,
    SMALL,
    THIN,
    Controls,
    Scene,
    Student,
    SvgLab,
    Trouble,
    choice,
    counted,
    field,
    number,
    slider,
)
from dltools.figures.readers import CANVAS, CLASSES, random_parameters, readers
from dltools.nn.activations import relu_forward
from dltools.nn.backpropagation import softmax
from dltools.nn.convolution import conv2d_forward
from dltools.training import digits

Function = Callable[..., Any]


def pooling_lab(
    max_pool2d_forward: Function,
    max_pool2d_backward: Function,
    avg_pool2d_forward: Function,
    avg_pool2d_backward: Function,
) -> SvgLab:
    """Pool a digit with your functions, move it, and see which pixels the gradient reaches."""
    return PoolingLab(
        {"maximum": max_pool2d_forward, "average": avg_pool2d_forward},
        {"maximum": max_pool2d_backward, "average": avg_pool2d_backward},
    )


def cnn_lab(
    cnn_forward: Function, max_pool2d_forward: Function, parameters: Sequence[np.ndarray] | None = None
) -> SvgLab:
    """See every activation map of your CNN for a digit that you place.

    parameters are the six arrays of `cnn_forward`, as trained; random ones if left out.
    """
    return CnnLab(cnn_forward, max_pool2d_forward, parameters)


def moving_lab(cnn: Function | None = None, fully_connected: Function | None = None) -> SvgLab:
    """Let your two trained networks watch a digit at all 81 places.

    Both take images (N, 1, 16, 16) to logits (N, 10). For what is left out there is a net of the course's own.
    """
    return MovingLab(cnn or readers()["CNN"], fully_connected or readers()["Two layers"])


# Pooling

FOUR = np.array(
    [
        [0, 0, 1, 11, 0, 0, 0, 0],
        [0, 0, 7, 8, 0, 0, 0, 0],
        [0, 1, 13, 6, 2, 2, 0, 0],
        [0, 7, 15, 0, 9, 8, 0, 0],
        [5, 16, 10, 0, 16, 6, 0, 0],
        [4, 15, 16, 13, 16, 1, 0, 0],
        [0, 0, 3, 15, 10, 0, 0, 0],
        [0, 0, 2, 16, 4, 0, 0, 0],
    ],
    dtype=float,
)
"""A four of the digits of the UCI repository, at the left edge."""
SIDE, CELL, INK = len(FOUR), 34, 16
INPUT, MIDDLE, RIGHT, TOP, BELOW = 4, 312, 606, 46, 350


class PoolingLab(SvgLab):
    title = "Pooling windows"
    alt = (
        "A handwritten four of 8 by 8 numbers, the largest number of each 2 by 2 window in a circle; the 4 by 4 output "
        "of max_pool2d_forward; and the output before the four moved by one pixel, with the changed numbers marked."
    )
    groups: ClassVar = {
        "Window": ("row", "column", "view"),
        "Shape": ("kind", "F", "S"),
        "Input": ("shift", "pixels"),
    }
    question = "The four has moved to the right. Compared with before, how many outputs have changed?"
    choices = ("none", "fewer than half", "half or more, not all", "all")
    hides = ("kind", "F", "S", "shift", "pixels")
    plays = ("row", "column")

    def __init__(self, forwards: dict[str, Function], backwards: dict[str, Function]) -> None:
        names = {"maximum": "max_pool2d", "average": "avg_pool2d"}
        self.forwards = {kind: Student(forwards[kind], f"{name}_forward") for kind, name in names.items()}
        self.backwards = {kind: Student(backwards[kind], f"{name}_backward") for kind, name in names.items()}
        super().__init__()

    def controls(self) -> Controls:
        return {
            "row": slider("output row", 0, 3, 2),
            "column": slider("output column", 0, 3, 1),
            "view": choice("view", ["forward", "backward"]),
            "kind": choice("pooling", ["maximum", "average"]),
            "F": slider("window size F", 1, 4, 2),
            "S": slider("stride S", 1, 4, 2),
            "shift": slider("pixels moved", 0, 2, 1),
            "pixels": field("pixels, row by row", numbers_text(FOUR), "Or click them in the picture"),
        }

    def adjust(self, F: int, S: int, **_: Any) -> None:
        for name in ("row", "column"):
            self.control[name].max = output_size(F, S) - 1

    def answer(self, kind: str, F: int, S: int, shift: int, pixels: str, **_: Any) -> str:
        image = read_numbers(pixels)
        changed = ~np.isclose(pooled(moved(image, shift), kind, F, S), pooled(image, kind, F, S))
        if changed.all() or not changed.any():
            return "all" if changed.all() else "none"
        return "fewer than half" if changed.mean() < 0.5 else "half or more, not all"

    def draw(
        self, view: str, kind: str, F: int, S: int, shift: int, row: int, column: int, pixels: str
    ) -> tuple[Scene, str]:
        image = read_numbers(pixels)
        x, size = moved(image, shift), output_size(F, S)
        window = x[row * S : row * S + F, column * S : column * S + F]
        scene = Scene(884, BELOW + 84)
        draw_numbers(scene, INPUT, "Input 8 × 8", "click paints; circles: a maximum", x)
        if kind == "maximum":
            draw_winners(scene, INPUT, x, F, S)
        scene.frame(INPUT + column * S * CELL, TOP + row * S * CELL, F * CELL, F * CELL)
        let_touch(scene, x, kind if view == "forward" else "", F, S, row, column)
        out = self.attempt(self.forwards[kind], x[None, None], F, S, shape=(1, 1, size, size))
        if out is None:
            return scene, "The output cannot be shown."
        if view == "backward":
            return scene, self.backward(scene, x, kind, F, S, row, column)
        said = self.forward(scene, out[0, 0], kind, window, row, column)
        return scene, said + self.compare(scene, image, out[0, 0], kind, F, S, shift)

    def touched(self, name: str, *part: Any) -> dict[str, Any]:
        """A pixel that is painted; or where the window is whose lower right corner is dragged to (x, y)."""
        if name == "pixel":
            row, column, ink = part
            image = read_numbers(self.values["pixels"])
            image[row, (column - self.values["shift"]) % SIDE] = ink
            return {"pixels": numbers_text(image)}
        x, y = part
        F, S, last = self.values["F"], self.values["S"], self.control["row"].max
        ways = {"row": (y - TOP) / CELL - F, "column": (x - INPUT) / CELL - F}
        return {line: int(np.clip(round(way / S), 0, last)) for line, way in ways.items()}

    def forward(self, scene: Scene, out: np.ndarray, kind: str, window: np.ndarray, row: int, column: int) -> str:
        """Draw the output, and how one number of it is made; return that in words."""
        name, size = self.forwards[kind].name, len(out)
        draw_numbers(scene, MIDDLE, f"Output {size} × {size}", f"of your {name}", out)
        scene.frame(MIDDLE + column * CELL, TOP + row * CELL, CELL, CELL)
        numbers = ", ".join(number(value) for value in window.ravel())
        by_hand = float(window.max() if kind == "maximum" else window.mean())
        scene.text(INPUT, BELOW + 8, f"This output by hand: the {kind} of its window", bold=True)
        scene.sum(INPUT, BELOW + 36, f"{numbers}   →   {number(by_hand)}")
        same = np.isclose(out[row, column], by_hand)
        if not same:
            mark(scene, MIDDLE, row, column)
        return f"Output ({row}, {column}) is {number(by_hand)}; your {name} returns {number(out[row, column])}" + (
            ", the same." if same else ", which is not the same."
        )

    def compare(self, scene: Scene, image: np.ndarray, out: np.ndarray, kind: str, F: int, S: int, shift: int) -> str:
        """Draw the output before the shift, the changed numbers marked; return how many they are."""
        size = len(out)
        if not self.revealed:
            scene.heading(RIGHT, 12, "Before the four moved", "predict first")
            scene.unknown(RIGHT, TOP, 4 * CELL, 4 * CELL)
            return ""
        before = self.attempt(self.forwards[kind], image[None, None], F, S, shape=(1, 1, size, size))
        if before is None:
            return ""
        draw_numbers(scene, RIGHT, "Before the four moved", "≠: the output has changed", before[0, 0])
        changed = np.argwhere(~np.isclose(before[0, 0], out))
        for row, column in changed:
            mark(scene, RIGHT, row, column)
        return f" Moving the four by {counted(shift, 'pixel')} changes {len(changed)} of {out.size} outputs."

    def backward(self, scene: Scene, x: np.ndarray, kind: str, F: int, S: int, row: int, column: int) -> str:
        """Draw the gradient from above and what the student's backward makes of it; return one pixel's sum in words."""
        size = output_size(F, S)
        grad_out = 1.0 + np.arange(size * size).reshape(size, size) % 4
        draw_numbers(scene, MIDDLE, "Gradient of the output", "as it comes from above", grad_out)
        scene.frame(MIDDLE + column * CELL, TOP + row * CELL, CELL, CELL)
        _, cache = self.forwards[kind](x[None, None], F, S, values=("out", "cache"))
        grad_x = self.attempt(self.backwards[kind], grad_out[None, None], cache, shape=(1, 1, SIDE, SIDE))
        name = self.backwards[kind].name
        if grad_x is None:
            return f"Your {name} gives no gradient yet."
        draw_numbers(scene, RIGHT, "Gradient of the input", f"of your {name}", grad_x[0, 0])
        scene.frame(RIGHT + column * S * CELL, TOP + row * S * CELL, F * CELL, F * CELL)
        shares = gradient_shares(x, kind, F, S, grad_out)
        by_hand = np.sum(list(shares.values()), axis=0)
        for i, j in np.argwhere(~np.isclose(grad_x[0, 0], by_hand)):
            mark(scene, RIGHT, i, j)
        i, j = winner(x, F, S, row, column)
        parts = [f"{number(share[i, j], 4)} from output {place}" for place, share in shares.items() if share[i, j]]
        scene.text(INPUT, BELOW + 8, f"Pixel ({i}, {j}) by hand: what it collects", bold=True)
        last = scene.sum(INPUT, BELOW + 36, "  +  ".join(parts) + f"  =  {number(by_hand[i, j], 4)}")
        scene.height = max(scene.height, last + 24)
        got = grad_x[0, 0, i, j]
        same = "the same" if np.isclose(got, by_hand[i, j]) else "which is not the same"
        return (
            f"Pixel ({i}, {j}), the first of the largest in the window, collects {number(by_hand[i, j], 4)} from "
            f"{counted(len(parts), 'window')}; your {name} returns {number(got, 4)}, {same}. "
            f"{np.count_nonzero(grad_x)} of {SIDE * SIDE} pixels get a gradient."
        )


def let_touch(scene: Scene, x: np.ndarray, kind: str, F: int, S: int, row: int, column: int) -> None:
    """Pixels are painted, outputs chosen (forward they tell their sum); the window is dragged by its lower corner."""
    size = output_size(F, S)
    for (i, j), pixel in np.ndenumerate(x):
        box, ink = (INPUT + j * CELL, TOP + i * CELL, CELL, CELL), 0 if pixel else INK
        label = f"pixel row {i}, column {j}: {number(pixel)}"
        scene.target("Input", box, label, touch=["pixel", i, j], kind="paint", ink=ink)
    for i, j in np.ndindex(size, size):
        numbers = ", ".join(number(value) for value in x[i * S : i * S + F, j * S : j * S + F].ravel())
        frame = INPUT + j * S * CELL, TOP + i * S * CELL, F * CELL, F * CELL
        say, label = kind and f"the {kind} of {numbers}", f"output row {i}, column {j}"
        box = MIDDLE + j * CELL, TOP + i * CELL, CELL, CELL
        scene.target("Output", box, label, say=say, frame=frame, set={"row": i, "column": j})
    corner = INPUT + (column * S + F) * CELL - 7, TOP + (row * S + F) * CELL - 7
    where = f"window at output row {row}, column {column}"
    scene.target("Window", (*corner, 14, 14), where, touch=["window"], kind="move", step=[S * CELL, S * CELL])


def output_size(F: int, S: int) -> int:
    return (SIDE - F) // S + 1  # W' = (W - F) / S + 1


def moved(image: np.ndarray, shift: int) -> np.ndarray:
    """Return an image, moved to the right."""
    return np.roll(image, shift, axis=1)


def numbers_text(image: np.ndarray) -> str:
    return " / ".join(" ".join(number(pixel) for pixel in row) for row in image)


def read_numbers(text: str) -> np.ndarray:
    """Read rows of numbers, separated by slashes (SIDE, SIDE). Raises Trouble."""
    try:
        image = np.array([[float(pixel) for pixel in row.split()] for row in text.split("/")])
    except ValueError:
        image = np.empty(0)
    if image.shape != (SIDE, SIDE) or not ((image >= 0) & (image <= INK)).all():
        raise Trouble(f"The pixels must be {SIDE} rows of {SIDE} numbers from 0 to {INK}, a slash between rows.")
    return image


def pooled(x: np.ndarray, kind: str, F: int, S: int) -> np.ndarray:
    """Return the maximum or the mean of every window of x (H, W)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (F, F))[::S, ::S]
    return np.asarray(windows.max(axis=(2, 3)) if kind == "maximum" else windows.mean(axis=(2, 3)))


def winner(x: np.ndarray, F: int, S: int, row: int, column: int) -> tuple[int, int]:
    """Return the place of the first maximum of a window."""
    window = x[row * S : row * S + F, column * S : column * S + F]
    i, j = np.unravel_index(window.argmax(), window.shape)
    return row * S + int(i), column * S + int(j)


def gradient_shares(
    x: np.ndarray, kind: str, F: int, S: int, grad_out: np.ndarray
) -> dict[tuple[int, int], np.ndarray]:
    """Return what each output sends back to every pixel, by the output's place."""
    shares = {}
    for row, column in np.ndindex(grad_out.shape):
        share = np.zeros_like(x)
        if kind == "maximum":
            share[winner(x, F, S, row, column)] = grad_out[row, column]
        else:
            share[row * S : row * S + F, column * S : column * S + F] = grad_out[row, column] / F**2
        shares[row, column] = share
    return shares


def draw_numbers(scene: Scene, left: float, heading: str, note: str, values: np.ndarray) -> None:
    scene.heading(left, 12, heading, note)
    scene.matrix(values, left, TOP, CELL)


def draw_winners(scene: Scene, left: float, x: np.ndarray, F: int, S: int) -> None:
    """Put a circle around the first maximum of every window."""
    size = output_size(F, S)
    for i, j in {winner(x, F, S, row, column) for row, column in np.ndindex(size, size)}:
        scene.circle(left + (j + 0.5) * CELL, TOP + (i + 0.5) * CELL, 0.44 * CELL, stroke="text", weight=THIN)


def mark(scene: Scene, left: float, row: int, column: int) -> None:
    scene.differs(left + column * CELL, TOP + row * CELL, CELL, inset=2)


# The whole CNN

EXAMPLES = 20
PLACES = CANVAS - 8 + 1


@cache
def examples() -> tuple[np.ndarray, np.ndarray]:
    """Return digits that nobody trained on: x (EXAMPLES, 1, 8, 8), y (EXAMPLES,)."""
    split = digits(validation=0, test=0.2, dtype=np.float32)
    return split.x_test[:EXAMPLES], split.y_test[:EXAMPLES]


def placed(digit: np.ndarray, row: int, column: int, side: int = CANVAS) -> np.ndarray:
    """Return a digit (1, 8, 8) at a place of an empty canvas: (1, 1, side, side)."""
    canvas = np.zeros((1, 1, side, side), digit.dtype)
    canvas[0, :, row : row + 8, column : column + 8] = digit
    return canvas


class CnnLab(SvgLab):
    title = "The whole CNN, map by map"
    alt = (
        "A handwritten digit on a canvas of 16 by 16 pixels and what the network makes of it from left to right: maps "
        "of the first convolution, the same after pooling, maps of the second convolution, the same after pooling, "
        "the flattened vector, and a bar for each of the ten classes. Below, one filter, its map and its pooled map."
    )
    groups: ClassVar = {"Digit": ("digit", "row", "column"), "Network": ("map", "weights")}
    plays = ("digit",)

    def __init__(
        self, cnn_forward: Function, max_pool2d_forward: Function, parameters: Sequence[np.ndarray] | None
    ) -> None:
        self.student = Student(cnn_forward, "cnn_forward")
        self.pool = Student(max_pool2d_forward, "max_pool2d_forward")
        given = {} if parameters is None else {"as given": list(parameters)}
        self.weights = given | {"random": random_parameters(self.rng())}
        super().__init__()

    def controls(self) -> Controls:
        return {
            "digit": slider("digit", 1, EXAMPLES, 1),
            "row": slider("row", 0, PLACES - 1, 4),
            "column": slider("column", 0, PLACES - 1, 4),
            "map": slider("filter", 1, len(self.weights["random"][0]), 1),
            "weights": choice("weights", list(self.weights)),
        }

    def adjust(self, weights: str, **_: Any) -> None:
        self.control["map"].max = len(self.weights[weights][0])

    def draw(self, digit: int, row: int, column: int, map: int, weights: str) -> tuple[Scene, str]:
        images, labels = examples()
        parameters = self.weights[weights]
        x = placed(images[digit - 1], row, column)
        logits = self.attempt(self.student, x, *parameters, shape=(1, len(parameters[-1])))
        stages = self.stages(x, parameters)
        scene = Scene(810, 508)
        draw_stages(scene, x[0, 0], stages, map - 1)
        draw_filter(scene, parameters[0][map - 1, 0], stages, map)
        if logits is None:
            return scene, "The logits cannot be shown."
        probabilities = softmax(logits[0])
        draw_bars(scene, 724, 62, probabilities, int(labels[digit - 1]), width=56)
        said, sure = int(probabilities.argmax()), float(probabilities.max())
        strongest = [int(place) for place in np.unravel_index(stages[1][map - 1].argmax(), stages[1].shape[1:])]
        return scene, (
            f"The network says {said} with probability {number(sure)}; the digit is {labels[digit - 1]}. "
            f"Filter {map} answers most at row {strongest[0]}, column {strongest[1]} of its pooled map."
        )

    def stages(self, x: np.ndarray, parameters: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the maps (K, H, W) after each of: convolution and relu, pooling, convolution and relu, pooling."""
        maps, out = [], x
        for weight, bias in (parameters[:2], parameters[2:4]):
            out = relu_forward(conv2d_forward(out, weight, bias, padding=1)[0])[0]
            maps.append(out[0])
            half = out.shape[2] // 2
            out = self.pool(out, 2, shape=(1, len(weight), half, half))
            maps.append(out[0])
        return maps


STAGES = (114, 236, 358, 518)
NAMES = ("conv, relu", "max pooling", "conv, relu", "max pooling")


def draw_stages(scene: Scene, image: np.ndarray, stages: list[np.ndarray], chosen: int) -> None:
    """Draw the image and all maps as small gray pictures, light where they answer, and the flattened vector."""
    scene.heading(4, 12, "image", f"{CANVAS} × {CANVAS}")
    scene.image(image, 4, 125, 98, 98)
    for left, name, maps, side in zip(STAGES, NAMES, stages, (54, 54, 36, 36)):
        scene.heading(left, 12, name, f"{len(maps)} maps of {maps.shape[1]} × {maps.shape[2]}")
        columns = -(-len(maps) // 4)
        for index, values in enumerate(maps):
            x, y = left + index % columns * (side + 2), 62 + index // columns * 56
            scene.image(values / max(float(maps.max()), 1e-12), x, y + (54 - side) / 2, side, side)
            if index == chosen and side == 54:
                scene.frame(x, y, side, side)
    vector = stages[-1].reshape(-1, 1)
    scene.heading(676, 12, "flatten", f"{len(vector)}")
    scene.image(vector / max(float(vector.max()), 1e-12), 680, 62, 12, 222)
    scene.heading(738, 12, "linear", "probability")


def draw_filter(scene: Scene, weight: np.ndarray, stages: list[np.ndarray], chosen: int) -> None:
    """Draw one filter of the first layer in numbers, its map, and its pooled map."""
    top = 348
    scene.heading(4, 314, f"Filter {chosen}", "weights")
    scene.matrix(weight, 4, top, 42)
    scene.heading(180, 314, "Its map", "after relu, 16 × 16")
    first, second = stages[0][chosen - 1], stages[1][chosen - 1]
    scene.image(first / max(float(first.max()), 1e-12), 180, top, 152, 152)
    scene.heading(372, 314, "Its pooled map", "8 × 8: the largest of each four")
    scene.image(second / max(float(second.max()), 1e-12), 372, top, 152, 152)
    scene.line((338, top + 76), (366, top + 76), weight=THIN, arrow=True)
    scene.line((142, top + 76), (174, top + 76), weight=THIN, arrow=True)
    scene.text(556, top + 54, "Light is a strong answer, black is none.", SMALL, "muted")
    scene.text(556, top + 76, "Each group of pictures has its own scale.", SMALL, "muted")


def draw_bars(scene: Scene, left: float, top: float, probabilities: np.ndarray, label: int, width: float = 90) -> None:
    """Draw a bar for the probability of each class; the true one is framed and has a mark."""
    for digit, probability in enumerate(probabilities):
        y = top + 22 * digit
        scene.text(left + 12, y + 9, digit, bold=digit == label)
        scene.rect(left + 28, y + 1, max(1, width * float(probability)), 16, fill=FOCUS if digit == label else "line")
        if digit == label:
            scene.text(left, y + 9, "►", SMALL, FOCUS)


# Two networks and a digit that moves


class MovingLab(SvgLab):
    title = "A digit moves, two networks watch"
    alt = (
        "A handwritten digit on a canvas of 16 by 16 pixels. For the CNN and for the fully connected net: ten bars of "
        "probability for the digit where it is, and a map of 9 by 9 places with the answer of the net at each. Below, "
        "for all twenty digits, at how many of the 81 places each net is right."
    )
    question = "Of the 81 places of this digit, at how many is the fully connected net right?"
    choices = ("fewer than 27", "27 to 54", "more than 54")
    plays = ("row", "column")

    def __init__(self, cnn: Function, fully_connected: Function) -> None:
        self.nets = {
            "CNN": Student(cnn, "cnn_forward", seconds=10, reference=None),
            "Fully connected": Student(fully_connected, "flatten_forward", seconds=10, reference=None),
        }
        super().__init__()

    def controls(self) -> Controls:
        return {
            "digit": slider("digit", 1, EXAMPLES, 1),
            "row": slider("row", 0, PLACES - 1, 4),
            "column": slider("column", 0, PLACES - 1, 4),
        }

    def everywhere(self, net: str, digit: int) -> np.ndarray:
        """Return the logits of a net for the digit at all places: (PLACES * PLACES, CLASSES)."""
        images = [placed(examples()[0][digit - 1], *place) for place in np.ndindex(PLACES, PLACES)]
        return self.nets[net](np.concatenate(images), shape=(PLACES**2, CLASSES))

    def answer(self, digit: int, **_: Any) -> str:
        logits = self.everywhere("Fully connected", digit)
        right = int((logits.argmax(axis=1) == examples()[1][digit - 1]).sum())
        return "fewer than 27" if right < 27 else "27 to 54" if right <= 54 else "more than 54"

    def verdict(self, guess: str) -> str:
        """Name the digit that was asked about: the sentence stays when another one is chosen."""
        return f"Digit {self.values['digit']} of {EXAMPLES}: i{super().verdict(guess)[1:]}"

    def draw(self, digit: int, row: int, column: int) -> tuple[Scene, str]:
        scene, label = Scene(900, 690 if self.revealed else 566), int(examples()[1][digit - 1])
        scene.heading(4, 12, f"The digit: {label}", f"row {row}, column {column} of 9 × 9 places")
        scene.image(placed(examples()[0][digit - 1], row, column)[0, 0], 4, 46, 224, 224)
        said = []
        for net, top in zip(self.nets, (0, 290)):
            logits = self.everywhere(net, digit)
            probabilities = softmax(logits[row * PLACES + column])
            scene.heading(280, top + 12, net, "probability where the digit is")
            draw_bars(scene, 280, top + 46, probabilities, label, 200)
            answers = logits.argmax(axis=1).reshape(PLACES, PLACES)
            draw_places(scene, 580, top, answers, label, (row, column), self.revealed)
            said.append(f"the {'CNN' if net == 'CNN' else 'fully connected net'} says {int(probabilities.argmax())}")
            if self.revealed:
                said[-1] += f" and is right at {int((answers == label).sum())} of 81 places"
        if self.revealed:
            self.overview(scene, digit)
        return scene, f"With the {label} at row {row}, column {column}, {'; '.join(said)}."

    def overview(self, scene: Scene, digit: int) -> None:
        """Write for every digit at how many of its places each net is right."""
        scene.heading(4, 576, "All twenty digits", "at how many of the 81 places each net is right")
        for line, net in enumerate(self.nets):
            scene.text(4, 646 + 24 * line, net, SMALL)
            for column, label in enumerate(examples()[1]):
                x, right = 136 + 38 * column, self.everywhere(net, column + 1).argmax(axis=1) == label
                if not line:
                    scene.text(x, 622, label, SMALL, "muted", "middle")
                scene.text(x, 646 + 24 * line, int(right.sum()), SMALL, anchor="middle")
        scene.frame(136 + 38 * (digit - 1) - 16, 612, 32, 68)


def draw_places(
    scene: Scene, left: float, top: float, answers: np.ndarray, label: int, here: tuple[int, int], revealed: bool
) -> None:
    """Draw what a net says at every place of the digit's upper left corner; right answers are filled and bold."""
    scene.heading(
        left, top + 12, "Its answer at every place", "filled and bold: right" if revealed else "predict first"
    )
    cell = 24
    for (i, j), answer in np.ndenumerate(answers):
        x, y, right = left + j * cell, top + 46 + i * cell, answer == label
        scene.rect(x, y, cell, cell, FOCUS if right and revealed else "none", "line", opacity=0.35)
        if revealed:
            scene.text(x + cell / 2, y + cell / 2, answer, SMALL, "text" if right else "muted", "middle", bool(right))
    scene.frame(left + here[1] * cell, top + 46 + here[0] * cell, cell, cell)
