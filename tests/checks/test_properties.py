"""What the criteria of each exercise cover: a function that is wrong in one property alone is refused by every exercise
that the property concerns; where it concerns none, the reason stands here."""

import copy
import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dltools.checks import UNITS, exercises
from dltools.checks.engine import judge, trials
from dltools.checks.exercise import Exercise
from dltools.places import REPOSITORY

Spoiler = Callable[[list[Any], Any], Any]
"""Given the arguments (where the exercise is a backward: of the forward, then the gradients), and the right answer."""


def spoiled(exercise: Exercise, spoil: Spoiler) -> tuple[Callable[..., Any], Callable[..., Any] | None]:
    """The reference with its answers spoiled, and a forward that goes with it."""
    if exercise.forward is None:
        return (lambda *given: spoil(list(given), exercise.reference(*copy.deepcopy(given)))), None

    def forward(*given: Any) -> Any:
        *out, kept = exercise.forward(*given)
        return *out, (copy.deepcopy(given), kept)

    def backward(*given: Any) -> Any:
        *grads, (arguments, kept) = given
        return spoil([*arguments, *grads], exercise.reference(*copy.deepcopy(grads), kept))

    return backward, forward


def each(change: Callable[[np.ndarray], Any], answer: Any, float_only: bool = True) -> Any:
    """The answer with each of its arrays changed."""
    if isinstance(answer, tuple | list):
        return type(answer)(each(change, part, float_only) for part in answer)
    if not isinstance(answer, np.ndarray | np.floating) or (float_only and answer.dtype.kind != "f"):
        return answer
    return change(np.asarray(answer))


def arrays(given: list[Any]) -> list[np.ndarray]:
    flat = [part for value in given for part in (value if isinstance(value, list | tuple) else [value])]
    return [value for value in flat if isinstance(value, np.ndarray)]


def first(given: list[Any]) -> np.ndarray:
    return next(iter(arrays(given)), np.zeros(0))


def wrong(answer: Any) -> Any:
    return answer + 1 if isinstance(answer, int | float) else each(lambda array: array + 1, answer, float_only=False)


# One fault for each property


def adds_axis(given, answer):
    return each(lambda array: array[np.newaxis], answer, float_only=False)


def returns_float64(given, answer):
    return each(lambda array: array.astype(np.float64) if array.ndim else array, answer)


def changes_arguments(given, answer):
    for array in arrays(given):
        array += array.dtype.type(1)
    return answer


def fails_for_one(given, answer):
    return wrong(answer) if first(given).shape[:1] == (1,) else answer


def wants_square(given, answer):
    return (
        wrong(answer)
        if any(array.ndim > 1 and array.shape[-1] != array.shape[-2] for array in arrays(given))
        else answer
    )


def fails_below_zero(given, answer):
    return wrong(answer) if any((array < 0).any() for array in arrays(given)) else answer


def fails_far_away(given, answer):
    return wrong(answer) if any((np.abs(array) > 500).any() for array in arrays(given)) else answer


def is_nan_at_zero(given, answer):
    x = first(given)
    return each(lambda array: np.where(x == 0, np.nan, array) if array.shape == x.shape else array, answer)


def wants_axes(axes: int) -> Spoiler:
    return lambda given, answer: answer if first(given).ndim == axes else wrong(answer)


def repeats_itself() -> Spoiler:
    calls = []

    def spoil(given, answer):
        calls.append(answer)
        return calls[0]

    return spoil


def points(exercise: Exercise, spoil: Spoiler) -> float:
    function, forward = spoiled(exercise, spoil)
    function.__name__ = exercise.name
    return judge(exercise, function, forward).points / exercise.points


LEFT_OVER = {
    "conv2d_output_size": lambda size, kernel_size, stride, padding: (size + 2 * padding - kernel_size) % stride,
    "conv2d_forward": lambda x, weight, bias, stride=1, padding=0: beyond(x, weight.shape[2:], stride, padding),
    "conv2d_backward": lambda x, weight, bias, stride, padding, *_: beyond(x, weight.shape[2:], stride, padding),
    "conv2d_as_matrix": lambda weight, shape, stride, padding: beyond(
        np.zeros(shape), weight.shape[2:], stride, padding
    ),
    "max_pool2d_forward": lambda x, kernel_size, stride=None: beyond(x, kernel_size, stride or kernel_size),
    "max_pool2d_backward": lambda x, kernel_size, *rest: beyond(x, kernel_size, stride_of(kernel_size, rest)),
    "avg_pool2d_forward": lambda x, kernel_size, stride=None: beyond(x, kernel_size, stride or kernel_size),
    "avg_pool2d_backward": lambda x, kernel_size, *rest: beyond(x, kernel_size, stride_of(kernel_size, rest)),
    "cnn_forward": lambda x, *_: beyond(x, 4, 4),
    "cnn_backward": lambda x, *_: beyond(x, 4, 4),
    "train_two_layer": lambda x, targets, V, W, lr, batch_size, epochs: len(x) % batch_size,
}
"""Whether pixels or examples are left over in a call."""
TIES = {
    "max_pool2d_backward": lambda x, *_: len(np.unique(x)) < x.size,
    "early_stopping": lambda training, validation, *_: len(set(validation)) < len(validation),
    "embedding_backward": lambda indices, *_: len(np.unique(indices)) < indices.size,
    "l1_penalty": lambda weight, alpha: not weight.all(),
}
"""Whether numbers of a call are equal that are compared, or zero where the derivative jumps."""


DIVISIBLE = "soft_threshold"
"""Exercises beside unit 02 where a formula may divide by the input: nan where that is 0 is refused."""


def beyond(image: np.ndarray, kernel: Any, stride: Any, padding: int = 0) -> bool:
    return bool(np.any((np.array(image.shape[-2:]) + 2 * padding - kernel) % stride))


def stride_of(kernel_size: Any, rest: tuple[Any, ...]) -> Any:
    return rest[0] if len(rest) > 1 and rest[0] is not None else kernel_size


def fails_where(happens: Callable[..., Any]) -> Spoiler:
    return lambda given, answer: wrong(answer) if happens(*given) else answer


# What each exercise covers


def axes_of(exercise: Exercise) -> int:
    case = next(iter(exercise.criteria[0].cases(np.random.default_rng(0))))
    return first(list(case.values())).ndim


PROPERTIES: dict[str, Callable[[Exercise], Spoiler | None]] = {
    "shape": lambda exercise: adds_axis,
    "dtype": lambda exercise: returns_float64,
    "arguments": lambda exercise: changes_arguments,
    "one example": lambda exercise: fails_for_one,
    "rectangular": lambda exercise: wants_square,
    "negative": lambda exercise: fails_below_zero,
    "far away": lambda exercise: fails_far_away,
    "called twice": lambda exercise: repeats_itself(),
    "any shape": lambda exercise: wants_axes(axes_of(exercise)),
    "left over": lambda exercise: fails_where(LEFT_OVER[exercise.name]) if exercise.name in LEFT_OVER else None,
    "zero": lambda exercise: is_nan_at_zero if exercise.unit.startswith("02") or exercise.name in DIVISIBLE else None,
    "ties": lambda exercise: fails_where(TIES[exercise.name]) if exercise.name in TIES else None,
}
"""The one list, and the fault that an exercise must refuse if the property concerns it."""

NUMBERS_ONLY = "conv2d_output_size conv2d_parameter_count standard_error"
NO_ARGUMENTS = "xor_weights memory_cell_weights"
EXCEPTIONS: dict[str, dict[str, str]] = {
    "shape": {
        NUMBERS_ONLY: "one number has no shape",
    },
    "dtype": {
        NUMBERS_ONLY: "numbers",
        NO_ARGUMENTS: "there is no array whose dtype could be kept",
        "confusion_matrix worst_mistakes paired_difference": "counts, indices and labels are integers",
        "early_stopping": "returns what it was given",
        "numerical_gradient": "its steps are too small for float32: gradients are checked in float64",
        "center squared_distances neuron": "before layers: no float32 yet",
        "train_two_layer conv2d_as_matrix softmax_with_temperature rnn_jacobian_product dropout_test_time "
        "polynomial_features": "no forward, backward or step of a layer",
    },
    "arguments": {NUMBERS_ONLY: "numbers cannot be changed", NO_ARGUMENTS: "no array comes in"},
    "one example": {
        NUMBERS_ONLY: "numbers",
        NO_ARGUMENTS: "no batch comes in",
        "worst_mistakes": "there is nothing to rank",
        "early_stopping": "no batch comes in; a record of one epoch is among the cases",
    },
    "rectangular": {
        NUMBERS_ONLY: "numbers",
        NO_ARGUMENTS: "no matrix comes in",
        "rnn_jacobian": "W is square, and nothing else is a matrix",
        "polynomial_features early_stopping confusion_matrix paired_difference": "no matrix comes in",
    },
    "negative": {
        NUMBERS_ONLY: "sizes, counts and shares",
        NO_ARGUMENTS: "no array comes in",
        "confusion_matrix paired_difference": "labels are from 0 up",
    },
    "far away": {
        NUMBERS_ONLY: "numbers",
        NO_ARGUMENTS: "no array comes in",
        "center squared_distances neuron linear_forward linear_backward mse_loss gradient_descent_step "
        "numerical_gradient conv2d_forward conv2d_backward conv2d_as_matrix max_pool2d_forward max_pool2d_backward "
        "avg_pool2d_forward avg_pool2d_backward flatten_forward flatten_backward cnn_forward cnn_backward "
        "embedding_forward embedding_backward residual_block_forward residual_block_backward polynomial_features "
        "l1_penalty l2_penalty weight_decay_step soft_threshold dropout_forward dropout_backward dropout_test_time "
        "early_stopping confusion_matrix paired_difference": "sums, products, comparisons: nothing could overflow",
        "rnn_jacobian rnn_jacobian_product gradient_norm_by_distance": "states of a tanh lie between -1 and 1",
        "rnn_forward rnn_backward lstm_forward lstm_backward": "asked of the single step",
        "train_two_layer": "asked of cross_entropy and two_layer_forward",
    },
    "called twice": {"xor_weights": "always gives the same"},
    "any shape": {
        NUMBERS_ONLY: "numbers",
        NO_ARGUMENTS: "no array comes in",
        "center squared_distances linear_forward linear_backward two_layer_forward two_layer_backward cross_entropy "
        "train_two_layer conv2d_forward conv2d_backward conv2d_as_matrix max_pool2d_forward max_pool2d_backward "
        "avg_pool2d_forward avg_pool2d_backward cnn_forward cnn_backward rnn_step_forward rnn_step_backward "
        "rnn_forward rnn_backward language_model_loss rnn_jacobian rnn_jacobian_product gradient_norm_by_distance "
        "lstm_step_forward lstm_step_backward lstm_forward lstm_backward residual_block_forward "
        "residual_block_backward polynomial_features early_stopping confusion_matrix worst_mistakes "
        "paired_difference": "the unit names the axes, and there are no others",
    },
}
"""Where a property concerns no exercise of these names, and why."""

ELSEWHERE = "predict"
"""The exam of a student's own net: its criteria are tested in test_capstone.py."""
SLOW = "the digits: 95 % of the held-out ones"


@pytest.mark.parametrize("exercise", [e for e in exercises().values() if e.name != ELSEWHERE], ids=lambda e: e.name)
def test_a_function_that_is_wrong_in_one_property_is_refused(exercise):
    quick = replace(exercise, criteria=tuple(c for c in exercise.criteria if c.name != SLOW))
    unseen = {name for name, fault in PROPERTIES.items() if (spoil := fault(quick)) and points(quick, spoil) == 1}
    excepted = {name for name, groups in EXCEPTIONS.items() if any(exercise.name in g.split() for g in groups)}
    assert unseen == excepted


@pytest.mark.parametrize("exercise", exercises().values(), ids=lambda e: e.name)
def test_where_float32_is_asked_for_the_reference_keeps_it(exercise):
    asked = [criterion for criterion in exercise.criteria if "float32" in criterion.name]
    rows = [trial.expected for criterion in asked for trial in trials(exercise, criterion, 0)]
    kept = {dtype for row in rows for name, dtype in row.items() if name.endswith("dtype")}
    assert kept <= {"float32", "any"}


def test_float32_is_taught_before_it_is_asked_for():
    first = next(iter(UNITS))
    text = (REPOSITORY / "solutions" / first / f"{first}.py").read_text(encoding="utf-8")
    assert "**float32 stays float32.**" in text and "np.ones((2, 3), np.float32)" in text
    asked = [e.unit for e in exercises().values() if any("float32" in c.name for c in e.criteria)]
    assert asked and first not in asked


@pytest.mark.parametrize("exercise", exercises().values(), ids=lambda e: e.name)
def test_what_a_check_names_stands_in_the_text_of_the_unit(exercise):
    source = (REPOSITORY / "solutions" / exercise.unit / f"{exercise.unit}.py").read_text(encoding="utf-8")
    text = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "", source, flags=re.DOTALL)
    asked = {*exercise.returns, *inspect.signature(exercise.reference).parameters} - {"cache"}
    assert not [name for name in asked if not re.search(rf"\b{name}\b", text)]


def in_logarithm(probabilities, epsilon):
    return np.log(probabilities + epsilon)


def bce(logits, targets):
    p = 1 / (1 + np.exp(-logits))
    loss = -np.mean(targets * in_logarithm(p, 1e-12) + (1 - targets) * in_logarithm(1 - p, 1e-12))
    return loss, (p - targets) / logits.size


def temperature_with_epsilon(logits, temperature):
    p = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
    return p / (p.sum(axis=-1, keepdims=True) + 1e-8)


def clip_as_pytorch(grads, max_norm, epsilon=1e-6):
    largest = max(np.abs(grad).max() for grad in grads) or 1.0
    norm = largest * np.sqrt(sum(np.sum((grad / largest) ** 2) for grad in grads))
    factor = min(1.0, float(max_norm / (norm + epsilon)))
    return [grad * factor for grad in grads], norm


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "name, function, lost",
    [
        ("binary_cross_entropy", bce, {"loss when confident and wrong"}),
        ("softmax_with_temperature", temperature_with_epsilon, set()),
        ("clip_grad_norm", clip_as_pytorch, set()),
        ("clip_grad_norm", lambda grads, most: clip_as_pytorch(grads, most, 1e-12), set()),
    ],
)
def test_an_epsilon_that_changes_next_to_nothing_passes_with_a_sentence(name, function, lost, seed):
    exercise = exercises()[name]
    verdict = judge(exercise, function, seed=seed)
    assert {finding.criterion for finding in verdict.findings if finding.problem} == lost, verdict
    assert lost or exercise.epsilon_says in str(verdict) or function is not clip_as_pytorch


@pytest.mark.parametrize("name", ["xor_weights", "memory_cell_weights"])
def test_complex_weights_do_not_pass(name):
    exercise = exercises()[name]
    verdict = judge(exercise, lambda *given: tuple(array + 7j for array in exercise.reference(*given)))
    assert verdict.points == 0


SHAPE_ONLY = {"flatten_backward", "avg_pool2d_backward"}
"""Their cache is made of shapes, which other numbers share."""


@pytest.mark.parametrize("exercise", [e for e in exercises().values() if e.forward], ids=lambda e: e.name)
def test_a_backward_works_on_its_cache_and_not_on_the_last_call(exercise):
    last: list[Any] = []

    def forward(*given: Any) -> Any:
        *out, cache = exercise.forward(*given)
        last[:] = [cache]
        return *out, None

    def backward(*given: Any) -> Any:
        return exercise.reference(*given[:-1], last[0])

    verdict = judge(exercise, backward, forward)
    assert verdict.mistakes == ["keeps_last_call"] or exercise.name in SHAPE_ONLY
    assert verdict.points <= exercise.points / 2 or exercise.name in SHAPE_ONLY
