"""Unit 10: penalties on the weights, and dropout."""

import numpy as np

from dltools.nn.arguments import require, shape_of


def l1_penalty(weight: np.ndarray, alpha: float) -> tuple[np.floating, np.ndarray]:
    """Return alpha * sum |w| and its gradient (zero where w is zero), in the shape of weight; leave biases out.

    Raises ValueError if alpha is negative.
    """
    require(alpha >= 0, "alpha", alpha, "at least 0")
    return alpha * np.abs(weight).sum(), alpha * np.sign(weight)


def l2_penalty(weight: np.ndarray, beta: float) -> tuple[np.floating, np.ndarray]:
    """Return beta * sum w^2 and its gradient, in the shape of weight; leave biases out.

    Raises ValueError if beta is negative.
    """
    require(beta >= 0, "beta", beta, "at least 0")
    return beta * (weight**2).sum(), 2 * beta * weight


def weight_decay_step(weight: np.ndarray, grad: np.ndarray, lr: float, beta: float) -> np.ndarray:
    """Return the weight after one step down the gradient of the loss plus beta * sum w^2, in its shape.

    grad is that of the loss alone: the penalty makes the weight decay by the exact factor 1 - 2 * lr * beta.
    """
    shape_of("grad", grad, *weight.shape)
    return (1 - 2 * lr * beta) * weight - lr * grad


def soft_threshold(weight: np.ndarray, threshold: float) -> np.ndarray:
    """Return the weight drawn towards zero by threshold, and exactly zero if it was nearer than that, in its shape.

    After a gradient step with rate lr, a threshold of lr * alpha is the proximal step of alpha * sum |w|: unlike a
    subgradient step it lands on zero. Raises ValueError if threshold is negative.
    """
    require(threshold >= 0, "threshold", threshold, "at least 0")
    return np.sign(weight) * np.maximum(np.abs(weight) - threshold, 0)


def dropout_forward(
    x: np.ndarray, p: float, rng: np.random.Generator, training: bool = True
) -> tuple[np.ndarray, np.ndarray | None]:
    """Delete each entry of x with probability p and divide the others by 1 - p: inverted dropout.

    Returns out in the shape of x, and the cache; x itself when not training. ValueError if p is not in [0, 1).
    The paper, JMLR 15 (2014), scales at test time instead: see `dropout_test_time`.
    """
    require_probability(p)
    if not training:
        return x, None
    kept = rng.random(x.shape, np.result_type(x, np.float32)) >= p
    scale = kept * x.dtype.type(1 / (1 - p))  # 0 or 1 / (1 - p)
    return x * scale, scale


def dropout_backward(grad_out: np.ndarray, cache: np.ndarray | None) -> np.ndarray:
    """Return the gradient of x, in its shape: the same entries deleted, the same scale."""
    return grad_out if cache is None else grad_out * cache


def dropout_test_time(weight: np.ndarray, p: float) -> np.ndarray:
    """Return the weights multiplied by 1 - p: the test-time form of dropout without scaling (notes, "Dropout").

    weight, in any shape, takes in what was dropped with probability p in training. ValueError if p is not in [0, 1).
    """
    require_probability(p)
    return weight * (1 - p)


def require_probability(p: float) -> None:
    """Raise ValueError unless 0 <= p < 1."""
    require(0 <= p < 1, "p", p, "at least 0 and less than 1")
