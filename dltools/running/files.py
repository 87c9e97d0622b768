"""Files as plain data: their bytes by their path; what is nobody's content, and a date that never changes."""

from pathlib import Path

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
