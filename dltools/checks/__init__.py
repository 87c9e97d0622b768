"""The checks: `check(your_function)` tells what is right, what is not, and what is the likely mistake.

`hint(your_function)` helps whoever does not know how to go on.
"""

import os
from collections.abc import Callable, Collection
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import Any

from dltools.checks.engine import judge
from dltools.checks.exercise import Exercise
from dltools.checks.foresee import FORESEEN, Forecast, Foreseen, Foresight, foresight, judge_forecast
from dltools.checks.hints import LADDER, Hint
from dltools.checks.notebook import show_plainly
from dltools.checks.pencil import pencil_of
from dltools.checks.progress import record, record_answer
from dltools.checks.questions import Answered, Question, judge_answer, questions_of
from dltools.checks.unwritten import explain_gaps, in_notebook, way_on
from dltools.checks.verdict import Verdict
from dltools.running.calling import line_phrase

UNITS = {
    "00-start-here": "start",
    "01-perceptron": "perceptron",
    "02-activations": "activations",
    "03-backpropagation": "backpropagation",
    "04-convolution": "convolution",
    "05-pooling-and-cnn": "pooling",
    "06-rnn": "rnn",
    "07-vanishing-exploding": "vanishing",
    "08-lstm": "lstm",
    "09-resnet": "resnet",
    "10-overfitting": "overfitting",
    "11-capstone": "capstone",
}
"""The module of each unit's exercises, by the unit's folder."""


OURS = (
    "This is the course's own {}, imported to go on without yours: it is not there when your work is graded."
    " Write yours in its cell, run that cell, then this one."
)
"""What is said of a function that the student has not written."""


@cache
def exercises() -> dict[str, Exercise]:
    """Every graded exercise of the course by its name, in the order of the course."""
    return {
        exercise.name: replace(exercise, unit=unit, pencil=pencil_of(module, exercise.name))
        for unit, module in UNITS.items()
        for exercise in import_module(f"dltools.checks.{module}").EXERCISES
    }


@cache
def questions() -> dict[str, Question]:
    """Every question of the course by its name, in the order of the course."""
    return {name: question for unit in UNITS for name, question in questions_of(unit).items()}


@cache
def forecasts() -> dict[str, Forecast]:
    """What is to be foreseen for a point, by the name of its answer, such as "conv2d_forward_foreseen"."""
    every = (Forecast(exercises()[name], result) for name, result in FORESEEN.items() if name in exercises())
    return {forecast.name: forecast for forecast in every}


def asked() -> dict[str, Forecast | Question]:
    """What is answered by a letter or by numbers, by the name of the answer."""
    return {**forecasts(), **questions()}


def graded() -> dict[str, Exercise | Forecast | Question]:
    """All that has points in the course, by its name."""
    return {**exercises(), **asked()}


def check_foreseen(*unnamed: Any, **answer: Any) -> Foreseen:
    """Judge what you foresaw: `check_foreseen(conv2d_forward_foreseen=conv2d_forward_foreseen)`.

    Args:
        unnamed: nothing: an answer is given by its name.
        answer: what you wrote, by its name: a number, a list, or a list of rows; three digits are enough.

    Raises:
        ValueError: if nothing of the name is to be foreseen, or not exactly one is given.
    """
    name, given = the_one(unnamed, answer, forecasts(), "check_foreseen")
    judged = judge_forecast(forecasts()[name], given)
    record_answer(name, judged.points, missed=False)
    return judged


def the_one(unnamed: tuple[Any, ...], answer: dict[str, Any], known: Collection[str], function: str) -> tuple[str, Any]:
    """The one answer that is given, and its name.

    Raises:
        ValueError: if there is not exactly one, it has no name, or none of the name is known.
    """
    if unnamed or len(answer) != 1:
        some = next(iter(known))
        raise show_plainly(ValueError(f"{function} takes one answer, by its name: {function}({some}={some})."))
    ((name, given),) = answer.items()
    if name not in known:
        near = ", ".join(get_close_matches(name, known, n=3, cutoff=0))
        raise show_plainly(ValueError(f"{function} knows no {name}; the nearest are {near}."))
    return name, given


def check_answer(*unnamed: Any, **answer: Any) -> Answered:
    """Judge your answer to a question of the unit: `check_answer(stride_question=stride_question)`.

    Args:
        unnamed: nothing: an answer is given by its name.
        answer: what you wrote, by the name of the question: a letter, a number, or a fraction such as "1/4".

    Raises:
        ValueError: if there is no question of the name, or not exactly one is given.
    """
    name, given = the_one(unnamed, answer, questions(), "check_answer")
    judged = judge_answer(questions()[name], given)
    record_answer(name, judged.points, missed=bool(judged.mistake))
    return judged


def check(function: Callable[..., Any], forward: Callable[..., Any] | None = None, seed: int | None = None) -> Verdict:
    """Judge your function against the exercise of the same name.

    Args:
        function: the function you wrote, under the name that the exercise gives it.
        forward: your forward, where the exercise is a backward: it makes the cache.
        seed: of the cases; by default that of the environment variable DLTOOLS_SEED, else 0.

    Raises:
        ValueError: if no exercise has the function's name, its name alone is given, or a backward comes without its
            forward.
    """
    exercise = exercise_of(function)
    if isinstance(function, str):
        name = exercise.name
        raise show_plainly(ValueError(f"check takes the function itself, without quotation marks: check({name})."))
    if exercise.forward and forward is None:
        name, wanted = exercise.name, exercise.forward.__name__
        raise show_plainly(
            ValueError(f"{name} works on the cache of your {wanted}; call check({name}, forward={wanted}).")
        )
    try:
        verdict = judge(exercise, function, forward, int(os.environ.get("DLTOOLS_SEED", 0)) if seed is None else seed)
    except KeyboardInterrupt as stop:
        stop.args = (f"check({exercise.name}) was interrupted{line_phrase(function, stop)}.",)
        raise show_plainly(stop) from None
    if in_notebook() and function is exercise.reference:
        return replace(verdict, note=OURS.format(exercise.name))
    record(verdict)
    return replace(verdict, way_on=way_on(exercise)) if in_notebook() else verdict


def hint(function: Callable[..., Any] | str) -> Hint:
    """Open the next hint for an exercise: three in all, and they cost no points.

    Which ones you opened is kept in your own folder, as what you have solved is, and sent nowhere.

    Args:
        function: the function you write, or its name.

    Raises:
        ValueError: if no exercise has the name.
    """
    exercise = exercise_of(function)
    return LADDER.climb(exercise.name, exercise.unit)


def foresee(function: Callable[..., Any] | str, *unnamed: Any, **answer: Any) -> Foresight:
    """Show a small case of an exercise, to be worked by hand; judge what you say comes out of it.

    `foresee(conv2d_forward)` shows the case; `foresee(conv2d_forward, out=[[5, -1], [0, 2]])` judges an answer. A wrong
    one is compared with what every known mistake makes of the case. It costs no points, and nothing of it is kept.

    Args:
        function: the function you write, or its name.
        unnamed: nothing: a result is given by its name.
        answer: a result by its name: a number, a list, or a list of rows; three digits are enough.

    Raises:
        ValueError: if no exercise has the name, it has nothing to foresee, or an answer has no name or is no number.
    """
    exercise = exercise_of(function)
    if unnamed:
        name, first = exercise.name, exercise.returns[0]
        raise show_plainly(ValueError(f"foresee takes each result by its name: foresee({name}, {first}=...)."))
    return foresight(exercise, answer)


def exercise_of(function: Callable[..., Any] | str) -> Exercise:
    """The exercise of the function's name.

    Raises:
        ValueError: if there is no exercise of the name, which names the nearest, or no function is given.
    """
    if not callable(function) and not (isinstance(function, str) and function.isidentifier()):
        raise show_plainly(
            ValueError(
                "A function is given by its name alone, as in check(center): no parentheses, and no result of it."
            )
        )
    name = function if isinstance(function, str) else str(getattr(function, "__name__", type(function).__name__))
    if name in exercises():
        return exercises()[name]
    near = get_close_matches(name, exercises(), n=3, cutoff=0)
    raise show_plainly(
        ValueError(
            f"There is no exercise named {name}; the nearest are {', '.join(near)}. A function is checked under the"
            " name that its exercise gives it."
        )
    )


explain_gaps(graded)

__all__ = [
    "UNITS",
    "Answered",
    "Exercise",
    "Forecast",
    "Foreseen",
    "Foresight",
    "Hint",
    "Question",
    "Verdict",
    "asked",
    "check",
    "check_answer",
    "check_foreseen",
    "exercises",
    "forecasts",
    "foresee",
    "graded",
    "hint",
    "questions",
]
