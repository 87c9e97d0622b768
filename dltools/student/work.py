"""The student's working copy: work/ is made from course/, and what a student wrote there is never overwritten."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from dltools.running.cells import source
from dltools.running.files import JUNK, is_junk

RECORD = ".course.json"  # in work/: for every unit, the digests of the releases that were put there, oldest first


def update_work(course: Path, work: Path) -> list[str]:
    """Bring every unit of `course` into `work` and return what changed, one sentence each.

    A unit that is not there is copied. A unit as it was released before is replaced by the newer release. A unit that
    the student changed stays as it is, and the newer release is put beside it, once.
    """
    work.mkdir(parents=True, exist_ok=True)
    record = read_record(work)
    said = [update_unit(unit, work, record.setdefault(unit.name, [])) for unit in units(course)]
    (work / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
    return [sentence for sentence in said if sentence]


def units(course: Path) -> list[Path]:
    """The folders of `course` that hold a notebook, in order."""
    return sorted({notebook.parent for notebook in course.glob("*/*.ipynb")})


def left_last(course: Path, work: Path) -> str:
    """The notebook of the unit that was left last, as a path in `work`; that of the first unit before any was saved.

    JupyterLab saves what was typed or run; a copy that nobody saved has the time of the file it was copied from.
    """
    saved = {path: path.stat().st_mtime for path in work.glob("*/*.ipynb") if was_saved(course, path)}
    if saved:
        return max(saved, key=saved.__getitem__).relative_to(work).as_posix()
    first = units(course)[0].name
    return f"{first}/{first}.ipynb"


def was_saved(course: Path, notebook: Path) -> bool:
    """Whether a unit's notebook, or a newer release's beside it, was written since it was copied from `course`."""
    original = course / notebook.stem / notebook.name
    return original.is_file() and original.stat().st_mtime != notebook.stat().st_mtime


def update_unit(unit: Path, work: Path, releases: list[str]) -> str:
    """Bring one unit into `work`, note its digest in `releases`, and return the sentence to say (or nothing)."""
    mine, newest = work / unit.name, digest(unit)
    known = is_recorded(unit, releases)
    if newest not in releases:
        releases.append(newest)
    if not mine.exists():
        copy(unit, mine)
        return ""
    if known or digest(mine) == newest:
        return ""
    if is_recorded(mine, releases):
        copy(unit, mine)
        return f"{unit.name} has a newer release; you had not changed yours, so it was replaced."
    beside = free_name(mine, len(releases))
    copy(unit, beside)
    return f"{unit.name} has a newer release: it is in {work.name}/{beside.name}, and your own is as you left it."


def is_recorded(folder: Path, releases: list[str]) -> bool:
    """Whether the folder is as a release was; older editions of the course recorded the bytes of its notebook too."""
    return digest(folder) in releases or digest(folder, Path.read_bytes) in releases


def content(file: Path) -> bytes:
    """What is written in a file: of a notebook its cells' text, for JupyterLab changes the rest by opening it."""
    if file.suffix == ".ipynb":
        try:
            cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
            return json.dumps([(cell["cell_type"], source(cell)) for cell in cells]).encode()
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # no notebook any more
    return file.read_bytes()


def digest(folder: Path, read: Callable[[Path], bytes] = content) -> str:
    """A number that changes when the name or the content of any file in `folder` does."""
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder)
        if not is_junk(name):
            total.update(name.as_posix().encode() + b"\0" + hashlib.sha256(read(file)).digest())
    return total.hexdigest()


def copy(unit: Path, target: Path) -> None:
    """Make `target` a copy of `unit`, wholly or not at all."""
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(unit, partial, ignore=shutil.ignore_patterns(*JUNK))
    if target.exists():
        shutil.rmtree(target)
    partial.rename(target)


def free_name(mine: Path, number: int) -> Path:
    """The first of `04-convolution-release-2`, `-3`, ... from `number` (at least 2) on that is not taken."""
    number = max(number, 2)
    while (beside := mine.with_name(f"{mine.name}-release-{number}")).exists():
        number += 1
    return beside


def read_record(work: Path) -> dict[str, list[str]]:
    """The record of earlier starts; empty at the first start, or when it was lost or cut short."""
    try:
        record: dict[str, list[str]] = json.loads((work / RECORD).read_text(encoding="utf-8"))
        return record
    except (OSError, ValueError):
        return {}
