"""The cases of single layers, losses, and the optimizer's step."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.cases import Built, Case, matrix_products, normal, rng
from dltools import nn
from dltools.training import Adam, Linear, Sequential


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

    def build(dtype: type) -> Built:
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


def elementwise(
    name: str, target: float, theirs: Callable[..., Any], count: int = 16384, target_type: type = np.float32
) -> Case:
    return replace(layer(name, f"{count:,}", target, [(128, count // 128)], theirs), target_type=target_type)


def cross_entropy(N: int, M: int, target: float) -> Case:
    def build(dtype: type) -> Built:
        logits, targets = normal((N, M), dtype), rng.integers(M, size=N)
        tensor, tensor_targets = torch.tensor(logits, requires_grad=True), torch.tensor(targets)
        ours = partial(nn.cross_entropy, logits, targets)
        theirs = lambda: torch.autograd.grad(F.cross_entropy(tensor, tensor_targets), tensor)  # noqa: E731
        return ours, theirs, None, 2 * logits.nbytes + targets.nbytes

    return Case("cross_entropy", f"{N}x{M}", target, build)


def batch_norm(*shape: int, target: float) -> Case:
    def build(dtype: type) -> Built:
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

    def build(dtype: type) -> Built:
        weight, indices, grad_out = normal((V, D), dtype), rng.integers(V, size=(N, T)), normal((N, T, D), dtype)
        cache = nn.embedding_forward(indices, weight)[1]
        tensor, tensor_grad = torch.tensor(weight, requires_grad=True), torch.tensor(grad_out)
        out = F.embedding(torch.tensor(indices), tensor)
        ours = partial(nn.embedding_backward, grad_out, cache)
        theirs = partial(torch.autograd.grad, out, tensor, tensor_grad, retain_graph=True)
        return ours, theirs, None, grad_out.nbytes + weight.nbytes + indices.nbytes

    return Case("embedding backward", f"V{V} D{D} N{N} T{T}", target, build)


def adam(count: int, target: float) -> Case:
    def build(dtype: type) -> Built:
        side = int(np.sqrt(count / 2))
        net = Sequential(Linear(side, side, rng, dtype), Linear(side, side, rng, dtype))
        optimizer = Adam(net)
        optimizer.grads[:] = normal(optimizer.grads.shape, dtype)
        peers = [torch.tensor(parameter.value.copy(), requires_grad=True) for parameter in net.parameters()]
        for peer, parameter in zip(peers, net.parameters()):
            peer.grad = torch.tensor(parameter.grad.copy())
        return optimizer.step, torch.optim.Adam(peers).step, None, 4 * optimizer.values.nbytes

    return Case("Adam", f"{count:,}", target, build)


CASES = [
    linear(64, 64, 64, target=0.6),
    linear(128, 1024, 512, target=1.15),
    conv2d(64, 1, 8, 16, 3, target=0.55),
    conv2d(64, 16, 4, 32, 3, target=1.25),
    conv2d(32, 3, 32, 32, 3, target=1.0),
    conv2d(32, 3, 32, 32, 5, target=1.2),
    conv2d(16, 32, 32, 64, 3, target=2.2),
    conv2d(16, 32, 32, 64, 3, stride=2, target=1.7),
    pool("max_pool2d", 2, 2, (64, 16, 8, 8), target=0.45),
    pool("max_pool2d", 2, 2, (32, 32, 32, 32), target=0.5),
    pool("max_pool2d", 3, 2, (64, 16, 8, 8), target=0.85),
    pool("max_pool2d", 3, 2, (32, 32, 32, 32), target=0.9),
    pool("avg_pool2d", 2, 2, (64, 16, 8, 8), target=0.45),
    pool("avg_pool2d", 2, 2, (32, 32, 32, 32), target=0.5),
    recurrent("rnn", 16, 20, 8, 16, target=0.25),
    recurrent("rnn", 32, 50, 32, 64, target=0.5),
    recurrent("rnn", 64, 100, 64, 128, target=0.85),
    recurrent("lstm", 16, 20, 8, 16, target=1.7),
    recurrent("lstm", 32, 50, 32, 64, target=2.2),
    recurrent("lstm", 64, 100, 64, 128, target=1.35),
    cross_entropy(256, 10, target=0.65),
    cross_entropy(1024, 1000, target=1.5),
    batch_norm(128, 512, target=1.5),
    batch_norm(32, 32, 32, 32, target=1.4),
    dropout(16384, target=0.2),
    dropout(1 << 20, target=0.35),
    elementwise("relu", 0.7, torch.relu),
    elementwise("leaky_relu", 0.8, F.leaky_relu),
    elementwise("hardtanh", 0.7, F.hardtanh),
    elementwise("sigmoid", 0.9, torch.sigmoid),
    elementwise("swish", 1.0, F.silu),
    elementwise("tanh", 0.7, torch.tanh),
    elementwise("gelu", 1.4, F.gelu, target_type=np.float64),
    elementwise("gelu", 3.2, F.gelu, count=1 << 20, target_type=np.float64),
    embedding(30, 32, 32, 50, target=0.8),
    embedding(10_000, 64, 32, 50, target=0.8),
    adam(5_000, target=0.15),
    adam(100_000, target=0.7),
]
