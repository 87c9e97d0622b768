"""Cross references between units: a text says `unit {unit:convolution}`, and the release makes "unit 04" of it.

The names are those of the modules in UNITS (dltools/checks/__init__.py), which stay when folders are renamed or put in
another order.
"""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

from dltools.checks import UNITS

REFERENCE = re.compile(r"\{unit:(\w+)\}")
TYPED = re.compile(
    r"\b[Uu]nits? (\d\d)\b|^# (\d\d)\b|\*\*Next:\*\* (\d\d)\b|^\| (\d\d) [A-Z]|(?<![\w.,:/-])(0\d)\b(?![.,:/-]?\w)",
    re.MULTILINE,
)
"""A unit's number in a sentence, a title, a table's first column, or anywhere with its 0 before it."""
NEXT = re.compile(r"\*\*Next:\*\* \{unit:(\w+)\}")


def resolve(cells: list[NotebookNode], unit: str) -> None:
    """Put the units' numbers into the texts, in place.

    Args:
        cells: as authored.
        unit: whose they are, by its folder.

    Raises:
        ValueError: if a text types a number of a unit, names one that the course does not have, or another next one.
    """
    texts = [cell for cell in cells if cell.cell_type == "markdown"]
    for sentence in (wrong for cell in texts for wrong in faults(cell.source, unit)):
        raise ValueError(sentence)
    numbers = {module: number(folder) for folder, module in UNITS.items()}
    for cell in texts:
        cell.source = REFERENCE.sub(lambda found: numbers[found[1]], cell.source)


def number(folder: str) -> str:
    """What a folder's name begins with, such as 04."""
    return folder.partition("-")[0]


def faults(text: str, unit: str) -> Iterator[str]:
    """What is wrong with a text's references, one sentence each; a unit outside the table may type numbers."""
    for found in REFERENCE.finditer(text):
        if found[1] not in UNITS.values():
            yield f"the text names the unit {found[1]}, and UNITS has {', '.join(UNITS.values())}."
    if unit not in UNITS:
        return
    modules = {number(folder): module for folder, module in UNITS.items()}
    for typed in TYPED.finditer(text):
        digits = next(filter(None, typed.groups()))
        if digits in modules:
            yield f"{typed[0]!r} is typed: write {{unit:{modules[digits]}}} for {digits}, and it is made."
    following = dict(zip(UNITS, [*UNITS.values()][1:])).get(unit)
    if (named := NEXT.search(text)) and named[1] != following:
        yield f"the text says that {named[1]} is next; after {unit} comes {following or 'nothing'}."
