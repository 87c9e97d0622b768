"""axe-core on the outputs of notebooks in JupyterLab, in both themes: verdicts, examples, hints, map and figures."""

from typing import Any

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from live_jupyter import Notebook

from dltools.checks import UNITS
from dltools.places import REPOSITORY

OUTPUTS = ".jp-OutputArea-output"
KINDS = [
    "import numpy as np\nfrom dltools.checks import check, check_answer, check_foreseen, foresee, hint\n"
    "from dltools.figures.broadcasting import broadcasting_lab\nfrom dltools.figures.start import course_map\n"
    "course_map()",
    "def center(x):\n    return x - x.mean()",
    "check(center)",
    "def squared_distances(a, b):\n    raise NotImplementedError",
    "check(squared_distances)",
    "hint(center)",
    "foresee('squared_distances')",
    "check_answer(axis_question='b')",
    "check_foreseen(squared_distances_foreseen=[[1, 2], [3, 4]])",
    "broadcasting_lab()",
    "import matplotlib.pyplot as plt\nfrom dltools.figures import Picture\nfigure, axes = plt.subplots()\n"
    "axes.plot([1, 2])\nPicture(figure, 'A line that rises.')",
    "plt.plot([2, 1])\nplt.show()",
    "*What you see:* a line that\n**falls**.\n\nMore text.",
]
"""A cell for each kind of output."""


def faults(notebook: Any, theme: str) -> list[str]:
    """What axe finds in the outputs. JupyterLab's body has no height, and axe judges no contrast until it has one."""
    notebook.theme(theme)
    notebook.page.add_style_tag(content="body { height: 100vh; }")
    found = Axe().run(notebook.page, context={"include": [[OUTPUTS]]}).response["violations"]
    return [f"{theme}: {each['id']}, {node['html'][:200]}" for each in found for node in each["nodes"]]


def test_every_kind_of_output_is_accessible(open_notebook: Any) -> None:
    with open_notebook("axe", KINDS) as notebook:
        assert notebook.page.locator(OUTPUTS).count() >= len(KINDS) - 3
        assert notebook.page.locator(".jp-RenderedImage img").get_attribute("alt") == "a line that falls."
        assert not faults(notebook, "Light") + faults(notebook, "Dark")


@pytest.mark.long
@pytest.mark.parametrize("unit", UNITS)
def test_all_outputs_of_a_solved_unit_are_accessible(unit: str, jupyterlab: Any, chromium: Any) -> None:
    solved = nbformat.read(REPOSITORY / "solutions" / unit / f"{unit}.ipynb", as_version=4)
    cells = [cell.source for cell in solved.cells if cell.cell_type == "code" or cell.source.startswith("*What you")]
    notebook = Notebook(jupyterlab, chromium, f"axe-{unit}", cells)
    notebook.run_all(seconds=600)
    found = faults(notebook, "Light") + faults(notebook, "Dark")
    notebook.close()
    assert not found
