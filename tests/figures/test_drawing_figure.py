"""The figure that reads a drawing: pixels are painted by pointer and by key, and the nets read what is there."""

from typing import Any

import numpy as np
import pytest
from front_page import front_page
from test_pointer import part, until

from dltools.figures import pixels_text
from dltools.figures.drawing import drawing_lab, first_of_each


def counting(x: np.ndarray) -> np.ndarray:
    """A net that reads how many pixels are full."""
    return 9.0 * np.eye(10)[(x == 1).sum(axis=(1, 2, 3))]


def test_a_net_reads_what_is_painted(chromium: Any) -> None:
    figure = drawing_lab(counting, names=("counting",), side=14)
    page = front_page(chromium, figure, viewport={"width": 1000, "height": 900})
    part(page, "start from nothing").click()
    until(page, figure, pixels=pixels_text(np.zeros((8, 8))))
    boxes = [part(page, f"row 2, column {column}").bounding_box() for column in (1, 2, 3)]
    page.mouse.move(boxes[0]["x"] + 9, boxes[0]["y"] + 9)
    page.mouse.down()
    for box in boxes[1:]:
        page.mouse.move(box["x"] + 9, box["y"] + 9)
    page.mouse.up()
    page.get_by_text("counting: 3,").wait_for()
    part(page, "row 5, column 5").focus()
    page.keyboard.press("Enter")
    page.get_by_text("counting: 4,").wait_for()
    page.get_by_role("button", name="Undo").press("Enter")
    page.get_by_role("button", name="Undo").press("Enter")
    until(page, figure, pixels=pixels_text(np.zeros((8, 8))))
    page.close()


def test_a_digit_to_start_from_is_read_as_it_stands_on_the_image() -> None:
    seen: list[np.ndarray] = []

    def net(x: np.ndarray) -> np.ndarray:
        seen.append(x)
        return np.zeros((1, 10))

    figure = drawing_lab(net, names=("blind",), side=10)
    figure._set({"pixels": pixels_text(first_of_each()[7]), "row": 2, "column": 0})
    np.testing.assert_allclose(seen[-1][0, 0, 2:, :8], first_of_each()[7] / 9)
    assert not seen[-1][0, 0, :2].any() and not seen[-1][0, 0, :, 8:].any()


@pytest.mark.parametrize("text", ["", "012 345", "a" * 8, "12345678 " * 7, "1234567x " * 8])
def test_what_is_no_drawing_is_said(text: str) -> None:
    figure = drawing_lab(counting, names=("counting",))
    figure._set({"pixels": text})
    assert figure.trouble.startswith(f"The drawing is {text!r}; it must be eight rows of eight digits")
