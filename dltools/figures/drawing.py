"""Units 00, 05 and 11: a digit that you draw, pixel by pixel, and what trained networks read in it."""

from functools import cache
from typing import Any, ClassVar

import numpy as np

from dltools.figures import Controls, Scene, Student, SvgLab, field, number, pixels_text, read_pixels, slider
from dltools.figures.capstone import in_use
from dltools.figures.pooling import Function, draw_bars, placed
from dltools.figures.readers import CANVAS, CLASSES, readers
from dltools.nn import softmax
from dltools.training import digits

SIDE, INK = 8, 9
LEFT, TOP, CELL = 12, 62, 34
BELOW, SMALL_CELL = 388, 6
"""Where the row of digits to start from lies, and the size of their pixels."""


def drawing_lab(*nets: Function, names: tuple[str, ...] = ("CNN", "Fully connected"), side: int = CANVAS) -> SvgLab:
    """Draw a digit and see what your networks read in it.

    Args:
        nets: up to three; each takes images (N, 1, side, side) to logits (N, 10). Left out, two of the course's own are
            taken, trained beforehand.
        names: of the nets, in the same order.
        side: rows and columns of the images that they know; the drawing, 8 by 8, is put on an empty one.
    """
    own = readers()
    return DrawingLab(dict(zip(names, nets or (own["CNN"], own["Two layers"]))), side)


def reading_lab() -> SvgLab:
    """Draw a digit, and see at once what three nets of the course read in it."""
    return ReadingLab({name: readers()[name] for name in ("One layer", "Two layers", "CNN")}, CANVAS)


class DrawingLab(SvgLab):
    title = "Draw a digit"
    alt = (
        "A drawing of 8 by 8 pixels, the image with the drawing on it, and for each network a bar for the probability "
        "of each of the ten digits. Below are ten handwritten digits to start from."
    )
    groups: ClassVar = {"Drawing": ("pixels",), "Place": ("row", "column")}
    plays = ("column",)

    def __init__(self, nets: dict[str, Function], side: int) -> None:
        self.nets = {name: Student(in_use(net), name) for name, net in nets.items()}
        self.side = side
        super().__init__()

    def controls(self) -> Controls:
        places = self.side - SIDE
        return {
            "pixels": field("pixels, row by row", pixels_text(first_of_each()[3])),
            "row": slider("row", 0, places, places // 2),
            "column": slider("column", 0, places, places // 2),
        }

    def touched(self, *part: Any) -> dict[str, Any]:
        """What a click on a pixel sets."""
        _, i, j, ink = part
        drawing = read_drawing(self.values["pixels"])
        drawing[i, j] = ink
        return {"pixels": pixels_text(drawing)}

    def draw(self, pixels: str, row: int, column: int) -> tuple[Scene, str]:
        drawing = read_drawing(pixels)
        image = placed((drawing / INK).astype(np.float32)[None], row, column, self.side)
        scene = Scene(800, 466)
        draw_drawing(scene, drawing)
        scene.heading(308, 12, "The image", f"{self.side} × {self.side}")
        scene.image(image[0, 0], 308, TOP, 112, 112)
        said = [self.read(scene, 450 + 120 * place, name, image) for place, name in enumerate(self.nets)]
        draw_starts(scene)
        return scene, f"At row {row}, column {column} of the image. {' '.join(said)}"

    def read(self, scene: Scene, left: float, name: str, image: np.ndarray) -> str:
        """Draw what a network reads, and say it."""
        logits = self.attempt(self.nets[name], image, shape=(1, CLASSES))
        scene.heading(left, 12, name, "probability")
        if logits is None:
            return f"{name}: what it reads cannot be shown."
        probabilities = softmax(logits)[0]
        draw_bars(scene, left - 8, TOP, probabilities, -1, 70)
        best = int(probabilities.argmax())
        return f"{name}: {best}, with probability {number(float(probabilities[best]))}."


class ReadingLab(DrawingLab):
    title = "Draw a digit, and three nets read it"


def draw_drawing(scene: Scene, drawing: np.ndarray) -> None:
    """Draw the pixels, each a part that can be painted."""
    scene.heading(LEFT, 12, "Your drawing", "click, or drag; Enter paints too")
    for (i, j), ink in np.ndenumerate(drawing):
        box = LEFT + j * CELL, TOP + i * CELL, CELL, CELL
        scene.rect(*box, "text", "line", opacity=round(float(ink) / INK, 2))
        label = f"row {i}, column {j}: {'empty' if ink == 0 else number(float(ink))}"
        scene.target("Drawing", box, label, touch=["pixel", i, j], kind="paint", ink=0 if ink else INK)


def draw_starts(scene: Scene) -> None:
    """Draw an empty picture and one digit of each class; a click starts from it."""
    scene.text(LEFT, BELOW - 14, "Start from nothing, or from a digit that somebody wrote", bold=True)
    starts = [("nothing", np.zeros((SIDE, SIDE))), *((f"a {k}", one) for k, one in enumerate(first_of_each()))]
    for place, (label, drawing) in enumerate(starts):
        box = LEFT + 70 * place, BELOW, SIDE * SMALL_CELL, SIDE * SMALL_CELL
        scene.image(drawing / INK, *box)
        scene.frame(*box, "line")
        scene.target("Starts", box, f"start from {label}", set={"pixels": pixels_text(drawing)})


@cache
def first_of_each() -> list[np.ndarray]:
    """The first digit of each class that nobody trained on, (8, 8), in whole numbers from 0 to INK."""
    split = digits(validation=0, test=0.2)
    return [np.round(split.x_test[list(split.y_test).index(k), 0] * INK) for k in range(CLASSES)]


def read_drawing(text: str) -> np.ndarray:
    """Read eight rows of eight digits. Raises Trouble."""
    return read_pixels(text, SIDE, "The drawing", "eight rows of eight digits from 0, empty, to 9, full")
