"""The training dashboard runs the student's net and functions, and says what is so."""

from typing import Any

import numpy as np
import pytest

from dltools import figures
from dltools.checks import capstone
from dltools.figures.capstone import DashboardLab, in_use, missed
from dltools.training import Dropout, Flatten, History, Linear, Sequential

HISTORY = History([2.0, 1.0, 0.5], [1.8, 0.9, 1.1])
Y = np.repeat(np.arange(10), 3)
X = np.random.default_rng(0).random((30, 1, 14, 14))


def answering(predictions: np.ndarray, sure: float = 4.0) -> Any:
    """A net that answers so, always equally sure."""
    return lambda x: sure * np.eye(10)[predictions[: len(x)]]


CONFUSED = Y.copy()
CONFUSED[[9, 10]] = 5  # two of the three 3s are taken for 5
CONFUSED[24] = 1  # one of the three 8s is taken for 1


def lab(net: Any = None, history: Any = HISTORY, **functions: Any) -> DashboardLab:
    given = {"confusion_matrix": capstone.confusion_matrix, "worst_mistakes": capstone.worst_mistakes, **functions}
    made = DashboardLab(net or answering(CONFUSED), history, X, Y, **given)
    made.revealed = True
    made.refresh()
    return made


def test_it_says_what_is_so() -> None:
    dashboard = lab()
    assert dashboard.trouble == ""
    said = dashboard.status
    assert "90.0% of 30 are right, give or take at least 5.5%." in said
    assert "lowest, 0.900, in epoch 2 of 3." in said
    assert "8 taken for 1: 1 of 3." in said
    dashboard.control["taken"].value = 8
    assert "8 recognized: 2 of 3." in dashboard.status
    assert dashboard.answer() == "3"


def test_the_gallery_is_ordered_by_the_students_function() -> None:
    asked = []

    def backwards(logits: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
        asked.append((len(labels), count))
        return np.arange(count)[::-1]

    dashboard = lab(worst_mistakes=backwards)
    logits = dashboard.logits(dashboard.net)
    assert logits is not None and dashboard.worst(logits, np.array([4, 9, 20])) == [20, 9, 4]
    assert asked[0] == (30, 9)
    dashboard.control["gallery"].value = "the chosen cell"
    assert asked[-1] == (1, 1)
    dashboard.control["true"].value = 7
    assert "7 taken for 1: 0 of 3." in dashboard.status and dashboard.trouble == ""


def test_the_worst_of_a_cell_are_in_it() -> None:
    dashboard = lab()
    dashboard.control["gallery"].value = "the chosen cell"
    dashboard.control["true"].value, dashboard.control["taken"].value = 3, 5
    assert dashboard.picture.count("3 as 5, ") == 2
    assert dashboard.picture.count("<image") == 2


def test_two_nets_stand_side_by_side_and_the_training_time_is_told() -> None:
    other = Y.copy()
    other[:6] = 7  # wrong where the first one is right
    given = capstone.confusion_matrix, capstone.worst_mistakes
    dashboard = DashboardLab(answering(CONFUSED), HISTORY, X, Y, *given, seconds=23.4, beside=answering(other))
    dashboard.reveal()
    assert "The training took 23 s." in dashboard.status and "only yours" not in dashboard.status
    dashboard.control["gallery"].value = "the net beside it"
    assert "Right is only yours in 6 images, only the net beside it in 3." in dashboard.status
    assert "The net beside it: 80.0% right" in dashboard.picture
    boxes = [target["box"] for target in dashboard.drawing.targets.values()]
    assert max(left + width for left, _, width, _ in boxes) < dashboard.drawing.width and len(boxes) == 200
    assert lab().control["gallery"].options[-1][0] == "the chosen cell"


def test_before_the_prediction_the_table_is_empty() -> None:
    dashboard = DashboardLab(
        answering(CONFUSED), HISTORY, X, Y, capstone.confusion_matrix, lambda *_: pytest.fail("not yet")
    )
    assert "after your prediction" in dashboard.picture and "<image" not in dashboard.picture
    assert "Predict, and the rest is shown." in dashboard.status


def test_a_module_is_looked_at_in_use() -> None:
    rng = np.random.default_rng(0)
    net = Sequential(Flatten(), Dropout(0.9, rng), Linear(196, 10, rng)).train()
    call = in_use(net)
    np.testing.assert_array_equal(call(X), call(X))
    assert net.training, "as it was"


def test_the_share_that_was_missed() -> None:
    counts = capstone.confusion_matrix(Y, CONFUSED, 10)
    np.testing.assert_allclose(missed(counts)[[3, 8, 0]], [2 / 3, 1 / 3, 0])
    assert missed(np.zeros((10, 10)))[0] == 1


@pytest.mark.parametrize(
    "change, said",
    [
        ({"net": 3}, "This figure runs your net, but was given a int"),
        ({"net": lambda x: np.zeros((len(x), 9))}, "net returns the shape (30, 9); here it must be (30, 10)"),
        ({"net": lambda x: np.full((len(x), 10), np.nan)}, "net returns a number that is not finite"),
        ({"history": None}, "history has no training losses"),
        ({"history": History([np.inf], [])}, "or some are not finite"),
        ({"confusion_matrix": lambda *_: np.zeros((9, 9))}, "confusion_matrix returns the shape (9, 9)"),
        ({"worst_mistakes": lambda *_: np.arange(9) + 0.5}, "worst_mistakes must return whole numbers from 0 to 29"),
        ({"worst_mistakes": lambda *_: np.arange(9) + 25}, "worst_mistakes must return whole numbers from 0 to 29"),
        ({"worst_mistakes": lambda *_: 1 / 0}, "worst_mistakes raises ZeroDivisionError"),
    ],
)
def test_trouble_is_said(change: dict[str, Any], said: str) -> None:
    assert said in lab(**change).trouble


@pytest.mark.parametrize("history", [History([1.0], []), History([1.0], [2.0]), History([0.0, 0.0], [0.0, 0.0])])
def test_short_histories_are_drawn(history: History) -> None:
    assert lab(history=history).trouble == ""


def test_the_public_name() -> None:
    made = figures.capstone.dashboard_lab(
        answering(Y), HISTORY, X, Y, capstone.confusion_matrix, capstone.worst_mistakes
    )
    assert isinstance(made, DashboardLab) and len(made.static()) > 5000
    assert "100.0% of 30 are right, give or take at least 0.0%." in made.status
