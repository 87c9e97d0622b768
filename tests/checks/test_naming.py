"""A name is true: it is said only to who made that mistake, and explains the criteria that it stands beside."""

from dataclasses import replace

import numpy as np
import pytest
from styles import SLOW

from dltools.checks import exercises
from dltools.checks.convolution import FORWARD
from dltools.checks.engine import judge
from dltools.checks.exercise import Criterion, Exercise, arguments, in_single
from dltools.checks.vanishing import CLIP
from dltools.nn import binary_cross_entropy, clip_grad_norm, conv2d_forward, memory_cell_weights, relu_forward


def double(x):
    return 2 * x


def numbers(sign):
    return lambda rng: [{"x": sign * rng.uniform(1, 2, 3)}]


def counts(rng):
    yield {"x": np.array([2.0])}


DOUBLE = Exercise(
    double,
    ("out",),
    (
        Criterion("above zero", 1, numbers(1)),
        Criterion("below zero", 1, numbers(-1)),
        Criterion("far away", 1, numbers(1e300)),
        Criterion("x is not changed", 1, numbers(1), arguments),
        Criterion("dtype", 1, lambda rng: [{"x": np.ones(2, np.float32)}], in_single),
    ),
)


@DOUBLE.mistake("You triple.")
def triples(x):
    return 3 * x


@DOUBLE.mistake("Your squares overflow.")
def overflows(x):
    square = x * x
    return np.where(np.isinf(square), np.subtract(square, square), 2 * x)


@DOUBLE.mistake("You refuse what is below zero.")
def refuses_below(x):
    if (x < 0).any():
        raise ValueError("no numbers below zero")
    return 2 * x


@DOUBLE.mistake("You look for an entry that is not there.", raises="out of bounds")
def looks_too_far(x):
    return 2 * x if (x < 0).any() else x[3]


def names(function, exercise=DOUBLE):
    """The mistake or habit beside each failed criterion."""
    return {f.criterion: f.mistake and f.mistake.name for f in judge(exercise, function).findings if f.problem}


def test_who_makes_it_is_told():
    assert names(triples) == dict.fromkeys(["above zero", "below zero", "far away"], "triples")


def test_it_agrees_on_what_is_passed():
    assert names(lambda x: np.where(x > 0, 3 * x, 2 * x)) == {"above zero": None, "far away": None}


def test_dtype_and_arguments_have_names_of_their_own_and_speak_against_none():
    def function(x):
        x *= 3
        return x.astype(float)

    assert names(function) == dict.fromkeys(["above zero", "below zero", "far away"], "triples") | {
        "x is not changed": "changes_x",
        "dtype": "other_dtype",
    }


@pytest.mark.parametrize(
    "nan, name",
    [
        (lambda x: np.subtract(np.exp(x), np.exp(x)), "overflows"),
        (lambda x: x * np.nan, None),
        (lambda x: np.log(-x), None),
    ],
)
def test_nan_is_nan_for_the_same_reason_only(nan, name):
    assert names(lambda x: 2 * x if (np.abs(x) < 1e300).all() else nan(x)) == {"far away": name}


@pytest.mark.parametrize(
    "error, name",
    [
        (ValueError("no numbers below zero"), "refuses_below"),
        (ValueError("operands could not be broadcast together"), None),
        (TypeError("no numbers below zero"), None),
    ],
)
def test_an_exception_is_told_by_its_message(error, name):
    def function(x):
        if (x < 0).any():
            raise error
        return 2 * x

    assert names(function) == {"below zero": name}


def test_a_pattern_of_the_message_stands_for_its_wordings():
    def function(x):
        return 2 * x if (x < 0).any() else x[[7]]

    named = names(function)
    assert named["above zero"] == named["far away"] == "looks_too_far"


def test_a_line_of_the_student_does_not_match_a_pattern():
    def function(x):
        return 2 * x if (x < 0).any() else np.ones(3) + np.ones(2)  # out of bounds

    assert names(function)["above zero"] is None


def test_one_small_number_names_nobody():
    count = Exercise(lambda x: x.size, ("size",), (Criterion("size", 1, counts),))
    count.mistake("You count one too many.")(lambda x: x.size + 1)
    assert names(lambda x: 2, count) == {"size": None}


def test_a_small_number_is_explained_by_a_name_that_others_tell():
    def points(rng):
        yield {"x": rng.normal(size=7)}

    count = Exercise(lambda x: x.sum(), ("sum",), (Criterion("sum", 1, counts), Criterion("more", 1, points)))
    count.mistake("One too many.", name="adds_one")(lambda x: x.sum() + 1)
    assert names(lambda x: x.sum() + 1, count) == {"sum": "adds_one", "more": "adds_one"}


def test_a_fault_that_raises_hides_no_other():
    def sums_bias_and_counts_as_square(x, weight, bias, stride=1, padding=0):
        K, C, FH, _ = weight.shape
        np.zeros((K, C, FH, FH))[...] = weight
        return conv2d_forward(x, weight, C * FH * FH * bias, stride, padding)

    assert {"sums_bias", "assumes_square_filter"} <= set(names(sums_bias_and_counts_as_square, FORWARD).values())


# What agrees by accident


def test_what_speaks_against_a_mistake_where_it_explains_nothing_counts():
    def triples_a_few(x):
        return np.where((x > 0) & (x < 2), 3 * x, 5 * x)

    assert names(triples_a_few) == dict.fromkeys(["above zero", "below zero", "far away"])


def test_of_two_that_explain_as_much_the_one_that_claims_less_is_named():
    exercise = exercises()["paired_difference"]

    def counts_and_divides(labels, before, after):
        difference, error = exercise.reference(labels, before, after)
        return difference * len(labels), error / len(labels) ** 0.5

    assert judge(exercise, counts_and_divides).mistakes == ["counts_difference"]  # counts_pairs would count the error


def test_what_came_back_right_is_no_evidence():
    def looks_ahead(training_losses, validation_losses, weights, patience):
        lowest = int(np.argmin(validation_losses))
        return min(lowest + patience, len(weights) - 1), weights[lowest]

    known = exercises()["early_stopping"]
    unknown = replace(known, own=[mistake for mistake in known.own if mistake.name != "starts_from_lowest_of_all"])
    told = judge(unknown, looks_ahead).mistakes
    assert "takes_equal_for_better" not in told  # its two wrong weights are those that came back; so are two right ones


def test_one_exception_is_one_fault():
    def looks_too_far_always(x):
        return x[3]

    def looks_too_far_above_zero(x):
        return 2 * x if (x < 0).any() else x[3]

    assert set(names(looks_too_far_always).values()) == {None}
    assert names(looks_too_far_above_zero)["above zero"] == "looks_too_far"


def test_an_exception_alone_names_nobody_while_wrong_numbers_are_unexplained():
    def adds_or_looks_too_far(x):
        return 2 * x + 0.3 if (x < 0).any() else x[3]

    assert set(names(adds_or_looks_too_far).values()) == {None}


def does_not_square(a, b):
    return (a[:, None] - b).sum(axis=2)


def adds_two(size, kernel_size, stride=1, padding=0):
    return (size - kernel_size + 2 * padding) // stride + 2


def bias_for_weight(x, weight, bias):
    return x @ bias.T + bias, x


def clips_at_two(x):
    return np.clip(x, -1, 2), x


def divides_by_targets(logits, targets):
    losses = np.maximum(logits, 0) - logits / targets + np.log1p(np.exp(-np.abs(logits)))
    return losses.mean(), binary_cross_entropy(logits, targets)[1]


def indexes_by_function(function, x, step=6e-6):
    grad = np.zeros(x.shape)
    for entry in np.ndindex(x.shape):
        grad[function] = entry
    return grad


def multiplies_as_matrices_and_adds(x, weight, bias, stride=1, padding=0):
    N, _, H, W = x.shape
    K, _, FH, FW = weight.shape
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    out = np.zeros((N, K, (H + 2 * padding - FH) // stride + 1, (W + 2 * padding - FW) // stride + 1))
    for n, k, i, j in np.ndindex(out.shape):
        window = padded[n, :, i * stride : i * stride + FH, j * stride : j * stride + FW]
        out[n, k, i, j] = np.sum(window @ weight[k]) + bias[k] + 0.1
    return out, None


def turns_all_signs(strength):
    return tuple(-part for part in memory_cell_weights(strength))


@pytest.mark.parametrize(
    "name, function",
    [
        ("conv2d_forward", multiplies_as_matrices_and_adds),
        ("memory_cell_weights", turns_all_signs),
        ("squared_distances", does_not_square),
        ("conv2d_output_size", adds_two),
        ("linear_forward", bias_for_weight),
        ("hardtanh_forward", clips_at_two),
        ("binary_cross_entropy", divides_by_targets),
        ("numerical_gradient", indexes_by_function),
    ],
)
def test_some_equal_numbers_or_exceptions_make_no_name_false(name, function):
    told = {"does_not_square": ["forgets_square"], "turns_all_signs": ["turns_all_signs"]}.get(function.__name__, [])
    assert judge(exercises()[name], function, seed=3).mistakes == told


# What real code met


def test_an_array_of_a_list_that_is_changed_is_told_as_that():
    def clips_in_place(grads, max_norm):
        clipped, norm = clip_grad_norm(grads, max_norm)
        for grad, small in zip(grads, clipped):
            grad[...] = small
        return grads, norm

    assert set(names(clips_in_place, CLIP).values()) == {"changes_grads"}


def test_sizes_that_are_floats_are_no_refusal_of_left_over_pixels():
    def divides(x, weight, bias, stride=1, padding=0):
        size = (x.shape[2] + 2 * padding - weight.shape[2]) / stride + 1
        return np.zeros((len(x), len(weight), size, size)), None

    verdict = judge(FORWARD, divides)
    assert not verdict.mistakes and "sizes and places come from //." in str(verdict)


def unset(x):
    if x.ndim > 9:
        out = x
    return out, x


@pytest.mark.parametrize(
    "function, says",
    [
        (lambda x: (0.5 * relu_forward(x), x), "A forward returns a pair"),
        (unset, "no line has given out a value"),
        (lambda x: (missing(x), x), "Is missing spelled right?"),  # noqa: F821
    ],
)
def test_what_helps_with_an_exception_is_said(function, says):
    assert says in str(judge(exercises()["relu_forward"], function))


@pytest.mark.parametrize(
    "error, says",
    [
        (lambda x: np.split(x, 41), "np.split cuts the first axis unless"),
        (lambda x: np.pad(x), "np.pad is told a pair for each axis"),  # type: ignore[call-overload]
        (lambda x: np.random.default_rng(0)(x.shape), "A generator is asked by its methods: rng.random(shape)"),
        (lambda x: np.put_along_axis(x, np.zeros((1, 1), int), 1.0, axis=0), "one more axis of length 1"),
        (lambda x: None * x, "Something is None here"),
    ],
)
def test_errors_of_numpy_without_an_axis_have_words(error, says):
    assert says in str(judge(exercises()["relu_forward"], lambda x: (error(x), x)))


def test_shapes_that_do_not_fit_elsewhere_are_not_blamed_on_padding():
    verdict = judge(exercises()["relu_forward"], lambda x: (np.einsum("nd,hd->nh", x, np.ones((2, 41))), x))
    assert "remapped shapes" in str(verdict) and "np.pad" not in str(verdict)


def test_who_shuffles_what_is_not_to_be_shuffled_is_told_so():
    noise = np.random.default_rng(0)
    verdict = judge(exercises()["gradient_descent_step"], lambda p, g, lr: [noise.permuted(one) for one in p])
    assert verdict.mistakes == ["draws_anew"]
    dropout = judge(exercises()["dropout_forward"], lambda x, p=0.5, training=True, rng=None: (noise.permuted(x), x))
    assert "draws_anew" not in dropout.mistakes


def asks_one_truth(*arguments):
    return 1 if np.ones(3) > 0 else 0


@pytest.mark.parametrize("name", [name for name in exercises() if name not in SLOW])
def test_who_asks_an_array_for_one_truth_is_told_so_in_every_exercise(name):
    verdict = judge(exercises()[name], asks_one_truth, exercises()[name].forward)
    assert verdict.mistakes == ["wants_one_truth"] and str(verdict).count("if, and, or, max() and min()") == 1


def test_a_backward_that_reads_what_the_last_forward_has_left_is_told_so():
    kept = {}

    def forward(x):
        kept["x"] = x
        return np.maximum(x, 0), None

    def backward(grad_out, cache):
        return grad_out * (kept["x"] > 0)

    verdict = judge(exercises()["relu_backward"], backward, forward)
    assert verdict.mistakes == ["keeps_last_call"] and verdict.points == 0


def test_an_unsure_network_is_not_sent_to_its_output_neuron():
    def xor_weights():
        hidden = np.array([[2.0, 2.0], [-2.0, -2.0]]), np.array([-1.0, 3.0])
        return *hidden, np.array([[2.0, 2.0]]), np.array([-3.0])

    assert judge(exercises()["xor_weights"], xor_weights).mistakes == ["has_small_weights"]


def test_a_sentence_quotes_no_line_that_the_code_does_not_have():
    def confusion_matrix(labels, predictions, classes):
        counts = np.zeros((classes, classes), int)
        for label, prediction in zip(labels, predictions):
            counts[label, prediction] = 1
        return counts

    verdict = judge(exercises()["confusion_matrix"], confusion_matrix)
    assert verdict.mistakes == ["counts_once"] and "`= 1` does not count" in str(verdict)


def test_a_small_number_is_not_taken_for_a_zero():
    exercise = exercises()["numerical_gradient"]
    wrong = next(mistake for mistake in exercise.own if mistake.name == "multiplies_by_step")
    unknown = replace(exercise, own=[mistake for mistake in exercise.own if mistake is not wrong])
    assert judge(unknown, wrong.function).mistakes == []


@pytest.mark.parametrize("multiply", [np.matmul, np.dot])
def test_a_product_that_fails_has_one_name_however_it_is_written(multiply):
    exercise = exercises()["linear_forward"]
    verdict = judge(exercise, lambda x, weight, bias: (multiply(x, weight) + bias, None))
    assert verdict.mistakes == ["forgets_transpose"]
