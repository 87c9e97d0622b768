"""Reading a student's folder: the files that may be the notebook, and what was handed in beside it."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from dltools.grading.model import Assignment, Submission
from dltools.running.files import JUNK

LARGEST, LARGEST_TOGETHER = 100_000_000, 150_000_000
"""Bytes of one file that may be the notebook and of all; what is larger is left to a person."""
LARGEST_BESIDE, LARGEST_BESIDE_TOGETHER, MOST_BESIDE = 10_000_000, 20_000_000, 100
"""Bytes of one file beside the notebook, of all, and how many there may be."""
DEEPEST, MOST = 20, 5_000
"""Folders in folders, and entries, that are looked at."""
NO_WORK = {*JUNK, ".git", ".venv", "node_modules", "timestamp.txt", "submission_secret.txt"}
NOTEBOOK = re.compile(r"\.(ipynb|json)\b")


@dataclass
class Folder:
    """What a student's folder has: regular files with their sizes, by path, and what is amiss."""

    sizes: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def load(folder: Path, assignment: Assignment, seed: int) -> Submission:
    """Read a student's folder; no link is followed, and the submitted files stay as they are.

    Never raises because of what is in the folder: what cannot be read becomes a note.

    Args:
        folder: submitted/STUDENT/ASSIGNMENT.
        assignment: whose notebook is looked for.
        seed: of the hidden cases.
    """
    found = Folder()
    for part in (folder.parent, folder):
        if os.path.islink(part):  # of what lies in a shut folder nobody can say, and Path's raises
            found.notes.append(f"The folder {printable_name(part.name)} is a link to another folder and was not read.")
    if not found.notes:
        for path, size in walk(folder, found.notes):
            found.sizes[path] = size
    names = candidates(found.sizes, assignment.notebook + ".ipynb")
    files = read_files(folder, names, found, (LARGEST, LARGEST_TOGETHER, len(names)))
    others = [name for name in found.sizes if not NOTEBOOK.search(name.lower()) and not is_no_work(name)]
    beside = read_files(folder, others, found, (LARGEST_BESIDE, LARGEST_BESIDE_TOGETHER, MOST_BESIDE))
    times = {name: (folder / name).lstat().st_mtime for name in files}
    return Submission(folder.parent.name, files, seed, tuple(found.notes), beside, times)


def candidates(sizes: dict[str, int], expected: str) -> list[str]:
    """Every file that may be the notebook, the one of the right name first, checkpoints only if there is no other."""
    found = [name for name in sizes if NOTEBOOK.search(PurePosixPath(name).name.lower())]
    own = [name for name in found if not is_no_work(name)] or found
    return sorted(own, key=lambda name: (name != expected, sizes[name]))


def is_no_work(name: str) -> bool:
    return bool(NO_WORK & set(PurePosixPath(name).parts))


def walk(folder: Path, notes: list[str]) -> Iterator[tuple[str, int]]:
    """Regular files below a folder and their sizes; links, pipes and what cannot be opened are noted."""
    waiting, seen = [(folder, "", 0)], 0
    while waiting:
        here, prefix, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            notes.append(f"{printable_name(prefix) or 'The folder'} cannot be opened ({refusal(error)}).")
            continue
        for entry in entries[: MOST - seen]:
            name = prefix + entry.name
            kind, size = look(entry)
            if kind == "folder" and depth < DEEPEST:
                waiting.append((here / entry.name, name + "/", depth + 1))
            elif kind == "file" and is_text(name):
                yield name, size
            elif not is_no_work(name):
                what = {"file": "a file with a strange name", "folder": "too deep a folder"}.get(kind, kind)
                notes.append(f"{printable_name(name)} is {what} and was not read.")
        seen += len(entries)
        if seen > MOST:
            notes.append(f"The folder has more than {MOST:,} files; the rest was not read.")
            return


def look(entry: os.DirEntry[str]) -> tuple[str, int]:
    """What an entry is, by itself, not by what it leads to."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return f"not to be read ({refusal(error)})", 0
    if stat.S_ISLNK(status.st_mode):
        return "a link to another file", 0
    if stat.S_ISDIR(status.st_mode):
        return "folder", 0
    return ("file" if stat.S_ISREG(status.st_mode) else "no file"), status.st_size


def refusal(error: OSError) -> str:
    """Why the system gives no file, and the mend where it is not the student's."""
    shut = isinstance(error, PermissionError)
    return f"{error.strerror}{'; give this user the right to read it' if shut else ''}"


def is_text(name: str) -> bool:
    """Whether a name can be written in a gradebook and on a screen."""
    return name.isprintable()


def printable_name(name: str) -> str:
    """A name as it can be printed anywhere: what is no text, and what moves a terminal's cursor, is spelled out."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)


def read_files(folder: Path, names: list[str], found: Folder, limits: tuple[int, int, int]) -> dict[str, bytes]:
    """The files' bytes, as many as the limits (of one, of all, how many) allow; the others are noted."""
    largest, together, most = limits
    files: dict[str, bytes] = {}
    room = together
    for name in names:
        size = found.sizes[name]
        if size > min(largest, room) or len(files) >= most:
            why = f"has {size / 1e6:,.0f} MB" if size > largest else "is one file too many"
            found.notes.append(f"{name} {why} and was not read.")
            continue
        try:
            files[name] = read_file(folder / name, largest)
            room -= len(files[name])
        except OSError as error:
            found.notes.append(f"{name} cannot be read ({refusal(error)}).")
    return files


def read_file(path: Path, largest: int) -> bytes:
    """A regular file's bytes.

    Raises:
        OSError: if it cannot be opened, or has become a link in the meantime.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        return file.read(largest)
