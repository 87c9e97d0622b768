"""Unit 08: the figures run the student's functions, tell right from wrong, and say in one sentence what is missing."""

import numpy as np
import pytest

from dltools import nn
from dltools.figures import lstm


def revealed(lab):
    lab.revealed = True
    lab.refresh()
    return lab


def unwritten(*arguments):
    raise NotImplementedError


def memory(weights=nn.memory_cell_weights, forward=nn.lstm_step_forward, backward=nn.lstm_step_backward):
    return revealed(lstm.memory_lab(weights, forward, backward))


def test_a_right_step_gives_the_numbers_by_hand():
    assert revealed(lstm.cell_lab(nn.lstm_step_forward)).status.endswith("gives the same.")


def test_the_sums_in_the_gates_are_built_of_h_x_and_bias_and_given_to_the_function():
    lab = revealed(lstm.cell_lab(nn.lstm_step_forward))
    for name, value in {"h": 0.5, "x": -1.0}.items():
        lab.control[name].value = value
    lab.reveal()
    assert "f:  1 · 0.5 + (−1) · (−1) + 2 = 3.5" in lab.picture and "σ(3.5)" in lab.picture
    assert lab.status.endswith("gives the same.")


def test_a_wrong_step_is_told_from_the_numbers_by_hand():
    def adds_everything(x, h, c, W, U, b):
        h_next, c_next, cache = nn.lstm_step_forward(x, h, c, W, U, b)
        return h_next, c_next + 1, cache

    assert "gives the cell 1.948" in revealed(lstm.cell_lab(adds_everything)).status


@pytest.mark.parametrize(
    "values, answer",
    [
        ({"f": 8.0, "i": -8.0, "candidate": 3.0, "old": 0.8}, "the same in two decimals"),
        ({"f": -8.0, "i": -8.0, "candidate": 3.0, "old": 0.8}, "smaller than the old one"),
        ({"f": 8.0, "i": 8.0, "candidate": 3.0, "old": 0.8}, "larger than the old one"),
    ],
)
def test_the_answers_of_the_cell(values, answer):
    assert lstm.cell_lab(nn.lstm_step_forward).answer(h=0.0, x=0.0, o=0.0, **values) == answer


@pytest.mark.parametrize("strength", [4.0, 8.0])
def test_a_kept_bit_and_its_gradient_are_powers_of_the_forget_gate(strength):
    lab = memory()
    cells, grads = lab.lstm(strength, noise=0.0)
    f = 1 / (1 + np.exp(-strength))
    assert cells[-1] / cells[0] == pytest.approx(f**99)
    assert grads[0] == pytest.approx(f**99)


def test_the_rnn_may_keep_the_bit_but_its_gradient_vanishes():
    states, grads = memory().rnn(w=1.5, noise=0.0)
    assert states[-1] > 0.5 and grads[0] < 1e-30


def test_the_answers_of_the_memory():
    lab = memory()
    assert lab.answer(strength=6.0, w=0.9, noise=0.0) == "the LSTM only"
    assert lab.answer(strength=1.0, w=0.9, noise=0.0) == "neither"
    assert lab.answer(strength=8.0, w=1.5, noise=0.0) == "both"


@pytest.mark.parametrize("name", ["memory_cell_weights", "lstm_step_forward", "lstm_step_backward"])
def test_a_function_that_is_not_written_is_said_and_the_rnn_is_drawn(name):
    lab = memory(**{{"memory_cell_weights": "weights"}.get(name, name.removeprefix("lstm_step_")): unwritten})
    assert f"{name} is not written yet" in lab.trouble
    assert "Only the RNN" in lab.status
    assert lab.static()


def test_the_training_is_gone_through_look_by_look():
    losses, targets = [0.2] * 40, np.array([0.5, 1.0, 1.5])
    learns, stays = np.stack([np.ones(3), targets]), np.ones((2, 3))
    lab = lstm.learning_lab(
        [lstm.Record("A", losses, 40, learns, targets), lstm.Record("B", losses, 40, stays, targets)]
    )
    assert lab.answer(**lab.values) == "the first only"
    revealed(lab)
    assert "After 0 steps" in lab.status and "33% (A); 33% (B)" in lab.status
    lab.control["at"].value = 40
    assert "100% (A); 33% (B)" in lab.status
