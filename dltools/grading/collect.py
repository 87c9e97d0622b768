"""`dltools collect`: what a learning platform gives becomes submitted/STUDENT/UNIT/, by nbgrader's zip_collect."""

import argparse
import csv
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from nbgrader.apps import ZipCollectApp
from nbgrader.plugins import FileNameCollectorPlugin
from traitlets import Dict

from dltools.grading.book.coursedir import course_directory
from dltools.grading.model import GradingError
from dltools.running.files import is_junk

LARGEST = 4_000_000_000
"""Bytes that one archive may unpack to."""
MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_file_?$")
CANVAS = re.compile(r"(?P<name>[^_\W]+)_(?:LATE_)?(?P<number>\d+)_\d+_(?P<file>.+)$")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("source", type=Path, help="the folder or zip that Moodle or Canvas gives")
    parser.add_argument("--assignment", required=True, metavar="UNIT", help="such as 04-convolution")
    parser.add_argument(
        "--roster", type=Path, metavar="CSV", help="id,first_name,last_name,email: to tell ids by names"
    )
    parser.add_argument("--course", type=Path, default=Path("."), help="where submitted/ is (default: here)")


def run(args: argparse.Namespace) -> int:
    """Collect; returns 0 if all went to a student, 1 if some file needs a person, 2 if nothing could be done."""
    try:
        collected, strange = collect(args.source, args.assignment, args.course, args.roster)
    except GradingError as error:
        print(f"dltools collect: {error}", file=sys.stderr)
        return 2
    for sentence in strange:
        print(f"PERSON: {sentence}")
    print(f"{len(collected)} submissions of {args.assignment} are in {args.course / 'submitted'}.")
    return 1 if strange or not collected else 0


def collect(source: Path, assignment: str, course: Path, roster: Path | None = None) -> tuple[list[str], list[str]]:
    """Sort the files of `source` into submitted/; returns the students, and a sentence for each file left over.

    A student's earlier submission is kept in superseded/.

    Raises:
        GradingError: if the source is neither a folder nor a zip.
    """
    ids = read_names(roster) if roster else {}
    coursedir = course_directory(course)
    coursedir.assignment_id = assignment
    with tempfile.TemporaryDirectory(prefix=".collect-", dir=coursedir.root) as folder:
        extracted = Path(folder) / assignment / "extracted"
        strange = unpack(source, extracted)
        found = {path: whose(path.relative_to(extracted), assignment, ids) for path in files(extracted)}
        students = sorted({student for student in found.values() if student})
        strange += [f"{path.relative_to(extracted)}: whose is it?" for path, who in found.items() if not who]
        for student in students:
            supersede(Path(coursedir.format_path("submitted", student, assignment)), Path(coursedir.root))
        app = ZipCollectApp(
            coursedir=coursedir, config=coursedir.config, downloaded_directory=Path(folder).name, force=True
        )
        app.collector_plugin_inst = Collector(owners=owners(found, extracted))
        app.process_extracted_files()
    return students, strange


class Collector(FileNameCollectorPlugin):
    """Tells zip_collect whose each file is; every kind of file is collected, reading looks into it."""

    owners = Dict()

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        return self.owners.get(submitted_file)


def owners(found: dict[Path, str | None], extracted: Path) -> dict[str, dict[str, str]]:
    """zip_collect's answer for each file: the student, and a name that none of their other files has."""
    answers: dict[str, dict[str, str]] = {}
    taken: set[tuple[str, str]] = set()
    for path, student in found.items():
        canvas = CANVAS.match(path.name)
        name = canvas["file"] if canvas else path.name
        if student and (student, name) in taken:
            name = path.relative_to(extracted).as_posix()
        if student:
            taken.add((student, name))
            answers[str(path)] = {"student_id": student, "file_id": name}
    return answers


def unpack(source: Path, target: Path) -> list[str]:
    """Copy the folder, or unpack the zip, with the zips in it; a zip that cannot be opened is kept and told."""
    if source.is_dir():
        shutil.copytree(
            source, target, ignore=lambda folder, names: [n for n in names if (Path(folder) / n).is_symlink()]
        )
    elif zipfile.is_zipfile(source):
        extract(source, target)
    else:
        raise GradingError(f"{source} is neither a folder nor a zip.")
    strange = []
    for path in [path for path in files(target) if path.suffix.lower() == ".zip"]:
        try:
            extract(path, path.with_suffix(""))
            path.unlink()
        except (zipfile.BadZipFile, GradingError, OSError, NotImplementedError, RuntimeError) as error:
            strange.append(f"{path.relative_to(target)} cannot be unpacked ({error}); ask the student for it.")
    return strange


def extract(archive: Path, target: Path) -> None:
    """Unpack a zip; zipfile keeps every name inside of the target."""
    with zipfile.ZipFile(archive) as opened:
        size = sum(entry.file_size for entry in opened.infolist())
        if size > LARGEST:
            raise GradingError(f"{archive.name} would unpack to {size:,} bytes")
        opened.extractall(target)


def files(folder: Path) -> list[Path]:
    """The files that may be work: not what systems leave behind."""
    found = sorted(folder.rglob("*"))
    return [path for path in found if path.is_file() and not path.is_symlink() and not is_junk(path)]


def whose(path: Path, assignment: str, ids: dict[str, str]) -> str | None:
    """The student of a file, by Moodle's folder, Canvas's file name, `dltools submit`'s, or the folder's own name."""
    first = PurePosixPath(path.as_posix()).parts[0]
    if found := MOODLE.match(first) or CANVAS.match(first):
        return ids.get(letters(found["name"])) or slug(f"{found['name']}-{found['number']}")
    stem = Path(first).stem if len(path.parts) == 1 else first
    if stem.startswith(f"{assignment}_"):
        return slug(stem.removeprefix(f"{assignment}_"))
    return slug(stem) if stem != assignment else None


def letters(name: str) -> str:
    """A name as platforms write it: its letters sorted, whatever the order of first and last name."""
    return "".join(sorted(character for character in name.lower() if character.isalpha()))


def slug(name: str) -> str:
    """A name that can be a folder's on every system."""
    return re.sub(r"[^\w.@-]+", "-", name).strip(".-") or "nameless"


def read_names(roster: Path) -> dict[str, str]:
    """Each student's id by the letters of the full name; names that two students share tell nothing."""
    if not roster.is_file():
        raise GradingError(f"There is no roster {roster}.")
    with roster.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    names = [letters((line.get("first_name") or "") + (line.get("last_name") or "")) for line in lines]
    return {name: line["id"] for name, line in zip(names, lines) if names.count(name) == 1 and line.get("id")}


def supersede(folder: Path, root: Path) -> None:
    """Keep what a student handed in before: nothing is ever overwritten."""
    if folder.is_dir():
        kept = root / "superseded" / folder.parent.name
        number = 1 + len(list(kept.glob(f"{folder.name}-*")))
        kept.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, kept / f"{folder.name}-{number}")
