"""What a check says: passed and failed criteria, points, the named mistake; as text and as HTML."""

import re
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any, Protocol

from dltools import __version__
from dltools.checks.notebook import GREEN, VERMILION, framed

UNWRITTEN = "unwritten"
"""The kind of problem of a function that raises NotImplementedError, as every released one does."""


class Named(Protocol):
    """What a failed criterion is known as: a name for statistics, a sentence for the student."""

    @property
    def name(self) -> str: ...

    @property
    def says(self) -> str: ...


class Shown(Protocol):
    """A small example, or a sentence in its place."""

    def html(self) -> str: ...

    def to_dict(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Finding:
    """The outcome of one criterion; it is passed where there is no problem."""

    criterion: str
    worth: float
    problem: str | None
    mistake: Named | None = None
    waits: bool = False
    """Not looked at, because a criterion that must be passed first is not."""
    picture: str = ""
    """Two small arrays side by side, as text."""
    kind: str = ""
    """What makes two problems the same although their sentences differ, such as an exception and its line."""
    note: str = ""
    """What is worth knowing although the criterion is passed."""
    after: str = ""
    """The criterion that must be passed first."""

    @property
    def points(self) -> float:
        return 0.0 if self.problem else float(self.worth)

    @property
    def advice(self) -> str:
        """The known mistake's sentence, then what was seen."""
        return " ".join(filter(None, [self.mistake.says if self.mistake else None, self.problem]))


@dataclass(frozen=True)
class Advice:
    """One problem: the criteria that it concerns, what to do, and two small arrays side by side.

    What concerns the exercise as a whole names no criteria.
    """

    criteria: str
    sentence: str
    picture: str = ""

    @property
    def text(self) -> str:
        return ": ".join(filter(None, [self.criteria, self.sentence]))


@dataclass(frozen=True)
class Verdict:
    """The result of a check.

    A notebook shows its HTML. The plain text that a notebook stores is only the number of points: nbgrader takes a
    number as partial credit, so that the very cell which tells the student also gives the grade.
    """

    exercise: str
    findings: list[Finding]
    printed: str = ""
    example: Shown | None = None
    """The smallest example in which the answer is wrong."""
    way_on: str = ""
    """How to go on without a solution; shown last, where there is none."""
    note: str = ""
    """What is worth knowing of the function as a whole."""

    @property
    def points(self) -> float:
        return float(sum(finding.points for finding in self.findings))

    @property
    def max_points(self) -> float:
        return float(sum(finding.worth for finding in self.findings))

    @property
    def passed(self) -> bool:
        return not any(finding.problem for finding in self.findings)

    @property
    def mistakes(self) -> list[str]:
        """The names of the known mistakes that were recognized, each once."""
        told = [finding for finding in self.findings if finding.mistake and not finding.waits]
        return list(dict.fromkeys(name for one in told if one.mistake for name in one.mistake.name.split()))

    @property
    def headline(self) -> str:
        solved = "solved" if self.passed else "not solved yet"
        return f"{self.exercise}: {solved}, {self.points:g} of {self.max_points:g} point{'s' * (self.max_points != 1)}"

    def advice(self) -> list[Advice]:
        """Each problem once, then what else is worth knowing."""
        failed = [finding for finding in self.findings if finding.problem and not finding.waits]
        groups = groupby(sorted(failed, key=reason), key=reason)
        told = [list(group) for _, group in groups]
        told.sort(key=lambda group: failed.index(group[0]))
        return [*map(advice_of, told), *([] if self.unwritten else self.waiting()), *self.notes()]

    def waiting(self) -> list[Advice]:
        """What it means that a criterion waits, once for all that wait for the same one."""
        waits = [finding for finding in self.findings if finding.waits and finding.problem]
        first = dict.fromkeys(finding.problem for finding in waits)
        return [
            Advice(joined([f for f in waits if f.problem == problem]), f"{problem} It is judged when that is passed.")
            for problem in first
        ]

    def notes(self) -> list[Advice]:
        noted = [finding for finding in self.findings if finding.note]
        whole = [Advice("", self.note)] if self.note else []
        return whole + [
            Advice(joined([f for f in noted if f.note == note]), note)
            for note in dict.fromkeys(finding.note for finding in noted)
        ]

    @property
    def unwritten(self) -> bool:
        """Whether the function is as it was released: nothing is passed, and it says that it is not written."""
        return not self.points and any(finding.kind == UNWRITTEN for finding in self.findings)

    @property
    def to_begin_with(self) -> str:
        """The function to be written first: a backward's forward, where that says that it is not written."""
        said = [finding.problem or "" for finding in self.findings if finding.kind == UNWRITTEN]
        return said[0].partition(" ")[0] if self.unwritten else self.exercise

    @property
    def help(self) -> list[str]:
        """Where a hint is to be had, and how to go on without a solution; nothing once there is one."""
        if self.passed:
            return []
        asked = "How to begin?" if self.unwritten else "Stuck?"
        hint = f"{asked} Run hint({self.to_begin_with}) in a cell of your own; it costs no points."
        return [hint, *filter(None, [self.way_on])]

    def picture(self, advice: Advice) -> str:
        """The arrays of a random case; left out where there is an example that can be worked by hand."""
        return "" if self.example else advice.picture

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data for JSON, in the form of check50's results (cs50.readthedocs.io/projects/check50).

        A criterion that waits for another has passed null. `data` has its points and the known mistake's name; beside
        check50's keys stand the points of the exercise and the small example.
        """
        return {
            "slug": f"dltools/{self.exercise}",
            "version": __version__,
            "results": [self.result(finding) for finding in self.findings],
            "points": self.points,
            "max_points": self.max_points,
            "example": self.example.to_dict() if self.example else None,
        }

    def result(self, finding: Finding) -> dict[str, Any]:
        """One criterion in check50's form."""
        passed = None if finding.waits else not finding.problem
        mistake = finding.mistake.name if finding.mistake else None
        return {
            "name": slug(finding.criterion),
            "description": finding.criterion,
            "passed": passed,
            "log": self.printed.splitlines(),
            "cause": None if passed else {"rationale": finding.advice, "help": " ".join(self.help)},
            "data": {"points": finding.points, "max_points": float(finding.worth), "mistake": mistake},
            "dependency": slug(finding.after) or None,
        }

    def mark(self, finding: Finding) -> str:
        if self.unwritten:
            return "· to write"
        if finding.waits:
            return "· waits"
        return "✗ not yet" if finding.problem else "✓ passed"

    def __str__(self) -> str:
        rows = [f"  {self.mark(f)}  {f.criterion} ({f.points:g}/{f.worth:g})" for f in self.findings]
        notes = ["\n".join(filter(None, [one.text, self.picture(one)])) for one in self.advice()]
        printed = [f"Your code printed:\n{self.printed.rstrip()}"] if self.printed.strip() else []
        example = [f"\n{self.example}\n"] if self.example else []
        return "\n".join([self.headline, *rows, *notes, *example, *printed, *self.help])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr>{table_cell(self.mark(f))}{table_cell(escape(f.criterion))}{table_cell(f'{f.points:g}/{f.worth:g}')}</tr>"
            for f in self.findings
        )
        notes = "".join(
            f"<p>{f'<b>{escape(one.criteria)}.</b> ' if one.criteria else ''}{escape(one.sentence)}</p>"
            f"{preformatted(self.picture(one))}"
            for one in self.advice()
        )
        printed = f"<details><summary>Your code printed</summary>{preformatted(self.printed)}</details>"
        example = self.example.html() if self.example else ""
        help = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.help)
        html = (
            f"<p><b>{escape(self.headline)}</b></p>"
            f'<table style="margin:0 0 6px 0"><tbody>{rows}</tbody></table>'
            f"{notes}{example}{printed if self.printed.strip() else ''}{help}"
        )
        mistakes = " ".join([self.exercise, *self.mistakes]) if self.mistakes else ""
        return framed(html, GREEN if self.passed else VERMILION, mistakes)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self.points), "text/html": self._repr_html_()}


def slug(name: str) -> str:
    """A criterion's name as an identifier."""
    return re.sub(r"\W+", "_", name).strip("_").lower()


def table_cell(html: str) -> str:
    return f'<td style="text-align:left;padding:2px 14px 2px 0">{html}</td>'


def preformatted(text: str) -> str:
    return f"<pre>{escape(text)}</pre>" if text else ""


def joined(findings: list[Finding]) -> str:
    return "; ".join(finding.criterion for finding in findings)


def advice_of(group: list[Finding]) -> Advice:
    """One problem of several criteria, told by the first; the picture is the first that there is."""
    criteria = "" if group[0].kind == UNWRITTEN else joined(group)
    return Advice(criteria, group[0].advice, next((f.picture for f in group if f.picture), ""))


def reason(finding: Finding) -> str:
    """What makes two failed criteria one problem: the same mistake, the same exception, or else the same sentence."""
    return finding.mistake.name if finding.mistake else finding.kind or finding.problem or ""
