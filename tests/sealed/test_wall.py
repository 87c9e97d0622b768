"""The wall: what runs with student code is imported by nothing that is trusted, and imports nothing that is."""

import ast
from pathlib import Path

from dltools.places import PACKAGE

INSIDE = "dltools.grading.sealed.inside"
BOTH_SIDES = ("dltools.grading.sealed.wire", "dltools.places", "dltools.running", INSIDE)


def imported(file: Path) -> set[str]:
    """The modules of dltools that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name.startswith("dltools.")}


def test_nothing_outside_imports_what_is_inside():
    inside = PACKAGE / "grading" / "sealed" / "inside"
    for file in PACKAGE.rglob("*.py"):
        if not file.is_relative_to(inside):
            assert not [name for name in imported(file) if name.startswith(INSIDE)], file


def test_what_is_inside_imports_only_the_wire_and_the_ground():
    for file in (PACKAGE / "grading" / "sealed" / "inside").glob("*.py"):
        assert all(name.startswith(BOTH_SIDES) for name in imported(file)), file
