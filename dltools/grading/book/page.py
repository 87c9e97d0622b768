"""Pages for staff: one HTML file without scripts, with tables, links and a distribution."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from statistics import mean, median, quantiles

STYLE = """body{font-family:sans-serif;max-width:80em;margin:2em auto;padding:0 1em}
td,th{padding:2px 12px;text-align:left;vertical-align:top}tbody tr:nth-child(even){background:#f2f2f2}
.bar{background:#3b6ea5;height:1em;display:inline-block;vertical-align:middle;margin-right:6px}"""
BINS = 10


@dataclass(frozen=True)
class Html:
    """Text that is HTML already."""

    text: str


Cell = str | Html


def linked(text: str, address: str) -> Html:
    return Html(f'<a href="{escape(address)}">{escape(text)}</a>')


def html(cell: Cell) -> str:
    return cell.text if isinstance(cell, Html) else escape(cell)


def document(title: str, parts: Sequence[str]) -> str:
    """A whole page."""
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}: report</title>'
    return f"{head}<style>{STYLE}</style><h1>{escape(title)}</h1>{''.join(parts)}</html>\n"


def section(title: str, head: Sequence[Cell], lines: Sequence[Sequence[Cell]]) -> str:
    """A heading and a table; "None." where there are no lines."""
    if not lines:
        return f"<h2>{escape(title)}</h2><p>None.</p>"
    body = "".join("<tr>" + "".join(f"<td>{html(cell)}</td>" for cell in line) + "</tr>" for line in lines)
    heading = "".join(f'<th scope="col">{html(cell)}</th>' for cell in head)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{heading}</tr></thead><tbody>{body}</tbody></table>"


def distribution(scores: Sequence[float], maximum: float) -> str:
    """How many scores lie in each tenth of the maximum, with mean, median and quartiles."""
    if not scores or maximum <= 0:
        return section("Distribution", (), [])
    counts = bins(scores, maximum)
    lines = [
        (f"{at * maximum / BINS:g} to {(at + 1) * maximum / BINS:g}", Html(f"{bar(n, max(counts))}{n}"))
        for at, n in enumerate(counts)
    ]
    return section("Distribution", ("points", "students"), lines) + f"<p>{summary(scores)}</p>"


def bins(scores: Sequence[float], maximum: float) -> list[int]:
    """Counts by tenths of the maximum; the maximum itself, and what is above it, is in the last."""
    places = [min(BINS - 1, int(BINS * score / maximum + 1e-9)) for score in scores]
    return [places.count(at) for at in range(BINS)]


def bar(number: int, greatest: int) -> str:
    return f'<span class="bar" style="width:{20 * number / greatest:.2f}em"></span>' if number else ""


def summary(scores: Sequence[float]) -> str:
    quarter = quantiles(scores, n=4, method="inclusive") if len(scores) > 1 else [scores[0]] * 3
    return (
        f"{len(scores)} students: mean {mean(scores):.4g}, median {median(scores):.4g},"
        f" quartiles {quarter[0]:.4g} and {quarter[2]:.4g}."
    )
