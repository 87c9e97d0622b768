"""Hints: three rungs for every exercise, without code and without the answer; opened one by one, and kept."""

import json
import re
from io import StringIO
from tokenize import COMMENT, generate_tokens

import jupytext
import pytest
from IPython.core.formatters import DisplayFormatter

from dltools.checks import check, exercises, hint
from dltools.checks import hints as module
from dltools.checks.hints import Ladder, rungs_of
from dltools.checks.progress import VARIABLE, read_hints, read_progress
from dltools.checks.start import center
from dltools.places import REPOSITORY

ALL = list(exercises().values())
CODE = r"[=@\[\]`*<>\\{}]|\w\(|\w\.\w+\(|\b(np|numpy|def|lambda|None|True|False)\b"
"""What looks like code: operators, brackets, calls, words of Python. A shape in parentheses is none."""
RUN = 6
"""As many words in a row as a hint and the solution may not have in common."""


def released_headings(unit):
    notebook = jupytext.read(REPOSITORY / "course" / unit / f"{unit}.ipynb")
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return [heading.replace("`", "") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]


def solution_of(exercise):
    source = (REPOSITORY / "solutions" / exercise.unit / f"{exercise.unit}.py").read_text(encoding="utf-8")
    cell = re.search(rf"^# %% answer {exercise.name}\n(.*?)^# %%", source, re.MULTILINE | re.DOTALL)[1]
    return "\n".join(re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell, re.DOTALL))


def words(text):
    """Names, numbers and signs; commas and parentheses are left out, for a shape in words has them too."""
    return re.findall(r"\w+|[^\w\s,()]", text)


def runs(tokens):
    return {tuple(tokens[i : i + RUN]) for i in range(len(tokens) - RUN + 1)}


def without_comments(code):
    lines = "\n".join(line.removeprefix("    ") for line in code.splitlines())
    return " ".join(t.string for t in generate_tokens(StringIO(lines).readline) if t.type != COMMENT)


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_three_rungs_that_help_and_do_not_tell(exercise):
    ladder = rungs_of(exercise.unit)[exercise.name]
    begin, plan, look = (rung.paragraphs for rung in ladder)
    assert len(begin) == 1 and 2 <= len(plan) <= 8 and len(look) == 2
    for text, least, most in ((begin[0], 25, 95), (" ".join(plan), 20, 160), (look[0], 15, 75)):
        assert least <= len(text.split()) <= most, (len(text.split()), text)
    assert all(len(step.split()) >= 2 and step[-1] in ".?:" for step in plan), plan
    assert "?" in look[0], "the last rung is a question"
    for text in (*begin, *plan, look[0]):
        assert not re.search(CODE, text), (re.search(CODE, text)[0], text)
        assert not re.search(r"unit \d", text), f"units may be renamed: {text}"
        told = runs(words(text)) & (runs(words(without_comments(solution_of(exercise)))))
        assert not told, told


@pytest.mark.parametrize("unit", dict.fromkeys(exercise.unit for exercise in ALL))
def test_a_unit_s_file_has_its_exercises_and_headings_that_stand_there_once(unit):
    assert sorted(rungs_of(unit)) == sorted(exercise.name for exercise in ALL if exercise.unit == unit)
    headings = released_headings(unit)
    for name, (_, _, look) in rungs_of(unit).items():
        heading = re.search("“(.*)”", look.paragraphs[1])[1]
        assert headings.count(heading) == 1, (name, heading)


def test_what_a_hint_is_compared_with_is_the_solution():
    assert len(ALL) >= 75
    assert all(len(words(solution_of(exercise))) > 3 for exercise in ALL)
    told = "multiply: grad_out * cache * (1 - cache)"
    assert runs(words(told)) & runs(words(without_comments(solution_of(exercises()["sigmoid_backward"]))))
    assert re.search(CODE, told) and re.search(CODE, "take cache[0]") and re.search(CODE, "call sum(x)")
    assert not re.search(CODE, "an array out of shape (N, C, H, W), and x (N, D)")


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A progress file, and a session that has just begun."""
    monkeypatch.setattr("dltools.checks.LADDER", Ladder())
    monkeypatch.setenv(VARIABLE, str(tmp_path / "progress.json"))
    return tmp_path / "progress.json"


def new_session(monkeypatch):
    monkeypatch.setattr("dltools.checks.LADDER", Ladder())


def titles(shown):
    return [rung.title.split(": ")[1] for rung in shown.rungs]


def test_each_call_opens_the_next_rung_and_the_file_keeps_how_many(file):
    for opened in (1, 2, 3, 3):
        assert titles(hint(center)) == list(module.TITLES[:opened])
        assert json.loads(file.read_text()) == {"hints": {"center": opened}}


def test_a_new_session_shows_what_was_open_and_opens_nothing_by_itself(file, monkeypatch):
    hint(center), hint(center)
    new_session(monkeypatch)
    assert len(hint(center).rungs) == 2
    assert len(hint(center).rungs) == 3


def test_without_a_file_the_session_remembers(file, monkeypatch):
    monkeypatch.delenv(VARIABLE)
    assert [len(hint("center").rungs) for _ in range(2)] == [1, 2]
    assert not file.exists()


def test_hints_and_points_are_kept_beside_each_other_and_an_old_file_is_read_on(file):
    file.write_text('{"center": 1.5, "neuron": 2.0}')  # as version 1.0 wrote it
    assert read_progress() == {"center": 1.5, "neuron": 2.0} and read_hints() == {}
    hint(center)
    check(center)
    assert read_progress() == {"center": 2.0, "neuron": 2.0} and read_hints() == {"center": 1}


@pytest.mark.parametrize("kept, rungs", [("-4", 1), ("99", 3), ('"x"', 1), ("NaN", 1), ("Infinity", 1), ("[]", 1)])
def test_a_number_that_cannot_be_costs_nothing(file, kept, rungs):
    file.write_text(f'{{"points": {{}}, "hints": {{"center": {kept}}}}}')
    assert len(hint(center).rungs) == rungs


def test_what_a_later_version_keeps_is_left_alone(file):
    file.write_text('{"points": {}, "mistakes": ["center"]}')
    hint(center)
    assert json.loads(file.read_text())["mistakes"] == ["center"]


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(ValueError, match="no exercise named centre; the nearest are center"):
        hint("centre")


def test_an_exercise_that_nobody_wrote_hints_for_says_so():
    with pytest.raises(ValueError, match="no hints for zork"):
        Ladder().climb("zork", "04-convolution")
    with pytest.raises(ValueError, match="no hints for zork"):
        Ladder().climb("zork", "99-a-course-of-its-own")


def test_html_folds_what_was_read_and_its_text_form_has_all_of_it(file):
    hint(center)
    shown = hint(center)
    data, _ = DisplayFormatter().format(shown)
    assert data["text/html"].count("<details>") == 1 and "<ol>" in data["text/html"]
    assert 'role="status"' in data["text/html"] and "<script" not in data["text/html"]
    told = words(data["text/plain"])
    for text in (text for rung in shown.rungs for text in (rung.title, *rung.paragraphs)):
        assert any(told[i : i + len(words(text))] == words(text) for i in range(len(told))), text
    assert max(map(len, data["text/plain"].splitlines())) <= 100


def unwritten(x):
    raise NotImplementedError


def test_a_verdict_says_that_there_is_a_hint_until_the_exercise_is_solved():
    unwritten.__name__ = "center"
    for wrong, asked in ((unwritten, "How to begin?"), (lambda x: x.mean(), "Stuck?")):
        wrong.__name__ = "center"
        verdict = check(wrong)
        assert f"{asked} Run hint(center)" in str(verdict) and f"{asked} Run hint(center)" in verdict._repr_html_()
    assert "hint(" not in str(check(center)) + check(center)._repr_html_()
