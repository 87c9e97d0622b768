"""Batch normalization (arXiv:1502.03167) and layer normalization (arXiv:1607.06450)."""

import numpy as np

from dltools.nn.arguments import Cache, require, shape_of


def batch_norm_forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    running_mean: np.ndarray,
    running_var: np.ndarray,
    training: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Cache]:
    """Bring every channel to mean 0 and variance 1, then scale it by weight and shift it by bias.

    x (N, C) or (N, C, ...); weight, bias, running_mean and running_var (C,). In training the mean and variance are
    those of the batch, and the running ones, used otherwise, move towards them by the share momentum.
    Returns out in the shape of x, the new running_mean and running_var (C,), and the cache.
    Raises ValueError if shapes do not fit, or in training if a channel has but one value.
    """
    _, C, *_ = shape_of("x", x, "N", "C", *["..."] * (x.ndim - 2))
    vectors = {"weight": weight, "bias": bias, "running_mean": running_mean, "running_var": running_var}
    for name, vector in vectors.items():
        shape_of(name, vector, C)
    axes = (0, *range(2, x.ndim))
    mean = x.mean(axis=axes) if training else running_mean
    centered = x - by_channel(mean, x)
    var = running_var
    if training:
        count = x.size // C
        require(count > 1, "the number of values in a channel", count, "at least 2 in training")
        var = channel_sum(centered, centered) / count
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * var * (count / (count - 1))
    inverse_std = 1 / np.sqrt(var + eps)
    out = centered * by_channel(weight * inverse_std, x) + by_channel(bias, x)
    return out, running_mean, running_var, (centered, weight, inverse_std, axes, training)


def batch_norm_backward(grad_out: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of x, in its shape, weight (C,) and bias (C,) from grad_out in the shape of x."""
    centered, weight, inverse_std, axes, training = cache
    shape_of("grad_out", grad_out, *centered.shape)
    grad_bias = grad_out.sum(axis=axes)
    grad_weight = channel_sum(grad_out, centered) * inverse_std
    scale = by_channel(weight * inverse_std, centered)
    if not training:
        return grad_out * scale, grad_weight, grad_bias
    count = centered.size // weight.size  # mean and variance depend on x too: each takes its part of the gradient
    grad_x = centered * by_channel(-grad_weight * inverse_std / count, centered)
    grad_x += grad_out
    grad_x -= by_channel(grad_bias / count, centered)
    grad_x *= scale
    return grad_x, grad_weight, grad_bias


def by_channel(vector: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return vector (C,) in a shape that meets axis 1 of x (N, C, ...)."""
    return vector.reshape(-1, *[1] * (x.ndim - 2))


def channel_sum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the sum of a * b over all axes but axis 1 (C,); the product is never stored."""
    axes = [0, 1, *range(2, a.ndim)]
    return np.einsum(a, axes, b, axes, [1])


def layer_norm_forward(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, eps: float = 1e-5
) -> tuple[np.ndarray, Cache]:
    """Bring the last axis of every sample to mean 0 and variance 1, then scale it by weight and shift it by bias.

    x (..., D), weight (D,), bias (D,); returns out (..., D) and the cache. Raises ValueError if shapes do not fit.
    """
    *_, D = shape_of("x", x, *["..."] * (np.ndim(x) - 1), "D")
    shape_of("weight", weight, D)
    shape_of("bias", bias, D)
    deviation = np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    normalized = (x - x.mean(axis=-1, keepdims=True)) / deviation
    return normalized * weight + bias, (normalized, weight, deviation)


def layer_norm_backward(grad_out: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of x (..., D), weight (D,) and bias (D,) from grad_out (..., D)."""
    normalized, weight, deviation = cache
    shape_of("grad_out", grad_out, *normalized.shape)
    axes = tuple(range(normalized.ndim - 1))
    grad_normalized = grad_out * weight
    mean_grad = grad_normalized.mean(axis=-1, keepdims=True)
    mean_product = (grad_normalized * normalized).mean(axis=-1, keepdims=True)
    grad_x = (grad_normalized - mean_grad - normalized * mean_product) / deviation
    return grad_x, (grad_out * normalized).sum(axis=axes), grad_out.sum(axis=axes)
