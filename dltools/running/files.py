"""Files as plain data: their bytes by their path."""

from pathlib import Path


def put(files: dict[str, bytes], folder: Path) -> None:
    """Write an assignment's files where its notebook runs."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
