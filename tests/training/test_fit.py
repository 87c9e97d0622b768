"""Nets of the course learn; the loop, early stopping and the modules keep their promises."""

from functools import partial

import numpy as np
import pytest

from dltools import nn
from dltools.training import (
    GELU,
    LSTM,
    RNN,
    SGD,
    Adam,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dropout,
    EarlyStopping,
    Embedding,
    Flatten,
    Hardtanh,
    LastStep,
    LayerNorm,
    LeakyReLU,
    Linear,
    MaxPool2d,
    Module,
    PReLU,
    ReLU,
    ResidualBlock,
    Sequential,
    Sigmoid,
    Swish,
    Tanh,
    accuracy,
    character_corpus,
    digits,
    evaluate,
    fit,
    gradient_error,
    parameter_count,
    predict,
    sequence_cross_entropy,
    train_step,
    xor,
)


def make_rng() -> np.random.Generator:
    return np.random.default_rng(0)


NETS = {
    "images": (
        lambda rng: Sequential(
            *(Conv2d(2, 3, 3, rng, stride=(1, 2), padding=1), GELU(), BatchNorm(3), MaxPool2d(2)),
            *(ResidualBlock(3, rng), AvgPool2d(2, 1), PReLU(3), Flatten(), Linear(12, 4, rng), LayerNorm(4)),
        ),
        (5, 2, 6, 11),
    ),
    "vectors": (
        lambda rng: Sequential(
            *(Linear(4, 6, rng), Tanh(), Linear(6, 6, rng), Sigmoid(), Linear(6, 6, rng), Swish()),
            *(Linear(6, 5, rng), LeakyReLU(), Linear(5, 5, rng), Hardtanh(), ReLU(), Linear(5, 4, rng)),
        ),
        (3, 4),
    ),
    "sequences": (
        lambda rng: Sequential(RNN(4, 5, rng), Linear(5, 5, rng), LSTM(5, 3, rng), LastStep(), Linear(3, 4, rng)),
        (3, 6, 4),
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_gradients_of_whole_nets(name: str) -> None:
    make, shape = NETS[name]
    rng = make_rng()
    net, x, weights = make(rng), rng.normal(size=shape), rng.normal(size=(shape[0], 4))
    SGD(net, lr=1.0)  # parameters are views of one vector from here on
    net(x)
    grad_x = net.backward(weights)
    assert gradient_error(lambda x: np.sum(net(x) * weights), x, grad_x, rng) < 1e-6
    for parameter in net.parameters():
        value, grad = parameter.value.copy(), parameter.grad.copy()

        def loss(changed: np.ndarray, parameter: object = parameter) -> float:
            parameter.value[...] = changed
            return np.sum(net(x) * weights)

        assert gradient_error(loss, value, grad, rng) < 1e-6
        parameter.value[...] = value


def test_xor_is_learned() -> None:
    rng, (x, y) = make_rng(), xor()
    net = Sequential(Linear(2, 8, rng), Tanh(), Linear(8, 1, rng))
    fit(net, nn.binary_cross_entropy, Adam(net, lr=0.1), x, y, epochs=100, batch_size=4, rng=rng)
    np.testing.assert_array_equal(net(x) > 0, y == 1)


def test_digits_are_learned_by_a_small_cnn() -> None:
    rng, data = make_rng(), digits(dtype=np.float32)
    net = Sequential(
        *(Conv2d(1, 8, 3, rng, padding=1, dtype=np.float32), ReLU(), MaxPool2d(2), Flatten()),
        *(Dropout(0.2, rng), Linear(8 * 4 * 4, 10, rng, np.float32)),
    )
    history = fit(
        net,
        nn.cross_entropy,
        Adam(net, lr=5e-3),
        data.x_train,
        data.y_train,
        epochs=15,
        batch_size=32,
        rng=rng,
        validation=(data.x_validation, data.y_validation),
        early_stopping=EarlyStopping(patience=3),
    )
    assert min(history.validation_loss) == pytest.approx(
        evaluate(net, nn.cross_entropy, data.x_validation, data.y_validation)
    )
    assert accuracy(predict(net, data.x_test), data.y_test) > 0.93
    assert predict(net, data.x_test).dtype == np.float32


@pytest.mark.parametrize("kind", [RNN, LSTM])
def test_letters_are_learned(kind: type) -> None:
    rng, corpus = make_rng(), character_corpus()
    M = len(corpus.letters)
    net = Sequential(Embedding(M, 8, rng), kind(8, 32, rng), Linear(32, M, rng))
    optimizer = Adam(net, lr=1e-2)
    losses = [
        train_step(net, sequence_cross_entropy, optimizer, *corpus.batch(16, 25, rng), max_norm=5.0) for _ in range(80)
    ]
    assert losses[0] == pytest.approx(np.log(M), rel=0.3)
    assert losses[-1] < 0.6 * losses[0]


def test_the_same_seed_gives_the_same_history() -> None:
    def run() -> list[float]:
        rng, data = make_rng(), digits()
        net = Sequential(Flatten(), Linear(64, 10, rng))
        x, y = data.x_train[:100], data.y_train[:100]
        return fit(net, nn.cross_entropy, SGD(net, lr=0.1), x, y, epochs=3, batch_size=30, rng=rng).train_loss

    assert run() == run()


def test_penalty_adds_its_gradient_to_weights_and_spares_biases() -> None:
    rng, data = make_rng(), digits()
    x, y = data.x_train[:10], data.y_train[:10]
    net = Sequential(Flatten(), Linear(64, 10, rng))
    optimizer = SGD(net, lr=0.01)
    net.backward(nn.cross_entropy(net(x), y)[1])
    without, signs = optimizer.grads.copy(), np.sign(optimizer.values[:640])
    train_step(net, nn.cross_entropy, optimizer, x, y, penalty=partial(nn.l1_penalty, alpha=0.5))
    np.testing.assert_allclose(optimizer.grads[:640], without[:640] + 0.5 * signs)
    np.testing.assert_array_equal(optimizer.grads[640:], without[640:])


class Constant(Module):
    """A module with one number in its state."""

    def __init__(self) -> None:
        self.number = np.zeros(1)

    def buffers(self) -> list[np.ndarray]:
        return [self.number]


def stop_epoch(losses: list[float], patience: int, min_delta: float = 0.0) -> tuple[int, int, float]:
    """Return the epoch of the stop, the best epoch, and the restored number, which counts the epochs."""
    module, stopping = Constant(), EarlyStopping(patience, min_delta)
    for epoch, loss in enumerate(losses):
        module.number[:] = epoch
        if stopping.update(loss, module):
            break
    stopping.restore(module)
    return epoch, stopping.best_epoch, float(module.number[0])


def test_early_stopping_goes_back_to_the_best_epoch() -> None:
    assert stop_epoch([3, 2, 1, 2, 2, 2, 0], patience=2) == (4, 2, 2.0)
    assert stop_epoch([3, 2, 2.5, 1, 2], patience=2) == (4, 3, 3.0)
    assert stop_epoch([3, 3, 1], patience=0) == (1, 0, 0.0)
    assert stop_epoch([3, 2.9, 2.8, 2.7], patience=2, min_delta=0.15) == (3, 2, 2.0)
    assert stop_epoch([3, 2.95, 2.9, 2.85], patience=1, min_delta=0.5) == (1, 0, 0.0)
    assert stop_epoch([np.nan, 2, np.nan], patience=3) == (2, 1, 1.0)


@pytest.mark.parametrize(
    "arguments, sentence",
    [((-1,), "patience is -1, .* at least 0"), ((1.5,), "patience is 1.5, .* whole"), ((1, -0.1), "min_delta is -0.1")],
)
def test_early_stopping_refuses(arguments: tuple, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        EarlyStopping(*arguments)


def test_fit_refuses() -> None:
    net = Linear(2, 1, make_rng())
    run = partial(fit, net, nn.mse_loss, SGD(net, lr=0.1), epochs=1, rng=make_rng())
    with pytest.raises(ValueError, match=r"length of y is 3, .* 4"):
        run(x=np.ones((4, 2)), y=np.ones((3, 1)), batch_size=2)
    with pytest.raises(ValueError, match="batch_size is 0"):
        run(x=np.ones((4, 2)), y=np.ones((4, 1)), batch_size=0)
    with pytest.raises(ValueError, match="validation is None"):
        run(x=np.ones((4, 2)), y=np.ones((4, 1)), batch_size=2, early_stopping=EarlyStopping(1))


def test_dropout_and_batch_norm_know_training_from_use() -> None:
    rng = make_rng()
    x = rng.normal(size=(64, 3))
    net = Sequential(Dropout(0.5, rng), BatchNorm(3))
    assert not np.array_equal(net(x), net(x))
    net.eval()
    np.testing.assert_array_equal(net(x), net(x))
    np.testing.assert_allclose(net(x[:1]), net(x)[:1])


def test_the_state_of_batch_norm_is_saved_and_restored() -> None:
    rng = make_rng()
    net = Sequential(Linear(3, 3, rng), BatchNorm(3))
    x = rng.normal(size=(8, 3))
    net(x)
    state, expected = net.state(), predict(net, x)
    for _ in range(3):
        net(5 + x)
    assert not np.allclose(predict(net, x), expected)
    net.load_state(state)
    np.testing.assert_array_equal(predict(net, x), expected)


def test_parameter_count_is_that_of_the_notes() -> None:
    assert parameter_count(Conv2d(3, 6, 5, make_rng())) == nn.conv2d_parameter_count(3, 6, 5) == 456
