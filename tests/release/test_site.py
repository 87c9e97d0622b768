"""The site as a browser without a network sees it: nothing is asked of another host, and nothing shuts anybody out."""

import json
import mimetypes
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from nbformat import from_dict

from dltools import cli
from dltools.checks import exercises
from dltools.nn import __all__ as NAMES
from dltools.places import REPOSITORY
from dltools.release import authored
from dltools.release.site.sources import guide, image, plain

UNIT = "04-convolution"
HERE = "http://course.test/"
LARGEST = 2_000_000
"""Bytes of a page with its pictures."""


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of one unit; Sphinx warned of nothing."""
    return build(tmp_path_factory.mktemp("site") / "one", UNIT)


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("site") / "every")


def build(folder: Path, *units: str) -> Path:
    """The site in a folder, by the command in a process of its own."""
    command = [sys.executable, "-m", "dltools", "site", *units, "--to", str(folder)]
    made = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (0, "")
    return folder


def serve(folder: Path, route: Any) -> None:
    """Answer the browser's request from the folder; what is for another host gets no answer."""
    file = folder / route.request.url.removeprefix(HERE).partition("?")[0].partition("#")[0]
    if route.request.url.startswith(HERE) and file.is_file():
        route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file)[0] or "text/plain")
    else:
        route.abort()


def faults(folder: Path, pages: list[str], browser_path: str, theme: str) -> Iterator[str]:
    """What is wrong with these pages, a line each."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_context(color_scheme=theme, offline=True).new_page()
        page.route("**/*", lambda route: serve(folder, route))
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("requestfailed", lambda request: said.append(f"asks for {request.url}"))
        for name in pages:
            page.goto(HERE + name)
            found = Axe().run(page).response["violations"]
            yield from (f"{name}: {each['id']}, {each['nodes'][0]['html']}" for each in found)
            yield from (f"{name}: {line}" for line in said)
            said.clear()
        browser.close()


def found(lines: Iterator[Any]) -> list[Any]:
    """All of them; Playwright takes a thread for itself, and other tests have this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(list, lines).result()


def pages_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_browser_without_a_network_finds_no_fault(one: Path, browser_path: str, theme: str) -> None:
    pages = ["index.html", f"units/{UNIT}/{UNIT}.html", "reference/convolution.html", "mistakes.html", "search.html"]
    assert found(faults(one, pages, browser_path, theme)) == []


@pytest.mark.long
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_of_the_whole_has_a_fault(every: Path, browser_path: str, theme: str) -> None:
    assert found(faults(every, pages_of(every), browser_path, theme)) == []
    assert {path.name for path in (every / "units").iterdir()} == {path.parent.name for path in released()}


def released() -> list[Path]:
    return sorted((REPOSITORY / "course").glob("*/*.ipynb"))


@pytest.mark.long
def test_every_page_is_small(every: Path) -> None:
    for name in pages_of(every):
        text = (every / name).read_text(encoding="utf-8")
        pictures = {(every / name).parent / source for source in re.findall(r'<img[^>]* src="([^":]+)"', text)}
        assert len(text.encode()) + sum(picture.stat().st_size for picture in pictures) < LARGEST, name


FIGURES_MOVE = """async () => {
  const wait = (holds) => new Promise((done) => { const see = () => holds() ? done() : setTimeout(see, 20); see(); });
  const said = [];
  for (const lab of document.querySelectorAll(".dl-lab")) {
    const guess = lab.querySelector(".dl-prediction select");
    if (guess) {
      guess.value = guess.options[1].value;
      guess.dispatchEvent(new Event("change"));
      const reveal = lab.querySelector(".dl-prediction button");
      await wait(() => !reveal.disabled);
      reveal.click();
      await wait(() => lab.querySelector(".dl-outcome").textContent);
    }
    const before = lab.querySelector(".dl-stage > svg").innerHTML;
    const play = [...lab.querySelectorAll("button")].find((button) => button.textContent === "Next step");
    play.click();
    await wait(() => lab.querySelector(".dl-stage > svg").innerHTML !== before);
    said.push(lab.querySelector(".dl-title").textContent);
  }
  return [said, document.querySelectorAll("img.figure-still").length];
}"""


def moved(folder: Path, pages: list[str], browser_path: str) -> Iterator[tuple[list[str], int]]:
    """The figures of each page that were asked, answered and moved, and how many pictures stand still."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_context(reduced_motion="reduce", offline=True).new_page()
        page.set_default_timeout(60_000)
        for name in pages:
            page.goto((folder / name).as_uri())
            yield tuple(page.evaluate(FIGURES_MOVE))
        browser.close()


def test_every_figure_of_a_unit_moves_without_a_kernel(one: Path, browser_path: str) -> None:
    """Opened as a file: nothing answers but the page."""
    [(titles, still)] = found(moved(one, [f"units/{UNIT}/{UNIT}.html"], browser_path))
    assert (len(titles), still) == (4, 0)


@pytest.mark.long
def test_every_figure_of_every_unit_moves_without_a_kernel(every: Path, browser_path: str) -> None:
    pages = [name for name in pages_of(every) if name.startswith("units/")]
    pictures = [len(cell.get("outputs", [])) for path in released() for cell in authored.read(path).cells]
    all_moved = found(moved(every, pages, browser_path))
    assert sum(len(titles) for titles, _ in all_moved) == sum(pictures) and not any(still for _, still in all_moved)


def text_of(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def test_formulas_are_mathml_and_a_unit_is_the_released_one(one: Path) -> None:
    text = text_of(one, f"units/{UNIT}/{UNIT}.html")
    assert "<math " in text and "YOUR CODE HERE" in text
    assert "BEGIN SOLUTION" not in text and not re.search(r"<script[^>]*(mathjax|katex|require)", text, re.IGNORECASE)


def test_the_reference_has_every_function_and_no_source(one: Path) -> None:
    texts = "".join(text_of(one, name) for name in pages_of(one) if name.startswith("reference/"))
    assert not [name for name in NAMES if f'id="dltools.nn.{name}"' not in texts]
    assert "viewcode" not in texts


def test_the_mistakes_are_there_by_exercise(one: Path) -> None:
    text = text_of(one, "mistakes.html")
    for exercise in exercises().values():
        assert (f">{exercise.name}<" in text) == (exercise.unit == UNIT)
    assert "round down, not up" in text and "by <code" in text


def test_a_sentence_is_shown_as_it_is_but_for_its_code() -> None:
    assert plain("a*b and `x*y`, [i]") == r"a\*b and `x*y`, \[i\]"


def test_links_lead_to_pages_or_are_text(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    text = "# Staff\n\nSee [the guide](instructors.md#own), [speed](speed.md) and [nbgrader](https://nbgrader.readthedocs.io)."
    (tmp_path / "docs" / "staff.md").write_text(text, encoding="utf-8")
    shown = guide(tmp_path, "staff", "docs/staff.md")
    assert "[the guide](instructors.md#own), speed and [nbgrader](https" in shown


def test_a_figure_has_its_alternative_text_and_its_place() -> None:
    output = json.loads('{"metadata": {"image/png": {"alt": "A figure", "width": 800, "height": 400}}}')
    assert image(from_dict(output)) == {"alt": "A figure", "width": "800px", "classes": "figure-still"}


def test_a_unit_that_is_not_released_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["site", "99-none", "--to", str(tmp_path / "site")]) == 1
    assert capsys.readouterr().err == "course/ has no unit 99-none: run `dltools release` first.\n"
