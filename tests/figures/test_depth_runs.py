"""The stored runs of unit 09 are those of the program, and say what the notebook says of them."""

import numpy as np
import pytest

from dltools.figures.depth_runs import BLOCKS, EVERY, KINDS, SEEDS, STEPS, build, key, run, runs
from dltools.figures.resnet import DepthLab, DropLab, by_hand, results
from dltools.training import Sequential, digits


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_gives_what_is_stored(kind: str) -> None:
    again, stored = run(kind, 1, 0), runs()[key(kind, 1, 0)]
    np.testing.assert_allclose(again["norms"], stored["norms"], rtol=0.02)
    np.testing.assert_allclose(again["losses"], stored["losses"], atol=0.05)
    np.testing.assert_allclose(again["dropped"], stored["dropped"], atol=0.03)
    assert again["accuracy"] == pytest.approx(stored["accuracy"], abs=0.03)


def test_all_runs_are_stored() -> None:
    assert set(runs()) == {key(kind, blocks, seed) for kind in KINDS for blocks in BLOCKS for seed in SEEDS}
    for name, stored in runs().items():
        blocks = len(stored["dropped"])
        assert len(stored["norms"]) == 2 * blocks and f" {blocks} blocks" in name
        assert len(stored["losses"]) * EVERY == STEPS


def test_what_the_notebook_says_of_them() -> None:
    assert results("residual", 25, "losses")[:, -1].max() < 0.5, "50 convolutions train as well as 2"
    for blocks in (8, 16, 25):
        assert (results("plain", blocks, "losses")[:, -1] > 2 * results("residual", blocks, "losses")[:, -1]).all()
    assert results("plain", 8, "norms").min() > 1e-3 and results("plain", 25, "norms").min() < 1e-5
    rescaled, residual = (results(kind, 8, "norms") for kind in ("plain, rescaled", "residual"))
    assert rescaled.min() > 0.05 > residual.min() and rescaled.max() > residual.max()
    assert (results("plain, rescaled", 8, "losses")[:, -1] > 2.5 * results("residual", 8, "losses")[:, -1]).all()
    assert results("plain, rescaled", 16, "losses")[:, -1].min() > 2, "no better than guessing"
    assert results("residual", 4, "dropped").min() > 0.7 and results("plain", 4, "dropped").max() < 0.4


def test_the_signal_fades_on_its_way_through_50_plain_convolutions() -> None:
    x = digits(dtype=np.float32).x_train[:32]
    last = {}
    for kind in ("plain", "residual"):
        nets = [build(kind, 25, np.random.default_rng(seed)).modules[:-2] for seed in SEEDS]
        last[kind] = sorted(float(np.abs(Sequential(*modules)(x)).mean()) for modules in nets)
    assert last["plain"][1] < 1e-5 and last["residual"][0] > 0.2


def test_the_answers_of_the_figures() -> None:
    assert DepthLab().answer(blocks=8) == "in all three runs"
    assert DropLab().answer(blocks=4, block=2) == "the residual net only"


def test_by_hand_is_the_worked_example() -> None:
    forward, grads = by_hand(x=2.0, w1=1.5, b1=-1.0, w2=-0.5, b2=0.0, grad_out=1.0)
    assert (forward["conv2"], forward["out"]) == (-1.0, 1.0)
    assert (grads["through"], grads["around"], grads["x"]) == (-0.75, 1.0, 0.25)
