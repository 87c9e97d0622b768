"""The figures' module in Chromium, without Jupyter: what changes, what is undone, what happens without an answer."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from front_page import front_page

from dltools.figures import FramesLab, Scene, SvgLab, button, choice, field, slider, steps, switch
from dltools.figures.base.front import difference


class Every(SvgLab):
    """A figure with every kind of control."""

    title, alt = "Every control", "Two numbers."
    question, choices, hides = "Which?", ("one", "two"), ("number",)
    groups = {"Numbers": ("number", "part", "listed"), "": ("chosen", "typed", "on", "pressed")}  # noqa: RUF012

    def controls(self) -> dict[str, Any]:
        return {
            "number": slider("number", 0, 9, 3, tip="A whole number"),
            "part": slider("part", -1.0, 1.0, 0.0, 0.1),
            "listed": steps("listed", (1, 10, 100), 10),
            "chosen": choice("chosen", [("first", 1), ("second", 2)]),
            "typed": field("typed", "text"),
            "on": switch("on"),
            "pressed": button("Press"),
        }

    def adjust(self, on: bool, **_: Any) -> None:
        self.control["number"].max = 5 if on else 9
        self.control["typed"].disabled = on

    def answer(self, **_: Any) -> str:
        return "two"

    def draw(self, number: int, **others: Any) -> tuple[Scene, str]:
        if others["typed"] == "broken":
            raise ValueError("a mistake of ours")
        scene = Scene(400, 60)
        for place in range(number):
            scene.rect(10 + 20 * place, 10, 15, 15)
        scene.text(20, 40, number)
        return scene, f"{number} & {others}"


class Depths(FramesLab):
    title, alt, scrub = "Depths", "A depth.", "depth"

    def controls(self) -> dict[str, Any]:
        return {"depth": steps("depth", (1, 2, 3), 1), "seed": slider("seed", 0, 3, 0)}

    def draw(self, depth: int, seed: int) -> tuple[Scene, str]:
        scene = Scene(100, 50)
        scene.text(50, 25, f"depth {depth}")
        return scene, f"Depth {depth}, seed {seed}."


@pytest.fixture
def shown(chromium: Any) -> Iterator[Callable[..., Any]]:
    with ExitStack() as stack:

        def show(figure: Any, **context: Any) -> Any:
            page = front_page(chromium, figure, **context)
            stack.callback(page.close)
            return page

        yield show


def settled(page: Any, figure: Any) -> None:
    """Wait until the page shows what the figure is at."""
    said = figure.trouble or figure.status
    page.wait_for_function(
        "said => [...document.querySelectorAll('.dl-status, .dl-trouble')].some((node) => node.textContent === said)",
        arg=said,
    )


HELD = """() => {
  const ask = window.ask, gate = new Promise((open) => { window.go = open; });
  window.ask = (action) => gate.then(() => ask(action));
}"""
"""Answers wait until `window.go()`."""

USES: dict[str, tuple[str, str, Callable[[Any], None], Any]] = {
    "number": ("slider", "number", lambda input: input.press("ArrowRight"), 4),
    "the number, typed": ("spinbutton", "number, typed", lambda input: (input.fill("7"), input.press("Enter")), 7),
    "too large": ("spinbutton", "number, typed", lambda input: (input.fill("99"), input.press("Enter")), 9),
    "part": ("slider", "part", lambda input: input.press("ArrowLeft"), -0.1),
    "listed": ("slider", "listed", lambda input: input.press("ArrowRight"), 100),
    "chosen": ("combobox", "chosen", lambda input: input.select_option("second"), 2),
    "typed": ("textbox", "typed", lambda input: (input.fill("<b>"), input.press("Enter")), "<b>"),
    "on": ("checkbox", "on", lambda input: input.press("Space"), True),
    "pressed": ("button", "Press", lambda input: input.press("Enter"), 1),
}
NAMES = {"the number, typed": "number", "too large": "number"}


@pytest.fixture(scope="module")
def every(chromium: Any) -> Iterator[tuple[Any, Any]]:
    figure = Every()
    page = front_page(chromium, figure)
    yield figure, page
    page.close()


@pytest.mark.parametrize("use", USES)
def test_a_control_is_set_and_undone_by_keys(every: tuple[Any, Any], use: str) -> None:
    figure, page = every
    start = dict(figure.values)
    role, name, act, value = USES[use]
    act(page.get_by_role(role, name=name, exact=True))
    settled(page, figure)
    page.wait_for_function("document.querySelector('.dl-status').textContent.includes('&')")
    assert figure.values == start | {NAMES.get(use, use): value}
    page.get_by_role("button", name="Undo").press("Enter")
    page.wait_for_function("window.asked.at(-1).do === 'undo'")
    settled(page, figure)
    assert figure.values == start


def test_the_labels_of_two_figures_are_not_mixed(shown: Callable[..., Any]) -> None:
    """Each figure has a module of its own, which begins to count by itself."""
    ids = "[...document.querySelectorAll('[id^=dl-]')].map((node) => node.id)"
    first, second = (set(shown(Depths()).evaluate(ids)) for _ in range(2))
    assert len(first) == 2 and not first & second


def test_only_what_changed_is_touched_and_focus_stays(shown: Callable[..., Any]) -> None:
    figure = Every()
    page = shown(figure)
    page.evaluate("""() => {
      window.touched = [];
      window.first = document.querySelector('.dl-picture rect');
      const note = (records) => records.forEach((record) => window.touched.push(record.target.nodeName));
      new MutationObserver(note).observe(window.first, {attributes: true});
    }""")
    page.get_by_role("slider", name="number", exact=True).press("ArrowRight")
    settled(page, figure)
    assert page.evaluate("document.querySelectorAll('.dl-picture rect').length") == 4
    assert page.evaluate("document.contains(window.first) && window.touched.length") == 0
    assert page.evaluate("document.activeElement.type") == "range"
    sent = difference({"parts": {"0": "a", "1": "b"}, "status": "x"}, {"parts": {"0": "a"}, "status": "x"})
    assert sent == {"parts": {"1": None}}


def test_the_picture_after_many_steps_is_as_if_drawn_at_once(shown: Callable[..., Any]) -> None:
    figure = Every()
    page = shown(figure)
    for key in ["ArrowRight"] * 5 + ["ArrowLeft"] * 7 + ["ArrowRight"]:
        page.get_by_role("slider", name="number", exact=True).press(key)
    settled(page, figure)
    drawn = page.evaluate("document.querySelector('.dl-picture svg').innerHTML")
    page.evaluate("(parts) => { document.querySelector('svg').innerHTML = parts }", "".join(figure.drawing._svg))
    assert drawn == page.evaluate("document.querySelector('.dl-picture svg').innerHTML")


def test_a_drag_is_undone_as_one_step(shown: Callable[..., Any]) -> None:
    figure = Every()
    page = shown(figure)
    track = page.get_by_role("slider", name="number", exact=True).bounding_box()
    page.mouse.move(track["x"] + track["width"] * 0.35, track["y"] + track["height"] / 2)
    page.mouse.down()
    for share in (0.5, 0.6, 0.7, 0.8, 0.97):
        page.mouse.move(track["x"] + track["width"] * share, track["y"] + track["height"] / 2)
        page.wait_for_timeout(30)
    page.mouse.up()
    page.wait_for_function("document.querySelector('.dl-status').textContent.startsWith('9')")
    figure.undo()
    assert figure.values["number"] == 3


def test_keys_faster_than_the_kernel_ask_for_the_last(shown: Callable[..., Any]) -> None:
    figure = Every()
    page = shown(figure)
    page.evaluate(HELD)
    slider = page.get_by_role("slider", name="number", exact=True)
    for _ in range(6):
        slider.press("ArrowRight")
    assert slider.input_value() == "9", "the control does not wait"
    page.evaluate("window.go()")
    page.wait_for_function("document.querySelector('.dl-status').textContent.startsWith('9')")
    assert page.evaluate("window.asked.length") == 2
    assert slider.input_value() == "9"


def test_predict_then_reveal(shown: Callable[..., Any]) -> None:
    figure = Every()
    page = shown(figure)
    reveal = page.get_by_role("button", name="Reveal")
    assert reveal.is_disabled()
    page.get_by_label("Your prediction").select_option("one")
    reveal.press("Enter")
    page.get_by_text("It is two, you predicted one.").wait_for()
    page.get_by_role("slider", name="number", exact=True).press("ArrowRight")
    page.wait_for_function("document.querySelector('.dl-outcome').textContent === ''")
    assert not figure.revealed and reveal.is_disabled(), "the question is posed anew"


def test_trouble_is_shown_and_left_again(shown: Callable[..., Any]) -> None:
    figure = Every()
    page = shown(figure)
    typed = page.get_by_role("textbox", name="typed")
    typed.fill("broken")
    typed.press("Enter")
    page.get_by_text("This figure cannot be drawn (ValueError: a mistake of ours)").wait_for()
    assert not page.locator(".dl-picture [role=img]").is_visible()
    page.get_by_role("button", name="Undo").press("Enter")
    page.locator(".dl-picture [role=img]").wait_for()
    assert page.locator(".dl-trouble").inner_text() == "" and typed.input_value() == "text"


def test_frames_are_shown_without_asking(shown: Callable[..., Any]) -> None:
    page = shown(Depths())
    page.evaluate(HELD)
    page.get_by_role("slider", name="depth").press("ArrowRight")
    assert page.locator(".dl-picture text").inner_html() == "depth 2"
    assert page.get_by_role("status").inner_text() == "Depth 2, seed 0."
    assert page.get_by_role("slider", name="depth").get_attribute("aria-valuetext") == "2"


def test_frames_are_drawn_anew_for_another_control(shown: Callable[..., Any]) -> None:
    figure = Depths()
    page = shown(figure)
    page.get_by_role("slider", name="depth").press("End")
    page.get_by_role("slider", name="seed").press("ArrowRight")
    page.wait_for_function("document.querySelector('.dl-status').textContent === 'Depth 3, seed 1.'")
    assert page.locator(".dl-picture text").inner_html() == "depth 3"


ASLEEP = "This figure is asleep: run the cells above it, from the top, and then its own."


def test_without_a_kernel_it_keeps_its_picture_and_says_so(shown: Callable[..., Any]) -> None:
    page = shown(Every())
    page.evaluate("window.tell('comm_live_update')")
    assert page.locator(".dl-asleep").inner_text() == ASLEEP
    assert page.locator(".dl-picture rect").count() == 3


def test_who_waits_is_told_and_a_late_answer_wakes(shown: Callable[..., Any]) -> None:
    page = shown(Every())
    page.clock.install()
    page.evaluate(HELD)
    page.get_by_role("slider", name="number", exact=True).press("ArrowRight")
    page.clock.run_for(5100)
    said = page.locator(".dl-asleep").inner_text()
    assert said.startswith("There is no answer yet: the kernel is busy.") and "asleep" not in said
    page.evaluate("window.go()")
    page.wait_for_function("document.querySelector('.dl-asleep').textContent === ''")
    assert page.locator(".dl-picture rect").count() == 4


def test_it_leaves_nothing_behind(shown: Callable[..., Any]) -> None:
    page = shown(Every())
    slider = page.get_by_role("slider", name="number", exact=True)
    slider.press("x")
    assert slider.get_attribute("data-lm-suppress-shortcuts") == ""
    slider.press("Control+s")
    assert slider.get_attribute("data-lm-suppress-shortcuts") is None
    page.evaluate("window.end()")
    slider.press("x")
    assert slider.get_attribute("data-lm-suppress-shortcuts") is None


def test_a_page_that_opens_it_anew_gets_the_newest_scene() -> None:
    figure = Every()
    figure.control["number"].value = 5
    assert figure.get_state()["scene"]["controls"]["number"]["value"] == 5
    assert set(figure.get_state()["scene"]["parts"]) == {str(place) for place in range(6)}
