"""Three nets that read a digit wherever it stands, trained beforehand: units 00 and 05 show what they say.

`python -m dltools.figures.readers` trains them, which takes half a minute, and writes readers.npz.
"""

from functools import cache
from pathlib import Path

import numpy as np

from dltools.nn.backpropagation import cross_entropy
from dltools.nn.cnn import cnn_backward, cnn_forward
from dltools.training import Adam, Flatten, Linear, ReLU, Sequential, digits, he_normal, train_epoch
from dltools.training.images import wander
from dltools.training.modules import Layer, Module, Parameter

CANVAS, CLASSES = 16, 10
EPOCHS, BATCH, LR = 15, 32, 3e-3
STORED = Path(__file__).with_suffix(".npz")


class CNN(Layer):
    """The whole CNN as a module."""

    functions = cnn_forward, cnn_backward


def random_parameters(rng: np.random.Generator, filters: tuple[int, int] = (8, 16)) -> list[np.ndarray]:
    """Return the six arrays of an untrained CNN."""
    shapes = (filters[0], 1, 3, 3), (filters[1], filters[0], 3, 3), (CLASSES, filters[1] * (CANVAS // 4) ** 2)
    return [array for shape in shapes for array in (he_normal(shape, rng, np.float32), np.zeros(shape[0], np.float32))]


def untrained(rng: np.random.Generator) -> dict[str, Module]:
    """Return a CNN, a net of two layers with as many parameters, and one layer: images (N, 1, 16, 16) to logits."""
    cnn = CNN(*(Parameter(array) for array in random_parameters(rng)))
    hidden = Linear(CANVAS**2, 14, rng, np.float32)
    two = Sequential(Flatten(), hidden, ReLU(), Linear(14, CLASSES, rng, np.float32))
    one = Sequential(Flatten(), Linear(CANVAS**2, CLASSES, np.random.default_rng(1), np.float32))
    return {"CNN": cnn, "Two layers": two, "One layer": one}


@cache
def readers() -> dict[str, Module]:
    """Return the nets by name, with their stored weights."""
    nets = untrained(np.random.default_rng(0))
    with np.load(STORED) as stored:
        for name, net in nets.items():
            for place, parameter in enumerate(net.parameters()):
                parameter.value = stored[f"{name} {place}"]
    return nets


def train() -> dict[str, Module]:
    """Train the nets on digits that wander over the canvas."""
    split, rng = digits(validation=0, test=0.2, dtype=np.float32), np.random.default_rng(0)
    nets = untrained(rng)
    for net in nets.values():
        optimizer = Adam(net, lr=LR)
        for _ in range(EPOCHS):
            x = wander(split.x_train, CANVAS, rng)
            train_epoch(net, cross_entropy, optimizer, x, split.y_train, BATCH, rng)
    return nets


def main() -> None:
    """Train all nets and store their weights."""
    weights = {
        f"{name} {place}": parameter.value
        for name, net in train().items()
        for place, parameter in enumerate(net.parameters())
    }
    np.savez_compressed(STORED, **weights)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
