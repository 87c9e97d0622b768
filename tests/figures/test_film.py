"""A figure without kernel: asked first and shown then, moved by keys, and what it shows is what the figure would."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from figures import FIGURES
from front_page import PAGE
from test_legible import figure_named

from dltools.figures.base.film import BUDGET, film
from dltools.figures.base.front import MODULE, STILL


@pytest.fixture(scope="module")
def page(chromium: Any) -> Iterator[Any]:
    """The convolution figure, without kernel."""
    said = json.dumps(film(figure_named("convolution_lab"))).replace("</", "<\\/")
    shown = f'<img class="figure-still"><script type="application/json" class="dl-film">{said}</script>'
    lab = f'<div class="cell_output">{shown}</div>'
    page = chromium.new_page()
    page.set_content(PAGE.format(css="", light="true") + f'{lab}<script type="module">{MODULE}{STILL}</script>')
    page.wait_for_selector(".dl-lab svg text")
    yield page
    page.close()


def test_it_asks_first_and_moves_then(page: Any) -> None:
    assert page.locator(".figure-still").count() == 0
    row = page.get_by_role("slider", name="output row", exact=True)
    assert row.is_disabled() and page.locator(".dl-over [aria-label^=output]").count() == 0
    page.get_by_label("Your prediction").select_option("3 × 3")
    page.get_by_role("button", name="Reveal").press("Enter")
    page.get_by_text("It is 4 × 4, you predicted 3 × 3.").wait_for()
    live = figure_named("convolution_lab")
    live.reveal()
    for key, values in (("ArrowRight", {"row": 1}), ("ArrowRight", {"row": 2}), ("ArrowLeft", {"row": 1})):
        row.press(key)
        live._set(values)
        page.wait_for_function("said => document.querySelector('.dl-status').textContent === said", arg=live.status)
    page.locator('.dl-over [aria-label^="output row 3, column 2"]').click()
    live._set({"row": 3, "column": 2})
    page.wait_for_function("said => document.querySelector('.dl-status').textContent === said", arg=live.status)
    drawn = page.evaluate("document.querySelector('.dl-stage svg').textContent")
    assert drawn == page.evaluate(
        "svg => new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement.textContent", live.picture
    )


def test_undo_reset_and_play_need_no_kernel_either(page: Any) -> None:
    row, column = (page.get_by_role("slider", name=f"output {name}", exact=True) for name in ("row", "column"))
    page.get_by_role("button", name="Reset").press("Enter")
    page.wait_for_function("() => document.querySelector('input[type=range]').value === '0'")
    page.get_by_label("Speed").select_option("fast")
    page.get_by_role("button", name="Play").press("Enter")
    page.wait_for_function(
        "() => [...document.querySelectorAll('input[type=range]')].every((one) => one.value === '3')"
    )
    page.get_by_role("button", name="Undo").press("Enter")
    page.wait_for_function("() => document.querySelector('input[type=range]').value === '0'")
    assert (row.input_value(), column.input_value()) == ("0", "0")


SMALL = ("network_lab", "graph_lab", "unrolled_lab", "distance_lab", "cell_lab", "drop_lab", "dashboard_lab")


@pytest.mark.parametrize(
    "lab", [row.lab if row.lab in SMALL else pytest.param(row.lab, marks=pytest.mark.long) for row in FIGURES]
)
def test_a_film_is_small_and_leaves_the_figure_as_it_was(lab: str) -> None:
    drawn = figure_named(lab)
    before = drawn.get_state()["scene"]
    made = film(drawn)
    after = drawn.get_state()["scene"]
    assert {key: after[key] for key in before if key != "answers"} == {
        key: before[key] for key in before if key != "answers"
    }
    assert len(made["states"]) > 1 and len(json.dumps(made["states"])) <= BUDGET
    assert set(made["outcomes"]) == ({"", *drawn.choices} if drawn.question else set())
    assert not any("Trouble" in str(state.get("trouble")) for state in made["states"].values())


def test_a_large_film_goes_in_larger_steps() -> None:
    made = film(figure_named("filters_lab"))
    control = made["scene"]["controls"]["column"]
    assert control["step"] > 1
    sent = [str(value) for value in range(control["min"], control["max"] + 1, control["step"])]
    assert list(made["states"]) == sent and str(control["value"]) in sent
