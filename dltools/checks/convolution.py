"""Unit 04: what a right convolution must do, and the mistakes that are often made."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import Generator

from dltools.checks.common_mistakes import LEFT_OVER
from dltools.checks.exercise import Case, Criterion, Exercise, all_of, arguments, in_single, shapes, values
from dltools.nn.convolution import (
    conv2d_as_matrix,
    conv2d_backward,
    conv2d_forward,
    conv2d_output_size,
    conv2d_parameter_count,
)

# Cases


def sizes(rng: Generator, exact: bool = True, **fixed: int) -> Iterator[Case]:
    """Four calls of conv2d_output_size whose way the stride divides exactly, or does not."""
    for _ in range(4):
        stride = int(rng.integers(2, 5))
        padding = stride + int(rng.integers(0, 3))  # so much that a forgotten side is seen in every size
        kernel_size, steps = int(rng.integers(2, 6)), int(rng.integers(2, 9))
        left_over = 0 if exact else int(rng.integers(1, stride))
        size = kernel_size - 2 * padding + stride * steps + left_over
        case = {"size": size + 10 * stride, "kernel_size": kernel_size, "stride": stride, "padding": padding}
        yield case | fixed


def layers(rng: Generator) -> Iterator[Case]:
    """Four calls of conv2d_parameter_count with different numbers everywhere."""
    for _ in range(4):
        in_channels, kernel_size, out_channels = (int(n) for n in rng.permutation(np.arange(2, 9))[:3])
        yield {"in_channels": in_channels, "out_channels": out_channels, "kernel_size": kernel_size}


def images(
    rng: Generator,
    settings: tuple[tuple[int, int], ...] = ((1, 0),),
    image: tuple[int, int] = (5, 6),
    kernel: tuple[int, int] = (3, 3),
    N: int = 2,
    dtype: type = np.float64,
) -> Iterator[Case]:
    """A call of conv2d_forward for each (stride, padding): N images of 3 channels, 4 filters."""
    for stride, padding in settings:
        yield {
            "x": rng.normal(size=(N, 3, *image)).astype(dtype),
            "weight": rng.normal(size=(4, 3, *kernel)).astype(dtype),
            "bias": rng.normal(size=4).astype(dtype),
            "stride": stride,
            "padding": padding,
        }


def one_image(rng: Generator) -> Iterator[Case]:
    """One gray image and one filter of small whole numbers: a sum for a pencil. Stride and padding left out."""
    x, weight = rng.integers(-2, 3, size=(1, 1, 4, 5)), rng.integers(-2, 3, size=(1, 1, 3, 3))
    yield {"x": x.astype(float), "weight": weight.astype(float), "bias": rng.integers(3, 6, size=1).astype(float)}


def matrices(
    rng: Generator,
    settings: tuple[tuple[int, int], ...] = ((1, 0),),
    image: tuple[int, ...] = (1, 4, 5),
    filters: int = 1,
) -> Iterator[Case]:
    """A call of conv2d_as_matrix for each (stride, padding)."""
    for stride, padding in settings:
        weight = rng.normal(size=(filters, image[0], 2, 3))
        yield {"weight": weight, "image_shape": image, "stride": stride, "padding": padding}


STRIDES = ((2, 0), (3, 0))
PADDINGS = ((1, 1), (1, 2))
strided = partial(images, settings=STRIDES, image=(8, 14), kernel=(2, 2))
padded = partial(images, settings=PADDINGS)
batch_of_one = partial(images, N=1)
both_borders = partial(images, settings=((1, 0), (1, 1)))
rectangular = partial(images, settings=((1, 0), (2, 1)), image=(6, 9), kernel=(2, 3))
left_over = partial(images, settings=((2, 0), (3, 1)), image=(6, 8))
single_precision = partial(images, dtype=np.float32)


# Output size and number of parameters


OUTPUT_SIZE = Exercise(
    conv2d_output_size,
    ("positions",),
    (
        Criterion("stride 1, no padding", 0.5, partial(sizes, stride=1, padding=0)),
        Criterion("stride and padding, nothing left over", 0.5, sizes, tells=("forgets_kernel",)),
        Criterion(
            "left-over pixels",
            1,
            partial(sizes, exact=False),
            tells=("pads_one_side", "forgets_kernel", "adds_one_before", "rounds_to_nearest"),
        ),
    ),
)


@OUTPUT_SIZE.mistake("A filter stops at whole positions only: divide with // so that left-over pixels are dropped.")
def divides_without_floor(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> float:
    return (size - kernel_size + 2 * padding) / stride + 1


@OUTPUT_SIZE.mistake("Left-over pixels do not make another position: round down, not up.")
def rounds_up(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    return -((kernel_size - size - 2 * padding) // stride) + 1


@OUTPUT_SIZE.mistake("You count the moves of the filter, and not the position it starts from.")
def leaves_out_plus_one(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    return (size - kernel_size + 2 * padding) // stride


@OUTPUT_SIZE.mistake("Padding adds a border on both sides of the image, not on one.")
def pads_one_side(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    return (size - kernel_size + padding) // stride + 1


@OUTPUT_SIZE.mistake("The padding is not in your size: the filter may also stand on the border that it adds.")
def ignores_padding_in_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    return (size - kernel_size) // stride + 1


@OUTPUT_SIZE.mistake("The stride is not in your size: the filter moves by `stride` pixels, not by one.")
def ignores_stride_in_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    return size - kernel_size + 2 * padding + 1


@OUTPUT_SIZE.mistake("Left-over pixels do not make another position: round down; `round` goes to the nearest number.")
def rounds_to_nearest(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    return round((size - kernel_size + 2 * padding) / stride) + 1


@OUTPUT_SIZE.mistake("The padding makes the image larger before the filter moves: it belongs under the division.")
def adds_padding_after(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    return (size - kernel_size) // stride + 2 * padding + 1


@OUTPUT_SIZE.mistake("The 1 is the position that the filter starts from: add it after the division, not before.")
def adds_one_before(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    return (size - kernel_size + 2 * padding + 1) // stride


@OUTPUT_SIZE.mistake("Only the last term is divided: put what comes before // in parentheses.")
def forgets_parentheses(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    return size + 2 * padding - kernel_size // stride + 1


@OUTPUT_SIZE.mistake("You subtract the padding: it makes the image larger.")
def subtracts_padding(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    return (size - kernel_size - 2 * padding) // stride + 1


@OUTPUT_SIZE.mistake("You add the size of the filter: the larger it is, the fewer positions it has.")
def adds_kernel(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    return (size + kernel_size + 2 * padding) // stride + 1


@OUTPUT_SIZE.mistake("The size of the filter is not in your result: it must not go beyond the border.")
def forgets_kernel(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    return (size + 2 * padding) // stride


PARAMETER_COUNT = Exercise(
    conv2d_parameter_count, ("parameters",), (Criterion("number of weights and biases", 2, layers),)
)


@PARAMETER_COUNT.mistake("Each filter has a bias as well as its weights.")
def forgets_biases(in_channels: int, out_channels: int, kernel_size: int) -> int:
    return kernel_size**2 * in_channels * out_channels


@PARAMETER_COUNT.mistake("There is one bias for each filter, not one for the whole layer.")
def counts_one_bias(in_channels: int, out_channels: int, kernel_size: int) -> int:
    return kernel_size**2 * in_channels * out_channels + 1


@PARAMETER_COUNT.mistake("A filter has one bias for all of its channels together, not one for each channel.")
def counts_bias_per_channel(in_channels: int, out_channels: int, kernel_size: int) -> int:
    return (kernel_size**2 + 1) * in_channels * out_channels


@PARAMETER_COUNT.mistake("A filter is as deep as its input: it has weights for every input channel.")
def forgets_depth(in_channels: int, out_channels: int, kernel_size: int) -> int:
    return (kernel_size**2 + 1) * out_channels


@PARAMETER_COUNT.mistake("You count the parameters of one filter; the layer has `out_channels` of them.")
def counts_one_filter(in_channels: int, out_channels: int, kernel_size: int) -> int:
    return kernel_size**2 * in_channels + 1


@PARAMETER_COUNT.mistake("A filter has two sides: `kernel_size` rows and as many columns.")
def forgets_square(in_channels: int, out_channels: int, kernel_size: int) -> int:
    return (kernel_size * in_channels + 1) * out_channels


@PARAMETER_COUNT.mistake(
    "There is one bias for each filter, that is for each output channel, not for each input channel."
)
def counts_bias_per_input(in_channels: int, out_channels: int, kernel_size: int) -> int:
    return kernel_size**2 * in_channels * out_channels + in_channels


# Forward


Forward = tuple[np.ndarray, None]


def out_of(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: Any = 1, padding: Any = 0) -> Forward:
    """The right output without a cache, as material for the wrong ones."""
    return conv2d_forward(x, weight, bias, stride, padding)[0], None


FORWARD_VALUES = "several images, channels and filters"
FORWARD = Exercise(
    conv2d_forward,
    ("out", "cache"),
    (
        Criterion(
            "one gray image, one filter, default stride and padding",
            1,
            one_image,
            tells=("rectifies_output", "transposes_filter"),
        ),
        Criterion(FORWARD_VALUES, 2, images),
        Criterion("shape of the output", 1, partial(images, settings=((1, 0), (1, 1), (2, 1)), image=(5, 7)), shapes),
        Criterion("stride", 1, strided),
        Criterion("padding", 1, padded),
        Criterion("rectangular filters", 0.5, rectangular),
        Criterion("left-over pixels", 0.5, left_over),
        Criterion("no argument is changed", 0.5, padded, arguments, after=FORWARD_VALUES),
        Criterion("float32 stays float32", 0.5, single_precision, in_single, after=FORWARD_VALUES),
    ),
)


@FORWARD.mistake("Your filter is flipped: deep learning lays the filter on the image as it stands (cross-correlation).")
def flips_filter(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(x, weight[:, :, ::-1, ::-1], bias, stride, padding)


@FORWARD.mistake(
    "The bias is inside the sum, so that it counts once for every weight; it is added once, after the sum."
)
def sums_bias(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(x, weight, weight[0].size * bias, stride, padding)


@FORWARD.mistake("The bias is missing: each filter adds its own bias to every output.")
def forgets_bias(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(x, weight, 0 * bias, stride, padding)


@FORWARD.mistake("The bias is added once for each input channel; it belongs to the filter and is added once.")
def adds_bias_per_channel(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(x, weight, x.shape[1] * bias, stride, padding)


@FORWARD.mistake("Only the last input channel counts: the sum over channels is overwritten (= where += is meant).")
def overwrites_channels(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(x[:, -1:], weight[:, -1:], bias, stride, padding)


@FORWARD.mistake("The stride moves the filter down but not to the right: use it on both axes.")
def strides_rows_only(x, weight, bias, stride=1, padding=0) -> Forward:
    OW = out_of(x, weight, bias, stride, padding)[0].shape[3]
    return out_of(x, weight, bias, (stride, 1), padding)[0][..., :OW], None


@FORWARD.mistake("The stride moves the filter to the right but not down: use it on both axes.")
def strides_columns_only(x, weight, bias, stride=1, padding=0) -> Forward:
    OH = out_of(x, weight, bias, stride, padding)[0].shape[2]
    return out_of(x, weight, bias, (1, stride), padding)[0][:, :, :OH], None


@FORWARD.mistake("Your output has the right size, but the filter moves by one pixel whatever the stride is.")
def moves_by_one(x, weight, bias, stride=1, padding=0) -> Forward:
    OH, OW = out_of(x, weight, bias, stride, padding)[0].shape[2:]
    return out_of(x, weight, bias, 1, padding)[0][:, :, :OH, :OW], None


@FORWARD.mistake("The stride is ignored: the filter moves by `stride` pixels, not by one.")
def ignores_stride(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(x, weight, bias, 1, padding)


@FORWARD.mistake("The padding is ignored: a border of `padding` zeros goes round each image first.")
def ignores_padding(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(x, weight, bias, stride, 0)


@FORWARD.mistake("The border lies on two sides only: `padding` zeros go above and below, left and right.")
def pads_after_only(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(np.pad(x, [(0, 0), (0, 0), (0, 2 * padding), (0, 2 * padding)]), weight, bias, stride)


@FORWARD.mistake("The border is not zero: pad with zeros, not with copies of the edge.")
def pads_with_edge(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(
        np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)], mode="edge"), weight, bias, stride
    )


@FORWARD.mistake("The output has one row and one column too few: count the position that the filter starts from.")
def loses_last_position(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(x, weight, bias, stride, padding)[0][:, :, :-1, :-1], None


@FORWARD.mistake(
    "Your filter counts as square: it has FH rows but FW columns, and they may differ.",
    raises=r"broadcast|align|mismatch|dimension",
)
def assumes_square_filter(x, weight, bias, stride=1, padding=0) -> Forward:
    FH = weight.shape[2]
    fitted = np.zeros((*weight.shape[:3], FH), weight.dtype)
    fitted[...] = weight  # fails for FW != FH, as a window of FH columns times the filter does
    return out_of(x, fitted, bias, stride, padding)


@FORWARD.mistake("Your image counts as square: the number of output columns comes from W, not from H.")
def assumes_square_image(x, weight, bias, stride=1, padding=0) -> Forward:
    out = out_of(x, weight, bias, stride, padding)[0]
    return out[..., : out.shape[2]], None


@FORWARD.mistake(
    "Pixels left over at the right or at the bottom are no error: the filter stops before them.", raises=LEFT_OVER
)
def refuses_left_over(x, weight, bias, stride=1, padding=0) -> Forward:
    way = np.array(x.shape[2:]) + 2 * padding - weight.shape[2:]
    if (way % stride).any():
        raise ValueError("the stride does not divide the way")
    return out_of(x, weight, bias, stride, padding)


@FORWARD.mistake("You scale by the number of weights: a convolution is the sum of the products, not their mean.")
def averages_window(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(x, weight / weight[0].size, bias, stride, padding)


@FORWARD.mistake("The bias is subtracted: each filter adds its own.")
def subtracts_bias(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(x, weight, -bias, stride, padding)


@FORWARD.mistake("There is a ReLU in your convolution: its output may be negative.")
def rectifies_output(x, weight, bias, stride=1, padding=0) -> Forward:
    return np.maximum(out_of(x, weight, bias, stride, padding)[0], 0), None


@FORWARD.mistake("Only the first input channel counts: a filter reaches through all of them, and sums.")
def takes_first_channel(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(x[:, :1], weight[:, :1], bias, stride, padding)


@FORWARD.mistake("The border mirrors the image: pad with zeros.")
def pads_with_mirror(x, weight, bias, stride=1, padding=0) -> Forward:
    sides = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    return out_of(np.pad(x, sides, mode="reflect"), weight, bias, stride)


@FORWARD.mistake("You take the largest product of each window: a convolution takes their sum.")
def takes_largest_product(x, weight, bias, stride=1, padding=0) -> Forward:
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    windows = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))[:, None, :, ::stride, ::stride]
    products = windows * weight[:, :, None, None]  # (N, K, C, OH, OW, FH, FW)
    return products.max(axis=(2, 5, 6)) + bias[:, None, None], None


@FORWARD.mistake(
    "You multiply window and filter as matrices, with @ or np.dot, and sum: in a convolution each weight meets its own "
    "pixel, so multiply them entry by entry, with *."
)
def multiplies_as_matrices(x, weight, bias, stride=1, padding=0) -> Forward:
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    windows = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))[:, None, :, ::stride, ::stride]
    return (windows @ weight[:, :, None, None]).sum(axis=(2, 5, 6)) + bias[:, None, None], None


@FORWARD.mistake(
    "Your loops step through the output by the stride and leave entries out: go through all of them, and let the "
    "window begin at i * stride."
)
def strides_through_output(x, weight, bias, stride=1, padding=0) -> Forward:
    right, out = out_of(x, weight, bias, stride, padding)[0], out_of(x, weight, bias, 1, padding)[0]
    filled = np.zeros_like(right)
    for i in range(0, right.shape[2], stride):
        for j in range(0, right.shape[3], stride):
            filled[:, :, i // stride, j // stride] = out[:, :, i, j]
    return filled, None


@FORWARD.mistake("Your loops end where the image without its border does: go on to the end of the padded one.")
def stops_at_image(x, weight, bias, stride=1, padding=0) -> Forward:
    out = out_of(x, weight, bias, stride, padding)[0]
    rows, columns = ((side - kernel) // stride + 1 for side, kernel in zip(x.shape[2:], weight.shape[2:]))
    out[:, :, rows:], out[:, :, :, columns:] = 0, 0
    return out, None


@FORWARD.mistake("You pad by 1 whatever `padding` is: it says how many zeros stand on each side.", raises="broadcast")
def pads_by_one(x, weight, bias, stride=1, padding=0) -> Forward:
    out = np.zeros_like(out_of(x, weight, bias, stride, padding)[0])
    padded, (FH, FW) = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)]), weight.shape[2:]
    for i, j in np.ndindex(out.shape[2:]):
        window = padded[:, None, :, i * stride : i * stride + FH, j * stride : j * stride + FW]
        out[:, :, i, j] = (window * weight).sum(axis=(2, 3, 4)) + bias
    return out, None


# Backward

Gradients = tuple[Any, Any, Any]


def remember(x, weight, bias, stride=1, padding=0) -> tuple[np.ndarray, tuple[Any, ...]]:
    """A forward whose cache is its arguments."""
    return conv2d_forward(x, weight, bias, stride, padding)[0], (x, weight, bias, stride, padding)


def gradients(grad_out: np.ndarray, cache: tuple[Any, ...]) -> Gradients:
    """The right gradients, as material for the wrong ones."""
    return conv2d_backward(grad_out, conv2d_forward(*cache)[1])


def scatter(
    grad_out: np.ndarray, cache: tuple[Any, ...], steps: tuple[int, int] | None = None, overwrite: bool = False
) -> np.ndarray:
    """The gradient of the padded image, window by window; `steps` and `overwrite` make it wrong."""
    x, weight, _, stride, padding = cache
    down, right = steps or (stride, stride)
    grad_padded = np.pad(np.zeros_like(x), [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    for i, j in np.ndindex(grad_out.shape[2:]):
        window = np.s_[:, :, i * down : i * down + weight.shape[2], j * right : j * right + weight.shape[3]]
        part = np.tensordot(grad_out[:, :, i, j], weight, 1)
        grad_padded[window] = part if overwrite else grad_padded[window] + part
    return grad_padded


def cropped(grad_padded: np.ndarray, cache: tuple[Any, ...]) -> np.ndarray:
    (_, _, H, W), padding = cache[0].shape, cache[4]
    return grad_padded[:, :, padding : padding + H, padding : padding + W]


BACKWARD = Exercise(
    conv2d_backward,
    ("grad_x", "grad_weight", "grad_bias"),
    (
        Criterion("gradient of x", 2, all_of(images, batch_of_one), values("grad_x")),
        Criterion("gradient of the weights", 2, both_borders, values("grad_weight")),
        Criterion("gradient of the biases", 1, strided, values("grad_bias")),
        Criterion("gradient of x with padding", 1, padded, values("grad_x")),
        Criterion("gradient of x with a stride", 1, strided, values("grad_x")),
        Criterion("gradient of the weights with a stride", 1, strided, values("grad_weight")),
        Criterion("rectangular filters", 0.5, rectangular, values("grad_x", "grad_weight")),
        Criterion("left-over pixels", 0.5, left_over, values("grad_x", "grad_weight")),
        Criterion("no argument is changed", 0.5, images, arguments, after="gradient of x"),
        Criterion("float32 stays float32", 0.5, single_precision, in_single, after="gradient of x"),
    ),
    forward=conv2d_forward,
    mistakes_forward=remember,
)


@BACKWARD.mistake("Your bias gradient is the mean over the batch; the loss already divides by N, so sum.")
def averages_bias(grad_out, cache) -> Gradients:
    grad_x, grad_weight, grad_bias = gradients(grad_out, cache)
    return grad_x, grad_weight, grad_bias / len(grad_out)


@BACKWARD.mistake("Your bias gradient sums over the images only: a bias is added at every position too.")
def sums_bias_over_batch_only(grad_out, cache) -> Gradients:
    return *gradients(grad_out, cache)[:2], grad_out.sum(axis=0)


@BACKWARD.mistake("Your bias gradient sums over the positions only: a bias is shared by all images too.")
def sums_bias_over_positions_only(grad_out, cache) -> Gradients:
    return *gradients(grad_out, cache)[:2], grad_out.sum(axis=(2, 3))


@BACKWARD.mistake("Your bias gradient is one number for all filters: keep the filter's axis out of the sum.")
def sums_bias_over_everything(grad_out, cache) -> Gradients:
    return *gradients(grad_out, cache)[:2], grad_out.sum()


@BACKWARD.mistake("Your weight gradient is the mean over the batch; the loss already divides by N, so sum.")
def averages_weight(grad_out, cache) -> Gradients:
    grad_x, grad_weight, grad_bias = gradients(grad_out, cache)
    return grad_x, grad_weight / len(grad_out), grad_bias


@BACKWARD.mistake(
    "In your loops all gradients keep the last part only (= where += is meant): each collects from every window."
)
def overwrites_all_gradients(grad_out, cache) -> Gradients:
    x, weight, _, stride, padding = cache
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    grad_padded, grad_weight, grad_bias = (
        np.zeros_like(padded),
        np.zeros_like(weight),
        np.zeros_like(weight[:, 0, 0, 0]),
    )
    for n, k, i, j in np.ndindex(grad_out.shape):
        window = np.s_[n, :, i * stride : i * stride + weight.shape[2], j * stride : j * stride + weight.shape[3]]
        grad_padded[window] = grad_out[n, k, i, j] * weight[k]
        grad_weight[k] = grad_out[n, k, i, j] * padded[window]
        grad_bias[k] = grad_out[n, k, i, j]
    return cropped(grad_padded, cache), grad_weight, grad_bias


@BACKWARD.mistake(
    "In your loops grad_x keeps the last filter only (= where += is meant): a pixel collects from all filters."
)
def overwrites_filters_in_grad_x(grad_out, cache) -> Gradients:
    x, weight, _, stride, padding = cache
    grad_padded = np.pad(np.zeros_like(x), [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    for n, k, i, j in np.ndindex(grad_out.shape):
        window = np.s_[n, :, i * stride : i * stride + weight.shape[2], j * stride : j * stride + weight.shape[3]]
        grad_padded[window] = grad_out[n, k, i, j] * weight[k]
    return cropped(grad_padded, cache), *gradients(grad_out, cache)[1:]


@BACKWARD.mistake(
    "Your bias gradient keeps the last position of the last image (= where += is meant): all of them add up."
)
def overwrites_bias(grad_out, cache) -> Gradients:
    return *gradients(grad_out, cache)[:2], grad_out[-1, :, -1, -1].copy()


@BACKWARD.mistake("Your weight gradient is flipped: entry (i, j) belongs to the pixel at (i, j) of each window.")
def flips_weight_gradient(grad_out, cache) -> Gradients:
    grad_x, grad_weight, grad_bias = gradients(grad_out, cache)
    return grad_x, grad_weight[:, :, ::-1, ::-1], grad_bias


@BACKWARD.mistake("Your weight gradient keeps the last window only (= where += is meant): every window adds its part.")
def overwrites_weight_gradient(grad_out, cache) -> Gradients:
    grad_x, _, grad_bias = gradients(grad_out, cache)
    last = np.zeros_like(grad_out)
    last[:, :, -1, -1] = grad_out[:, :, -1, -1]
    return grad_x, gradients(last, cache)[1], grad_bias


@BACKWARD.mistake("Your weight gradient keeps the last image only (= where += is meant): every image adds its part.")
def overwrites_images(grad_out, cache) -> Gradients:
    grad_x, _, grad_bias = gradients(grad_out, cache)
    last = np.zeros_like(grad_out)
    last[-1] = grad_out[-1]
    return grad_x, gradients(last, cache)[1], grad_bias


@BACKWARD.mistake("Where windows overlap, grad_x keeps the last one (= where += is meant): a pixel collects from all.")
def overwrites_overlap(grad_out, cache) -> Gradients:
    return cropped(scatter(grad_out, cache, overwrite=True), cache), *gradients(grad_out, cache)[1:]


@BACKWARD.mistake("Your grad_x uses the flipped filter: each window gets the filter as it was laid on the image.")
def flips_filter_in_backward(grad_out, cache) -> Gradients:
    x, weight, *rest = cache
    return gradients(grad_out, (x, weight[:, :, ::-1, ::-1], *rest))[0], *gradients(grad_out, cache)[1:]


@BACKWARD.mistake("The stride is missing in your grad_x: a window's gradient goes back to where the window was.")
def ignores_stride_in_backward(grad_out, cache) -> Gradients:
    return cropped(scatter(grad_out, cache, (1, 1)), cache), *gradients(grad_out, cache)[1:]


@BACKWARD.mistake("Your grad_x uses the stride downwards but not to the right: use it on both axes.")
def strides_rows_only_in_backward(grad_out, cache) -> Gradients:
    return cropped(scatter(grad_out, cache, (cache[3], 1)), cache), *gradients(grad_out, cache)[1:]


@BACKWARD.mistake("The stride is missing in your weight gradient: its windows are those of the forward.")
def ignores_stride_in_weight_gradient(grad_out, cache) -> Gradients:
    x, weight, bias, _, padding = cache
    dense = np.zeros_like(conv2d_forward(x, weight, bias, 1, padding)[0])
    dense[:, :, : grad_out.shape[2], : grad_out.shape[3]] = grad_out
    grad_x, _, grad_bias = gradients(grad_out, cache)
    return grad_x, gradients(dense, (x, weight, bias, 1, padding))[1], grad_bias


@BACKWARD.mistake("Your grad_x still has the border: x came in without the padding, and so does its gradient.")
def keeps_padding(grad_out, cache) -> Gradients:
    return scatter(grad_out, cache), *gradients(grad_out, cache)[1:]


@BACKWARD.mistake("Without padding your grad_x is empty: the slice padding:-padding takes nothing when padding is 0.")
def crops_to_nothing(grad_out, cache) -> Gradients:
    padding = cache[4]
    grad_x = scatter(grad_out, cache)[:, :, padding:-padding, padding:-padding]
    return grad_x, *gradients(grad_out, cache)[1:]


@BACKWARD.mistake(
    "Without padding your crop is empty: the slice padding:-padding takes nothing when padding is 0.",
    raises=r"from shape \([^)]*\b0\b",
)
def assigns_empty_crop(grad_out, cache) -> Gradients:
    grad_x = np.zeros_like(cache[0])
    grad_x[...] = crops_to_nothing(grad_out, cache)[0]
    return grad_x, *gradients(grad_out, cache)[1:]


@BACKWARD.mistake("Your grad_x counts as square: crop its rows by H and its columns by W.")
def crops_square(grad_out, cache) -> Gradients:
    H, padding = cache[0].shape[2], cache[4]
    grad_x = scatter(grad_out, cache)[:, :, padding : padding + H, padding : padding + H]
    return grad_x, *gradients(grad_out, cache)[1:]


@BACKWARD.mistake("grad_x ends with the last window: it has the shape of x, with zeros where no window was.")
def cuts_left_over(grad_out, cache) -> Gradients:
    _, weight, _, stride, padding = cache
    bottom, right = (stride * (n - 1) + f for n, f in zip(grad_out.shape[2:], weight.shape[2:]))
    grad_x = scatter(grad_out, cache)[:, :, padding : bottom - padding, padding : right - padding]
    return grad_x, *gradients(grad_out, cache)[1:]


@BACKWARD.mistake(
    "Pixels left over at the right or at the bottom are no error: their gradient is zero.", raises=LEFT_OVER
)
def refuses_left_over_in_backward(grad_out, cache) -> Gradients:
    x, weight, _, stride, padding = cache
    way = np.array(x.shape[2:]) + 2 * padding - weight.shape[2:]
    assert not (way % stride).any(), "the stride does not divide the way"
    return gradients(grad_out, cache)


@BACKWARD.mistake("Your grad_x is cut from the wrong corner: the image starts after `padding` rows and columns.")
def crops_from_corner(grad_out, cache) -> Gradients:
    H, W = cache[0].shape[2:]
    return scatter(grad_out, cache)[:, :, :H, :W], *gradients(grad_out, cache)[1:]


@BACKWARD.mistake(
    "Your weight gradient is made from the image without its border: use the padded image of the forward."
)
def forgets_padding_in_weight_gradient(grad_out, cache) -> Gradients:
    x, weight, bias, stride, padding = cache
    shifted = np.pad(x, [(0, 0), (0, 0), (0, 2 * padding), (0, 2 * padding)])
    grad_x, _, grad_bias = gradients(grad_out, cache)
    return grad_x, gradients(grad_out, (shifted, weight, bias, stride, 0))[1], grad_bias


@BACKWARD.mistake(
    "In your loops over positions the weight gradient keeps the last one (= where += is meant): all of them add up."
)
def keeps_last_position(grad_out, cache) -> Gradients:
    grad_x, _, grad_bias = gradients(grad_out, cache)
    last = np.zeros_like(grad_out)
    last[-1, :, -1, -1] = grad_out[-1, :, -1, -1]
    return grad_x, gradients(last, cache)[1], grad_bias


@BACKWARD.mistake("Your bias gradient is a mean over images and positions: each adds its part, so sum.")
def averages_bias_over_all(grad_out, cache) -> Gradients:
    return *gradients(grad_out, cache)[:2], grad_out.mean(axis=(0, 2, 3))


@BACKWARD.mistake("Your weight gradient has the wrong sign.")
def turns_weight_gradient(grad_out, cache) -> Gradients:
    grad_x, grad_weight, grad_bias = gradients(grad_out, cache)
    return grad_x, -grad_weight, grad_bias


# The convolution as a fully connected layer


def matrix_grid(weight, image_shape, stride=1, padding=0) -> tuple[np.ndarray, tuple[int, int, int], np.ndarray]:
    """The right matrix, the shape (K, OH, OW) of its rows, and the matrix with its pixels as (C, H, W)."""
    matrix = conv2d_as_matrix(weight, image_shape, stride, padding)
    _, H, W = image_shape
    OH, OW = (conv2d_output_size(s, f, stride, padding) for s, f in zip((H, W), weight.shape[2:]))
    return matrix, (len(weight), OH, OW), matrix.reshape(-1, *image_shape)


GRAY = "one filter on a gray image"
AS_MATRIX = Exercise(
    conv2d_as_matrix,
    ("matrix",),
    (
        Criterion("shape of the matrix", 1, partial(matrices, filters=2, settings=((1, 0), (2, 1))), shapes),
        Criterion(GRAY, 1.75, matrices),
        Criterion("several channels and filters", 1, partial(matrices, image=(2, 4, 5), filters=3)),
        Criterion("stride and padding", 1, partial(matrices, image=(2, 5, 7), settings=((2, 0), (1, 1), (2, 1)))),
        Criterion("weight is not changed", 0.25, matrices, arguments, after=GRAY),
    ),
)


@AS_MATRIX.mistake("Your matrix is transposed: a row is an output, a column is a pixel.")
def transposes_matrix(weight, image_shape, stride=1, padding=0) -> np.ndarray:
    return matrix_grid(weight, image_shape, stride, padding)[0].T


@AS_MATRIX.mistake("Your rows go position by position; they go filter by filter, as the output is flattened.")
def orders_rows_by_position(weight, image_shape, stride=1, padding=0) -> np.ndarray:
    matrix, (K, OH, OW), _ = matrix_grid(weight, image_shape, stride, padding)
    return matrix.reshape(K, OH * OW, -1).swapaxes(0, 1).reshape(matrix.shape)


@AS_MATRIX.mistake("Your columns go pixel by pixel; they go channel by channel, as the image is flattened.")
def orders_columns_by_pixel(weight, image_shape, stride=1, padding=0) -> np.ndarray:
    matrix, _, pixels = matrix_grid(weight, image_shape, stride, padding)
    return pixels.transpose(0, 2, 3, 1).reshape(matrix.shape)


@AS_MATRIX.mistake("Your windows run on from one row of the image into the next: a window ends at the right border.")
def wraps_rows(weight, image_shape, stride=1, padding=0) -> np.ndarray:
    matrix = conv2d_as_matrix(weight, image_shape, stride, padding)
    return np.array([np.roll(matrix[0], i) for i in range(len(matrix))])


@AS_MATRIX.mistake("The filter is flipped: the first weight belongs to the first pixel of the window.")
def flips_filter_in_matrix(weight, image_shape, stride=1, padding=0) -> np.ndarray:
    return conv2d_as_matrix(weight[:, :, ::-1, ::-1], image_shape, stride, padding)


@AS_MATRIX.mistake("The stride is missing: from row to row the window moves by `stride` pixels.")
def ignores_stride_in_matrix(weight, image_shape, stride=1, padding=0) -> np.ndarray:
    return conv2d_as_matrix(weight, image_shape, 1, padding)


@AS_MATRIX.mistake(
    "The border has columns of its own: only the pixels of the image are inputs, the border is always zero."
)
def keeps_border_columns(weight, image_shape, stride=1, padding=0) -> np.ndarray:
    C, H, W = image_shape
    return conv2d_as_matrix(weight, (C, H + 2 * padding, W + 2 * padding), stride, 0)


@AS_MATRIX.mistake(
    "Stride and padding have no effect: they decide where the filter stands, and how many rows there are."
)
def ignores_stride_and_padding(weight, image_shape, stride=1, padding=0) -> np.ndarray:
    return conv2d_as_matrix(weight, image_shape)


@AS_MATRIX.mistake("The padding is ignored: the filter may also stand on the border, where it has fewer weights left.")
def ignores_padding_in_matrix(weight, image_shape, stride=1, padding=0) -> np.ndarray:
    return conv2d_as_matrix(weight, image_shape, stride, 0)


@AS_MATRIX.mistake(
    "Your numbers run along the rows where they should run down the columns: what comes of one lit pixel is a column. "
    "reshape does not exchange axes: reshape to (pixels, rows), then transpose."
)
def reshapes_instead_of_transposing(weight, image_shape, stride=1, padding=0) -> np.ndarray:
    matrix = conv2d_as_matrix(weight, image_shape, stride, padding)
    return matrix.T.reshape(matrix.shape)


@AS_MATRIX.mistake("A filter's rows lie side by side in your matrix; in the flattened image they are W pixels apart.")
def lays_filter_in_one_run(weight, image_shape, stride=1, padding=0) -> np.ndarray:
    matrix, _, _ = matrix_grid(weight, image_shape, stride, padding)
    wrong = np.zeros_like(matrix)
    for row, pixels in enumerate(matrix):
        start = int(np.flatnonzero(pixels)[0])
        run = pixels[pixels != 0][: matrix.shape[1] - start]
        wrong[row, start : start + len(run)] = run
    return wrong


@AS_MATRIX.mistake(
    "On the border some weights of the filter have no pixel: leave them out. A negative place counts from the end, and "
    "one behind the last is out of bounds.",
    raises="out of bounds",
)
def gives_border_a_pixel(weight, image_shape, stride=1, padding=0) -> np.ndarray:
    matrix, (K, OH, OW), _ = matrix_grid(weight, image_shape, stride, padding)
    found = np.zeros((K, OH, OW, *image_shape))
    for k, i, j, c, a, b in np.ndindex(K, OH, OW, *weight.shape[1:]):
        found[k, i, j, c, i * stride + a - padding, j * stride + b - padding] = weight[k, c, a, b]
    return found.reshape(matrix.shape)


# More of what real code has


@FORWARD.mistake(
    "You lay the image into zeros at padding:-padding; without padding that slice takes nothing: np.pad does both.",
    raises=r"into shape \([^)]*\b0\b",
)
def lays_image_into_nothing(x, weight, bias, stride=1, padding=0) -> Forward:
    padded = np.pad(np.zeros_like(x), [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    padded[:, :, padding:-padding, padding:-padding] = x
    return out_of(padded, weight, bias, stride)


@FORWARD.mistake(
    "Your matrix has a row for each position and a column for each filter; reshape does not put the filters before "
    "the positions. Reshape to (N, OH, OW, K) and transpose."
)
def reshapes_filters(x, weight, bias, stride=1, padding=0) -> Forward:
    out = out_of(x, weight, bias, stride, padding)[0]
    return np.moveaxis(out, 1, -1).reshape(out.shape), None


@FORWARD.mistake(
    "Your loops go through the output in steps of the stride, and most of it stays empty: take every i, and let the "
    "window begin at i * stride."
)
def strides_output_and_window(x, weight, bias, stride=1, padding=0) -> Forward:
    dense = out_of(x, weight, bias, 1, padding)[0]
    out = np.zeros_like(out_of(x, weight, bias, stride, padding)[0])
    for i in range(0, out.shape[2], stride):
        for j in range(0, out.shape[3], stride):
            out[:, :, i, j] = dense[:, :, i, j]
    return out, None


@FORWARD.mistake("Your filter is transposed: its rows lie along the image's columns. Lay it on as it stands.")
def transposes_filter(x, weight, bias, stride=1, padding=0) -> Forward:
    return out_of(x, weight.swapaxes(2, 3), bias, stride, padding)


@BACKWARD.mistake("Your bias gradient keeps the last image only (= where += is meant): all images of the batch add up.")
def keeps_bias_of_last_image(grad_out, cache) -> Gradients:
    return *gradients(grad_out, cache)[:2], grad_out[-1].sum(axis=(1, 2))


@BACKWARD.mistake("Your weight gradient is zero: nothing is ever added to it.")
def leaves_weight_gradient_zero(grad_out, cache) -> Gradients:
    grad_x, grad_weight, grad_bias = gradients(grad_out, cache)
    return grad_x, 0 * grad_weight, grad_bias


@BACKWARD.mistake("Your windows are added up before they meet grad_out: each weight has its own pixel of the window.")
def sums_windows_for_weights(grad_out, cache) -> Gradients:
    grad_x, grad_weight, grad_bias = gradients(grad_out, cache)
    return grad_x, np.broadcast_to(grad_weight.sum((1, 2, 3), keepdims=True), grad_weight.shape), grad_bias


EXERCISES = (OUTPUT_SIZE, PARAMETER_COUNT, FORWARD, BACKWARD, AS_MATRIX)
