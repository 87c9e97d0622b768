"""The fold-out answers to the questions in the texts: each number was made by playing, and is made again."""

import re
from itertools import pairwise

import numpy as np
import pytest
from asked import answers, cells, says

from dltools import nn
from dltools.checks import UNITS
from dltools.figures import activations, backpropagation, convolution, lstm, overfitting, perceptron, pooling, resnet
from dltools.figures import rnn as rnn_figures
from dltools.figures import vanishing as vanishing_figures


def test_every_question_has_its_answer():
    asked = {
        cell: re.findall(r"\*Questions?(?: that only playing answers)?\.\*", cell)
        for unit in UNITS
        for cell in cells(unit)
    }
    assert sum(map(len, asked.values())) > 40
    for cell, questions in asked.items():
        assert len(answers(cell)) == len(questions), cell
        assert all(len(answer.split()) > 25 for answer in answers(cell)), cell


def wrong_by_step(start, data, steps):
    lab = perceptron.neuron_lab(nn.neuron)
    x, targets = lab.points(data, "")
    walk = [lab.learn(x, targets, np.array(start), count)[0] for count in range(steps + 1)]
    return walk, [lab.count_wrong(x, targets, weights) for weights in walk]


def test_the_rule_ends_for_and_and_goes_round_for_xor():
    _, wrong = wrong_by_step((-1.0, 0.5, 0.0), "AND", 25)
    assert wrong.index(0) == 7 and sum(later > before for before, later in pairwise(wrong)) == 3
    assert wrong_by_step((1.0, 1.0, -0.5), "OR", 0)[1] == [0]
    walk, wrong = wrong_by_step((-1.0, 0.5, 0.0), "XOR", 21)
    assert all(np.array_equal(walk[k], walk[k + 4]) for k in range(1, 18)) and set(wrong[1:]) == {2, 3}
    says("01-perceptron", "7 steps", "three of them make it worse", "$w = (1, 1)$, $b = -0.5$", "every fourth step")


def test_tanh_is_flat_earlier_than_the_sigmoid():
    lab = activations.activation_lab(nn.sigmoid_forward, nn.sigmoid_backward, nn.tanh_forward, nn.tanh_backward)
    z = np.linspace(0, 10, 10_001)
    for name, edge, share in (("sigmoid", 4.6, 0.25), ("tanh", 3.0, 0.46)):
        slopes = lab.activations.run(name, z)[1]
        assert z[np.abs(slopes) < 0.01][0] == pytest.approx(edge, abs=0.02)
        assert lab.flat_share(name, 4, 0, "none")[1].mean() == pytest.approx(share, abs=0.005)
    says("02-activations", "$|z| = 4.6$", "tanh beyond 3.0", "25 %", "46 %")


def test_the_race_of_the_activations():
    names = ("sigmoid", "tanh", "hardtanh", "relu", "leaky_relu", "swish", "gelu")
    lab = activations.race_lab(*(getattr(nn, f"{name}_{way}") for name in names for way in ("forward", "backward")))
    usual = {"layers": 5, "scale": 1, "rate": 0.1, "start": 0}
    looks = {name: lab.looks(name, 10, **usual) for name in names}
    first, last = ([100 * found[epoch].share for found in looks.values()] for epoch in (1, 10))
    assert set(np.argsort(first)[-2:]) == {1, 2} and first[1:3] == pytest.approx([75, 75], abs=2)
    assert last[0] < 15 and 95 <= round(min(last[1:])) <= round(max(last)) <= 97
    large = {name: lab.looks(name, 5, **usual | {"scale": 16, "rate": 0.01})[5] for name in names}
    shares = [round(100 * look.share) for look in large.values()]
    assert (min(shares[3:]), max(shares[3:])) == (78, 83) and shares[1:3] == [55, 56]
    assert [large[name].spreads[0] for name in names[1:3]] == pytest.approx([1, 1], abs=0.05)
    says("02-activations", "with about 75 of 100", "95 to 97", "with 78 to 83 of 100 against 55 and 56")


def gradients(V, y):
    lab = backpropagation.graph_lab(nn.two_layer_forward, nn.two_layer_backward)
    x, V, W, y = lab.tables("1 2", V, "1 -2 / 0.5 1", y)
    z, cache = nn.two_layer_forward(x, V, W)
    grad_z = 2 * (z - y)
    return nn.two_layer_backward(grad_z, cache), (grad_z * z * (1 - z))[0], W, float(((z - y) ** 2).sum())


def test_the_gradients_of_the_graph():
    (grad_V, _), grad_sums, W, loss = gradients("0.5 -1 / 1 0.5", "1 0")
    terms = grad_sums * W[:, 0]
    assert grad_sums.round(3).tolist() == [-0.235, 0.289] and terms.sum() == pytest.approx(-0.09, abs=0.002)
    assert round(loss, 2) == 1.21 and 0.05 < np.abs(grad_V).max() < 0.2
    assert all(np.abs(grad).max() < 1e-3 for grad in gradients("0.5 -1 / 1 0.5", "0.171 0.726")[0])
    (grad_V, _), *_, loss = gradients("5 -10 / 10 5", "1 0")
    assert round(loss, 2) == 1.31 and 1e-9 < np.abs(grad_V).max() < 1e-7
    says("03-backpropagation", "$-0.235 \\cdot 1 + 0.289 \\cdot 0.5 = -0.09$", "1.21 to 1.31", "$10^{-8}$")


def test_the_stripe_and_the_pixels_that_no_window_visits():
    def out(stride, padding):
        weight = convolution.four_d(convolution.notes_filter("2", 3))
        return nn.conv2d_forward(convolution.four_d(convolution.IMAGE), weight, np.zeros(1), stride, padding)[0][0, 0]

    whole = out(1, 0)
    assert whole.max() == whole[3, 3] == 3 and whole.min() == whole[3, 2] == -4
    window = convolution.IMAGE[3:6, 2:5]
    assert window.sum() == 4 and not window[:, 1].any()
    assert len(out(2, 0)) * 2 + 1 == 5, "rows and columns 0 to 4 are visited"
    assert (len(out(2, 1)) - 1) * 2 + 3 - 1 >= 6, "the last window ends behind the last pixel, past the border of 1"
    says("04-convolution", "with 3", "the -4: that window has four ones", "a padding of 1")


def test_what_pooling_keeps_when_the_four_moves():
    def both(size):
        return (pooling.pooled(pooling.moved(pooling.FOUR, shift), "maximum", size, 2) for shift in (0, 1))

    before, after = both(2)
    corners, middle = [[0, 0], [0, 3], [3, 0], [3, 3]], [[1, 1], [1, 2], [2, 1], [2, 2]]
    assert sorted(np.argwhere(before == after).tolist()) == sorted(corners + middle)
    changed = {size: int(np.not_equal(*both(size)).sum()) for size in (1, 2, 3, 4)}
    assert changed == {1: 11, 2: 8, 3: 2, 4: 1} and int((list(both(4))[1] == 16).sum()) == 6
    learn = []
    for forward, backward in (
        (nn.max_pool2d_forward, nn.max_pool2d_backward),
        (nn.avg_pool2d_forward, nn.avg_pool2d_backward),
    ):
        pooled, cache = forward(pooling.moved(pooling.FOUR, 1)[None, None], 4, 1)
        learn.append(np.count_nonzero(backward(np.ones_like(pooled), cache)))
    assert learn == [4, 64]
    says("05-pooling-and-cnn", "8 of 16", "1 of 9", "six of the nine", "four of the 64", "all 64")


def test_what_each_step_adds_to_the_gradient_of_W():
    lab = rnn_figures.unrolled_lab(nn.rnn_step_forward, nn.rnn_step_backward)
    parts = np.array(lab.contributions(8, 8))
    shares = np.abs(parts[:, 0, 1]) / np.abs(parts[:, 0, 1]).max()
    assert shares.argmax() == 7 and shares[4:].min() > 0.5 and shares[:4].max() == pytest.approx(1 / 16, abs=0.002)
    assert all((part > 1e-4).any() and (part < -1e-4).any() for part in parts.reshape(8, 4).T)
    assert parts[[4, 7], 0, 1].round(3).tolist() == [0.063, -0.111]
    assert not np.any(lab.contributions(5, 3)[3:])
    says("06-rnn", "from step 4 on", "a sixteenth", "step 5 adds 0.063 and step 8 takes 0.111 away")


def test_the_arrow_on_its_way_back():
    lab = vanishing_figures.way_back_lab(nn.rnn_jacobian)
    arrived = {}
    for inputs in (0.0, 0.4, 1.0, 2.0):
        h, W = lab.network(1.0, inputs)
        arrived[inputs] = nn.gradient_norm_by_distance(vanishing_figures.LOSS_GRADIENT, h, W)[-1]
    assert arrived == pytest.approx({0.0: 1, 0.4: 0.67, 1.0: 0.22, 2.0: 0.005}, abs=0.004)
    says("07-vanishing-exploding", "At the radius 1", "0.67, 0.22 and 0.005", "$1 - h^2$")


def test_what_the_gates_do_to_the_cell():
    lab = lstm.cell_lab(nn.lstm_step_forward)

    def run(f, i, o, candidate, old):
        return lab.run(old, 0.0, 0.0, f=f, i=i, o=o, candidate=candidate)

    for candidate in (-8.0, 1.5, 8.0):
        assert run(8, -8, 0, candidate, 0.8)[1] == pytest.approx(0.8, abs=0.001)
        assert run(-8, -8, 0, candidate, 0.8)[1] == pytest.approx(0, abs=0.001)
        assert run(-8, 8, 0, candidate, 0.8)[1] == pytest.approx(np.tanh(candidate), abs=0.001)
    assert run(8, 8, 8, 8, 0.8)[1] == pytest.approx(1.8, abs=0.001)
    assert run(8, 8, 8, 8, 2.0) == pytest.approx((0.995, 3.0), abs=0.002)
    says("08-lstm", "1.8 of 0.8", "the new one is 3.0", "0.995")


def paths(**changes):
    """Which paths a gradient comes back by: ('around', 'through')."""
    start = {"x": 2.0, "w1": 1.5, "b1": -1.0, "w2": -0.5, "b2": 0.0, "grad_out": 1.0}
    forward, grads = resnet.by_hand(**start | changes)
    return bool(grads["around"]), bool(grads["through"]), forward["conv1"] > 0, grads["x"]


def test_how_the_paths_of_the_block_close():
    alone = {
        (name, float(value))
        for name in ("x", "w1", "b1", "w2", "b2")
        for value in np.arange(-3, 3.1, 0.5)
        if paths(**{name: float(value)})[:2] == (True, False)
    }
    assert alone == {("x", 0.5), ("b1", -3.0), ("w2", 0.0), *(("w1", value) for value in np.arange(-3, 0.6, 0.5))}
    assert paths(w2=0.0)[2], "its ReLUs are open"
    assert paths(b2=-1.0)[:2] == (False, False)
    assert paths(w1=2.0) == (True, True, True, 0.0)
    says(
        "09-resnet",
        "x at 0.5, w1 at 0.5 or less, and b1 at -3",
        "w2 at 0 with all ReLUs open",
        "$2 \\cdot (-0.5) = -1$",
    )


def test_ten_coefficients_for_ten_points():
    lab = overfitting.capacity_lab(nn.polynomial_features)
    training = lab.errors(10, 0.3)[:, 0]
    assert training[8] > 1e-4 and training[9] < 1e-12
    found = [lab.fit(12, count, 0.3)[2] for count in (10, 20, 40, 80)]
    assert found == pytest.approx([16_000, 660, 0.14, 0.13], rel=0.05)
    says("10-overfitting", "At degree 9", "about 16,000, 660, 0.14 and 0.13")


def test_what_a_layer_and_what_a_neuron_more_costs():
    def count(*sizes):
        return sum((below + 1) * above for below, above in pairwise(sizes))

    assert count(3, 4, 4, 2) == 46
    assert count(3, 8, 8, 2) - count(3, 8, 2) == 72 and count(3, 16, 2) - count(3, 8, 2) == 48
    says("01-perceptron", "46:", "adds 72", "add 48")


def test_slopes_above_one_and_shares_that_stay():
    names = ("swish", "gelu", "relu", "leaky_relu")
    functions = [getattr(nn, f"{name}_{way}") for name in names for way in ("forward", "backward")]
    lab = activations.activation_lab(*functions)
    z = np.linspace(0, 6, 6001)
    for name, above, most, at in (("swish", 1.28, 1.10, 2.4), ("gelu", 0.75, 1.13, 1.41)):
        slopes = lab.activations.run(name, z)[1]
        assert z[slopes > 1][0] == pytest.approx(above, abs=0.005)
        assert (slopes.max(), z[slopes.argmax()]) == pytest.approx((most, at), abs=0.005)
    shares = {name: {lab.flat_share(name, spread)[1].mean() for spread in (0.5, 2, 8)} for name in names}
    assert max(shares["relu"]) == min(shares["relu"]) == pytest.approx(0.5, abs=0.01) and shares["leaky_relu"] == {0}
    says("02-activations", "beyond 1.28, at most 1.10 at 2.4", "beyond 0.75, at most 1.13 at 1.41", "one half")


def test_what_comes_back_through_a_stack():
    functions = (nn.sigmoid_forward, nn.sigmoid_backward, nn.relu_forward, nn.relu_backward)
    lab = activations.stack_lab(*functions)
    norms = {gain: lab.run("sigmoid", gain, 10)[1] for gain in (1, 3)}
    assert norms[1][0] == pytest.approx(2e-6, rel=0.02)
    assert {gain: found[0] ** (1 / 9) for gain, found in norms.items()} == pytest.approx({1: 0.23, 3: 0.53}, abs=0.005)
    outs, norms, flat = lab.run("relu", 1.41, 30)
    assert norms[0] == pytest.approx(0.9, abs=0.01) and all(0.5 < size < 2 for size in [*norms, *map(np.std, outs)])
    assert flat.all(axis=1).sum(axis=1)[[0, 29]].tolist() == [0, 18]
    says("02-activations", "0.23 of it in every layer", "2 millionths", "0.53", "0.9 of what it was", "18 in layer 30")


def test_how_many_wires_end_and_leave():
    def wires(padding):
        pixels = np.eye(36).reshape(-1, 1, 6, 6)
        return nn.conv2d_forward(pixels, np.ones((1, 1, 3, 3)), np.zeros(1), 1, padding)[0].reshape(36, -1) > 0

    leave, padded = (wires(padding).sum(axis=1).reshape(6, 6) for padding in (0, 1))
    assert set(wires(0).sum(axis=0)) == {9} and leave[0, 0] == 1 and leave[2, 2] == 9
    assert padded[0, 0] == padded.min() == 4
    says("04-convolution", "Nine end in every output", "from one in a corner a single one", "four leave the corner")
    sums = {round(float(np.sum(weights)), 9) for name, weights in convolution.FILTERS.items() if "unit" not in name}
    assert sums == {0.0, 1.0}


def test_the_critical_radius():
    lab = vanishing_figures.distance_lab(nn.gradient_norm_by_distance)
    steady = np.median(lab.norms(1.0, 0.0, 50), axis=0)
    assert steady[20] == pytest.approx(0.5, abs=0.02) and steady[-1] > 0.9 * steady[20]
    for radius in (0.9, 1.1):
        later = np.median(lab.norms(radius, 0.0, 50), axis=0)
        assert (later[49] / later[30]) ** (1 / 19) == pytest.approx(radius, abs=0.005)
    tamed = np.median(lab.norms(1.5, 0.2, 60), axis=0)
    assert tamed[[30, 59]] == pytest.approx(0.15, abs=0.01)
    W, U, x, _ = lab.networks[0]
    h = nn.rnn_forward(0.2 * x, np.zeros((1, len(W))), 1.5 * W, U, np.zeros(len(W)))[0]
    assert (np.abs(h).mean(), (1 - h**2).mean()) == pytest.approx((0.4, 0.74), abs=0.04)
    says("07-vanishing-exploding", "The critical radius is 1", "loses a half", "0.4 on average", "0.74 on", "to 0.15")


def test_how_strong_is_strong_enough():
    lab = lstm.memory_lab(nn.memory_cell_weights, nn.lstm_step_forward, nn.lstm_step_backward)
    kept = {strength: lab.lstm(strength, 0.0)[0][-1] for strength in (6.5, 7.0)}
    assert kept == pytest.approx({6.5: 0.86, 7.0: 0.91}, abs=0.005)
    states, grads = lab.rnn(1.5, 0.0)
    assert states[-1] == pytest.approx(0.86, abs=0.005) and grads[0] == pytest.approx(1e-40, rel=0.6)
    assert lab.lstm(6.0, 0.0)[1][0] == pytest.approx(0.78, abs=0.005)
    assert lab.lstm(7.5, 1.0)[0][-1] == pytest.approx(0.95, abs=0.005) and lab.rnn(1.5, 1.0)[0].min() < -0.9
    says("08-lstm", "From 7 on: 0.91", "only 0.86", "$10^{-40}$", "0.78", "still has 0.95")


def test_what_stays_of_a_thinned_net():
    lab = overfitting.dropout_lab(nn.dropout_forward)
    means, spreads = {}, {}
    for p in (0.2, 0.5, 0.8):
        out = lab.run(p, 0, "training", True)[-1] / lab.full()
        means[p], spreads[p] = out.mean(), out.std()
    assert means == pytest.approx({0.2: 1.0, 0.5: 1.03, 0.8: 1.17}, abs=0.006)
    assert spreads == pytest.approx({0.2: 0.4, 0.5: 0.9, 0.8: 2.3}, abs=0.05)
    assert (out == 0).mean() > 0.5
    assert lab.run(0.5, 0, "training", False)[-1].mean() / lab.full() == pytest.approx(0.26, abs=0.005)
    says("10-overfitting", "0.26 comes out", "1.00, 1.03 and 1.17", "0.4, 0.9 and 2.3", "more than half")
