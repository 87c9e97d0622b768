"""Gradient checks accept the right gradient, to the accuracy that they state, and refuse a slightly wrong one."""

import numpy as np
import pytest

from dltools import nn
from dltools.training import complex_step_gradient, gradient_error

x = np.random.default_rng(0).normal(size=(4, 3))


def smooth(x: np.ndarray) -> float:
    return np.sum(np.sin(x) * x**2)


GRAD = np.cos(x) * x**2 + 2 * np.sin(x) * x


def test_numerical_gradient_entry_by_entry() -> None:
    np.testing.assert_allclose(nn.numerical_gradient(smooth, x), GRAD, rtol=1e-8, atol=1e-9)


def test_complex_step_is_exact_to_rounding() -> None:
    np.testing.assert_allclose(complex_step_gradient(smooth, x), GRAD, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("seed", range(20))
def test_directions_tell_right_from_wrong(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert gradient_error(smooth, x, GRAD, rng) < 1e-8
    wrong = GRAD.copy()
    wrong[2, 1] *= 1.001
    assert gradient_error(smooth, x, wrong, rng) > 1e-6
    assert gradient_error(smooth, x, GRAD / 4, rng) > 1e-2


def test_the_input_is_not_written() -> None:
    frozen = x.copy()
    frozen.flags.writeable = False
    nn.numerical_gradient(smooth, frozen)
    gradient_error(smooth, frozen, GRAD, np.random.default_rng(0))
    complex_step_gradient(smooth, frozen)


def test_wrong_arguments_get_one_sentence() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"grad has the shape \(3,\), .* \(4, 3\)"):
        gradient_error(smooth, x, GRAD[0], rng)
    with pytest.raises(ValueError, match=r"directions is 0, .* at least 1"):
        gradient_error(smooth, x, GRAD, rng, directions=0)
