"""The engine tells a student kindly and exactly what happened, whatever the function does."""

import json
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest

from dltools.checks import check, exercises
from dltools.checks.comparing import first_difference, nudge
from dltools.checks.convolution import FORWARD, OUTPUT_SIZE
from dltools.checks.engine import judge
from dltools.checks.exercise import Criterion, Exercise
from dltools.checks.trials import describe
from dltools.nn import conv2d_backward, conv2d_forward


def verdict_of(function, exercise=FORWARD, **options):
    function.__name__ = exercise.name
    return judge(exercise, function, **options)


def test_a_function_that_is_not_written_yet():
    def stub(x, weight, bias, stride=1, padding=0):
        raise NotImplementedError

    verdict = verdict_of(stub)
    assert verdict.points == 0
    (only,) = verdict.advice()
    assert only.text == "conv2d_forward is not written yet.", "one reason is told once, and of the whole exercise"
    assert str(verdict).count("to write") == len(FORWARD.criteria) and "not yet" not in str(verdict)


def test_a_function_that_is_written_in_part():
    def part(x, weight, bias, stride=1, padding=0):
        if padding:
            raise NotImplementedError
        return conv2d_forward(x, weight, bias, stride)

    told = str(verdict_of(part))
    assert "Stuck?" in told and "✓ passed  stride" in told and "✗ not yet  padding" in told


def test_a_missing_return():
    verdict = verdict_of(lambda *arguments: None)
    assert "returns None; it must return out, cache. Is the return line missing?" in str(verdict)


def test_a_wrong_number_of_values():
    verdict = verdict_of(lambda *arguments: conv2d_forward(*arguments)[0])
    assert "returns 1 value; it must return out, cache." in str(verdict)
    verdict = verdict_of(lambda *arguments: (*conv2d_forward(*arguments), 3))
    assert "returns 3 values; it must return out, cache." in str(verdict)


def test_a_verdict_is_plain_data_for_programs():
    def biased(x, weight, bias, stride=1, padding=0):
        return conv2d_forward(x, weight, bias + 1, stride, padding)

    found = json.loads(json.dumps(verdict_of(biased, exercises()["conv2d_forward"]).to_dict()))
    assert found["slug"] == "dltools/conv2d_forward" and (found["points"], found["max_points"]) == (1, 8)
    by_name = {result["name"]: result for result in found["results"]}
    passed, waits = by_name["shape_of_the_output"], by_name["no_argument_is_changed"]
    assert passed["passed"] is True and passed["cause"] is None and passed["data"]["points"] == 1
    assert waits["passed"] is None and waits["dependency"] == "several_images_channels_and_filters"
    assert "expected" in by_name["stride"]["cause"]["rationale"] and "hint(" in by_name["stride"]["cause"]["help"]
    assert (found["example"]["yours"], found["example"]["right"]) == ([[[[1]]]], [[[[0]]]])


def test_an_exception_is_told_with_the_line_of_the_student():
    def wrong(x, weight, bias, stride=1, padding=0):
        return np.dot(x, weight), None

    verdict = verdict_of(wrong)
    assert "conv2d_forward raises ValueError: shapes" in str(verdict)
    assert "return np.dot(x, weight), None" in str(verdict)


@pytest.mark.parametrize("leave", [sys.exit, lambda: 1 / 0, lambda: [].pop(), lambda: leave_by_recursion()])
def test_nothing_that_is_raised_gets_through(leave):
    assert verdict_of(lambda *arguments: leave()).points == 0


def leave_by_recursion():
    return leave_by_recursion()


def test_an_endless_loop_ends_and_the_rest_is_not_tried():
    def endless(x, weight, bias, stride=1, padding=0):
        while True:
            pass

    quick = replace(FORWARD, seconds=0.2)
    verdict = verdict_of(endless, quick)
    assert verdict.points == 0
    assert "did not end within 0.2 seconds, in line" in str(verdict)
    assert "while True:; look for a loop that never stops." in str(verdict) or "pass; look for" in str(verdict)
    assert str(verdict).count("did not end") == 1, "one reason is told once"


def returning(change):
    def function(*arguments):
        out, cache = conv2d_forward(*arguments)
        return change(out), cache

    return function


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda out: out.tolist(), "out is a list; it must be a NumPy array of shape"),
        (lambda out: None, "out is None; it must be"),
        (lambda out: out.astype(object), "out is an array of object; it must be made of plain NumPy arrays or numbers"),
        (lambda out: out > 0, "out is an array of bool"),
        (lambda out: out[0], "out has shape"),
        (lambda out: out * np.nan, "got nan"),
        (lambda out: np.round(out), "expected"),
    ],
)
def test_what_is_wrong_with_a_returned_value(change, said):
    verdict = verdict_of(returning(change))
    assert said in str(verdict)
    assert "draws_anew" not in verdict.mistakes
    assert verdict.points < verdict.max_points


def test_the_first_differing_entry_is_told_with_index_expected_and_got():
    def change(out):
        out = out.copy()
        out[0, -1, 1, 0] += 0.5
        return out

    assert "out[0, 3, 1, 0]: expected" in str(verdict_of(returning(change)))


def test_an_argument_changed_in_place_costs_that_criterion_only():
    def careless(x, weight, bias, stride=1, padding=0):
        returned = conv2d_forward(x.copy(), weight, bias, stride, padding)
        x -= 1
        return returned

    verdict = verdict_of(careless)
    assert [finding.criterion for finding in verdict.findings if finding.problem] == ["no argument is changed"]
    assert "x after the call" in str(verdict)


def test_float64_for_float32_costs_that_criterion_only():
    verdict = verdict_of(returning(lambda out: out.astype(np.float64)))
    assert verdict.points == verdict.max_points - 0.5


def test_warnings_and_prints_cost_nothing_and_stay_off_stderr(capsys):
    def noisy(*arguments):
        print("a line of the student")
        print("an error line", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        np.log(np.zeros(1))
        return conv2d_forward(*arguments)

    verdict = verdict_of(noisy)
    assert verdict.passed
    assert capsys.readouterr() == ("", "")
    assert "a line of the student" in verdict.printed
    assert len(verdict.printed) <= 2000


def test_a_backward_needs_its_forward():
    with pytest.raises(ValueError, match=r"call check\(conv2d_backward, forward=conv2d_forward\)"):
        check(conv2d_backward)


def test_an_unknown_name_is_said():
    with pytest.raises(ValueError, match="There is no exercise named conv3d"):
        check(type("f", (), {"__name__": "conv3d", "__call__": lambda self: None})())


def test_a_wrong_forward_does_not_make_a_right_backward_wrong_nor_the_other_way_round():
    def flipped(x, weight, bias, stride=1, padding=0):
        out, cache = conv2d_forward(x, weight, bias, stride, padding)
        return -out, cache

    assert check(conv2d_backward, forward=flipped).passed

    def consistent_but_wrong(grad_out, cache):
        return tuple(-gradient for gradient in conv2d_backward(grad_out, cache))

    consistent_but_wrong.__name__ = "conv2d_backward"
    assert check(consistent_but_wrong, forward=flipped).points == 0


def test_the_seed_of_the_environment_changes_the_cases(monkeypatch):
    seen = []

    def spy(size, kernel_size, stride=1, padding=0):
        seen.append(size)
        return (size - kernel_size + 2 * padding) // stride + 1

    def sizes():
        seen.clear()
        check(spy)
        return list(seen)

    spy.__name__ = OUTPUT_SIZE.name
    public = sizes()
    assert sizes() == public
    monkeypatch.setenv("DLTOOLS_SEED", "17")
    assert sizes() != public


def test_a_notebook_stores_the_points_as_a_number_and_shows_html():
    bundle = check(conv2d_forward)._repr_mimebundle_()
    assert bundle["text/plain"] == "8.0"
    assert "solved, 8 of 8 points" in bundle["text/html"]


def test_html_of_the_student_is_escaped():
    def unkind(*arguments):
        print("<script>alert(1)</script>")
        raise ValueError("<b>bold</b>")

    html = verdict_of(unkind)._repr_html_()
    assert "<script>" not in html
    assert "<b>bold" not in html


def test_two_mistakes_at_once_are_both_named():
    def twice(grad_out, cache):
        grad_x, grad_weight, _ = conv2d_backward(grad_out, cache)
        return grad_x, grad_weight / len(grad_out), grad_out.sum(axis=0)

    twice.__name__ = "conv2d_backward"
    verdict = check(twice, forward=conv2d_forward)
    assert {"averages_weight", "sums_bias_over_batch_only"} <= set(verdict.mistakes)


def test_a_broadcast_shape_is_not_the_right_shape():
    expected = np.ones(5)
    found = first_difference({"out": expected}, {"out": np.ones((1, 5))})
    assert found and found.sentence == "out has shape (1, 5); it must be (5,)."


def test_nudged_numbers_keep_ties_and_zeros():
    values = np.array([0.0, 2.5, 2.5, -1.0])
    moved = nudge(values)
    assert moved[0] == 0
    assert moved[1] == moved[2] != 2.5
    assert np.allclose(moved, values)


def test_a_call_is_described_in_one_line():
    assert describe({"x": np.ones((2, 9)), "stride": 2}) == "x of shape (2, 9), stride = 2"


# A criterion that asks twice


def double(x):
    return 2 * x


def numbers(rng):
    yield {"x": rng.normal(size=3)}


def ask_twice(function, x):
    return function(x.copy()), function(x.copy())


def same_answer(attempt):
    first, second = attempt.outputs["out"]
    return {"asked twice": "the same" if np.array_equal(first, second) else "other answers"}


TWICE = Exercise(
    double,
    ("out",),
    (
        Criterion("values", 1, numbers, draw="both"),
        Criterion("asked twice", 1, numbers, same_answer, ask=ask_twice, draw="both"),
        Criterion("other numbers", 1, numbers),
    ),
)


def test_a_criterion_may_ask_more_than_once():
    noise = np.random.default_rng(0)
    assert judge(TWICE, lambda x: 2 * x).points == 3
    verdict = judge(TWICE, lambda x: 2 * x + noise.normal(size=3))
    assert verdict.points == 0 and "asked twice: expected 'the same', got 'other answers'" in str(verdict)


def test_an_error_while_asked_is_told_with_the_line_of_the_student():
    def wrong(x):
        return x.nothing

    assert "wrong raises AttributeError" in str(judge(TWICE, wrong))
    assert str(judge(TWICE, wrong)).count("in line") == str(judge(TWICE, wrong)).count("return x.nothing") == 1


def test_criteria_with_one_draw_have_the_same_cases():
    seen = []
    judge(TWICE, lambda x: seen.append(x.copy()) or 2 * x)
    first, again, twice, other = seen
    assert np.array_equal(first, again) and np.array_equal(first, twice) and not np.array_equal(first, other)


WITHOUT_NUMPY_MA = """
import sys
from dltools.checks import exercises
from dltools.checks.engine import judge

for name in ("center", "cross_entropy", "linear_backward", "max_pool2d_forward", "dropout_forward"):
    exercise = exercises()[name]
    judge(exercise, lambda *arguments: exercise.reference(*arguments)[::-1], exercise.forward)._repr_html_()
sys.exit("numpy.ma" in sys.modules)
"""


def test_a_failing_check_imports_no_numpy_ma_which_takes_as_long_as_it():
    assert subprocess.run([sys.executable, "-c", WITHOUT_NUMPY_MA], check=False).returncode == 0
