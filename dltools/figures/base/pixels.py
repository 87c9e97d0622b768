"""A picture as a line of text, which a learner can type: rows of digits, separated by spaces."""

import numpy as np

from dltools.figures.base.student import Trouble


def read_pixels(text: str, side: int, name: str, form: str) -> np.ndarray:
    """Read a square of digits.

    Args:
        text: `side` rows of `side` digits, separated by spaces.
        side: the number of rows, and of columns.
        name, form: what it is, and how it must be written; for the sentence where it is not.

    Raises:
        Trouble: with that sentence.
    """
    rows = text.split()
    if len(rows) != side or any(len(row) != side or not row.isdecimal() for row in rows):
        raise Trouble(f"{name} is {text!r}; it must be {form}.")
    return np.array([[float(pixel) for pixel in row] for row in rows])


def pixels_text(pixels: np.ndarray) -> str:
    """Return the text that `read_pixels` reads."""
    return " ".join("".join(f"{pixel:.0f}" for pixel in row) for row in pixels)
