"""The figures of unit 04 say the numbers of the notes, and see what is wrong in a student's function."""

from typing import Any

import numpy as np
import pytest

from dltools.figures.base.student import Trouble
from dltools.figures.convolution import (
    FILTERS,
    IMAGE,
    connections_lab,
    convolution_lab,
    filters_lab,
    notes_filter,
    photograph,
    read_filter,
)
from dltools.nn import conv2d_backward, conv2d_forward, conv2d_output_size


def flipped(x: Any, weight: Any, bias: Any, stride: int = 1, padding: int = 0) -> Any:
    return conv2d_forward(x, weight[:, :, ::-1, ::-1].copy(), bias, stride, padding)


def without_bias(x: Any, weight: Any, bias: Any, stride: int = 1, padding: int = 0) -> Any:
    return conv2d_forward(x, weight, 0 * bias, stride, padding)


def without_stride(x: Any, weight: Any, bias: Any, stride: int = 1, padding: int = 0) -> Any:
    return conv2d_forward(x, weight, bias, 1, padding)


def set_controls(lab: Any, **values: Any) -> None:
    for name, value in values.items():
        lab.control[name].value = value
    lab.reveal()


def test_the_filters_are_those_of_the_notes() -> None:
    assert notes_filter("1", 3).tolist() == [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]
    assert notes_filter("2", 3).tolist() == [[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]]
    out, _ = conv2d_forward(IMAGE[None, None], notes_filter("1", 3)[None, None], np.zeros(1))
    assert out[0, 0].tolist() == [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]]


def test_the_first_output_is_unfolded() -> None:
    lab = convolution_lab(conv2d_forward)
    set_controls(lab, bias=2)
    assert "sum 3  +  bias 2  =  5" in lab.picture
    assert lab.status.endswith("plus the bias 2 gives 5. Your conv2d_forward returns 5, the same.")


@pytest.mark.parametrize("F", range(1, 6))
@pytest.mark.parametrize("S", range(1, 4))
@pytest.mark.parametrize("P", range(3))
def test_the_size_is_the_references(F: int, S: int, P: int) -> None:
    lab = convolution_lab(conv2d_forward)
    set_controls(lab, F=F, S=S, P=P)
    size = conv2d_output_size(6, F, S, P)
    assert lab.answer(**lab.values) == f"{size} × {size}"
    assert lab.control["row"].max == lab.control["column"].max == size - 1
    set_controls(lab, row=size - 1, column=size - 1)
    assert lab.trouble == "" and lab.status.endswith("the same.")


def test_the_size_is_hidden_until_it_is_predicted() -> None:
    lab = convolution_lab(conv2d_forward)
    assert "Output 4" not in lab.picture and "= 4" not in lab.picture
    lab.reveal()
    assert "Output 4 × 4" in lab.picture and "= 4" in lab.picture
    lab.control["S"].value = 2
    assert "Output 2" not in lab.picture


def test_a_wrong_number_is_seen_by_hand_and_by_comparing() -> None:
    lab = convolution_lab(without_bias)
    set_controls(lab, bias=1)
    assert "returns 3 here, which is not the same" in lab.status
    assert "≠" in lab.picture
    lab.both()
    assert lab.status.endswith("Framed, the first of 16 numbers that differ: yours 3, right 4.")


def test_the_picture_stays_when_the_function_is_in_trouble() -> None:
    lab = convolution_lab(without_stride)
    set_controls(lab, S=2)
    assert "returns the shape (1, 1, 4, 4); here it must be (1, 1, 2, 2)" in lab.trouble
    assert "Input 6 × 6" in lab.picture


@pytest.mark.parametrize("S", range(1, 4))
@pytest.mark.parametrize("P", range(3))
def test_the_gradient_is_measured_through_the_function(S: int, P: int) -> None:
    lab = convolution_lab(conv2d_forward)
    set_controls(lab, S=S, P=P, view="backward", spread="every output")
    out, cache = conv2d_forward(IMAGE[None, None], notes_filter("1", 3)[None, None], np.zeros(1), S, P)
    grad_x, _, _ = conv2d_backward(np.ones_like(out), cache)
    measured = lab.nudge(lab_place(lab), np.ones(out.shape[2:]))
    assert np.allclose(measured, grad_x[0, 0])
    assert lab.status.endswith("the same.")


def lab_place(lab: Any) -> Any:
    from dltools.figures.convolution import Place

    values = lab.values
    return Place(IMAGE, notes_filter("1", 3), 0, values["S"], values["P"], values["row"], values["column"])


def test_a_wrong_forward_has_a_wrong_gradient() -> None:
    lab = convolution_lab(flipped)
    set_controls(lab, filter="own", own="1 2 / 3 4", view="backward")
    assert "not the same" in lab.status


def test_an_own_filter_sets_the_size() -> None:
    lab = convolution_lab(conv2d_forward)
    set_controls(lab, filter="own", own="1 2 / 3 4")
    assert lab.control["F"].value == 2 and lab.control["F"].disabled
    assert "Filter 2 × 2" in lab.picture


@pytest.mark.parametrize("text", ["", "1 2 / 3", "1 x / 2 3", "1 2 3", "1 / 2", " / ".join(["1 2 3 4 5 6"] * 6)])
def test_a_wrong_own_filter_is_said(text: str) -> None:
    with pytest.raises(Trouble, match=r"Your own filter (has rows of|holds something)"):
        read_filter(text)
    lab = convolution_lab(conv2d_forward)
    set_controls(lab, filter="own")
    lab.control["own"].value = text
    assert "Your own filter" in lab.trouble
    lab.undo()
    assert lab.trouble == ""


def test_undo_of_a_stride_brings_the_window_back() -> None:
    lab = convolution_lab(conv2d_forward)
    set_controls(lab, row=3, column=3)
    lab.control["S"].value = 3
    assert lab.values["row"] == 1
    lab.undo()
    assert lab.values["row"] == lab.values["column"] == 3


@pytest.mark.parametrize("name", FILTERS)
def test_the_answer_about_even_patches_holds(name: str) -> None:
    lab = filters_lab(conv2d_forward)
    set_controls(lab, filter=name)
    out, _ = conv2d_forward(np.full((1, 1, 5, 5), 0.5), np.array(FILTERS[name], float)[None, None], np.zeros(1))
    seen = float(out[0, 0, 1, 1])
    expected = {
        "zero": seen == 0,
        "negative": seen < 0,
        "brighter": seen > 0.5,
        "as bright as the photograph": seen == 0.5,
    }
    assert expected[lab.answer(**lab.values)]


def test_the_photograph_can_be_read_off() -> None:
    for name in ("china", "flower"):
        gray = photograph(name)
        assert gray.shape == (64, 96) and 0 <= gray.min() < 0.1 and 0.8 < gray.max() <= 1
        assert np.array_equal(gray, np.round(gray, 2))


@pytest.mark.parametrize("S", range(1, 4))
def test_the_photographs_output_is_the_sum_beside_it(S: int) -> None:
    lab = filters_lab(conv2d_forward)
    set_controls(lab, S=S, row=7, column=9)
    by_hand = lab.status.partition("sum to ")[2].partition(". Your")[0]
    assert f"returns {by_hand}." in lab.status


def test_output_1_is_wired_as_in_the_notes() -> None:
    lab = connections_lab(conv2d_forward)
    assert "9 of the 36 inputs: 1, 2, 3, 7, 8, 9, 13, 14, 15." in lab.status
    assert lab.answer(**lab.values) == "144" and "144 are not zero" not in lab.picture
    lab.reveal()
    assert "144 are not zero" in lab.picture


@pytest.mark.parametrize("S", range(1, 4))
def test_the_answer_counts_the_wires(S: int) -> None:
    lab = connections_lab(conv2d_forward)
    wires = lab.wires(lambda *given: conv2d_forward(*given)[0], S)
    assert str(np.count_nonzero(wires)) == lab.answer(S=S) and lab.answer(S=S) in lab.choices


def test_wires_are_those_of_the_students_function() -> None:
    lab = connections_lab(flipped)
    lab.both()
    assert "Framed, the first of" in lab.status
    lab = connections_lab(lambda *given: (2 * conv2d_forward(*given)[0], None))
    assert "cannot be drawn as wires" in lab.trouble
