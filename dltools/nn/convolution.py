"""Unit 04: convolution of images with a stack of filters.

Images are `(N, C, H, W)` to the outside. Inside, the batch is the last axis, `(C, H, W, N)`: one pixel of all images
lies side by side in memory, so a filter's window is copied in long runs, and one matrix product makes the output.
"""

import numpy as np

from dltools.nn.arguments import Cache, Pair, pair_of, require, shape_of, whole_number


def conv2d_output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    """Return how many positions a filter has along one side of the image (notes, "Convolution layer").

    `size` is the side of the image and `kernel_size` that of the filter, both in pixels. Pixels left over at the end,
    when the stride does not divide the way exactly, are not visited.
    Raises ValueError if the filter is larger than the padded image.
    """
    size, kernel_size = whole_number("size", size, 1), whole_number("kernel_size", kernel_size, 1)
    stride, padding = whole_number("stride", stride, 1), whole_number("padding", padding, 0)
    largest = size + 2 * padding
    require(kernel_size <= largest, "kernel_size", kernel_size, f"at most {largest}, the size of the padded image")
    return (size - kernel_size + 2 * padding) // stride + 1  # W' = (W - F + 2P) / S + 1


def conv2d_parameter_count(in_channels: int, out_channels: int, kernel_size: Pair) -> int:
    """Return the number of weights and biases of a convolution (notes, "Convolution layer")."""
    in_channels, out_channels = (
        whole_number("in_channels", in_channels, 1),
        whole_number("out_channels", out_channels, 1),
    )
    height, width = pair_of("kernel_size", kernel_size, 1)
    return (height * width * in_channels + 1) * out_channels  # (F*F*D + 1) * K


def conv2d_forward(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: Pair = 1, padding: Pair = 0
) -> tuple[np.ndarray, Cache]:
    """Slide every filter over every image: out[n, k, i, j] = sum(weight[k] * window of x[n] at i, j) + bias[k].

    x (N, C, H, W), weight (K, C, FH, FW), bias (K,); stride and padding are a number or a (vertical, horizontal) pair.
    Returns out (N, K, OH, OW) and the cache for `conv2d_backward`.
    Raises ValueError if shapes do not fit together or a filter is larger than its padded image.
    """
    N, C, _, _ = shape_of("x", x, "N", "C", "H", "W")
    K, _, FH, FW = shape_of("weight", weight, "K", C, "FH", "FW")
    shape_of("bias", bias, K)
    stride, padding = pair_of("stride", stride, 1), pair_of("padding", padding, 0)
    columns = image_to_columns(x, (FH, FW), stride, padding)  # (C, FH, FW, OH, OW, N)
    OH, OW = columns.shape[3:5]
    out = weight.reshape(K, -1) @ columns.reshape(C * FH * FW, -1) + bias[:, np.newaxis]
    return out.reshape(K, OH, OW, N).transpose(3, 0, 1, 2), (columns, weight, x.shape, stride, padding)


def conv2d_backward(grad_out: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of x (N, C, H, W), weight (K, C, FH, FW) and bias (K,) from grad_out (N, K, OH, OW)."""
    columns, weight, x_shape, stride, padding = cache
    K, (OH, OW, N) = len(weight), columns.shape[3:]
    shape_of("grad_out", grad_out, N, K, OH, OW)
    grad_out = grad_out.transpose(1, 2, 3, 0).reshape(K, OH * OW * N)
    flat_columns = columns.reshape(-1, OH * OW * N)
    grad_bias = grad_out.sum(axis=1)
    grad_weight = (flat_columns @ grad_out.T).T.reshape(weight.shape)
    grad_columns = (weight.reshape(K, -1).T @ grad_out).reshape(columns.shape)
    return columns_to_image(grad_columns, x_shape, stride, padding), grad_weight, grad_bias


def image_to_columns(
    x: np.ndarray, kernel_size: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]
) -> np.ndarray:
    """Copy every window of x (N, C, H, W) into columns (C, FH, FW, OH, OW, N), one per position and image."""
    (N, C, H, W), (PH, PW) = x.shape, padding
    padded = np.zeros((C, H + 2 * PH, W + 2 * PW, N), x.dtype)
    padded[:, PH : PH + H, PW : PW + W] = x.transpose(1, 2, 3, 0)
    OH, OW = (conv2d_output_size(*sides) for sides in zip((H, W), kernel_size, stride, padding))
    columns = np.empty((C, *kernel_size, OH, OW, N), x.dtype)
    for i, j in np.ndindex(*kernel_size):
        columns[:, i, j] = padded[:, window(i, OH, stride[0]), window(j, OW, stride[1])]
    return columns


def columns_to_image(
    columns: np.ndarray, x_shape: tuple[int, ...], stride: tuple[int, int], padding: tuple[int, int]
) -> np.ndarray:
    """Add columns (C, FH, FW, OH, OW, N) back to the pixels they came from; pixels in several windows get the sum."""
    (N, C, H, W), (PH, PW) = x_shape, padding
    _, FH, FW, OH, OW, _ = columns.shape
    padded = np.zeros((C, H + 2 * PH, W + 2 * PW, N), columns.dtype)
    for i, j in np.ndindex(FH, FW):
        padded[:, window(i, OH, stride[0]), window(j, OW, stride[1])] += columns[:, i, j]
    return padded[:, PH : PH + H, PW : PW + W].transpose(3, 0, 1, 2)


def window(start: int, count: int, stride: int) -> slice:
    """Return the slice of the `count` pixels start, start + stride, start + 2 * stride, ..."""
    return slice(start, start + stride * count, stride)


def conv2d_as_matrix(
    weight: np.ndarray, image_shape: tuple[int, int, int], stride: Pair = 1, padding: Pair = 0
) -> np.ndarray:
    """Return the fully connected layer that a convolution is: mostly zeros, the same weights in every row.

    weight (K, C, FH, FW), image_shape (C, H, W); returns (K*OH*OW, C*H*W) such that matrix @ x.ravel() is the flattened
    output without its bias (notes, "Fully connected layer"). Column p is the answer to an image with one lit pixel p.
    """
    _, C, _, _ = shape_of("weight", weight, "K", "C", "FH", "FW")
    require(len(image_shape) == 3 and image_shape[0] == C, "image_shape", image_shape, f"({C}, H, W), as weight has it")
    pixels = int(np.prod(image_shape))
    lit_pixels = np.eye(pixels, dtype=weight.dtype).reshape(pixels, *image_shape)
    out, _ = conv2d_forward(lit_pixels, weight, np.zeros(len(weight), weight.dtype), stride, padding)
    return out.reshape(pixels, -1).T
