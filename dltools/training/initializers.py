"""Random weights to start from, whose size lets a signal pass through many layers without growing or fading."""

import numpy as np

from dltools.nn.arguments import require


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return how many inputs an output has, and how many outputs an input, for a weight (out, in, ...).

    The entries of a filter (K, C, FH, FW) count. Raises ValueError if shape has fewer than two axes.
    """
    require(len(shape) >= 2, "shape", shape, "of at least two axes, (out, in)")
    window = int(np.prod(shape[2:]))
    return shape[1] * window, shape[0] * window


def xavier_uniform(
    shape: tuple[int, ...], rng: np.random.Generator, gain: float = 1.0, dtype: type[np.floating] = np.float64
) -> np.ndarray:
    """Return uniform weights of the variance gain^2 * 2 / (fan_in + fan_out), for tanh and sigmoid (Glorot, 2010)."""
    limit = gain * np.sqrt(3 * 2 / sum(fans(shape)))  # a uniform number in (-a, a) has the variance a^2 / 3
    return rng.uniform(-limit, limit, shape).astype(dtype)


def xavier_normal(
    shape: tuple[int, ...], rng: np.random.Generator, gain: float = 1.0, dtype: type[np.floating] = np.float64
) -> np.ndarray:
    """Return normal weights of the variance gain^2 * 2 / (fan_in + fan_out), for tanh and sigmoid (Glorot, 2010)."""
    return rng.normal(0, gain * np.sqrt(2 / sum(fans(shape))), shape).astype(dtype)


def he_uniform(shape: tuple[int, ...], rng: np.random.Generator, dtype: type[np.floating] = np.float64) -> np.ndarray:
    """Return uniform weights of the variance 2 / fan_in, for ReLU, which halves the signal (arXiv:1502.01852)."""
    limit = np.sqrt(3 * 2 / fans(shape)[0])
    return rng.uniform(-limit, limit, shape).astype(dtype)


def he_normal(shape: tuple[int, ...], rng: np.random.Generator, dtype: type[np.floating] = np.float64) -> np.ndarray:
    """Return normal weights of the variance 2 / fan_in, for ReLU, which halves the signal (arXiv:1502.01852)."""
    return rng.normal(0, np.sqrt(2 / fans(shape)[0]), shape).astype(dtype)


def orthogonal(
    shape: tuple[int, ...], rng: np.random.Generator, gain: float = 1.0, dtype: type[np.floating] = np.float64
) -> np.ndarray:
    """Return weights whose rows, or columns if there are fewer, are perpendicular and `gain` long (arXiv:1312.6120).

    A square one keeps the length of every vector: the usual start of the recurrent weights W.
    """
    fan_in = fans(shape)[0]
    rows, columns = shape[0], fan_in
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diag(r))  # makes every orthogonal matrix equally likely
    return (gain * (q if rows >= columns else q.T)).reshape(shape).astype(dtype)
