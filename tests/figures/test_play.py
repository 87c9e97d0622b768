"""Play, in Chromium: a pace, what is revealed stays so, one step for Undo, and no motion for who wants none."""

from collections.abc import Iterator
from typing import Any

import pytest
from figures import FIGURES
from front_page import front_page
from test_legible import figure_named, figure_of
from test_pointer import until

from dltools.figures import Scene, SvgLab, slider, steps


class Grid(SvgLab):
    title, alt = "A grid", "A number."
    question, choices, hides = "Which?", ("one", "two"), ("row",)
    plays = ("row", "column")

    def controls(self) -> dict[str, Any]:
        return {"row": slider("row", 0, 1, 0), "column": steps("column", ("a", "b", "c"), "b")}

    def answer(self, **_: Any) -> str:
        return "two"

    def draw(self, row: int, column: str) -> tuple[Scene, str]:
        scene = Scene(100, 50)
        scene.text(50, 25, f"{row} {column}")
        return scene, f"{row} {column} {self.revealed}"


@pytest.fixture
def grid(chromium: Any) -> Iterator[tuple[Any, Grid]]:
    figure = Grid()
    figure.reveal()
    page = front_page(chromium, figure)
    page.get_by_label("Speed").select_option("fast")
    yield page, figure
    page.close()


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).press("Enter")


def test_it_goes_through_all_and_stops(grid: tuple[Any, Grid]) -> None:
    page, figure = grid
    press(page, "Play")
    assert page.get_by_role("status").get_attribute("aria-live") == "off"
    until(page, figure, row=1, column="c")
    page.get_by_role("button", name="Play").wait_for()
    assert page.get_by_role("status").get_attribute("aria-live") is None
    said = [action["set"] for action in page.evaluate("window.asked")]
    assert said == [{"column": 2}, {"row": 1, "column": 0}, {"column": 1}, {"column": 2}]
    assert figure.revealed, "what is known is not asked again"
    press(page, "Undo")
    until(page, figure, row=0, column="b")
    assert not figure.revealed, "by hand, another row is another question"


def test_it_starts_anew_at_the_end_and_can_be_paused(grid: tuple[Any, Grid]) -> None:
    page, figure = grid
    figure.asked({"set": {"row": 1, "column": 2}, "play": True})
    page.evaluate("scene => window.tell('msg:custom', scene)", figure.get_state()["scene"])
    page.get_by_label("Speed").select_option("slow")
    press(page, "Play")
    until(page, figure, row=0, column="a")
    press(page, "Pause")
    page.wait_for_timeout(1700)
    assert figure.values == {"row": 0, "column": "a"}


def test_who_wants_no_motion_makes_each_step(chromium: Any) -> None:
    figure = Grid()
    page = front_page(chromium, figure, reduced_motion="reduce")
    assert page.get_by_label("Speed").is_hidden()
    press(page, "Next step")
    until(page, figure, column="c")
    page.wait_for_timeout(700)
    assert figure.values == {"row": 0, "column": "c"}
    page.close()


@pytest.mark.parametrize("lab, left", [("convolution_lab", ".dl-trail > rect"), ("memory_lab", ".dl-trail > .dl-plot")])
def test_while_it_plays_a_trail_shows_where_it_came_from(chromium: Any, lab: str, left: str) -> None:
    figure = figure_named(lab)
    figure.reveal()
    page = front_page(chromium, figure, reduced_motion="reduce")
    for steps_taken in (1, 2):
        press(page, "Next step")
        page.wait_for_function(f"document.querySelectorAll('{left}').length === {steps_taken}")
    slider_of = page.get_by_role("slider").first
    slider_of.press("ArrowRight")
    page.wait_for_function(f"document.querySelectorAll('{left}').length === 0")
    page.close()


def test_every_figure_plays_controls_that_it_has() -> None:
    for row in FIGURES:
        figure = figure_of(row)
        assert figure.plays and set(figure.plays) <= set(figure.control), row.lab
        assert all(figure.control[name].kind != "field" for name in figure.plays), row.lab
