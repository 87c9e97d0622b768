"""Before the prediction no figure shows what its question asks for, neither alive nor as the picture in a unit."""

import pytest
from figures import FIGURES, Row
from test_legible import figure_of

from dltools import nn
from dltools.figures.rnn import unrolled_lab

ASK_NOTHING = ("reading_lab", "drawing_lab", "language_lab", "cnn_lab")
IN_WORDS = ("network_lab",)
"""The answer is a sentence; the picture stays as it is."""
WITH_ANSWER = [row for row in FIGURES if row.lab not in ASK_NOTHING + IN_WORDS]


@pytest.mark.parametrize("row", WITH_ANSWER, ids=[row.lab for row in WITH_ANSWER])
def test_the_picture_under_the_question_is_not_that_of_the_answer(row: Row) -> None:
    lab = figure_of(row)
    assert lab.question and lab._png() != lab.static()


@pytest.mark.parametrize("length, loss, wanted", [(5, 3, 1), (5, 5, 1), (5, 1, 0), (1, 1, 0)])
def test_the_gradient_s_way_back_is_drawn_after_the_prediction(length: int, loss: int, wanted: int) -> None:
    lab = unrolled_lab(nn.rnn_step_forward, nn.rnn_step_backward)
    lab._set({"length": length, "loss": loss})
    assert "on its way back" not in lab.picture and lab.answer(**lab.values) == lab.choices[wanted]
    lab.reveal()
    assert "on its way back" in lab.picture
