"""What pointer and keys reach in a picture: both do the same, and undo takes a drag back as one step."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from front_page import front_page
from test_legible import figure_named

from dltools import nn
from dltools.figures import pixels_text
from dltools.figures.convolution import IMAGE, OUTPUT, TOP, convolution_lab
from dltools.figures.perceptron import neuron_lab
from dltools.figures.pooling import pooling_lab
from dltools.nn import conv2d_forward


@pytest.fixture(scope="module")
def page_of_convolution(chromium: Any) -> Iterator[tuple[Any, Any]]:
    figure = convolution_lab(conv2d_forward)
    figure.reveal()
    page = front_page(chromium, figure, viewport={"width": 1000, "height": 1000})
    yield page, figure
    page.close()


@pytest.fixture
def convolution(page_of_convolution: tuple[Any, Any]) -> tuple[Any, Any]:
    page, figure = page_of_convolution
    page.get_by_role("button", name="Reset").press("Enter")
    until(page, figure, row=0, column=0, filter="1", pixels=pixels_text(IMAGE))
    figure._history.clear()
    return page, figure


def until(page: Any, figure: Any, **values: Any) -> None:
    """Wait until the figure has these values, and the page shows the figure as it is."""
    for _ in range(200):
        if figure.values | values == figure.values:
            break
        page.wait_for_timeout(10)
    assert figure.values | values == figure.values
    page.wait_for_function("said => document.querySelector('.dl-status').textContent === said", arg=figure.status)


def part(page: Any, label: str) -> Any:
    return page.locator(f'.dl-over [aria-label^="{label}"]')


def test_a_click_chooses_an_output_and_so_does_enter(convolution: tuple[Any, Any]) -> None:
    page, figure = convolution
    part(page, "output row 2, column 1").click()
    until(page, figure, row=2, column=1)
    assert part(page, "output row 2, column 1").get_attribute("aria-selected") == "true"
    for key in ("ArrowRight", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    until(page, figure, row=1, column=2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    until(page, figure, row=2, column=2)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "output row 2, column 2"


def test_pointing_shows_the_window_and_the_sum_without_asking(convolution: tuple[Any, Any]) -> None:
    page, _ = convolution
    asked = page.evaluate("window.asked.length")
    part(page, "output row 1, column 1").hover()
    assert "by hand 1 · 1 + 0 · (−1)" in page.locator(".dl-hint").inner_text()
    assert page.locator(".dl-aim").get_attribute("x") == "48"
    part(page, "output row 0, column 3").focus()
    page.mouse.move(1, 1)
    assert page.locator(".dl-hint").inner_text().startswith("output row 0, column 3"), "focus shows what hover shows"
    assert page.evaluate("window.asked.length") == asked


def test_nothing_of_the_output_is_told_before_the_prediction(chromium: Any) -> None:
    page = front_page(chromium, convolution_lab(conv2d_forward))
    assert part(page, "pixel").count() == 36 and part(page, "output").count() == 0
    page.close()


def test_pixels_are_painted_by_one_drag_and_undone_as_one(convolution: tuple[Any, Any]) -> None:
    page, figure = convolution
    boxes = [part(page, f"pixel row 0, column {column}").bounding_box() for column in (1, 2, 3, 4)]
    middles = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]
    page.mouse.move(*middles[0])
    page.mouse.down()
    for x, y in middles[1:]:
        page.mouse.move(x, y)
    page.mouse.up()
    until(page, figure, pixels="111111 010010 001100 100010 010010 001010")
    page.get_by_role("button", name="Undo").press("Enter")
    until(page, figure, pixels=pixels_text(IMAGE))


def test_a_pixel_is_painted_by_key(convolution: tuple[Any, Any]) -> None:
    page, figure = convolution
    part(page, "pixel row 0, column 1").focus()
    page.keyboard.press("Enter")
    until(page, figure, pixels="110001 010010 001100 100010 010010 001010")
    page.keyboard.press("Enter")
    until(page, figure, pixels=pixels_text(IMAGE))


def test_a_weight_is_changed_by_pointer_and_by_keys(convolution: tuple[Any, Any]) -> None:
    page, figure = convolution
    part(page, "weight row 0, column 1").click()
    until(page, figure, filter="own", own="1 0 -1 / -1 1 -1 / -1 -1 1")
    page.keyboard.press("+")
    page.keyboard.press("+")
    until(page, figure, own="1 2 -1 / -1 1 -1 / -1 -1 1")
    page.keyboard.press("-")
    until(page, figure, own="1 1 -1 / -1 1 -1 / -1 -1 1")
    part(page, "weight row 0, column 0").click(modifiers=["Shift"])
    until(page, figure, own="0 1 -1 / -1 1 -1 / -1 -1 1")


def test_the_window_is_dragged_and_moved_by_arrows(convolution: tuple[Any, Any]) -> None:
    page, figure = convolution
    box = part(page, "window").bounding_box()
    x, y = box["x"] + 7, box["y"] + 7
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(x + 11 * step, y + 16 * step)
    page.mouse.up()
    until(page, figure, row=3, column=2)
    page.keyboard.press("ArrowLeft")
    until(page, figure, row=3, column=1)
    page.keyboard.press("ArrowUp")
    until(page, figure, row=2, column=1)
    for row, column in ((3, 1), (3, 2), (0, 0)):  # the drag was one step
        page.get_by_role("button", name="Undo").press("Enter")
        until(page, figure, row=row, column=column)


def test_every_part_has_a_name_and_one_in_a_grid_is_reached_by_tab(convolution: tuple[Any, Any]) -> None:
    page, _ = convolution
    parts = page.evaluate("""() => [...document.querySelectorAll('.dl-over [tabindex]')].map((cell) => {
      const grid = cell.closest('[role=grid], [role=group]');
      return [cell.getAttribute('aria-label'), grid.getAttribute('aria-label'), cell.tabIndex];
    })""")
    assert all(label and grid for label, grid, _ in parts)
    grids = {grid for _, grid, _ in parts}
    assert len(grids) == 4
    assert [sum(tab == 0 for _, of, tab in parts if of == grid) for grid in grids] == [1, 1, 1, 1]


def test_a_picture_of_another_size_has_its_own_parts(convolution: tuple[Any, Any]) -> None:
    page, figure = convolution
    part(page, "output row 3, column 3").click()
    until(page, figure, row=3)
    page.get_by_role("slider", name="stride S", exact=True).press("ArrowRight")
    until(page, figure, S=2)
    assert part(page, "output").count() == 0, "its size is to be predicted"
    page.get_by_label("Your prediction").select_option("2 × 2")
    page.get_by_role("button", name="Reveal").press("Enter")
    page.wait_for_function("document.querySelectorAll('.dl-over [aria-label^=output]').length === 4")
    left, top = (float(part(page, "output row 0, column 0").get_attribute(name)) for name in "xy")
    assert (left, top) == (OUTPUT, TOP)


def drag(page: Any, label: str, right: float, down: float) -> None:
    box = part(page, label).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right / 2, y + down / 2)
    page.mouse.move(x + right, y + down)
    page.mouse.up()


def test_points_line_and_direction_of_a_neuron_are_dragged(chromium: Any) -> None:
    figure = neuron_lab(nn.neuron)
    page = front_page(chromium, figure, viewport={"width": 1000, "height": 900})
    unit = float(np.diff(figure.axes.transData.transform([(0, 0), (1, 0)])[:, 0])[0])
    drag(page, "point 4 at (1, 1), class 1", -0.5 * unit, 0)
    until(page, figure, data="own", own="0 0 0, 0 1 0, 1 0 0, 0.5 1 1")
    page.keyboard.press("ArrowUp")
    until(page, figure, own="0 0 0, 0 1 0, 1 0 0, 0.5 1.1 1")
    drag(page, "line, bias 0", 0.5 * unit, 0)
    until(page, figure, w1=-1.0, w2=0.5, b=0.5)
    page.get_by_role("button", name="Undo").press("Enter")
    until(page, figure, b=0.0)
    drag(page, "direction of w", 0.8 * unit, 0)
    until(page, figure, b=0.0, clicks=0)
    assert figure.values["w1"] > 0.9 and figure.values["w2"] > 0.2, "it points to the right, as long as before"
    page.close()


def test_outputs_and_window_of_pooling(chromium: Any) -> None:
    ways = [getattr(nn, f"{kind}_pool2d_{way}") for kind in ("max", "avg") for way in ("forward", "backward")]
    figure = pooling_lab(*ways)
    page = front_page(chromium, figure, viewport={"width": 1000, "height": 900})
    part(page, "output row 1, column 1").click()
    until(page, figure, row=1, column=1)
    assert "the maximum of 1, 13, 7, 15" in page.locator(".dl-hint").inner_text()
    drag(page, "window", 70, 70)
    until(page, figure, row=2, column=2)
    page.keyboard.press("ArrowRight")
    until(page, figure, row=2, column=3)
    part(page, "pixel row 0, column 0: 0").click()
    page.get_by_label("pixel row 0, column 0: 16").wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_label("pixel row 0, column 1: 16").wait_for()
    assert figure.values["pixels"].startswith("16 0 1 11 0 0 0 16 / "), "the four is shown moved by one pixel"
    page.close()


MOVES: list[tuple[str, str, dict[str, Any]]] = [
    ("stack_lab", "layer 7", {"layer": 7}),
    ("way_back_lab", "step from h(3) back to h(2)", {"t": 3}),
    ("cell_lab", "forget gate f", {"f": 3.0}),
    ("drop_lab", "block 4", {"block": 4}),
    ("capacity_lab", "degree 9", {"degree": 9}),
    ("stopping_lab", "epoch 33", {"epoch": 33}),
    ("network_lab", "neuron 2 of layer 3", {"layer": 3, "neuron": 2}),
    ("graph_lab", "W22", {"look": "W22"}),
    ("connections_lab", "output 16", {"output": 16}),
    ("language_lab", "letter 12", {"position": 12}),
    ("descent_lab", "start at v", {"v": -1.0, "w": 3.0}),
    ("penalty_lab", "lowest point", {"w1": 1.8, "w2": 0.2}),
]
"""A figure, a part of it, and what follows from a click on it, or from a drag by 21 pixels to the right and down."""


@pytest.mark.parametrize(("lab", "label", "values"), MOVES, ids=[lab for lab, *_ in MOVES])
def test_what_a_part_of_a_picture_does(lab: str, label: str, values: dict[str, Any]) -> None:
    figure = figure_named(lab)
    if figure.question:
        figure.reveal()
    targets = figure.get_state()["scene"]["targets"].values()
    target = next(target for target in targets if target["label"].startswith(label))
    to = [target["box"][0] + 30, target["box"][1] + 30]
    done = {"move": {"touch": [*target.get("touch", []), *to]}, "step": {"touch": [*target.get("touch", []), 1]}}
    figure.asked(done.get(target["kind"], {"set": target["set"]}))
    assert figure.values | values == figure.values and not figure.trouble
