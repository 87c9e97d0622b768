"""Unit 09: the residual block, and the ways in which its two paths get lost."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.random import Generator

from dltools.checks.exercise import Case, Criterion, Exercise, arguments, in_single, shapes, values
from dltools.nn.activations import relu_backward, relu_forward
from dltools.nn.convolution import conv2d_backward, conv2d_forward
from dltools.nn.resnet import residual_block_backward, residual_block_forward

Arrays = tuple[np.ndarray, ...]
Forward = tuple[np.ndarray, None]
PARAMETERS = ("weight1", "bias1", "weight2", "bias2")


def blocks(rng: Generator, scale: float = 0.4, bias: float = 1.0, dtype: type = np.float64) -> Iterator[Case]:
    """Two blocks on images with positive and negative numbers; the block is wider inside than outside."""
    for batch, *image in ((2, 4, 6), (1, 5, 3)):
        case = {
            "x": rng.normal(size=(batch, 2, *image)),
            "weight1": scale * rng.normal(size=(3, 2, 3, 3)),
            "bias1": bias * rng.normal(size=3),
            "weight2": scale * rng.normal(size=(2, 3, 3, 3)),
            "bias2": bias * rng.normal(size=2),
        }
        yield {name: value.astype(dtype) for name, value in case.items()}


silent = partial(blocks, scale=0.0, bias=0.0)
"""Blocks whose weights and biases are all zero: only the way around is left."""
single_precision = partial(blocks, dtype=np.float32)


def convolve(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return conv2d_forward(x, weight, bias, padding=1)[0]


def relu(x: np.ndarray) -> np.ndarray:
    return relu_forward(x)[0]


def residual(
    x: np.ndarray, weight1: np.ndarray, bias1: np.ndarray, weight2: np.ndarray, bias2: np.ndarray
) -> np.ndarray:
    """F(x), the path through the two convolutions."""
    return convolve(relu(convolve(x, weight1, bias1)), weight2, bias2)


# Forward


FORWARD_VALUES = "both paths together"
FORWARD = Exercise(
    residual_block_forward,
    ("out", "cache"),
    (
        Criterion(FORWARD_VALUES, 3, blocks),
        Criterion("the way around alone", 1, silent),
        Criterion("shape of the output", 0.5, blocks, shapes, after=FORWARD_VALUES),
        Criterion("no argument is changed", 0.5, blocks, arguments, after=FORWARD_VALUES),
        Criterion("float32 stays float32", 1, single_precision, in_single, after=FORWARD_VALUES),
    ),
)


@FORWARD.mistake("The way around is missing: the block's output is relu(F(x) + x), yours is relu(F(x)).")
def leaves_out_x(x, *parameters) -> Forward:
    return relu(residual(x, *parameters)), None


@FORWARD.mistake("x is added after the last ReLU; it is added before, and the sum goes through the ReLU.")
def adds_x_after_relu(x, *parameters) -> Forward:
    return relu(residual(x, *parameters)) + x, None


@FORWARD.mistake("The last ReLU is missing: the sum of both paths goes through one more ReLU.")
def leaves_out_last_relu(x, *parameters) -> Forward:
    return residual(x, *parameters) + x, None


@FORWARD.mistake("The ReLU between the convolutions is missing: without it, two convolutions are one.")
def leaves_out_inner_relu(x, weight1, bias1, weight2, bias2) -> Forward:
    return relu(convolve(convolve(x, weight1, bias1), weight2, bias2) + x), None


@FORWARD.mistake("There is one ReLU too many: the path F ends with its second convolution, and then x is added.")
def adds_second_inner_relu(x, *parameters) -> Forward:
    return relu(relu(residual(x, *parameters)) + x), None


@FORWARD.mistake("The way around carries what the first ReLU made of x; it carries x as it came in.")
def adds_relu_of_x(x, *parameters) -> Forward:
    return relu(residual(x, *parameters) + relu(x)), None


@FORWARD.mistake("You multiply the two paths; they are added. The + is the secret.")
def multiplies_paths(x, *parameters) -> Forward:
    return relu(residual(x, *parameters) * x), None


@FORWARD.mistake("You subtract x; it is added.")
def subtracts_x(x, *parameters) -> Forward:
    return relu(residual(x, *parameters) - x), None


@FORWARD.mistake("You average the two paths; they are added as they are.")
def averages_paths(x, *parameters) -> Forward:
    return relu((residual(x, *parameters) + x) / 2), None


@FORWARD.mistake("The biases are missing: both convolutions have one for each filter.")
def forgets_biases(x, weight1, bias1, weight2, bias2) -> Forward:
    return relu(residual(x, weight1, 0 * bias1, weight2, 0 * bias2) + x), None


# Backward


def remember(x, weight1, bias1, weight2, bias2) -> tuple[np.ndarray, Arrays]:
    """A forward whose cache is its arguments."""
    parameters = weight1, bias1, weight2, bias2
    return residual_block_forward(x, *parameters)[0], (x, *parameters)


def gradients(grad_out: np.ndarray, cache: Arrays) -> Arrays:
    """The right gradients, as material for the wrong ones."""
    return residual_block_backward(grad_out, residual_block_forward(*cache)[1])


def backward(
    grad_out: np.ndarray, cache: Arrays, outer: bool = True, inner: bool = True, around: bool = True
) -> Arrays:
    """The gradients with a part left out: a ReLU, or the way around."""
    x, *parameters = cache
    weight1, bias1, weight2, bias2 = parameters
    before, conv1 = conv2d_forward(x, weight1, bias1, padding=1)
    middle, relu1 = relu_forward(before)
    after, conv2 = conv2d_forward(middle, weight2, bias2, padding=1)
    grad_sum = relu_backward(grad_out, relu_forward(after + x)[1]) if outer else grad_out
    grad_middle, grad_weight2, grad_bias2 = conv2d_backward(grad_sum, conv2)
    grad_before = relu_backward(grad_middle, relu1) if inner else grad_middle
    grad_x, grad_weight1, grad_bias1 = conv2d_backward(grad_before, conv1)
    return grad_x + (grad_sum if around else 0), grad_weight1, grad_bias1, grad_weight2, grad_bias2


BACKWARD = Exercise(
    residual_block_backward,
    ("grad_x", *(f"grad_{name}" for name in PARAMETERS)),
    (
        Criterion("gradient of x, by both paths", 3, blocks, values("grad_x")),
        Criterion("gradient of x around silent convolutions", 1, silent, values("grad_x")),
        Criterion("gradients of the second convolution", 2, blocks, values("grad_weight2", "grad_bias2")),
        Criterion("gradients of the first convolution", 2, blocks, values("grad_weight1", "grad_bias1")),
        Criterion("no argument is changed", 1, blocks, arguments, after="gradient of x, by both paths"),
        Criterion("float32 stays float32", 1, single_precision, in_single, after="gradient of x, by both paths"),
    ),
    forward=residual_block_forward,
    mistakes_forward=remember,
)


@BACKWARD.mistake("Your grad_x comes back through the convolutions only: x also went around them.")
def forgets_way_around(grad_out, cache) -> Arrays:
    return backward(grad_out, cache, around=False)


@BACKWARD.mistake("Your grad_x comes back around the convolutions only: x also went through them.")
def forgets_way_through(grad_out, cache) -> Arrays:
    right, through = gradients(grad_out, cache), backward(grad_out, cache, around=False)
    return right[0] - through[0], *right[1:]


@BACKWARD.mistake("What comes back around is grad_out itself; it must pass the last ReLU first, as the sum did.")
def goes_around_last_relu(grad_out, cache) -> Arrays:
    through = backward(grad_out, cache, around=False)
    return through[0] + grad_out, *through[1:]


@BACKWARD.mistake("The last ReLU is missing on the way back: where its output was 0, nothing comes back.")
def forgets_last_relu(grad_out, cache) -> Arrays:
    return backward(grad_out, cache, outer=False)


@BACKWARD.mistake("The ReLU between the convolutions is missing on the way back.")
def forgets_inner_relu(grad_out, cache) -> Arrays:
    return backward(grad_out, cache, inner=False)


@BACKWARD.mistake("The last ReLU's mask comes from F(x) alone; it comes from the sum F(x) + x.")
def masks_by_residual(grad_out, cache) -> Arrays:
    return backward(grad_out * (residual(*cache) > 0), cache, outer=False)


@BACKWARD.mistake("The gradients of the two convolutions are in each other's place; the first one's come first.")
def swaps_convolutions(grad_out, cache) -> Arrays:
    grad_x, grad_weight1, grad_bias1, grad_weight2, grad_bias2 = gradients(grad_out, cache)
    return grad_x, grad_weight2, grad_bias2, grad_weight1, grad_bias1


@BACKWARD.mistake("Your gradients are means over the batch; the loss already divides by N.")
def divides_by_batch(grad_out, cache) -> Arrays:
    grad_x, *others = gradients(grad_out, cache)
    return grad_x, *(gradient / len(grad_out) for gradient in others)


@BACKWARD.mistake("The way around counts twice in your grad_x: it is one path.")
def goes_around_twice(grad_out, cache) -> Arrays:
    right, through = gradients(grad_out, cache), backward(grad_out, cache, around=False)
    return 2 * right[0] - through[0], *right[1:]


@FORWARD.mistake("x is added twice: it goes around the convolutions once.")
def adds_x_twice(x, weight1, bias1, weight2, bias2) -> tuple[np.ndarray, None]:
    inner = relu_forward(conv2d_forward(x, weight1, bias1, padding=1)[0])[0]
    return relu_forward(conv2d_forward(inner, weight2, bias2, padding=1)[0] + 2 * x)[0], None


@FORWARD.mistake("Your ReLUs stand before the convolutions: here one stands between them, and one after the sum.")
def puts_relus_before(x, *parameters) -> Forward:
    return residual(relu(x), *parameters) + x, None


@BACKWARD.mistake("You add x itself to grad_x: what came back comes around the convolutions, not the input.")
def adds_input(grad_out, cache) -> Arrays:
    right, through = gradients(grad_out, cache), backward(grad_out, cache, around=False)
    return through[0] + cache[0], *right[1:]


@BACKWARD.mistake("You subtract what comes around the convolutions: both ways add up.")
def subtracts_way_around(grad_out, cache) -> Arrays:
    right, through = gradients(grad_out, cache), backward(grad_out, cache, around=False)
    return 2 * through[0] - right[0], *right[1:]


@BACKWARD.mistake("You multiply what comes back on both ways: they add up.")
def multiplies_ways(grad_out, cache) -> Arrays:
    right, through = gradients(grad_out, cache), backward(grad_out, cache, around=False)
    return through[0] * (right[0] - through[0]), *right[1:]


EXERCISES = (FORWARD, BACKWARD)
