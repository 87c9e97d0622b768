"""Questions that return to a unit: when it is dropped, they go with it, from the texts and from their tables."""

import re
from collections.abc import Collection
from itertools import count
from pathlib import Path

TABLES = re.compile(r"^(?=\[\w+\]$)", re.MULTILINE)
"""Where a question begins in a unit's file of answers."""
CELLS = re.compile(r"^(?=# %%)", re.MULTILINE)
NUMBER = re.compile(r"^# \*\*\d\.\*\* ", re.MULTILINE)
HEADING = "# ## Four questions\n"


def drop_questions(repository: Path, modules: Collection[str]) -> dict[str, list[str]]:
    """Take out the questions about dropped units.

    Args:
        repository: of the course.
        modules: of the dropped units, as in UNITS.

    Returns:
        The names of the questions that are gone, by unit.
    """
    gone = {}
    for path in sorted((repository / "dltools/checks/questions").glob("*.toml")):
        tables = TABLES.split(path.read_text(encoding="utf-8"))
        returning = [table for table in tables if any(f'\nabout = "{module}"\n' in table for module in modules)]
        if returning:
            path.write_text("".join(table for table in tables if table not in returning), encoding="utf-8")
            gone[path.stem] = [table[1 : table.index("]")] for table in returning]
            take_out(repository / "solutions" / path.stem / f"{path.stem}.py", gone[path.stem])
    return gone


def take_out(path: Path, names: list[str]) -> None:
    """Take questions out of a unit's text, each with its answer and its check, and number the others anew."""
    cells = CELLS.split(path.read_text(encoding="utf-8"))
    answers = [at for at, cell in enumerate(cells) if cell.startswith(tuple(f"# %% answer {name}\n" for name in names))]
    out = {at + near for at in answers for near in (-1, 0, 1)}
    text, heading, questions = "".join(cell for at, cell in enumerate(cells) if at not in out).partition(HEADING)
    numbers = count(1)
    questions = NUMBER.sub(lambda _: f"# **{next(numbers)}.** ", questions)
    path.write_text(text + heading + questions, encoding="utf-8")
