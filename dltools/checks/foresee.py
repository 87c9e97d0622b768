"""Foresee: work a small case with a pencil before the function is written, and hear what your answer would come from.

The reference and the known mistakes answer for every exercise that has cases for a pencil: nothing else is needed.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from types import SimpleNamespace
from typing import Any

import numpy as np

from dltools.checks.comparing import all_leaves
from dltools.checks.exercise import Criterion, Exercise, Mistake, all_values, plain_or_refusal
from dltools.checks.notebook import BLUE, GREEN, VERMILION, framed, show_plainly
from dltools.checks.pencil.example import split
from dltools.checks.pencil.picture import WRONG, Panel, as_html, as_text, panels
from dltools.checks.questions import COMMA, number
from dltools.checks.trials import Sight, Trial, look_at_mistake, make_trial
from dltools.running.plain import Refused

ROOM = 5e-3
"""How far an answer may be off, absolutely or relatively: three digits are enough by hand."""
OPEN = {
    "xor_weights": "many weights are right",
    "dropout_forward": "chance decides what is deleted",
    "dropout_backward": "chance decides what is deleted",
}
"""Exercises whose result cannot be foreseen, and why."""


FORESEEN = {
    "squared_distances": "distances",
    "linear_backward": "grad_weight",
    "prelu_backward": "grad_slope",
    "two_layer_backward": "grad_W",
    "conv2d_forward": "out",
    "conv2d_backward": "grad_x",
    "max_pool2d_backward": "grad_x",
    "rnn_step_backward": "grad_W",
    "rnn_jacobian_product": "product",
    "lstm_step_forward": "c_next",
    "residual_block_backward": "grad_x",
    "early_stopping": "epoch",
    "paired_difference": "error",
}
"""Exercises whose case is asked for in the unit, for a point, and the result that is asked for."""
NOTHING = "In place of the two quotation marks write a number, or numbers row by row in brackets: [[1, 2], [3, 4]]."
MOST_TOLD = 2
"""Of several known mistakes that make the same of a case, so many are told: the first recorded are the most usual."""
LONGEST = 2000
"""Characters of an answer that was written between quotation marks."""


@dataclass(frozen=True)
class Forecast:
    """What is to be foreseen of an exercise for a point, in a cell of the unit."""

    exercise: Exercise
    result: str
    points: float = 1.0
    mistakes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.exercise.name}_foreseen"

    @property
    def unit(self) -> str:
        return self.exercise.unit


@dataclass(frozen=True)
class Foresight:
    """A case to be worked by hand; after an answer, what is to be said of it."""

    call: dict[str, Any]
    sentences: tuple[str, ...]
    answered: tuple[Panel, ...] = ()
    is_right: bool = False

    @property
    def given(self) -> list[Panel]:
        return [panel for name, value in self.call.items() for panel in panels(name, value)]

    def __str__(self) -> str:
        return "\n".join(filter(None, ["Given:", as_text(self.given), as_text(self.answered), *self.sentences]))

    __repr__ = __str__

    def html(self) -> str:
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        return f"<p><b>Foresee.</b> Given:</p>{as_html(self.given)}{as_html(self.answered)}{said}"

    def _repr_html_(self) -> str:
        return framed(self.html(), GREEN if self.is_right else VERMILION if self.answered else BLUE)


@dataclass(frozen=True)
class Foreseen:
    """What a forecast is worth, and what is said of it; as a verdict, its plain text is the points."""

    name: str
    points: float
    said: Foresight | str

    def __str__(self) -> str:
        return f"{self.headline}\n{self.said}"

    __repr__ = __str__

    @property
    def headline(self) -> str:
        return f"{self.name}: {'right' if self.points else 'not yet'}, {self.points:g} of 1 point"

    def _repr_html_(self) -> str:
        said = f"<p>{escape(self.said)}</p>" if isinstance(self.said, str) else self.said.html()
        return framed(f"<p><b>{escape(self.headline)}</b></p>{said}", GREEN if self.points else VERMILION)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self.points), "text/html": self._repr_html_()}


def judge_forecast(forecast: Forecast, given: Any) -> Foreseen:
    """Judge what was written for a forecast: a number, a list, or a list of rows."""
    value = plain_or_refusal(given)
    if isinstance(value, str):
        value = plain_or_refusal(written(value))
    if isinstance(value, Refused | str) or value is None:
        return Foreseen(forecast.name, 0.0, NOTHING)
    try:
        said = foresight(forecast.exercise, {forecast.result: value})
    except ValueError as error:
        return Foreseen(forecast.name, 0.0, str(error))
    return Foreseen(forecast.name, float(said.is_right), said)


def written(text: str) -> Any:
    """The numbers that stand in a text, such as "-10", "1/4" or "[[1, 2], [3, 4]]"; None where there are none."""
    try:
        return ast.literal_eval(text.strip()) if number(text) is None and len(text) < LONGEST else number(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def foresight(exercise: Exercise, answer: Mapping[str, Any]) -> Foresight:
    """The case to foresee, or what is to be said of an answer.

    Args:
        exercise: what is to be foreseen.
        answer: results by their names, as arrays, lists or numbers; empty where the case is asked for.

    Raises:
        ValueError: if the exercise has nothing to foresee, has no result of a name, or an answer is no number.
    """
    if not exercise.pencil or exercise.name in OPEN:
        why = OPEN.get(exercise.name, "it has no small case")
        raise show_plainly(ValueError(f"There is nothing to foresee of {exercise.name}: {why}."))
    trial = case_of(exercise)
    call, right = {**trial.case, **trial.upstream}, trial.expected
    if not answer:
        return Foresight(call, tuple(question(exercise, right)))
    told = {name: numbers(name, value, right) for name, value in answer.items()}
    wrong = [name for name, value in told.items() if not alike(value, right[name])]
    if wrong:
        return Foresight(call, tuple(verdict(exercise, trial, told, wrong[0])), marked(wrong[0], told, right))
    left = [name for name in right if name not in told]
    said = f"Right. Still to foresee: {', '.join(left)}." if left else "Right: that is what comes out."
    shown = tuple(panel for name, value in told.items() for panel in panels(f"yours: {name}", value))
    return Foresight(call, (said,), shown, is_right=True)


@lru_cache(maxsize=128)  # an exercise has the same case for all
def case_of(exercise: Exercise) -> Trial:
    """The case that is to be foreseen: the exercise's own for this, else the one in which most known mistakes show."""
    pencil = exercise.pencil
    assert pencil is not None
    criterion = Criterion("foresee", 0, lambda rng: [], all_values)
    cases = (pencil.foresee,) if pencil.foresee else pencil.cases
    made = [make_trial(exercise, criterion, *split(exercise, case)) for case in cases]
    return max(made, key=lambda trial: len(shown_in(exercise, trial)))


def shown_in(exercise: Exercise, trial: Trial) -> set[str]:
    """The sentences of the known mistakes that make another number of a case."""
    return {mistake.says for mistake in exercise.mistakes if results_of(exercise, mistake, trial)}


def results_of(exercise: Exercise, mistake: Mistake, trial: Trial) -> dict[str, Any]:
    """What a known mistake makes of a case; empty where that is right, an error or no number."""
    seen = look_at_mistake(exercise, mistake, trial)
    if not isinstance(seen, Sight) or not all(map(is_finite, all_leaves(seen.values).values())):
        return {}
    if any(isinstance(value, list) != isinstance(trial.expected[name], list) for name, value in seen.values.items()):
        return {}
    return seen.values if any(not alike(v, trial.expected[name]) for name, v in seen.values.items()) else {}


def is_finite(value: Any) -> bool:
    array = np.asarray(value)
    return array.dtype.kind in "biuf" and bool(np.isfinite(array).all())


def alike(one: Any, other: Any) -> bool:
    """Whether two results are the same to three digits; axes of length 1 do not count, as one writes them by hand."""
    if isinstance(other, list | tuple):
        return isinstance(one, list | tuple) and len(one) == len(other) and all(map(alike, one, other))
    first, second = np.squeeze(one), np.squeeze(other)
    return first.shape == second.shape and bool(np.allclose(first, second, ROOM, ROOM))


def numbers(name: str, value: Any, right: Mapping[str, Any]) -> Any:
    """The answer as an array of numbers, or as a list of arrays where the result is one.

    Raises:
        ValueError: if the exercise has no such result, or the answer is something else.
    """
    if name not in right:
        raise show_plainly(ValueError(f"There is no result {name}; there is {', '.join(right)}."))
    try:
        if isinstance(right[name], list | tuple):
            return [np.asarray(one, float) for one in value]
        return np.asarray(value, float)
    except (TypeError, ValueError, OverflowError):
        raise show_plainly(ValueError(f"{name} must be a number, or a list of numbers, row by row.")) from None


def question(exercise: Exercise, right: Mapping[str, Any]) -> list[str]:
    """What is asked for, and how it is told."""
    shapes = [f"{name}, {of_shape(value)}" for name, value in right.items()]
    first, value = next(iter(right.items()))
    more = " One result after the other will do." if len(right) > 1 else ""
    call = f"foresee({exercise.name}, {first}={zeros(value)})"
    return [
        f"What does {exercise.name} make of it? Asked is {'; '.join(shapes)}. Three digits are enough.",
        f"Work it out by hand, then run this with your numbers in a cell of your own: {call}.{more}",
    ]


def zeros(value: Any) -> Any:
    """Zeros in the shape of a result, without axes of length 1, to be filled in."""
    if isinstance(value, list | tuple):
        return [np.zeros(np.shape(one), int).tolist() for one in value]
    return np.zeros(np.squeeze(value).shape, int).tolist()


def of_shape(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return f"of shape {np.shape(value)}" if np.ndim(value) else "one number"


def verdict(exercise: Exercise, trial: Trial, told: Mapping[str, Any], name: str) -> list[str]:
    """What is said of a wrong answer: the known mistakes that make the same of this case, else where to look."""
    made = [(mistake.says, results_of(exercise, mistake, trial)) for mistake in exercise.mistakes]
    same = [says for says, of in made if of and all(alike(value, of[n]) for n, value in told.items())]
    if same:
        several = list(dict.fromkeys(same))[:MOST_TOLD]
        return [
            f"Not this. It is what comes out when {'one of these' if several[1:] else 'one thing'} goes wrong:",
            *several,
        ]
    mine, right = np.squeeze(told[name]), trial.expected[name]
    if isinstance(right, list | tuple):
        return [f"Not this: look at {name} again."]
    if mine.shape != np.squeeze(right).shape:
        yours = f"has shape {np.shape(told[name])}" if np.ndim(told[name]) else "is a single number"
        comma = [COMMA] if np.size(right) == 1 and mine.shape == (2,) else []
        return [f"{name} is {of_shape(right)}; yours {yours}.", *comma]
    index = first_wrong(told[name], right)
    where = f"{name}[{', '.join(map(str, index))}]" if index else name
    count = int((~np.isclose(mine, np.squeeze(right), ROOM, ROOM)).sum())
    of = f"{np.size(right) - count} of {np.size(right)} entries are right. " if np.size(right) > 1 else "Not this. "
    write = exercise.pencil.sums.get(name) if exercise.pencil else None
    how = write(SimpleNamespace(**trial.case, **trial.upstream), *index) if write else ""
    return [f"{of}Look at {where} again" + (f": it is {how}." if how else ".")]


def first_wrong(mine: Any, right: Any) -> tuple[int, ...]:
    """The place of the first wrong entry, in the right result's axes."""
    off = ~np.isclose(np.reshape(mine, np.shape(right)), right, ROOM, ROOM)
    return tuple(int(i) for i in np.argwhere(off)[0])


def marked(name: str, told: Mapping[str, Any], right: Mapping[str, Any]) -> tuple[Panel, ...]:
    """The answer, with the first wrong entry framed where it has the right shape."""
    mine, wanted = told[name], right[name]
    if isinstance(wanted, list | tuple) or np.squeeze(mine).shape != np.squeeze(wanted).shape:
        return tuple(panels(f"yours: {name}", mine))
    shaped = np.reshape(mine, np.shape(wanted))
    return tuple(panels(f"yours: {name}", shaped, first_wrong(mine, wanted), WRONG))
