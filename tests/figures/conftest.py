"""The JupyterLab and the Chromium of the browser tests. Without a browser they are skipped, but not in CI."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import live_jupyter
import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a unit's figures come one after the other, so that its notebook is opened once."""
    before = list(items)
    units = {index: unit for index, item in enumerate(items) if (unit := unit_of(item))}
    for index, moved in zip(units, sorted(units, key=units.__getitem__)):
        items[index] = before[moved]


def unit_of(item: pytest.Item) -> str:
    """The unit of the figure that a browser test is about; empty for other tests."""
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return parameters["row"].unit if "row" in parameters else ""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    try:
        with live_jupyter.chromium() as browser:
            yield browser
    except LookupError as missing:
        reason = f"{missing}; the browser tests need Chromium and Python's playwright"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def jupyterlab(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[live_jupyter.Lab]:
    with live_jupyter.Lab(tmp_path_factory.mktemp("jupyterlab")) as lab:
        yield lab


@pytest.fixture(scope="session")
def open_notebook(
    jupyterlab: live_jupyter.Lab, chromium: Any
) -> Callable[[str, list[str]], AbstractContextManager[live_jupyter.Notebook]]:
    """Open a notebook of these cells and run them all: `with open_notebook(name, cells) as notebook`."""

    @contextmanager
    def opened(name: str, cells: list[str]) -> Iterator[live_jupyter.Notebook]:
        notebook = live_jupyter.Notebook(jupyterlab, chromium, name, cells)
        try:
            notebook.run_all()
            yield notebook
        finally:
            notebook.close()

    return opened


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: the folder of the environment variable DLTOOLS_SCREENSHOTS, or a temporary one."""
    folder = Path(os.environ.get("DLTOOLS_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
