"""Keys stay in the figure: none of them cuts, inserts or deletes a cell, in JupyterLab and in Notebook 7."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

FIGURE = """
from dltools.figures import Scene, SvgLab, button, choice, field, slider, steps, switch

class Every(SvgLab):
    title, alt = "Every control", "A number."
    question, choices = "Which?", ("one", "two")
    def controls(self):
        return {"number": slider("number", 0, 9, 3), "listed": steps("listed", (1, 10, 100), 10),
                "chosen": choice("chosen", ["first", "second"]), "typed": field("typed", "text"),
                "on": switch("on"), "pressed": button("Press")}
    def answer(self, **values):
        return "one"
    def draw(self, number, **others):
        scene = Scene(1200, 40)
        scene.text(20, 20, number)
        return scene, f"{number} {others}"
Every()
""".strip()
KEYS = [*"abcdfhijklmoruvxyz", "d", "d", "i", "i", "0", "0", "Enter", "Escape", "ArrowDown", "ArrowUp", "Delete"]
"""What JupyterLab and Notebook 7 take for a command; dd deletes the cell, ii and 00 stop and restart the kernel."""
RECORD = """() => {
  window.commands = [];
  jupyterapp.commands.execute = name => { window.commands.push(name); return Promise.resolve(); };
}"""


@pytest.fixture(scope="module", params=["lab", "notebooks"])
def page(request: pytest.FixtureRequest, open_notebook: Callable[..., Any], jupyterlab: Any) -> Iterator[Any]:
    """A page with the figure, in which commands are recorded and not done."""
    with open_notebook(f"keys-{request.param}", [FIGURE]) as notebook:
        shown = notebook.page
        if request.param == "notebooks":
            shown.goto(f"{notebook.home}/notebooks/keys-notebooks.ipynb?token={jupyterlab.token}")
            shown.wait_for_function(
                "window.jupyterapp?.commands.hasCommand('notebook:restart-run-all')", timeout=90_000
            )
            shown.get_by_text("from dltools.figures import").first.wait_for()
            notebook.run_all()
        shown.locator(".dl-lab").wait_for(timeout=60_000)
        shown.evaluate(RECORD)
        yield shown


CONTROLS = [
    ("slider", "number"),
    ("slider", "listed"),
    ("combobox", "chosen"),
    ("textbox", "typed"),
    ("checkbox", "on"),
    ("button", "Press"),
    ("combobox", "Your prediction"),
    ("button", "Undo"),
]


@pytest.mark.parametrize(("role", "name"), CONTROLS)
def test_no_key_in_a_control_is_a_command(page: Any, role: str, name: str) -> None:
    control = page.locator(".dl-lab").get_by_role(role, name=name, exact=True).first
    for key in KEYS:
        control.focus()
        page.keyboard.press(key)
    assert page.evaluate("window.commands.splice(0)") == []


def test_save_is_still_a_command(page: Any) -> None:
    page.locator(".dl-lab").get_by_role("slider", name="number", exact=True).focus()
    page.keyboard.press("Control+s")
    assert "docmanager:save" in page.evaluate("window.commands.splice(0)")


def test_arrows_move_a_slider(page: Any) -> None:
    lab = page.locator(".dl-lab")
    lab.get_by_role("button", name="Reset").press("Enter")
    handle = lab.get_by_role("slider", name="number", exact=True)
    page.wait_for_function("document.querySelector('.dl-lab input[type=range]').value == 3")
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.dl-lab input[type=range]').value == 4")


def test_a_control_that_has_the_focus_shows_it(page: Any) -> None:
    page.keyboard.press("Tab")
    for role, name in CONTROLS:
        control = page.locator(".dl-lab").get_by_role(role, name=name, exact=True).first
        control.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        look = page.evaluate("""() => {
          const style = getComputedStyle(document.activeElement);
          const inside = document.activeElement.closest('.dl-lab') !== null;
          return [inside, style.outlineStyle, style.outlineWidth, style.boxShadow];
        }""")
        inside, outline, width, shadow = look
        assert inside and ((outline == "solid" and float(width[:-2]) >= 2) or "3px" in shadow), (role, name, look)


def test_a_track_is_long_enough_to_be_dragged(page: Any) -> None:
    tracks = page.locator(".dl-lab input[type=range]")
    assert tracks.count() == 2
    assert all(track.bounding_box()["width"] >= 140 for track in tracks.all())


def test_a_picture_that_is_too_wide_scrolls_and_can_be_reached(page: Any) -> None:
    before = page.viewport_size
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function("document.querySelector('.dl-picture').tabIndex === 0")
    scale = page.evaluate("document.querySelector('.dl-picture svg').getBoundingClientRect().width / 1200")
    assert scale * 14 >= 11 - 0.01, "its text is never smaller than 11 px"
    assert page.evaluate(
        "document.querySelector('.dl-lab').scrollWidth <= document.querySelector('.dl-lab').clientWidth"
    )
    page.set_viewport_size(before)
