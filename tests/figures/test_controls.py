"""What a control shows, picture and sentence stand for: in all figures, before the prediction and after it."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from figures import FIGURES, Row
from front_page import front_page
from test_legible import figure_named, figure_of, values_of

IDLE = {
    ("dropout_lab", "p"): "in test mode nothing is dropped, whatever p: that is what is to be seen",
}
"""Controls that show a value beside which they change nothing, and why."""


def at(figure: Any, values: dict[str, Any], revealed: bool) -> dict[str, Any]:
    """What the browser draws a figure from, with these values, before the prediction or after it."""
    figure._settle_at(values)
    figure._before, figure.revealed = figure.values, revealed
    figure.refresh()
    scene: dict[str, Any] = figure.get_state()["scene"]
    return scene


def seen(scene: dict[str, Any]) -> tuple[Any, ...]:
    return scene["parts"], scene.get("frames"), scene["status"], scene["trouble"]


def modes(figure: Any) -> Iterator[dict[str, Any]]:
    """The start, and each menu and switch at each of its values, with the other controls as they are at first."""
    yield {}
    for name, control in figure.control.items():
        if control.kind in ("choice", "switch"):
            yield from ({name: value} for value in values_of(name, control))


def places(figure: Any, mode: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A mode with its sliders where they start, all at their first values, and all at their last ones."""
    yield figure._start | mode
    for end in (0, -1):
        ends = {name: values_of(name, one)[end] for name, one in figure.control.items() if one.kind in SLIDERS}
        yield figure._start | ends | mode


SLIDERS = ("slider", "steps")


def tried(name: str, control: Any) -> list[Any]:
    """Values of a control; those of a field are not tried, as each figure reads another text."""
    return [1, 2, 3] if control.kind == "button" else [] if control.kind == "field" else values_of(name, control)


def acts(figure: Any, name: str, mode: dict[str, Any], revealed: bool) -> bool:
    """Whether a control changes anything, in a mode in which it can be moved."""
    for values in places(figure, mode):
        before = at(figure, values, revealed)
        if before["controls"][name]["disabled"]:
            continue
        others = [value for value in tried(name, figure.control[name]) if value != figure.values[name]]
        if not others or any(seen(at(figure, values | {name: other}, revealed)) != seen(before) for other in others):
            return True
    return all(at(figure, values, revealed)["controls"][name]["disabled"] for values in places(figure, mode))


@pytest.mark.parametrize("row", FIGURES, ids=[row.lab for row in FIGURES])
def test_a_control_that_can_be_moved_changes_what_is_seen_or_asked(row: Row) -> None:
    figure = figure_of(row)
    for revealed in (False, True) if figure.question else (True,):
        for mode in modes(figure):
            for name in figure.control.keys() - mode.keys() - (set() if revealed else set(figure.hides)):
                if (row.lab, name) not in IDLE:
                    assert acts(figure, name, mode, revealed), (name, mode, revealed)


@pytest.mark.parametrize("row", FIGURES, ids=[row.lab for row in FIGURES])
def test_no_two_values_of_what_plays_look_the_same(row: Row) -> None:
    figure = figure_of(row)
    for revealed in (False, True) if figure.question else (True,):
        for name in figure.plays:
            if at(figure, figure._start, revealed)["controls"][name]["disabled"] or (row.lab, name) in IDLE:
                continue
            if revealed or name not in figure.hides:
                scenes = [
                    at(figure, figure._start | {name: value}, revealed) for value in tried(name, figure.control[name])
                ]
                assert all(seen(one) != seen(other) for one, other in pairwise(scenes)), (name, revealed)


@pytest.mark.parametrize("row", FIGURES, ids=[row.lab for row in FIGURES])
def test_picture_and_sentence_are_of_the_values_that_the_controls_show(row: Row) -> None:
    figure, drawn = figure_of(row), dict[str, Any]()
    draw = figure.draw
    figure.draw = lambda **values: drawn.update({tuple(values.items()): None}) or draw(**values)
    for revealed in (False, True) if figure.question else (True,):
        for mode in modes(figure):
            drawn.clear()
            figure._drawn_for = None  # of a run that is drawn in advance
            controls = at(figure, figure._start | mode, revealed)["controls"]
            shown = {name: figure.control[name].read(state["value"]) for name, state in controls.items()}
            assert tuple(shown.items()) in drawn, (mode, revealed)


WAITING = {
    "xor_lab": ("steps", {"network": "two layers, learning"}, "before the first step", "after 2,000 steps"),
    "race_lab": ("epochs", {}, "After 1 epoch", "After 0 epochs"),
    "descent_lab": ("steps", {}, "After 0 steps", "After 80 steps"),
    "learned_lab": ("steps taken", {}, "After 3 steps", "After 0 steps"),
    "cliff_lab": ("steps taken", {}, "The first step", "After step 40"),
    "learning_lab": ("steps of training", {}, "After 60 steps", "After 0 steps"),
}
"""Figures whose run waits for the prediction: its slider, values, and what is said before and after."""


@pytest.mark.parametrize("lab", WAITING)
def test_a_run_that_waits_shows_the_step_of_its_sentence_and_does_not_play(chromium: Any, lab: str) -> None:
    label, values, before, after = WAITING[lab]
    figure = figure_named(lab)
    figure._settle_at(figure._start | values)
    figure.refresh()
    page = front_page(chromium, figure)
    slider, status = page.get_by_role("slider", name=label, exact=True), page.get_by_role("status")
    assert slider.is_disabled() and slider.is_visible() and before in status.inner_text()
    assert page.get_by_role("button", name="Play").is_disabled()
    page.get_by_label("Your prediction").select_option(index=1)
    page.get_by_role("button", name="Reveal").press("Enter")
    status.filter(has_text=after).wait_for()
    assert slider.is_enabled() and page.get_by_role("button", name="Play").is_enabled()
    page.close()


def test_a_control_without_effect_shows_its_name_alone(chromium: Any) -> None:
    figure = figure_named("xor_lab")
    figure.reveal()
    page = front_page(chromium, figure)
    assert page.get_by_role("slider").count() == 0 and page.get_by_text("2000").is_hidden()
    assert page.get_by_text("steps", exact=True).is_visible()
    page.get_by_label("network").select_option("one neuron, learning")
    page.get_by_role("slider", name="start", exact=True).wait_for()
    page.close()


SAID = {("moving_lab", "digit"): "once revealed it stays so, and the outcome names its digit"}
"""Controls that change the answer and do not ask anew, and why."""


@pytest.mark.parametrize("row", FIGURES, ids=[row.lab for row in FIGURES])
def test_an_answer_changes_with_what_asks_for_it_alone(row: Row) -> None:
    figure = figure_of(row)
    if not figure.question:
        pytest.skip("it asks nothing")
    for mode in modes(figure):
        start = figure._start | mode
        for name in figure.control.keys() - set(figure.hides) - {one for lab, one in SAID if lab == row.lab}:
            control = figure.control[name]
            typed = [start[name].replace("0", "9", 1)] if control.kind == "field" else []
            for value in (*tried(name, control), *typed):
                figure._settle_at(start)
                before = figure.answer(**figure.values)
                figure._settle_at(start | {name: value})
                assert figure.answer(**figure.values) == before, (name, value, mode)
