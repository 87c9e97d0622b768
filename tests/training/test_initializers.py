"""Initial weights have the variance that their papers ask for."""

from collections.abc import Callable

import numpy as np
import pytest

from dltools.training import he_normal, he_uniform, orthogonal, xavier_normal, xavier_uniform


@pytest.mark.parametrize("shape, fan_in, fan_out", [((300, 200), 200, 300), ((60, 40, 3, 5), 600, 900)])
@pytest.mark.parametrize("initialize", [xavier_normal, xavier_uniform, he_normal, he_uniform])
def test_variance(initialize: Callable, shape: tuple[int, ...], fan_in: int, fan_out: int) -> None:
    weight = initialize(shape, np.random.default_rng(0))
    expected = 2 / fan_in if initialize in (he_normal, he_uniform) else 2 / (fan_in + fan_out)
    assert weight.shape == shape
    assert weight.var() == pytest.approx(expected, rel=0.03)
    assert weight.mean() == pytest.approx(0, abs=0.01 * np.sqrt(expected) + 1e-3)
    if initialize in (xavier_uniform, he_uniform):
        assert np.abs(weight).max() <= np.sqrt(3 * expected)
    assert initialize(shape, np.random.default_rng(0), dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize("shape", [(6, 6), (3, 8), (8, 3), (4, 2, 2, 3)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    weight = orthogonal(shape, np.random.default_rng(0), gain=2.0)
    matrix = weight.reshape(shape[0], -1)
    product = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    assert weight.shape == shape
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)


def test_a_bias_has_no_fans() -> None:
    with pytest.raises(ValueError, match=r"shape is \(5,\), .* two axes"):
        he_normal((5,), np.random.default_rng(0))
