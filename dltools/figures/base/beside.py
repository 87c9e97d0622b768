"""Yours and right: one picture by the student's functions, one by the references, and where they differ first."""

import math
import re
from collections.abc import Iterator
from itertools import zip_longest

import numpy as np

from dltools.figures.base.numbers import number
from dltools.figures.base.scene import Box, Scene
from dltools.figures.base.style import DASHED, FOCUS, SMALL, WRONG

GAP, LEAST = 56, 14
"""Pixels between the pictures, and the least side of a frame."""
NUMBER = r"−?\d+(?:[.,]\d+)*"
Difference = tuple[Box, str]
"""A part that differs, and what stands there in one picture and in the other; "" where that is no number."""


def beside(yours: Scene, right: Scene, said_of_yours: str, said_of_right: str) -> str:
    """Put the right picture below yours, frame the first part that differs in both, and return the sentence on it."""
    looked = {"number": numbers, "pixel": pixels, "point": points, "part": parts}
    for kind, differences in looked.items():
        found = list(differences(yours, right))
        if found:
            said = framed(yours, right, kind, *found)
            break
    else:
        said = "In this picture yours and right are the same."
        if said_of_yours != said_of_right:
            said = f"The pictures are the same, but the right functions would say: {said_of_right}"
    top = yours.height + 0.5 * GAP
    yours.line((0, top - 14), (yours.width, top - 14), color="line")
    yours.text(0, top + 8, "Above: yours. Below: the same with the right functions.", bold=True)
    yours.add_below(right, GAP)
    return said


def framed(yours: Scene, right: Scene, kind: str, first: Difference, *others: Difference) -> str:
    """Frame the first difference in both pictures; return the sentence."""
    box, said = first
    x, y, width, height = large_enough(box)
    for scene, color, dash, sign in ((yours, WRONG, DASHED, "≠"), (right, FOCUS, (), "✓")):
        scene.frame(x, y, width, height, color, dash)
        scene.text(min(x + width + 2, scene.width - SMALL), y, sign, SMALL, color, bold=True)
    count = f" of {len(others) + 1:,} {kind}s that differ" if others else f" {kind} that differs"
    return f"Framed, the {'first' if others else 'one'}{count}{said and f': {said}'}."


def large_enough(box: Box) -> Box:
    """The box around a cell, not so small that its frame hides it."""
    x, y, width, height = box
    wide, high = max(width, LEAST), max(height, LEAST)
    return x - (wide - width) / 2, y - (high - height) / 2, wide, high


def around(*boxes: Box) -> Box:
    """The box around boxes."""
    left, top = (min(box[side] for box in boxes) for side in (0, 1))
    right, bottom = (max(box[side] + box[side + 2] for box in boxes) for side in (0, 1))
    return left, top, right - left, bottom - top


def numbers(yours: Scene, right: Scene) -> Iterator[Difference]:
    """Texts with one number that is not the same at the same place, in the order in which they were written."""
    for place, (box, mine) in yours.written.items():
        _, other = right.written.get(place, (box, mine))
        found = [re.findall(NUMBER, text) for text in (mine, other)]
        if mine != other and all(len(one) == 1 for one in found) and found[0] != found[1]:
            yield box, f"yours {found[0][0]}, right {found[1][0]}"


def pixels(yours: Scene, right: Scene) -> Iterator[Difference]:
    """Pixels that are not the same in the same image, from the upper left."""
    for (x, y, width, height), mine in yours.images.items():
        other = right.images.get((x, y, width, height), mine)
        if mine.shape == other.shape:
            for row, column in np.argwhere((mine != other).reshape(*mine.shape[:2], -1).any(axis=2)):
                high, wide = height / len(mine), width / mine.shape[1]
                grays = [number(float(image[row, column].mean()) / 255) for image in (mine, other)]
                yield (x + column * wide, y + row * high, wide, high), f"yours a gray of {grays[0]}, right {grays[1]}"


def points(yours: Scene, right: Scene) -> Iterator[Difference]:
    """Points of a plot's lines and bars whose height is not the same, line by line."""
    for mine, other in zip(yours.curves, right.curves):
        for (x, y, value), (there, above, wanted) in zip_longest(mine, other, fillvalue=(math.nan,) * 3):
            if np.isclose(value, wanted, rtol=1e-6, atol=1e-9, equal_nan=True):
                continue
            ends = [(at - 6, up - 6, 12.0, 12.0) for at, up in ((x, y), (there, above)) if not math.isnan(at + up)]
            said = [number(one, 4) if not math.isnan(one) else "nothing" for one in (value, wanted)]
            yield inside(around(*ends), yours), f"yours {said[0]}, right {said[1]}"


def inside(box: Box, scene: Scene) -> Box:
    """The part of a box that lies in the picture; a point may leave it."""
    (left, right), (top, bottom) = (
        np.clip((box[side], box[side] + box[side + 2]), 0, most) for side, most in ((0, scene.width), (1, scene.height))
    )
    return float(left), float(top), float(right - left), float(bottom - top)


def parts(yours: Scene, right: Scene) -> Iterator[Difference]:
    """Bars, lines and other parts that are not drawn the same, in the order in which they were drawn."""
    for mine, other in zip_longest(yours.drawn(), right.drawn()):
        if mine != other:
            yield inside(around(*(part[1] for part in (mine, other) if part)), yours), ""
