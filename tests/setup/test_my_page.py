"""`dltools progress`: what is solved, what was overcome, what to look at again; and a page that asks no host."""

import argparse
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from dltools.checks import check
from dltools.checks.progress import VARIABLE, record_hint
from dltools.figures.start import course_map
from dltools.student import progress
from dltools.student.lab import variables

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
UNIT = "00-start-here"


def center(x: Any) -> Any:
    return x - x.mean(axis=0)


def squared_distances(a: Any, b: Any) -> Any:
    return np.square(a[:, np.newaxis] - b).sum(axis=2)


def centers_by_one_mean(x: Any) -> Any:
    return x - x.mean()


centers_by_one_mean.__name__ = "center"


def centers_by_chance(x: Any) -> Any:
    return x - np.random.default_rng().random()


centers_by_chance.__name__ = "center"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    (folder / ".jupyter").mkdir(parents=True)
    monkeypatch.setenv(VARIABLE, variables(folder.resolve())[VARIABLE])
    return folder


def hand_written(work: Path, *sources: str, name: str = UNIT) -> None:
    answer = {"grade": False, "solution": True, "grade_id": "center", "locked": False, "schema_version": 3}
    cells = [new_code_cell(text, metadata={"nbgrader": answer}) for text in sources]
    shown = new_output("display_data", {"image/png": PIXEL, "text/plain": "A <cloud> of points"})
    cells.append(new_code_cell("points_lab(center)", outputs=[shown], execution_count=1))
    plot = new_output("display_data", {"image/png": PIXEL, "text/plain": "<Figure size 640x480 with 1 Axes>"})
    cells.append(new_code_cell("plt.show()", outputs=[plot], execution_count=2))
    released = new_output("display_data", {"image/png": PIXEL, "text/plain": "A figure before its prediction"})
    cells.append(new_code_cell("other_lab(center)", outputs=[released]))
    (work / name).mkdir()
    (work / name / f"{UNIT}.ipynb").write_text(json.dumps(new_notebook(cells=cells)), encoding="utf-8")


def run(work: Path) -> tuple[int, str]:
    code = progress.run(argparse.Namespace(work=work))
    page = work / progress.PAGE
    return code, page.read_text(encoding="utf-8") if page.is_file() else ""


def test_what_was_done_is_told(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(centers_by_one_mean)
    record_hint("squared_distances", 3)
    assert run(work)[0] == 0
    told = capsys.readouterr().out
    assert "Begun:" in told and "squared_distances: 0 of 2 points" in told
    assert "Mistakes still to be mended:\n  center: You subtract one mean of all numbers" in told
    check(center)
    check(squared_distances)
    assert run(work)[0] == 0
    told = capsys.readouterr().out
    assert re.search("00 Start here +2 of +7 solved", told)
    assert "Mistakes that you have overcome:\n  center: You subtract one mean" in told
    assert "To look at again:\n  squared_distances: solved with 3 hints" in told
    assert "mended" not in told and str(work / progress.PAGE) in told


def test_a_result_of_chance_is_told_in_its_own_words(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(centers_by_chance)
    assert run(work)[0] == 0
    assert "center: The same call gives another result the second time" in capsys.readouterr().out


def test_the_map_shows_the_same(work: Path) -> None:
    check(centers_by_one_mean)
    check(center)
    for shown in (repr(course_map()), course_map()._repr_html_()):
        assert "Mistakes that you have overcome" in shown and "You subtract one mean" in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("def center(x):\n    return x - x.mean(axis=0)", True), ("def center(x)\n    return x", False)],
)
def test_a_function_is_built_once_its_check_has_passed(work: Path, text: str, shown: bool) -> None:
    hand_written(work, text)
    assert "<pre>" not in run(work)[1]
    check(centers_by_one_mean)
    assert "<pre>" not in run(work)[1]
    check(center)
    assert ("<pre>" in run(work)[1]) == shown


def test_the_page_has_no_answers_to_questions(work: Path) -> None:
    check(center)
    hand_written(work, "axis_question = 17")
    notebook = work / UNIT / f"{UNIT}.ipynb"
    for name, shown in (("axis_question", False), ("center_foreseen", False), ("center", True)):
        notebook.write_text(re.sub(r'"grade_id": "\w+"', f'"grade_id": "{name}"', notebook.read_text()))
        assert ("axis_question = 17" in run(work)[1]) == shown


def test_the_page_has_the_student_s_function_and_figure(work: Path) -> None:
    check(center)
    hand_written(work, "def center(x):\n    return x - x.mean(axis=0)  # <script>alert(1)</script>")
    _, page = run(work)
    assert "return x - x.mean(axis=0)  # &lt;script&gt;" in page
    assert f"data:image/png;base64,{PIXEL}" in page and "A &lt;cloud&gt; of points" in page
    assert "before its prediction" not in page, "its cell was never run"
    assert page.count("<figure>") == 2 and page.count("<figcaption>") == 1 and "Figure size" not in page
    assert 'alt="A picture that my code has drawn."' in page
    assert not re.search(r"<script|https?:|//\w|src=\"(?!data:)", page), "the page asks no host"


def test_what_is_not_written_is_not_shown(work: Path) -> None:
    hand_written(work, "def center(x):\n    raise NotImplementedError()")
    assert "<pre>" not in run(work)[1] and "<figure>" not in run(work)[1]


def test_of_two_copies_the_one_that_was_worked_on_is_shown(work: Path) -> None:
    check(center)
    hand_written(work, "def center(x):\n    return 'mine'")
    hand_written(work, "def center(x):\n    raise NotImplementedError()", name=f"{UNIT}-release-2")
    assert "&#x27;mine&#x27;" in run(work)[1]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', '{"cells": [1]}', '{"cells": [{"outputs": [1]}]}'])
def test_a_damaged_notebook_costs_its_own_part_alone(work: Path, text: str) -> None:
    hand_written(work)
    (work / UNIT / f"{UNIT}.ipynb").write_text(text)
    assert run(work)[0] == 0


@pytest.mark.parametrize(
    "old",
    ['{"center": 2.0}', '{"points": {"center": 2.0}, "hints": {"center": 1}}', '{"mistakes": {"center": 3}}', "{"],
)
def test_a_file_of_an_earlier_edition_is_read_on(work: Path, old: str, capsys: pytest.CaptureFixture[str]) -> None:
    (work / ".jupyter" / "progress.json").write_text(old)
    assert run(work)[0] == 0
    assert ("1 of  7 solved" in capsys.readouterr().out) == ("2.0" in old)


def test_without_a_working_copy_it_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "nothing")[0] == 1
    assert "run.py lab" in capsys.readouterr().err


def test_the_page_fits_a_telephone(work: Path, browser_path: str) -> None:
    check(center)
    hand_written(work, "def center(x):\n    return x - x.mean(axis=0)")
    run(work)
    with ThreadPoolExecutor(1) as thread:  # Playwright takes a thread for itself, and the figures' tests have this one
        assert thread.submit(width_of, work / progress.PAGE, browser_path, 360).result() == 360


def width_of(page: Path, browser_path: str, window: int) -> int:
    """How wide a page is in a window of this width, in pixels."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": window, "height": 640})
        shown.goto(page.resolve().as_uri())
        found: int = shown.evaluate("document.documentElement.scrollWidth")
        browser.close()
    return found
