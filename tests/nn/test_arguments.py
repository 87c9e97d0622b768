"""What holds for every layer: no input is written, float32 stays float32, extreme inputs give no NaN."""

from typing import Any

import numpy as np
import pytest

from dltools import nn
from tests.nn.peers import PEERS, Dice, Peer

each_peer = pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)


def draw(peer: Peer, seed: int, dtype: type) -> tuple[list[np.ndarray], dict[str, Any], list[np.ndarray]]:
    """Return arrays, options and upstream gradients of a case; the floating ones in dtype, all of them read-only."""
    dice = Dice(np.random.default_rng(seed))
    arrays, options = peer.draw(dice)
    grads_out = [dice.normal(*shape) for shape in peer.result_shapes(arrays, options)]

    def prepare(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            value = value.astype(dtype) if np.issubdtype(value.dtype, np.floating) else value.copy()
            value.flags.writeable = False
        return value

    return (
        [prepare(array) for array in arrays],
        {name: prepare(value) for name, value in options.items()},
        [prepare(grad) for grad in grads_out],
    )


@each_peer
@pytest.mark.parametrize("seed", range(5))
def test_float32_stays_float32_and_inputs_are_not_written(peer: Peer, seed: int) -> None:
    exact = peer.run_ours(*draw(peer, seed, np.float64))
    single = peer.run_ours(*draw(peer, seed, np.float32))
    for double_result, single_result in zip(exact, single, strict=True):
        assert (double_result.dtype, single_result.dtype) == (np.float64, np.float32)
        scale = np.abs(double_result).max(initial=1)
        np.testing.assert_allclose(single_result, double_result, rtol=1e-4, atol=1e-4 * scale)


@each_peer
@pytest.mark.parametrize("seed", range(3))
def test_any_memory_layout_gives_the_same(peer: Peer, seed: int) -> None:
    arrays, options, grads_out = draw(peer, seed, np.float64)
    expected = peer.run_ours(arrays, options, grads_out)
    fortran = peer.run_ours(
        [np.asfortranarray(array) for array in arrays], options, [np.asfortranarray(grad) for grad in grads_out]
    )
    for ours, theirs in zip(fortran, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12 * np.abs(theirs).max(initial=1))


ELEMENTWISE = ["sigmoid", "tanh", "hardtanh", "relu", "leaky_relu", "swish", "gelu", "softmax", "log_softmax"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_extreme_inputs_give_no_nan_and_no_warning(name: str, dtype: type) -> None:
    forward, backward = getattr(nn, f"{name}_forward"), getattr(nn, f"{name}_backward")
    largest = np.finfo(dtype).max / 4
    x = np.array([[-largest, -1e30, -1e3, -1e-30, 0, 1e-30, 1e3, 1e30, largest]], dtype)
    out, cache = forward(x)
    grad = backward(np.ones_like(x), cache)
    assert np.isfinite(out).all() and np.isfinite(grad).all()


@pytest.mark.filterwarnings("error")
def test_gelu_by_sigmoid_at_extreme_inputs() -> None:
    x = np.array([-1e300, -40.0, 0.0, 40.0, 1e300])
    out, cache = nn.gelu_forward(x, approximate="sigmoid")
    np.testing.assert_allclose(out, [0, 0, 0, 40, 1e300], atol=1e-25)
    np.testing.assert_allclose(nn.gelu_backward(np.ones(5), cache), [0, 0, 0.5, 1, 1], atol=1e-25)


def test_sigmoid_keeps_its_relative_precision_on_both_sides() -> None:
    np.testing.assert_allclose(nn.sigmoid(np.array([-700.0, -40.0])), np.exp([-700.0, -40.0]), rtol=1e-15)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("wrong_by", [1e3, 1e30])
def test_a_confidently_wrong_row_costs_what_it_must(wrong_by: float) -> None:
    loss, grad = nn.cross_entropy(np.array([[wrong_by, 0.0, 0.0], [0.0, 5.0, 0.0]]), np.array([1, 1]))
    assert loss == pytest.approx((wrong_by + np.log1p(2 * np.exp(-5.0))) / 2, rel=1e-15)
    np.testing.assert_allclose(grad[0], [0.5, -0.5, 0.0])
    loss, grad = nn.binary_cross_entropy(np.array([wrong_by, -wrong_by]), np.array([0, 1]))
    assert loss == wrong_by
    np.testing.assert_allclose(grad, [0.5, -0.5])


def test_cross_entropy_of_a_right_row_keeps_its_precision() -> None:
    loss, _ = nn.binary_cross_entropy(np.array([40.0]), np.array([1.0]))
    assert loss == pytest.approx(np.exp(-40.0), rel=1e-12)


rng = np.random.default_rng(0)
x2, x3, x4 = rng.normal(size=(3, 4)), rng.normal(size=(3, 2, 4)), rng.normal(size=(2, 3, 6, 6))
filters, vector = rng.normal(size=(5, 3, 3, 3)), rng.normal(size=5)
W, U, b = rng.normal(size=(20, 5)), rng.normal(size=(20, 4)), rng.normal(size=20)

WRONG = [
    (lambda: nn.neuron(np.ones(3), np.ones(4), np.tanh), r"inputs has the shape \(3,\), .* \(4,\)"),
    (lambda: nn.linear_forward(x3, W, b), r"x has the shape \(3, 2, 4\), .* \(N, D\)"),
    (lambda: nn.linear_forward(x2, np.ones((5, 3)), vector), r"weight has the shape \(5, 3\), .* \(M, 4\)"),
    (lambda: nn.linear_forward(x2, np.ones((5, 4)), np.ones((1, 5))), r"bias has the shape \(1, 5\), .* \(5,\)"),
    (lambda: nn.linear_forward([[1.0]], W, b), r"x is of the type list, .* NumPy array"),
    (lambda: nn.linear_backward(x2, (x2, W)), r"grad_out has the shape \(3, 4\), .* \(3, 20\)"),
    (lambda: nn.mse_loss(np.ones((5, 1)), np.ones(5)), r"target has the shape \(5,\), .* \(5, 1\)"),
    (lambda: nn.binary_cross_entropy(np.ones(2), np.array([0, 2])), r"targets contains 2, .* from 0 to 1"),
    (lambda: nn.binary_cross_entropy(np.ones(1), np.array([np.nan])), r"targets contains nan, .* from 0 to 1"),
    (lambda: nn.cross_entropy(x2, np.array([0, 1, 4])), r"targets contains 4, .* from 0 to 3"),
    (lambda: nn.cross_entropy(x2, np.array([0, 1, -1])), r"targets contains -1, .* from 0 to 3"),
    (lambda: nn.cross_entropy(x2, np.array([0.0, 1.0, 2.0])), r"the type of targets is float64, .* whole numbers"),
    (lambda: nn.cross_entropy(x2, np.array([0, 1])), r"targets has the shape \(2,\), .* \(3,\)"),
    (
        lambda: nn.conv2d_forward(x4, filters[:, :2], vector),
        r"weight has the shape \(5, 2, 3, 3\), .* \(K, 3, FH, FW\)",
    ),
    (lambda: nn.conv2d_forward(x4, filters, vector[:4]), r"bias has the shape \(4,\), .* \(5,\)"),
    (lambda: nn.conv2d_forward(x4, filters, vector, stride=0), r"stride is 0, .* at least 1"),
    (lambda: nn.conv2d_forward(x4, filters, vector, stride=(1, 2, 3)), r"stride is \(1, 2, 3\), .* pair"),
    (lambda: nn.conv2d_forward(x4, filters, vector, padding=-1), r"padding is -1, .* at least 0"),
    (lambda: nn.conv2d_forward(x4[:, :, :2], filters, vector), r"kernel_size is 3, .* at most 2"),
    (lambda: nn.conv2d_backward(x4, nn.conv2d_forward(x4, filters, vector)[1]), r"grad_out .* \(2, 5, 4, 4\)"),
    (lambda: nn.conv2d_output_size(6, 3, stride=1.5), r"stride is 1.5, .* whole number"),
    (lambda: nn.conv2d_parameter_count(3, 6, 0), r"kernel_size is 0, .* at least 1"),
    (lambda: nn.conv2d_parameter_count(0, 6, 3), r"in_channels is 0, .* at least 1"),
    (lambda: nn.conv2d_as_matrix(filters, (6, 6)), r"image_shape is \(6, 6\), .* \(3, H, W\)"),
    (lambda: nn.max_pool2d_forward(x4, 7), r"kernel_size is 7, .* at most 6"),
    (lambda: nn.avg_pool2d_forward(x3, 2), r"x has the shape \(3, 2, 4\), .* \(N, C, H, W\)"),
    (lambda: nn.avg_pool2d_forward(x4, 2, stride=0), r"stride is 0, .* at least 1"),
    (lambda: nn.embedding_forward(np.array([0, 3]), x2), r"indices contains 3, .* from 0 to 2"),
    (lambda: nn.embedding_forward(np.array([0.5]), x2), r"the type of indices is float64, .* whole numbers"),
    (lambda: nn.rnn_step_forward(x2, x2, W, U, b), r"W has the shape \(20, 5\), .* \(4, 4\)"),
    (lambda: nn.rnn_forward(x2, x2, W, U, b), r"x has the shape \(3, 4\), .* \(N, T, D\)"),
    (lambda: nn.lstm_step_forward(x2, np.ones((3, 5)), np.ones((3, 4)), W, U, b), r"c has the shape .* \(3, 5\)"),
    (lambda: nn.lstm_forward(x3, np.ones((3, 5)), np.ones((3, 5)), W[:5], U, b), r"W has .* \(20, 5\)"),
    (lambda: nn.sample_with_temperature(vector, 0.0, rng), r"temperature is 0.0, .* greater than 0"),
    (lambda: nn.clip_grad_norm([vector], 0.0), r"max_norm is 0.0, .* greater than 0"),
    (lambda: nn.rnn_jacobian_product(x2, W), r"W has the shape \(20, 5\), .* \(4, 4\)"),
    (lambda: nn.residual_block_forward(x4, filters, vector, filters, vector), r"weight2 .* \(3, 5, 3, 3\)"),
    (lambda: nn.dropout_forward(x2, 1.0, rng), r"p is 1.0, .* less than 1"),
    (lambda: nn.dropout_forward(x2, -0.1, rng, training=False), r"p is -0.1, .* at least 0"),
    (lambda: nn.dropout_test_time(x2, 1.5), r"p is 1.5, .* less than 1"),
    (lambda: nn.l1_penalty(x2, -1.0), r"alpha is -1.0, .* at least 0"),
    (lambda: nn.l2_penalty(x2, -1.0), r"beta is -1.0, .* at least 0"),
    (lambda: nn.soft_threshold(x2, -1.0), r"threshold is -1.0, .* at least 0"),
    (lambda: nn.weight_decay_step(x2, x2[0], x2[0], x2[0], 0.1, 0.1), r"grad_weight has the shape \(4,\), .* \(3, 4\)"),
    (lambda: nn.polynomial_features(x2[0], -1), r"degree is -1, .* at least 0"),
    (lambda: nn.early_stopping([1.0], [1.0], [x2], 0), r"patience is 0, .* at least 1"),
    (lambda: nn.early_stopping([1.0], [1.0, 2.0], [x2], 1), r"the number of epochs is \[1, 2\]"),
    (lambda: nn.gelu_forward(x2, approximate="tanh"), r"approximate is 'tanh', .* \"sigmoid\""),
    (lambda: nn.prelu_forward(x2, np.ones(3)), r"slope has the shape \(3,\), .* \(4,\)"),
    (lambda: nn.layer_norm_forward(x2, vector, vector), r"weight has the shape \(5,\), .* \(4,\)"),
    (lambda: nn.batch_norm_forward(x2[:1], *[np.ones(4)] * 4), r"values in a channel is 1, .* at least 2"),
    (lambda: nn.numerical_gradient(np.sum, x2, step=0.0), r"step is 0.0, .* greater than 0"),
]


@pytest.mark.parametrize("call, sentence", WRONG, ids=[sentence for _, sentence in WRONG])
def test_wrong_arguments_get_one_sentence(call: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as error:
        call()
    assert str(error.value).endswith(".") and "\n" not in str(error.value)
