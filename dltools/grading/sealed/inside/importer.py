"""The student's `dltools`: imported from the sources that the checker chose (visible.py), and from nowhere else.

Other modules among the sources, such as Colab's, are imported from there where this machine has none of that name.
"""

import importlib.util
import linecache
import marshal
import sys
from functools import cache
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from dltools.places import REPOSITORY


class Sealed(MetaPathFinder, Loader):
    """Imports `dltools` from sources in memory, which were compiled for all kernels, and from nowhere else."""

    def __init__(self, modules: dict[str, tuple[bytes, bytes]]):
        self.modules = modules

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name.split(".")[0] != "dltools" and (name not in self.modules or PathFinder.find_spec(name, path)):
            return None
        if name not in self.modules:
            raise ModuleNotFoundError(f"{name} is not available while this notebook is graded.", name=name)
        package = any(other.startswith(f"{name}.") for other in self.modules) or name.count(".") < 2
        return importlib.util.spec_from_loader(name, self, origin=f"<{name}>", is_package=package)

    def exec_module(self, module: ModuleType) -> None:
        (text, code), file = self.modules[module.__name__], f"<{module.__name__}>"
        source = text.decode()
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(marshal.loads(code), module.__dict__)


@cache
def own_modules() -> list[str]:
    """The names of the real dltools' modules here; asked for before the fork, as to look at all names copies pages."""
    return [name for name in sys.modules if name.split(".")[0] == "dltools"]


def install(modules: dict[str, tuple[bytes, bytes]]) -> None:
    """Replace this process's dltools by the given sources; nothing of the real one stays importable."""
    for name in own_modules():
        del sys.modules[name]
    sys.meta_path[:] = [Sealed(modules), BuiltinImporter, FrozenImporter, PathFinder]
    sys.path[:] = ["", *(path for path in sys.path if path and Path(path) != REPOSITORY)]
