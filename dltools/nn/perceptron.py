"""Unit 01: one neuron, a layer of neurons, and the losses of linear and logistic regression."""

from collections.abc import Callable

import numpy as np

from dltools.nn.arguments import Cache, require, require_entries, shape_of


def neuron(inputs: np.ndarray, weights: np.ndarray, activation: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return o = f(sum_k i_k W_k) (notes, "Perceptron").

    inputs (D,) gives one number, inputs (N, D) gives (N,); weights (D,); activation is the function f.
    Raises ValueError if inputs and weights do not fit together.
    """
    (D,) = shape_of("weights", weights, "D")
    shape_of("inputs", inputs, *"N"[: np.ndim(inputs) - 1], D)
    return activation(inputs @ weights)


def linear_forward(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, Cache]:
    """Return out = W x + b for every row x of the batch.

    x (N, D), weight (M, D), bias (M,); returns out (N, M) and the cache. Raises ValueError if shapes do not fit.
    """
    _, D = shape_of("x", x, "N", "D")
    M, _ = shape_of("weight", weight, "M", D)
    shape_of("bias", bias, M)
    return x @ weight.T + bias, (x, weight)


def linear_backward(grad_out: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of x (N, D), weight (M, D) and bias (M,) from grad_out (N, M)."""
    x, weight = cache
    shape_of("grad_out", grad_out, len(x), len(weight))
    grad_x = grad_out @ weight
    grad_weight = grad_out.T @ x
    grad_bias = grad_out.sum(axis=0)
    return grad_x, grad_weight, grad_bias


def mse_loss(prediction: np.ndarray, target: np.ndarray) -> tuple[np.floating, np.ndarray]:
    """Return the mean of (prediction - target)^2 over all elements, and its gradient in the shape of prediction.

    prediction and target have the same shape, whichever it is; ValueError if not.
    """
    shape_of("target", target, *prediction.shape)
    difference = prediction - target
    return np.mean(difference**2), difference * (2 / difference.size)


def binary_cross_entropy(logits: np.ndarray, targets: np.ndarray) -> tuple[np.floating, np.ndarray]:
    """Return the mean of -t log s(z) - (1 - t) log(1 - s(z)) over all elements, and its gradient.

    logits z and targets t, from 0 to 1, have the same shape, whichever it is; s is the logistic sigmoid.
    Exact for any finite logit: with log s(z) = min(z, 0) - log(1 + e^-|z|) nothing overflows and nothing is cut off.
    Raises ValueError if the shapes differ or a target is outside [0, 1].
    """
    shape_of("targets", targets, *logits.shape)
    require_entries((targets >= 0) & (targets <= 1), "targets", targets, "from 0 to 1")
    targets = targets.astype(logits.dtype)
    losses = np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))
    probability = np.exp(-np.logaddexp(0, -logits))  # s(z) = 1 / (1 + e^-z) = e^-log(1 + e^-z)
    return losses.mean(), (probability - targets) / logits.size


def gradient_descent_step(params: list[np.ndarray], grads: list[np.ndarray], lr: float) -> list[np.ndarray]:
    """Return every parameter after a gradient-descent step, theta - lr * gradient (notes, "Weight regularization").

    params and grads are lists of arrays in the same order and shapes; lr is the learning rate.
    Raises ValueError if the lists or the shapes do not match.
    """
    require(len(params) == len(grads), "the number of grads", len(grads), f"{len(params)}, one for each parameter")
    for number, (param, grad) in enumerate(zip(params, grads)):
        shape_of(f"grads[{number}]", grad, *param.shape)
    return [param - lr * grad for param, grad in zip(params, grads)]


def xor_weights() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return weight1 (2, 2), bias1 (2,), weight2 (1, 2), bias2 (1,) of a network that computes XOR, set by hand.

    Both layers end in the sigmoid. The hidden neurons are OR and NAND, and the output neuron is their AND.
    """
    weight1, bias1 = np.array([[20.0, 20.0], [-20.0, -20.0]]), np.array([-10.0, 30.0])
    weight2, bias2 = np.array([[20.0, 20.0]]), np.array([-30.0])
    return weight1, bias1, weight2, bias2
