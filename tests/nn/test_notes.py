"""What the lecture notes state, and what PyTorch has no function for: their numbers, and central differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dltools import nn
from dltools.training import complex_step_gradient

rng = np.random.default_rng(0)

# Notes, "Fully connected layer": the image, the two filters and their answers.
IMAGE = np.array(
    [
        [1, 0, 0, 0, 0, 1],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 1, 0, 0],
        [1, 0, 0, 0, 1, 0],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 0, 1, 0],
    ]
)
FILTERS = np.array([[[1, -1, -1], [-1, 1, -1], [-1, -1, 1]], [[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]]])
ANSWERS = [
    [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]],
    [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]],
]


def test_neuron() -> None:
    inputs, weights = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([0.5, 0.25])
    np.testing.assert_allclose(nn.neuron(inputs, weights, lambda z: z), [1.0, 1.25])
    assert nn.neuron(inputs[0], weights, nn.sigmoid) == pytest.approx(1 / (1 + np.exp(-1)))


def test_tanh_is_a_rescaled_sigmoid_with_slope_one() -> None:
    z = np.linspace(-5, 5, 41)
    np.testing.assert_allclose(nn.tanh_forward(z)[0], 2 * nn.sigmoid(2 * z) - 1, atol=1e-15)
    zero = np.zeros(1)
    assert nn.tanh_backward(np.ones(1), nn.tanh_forward(zero)[1]) == 1
    assert nn.sigmoid_backward(np.ones(1), nn.sigmoid_forward(zero)[1]) == 0.25


def test_the_two_gelus_are_near_each_other() -> None:
    z = np.linspace(-5, 5, 101)
    difference = nn.gelu_forward(z)[0] - nn.gelu_forward(z, approximate="sigmoid")[0]
    assert 0.01 < np.abs(difference).max() < 0.021


def test_two_layers_have_the_gradients_of_the_notes() -> None:
    x, V, W, y = rng.normal(size=(1, 3)), rng.normal(size=(4, 3)), rng.normal(size=(2, 4)), rng.normal(size=(1, 2))
    z, cache = nn.two_layer_forward(x, V, W)
    grad_V, grad_W = nn.two_layer_backward(2 * (z - y), cache)

    def loss(V: np.ndarray, W: np.ndarray) -> complex:
        h = 1 / (1 + np.exp(-x @ V.T))
        return np.sum((1 / (1 + np.exp(-h @ W.T)) - y) ** 2)

    np.testing.assert_allclose(grad_V, complex_step_gradient(lambda V: loss(V, W), V), rtol=1e-12)
    np.testing.assert_allclose(grad_W, complex_step_gradient(lambda W: loss(V, W), W), rtol=1e-12)


@pytest.mark.parametrize(
    "size, kernel_size, stride, padding, expected",
    [(32, 5, 1, 0, 28), (6, 3, 1, 0, 4), (32, 5, 1, 2, 32), (7, 3, 2, 0, 3), (8, 3, 2, 0, 3), (3, 5, 1, 1, 1)],
)
def test_output_size(size: int, kernel_size: int, stride: int, padding: int, expected: int) -> None:
    assert nn.conv2d_output_size(size, kernel_size, stride, padding) == expected


def test_parameter_count() -> None:
    assert nn.conv2d_parameter_count(3, 6, 5) == (5 * 5 * 3 + 1) * 6
    assert nn.conv2d_parameter_count(2, 4, (3, 5)) == (3 * 5 * 2 + 1) * 4


def test_the_filters_of_the_notes_answer_as_drawn() -> None:
    out, _ = nn.conv2d_forward(IMAGE[np.newaxis, np.newaxis], FILTERS[:, np.newaxis], np.zeros(2))
    np.testing.assert_array_equal(out[0], ANSWERS)


def test_a_convolution_is_a_sparse_fully_connected_layer() -> None:
    matrix = nn.conv2d_as_matrix(FILTERS[:, np.newaxis], (1, 6, 6))
    np.testing.assert_array_equal((matrix @ IMAGE.ravel()).reshape(2, 4, 4), ANSWERS)
    assert matrix.shape == (32, 36) and (matrix != 0).sum(axis=1).tolist() == [9] * 32
    assert (np.flatnonzero(matrix[0]) + 1).tolist() == [1, 2, 3, 7, 8, 9, 13, 14, 15]


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2), st.integers(0, 99)
)
def test_the_matrix_is_the_convolution(C: int, FH: int, FW: int, stride: int, padding: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=(1, C, 5, 4)), rng.normal(size=(2, C, FH, FW))
    out, _ = nn.conv2d_forward(x, weight, np.zeros(2), (stride, 1), (padding, 0))
    matrix = nn.conv2d_as_matrix(weight, (C, 5, 4), (stride, 1), (padding, 0))
    np.testing.assert_allclose(matrix @ x.ravel(), out.ravel(), atol=1e-13)


def test_a_tie_sends_its_gradient_to_the_first_maximum() -> None:
    x = np.ones((1, 1, 4, 4))
    _, cache = nn.max_pool2d_forward(x, 3, stride=1)
    grad_x = nn.max_pool2d_backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), cache)
    expected = np.zeros((4, 4))
    expected[:2, :2] = [[1, 2], [3, 4]]
    np.testing.assert_array_equal(grad_x[0, 0], expected)


def test_repeated_words_add_up() -> None:
    _, cache = nn.embedding_forward(np.array([[1, 1], [0, 1]]), np.zeros((3, 2)))
    grad = nn.embedding_backward(np.arange(8.0).reshape(2, 2, 2), cache)
    np.testing.assert_array_equal(grad, [[4, 5], [0 + 2 + 6, 1 + 3 + 7], [0, 0]])


@pytest.mark.parametrize("T", [1, 2, 7])
def test_jacobian_product_is_that_of_the_unrolled_network(T: int) -> None:
    H = 4
    W, U, b, x = rng.normal(size=(H, H)), rng.normal(size=(H, 2)), rng.normal(size=H), rng.normal(size=(1, T, 2))
    h, _ = nn.rnn_forward(x, rng.normal(size=(1, H)), W, U, b)
    h1, rest = h[:, 0], x[:, 1:]

    def last(h1: np.ndarray) -> np.ndarray:
        for t in range(T - 1):
            h1 = np.tanh(h1 @ W.T + rest[:, t] @ U.T + b)
        return h1[0]

    product = nn.rnn_jacobian_product(h[0], W)
    for row, direction in enumerate(np.eye(H)):
        expected = complex_step_gradient(lambda h1, d=direction: last(h1) @ d, h1)
        np.testing.assert_allclose(product[row], expected[0], rtol=1e-10, atol=1e-12)
    grad_last = rng.normal(size=H)
    norms = nn.gradient_norm_by_distance(grad_last, h[0], W)
    assert norms.shape == (T,) and norms[0] == pytest.approx(np.linalg.norm(grad_last))
    assert norms[-1] == pytest.approx(np.linalg.norm(grad_last @ product))


def test_an_open_cell_keeps_its_value() -> None:
    H, T = 3, 100
    b = np.concatenate([np.full(H, 50.0), np.full(H, -50.0), np.zeros(2 * H)])  # f = 1, i = 0
    c0 = rng.normal(size=(2, H))
    x = rng.normal(size=(2, T, 4))
    _, c_last, cache = nn.lstm_forward(x, np.zeros((2, H)), c0, np.zeros((4 * H, H)), np.zeros((4 * H, 4)), b)
    np.testing.assert_allclose(c_last, c0, rtol=1e-12)
    _, _, grad_c0, *_ = nn.lstm_backward(np.zeros((2, T, H)), np.ones((2, H)), cache)
    np.testing.assert_allclose(grad_c0, 1, rtol=1e-12)


def test_an_rnn_of_no_steps_is_its_initial_state() -> None:
    x, h0 = np.empty((2, 0, 3)), rng.normal(size=(2, 4))
    W, U, b = rng.normal(size=(4, 4)), rng.normal(size=(4, 3)), rng.normal(size=4)
    h, cache = nn.rnn_forward(x, h0, W, U, b)
    grad_x, grad_h0, *grads = nn.rnn_backward(h, cache)
    assert h.shape == (2, 0, 4) and grad_x.shape == x.shape
    assert not grad_h0.any() and not any(grad.any() for grad in grads)


def test_sampling_with_a_temperature() -> None:
    logits = np.log([0.7, 0.2, 0.1])
    draws = [nn.sample_with_temperature(logits, 1.0, rng) for _ in range(2000)]
    np.testing.assert_allclose(np.bincount(draws) / 2000, [0.7, 0.2, 0.1], atol=0.04)
    assert {nn.sample_with_temperature(logits, 0.01, rng) for _ in range(200)} == {0}
    hot = [nn.sample_with_temperature(logits, 1e3, rng) for _ in range(2000)]
    np.testing.assert_allclose(np.bincount(hot) / 2000, 1 / 3, atol=0.04)


def test_dropout_scales_in_training_and_is_away_in_use() -> None:
    x = np.ones((400, 500))
    out, cache = nn.dropout_forward(x, 0.3, np.random.default_rng(0))
    assert set(np.unique(out)) == {0.0, 1 / 0.7}
    assert (out == 0).mean() == pytest.approx(0.3, abs=0.005)
    assert out.mean() == pytest.approx(1, abs=0.005)
    assert len(np.unique(out[:, :40], axis=0)) == 400  # every sample has a mask of its own
    np.testing.assert_array_equal(nn.dropout_backward(x, cache), out)
    same, cache = nn.dropout_forward(x, 0.3, np.random.default_rng(0), training=False)
    np.testing.assert_array_equal(same, x)
    np.testing.assert_array_equal(nn.dropout_backward(x, cache), x)
    np.testing.assert_array_equal(nn.dropout_forward(x, 0.0, rng)[0], x)
    assert nn.dropout_forward(x.astype(np.float32), 0.3, rng)[0].dtype == np.float32


def test_dropout_of_the_notes_scales_the_weights_in_use() -> None:
    weight = rng.normal(size=(3, 4))
    np.testing.assert_allclose(nn.dropout_test_time(weight, 0.25), 0.75 * weight)


def test_weight_decay_is_the_step_on_the_penalized_loss() -> None:
    weight, grad_weight, lr, beta = rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), 0.1, 0.4
    bias, grad_bias = rng.normal(size=3), rng.normal(size=3)
    next_weight, next_bias = nn.weight_decay_step(weight, bias, grad_weight, grad_bias, lr, beta)
    np.testing.assert_allclose(next_weight, weight - lr * (grad_weight + nn.l2_penalty(weight, beta)[1]), rtol=1e-14)
    np.testing.assert_allclose(next_bias, bias - lr * grad_bias, rtol=1e-14)


def test_soft_threshold_lands_on_zero() -> None:
    weight = np.array([-2.0, -0.3, 0.0, 0.2, 1.0])
    np.testing.assert_allclose(nn.soft_threshold(weight, 0.5), [-1.5, 0, 0, 0, 0.5])


@settings(max_examples=50, deadline=None)
@given(st.floats(-5, 5), st.floats(0, 3))
def test_soft_threshold_minimizes_the_penalized_square(w: float, threshold: float) -> None:
    grid = np.linspace(-6, 6, 2401)
    best = grid[np.argmin(0.5 * (grid - w) ** 2 + threshold * np.abs(grid))]
    assert nn.soft_threshold(np.array([w]), threshold)[0] == pytest.approx(best, abs=0.006)
