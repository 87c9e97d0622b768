"""Hints: three rungs for each exercise, opened one after the other; the texts are in the .toml files beside this one.

A unit's file has a table for each exercise: `begin` (what is given and wanted, and what to write first), `plan` (the
steps), `look` (a question about the line that most get wrong) and `heading`, the part of the unit that answers it.
No text has code in it: tests/checks/test_hints.py has the rules.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from html import escape
from textwrap import fill
from typing import Any

from dltools.checks.notebook import BLUE, framed, show_plainly
from dltools.checks.progress import read_hints, record_hint
from dltools.places import PACKAGE

TITLES = ("how to begin", "the plan", "where to look")


@dataclass(frozen=True)
class Rung:
    """One hint: its title and its paragraphs; those of a plan are steps and are numbered."""

    title: str
    paragraphs: tuple[str, ...]
    numbered: bool = False

    def __str__(self) -> str:
        marks = [f"{n}. " if self.numbered else "" for n in range(1, len(self.paragraphs) + 1)]
        lines = [fill(mark + text, 88, subsequent_indent=" " * len(mark)) for mark, text in zip(marks, self.paragraphs)]
        return "\n".join([self.title, *lines])

    def html(self, folded: bool) -> str:
        """As HTML; a rung that was read before is folded to its title, which Enter or a click opens."""
        item, around = ("li", "<ol>{}</ol>") if self.numbered else ("p", "{}")
        body = around.format("".join(f"<{item}>{escape(text)}</{item}>" for text in self.paragraphs))
        title = escape(self.title)
        return f"<details><summary>{title}</summary>{body}</details>" if folded else f"<p><b>{title}</b></p>{body}"


@cache
def rungs_of(unit: str) -> dict[str, tuple[Rung, ...]]:
    """The three rungs of each exercise of a unit, by the exercise's name; none where the unit has no file."""
    file = PACKAGE / "checks" / "hints" / f"{unit}.toml"
    texts = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return {name: rungs(name, text) for name, text in texts.items()}


def rungs(name: str, text: dict[str, Any]) -> tuple[Rung, ...]:
    """The rungs of one exercise, from its table in the unit's file."""
    titles = [f"Hint {n} of {len(TITLES)} for {name}: {title}" for n, title in enumerate(TITLES, 1)]
    there = f"The part “{text['heading']}” of this notebook has the answer."
    return (
        Rung(titles[0], (one_line(text["begin"]),)),
        Rung(titles[1], tuple(map(one_line, text["plan"])), numbered=True),
        Rung(titles[2], (one_line(text["look"]), there)),
    )


def one_line(text: str) -> str:
    """The text without its line breaks."""
    return " ".join(text.split())


@dataclass(frozen=True)
class Hint:
    """The rungs that are open, the newest last, and what comes after them; as HTML and as text."""

    rungs: tuple[Rung, ...]
    after: str

    def __str__(self) -> str:
        return "\n\n".join([*map(str, self.rungs), self.after])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        *before, newest = self.rungs
        told = "".join([*(rung.html(folded=True) for rung in before), newest.html(folded=False)])
        return framed(f"{told}<p>{escape(self.after)}</p>", BLUE)


class Ladder:
    """Opens the rungs, and knows which are open: in this session, and before it from the student's progress file."""

    def __init__(self) -> None:
        self.opened: dict[str, int] = {}

    def climb(self, name: str, unit: str) -> Hint:
        """Open the next rung of an exercise.

        The first call of a session shows what was open before, so that `Restart & Run All` opens nothing by itself.

        Raises:
            ValueError: if nobody has written hints for the exercise.
        """
        ladder = rungs_of(unit).get(name)
        if not ladder:
            raise show_plainly(ValueError(f"There are no hints for {name}."))
        wanted = self.opened[name] + 1 if name in self.opened else max(1, read_hints().get(name, 0))
        self.opened[name] = opened = min(wanted, len(ladder))
        record_hint(name, opened)
        return Hint(ladder[:opened], next_step(name, len(ladder) - opened))


def next_step(name: str, left: int) -> str:
    """What to do when the hints so far do not help."""
    if left:
        return f"Try it now. For the next hint, run hint({name}) again; it costs no points."
    return (
        f"These are all the hints. Write the smallest case first, and let check({name}) show you the first difference."
    )


LADDER = Ladder()
