"""Unit 00: two shapes, lined up from the right, and what NumPy makes of them."""

import re
from itertools import zip_longest
from typing import Any, ClassVar, NamedTuple

import numpy as np

from dltools.figures import (
    DASHED,
    DOTTED,
    FOCUS,
    LARGE,
    NORMAL,
    ORANGE,
    SKY,
    SMALL,
    SOLID,
    WRONG,
    Controls,
    Scene,
    SvgLab,
    Trouble,
    choice,
    field,
    slider,
)

PAIRS = {
    "(4, 3) and (3,)": ((4, 3), (3,)),
    "(4, 3) and (4, 1)": ((4, 3), (4, 1)),
    "(4, 1) and (1, 5)": ((4, 1), (1, 5)),
    "(4, 3) and (4,)": ((4, 3), (4,)),
    "(5,) and (5, 1)": ((5,), (5, 1)),
    "(2, 3, 4) and (3, 1)": ((2, 3, 4), (3, 1)),
}
MOST_AXES, LONGEST = 4, 6
LEFT, LINES, BOX, BELOW, CELL = 12, 54, 46, 240, 34
"""Where the lined-up shapes stand, the width of an axis; where the arrays are drawn, and their cells."""


class Axis(NamedTuple):
    """One axis of two shapes that are lined up; a length is 0 where a shape has no such axis."""

    a: int
    b: int

    @property
    def fits(self) -> bool:
        return self.a == self.b or min(self.a, self.b) <= 1

    @property
    def length(self) -> int:
        return max(self.a, self.b)


Shape = tuple[int, ...]


def broadcasting_lab() -> SvgLab:
    """Line up two shapes from the right, and see which axes are repeated."""
    return BroadcastingLab()


class BroadcastingLab(SvgLab):
    title = "Broadcasting: two shapes, lined up from the right"
    alt = (
        "The shapes (4, 3) and (3,), lined up from the right: 3 below 3, and below 4 nothing. Below, the arrays, the "
        "second with its one row repeated four times, and their sum of shape (4, 3)."
    )
    groups: ClassVar = {"Shapes": ("pair", "a", "b"), "Look at": ("row", "column")}
    question = "Which shape has a + b?"
    choices = ("that of a", "that of b", "another one", "none: an error")
    hides = ("pair", "a", "b")
    plays = ("pair",)

    def controls(self) -> Controls:
        return {
            "pair": choice("a and b", [*PAIRS, "own"]),
            "a": field("own a", "3, 1", "Lengths of the axes, separated by commas"),
            "b": field("own b", "4"),
            "row": slider("row", 0, 3, 0),
            "column": slider("column", 0, 2, 0),
        }

    def shapes(self, pair: str, a: str, b: str, **_: Any) -> tuple[Shape, Shape]:
        return PAIRS[pair] if pair != "own" else (read_shape(a, "a"), read_shape(b, "b"))

    def adjust(self, pair: str, a: str, b: str, **_: Any) -> None:
        self.control["a"].disabled = self.control["b"].disabled = pair != "own"
        lengths = [1, 1, *(axis.length for axis in axes_of(*self.shapes(pair, a, b)))]
        self.control["row"].max, self.control["column"].max = (length - 1 for length in lengths[-2:])

    def answer(self, **values: Any) -> str:
        a, b = self.shapes(**values)
        axes = axes_of(a, b)
        if not all(axis.fits for axis in axes):
            return self.choices[3]
        shape = tuple(axis.length for axis in axes)
        return self.choices[0] if shape == a else self.choices[1] if shape == b else self.choices[2]

    def draw(self, row: int, column: int, **shapes: Any) -> tuple[Scene, str]:
        a, b = self.shapes(**shapes)
        axes = axes_of(a, b)
        shape, scene = tuple(axis.length for axis in axes), Scene(800, BELOW + 20)
        draw_shapes(scene, a, b, axes, self.revealed)
        clash = next((axis for axis in reversed(axes) if not axis.fits), None) if self.revealed else None
        self.control["row"].disabled = self.control["column"].disabled = clash is not None
        said = f"a has the shape {a}, b the shape {b}."
        if not self.revealed:
            draw_given(scene, a, b, (row, column))
            return scene, f"{said} Row {row}, column {column} is framed. Do the lengths fit, from the right?"
        if clash:
            scene.text(LEFT, BELOW, "ValueError: operands could not be broadcast together", NORMAL, WRONG, bold=True)
            return scene, f"{said} {clash.a} stands below {clash.b}, and neither is 1: NumPy raises an error."
        entry = draw_arrays(scene, a, b, shape, (row, column))
        return scene, f"{said} {said_of_axes(axes)} {entry} a + b has the shape {shape}."


def axes_of(a: Shape, b: Shape) -> list[Axis]:
    """Line two shapes up from the right; the first axis comes first."""
    return [Axis(*lengths) for lengths in zip_longest(a[::-1], b[::-1], fillvalue=0)][::-1]


def read_shape(text: str, name: str) -> Shape:
    """Read a shape. Raises Trouble."""
    found = tuple(map(int, re.findall(r"\d+", text)))
    if re.sub(r"[\d\s,()]", "", text) or len(found) > MOST_AXES or not all(1 <= one <= LONGEST for one in found):
        raise Trouble(
            f"The shape of {name} is {text!r}; it must be at most {MOST_AXES} lengths from 1 to {LONGEST}, as in 4, 3."
        )
    return found


def said_of_axes(axes: list[Axis]) -> str:
    """Say which axes are repeated."""
    said = []
    for place, axis in enumerate(axes):
        for name, length in (("a", axis.a), ("b", axis.b)):
            if length < axis.length:
                said.append(f"Along axis {place} {name} is repeated {axis.length} times.")
    return " ".join(said) or "Every length fits as it is."


def draw_shapes(scene: Scene, a: Shape, b: Shape, axes: list[Axis], revealed: bool) -> None:
    """Draw the two shapes one below the other, right ends together, and what comes of them."""
    scene.heading(LEFT, 12, "Lined up from the right", "dashed: not there, or 1, so it is repeated")
    for line, (name, shape) in enumerate((("a", a), ("b", b))):
        y = LINES + 50 * line
        scene.text(LEFT, y + 18, name, LARGE, bold=True)
        for place, axis in enumerate(axes):
            length, x = axis[line], LEFT + 66 + (BOX + 8) * place
            dash = SOLID if length == axis.length or not axis.fits else DASHED
            color = "line" if axis.fits or not revealed else WRONG
            scene.rect(x, y, BOX, 36, "panel" if length else "none", color, 1.5, dash, 4)
            scene.text(
                x + BOX / 2,
                y + 18,
                length or "none",
                LARGE if length else SMALL,
                "text" if length else "muted",
                "middle",
            )
        scene.text(LEFT + 76 + (BOX + 8) * len(axes), y + 18, f"the shape {shape}", SMALL, "muted")
    y = LINES + 110
    scene.text(LEFT, y + 18, "a + b", NORMAL, bold=True)
    for place, axis in enumerate(axes):
        x = LEFT + 66 + (BOX + 8) * place
        text, color = (axis.length, FOCUS) if axis.fits else ("✗", WRONG)
        scene.rect(x, y, BOX, 36, "none", color if revealed else "line", 2, SOLID if revealed else DASHED, 4)
        scene.text(x + BOX / 2, y + 18, text if revealed else "?", LARGE, "text" if revealed else "muted", "middle")


def numbers_of(a: Shape, b: Shape) -> tuple[np.ndarray, np.ndarray]:
    """Return two arrays of these shapes, whose sums tell where they come from."""
    return np.arange(np.prod(a, dtype=int)).reshape(a), 10 * np.arange(np.prod(b, dtype=int)).reshape(b)


def draw_given(scene: Scene, a: Shape, b: Shape, at: tuple[int, int]) -> None:
    """Draw the two arrays as they are given; of more than two axes the first table."""
    x, most = LEFT, 0
    for name, array, color in zip("ab", numbers_of(a, b), (SKY, ORANGE)):
        own = (1, 1, *array.shape)[-2:]
        scene.text(x, BELOW + 20, name, bold=True)
        inside = min(at[0], own[0] - 1), min(at[1], own[1] - 1)
        draw_table(scene, x, array.reshape(-1, *own)[0], own, inside, color)
        x, most = x + own[1] * CELL + 56, max(most, own[0])
    scene.height = BELOW + 46 + most * CELL


def draw_arrays(scene: Scene, a: Shape, b: Shape, shape: Shape, at: tuple[int, int]) -> str:
    """Draw a, b as they are repeated, and their sum; return the sum that is framed. Of more axes, the first table."""
    tables = [np.broadcast_to(one, shape) for one in numbers_of(a, b)]
    tables.append(tables[0] + tables[1])
    tables = [table.reshape(-1, *(1, 1, *shape)[-2:])[0] for table in tables]
    scene.height = BELOW + 46 + len(tables[0]) * CELL
    wide = tables[0].shape[1] * CELL
    scene.text(LEFT, BELOW, "of the first index" if len(shape) > 2 else "", SMALL, "muted")
    for place, (name, table, given) in enumerate(zip(("a", "b", "a + b"), tables, (a, b, shape))):
        x = LEFT + place * (wide + 56)
        scene.text(x, BELOW + 20, name, bold=True)
        draw_table(scene, x, table, (1, 1, *given)[-2:], at, (SKY, ORANGE, FOCUS)[place])
        if place < 2:
            scene.text(x + wide + 28, BELOW + 38 + table.shape[0] * CELL / 2, "+="[place], 22, "muted", "middle")
    for (i, j), total in np.ndenumerate(tables[2]):
        box = LEFT + 2 * (wide + 56) + j * CELL, BELOW + 36 + i * CELL, CELL, CELL
        label = f"row {i}, column {j}: {tables[0][i, j]} + {tables[1][i, j]} = {total}"
        scene.target("a + b", box, label, set={"row": i, "column": j})
    return f"At row {at[0]}, column {at[1]}: {tables[0][at]} + {tables[1][at]} = {tables[2][at]}."


def draw_table(scene: Scene, x: float, table: np.ndarray, own: Shape, at: tuple[int, int], color: str) -> None:
    """Draw an array in cells; what is only repeated is dotted, the entry that is looked at framed."""
    for (i, j), value in np.ndenumerate(table):
        copy = i >= own[0] or j >= own[1]
        box = x + j * CELL, BELOW + 36 + i * CELL, CELL, CELL
        scene.rect(*box, "none" if copy else color, "line", dash=DOTTED if copy else SOLID, opacity=0.3)
        scene.text(box[0] + CELL / 2, box[1] + CELL / 2, value, NORMAL, "muted" if copy else "text", "middle")
    scene.frame(x + at[1] * CELL, BELOW + 36 + at[0] * CELL, CELL, CELL)
