"""The figures of unit 10 run the student's functions, and say what is so."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso, Ridge

from dltools import nn
from dltools.figures.overfitting import (
    EPOCHS,
    MAP,
    CapacityLab,
    DropoutLab,
    PenaltyLab,
    StoppingLab,
    capacity_lab,
    count_stops,
    training_run,
    zero_map,
)


def test_the_best_degree_is_that_of_the_curve() -> None:
    lab = CapacityLab(nn.polynomial_features)
    assert lab.answer(count=20, noise=0.3) == "3 to 5"
    assert lab.fit(9, 10, 0.3)[1] < 1e-9, "ten weights go through ten points"
    assert lab.errors(10, 0.3)[12, 1] > 100 * lab.errors(80, 0.3)[12, 1], "more points help"


def test_the_validation_loss_turns_up_and_its_minimum_moves() -> None:
    runs = [training_run(seed) for seed in range(4)]
    best = [int(np.argmin(run.validation)) for run in runs]
    assert max(best) - min(best) > 10
    assert all(run.validation[-1] > 2 * run.training[-1] for run in runs)


def test_what_patience_buys_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    count_stops(nn.early_stopping)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "ends more than half above its minimum: 6 of 10 runs"
    assert told[1].startswith("patience  1: the best epoch in  0 of 10") and told[1].endswith("30 epochs in all")
    assert "patience 40: the best epoch in 10 of 10, loss 1.0 times the best" in told[4]


def test_the_students_function_stops_the_runs() -> None:
    epoch, kept = StoppingLab(nn.early_stopping).stop(2, 5)
    assert epoch - kept == 5 and training_run(1).validation[kept] == min(training_run(1).validation[: epoch + 1])
    stubborn = StoppingLab(lambda training, validation, weights, patience: (len(validation) - 1, weights[-1]))
    assert stubborn.stop(2, 5) == (EPOCHS - 1, EPOCHS - 1)


@pytest.mark.parametrize("returned", [None, 3, (1.5, np.zeros(3)), (3, np.zeros(3))])
def test_a_wrong_early_stopping_is_said(returned: object) -> None:
    lab = StoppingLab(lambda *_: returned)
    lab.revealed = True
    lab.refresh()
    assert "early_stopping" in lab.trouble


@pytest.mark.parametrize("correlation", [-0.6, 0.0, 0.8])
def test_the_dots_are_where_lasso_and_ridge_end(correlation: float) -> None:
    """A quadratic with the matrix A is the loss of a linear neuron on two inputs of this correlation."""
    lowest, strength = np.array([1.1, -0.4]), 0.3
    A = np.array([[1.0, correlation], [correlation, 1.0]])
    x = np.linalg.cholesky(A).T * np.sqrt(2)
    lab = PenaltyLab(nn.soft_threshold, nn.l2_penalty)
    l1, l2 = lab.solutions(*lowest, strength, correlation)
    lasso = Lasso(alpha=strength, fit_intercept=False, tol=1e-12, max_iter=100_000).fit(x, x @ lowest).coef_
    ridge = Ridge(alpha=4 * strength, fit_intercept=False).fit(x, x @ lowest).coef_
    np.testing.assert_allclose(l1, lasso, atol=1e-6)
    np.testing.assert_allclose(l2, ridge, atol=1e-6)


def test_the_map_of_zeros_is_that_of_the_solutions() -> None:
    lab, tinted = PenaltyLab(nn.soft_threshold, nn.l2_penalty), zero_map(0.7, 0.4)[..., 3] > 0
    for i, j in np.random.default_rng(0).integers(len(MAP), size=(30, 2)):
        found = lab.with_l1(np.array([MAP[j], MAP[i]]), 0.7, np.array([[1, 0.4], [0.4, 1]]))
        assert tinted[i, j] == (np.abs(found) < 1e-7).any()


def test_without_the_scale_the_mean_shifts() -> None:
    lab = DropoutLab(nn.dropout_forward)

    def share(again: int, **values: object) -> float:
        return float(lab.run(again=again, **values)[-1].mean()) / lab.full()

    scaled = share(0, p=0.5, mode="training", scaled=True)
    assert scaled == pytest.approx(1, abs=0.15)
    assert share(0, p=0.5, mode="training", scaled=False) == pytest.approx(scaled / 4), "a half in each of two layers"
    assert share(0, p=0.5, mode="test", scaled=True) == pytest.approx(1)
    assert share(1, p=0.5, mode="training", scaled=True) != scaled, "another mask"


def test_a_unit_that_relu_silences_is_not_called_deleted() -> None:
    lab = DropoutLab(nn.dropout_forward)
    layers = lab.run(p=0.5, again=0, mode="test", scaled=True)
    assert any((layer[0] == 0).any() for layer in layers[:-1]) and not any(units.any() for units in lab.deleted)
    lab.run(p=0.5, again=0, mode="training", scaled=True)
    assert sum(units.sum() for units in lab.deleted) == 7


def test_the_second_descent_is_named_where_there_is_one() -> None:
    lab = capacity_lab(nn.polynomial_features)
    lab.reveal()
    assert "second descent" not in lab.status
    lab.control["count"].value = 10
    lab.reveal()
    assert "Behind degree 9, with as many weights as points, it falls again: the second descent." in lab.status
