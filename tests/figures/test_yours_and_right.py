"""Yours and right: the frame stands on a cell that is wrong, and the sentence says both numbers."""

import re
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from figures import FIGURES, Row
from front_page import front_page
from test_legible import figure_named

import dltools.nn
from dltools.checks import exercises
from dltools.figures.backpropagation import descent_lab
from dltools.figures.base.beside import beside
from dltools.figures.base.scene import Scene

WRONG_IN = {
    "network_lab": ("linear_forward", 5),
    "way_back_lab": ("rnn_jacobian", 10),
    "cell_lab": ("lstm_step_forward", 15),
}
"""Figures, the function whose mistakes they are given, and in how many of these a number of the picture is wrong."""
FRAMED = r"Framed, the (?:one number that differs|first of [\d,]+ numbers that differ): yours (\S+), right (\S+)\.$"


def figure_with(lab: str, function: Any) -> Any:
    """The figure of a student who has written this function, after the prediction."""
    unit = next(row.unit for row in FIGURES if row.lab == lab)
    figure = getattr(import_module(f"dltools.figures.{unit}"), lab)(function)
    figure.revealed = True
    figure.refresh()
    return figure


@pytest.mark.parametrize("lab", WRONG_IN)
def test_the_frame_stands_on_a_wrong_cell(lab: str) -> None:
    name, least = WRONG_IN[lab]
    right, framed = figure_with(lab, getattr(dltools.nn, name)), 0
    for mistake in exercises()[name].mistakes:
        yours = figure_with(lab, mistake.function)
        written = dict(yours.drawing.written)
        yours.both()
        said = re.search(FRAMED, yours.status)
        if not said:
            continue
        framed += 1
        frames = re.findall(r'<rect x="(\S+)" y="(\S+)" [^>]*stroke="#D55E00"[^>]*stroke-dasharray', yours.picture)
        left, top = map(float, frames[-1])
        there = [place for place, (box, _) in written.items() if box[:2] == pytest.approx((left, top), abs=1e-3)]
        mine, true = (re.sub(r"[^−\d.]", "", at[there[0]][1]) for at in (written, right.drawing.written))
        assert mine != true and (mine, true) == said.groups(), mistake.name
    assert framed >= least


def test_what_is_right_has_no_frame() -> None:
    for lab in WRONG_IN:
        figure = figure_named(lab)
        figure.reveal()
        height = figure.drawing.height
        figure.both()
        assert figure.status.endswith("In this picture yours and right are the same.")
        assert figure.drawing.height > 2 * height, "and the right picture stands below"
        assert figure.picture.count("of your ") == figure.picture.count("of the right ")
        figure.both()
        assert figure.drawing.height == height


def test_a_pixel_of_a_photograph_is_framed() -> None:
    (flip,) = (one for one in exercises()["conv2d_forward"].mistakes if one.name == "flips_filter")
    figure = figure_with("filters_lab", flip.function)
    figure.both()
    assert re.search(
        r"the first of [\d,]+ pixels that differ: yours a gray of (\S+), right (?!\1)\S+\.$", figure.status
    )


@pytest.mark.parametrize("lab", ["graph_lab", "pooling_lab", "race_lab"])
def test_figures_that_hold_several_functions_compare_too(lab: str) -> None:
    assert figure_named(lab).compares


def test_a_point_of_a_plot_is_framed_and_the_plot_stands_below() -> None:
    framed = 0
    for mistake in exercises()["polynomial_features"].mistakes:
        yours = figure_with("capacity_lab", mistake.function)
        height = yours.drawing.height
        yours.both()
        said = re.search(r"points that differ: yours (−?[\d.]+), right (?!\1)(\S+)\.$", yours.status)
        if not said:
            continue
        framed += 1
        assert yours.drawing.height > 2 * height and "Below: the same with the right functions" in yours.picture
        x, y, width, tall = last_frame(yours.picture)
        points = [point for curve in yours.drawing.curves for point in curve]
        inside = [value for at, up, value in points if x <= at <= x + width and y <= up <= y + tall]
        assert float(said[1].replace("−", "-")) in np.round(inside, 4), mistake.name
    assert framed >= 3


def last_frame(picture: str) -> tuple[float, ...]:
    """The box of the dashed frame in the student's picture."""
    box = r'<rect x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)" [^>]*stroke="#D55E00"[^>]*stroke-dasharray'
    return tuple(map(float, re.findall(box, picture)[-1]))


def test_a_bar_that_differs_is_framed() -> None:
    (mistake, *_) = exercises()["rnn_step_backward"].mistakes
    figure = import_module("dltools.figures.rnn").unrolled_lab(dltools.nn.rnn_step_forward, mistake.function)
    figure.reveal()
    figure.both()
    assert re.search(r"Framed, the first of \d+ parts that differ\.$", figure.status)


def test_where_only_the_sentence_differs_the_right_one_is_said() -> None:
    assert beside(Scene(9, 9), Scene(9, 9), "2.", "2.") == "In this picture yours and right are the same."
    assert (
        beside(Scene(9, 9), Scene(9, 9), "2.", "3.")
        == "The pictures are the same, but the right functions would say: 3."
    )


def test_what_the_block_returns_stands_in_its_picture() -> None:
    leaves_out = next(one for one in exercises()["residual_block_forward"].mistakes if one.name == "leaves_out_x")
    figure = import_module("dltools.figures.resnet").block_lab(leaves_out.function, dltools.nn.residual_block_backward)
    figure.both()
    assert figure.status.endswith("yours 0, right 1.")


def test_the_button_shows_it_and_shows_yours_alone_again(chromium: Any) -> None:
    figure = figure_with("way_back_lab", lambda h, W: 2 * dltools.nn.rnn_jacobian(h, W))
    page = front_page(chromium, figure)
    button, status = page.get_by_role("button", name="Yours and right"), page.locator(".dl-status")
    height = page.locator(".dl-stage > svg").first.evaluate("node => +node.getAttribute('height')")
    button.press("Enter")
    page.get_by_text("Framed, the first of").wait_for()
    assert button.get_attribute("aria-pressed") == "true"
    assert page.locator(".dl-stage > svg").first.evaluate("node => +node.getAttribute('height')") > 2 * height
    button.press("Enter")
    page.wait_for_function("() => !document.querySelector('.dl-status').textContent.includes('Framed')")
    assert button.get_attribute("aria-pressed") == "false" and status.inner_text()
    page.close()


def test_the_way_down_tells_which_function_fails_and_compares_the_maps() -> None:
    maps, ways = 0, 0
    forward, backward = exercises()["two_layer_forward"], exercises()["two_layer_backward"]
    for mistake in forward.mistakes:  # its cache is not what the right backward wants
        figure = descent_lab(mistake.function, dltools.nn.two_layer_backward)
        figure.asked({"do": "reveal"})
        figure.asked({"do": "both"})
        assert re.match(r"two_layer_(forward|backward) raises \w+: .*, in line \d+: ", figure.trouble), mistake.name
        maps += "no way down. Framed, the first of" in figure.status
    for mistake in backward.mistakes:
        figure = descent_lab(backward.mistakes_forward, mistake.function)
        figure.reveal()
        figure.both()
        assert not figure.trouble, (mistake.name, figure.trouble)
        ways += "Framed, the" in figure.status
    assert maps >= 12 and ways >= 18


def unwritten(name: str) -> Any:
    def function(*_: Any, **__: Any) -> None:
        raise NotImplementedError

    function.__name__ = name
    return function


@pytest.mark.parametrize("row", [row for row in FIGURES if row.functions and not row.setup], ids=lambda row: row.lab)
def test_a_function_that_is_not_written_keeps_no_button_from_its_answer(row: Row) -> None:
    figure = getattr(import_module(f"dltools.figures.{row.unit}"), row.lab)(*map(unwritten, row.functions))
    assert " or " not in figure.trouble.partition(" is not written yet")[0]
    asked = [{"guess": figure.choices[0]}, {"do": "reveal"}] if figure.question else []
    for action in (*asked, {"do": "both"}, {"do": "undo"}, {"do": "reset"}, {"tour": 0}):
        answers = figure._answers
        figure.asked(action)
        assert figure._answers == answers + 1, action
