"""Every tour: its stops can be gone to, and show something; and in Chromium, next and back by key."""

from typing import Any

import pytest
from figures import FIGURES
from front_page import front_page
from test_legible import figure_named
from test_pointer import until

from dltools.figures import steps
from dltools.figures.base.tours import every


@pytest.mark.parametrize("lab", [row.lab for row in FIGURES])
def test_every_stop_of_a_figure_shows_something(lab: str) -> None:
    figure = figure_named(lab)
    if figure.question:
        figure.reveal()
    assert 4 <= len(figure.tour) <= 8
    shown: list[tuple[str, str]] = []
    for place, stop in enumerate(figure.tour):
        figure.asked({"tour": place})
        assert figure.values | stop.sets == figure.values, stop
        assert figure.revealed and not figure.trouble, stop
        shown.append((figure.picture, figure.status))
        assert shown[-1] not in shown[:-1], f"{stop.says}: nothing is new"


def test_every_tour_is_of_a_figure() -> None:
    assert set(every()) == {row.lab for row in FIGURES}


def test_a_value_that_the_list_lacks_is_the_nearest() -> None:
    control = steps("steps of training", (0, 30, 60, 90), 0)
    assert [control.nearest(value) for value in (0, 100, 40)] == [0, 90, 30]


def test_next_and_back_by_key_after_the_prediction(chromium: Any) -> None:
    figure = figure_named("convolution_lab")
    page = front_page(chromium, figure, viewport={"width": 1000, "height": 1000})
    start = page.get_by_role("button", name="Tour", exact=True)
    assert start.is_disabled(), "it would tell the answer"
    page.get_by_label("Your prediction").select_option("4 × 4")
    page.get_by_role("button", name="Reveal").press("Enter")
    page.get_by_text("as you predicted").wait_for()
    start.press("Enter")
    said = page.locator(".dl-tour-text")
    stops = figure.tour
    for key, place in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        page.keyboard.press(key)
        until(page, figure, **stops[place].sets)
        assert said.inner_text() == f"{place + 1} of {len(stops)}: {stops[place].says}"
    page.get_by_role("button", name="End of tour").press("Enter")
    assert said.inner_text() == ""
    page.close()
