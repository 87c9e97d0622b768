"""Unit 05: right answers in other styles than the reference's get full marks."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from styles import accepted

from dltools.checks import exercises
from dltools.checks.engine import judge
from dltools.nn import (
    conv2d_backward,
    conv2d_forward,
    linear_backward,
    linear_forward,
    max_pool2d_backward,
    max_pool2d_forward,
    relu_backward,
    relu_forward,
)


def sizes(x, kernel_size, stride):
    FH, FW = (kernel_size, kernel_size) if np.isscalar(kernel_size) else kernel_size
    stride = kernel_size if stride is None else stride
    down, right = (stride, stride) if np.isscalar(stride) else stride
    return FH, FW, down, right, (x.shape[2] - FH) // down + 1, (x.shape[3] - FW) // right + 1


def max_loops(x, kernel_size, stride=None):
    """Loops over everything; the cache is a dictionary with the place of each winner."""
    N, C = x.shape[:2]
    FH, FW, down, right, OH, OW = sizes(x, kernel_size, stride)
    out, winners = np.empty((N, C, OH, OW), x.dtype), {}
    for n, c, i, j in np.ndindex(out.shape):
        best = None
        for a in range(i * down, i * down + FH):
            for b in range(j * right, j * right + FW):
                if best is None or x[n, c, a, b] > x[n, c, best[0], best[1]]:
                    best = (a, b)
        winners[n, c, i, j] = best
        out[n, c, i, j] = x[n, c, best[0], best[1]]
    return out, {"winners": winners, "shape": x.shape}


def max_loops_backward(grad_out, cache):
    grad_x = np.zeros(cache["shape"], grad_out.dtype)
    for (n, c, i, j), (a, b) in cache["winners"].items():
        grad_x[n, c, a, b] += grad_out[n, c, i, j]
    return grad_x


def max_windows(x, kernel_size, stride=None):
    """A view of all windows, argmax, and np.add.at on the way back."""
    FH, FW, down, right, _, _ = sizes(x, kernel_size, stride)
    view = sliding_window_view(x, (FH, FW), axis=(2, 3))[:, :, ::down, ::right]
    flat = view.reshape(*view.shape[:4], -1)
    return flat.max(axis=-1), (flat.argmax(axis=-1), x.shape, FW, down, right)


def max_windows_backward(grad_out, cache):
    winner, shape, FW, down, right = cache
    n, c, i, j = np.indices(winner.shape)
    grad_x = np.zeros(shape, grad_out.dtype)
    np.add.at(grad_x, (n, c, i * down + winner // FW, j * right + winner % FW), grad_out)
    return grad_x


def max_positions(x, kernel_size, stride=None):
    """A loop over positions only; lists for the cache; -inf to start with."""
    FH, FW, down, right, OH, OW = sizes(x, kernel_size, stride)
    out = np.full((*x.shape[:2], OH, OW), -np.inf, x.dtype)
    for a, b in np.ndindex(FH, FW):
        np.maximum(out, x[:, :, a : a + OH * down : down, b : b + OW * right : right], out=out)
    return out, [x.copy(), FH, FW, down, right]


def max_positions_backward(grad_out, cache):
    x, FH, FW, down, right = cache
    grad_x = np.zeros_like(x)
    for i, j in np.ndindex(grad_out.shape[2:]):
        window = x[:, :, i * down : i * down + FH, j * right : j * right + FW].reshape(*x.shape[:2], -1)
        first = window.argmax(axis=2)[..., None] == np.arange(FH * FW)
        part = (first * grad_out[:, :, i, j, None]).reshape(*x.shape[:2], FH, FW)
        grad_x[:, :, i * down : i * down + FH, j * right : j * right + FW] += part
    return grad_x


def avg_loops(x, kernel_size, stride=None):
    FH, FW, down, right, OH, OW = sizes(x, kernel_size, stride)
    out = np.empty((*x.shape[:2], OH, OW), x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = x[n, c, i * down : i * down + FH, j * right : j * right + FW].mean()
    return out, (x.shape, FH, FW, down, right)


def avg_loops_backward(grad_out, cache):
    shape, FH, FW, down, right = cache
    grad_x = np.zeros(shape, grad_out.dtype)
    for n, c, i, j in np.ndindex(grad_out.shape):
        grad_x[n, c, i * down : i * down + FH, j * right : j * right + FW] += grad_out[n, c, i, j] / FH / FW
    return grad_x


def avg_windows(x, kernel_size, stride=None):
    FH, FW, down, right, _, _ = sizes(x, kernel_size, stride)
    view = sliding_window_view(x, (FH, FW), axis=(2, 3))[:, :, ::down, ::right]
    return np.einsum("ncijab->ncij", view) / (FH * FW), (x.shape, FH, FW, down, right)


def avg_cumulative(x, kernel_size, stride=None):
    """A summed-area table: another order of summation, with cancellation."""
    FH, FW, down, right, OH, OW = sizes(x, kernel_size, stride)
    table = np.pad(x.cumsum(axis=2).cumsum(axis=3), [(0, 0), (0, 0), (1, 0), (1, 0)])
    rows, columns = np.arange(OH)[:, None] * down, np.arange(OW) * right
    whole = table[:, :, rows + FH, columns + FW] + table[:, :, rows, columns]
    out = (whole - table[:, :, rows, columns + FW] - table[:, :, rows + FH, columns]) / (FH * FW)
    return out.astype(x.dtype), (x.shape, FH, FW, down, right)


def flatten_rows(x):
    return np.stack([image.flatten() for image in x]), {"shape": list(x.shape)}


def flatten_rows_backward(grad_out, cache):
    return grad_out.reshape(cache["shape"])


def cnn_relu_last(x, weight1, bias1, weight2, bias2, weight3, bias3):
    """Relu after the pooling gives the same numbers; a dictionary for the cache."""
    kept, out = {}, x
    for layer, (weight, bias) in enumerate([(weight1, bias1), (weight2, bias2)]):
        out, kept["conv", layer] = conv2d_forward(out, weight, bias, 1, 1)
        out, kept["pool", layer] = max_pool2d_forward(out, 2, 2)
        out, kept["relu", layer] = relu_forward(out)
    kept["shape"] = out.shape
    logits, kept["linear"] = linear_forward(out.reshape(len(x), -1), weight3, bias3)
    return logits, kept


def cnn_relu_last_backward(grad_logits, kept):
    grad, grad_weight3, grad_bias3 = linear_backward(grad_logits, kept["linear"])
    grad, grads = grad.reshape(kept["shape"]), []
    for layer in (1, 0):
        grad = max_pool2d_backward(relu_backward(grad, kept["relu", layer]), kept["pool", layer])
        grad, grad_weight, grad_bias = conv2d_backward(grad, kept["conv", layer])
        grads = [grad_weight, grad_bias, *grads]
    return [grad, *grads, grad_weight3, grad_bias3]


FORWARDS = [
    ("max_pool2d_forward", max_loops),
    ("max_pool2d_forward", max_windows),
    ("max_pool2d_forward", max_positions),
    ("avg_pool2d_forward", avg_loops),
    ("avg_pool2d_forward", avg_windows),
    ("avg_pool2d_forward", avg_cumulative),
    ("flatten_forward", flatten_rows),
    ("cnn_forward", cnn_relu_last),
]
BACKWARDS = [
    ("max_pool2d_backward", max_loops_backward, max_loops),
    ("max_pool2d_backward", max_windows_backward, max_windows),
    ("max_pool2d_backward", max_positions_backward, max_positions),
    ("avg_pool2d_backward", avg_loops_backward, avg_loops),
    ("avg_pool2d_backward", avg_loops_backward, avg_windows),
    ("flatten_backward", flatten_rows_backward, flatten_rows),
    ("cnn_backward", cnn_relu_last_backward, cnn_relu_last),
]


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("name, function", FORWARDS, ids=lambda thing: getattr(thing, "__name__", thing))
def test_every_style_of_forward_is_accepted(name, function, seed):
    accepted(name, function, seed=seed)


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("name, function, forward", BACKWARDS, ids=lambda thing: getattr(thing, "__name__", thing))
def test_every_style_of_backward_is_accepted(name, function, forward, seed):
    accepted(name, function, forward, seed)


def test_infinities_and_huge_numbers_do_not_disturb_the_maximum():
    x = np.array([[[[-np.inf, -1e308], [-np.inf, -np.inf]]]])
    out, cache = max_pool2d_forward(x, 2)
    assert out.item() == -1e308
    np.testing.assert_array_equal(max_pool2d_backward(np.full((1, 1, 1, 1), 3.0), cache), [[[[0, 3], [0, 0]]]])


def test_one_window_as_large_as_the_image():
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 4))
    np.testing.assert_array_equal(max_pool2d_forward(x, (5, 4))[0][:, :, 0, 0], x.max(axis=(2, 3)))


def test_a_forward_that_starts_at_zero_is_told_so():
    """The classic: np.zeros for the output, then np.maximum into it."""

    def max_pool2d_forward(x, kernel_size, stride=None):
        FH, FW, down, right, OH, OW = sizes(x, kernel_size, stride)
        out = np.zeros((*x.shape[:2], OH, OW), x.dtype)
        for a, b in np.ndindex(FH, FW):
            out = np.maximum(out, x[:, :, a : a + OH * down : down, b : b + OW * right : right])
        return out, x

    assert judge(exercises()["max_pool2d_forward"], max_pool2d_forward).mistakes == ["starts_at_zero"]


def test_a_backward_by_fancy_assignment_is_told_that_windows_overlap():
    def max_pool2d_backward(grad_out, cache):
        winner, shape, FW, down, right = cache
        n, c, i, j = np.indices(winner.shape)
        grad_x = np.zeros(shape, grad_out.dtype)
        grad_x[n, c, i * down + winner // FW, j * right + winner % FW] += grad_out
        return grad_x

    verdict = judge(exercises()["max_pool2d_backward"], max_pool2d_backward, max_windows)
    assert verdict.mistakes == ["keeps_last_winner"]
    assert "windows side by side" not in str(verdict.advice())
