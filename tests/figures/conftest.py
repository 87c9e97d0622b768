"""The JupyterLab and the Chromium of the browser tests. Without a browser they are skipped, but not in CI."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import live_jupyter
import pytest


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
