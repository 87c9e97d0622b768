"""Foresee: an answer worked by hand is judged, and a wrong one is traced to the mistake that makes it."""

import json

import numpy as np
import pytest

from dltools.checks import UNITS, check, check_foreseen, exercises, forecasts, foresee
from dltools.checks.foresee import MOST_TOLD, NOTHING, OPEN, alike, case_of, results_of
from dltools.nn import conv2d_forward

ALL = [exercise for exercise in exercises().values() if exercise.pencil and exercise.name not in OPEN]
FEWER = {
    "sigmoid_forward": "five of eight raise an exception, or differ far from zero only",
}
"""Exercises of whose mistakes less than half make another number of one case, and why."""


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_the_right_answer_is_right(exercise):
    right = case_of(exercise).expected
    assert foresee(exercise.name, **right).is_right
    first = next(iter(right))
    alone = foresee(exercise.name, **{first: right[first]})
    assert alone.is_right and ("Still to foresee" in str(alone)) == (len(right) > 1)


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_half_of_the_known_mistakes_are_recognised_by_their_numbers(exercise):
    """Those with one sentence count as one: a logarithm of p + 1e-5, of p + 1e-6, ..."""
    trial, recognised = case_of(exercise), set()
    for mistake in exercise.mistakes:
        if made := results_of(exercise, mistake, trial):
            told = foresee(exercise.name, **made)
            several = len(told.sentences) == 1 + MOST_TOLD and "one of these" in told.sentences[0]
            assert not told.is_right and (mistake.says in told.sentences or several), (mistake.name, told)
            recognised.add(mistake.says)
    of_all = {mistake.says for mistake in exercise.mistakes}
    assert 2 * len(recognised) >= len(of_all) or exercise.name in FEWER


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_the_question_tells_shapes_and_no_answer(exercise):
    told = foresee(exercise.name)
    assert exercise.name in str(told) and "yours" not in str(told) and not told.is_right
    for name in case_of(exercise).expected:
        assert f"{name}, " in " ".join(told.sentences)


def test_what_is_wrong_in_no_known_way_is_told_by_its_first_wrong_entry():
    told = foresee(conv2d_forward, out=[[7, 17], [-3, 8]])
    assert "3 of 4 entries are right. Look at out[0, 0, 1, 1] again: it is" in str(told)
    assert "[8]✗" in str(told) and "8&nbsp;✗" in told._repr_html_()


def test_three_digits_and_fractions_are_enough():
    assert foresee("sigmoid_backward", grad_x=[0.315]).is_right
    assert foresee("standard_error", error=1 / 5).is_right
    assert not foresee("standard_error", error=0.3).is_right


def test_another_shape_is_told():
    assert "out is of shape (1, 1, 2, 2); yours has shape (3,)." in str(foresee(conv2d_forward, out=[1, 2, 3]))


@pytest.mark.parametrize(
    "name, answer, sentence",
    [
        ("predict", {}, "nothing to foresee of predict"),
        ("xor_weights", {}, "many weights are right"),
        ("conv2d_forward", {"output": 3}, "no result output; there is out"),
        ("conv2d_forward", {"out": "three"}, "out must be a number"),
        ("conv2d_forward", {"out": [[1, 2], [3]]}, "out must be a number"),
        ("conv2d_forwards", {}, "the nearest are conv2d_forward"),
    ],
)
def test_what_cannot_be_meant_is_said_in_one_sentence(name, answer, sentence):
    with pytest.raises(ValueError, match=sentence):
        foresee(name, **answer)


def test_nothing_is_kept_of_it(tmp_path, monkeypatch):
    monkeypatch.setenv("DLTOOLS_PROGRESS", str(tmp_path / "progress.json"))
    foresee(conv2d_forward, out=np.zeros((2, 2)))
    assert not list(tmp_path.iterdir())
    check(conv2d_forward)
    assert list(tmp_path.iterdir())


# For a point


def test_one_or_two_are_asked_for_in_every_unit():
    asked = [forecast.unit for forecast in forecasts().values()]
    assert all(1 <= asked.count(unit) <= 2 for unit in UNITS)


@pytest.mark.parametrize("forecast", forecasts().values(), ids=lambda forecast: forecast.name)
def test_what_was_foreseen_is_worth_a_point(forecast):
    right = case_of(forecast.exercise).expected[forecast.result]
    assert check_foreseen(**{forecast.name: np.squeeze(right).tolist()}).points == 1
    assert not check_foreseen(**{forecast.name: (np.asarray(right) + 1).tolist()}).points
    exercise = forecast.exercise
    made = [results_of(exercise, mistake, case_of(exercise)) for mistake in exercise.mistakes]
    others = [found for found in made if found and not alike(found[forecast.result], right)]
    assert len(others) >= 2, "a known mistake or two show in the result that is asked for"


@pytest.mark.parametrize(
    "given", ["", None, "seven", "(" * 900, "9" * 900, [[1, 2], [3]], {"a": 1}, ["a"], print, np.array(["a"]), object()]
)
def test_what_is_no_forecast_is_said(given):
    told = check_foreseen(conv2d_forward_foreseen=given)
    assert told.points == 0 and told._repr_mimebundle_()["text/plain"] == "0.0"
    assert NOTHING in str(told) or "out must be" in str(told)


@pytest.mark.parametrize("name, text", [("paired_difference", "0.272"), ("conv2d_forward", "[[7, 17], [-4, 8]]")])
def test_a_forecast_between_quotation_marks_counts_as_without(name, text):
    without, between = (check_foreseen(**{f"{name}_foreseen": given}) for given in (json.loads(text), text))
    assert str(between) == str(without) and NOTHING not in str(between)


def test_a_wrong_forecast_is_traced_and_its_plain_text_is_its_points():
    told = check_foreseen(conv2d_forward_foreseen=[[6, 4], [17, 2]])
    assert "Your filter is flipped" in told._repr_html_() and "0 of 1 point" in str(told)
    with pytest.raises(ValueError, match="knows no conv2d_foreseen; the nearest are"):
        check_foreseen(conv2d_foreseen=3)
