"""The base of all figures: undo, reset, predict then reveal, trouble in words, the static form."""

import io
import threading
import time
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from dltools.figures import (
    FramesLab,
    PlotLab,
    Scene,
    Student,
    SvgLab,
    Trouble,
    button,
    field,
    slider,
    steps,
)


class Sum(SvgLab):
    """Adds two numbers by a student's function."""

    title, alt = "A sum", "Two numbers and their sum, 3."
    question, choices, hides = "What is the sum?", ("3", "4", "5"), ("a",)

    def __init__(self, add: Any = lambda a, b: a + b) -> None:
        self.add = Student(add, "add", seconds=0.3)
        super().__init__()

    def controls(self) -> dict[str, Any]:
        return {"a": slider("first", 0, 9, 1), "b": slider("second", 0, 9, 2), "more": button("More")}

    def adjust(self, a: int, **_: Any) -> None:
        self.control["b"].max = 9 - a

    def answer(self, a: int, b: int, more: int) -> str:
        return str(a + b + more)

    def draw(self, a: int, b: int, more: int) -> tuple[Scene, str]:
        scene, total = Scene(100, 50), self.attempt(self.add, a, b)
        scene.text(50, 25, "?" if total is None or not self.revealed else total + more)
        return scene, f"{a} and {b}, {more} times more; {self.rng().integers(1000)}."


class Wave(PlotLab):
    title, alt, size = "A wave", "One period of a sine.", (300, 200)

    def controls(self) -> dict[str, Any]:
        return {"f": slider("frequency", 1, 5, 1)}

    def plot(self, figure: Figure) -> None:
        self.x = np.linspace(0, 6, 50)
        self.curve = self.live(figure.subplots().plot(self.x, np.sin(self.x))[0])

    def draw(self, f: int) -> str:
        self.curve.set_ydata(np.sin(f * self.x))
        return f"{f} periods."


class Depths(FramesLab):
    title, alt, scrub = "Depths", "A network of depth 2.", "depth"

    def __init__(self) -> None:
        self.drawn = 0
        super().__init__()

    def controls(self) -> dict[str, Any]:
        return {"depth": steps("depth", [2, 10, 50], 2), "seed": slider("seed", 0, 3, 0)}

    def draw(self, depth: int, seed: int) -> tuple[Scene, str]:
        self.drawn += 1
        scene = Scene(100, 50)
        scene.text(50, 25, depth + seed)
        return scene, f"Depth {depth}, seed {seed}."


LABS = (Sum, Wave, Depths)


@pytest.mark.parametrize("lab", LABS)
def test_static_form_is_the_same_in_every_run(lab: Any) -> None:
    (data, metadata), (again, _) = lab()._repr_mimebundle_(), lab()._repr_mimebundle_()
    assert data["image/png"] == again["image/png"]
    assert data["text/plain"] == lab.alt == metadata["image/png"]["alt"]
    assert set(data) == {"image/png", "text/plain", "application/vnd.jupyter.widget-view+json"}


@pytest.mark.parametrize("lab", LABS)
def test_static_form_is_twice_as_fine_as_it_is_shown(lab: Any) -> None:
    figure = lab()
    _, metadata = figure._repr_mimebundle_()
    image = Image.open(io.BytesIO(figure.static()))
    assert image.size == (2 * metadata["image/png"]["width"], 2 * metadata["image/png"]["height"])
    assert np.asarray(image.convert("L")).std() > 1, "an empty picture"
    assert not image.info, "no program's name or date inside"


def test_static_form_leaves_the_living_figure_as_it_was() -> None:
    figure = Wave()
    before = figure.picture
    figure.static()
    figure.refresh()
    assert figure.picture == before


def test_undo_takes_back_one_change_at_a_time() -> None:
    figure = Sum()
    start = figure.picture, figure.status
    figure.control["a"].value = 3
    figure.control["more"].click()
    figure.undo()
    assert figure.values == {"a": 3, "b": 2, "more": 0}
    figure.undo()
    assert (figure.picture, figure.status) == start
    figure.undo()
    assert (figure.picture, figure.status) == start


def test_undo_takes_back_what_adjust_changed_too() -> None:
    figure = Sum()
    figure.control["a"].value = 9  # leaves no room for b
    assert figure.values["b"] == 0
    figure.undo()
    assert figure.values == {"a": 1, "b": 2, "more": 0}


def test_reset_starts_from_the_same_seed_and_can_be_undone() -> None:
    figure = Sum()
    start = figure.status
    figure.control["b"].value = 5
    figure.reset()
    assert figure.status == start
    figure.undo()
    assert figure.values["b"] == 5


def test_nothing_is_shown_before_the_learner_predicts() -> None:
    figure = Sum()
    assert ">?<" in figure.picture
    figure.guess = "4"
    figure.reveal()
    assert ">3<" in figure.picture
    assert "It is 3" in figure.outcome and "you predicted 4" in figure.outcome


def test_a_screen_reader_is_told_the_answer_only_when_it_is_revealed() -> None:
    figure = Sum()
    assert 'aria-label="A sum"' in figure.picture
    figure.reveal()
    assert f'aria-label="{Sum.alt}"' in figure.picture
    figure.control["b"].value = 5  # the alternative text is of the first picture
    assert 'aria-label="A sum"' in figure.picture


def test_only_what_the_question_is_about_poses_it_anew() -> None:
    figure = Sum()
    figure.reveal()
    figure.control["b"].value = 4
    assert figure.revealed
    figure.control["a"].value = 4
    assert not figure.revealed and figure.guess == "" and figure.outcome == ""


def test_static_form_shows_the_answer_and_reveals_nothing() -> None:
    figure = Sum()
    hidden = figure.draw(**figure.values)[0].png()
    assert figure.static() != hidden
    assert not figure.revealed


def test_plot_draws_again_only_what_moves() -> None:
    figure = Wave()
    background, before = figure._background, figure.picture
    figure.control["f"].value = 3
    assert figure._background is background
    assert figure.picture != before and figure.status == "3 periods."
    figure.undo()
    assert figure.picture == before


@pytest.mark.parametrize("lab", ["depth_lab", "drop_lab"])
def test_an_axis_that_stretches_leaves_the_others_alone(lab: str) -> None:
    figure = getattr(import_module("dltools.figures.resnet"), lab)()
    axes, ticks = list(figure.drawing.state()["parts"].values())[:2]
    figure.control["blocks"].value = 25
    stretched = list(figure.drawing.state()["parts"].values())
    assert stretched[0] == axes and stretched[1] != ticks and ">" in ticks
    figure.control["blocks"].value = 8 if lab == "depth_lab" else 4
    assert list(figure.drawing.state()["parts"].values())[:2] == [axes, ticks]


def test_frames_are_drawn_once() -> None:
    figure = Depths()
    figure.control["depth"].value = 50
    assert figure.drawn == 3 and figure.status == "Depth 50, seed 0."
    assert len(figure.frames) == len(figure.get_state()["scene"]["frames"]) == 3
    figure.control["seed"].value = 1
    assert figure.drawn == 6 and figure.status == "Depth 50, seed 1."
    assert figure.frames[2][1] == figure.status


def test_a_legend_names_artists_that_are_alive() -> None:
    class Named(Wave):
        def plot(self, figure: Figure) -> None:
            super().plot(figure)
            self.legend(figure.axes[0], {"a sine": self.curve}, loc="upper left")

    assert not Wave().figure.axes[0].get_legend()
    legend = Named().figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["a sine"]
    assert not legend.get_lines()[0].get_animated(), "it is drawn with the axes, once"


# What a student's function can do wrong.


def endless(a: int, b: int) -> int:
    while True:
        a += 1


def unfinished(a: int, b: int) -> int:
    raise NotImplementedError


def raising(a: int, b: int) -> int:
    return a // (b - 2)  # the line is quoted


def without_a_sign(a: int, b: int) -> int:
    return a(1 - b)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (unfinished, "add is not written yet"),
        (raising, "add raises ZeroDivisionError"),
        (
            without_a_sign,
            "(a is no function: a product is written with its sign, a * (...), an entry as a[...]); go to",
        ),
        (endless, "add did not end within 0.3 seconds"),
        (None, "was given a NoneType"),
        (lambda a: a, "add raises TypeError"),
        (lambda a, b: exit(), "add raises SystemExit"),
    ],
)
def test_trouble_is_one_sentence_with_where_to_go(function: Any, says: str) -> None:
    figure = Sum(function)
    assert says in figure.trouble and "go to the cell that defines it" in figure.trouble
    assert figure.get_state()["scene"]["trouble"] == figure.trouble and "<text" in figure.picture
    assert figure._repr_mimebundle_()[0]["text/plain"] == figure.trouble


def test_the_students_line_is_quoted() -> None:
    assert "return a // (b - 2)" in Sum(raising).trouble


def test_an_endless_function_is_called_once() -> None:
    figure = Sum(endless)
    started = time.monotonic()
    figure.control["a"].value = 2
    assert time.monotonic() - started < 0.2
    assert "did not end" in figure.trouble


def test_an_endless_function_is_stopped_in_a_widgets_thread() -> None:
    """JupyterLab sends widget messages to a subshell of the kernel, which is another thread."""
    figures: list[Sum] = []
    thread = threading.Thread(target=lambda: figures.append(Sum(endless)), daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    assert "did not end" in figures[0].trouble


def test_a_student_cannot_change_the_figures_arrays() -> None:
    given = np.zeros(2)

    def spoil(x: np.ndarray) -> np.ndarray:
        x += 1
        return x

    assert Student(spoil, "spoil")(given).tolist() == [1, 1]
    assert given.tolist() == [0, 0]


def test_answers_are_kept_by_the_state_of_a_generator() -> None:
    draw = Student(lambda rng: rng.random(2), "draw")
    first, again, other = (draw(np.random.default_rng(seed), shape=(2,)).tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_answers_are_kept_by_every_entry_of_a_list_of_arrays() -> None:
    total = Student(lambda arrays: arrays[0].sum(keepdims=True), "total")
    given = [np.zeros(5000)]
    assert total(given, shape=(1,)).tolist() == [0]
    given[0][2500] = 1
    assert total(given, shape=(1,)).tolist() == [1]


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        (None, "returns None"),
        ([1.0, 2.0], "returns a float where an array"),
        ((np.zeros(3), "cache"), "returns the shape (3,); here it must be (2,)"),
        ((np.array([1, np.nan]), "cache"), "not finite"),
        ((np.array(["a", "b"]), "cache"), "array of numbers"),
    ],
)
def test_a_forward_must_return_an_array_of_the_right_shape(returned: Any, says: str) -> None:
    with pytest.raises(Trouble, match="go to the cell that defines it") as caught:
        Student(lambda x: returned, "layer")(np.zeros(2), shape=(2,))
    assert says in str(caught.value)


@pytest.mark.parametrize("returned", [None, np.zeros(2), (1,), (1, 2, 3)])
def test_a_function_must_return_as_many_values_as_are_named(returned: Any) -> None:
    with pytest.raises(Trouble, match="layer must return 2 values, out and cache; go to the cell"):
        Student(lambda: returned, "layer")(values=("out", "cache"))
    assert Student(lambda: (1, 2), "layer")(values=("out", "cache")) == (1, 2)


class Broken(SvgLab):
    title, alt = "Broken", "Nothing."

    def controls(self) -> dict[str, Any]:
        return {"text": field("a number", "1")}

    def draw(self, text: str) -> tuple[Scene, str]:
        return Scene(10, 10), f"{float(text)}"


def test_a_mistake_of_ours_is_said_and_can_be_left_again() -> None:
    figure = Broken()
    figure.control["text"].value = "one"
    assert "This figure cannot be drawn" in figure.trouble and not figure.drawing.state()["parts"]
    assert Image.open(io.BytesIO(figure.static())).size[0] > 100, "the static form says it, too"
    figure.undo()
    assert figure.trouble == "" and figure.status == "1.0"
