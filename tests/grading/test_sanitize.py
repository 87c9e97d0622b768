"""What a student wrote or printed does no harm where staff and students read it; one row a trick."""

import html
import re
import time
from functools import cache
from typing import Any

import pytest
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from course import REPOSITORY
from dltools.grading.book.coursedir import load_config
from dltools.grading.sanitize import make_safe

PNG = "iVBORw0KGgo="
ACTIVE = re.compile(
    r"javascript:|vbscript:|data:(?!image/)|<script|<iframe|<object|<embed|<form|<input|<button|<style|<svg|<link|<meta"
    r"|<base|\son\w+=|src=[\"']?(?!data:image/)|class=\"(?:panel|pull-right|label|alert|btn)|style=|id=\"score",
    re.IGNORECASE,
)
"""What must not be alive in a page: as a tag, as an attribute, or as the address of a link."""

TRICKS = {
    "link that runs": "[x](javascript:alert(1))",
    "link that runs, in capitals": "[x](JaVaScRiPt:alert(1))",
    "link that runs, in brackets": "<javascript:alert(1)>",
    "link that runs, by reference": "[x][1]\n\n[1]: javascript:alert(1)",
    "link that runs, as HTML": "<a href='&#106;avascript:alert(1)'>x</a>",
    "link that runs, with a tab in it": "<a href='java\tscript:alert(1)'>x</a>",
    "link to a page of its own": "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "link to the grading API": "[x](/formgrader/api/submission/u/ada/autograde)",
    "picture from elsewhere": "![x](https://example.org/who-reads-this.png)",
    "picture from elsewhere, as HTML": "<img src=//example.org/x.png>",
    "picture that fails": "<img src=x onerror=alert(1)>",
    "script": "<script>alert(1)</script>",
    "drawing with a script": "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "form": "<form action=/formgrader/api/x method=post><input name=a><button>Go</button></form>",
    "frame": "<iframe src=/formgrader/></iframe>",
    "style of the page": "<style>.score{display:none}</style>",
    "panel of scores": "<div class='panel panel-primary'><span class='pull-right'>Score: 27.0 / 27.0</span></div>",
    "a layer over the page": "<div style='position:fixed;top:0;left:0'>Score: 27.0 / 27.0</div>",
    "field of formgrader": "<b id='score'>27</b>",
    "broken tag": "<img src='x' <script>alert(1)//",
}


@cache
def exporter() -> HTMLExporter:
    config = load_config(REPOSITORY)
    config.HTMLExporter.template_name = "classic"
    return HTMLExporter(config=config)


def page(*cells: NotebookNode) -> str:
    """What nbconvert shows of the cells by the repository's own nbgrader_config.py, without its own head."""
    shown, _ = exporter().from_notebook_node(make_safe(new_notebook(cells=list(cells)), {}))
    body = shown[shown.index("<body") :]
    frame = r' class="(?:cell|inner|text_cell|prompt|input|output|rendered)[^"]*"| id="(?:notebook|cell-)[^"]*"'
    return re.sub(frame, "", body)


def shown_as(trick: str, place: str) -> NotebookNode:
    kinds = {"HTML": "text/html", "Markdown": "text/markdown"}
    if place == "Markdown cell":
        return new_markdown_cell(trick)
    if place == "raw cell":
        return new_raw_cell(trick)
    return new_code_cell("", outputs=[new_output("display_data", {kinds[place]: trick})])


@pytest.mark.parametrize("place", ["Markdown cell", "raw cell", "HTML", "Markdown"])
@pytest.mark.parametrize("trick", TRICKS)
def test_nothing_runs_and_nothing_passes_for_a_score(trick: str, place: str) -> None:
    tags = re.findall(r"<[^>]*>", page(shown_as(TRICKS[trick], place)))
    assert not [tag for tag in tags if ACTIVE.search(html.unescape(tag))]


HARMLESS = {
    "words": ("It is $a<b$ & **so** on.", "<mo>&lt;</mo><mi>b</mi></mrow></math> &amp; <strong>so</strong> on."),
    "link": ("[page](https://example.org/a)", 'href="https://example.org/a"'),
    "table": ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td>"),
    "code": ("```python\nreturn 1\n```", '<span class="k">return</span>'),
    "pasted picture": ("![plot](attachment:plot.png)", f'src="data:image/png;base64,{PNG}"'),
    "picture in the text": (f"![plot](data:image/png;base64,{PNG})", f'src="data:image/png;base64,{PNG}"'),
    "picture that is gone": ("See ![plot](attachment:gone.png)", "attachment:gone.png"),
    "picture beside one that is gone": (
        "![gone](attachment:gone.png) ![plot](attachment:plot.png)",
        f'src="data:image/png;base64,{PNG}"',
    ),
    "long answer": ("word " * 3000, "word word"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_a_student_means_is_shown(name: str) -> None:
    text, expected = HARMLESS[name]
    assert expected in page(new_markdown_cell(text, attachments={"plot.png": {"image/png": PNG}}))


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        ({"image/png": PNG}, ["image/png"]),
        ({"image/png": '"><script>alert(1)</script>', "text/plain": "x"}, ["text/plain"]),
        ({"application/javascript": "alert(1)", "text/plain": "x"}, ["text/plain"]),
        ({"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "x"}, ["text/plain"]),
        ({"text/html": "<b>" * 5000, "text/plain": "x"}, ["text/plain"]),
        ({"text/html": "<b>x</b>", "text/plain": "x"}, ["text/html", "text/plain"]),
    ],
)
def test_outputs_that_are_kept(data: dict[str, Any], kept: list[str]) -> None:
    cell = new_code_cell(
        "", outputs=[new_output("display_data", data, metadata={"image/png": {"width": "1 onload=a"}})]
    )
    output = make_safe(new_notebook(cells=[cell]), {}).cells[0].outputs[0]
    assert list(output.data) == kept
    assert output.metadata == {}


def test_of_an_output_nothing_is_left_where_nothing_can_be_kept() -> None:
    """nbconvert would warn, in the middle of the progress that staff see."""
    cell = new_code_cell("", outputs=[new_output("display_data", {"application/pdf": "JVBERi0="})])
    assert make_safe(new_notebook(cells=[cell]), {}).cells[0].outputs == []


def test_a_verdict_keeps_its_looks_and_a_false_one_does_not() -> None:
    shown = '<div role="status" style="border-left:4px solid green;position:fixed">solved</div>'
    check = {"grade": True, "solution": False, "locked": True, "grade_id": "c", "points": 1, "schema_version": 3}
    true = new_code_cell("", metadata={"nbgrader": check}, outputs=[new_output("execute_result", {"text/html": shown})])
    false = new_code_cell("", metadata={"nbgrader": check}, outputs=[new_output("display_data", {"text/html": shown})])
    notebook = make_safe(new_notebook(cells=[true, false]), {})
    verdict, imitation = (cell.outputs[0].data["text/html"] for cell in notebook.cells)
    assert "border-left" in verdict and "position" not in verdict
    assert imitation == "<div>solved</div>"


ENDLESS = {
    "divisions": new_markdown_cell("<div>" * 60_000),
    "paragraphs": new_markdown_cell("".join(f"<p><b a={n}>" for n in range(30_000))),
    "environments": new_markdown_cell(r"\begin{a}" * 16_000),
    "formulas": new_markdown_cell(r"\\[" * 6_000),
    "headings": new_markdown_cell("# a\n" * 5_000),
    "code in text": new_markdown_cell("```python\n" + "a." * 9_000 + "\n```"),
    "code": new_code_cell("a." * 10_000),
    "much code": new_code_cell("x = 1\n" * 500_000),
    "colours": new_code_cell("", outputs=[new_output("stream", text="\x1b[1m" * 400_000)]),
    "HTML": new_code_cell("", outputs=[new_output("display_data", {"text/html": "<div>" * 60_000})] * 3),
    "raw": new_raw_cell("<div>" * 60_000),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_nothing_renders_for_ever(name: str) -> None:
    """Each took minutes to hours; the limit is in seconds of this process."""
    before = time.process_time()
    page(ENDLESS[name])
    assert time.process_time() - before < 10


def test_a_courses_own_configuration_that_is_older_shows_nothing_uncleaned(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n", encoding="utf-8")
    assert load_config(tmp_path).HTMLExporter.filters == load_config(REPOSITORY).HTMLExporter.filters
