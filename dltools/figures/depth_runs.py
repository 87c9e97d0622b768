"""Unit 09: plain and residual nets of growing depth, trained on the digits; the figures show what came of it.

`python -m dltools.figures.depth_runs` trains them all, which takes some minutes, and writes depth_runs.json.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from dltools.nn import cross_entropy
from dltools.training import (
    SGD,
    Conv2d,
    Flatten,
    Linear,
    Module,
    ReLU,
    ResidualBlock,
    Sequential,
    accuracy,
    digits,
    predict,
    train_step,
)

KINDS = ("plain", "plain, rescaled", "residual")
BLOCKS = (1, 4, 8, 16, 25)
SEEDS = (0, 1, 2)
CHANNELS, STEPS, BATCH, LR, MOMENTUM, MAX_NORM = 4, 100, 32, 0.02, 0.9, 1.0
EVERY = 10
"""Stored losses are means over so many steps."""
QUIET = 0.2
"""What the second convolution of a residual block is multiplied by at the start: the block begins near to nothing."""
STORED = Path(__file__).with_suffix(".json")


@cache
def runs() -> dict[str, dict[str, Any]]:
    """Return the stored runs by their `key`, each as `run` returns it."""
    stored: dict[str, dict[str, Any]] = json.loads(STORED.read_text(encoding="utf-8"))
    return stored


def key(kind: str, blocks: int, seed: int) -> str:
    return f"{kind}, {blocks} blocks, seed {seed}"


def run(kind: str, blocks: int, seed: int) -> dict[str, Any]:
    """Train one net.

    Returns "losses" (STEPS / EVERY,), "norms" (2 * blocks,) of the gradient of each convolution at the first step,
    "accuracy" on the validation digits in the end, and "dropped" (blocks,), the same with one block taken out.
    """
    rng = np.random.default_rng(seed)
    x, y, x_validation, y_validation, *_ = digits(dtype=np.float32)
    net = build(kind, blocks, rng)
    if kind == "plain, rescaled":
        rescale(net, x[:128])
    optimizer = SGD(net, LR, MOMENTUM)
    losses: list[float] = []
    norms: list[float] = []
    for _ in range(STEPS):
        batch = rng.integers(len(x), size=BATCH)
        losses.append(train_step(net, cross_entropy, optimizer, x[batch], y[batch], max_norm=MAX_NORM))
        norms = norms or gradient_norms(net, blocks)
    nets = [net, *(Sequential(*net.modules[:place], *net.modules[place + 1 :]) for place in range(2, 2 + blocks))]
    whole, *dropped = (round(accuracy(predict(one, x_validation), y_validation), 3) for one in nets)
    means = np.mean(np.reshape(losses, (-1, EVERY)), axis=1)
    return {
        "losses": [round(float(loss), 3) for loss in means],
        "norms": [float(f"{norm:.2e}") for norm in norms],
        "accuracy": whole,
        "dropped": dropped,
    }


def build(kind: str, blocks: int, rng: np.random.Generator) -> Sequential:
    """Return a convolution, the blocks, and a linear layer, on digits (N, 1, 8, 8); the blocks start at net[2]."""
    first = Conv2d(1, CHANNELS, 3, rng, padding=1, dtype=np.float32)
    middle = [residual_block(rng) if kind == "residual" else plain_block(rng) for _ in range(blocks)]
    last = Linear(CHANNELS * 8 * 8, 10, rng, np.float32)
    return Sequential(first, ReLU(), *middle, Flatten(), last)


def plain_block(rng: np.random.Generator) -> Sequential:
    """Return a residual block without its way around."""
    convolutions = [Conv2d(CHANNELS, CHANNELS, 3, rng, padding=1, dtype=np.float32) for _ in range(2)]
    return Sequential(convolutions[0], ReLU(), convolutions[1], ReLU())


def residual_block(rng: np.random.Generator) -> ResidualBlock:
    block = ResidualBlock(CHANNELS, rng, np.float32)
    block.parameters()[2].value *= np.float32(QUIET)
    return block


def rescale(module: Module, x: np.ndarray) -> np.ndarray:
    """Divide the weights of every convolution so that its outputs on x vary by 1 (arXiv:1511.06422); return the output.

    Biases must be zero.
    """
    if isinstance(module, Sequential):
        for child in module:
            x = rescale(child, x)
        return x
    if isinstance(module, Conv2d):
        module.parameters()[0].value /= module(x).std()
    return module(x)


def gradient_norms(net: Sequential, blocks: int) -> list[float]:
    """Return the norm of the gradient of each convolution's weights, from the first block to the last."""
    weights = [weight for block in net.modules[2 : 2 + blocks] for weight in block.parameters()[::2]]
    return [float(np.linalg.norm(weight.grad)) for weight in weights]


def main() -> None:
    """Train all nets and store what came of it."""
    stored = {key(*which): run(*which) for which in ((k, b, s) for b in BLOCKS for k in KINDS for s in SEEDS)}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(result)}" for name, result in stored.items())
    STORED.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
