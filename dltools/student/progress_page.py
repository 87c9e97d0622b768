"""The student's own page: one HTML file that asks nothing of any host, with their functions and figures.

The threat: what stands in a notebook. All of it is escaped, pictures are data, and the page allows no script.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from dltools.checks.standing import Work, sections, totals, unit_title
from dltools.running.cells import Cell, grade_id, is_answer, is_graded, source
from dltools.student.remarks import about, count_written
from dltools.student.submit import find

STYLE = """:root{color-scheme:light dark}
body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse}td,th{text-align:left;padding:2px 16px 2px 0}progress{width:8em;max-width:25vw}
pre{overflow-x:auto;padding:8px 12px;border-left:4px solid #0072B2;background:rgba(128,128,128,.12)}
img{max-width:100%;height:auto;background:#fff}figure{margin:1em 0}figcaption{font-size:.9em}"""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
UNSAID = "A picture that my code has drawn."
"""What a screen reader says of a picture without a description."""
PNG = b"\x89PNG\r\n"


def page(work: Path, found: dict[str, list[Work]]) -> str:
    """The whole page.

    Args:
        work: the student's working copy.
        found: where they stand, by unit.
    """
    works = [one for of_unit in found.values() for one in of_unit]
    rows = "".join(map(table_row, found.items()))
    told = "".join(listed(title, lines) for title, lines in sections(works).items())
    units = "".join(unit_part(work, unit, unsolved(of_unit)) for unit, of_unit in found.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>My page</title>'
        '<meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{STYLE}</style><h1>My page</h1>'
        "<p>What I have built in this course. This file was made on my own machine and is sent nowhere.</p>"
        f"<table><thead><tr><th>unit</th><th>solved</th><th>points</th></tr></thead><tbody>{rows}</tbody></table>"
        f"{told}{units}</html>\n"
    )


def table_row(entry: tuple[str, list[Work]]) -> str:
    unit, works = entry
    solved, reached, points = totals(works)
    bar = f'<progress value="{reached:g}" max="{points:g}" aria-label="{escape(unit_title(unit))}"></progress>'
    return (
        f"<tr><td>{escape(unit_title(unit))}</td><td>{solved} of {len(works)}</td>"
        f"<td>{bar} {reached:g} of {points:g}</td></tr>"
    )


def listed(title: str, lines: list[str]) -> str:
    return f"<h2>{escape(title)}</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def unsolved(works: list[Work]) -> set[str]:
    return {work.name for work in works if not work.is_solved}


def unit_part(work: Path, unit: str, hidden: set[str]) -> str:
    """The functions and figures of one unit; nothing where none is written.

    Args:
        work: the student's working copy.
        unit: its name.
        hidden: the names of the functions whose check has not passed.
    """
    cells = worked_cells(work, unit)
    built = [cell for cell in cells if is_built(cell) and grade_id(cell) not in hidden]
    parts = "".join(part for cell in cells for part in cell_parts(cell, cell in built))
    return f"<h2>{escape(unit_title(unit))}</h2>{parts}" if built else ""


def worked_cells(work: Path, unit: str) -> list[Cell]:
    """The code cells of the unit's notebook, of several the one with answers that was saved last."""
    try:
        paths = find(work, unit)
    except ValueError:
        return []
    read = [(path, notebook) for path in paths if (notebook := notebook_of(path))]
    if not read:
        return []
    _, chosen = max(read, key=lambda one: (count_written(one[1]) > 0, one[0].stat().st_mtime))
    return [cell for cell in chosen["cells"] if cell.get("cell_type") == "code"]


def notebook_of(path: Path) -> dict[str, Any]:
    """A notebook; empty where the file is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return found if all(isinstance(cell, dict) for cell in found["cells"]) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def is_built(cell: Cell) -> bool:
    """Whether it is an answer in Python, not as it was given out, and no letter or number for a question."""
    return is_answer(cell) and not list(about(cell, None)) and not grade_id(cell).endswith(("_question", "_foreseen"))


def cell_parts(cell: Cell, built: bool) -> Iterator[str]:
    """A function as its text; a figure as its picture, with what a screen reader says of it below."""
    if built:
        yield f"<h3><code>{escape(grade_id(cell))}</code></h3><pre><code>{escape(source(cell).strip())}</code></pre>"
    drawn = cell.get("execution_count") and not is_graded(cell)  # a picture of a cell that was not run is the release's
    for output in cell.get("outputs", ()) if drawn else ():
        data = output.get("data") if isinstance(output, dict) else None
        if isinstance(data, dict) and (address := picture(data.get("image/png"))):
            said = escape(description(text_of(data.get("text/plain"))))
            below = f"<figcaption>{said}</figcaption>" if said else ""
            yield f'<figure><img alt="{said or UNSAID}" src="{address}">{below}</figure>'


def description(text: str) -> str:
    """What a figure says of its picture; empty for a plot of matplotlib's, which names its size alone."""
    return "" if text.startswith("<Figure size ") else text


def text_of(value: Any) -> str:
    """A text that a notebook may hold as a list of lines; empty where it is neither."""
    if isinstance(value, list):
        value = "".join(map(str, value))
    return value if isinstance(value, str) else ""


def picture(encoded: Any) -> str:
    """A PNG as the address that holds it; empty where it is none."""
    try:
        raw = base64.b64decode("".join(text_of(encoded).split()), validate=True)
    except binascii.Error:
        return ""
    return f"data:image/png;base64,{base64.b64encode(raw).decode('ascii')}" if raw.startswith(PNG) else ""
