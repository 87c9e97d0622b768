"""Unit 02: what a right activation and its derivative must do, and the mistakes that are often made.

All activations work entry by entry, so that their exercises are alike: `forward_of` and `backward_of` make them.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from dltools.checks.common_mistakes import NEEDS_NO_EPSILON, forgets_grad_out, names_axes, wants_one_truth
from dltools.checks.comparing import is_real
from dltools.checks.exercise import (
    Attempt,
    Case,
    Criterion,
    Exercise,
    all_of,
    all_values,
    arguments,
    in_single,
    values,
)
from dltools.nn import activations as reference
from dltools.nn.activations import normal_density, normal_probability, sigmoid

Out = tuple[Any, Any]
Cases = Callable[..., Iterator[Case]]


# Cases


def numbers(rng: Generator, size: tuple[int, ...] = (40,), dtype: type = np.float64) -> Iterator[Case]:
    """Numbers of both signs, none of them near 0 or 1 (where some of the functions have a corner), some beyond 2."""
    sides = np.resize([0.15, -0.15, 1.2, -1.2, 2.2, -2.2], size)
    yield {"x": (sides + np.sign(sides) * rng.uniform(0, 0.7, size)).astype(dtype)}


one_row = partial(numbers, size=(1, 5))
images = partial(numbers, size=(2, 3, 2, 2))


def with_zeros(rng: Generator) -> Iterator[Case]:
    """Images in which some pixels are exactly 0, where 0 / 0 makes nan."""
    for case in images(rng):
        yield {"x": case["x"] * np.resize([1, 1, 0, 1, 1], case["x"].shape)}


def far_away(rng: Generator) -> Iterator[Case]:
    """Numbers as above, and between them some that overflow an exponential, of both signs."""
    for case in numbers(rng):
        yield {"x": case["x"] * np.resize([1, 1, 1000, 1000], case["x"].shape)}


def far_below(rng: Generator) -> Iterator[Case]:
    """Numbers so far below zero that the sigmoid is tiny, but no rounding error."""
    yield {"x": rng.uniform(-60, -32, size=12)}


single = partial(numbers, dtype=np.float32)


def with_argument(name: str, choose: Callable[[Generator], Any], cases: Cases = numbers, **keywords: Any) -> Cases:
    """The same cases with one more argument."""

    def more(rng: Generator) -> Iterator[Case]:
        for case in cases(rng, **keywords):
            yield {**case, name: choose(rng)}

    return more


def only_x(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A forward whose cache is x; its output is not looked at."""
    return x, x


def only_x_and(x: np.ndarray, argument: Any) -> tuple[np.ndarray, tuple[Any, ...]]:
    return x, (x, argument)


def but_at_corners(attempt: Attempt) -> dict[str, Any]:
    """The gradients; where x is 0 any grad_x is right, since some functions have a corner there, but nan is not."""
    seen, x = all_values(attempt), attempt.arguments["x"]
    grad_x = seen["grad_x"]
    fits = is_real(grad_x) and np.shape(grad_x) == x.shape
    return {**seen, "grad_x": np.where(x == 0, 0 * grad_x, grad_x) if fits else grad_x}


# Exercises that are alike

MAIN = "numbers of both signs"


BESIDE_EXPONENTIAL = 1e-7
"""How far a small number may move what is made of exponentials; formulas for GELU that are no more exact are wrong."""


def forward_of(function: Callable[..., Any], *more: Criterion, far: float = 0.25, epsilon: float = 0.0) -> Exercise:
    """The exercise of a forward: `more` are the criteria that only this activation has, `far` is worth 0.25 of `MAIN`
    or, where a formula overflows, points of its own.
    """
    criteria = (
        Criterion(MAIN, 0.75 if far == 0.25 else 1, numbers),
        Criterion("arrays of any shape", 0.5, all_of(one_row, images, with_zeros)),
        Criterion("far from zero", far, far_away),
        *more,
        Criterion("no argument is changed", 0.25, numbers, arguments, after=MAIN),
        Criterion("float32 stays float32", 0.25, single, in_single, after=MAIN),
    )
    return Exercise(
        function,
        ("out", "cache"),
        criteria,
        common=(wants_one_truth, names_axes(1), names_axes(2)),
        epsilon=epsilon,
        epsilon_says=NEEDS_NO_EPSILON,
    )


def backward_of(
    function: Callable[..., Any],
    *more: Criterion,
    mistakes_forward: Callable[..., Any] = only_x,
    epsilon: float = 0.0,
) -> Exercise:
    """The exercise of a backward; the forward of the same name makes the cache."""
    forward = getattr(reference, function.__name__.replace("_backward", "_forward"))
    criteria = (
        Criterion(MAIN, 1.25, numbers, tells=("asks_both",)),
        Criterion("arrays of any shape", 0.5, all_of(one_row, images, with_zeros), but_at_corners),
        Criterion("far from zero", 0.25, far_away, tells=("asks_both",)),
        *more,
        Criterion("no argument is changed", 0.25, numbers, arguments, after=MAIN),
        Criterion("float32 stays float32", 0.25, single, in_single, after=MAIN),
    )
    return Exercise(
        function,
        ("grad_x",),
        criteria,
        forward=forward,
        mistakes_forward=mistakes_forward,
        common=(forgets_grad_out, wants_one_truth),
        epsilon=epsilon,
        epsilon_says=NEEDS_NO_EPSILON,
    )


def slope_of_sigmoid(x: np.ndarray) -> np.ndarray:
    return sigmoid(x) * (1 - sigmoid(x))


# Sigmoid


SIGMOID = forward_of(
    reference.sigmoid_forward,
    Criterion("far below zero", 0.5, far_below, tolerance=1e-11),
    far=0.5,
    epsilon=BESIDE_EXPONENTIAL,
)


@SIGMOID.mistake("Your exponential overflows far from zero, and nan comes out: keep its argument from being positive.")
def divides_infinities(x) -> Out:
    return np.exp(x) / (1 + np.exp(x)), None


@SIGMOID.mistake("The sign of the exponent is wrong: the sigmoid rises with x.")
def falls(x) -> Out:
    return sigmoid(-x), None


@SIGMOID.mistake("This is tanh: the sigmoid lies between 0 and 1.")
def is_tanh(x) -> Out:
    return np.tanh(x), None


@SIGMOID.mistake("The 1 in the denominator is missing.")
def forgets_one(x) -> Out:
    return np.exp(x), None


@SIGMOID.mistake("You cut x off before the exponential: far from zero the sigmoid still gets smaller and smaller.")
def clips_x(x) -> Out:
    return sigmoid(np.clip(x, -20, 20)), None


@SIGMOID.mistake("The denominator is 1 + e^-x as a whole: put it in parentheses, 1 / (1 + np.exp(-x)).")
def forgets_parentheses(x) -> Out:
    return 1 / 1 + np.exp(-x), None


@SIGMOID.mistake("In the denominator 1 and e^-x are added, not subtracted.")
def subtracts_exponential(x) -> Out:
    return 1 / (1 - np.exp(-x)), None


@SIGMOID.mistake("You cut x off at 10 or 20: that changes the sigmoid; beyond 700 it would not.", name="clips_x_at_10")
def clips_early(x) -> Out:
    return sigmoid(np.clip(x, -10, 10)), None


SIGMOID_BACKWARD = backward_of(reference.sigmoid_backward, epsilon=BESIDE_EXPONENTIAL)


@SIGMOID_BACKWARD.mistake(
    "You take the sigmoid of what is a sigmoid already: s'(x) = s(x) (1 - s(x)) has s of the input, once."
)
def squashes_twice(grad_out, x) -> Any:
    return grad_out * slope_of_sigmoid(sigmoid(x))


@SIGMOID_BACKWARD.mistake("Far from zero nan comes out: exp(-x) / (1 + exp(-x))^2 divides infinities. Use s (1 - s).")
def divides_infinities_in_slope(grad_out, x) -> Any:
    return grad_out * np.exp(-x) / (1 + np.exp(-x)) ** 2


@SIGMOID_BACKWARD.mistake("You put x itself into s (1 - s): put in the output of the forward.")
def uses_x_for_s(grad_out, x) -> Any:
    return grad_out * x * (1 - x)


@SIGMOID_BACKWARD.mistake("This is the derivative of tanh: the sigmoid's is another product.")
def uses_slope_of_tanh(grad_out, x) -> Any:
    return grad_out * (1 - sigmoid(x) ** 2)


@SIGMOID_BACKWARD.mistake("The factor 1 - s is missing in your derivative.")
def leaves_out_one_minus(grad_out, x) -> Any:
    return grad_out * sigmoid(x)


@SIGMOID_BACKWARD.mistake("The sign of your derivative is wrong: the sigmoid rises everywhere.")
def slopes_down(grad_out, x) -> Any:
    return -grad_out * slope_of_sigmoid(x)


@SIGMOID_BACKWARD.mistake("The sign is wrong: the derivative of s is s (1 - s).")
def adds_inside(grad_out, cache) -> Any:
    return grad_out * sigmoid(cache) * (1 + sigmoid(cache))


@SIGMOID_BACKWARD.mistake("You take the sigmoid of grad_out: its slope is taken at x, and multiplied by grad_out.")
def takes_slope_at_gradient(grad_out, cache) -> Any:
    return grad_out * slope_of_sigmoid(grad_out)


@SIGMOID_BACKWARD.mistake("You add the slope to grad_out: the chain rule multiplies them.")
def adds_slope(grad_out, cache) -> Any:
    return grad_out + slope_of_sigmoid(cache)


# Tanh


TANH = forward_of(reference.tanh_forward, far=0.5, epsilon=BESIDE_EXPONENTIAL)


@TANH.mistake("The argument is not doubled: it is s(2x) that you need.")
def forgets_inner_two(x) -> Out:
    return 2 * sigmoid(x) - 1, None


@TANH.mistake("The sigmoid is not stretched: it runs from 0 to 1, tanh from -1 to 1.")
def forgets_outer_two(x) -> Out:
    return sigmoid(2 * x) - 1, None


@TANH.mistake("The shift by -1 is missing: tanh(0) is 0.")
def forgets_shift(x) -> Out:
    return 2 * sigmoid(2 * x), None


@TANH.mistake("Far from zero nan comes out: two infinite exponentials are divided.")
def divides_exponentials(x) -> Out:
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)), None


@TANH.mistake("This is the sigmoid: stretch and shift it.")
def is_sigmoid(x) -> Out:
    return sigmoid(x), None


TANH_BACKWARD = backward_of(reference.tanh_backward, epsilon=BESIDE_EXPONENTIAL)


@TANH_BACKWARD.mistake("You put x itself into 1 - t^2: put in t, the output of the forward.")
def uses_x_for_t(grad_out, x) -> Any:
    return grad_out * (1 - x**2)


@TANH_BACKWARD.mistake("You square the whole difference, (1 - t)^2; only t is squared, 1 - t^2.")
def squares_difference(grad_out, x) -> Any:
    return grad_out * (1 - np.tanh(x)) ** 2


@TANH_BACKWARD.mistake("Far from zero nan comes out: your backward divides two infinite exponentials.")
def divides_exponentials_in_slope(grad_out, x) -> Any:
    return grad_out * (1 - ((np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))) ** 2)


@TANH_BACKWARD.mistake("You take tanh of what is a tanh already.")
def squashes_tanh_twice(grad_out, x) -> Any:
    return grad_out * (1 - np.tanh(np.tanh(x)) ** 2)


@TANH_BACKWARD.mistake("The square is missing in your derivative.")
def forgets_square(grad_out, x) -> Any:
    return grad_out * (1 - np.tanh(x))


@TANH_BACKWARD.mistake("This is the derivative of the sigmoid: tanh is steeper.")
def uses_slope_of_sigmoid(grad_out, x) -> Any:
    return grad_out * slope_of_sigmoid(x)


@TANH_BACKWARD.mistake("Your derivative is that of t(1 - t): for tanh another formula holds.")
def uses_t_one_minus_t(grad_out, x) -> Any:
    return grad_out * np.tanh(x) * (1 - np.tanh(x))


@TANH_BACKWARD.mistake(
    "A factor of 2 is wrong: the argument of the sigmoid is doubled and its output too, and both count."
)
def forgets_chain_two(grad_out, x) -> Any:
    return grad_out * 2 * slope_of_sigmoid(2 * x)


# Hard tanh


HARDTANH = forward_of(reference.hardtanh_forward)


@HARDTANH.mistake("The lower end is missing: below -1 hard tanh is -1.")
def clips_above_only(x) -> Out:
    return np.minimum(x, 1), None


@HARDTANH.mistake("The upper end is missing: above 1 hard tanh is 1.")
def clips_below_only(x) -> Out:
    return np.maximum(x, -1), None


@HARDTANH.mistake("Below -1 you return 0: hard tanh ends at -1 and 1.")
def clips_at_zero(x) -> Out:
    return np.clip(x, 0, 1), None


@HARDTANH.mistake("This is the smooth tanh: the hard one is a straight line between -1 and 1.")
def is_smooth(x) -> Out:
    return np.tanh(x), None


@HARDTANH.mistake("Only the sign is left: between -1 and 1 hard tanh is x itself.")
def is_sign(x) -> Out:
    return np.sign(x), None


@HARDTANH.mistake("Beyond -1 and 1 you return 0: hard tanh stays at its ends, -1 and 1.")
def falls_to_zero(x) -> Out:
    return np.where(np.abs(x) < 1, x, 0), None


@HARDTANH.mistake("Below -1 you return 1: there hard tanh is -1, and abs loses the sign.")
def loses_sign_of_end(x) -> Out:
    return np.where(np.abs(x) > 1, 1, x), None


@HARDTANH.mistake("The ends are exchanged: above 1 hard tanh is 1, and below -1 it is -1.")
def exchanges_ends(x) -> Out:
    return np.where(np.abs(x) > 1, -np.sign(x), x), None


HARDTANH_BACKWARD = backward_of(reference.hardtanh_backward)


@HARDTANH_BACKWARD.mistake("Everything gets through: where hard tanh is flat, nothing comes back.")
def passes_everything(grad_out, x) -> Any:
    return grad_out * 1


@HARDTANH_BACKWARD.mistake("Below -1 the gradient still gets through: hard tanh is flat on both sides.")
def blocks_above_only(grad_out, x) -> Any:
    return grad_out * (x < 1)


@HARDTANH_BACKWARD.mistake("Above 1 the gradient still gets through: hard tanh is flat on both sides.")
def blocks_below_only(grad_out, x) -> Any:
    return grad_out * (x > -1)


@HARDTANH_BACKWARD.mistake("You let it through where hard tanh is flat and block it where it slopes.")
def blocks_inside(grad_out, x) -> Any:
    return grad_out * (np.abs(x) > 1)


@HARDTANH_BACKWARD.mistake("You clip grad_out: x decides where something gets through, and there grad_out is not cut.")
def clips_gradient(grad_out, x) -> Any:
    return np.clip(grad_out, -1, 1)


@HARDTANH_BACKWARD.mistake(
    "You multiply by 1 or -1 where hard tanh is flat, and by 0 where it slopes: its slope is 0 beyond -1 and 1, and 1 "
    "between them."
)
def takes_limits_for_slopes(grad_out, x) -> Any:
    return grad_out * np.where(np.abs(x) > 1, np.sign(x), 0)


@HARDTANH_BACKWARD.mistake("You multiply by the output: the slope between -1 and 1 is 1.")
def multiplies_by_output(grad_out, x) -> Any:
    return grad_out * np.clip(x, -1, 1)


@HARDTANH_BACKWARD.mistake("Between -1 and 0 nothing gets through: hard tanh slopes there too.")
def blocks_negative(grad_out, x) -> Any:
    return grad_out * ((x > 0) & (x < 1))


# ReLU


RELU = forward_of(reference.relu_forward)


@RELU.mistake("You keep the negative numbers and drop the positive ones.")
def keeps_negative(x) -> Out:
    return np.minimum(x, 0), None


@RELU.mistake(
    "max and min are the wrong way round: np.maximum(x, 0) keeps what is above zero, np.minimum what is below."
)
def turns_sign(x) -> Out:
    return np.maximum(-x, 0), None


@RELU.mistake("This is the absolute value: below zero ReLU is 0.")
def is_absolute(x) -> Out:
    return np.abs(x), None


@RELU.mistake("You take one maximum over the whole array: each entry has its own.")
def takes_one_maximum(x) -> Out:
    return np.full_like(x, max(x.max(), 0)), None


@RELU.mistake("np.max(x, 0) is the largest along axis 0: np.maximum(x, 0) compares entry by entry.")
def takes_maximum_along_axis(x) -> Out:
    return np.max(x, 0), None


@RELU.mistake("x[x > 0] picks the positive entries out: the others become 0 and keep their places.")
def picks_positive(x) -> Out:
    return x[x > 0], None


@RELU.mistake("You return 1 for the positive numbers: that is the derivative; ReLU returns x there.")
def returns_slope(x) -> Out:
    return (x > 0).astype(x.dtype), None


@RELU.mistake("You let through only what is larger than 1: the corner of ReLU is at 0.")
def bends_at_one(x) -> Out:
    return x * (x > 1), None


@RELU.mistake("You cut off above 1 too: ReLU returns x however large it is.")
def clips_above(x) -> Out:
    return np.clip(x, 0, 1), None


@RELU.mistake("This is the leaky ReLU: below zero the plain one is 0.")
def leaks(x) -> Out:
    return np.maximum(x, 0.01 * x), None


RELU_BACKWARD = backward_of(reference.relu_backward)


@RELU_BACKWARD.mistake("Everything gets through: where x was negative, nothing comes back.")
def lets_all_through(grad_out, x) -> Any:
    return grad_out * 1


@RELU_BACKWARD.mistake(
    "You apply ReLU to grad_out: it is x that decides, and a negative gradient gets through as well."
)
def rectifies_gradient(grad_out, x) -> Any:
    return np.maximum(grad_out, 0)


@RELU_BACKWARD.mistake("You multiply by the output: where x is positive, the slope is 1 however large x is.")
def multiplies_by_relu(grad_out, x) -> Any:
    return grad_out * np.maximum(x, 0)


@RELU_BACKWARD.mistake("The wrong side is blocked: nothing comes back where x was negative.")
def blocks_positive(grad_out, x) -> Any:
    return grad_out * (x < 0)


@RELU_BACKWARD.mistake("Nothing comes back where grad_out is negative: it is x alone that decides.")
def asks_both(grad_out, x) -> Any:
    return grad_out * (x > 0) * (grad_out > 0)


# Leaky ReLU

slopes = partial(with_argument, "negative_slope", lambda rng: float(rng.uniform(0.1, 0.4)))


LEAKY = forward_of(reference.leaky_relu_forward, Criterion("another slope", 0.5, slopes()))


for fixed in (0.01, 0.001, 0.1, 0.2, 0.3):

    @LEAKY.mistake(f"You ignore the slope that is given, and always take {fixed:g}.", name=f"fixes_slope_{fixed:g}")
    def fixes_slope(x, negative_slope=0.01, fixed=fixed) -> Out:
        return reference.leaky_relu_forward(x, fixed)[0], None

    if fixed != 0.01:

        @LEAKY.mistake(f"Where no slope is given it is 0.01, not {fixed:g}.", name=f"starts_from_slope_{fixed:g}")
        def starts_from_slope(x, negative_slope=fixed) -> Out:
            return reference.leaky_relu_forward(x, negative_slope)[0], None


@LEAKY.mistake("This is the plain ReLU: below zero the leaky one still falls a little.")
def forgets_leak(x, negative_slope=0.01) -> Out:
    return np.maximum(x, 0), None


@LEAKY.mistake("The slope is on the wrong side: above zero the function is x itself.")
def leaks_above(x, negative_slope=0.01) -> Out:
    return np.where(x > 0, negative_slope * x, x), None


@LEAKY.mistake("Below zero you return the slope itself: multiply it by x.")
def returns_leak(x, negative_slope=0.01) -> Out:
    return np.where(x > 0, x, negative_slope).astype(x.dtype), None


@LEAKY.mistake("Below zero your function rises again: the sign of the slope is wrong.")
def rises_again(x, negative_slope=0.01) -> Out:
    return np.where(x > 0, x, -negative_slope * x), None


def leaky_cache(x, negative_slope=0.01) -> Out:
    """A forward whose cache is its arguments."""
    return x, (x, negative_slope)


@LEAKY.mistake("The slope is on both sides: above zero the function is x itself.")
def slopes_everywhere(x, negative_slope=0.01) -> Out:
    return negative_slope * x, None


@LEAKY.mistake("Below zero you subtract the slope: multiply x by it.")
def subtracts_slope(x, negative_slope=0.01) -> Out:
    return np.where(x > 0, x, x - negative_slope), None


@LEAKY.mistake("Below zero you divide by the slope: multiply x by it.")
def divides_by_slope(x, negative_slope=0.01) -> Out:
    return np.where(x > 0, x, x / negative_slope), None


LEAKY_BACKWARD = backward_of(
    reference.leaky_relu_backward, Criterion("another slope", 0.5, slopes()), mistakes_forward=leaky_cache
)


@LEAKY_BACKWARD.mistake("The slope is lost on the way back: below zero multiply by it.")
def loses_slope(grad_out, cache) -> Any:
    return grad_out * (cache[0] > 0)


@LEAKY_BACKWARD.mistake(
    "You return 1 and 0: multiply by what comes back, grad_out; and below zero the slope is negative_slope, not 0."
)
def forgets_grad_out_and_slope(grad_out, cache) -> Any:
    return (cache[0] > 0).astype(grad_out.dtype)


@LEAKY_BACKWARD.mistake("Your backward always takes the slope 0.01: remember the one that the forward was given.")
def fixes_slope_in_backward(grad_out, cache) -> Any:
    return grad_out * np.where(cache[0] > 0, 1, cache[0].dtype.type(0.01))


@LEAKY_BACKWARD.mistake("The slope is on the wrong side: above zero the derivative is 1.")
def leaks_above_in_backward(grad_out, cache) -> Any:
    return grad_out * np.where(cache[0] > 0, cache[1], 1)


@LEAKY_BACKWARD.mistake("You apply the function to grad_out: the sign of x decides, not that of grad_out.")
def leaks_gradient(grad_out, cache) -> Any:
    return np.where(grad_out > 0, grad_out, cache[1] * grad_out)


@LEAKY_BACKWARD.mistake("Below zero everything gets through unchanged: the slope is smaller there.")
def passes_all(grad_out, cache) -> Any:
    return grad_out * 1


# PReLU

prelu_cases = partial(with_argument, "slope", lambda rng: rng.uniform(0.1, 0.4, size=1))
prelu_images = all_of(*(prelu_cases(cases=cases) for cases in (images, one_row, with_zeros)))
prelu_far = prelu_cases(cases=far_away)
by_channel = with_argument("slope", lambda rng: rng.uniform(0.1, 0.4, size=3), cases=images)
prelu_single = with_argument("slope", lambda rng: np.array([0.3], dtype=np.float32), cases=single)


@LEAKY_BACKWARD.mistake("Below zero you return the slope alone: multiply it by grad_out.")
def returns_slope_below(grad_out, cache) -> Any:
    x, negative_slope = cache
    return np.where(x > 0, grad_out, negative_slope)


@LEAKY_BACKWARD.mistake("The sign is wrong: below zero the function still rises, by its slope.")
def turns_slope(grad_out, cache) -> Any:
    x, negative_slope = cache
    return grad_out * np.where(x > 0, 1, -negative_slope)


@LEAKY_BACKWARD.mistake("You multiply by the slope above zero as well: there the derivative is 1.")
def slopes_everywhere_back(grad_out, cache) -> Any:
    return grad_out * cache[1]


@LEAKY_BACKWARD.mistake("Below zero there is an x too many: the derivative of slope times x is the slope.")
def keeps_x_below(grad_out, cache) -> Any:
    x, negative_slope = cache
    return grad_out * np.where(x > 0, 1, negative_slope * x)


ONE_SLOPE = "one slope for all"
PRELU = Exercise(
    reference.prelu_forward,
    ("out", "cache"),
    (
        Criterion(ONE_SLOPE, 1, prelu_cases()),
        Criterion("images with one slope", 0.25, prelu_images),
        Criterion("a slope for each channel", 0.5, by_channel),
        Criterion("far from zero", 0.25, prelu_far),
        Criterion("no argument is changed", 0.25, all_of(prelu_images, by_channel), arguments, after=ONE_SLOPE),
        Criterion("float32 stays float32", 0.25, prelu_single, in_single, after=ONE_SLOPE),
    ),
)


@PRELU.mistake("The slope of each channel goes to the wrong axis: channels are the second one.")
def slopes_last_axis(x, slope) -> Out:
    spread = np.resize(slope, x.shape[-1:]) if slope.size > 1 else slope
    return np.where(x > 0, x, spread * x), None


@PRELU.mistake(
    "slope * x lines several slopes up with the last axis of x, which need not fit: channels are the second. Give "
    "slope an axis of length 1 for each axis behind it.",
    raises="could not be broadcast",
)
def lines_up_with_last_axis(x, slope) -> Out:
    return np.where(x > 0, x, slope * x), None


@PRELU.mistake("All channels get the first slope: with several slopes each channel has its own.")
def shares_first_slope(x, slope) -> Out:
    return np.where(x > 0, x, slope[0] * x), None


@PRELU.mistake("The slope is not used: below zero the output is slope times x.")
def ignores_slope(x, slope) -> Out:
    return np.maximum(x, 0), None


@PRELU.mistake("The slope is on the wrong side: above zero the function is x itself.")
def slopes_above(x, slope) -> Out:
    return reference.prelu_forward(-x, slope)[0] * -1, None


def prelu_gradients(grad_out: np.ndarray, cache: tuple[Any, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The right gradients, as material for the wrong ones."""
    return reference.prelu_backward(grad_out, reference.prelu_forward(*cache)[1])


@PRELU.mistake("All channels get the mean of the slopes: with several slopes each channel has its own.")
def averages_slopes(x, slope) -> Out:
    return np.where(x > 0, x, slope.mean() * x), None


PRELU_BACKWARD = Exercise(
    reference.prelu_backward,
    ("grad_x", "grad_slope"),
    (
        Criterion("gradient of x", 1, prelu_cases(), values("grad_x")),
        Criterion("gradient of the slope", 1, prelu_cases(), values("grad_slope")),
        Criterion("images with one slope", 0.25, prelu_images, but_at_corners),
        Criterion("a slope for each channel", 0.5, by_channel),
        Criterion("far from zero", 0.25, prelu_far, values("grad_x")),
        Criterion("no argument is changed", 0.25, all_of(prelu_images, by_channel), arguments, after="gradient of x"),
        Criterion("float32 stays float32", 0.25, prelu_single, in_single, after="gradient of x"),
    ),
    forward=reference.prelu_forward,
    mistakes_forward=only_x_and,
)


@PRELU_BACKWARD.mistake("The slope is lost in your grad_x: below zero multiply by it.")
def loses_slope_in_grad_x(grad_out, cache) -> Any:
    return grad_out * (cache[0] > 0), prelu_gradients(grad_out, cache)[1]


@PRELU_BACKWARD.mistake(
    "Your slope gradient is the mean over what the slope touched: add up, the loss has its own mean."
)
def averages_slope(grad_out, cache) -> Any:
    grad_x, grad_slope = prelu_gradients(grad_out, cache)
    return grad_x, grad_slope * grad_slope.size / grad_out.size


@PRELU_BACKWARD.mistake("Your slope gradient counts the positive entries too: the slope touched only those below zero.")
def counts_positive(grad_out, cache) -> Any:
    grad_x, grad_slope = prelu_gradients(grad_out, cache)
    positive = prelu_gradients(grad_out, (-cache[0], cache[1]))[1]
    return grad_x, grad_slope - positive


@PRELU_BACKWARD.mistake("The sides are exchanged on the way to x: where x is above zero the slope is 1.")
def exchanges_sides_in_backward(grad_out, cache) -> Any:
    x, slope = cache
    return prelu_gradients(grad_out, (-x, slope))[0], prelu_gradients(grad_out, cache)[1]


@PRELU_BACKWARD.mistake("Your slope gradient leaves out x: the factor of the slope is the x that it was multiplied by.")
def leaves_out_x(grad_out, cache) -> Any:
    x, slope = cache
    sign = np.where(x < 0, -1.0, 1.0).astype(x.dtype)
    return prelu_gradients(grad_out, cache)[0], -prelu_gradients(grad_out, (sign, slope))[1]


@PRELU_BACKWARD.mistake("Your slope gradient is an array over all entries: add it up to the shape of the slope.")
def leaves_out_slope_sum(grad_out, cache) -> Any:
    return prelu_gradients(grad_out, cache)[0], grad_out * np.minimum(cache[0], 0)


@PRELU_BACKWARD.mistake("Your slope gradient is one number for all channels: each slope touched its own channel only.")
def sums_over_channels(grad_out, cache) -> Any:
    grad_x, grad_slope = prelu_gradients(grad_out, cache)
    return grad_x, np.full_like(grad_slope, grad_slope.sum())


@PRELU_BACKWARD.mistake("Your slope gradient has the wrong sign.")
def flips_slope_gradient(grad_out, cache) -> Any:
    grad_x, grad_slope = prelu_gradients(grad_out, cache)
    return grad_x, -grad_slope


@PRELU_BACKWARD.mistake("Your slope gradient leaves out grad_out: multiply by what comes back.")
def leaves_out_grad_out(grad_out, cache) -> Any:
    return prelu_gradients(grad_out, cache)[0], prelu_gradients(np.ones_like(grad_out), cache)[1]


@PRELU_BACKWARD.mistake("The factor of the slope is x alone: slope times x is the output.")
def keeps_slope_in_its_gradient(grad_out, cache) -> Any:
    grad_x, grad_slope = prelu_gradients(grad_out, cache)
    return grad_x, grad_slope * cache[1]


# Swish


SWISH = forward_of(reference.swish_forward, far=0.5, epsilon=BESIDE_EXPONENTIAL)


@SWISH.mistake("The factor x is missing: swish is x times the sigmoid.")
def forgets_x(x) -> Out:
    return sigmoid(x), None


@SWISH.mistake(
    "sigmoid_forward returns a pair, the output and its cache, and you multiply by both: take them apart first, as in "
    "out, cache = sigmoid_forward(x)."
)
def multiplies_by_pair(x) -> Out:
    return x * np.array([sigmoid(x), sigmoid(x)]), None


@SWISH.mistake("This is x tanh(x): swish has the sigmoid.")
def gates_by_tanh(x) -> Out:
    return x * np.tanh(x), None


@SWISH.mistake("This is GELU: swish is x s(x), without 1.702.")
def is_gelu(x) -> Out:
    return x * sigmoid(1.702 * x), None


@SWISH.mistake("The gate is the wrong way round: for large x swish is nearly x.")
def gates_backward(x) -> Out:
    return x * sigmoid(-x), None


@SWISH.mistake("Far from zero nan comes out: use a sigmoid that does not overflow.")
def overflows_in_gate(x) -> Out:
    return x * np.exp(x) / (1 + np.exp(x)), None


@SWISH.mistake("You add x and the sigmoid: swish is their product.")
def adds_gate(x) -> Out:
    return x + sigmoid(x), None


SWISH_BACKWARD = backward_of(reference.swish_backward, epsilon=BESIDE_EXPONENTIAL)


@SWISH_BACKWARD.mistake("One s too many in x s s (1 - s): the slope of the gate is s (1 - s).")
def multiplies_gate_twice(grad_out, x) -> Any:
    s = sigmoid(x)
    return grad_out * (s + x * s * s * (1 - s))


@SWISH_BACKWARD.mistake("The second half of the product rule is missing: the gate s(x) changes with x as well.")
def holds_gate(grad_out, x) -> Any:
    return grad_out * sigmoid(x)


@SWISH_BACKWARD.mistake("Far from zero nan comes out: use a sigmoid that does not overflow.")
def overflows_in_slope(grad_out, x) -> Any:
    s = np.exp(x) / (1 + np.exp(x))
    return grad_out * (s + x * s * (1 - s))


@SWISH_BACKWARD.mistake("The first half of the product rule is missing: the factor x changes too.")
def holds_x(grad_out, x) -> Any:
    return grad_out * x * slope_of_sigmoid(x)


@SWISH_BACKWARD.mistake("In your second term the factor x is missing.")
def forgets_x_in_slope(grad_out, x) -> Any:
    return grad_out * (sigmoid(x) + slope_of_sigmoid(x))


@SWISH_BACKWARD.mistake("In your second term 1 - s is missing: the derivative of s is s (1 - s).")
def forgets_one_minus(grad_out, x) -> Any:
    return grad_out * (sigmoid(x) + x * sigmoid(x))


@SWISH_BACKWARD.mistake("The sign between your two terms is wrong.")
def subtracts_second(grad_out, x) -> Any:
    return grad_out * (sigmoid(x) - x * slope_of_sigmoid(x))


@SWISH_BACKWARD.mistake("grad_out multiplies your first term only: put both terms into brackets.")
def multiplies_first_term(grad_out, x) -> Any:
    return grad_out * sigmoid(x) + x * slope_of_sigmoid(x)


# GELU

by_sigmoid = partial(with_argument, "approximate", lambda rng: "sigmoid")
exactly = partial(with_argument, "approximate", lambda rng: "none")
by_sigmoid_anywhere = all_of(by_sigmoid(), by_sigmoid(cases=far_away))


@SWISH_BACKWARD.mistake("This is the derivative of the sigmoid: swish is x s(x), a product, and has two terms.")
def takes_slope_of_sigmoid(grad_out, cache) -> Any:
    return grad_out * slope_of_sigmoid(cache)


@SWISH_BACKWARD.mistake("The factor x stands before the wrong term: (x)' s(x) + x s'(x).")
def exchanges_terms(grad_out, cache) -> Any:
    return grad_out * (cache * sigmoid(cache) + slope_of_sigmoid(cache))


@SWISH_BACKWARD.mistake("In your second term s is missing: the derivative of s is s (1 - s).")
def forgets_s(grad_out, cache) -> Any:
    return grad_out * (sigmoid(cache) + cache * (1 - sigmoid(cache)))


@SWISH_BACKWARD.mistake("In your second term the sign is wrong: the derivative of s is s (1 - s).")
def adds_in_slope(grad_out, cache) -> Any:
    return grad_out * (sigmoid(cache) + cache * sigmoid(cache) * (1 + sigmoid(cache)))


GELU = forward_of(
    reference.gelu_forward,
    Criterion('approximate="none"', 0.5, exactly()),
    Criterion('approximate="sigmoid"', 1, by_sigmoid_anywhere),
)


@GELU.mistake('The two forms are exchanged: "none" is the exact one.')
def exchanges_forms(x, approximate="none") -> Out:
    return reference.gelu_forward(x, "sigmoid" if approximate == "none" else "none")[0], None


@GELU.mistake('With approximate="sigmoid" you take the exact form: the one with 1.702 is asked for.')
def always_exact(x, approximate="none") -> Out:
    return reference.gelu_forward(x)[0], None


@GELU.mistake("Without `approximate` you take the form with 1.702: there the exact one is asked for.")
def always_sigmoid(x, approximate="none") -> Out:
    return reference.gelu_forward(x, "sigmoid")[0], None


TANH_FORM = (
    "This is the approximation by tanh: `none` is the form with the normal distribution, `sigmoid` that with 1.702."
)


@GELU.mistake(TANH_FORM)
def approximates_by_tanh(x, approximate="none") -> Out:
    if approximate == "sigmoid":
        return reference.gelu_forward(x, approximate)[0], None
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))), None


@GELU.mistake(TANH_FORM)
def always_tanh(x, approximate="none") -> Out:
    return approximates_by_tanh(x)


@GELU.mistake("The factor x is missing: GELU is x times the probability.")
def returns_probability(x, approximate="none") -> Out:
    return (normal_probability(x) if approximate == "none" else sigmoid(1.702 * x)), None


@GELU.mistake("The root of 2 is missing: P(X <= x) is (1 + erf(x / sqrt 2)) / 2.")
def forgets_root_two(x, approximate="none") -> Out:
    if approximate == "sigmoid":
        return reference.gelu_forward(x, approximate)[0], None
    return x * normal_probability(x * np.sqrt(2).astype(x.dtype)), None


@GELU.mistake("You take the density of the normal distribution: it is the probability P(X <= x) that is asked for.")
def takes_density(x, approximate="none") -> Out:
    return (x * normal_density(x) if approximate == "none" else x * sigmoid(1.702 * x)), None


@GELU.mistake("Far from zero nan comes out of the form with 1.702: use a sigmoid that does not overflow.")
def overflows_in_form(x, approximate="none") -> Out:
    if approximate == "none":
        return reference.gelu_forward(x)[0], None
    return x * np.exp(1.702 * x) / (1 + np.exp(1.702 * x)), None


@GELU.mistake("The factor 1.702 is missing: without it this is swish.")
def forgets_factor(x, approximate="none") -> Out:
    return reference.gelu_forward(x)[0] if approximate == "none" else x * sigmoid(x), None


def gelu_cache(x, approximate="none") -> Out:
    """A forward whose cache is its arguments."""
    return x, (x, approximate)


def gelu_parts(x: np.ndarray, approximate: str) -> tuple[np.ndarray, np.ndarray]:
    """The probability and its derivative."""
    if approximate == "none":
        return normal_probability(x), normal_density(x)
    return sigmoid(1.702 * x), 1.702 * slope_of_sigmoid(1.702 * x)


@GELU.mistake("The half is missing: P(X <= x) is (1 + erf(x / sqrt 2)) / 2.")
def forgets_half(x, approximate="none") -> Out:
    return reference.gelu_forward(x, approximate)[0] * (2 if approximate == "none" else 1), None


@GELU.mistake("In the exact form the factor x is missing: GELU is x times the probability.")
def returns_exact_probability(x, approximate="none") -> Out:
    return normal_probability(x) if approximate == "none" else reference.gelu_forward(x, approximate)[0], None


GELU_BACKWARD = backward_of(
    reference.gelu_backward,
    Criterion('approximate="none"', 0.5, exactly()),
    Criterion('approximate="sigmoid"', 1, by_sigmoid_anywhere),
    mistakes_forward=gelu_cache,
)


@GELU_BACKWARD.mistake("The second half of the product rule is missing: the probability changes with x as well.")
def holds_probability(grad_out, cache) -> Any:
    return grad_out * gelu_parts(*cache)[0]


@GELU_BACKWARD.mistake("The first half of the product rule is missing: the factor x changes too.")
def holds_factor(grad_out, cache) -> Any:
    return grad_out * cache[0] * gelu_parts(*cache)[1]


@GELU_BACKWARD.mistake("The derivative of a product is no product of derivatives: it is p + x p'.")
def multiplies_slopes(grad_out, cache) -> Any:
    return grad_out * gelu_parts(*cache)[1]


@GELU_BACKWARD.mistake(
    "The first half of the product rule is missing: the factor x changes too. Then look at the form with 1.702: its "
    "inner derivative gives the factor 1.702 once more."
)
def holds_factor_and_forgets_inner(grad_out, cache) -> Any:
    x, approximate = cache
    return grad_out * x * gelu_parts(x, approximate)[1] / (1 if approximate == "none" else 1.702)


@GELU_BACKWARD.mistake("In your second term the factor x is missing.")
def forgets_x_before_density(grad_out, cache) -> Any:
    probability, density = gelu_parts(*cache)
    return grad_out * (probability + density)


@GELU_BACKWARD.mistake("Your backward always takes the exact form: remember which one the forward was asked for.")
def always_exact_in_backward(grad_out, cache) -> Any:
    return reference.gelu_backward(grad_out, reference.gelu_forward(cache[0])[1])


@GELU_BACKWARD.mistake("Your backward always takes the form with 1.702: remember which one the forward was asked for.")
def always_sigmoid_in_backward(grad_out, cache) -> Any:
    return reference.gelu_backward(grad_out, reference.gelu_forward(cache[0], "sigmoid")[1])


@GELU_BACKWARD.mistake(
    "In the form with 1.702 the inner derivative is missing: the chain rule gives the factor 1.702 once more."
)
def forgets_inner_factor(grad_out, cache) -> Any:
    x, approximate = cache
    probability, density = gelu_parts(*cache)
    return grad_out * (probability + x * (density if approximate == "none" else density / 1.702))


@GELU_BACKWARD.mistake("Far from zero nan comes out of the form with 1.702: use a sigmoid that does not overflow.")
def overflows_in_form_backward(grad_out, cache) -> Any:
    x, approximate = cache
    if approximate == "none":
        return reference.gelu_backward(grad_out, reference.gelu_forward(x)[1])
    s = np.exp(1.702 * x) / (1 + np.exp(1.702 * x))
    return grad_out * (s + 1.702 * x * s * (1 - s))


@GELU_BACKWARD.mistake("Your density is not divided by the root of 2 pi.")
def forgets_root_of_two_pi(grad_out, cache) -> Any:
    x, approximate = cache
    probability, density = gelu_parts(*cache)
    return grad_out * (probability + x * density * (np.sqrt(2 * np.pi) if approximate == "none" else 1))


# The same in the exact form alone


def in_exact_form(wrong: Callable[..., Any]) -> Callable[..., Any]:
    """The wrong backward where the exact form is asked for, and the right one elsewhere."""

    def function(grad_out: np.ndarray, cache: tuple[Any, ...]) -> Any:
        x, approximate = cache
        right = reference.gelu_backward(grad_out, reference.gelu_forward(x, approximate)[1])
        return wrong(grad_out, cache) if approximate == "none" else right

    return function


def subtracts_second_term(grad_out: np.ndarray, cache: tuple[Any, ...]) -> Any:
    probability, density = gelu_parts(*cache)
    return grad_out * (probability - cache[0] * density)


def forgets_half_in_exponent(grad_out: np.ndarray, cache: tuple[Any, ...]) -> Any:
    x, probability = cache[0], gelu_parts(*cache)[0]
    return grad_out * (probability + x * np.exp(-x * x) / (2 * np.pi) ** 0.5)


for wrong, says in (
    (holds_probability, "The second half of the product rule is missing: the probability changes with x as well."),
    (forgets_x_before_density, "In your second term the factor x is missing."),
    (subtracts_second_term, "The sign between your two terms is wrong."),
    (forgets_half_in_exponent, "In the density the half is missing: its exponent is -x^2 / 2."),
):
    GELU_BACKWARD.mistake(f"In the exact form: {says}", name=f"{wrong.__name__}_in_exact_form")(in_exact_form(wrong))


# More of what real code has


@SIGMOID_BACKWARD.mistake("The factor s is missing in your derivative.")
def leaves_out_s(grad_out, x) -> Any:
    return grad_out * (1 - sigmoid(x))


@TANH.mistake("Far from zero nan comes out: two infinite exponentials are divided.")
def divides_doubled_exponentials(x) -> Out:
    return (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1), None


@RELU_BACKWARD.mistake("You multiply by the sign of x: where x was negative nothing comes back, not the opposite.")
def multiplies_by_sign(grad_out, x) -> Any:
    return grad_out * np.sign(x)


@LEAKY.mistake("The leak is added above zero too: there the output is x itself.")
def adds_leak_everywhere(x, negative_slope=0.01) -> Out:
    return np.maximum(x, 0) + negative_slope * x, None


@GELU_BACKWARD.mistake("The exact form is the one with the normal distribution; this is the slope of the tanh form.")
def takes_slope_of_tanh_form(grad_out, cache) -> Any:
    x, approximate = cache
    if approximate == "sigmoid":
        p, density = gelu_parts(x, approximate)
        return grad_out * (p + x * density)
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    return grad_out * ((1 + t) / 2 + x / 2 * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2))


@GELU_BACKWARD.mistake(
    "You always take the slope of the tanh form: `none` is the form with the normal distribution, `sigmoid` that with "
    "1.702."
)
def always_slope_of_tanh_form(grad_out, cache) -> Any:
    return takes_slope_of_tanh_form(grad_out, (cache[0], "none"))


EXERCISES = (
    SIGMOID,
    SIGMOID_BACKWARD,
    TANH,
    TANH_BACKWARD,
    HARDTANH,
    HARDTANH_BACKWARD,
    RELU,
    RELU_BACKWARD,
    LEAKY,
    LEAKY_BACKWARD,
    PRELU,
    PRELU_BACKWARD,
    SWISH,
    SWISH_BACKWARD,
    GELU,
    GELU_BACKWARD,
)
