"""What a learner finds who plays the questions of the units: each row sets a figure, and reads the line below it."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pytest

from dltools import nn
from dltools.figures import activations, backpropagation, lstm, overfitting, perceptron, pooling, resnet, vanishing

CURVES = [getattr(nn, name + way) for name in ("sigmoid", "tanh", "relu") for way in ("_forward", "_backward")]
POOLING = [getattr(nn, f"{kind}_pool2d_{way}") for kind in ("max", "avg") for way in ("forward", "backward")]
LABS: dict[str, Callable[[], Any]] = {
    "activation": lambda: activations.activation_lab(*CURVES),
    "stack": lambda: activations.stack_lab(*CURVES),
    "graph": lambda: backpropagation.graph_lab(nn.two_layer_forward, nn.two_layer_backward),
    "descent": lambda: backpropagation.descent_lab(nn.two_layer_forward, nn.two_layer_backward),
    "xor": lambda: perceptron.xor_lab(nn.linear_forward, nn.linear_backward, nn.xor_weights),
    "pooling": lambda: pooling.pooling_lab(*POOLING),
    "way back": lambda: vanishing.way_back_lab(nn.rnn_jacobian),
    "distance": lambda: vanishing.distance_lab(nn.gradient_norm_by_distance),
    "cliff": lambda: vanishing.cliff_lab(nn.clip_grad_norm),
    "memory": lambda: lstm.memory_lab(nn.memory_cell_weights, nn.lstm_step_forward, nn.lstm_step_backward),
    "capacity": lambda: overfitting.capacity_lab(nn.polynomial_features),
    "missing block": resnet.drop_lab,
}
FOUND = [
    (
        "xor",
        {"start": 0, "network": "two layers, learning"},
        "(0, 1) 0.5, (1, 0) 1, (1, 1) 0.5",
    ),  # the one start of eight that never gets there
    ("xor", {"start": 1, "network": "one neuron, learning"}, "(0, 0) 0.5, (0, 1) 0.5, (1, 0) 0.5, (1, 1) 0.5"),
    ("activation", {"function": "sigmoid", "spread": 4}, "25% meet a slope under 0.01"),
    ("activation", {"function": "tanh", "spread": 4}, "46% meet a slope under 0.01"),
    ("activation", {"function": "relu", "spread": 8}, "50% meet a slope under 0.01"),
    ("stack", {"function": "sigmoid", "gain": 3, "depth": 10}, "0.00325 times that at the top"),
    ("stack", {"function": "relu", "gain": 1.41, "depth": 30, "layer": 30}, "18 of 64 units are dead"),
    ("descent", {"v": -2.0, "w": 4.0, "lr": 10}, "loss 0.092"),
    ("descent", {"v": -2.0, "w": 4.0, "lr": 30}, "v = 1.97, w = −2.99"),
    ("descent", {"v": -2.0, "w": 4.0, "lr": 1000}, "It has left the map."),
    ("descent", {"v": -1.0, "w": 6.0, "lr": 30}, "loss 0.097"),
    ("pooling", {"F": 2, "S": 2, "shift": 1}, "changes 8 of 16 outputs"),
    ("pooling", {"F": 4, "S": 2, "shift": 1}, "changes 1 of 9 outputs"),
    ("pooling", {"F": 4, "S": 1, "view": "backward"}, "4 of 64 pixels get a gradient"),
    ("pooling", {"F": 4, "S": 1, "view": "backward", "kind": "average"}, "64 of 64 pixels get a gradient"),
    ("way back", {"radius": 1.0, "inputs": 0.0}, "at h(1) it is 1."),
    ("distance", {"radius": 1.0, "inputs": 0.0}, "each step multiplies it by about 0.99"),
    ("distance", {"radius": 1.5, "inputs": 0.2}, "each step multiplies it by about 0.99"),
    ("cliff", {"start": "A", "rate": 0.1}, "The largest norm on the way was 204, at step 5."),
    ("cliff", {"start": "A", "rate": 0.1, "clip": True}, "The largest norm on the way was 2.53"),
    ("cliff", {"start": "A", "rate": 0.2}, "The largest norm on the way was 1.35"),
    ("memory", {"strength": 6}, "the cell is 0.781"),
    ("memory", {"strength": 7}, "the cell is 0.913"),
    ("capacity", {"count": 10, "degree": 9}, "training error 0 (but for rounding)"),
    ("capacity", {"count": 80, "degree": 12}, "validation error 0.129"),
    ("missing block", {"block": 4}, "residual 91%, 92%, 92% whole, 86%, 92%, 87% without"),
]


@lru_cache(maxsize=1)
def lab(name: str) -> tuple[Any, dict[str, Any]]:
    """A figure, and the values with which it starts."""
    figure = LABS[name]()
    return figure, dict(figure.values)


@pytest.mark.parametrize("name, setting, found", FOUND, ids=lambda part: part if isinstance(part, str) else "")
def test_what_is_found_by_playing(name: str, setting: dict[str, Any], found: str) -> None:
    figure, start = lab(name)
    for control, value in (start | setting).items():
        figure.control[control].value = value
    figure.reveal()
    assert found in re.sub("<[^>]+>", "", figure.status)
