"""What the layers' benchmark measures: one case is our work, PyTorch's, and the ratio of their times to be reached."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

rng = np.random.default_rng(0)
Work = Callable[[], Any]
Built = tuple[Work, Work, Work | None, int | None]
"""Our work, PyTorch's, the products alone, the bytes of arguments and results."""


@dataclass(frozen=True)
class Case:
    """What `build(dtype)` gives to measure; the target is for float32 unless `target_type` says otherwise."""

    name: str
    size: str
    target: float
    build: Callable[[type], Built]
    target_type: type = np.float32


def normal(shape: Sequence[int], dtype: type) -> np.ndarray:
    """Return a random array; feature maps (N, C, H, W) of more than three channels lie batch last in memory."""
    if len(shape) == 4 and shape[1] > 3 and shape[0] > 1:
        return rng.normal(size=(*shape[1:], shape[0])).astype(dtype).transpose(3, 0, 1, 2)
    return rng.normal(size=shape).astype(dtype)


def matrix_products(sizes: Sequence[tuple[int, int, int]], dtype: type) -> Work:
    """Return the work of multiplying an (m, k) by a (k, n) matrix for every (m, k, n)."""
    pairs = [(normal((m, k), dtype), normal((k, n), dtype)) for m, k, n in sizes]
    return lambda: [left @ right for left, right in pairs]


def cpu_time(work: Work, repeats: int) -> float:
    start = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - start) / repeats
