"""Which `dltools` a student's notebook sees while it is graded: the parts of earlier units and harmless stand-ins.

The threat: importing or reading the reference as the answer. So the student's kernel has no dltools on disk (the
jail leaves it out of the private root) and none in memory; the checker sends it the sources below, chosen for the unit.
`dltools.checks` and `dltools.figures` are stand-ins with every name of the real ones that do nothing.

What it cannot stop: copying published source by hand; and with `--jail none` reading the files of this machine.
"""

import ast
import dis
import marshal
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path

from dltools.checks import UNITS, exercises
from dltools.places import PACKAGE

OPEN = ("nn", "training")
"""The packages whose parts a notebook may use, as far as they need nothing that is sealed."""
STAND_INS = ("checks", "figures")
"""The packages that do nothing here: checks are run by the checker, figures are looked at by people."""
COLAB = ("google", "google.colab", *(f"google.colab.{name}" for name in ("auth", "data_table", "drive", "files")))
COLAB += tuple(f"google.colab.{name}" for name in ("output", "patches", "runtime", "snippets", "userdata", "widgets"))
"""What notebooks from Colab import at their top; nothing of it is there, and none of it is needed here."""
NOTHING = "dltools.nothing"
"""The module that the stand-ins take everything from."""
DOES_NOTHING = '''"""While a notebook is graded, every name of a stand-in can be used, and does nothing."""


class Anything(type):
    """A class that has any attribute."""

    def __getattr__(cls, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return Nothing

    def __iter__(cls):
        return iter(())

    def __getitem__(cls, key):
        return Nothing


class Nothing(metaclass=Anything):
    """Takes any arguments, has any attribute, is an empty collection, and shows nothing."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return Nothing()

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return Nothing()

    def __getitem__(self, key):
        return Nothing()

    def __iter__(self):
        return iter(())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def _ipython_display_(self):
        pass


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Nothing
'''
NOTHING_AT_ALL = f"from {NOTHING} import __getattr__\n\n"
LOST = '''

def __getattr__(name):
    """What is sealed can be mentioned, as dltools.training does in its layers, but does nothing."""
    if name not in {lost}:
        raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")

    def sealed(*args, **kwargs):
        raise NotImplementedError(f"{{name}} is not available while this notebook is graded.")

    return sealed
'''


@cache
def modules_for(unit: str) -> dict[str, str]:
    """The source of every module that a notebook of this unit may import, by the module's name.

    Sealed are the modules of this unit and of later ones, those that hold their exercises' references, and whatever
    imports them.
    """
    sources = {name: text for package in OPEN for name, text in read(package).items()}
    sealed = {f"dltools.{package}.{UNITS[name]}" for package in OPEN for name in UNITS if name >= unit}
    sealed |= {exercise.reference.__module__ for exercise in exercises().values() if exercise.unit >= unit}
    while grown := grow(sources, sealed) - sealed:
        sealed |= grown
    kept = {name: without(text, sealed) for name, text in sources.items() if name not in sealed}
    return {"dltools": "", **stand_ins(), **kept}


@cache
def compiled(unit: str) -> dict[str, tuple[bytes, bytes]]:
    """The source of these modules, and their byte code as marshal reads it: to compile them takes a kernel 10 ms."""
    modules = modules_for(unit).items()
    return {name: (text.encode(), marshal.dumps(compile(text, f"<{name}>", "exec"))) for name, text in modules}


@cache
def stand_ins() -> dict[str, str]:
    """The modules that do nothing, for every unit the same."""
    ours = {name: stand_in(path) for package in STAND_INS for name, path in paths(package).items()}
    return {NOTHING: DOES_NOTHING, **dict.fromkeys(COLAB, NOTHING_AT_ALL), **ours}


def paths(package: str) -> dict[str, Path]:
    """A package's modules by name, nested ones too."""
    files = {path.relative_to(PACKAGE.parent).with_suffix(""): path for path in (PACKAGE / package).rglob("*.py")}
    return {".".join(module.parts).removesuffix(".__init__"): path for module, path in files.items()}


def read(package: str) -> dict[str, str]:
    """The sources of a package's modules by name."""
    return {name: path.read_text(encoding="utf-8") for name, path in paths(package).items()}


def stand_in(path: Path) -> str:
    """A module that has the same public names as that of the file, and does nothing."""
    return f"{NOTHING_AT_ALL}__all__ = {public_names(path)}\n"


def public_names(path: Path) -> list[str]:
    """What a module defines or takes from others at its top level, and does not hide; read off its byte code."""
    code = SourceFileLoader(path.stem, str(path)).get_code(path.stem)
    assert code
    names, number, last = set[str](), 0, ""
    for operation, argument in zip(code.co_code[::2], code.co_code[1::2]):
        name, number = dis.opname[operation], number << 8 | argument
        if name == "STORE_NAME" and last != "IMPORT_NAME":
            names.add(code.co_names[number])
        if name != "EXTENDED_ARG":  # which holds the upper bits of the next one's argument
            last, number = name, 0
    return sorted(name for name in names if not name.startswith("_"))


def is_package(name: str) -> bool:
    return name.count(".") == 1


def imported(node: ast.stmt) -> set[str]:
    """The modules that an import statement names."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        return {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return set()


def grow(sources: dict[str, str], sealed: set[str]) -> set[str]:
    """What cannot be had without the sealed: modules that import it, and names that a package takes from it."""
    grown = set()
    for name, text in sources.items():
        for node in ast.parse(text).body:
            if imported(node) & sealed:
                grown |= {f"{name}.{alias}" for alias in aliases(node)} if is_package(name) else {name}
    return grown


def aliases(node: ast.stmt) -> set[str]:
    """The names that an import statement makes."""
    return {alias.asname or alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) else set()


def without(source: str, sealed: set[str]) -> str:
    """The source of a package's `__init__` with stand-ins for what it takes from sealed modules; others as they are."""
    tree = ast.parse(source)
    gone = [node for node in tree.body if imported(node) & sealed]
    if not gone:
        return source
    lost = set().union(*map(aliases, gone))
    tree.body = [node for node in tree.body if node not in gone]
    for node in ast.walk(tree):
        if isinstance(node, ast.List):  # __all__
            node.elts = [item for item in node.elts if not (isinstance(item, ast.Constant) and item.value in lost)]
    return ast.unparse(tree) + LOST.format(lost=sorted(lost))
