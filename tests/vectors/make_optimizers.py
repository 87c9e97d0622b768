"""Compute the stored paths of the optimizers with PyTorch: `python -m tests.vectors.make_optimizers`."""

import json
from pathlib import Path

import numpy as np
import torch

CASES = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.2}),
    ("Adam", {"lr": 0.01}),
    ("Adam", {"lr": 0.1, "betas": [0.5, 0.9], "eps": 1e-3, "weight_decay": 0.3}),
]
SHAPES = [(3, 2), (3,), (1, 3), (1,)]


def walk(name: str, options: dict, rng: np.random.Generator) -> dict:
    """Return start, gradients and path of five random steps; biases, which have one axis, do not decay."""
    tensors = [torch.tensor(rng.normal(size=shape)) for shape in SHAPES]
    start = [tensor.tolist() for tensor in tensors]
    groups = [
        {"params": [tensor for tensor in tensors if tensor.ndim == 2]},
        {"params": [tensor for tensor in tensors if tensor.ndim == 1], "weight_decay": 0.0},
    ]
    optimizer = getattr(torch.optim, name)(groups, **options)
    grads, path = [], []
    for _ in range(5):
        for tensor in tensors:
            tensor.grad = torch.tensor(rng.normal(size=tensor.shape))
        optimizer.step()
        grads.append([tensor.grad.tolist() for tensor in tensors])
        path.append([tensor.tolist() for tensor in tensors])
    return {"optimizer": name, "options": options, "start": start, "grads": grads, "path": path}


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    walks = [walk(name, options, rng) for name, options in CASES]
    Path(__file__).with_name("optimizers.json").write_text(json.dumps(walks), encoding="utf-8")
