"""Optimizers equal PyTorch's, step for step; the stored paths are checked without it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltools.nn import clip_grad_norm
from dltools.training import SGD, Adam, Linear, Optimizer, Sequential, Tanh

STORED = json.loads((Path(__file__).parents[1] / "vectors" / "optimizers.json").read_text(encoding="utf-8"))
OPTIMIZERS = {"SGD": SGD, "Adam": Adam}


def small_net(weights: list) -> Sequential:
    net = Sequential(Linear(2, 3, np.random.default_rng(0)), Tanh(), Linear(3, 1, np.random.default_rng(0)))
    for parameter, weight in zip(net.parameters(), weights, strict=True):
        parameter.value[...] = weight
    return net


@pytest.mark.parametrize("case", STORED, ids=lambda case: f"{case['optimizer']} {case['options']}")
def test_optimizer_walks_as_pytorch_does(case: dict[str, Any]) -> None:
    net = small_net(case["start"])
    optimizer: Optimizer = OPTIMIZERS[case["optimizer"]](net, **case["options"])
    for grads, expected in zip(case["grads"], case["path"], strict=True):
        for parameter, grad in zip(net.parameters(), grads, strict=True):
            parameter.grad[...] = grad
        optimizer.step()
        for parameter, weight in zip(net.parameters(), expected, strict=True):
            np.testing.assert_allclose(parameter.value, weight, rtol=1e-10, atol=1e-12)


def test_weight_decay_is_the_exact_factor_and_spares_biases() -> None:
    net = Sequential(Linear(2, 3, np.random.default_rng(0)))
    weight, bias = net.parameters()
    bias.value[...] = 1
    before, beta = weight.value.copy(), 0.3
    SGD(net, lr=0.1, weight_decay=2 * beta).step()  # no gradient has come yet
    np.testing.assert_allclose(weight.value, (1 - 2 * 0.1 * beta) * before, rtol=1e-15)
    np.testing.assert_array_equal(bias.value, 1)


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_float32_stays_float32(optimizer: Any) -> None:
    net = Sequential(Linear(2, 3, np.random.default_rng(0), np.float32))
    optimizer(net, lr=0.1, weight_decay=0.1).step()
    assert {parameter.value.dtype for parameter in net.parameters()} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"lr": 0.0}, "lr is 0.0, .* greater than 0"),
        ({"lr": 0.1, "momentum": 1.0}, "momentum is 1.0, .* less than 1"),
        ({"lr": 0.1, "weight_decay": -1.0}, "weight_decay is -1.0, .* at least 0"),
    ],
)
def test_wrong_settings_get_one_sentence(options: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        SGD(Linear(2, 1, np.random.default_rng(0)), **options)
    with pytest.raises(ValueError, match="betas is"):
        Adam(Linear(2, 1, np.random.default_rng(0)), betas=(0.9, 1.0))


def test_clip_grad_norm_bounds_the_norm_and_keeps_the_direction() -> None:
    grads = [np.array([[3.0, 0.0]]), np.array([4.0])]
    clipped, norm = clip_grad_norm(grads, max_norm=1.0)
    assert norm == 5.0
    np.testing.assert_allclose(clipped[0], [[0.6, 0.0]])
    np.testing.assert_allclose(clipped[1], [0.8])
    same, _ = clip_grad_norm(grads, max_norm=6.0)
    np.testing.assert_array_equal(same[0], grads[0])


@pytest.mark.filterwarnings("error")
def test_clip_grad_norm_at_the_extremes() -> None:
    clipped, norm = clip_grad_norm([np.array([3e200, -4e200])], max_norm=1.0)
    assert norm == pytest.approx(5e200)
    np.testing.assert_allclose(clipped[0], [0.6, -0.8])
    exploded, norm = clip_grad_norm([np.array([3e30, 4e30], np.float32)], max_norm=1.0)
    assert norm == pytest.approx(5e30) and exploded[0].dtype == np.float32
    np.testing.assert_allclose(exploded[0], [0.6, 0.8], rtol=1e-6)
    assert clip_grad_norm([np.zeros(3)], max_norm=1.0)[1] == 0
    assert clip_grad_norm([], max_norm=1.0) == ([], 0.0)


def test_clip_grad_norm_equals_pytorch_to_its_epsilon() -> None:
    torch = pytest.importorskip("torch", reason="compares with PyTorch itself; the cases above need none")
    rng = np.random.default_rng(0)
    for max_norm in (0.1, 1.0, 100.0):
        grads = [rng.normal(size=shape) for shape in ((3, 4), (5,), (2, 2, 2))]
        peers = [torch.zeros(grad.shape, dtype=torch.float64) for grad in grads]
        for peer, grad in zip(peers, grads):
            peer.grad = torch.tensor(grad)
        their_norm = torch.nn.utils.clip_grad_norm_(peers, max_norm)
        clipped, norm = clip_grad_norm(grads, max_norm)
        assert norm == pytest.approx(float(their_norm), rel=1e-12)
        for ours, peer in zip(clipped, peers):
            np.testing.assert_allclose(ours, peer.grad.numpy(), rtol=1.1e-6 / norm)
