"""Unit 09: the residual block, two convolutions with a way around them (arXiv:1512.03385)."""

import numpy as np

from dltools.nn.activations import relu_backward, relu_forward
from dltools.nn.arguments import Cache, shape_of
from dltools.nn.convolution import conv2d_backward, conv2d_forward


def residual_block_forward(
    x: np.ndarray, weight1: np.ndarray, bias1: np.ndarray, weight2: np.ndarray, bias2: np.ndarray
) -> tuple[np.ndarray, Cache]:
    """Return relu(F(x) + x) with F(x) = conv(relu(conv(x))), both 3x3 with padding 1 (notes, "ResNet").

    x (N, C, H, W), weight1 (K, C, 3, 3), bias1 (K,), weight2 (C, K, 3, 3), bias2 (C,).
    Returns out (N, C, H, W) and the cache. Raises ValueError if shapes do not fit.
    """
    _, C, _, _ = shape_of("x", x, "N", "C", "H", "W")
    K, *_ = shape_of("weight1", weight1, "K", C, 3, 3)
    shape_of("bias1", bias1, K)
    shape_of("weight2", weight2, C, K, 3, 3)
    shape_of("bias2", bias2, C)
    inner, conv1 = conv2d_forward(x, weight1, bias1, padding=1)
    inner, relu1 = relu_forward(inner)
    residual, conv2 = conv2d_forward(inner, weight2, bias2, padding=1)
    out, relu2 = relu_forward(residual + x)
    return out, (conv1, relu1, conv2, relu2)


def residual_block_backward(grad_out: np.ndarray, cache: Cache) -> tuple[np.ndarray, ...]:
    """Return the gradients of x, weight1, bias1, weight2 and bias2, each in its shape, from grad_out (N, C, H, W)."""
    conv1, relu1, conv2, relu2 = cache
    grad_sum = relu_backward(grad_out, relu2)
    grad_inner, grad_weight2, grad_bias2 = conv2d_backward(grad_sum, conv2)
    grad_inner = relu_backward(grad_inner, relu1)
    grad_residual, grad_weight1, grad_bias1 = conv2d_backward(grad_inner, conv1)
    grad_x = grad_residual + grad_sum  # the second term is the way around
    return grad_x, grad_weight1, grad_bias1, grad_weight2, grad_bias2
