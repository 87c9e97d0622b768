"""Small arrays side by side, as text and as HTML; one entry may be framed and signed, so that no color is needed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from typing import Any

import numpy as np

from dltools.checks.comparing import short_text
from dltools.checks.notebook import GREEN, VERMILION

LARGEST = 100
"""How many entries of an array are drawn; more are told by their shape."""
WIDTH = 100
"""Of the text, in letters."""
WRONG, RIGHT = "✗", "✓"
COLORS = {WRONG: VERMILION, RIGHT: GREEN}
PLAIN = ("float64", "int64", "bool")
"""Types that go without saying."""


@dataclass(frozen=True)
class Panel:
    """One table of texts under its title; the entry `at` is framed and bears the sign."""

    title: str
    rows: tuple[tuple[str, ...], ...]
    at: tuple[int, int] | None = None
    sign: str = ""

    def lines(self) -> list[str]:
        """As text: the framed entry stands in brackets, with its sign."""
        marked = [
            [f"[{text}]{self.sign}" if (i, j) == self.at else f" {text}  " for j, text in enumerate(row)]
            for i, row in enumerate(self.rows)
        ]
        width = max((len(text) for row in marked for text in row), default=0)
        return [self.title, *("".join(text.rjust(width) for text in row) for row in marked)]

    def html(self) -> str:
        """As a table under its title, which does not stretch it as a caption would."""
        rows = "".join(
            f'<tr style="background:none">{"".join(self.cell(text, (i, j)) for j, text in enumerate(row))}</tr>'
            for i, row in enumerate(self.rows)
        )
        title = escape(self.title)
        return (
            f'<div style="margin:0 24px 10px 0"><code style="white-space:nowrap">{title}</code>'
            f'<table aria-label="{title}" style="border-collapse:collapse;margin:2px 0 0 0;width:auto">'
            f"<tbody>{rows}</tbody></table></div>"
        )

    def cell(self, text: str, place: tuple[int, int]) -> str:
        box, sign = "border:1px solid rgba(128,128,128,.5)", ""
        if place == self.at:
            box, sign = f"border:3px solid {COLORS[self.sign]};font-weight:bold", f"&nbsp;{self.sign}"
        return f'<td style="text-align:right;padding:2px 8px;white-space:nowrap;{box}">{escape(text)}{sign}</td>'


def panels(name: str, value: Any, index: Sequence[int] = (), sign: str = "") -> list[Panel]:
    """A value as panels: one for an array of up to two axes, one for each table of a larger one, one for a number.

    Args:
        name: of the value.
        value: anything that a function takes or returns.
        index: of the entry that is framed, if `sign` is given.
        sign: WRONG or RIGHT.
    """
    if isinstance(value, np.ndarray):
        return array_panels(name, value, tuple(index), sign)
    if isinstance(value, list) and len(value) > 2 and all(isinstance(v, np.ndarray) and v.size == 1 for v in value):
        return [Panel(f"{name}, {len(value)} arrays {value[0].shape}", (tuple(text_of(v.item()) for v in value),))]
    if isinstance(value, list | tuple) and value and not all(isinstance(one, int | float | np.number) for one in value):
        return [panel for i, one in enumerate(value) for panel in panels(f"{name}[{i}]", one)]
    texts = map(text_of, value) if isinstance(value, list | tuple) else [text_of(value)]
    return [Panel(name, (tuple(texts),), (0, 0) if sign else None, sign)]


def array_panels(name: str, array: np.ndarray, index: tuple[int, ...], sign: str) -> list[Panel]:
    """The tables of an array; the title of the first tells the shape."""
    shape = str(array.shape) if array.ndim else ""
    title = " ".join(filter(None, [name, shape, "" if str(array.dtype) in PLAIN else str(array.dtype)]))
    if not 0 < array.size <= LARGEST:
        return [Panel(title, (("too large to show" if array.size else "empty",),))]
    tables = array.reshape((1,) * (2 - array.ndim) + array.shape)
    index = (0,) * (2 - array.ndim) + index
    leads = list(np.ndindex(tables.shape[:-2]))
    several = len(leads) > 1
    return [
        Panel(
            f"{title if lead == leads[0] else name}{', at ' + str(list(lead)) if several else ''}",
            tuple(tuple(map(text_of, row)) for row in tables[lead]),
            (index[-2], index[-1]) if sign and lead == index[:-2] else None,
            sign,
        )
        for lead in leads
    ]


def text_of(value: Any) -> str:
    """One entry: a number with up to five digits, anything else in a few words."""
    if isinstance(value, float | np.floating):
        return f"{value + 0:.5g}"
    return str(value) if isinstance(value, int | np.integer) else short_text(value)


def as_text(parts: Iterable[Panel]) -> str:
    """The panels side by side, in as many rows as the width needs."""
    rows: list[list[list[str]]] = [[]]
    for panel in parts:
        block = [line.ljust(max(map(len, panel.lines()))) for line in panel.lines()]
        if rows[-1] and sum(len(one[0]) + 3 for one in [*rows[-1], block]) > WIDTH:
            rows.append([])
        rows[-1].append(block)
    return "\n".join(beside(row) for row in rows if row)


def beside(blocks: list[list[str]]) -> str:
    widths = [len(block[0]) for block in blocks]
    lines = zip_longest(*blocks, fillvalue="")
    return "\n".join("   ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def as_html(parts: Iterable[Panel]) -> str:
    """The panels side by side, in as many rows as the page needs."""
    return (
        f'<div style="display:flex;flex-wrap:wrap;align-items:flex-start">{"".join(one.html() for one in parts)}</div>'
    )
