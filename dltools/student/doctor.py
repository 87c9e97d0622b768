"""`dltools doctor`: a table of what works on this machine, and how to mend what does not."""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement

from dltools.places import OWN_FOLDER, REPOSITORY, course_home

LOCKS = ("requirements-staff.lock", "requirements.lock")
"""What run.py installs: the first that is there."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


@dataclass(frozen=True)
class Finding:
    """One line of the table: what was looked at, whether it works, what was found, and how to mend it."""

    name: str
    works: bool
    found: str
    mend: str = ""
    needed_for: str = "everything"

    @property
    def essential(self) -> bool:
        """Whether a student cannot work without it."""
        return self.needed_for == "everything"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`doctor` has no options."""


def run(args: argparse.Namespace) -> int:
    """Print the table; the exit code is 1 when something that a student needs is broken."""
    findings = [look() for look in CHECKS + STAFF_CHECKS * staff_is_here()]
    print("\n".join(table(findings)))
    return int(any(finding.essential and not finding.works for finding in findings))


def staff_is_here() -> bool:
    """Whether staff's part is here; students' edition has none, and pip without extras not what it needs."""
    return None not in (find_spec("dltools.grading"), find_spec("nbgrader"))


def table(findings: list[Finding]) -> Iterator[str]:
    """The findings as lines of text, what is to be mended below."""
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        state = "ok" if finding.works else "BROKEN" if finding.essential else "no"
        yield f"{finding.name:<{width}}  {state:<6}  {finding.found}"
    yield ""
    for finding in findings:
        if not finding.works:
            yield f"{finding.name} (for {finding.needed_for}): {finding.mend}"
    if all(finding.works for finding in findings if finding.essential):
        yield "Everything that a student needs works."


def python() -> Finding:
    """The Python that runs the course, and whether the environment is the course's own."""
    inside = sys.prefix != sys.base_prefix or "CONDA_PREFIX" in os.environ
    found = f"{platform.python_version()} in {sys.prefix}"
    mend = "start the course by `python3 run.py lab` (Windows: `py run.py lab`), which makes its own environment."
    return Finding("Python", sys.version_info >= (3, 11) and inside, found, mend)


def packages() -> Finding:
    """Whether every package that the course imports is there, in a version that will do."""
    parts = ["", "lab", *["grading"] * staff_is_here()]
    wanted = [Requirement(line) for line in requires("dltools") or []]
    other = list(dict.fromkeys(phrase for part in parts for phrase in differences(wanted, part)))
    return Finding("packages", not other, shorten(other) or "all there", again())


def again() -> str:
    """How to mend what was installed: by run.py where its lock is, else by pip."""
    if any((REPOSITORY / name).is_file() for name in LOCKS):
        return "delete the folder .venv and run `python3 run.py lab` again."
    return "install what students need, `pip install '.[lab]'`, from the course's folder."


def versions() -> Finding:
    """Whether every package is the very version that the course was tested with."""
    lock = next((REPOSITORY / name for name in LOCKS if (REPOSITORY / name).is_file()), None)
    if lock is None:
        mend = "none is needed; the versions that the course was tested with stand in its repository."
        return Finding("versions", False, "the course was installed by pip", mend, "results as they were tested")
    other = list(differences(locked_requirements(lock.read_text(encoding="utf-8"))))
    mend = "delete the folder .venv and run `python3 run.py lab` again; in a conda environment this is as it should be."
    return Finding("versions", not other, shorten(other) or f"as in {lock.name}", mend, "results as they were tested")


def shorten(phrases: list[str]) -> str:
    """The first three of some phrases."""
    return "; ".join([*phrases[:3], "..."] if len(phrases) > 3 else phrases)


def differences(requirements: Iterable[Requirement], extra: str = "") -> Iterator[str]:
    """What is installed otherwise than `requirements` say, those of this extra included; one phrase a package."""
    for wanted in requirements:
        if wanted.marker and not wanted.marker.evaluate({"extra": extra}):
            continue
        try:
            installed = version(wanted.name)
        except PackageNotFoundError:
            yield f"{wanted.name} is missing"
            continue
        if not wanted.specifier.contains(installed, prereleases=True):
            yield f"{wanted.name} is {installed}, not {wanted.specifier}"


def locked_requirements(lock: str) -> Iterator[Requirement]:
    """The requirements of a lock file's text, without their hashes."""
    for line in lock.splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            yield Requirement(line.rstrip("\\ "))


def folder() -> Finding:
    """Whether the course can write where it keeps the student's work."""
    home = course_home("course") or Path.cwd()
    try:
        with tempfile.TemporaryDirectory(dir=home):
            free = shutil.disk_usage(home).free / 1e9
    except OSError as error:
        return Finding("folder", False, f"{home}: {error.strerror}", OWN_FOLDER, f"keeping work/ in {home}")
    return Finding("folder", free > 0.2, f"{home}, {free:.0f} GB free", "free some space on the disk.")


def kernel() -> Finding:
    """Whether a notebook's kernel starts and imports the course."""
    mend = f"{again()[:-1]}; a firewall must allow 127.0.0.1."
    try:
        import nbformat  # slow, and broken when Jupyter is
        from nbclient import NotebookClient
    except ModuleNotFoundError as error:
        return Finding("kernel", False, f"{error.name} is missing", mend)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import dltools, numpy")])
    try:
        NotebookClient(notebook, kernel_name="python3", timeout=60).execute(stderr=subprocess.DEVNULL)
    except Exception as error:  # whatever a broken Jupyter raises is what the user must read
        return Finding("kernel", False, f"{type(error).__name__}: {str(error).strip().splitlines()[-1]}", mend)
    return Finding("kernel", True, "starts and imports dltools")


def browser() -> Finding:
    """A browser that the tests of the figures can drive."""
    path = find_browser()
    mend = "install Chromium (Debian: sudo apt install chromium) or run `.venv/bin/playwright install chromium`."
    return Finding("browser", bool(path), path or "no Chromium", mend, "the tests of the figures")


def find_browser() -> str:
    """The path of a Chromium or one of its kin: on the PATH, else Playwright's own; empty when there is none."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    if find_spec("playwright") is None:
        return ""
    from playwright.sync_api import sync_playwright  # slow, and only a test dependency

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else ""


def torch() -> Finding:
    """PyTorch, with which the tests compare the layers."""
    works = find_spec("torch") is not None
    mend = "run `python3 run.py install torch` (on Linux add --index-url with PyTorch's CPU wheels: they are smaller)."
    return Finding("PyTorch", works, version("torch") if works else "not installed", mend, "the tests of the layers")


LIMITED = (
    " --jail limited works here, but does not hide other processes, limits no more than each file by itself, and has "
    "neither sockets nor shared memory for multiprocessing (docs/grading.md)."
)


def jail() -> Finding:
    """Whether submissions can be shut in fully here; asked of the grader itself, in a process of its own."""
    question = (
        "from dltools.grading.jail.levels import why_unavailable as why\nprint(why('limited'))\nprint(why('full'))"
    )
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True)
    *_, limited, full = ["", *(answer.stdout or answer.stderr).strip().splitlines()]
    mend = "grade on a Linux that allows user namespaces (Ubuntu: kernel.apparmor_restrict_unprivileged_userns=0)."
    mend += LIMITED if limited == "None" else ""
    works = full == "None"
    return Finding("jail", works, "full" if works else full, mend, "grading what you do not trust")


def postgresql() -> Finding:
    """A PostgreSQL server, for a gradebook that many share and for its tests."""
    found = find_postgresql()
    mend = "install it (Debian: sudo apt install postgresql), or keep to SQLite, which needs nothing."
    return Finding("PostgreSQL", bool(found), found or "no server", mend, "a gradebook in PostgreSQL and its tests")


def find_postgresql() -> str:
    """The folder of PostgreSQL's programs (initdb, postgres): on the PATH, else Debian's newest; empty when none is."""
    if on_path := shutil.which("initdb"):
        return str(Path(on_path).parent)
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return str(debian[-1].parent) if debian else ""


CHECKS: tuple[Callable[[], Finding], ...] = (python, packages, versions, folder, kernel)
STAFF_CHECKS: tuple[Callable[[], Finding], ...] = (browser, torch, jail, postgresql)
