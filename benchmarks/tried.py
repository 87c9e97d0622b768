"""Faster forms of layers that were tried and not taken: `python -m benchmarks.tried` measures them beside ours.

Each row says why it is not ours. Both take turns on the same arguments; the figure is their part of our time.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import erf

from benchmarks.cases import Work, cpu_time, normal, rng
from benchmarks.tables import markdown
from dltools import nn
from dltools.nn.normalization import channel_sum

COLUMNS = {"layer": 0, "form that was tried": 0, "its part of our time": 2, "why not": 0}
TURNS = 15
# erf(x) = x P(x^2) / Q(x^2) for |x| < 4, highest power first: coefficients of XLA's and Eigen's erf in float32
P = [-2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05]
P += [-7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02]
Q = [-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03, -1.42647390514189e-02]


@dataclass(frozen=True)
class Trial:
    """A form that was tried, ours, and why it is not ours."""

    layer: str
    form: str
    ours: Work
    tried: Work
    why_not: str


def polynomial(coefficients: list[float], x: np.ndarray) -> np.ndarray:
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value *= x
        value += np.float32(coefficient)
    return value


def erf_by_polynomials(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, -4, 4)
    square = x * x
    return x * polynomial(P, square) / polynomial(Q, square)


def dropout_in_16_bits(x: np.ndarray, p: float) -> tuple[np.ndarray, np.ndarray]:
    kept = rng.integers(1 << 16, size=x.shape, dtype=np.uint16) >= round(p * (1 << 16))
    scale = kept * x.dtype.type(1 / (1 - p))
    return x * scale, scale


def max_pool_rows_first(x: np.ndarray) -> np.ndarray:
    rows = np.maximum(x[:, :, ::2], x[:, :, 1::2])
    return np.maximum(rows[..., ::2], rows[..., 1::2])


def channel_dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    rows_a, rows_b = (np.moveaxis(array, 0, -1).reshape(array.shape[1], -1) for array in (a, b))
    return np.vecdot(rows_a, rows_b)


def largest_difference(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> str:
    """From erf in float64."""
    return f"{np.abs(function(x) - erf(x.astype(np.float64))).max():.0e}"


def trials() -> list[Trial]:
    x, flat = normal((32, 32, 32, 32), np.float32), 2 * normal((1024, 1024), np.float32)
    worse = f"off by {largest_difference(erf_by_polynomials, flat)} where erf is off by {largest_difference(erf, flat)}"
    return [
        Trial(
            "gelu",
            "erf as a ratio of two polynomials",
            lambda: erf(flat),
            lambda: erf_by_polynomials(flat),
            f"{worse}; twelve numbers that no unit can explain",
        ),
        Trial(
            "dropout",
            "forward: random numbers of 16 bits",
            lambda: nn.dropout_forward(flat, 0.5, rng),
            lambda: dropout_in_16_bits(flat, 0.5),
            "p is rounded to a multiple of 1/65536",
        ),
        Trial(
            "max_pool2d",
            "2x2, forward: rows first, then columns",
            lambda: nn.max_pool2d_forward(x, 2),
            lambda: max_pool_rows_first(x),
            "for one window and stride alone",
        ),
        Trial(
            "batch_norm",
            "sums by channel as dot products",
            lambda: channel_sum(x, x),
            lambda: channel_dot(x, x),
            "for images whose batch is last in memory alone; an eighth of the layer's time",
        ),
    ]


def measure() -> list[dict[str, Any]]:
    return [row(trial) for trial in trials()]


def row(trial: Trial) -> dict[str, Any]:
    trial.ours(), trial.tried()
    parts = [cpu_time(trial.tried, 3) / cpu_time(trial.ours, 3) for _ in range(TURNS)]
    return dict(zip(COLUMNS, (trial.layer, trial.form, statistics.median(parts), trial.why_not)))


if __name__ == "__main__":
    print(markdown(COLUMNS, measure()))
