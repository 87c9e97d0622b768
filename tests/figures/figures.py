"""Every figure of the course, for the browser test: one row a figure."""

from typing import NamedTuple


class Row(NamedTuple):
    unit: str
    """The module of dltools.figures."""
    lab: str
    functions: tuple[str, ...]
    """What the lab is called with: names in dltools.nn, or those that `setup` makes."""
    slider: str
    """The accessible name of a slider that changes the picture when ArrowRight is pressed on it."""
    setup: str = ""
    """Lines to run before."""
    chosen: tuple[str, str] = ("", "")
    """A menu and the entry of it in which the slider is at work, where the figure opens with another."""


TRAINED_NET = """
import numpy as np
from dltools.checks.capstone import confusion_matrix, worst_mistakes
from dltools.nn import cross_entropy
from dltools.training import Adam, Flatten, Linear, Sequential, distorted_digits, fit
data, rng = distorted_digits(copies=1), np.random.default_rng(0)
x, y, net = data.x_validation, data.y_validation, Sequential(Flatten(), Linear(196, 10, rng))
history = fit(net, cross_entropy, Adam(net, 0.01), data.x_train, data.y_train, 5, 64, rng, (x, y))
"""

TRAINED_CNN = """
from dltools.figures.readers import readers
from dltools.nn import cnn_forward, max_pool2d_forward
weights = [parameter.value for parameter in readers()["CNN"].parameters()]
"""

FIGURES = [
    Row("drawing", "reading_lab", (), "column"),
    Row("drawing", "drawing_lab", (), "column"),
    Row("broadcasting", "broadcasting_lab", (), "row"),
    Row("perceptron", "neuron_lab", ("neuron",), "start at weight w1"),
    Row(
        "perceptron",
        "xor_lab",
        ("linear_forward", "linear_backward", "xor_weights"),
        "start",
        chosen=("network", "one neuron, learning"),
    ),
    Row("perceptron", "network_lab", ("linear_forward",), "neuron"),
    Row("activations", "activation_lab", ("relu_forward", "relu_backward"), "z"),
    Row("activations", "stack_lab", ("relu_forward", "relu_backward"), "layer"),
    Row("activations", "race_lab", ("relu_forward", "relu_backward"), "epochs"),
    Row("backpropagation", "graph_lab", ("two_layer_forward", "two_layer_backward"), "step"),
    Row("backpropagation", "descent_lab", ("two_layer_forward", "two_layer_backward"), "start at v"),
    Row("convolution", "convolution_lab", ("conv2d_forward",), "output row"),
    Row("convolution", "filters_lab", ("conv2d_forward",), "output column"),
    Row("convolution", "learned_lab", ("conv2d_forward", "conv2d_backward"), "steps taken"),
    Row("convolution", "connections_lab", ("conv2d_forward",), "output"),
    Row(
        "pooling",
        "pooling_lab",
        ("max_pool2d_forward", "max_pool2d_backward", "avg_pool2d_forward", "avg_pool2d_backward"),
        "output row",
    ),
    Row("pooling", "cnn_lab", ("cnn_forward", "max_pool2d_forward", "weights"), "digit", TRAINED_CNN),
    Row("pooling", "moving_lab", (), "column"),
    Row("rnn", "unrolled_lab", ("rnn_step_forward", "rnn_step_backward"), "length"),
    Row("rnn", "language_lab", ("rnn_step_forward", "softmax_with_temperature"), "letter"),
    Row("vanishing", "way_back_lab", ("rnn_jacobian",), "unfold step"),
    Row("vanishing", "distance_lab", ("gradient_norm_by_distance",), "length"),
    Row("vanishing", "cliff_lab", ("clip_grad_norm",), "learning rate"),
    Row("lstm", "cell_lab", ("lstm_step_forward",), "forget gate f"),
    Row("lstm", "memory_lab", ("memory_cell_weights", "lstm_step_forward", "lstm_step_backward"), "RNN weight w"),
    Row("lstm", "learning_lab", (), "steps of training"),
    Row("resnet", "block_lab", ("residual_block_forward", "residual_block_backward"), "weight w1"),
    Row("resnet", "depth_lab", (), "convolutions"),
    Row("resnet", "drop_lab", (), "block left out"),
    Row("overfitting", "capacity_lab", ("polynomial_features",), "degree"),
    Row("overfitting", "stopping_lab", ("early_stopping",), "run"),
    Row("overfitting", "penalty_lab", ("soft_threshold", "l2_penalty"), "lowest w1"),
    Row("overfitting", "dropout_lab", ("dropout_forward",), "rate p"),
    Row(
        "capstone",
        "dashboard_lab",
        ("net", "history", "x", "y", "confusion_matrix", "worst_mistakes"),
        "true digit",
        TRAINED_NET,
    ),
]
