"""Points in the plane and on a line, for nets small enough to look into."""

import numpy as np

from dltools.nn.arguments import require, whole_number


def xor() -> tuple[np.ndarray, np.ndarray]:
    """Return the four points of the exclusive or: x (4, 2), and y (4, 1), 1 where exactly one of the two is 1."""
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return x, (x[:, :1] != x[:, 1:]).astype(np.float64)


def moons(count: int = 200, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return two interleaved half circles: x (count, 2), y (count,) 0 or 1; noise is the standard deviation."""
    whole_number("count", count, 2)
    require(noise >= 0, "noise", noise, "at least 0")
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 2
    angle = rng.uniform(0, np.pi, count) + np.pi * y
    centers = np.where(y[:, np.newaxis], [1.0, 0.5], [0.0, 0.0])
    return centers + np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.normal(0, noise, (count, 2)), y


def spirals(
    count: int = 300, arms: int = 3, turns: float = 0.75, noise: float = 0.03, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return points on spiral arms around the origin: x (count, 2), y (count,) the number of the arm."""
    whole_number("count", count, arms)
    require(noise >= 0, "noise", noise, "at least 0")
    rng = np.random.default_rng(seed)
    y = np.arange(count) % whole_number("arms", arms, 2)
    radius = rng.uniform(0.05, 1, count)
    angle = 2 * np.pi * (turns * radius + y / arms)
    return radius[:, np.newaxis] * np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.normal(
        0, noise, (count, 2)
    ), y


def polynomial_noise(
    count: int = 20, coefficients: tuple[float, ...] = (0.0, 2.0, 0.0, -4.0), noise: float = 0.2, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return noisy values of a polynomial at random places: x (count, 1) in [-1, 1], y (count, 1).

    coefficients start with the constant; noise is the standard deviation.
    """
    whole_number("count", count, 1)
    require(noise >= 0, "noise", noise, "at least 0")
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(-1, 1, (count, 1)), axis=0)
    return x, np.polynomial.polynomial.polyval(x, coefficients) + rng.normal(0, noise, (count, 1))
