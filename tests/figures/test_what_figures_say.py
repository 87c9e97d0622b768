"""What the figures of the units say: starts that teach, reasons given, answers that can be checked by hand."""

from itertools import product
from typing import Any

import numpy as np

from dltools.figures.activations import activation_lab
from dltools.figures.backpropagation import graph_lab
from dltools.figures.lstm import cell_lab
from dltools.figures.perceptron import MOMENTS, neuron_lab, xor_lab
from dltools.figures.pooling import CANVAS, CLASSES, EXAMPLES, moving_lab
from dltools.figures.resnet import block_lab
from dltools.figures.rnn import language_lab
from dltools.figures.vanishing import cliff_lab
from dltools.nn import (
    clip_grad_norm,
    gelu_backward,
    gelu_forward,
    linear_backward,
    linear_forward,
    lstm_step_forward,
    neuron,
    prelu_backward,
    prelu_forward,
    relu_backward,
    relu_forward,
    residual_block_backward,
    residual_block_forward,
    rnn_step_forward,
    softmax_with_temperature,
    two_layer_backward,
    two_layer_forward,
    xor_weights,
)


def test_the_neuron_starts_where_five_steps_are_too_few_and_one_of_them_makes_it_worse() -> None:
    figure, wrong = neuron_lab(neuron), []
    for _ in range(8):
        wrong.append(int(figure.status[0]))
        figure.control["clicks"].click()
    assert wrong == [2, 1, 2, 3, 1, 1, 2, 0]
    assert "Nothing is left to learn." in figure.status


def test_a_neuron_without_its_activation_is_told_why_its_points_are_wrong() -> None:
    figure = neuron_lab(lambda x, w, activation: x @ w)
    assert "returns the sum without its activation" in figure.status
    assert "activation" not in neuron_lab(neuron).status


def test_before_the_prediction_xor_shows_the_net_before_its_first_step() -> None:
    figure = xor_lab(linear_forward, linear_backward, xor_weights)
    assert "Predict what the output makes of them" in figure.status and "right" not in figure.status
    figure.control["network"].value = "two layers, learning"
    assert "before the first step" in figure.status and figure.shown["moment"] == 0
    figure.reveal()
    assert "after 2,000 steps" in figure.status and figure.shown["moment"] == 2000


def test_labels_of_hidden_points_stand_apart_from_each_other_and_from_the_points() -> None:
    figure: Any = xor_lab(linear_forward, linear_backward, xor_weights)
    for moment, start in product(MOMENTS, (1, 3)):
        figure.revealed = True
        figure._settle_at({"network": "two layers, learning", "moment": moment, "start": start})
        figure._playing = True
        figure.refresh()
        labels = [label for label in figure.names if label.get_text()]
        boxes = [(*label.get_position(), 0.035 * len(label.get_text()), 0.06) for label in labels]
        marks = [(*place, 0.05, 0.05) for mark in figure.marks[1].artists for place in mark.get_xydata()]
        assert len(marks) == 4 and "".join(label.get_text() for label in labels).count("(") == 4
        for at, (x, y, wide, high) in enumerate(boxes):
            for u, v, other, tall in (*boxes[:at], *marks):
                assert abs(x - u) >= wide + other or abs(y - v) >= high + tall, (moment, start)


def test_a_loss_that_a_nudge_hardly_changes_is_a_prediction_of_its_own() -> None:
    figure = graph_lab(two_layer_forward, two_layer_backward)
    assert figure.answer(**figure.values) == "larger"
    figure.control["y"].value = "0.171 0.726"  # as the text asks: what comes out
    assert figure.answer(**figure.values) == "hardly different"


def test_the_cell_is_written_with_three_decimals_so_that_its_sum_adds_up() -> None:
    figure = cell_lab(lstm_step_forward)
    figure.reveal()
    assert "0.705 + 0.243 = 0.948" in figure.status


def test_what_the_nets_answer_stays_revealed_with_an_overview_of_all_digits() -> None:
    def always_eight(images: np.ndarray) -> np.ndarray:
        assert images.shape[1:] == (1, CANVAS, CANVAS)
        return np.tile(np.eye(CLASSES)[8], (len(images), 1))

    figure = moving_lab(always_eight, always_eight)
    assert "All twenty digits" not in figure.picture
    figure.reveal()
    figure.control["digit"].value = 2
    assert figure.revealed and "All twenty digits" in figure.picture
    assert figure.outcome == "Digit 1 of 20: it is more than 54."
    assert figure.picture.count(">81<") + figure.picture.count(">0<") >= 2 * EXAMPLES


def test_the_parts_of_a_block_and_the_starts_at_the_cliff_can_be_touched() -> None:
    block = block_lab(residual_block_forward, residual_block_backward)
    block.asked({"touch": ["w1", 1]})
    block.asked({"touch": ["x", -1]})
    assert (block.values["w1"], block.values["x"]) == (2.0, 1.5)
    cliff = cliff_lab(clip_grad_norm)
    assert [target["set"] for target in cliff.drawing.targets.values()] == [{"start": name} for name in "ABCD"]


def test_letters_are_colored_by_the_unit_that_is_chosen() -> None:
    figure = language_lab(rnn_step_forward, softmax_with_temperature)
    plain = figure.picture.count("fill-opacity")
    figure.control["unit"].value = 7
    assert figure.picture.count("fill-opacity") >= plain + len("the cat sees") - 1
    assert "Unit 7 is " in figure.status


def test_an_activation_has_the_controls_of_its_own_arguments_only() -> None:
    assert {"slope", "form"}.isdisjoint(activation_lab(relu_forward, relu_backward).control)
    assert "form" in activation_lab(gelu_forward, gelu_backward).control
    assert "slope" in activation_lab(prelu_forward, prelu_backward).control


def test_a_letter_that_the_model_has_never_seen_is_named_with_those_it_has() -> None:
    figure = language_lab(rnn_step_forward, softmax_with_temperature)
    figure._set({"text": "xyzzy A"})
    assert figure.trouble.startswith("The model has never seen A x z;") and "all but j, x, z." in figure.trouble
