"""The parts of the figures' pictures: numbers as they are written, what a scene draws, where units import it from."""

import io
import re
from pathlib import Path

import pytest
from figures import FIGURES
from matplotlib import pyplot
from PIL import Image

import dltools.figures
from dltools.figures import BLUE, LEGIBLE, ORANGE, Picture, Scene, SceneAxes, number, power_of_ten, short, signed


def test_number_is_written_as_in_print() -> None:
    assert [number(value) for value in (3.0, -0.5, 1 / 3, -0.001, 100)] == ["3", "−0.5", "0.33", "0", "100"]


def test_a_negative_term_of_a_sum_stands_in_brackets() -> None:
    assert [signed(value) for value in (2.0, -0.5, -1 / 3)] == ["2", "(−0.5)", "(−0.33)"]
    assert signed(-1 / 3, 3) == "(−0.333)"


def test_powers_of_ten_are_raised() -> None:
    assert [power_of_ten(exponent) for exponent in (-12, 0, -0.2, 3)] == ["10⁻¹²", "10⁰", "10⁰", "10³"]


@pytest.mark.parametrize("unit", sorted({row.unit for row in FIGURES}))
def test_a_unit_imports_from_the_face_of_the_package(unit: str) -> None:
    source = (Path(dltools.figures.__file__).parent / f"{unit}.py").read_text(encoding="utf-8")
    assert "from dltools.figures import" in source
    assert "dltools.figures.base" not in source


@pytest.mark.parametrize(
    ("value", "written"), [(0, "0"), (1234.5, "1234"), (12.345, "12.3"), (0.02, "0.02"), (9e-14, "9.0 · 10⁻¹⁴")]
)
def test_a_number_of_any_size_is_short(value: float, written: str) -> None:
    assert short(value) == written


# The parts of a picture.


def test_a_long_sum_is_broken_before_a_plus_sign() -> None:
    scene = Scene(100, 100)
    last = scene.sum(0, 10, "111 + 222 + 333 = 666", most=10, line=20)
    assert re.findall(">([^<>]+)</text>", scene.svg("")) == ["111 + 222", "+ 333 = 666"]
    assert last == 30


def test_a_long_list_is_broken_behind_a_comma_and_before_an_arrow_not_within_brackets() -> None:
    scene = Scene(100, 100)
    scene.sum(0, 10, "11, 22, 33 → 5 from (2, 1)", most=8)
    assert re.findall(">([^<>]+)</text>", scene.svg("")) == ["11, 22, ", "33", "→ 5 from (2, 1)"]


def test_a_picture_may_shrink_until_its_smallest_text_is_just_legible() -> None:
    scene = Scene(600, 100)
    scene.text(10, 10, "small", 12)
    assert scene.state()["least"] == 550
    scene.text(10, 10, "smallest", LEGIBLE)
    assert scene.state()["least"] == 600


def test_what_is_to_be_predicted_is_a_question_mark_in_the_middle_of_its_panel() -> None:
    scene = Scene(100, 100)
    scene.unknown(10, 20, 60, 40)
    drawn = scene.svg("")
    assert '<rect x="10" y="20" width="60" height="40"' in drawn and ">?<" in drawn
    assert '<text x="40" y="60.16"' in drawn, "40 + half the height of the letter"


def test_a_number_that_differs_has_a_frame_and_a_sign() -> None:
    scene = Scene(100, 100)
    scene.differs(0, 0, 40)
    assert "stroke-dasharray" in scene.svg("") and ">≠<" in scene.svg("")


def test_axes_in_a_scene_put_a_point_where_it_belongs() -> None:
    axes = SceneAxes(Scene(100, 100), (10, 20, 50, 40), (0, 10), (0, 4))
    assert axes.point(0, 0) == (10, 60) and axes.point(10, 4) == (60, 20) and axes.point(5, 1) == (35, 50)
    assert axes.point(5, 9) == (35, 20), "on the edge, as it is above the box"


def test_logarithmic_axes_in_a_scene() -> None:
    axes = SceneAxes(Scene(100, 100), (0, 0, 50, 30), (0, 1), (-3, 0), log=True)
    assert [round(axes.point(0, y)[1], 9) for y in (1, 0.1, 0.001, 0)] == [0, 10, 30, 30]


def test_ticks_and_curves_of_axes_are_drawn() -> None:
    scene = Scene(100, 100)
    axes = SceneAxes(scene, (10, 20, 50, 40), (0, 10), (0, 4))
    axes.rule(2, "half")
    axes.tick(5, "five")
    axes.curve([(0, 0), (10, 4)], BLUE)
    axes.curve([(0, 0)], ORANGE)
    drawn = scene.svg("")
    assert ">half<" in drawn and ">five<" in drawn and 'points="10,60 60,20"' in drawn
    assert ORANGE not in drawn, "one point is no line"


def test_a_plot_of_matplotlib_has_its_alternative_text() -> None:
    figure, axes = pyplot.subplots(figsize=(3, 2))
    axes.plot([0, 1])
    picture = Picture(figure, 'A line that "rises".')
    assert 'alt="A line that &quot;rises&quot;."' in picture.value
    data, metadata = picture._repr_mimebundle_()
    assert data["text/plain"] == metadata["image/png"]["alt"] == 'A line that "rises".'
    assert Image.open(io.BytesIO(picture.png)).size[0] == 2 * metadata["image/png"]["width"]
    assert not pyplot.get_fignums(), "it is not shown a second time"
