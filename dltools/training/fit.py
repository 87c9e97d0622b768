"""The training loop, and how good a net is."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from dltools import nn
from dltools.nn.arguments import require, whole_number
from dltools.training.early_stopping import EarlyStopping
from dltools.training.modules import Module
from dltools.training.optimizers import Optimizer
from dltools.training.progress import progress

Loss = Callable[[np.ndarray, np.ndarray], tuple[np.floating, np.ndarray]]
Penalty = Callable[[np.ndarray], tuple[np.floating, np.ndarray]]


@dataclass
class History:
    """What happened in training: one entry an epoch; validation_loss stays empty where there was no validation."""

    train_loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)


def fit(
    module: Module,
    loss: Loss,
    optimizer: Optimizer,
    x: np.ndarray,
    y: np.ndarray,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    early_stopping: EarlyStopping | None = None,
    penalty: Penalty | None = None,
    max_norm: float | None = None,
) -> History:
    """Train the module on x (N, ...) and y (N, ...) in shuffled batches, and leave it in the mode of use.

    loss(output, y) gives the loss and its gradient. validation is a pair (x, y); with early_stopping the best weights
    by its loss are restored in the end. penalty(weight), such as `partial(l1_penalty, alpha=1e-3)`, is added for all
    weights but biases; with max_norm the gradient's norm is clipped. The history's losses are without penalty.
    Raises ValueError if x and y differ in length, or early stopping has no validation to go by.
    """
    require(len(x) == len(y), "the length of y", len(y), f"{len(x)}, that of x")
    require(early_stopping is None or validation is not None, "validation", validation, "given for early stopping")
    whole_number("batch_size", batch_size, 1)
    history = History()
    steps = progress(range(whole_number("epochs", epochs, 0) * math.ceil(len(x) / batch_size)), "batches")
    for _ in range(epochs):
        history.train_loss.append(train_epoch(module, loss, optimizer, x, y, batch_size, rng, penalty, max_norm, steps))
        if validation is not None:
            history.validation_loss.append(evaluate(module, loss, *validation))
        if early_stopping is not None and early_stopping.update(history.validation_loss[-1], module):
            break
    steps.close()
    if early_stopping is not None:
        early_stopping.restore(module)
    module.eval()
    return history


def train_epoch(
    module: Module,
    loss: Loss,
    optimizer: Optimizer,
    x: np.ndarray,
    y: np.ndarray,
    batch_size: int,
    rng: np.random.Generator,
    penalty: Penalty | None = None,
    max_norm: float | None = None,
    steps: Iterable[int] | None = None,
) -> float:
    """Pass once over all examples in a new order, one step a batch; returns the mean loss on the way.

    `steps` is the progress bar that goes one further with each batch; by default this epoch has one of its own.
    """
    module.train()
    order, total, starts = rng.permutation(len(x)), 0.0, range(0, len(x), batch_size)
    for start, _ in zip(starts, steps or progress(starts, "batches")):
        batch = order[start : start + batch_size]
        total += len(batch) * train_step(module, loss, optimizer, x[batch], y[batch], penalty, max_norm)
    return total / len(x)


def train_step(
    module: Module,
    loss: Loss,
    optimizer: Optimizer,
    x: np.ndarray,
    y: np.ndarray,
    penalty: Penalty | None = None,
    max_norm: float | None = None,
) -> float:
    """Take one step on one batch: forward, loss, backward, step; returns the loss before it."""
    value, grad = loss(module(x), y)
    module.backward(grad)
    if penalty is not None:
        add_penalty(module, penalty)
    if max_norm is not None:
        [optimizer.grads[:]], _ = nn.clip_grad_norm([optimizer.grads], max_norm)
    optimizer.step()
    return float(value)


def add_penalty(module: Module, penalty: Penalty) -> None:
    """Add the gradient of the penalty to that of every parameter that decays: all but biases."""
    for parameter in module.parameters():
        if parameter.decays:
            parameter.grad += penalty(parameter.value)[1]


def predict(module: Module, x: np.ndarray, batch_size: int = 256) -> np.ndarray:
    """Return the output of the module in use, batch by batch, for x (N, ...)."""
    was_training = module.training
    module.eval()
    out = np.concatenate([module(x[start : start + batch_size]) for start in range(0, len(x), batch_size)])
    module.train(was_training)
    return out


def evaluate(module: Module, loss: Loss, x: np.ndarray, y: np.ndarray) -> float:
    """Return the loss of the module in use on x (N, ...) and y (N, ...)."""
    return float(loss(predict(module, x), y)[0])


def accuracy(logits: np.ndarray, targets: np.ndarray) -> float:
    """Return the share of rows whose largest logit is that of the target; logits (..., M), targets (...)."""
    return float(np.mean(logits.argmax(axis=-1) == targets))


def sequence_cross_entropy(logits: np.ndarray, targets: np.ndarray) -> tuple[np.floating, np.ndarray]:
    """Return the cross-entropy over all steps, and its gradient; logits (N, T, M), targets (N, T)."""
    value, grad = nn.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.ravel())
    return value, grad.reshape(logits.shape)
