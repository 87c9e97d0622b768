"""What of a student's files is handed in for a unit: the notebook by its content, and what lies beside it."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from dltools.grading.collecting.platforms import Claim
from dltools.grading.collecting.unpack import Item, Path_
from dltools.grading.model import Assignment
from dltools.grading.reading.choosing import Choice, choose, content_of
from dltools.grading.reading.document import Reading, read
from dltools.grading.reading.files import LARGEST, NOTEBOOK


@dataclass
class Picked:
    """The files to lay down by their path, and a sentence for each thing that a person must see to."""

    files: dict[Path_, Item] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was decided without a doubt."""


def pick(claims: list[Claim], assignment: Assignment) -> Picked:
    """Choose among one student's files.

    Args:
        claims: all of the student's.
        assignment: as it was released: what is untouched is told by it.
    """
    picked = Picked()
    picked.files = free_paths(claims, picked.doubts)
    readings = {"/".join(path): reading for path, item in picked.files.items() if (reading := read_item(item))}
    known = {name: reading for name, reading in readings.items() if content_of(reading, assignment).known}
    if not known:
        names = ", ".join(sorted(str(claim.item) for claim in claims)[:5])
        picked.doubts.append(f"no notebook of {assignment.name} among {len(claims)} files: {names}.")
        picked.files = without_wrapper(picked.files)
        return picked
    times = {"/".join(path): item.time for path, item in picked.files.items() if item.time}
    choice = choose(known, assignment, times)
    tell(choice, picked)
    home = PurePosixPath(choice.name).parent
    if is_repository(picked.files, assignment):
        picked.files = {path: item for path, item in picked.files.items() if lies_in(path, home)}
    else:
        drop_released(choice, picked)
    picked.files = without_wrapper(picked.files)
    return picked


def free_paths(claims: list[Claim], doubts: list[str]) -> dict[Path_, Item]:
    """The files by path; of two with one path both are kept, the second under another name."""
    files: dict[Path_, Item] = {}
    taken: set[Path_] = set()
    for claim in claims:
        path, number = claim.path, 2
        if path[-1] == "timestamp.txt":
            doubts.append("a timestamp.txt of the student's own was left out; the platform's time counts.")
            continue
        while tuple(part.casefold() for part in path) in taken:
            stem, dot, end = claim.path[-1].rpartition(".")
            path = (*claim.path[:-1], f"{stem or end} ({number}){dot}{end if stem else ''}")
            number += 1
        taken.add(tuple(part.casefold() for part in path))
        files[path] = claim.item
    return files


def read_item(item: Item) -> Reading | None:
    """The cells of a file that may be a notebook; None if it is none."""
    if not NOTEBOOK.search(item.name.lower()) or item.file.stat().st_size > LARGEST:
        return None
    try:
        return read(item.file.read_bytes())
    except Exception:  # whatever a hostile file does to the parsers: grading says what is wrong with it
        return None


def tell(choice: Choice, picked: Picked) -> None:
    """Say which of several was taken."""
    released = [name for name, found in choice.contents.items() if name != choice.name and found.is_released]
    if released:
        picked.notes.append(f"{choice.name} was taken; {', '.join(released)} is as released.")
    if choice.rivals:
        picked.doubts.append(f"{choice.name} was taken, {choice.reason}; {', '.join(choice.rivals)} has answers too.")


def is_repository(files: dict[Path_, Item], assignment: Assignment) -> bool:
    """Whether the student gave the whole course: it has the unit where the course gives it out."""
    given = ("course", assignment.name, f"{assignment.notebook}.ipynb")
    return any(path[-3:] == given for path in files)


def lies_in(path: Path_, folder: PurePosixPath) -> bool:
    return PurePosixPath(*path).is_relative_to(folder)


def drop_released(choice: Choice, picked: Picked) -> None:
    """Leave untouched copies out where something was worked on."""
    if not choice.contents[choice.name].is_worked:
        return
    for path in list(picked.files):
        found = choice.contents.get("/".join(path))
        if found and found.is_released:
            del picked.files[path]


def without_wrapper(files: dict[Path_, Item]) -> dict[Path_, Item]:
    """Without the folders that are around all of them."""
    while files and all(len(path) > 1 for path in files) and len({path[0] for path in files}) == 1:
        files = {path[1:]: item for path, item in files.items()}
    return files
