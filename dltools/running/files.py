"""Files as plain data: their bytes by their path; what is nobody's content, and a date that never changes."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

JUNK = (".DS_Store", ".ipynb_checkpoints", "__MACOSX", "__pycache__")
"""Names of files and folders that systems and programs leave behind."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip file knows: with it the same files give the same bytes at any hour."""


def put(files: dict[str, bytes], folder: Path) -> None:
    """Write an assignment's files where its notebook runs."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def is_junk(path: Path) -> bool:
    """Whether the file, or a folder that it lies in, is one that systems and programs leave behind."""
    return bool(set(path.parts) & set(JUNK))


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is gone afterwards; of a process that is killed, when the next one asks for one."""
    remove_leftovers()
    with tempfile.TemporaryDirectory(prefix=f"dltools-{os.getpid()}-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def remove_leftovers() -> None:
    """Remove the temporary folders of processes that are no more."""
    for path in Path(tempfile.gettempdir()).glob("dltools-*-*"):
        maker = path.name.split("-")[1]
        if maker.isdigit() and not psutil.pid_exists(int(maker)):
            shutil.rmtree(path, ignore_errors=True)
