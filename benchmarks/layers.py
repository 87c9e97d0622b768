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
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

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

torch.set_num_threads(int(THREADS))
rng = np.random.default_rng(0)
Work = Callable[[], Any]


@dataclass(frozen=True)
class Case:
    """`build(dtype)` returns our work, PyTorch's, and where it makes sense the products alone and the bytes.

    The bytes are those of arguments and results. The target is for float32 unless `target_type` says otherwise.
    """

    name: str
    size: str
    target: float
    build: Callable[[type], tuple[Work, Work, Work | None, int | None]]
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


def layer(
    name: str,
    size: str,
    target: float,
    shapes: Sequence[Sequence[int]],
    theirs: Callable[..., Any],
    products: Sequence[tuple[int, int, int]] = (),
    outs: int = 1,
    prefix: str | None = None,
    **options: Any,
) -> Case:
    """Return the case of a layer, `nn.<name>_forward` and `_backward`, with arguments of these shapes."""

    def build(dtype: type) -> tuple[Work, Work, Work | None, int]:
        forward, backward = getattr(nn, f"{prefix or name}_forward"), getattr(nn, f"{prefix or name}_backward")
        arrays = [normal(shape, dtype) for shape in shapes]
        tensors = [torch.tensor(np.ascontiguousarray(array), requires_grad=True) for array in arrays]
        results = forward(*arrays, **options)[:outs]
        grads_out = [np.copy(normal(result.shape, dtype), order="K") for result in results]
        tensor_grads = [torch.tensor(np.ascontiguousarray(grad)) for grad in grads_out]

        def ours() -> Any:
            cache = forward(*arrays, **options)[-1]
            return backward(*grads_out, cache)

        def peer() -> Any:
            out = theirs(*tensors)
            return torch.autograd.grad(out, tensors, tensor_grads)

        size_of_all = 2 * sum(array.nbytes for array in arrays) + 2 * sum(grad.nbytes for grad in grads_out)
        return ours, peer, matrix_products(products, dtype) if products else None, size_of_all

    return Case(name, size, target, build)


def linear(N: int, D: int, M: int, target: float) -> Case:
    products = [(N, D, M), (N, M, D), (M, N, D)]
    return layer("linear", f"N{N} {D}->{M}", target, [(N, D), (M, D), (M,)], F.linear, products)


def conv2d(N: int, C: int, H: int, K: int, FH: int, target: float, stride: int = 1) -> Case:
    padding = FH // 2
    OH = (H - FH + 2 * padding) // stride + 1
    columns, places = C * FH * FH, OH * OH * N
    products = [(K, columns, places), (columns, places, K), (columns, K, places)]
    size = f"{N}x{C}x{H}x{H} K{K} F{FH}" + (f" S{stride}" if stride > 1 else "")
    theirs = partial(F.conv2d, stride=stride, padding=padding)
    shapes = [(N, C, H, H), (K, C, FH, FH), (K,)]
    return layer("conv2d", size, target, shapes, theirs, products, stride=stride, padding=padding)


def pool(name: str, kernel_size: int, stride: int, shape: Sequence[int], target: float) -> Case:
    theirs = partial(getattr(F, name), kernel_size=kernel_size, stride=stride)
    size = f"{kernel_size}x{kernel_size} S{stride}, " + "x".join(map(str, shape))
    return layer(name, size, target, [shape], theirs, kernel_size=kernel_size, stride=stride)


def recurrent(name: str, N: int, T: int, D: int, H: int, target: float) -> Case:
    gates, states = (1, 1) if name == "rnn" else (4, 2)
    shapes = [(N, T, D), *[(N, H)] * states, (gates * H, H), (gates * H, D), (gates * H,)]
    G = gates * H
    steps = [(N, H, G), (N, G, H)] * T
    products = [(T * N, D, G), (T * N, G, D), (G, T * N, D), (G, T * N, H), *steps]
    second_bias = {dtype: torch.zeros(G, dtype=dtype) for dtype in (torch.float32, torch.float64)}

    def theirs(x: Any, *rest: Any) -> Any:
        initial, (W, U, b) = rest[:states], rest[states:]
        weights = [U, W, b, second_bias[x.dtype]]
        if name == "rnn":
            return torch.rnn_tanh(x, initial[0][None], weights, True, 1, 0.0, True, False, True)[0]
        h, _, c = torch.lstm(x, [state[None] for state in initial], weights, True, 1, 0.0, True, False, True)
        return h, c[0]

    return layer(name, f"N{N} T{T} D{D} H{H}", target, shapes, theirs, products, outs=states)


def elementwise(name: str, target: float, theirs: Callable, count: int = 16384, target_type: type = np.float32) -> Case:
    return replace(layer(name, f"{count:,}", target, [(128, count // 128)], theirs), target_type=target_type)


def cross_entropy(N: int, M: int, target: float) -> Case:
    def build(dtype: type) -> tuple[Work, Work, None, int]:
        logits, targets = normal((N, M), dtype), rng.integers(M, size=N)
        tensor, tensor_targets = torch.tensor(logits, requires_grad=True), torch.tensor(targets)
        ours = partial(nn.cross_entropy, logits, targets)
        theirs = lambda: torch.autograd.grad(F.cross_entropy(tensor, tensor_targets), tensor)  # noqa: E731
        return ours, theirs, None, 2 * logits.nbytes + targets.nbytes

    return Case("cross_entropy", f"{N}x{M}", target, build)


def batch_norm(*shape: int, target: float) -> Case:
    def build(dtype: type) -> tuple[Work, Work, None, int]:
        x, grad_out = normal(shape, dtype), normal(shape, dtype)
        weight, bias, mean, var = (np.abs(normal((shape[1],), dtype)) for _ in range(4))
        tensors = [torch.tensor(np.ascontiguousarray(array), requires_grad=True) for array in (x, weight, bias)]
        buffers = [torch.tensor(mean), torch.tensor(var)]
        tensor_grad = torch.tensor(np.ascontiguousarray(grad_out))
        ours = lambda: nn.batch_norm_backward(grad_out, nn.batch_norm_forward(x, weight, bias, mean, var)[-1])  # noqa: E731

        def theirs() -> Any:
            out = F.batch_norm(tensors[0], *buffers, tensors[1], tensors[2], training=True)
            return torch.autograd.grad(out, tensors, tensor_grad)

        return ours, theirs, None, 4 * x.nbytes

    return Case("batch_norm", "x".join(map(str, shape)), target, build)


def dropout(count: int, target: float) -> Case:
    return layer("dropout", f"{count:,}", target, [(128, count // 128)], partial(F.dropout, p=0.5), p=0.5, rng=rng)


def embedding(V: int, D: int, N: int, T: int, target: float) -> Case:
    """Backward alone: forward is one look-up in both libraries."""

    def build(dtype: type) -> tuple[Work, Work, None, int]:
        weight, indices, grad_out = normal((V, D), dtype), rng.integers(V, size=(N, T)), normal((N, T, D), dtype)
        cache = nn.embedding_forward(indices, weight)[1]
        tensor, tensor_grad = torch.tensor(weight, requires_grad=True), torch.tensor(grad_out)
        out = F.embedding(torch.tensor(indices), tensor)
        ours = partial(nn.embedding_backward, grad_out, cache)
        theirs = partial(torch.autograd.grad, out, tensor, tensor_grad, retain_graph=True)
        return ours, theirs, None, grad_out.nbytes + weight.nbytes + indices.nbytes

    return Case("embedding backward", f"V{V} D{D} N{N} T{T}", target, build)


def adam(count: int, target: float) -> Case:
    def build(dtype: type) -> tuple[Work, Work, None, int]:
        side = int(np.sqrt(count / 2))
        net = Sequential(Linear(side, side, rng, dtype), Linear(side, side, rng, dtype))
        optimizer = Adam(net)
        optimizer.grads[:] = normal(optimizer.grads.shape, dtype)
        peers = [torch.tensor(parameter.value.copy(), requires_grad=True) for parameter in net.parameters()]
        for peer, parameter in zip(peers, net.parameters()):
            peer.grad = torch.tensor(parameter.grad.copy())
        return optimizer.step, torch.optim.Adam(peers).step, None, 4 * optimizer.values.nbytes

    return Case("Adam", f"{count:,}", target, build)


plain_sgd = partial(SGD, lr=0.01)
torch_sgd = partial(torch.optim.SGD, lr=0.01)


def training_step(
    size: str,
    target: float,
    net: Callable[[type], Module],
    peer: Callable[[], torch.nn.Module],
    draw: Callable[[type], tuple[np.ndarray, np.ndarray]],
    optimizer: Callable[[Module], Optimizer] = plain_sgd,
    peer_optimizer: Callable = torch_sgd,
    loss: Callable = nn.cross_entropy,
) -> Case:
    """Return the case of forward, loss, backward and step of a whole net on one batch."""

    def build(dtype: type) -> tuple[Work, Work, None, int]:
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
    linear(64, 64, 64, target=0.5),
    linear(128, 1024, 512, target=1.15),
    conv2d(64, 1, 8, 16, 3, target=0.35),
    conv2d(64, 16, 4, 32, 3, target=1.1),
    conv2d(32, 3, 32, 32, 3, target=1.0),
    conv2d(32, 3, 32, 32, 5, target=1.0),
    conv2d(16, 32, 32, 64, 3, target=1.8),
    conv2d(16, 32, 32, 64, 3, stride=2, target=1.35),
    pool("max_pool2d", 2, 2, (64, 16, 8, 8), target=0.35),
    pool("max_pool2d", 2, 2, (32, 32, 32, 32), target=0.35),
    pool("max_pool2d", 3, 2, (64, 16, 8, 8), target=0.75),
    pool("max_pool2d", 3, 2, (32, 32, 32, 32), target=0.75),
    pool("avg_pool2d", 2, 2, (64, 16, 8, 8), target=0.45),
    pool("avg_pool2d", 2, 2, (32, 32, 32, 32), target=0.45),
    recurrent("rnn", 16, 20, 8, 16, target=0.2),
    recurrent("rnn", 32, 50, 32, 64, target=0.4),
    recurrent("rnn", 64, 100, 64, 128, target=0.85),
    recurrent("lstm", 16, 20, 8, 16, target=0.9),
    recurrent("lstm", 32, 50, 32, 64, target=1.4),
    recurrent("lstm", 64, 100, 64, 128, target=1.35),
    cross_entropy(256, 10, target=0.6),
    cross_entropy(1024, 1000, target=1.2),
    batch_norm(128, 512, target=1.1),
    batch_norm(32, 32, 32, 32, target=1.05),
    dropout(16384, target=0.15),
    dropout(1 << 20, target=0.15),
    elementwise("relu", 0.7, torch.relu),
    elementwise("leaky_relu", 0.7, F.leaky_relu),
    elementwise("hardtanh", 0.7, F.hardtanh),
    elementwise("sigmoid", 0.7, torch.sigmoid),
    elementwise("swish", 0.7, F.silu),
    elementwise("tanh", 0.7, torch.tanh),
    elementwise("gelu", 1.4, F.gelu, target_type=np.float64),
    elementwise("gelu", 2.0, F.gelu, count=1 << 20, target_type=np.float64),
    embedding(30, 32, 32, 50, target=0.8),
    embedding(10_000, 64, 32, 50, target=0.8),
    adam(5_000, target=0.15),
    adam(100_000, target=0.6),
    training_step("MLP 64-64-10 N64, SGD", 0.35, mlp, torch_mlp, draw_mlp),
    training_step("MLP 64-64-10 N64, Adam", 0.25, mlp, torch_mlp, draw_mlp, Adam, torch.optim.Adam),
    training_step("digits CNN 16-32 8x8 N64", 0.5, cnn, torch_cnn, draw_digits),
    language_model(RNN, torch.nn.RNN, 30, 32, 64, 50, 32, target=1.0),
    language_model(LSTM, torch.nn.LSTM, 30, 32, 128, 50, 32, target=1.5),
]


def cpu_time(work: Work, repeats: int) -> float:
    start = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - start) / repeats


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
