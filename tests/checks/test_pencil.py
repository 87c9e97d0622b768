"""Small examples: nearly every recorded mistake has one that can be worked by pencil, with a sum that is right."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

from dltools.checks import check, exercises
from dltools.checks.comparing import all_leaves
from dltools.checks.engine import judge
from dltools.checks.pencil.example import HERE_TOO, Beyond, Example, pencil_trials, shown
from dltools.checks.pencil.picture import WIDTH, as_text, panels
from dltools.checks.trials import AFTER, forfeited, look
from dltools.nn import conv2d_forward, linear_forward, max_pool2d_forward, relu_forward
from dltools.nn.activations import sigmoid

ALL = list(exercises().values())
WITH_CASES = [exercise for exercise in ALL if exercise.pencil]
WITHOUT = {
    "predict": {".*": "the exam is about thousands of images"},
    "worst_mistakes": {"partitions": "np.argpartition sorts few numbers, and leaves many unsorted"},
    "dropout_forward": {
        "draws_from_numpy": "which generator was drawn from shows in two calls only",
        "makes_generator": "which generator was drawn from shows in two calls only",
        "deletes_a_fixed_number": "that it is always the same number shows in several calls only",
        "shares_mask": "that rows lose the same entries may be chance in a small table",
        "draws_for_last_axis": "that rows lose the same entries may be chance in a small table",
        "draws_one_number_a_row": "that a row is lost as a whole may be chance in a small table",
        "deletes_channels": "that a channel is lost as a whole may be chance in a small image",
    },
}
"""Mistakes without a small example, by exercise, and why."""


def count(value):
    """How many numbers of a case are not 0."""
    if isinstance(value, np.ndarray):
        return int(np.count_nonzero(value))
    if isinstance(value, list | tuple):
        return sum(map(count, value))
    return int(value != 0) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def most(exercise):
    """An LSTM has four times as many weights."""
    return 16 if exercise.name.startswith("lstm_") else 12


def example_of(exercise, mistake):
    for trial in pencil_trials(exercise):
        seen = look(exercise, mistake.function, mistake.forward or exercise.forward, trial, between=True)
        if not forfeited(trial, seen) and (example := shown(exercise.pencil, trial, seen)):
            return example
    return None


def reasons(exercise):
    return WITHOUT.get(exercise.name, {})


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
def test_every_mistake_has_a_small_example(exercise):
    for mistake in exercise.mistakes:
        if ".*" in reasons(exercise) or mistake.name in reasons(exercise):
            continue
        example = example_of(exercise, mistake)
        assert example, f"{mistake.name} has no example"
        assert sum(map(count, example.call.values())) <= most(exercise), mistake.name
        assert json.dumps(example.to_dict()) and mistake.function.__name__ not in example.sum


def test_those_without_are_few_and_have_none():
    left = [
        (exercise, mistake)
        for exercise in ALL
        for mistake in exercise.mistakes
        if ".*" in reasons(exercise) or mistake.name in reasons(exercise)
    ]
    assert len(left) <= 0.05 * sum(len(exercise.mistakes) for exercise in ALL)
    assert not any(exercise.pencil and example_of(exercise, mistake) for exercise, mistake in left)


NAMES = {name: getattr(np, name) for name in ("exp", "log", "sqrt", "tanh")} | {
    "s": lambda x: sigmoid(np.float64(x)),
    "step": lambda x: float(x > 0),
    "P": norm.cdf,
    "p": norm.pdf,
    "max": max,
    "min": min,
    "abs": abs,
}


def value_of(text):
    with np.errstate(over="ignore"):
        return eval(text.replace("·", "*").replace("^", "**"), {"__builtins__": {}}, NAMES)


@pytest.mark.parametrize("exercise", WITH_CASES, ids=lambda exercise: exercise.name)
def test_each_sum_makes_its_entry(exercise):
    assert set(exercise.pencil.sums) <= set(exercise.returns)
    for trial in pencil_trials(exercise):
        given = SimpleNamespace(**trial.case, **trial.upstream)
        for path, leaf in all_leaves(trial.expected).items():
            name, *inside = path.replace("]", "").split("[")
            if name not in exercise.pencil.sums or path.endswith(AFTER):
                continue
            for index in np.ndindex(np.shape(leaf)):
                text = exercise.pencil.sums[name](given, *map(int, inside), *index)
                assert value_of(text) == pytest.approx(float(np.asarray(leaf)[index]), rel=2e-3, abs=1e-3), text


@pytest.mark.parametrize("exercise", WITH_CASES, ids=lambda exercise: exercise.name)
def test_the_cases_are_small_and_change_no_argument(exercise):
    for trial in pencil_trials(exercise):
        call = {**trial.case, **trial.upstream}
        assert sum(map(count, call.values())) <= most(exercise), call
        assert not shown(exercise.pencil, trial, look(exercise, exercise.reference, exercise.forward, trial))
        for name, value in call.items():
            parts = [panel for panel in panels(name, value) if "too large" not in str(panel.rows)]
            assert parts and max(map(len, as_text(parts).splitlines())) <= WIDTH + 20


# What is shown


def flipped(x, weight, bias, stride=1, padding=0):
    return conv2d_forward(x, weight[:, :, ::-1, ::-1], bias, stride, padding)


flipped.__name__ = "conv2d_forward"


def test_the_entry_that_differs_is_framed_and_its_sum_is_told():
    told = str(check(flipped))
    assert "[8]✗" in told and "[0]✓" in told
    assert "out[0, 0, 0, 0] = 1·3 + 0·1 + 2·(-2) + (-1)·4 + 5 = 0" in told
    html = check(flipped)._repr_html_()
    assert "8&nbsp;✗" in html and "0&nbsp;✓" in html and "border:3px solid" in html
    assert told.index("Your filter is flipped") < told.index("A small example"), "the known mistake comes first"


def test_what_is_right_is_not_shown_an_example():
    verdict = check(conv2d_forward)
    assert verdict.passed and verdict.example is None


def test_an_exception_is_shown_with_the_smallest_input():
    def relu(x):
        return (x if x > 0 else 0 * x), x

    relu.__name__ = "relu_forward"
    example = check(relu).example
    assert isinstance(example, Example) and "truth value" in example.sentence
    assert "x (2,)\n -1" in str(example) and "yours:" not in str(example)
    assert str(check(relu)).count("raises ValueError") == 1 and "The same happens here." in example.html()


def test_a_wrong_shape_is_shown_whole():
    def squeezed(x, weight, bias):
        out, cache = linear_forward(x, weight, bias)
        return out.ravel(), cache

    squeezed.__name__ = "linear_forward"
    told = str(check(squeezed))
    assert "yours: out (1,)" in told and "right: out (1, 1)" in told and "✗  " not in told.split("A small example")[1]


def test_a_changed_argument_is_shown():
    def writes(x):
        out, cache = relu_forward(x)
        x -= 1
        return out, cache

    writes.__name__ = "relu_forward"
    assert "yours: x after the call" in str(check(writes))


def test_another_dtype_is_shown_in_the_dtype_that_comes_in():
    def widens(x):
        return np.maximum(x, 0).astype(np.float64), x

    widens.__name__ = "relu_forward"
    example = check(widens).example
    assert isinstance(example, Example) and "x (1,) float32" in str(example) and example.yours == "float64"


def test_what_only_large_cases_show_is_said():
    def wrong_for_many(x, kernel_size, stride=None):
        out, cache = max_pool2d_forward(x, kernel_size, stride)
        return (out + (x.size > 20)), cache

    wrong_for_many.__name__ = "max_pool2d_forward"
    example = check(wrong_for_many).example
    assert isinstance(example, Beyond) and "x of shape (2, 3, 6, 8)" in example.sentence


def test_no_example_of_what_is_not_written_or_does_not_end():
    exercise = exercises()["relu_forward"]

    def unwritten(x):
        raise NotImplementedError

    assert judge(exercise, unwritten).example is None


def test_what_a_student_returns_is_escaped():
    def says(x):
        return "<b>", x

    says.__name__ = "relu_forward"
    html = check(says)._repr_html_()
    assert "<b>'" not in html and "&lt;b&gt;" in html


STRANGE = {
    "a list": lambda out: out.tolist(),
    "a ragged list": lambda out: [[1.0], [2.0, 3.0]],
    "a list of arrays": lambda out: list(out),
    "an empty list": lambda out: [],
    "nested": lambda out: [[[[]]]],
    "a dictionary": lambda out: {"out": out},
    "text": lambda out: "out",
    "an array of text": lambda out: np.array(["a", "b"]),
    "objects": lambda out: out.astype(object),
    "complex": lambda out: out + 1j,
    "a mask": lambda out: out > 0,
    "a number": lambda out: 3.0,
    "a number in an array": lambda out: np.array(3.0),
    "nothing": lambda out: out[:0],
    "much": lambda out: np.zeros((30, 30)),
    "six axes": lambda out: out[None, None, None, None],
    "float16": lambda out: out.astype(np.float16),
    "whole numbers": lambda out: out.astype(int) + 1,
    "nan": lambda out: out * np.nan,
    "huge": lambda out: out * 1e300 * 1e300,
    "None": lambda out: None,
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("name", ["linear_forward", "relu_backward", "mse_loss", "early_stopping", "clip_grad_norm"])
def test_an_example_of_whatever_comes_back_can_be_shown(name, strange):
    exercise = exercises()[name]

    def wrong(*arguments):
        returned = exercise.reference(*arguments)
        if not isinstance(returned, tuple):
            return strange(returned)
        return tuple(strange(part) if isinstance(part, np.ndarray) else part for part in returned)

    verdict = judge(exercise, wrong, exercise.forward)
    assert str(verdict) and verdict._repr_html_() and json.dumps(verdict.to_dict(), allow_nan=False)


def test_the_same_happens_here_only_where_one_thing_happens():
    def forgets_and_multiplies(x, V, W):
        x @ V  # runs where V is square, and returns nothing

    def forgets(x, V, W):
        pass

    several, one = (str(judge(exercises()["two_layer_forward"], f)) for f in (forgets_and_multiplies, forgets))
    assert "raises ValueError" in several and several.count("returns None") == 2 and HERE_TOO not in several
    assert HERE_TOO in one
