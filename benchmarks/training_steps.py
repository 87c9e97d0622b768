"""The cases of whole nets: forward, loss, backward and step on one batch."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.cases import Built, Case, normal, rng
from dltools import nn
from dltools.training import (
    LSTM,
    RNN,
    SGD,
    Adam,
    Conv2d,
    Embedding,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    Optimizer,
    ReLU,
    Sequential,
    sequence_cross_entropy,
    train_step,
)

plain_sgd = partial(SGD, lr=0.01)
torch_sgd = partial(torch.optim.SGD, lr=0.01)


def training_step(
    size: str,
    target: float,
    net: Callable[[type], Module],
    peer: Callable[[], torch.nn.Module],
    draw: Callable[[type], tuple[np.ndarray, np.ndarray]],
    optimizer: Callable[[Module], Optimizer] = plain_sgd,
    peer_optimizer: Callable[..., Any] = torch_sgd,
    loss: Callable[..., Any] = nn.cross_entropy,
) -> Case:
    """Return the case of forward, loss, backward and step of a whole net on one batch."""

    def build(dtype: type) -> Built:
        x, y = draw(dtype)
        module = net(dtype)
        ours = partial(train_step, module, loss, optimizer(module), x, y)
        their_net = peer().to(torch.float32 if dtype == np.float32 else torch.float64)
        their_optimizer = peer_optimizer(their_net.parameters())
        tensor_x, tensor_y = torch.tensor(x), torch.tensor(y)

        def theirs() -> None:
            their_optimizer.zero_grad()
            F.cross_entropy(their_net(tensor_x).flatten(0, -2), tensor_y.flatten()).backward()
            their_optimizer.step()

        return ours, theirs, None, None

    return Case("training step", size, target, build)


def mlp(dtype: type) -> Module:
    return Sequential(Linear(64, 64, rng, dtype), ReLU(), Linear(64, 10, rng, dtype))


def torch_mlp() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))


def draw_mlp(dtype: type) -> tuple[np.ndarray, np.ndarray]:
    return normal((64, 64), dtype), rng.integers(10, size=64)


def cnn(dtype: type) -> Module:
    return Sequential(
        *(Conv2d(1, 16, 3, rng, padding=1, dtype=dtype), ReLU(), MaxPool2d(2)),
        *(Conv2d(16, 32, 3, rng, padding=1, dtype=dtype), ReLU(), MaxPool2d(2)),
        *(Flatten(), Linear(32 * 2 * 2, 10, rng, dtype)),
    )


def torch_cnn() -> torch.nn.Module:
    return torch.nn.Sequential(
        *(torch.nn.Conv2d(1, 16, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2)),
        *(torch.nn.Conv2d(16, 32, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2)),
        *(torch.nn.Flatten(), torch.nn.Linear(32 * 2 * 2, 10)),
    )


def draw_digits(dtype: type) -> tuple[np.ndarray, np.ndarray]:
    return normal((64, 1, 8, 8), dtype), rng.integers(10, size=64)


class TorchLanguageModel(torch.nn.Module):
    def __init__(self, kind: type, letters: int, features: int, hidden: int) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(letters, features)
        self.recurrent = kind(features, hidden, batch_first=True)
        self.linear = torch.nn.Linear(hidden, letters)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(self.recurrent(self.embedding(x))[0])


def language_model(kind: type, their_kind: type, V: int, D: int, H: int, T: int, N: int, target: float) -> Case:
    return training_step(
        f"character {kind.__name__} V{V} D{D} H{H} T{T} N{N}",
        target,
        lambda dtype: Sequential(Embedding(V, D, rng, dtype), kind(D, H, rng, dtype), Linear(H, V, rng, dtype)),
        lambda: TorchLanguageModel(their_kind, V, D, H),
        lambda dtype: (rng.integers(V, size=(N, T)), rng.integers(V, size=(N, T))),
        loss=sequence_cross_entropy,
    )


CASES = [
    training_step("MLP 64-64-10 N64, SGD", 0.6, mlp, torch_mlp, draw_mlp),
    training_step("MLP 64-64-10 N64, Adam", 0.4, mlp, torch_mlp, draw_mlp, Adam, torch.optim.Adam),
    training_step("digits CNN 16-32 8x8 N64", 0.8, cnn, torch_cnn, draw_digits),
    language_model(RNN, torch.nn.RNN, 30, 32, 64, 50, 32, target=1.0),
    language_model(LSTM, torch.nn.LSTM, 30, 32, 128, 50, 32, target=1.8),
]
