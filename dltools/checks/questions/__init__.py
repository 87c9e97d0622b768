"""Questions at the end of a unit: `check_answer(stride_question=stride_question)`; the answers are in the .toml files.

A unit's file has a table for each question: `answer`, and what is said of the wrong ones, by their letter where one is
to be chosen, as `wrong` where a number is asked for. The question itself stands in the unit's text. `about` names the
earlier unit that a question returns to.
"""

import math
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

import numpy as np

from dltools.checks.notebook import GREEN, VERMILION, framed
from dltools.places import PACKAGE

WITHIN = 5e-3
"""How far a number may be off, absolutely, where the question says nothing else."""
LETTERS = "abcd"
COMMA = "A decimal is written with a point: with a comma Python reads two numbers."


@dataclass(frozen=True)
class Question:
    """One question: its right answer, a letter or a number, and a sentence for each wrong one that is known."""

    name: str
    unit: str
    answer: str | float
    wrong: tuple[tuple[str | float, str], ...]
    within: float = WITHIN
    about: str = ""
    """The earlier unit that it is about; empty where it is the same."""
    points: float = 1.0

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The sentences for what is often answered."""
        return tuple(says for _, says in self.wrong)

    def is_right(self, given: str | float) -> bool:
        return self.fits(self.answer, given)

    def fits(self, wanted: str | float, given: str | float) -> bool:
        """Whether the given answer is this one."""
        if isinstance(wanted, str) or isinstance(given, str):
            return wanted == given
        return abs(wanted - given) <= self.within

    def says(self, given: str | float) -> str:
        """What is said of a wrong answer."""
        return next((says for value, says in self.wrong if self.fits(value, given)), "")


@cache
def questions_of(unit: str) -> dict[str, Question]:
    """The questions of a unit by their names; none where the unit has no file."""
    file = PACKAGE / "checks" / "questions" / f"{unit}.toml"
    texts = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return {name: question(name, unit, text) for name, text in texts.items()}


def question(name: str, unit: str, text: dict[str, Any]) -> Question:
    """One question, from its table in the unit's file."""
    wrong: list[tuple[str | float, str]]
    if isinstance(text["answer"], str):
        wrong = [(letter, text[letter]) for letter in LETTERS if letter in text]
    else:
        wrong = [(float(one["value"]), one["says"]) for one in text["wrong"]]
    answer = text["answer"] if isinstance(text["answer"], str) else float(text["answer"])
    return Question(name, unit, answer, tuple(wrong), text.get("within", WITHIN), text.get("about", ""))


@dataclass(frozen=True)
class Answered:
    """What a question's answer is worth, and what is said of it; as a verdict, its plain text is the points."""

    question: Question
    points: float
    sentence: str
    mistake: str = ""
    """What the answer is known as, for statistics."""

    def __str__(self) -> str:
        return f"{self.headline}\n{self.sentence}".strip()

    __repr__ = __str__

    @property
    def headline(self) -> str:
        return f"{self.question.name}: {'right' if self.points else 'not yet'}, {self.points:g} of 1 point"

    def _repr_html_(self) -> str:
        said = f"<p>{escape(self.sentence)}</p>" if self.sentence else ""
        mistakes = f"{self.question.name} {self.mistake}" if self.mistake else ""
        return framed(f"<p><b>{escape(self.headline)}</b></p>{said}", GREEN if self.points else VERMILION, mistakes)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self.points), "text/html": self._repr_html_()}


def judge_answer(question: Question, given: Any) -> Answered:
    """Judge what was written for an answer: a letter, a number, or a fraction such as "1/4"."""
    value = letter(given) if isinstance(question.answer, str) else number(given)
    if value is None:
        wanted = (
            f'one letter from "a" to "{LETTERS[-1]}"'
            if isinstance(question.answer, str)
            else "a number, such as 0.5 or 1/2"
        )
        begin = "Write your answer into the cell above:" if is_empty(given) else "The answer is"
        comma = f" {COMMA}" if is_pair(given) and not isinstance(question.answer, str) else ""
        return Answered(question, 0.0, f"{begin} {wanted}.{comma}")
    if question.is_right(value):
        return Answered(question, 1.0, "")
    known = question.says(value)
    return Answered(
        question, 0.0, known or "Not this. Read the question once more.", mistake_name(value) if known else ""
    )


def is_empty(given: Any) -> bool:
    return isinstance(given, str) and not given.strip()


def is_pair(given: Any) -> bool:
    """Whether it is what a decimal comma makes: two whole numbers, or a text such as "0,5"."""
    if isinstance(given, str):
        return bool(re.fullmatch(r"\s*-?\d+,\d+\s*", given))
    return type(given) is tuple and len(given) == 2 and all(type(one) is int for one in given)


def mistake_name(value: str | float) -> str:
    """A wrong answer as a word for statistics: "answers_b", "answers_0_25"."""
    text = value if isinstance(value, str) else f"{value:g}"
    return "answers_" + "".join(sign if sign.isalnum() else "_" for sign in text)


def letter(given: Any) -> str | None:
    """The letter of an option, however it is written: "b", "B", "(b)"; None for anything else."""
    text = given.strip().strip("().").lower() if type(given) is str else ""
    return text if len(text) == 1 and text in LETTERS else None


def number(given: Any) -> float | None:
    """A number, also one written as a fraction; None for anything else."""
    if isinstance(given, str):
        above, _, below = given.partition("/")
        upper, lower = decimal(above), decimal(below) if below else 1.0
        return upper / lower if upper is not None and lower else None
    if type(given) not in (int, float) and not isinstance(given, np.number | np.ndarray):  # what lies is no number
        return None
    array = np.asarray(given)
    return float(array) if array.shape == () and array.dtype.kind in "iuf" and np.isfinite(array) else None


def decimal(text: str) -> float | None:
    """A finite number from its text; None where it is none."""
    try:
        return value if math.isfinite(value := float(text)) else None
    except ValueError:
        return None
