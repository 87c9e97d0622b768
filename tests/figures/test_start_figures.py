"""Unit 00: what the stored nets read is what the text says; broadcasting is NumPy's own."""

import re
from html import escape
from itertools import product

import nbformat
import numpy as np
import pytest
from asked import says

from dltools.checks import UNITS
from dltools.figures.broadcasting import broadcasting_lab
from dltools.figures.pooling import PLACES, placed
from dltools.figures.readers import STORED, readers, train, untrained
from dltools.figures.start import course_map
from dltools.places import REPOSITORY
from dltools.training import digits


def right_everywhere(net: object) -> float:
    """The share of the digits that nobody trained on, at all places, that a net reads right."""
    split = digits(validation=0, test=0.2, dtype=np.float32)
    hits = []
    for place in np.ndindex(PLACES, PLACES):
        x = np.concatenate([placed(digit, *place) for digit in split.x_test])
        hits.append(np.mean(net(x).argmax(axis=1) == split.y_test))  # type: ignore[operator]
    return float(np.mean(hits))


def test_the_stored_nets_read_as_the_text_says() -> None:
    shares = {name: round(100 * right_everywhere(net)) for name, net in readers().items()}
    assert shares == {"CNN": 89, "Two layers": 38, "One layer": 18}
    says("00-start-here", "right 89 times of 100", "layers are 38 times, the one layer 18 times", "81 places and 359")


def test_the_stored_weights_are_those_of_the_program() -> None:
    shapes = {
        f"{name} {place}": parameter.value.shape
        for name, net in untrained(np.random.default_rng(0)).items()
        for place, parameter in enumerate(net.parameters())
    }
    with np.load(STORED) as stored:
        assert {name: stored[name].shape for name in stored} == shapes
    assert STORED.stat().st_size < 200_000


@pytest.mark.long
def test_training_gives_what_is_stored() -> None:
    for name, net in train().items():
        assert right_everywhere(net) == pytest.approx(right_everywhere(readers()[name]), abs=0.04), name


SHAPES = [(3,), (4,), (1,), (4, 3), (4, 1), (1, 5), (2, 4, 3), (2, 1, 1), (1, 2, 4, 3)]


def test_shapes_are_what_numpy_makes_of_them() -> None:
    figure = broadcasting_lab()
    for a, b in product(SHAPES, SHAPES):
        figure._set({"pair": "own", "a": str(a), "b": str(b)})
        figure.reveal()
        assert not figure.trouble
        try:
            shape = np.broadcast_shapes(a, b)
        except ValueError:
            assert figure.answer(**figure.values) == "none: an error" and "raises an error" in figure.status
            continue
        assert figure.status.endswith(f"a + b has the shape {shape}.")
        assert figure.answer(**figure.values) == (
            "that of a" if shape == a else "that of b" if shape == b else "another one"
        )


def test_an_entry_is_the_sum_of_what_stands_in_its_place() -> None:
    figure = broadcasting_lab()
    figure._set({"pair": "(4, 1) and (1, 5)"})
    figure.reveal()
    said = figure.drawing.targets["a + b {'row': 2, 'column': 3}"]["label"]
    total = np.arange(4)[:, None] + 10 * np.arange(5)[None, :]
    assert said == f"row 2, column 3: 2 + 30 = {total[2, 3]}"


@pytest.mark.parametrize("text", ["4, x", "0", "7", "1 1 1 1 1", "-3"])
def test_what_is_no_shape_is_said(text: str) -> None:
    figure = broadcasting_lab()
    figure._set({"pair": "own", "a": text})
    assert figure.trouble.startswith(f"The shape of a is {text!r}; it must be at most 4 lengths from 1 to 6")


def test_the_map_has_the_titles_that_the_units_have() -> None:
    rows = course_map()._repr_html_()
    for unit in UNITS:
        cells = nbformat.read(REPOSITORY / "course" / unit / f"{unit}.ipynb", 4).cells
        heading = cells[0].source.splitlines()[0].removeprefix("# ")
        assert re.match(r"\d\d \w", heading) and f">{escape(heading)}</a>" in rows
