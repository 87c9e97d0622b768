"""Unit 05: what right pooling, flattening and the whole CNN must do, and the mistakes that are often made."""

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import Generator

from dltools.checks.common_mistakes import LEFT_OVER, median
from dltools.checks.exercise import (
    Case,
    Criterion,
    Exercise,
    all_of,
    arguments,
    arguments_and_single,
    in_single,
    shapes,
    values,
)
from dltools.nn.activations import relu_backward, relu_forward, sigmoid
from dltools.nn.arguments import Pair
from dltools.nn.backpropagation import softmax
from dltools.nn.cnn import cnn_backward, cnn_forward
from dltools.nn.convolution import conv2d_backward, conv2d_forward
from dltools.nn.perceptron import linear_backward, linear_forward
from dltools.nn.pooling import (
    avg_pool2d_backward,
    avg_pool2d_forward,
    flatten_backward,
    flatten_forward,
    max_pool2d_backward,
    max_pool2d_forward,
)

# Cases

Setting = tuple[Pair, Pair | None]
"""kernel_size and stride of one call."""


def images(
    rng: Generator,
    settings: tuple[Setting, ...] = ((2, None),),
    image: tuple[int, int] = (6, 8),
    dtype: type = np.float64,
    below: bool = False,
) -> Iterator[Case]:
    """A call for each (kernel_size, stride): 2 images of 3 channels; `below` makes all of their numbers negative.

    Most numbers are negative, so that those of some windows all are.
    """
    for kernel_size, stride in settings:
        x: np.ndarray = rng.normal(-1, 1, size=(2, 3, *image)).astype(dtype)
        yield {"x": -1 - np.abs(x) if below else x, "kernel_size": kernel_size, "stride": stride}


def one_image(rng: Generator) -> Iterator[Case]:
    """One gray image of the numbers 1 to 16, for a pencil: the largest of a quarter is in its corner. No stride."""
    x, numbers = np.zeros((1, 1, 4, 4)), rng.permutation(np.arange(1.0, 17.0)).reshape(4, 4)
    for corner, quarter in enumerate(numbers):
        i, j = divmod(corner, 2)
        x[0, 0, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2] = np.roll(quarter, corner - quarter.argmax()).reshape(2, 2)
    yield {"x": x, "kernel_size": 2}


WHERE_TO_LOOK = ("looks_at_one_column", "strides_rows_only", "strides_columns_only")


def ties(rng: Generator) -> Iterator[Case]:
    """Images of zeros and ones: nearly every window has several maxima. Windows side by side, and overlapping."""
    for kernel_size, side in ((2, 6), (3, 7)):
        yield {"x": rng.integers(2, size=(2, 3, side, side)).astype(float), "kernel_size": kernel_size, "stride": 2}


overlapping = partial(images, settings=((3, 2), (3, 1)), image=(7, 9))
apart = partial(images, settings=((2, 3), (1, 2)), image=(5, 11))
rectangular = partial(images, settings=(((2, 3), None), ((3, 1), (1, 2))), image=(6, 9))
left_over = partial(images, settings=((2, None), (3, 2)), image=(7, 10))
single_precision = partial(images, dtype=np.float32)
many_sizes = all_of(partial(images, settings=((2, None), (2, 1))), partial(images, settings=((3, 2),), image=(7, 9)))


# What the mistakes are made of

Forward = tuple[np.ndarray, Any]


def pair(value: Pair) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value


def windows(x: np.ndarray, kernel_size: Pair, stride: Pair | None = None) -> np.ndarray:
    """Every window of every image: (N, C, OH, OW, FH, FW)."""
    down, right = pair(kernel_size if stride is None else stride)
    return sliding_window_view(x, pair(kernel_size), axis=(2, 3))[:, :, ::down, ::right]


def positions(x: np.ndarray, kernel_size: Pair, stride: Pair | None = None) -> tuple[int, int]:
    """How many windows there are, one below the other and side by side."""
    OH, OW = windows(x, kernel_size, stride).shape[2:4]
    return OH, OW


def remember(x: np.ndarray, kernel_size: Pair, stride: Pair | None = None) -> Forward:
    """A forward whose cache is the image and both sizes as pairs."""
    return max_pool2d_forward(x, kernel_size, stride)[0], (
        x,
        pair(kernel_size),
        pair(kernel_size if stride is None else stride),
    )


def scatter(
    grad_out: np.ndarray,
    cache: tuple[Any, ...],
    share: Callable[[np.ndarray, np.ndarray], np.ndarray],
    stride: tuple[int, int] | None = None,
    overwrite: bool = False,
) -> np.ndarray:
    """The gradient of x, window by window: `share` says what part of a window's gradient each of its pixels gets."""
    x, (FH, FW), (down, right) = cache
    to_down, to_right = stride or (down, right)
    grad_x = np.zeros_like(x)
    for i, j in np.ndindex(grad_out.shape[2:]):
        read = np.s_[:, :, i * down : i * down + FH, j * right : j * right + FW]
        write = np.s_[:, :, i * to_down : i * to_down + FH, j * to_right : j * to_right + FW]
        part = share(x[read], grad_out[:, :, i, j, np.newaxis, np.newaxis])
        grad_x[write] = part if overwrite else grad_x[write] + part
    return grad_x


def to_first_maximum(window: np.ndarray, grad: np.ndarray) -> np.ndarray:
    """All of the gradient to the first maximum of the window, row by row: what is right for max pooling."""
    entries = window.reshape(*window.shape[:2], -1)
    first = np.arange(entries.shape[2]) == entries.argmax(axis=2)[..., np.newaxis]
    return first.reshape(window.shape) * grad


def to_all_alike(window: np.ndarray, grad: np.ndarray) -> np.ndarray:
    """An equal part of the gradient to every pixel of the window: what is right for average pooling."""
    return np.broadcast_to(grad / (window.shape[2] * window.shape[3]), window.shape)


# Max pooling, forward


FORWARD_VALUES = "several images and channels"
MAX_FORWARD = Exercise(
    max_pool2d_forward,
    ("out", "cache"),
    (
        Criterion("one gray image, windows side by side", 1, one_image, tells=WHERE_TO_LOOK),
        Criterion(FORWARD_VALUES, 1.5, images),
        Criterion("negative numbers only", 0.5, partial(images, below=True)),
        Criterion("shape of the output", 1, many_sizes, shapes),
        Criterion("overlapping windows", 1, overlapping, tells=("starts_at_zero",)),
        Criterion("windows with gaps between them", 0.5, apart),
        Criterion("rectangular windows, sizes as pairs", 0.5, rectangular),
        Criterion("left-over pixels", 0.5, left_over, tells=("starts_at_zero",)),
        Criterion("no argument is changed", 0.25, images, arguments, after=FORWARD_VALUES),
        Criterion("float32 stays float32", 0.25, single_precision, in_single, after=FORWARD_VALUES),
    ),
)


@MAX_FORWARD.mistake("A window of negative numbers has a negative maximum: do not start your search at 0.")
def starts_at_zero(x, kernel_size, stride=None) -> Forward:
    return np.maximum(max_pool2d_forward(x, kernel_size, stride)[0], 0), None


@MAX_FORWARD.mistake("You take the last number of each window, whatever the others are.")
def takes_last(x, kernel_size, stride=None) -> Forward:
    return windows(x, kernel_size, stride)[..., -1, -1], None


@MAX_FORWARD.mistake("You take the first number of each window, whatever the others are.")
def takes_first(x, kernel_size, stride=None) -> Forward:
    return windows(x, kernel_size, stride)[..., 0, 0], None


@MAX_FORWARD.mistake("You return the mean of each window; max pooling keeps the largest number.")
def averages(x, kernel_size, stride=None) -> Forward:
    return windows(x, kernel_size, stride).mean(axis=(4, 5)), None


@MAX_FORWARD.mistake("You return the smallest number of each window.")
def takes_smallest(x, kernel_size, stride=None) -> Forward:
    return windows(x, kernel_size, stride).min(axis=(4, 5)), None


@MAX_FORWARD.mistake(
    "You return the number that is farthest from zero; the maximum is the one farthest to the right of the line."
)
def takes_largest_size(x, kernel_size, stride=None) -> Forward:
    flat = windows(x, kernel_size, stride).reshape(*x.shape[:2], *positions(x, kernel_size, stride), -1)
    return np.take_along_axis(flat, np.abs(flat).argmax(axis=-1)[..., np.newaxis], -1)[..., 0], None


@MAX_FORWARD.mistake("Your maximum is taken down the rows of the window only, so that just one of its columns counts.")
def looks_at_one_column(x, kernel_size, stride=None) -> Forward:
    return windows(x, kernel_size, stride)[..., 0].max(axis=4), None


@MAX_FORWARD.mistake("Your maximum is taken over the channels too: each channel is pooled on its own, the depth stays.")
def mixes_channels(x, kernel_size, stride=None) -> Forward:
    out = max_pool2d_forward(x, kernel_size, stride)[0]
    return np.broadcast_to(out.max(axis=1, keepdims=True), out.shape).copy(), None


@MAX_FORWARD.mistake(
    "window.max() takes one number of all images and channels: each has its own maximum. Over which axes must it run?"
)
def mixes_everything(x, kernel_size, stride=None) -> Forward:
    out = max_pool2d_forward(x, kernel_size, stride)[0]
    return np.broadcast_to(out.max(axis=(0, 1)), out.shape).copy(), None


@MAX_FORWARD.mistake("Your maximum removes the channels: each channel is pooled on its own, the depth stays.")
def drops_channels(x, kernel_size, stride=None) -> Forward:
    return max_pool2d_forward(x, kernel_size, stride)[0].max(axis=1), None


@MAX_FORWARD.mistake("Your maximum is taken over the images too: each image of the batch is pooled on its own.")
def mixes_images(x, kernel_size, stride=None) -> Forward:
    out = max_pool2d_forward(x, kernel_size, stride)[0]
    return np.broadcast_to(out.max(axis=0), out.shape).copy(), None


@MAX_FORWARD.mistake(
    "Your windows always lie side by side: they move by `stride` pixels, which may be less or more than their size."
)
def ignores_stride(x, kernel_size, stride=None) -> Forward:
    return max_pool2d_forward(x, kernel_size)[0], None


@MAX_FORWARD.mistake("When stride is left out it is the size of the window, not 1: then windows lie side by side.")
def moves_by_one_unless_told(x, kernel_size, stride=None) -> Forward:
    return max_pool2d_forward(x, kernel_size, 1 if stride is None else stride)[0], None


@MAX_FORWARD.mistake("The stride moves the window down but not to the right: use it on both axes.")
def strides_rows_only(x, kernel_size, stride=None) -> Forward:
    _, OW = positions(x, kernel_size, stride)
    return max_pool2d_forward(x, kernel_size, (pair(stride or kernel_size)[0], 1))[0][..., :OW], None


@MAX_FORWARD.mistake("The stride moves the window to the right but not down: use it on both axes.")
def strides_columns_only(x, kernel_size, stride=None) -> Forward:
    OH, _ = positions(x, kernel_size, stride)
    return max_pool2d_forward(x, kernel_size, (1, pair(stride or kernel_size)[1]))[0][:, :, :OH], None


@MAX_FORWARD.mistake("Your windows are as large as the stride: kernel_size says how large, stride how far apart.")
def takes_stride_for_size(x, kernel_size, stride=None) -> Forward:
    OH, OW = positions(x, kernel_size, stride)
    down, right = pair(stride or kernel_size)
    out = np.empty((*x.shape[:2], OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        out[:, :, i, j] = x[:, :, i * down : (i + 1) * down, j * right : (j + 1) * right].max((2, 3))
    return out, None


@MAX_FORWARD.mistake("Your windows move by one pixel, whatever the stride: the loop needs a step, or i * stride.")
def moves_by_one(x, kernel_size, stride=None) -> Forward:
    return max_pool2d_forward(x, kernel_size, 1)[0], None


@MAX_FORWARD.mistake(
    "reshape does not move axes: it cuts the same row of numbers at other places. To put the channels last and back, "
    "take transpose(0, 2, 3, 1) and transpose(0, 3, 1, 2)."
)
def reshapes_axes(x, kernel_size, stride=None) -> Forward:
    N, C, H, W = x.shape
    out = max_pool2d_forward(x.reshape(N, H, W, C).transpose(0, 3, 1, 2), kernel_size, stride)[0]
    return out.transpose(0, 2, 3, 1).reshape(out.shape), None


@MAX_FORWARD.mistake("Your window counts as square: kernel_size and stride may be a (vertical, horizontal) pair.")
def assumes_square(x, kernel_size, stride=None) -> Forward:
    down = None if stride is None else pair(stride)[0]
    return max_pool2d_forward(x, pair(kernel_size)[0], down)[0], None


@MAX_FORWARD.mistake("You have the pair the wrong way round: first comes the vertical number, then the horizontal one.")
def swaps_pair(x, kernel_size, stride=None) -> Forward:
    return max_pool2d_forward(x, pair(kernel_size)[::-1], None if stride is None else pair(stride)[::-1])[0], None


@MAX_FORWARD.mistake(
    "kernel_size and stride may be one number or a pair of them; your function takes one number only.", raises="tuple"
)
def refuses_pairs(x, kernel_size, stride=None) -> Forward:
    return max_pool2d_forward(x, 1 * int(kernel_size), None if stride is None else int(stride))[0], None


@MAX_FORWARD.mistake(
    "Pixels left over at the right or at the bottom are no error: the window stops before them.", raises=LEFT_OVER
)
def refuses_left_over(x, kernel_size, stride=None) -> Forward:
    way = np.subtract(x.shape[2:], pair(kernel_size))
    if (way % pair(stride or kernel_size)).any():
        raise ValueError("the stride does not divide the way")
    return max_pool2d_forward(x, kernel_size, stride)[0], None


@MAX_FORWARD.mistake(
    "Your last windows hang over the edge of the image: only whole windows count, left-over pixels are dropped."
)
def rounds_up(x, kernel_size, stride=None) -> Forward:
    spare = -np.subtract(x.shape[2:], pair(kernel_size)) % pair(stride or kernel_size)
    padded = np.pad(x, [(0, 0), (0, 0), (0, spare[0]), (0, spare[1])], constant_values=-np.inf)
    return max_pool2d_forward(padded, kernel_size, stride)[0], None


@MAX_FORWARD.mistake("The output has one row and one column too few: count the position that the window starts from.")
def loses_last_position(x, kernel_size, stride=None) -> Forward:
    return max_pool2d_forward(x, kernel_size, stride)[0][:, :, :-1, :-1], None


@MAX_FORWARD.mistake("You add up each window: take its maximum.")
def sums_windows(x, kernel_size, stride=None) -> Forward:
    return windows(x, kernel_size, stride).sum(axis=(4, 5)), None


@MAX_FORWARD.mistake("You take the largest absolute value: the maximum of -3 and 1 is 1.")
def takes_largest_absolute(x, kernel_size, stride=None) -> Forward:
    return np.abs(windows(x, kernel_size, stride)).max(axis=(4, 5)), None


# Max pooling, backward


BACKWARD_VALUES = "windows side by side"
MAX_BACKWARD = Exercise(
    max_pool2d_backward,
    ("grad_x",),
    (
        Criterion("one gray image", 1, one_image),
        Criterion(BACKWARD_VALUES, 1.5, images),
        Criterion("shape of the gradient", 0.5, many_sizes, shapes),
        Criterion("overlapping windows", 1.5, overlapping),
        Criterion("windows with gaps between them", 0.5, apart),
        Criterion("several largest numbers in a window", 1, ties, tells=("multiplies_by_maximum",)),
        Criterion("rectangular windows, sizes as pairs", 0.5, rectangular),
        Criterion("left-over pixels", 0.5, left_over),
        Criterion("no argument is changed", 0.5, images, arguments, after=BACKWARD_VALUES),
        Criterion("float32 stays float32", 0.5, single_precision, in_single, after=BACKWARD_VALUES),
    ),
    forward=max_pool2d_forward,
    mistakes_forward=remember,
)


@MAX_BACKWARD.mistake(
    "Where windows overlap you keep the last one (= where += is meant): a pixel collects from all windows."
)
def overwrites_overlap(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, to_first_maximum, overwrite=True)


@MAX_BACKWARD.mistake(
    "np.argmax counts from the corner of its window: in the image the pixel is as much farther as the window is, "
    "i * stride rows and j * stride columns."
)
def forgets_place_of_window(grad_out, cache) -> np.ndarray:
    x, (FH, FW), (down, right) = cache
    grad_x = np.zeros_like(x)
    for n, c, i, j in np.ndindex(grad_out.shape):
        window = x[n, c, i * down : i * down + FH, j * right : j * right + FW]
        row, column = np.unravel_index(window.argmax(), window.shape)
        grad_x[n, c, row, column] += grad_out[n, c, i, j]
    return grad_x


@MAX_BACKWARD.mistake(
    "A pixel that is the largest of several windows keeps the gradient of one; it collects from all of them."
)
def keeps_last_winner(grad_out, cache) -> np.ndarray:
    x, (FH, FW), (down, right) = cache
    grad_x = np.zeros_like(x)
    for i, j in np.ndindex(grad_out.shape[2:]):
        pixels = grad_x[:, :, i * down : i * down + FH, j * right : j * right + FW]
        window = x[:, :, i * down : i * down + FH, j * right : j * right + FW]
        won = to_first_maximum(window, np.ones((1, 1, 1, 1))) > 0
        pixels[won] = grad_out[:, :, i, j].ravel()
    return grad_x


@MAX_BACKWARD.mistake(
    "When several numbers of a window are the largest, each gets the whole gradient; only the first may."
)
def pays_every_tie(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, lambda window, grad: (window == window.max((2, 3), keepdims=True)) * grad)


@MAX_BACKWARD.mistake(
    "Where windows overlap you keep the last one (= where += is meant): a pixel collects from all windows. Then look "
    "at a window with several largest numbers: the first of them gets all, the others nothing."
)
def overwrites_with_every_tie(grad_out, cache) -> np.ndarray:
    def share(window, grad):
        return (window == window.max((2, 3), keepdims=True)) * grad

    return scatter(grad_out, cache, share, overwrite=True)


@MAX_BACKWARD.mistake("Your windows are as large as the stride: kernel_size says how large, stride how far apart.")
def takes_stride_for_size_in_backward(grad_out, cache) -> np.ndarray:
    x, _, (down, right) = cache
    grad_x = np.zeros_like(x)
    for i, j in np.ndindex(grad_out.shape[2:]):
        window = np.s_[:, :, i * down : (i + 1) * down, j * right : (j + 1) * right]
        grad_x[window] = to_first_maximum(x[window], grad_out[:, :, i, j, np.newaxis, np.newaxis])
    return grad_x


@MAX_BACKWARD.mistake(
    "When several numbers of a window are the largest, they share the gradient; the first takes it all."
)
def splits_ties(grad_out, cache) -> np.ndarray:
    def share(window, grad):
        hits = window == window.max((2, 3), keepdims=True)
        return hits * grad / hits.sum((2, 3), keepdims=True)

    return scatter(grad_out, cache, share)


@MAX_BACKWARD.mistake(
    "When several numbers of a window are the largest, your gradient goes to the last; the first takes it."
)
def pays_last_tie(grad_out, cache) -> np.ndarray:
    def share(window, grad):
        return to_first_maximum(window[:, :, ::-1, ::-1], grad)[:, :, ::-1, ::-1]

    return scatter(grad_out, cache, share)


@MAX_BACKWARD.mistake("You look for the first maximum column by column; go through the window row by row.")
def searches_by_column(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, lambda window, grad: to_first_maximum(window.swapaxes(2, 3), grad).swapaxes(2, 3))


@MAX_BACKWARD.mistake(
    "Every pixel of the window gets the gradient; only the one that was kept has an effect on the output."
)
def pays_every_pixel(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, lambda window, grad: np.broadcast_to(grad, window.shape))


@MAX_BACKWARD.mistake(
    "The gradient is shared out over the window: that is average pooling. The largest number takes it all."
)
def shares_out(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, to_all_alike)


@MAX_BACKWARD.mistake(
    "window.max() takes one number of all images and channels: each has its own maximum. Over which axes must it run?"
)
def compares_with_maximum_of_all(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, lambda window, grad: (window == window.max()) * grad)


@MAX_BACKWARD.mistake("Your gradient always goes to the first pixel of the window, and not to the largest number.")
def pays_first_pixel(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, lambda window, grad: to_first_maximum(0 * window, grad))


@MAX_BACKWARD.mistake("grad_out is missing: you mark the maxima with ones, where the gradient from above must go.")
def forgets_grad_out(grad_out, cache) -> np.ndarray:
    return scatter(np.ones_like(grad_out), cache, to_first_maximum)


@MAX_BACKWARD.mistake("You multiply by the maximum itself: the output moves one to one with the largest number.")
def multiplies_by_maximum(grad_out, cache) -> np.ndarray:
    return scatter(grad_out * max_pool2d_forward(*cache)[0], cache, to_first_maximum)


@MAX_BACKWARD.mistake("You compare with the largest number of the whole map: each window has a maximum of its own.")
def compares_with_whole_map(grad_out, cache) -> np.ndarray:
    largest = cache[0].max(axis=(2, 3), keepdims=True)
    return scatter(grad_out, cache, lambda window, grad: (window == largest) * grad)


@MAX_BACKWARD.mistake("The stride is missing: a window's gradient goes back to where the window was.")
def ignores_stride_in_backward(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, to_first_maximum, stride=(1, 1))


@MAX_BACKWARD.mistake(
    "Your windows of the backward lie side by side; they are where the forward had them, `stride` apart."
)
def ignores_overlap_in_backward(grad_out, cache) -> np.ndarray:
    x, (FH, FW), _ = cache
    room = np.s_[:, :, : x.shape[2] // FH, : x.shape[3] // FW]
    return scatter(grad_out[room], (x, (FH, FW), (FH, FW)), to_first_maximum)


@MAX_BACKWARD.mistake("The stride moves your windows down but not to the right: use it on both axes.")
def strides_rows_only_in_backward(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, to_first_maximum, stride=(cache[2][0], 1))


@MAX_BACKWARD.mistake("grad_x ends with the last window: it has the shape of x, with zeros where no window was.")
def cuts_left_over(grad_out, cache) -> np.ndarray:
    _, (FH, FW), (down, right) = cache
    OH, OW = grad_out.shape[2:]
    return scatter(grad_out, cache, to_first_maximum)[:, :, : (OH - 1) * down + FH, : (OW - 1) * right + FW]


@MAX_BACKWARD.mistake("All channels follow one winner: each channel has a maximum of its own in every window.")
def shares_winner(grad_out, cache) -> np.ndarray:
    def share(window, grad):
        return to_first_maximum(np.broadcast_to(window[:, :1], window.shape), grad)

    return scatter(grad_out, cache, share)


@MAX_BACKWARD.mistake("You pay the smallest number of each window: the maximum let its value through, and it is paid.")
def pays_smallest(grad_out, cache) -> np.ndarray:
    x, *rest = cache
    return max_pool2d_backward(grad_out, max_pool2d_forward(-x, *rest)[1])


# Average pooling


AVG_FORWARD = Exercise(
    avg_pool2d_forward,
    ("out", "cache"),
    (
        Criterion("one gray image, windows side by side", 0.5, one_image, tells=("cuts_off_fractions",)),
        Criterion(FORWARD_VALUES, 0.75, images),
        Criterion("overlapping windows, windows with gaps", 0.75, all_of(overlapping, apart)),
        Criterion("rectangular windows, left-over pixels", 0.5, all_of(rectangular, left_over)),
        Criterion("no argument is changed", 0.25, images, arguments, after=FORWARD_VALUES),
        Criterion("float32 stays float32", 0.25, single_precision, in_single, after=FORWARD_VALUES),
    ),
)


@AVG_FORWARD.mistake("You return the sum of each window: divide by how many numbers it has.")
def sums(x, kernel_size, stride=None) -> Forward:
    return windows(x, kernel_size, stride).sum(axis=(4, 5)), None


@AVG_FORWARD.mistake("You divide by the side of the window: it has rows times columns numbers.")
def divides_by_side(x, kernel_size, stride=None) -> Forward:
    return windows(x, kernel_size, stride).sum(axis=(4, 5)) / pair(kernel_size)[0], None


@AVG_FORWARD.mistake(
    "You divide by the stride: a mean divides by how many numbers were added, whatever way the window moves."
)
def divides_by_stride(x, kernel_size, stride=None) -> Forward:
    return windows(x, kernel_size, stride).sum(axis=(4, 5)) / math.prod(pair(stride or kernel_size)), None


@AVG_FORWARD.mistake(
    "window.mean() takes one mean of all images and channels: each has a mean of its own. Over which axes must it run?"
)
def averages_everything(x, kernel_size, stride=None) -> Forward:
    out = avg_pool2d_forward(x, kernel_size, stride)[0]
    return np.broadcast_to(out.mean(axis=(0, 1)), out.shape).copy(), None


@AVG_FORWARD.mistake(
    "Pixels left over at the right or at the bottom are no error: the window stops before them.", raises=LEFT_OVER
)
def refuses_left_over_in_average(x, kernel_size, stride=None) -> Forward:
    way = np.subtract(x.shape[2:], pair(kernel_size))
    if (way % pair(stride or kernel_size)).any():
        raise AssertionError("the stride does not divide the way")
    return avg_pool2d_forward(x, kernel_size, stride)[0], None


@AVG_FORWARD.mistake("You divide by the square of the window's height: a window may be wider than it is high.")
def divides_by_square(x, kernel_size, stride=None) -> Forward:
    return windows(x, kernel_size, stride).sum(axis=(4, 5)) / pair(kernel_size)[0] ** 2, None


@AVG_FORWARD.mistake("You return the largest number of each window: average pooling keeps the mean.")
def takes_maximum(x, kernel_size, stride=None) -> Forward:
    return max_pool2d_forward(x, kernel_size, stride)[0], None


@AVG_FORWARD.mistake("Your mean is taken over the channels too: each channel is pooled on its own, the depth stays.")
def averages_channels(x, kernel_size, stride=None) -> Forward:
    out = avg_pool2d_forward(x, kernel_size, stride)[0]
    return np.broadcast_to(out.mean(axis=1, keepdims=True), out.shape).copy(), None


@AVG_FORWARD.mistake(
    "Your windows always lie side by side: they move by `stride` pixels, which may be less or more than their size."
)
def ignores_stride_in_average(x, kernel_size, stride=None) -> Forward:
    return avg_pool2d_forward(x, kernel_size)[0], None


@AVG_FORWARD.mistake("Your windows move by one pixel, whatever the stride: the loop needs a step, or i * stride.")
def averages_by_one(x, kernel_size, stride=None) -> Forward:
    return avg_pool2d_forward(x, kernel_size, 1)[0], None


@AVG_FORWARD.mistake("When stride is left out it is the size of the window, not 1: then windows lie side by side.")
def averages_at_every_pixel(x, kernel_size, stride=None) -> Forward:
    return avg_pool2d_forward(x, kernel_size, 1 if stride is None else stride)[0], None


@AVG_FORWARD.mistake(
    "Your last windows hang over the edge of the image: only whole windows count, left-over pixels are dropped."
)
def averages_over_edge(x, kernel_size, stride=None) -> Forward:
    spare = -np.subtract(x.shape[2:], pair(kernel_size)) % pair(stride or kernel_size)
    return avg_pool2d_forward(np.pad(x, [(0, 0), (0, 0), (0, spare[0]), (0, spare[1])]), kernel_size, stride)[0], None


@AVG_FORWARD.mistake(
    "kernel_size and stride may be one number or a pair of them; your function takes one number only.", raises="tuple"
)
def refuses_pairs_in_average(x, kernel_size, stride=None) -> Forward:
    return avg_pool2d_forward(x, 1 * int(kernel_size), None if stride is None else int(stride))[0], None


@AVG_FORWARD.mistake("You divide by 4 whatever the window is: divide by how many numbers it has.")
def divides_by_four(x, kernel_size, stride=None) -> Forward:
    return windows(x, kernel_size, stride).sum(axis=(4, 5)) / 4, None


@AVG_FORWARD.mistake("You take the median of each window: its mean is asked for.")
def takes_median(x, kernel_size, stride=None) -> Forward:
    each = windows(x, kernel_size, stride)
    return median(each.reshape(*each.shape[:4], -1)).astype(x.dtype), None


@AVG_FORWARD.mistake("You cut off the fractions: the mean of whole numbers need not be whole.")
def cuts_off_fractions(x, kernel_size, stride=None) -> Forward:
    return windows(x, kernel_size, stride).mean(axis=(4, 5)).astype(int), None


AVG_BACKWARD = Exercise(
    avg_pool2d_backward,
    ("grad_x",),
    (
        Criterion("one gray image", 0.5, one_image),
        Criterion(BACKWARD_VALUES, 0.75, images),
        Criterion("overlapping windows, windows with gaps", 0.75, all_of(overlapping, apart)),
        Criterion("rectangular windows, left-over pixels", 0.5, all_of(rectangular, left_over)),
        Criterion("no argument is changed", 0.25, images, arguments, after=BACKWARD_VALUES),
        Criterion("float32 stays float32", 0.25, single_precision, in_single, after=BACKWARD_VALUES),
    ),
    forward=avg_pool2d_forward,
    mistakes_forward=remember,
)


@AVG_BACKWARD.mistake("Every pixel gets the whole gradient of its window; its part in a mean is one of many.")
def forgets_to_share(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, lambda window, grad: np.broadcast_to(grad, window.shape))


@AVG_BACKWARD.mistake("You share by the side of the window: it has rows times columns numbers.")
def shares_by_side(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, lambda window, grad: np.broadcast_to(grad / window.shape[2], window.shape))


@AVG_BACKWARD.mistake("You share by the square of the window's height: a window may be wider than it is high.")
def shares_by_square(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, lambda window, grad: np.broadcast_to(grad / window.shape[2] ** 2, window.shape))


@AVG_BACKWARD.mistake(
    "The largest number takes all of the gradient: that is max pooling. A mean depends on every number."
)
def pays_maximum(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, to_first_maximum)


@AVG_BACKWARD.mistake(
    "Where windows overlap you keep the last one (= where += is meant): a pixel collects from all windows."
)
def overwrites_overlap_in_average(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, to_all_alike, overwrite=True)


@AVG_BACKWARD.mistake("You put the windows side by side, whatever the stride is: each goes back to where it was.")
def puts_windows_side_by_side(grad_out, cache) -> np.ndarray:
    x, (FH, FW), _ = cache
    grad_x = np.zeros_like(x)
    for i, j in np.ndindex(grad_out.shape[2:]):
        window = grad_x[:, :, i * FH : (i + 1) * FH, j * FW : (j + 1) * FW]
        window += grad_out[:, :, i, j, np.newaxis, np.newaxis] / (FH * FW)
    return grad_x


@AVG_BACKWARD.mistake("You pay one pixel of each window; an average has all of them in it, each gets an equal part.")
def pays_one_pixel(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, lambda window, grad: to_first_maximum(0 * window, grad))


@AVG_BACKWARD.mistake("The stride is missing: a window's gradient goes back to where the window was.")
def ignores_stride_in_average_backward(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, to_all_alike, stride=(1, 1))


@AVG_BACKWARD.mistake("grad_x ends with the last window: it has the shape of x, with zeros where no window was.")
def cuts_left_over_in_average(grad_out, cache) -> np.ndarray:
    _, (FH, FW), (down, right) = cache
    OH, OW = grad_out.shape[2:]
    return scatter(grad_out, cache, to_all_alike)[:, :, : (OH - 1) * down + FH, : (OW - 1) * right + FW]


# Flatten


def arrays(rng: Generator, *sizes: tuple[int, ...], dtype: type = np.float64) -> Iterator[Case]:
    for size in sizes:
        yield {"x": rng.normal(size=size).astype(dtype)}


maps = partial(lambda rng, **kind: arrays(rng, (3, 2, 4, 5), (1, 3, 2, 2), **kind))


single_maps = partial(maps, dtype=np.float32)


def other_axes(rng: Generator) -> Iterator[Case]:
    """Sequences, and a batch that is flat already."""
    return arrays(rng, (4, 3, 2), (3, 5), (2, 3, 2, 2, 2))


def keep_shape(x: np.ndarray) -> Forward:
    return x.reshape(len(x), -1), x.shape


FLATTEN_FORWARD = Exercise(
    flatten_forward,
    ("out", "cache"),
    (
        Criterion("a batch of images", 0.5, maps),
        Criterion("any number of axes", 0.25, other_axes),
        Criterion(
            "x is not changed, float32 stays float32",
            0.25,
            single_maps,
            arguments_and_single,
            after="a batch of images",
        ),
    ),
)


@FLATTEN_FORWARD.mistake("You make one vector of the whole batch: the first axis counts the images and stays.")
def flattens_batch(x) -> Forward:
    return x.ravel(), x.shape


@FLATTEN_FORWARD.mistake("Your rows and columns are swapped: one row for each image.")
def flattens_to_columns(x) -> Forward:
    return x.reshape(len(x), -1).T, x.shape


@FLATTEN_FORWARD.mistake("The shape is right, but images are mixed: a row must hold the numbers of one image only.")
def mixes_images_in_rows(x) -> Forward:
    return x.reshape(-1, len(x)).T, x.shape


@FLATTEN_FORWARD.mistake(
    "You read pixel by pixel; each image is read out channel by channel, row by row, as it lies in memory."
)
def reads_channels_last(x) -> Forward:
    return np.moveaxis(x, 1, -1).reshape(len(x), -1), x.shape


@FLATTEN_FORWARD.mistake(
    "You read column by column; each image is read out channel by channel, row by row, as it lies in memory."
)
def reads_columns_first(x) -> Forward:
    return np.swapaxes(x, -1, -2).reshape(len(x), -1) if x.ndim > 2 else x, x.shape


@FLATTEN_FORWARD.mistake(
    "Your function wants four axes; a batch of anything can be flattened.", raises="values to unpack"
)
def wants_four_axes(x) -> Forward:
    N, C, H, W = x.shape
    return x.reshape(N, C * H * W), x.shape


FLATTEN_BACKWARD = Exercise(
    flatten_backward,
    ("grad_x",),
    (
        Criterion("a batch of images", 0.5, maps),
        Criterion("any number of axes", 0.25, other_axes),
        Criterion(
            "grad_out is not changed, float32 stays float32",
            0.25,
            single_maps,
            arguments_and_single,
            after="a batch of images",
        ),
    ),
    forward=flatten_forward,
    mistakes_forward=keep_shape,
)


@FLATTEN_BACKWARD.mistake("You return the gradient still flat: it must have the shape that x came in with.")
def stays_flat(grad_out, cache) -> np.ndarray:
    return grad_out


@FLATTEN_BACKWARD.mistake("The shape is right, but the numbers are read channel last: undo just what the forward did.")
def restores_channels_last(grad_out, cache) -> np.ndarray:
    return np.moveaxis(grad_out.reshape(cache[0], *cache[2:], cache[1]), -1, 1) if len(cache) > 1 else grad_out


@FLATTEN_BACKWARD.mistake("The shape is right, but images are mixed: the numbers of one row go back to one image.")
def mixes_images_in_backward(grad_out, cache) -> np.ndarray:
    return grad_out.T.reshape(cache)


@FLATTEN_BACKWARD.mistake("Your function restores four axes; x had as many as it had.", raises="values to unpack")
def restores_four_axes(grad_out, cache) -> np.ndarray:
    N, C, H, W = cache
    return grad_out.reshape(N, C, H, W)


@FLATTEN_BACKWARD.mistake("You return ones: the numbers are those of grad_out, in the shape of x.")
def returns_ones(grad_out, cache) -> np.ndarray:
    return np.ones_like(grad_out).reshape(cache)


# The whole CNN


def networks(rng: Generator, image: tuple[int, int] = (8, 12), N: int = 3, dtype: type = np.float64) -> Iterator[Case]:
    """A batch of N images with 2 channels, and a CNN of 3 and 4 filters and 5 classes."""
    features = 4 * (image[0] // 4) * (image[1] // 4)
    sizes = {
        "x": (N, 2, *image),
        "weight1": (3, 2, 3, 3),
        "bias1": (3,),
        "weight2": (4, 3, 3, 3),
        "bias2": (4,),
        "weight3": (5, features),
        "bias3": (5,),
    }
    case: Case = {name: rng.normal(size=size) / max(1, math.prod(size[1:])) ** 0.5 for name, size in sizes.items()}
    case["x"] = rng.normal(size=sizes["x"])
    case["bias2"] -= 1  # so that the second relu has something to cut off in every channel
    yield {name: value.astype(dtype) for name, value in case.items()}


odd_images = all_of(partial(networks, image=(10, 7)), partial(networks, image=(5, 9), N=1))
single_network = partial(networks, dtype=np.float32)
Step = Callable[..., tuple[np.ndarray, Any]]


def same(x: np.ndarray) -> tuple[np.ndarray, None]:
    return x, None


def assembled(
    x: np.ndarray,
    *parameters: np.ndarray,
    first: Step = relu_forward,
    second: Step = relu_forward,
    pool: Step = max_pool2d_forward,
    flatten: Step = flatten_forward,
) -> Forward:
    """The CNN with each part to be replaced by a wrong one."""
    weight1, bias1, weight2, bias2, weight3, bias3 = parameters
    out = pool(first(conv2d_forward(x, weight1, bias1, padding=1)[0])[0], 2)[0]
    out = pool(second(conv2d_forward(out, weight2, bias2, padding=1)[0])[0], 2)[0]
    return linear_forward(flatten(out)[0], weight3, bias3)[0], None


CNN_TELLS = ("forgets_first_relu", "forgets_second_relu", "flattens_channels_last", "activates_logits")
CNN_FORWARD = Exercise(
    cnn_forward,
    ("logits", "cache"),
    (
        Criterion("shape of the logits", 0.5, networks, shapes),
        Criterion("logits", 1.5, networks, tells=CNN_TELLS),
        Criterion(
            "images whose sides are no multiples of 4",
            0.5,
            odd_images,
            tells=CNN_TELLS,
        ),
        Criterion("no argument is changed", 0.25, networks, arguments, after="logits"),
        Criterion("float32 stays float32", 0.25, single_network, in_single, after="logits"),
    ),
)


@CNN_FORWARD.mistake("There is no relu after your convolutions: without it, two of them are no more than one.")
def forgets_relu(x, *parameters) -> Forward:
    return assembled(x, *parameters, first=same, second=same)


@CNN_FORWARD.mistake("The relu after your first convolution is missing.")
def forgets_first_relu(x, *parameters) -> Forward:
    return assembled(x, *parameters, first=same)


@CNN_FORWARD.mistake("The relu after your second convolution is missing.")
def forgets_second_relu(x, *parameters) -> Forward:
    return assembled(x, *parameters, second=same)


@CNN_FORWARD.mistake("The activation after your convolutions is the sigmoid; this network has relu.")
def uses_sigmoid(x, *parameters) -> Forward:
    return assembled(x, *parameters, first=lambda out: (sigmoid(out), None), second=lambda out: (sigmoid(out), None))


@CNN_FORWARD.mistake("Your network pools with the mean; this one keeps the maximum.")
def pools_with_mean(x, *parameters) -> Forward:
    return assembled(x, *parameters, pool=avg_pool2d_forward)


@CNN_FORWARD.mistake("Your pooling has stride 1 and then skips: windows of 2x2 lie side by side.")
def subsamples_only(x, *parameters) -> Forward:
    def every_second(out, _):
        return out[:, :, : out.shape[2] // 2 * 2 : 2, : out.shape[3] // 2 * 2 : 2], None

    return assembled(x, *parameters, pool=every_second)


@CNN_FORWARD.mistake("You return probabilities: the logits come as they are, cross_entropy takes the softmax.")
def returns_probabilities(x, *parameters) -> Forward:
    return softmax(cnn_forward(x, *parameters)[0]), None


@CNN_FORWARD.mistake(
    "A forward returns a pair, the output and its cache, and you pass on both: take them apart first, as in "
    "out, cache = conv2d_forward(...).",
    raises="tuple",
)
def passes_on_pair(x, weight1, bias1, *others) -> Any:
    out: Any = conv2d_forward(x, weight1, bias1, padding=1)
    return out * (out > 0), None


@CNN_FORWARD.mistake("There is a relu on your logits: nothing comes after the last layer, a logit may be negative.")
def activates_logits(x, *parameters) -> Forward:
    return relu_forward(cnn_forward(x, *parameters)[0])[0], None


@CNN_FORWARD.mistake(
    "You flatten pixel by pixel; flatten_forward reads channel by channel, and weight3 expects that order."
)
def flattens_channels_last(x, *parameters) -> Forward:
    return assembled(x, *parameters, flatten=reads_channels_last)


def with_paddings(first: int, second: int) -> Callable[..., Forward]:
    """The CNN whose convolutions have these paddings."""

    def function(x, weight1, bias1, weight2, bias2, weight3, bias3) -> Forward:
        out = max_pool2d_forward(relu_forward(conv2d_forward(x, weight1, bias1, padding=first)[0])[0], 2)[0]
        out = max_pool2d_forward(relu_forward(conv2d_forward(out, weight2, bias2, padding=second)[0])[0], 2)[0]
        return linear_forward(flatten_forward(out)[0], weight3, bias3)[0], None

    return function


@CNN_FORWARD.mistake("Your convolutions have no padding: with padding 1 only the pooling makes the maps smaller.")
def forgets_padding(*arguments) -> Forward:
    return with_paddings(0, 0)(*arguments)


@CNN_FORWARD.mistake("Your first convolution has no padding: with padding 1 only the pooling makes the maps smaller.")
def forgets_first_padding(*arguments) -> Forward:
    return with_paddings(0, 1)(*arguments)


@CNN_FORWARD.mistake("Your second convolution has no padding: with padding 1 only the pooling makes the maps smaller.")
def forgets_second_padding(*arguments) -> Forward:
    return with_paddings(1, 0)(*arguments)


Gradients = tuple[np.ndarray, ...]


def backwards(
    grad_logits: np.ndarray,
    cache: tuple[Any, ...],
    first: Callable[..., np.ndarray] = relu_backward,
    second: Callable[..., np.ndarray] = relu_backward,
    pool: Callable[..., np.ndarray] = max_pool2d_backward,
) -> Gradients:
    """The gradients, with each part to be replaced by a wrong one."""
    conv1, relu1, pool1, conv2, relu2, pool2, flatten, linear = cache
    grad, *grads3 = linear_backward(grad_logits, linear)
    grad = second(pool(flatten_backward(grad, flatten), pool2), relu2)
    grad, *grads2 = conv2d_backward(grad, conv2)
    grad = first(pool(grad, pool1), relu1)
    return *conv2d_backward(grad, conv1), *grads2, *grads3


def passes(grad: np.ndarray, cache: Any) -> np.ndarray:
    return grad


def spreads(grad: np.ndarray, cache: Any) -> np.ndarray:
    grad_x = np.zeros_like(max_pool2d_backward(grad, cache))
    OH, OW = grad.shape[2:]
    grad_x[:, :, : 2 * OH, : 2 * OW] = grad.repeat(2, axis=2).repeat(2, axis=3) / 4
    return grad_x


FIRST, SECOND, THIRD = (("weight1", "bias1"), ("weight2", "bias2"), ("weight3", "bias3"))


def gradients_of(*names: str) -> Callable[..., dict[str, Any]]:
    return values(*(f"grad_{name}" for name in names))


RELUS = ("forgets_second_relu_in_backward", "forgets_first_relu_in_backward", "spreads_over_windows")
CNN_BACKWARD = Exercise(
    cnn_backward,
    tuple(f"grad_{name}" for name in ("x", *FIRST, *SECOND, *THIRD)),
    (
        Criterion("fully connected layer", 0.5, networks, gradients_of(*THIRD)),
        Criterion("second convolution", 0.5, networks, gradients_of(*SECOND), tells=("divides_by_batch",)),
        Criterion("first convolution", 0.5, networks, gradients_of(*FIRST), tells=RELUS),
        Criterion("image", 0.5, networks, gradients_of("x"), tells=RELUS),
        Criterion("images whose sides are no multiples of 4", 0.5, odd_images, tells=RELUS),
        Criterion("no argument is changed", 0.25, networks, arguments, after="fully connected layer"),
        Criterion("float32 stays float32", 0.25, single_network, in_single, after="fully connected layer"),
    ),
    forward=cnn_forward,
    mistakes_forward=cnn_forward,
)


@CNN_BACKWARD.mistake("The gradient goes back past both relus as if they were not there.")
def forgets_relu_in_backward(grad_logits, cache) -> Gradients:
    return backwards(grad_logits, cache, first=passes, second=passes)


@CNN_BACKWARD.mistake("The gradient goes back past the first relu as if it were not there.")
def forgets_first_relu_in_backward(grad_logits, cache) -> Gradients:
    return backwards(grad_logits, cache, first=passes)


@CNN_BACKWARD.mistake("The gradient goes back past the second relu as if it were not there.")
def forgets_second_relu_in_backward(grad_logits, cache) -> Gradients:
    return backwards(grad_logits, cache, second=passes)


@CNN_BACKWARD.mistake(
    "On its way back your gradient is spread over each pooling window; only the largest number was kept."
)
def spreads_over_windows(grad_logits, cache) -> Gradients:
    return backwards(grad_logits, cache, pool=spreads)


@CNN_BACKWARD.mistake("Your relus look at the sign of the gradient on its way back; what went into them decides.")
def rectifies_gradients(grad_logits, cache) -> Gradients:
    return backwards(grad_logits, cache, lambda grad, _: np.maximum(grad, 0), lambda grad, _: np.maximum(grad, 0))


@CNN_BACKWARD.mistake("You return the gradients from the last layer to the first; the order is that of the arguments.")
def returns_last_layer_first(grad_logits, cache) -> Gradients:
    grads = backwards(grad_logits, cache)
    return grads[5:] + grads[3:5] + grads[:3]


@CNN_BACKWARD.mistake("Your gradients are divided by the batch once too often: the loss has done that.")
def divides_by_batch(grad_logits, cache) -> Gradients:
    return tuple(grad / len(grad_logits) for grad in backwards(grad_logits, cache))


# More of what real code has


def by_one(out: np.ndarray, x: np.ndarray, kernel_size: Pair, stride: Pair | None) -> Forward:
    """Of windows that move by one pixel, as many as there should be."""
    OH, OW = positions(x, kernel_size, stride)
    return out[:, :, :OH, :OW], None


def quarters(x: np.ndarray, kernel_size: Pair) -> np.ndarray:
    """The image cut into windows by reshape: (N, C, OH, FH, OW, FW), if its sides are multiples of theirs."""
    (N, C, H, W), (FH, FW) = x.shape, pair(kernel_size)
    return x.reshape(N, C, H // FH, FH, W // FW, FW)


BY_ONE = "Your windows begin at pixel i, whatever the stride: window i begins at i * stride."
BY_RESHAPE = "reshape cuts windows that lie side by side and leave no pixel over; others overlap, or leave some."
BY_TWO = "When stride is left out it is the size of the window, not 2."
TAKES_NUMBERS = "kernel_size and stride may be one number or a pair of them; your backward takes one number only."


@MAX_FORWARD.mistake(BY_ONE)
def begins_at_every_pixel(x, kernel_size, stride=None) -> Forward:
    return by_one(max_pool2d_forward(x, kernel_size, 1)[0], x, kernel_size, stride)


@AVG_FORWARD.mistake(BY_ONE)
def averages_from_every_pixel(x, kernel_size, stride=None) -> Forward:
    return by_one(avg_pool2d_forward(x, kernel_size, 1)[0], x, kernel_size, stride)


@MAX_FORWARD.mistake(BY_RESHAPE, raises="cannot reshape")
def reshapes_into_windows(x, kernel_size, stride=None) -> Forward:
    return quarters(x, kernel_size).max(axis=(3, 5)), None


@AVG_FORWARD.mistake(BY_RESHAPE, raises="cannot reshape")
def averages_reshaped_windows(x, kernel_size, stride=None) -> Forward:
    return quarters(x, kernel_size).mean(axis=(3, 5)), None


AT_MULTIPLES = "Your windows begin at i * kernel_size: they are `stride` pixels apart, and begin at i * stride."


def pooled_side_by_side(x, kernel_size, stride, reduce: Callable[..., np.ndarray]) -> np.ndarray:
    """As many windows as the stride makes, and each begins where the one before it ends."""
    FH, FW = pair(kernel_size)
    out = np.zeros((*x.shape[:2], *positions(x, kernel_size, stride)), x.dtype)
    for i, j in np.ndindex(out.shape[2:]):
        out[:, :, i, j] = reduce(x[:, :, i * FH : (i + 1) * FH, j * FW : (j + 1) * FW], axis=(2, 3))
    return out


@MAX_FORWARD.mistake(BY_TWO)
def moves_by_two_unless_told(x, kernel_size, stride=None) -> Forward:
    return max_pool2d_forward(x, kernel_size, 2 if stride is None else stride)[0], None


@MAX_FORWARD.mistake(AT_MULTIPLES)
def begins_at_multiples_of_size(x, kernel_size, stride=None) -> Forward:
    return pooled_side_by_side(x, kernel_size, stride, np.max), None


@AVG_FORWARD.mistake(BY_TWO)
def averages_by_two_unless_told(x, kernel_size, stride=None) -> Forward:
    return avg_pool2d_forward(x, kernel_size, 2 if stride is None else stride)[0], None


@AVG_FORWARD.mistake(AT_MULTIPLES)
def averages_at_multiples_of_size(x, kernel_size, stride=None) -> Forward:
    return pooled_side_by_side(x, kernel_size, stride, np.mean), None


@MAX_BACKWARD.mistake(
    "Your mark is the largest number itself (window.max() * grad_out) in all places: only the place that was kept has "
    "an effect, and one to one."
)
def pays_maximum_everywhere(grad_out, cache) -> np.ndarray:
    return scatter(
        grad_out, cache, lambda window, grad: np.broadcast_to(window.max((2, 3), keepdims=True) * grad, window.shape)
    )


@MAX_BACKWARD.mistake("You pay all positive numbers, as ReLU does: only the largest of the window was kept.")
def pays_positive(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, lambda window, grad: (window > 0) * grad)


@MAX_BACKWARD.mistake("You compare with the largest number of the whole batch: each window has a maximum of its own.")
def compares_with_whole_batch(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, lambda window, grad: (window == cache[0].max()) * grad)


def refuse_pairs(cache: Any) -> None:
    """Raise as NumPy does where one number is wanted for both directions."""
    _, kernel_size, stride = cache
    if kernel_size[0] != kernel_size[1] or stride[0] != stride[1]:
        raise TypeError("slice indices must be integers")


@MAX_BACKWARD.mistake(TAKES_NUMBERS, raises="tuple|slice indices")
def refuses_pairs_in_backward(grad_out, cache) -> np.ndarray:
    refuse_pairs(cache)
    return scatter(grad_out, cache, to_first_maximum)


@AVG_BACKWARD.mistake(TAKES_NUMBERS, raises="tuple|slice indices")
def refuses_pairs_in_average_backward(grad_out, cache) -> np.ndarray:
    refuse_pairs(cache)
    return scatter(grad_out, cache, to_all_alike)


@MAX_BACKWARD.mistake(
    "np.argmax gives a place in the flattened window: its row is place // width and its column place % width, and you "
    "divide by the height.",
    raises="out of bounds",
)
def divides_place_by_height(grad_out, cache) -> np.ndarray:
    x, (FH, FW), (down, right) = cache
    grad_x = np.zeros_like(x)
    for n, c, i, j in np.ndindex(grad_out.shape):
        window = x[n, c, i * down : i * down + FH, j * right : j * right + FW]
        row, column = divmod(int(window.argmax()), FH)
        grad_x[n, c, i * down + row, j * right + column] += grad_out[n, c, i, j]
    return grad_x


REPEATS = (
    "You repeat each number of grad_out into a block of its own: that is right only where windows lie side by side and "
    "no pixel is left over. Start from zeros in the shape of x, and add each window's part where the window was."
)


@AVG_BACKWARD.mistake(REPEATS)
def repeats_by_stride(grad_out, cache) -> np.ndarray:
    _, (FH, FW), (down, right) = cache
    return grad_out.repeat(down, axis=2).repeat(right, axis=3) / (FH * FW)


@AVG_BACKWARD.mistake(REPEATS)
def repeats_by_size(grad_out, cache) -> np.ndarray:
    _, (FH, FW), _ = cache
    return grad_out.repeat(FH, axis=2).repeat(FW, axis=3) / (FH * FW)


@AVG_BACKWARD.mistake("You divide by 4 whatever the window is: divide by how many numbers it has.")
def shares_by_four(grad_out, cache) -> np.ndarray:
    return scatter(grad_out, cache, lambda window, grad: np.broadcast_to(grad / 4, window.shape))


EXERCISES = (
    MAX_FORWARD,
    MAX_BACKWARD,
    AVG_FORWARD,
    AVG_BACKWARD,
    FLATTEN_FORWARD,
    FLATTEN_BACKWARD,
    CNN_FORWARD,
    CNN_BACKWARD,
)
