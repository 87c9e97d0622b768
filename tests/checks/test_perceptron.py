"""Unit 01: right answers in other styles are accepted, extreme inputs too."""

import numpy as np
import pytest
from styles import accepted

from dltools.checks import check
from dltools.nn import linear_forward as reference_forward


def summed(inputs, weights, activation):
    return activation((inputs * weights).sum(axis=-1))


def loop(inputs, weights, activation):
    rows = [sum(i * w for i, w in zip(row, weights)) for row in np.atleast_2d(inputs)]
    outs = np.array([activation(np.float64(row)) for row in rows])
    return outs[0] if inputs.ndim == 1 else outs


def one_more_axis(inputs, weights, activation):
    return activation(inputs @ weights[:, None])[..., 0]


@pytest.mark.parametrize("function", [summed, loop, one_more_axis])
def test_neuron(function):
    accepted("neuron", function)


def linear_loop(x, weight, bias):
    out = np.zeros((len(x), len(weight)), x.dtype)
    for n in range(len(x)):
        for m in range(len(weight)):
            out[n, m] = bias[m]
            for d in range(x.shape[1]):
                out[n, m] += x[n, d] * weight[m, d]
    return out, {"x": x, "weight": weight}


def linear_einsum(x, weight, bias):
    return np.einsum("nd,md->nm", x, weight) + bias, (x, weight, bias)


def linear_columns(x, weight, bias):
    return (weight @ x.T + bias[:, None]).T, [weight, x]


@pytest.mark.parametrize("function", [linear_loop, linear_einsum, linear_columns])
def test_linear_forward(function):
    accepted("linear_forward", function)


def backward_loop(grad_out, cache):
    x, weight = cache["x"], cache["weight"]
    grad_x, grad_weight = np.zeros_like(x), np.zeros_like(weight)
    grad_bias = np.zeros(len(weight), x.dtype)
    for n in range(len(x)):
        for m in range(len(weight)):
            grad_bias[m] += grad_out[n, m]
            grad_weight[m] += grad_out[n, m] * x[n]
            grad_x[n] += grad_out[n, m] * weight[m]
    return grad_x, grad_weight, grad_bias


def backward_einsum(grad_out, cache):
    x, weight, _ = cache
    return np.einsum("nm,md->nd", grad_out, weight), np.einsum("nm,nd->md", grad_out, x), np.einsum("nm->m", grad_out)


def backward_ones(grad_out, cache):
    weight, x = cache
    return [grad_out @ weight, (x.T @ grad_out).T, np.ones(len(x), x.dtype) @ grad_out]


@pytest.mark.parametrize(
    "function, forward",
    [(backward_loop, linear_loop), (backward_einsum, linear_einsum), (backward_ones, linear_columns)],
)
def test_linear_backward(function, forward):
    accepted("linear_backward", function, forward)


def test_a_consistent_pair_with_a_wrong_forward_is_refused():
    def linear_forward(x, weight, bias):
        return reference_forward(x, 2 * weight, bias)

    def linear_backward(grad_out, cache):
        x, weight = cache
        return grad_out @ weight, 2 * grad_out.T @ x, grad_out.sum(axis=0)

    assert not check(linear_backward, forward=linear_forward).passed


def mse_loop(prediction, target):
    total, grad = 0.0, np.zeros_like(prediction)
    for index in np.ndindex(prediction.shape):
        total += (prediction[index] - target[index]) ** 2 / prediction.size
        grad[index] = 2 * (prediction[index] - target[index]) / prediction.size
    return prediction.dtype.type(total), grad


def mse_product(prediction, target):
    difference = (prediction - target).ravel()
    return difference @ difference / len(difference), (2 * difference / len(difference)).reshape(prediction.shape)


def mse_square(prediction, target):
    return np.square(target - prediction).mean(), -2 / target.size * (target - prediction)


@pytest.mark.parametrize("function", [mse_loop, mse_product, mse_square])
def test_mse_loss(function):
    accepted("mse_loss", function)


def stable_sigmoid(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))


def with_logaddexp(logits, targets):
    losses = np.logaddexp(0, logits) - targets * logits
    return losses.mean(), (stable_sigmoid(logits) - targets) / logits.size


def with_signs(logits, targets):
    margins = np.where(targets == 1, -logits, logits)
    losses = np.maximum(margins, 0) + np.log1p(np.exp(-np.abs(margins)))
    return losses.mean(), np.where(targets == 1, -1, 1).astype(logits.dtype) * stable_sigmoid(margins) / logits.size


def with_a_warning(logits, targets):
    naive = 1 / (1 + np.exp(-logits))  # overflows to the right value 0 for a large negative logit
    losses = targets * np.logaddexp(0, -logits) + (1 - targets) * np.logaddexp(0, logits)
    return losses.sum() / losses.size, (naive - targets) / losses.size


@pytest.mark.parametrize("function", [with_logaddexp, with_signs, with_a_warning])
def test_binary_cross_entropy(function):
    accepted("binary_cross_entropy", function)


def append_loop(params, grads, lr):
    stepped = []
    for i in range(len(params)):
        stepped.append(params[i] - lr * grads[i])
    return stepped


def copies(params, grads, lr):
    stepped = [param.copy() for param in params]
    for param, grad in zip(stepped, grads):
        param -= lr * grad
    return stepped


def tupled(params, grads, lr):
    return tuple(np.add(param, np.multiply(grad, -lr)) for param, grad in zip(params, grads))


@pytest.mark.parametrize("function", [append_loop, copies, tupled])
def test_gradient_descent_step(function):
    accepted("gradient_descent_step", function)


def difference_of_or_and_and():
    return np.array([[20.0, 20], [20, 20]]), np.array([-10.0, -30]), np.array([[20.0, -20]]), np.array([-10.0])


def one_of_each():
    return np.array([[20.0, -20], [-20, 20]]), np.array([-10.0, -10]), np.array([[20.0, 20]]), np.array([-10.0])


def whole_numbers():
    return np.array([[9, 9], [8, 8]]), np.array([-4, -12]), np.array([[9, -9]]), np.array([-4])


@pytest.mark.parametrize("function", [difference_of_or_and_and, one_of_each, whole_numbers])
def test_xor_weights(function):
    accepted("xor_weights", function)
