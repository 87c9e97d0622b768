"""Feedback and tables as they leave the course: formulas without a network, a CSV that Excel reads and never runs."""

import csv
import re
from pathlib import Path

import nbformat
import pytest
from hand_ins import NAME, text

from course import EXERCISES, UNIT, Answers
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.feedback import generate
from dltools.grading.book.gradebook import Book, Row
from dltools.grading.book.report import guarded, write_csv
from dltools.grading.formulas import mathml
from dltools.grading.model import Assignment, Graded, Submission
from dltools.grading.reading.repair import repair
from dltools.grading.sanitize import render

FORMULAS = {
    # Markdown: what stands on the page
    r"$E = mc^2$": "<msup><mi>c</mi><mn>2</mn></msup>",
    r"$$\frac{\partial L}{\partial w}$$": '<math display="block"><mrow><mfrac>',
    "\\begin{align}a &= b\\\\c &= d\\end{align}": "<mtable",
    r"$\operatorname{softmax}(x)$": "<mo>softmax</mo>",
    r"$\frac{$ cut": "<code>\\frac{</code>",
    r"costs \$5": "$5",
}


@pytest.mark.parametrize("source", FORMULAS)
def test_a_formula_is_mathml(source: str) -> None:
    assert FORMULAS[source] in render(source)


HOSTILE = [
    r"$\text{<script>alert(1)</script>}$",
    r"$\text{<img src=x onerror=alert(1)>}$",
    r"$\href{javascript:alert(1)}{x}$",
    "$" + "{" * 900 + "$",
    "$" + r"\frac" * 900 + "$",
    "$" + "x" * 50_000 + "$",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_a_hostile_formula_runs_nothing(source: str) -> None:
    assert not re.search(r"<script|<img|href|onerror=", render(source))


def test_what_is_no_formula_stays_as_written() -> None:
    assert mathml("x" * 5000) == f"<code>{'x' * 5000}</code>"
    assert mathml("<b>{") == "<code>&lt;b&gt;{</code>"


def test_a_page_asks_no_other_host(course: Path, assignment: Assignment, answers: Answers) -> None:
    notebook = answers.notebook(EXERCISES[:1])
    notebook["cells"][0]["source"] = r"The rate is $\frac{1}{2}$."
    submission = Submission("ada", {NAME: text(notebook)}, 7)
    coursedir = course_directory(course)
    with Book(coursedir, assignment) as book:
        repaired = nbformat.from_dict(repair(submission, assignment).notebook)
        book.record(Graded("ada", repaired, dict.fromkeys(assignment.points, 1.0)), submission, None)
    page = next(generate(str(course), {}, UNIT, "ada").glob("*.html")).read_text(encoding="utf-8")
    assert "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>" in page
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//[^"'> ]*""", page)
    assert "MathJax.Hub" not in page


def test_the_table_is_read_by_excel_and_never_run(tmp_path: Path) -> None:
    row = Row("=cmd|' /C calc'!A0", "+1", "-2", "@x", None, {"f": 1.0}, 1.0, 0.0, 1.0, [], {"repairs": ["\t=1"]})
    write_csv([row], tmp_path / "grades.csv")
    assert (tmp_path / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        line = next(csv.DictReader(file))
    assert line["student_id"].startswith("'=") and line["email"] == "'@x"
    assert not any(value.lstrip()[:1] in ("=", "+", "-", "@") for value in line.values())


@pytest.mark.parametrize("value", ["=1", "+1", "-1", "@a", " =1", "\t=1", "\r1"])
def test_no_cell_is_a_formula(value: str) -> None:
    assert guarded(value) == "'" + value
