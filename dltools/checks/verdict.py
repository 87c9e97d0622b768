"""What a check says: passed and failed criteria, points, the named mistake; as text and as HTML."""

from dataclasses import dataclass
from html import escape
from itertools import groupby

from dltools.checks.exercise import Mistake


@dataclass(frozen=True)
class Finding:
    """The outcome of one criterion; it is passed where there is no problem."""

    criterion: str
    worth: float
    problem: str | None
    mistake: Mistake | None = None
    waits: bool = False
    """Not looked at, because a criterion that must be passed first is not."""

    @property
    def points(self) -> float:
        return 0.0 if self.problem else float(self.worth)

    @property
    def advice(self) -> str:
        """The known mistake's sentence, then what was seen."""
        return " ".join(filter(None, [self.mistake.says if self.mistake else None, self.problem]))


@dataclass(frozen=True)
class Verdict:
    """The result of a check.

    A notebook shows its HTML. The plain text that a notebook stores is only the number of points: nbgrader takes a
    number as partial credit, so that the very cell which tells the student also gives the grade.
    """

    exercise: str
    findings: list[Finding]
    printed: str = ""

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
        return list(dict.fromkeys(finding.mistake.name for finding in self.findings if finding.mistake))

    @property
    def headline(self) -> str:
        solved = "solved" if self.passed else "not solved yet"
        return f"{self.exercise}: {solved}, {self.points:g} of {self.max_points:g} points"

    def advice(self) -> list[tuple[str, str]]:
        """Each problem once: the criteria that it concerns, and the sentence."""
        failed = [finding for finding in self.findings if finding.problem and not finding.waits]
        groups = groupby(sorted(failed, key=reason), key=reason)
        told = [list(group) for _, group in groups]
        told.sort(key=lambda group: failed.index(group[0]))
        return [("; ".join(finding.criterion for finding in group), group[0].advice) for group in told]

    def __str__(self) -> str:
        rows = [f"  {mark(f)}  {f.criterion} ({f.points:g}/{f.worth:g})" for f in self.findings]
        notes = [f"{criteria}: {sentence}" for criteria, sentence in self.advice()]
        printed = [f"Your code printed:\n{self.printed.rstrip()}"] if self.printed.strip() else []
        return "\n".join([self.headline, *rows, *notes, *printed])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr>{table_cell(mark(f))}{table_cell(escape(f.criterion))}{table_cell(f'{f.points:g}/{f.worth:g}')}</tr>"
            for f in self.findings
        )
        notes = "".join(f"<p><b>{escape(criteria)}.</b> {escape(sentence)}</p>" for criteria, sentence in self.advice())
        printed = f"<details><summary>Your code printed</summary><pre>{escape(self.printed)}</pre></details>"
        color = "#009E73" if self.passed else "#D55E00"
        return (
            f'<div role="status" style="border-left:4px solid {color};padding:2px 0 2px 12px;max-width:46em">'
            f"<p><b>{escape(self.headline)}</b></p>"
            f'<table style="margin:0 0 6px 0"><tbody>{rows}</tbody></table>'
            f"{notes}{printed if self.printed.strip() else ''}</div>"
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self.points), "text/html": self._repr_html_()}


def table_cell(html: str) -> str:
    return f'<td style="text-align:left;padding:2px 14px 2px 0">{html}</td>'


def reason(finding: Finding) -> str:
    """What makes two failed criteria one problem: the same mistake, or else the same sentence."""
    return finding.mistake.name if finding.mistake else finding.problem or ""


def mark(finding: Finding) -> str:
    if finding.waits:
        return "· waits"
    return "✗ not yet" if finding.problem else "✓ passed"
