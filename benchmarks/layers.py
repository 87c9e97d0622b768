"""How fast the layers are beside PyTorch: `python -m benchmarks.layers [--threads 1] [--only conv2d] [--markdown]`.

One process, both libraries at the same number of threads, their runs taking turns; times are CPU time. A ratio is the
median, over the turns, of our time for forward and backward by PyTorch's (eager): below 1 we are faster. `products` is
our time by that of the layer's matrix products alone. `peak` is the most memory that NumPy holds at once, beyond the
arguments, by the size of arguments, results and all gradients together; a convolution's columns alone are FH * FW times
its input. Targets are ratios that a trial reached with one thread.

Batches of feature maps come in the memory layout in which our layers hand them on, batch last, and for PyTorch in its
own default, NCHW; pictures of one or three channels are NCHW for both.
"""

# ruff: noqa: E402 (the libraries read the number of threads when they are imported)

import os
import sys

THREADS = sys.argv[sys.argv.index("--threads") + 1] if "--threads" in sys.argv else "1"
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = THREADS

import argparse
import statistics
import tracemalloc
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from benchmarks import single_layers, training_steps
from benchmarks.cases import Case, Work, cpu_time

torch.set_num_threads(int(THREADS))
CASES = single_layers.CASES + training_steps.CASES


def peak_memory(work: Work) -> int:
    """Return the most bytes that NumPy and Python hold at once in the work, beyond what they hold before."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def measure(case: Case, dtype: type, turns: int) -> dict[str, Any]:
    """Return the row of the table: times in milliseconds, and ratios."""
    ours, theirs, products, size_of_all = case.build(dtype)
    works = [work for work in (ours, theirs, products) if work is not None]
    for work in works:
        cpu_time(work, 3)
    repeats = max(1, int(0.01 / max(cpu_time(ours, 3), 1e-6)))
    times = np.array([[cpu_time(work, repeats) for work in works] for _ in range(turns)])
    return {
        "layer": case.name,
        "size": case.size,
        "type": np.dtype(dtype).name,
        "ms": statistics.median(times[:, 0]) * 1e3,
        "ratio": statistics.median(times[:, 0] / times[:, 1]),
        "target": case.target if dtype == case.target_type else None,
        "products": statistics.median(times[:, 0] / times[:, 2]) if products else None,
        "peak": peak_memory(ours) / size_of_all if size_of_all else None,
    }


def print_row(row: dict[str, Any], markdown: bool) -> None:
    decimals = {"ms": 3, "ratio": 2, "target": 2, "products": 1, "peak": 1}
    cells = [
        value if isinstance(value, str) else "-" if value is None else f"{value:.{decimals[name]}f}"
        for name, value in row.items()
    ]
    if row["target"] is not None and row["ratio"] > row["target"]:
        cells.append("above its target")
    print_cells(cells[:8] if markdown else cells, markdown)


def print_cells(cells: Sequence[str], markdown: bool) -> None:
    widths = [20, 37, 9, 10, 7, 8, 10, 6, 0]
    print("| " + " | ".join(cells) + " |" if markdown else "".join(map(str.ljust, cells, widths)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", default="1", help="threads of both libraries (default 1)")
    parser.add_argument("--only", default="", help="measure only the cases whose name and size contain this text")
    parser.add_argument("--turns", type=int, default=15, help="how often the two take turns (default 15)")
    parser.add_argument("--types", nargs="+", default=["float32", "float64"], help="float32, float64 or both")
    parser.add_argument("--markdown", action="store_true", help="print the rows as a Markdown table")
    arguments = parser.parse_args()
    print(f"NumPy {np.__version__}, PyTorch {torch.__version__} eager, {arguments.threads} thread(s), CPU time")
    titles = ["layer", "size", "type", "ms", "ratio", "target", "products", "peak"]
    print_cells(titles, arguments.markdown)
    if arguments.markdown:
        print_cells(["---"] * len(titles), markdown=True)
    for case in CASES:
        if arguments.only in f"{case.name} {case.size}":
            for dtype in arguments.types:
                print_row(measure(case, getattr(np, dtype), arguments.turns), arguments.markdown)


if __name__ == "__main__":
    main()
