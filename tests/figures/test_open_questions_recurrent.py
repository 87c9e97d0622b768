"""The fold-out answers to the questions on recurrent nets: each number was made with the unit's own functions."""

from typing import Any

import numpy as np
import pytest
from asked import playground, says

from dltools import nn
from dltools.figures import rnn as rnn_figures
from dltools.figures import vanishing as vanishing_figures


@pytest.mark.long
def test_what_a_language_model_learns_first():
    unit = playground("06-rnn", "corpus")
    unit |= {name: function for name, function in vars(nn).items() if name in unit}
    unit["progress"] = lambda items, *_: items
    model, _, snapshots = unit["train"](0, snapshots_at=(20, 60, 200, 600))
    words = set(unit["corpus"].text.replace(".", " ").split())

    def written(steps: int, temperature: float) -> tuple[str, list[str], float]:
        model.load_state(snapshots[steps])
        text = unit["write"](model, temperature, 3000)
        found = text.replace(".", " ").split()
        return text, found, float(np.mean([word in words for word in found]))

    text, found, _ = written(20, 1.0)
    assert text.count(" ") / 3000 == pytest.approx(1 / 6, abs=0.02) and np.mean([*map(len, found)]) == pytest.approx(
        4.1, abs=0.15
    )
    shares = [written(steps, 1.0)[2] for steps in (20, 60, 200, 600)]
    assert shares == pytest.approx([0.04, 0.14, 0.58, 0.94], abs=0.02)
    assert [written(600, hot)[2] for hot in (0.7, 1.5)] == pytest.approx([0.99, 0.62], abs=0.04)
    lines = written(600, 0.1)[0].splitlines()[:-1]
    assert len(set(lines)) < 15 < 60 < len(lines)
    lab = rnn_figures.language_lab(nn.rnn_step_forward, nn.softmax_with_temperature, snapshots)
    after = [nn.softmax_with_temperature(logits, 0.7) for logits in lab.run(snapshots[600], lab.read("the cat"))[1]]
    assert after[2].max() > 0.99 and after[3].max() < 0.3 and after[4].max() > 0.98
    tries = [lab.write(snapshots[600], lab.read("the table"), 0.7, again) for again in range(4)]
    assert sum(some[9] in "sd" and set(some[10:].splitlines()[0].rstrip(".").split()) <= words for some in tries) >= 3
    says(
        "06-rnn",
        "one in six letters",
        "4 in 100",
        "it is 14 in 100, after 200 about 58, after 600 about 94",
        "four in ten",
    )


def test_steps_at_the_cliff():
    lab = vanishing_figures.cliff_lab(nn.clip_grad_norm)

    def walk(rate: float, clip: bool = False) -> np.ndarray:
        return lab.walk("A", rate=rate, clip=clip, max_norm=1.0)

    free, clipped = walk(0.1), walk(0.1, clip=True)
    assert free[:, 3].argmax() == 5 and free[5, 3] == pytest.approx(204, abs=0.5)
    assert free[6, :2] == pytest.approx([8.6, 18.9], abs=0.05) and free[6:, 3].max() < 1e-6
    assert np.hypot(*(free[6, :2] - free[5, :2])) == pytest.approx(20, abs=0.5)
    assert np.flatnonzero(clipped[:, 3] > 1).tolist() == [3, 4, 5, 6]
    first = [int(np.argmax(rows[:, 2] < 0.01)) for rows in (clipped, walk(0.05), walk(0.02))]
    assert first == [7, 10, 23]
    assert walk(0.2)[:, 3].max() == pytest.approx(1.35, abs=0.005) and walk(0.2)[3, 2] < 0.1 < walk(0.2)[2, 2]
    says(
        "07-vanishing-exploding",
        "204 long",
        "(8.6, 18.9)",
        "after 7 steps",
        "0.05 takes 10 steps, 0.02 takes 23",
        "1.35",
    )


def recurrent() -> dict[str, Any]:
    unit = playground("07-vanishing-exploding")
    unit |= {name: function for name, function in vars(nn).items() if name in unit}
    return unit


@pytest.mark.long
def test_how_faint_and_how_loud():
    unit = recurrent()
    arrives = {}
    for length, radius in ((10, 1.0), (50, 1.0), (50, 1.5), (50, 2.0)):
        (W, U, b, V, _), _ = unit["train"](length, seed=0, steps=0, radius=radius)
        x, _ = unit["adding_problem"](100, length, seed=7)
        states, _ = nn.rnn_forward(x, np.zeros((100, 32)), W, U, b)
        norms = np.array([nn.gradient_norm_by_distance(V[0], state, W) for state in states])
        arrives[length, radius] = np.log10(np.median(norms[:, -1] / norms[:, 0]))
    assert arrives == pytest.approx({(10, 1.0): -1.5, (50, 1.0): -7, (50, 1.5): -1, (50, 2.0): 0.7}, abs=0.1)
    with np.errstate(all="ignore"):
        losses = [unit["train"](50, seed=seed, radius=1.5)[1] for seed in range(3)]
    assert {unit["outcome"](found) for found in losses} == {"exploded"} and max(map(len, losses)) < 40
    says("07-vanishing-exploding", "about a thirtieth", "a tenth with 1.5", "a ten-millionth", "within 40 steps")


@pytest.mark.long
def test_a_loud_gradient_does_not_learn():
    unit = recurrent()
    for seed in range(3):
        assert unit["outcome"](unit["train"](50, seed=seed, max_norm=1.0, radius=1.5)[1]) == "not learned"


@pytest.mark.long
def test_the_line_that_tilts_and_sequences_that_are_longer():
    unit = playground("08-lstm", "x_new")
    unit |= {name: function for name, function in vars(nn).items() if name in unit}
    unit["progress"] = lambda items, *_: items
    found = []
    for seed in (0, 1):
        net, _, answers = unit["train"](unit["MyLSTM"], 32, 0.01, seed)
        goes_with = [abs(np.corrcoef(row, unit["y_new"][:60, 0])[0, 1]) > 0.9 for row in answers]
        assert 400 < 50 * goes_with.index(True) <= 600 and all(0.9 < row.mean() < 1.3 for row in answers[1:8])
        for length in (60, 90, 120):
            x, y = unit["adding_problem"](1000, length=length, seed=1, dtype=np.float32)
            out = unit["predict"](net, x)
            found.append((nn.mse_loss(out, y)[0], np.corrcoef(out[:, 0], y[:, 0])[0, 1]))
    errors, correlations = zip(*found)
    assert errors == pytest.approx([0.0008, 0.01, 0.03, 0.0008, 0.05, 0.18], rel=0.3)
    assert [correlations[2], correlations[5]] == pytest.approx([0.96, 0.97], abs=0.01)
    says("08-lstm", "is 0.0008", "0.01 for the first LSTM and 0.05 for the second, at 120 it is 0.03 and 0.18", "0.96")
    says("08-lstm", "near 1", "After about 450 steps")
