"""Questions: four a unit, each wrong option with its own sentence; a letter, a number or a fraction is an answer."""

import json
import re

import jupytext
import numpy as np
import pytest

from dltools.checks import UNITS, check_answer, check_foreseen, questions
from dltools.checks.progress import VARIABLE, read_missed, read_progress
from dltools.checks.questions import COMMA, LETTERS, judge_answer
from dltools.places import REPOSITORY

ALL = list(questions().values())
RETURNING = {"00-start-here": 0, "01-perceptron": 1}
by_name = pytest.mark.parametrize("question", ALL, ids=lambda question: question.name)


def cells(unit, folder="course"):
    return jupytext.read(REPOSITORY / folder / unit / f"{unit}.ipynb").cells


def text_of(question):
    """The Markdown above the cell of the answer."""
    found = cells(question.unit)
    at = next(i for i, cell in enumerate(found) if cell.id == question.name)
    assert found[at].source == f'{question.name} = ""'
    assert found[at + 1].source == f"check_answer({question.name}={question.name})"
    assert found[at + 1].metadata.nbgrader.points == 1
    return found[at - 1].source


@pytest.mark.parametrize("unit", UNITS)
def test_four_a_unit_of_which_two_return_from_earlier_ones(unit):
    mine = [question for question in ALL if question.unit == unit]
    assert len(mine) == 4
    modules, earlier = list(UNITS.values()), [question.about for question in mine if question.about]
    assert len(earlier) == RETURNING.get(unit, 2) == len(set(earlier))
    assert all(modules.index(about) < modules.index(UNITS[unit]) for about in earlier)


@by_name
def test_a_question_stands_in_the_unit_and_its_answer_does_not(question):
    text = text_of(question)
    options = re.findall(r"^- \*\*(\w)\*\*: ", text, re.MULTILINE)
    if isinstance(question.answer, str):
        assert options == sorted({question.answer, *(letter for letter, _ in question.wrong)}) == list(LETTERS)
    else:
        assert not options and len(question.wrong) >= 3
    assert ("(Unit " in text) == bool(question.about)
    whole = json.dumps([cell.source for cell in cells(question.unit)])
    assert not any(says in whole for says in question.mistakes)


@by_name
def test_each_wrong_answer_has_a_sentence_of_its_own(question):
    assert check_answer(**{question.name: question.answer}).points == 1
    for value, says in question.wrong:
        told = check_answer(**{question.name: value})
        assert not told.points and says in str(told) and re.fullmatch(r"answers_\w+", told.mistake)
        assert says[-1] in ".?" and 3 <= len(says.split()) <= 30
    values = [question.answer, *(value for value, _ in question.wrong)]
    if isinstance(question.answer, float):
        apart = [abs(a - b) for i, a in enumerate(values) for b in values[:i]]
        assert min(apart) > 2 * question.within, "two answers cannot be told apart"


@pytest.mark.parametrize("name, given", [("xor_question", g) for g in ("c", "C", " (c) ", "c.")])
def test_a_letter_in_any_dress(name, given):
    assert check_answer(**{name: given}).points == 1


@pytest.mark.parametrize("given", [0.25, "1/4", " 0.25", "1 / 4", np.float32(0.25), np.array(0.25), "0.2500001"])
def test_a_number_in_any_dress(given):
    assert check_answer(steepest_question=given).points == 1


@pytest.mark.parametrize("given", ["", " ", None, [], "x", "1/0", "nan", True, np.nan, 1j, np.arange(2), "1/4/5", b"1"])
def test_what_is_no_answer_is_said_and_named_nothing(given):
    told = check_answer(steepest_question=given)
    assert not told.points and not told.mistake and "a number" in str(told)
    letter = check_answer(xor_question=given)
    assert not letter.points and not letter.mistake and 'from "a" to "d"' in str(letter)


def test_an_unknown_wrong_answer_gives_nothing_away():
    told = judge_answer(questions()["steepest_question"], 17)
    assert not told.mistake and "0.25" not in str(told)


@pytest.mark.parametrize("given", [{}, {"xor_question": "c", "steepest_question": 1}, {"xor": "c"}])
def test_what_cannot_be_meant_is_said(given):
    with pytest.raises(ValueError, match=r"one answer|the nearest are"):
        check_answer(**given)


def test_what_was_missed_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "progress.json"))
    check_answer(xor_question="a")
    check_answer(xor_question="")
    assert read_missed() == {"xor_question": 1} and read_progress() == {}
    check_answer(xor_question="c")
    assert read_progress() == {"xor_question": 1} and read_missed() == {"xor_question": 1}


def test_the_plain_text_of_an_answer_is_its_points():
    right, wrong = (check_answer(xor_question=letter)._repr_mimebundle_() for letter in "cb")
    assert right["text/plain"] == "1.0" and wrong["text/plain"] == "0.0"
    assert 'data-mistakes="xor_question answers_b"' in wrong["text/html"] and "data-mistakes" not in right["text/html"]


@pytest.mark.parametrize("given, told", [((0, 5), True), ("0,5", True), ((1, 2, 3), False), ("a", False), ("", False)])
def test_a_decimal_comma_is_told(given, told):
    assert (COMMA in check_answer(leak_question=given).sentence) == told
    assert COMMA not in check_answer(ways_question=given).sentence
    assert COMMA in str(check_foreseen(two_layer_backward_foreseen=(1, 211)))
