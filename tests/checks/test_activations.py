"""Unit 02: right answers in other styles are accepted: loops, masks, library calls, any cache."""

import math

import numpy as np
import pytest
from scipy.special import erf, expit
from styles import accepted, pair_accepted

from dltools.checks import exercises
from dltools.checks.engine import judge


def entry_by_entry(function):
    """A forward that loops over the entries with the math module."""

    def forward(x, *rest):
        out = np.zeros_like(x)
        for index in np.ndindex(x.shape):
            out[index] = function(float(x[index]), *rest)
        return out, {"x": x, "rest": rest}

    return forward


def entry_by_entry_back(derivative):
    def backward(grad_out, cache):
        grad_x = np.zeros_like(grad_out)
        for index in np.ndindex(grad_out.shape):
            grad_x[index] = grad_out[index] * derivative(float(cache["x"][index]), *cache["rest"])
        return grad_x

    return backward


def s(z):
    return 1 / (1 + math.exp(-z)) if z > 0 else math.exp(z) / (1 + math.exp(z))


def P(z):
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


def density(z):
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def gelu(z, approximate="none"):
    return z * (P(z) if approximate == "none" else s(1.702 * z))


def gelu_slope(z, approximate="none"):
    if approximate == "none":
        return P(z) + z * density(z)
    return s(1.702 * z) + 1.702 * z * s(1.702 * z) * (1 - s(1.702 * z))


LOOPS = {
    "sigmoid": (s, lambda z: s(z) * (1 - s(z))),
    "tanh": (lambda z: 2 * s(2 * z) - 1, lambda z: 4 * s(2 * z) * (1 - s(2 * z))),
    "hardtanh": (lambda z: max(-1.0, min(1.0, z)), lambda z: float(-1 <= z <= 1)),
    "relu": (lambda z: max(z, 0.0), lambda z: float(z >= 0)),
    "leaky_relu": (lambda z, a=0.01: z if z > 0 else a * z, lambda z, a=0.01: 1.0 if z > 0 else a),
    "swish": (lambda z: z * s(z), lambda z: s(z) + z * s(z) * (1 - s(z))),
    "gelu": (gelu, gelu_slope),
}


@pytest.mark.parametrize("name", LOOPS)
def test_loops(name):
    function, derivative = LOOPS[name]
    pair_accepted(name, entry_by_entry(function), entry_by_entry_back(derivative))


def naive_sigmoid(x):  # warns far from zero, and is right all the same
    out = 1 / (1 + np.exp(-x))
    return out, [out]


def masked_relu(x):
    out = x.copy()
    out[x < 0] = 0
    return out, out > 0


def masked_leaky(x, negative_slope=0.01):
    out = x.copy()
    out[x < 0] *= negative_slope
    return out, np.where(x < 0, negative_slope, 1).astype(x.dtype)


def library_swish(x):
    return x * expit(x), x


def library_gelu(x, approximate="none"):
    probability = 0.5 + 0.5 * erf(x / math.sqrt(2)) if approximate == "none" else expit(1.702 * x)
    return x * probability, (x, approximate)


def library_gelu_back(grad_out, cache):
    x, approximate = cache
    if approximate == "none":
        slope = 0.5 + 0.5 * erf(x / math.sqrt(2)) + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    else:
        slope = expit(1.702 * x) * (1 + 1.702 * x * expit(-1.702 * x))
    return slope * grad_out


ARRAYS = {
    "sigmoid": (naive_sigmoid, lambda grad_out, cache: grad_out * cache[0] - grad_out * cache[0] ** 2),
    "tanh": (lambda x: (2 * expit(2 * x) - 1, x), lambda grad_out, x: grad_out / np.cosh(x) ** 2),
    "hardtanh": (lambda x: (np.minimum(1, np.maximum(-1, x)), x), lambda g, x: np.where(np.abs(x) > 1, 0, g)),
    "relu": (masked_relu, lambda grad_out, mask: grad_out * mask),
    "leaky_relu": (masked_leaky, lambda grad_out, slopes: slopes * grad_out),
    "swish": (library_swish, lambda g, x: g * expit(x) * (1 + x * expit(-x))),
    "gelu": (library_gelu, library_gelu_back),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays(name):
    pair_accepted(name, *ARRAYS[name])


def test_functions_that_know_no_cache_of_outputs():
    pair_accepted("tanh", lambda x: (np.tanh(x), np.tanh(x)), lambda g, t: g - g * t * t)
    pair_accepted("relu", lambda x: (x * (x > 0), x), lambda g, x: np.where(x > 0, g, 0))


def prelu_loop(x, slope):
    out = x.copy()
    for index in np.ndindex(x.shape):
        if x[index] < 0:
            out[index] = x[index] * slope[index[1] if len(slope) > 1 else 0]
    return out, (x, slope)


def prelu_loop_back(grad_out, cache):
    x, slope = cache
    grad_x, grad_slope = grad_out.copy(), np.zeros_like(slope)
    for index in np.ndindex(x.shape):
        if x[index] < 0:
            channel = index[1] if len(slope) > 1 else 0
            grad_x[index] *= slope[channel]
            grad_slope[channel] += grad_out[index] * x[index]
    return grad_x, grad_slope


def prelu_branches(x, slope):
    spread = slope[:, None, None] if len(slope) > 1 else slope
    return np.where(x > 0, x, spread * x), (x, slope, spread)


def prelu_branches_back(grad_out, cache):
    x, slope, spread = cache
    touched = np.where(x > 0, 0, x * grad_out)
    grad_slope = touched.sum(axis=(0, 2, 3)) if len(slope) > 1 else np.array([touched.sum()])
    return np.where(x > 0, grad_out, spread * grad_out), grad_slope


@pytest.mark.parametrize(
    "forward, backward",
    [(prelu_loop, prelu_loop_back), (prelu_branches, prelu_branches_back)],
)
def test_prelu(forward, backward):
    pair_accepted("prelu", forward, backward)


@pytest.mark.parametrize("slope_at_zero", [np.greater, np.greater_equal])
def test_either_slope_is_right_at_a_corner(slope_at_zero):
    accepted("relu_backward", lambda grad_out, x: grad_out * slope_at_zero(x, 0), lambda x: (np.maximum(x, 0), x))


def test_a_slope_that_divides_by_the_input_is_not():
    exercise = exercises()["relu_backward"]
    verdict = judge(exercise, lambda grad_out, x: grad_out * np.maximum(x, 0) / x, lambda x: (np.maximum(x, 0), x))
    assert [finding.criterion for finding in verdict.findings if finding.problem] == ["arrays of any shape"]
    assert "got nan" in str(verdict)
