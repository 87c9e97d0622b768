"""The fold-out answers to the questions on trainings: each number was made with the unit's own functions."""

from typing import Any

import numpy as np
import pytest
from asked import playground, says
from sklearn.linear_model import Lasso

from dltools import nn
from dltools.figures import activations, backpropagation, overfitting, perceptron, pooling, resnet


def test_digits_that_are_moved_are_read_no_more():
    unit = playground("00-start-here", "digits", "known", "new", "known_labels", "new_labels")
    pictures, right = unit["new"].reshape(-1, 8, 8), []
    for columns in (0, 1, 2):
        moved = np.roll(pictures, columns, axis=2)
        read = unit["known_labels"][unit["squared_distances"](moved.reshape(-1, 64), unit["known"]).argmin(axis=1)]
        right.append(int((read == unit["new_labels"]).sum()))
    assert right == [97, 55, 18] and (read == 1).sum() > 50
    moved[:, :, :2] = 0
    read = unit["known_labels"][unit["squared_distances"](moved.reshape(-1, 64), unit["known"]).argmin(axis=1)]
    assert (read == unit["new_labels"]).sum() == 18
    says("00-start-here", "18 of 100, and 97 where they stood", "leaves 55", "the same 18")


def test_the_largest_learning_rate_of_a_line():
    unit = playground("01-perceptron", "diabetes", "bmi", "progress")
    losses = {
        rate: unit["train"](unit["bmi"], unit["progress"], unit["mse_loss"], lr=rate, steps=100)[2]
        for rate in (0.99, 1.0, 1.01)
    }
    assert losses[0.99][0] > losses[0.99][1] > losses[0.99][-1]
    assert np.round(losses[1.0]).tolist() == [29_074] * 100
    assert np.round(losses[1.01][:3]).tolist() == [29_074, 30_092, 31_150] and losses[1.01][-1] > 1e6
    says("01-perceptron", "at 0.99 the loss still falls", "at 29,074 for ever", "29,074, 30,092, 31,150")


@pytest.mark.long
def test_where_the_four_points_of_xor_go():
    lab = perceptron.xor_lab(nn.linear_forward, nn.linear_backward, nn.xor_weights)
    for start in range(8):
        weights = lab.weights(perceptron.TWO, 2000, start)
        hidden = lab.through(perceptron.CORNERS, weights[:2])
        alike = [pair for pair in ((0, 3), (1, 2)) if np.abs(hidden[pair[0]] - hidden[pair[1]]).max() < 0.1]
        assert lab.right(weights) == (4 if start else 2) and len(alike) == bool(start)
        if not start:
            np.testing.assert_allclose(hidden[1], hidden[3], atol=0.01)
            np.testing.assert_allclose(lab.through(perceptron.CORNERS, weights)[[1, 3]], 0.5, atol=0.01)
        one = lab.weights(perceptron.ONE, 2000, start)
        np.testing.assert_allclose(lab.through(perceptron.CORNERS, one), 0.5, atol=0.001)
    says("01-perceptron", "To its hidden layer (0, 1) and (1, 1) are the same point", "0.5 for all four points")


def bend(forward: Any, slope: Any) -> tuple[Any, Any]:
    return (lambda z: (forward(z), z)), (lambda grad, z: grad * slope(z))


@pytest.mark.long
def test_how_deep_the_sigmoid_goes_and_other_bends():
    unit = playground("02-activations", "digits", "order", "images", "labels")
    learn = unit["learn_digits"]
    sigmoid = unit["sigmoid_forward"], unit["sigmoid_backward"]
    shares = {depth: [learn(*sigmoid, seed, depth=depth) for seed in range(3)] for depth in (1, 2, 3, 4, 5)}
    means = {depth: np.mean(found) for depth, found in shares.items()}
    assert means[1] == pytest.approx(0.91, abs=0.01) and means[2] == pytest.approx(0.7, abs=0.02)
    assert means[3] == pytest.approx(0.33, abs=0.02) and max(shares[4] + shares[5]) < 0.22
    assert [learn(*sigmoid, seed, depth=2, epochs=40) for seed in (0, 1)] == pytest.approx([0.94] * 2, abs=0.006)
    for function, low, high in (
        (bend(np.sin, np.cos), 0.94, 0.97),
        (bend(lambda z: z * np.exp(-(z**2)), lambda z: (1 - 2 * z**2) * np.exp(-(z**2))), 0.9, 0.935),
        (bend(lambda z: z * np.cos(z), lambda z: np.cos(z) - z * np.sin(z)), 0.05, 0.15),
    ):
        with np.errstate(all="ignore"):
            found = [learn(*function, seed) for seed in range(3)]
        assert low < min(found) <= max(found) < high
    race = activations.race_lab(nn.relu_forward, nn.relu_backward)
    figures = race.looks("relu", 10, layers=5, scale=1, rate=0.1, start=0)[10].share
    assert figures == learn(unit["relu_forward"], unit["relu_backward"], 0), "the figure trains as the unit does"
    says("02-activations", "about 91 of 100", "with two about 70, with three about 33", "reach 94")
    says("02-activations", "`np.sin` reads about 95", "90 to 93", "$z \\cos z$ has it too")


@pytest.fixture(scope="module")
def two_layers() -> dict[str, Any]:
    """Unit 03, with the weights of start 2 after ten epochs."""
    unit = playground("03-backpropagation", "digits", "order", "pixels", "labels", "train_x")
    unit["V"], unit["W"], _ = trained(unit, 2.0, 2)
    return unit


def trained(unit: dict[str, Any], rate: float, seed: int) -> Any:
    with np.errstate(all="ignore"):
        return unit["train_two_layer"](
            unit["train_x"], unit["train_labels"], *unit["start_weights"](seed), lr=rate, batch_size=32, epochs=10
        )


def right(unit: dict[str, Any], V: np.ndarray, W: np.ndarray) -> float:
    return float(unit["share_right"](V, W, unit["held_out_x"], unit["held_out_labels"]))


def gradient(unit: dict[str, Any], V: np.ndarray, W: np.ndarray, rows: slice) -> np.ndarray:
    """The gradient of all weights on some of the training digits, from one step of length 1."""
    x, labels = unit["train_x"][rows], unit["train_labels"][rows]
    new_V, new_W, _ = unit["train_two_layer"](x, labels, V, W, lr=1.0, batch_size=len(x), epochs=1)
    return np.concatenate([(V - new_V).ravel(), (W - new_W).ravel()])


def test_how_well_a_mini_batch_points(two_layers):
    medians, lengths, ends = [], [], [two_layers["start_weights"](2), (two_layers["V"], two_layers["W"])]
    for V, W in ends:
        whole = gradient(two_layers, V, W, slice(None))
        parts = [gradient(two_layers, V, W, slice(start, start + 32)) for start in range(0, 1300, 32)]
        cosines = [part @ whole / np.linalg.norm(part) / np.linalg.norm(whole) for part in parts]
        medians.append(np.median(cosines))
        lengths.append(np.linalg.norm(whole))
        assert len(parts) == 41 and min(cosines) < 0
    assert medians == pytest.approx([0.6, 0.17], abs=0.03) and lengths[0] / lengths[1] == pytest.approx(11, abs=1)
    single = [np.linalg.norm(gradient(two_layers, V, W, slice(row, row + 1))) for row in range(1300)]
    assert np.median(single) < 0.05 and np.percentile(single, 95) > 1.8
    says(
        "03-backpropagation", "about 0.6, after ten epochs about 0.2", "all 41 mini-batches", "shorter than 0.05", "1.8"
    )


def test_learning_rates_and_a_start_at_zero(two_layers):
    assert right(two_layers, *trained(two_layers, 5, 2)[:2]) == pytest.approx(0.98, abs=0.005)
    assert right(two_layers, *trained(two_layers, 100, 2)[:2]) < 0.13
    V, _, losses = two_layers["train_two_layer"](
        two_layers["train_x"], two_layers["train_labels"], np.zeros((32, 65)), np.zeros((10, 32)), 2.0, 32, 10
    )
    assert np.abs(V).max() > 0.5 and not np.ptp(V, axis=0).any() and losses[-1] == pytest.approx(2.07, abs=0.005)
    says("03-backpropagation", "5 works as well as 2, with 98 of 100", "2.07 after ten epochs, where guessing has 2.30")


@pytest.mark.long
def test_rates_that_are_too_large(two_layers):
    found = {rate: [right(two_layers, *trained(two_layers, rate, seed)[:2]) for seed in range(3)] for rate in (7, 10)}
    assert all(0.05 < share < 0.55 for share in found[10]), "which, depends on how the machine rounds"
    assert found[7] == pytest.approx([0.93] * 3, abs=0.04)
    says("03-backpropagation", "7 reads about 93", "with 10 to 50 of 100 from three starts")


def test_one_step_on_one_hard_digit(two_layers):
    V, W, labels = two_layers["V"], two_layers["W"], two_layers["held_out_labels"]
    logits = two_layers["sigmoid"](two_layers["held_out_x"] @ V.T) @ W.T
    believed = nn.softmax(logits)[np.arange(497), labels]
    hard = slice(believed.argmin(), believed.argmin() + 1)
    counts = [497 * right(two_layers, V, W)]
    for rate in (0.1, 0.2, 1):
        new = two_layers["train_two_layer"](two_layers["held_out_x"][hard], labels[hard], V, W, rate, 1, 1)[:2]
        counts.append(497 * right(two_layers, *new))
    said = (two_layers["sigmoid"](two_layers["held_out_x"] @ new[0].T) @ new[1].T).argmax(axis=1)
    assert counts == pytest.approx([485, 480, 441, 124], abs=1.1) and (said == 0).sum() == pytest.approx(424, abs=3)
    says(
        "03-backpropagation", "485 of the 497", "0.1 it is 480, of 0.2 it is 441, and of 1 only 124", "424 of them a 0"
    )


def test_the_plateau_and_the_ways_off_the_map():
    lab = backpropagation.descent_lab(nn.two_layer_forward, nn.two_layer_backward)
    slow, good, far = (lab.descent(-2, 4, rate) for rate in (10, 30, 1000))
    assert slow[45, :2] == pytest.approx([-2.4, -0.4], abs=0.1) and slow[65, 0] - slow[15, 0] < 1
    assert good[-1, :2] == pytest.approx([1.97, -2.99], abs=0.005)
    assert far[1, :2] == pytest.approx([-23.7, -21.9], abs=0.05) and np.ptp(far[1:, 2]) < 1e-3
    ends = {rate: lab.descent(-1, 6, rate) for rate in (1, 3, 10, 30, 100, 300, 1000)}
    assert min(ends[rate][:, 2].min() for rate in (1, 3, 10, 30)) == pytest.approx(0.097, abs=0.0005)
    assert all((ends[rate][1:, 0] < -7).all() for rate in (100, 300, 1000))
    assert all((ends[rate][:, 0] > -7).all() for rate in (1, 3, 10, 30))
    says("03-backpropagation", "near (-2.4, -0.4)", "(1.97, -2.99)", "(-23.7, -21.9)", "0.097 at best")


def test_step_sizes_that_find_the_filter():
    unit = playground("04-convolution", "photograph", "hidden", "shown")
    unit |= {"conv2d_forward": nn.conv2d_forward, "conv2d_backward": nn.conv2d_backward}
    losses = {size: unit["find_filter"](size)[1] for size in (0.01, 0.1, 0.25, 0.28, 0.29, 0.3)}
    ends = {size: found[-1] for size, found in losses.items()}
    assert ends[0.01] == pytest.approx(1.1, abs=0.05) and 1e-7 < ends[0.1] < 1e-5 and ends[0.25] < 1e-15
    assert 1e-8 < ends[0.28] < 1e-6 and ends[0.29] == pytest.approx(0.14, abs=0.005) and ends[0.3] > losses[0.3][0]
    assert (np.diff(losses[0.29]) < 0).mean() > 0.9
    says("04-convolution", "a loss of 1.1", "one of $10^{-6}$", "0.28 leaves $10^{-7}$, 0.29 still 0.14", "with 0.3")


@pytest.fixture(scope="module")
def wandering() -> Any:
    """Unit 05, and its two nets of start 0, trained."""
    unit = playground("05-pooling-and-cnn", "split")
    unit["progress"] = lambda items, *_: items
    nets = unit["new_cnn"](0), unit["new_fully_connected"](0)
    for net in nets:
        unit["train"](net)
    return unit, *nets


@pytest.mark.long
def test_the_digit_elsewhere(wandering):
    _, cnn, fully_connected = wandering
    lab, labels = pooling.moving_lab(cnn, fully_connected), pooling.examples()[1]
    said = [lab.everywhere("CNN", digit).argmax(axis=1) for digit in range(1, 21)]
    seldom = [digit for digit in range(20) if (said[digit] == labels[digit]).sum() < 60]
    assert [int(labels[digit]) for digit in seldom] == [8] * 4 and (labels == 8).sum() == 5
    taken = [np.bincount(said[digit][said[digit] != 8], minlength=10) for digit in seldom]
    assert [int(counts.argmax()) for counts in taken][1:] == [1, 9, 6] and taken[0].max() < 10
    alike, strewn, rng = [], [], np.random.default_rng(0)
    for digit in range(1, 21):
        places = lab.everywhere("Fully connected", digit).argmax(axis=1) == labels[digit - 1]
        for found, some in ((alike, places), (strewn, rng.permutation(places))):
            some = some.reshape(9, 9)
            found.append(np.mean([*(some[1:] == some[:-1]).ravel(), *(some[:, 1:] == some[:, :-1]).ravel()]))
    assert np.mean(alike) == pytest.approx(0.75, abs=0.03) and np.mean(strewn) == pytest.approx(0.6, abs=0.03)
    says("05-pooling-and-cnn", "All four are 8s", "three in four pairs of neighboring places", "six in ten")


def edges(weight: np.ndarray) -> list[float]:
    """For each filter (K, 1, 3, 3), the sum of its lower row minus that of its upper row."""
    return list((weight[:, 0, 2] - weight[:, 0, 0]).sum(axis=1))


@pytest.mark.long
def test_the_maps_that_move(wandering):
    lab = pooling.cnn_lab(nn.cnn_forward, nn.max_pool2d_forward, [p.value for p in wandering[1].parameters()])
    for weights in lab.weights.values():
        for shift, moving in ((1, {0: 1}), (4, {0: 4, 3: 1})):
            places = [pooling.placed(pooling.examples()[0][0], 4, column) for column in (2, 2 + shift)]
            before, after = (lab.stages(place, weights) for place in places)
            for stage, pixels in moving.items():
                inner = slice(1 + pixels, before[stage].shape[2] - 1)
                left = slice(1, before[stage].shape[2] - 1 - pixels)
                np.testing.assert_allclose(before[stage][..., left], after[stage][..., inner], atol=1e-5)
            assert np.abs(before[1] - after[1]).max() > 0.1
    steep = edges(lab.weights["as given"][0])
    assert np.argmax(steep) == 3 and {0, 4} < set(np.argsort(steep)[-3:].tolist())
    assert set(np.argsort(steep)[:2].tolist()) == {1, 5}
    says("05-pooling-and-cnn", "move by exactly one pixel", "4, and less clearly 1 and 5", "Lower edges: 2 and 6")


@pytest.mark.long
def test_the_average_and_the_maximum_of_pixels(wandering):
    unit, *_ = wandering
    for forward, found in ((nn.avg_pool2d_forward, [93, 59]), (nn.max_pool2d_forward, [87, 24])):
        unit["avg_pool2d_forward"] = forward
        assert [unit["train_pooled"](size)[1] for size in (2, 4)] == pytest.approx(found, abs=1)
    says("05-pooling-and-cnn", "93 of 100 against 87, and with 4 x 4, 59 against 24")


def test_depth_and_a_missing_block():
    last = {(kind, n): resnet.results(kind, n, "losses")[:, -1] for kind in resnet.KINDS for n in (4, 8, 16, 25)}
    guessing = {n: int((last["plain", n] > 2.25).sum()) for n in (4, 8, 16, 25)}
    assert guessing == {4: 0, 8: 2, 16: 2, 25: 3}
    twice = {n: bool((last["plain", n] > 2 * last["residual", n]).all()) for n in (4, 8, 16, 25)}
    assert twice == {4: False, 8: True, 16: True, 25: True}
    places = {n: resnet.results("plain", n, "norms").argmin(axis=1) + 1 for n in (4, 8, 16, 25)}
    assert all((found > n).all() for n, found in places.items()) and places[25].tolist()[:2] == [50, 50]
    rescaled = last["plain, rescaled", 8]
    assert (rescaled.min().round(1), rescaled.max().round(1)) == (0.8, 2.0)
    dropped = {kind: resnet.results(kind, 4, "dropped") for kind in ("plain", "residual")}
    assert dropped["residual"].min().round(2) == 0.81 and dropped["plain"].max().round(2) == 0.23
    assert set(dropped["residual"].argmin(axis=1).tolist()) == {2, 3}
    says("09-resnet", "in all three runs at 50 convolutions (at 16 and 32 in two of them)", "in all three from 16 on")
    says("09-resnet", "81 %", "one of the last two", "23 %", "8 of 16")


@pytest.mark.long
def test_what_patience_buys():
    early_stopping = playground("10-overfitting")["early_stopping"]
    runs = [overfitting.training_run(seed) for seed in range(overfitting.RUNS)]
    best = [int(np.argmin(run.validation)) for run in runs]
    found = {
        patience: [early_stopping(run.training, run.validation, np.arange(80), patience) for run in runs]
        for patience in (1, 40)
    }
    stops = [int(stop) + 1 for stop, _ in found[1]]
    assert (min(stops), max(stops)) == (2, 7) and not any(kept == at for (_, kept), at in zip(found[1], best))
    worse = np.mean([run.validation[kept] / min(run.validation) for run, (_, kept) in zip(runs, found[1])])
    assert worse == pytest.approx(3.3, abs=0.05)
    assert [int(kept) for _, kept in found[40]] == best and sum(int(stop) + 1 for stop, _ in found[40]) == 691
    assert (min(best) + 1, max(best) + 1) == (7, 75)
    apart = np.abs(runs[8].curves[79] - runs[8].curves[best[8]])
    assert apart.argmax() == len(apart) - 1 and apart.max() == pytest.approx(1.7, abs=0.05)
    apart = np.abs(runs[6].curves[79] - runs[6].curves[best[6]])
    point = np.abs(runs[6].x - overfitting.GRID[apart.argmax()]).argmin()
    misses = [abs(runs[6].curves[epoch][apart.argmax()] - runs[6].y[point]) for epoch in (best[6], 79)]
    assert misses == pytest.approx([0.46, 0.03], abs=0.04)
    says(
        "10-overfitting", "after 2 to 7 epochs", "3.3 times", "691 of the 800", "epoch 7 to epoch 75", "by 1.7 in run 9"
    )


def test_where_a_penalty_gives_zeros():
    lab = overfitting.penalty_lab(nn.soft_threshold, nn.l2_penalty)
    np.testing.assert_allclose(lab.solutions(1.5, 1.2, 0.7, 0.0)[0], [0.8, 0.5])
    for lowest in ((0.0, 0.5), (0.5, 0.0), (0.1, 0.5)):
        assert (lab.solutions(*lowest, 0.7, 0.0)[1] == 0).any() == (0 in lowest)
    shaded = {correlation: (overfitting.zero_map(0.7, correlation)[..., 3] > 0).mean() for correlation in (0, 0.8)}
    assert shaded[0] > 0.5 and shaded[0.8] == pytest.approx(0.65, abs=0.01)
    says("10-overfitting", "(1.5, 1.2) leads to (0.8, 0.5)", "more than half of the map", "to 65 % of the map at 0.8")


def test_the_last_measurement():
    unit = playground("10-overfitting", "patients", "progress")
    names = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]
    patients, progress = unit["patients"], unit["progress"]

    def left(alpha: float) -> list[str]:
        return [name for name, weight in zip(names, Lasso(alpha=alpha / 2).fit(patients, progress).coef_) if weight]

    assert [left(alpha) for alpha in (1.05, 1.1, 1.15, 1.2)] == [["bmi", "s5"], ["bmi"], ["bmi"], []]
    correlations = np.corrcoef(np.column_stack([patients, progress]).T)[-1].round(2)
    assert (correlations[2], correlations[8]) == (0.59, 0.57)
    says("10-overfitting", "The body mass index, from 1.1 on; at 1.2", "0.59, that of s5 0.57")
