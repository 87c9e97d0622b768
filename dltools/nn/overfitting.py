"""Unit 10: how far a curve may bend, when to stop, penalties on the weights, and dropout."""

from collections.abc import Sequence

import numpy as np

from dltools.nn.arguments import require, shape_of, whole_number


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


def weight_decay_step(
    weight: np.ndarray, bias: np.ndarray, grad_weight: np.ndarray, grad_bias: np.ndarray, lr: float, beta: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return weight and bias after one step down the gradient of the loss plus beta * sum w^2, in their shapes.

    The gradients are those of the loss alone: the penalty makes the weight decay by the exact factor 1 - 2 * lr * beta
    (notes, "Weight regularization"); the bias has no penalty.
    """
    shape_of("grad_weight", grad_weight, *weight.shape)
    shape_of("grad_bias", grad_bias, *bias.shape)
    return (1 - 2 * lr * beta) * weight - lr * grad_weight, bias - lr * grad_bias


def soft_threshold(weight: np.ndarray, threshold: float) -> np.ndarray:
    """Return the weight drawn towards zero by threshold, and exactly zero if it was nearer than that, in its shape.

    After a gradient step with rate lr, a threshold of lr * alpha is the proximal step of alpha * sum |w|: unlike a
    subgradient step it lands on zero. Raises ValueError if threshold is negative.
    """
    require(threshold >= 0, "threshold", threshold, "at least 0")
    return np.sign(weight) * np.maximum(np.abs(weight) - threshold, 0)


def polynomial_features(x: np.ndarray, degree: int) -> np.ndarray:
    """Return the powers 0 to degree of x (N,) side by side, (N, degree + 1): a line in these is a curve in x.

    Raises ValueError if degree is no whole number of at least 0.
    """
    shape_of("x", x, "N")
    return x[:, np.newaxis] ** np.arange(whole_number("degree", degree, 0) + 1)


def early_stopping(
    training_losses: Sequence[float], validation_losses: Sequence[float], weights: Sequence[np.ndarray], patience: int
) -> tuple[int, np.ndarray]:
    """Return the epoch after which training stops, and the weights to keep (notes, "Early stopping").

    Entry t of each sequence is of epoch t. Training stops once `patience` epochs in a row have brought no validation
    loss below the best so far, or at the end; kept are the weights of the best epoch. The training losses have no say.
    Raises ValueError if patience is no whole number of at least 1, or the sequences are not of one length.
    """
    patience = whole_number("patience", patience, 1)
    lengths = {len(training_losses), len(validation_losses), len(weights)}
    require(len(lengths) == 1 and 0 not in lengths, "the number of epochs", sorted(lengths), "one for all sequences")
    best = 0
    for epoch, loss in enumerate(validation_losses):
        if loss < validation_losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return epoch, weights[best]


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
