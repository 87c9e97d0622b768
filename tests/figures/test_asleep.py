"""A figure whose kernel is gone keeps or shows its picture, and says how to wake it, in JupyterLab and Notebook 7."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

FIGURE = """
from dltools.figures.convolution import convolution_lab
from dltools.nn import conv2d_forward
convolution_lab(conv2d_forward)
""".strip()
SAYS = "This figure is asleep: run the cells above it, from the top, and then its own."
SESSION = "jupyterapp.shell.currentWidget.sessionContext"


def test_a_figure_without_a_kernel_shows_its_picture(
    open_notebook: Callable[..., Any], jupyterlab: Any, screenshots: Path
) -> None:
    with open_notebook("asleep", [FIGURE]) as notebook:
        page = notebook.page
        page.locator(".dl-lab svg").first.wait_for(timeout=60_000)
        notebook.command("docmanager:save")
        page.evaluate(f"{SESSION}.session.kernel.restart()")
        page.locator(".dl-lab").get_by_text(SAYS).wait_for()
        assert page.locator(".dl-lab svg [fill]").count() > 50, "its picture stays"

        page.evaluate(f"{SESSION}.shutdown()")
        for place in ("lab/tree", "notebooks"):
            page.goto(f"{notebook.home}/{place}/asleep.ipynb?token={jupyterlab.token}")
            page.get_by_text(SAYS).wait_for(timeout=60_000)
            assert page.locator(".jp-OutputArea img").get_attribute("alt")
            assert page.get_by_text("Error displaying widget").count() == 0
            page.screenshot(path=screenshots / f"asleep-{place[:3]}.png")
