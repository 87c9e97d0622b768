"""Laying submissions down: submitted/STUDENT/UNIT/, wholly or not at all, nothing ever overwritten."""

import hashlib
import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dltools.grading.collecting.platforms import Owner
from dltools.grading.collecting.unpack import Item, Path_

LONGEST = 180
"""Bytes of a file's name; most systems take 255."""
TIMESTAMP = "timestamp.txt"


@dataclass
class Kept:
    """What is kept of where a submission came from, for `dltools return`."""

    platform: str
    number: str
    attachment: str
    name: str
    stands: str
    time: str
    late: bool


def kept(owner: Owner) -> Kept:
    time = owner.time.astimezone(UTC).isoformat() if owner.time else ""
    name = owner.name or owner.squeezed
    return Kept(owner.platform, owner.number, owner.attachment, name, owner.stands, time, owner.late)


def lay(files: dict[Path_, Item], target: Path, time: datetime | None, root: Path) -> bool:
    """Make `target` hold just these files; False if it does already.

    Args:
        files: by their path in the submission.
        target: submitted/STUDENT/UNIT.
        time: when it was handed in, for nbgrader's timestamp.txt; None where nobody knows.
        root: the course's, where superseded/ keeps what was there before.
    """
    new = target.with_name(f".{target.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for path, item in files.items():
        place = new.joinpath(*map(short, path))
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(item.file, place)
        if item.time:
            os.utime(place, (item.time, item.time))
    if time:
        (new / TIMESTAMP).write_text(f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC\n", encoding="utf-8")
    if target.is_dir() and contents(new) == contents(target):
        shutil.rmtree(new)
        return False
    supersede(target, root)
    new.rename(target)
    return True


def short(name: str) -> str:
    """A name that every system can keep, with its ending."""
    name = re.sub(r'[\x00-\x1f<>:"|?*]', "_", name).strip() or "_"
    if len(name.encode("utf-8", "replace")) <= LONGEST:
        return name.encode("utf-8", "replace").decode()
    mark = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
    ending = Path(name).suffix[-12:]
    return f"{name[: LONGEST // 6]}-{mark}{ending}"


def contents(folder: Path) -> dict[str, bytes]:
    """A digest of each file, and of timestamp.txt too."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).digest() for path in files}


def supersede(folder: Path, root: Path) -> None:
    """Keep what a student handed in before."""
    if folder.is_dir():
        before = root / "superseded" / folder.parent.name
        number = 1 + len(list(before.glob(f"{folder.name}-*")))
        before.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, before / f"{folder.name}-{number}")


def record_path(root: Path, unit: str) -> Path:
    """Where the platform's numbers are kept."""
    return root / f"collected-{unit}.json"


def read_record(root: Path, unit: str) -> dict[str, dict[str, Any]]:
    """By student, what `Kept` has; empty before anything was collected."""
    try:
        found = json.loads(record_path(root, unit).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_record(root: Path, unit: str, new: dict[str, Kept]) -> None:
    """Add to what is kept of earlier downloads."""
    record = read_record(root, unit) | {student: asdict(each) for student, each in new.items()}
    path = record_path(root, unit)
    text = json.dumps(dict(sorted(record.items())), indent=1, ensure_ascii=False) + "\n"
    part = path.with_name(path.name + ".new")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
