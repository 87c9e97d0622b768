"""The open questions of the units' texts: their fold-out answers, and the functions with which a reader plays them."""

import ast
import re
from typing import Any

from dltools.places import REPOSITORY


def source(unit: str) -> str:
    return (REPOSITORY / "solutions" / unit / f"{unit}.py").read_text(encoding="utf-8")


def cells(unit: str) -> list[str]:
    """The unit's cells, each in one line."""
    return [
        " ".join(line.removeprefix("#").strip() for line in cell.splitlines()) for cell in source(unit).split("\n# %%")
    ]


def answers(cell: str) -> list[str]:
    """The texts of the fold-outs in a cell."""
    return re.findall(r"<details><summary>Answers, once you have played</summary> (.*?) </details>", cell)


def says(unit: str, *parts: str) -> None:
    """Hold that one fold-out of the unit has all of these words."""
    texts = [answer for cell in cells(unit) for answer in answers(cell)]
    assert any(all(part in text for part in parts) for text in texts), (parts, texts)


DEFINITIONS = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef


def playground(unit: str, *names: str) -> dict[str, Any]:
    """What the unit's notebook defines: its imports, its functions, and the variables that are named."""
    space: dict[str, Any] = {}
    for node in ast.parse(source(unit)).body:
        assigned = {
            name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }
        if isinstance(node, DEFINITIONS) or (isinstance(node, ast.Assign) and assigned & set(names)):
            exec(compile(ast.Module([node], []), unit, "exec"), space)
    return space
