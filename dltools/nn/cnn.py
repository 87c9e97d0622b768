"""Unit 05: the whole CNN, from the layers of the units before it."""

import numpy as np

from dltools.nn.activations import relu_backward, relu_forward
from dltools.nn.arguments import Cache
from dltools.nn.convolution import conv2d_backward, conv2d_forward
from dltools.nn.perceptron import linear_backward, linear_forward
from dltools.nn.pooling import flatten_backward, flatten_forward, max_pool2d_backward, max_pool2d_forward


def cnn_forward(
    x: np.ndarray,
    weight1: np.ndarray,
    bias1: np.ndarray,
    weight2: np.ndarray,
    bias2: np.ndarray,
    weight3: np.ndarray,
    bias3: np.ndarray,
) -> tuple[np.ndarray, Cache]:
    """Return the logits of (convolution, relu, max pooling) twice, flatten, fully connected (notes, "CNN").

    Convolutions have stride 1 and padding 1; pooling is 2x2. x (N, C, H, W), weight1 (K1, C, 3, 3), bias1 (K1,),
    weight2 (K2, K1, 3, 3), bias2 (K2,), weight3 (M, K2 * (H // 4) * (W // 4)), bias3 (M,).
    Returns logits (N, M) and the cache. Raises ValueError if shapes do not fit.
    """
    out, conv1 = conv2d_forward(x, weight1, bias1, padding=1)
    out, relu1 = relu_forward(out)
    out, pool1 = max_pool2d_forward(out, 2)
    out, conv2 = conv2d_forward(out, weight2, bias2, padding=1)
    out, relu2 = relu_forward(out)
    out, pool2 = max_pool2d_forward(out, 2)
    out, flatten = flatten_forward(out)
    logits, linear = linear_forward(out, weight3, bias3)
    return logits, (conv1, relu1, pool1, conv2, relu2, pool2, flatten, linear)


def cnn_backward(grad_logits: np.ndarray, cache: Cache) -> tuple[np.ndarray, ...]:
    """Return the gradients of x, weight1, bias1, weight2, bias2, weight3 and bias3 from grad_logits (N, M)."""
    conv1, relu1, pool1, conv2, relu2, pool2, flatten, linear = cache
    grad, grad_weight3, grad_bias3 = linear_backward(grad_logits, linear)
    grad = flatten_backward(grad, flatten)
    grad = max_pool2d_backward(grad, pool2)
    grad = relu_backward(grad, relu2)
    grad, grad_weight2, grad_bias2 = conv2d_backward(grad, conv2)
    grad = max_pool2d_backward(grad, pool1)
    grad = relu_backward(grad, relu1)
    grad_x, grad_weight1, grad_bias1 = conv2d_backward(grad, conv1)
    return grad_x, grad_weight1, grad_bias1, grad_weight2, grad_bias2, grad_weight3, grad_bias3
