"""Unit 05: subsampling images by the maximum or the mean of each window, and flattening them into vectors."""

import math
from functools import reduce

import numpy as np

from dltools.nn.arguments import Cache, Pair, pair_of, shape_of
from dltools.nn.convolution import conv2d_output_size, window


def max_pool2d_forward(x: np.ndarray, kernel_size: Pair, stride: Pair | None = None) -> tuple[np.ndarray, Cache]:
    """Return the maximum of every window.

    x (N, C, H, W); kernel_size and stride are a number or a (vertical, horizontal) pair, stride None is kernel_size.
    Returns out (N, C, OH, OW) and the cache. Raises ValueError if a window is larger than x.
    """
    kernel_size, stride = window_sizes(x, kernel_size, stride)
    first, *others = window_entries(x, kernel_size, stride)
    out = first.copy(order="K")
    for entry in others:
        np.maximum(out, entry, out=out)
    return out, (x, out, kernel_size, stride)


def max_pool2d_backward(grad_out: np.ndarray, cache: Cache) -> np.ndarray:
    """Return the gradient of x (N, C, H, W) from grad_out (N, C, OH, OW): each window's goes to its first maximum."""
    x, out, kernel_size, stride = cache
    shape_of("grad_out", grad_out, *out.shape)
    overlap = stride[0] < kernel_size[0] or stride[1] < kernel_size[1]
    grad_x = np.zeros_like(x, grad_out.dtype)
    searching = np.ones_like(out, dtype=bool)
    entries = zip(window_entries(x, kernel_size, stride), window_entries(grad_x, kernel_size, stride))
    for entry, grad_entry in entries:
        first_maximum = (entry == out) & searching
        searching ^= first_maximum
        if overlap:
            grad_entry += grad_out * first_maximum
        else:  # no other window writes here, so there is nothing to add to
            np.multiply(grad_out, first_maximum, out=grad_entry)
    return grad_x


def avg_pool2d_forward(x: np.ndarray, kernel_size: Pair, stride: Pair | None = None) -> tuple[np.ndarray, Cache]:
    """Return the mean of every window; arguments, shapes and errors as in `max_pool2d_forward`."""
    kernel_size, stride = window_sizes(x, kernel_size, stride)
    entries = window_entries(x, kernel_size, stride)
    return reduce(np.add, entries) / len(entries), (x, kernel_size, stride)


def avg_pool2d_backward(grad_out: np.ndarray, cache: Cache) -> np.ndarray:
    """Return the gradient of x (N, C, H, W) from grad_out (N, C, OH, OW): each window's is shared out equally."""
    x, kernel_size, stride = cache
    grad_x = np.zeros_like(x, grad_out.dtype)
    grad_entries = window_entries(grad_x, kernel_size, stride)
    shape_of("grad_out", grad_out, *grad_entries[0].shape)
    share = grad_out / len(grad_entries)
    for grad_entry in grad_entries:
        grad_entry += share
    return grad_x


def flatten_forward(x: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
    """Read each image out into one vector: x (N, C, H, W), or any (N, ...), gives out (N, C*H*W), and the cache."""
    return x.reshape(len(x), -1), x.shape


def flatten_backward(grad_out: np.ndarray, cache: tuple[int, ...]) -> np.ndarray:
    """Return the gradient of x, in its shape, from grad_out (N, C*H*W)."""
    shape_of("grad_out", grad_out, cache[0], math.prod(cache[1:]))
    return np.asfortranarray(grad_out).reshape(cache)  # the batch last in memory, as pooling and convolution have it


def window_sizes(x: np.ndarray, kernel_size: Pair, stride: Pair | None) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return kernel_size and stride as pairs; ValueError if x is no batch of images or one of them cannot be."""
    shape_of("x", x, "N", "C", "H", "W")
    kernel_size = pair_of("kernel_size", kernel_size, 1)
    return kernel_size, kernel_size if stride is None else pair_of("stride", stride, 1)


def window_entries(x: np.ndarray, kernel_size: tuple[int, int], stride: tuple[int, int]) -> list[np.ndarray]:
    """Return FH * FW views of x (N, C, H, W), each (N, C, OH, OW): the first entry of every window, the second, ..."""
    OH, OW = (conv2d_output_size(*sides) for sides in zip(x.shape[2:], kernel_size, stride))
    return [x[:, :, window(i, OH, stride[0]), window(j, OW, stride[1])] for i, j in np.ndindex(*kernel_size)]
