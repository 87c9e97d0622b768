"""Unit 02: eight activation functions, each with its derivative. Every one works on arrays of any shape."""

import numpy as np

from dltools.nn.arguments import Cache, require, shape_of


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return the logistic sigmoid 1 / (1 + e^-x), in the shape of x."""
    with np.errstate(over="ignore"):  # e^-x may become infinite: the quotient is then the zero that it should be
        exponential = np.exp(-x)
    return 1 / (1 + exponential)


def sigmoid_forward(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return s = 1 / (1 + e^-x) in the shape of x, and the cache."""
    out = sigmoid(x)
    return out, out


def sigmoid_backward(grad_out: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """Return grad_out * s (1 - s), in the shape of x."""
    out = cache
    shape_of("grad_out", grad_out, *out.shape)
    grad_x = 1 - out
    grad_x *= out  # in the array just made: quicker than a new one for each product
    grad_x *= grad_out
    return grad_x


def tanh_forward(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return tanh x = 2 s(2x) - 1 in the shape of x, and the cache."""
    out = np.tanh(x)
    return out, out


def tanh_backward(grad_out: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """Return grad_out * (1 - tanh^2 x), in the shape of x."""
    out = cache
    shape_of("grad_out", grad_out, *out.shape)
    return grad_out * (1 - out**2)


def hardtanh_forward(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x held between -1 and 1, in the shape of x, and the cache."""
    return np.clip(x, -1, 1), x


def hardtanh_backward(grad_out: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """Return grad_out where -1 < x < 1 and zero elsewhere, in the shape of x."""
    x = cache
    shape_of("grad_out", grad_out, *x.shape)
    return grad_out * (np.abs(x) < 1)


def relu_forward(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return max(x, 0) in the shape of x, and the cache."""
    return np.maximum(x, 0), x


def relu_backward(grad_out: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """Return grad_out where x > 0 and zero elsewhere, in the shape of x."""
    x = cache
    shape_of("grad_out", grad_out, *x.shape)
    return grad_out * (x > 0)


def leaky_relu_forward(x: np.ndarray, negative_slope: float = 0.01) -> tuple[np.ndarray, np.ndarray]:
    """Return x where x > 0 and negative_slope * x elsewhere, in the shape of x, and the cache."""
    slopes = (x > 0) + x.dtype.type(negative_slope) * (x <= 0)  # 1 or negative_slope
    return x * slopes, slopes


def leaky_relu_backward(grad_out: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """Return grad_out where x > 0 and negative_slope * grad_out elsewhere, in the shape of x."""
    slopes = cache
    shape_of("grad_out", grad_out, *slopes.shape)
    return grad_out * slopes


def prelu_forward(x: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, Cache]:
    """Return x where x > 0 and slope * x elsewhere: a leaky ReLU that learns its slope.

    slope has the shape () or (1,), one for all, or (C,), one a channel of x (N, C, ...).
    Returns out in the shape of x, and the cache. Raises ValueError if slope does not fit x.
    """
    slope = np.asarray(slope, np.result_type(x, np.float32))
    if slope.size > 1:
        shape_of("slope", slope, x.shape[1] if x.ndim > 1 else 1)
    slopes = (x > 0) + slope.reshape(-1, *[1] * (x.ndim - 2)) * (x <= 0)  # 1 or the slope
    return x * slopes, (x, slope, slopes)


def prelu_backward(grad_out: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of x, in its shape, and of slope, in its shape."""
    x, slope, slopes = cache
    shape_of("grad_out", grad_out, *x.shape)
    grad_by_element = grad_out * np.minimum(x, 0)  # d out / d slope is x below zero
    axes = tuple(axis for axis in range(x.ndim) if axis != 1 or slope.size == 1)
    return grad_out * slopes, grad_by_element.sum(axis=axes).reshape(slope.shape)


def swish_forward(x: np.ndarray) -> tuple[np.ndarray, Cache]:
    """Return x * s(x), s the logistic sigmoid, in the shape of x, and the cache (arXiv:1710.05941)."""
    gate = sigmoid(x)
    return x * gate, (x, gate)


def swish_backward(grad_out: np.ndarray, cache: Cache) -> np.ndarray:
    """Return grad_out * (s + x s (1 - s)), in the shape of x."""
    x, gate = cache
    shape_of("grad_out", grad_out, *x.shape)
    return grad_out * (gate + x * gate * (1 - gate))


def gelu_forward(x: np.ndarray, approximate: str = "none") -> tuple[np.ndarray, Cache]:
    """Return x * P(X <= x) for a standard normal X, in the shape of x, and the cache (arXiv:1606.08415).

    approximate is "none" for the exact form, or "sigmoid" for x * s(1.702 x); ValueError if it is another.
    """
    require(approximate in ("none", "sigmoid"), "approximate", repr(approximate), 'either "none" or "sigmoid"')
    probability = normal_probability(x) if approximate == "none" else sigmoid(1.702 * x)
    return x * probability, (x, probability, approximate)


def gelu_backward(grad_out: np.ndarray, cache: Cache) -> np.ndarray:
    """Return grad_out * (P(x) + x P'(x)), in the shape of x."""
    x, probability, approximate = cache
    shape_of("grad_out", grad_out, *x.shape)
    density = normal_density(x) if approximate == "none" else 1.702 * probability * (1 - probability)
    grad_x = x * density
    grad_x += probability
    grad_x *= grad_out
    return grad_x


def normal_probability(x: np.ndarray) -> np.ndarray:
    """Return P(X <= x) = (1 + erf(x / sqrt 2)) / 2 for a standard normal X, in the shape of x."""
    from scipy.special import erf  # here, because importing it takes longer than importing all of NumPy

    probability = erf(x * np.sqrt(0.5).astype(x.dtype))
    probability += 1
    probability *= 0.5
    return probability


def normal_density(x: np.ndarray) -> np.ndarray:
    """Return the density e^(-x^2 / 2) / sqrt(2 pi) of a standard normal, in the shape of x."""
    with np.errstate(over="ignore"):  # x^2 may become infinite: its density is then the zero that it should be
        density = np.exp(-0.5 * x**2)
    density *= 1 / np.sqrt(2 * np.pi)
    return density
