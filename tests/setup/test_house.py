"""The rules of the house: imports run one way, files and functions stay short, what is imported is declared."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path
from sys import stdlib_module_names

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path for folder in ("dltools", "benchmarks", "tests") for path in (ROOT / folder).rglob("*.py"))
UNIT_FILES = {
    path for folder in ("checks", "figures") for path in (ROOT / "dltools" / folder).glob("*.py") if path.stem[0] != "_"
}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in FILES
    if path.is_relative_to(ROOT / "dltools")
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_at_the_top(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that run when a file is imported: all that are in no function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif not isinstance(child, FUNCTIONS):
            yield from imports_at_the_top(child)


def imported(path: Path) -> set[str]:
    """The modules of dltools that a file imports at its top."""
    names = set()
    for node in imports_at_the_top(tree(path)):
        if isinstance(node, ast.ImportFrom):
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        else:
            names |= {alias.name for alias in node.names}
    return names & MODULES.keys()


def a_circle(graph: dict[str, set[str]]) -> str:
    """The first circle in a graph, in words; empty when there is none."""
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return " -> ".join(error.args[1])
    return ""


def packages_of(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """The graph between the folders right below dltools; a file there is a folder of its own."""
    folders: dict[str, set[str]] = {}
    for module, others in graph.items():
        mine = ".".join(module.split(".")[:2])
        folders.setdefault(mine, set()).update(".".join(other.split(".")[:2]) for other in others)
    return {folder: others - {folder, "dltools"} for folder, others in folders.items()}


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    """Which module imports which; a package's own files may be imported by its `__init__`, not the other way."""
    return {module: imported(path) - {module} for module, path in MODULES.items()}


def test_a_circle_is_seen() -> None:
    assert a_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}).count(" -> ") == 3
    assert a_circle({"a": {"b"}, "b": {"c"}}) == ""


def test_no_file_imports_itself_by_way_of_others(graph: dict[str, set[str]]) -> None:
    assert not a_circle(graph)


def test_imports_between_folders_run_one_way(graph: dict[str, set[str]]) -> None:
    assert not a_circle(packages_of(graph))


def test_files_are_short() -> None:
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in [*FILES, ROOT / "run.py"]}
    long = {str(path.relative_to(ROOT)): n for path, n in lines.items() if n > 400 and path not in UNIT_FILES}
    assert not long, "over 400 lines: only the unit files of checks and figures may be"


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Its lines without its docstring."""
    first = function.body[0]
    docstring = first.end_lineno - first.lineno + 1 if ast.get_docstring(function) else 0
    return function.end_lineno - function.lineno + 1 - docstring


def test_functions_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {node.name}, {length(node)} lines"
        for path in [*FILES, ROOT / "run.py"]
        for node in ast.walk(tree(path))
        if isinstance(node, FUNCTIONS[:2]) and length(node) > 35
    ]
    assert not long, long


def foreign(nodes: Iterable[ast.AST]) -> set[str]:
    """The packages of others that import statements name."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names - stdlib_module_names - {"dltools", "tests"}


def declared(*extras: str) -> set[str]:
    """The requirements of pyproject.toml, by their names as packages are sorted by."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    return {normal(Requirement(line).name) for line in lines}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


NOTEBOOK = {"nn", "training", "checks", "figures"}
STUDENT = NOTEBOOK | {"running", "student", "cli", "places", "course"}


def allowed(module: str) -> tuple[str, ...]:
    """The extras whose packages a module may import at its top; a notebook's parts make do with none."""
    folder = module.split(".")[1] if "." in module else "cli"
    return () if folder in NOTEBOOK else ("lab",) if folder in STUDENT else ("lab", "grading")


def test_what_is_imported_is_declared() -> None:
    """What runs at a file's top is a requirement of its part; what a function imports may be of any extra."""
    provided, anybody = (
        packages_distributions(),
        declared("lab", "grading", "dask", "postgresql", "hub", "site", "test"),
    )
    missing = []
    for module, path in MODULES.items():
        top, anywhere = foreign(imports_at_the_top(tree(path))), foreign(ast.walk(tree(path)))
        for name, wanted in [*((name, declared(*allowed(module))) for name in top), *((n, anybody) for n in anywhere)]:
            by = {normal(distribution) for distribution in provided.get(name, [name])}
            missing += [] if by & wanted else [f"{module} imports {name}, of {' or '.join(by)}"]
    assert not missing, f"add to the dependencies of pyproject.toml: {missing}"
