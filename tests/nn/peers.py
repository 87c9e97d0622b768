"""Every layer beside its PyTorch peer: how to draw its arguments, how to run ours, how to run PyTorch's.

One table serves the drawn comparison, the stored vectors (`python -m tests.vectors.make`) and the checks of dtype and
read-only inputs. PyTorch is needed only where a peer is run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dltools import nn

try:
    import torch
    import torch.nn.functional as F
except ImportError:  # the stored vectors need no PyTorch
    torch = F = None


class Dice:
    """Draws the arguments of a case from a generator; the drawn comparison has hypothesis roll instead."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def number(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def one_of(self, *choices: Any) -> Any:
        return choices[self.number(0, len(choices) - 1)]

    def normal(self, *shape: int) -> np.ndarray:
        return self.rng.normal(scale=self.one_of(0.3, 1.0, 4.0), size=shape)


@dataclass(frozen=True)
class Peer:
    """`draw` gives the arrays to differentiate by and the other arguments; both sides return a tuple of results."""

    name: str
    draw: Callable[[Dice], tuple[list[np.ndarray], dict[str, Any]]]
    ours: Callable[..., tuple[Sequence[Any], Callable[..., Sequence[np.ndarray]]]]
    torch: Callable[..., Any]

    def run_ours(self, arrays: list[np.ndarray], options: dict, grads_out: list[np.ndarray]) -> list[np.ndarray]:
        """Return the results and then the gradients of all arrays."""
        results, backward = self.ours(*arrays, **options)
        return [*results, *backward(*grads_out)]

    def run_torch(self, arrays: list[np.ndarray], options: dict, grads_out: list[np.ndarray]) -> list[np.ndarray]:
        """Return what `run_ours` must return."""
        tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
        options = {
            name: torch.tensor(value) if isinstance(value, np.ndarray) else value for name, value in options.items()
        }
        results = as_tuple(self.torch(*tensors, **options))
        weighted = sum((result * torch.tensor(grad)).sum() for result, grad in zip(results, grads_out))
        grads = torch.autograd.grad(weighted, tensors)
        return [value.detach().numpy() for value in (*results, *grads)]

    def result_shapes(self, arrays: list[np.ndarray], options: dict) -> list[tuple[int, ...]]:
        return [np.shape(result) for result in self.ours(*arrays, **options)[0]]


def as_tuple(value: Any) -> tuple:
    return value if isinstance(value, tuple) else (value,)


def layer(name: str, results: int = 1) -> Callable:
    """Return our layer as a Peer wants it: (results, a backward that takes their gradients)."""
    forward, backward = getattr(nn, f"{name}_forward"), getattr(nn, f"{name}_backward")

    def run(*arrays: np.ndarray, **options: Any) -> tuple:
        *out, cache = forward(*arrays, **options)
        return out[:results], lambda *grads: as_tuple(backward(*grads, cache))

    return run


def loss(function: Callable) -> Callable:
    """Return our loss, which gives its value and its gradients, as a Peer wants it."""

    def run(*arrays: np.ndarray, **options: Any) -> tuple:
        value, *grads = function(*arrays, **options)
        return (value,), lambda grad_loss: [grad_loss * grad for grad in grads]

    return run


def any_shape(dice: Dice) -> tuple[list[np.ndarray], dict]:
    return [dice.normal(*(dice.number(1, 5) for _ in range(dice.number(1, 4))))], {}


def draw_linear(dice: Dice) -> tuple:
    N, D, M = (dice.number(1, 6) for _ in range(3))
    return [dice.normal(N, D), dice.normal(M, D), dice.normal(M)], {}


def draw_two_layer(dice: Dice) -> tuple:
    N, D, H, M = (dice.number(1, 6) for _ in range(4))
    return [dice.normal(H, D), dice.normal(M, H)], {"x": dice.normal(N, D)}  # the notes give no gradient of x


def run_two_layer(V: np.ndarray, W: np.ndarray, x: np.ndarray) -> tuple:
    z, cache = nn.two_layer_forward(x, V, W)
    return (z,), lambda grad_z: nn.two_layer_backward(grad_z, cache)


def draw_slope(dice: Dice) -> tuple:
    (x,), _ = any_shape(dice)
    per_channel = x.ndim > 1 and dice.one_of(True, False)
    return [x, np.abs(dice.normal(x.shape[1] if per_channel else 1))], {}


def draw_leaky(dice: Dice) -> tuple:
    return any_shape(dice)[0], {"negative_slope": dice.one_of(0.01, 0.2, 0.0, 1.5)}


def draw_mse(dice: Dice) -> tuple:
    (x,), _ = any_shape(dice)
    return [x], {"target": dice.normal(*x.shape)}


def draw_bce(dice: Dice) -> tuple:
    (x,), _ = any_shape(dice)
    soft = dice.one_of(True, False)
    uniform = 1 / (1 + np.exp(-dice.normal(*x.shape)))
    return [x], {"targets": uniform if soft else np.round(uniform)}


def draw_cross_entropy(dice: Dice) -> tuple:
    N, M = dice.number(1, 6), dice.number(1, 7)
    return [dice.normal(N, M)], {"targets": np.array([dice.number(0, M - 1) for _ in range(N)])}


def draw_conv(dice: Dice) -> tuple:
    N, C, K = (dice.number(1, 4) for _ in range(3))
    PH, PW = dice.number(0, 2), dice.number(0, 2)
    FH, FW = dice.number(1, 4), dice.number(1, 4)
    H, W = (dice.number(max(1, F - 2 * P), 8) for F, P in ((FH, PH), (FW, PW)))
    stride = dice.one_of(1, 2, 3, (1, 2), (3, 2))
    arrays = [dice.normal(N, C, H, W), dice.normal(K, C, FH, FW), dice.normal(K)]
    return arrays, {"stride": stride, "padding": PH if PH == PW else (PH, PW)}


def draw_pool(dice: Dice) -> tuple:
    N, C, FH, FW = dice.number(1, 3), dice.number(1, 3), dice.number(1, 4), dice.number(1, 4)
    x = dice.normal(N, C, dice.number(FH, 8), dice.number(FW, 8))
    if dice.one_of(True, False):
        x = np.round(x)  # many equal maxima
    return [x], {"kernel_size": FH if FH == FW else (FH, FW), "stride": dice.one_of(None, 1, 2, 3, (1, 2), (2, 1))}


def draw_embedding(dice: Dice) -> tuple:
    V, D, shape = dice.number(1, 5), dice.number(1, 4), [dice.number(1, 4) for _ in range(dice.number(1, 3))]
    indices = np.array([dice.number(0, V - 1) for _ in range(int(np.prod(shape)))]).reshape(shape)
    return [dice.normal(V, D)], {"indices": indices}


def run_embedding(weight: np.ndarray, indices: np.ndarray) -> tuple:
    out, cache = nn.embedding_forward(indices, weight)
    return (out,), lambda grad_out: (nn.embedding_backward(grad_out, cache),)


def draw_recurrent(gates: int, states: int, steps: bool) -> Callable[[Dice], tuple]:
    def draw(dice: Dice) -> tuple:
        N, T, D, H = (dice.number(1, 5) for _ in range(4))
        x = dice.normal(N, T, D) if steps else dice.normal(N, D)
        return [
            x,
            *(dice.normal(N, H) for _ in range(states)),
            dice.normal(gates * H, H),
            dice.normal(gates * H, D),
            dice.normal(gates * H),
        ], {}

    return draw


def torch_rnn_step(x: Any, h: Any, W: Any, U: Any, b: Any) -> Any:
    return torch.rnn_tanh_cell(x, h, U, W, b, torch.zeros_like(b))


def torch_rnn(x: Any, h0: Any, W: Any, U: Any, b: Any) -> Any:
    weights = [U, W, b, torch.zeros_like(b)]
    return torch.rnn_tanh(x, h0[None], weights, True, 1, 0.0, True, False, True)[0]


def torch_order(gates: Any) -> Any:
    """PyTorch stacks the gates i, f, c~, o; the notes f, i, o, c~."""
    f, i, o, candidate = gates.chunk(4)
    return torch.cat([i, f, candidate, o])


def torch_lstm_step(x: Any, h: Any, c: Any, W: Any, U: Any, b: Any) -> Any:
    return torch.lstm_cell(x, (h, c), torch_order(U), torch_order(W), torch_order(b), torch.zeros_like(b))


def torch_lstm(x: Any, h0: Any, c0: Any, W: Any, U: Any, b: Any) -> Any:
    weights = [torch_order(U), torch_order(W), torch_order(b), torch.zeros_like(b)]
    h, _, c_last = torch.lstm(x, (h0[None], c0[None]), weights, True, 1, 0.0, True, False, True)
    return h, c_last[0]


def draw_language_model(dice: Dice) -> tuple:
    N, T, H, M = (dice.number(1, 5) for _ in range(4))
    targets = np.array([[dice.number(0, M - 1) for _ in range(T)] for _ in range(N)])
    return [dice.normal(N, T, H), dice.normal(M, H), dice.normal(M)], {"targets": targets}


def torch_language_model(h: Any, V: Any, b: Any, targets: Any) -> Any:
    return F.cross_entropy(F.linear(h, V, b).flatten(0, 1), targets.flatten())


def draw_residual(dice: Dice) -> tuple:
    N, C, K, H, W = (dice.number(1, 4) for _ in range(5))
    return [
        dice.normal(N, C, H, W),
        dice.normal(K, C, 3, 3),
        dice.normal(K),
        dice.normal(C, K, 3, 3),
        dice.normal(C),
    ], {}


def torch_residual(x: Any, weight1: Any, bias1: Any, weight2: Any, bias2: Any) -> Any:
    return torch.relu(F.conv2d(torch.relu(F.conv2d(x, weight1, bias1, padding=1)), weight2, bias2, padding=1) + x)


def draw_batch_norm(dice: Dice) -> tuple:
    N, C, shape = dice.number(2, 5), dice.number(1, 4), [dice.number(1, 4) for _ in range(dice.number(0, 2))]
    options = {
        "running_mean": dice.normal(C),
        "running_var": np.abs(dice.normal(C)),
        "training": dice.one_of(True, False),
        "momentum": dice.one_of(0.1, 0.5),
        "eps": dice.one_of(1e-5, 1e-2),
    }
    return [3 + dice.normal(N, C, *shape), dice.normal(C), dice.normal(C)], options


def run_batch_norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, **options: Any) -> tuple:
    out, mean, var, cache = nn.batch_norm_forward(x, weight, bias, **options)
    return (out, mean, var), lambda grad_out, *_: nn.batch_norm_backward(grad_out, cache)


def torch_batch_norm(x: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, **options: Any) -> Any:
    out = F.batch_norm(x, running_mean, running_var, weight, bias, **options)
    return out, running_mean, running_var


def draw_layer_norm(dice: Dice) -> tuple:
    (x,), _ = any_shape(dice)
    D = x.shape[-1]
    return [x, dice.normal(D), dice.normal(D)], {"eps": dice.one_of(1e-5, 1e-2)}


def torch_layer_norm(x: Any, weight: Any, bias: Any, eps: float) -> Any:
    return F.layer_norm(x, weight.shape, weight, bias, eps)


def draw_penalty(name: str) -> Callable[[Dice], tuple]:
    return lambda dice: (any_shape(dice)[0], {name: dice.one_of(0.0, 0.01, 2.0)})


PEERS = [
    Peer("linear", draw_linear, layer("linear"), lambda x, weight, bias: F.linear(x, weight, bias)),
    Peer(
        "two_layer",
        draw_two_layer,
        run_two_layer,
        lambda V, W, x: torch.sigmoid(torch.sigmoid(x @ V.T) @ W.T),
    ),
    Peer("sigmoid", any_shape, layer("sigmoid"), lambda x: torch.sigmoid(x)),
    Peer("tanh", any_shape, layer("tanh"), lambda x: torch.tanh(x)),
    Peer("hardtanh", any_shape, layer("hardtanh"), lambda x: F.hardtanh(x)),
    Peer("relu", any_shape, layer("relu"), lambda x: torch.relu(x)),
    Peer("leaky_relu", draw_leaky, layer("leaky_relu"), lambda x, **options: F.leaky_relu(x, **options)),
    Peer("prelu", draw_slope, layer("prelu"), lambda x, slope: F.prelu(x, slope)),
    Peer("swish", any_shape, layer("swish"), lambda x: F.silu(x)),
    Peer("gelu", any_shape, layer("gelu"), lambda x: F.gelu(x)),
    Peer(
        "gelu_sigmoid",
        lambda dice: (any_shape(dice)[0], {"approximate": "sigmoid"}),
        layer("gelu"),
        lambda x, approximate: x * torch.sigmoid(1.702 * x),
    ),
    Peer("softmax", any_shape, layer("softmax"), lambda x: torch.softmax(x, -1)),
    Peer("log_softmax", any_shape, layer("log_softmax"), lambda x: torch.log_softmax(x, -1)),
    Peer("mse_loss", draw_mse, loss(nn.mse_loss), lambda x, target: F.mse_loss(x, target)),
    Peer(
        "binary_cross_entropy",
        draw_bce,
        loss(nn.binary_cross_entropy),
        lambda x, targets: F.binary_cross_entropy_with_logits(x, targets),
    ),
    Peer("cross_entropy", draw_cross_entropy, loss(nn.cross_entropy), lambda x, targets: F.cross_entropy(x, targets)),
    Peer("conv2d", draw_conv, layer("conv2d"), lambda *arrays, **options: F.conv2d(*arrays, **options)),
    Peer("max_pool2d", draw_pool, layer("max_pool2d"), lambda x, **options: F.max_pool2d(x, **options)),
    Peer("avg_pool2d", draw_pool, layer("avg_pool2d"), lambda x, **options: F.avg_pool2d(x, **options)),
    Peer("flatten", any_shape, layer("flatten"), lambda x: x.reshape(len(x), -1)),
    Peer("embedding", draw_embedding, run_embedding, lambda weight, indices: F.embedding(indices, weight)),
    Peer("rnn_step", draw_recurrent(1, 1, steps=False), layer("rnn_step"), torch_rnn_step),
    Peer("rnn", draw_recurrent(1, 1, steps=True), layer("rnn"), torch_rnn),
    Peer("lstm_step", draw_recurrent(4, 2, steps=False), layer("lstm_step", results=2), torch_lstm_step),
    Peer("lstm", draw_recurrent(4, 2, steps=True), layer("lstm", results=2), torch_lstm),
    Peer("language_model_loss", draw_language_model, loss(nn.language_model_loss), torch_language_model),
    Peer("residual_block", draw_residual, layer("residual_block"), torch_residual),
    Peer("batch_norm", draw_batch_norm, run_batch_norm, torch_batch_norm),
    Peer("layer_norm", draw_layer_norm, layer("layer_norm"), torch_layer_norm),
    Peer("l1_penalty", draw_penalty("alpha"), loss(nn.l1_penalty), lambda w, alpha: alpha * w.abs().sum()),
    Peer("l2_penalty", draw_penalty("beta"), loss(nn.l2_penalty), lambda w, beta: beta * (w**2).sum()),
]
