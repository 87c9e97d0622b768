"""Which of dltools' own sources decide an assignment's scores: a repaired check or reference makes grades old."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from dltools.checks import UNITS, exercises
from dltools.grading.model import Assignment
from dltools.places import PACKAGE
from dltools.running.cells import is_graded

NO_SCORES = ("dltools.figures",)
"""What a notebook may import and a score does not depend on."""


def checks_digest(assignment: Assignment) -> str:
    """A number that changes when the code does by which this assignment is graded; comments and docstrings aside."""
    digest = hashlib.sha256()
    for module in sorted(reached(roots(assignment))):
        digest.update(f"{module}\0{content(module)}\0".encode())
    return digest.hexdigest()


def roots(assignment: Assignment) -> set[str]:
    """The modules of the assignment's exercises, with the engine that judges them, and what its tests import.

    Of a unit whose tests are its own all cells count: a test may use what the first cell imports.
    """
    names = {name.removeprefix("check_") for name in assignment.points}
    units = {exercises()[name].unit for name in names & exercises().keys()}
    found = {f"dltools.checks.{UNITS[unit]}" for unit in units} | ({"dltools.checks.engine"} if units else set())
    for cell in assignment.cells:
        if cell["cell_type"] == "code" and (is_graded(cell) or not units):
            found |= set(imported(tree_of(cell["source"])))
    return found


def reached(modules: Iterable[str]) -> set[str]:
    """The modules, and all of dltools that they import, in functions too."""
    seen, waiting = set[str](), list(modules)
    while waiting:
        module = waiting.pop()
        if module not in seen and not module.startswith(NO_SCORES):
            seen.add(module)
            waiting += read(path_of(module).read_text(encoding="utf-8"))[0]
    return seen


@cache
def read(source: str) -> tuple[tuple[str, ...], str]:
    """The modules of dltools that a source imports, and its code without comments and docstrings."""
    tree = tree_of(source)
    return tuple(imported(tree)), ast.unparse(without_docstrings(tree))


def imported(tree: ast.Module) -> Iterator[str]:
    """The modules of dltools that a source imports; of a package, those that define the names that are taken."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if is_ours(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module and is_ours(node.module):
            yield from (definer(node.module, alias.name) for alias in node.names)


def is_ours(module: str) -> bool:
    return module.split(".")[0] == "dltools" and path_of(module).is_file()


@cache
def definer(module: str, name: str) -> str:
    """The module where `from module import name` has it from: packages hand on what their modules define."""
    if path_of(f"{module}.{name}").is_file():
        return f"{module}.{name}"
    if path_of(module).name == "__init__.py":
        for node in ast.walk(tree_of(path_of(module).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and any((alias.asname or alias.name) == name for alias in node.names):
                return definer(node.module or "", name) if is_ours(node.module or "") else module
    return module


def path_of(module: str) -> Path:
    path = PACKAGE.parent.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_name(f"{path.name}.py")


def tree_of(source: str) -> ast.Module:
    """The parsed source; an empty one where it is no Python, such as a cell with magics."""
    lines = [line for line in source.split("\n") if not line.lstrip().startswith(("%", "!"))]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:
        return ast.Module([], [])


def content(module: str) -> str:
    """What a module does: its code without comments and docstrings, and the data beside it that it names."""
    path = path_of(module)
    source = path.read_text(encoding="utf-8")
    beside = [other for other in sorted(path.parent.iterdir()) if other.is_file() and other.suffix != ".py"]
    data = [hashlib.sha256(other.read_bytes()).hexdigest() for other in beside if other.name in source]
    return "\n".join([read(source)[1], *data])


def without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree
