"""Unit 11, the end: all that was built in the course, in one picture."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dltools import nn
from dltools.figures import BLUE, ORANGE, VERMILION
from dltools.figures.depth_runs import BLOCKS, SEEDS, key, runs
from dltools.training import (
    RNN,
    Adam,
    Embedding,
    Linear,
    Module,
    Sequential,
    character_corpus,
    digits,
    polynomial_noise,
    sample_image,
    train_step,
)

SOBEL = np.array([[[[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]]])
STEPS = 60
SENTENCE = "the cat sees the moon at night."


def portrait(predict: Callable[[np.ndarray], Any], images: np.ndarray, number: str) -> Figure:
    """Draw one thing from each part of the course, by the functions that you have written, and your net at the end.

    Args:
        predict: yours, which says for images (N, 1, H, W) which digits they show.
        images: the first four are read by it.
        number: how good it is, in words.
    """
    figure, axes = plt.subplots(3, 4, figsize=(11, 7.6), layout="constrained")
    for axis, (title, draw) in zip(axes.flat, PANELS.items()):
        axis.set_title(title, fontsize=10)
        draw(axis)
    read = np.asarray(predict(images[:4]))
    for axis, first in zip(axes.flat[len(PANELS) :], (0, 2)):
        axis.set_title(f"11  your net reads {read[first]}, {read[first + 1]}", fontsize=10)
        show(axis, np.hstack([images[first, 0], images[first + 1, 0]]))
    figure.suptitle(f"What you have built; your net: {number}")
    plt.close(figure)  # the cell shows what it returns
    return figure


def show(axis: Axes, image: np.ndarray) -> None:
    axis.imshow(image, cmap="gray")
    axis.set(xticks=[], yticks=[])


def draw_xor(axis: Axes) -> None:
    """The output of the network that was set by hand, over the plane of its inputs."""
    weight1, bias1, weight2, bias2 = nn.xor_weights()
    grid = np.stack(np.meshgrid(*2 * [np.linspace(-0.4, 1.4, 60)]), axis=-1).reshape(-1, 2)
    hidden = nn.sigmoid(nn.linear_forward(grid, weight1, bias1)[0])
    out = nn.sigmoid(nn.linear_forward(hidden, weight2, bias2)[0])
    axis.imshow(out.reshape(60, 60), extent=(-0.4, 1.4, -0.4, 1.4), origin="lower", cmap="Blues", alpha=0.6)
    axis.plot([0, 1], [0, 1], "s", [0, 1], [1, 0], "o")


def draw_activations(axis: Axes) -> None:
    x = np.linspace(-3, 3, 200)
    for forward in (nn.sigmoid_forward, nn.tanh_forward, nn.relu_forward, nn.gelu_forward):
        axis.plot(x, forward(x)[0])
    axis.set_ylim(-1.2, 2)


def draw_learning(axis: Axes) -> None:
    """The loss of the two-layer net on the digits."""
    data, rng = digits(), np.random.default_rng(0)
    V, W = rng.normal(0, 1 / 8, size=(32, 64)), rng.normal(0, 1 / 8, size=(10, 32))
    *_, losses = nn.train_two_layer(data.x_train.reshape(-1, 64), data.y_train, V, W, lr=1.0, batch_size=32, epochs=8)
    axis.plot(range(1, 9), losses, "o-", color=BLUE)
    axis.set(xlabel="epoch", ylabel="loss", ylim=(0, None))


def draw_edges(axis: Axes) -> None:
    show(axis, nn.conv2d_forward(sample_image("china", 3, gray=True)[None], SOBEL, np.zeros(1))[0][0, 0])


def draw_pooling(axis: Axes) -> None:
    photograph = sample_image("china", 3, gray=True)[None]
    show(axis, nn.max_pool2d_forward(photograph, 8)[0][0, 0])


class EveryStep(Module):
    """(N, T, H) to (N * T, H): a row for each step."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.x_shape = x.shape
        return x.reshape(-1, x.shape[-1])

    def backward(self, grad_out: np.ndarray) -> np.ndarray:
        return grad_out.reshape(self.x_shape)


def draw_surprise(axis: Axes) -> None:
    """A small RNN, trained on letters for a second: how much each letter of a sentence surprises it."""
    corpus, rng = character_corpus(), np.random.default_rng(0)
    count = len(corpus.letters)
    net = Sequential(Embedding(count, 16, rng), RNN(16, 32, rng), EveryStep(), Linear(32, count, rng))
    optimizer = Adam(net, 0.01)
    for _ in range(300):
        x, y = corpus.batch(16, 30, rng)
        train_step(net, nn.cross_entropy, optimizer, x, y.ravel())
    letters = corpus.encode("\n" + SENTENCE)
    known = nn.softmax(net(letters[np.newaxis, :-1]))[np.arange(len(SENTENCE)), letters[1:]]
    axis.bar(range(len(SENTENCE)), -np.log(known), color=BLUE)
    axis.set_xticks(range(len(SENTENCE)), list(SENTENCE), fontsize=7)


def draw_vanishing(axis: Axes) -> None:
    """What is left of a gradient, step by step back, for three sizes of the weights."""
    W = np.linalg.qr(np.random.default_rng(0).normal(size=(16, 16)))[0]
    for radius, color in ((0.9, VERMILION), (1.0, BLUE), (1.1, ORANGE)):
        norms = nn.gradient_norm_by_distance(np.eye(16)[0], np.zeros((STEPS, 16)), radius * W)
        axis.semilogy(norms, color=color)
    axis.set(xlabel="steps back")


def draw_memory(axis: Axes) -> None:
    """The cell that was set by hand keeps its bit; one unit of an RNN forgets it."""
    W, U, b = nn.memory_cell_weights(8.0)
    bits = np.zeros((1, STEPS, 2))
    bits[0, 0] = 1
    h, *_ = nn.lstm_forward(bits, np.zeros((1, 1)), np.zeros((1, 1)), W, U, b)
    fading, _ = nn.rnn_forward(bits[:, :, :1], np.zeros((1, 1)), np.full((1, 1), 0.9), np.ones((1, 1)), np.zeros(1))
    axis.plot(h[0, :, 0] / h[0, 0, 0], color=BLUE)
    axis.plot(fading[0, :, 0] / fading[0, 0, 0], "--", color=VERMILION)
    axis.set(xlabel="step", ylim=(-0.05, 1.1))


def draw_depth(axis: Axes) -> None:
    """The loss of the nets that unit 09 compares, by their depth."""
    for kind, style, color in (("plain", "s--", ORANGE), ("residual", "o-", BLUE)):
        losses = [[runs()[key(kind, blocks, seed)]["losses"][-1] for seed in SEEDS] for blocks in BLOCKS]
        axis.plot([2 * blocks for blocks in BLOCKS], np.median(losses, axis=1), style, color=color)
    axis.set(xlabel="convolutions", ylabel="loss", ylim=(0, None))


def draw_bending(axis: Axes) -> None:
    """Twenty points, a curve that bends at will, and the same with a penalty on its weights."""
    x, y = polynomial_noise(20, noise=0.3, seed=3)
    places = np.linspace(x.min(), x.max(), 200)
    features, line = nn.polynomial_features(x[:, 0], 12), nn.polynomial_features(places, 12)
    for beta, style, color in ((0.0, "--", VERMILION), (0.01, "-", BLUE)):
        weights = np.linalg.lstsq(features.T @ features + beta * np.eye(13), features.T @ y[:, 0])[0]
        axis.plot(places, line @ weights, style, color=color)
    axis.plot(x[:, 0], y[:, 0], ".", color="black")
    axis.set_ylim(y.min() - 0.5, y.max() + 0.5)


PANELS: dict[str, Callable[[Axes], None]] = {
    "01  XOR, by hand": draw_xor,
    "02  the bends": draw_activations,
    "03  a net learns by the chain rule": draw_learning,
    "04  edges": draw_edges,
    "05  pooled by eight": draw_pooling,
    "06  how much each letter surprises": draw_surprise,
    "07  what becomes of a gradient": draw_vanishing,
    "08  a cell remembers a bit": draw_memory,
    "09  deeper, with the + x and without": draw_depth,
    "10  bent at will, and held back": draw_bending,
}
