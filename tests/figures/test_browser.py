"""Every figure in a real JupyterLab: alive by keyboard, named for screen readers, readable in both themes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from figures import FIGURES, Row

ROLES = ("slider", "combobox", "textbox", "spinbutton", "checkbox", "radio", "button")


def cell(row: Row) -> str:
    names = ", ".join(row.functions)
    given = [row.setup or f"from dltools.nn import {names}"] if names else []
    return "\n".join([f"from dltools.figures.{row.unit} import {row.lab}", *given, f"{row.lab}({names})"])


@pytest.fixture(scope="module")
def notebook_of(open_notebook: Callable[..., Any]) -> Iterator[Callable[[str], Any]]:
    """Open a notebook with every figure of a unit, all cells run; it stays open until another unit's is asked for."""
    opened: dict[str, Any] = {}
    with ExitStack() as stack:

        def notebook(unit: str) -> Any:
            if unit not in opened:
                stack.close()
                opened.clear()
                cells = [cell(row) for row in FIGURES if row.unit == unit]
                opened[unit] = stack.enter_context(open_notebook(unit, cells))
            return opened[unit]

        yield notebook


@pytest.fixture
def notebook(notebook_of: Callable[[str], Any], row: Row) -> Any:
    return notebook_of(row.unit)


@pytest.fixture
def lab(notebook: Any, row: Row) -> Any:
    """The figure of the row, as Playwright's locator."""
    place = [other for other in FIGURES if other.unit == row.unit].index(row)
    figure = notebook.page.locator(".dl-lab").nth(place)
    figure.wait_for(timeout=60_000)
    figure.scroll_into_view_if_needed()
    return figure


every_figure = pytest.mark.parametrize("row", FIGURES, ids=[row.lab for row in FIGURES])


@every_figure
def test_a_key_changes_picture_and_sentence(lab: Any, row: Row) -> None:
    handle, (menu, entry) = lab.get_by_role("slider", name=row.slider, exact=True), row.chosen
    if menu:
        said = sentence(lab)
        lab.get_by_label(menu, exact=True).select_option(entry)
        wait_until(lab, lambda: sentence(lab) != said and handle.is_enabled())
    if handle.is_disabled():  # it waits for the prediction
        lab.get_by_label("Your prediction").select_option(index=1)
        lab.get_by_role("button", name="Reveal").press("Enter")
        wait_until(lab, handle.is_enabled)
    before, said = shown(lab), sentence(lab)
    handle.focus()
    handle.press("ArrowRight")
    wait_until(lab, lambda: shown(lab) != before and sentence(lab) != said)
    lab.get_by_role("button", name="Undo").press("Enter")
    wait_until(lab, lambda: shown(lab) == before and sentence(lab) == said)


def shown(lab: Any) -> str:
    """The visible picture, its attributes in the order of their names; of a stack of frames, the one on top."""
    return "".join(
        image.evaluate(PARTS)
        for image in lab.locator(".dl-picture [role=img], .dl-picture img").all()
        if image.is_visible()
    )


PARTS = """node => [node, ...node.querySelectorAll("*")].map((part) => [
  part.tagName, part.textContent, ...[...part.attributes].map(({ name, value }) => `${name}=${value}`).sort()
]).join()"""


def sentence(lab: Any) -> str:
    return lab.get_by_role("status").inner_text()


def wait_until(lab: Any, holds: Callable[[], bool], seconds: float = 30) -> None:
    for _ in range(int(seconds * 20)):
        if holds():
            return
        lab.page.wait_for_timeout(50)
    raise AssertionError("the figure did not change as it should")


@every_figure
def test_every_control_has_a_name(notebook: Any, lab: Any) -> None:
    """As Chromium's accessibility tree has it."""
    tree = notebook.page.context.new_cdp_session(notebook.page)
    tree.send("DOM.enable")
    tree.send("Accessibility.enable")
    lab.evaluate("node => { window.figure = node }")
    node = tree.send("Runtime.evaluate", {"expression": "window.figure"})["result"]["objectId"]
    found = [
        part
        for role in ROLES
        for part in tree.send("Accessibility.queryAXTree", {"objectId": node, "role": role})["nodes"]
    ]
    named = [(part["role"]["value"], part.get("name", {}).get("value", "")) for part in found if not part["ignored"]]
    assert ("button", "Undo") in named and ("button", "Reset") in named
    assert [role for role, name in named if not name.strip()] == []
    assert lab.locator(".dl-picture [role=img], .dl-picture img").first.get_attribute("aria-label") or lab.locator(
        ".dl-picture img"
    ).first.get_attribute("alt")


@every_figure
def test_screenshots_in_both_themes(notebook: Any, lab: Any, row: Row, screenshots: Path) -> None:
    for theme in ("Light", "Dark"):
        notebook.theme(theme)
        lab.screenshot(path=screenshots / f"{row.lab}-{theme.lower()}.png")
    ink, paper = (lab.evaluate(f"node => getComputedStyle(node).{style}") for style in ("color", "backgroundColor"))
    notebook.theme("Light")
    assert brightness(ink) > 0.6 and brightness(paper) < 0.3, "the dark theme's figure is light on dark"
    assert lab.evaluate("node => node.scrollWidth <= node.clientWidth"), "the figure fits its cell"


def brightness(color: str) -> float:
    """The brightness, 0 to 1, of a CSS color such as rgb(255, 0, 0) or rgba(255, 255, 255, 0.87)."""
    numbers = [float(number) for number in color.partition("(")[2].rstrip(")").split(",")]
    return sum(numbers[:3]) / 765


@every_figure
def test_nothing_from_another_host_and_no_complaint(notebook: Any, lab: Any) -> None:
    strangers = [url for url in notebook.requests if not url.startswith((notebook.home, "data:", "blob:"))]
    assert strangers == []
    assert notebook.errors == []
