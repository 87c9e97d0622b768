"""Unit 06 by pencil."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dltools.checks.exercise import Pencil
from dltools.checks.pencil.arrays import case, whole
from dltools.checks.pencil.backpropagation import exponentials, one_loss
from dltools.checks.pencil.sums import add, dot, mean, number, short
from dltools.checks.rnn import sums_to_one
from dltools.nn.backpropagation import softmax
from dltools.nn.rnn import rnn_forward


def picked(g: Any, *place: int) -> str:
    *where, d = place
    return number(g.weight[g.indices[tuple(where)], d])


def word_grad(g: Any, word: int, d: int) -> str:
    return add(g.grad_out[g.indices == word][:, d]) or "0"


# The recurrent net


def inside(g: Any, x: np.ndarray, h: np.ndarray, i: int) -> str:
    """The sum inside the tanh of unit i."""
    return add(dot(g.W[i], h), dot(g.U[i], x), g.b[i])


def step(g: Any, n: int, i: int) -> str:
    return f"tanh({inside(g, g.x[n], g.h[n], i)})"


def states(g: Any) -> np.ndarray:
    """All states (N, T + 1, H), the first among them."""
    x, h0 = (g.x, g.h0) if g.x.ndim == 3 else (g.x[:, np.newaxis], g.h)
    return np.concatenate([h0[:, np.newaxis], rnn_forward(x, h0, g.W, g.U, g.b)[0]], axis=1)


def state(g: Any, n: int, t: int, i: int) -> str:
    h = np.round(states(g)[n, t], 4)
    return f"tanh({inside(g, g.x[n, t], h, i)})"


def sums(g: Any) -> np.ndarray:
    """The gradients of the sums inside the tanhs, (N, T, H)."""
    above = g.grad_h if g.x.ndim == 3 else g.grad_h_next[:, np.newaxis]
    h, later = states(g)[:, 1:], np.zeros_like(above[:, 0])
    found: np.ndarray = np.empty_like(above)
    for t in reversed(range(above.shape[1])):
        found[:, t] = (above[:, t] + later) * (1 - h[:, t] ** 2)
        later = found[:, t] @ g.W
    return found


def products(left: np.ndarray, right: np.ndarray) -> str:
    """The sum of products of numbers that were computed on the way."""
    return " + ".join(f"{short(p)}·{short(q)}" for p, q in zip(np.ravel(left), np.ravel(right)))


def at_time(g: Any, place: tuple[int, ...]) -> tuple[int, int, int]:
    """A place (n, t, d); a single step is t = 0."""
    n, *t, d = place
    return n, t[0] if t else 0, d


def grad_x(g: Any, *place: int) -> str:
    n, t, d = at_time(g, place)
    return products(sums(g)[n, t], g.U[:, d])


def grad_first(g: Any, n: int, i: int) -> str:
    return products(sums(g)[n, 0], g.W[:, i])


def grad_W(g: Any, i: int, j: int) -> str:
    return products(sums(g)[:, :, i], states(g)[:, :-1, j])


def grad_U(g: Any, i: int, d: int) -> str:
    x = g.x if g.x.ndim == 3 else g.x[:, np.newaxis]
    return products(sums(g)[:, :, i], x[:, :, d])


def grad_b(g: Any, i: int) -> str:
    return " + ".join(map(short, sums(g)[:, :, i].flat))


WEIGHTS_BACK: dict[str, Callable[..., str]] = {"grad_x": grad_x, "grad_W": grad_W, "grad_U": grad_U, "grad_b": grad_b}
STEP_BACK = WEIGHTS_BACK | {"grad_h": grad_first}
TIME_BACK = WEIGHTS_BACK | {"grad_h0": grad_first}


# The language model


def words(g: Any) -> list[tuple[np.ndarray, int]]:
    """The logits and the word of every place, sentence by sentence."""
    logits = g.h @ g.V.T + g.b
    return list(zip(logits.reshape(-1, len(g.V)), g.targets.ravel()))


def word_losses(g: Any) -> str:
    return mean(one_loss(row, word) for row, word in words(g))


def off(g: Any) -> np.ndarray:
    """Softmax minus the right word, over the number of words: (N * T, M)."""
    hit = np.eye(len(g.V))[g.targets.ravel()]
    found: np.ndarray = (softmax(np.array([row for row, _ in words(g)])) - hit) / g.targets.size
    return found


def grad_h(g: Any, n: int, t: int, i: int) -> str:
    return products(off(g)[n * g.targets.shape[1] + t], g.V[:, i])


def grad_V(g: Any, m: int, i: int) -> str:
    return products(off(g)[:, m], g.h[:, :, i])


def grad_of_b(g: Any, m: int) -> str:
    return " + ".join(map(short, off(g)[:, m]))


def share(g: Any, *place: int) -> str:
    *row, m = place
    parts = exponentials(g.logits[tuple(row)] / g.temperature)
    return f"{parts[m]} / ({' + '.join(parts)})"


SURE = {"b": [0, 0], "targets": whole([[1]])}

PENCIL = {
    "embedding_forward": Pencil(
        (
            case(indices=whole([1, 0]), weight=[[1, 2], [3, 4], [5, 6]]),
            case(indices=whole([[2, 0]]), weight=[[1, 2], [3, 4], [5, 6]]),
        ),
        {"out": picked},
    ),
    "embedding_backward": Pencil(
        (
            case(indices=whole([[1, 0]]), weight=[[1, 2], [3, 4]], grad_out=[[[5, 6], [7, 8]]]),
            case(indices=whole([[1, 1]]), weight=[[1], [2], [3]], grad_out=[[[5], [7]]]),
            case(indices=whole([1, 1]), weight=[[1], [2], [3]], grad_out=[[5], [7]]),
            case(indices=whole([1, 0, 1]), weight=[[1], [2], [3]], grad_out=[[5], [6], [7]]),
        ),
        {"grad_weight": word_grad},
    ),
    "rnn_step_forward": Pencil(
        (
            case(x=[[1]], h=[[0.5]], W=[[-2]], U=[[3]], b=[-1]),
            case(x=[[0]], h=[[0.5, 0.2]], W=[[1, 2], [-1, 3]], U=[[0], [0]], b=[0, 0]),
        ),
        {"h_next": step},
    ),
    "rnn_step_backward": Pencil(
        (
            case(x=[[1]], h=[[0.2]], W=[[2]], U=[[3]], b=[-3], grad_h_next=[[5]]),
            case(x=[[1], [0]], h=[[0.2], [0.5]], W=[[2]], U=[[3]], b=[-3], grad_h_next=[[5], [4]]),
            case(x=[[0]], h=[[0.5, 0.2]], W=[[1, 2], [-1, 3]], U=[[0], [0]], b=[0, 0], grad_h_next=[[5, 4]]),
        ),
        STEP_BACK,
    ),
    "rnn_forward": Pencil(
        (
            case(x=[[[1]]], h0=[[0.5]], W=[[-2]], U=[[3]], b=[-1]),
            case(x=[[[1], [2]]], h0=[[0.5]], W=[[-2]], U=[[1]], b=[0.5]),
            case(x=[[[1], [2]], [[3], [-1]]], h0=[[0.5], [0.2]], W=[[-2]], U=[[0.5]], b=[0]),
            case(x=[[[0]]], h0=[[0.5, 0.2]], W=[[1, 2], [-1, 3]], U=[[0], [0]], b=[0, 0]),
        ),
        {"h": state},
    ),
    "rnn_backward": Pencil(
        (
            case(x=[[[1]]], h0=[[0.2]], W=[[2]], U=[[3]], b=[-3], grad_h=[[[5]]]),
            case(x=[[[1], [2]]], h0=[[0.5]], W=[[-2]], U=[[1]], b=[0], grad_h=[[[5], [4]]]),
            case(x=[[[1], [2]]], h0=[[0.5]], W=[[-1]], U=[[1]], b=[0], grad_h=[[[5], [4]]]),
            case(x=[[[0]]], h0=[[0.5, 0.2]], W=[[1, 2], [-1, 3]], U=[[0], [0]], b=[0, 0], grad_h=[[[5, 4]]]),
        ),
        TIME_BACK,
    ),
    "language_model_loss": Pencil(
        (
            case(h=[[[1]]], V=[[2], [-1]], b=[0, 1], targets=whole([[1]])),
            case(h=[[[1], [-1]]], V=[[2], [-1]], b=[0, 1], targets=whole([[1, 0]])),
            case(h=[[[1]], [[-1]]], V=[[2], [-1]], b=[0, 1], targets=whole([[1], [0]])),
            case(h=[[[1], [-1]], [[2], [0]]], V=[[2], [-1]], b=[0, 1], targets=whole([[1, 1], [0, 0]])),
            case(h=[[[1]]], V=[[50], [0]], **SURE),
            case(h=[[[1]]], V=[[1000], [0]], **SURE),
        ),
        {"loss": word_losses, "grad_h": grad_h, "grad_V": grad_V, "grad_b": grad_of_b},
        tolerance=1e-3,
    ),
    "softmax_with_temperature": Pencil(
        (
            case(logits=[0, 2], temperature=2.0),
            case(logits=[[0, 2], [4, 0]], temperature=2.0),
            case(logits=[4000, 3998], temperature=2.0),
        ),
        {"probabilities": share},
        sums_to_one,
    ),
}
