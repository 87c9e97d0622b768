"""How long a newcomer waits: `python -m benchmarks.starts`, in seconds by the clock. Packages come from the network.

Cold: the students' edition in a folder of its own, packed anew, with an empty home and no package kept from before,
until `python3 run.py lab` prints the address; with uv on the PATH where it is installed, and without. Warm: once more.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.processes import OTHERS
from benchmarks.tables import markdown
from dltools.places import REPOSITORY
from dltools.release.bundle import FOLDER, write_bundle

TARGETS = {"warm": 2, "cold, uv on the PATH": 15, "cold, without uv": 40}
COLUMNS = {"start": 0, "seconds": 1, "MB": 0, "target": 0}
PATIENCE = 300


def measure() -> list[dict[str, Any]]:
    """One row a kind of start; MB are those of the environment that it made."""
    rows = list[dict[str, Any]]()
    with tempfile.TemporaryDirectory() as folder:
        for name, path in paths().items():
            home = Path(folder) / name
            edition = unpacked(home)
            rows.append({"start": name, "seconds": address_after(edition, home, path), "MB": megabytes(edition)})
        rows.insert(0, {"start": "warm", "seconds": address_after(edition, home, path), "MB": None})
    return [{**row, "target": TARGETS[row["start"]]} for row in rows]


def paths() -> dict[str, str]:
    """The PATH of each kind of cold start; without uv it has this Python and the system's programs alone."""
    plain = os.pathsep.join([str(Path(sys.base_prefix) / "bin"), "/usr/bin", "/bin"])
    uv = shutil.which("uv")
    with_uv = {"cold, uv on the PATH": os.pathsep.join([str(Path(uv).parent), plain])} if uv else {}
    return {**with_uv, "cold, without uv": plain}


def unpacked(folder: Path) -> Path:
    """The students' edition as they unpack it."""
    folder.mkdir()
    write_bundle(REPOSITORY, folder / "course.zip")
    with zipfile.ZipFile(folder / "course.zip") as archive:
        archive.extractall(folder)
    return folder / FOLDER


def address_after(edition: Path, home: Path, path: str) -> float:
    """Seconds until `run.py lab` prints where JupyterLab is."""
    kept = {
        name: value
        for name, value in OTHERS.items()
        if name.startswith(("PIP_", "UV_", "SSL_")) or "proxy" in name.lower()
    }
    environment = {
        **kept,
        "PATH": path,
        "HOME": str(home),
        "UV_CACHE_DIR": str(home / "cache"),
        "PIP_CACHE_DIR": str(home / "cache"),
    }
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = ["python3", "run.py", "lab", "--no-browser", "--port", "0", *root]
    began = time.monotonic()
    with lab(command, edition, environment) as process:
        assert process.stdout
        for line in process.stdout:
            if "http://" in line:
                return time.monotonic() - began
    raise SystemExit(f"run.py lab ended without an address (exit code {process.returncode}).")


@contextmanager
def lab(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)


def megabytes(edition: Path) -> float:
    return sum(file.lstat().st_size for file in (edition / ".venv").rglob("*")) / 1e6


if __name__ == "__main__":
    print(markdown(COLUMNS, measure()))
