"""Unit 07: the figures run the student's functions, tell right from wrong, and say in one sentence what is missing."""

import numpy as np
import pytest

from dltools import nn
from dltools.figures import vanishing


def revealed(lab):
    lab.revealed = True
    lab.refresh()
    return lab


def unwritten(*arguments):
    raise NotImplementedError


def test_a_right_jacobian_agrees_with_the_network_at_every_step():
    lab = revealed(vanishing.way_back_lab(nn.rnn_jacobian))
    for t in range(2, vanishing.T + 1):
        lab.control["t"].value = t
        assert "agrees with the network" in lab.status
        assert lab.trouble == ""


def test_a_wrong_jacobian_does_not_agree():
    lab = revealed(vanishing.way_back_lab(lambda h, W: W * (1 - h**2)))
    assert "does not agree" in lab.status


def test_the_gradients_of_the_way_back_are_those_of_backpropagation():
    lab = vanishing.way_back_lab(nn.rnn_jacobian)
    h, W = lab.network(radius=1.3, inputs=0.8)
    product = nn.rnn_jacobian_product(h, W)
    np.testing.assert_allclose(lab.true_gradients(h, W)[0], vanishing.LOSS_GRADIENT @ product, atol=1e-8)


@pytest.mark.parametrize("radius, inputs, answer", [(0.8, 0.0, "shorter"), (1.0, 0.0, "neither"), (1.5, 0.0, "longer")])
def test_a_rotation_scales_the_arrows(radius, inputs, answer):
    assert vanishing.way_back_lab(nn.rnn_jacobian).answer(radius=radius, inputs=inputs, t=6) == answer


@pytest.mark.parametrize("radius", [0.5, 1.0, 1.5])
def test_without_inputs_the_norm_is_a_power_of_the_radius(radius):
    lab = vanishing.distance_lab(nn.gradient_norm_by_distance)
    logs = np.log10(np.median(lab.norms(radius, inputs=0.0, length=60), axis=0))
    assert (logs[59] - logs[29]) / 30 == pytest.approx(np.log10(radius), abs=0.01)


def test_the_prediction_is_answered_by_the_students_own_norms():
    lab = vanishing.distance_lab(nn.gradient_norm_by_distance)
    assert lab.answer(radius=0.5, inputs=0.0, length=60) == "below 10⁻⁹"
    assert lab.answer(radius=1.0, inputs=0.0, length=60) == "10⁻³ to 10³"


def test_without_clipping_the_walk_leaves_the_map_and_with_it_it_ends_in_the_valley():
    lab = vanishing.cliff_lab(nn.clip_grad_norm)
    assert lab.walk("A", rate=0.1, clip=False, max_norm=1.0)[-1, 2] > 0.05
    assert lab.walk("A", rate=0.1, clip=True, max_norm=1.0)[-1, 2] < 1e-6
    assert lab.answer(start="A", rate=0.1, clip=True, max_norm=1.0) == "below 0.01"


def test_the_landscape_is_the_loss_of_the_network():
    w, b, loss = vanishing.landscape()
    assert loss[40, 70] == pytest.approx(vanishing.one_unit(w[70], b[40])[0])


@pytest.mark.parametrize("clip", [unwritten, lambda grads, max_norm: grads, lambda grads, max_norm: (grads[:1], 1.0)])
def test_a_clipping_that_fails_is_said(clip):
    lab = revealed(vanishing.cliff_lab(clip))
    lab.control["clip"].value = True
    assert "clip_grad_norm" in lab.trouble


def test_functions_that_are_not_written_are_said():
    for lab, name in (
        (vanishing.way_back_lab(unwritten), "rnn_jacobian"),
        (vanishing.distance_lab(unwritten), "gradient_norm_by_distance"),
    ):
        assert f"{name} is not written yet" in revealed(lab).trouble
        assert lab.static()


def test_norms_that_do_not_agree_with_backpropagation_are_said():
    def walks_forward(grad_h_last, h, W):
        return nn.gradient_norm_by_distance(grad_h_last, h[[0, *range(len(h) - 1, 0, -1)]], W)

    assert "does not agree" not in revealed(vanishing.distance_lab(nn.gradient_norm_by_distance)).status
    assert "does not agree" in revealed(vanishing.distance_lab(walks_forward)).status
