"""Is a gradient right? Compare it with differences of the function itself."""

from collections.abc import Callable

import numpy as np

from dltools.nn.arguments import require, shape_of, whole_number


def gradient_error(
    function: Callable[[np.ndarray], float],
    x: np.ndarray,
    grad: np.ndarray,
    rng: np.random.Generator,
    directions: int = 4,
    step: float = 6e-6,
) -> float:
    """Return how far grad is off along random directions, relative to its norm: below 1e-6 for a right one.

    function gives one number for x, float64 of any shape; grad has the shape of x. Directions are normal, not +-1,
    along which equal mistakes would often cancel. `numerical_gradient` shows which entry is wrong, but takes longer.
    """
    shape_of("grad", grad, *x.shape)
    require(step > 0, "step", step, "greater than 0")
    scale = max(float(np.linalg.norm(grad)), 1e-12)
    errors = []
    for _ in range(whole_number("directions", directions, 1)):
        direction = rng.normal(size=x.shape)
        slope = (function(x + step * direction) - function(x - step * direction)) / (2 * step)
        errors.append(abs(slope - np.sum(grad * direction)) / scale)
    return max(errors)


def complex_step_gradient(function: Callable[[np.ndarray], complex], x: np.ndarray) -> np.ndarray:
    """Return the gradient of an analytic function of x, in the shape of x, exact to rounding.

    f(x + ih) = f(x) + ih f'(x) + ...: nothing is subtracted, so h may be tiny. The function must accept complex
    numbers and use no abs, maximum or comparison (Squire and Trapp, 1998).
    """
    step = 1e-30
    grad = np.empty(x.shape)
    for entry in np.ndindex(x.shape):
        nudged = x.astype(np.complex128)
        nudged[entry] += 1j * step
        grad[entry] = np.imag(function(nudged)) / step
    return grad
