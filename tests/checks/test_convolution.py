"""Right answers in many styles get full marks."""

from itertools import product

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from styles import pair_accepted

from dltools.checks import check


def border(x, padding):
    return np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])


def output_shape(x, weight, stride, padding):
    sides = ((x.shape[axis] - weight.shape[axis] + 2 * padding) // stride + 1 for axis in (2, 3))
    return (len(x), len(weight), *sides)


class SevenLoops:
    def conv2d_forward(x, weight, bias, stride=1, padding=0):
        padded, out = border(x, padding), np.zeros(output_shape(x, weight, stride, padding), x.dtype)
        for n, k, i, j in np.ndindex(out.shape):
            out[n, k, i, j] = bias[k]
            for c, u, v in np.ndindex(weight.shape[1:]):
                out[n, k, i, j] += padded[n, c, i * stride + u, j * stride + v] * weight[k, c, u, v]
        return out, {"x": x, "weight": weight, "stride": stride, "padding": padding}

    def conv2d_backward(grad_out, cache):
        x, weight, stride, padding = cache["x"], cache["weight"], cache["stride"], cache["padding"]
        padded = border(x, padding)
        grad_padded, grad_weight = np.zeros_like(padded), np.zeros_like(weight)
        grad_bias = np.zeros(len(weight), x.dtype)
        for n, k, i, j in np.ndindex(grad_out.shape):
            grad_bias[k] += grad_out[n, k, i, j]
            for c, u, v in np.ndindex(weight.shape[1:]):
                at = n, c, i * stride + u, j * stride + v
                grad_padded[at] += grad_out[n, k, i, j] * weight[k, c, u, v]
                grad_weight[k, c, u, v] += grad_out[n, k, i, j] * padded[at]
        H, W = x.shape[2:]
        return grad_padded[:, :, padding : padding + H, padding : padding + W], grad_weight, grad_bias


class WindowViews:
    def conv2d_forward(x, weight, bias, stride=1, padding=0):
        windows = sliding_window_view(border(x, padding), weight.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
        out = np.einsum("ncijuv,kcuv->nkij", windows, weight) + bias[:, None, None]
        return out, (windows, x.shape, weight, stride, padding)

    def conv2d_backward(grad_out, cache):
        windows, x_shape, weight, stride, padding = cache
        grad_weight = np.einsum("nkij,ncijuv->kcuv", grad_out, windows)
        grad_padded = border(np.zeros(x_shape, weight.dtype), padding)
        sliding_windows = sliding_window_view(grad_padded, weight.shape[2:], axis=(2, 3), writeable=True)
        for u, v in np.ndindex(weight.shape[2:]):
            part = np.einsum("nkij,kc->ncij", grad_out, weight[:, :, u, v])
            sliding_windows[:, :, ::stride, ::stride, u, v] += part
        H, W = x_shape[2:]
        grad_x = grad_padded[:, :, padding : padding + H, padding : padding + W]
        return grad_x, grad_weight, grad_out.sum(axis=(0, 2, 3))


class Columns:
    """im2col with index arrays and np.add.at."""

    def indices(x, weight, stride, padding):
        _, _, OH, OW = output_shape(x, weight, stride, padding)
        rows = stride * np.arange(OH)[:, None, None, None] + np.arange(weight.shape[2])[:, None]
        columns = stride * np.arange(OW)[:, None, None] + np.arange(weight.shape[3])
        return np.broadcast_arrays(rows, columns)

    def conv2d_forward(x, weight, bias, stride=1, padding=0):
        at = Columns.indices(x, weight, stride, padding)
        columns = border(x, padding)[:, :, at[0], at[1]].transpose(0, 2, 3, 1, 4, 5)
        flat = columns.reshape(*columns.shape[:3], -1)
        out = flat @ weight.reshape(len(weight), -1).T + bias
        return out.transpose(0, 3, 1, 2), [x, weight, stride, padding, at, flat]

    def conv2d_backward(grad_out, cache):
        x, weight, _, padding, at, flat = cache
        grad_rows = grad_out.transpose(0, 2, 3, 1)
        grad_weight = np.tensordot(grad_rows, flat, axes=([0, 1, 2], [0, 1, 2])).reshape(weight.shape)
        grad_columns = (grad_rows @ weight.reshape(len(weight), -1)).reshape(*grad_rows.shape[:3], *weight.shape[1:])
        grad_padded = border(np.zeros_like(x), padding)
        np.add.at(grad_padded, np.s_[:, :, at[0], at[1]], grad_columns.transpose(0, 3, 1, 2, 4, 5))
        H, W = x.shape[2:]
        grad_x = grad_padded[:, :, padding : padding + H, padding : padding + W]
        return grad_x, grad_weight, np.ones(grad_rows.size // len(weight), x.dtype) @ grad_rows.reshape(-1, len(weight))


class KernelOffsets:
    """One shifted image a weight position, added up in float64 backwards, returned in the dtype of x."""

    def conv2d_forward(x, weight, bias, stride=1, padding=0):
        padded, shape = border(x, padding), output_shape(x, weight, stride, padding)
        out = np.zeros(shape) + bias[:, None, None]
        for u, v in reversed(list(product(*map(range, weight.shape[2:])))):
            shifted = padded[:, :, u : u + stride * shape[2] : stride, v : v + stride * shape[3] : stride]
            out = out + np.einsum("ncij,kc->nkij", shifted, weight[:, :, u, v])
        return out.astype(x.dtype), lambda: (padded, weight, stride, padding)

    def conv2d_backward(grad_out, cache):
        padded, weight, stride, padding = cache()
        grad_padded, grad_weight = np.zeros_like(padded), np.empty_like(weight)
        for u, v in np.ndindex(weight.shape[2:]):
            rows = slice(u, u + stride * grad_out.shape[2], stride)
            columns = slice(v, v + stride * grad_out.shape[3], stride)
            grad_weight[:, :, u, v] = np.tensordot(grad_out, padded[:, :, rows, columns], ([0, 2, 3], [0, 2, 3]))
            grad_padded[:, :, rows, columns] += np.einsum("nkij,kc->ncij", grad_out, weight[:, :, u, v])
        inner = slice(padding, -padding or None)
        return grad_padded[:, :, inner, inner], grad_weight, np.einsum("nkij->k", grad_out)


STYLES = [SevenLoops, WindowViews, Columns, KernelOffsets]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("style", STYLES)
def test_an_honest_style_gets_full_marks(style, seed):
    pair_accepted("conv2d", style.conv2d_forward, style.conv2d_backward, seed)


def test_the_size_may_come_as_a_numpy_integer_and_from_the_places():
    def conv2d_output_size(size, kernel_size, stride=1, padding=0):
        return np.int64(len(range(0, size + 2 * padding - kernel_size + 1, stride)))

    assert check(conv2d_output_size).passed


def test_the_matrix_may_be_made_row_by_row():
    def conv2d_as_matrix(weight, image_shape, stride=1, padding=0):
        (K, _, FH, FW), (C, H, W) = weight.shape, image_shape
        OH, OW = (H - FH + 2 * padding) // stride + 1, (W - FW + 2 * padding) // stride + 1
        rows = []
        for k, i, j in np.ndindex(K, OH, OW):
            row = np.zeros((C, H + 2 * padding, W + 2 * padding))
            row[:, i * stride : i * stride + FH, j * stride : j * stride + FW] = weight[k]
            rows.append(row[:, padding : padding + H, padding : padding + W].ravel())
        return np.array(rows)

    assert check(conv2d_as_matrix).passed
