"""Yours and right: one picture by the student's functions, one by the references, and where they differ first."""

import re
from collections.abc import Iterator
from itertools import chain

import numpy as np

from dltools.figures.base.numbers import number
from dltools.figures.base.scene import Box, Scene
from dltools.figures.base.style import DASHED, FOCUS, SMALL, WRONG

GAP, LEAST = 56, 14
"""Pixels between the pictures, and the least side of a frame."""
NUMBER = r"−?\d+(?:[.,]\d+)*"
Difference = tuple[Box, str, str]
"""A cell, and what stands in it in one picture and in the other."""


def beside(yours: Scene, right: Scene) -> str:
    """Put the right picture below yours, frame the first cell that differs in both, and return the sentence on it."""
    found = next(chain(numbers(yours, right), pixels(yours, right)), None)
    if found:
        box, mine, other = found
        x, y, width, height = large_enough(box)
        for scene, color, dash, sign in ((yours, WRONG, DASHED, "≠"), (right, FOCUS, (), "✓")):
            scene.frame(x, y, width, height, color, dash)
            scene.text(x + width + 2, y, sign, SMALL, color, bold=True)
        said = f"Framed, the first that differs: yours {mine}, right {other}."
    elif yours.state()["parts"] == right.state()["parts"]:
        said = "In this picture yours and right are the same."
    else:
        said = "In this picture yours and right have the same numbers, but not the same drawing."
    top = yours.height + 0.5 * GAP
    yours.line((0, top - 14), (yours.width, top - 14), color="line")
    yours.text(0, top + 8, "Above: yours. Below: the same with the right functions.", bold=True)
    yours.add_below(right, GAP)
    return said


def large_enough(box: Box) -> Box:
    """The box around a cell, not so small that its frame hides it."""
    x, y, width, height = box
    wide, high = max(width, LEAST), max(height, LEAST)
    return x - (wide - width) / 2, y - (high - height) / 2, wide, high


def numbers(yours: Scene, right: Scene) -> Iterator[Difference]:
    """Texts with one number that is not the same at the same place, in the order in which they were written."""
    for place, (box, mine) in yours.written.items():
        _, other = right.written.get(place, (box, mine))
        found = [re.findall(NUMBER, text) for text in (mine, other)]
        if mine != other and all(len(one) == 1 for one in found) and found[0] != found[1]:
            yield box, found[0][0], found[1][0]


def pixels(yours: Scene, right: Scene) -> Iterator[Difference]:
    """Pixels that are not the same in the same image, from the upper left."""
    for (x, y, width, height), mine in yours.images.items():
        other = right.images.get((x, y, width, height), mine)
        if mine.shape == other.shape:
            for row, column, *_ in np.argwhere(mine != other):
                high, wide = height / len(mine), width / mine.shape[1]
                grays = [number(float(image[row, column].mean()) / 255) for image in (mine, other)]
                yield (x + column * wide, y + row * high, wide, high), f"a gray of {grays[0]}", f"one of {grays[1]}"
