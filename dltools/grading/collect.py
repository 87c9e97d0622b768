"""`dltools collect`: what a learning platform gives becomes submitted/STUDENT/UNIT/, without a silent guess."""

import argparse
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from dltools.course import Course
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.dates import read_times
from dltools.grading.book.deadline import course_settings
from dltools.grading.book.failures import explain_failures
from dltools.grading.book.people import Person, read_people
from dltools.grading.collecting.identify import Identified, by_roster, names, without_roster
from dltools.grading.collecting.lay import Kept, kept, lay, write_record
from dltools.grading.collecting.pick import Picked, pick
from dltools.grading.collecting.platforms import Claim, Owner, claims
from dltools.grading.collecting.released import released_unit
from dltools.grading.collecting.unpack import open_download
from dltools.grading.model import Assignment, GradingError
from dltools.grading.reading.files import printable_name
from dltools.grading.reading.names import letters, nfc
from dltools.running.files import temporary_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("source", type=Path, help="the folder or zip that the platform gives")
    parser.add_argument("--assignment", required=True, metavar="UNIT", help="such as 04-convolution")
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="CSV",
        help="id,first_name,last_name,email; or Canvas's gradebook, or Moodle's grading worksheet, as they are",
    )
    parser.add_argument("--course", type=Path, default=Path("."), help="where submitted/ is (default: here)")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")
    parser.add_argument("--verbose", action="store_true", help="name every file and what became of it")


def run(args: argparse.Namespace) -> int:
    """Collect; returns 0 if all went to a student, 1 if something needs a person, 2 if nothing could be done."""
    try:
        with explain_failures():
            outcome = collect(args.source, args.assignment, args.course, args.roster, args.dry_run)
    except GradingError as error:
        print(f"dltools collect: {error}", file=sys.stderr)
        return 2
    for line in outcome.details if args.verbose or args.dry_run else ():
        print(printable_name(line))
    for sentence in outcome.strange:
        print(f"PERSON: {printable_name(sentence)}")
    for sentence in outcome.summary:
        print(printable_name(sentence))
    where = args.course / "submitted"
    done = "would be" if args.dry_run else "are"
    print(f"{len(outcome.students)} submissions of {args.assignment} {done} in {where}.")
    return 1 if outcome.strange or outcome.is_incomplete or not outcome.students else 0


@dataclass
class Outcome:
    """What came of a download."""

    students: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    """What a person must see to, one sentence each."""
    details: list[str] = field(default_factory=list)
    """Each student's files, and what was decided without a doubt."""
    summary: list[str] = field(default_factory=list)
    is_incomplete: bool = False
    """Whether somebody of the roster is missing, or somebody is not in it."""


def collect(source: Path, unit: str, course: Path, roster: Path | None = None, dry_run: bool = False) -> Outcome:
    """Sort the files of `source` into submitted/; a student's earlier submission is kept in superseded/.

    Raises:
        GradingError: if the source is neither a folder nor a zip, the roster none, or the unit none.
    """
    coursedir = course_directory(course)
    people = read_people(roster) if roster else []
    assignment = released_unit(coursedir, course, unit)
    settings = course_settings(coursedir, {path.name for path in Path(coursedir.source_directory).glob("*/")})
    with temporary_folder() as folder:
        download = open_download(source, folder)
        found = claims(download, unit, knows(people), settings.zone)
        outcome = Outcome(strange=list(download.strange))
        outcome.strange += nobodys([claim for claim in found if claim.owner is None])
        owners = {claim.owner.key: claim.owner for claim in found if claim.owner}
        identified = by_roster(owners.values(), people) if roster else without_roster(owners.values())
        outcome.strange += identified.doubtful
        theirs = by_student(found, identified)
        laying = Laying(coursedir, settings, course, assignment, people, dry_run, outcome)
        for student, own in theirs.items():
            laying.lay(student, own)
        if not dry_run:
            write_record(course, unit, laying.kept)
    summarize(outcome, identified, people, roster is not None)
    return outcome


def knows(people: list[Person]) -> Callable[[str], bool]:
    """Whether a name is the id or the whole name of somebody in the class list."""
    known = {nfc(person.id.strip()) for person in people}
    whole = {name for person in people for name in names(person)}
    return lambda name: nfc(name.strip()) in known or letters(name) in whole


def nobodys(unclaimed: list[Claim]) -> list[str]:
    """A sentence for each file, or folder of files, that says nobody's name."""
    folders: dict[str, int] = {}
    for claim in unclaimed:
        first = claim.item.path[0] + ("/" if len(claim.item.path) > 1 else "")
        folders[first] = folders.get(first, 0) + 1
    return [f"{name}{f' ({number} files)' if number > 1 else ''}: whose is it?" for name, number in folders.items()]


def by_student(found: list[Claim], identified: Identified) -> dict[str, list[Claim]]:
    """The files of each student whose id is told."""
    theirs: dict[str, list[Claim]] = {}
    for claim in found:
        if claim.owner and (student := identified.ids.get(claim.owner.key)):
            theirs.setdefault(student, []).append(claim)
    return dict(sorted(theirs.items()))


@dataclass
class Laying:
    """Laying one student after the other down."""

    coursedir: CourseDirectory
    settings: Course
    course: Path
    assignment: Assignment
    people: list[Person]
    dry_run: bool
    outcome: Outcome
    kept: dict[str, Kept] = field(default_factory=dict)

    def lay(self, student: str, own: list[Claim]) -> None:
        """One student's files; what goes wrong with them is told and costs nobody else anything."""
        picked = pick(own, self.assignment)
        self.outcome.strange += [f"{student}: {sentence}" for sentence in picked.doubts]
        if not picked.files:
            return
        owner = max((claim.owner for claim in own if claim.owner), key=lambda each: each.time or EARLIEST)
        time = self.time(student, owner)
        try:
            state = "would be laid" if self.dry_run else self.put(student, picked, time)
        except OSError as error:
            if error.errno in FOR_ALL:
                raise
            self.outcome.strange.append(f"{student}: cannot be laid down ({error.strerror}).")
            return
        self.outcome.students.append(student)
        self.kept[student] = kept(owner)
        self.outcome.details += details(student, owner, picked, time, state)

    def put(self, student: str, picked: Picked, time: datetime | None) -> str:
        target = Path(self.coursedir.format_path(self.coursedir.submitted_directory, student, self.assignment.name))
        new = lay(picked.files, target, time, Path(self.coursedir.root))
        return "laid" if new else "is there already"

    def time(self, student: str, owner: Owner) -> datetime | None:
        """When the submission came: as the platform says; of Canvas, which says only LATE, just after the deadline."""
        if owner.time or not owner.late:
            return owner.time or self.worksheet_times.get(student)
        due = self.due()
        if due is None:
            self.outcome.strange.append(
                f"{student}: late, says the platform, and no deadline is known;"
                " set it (dltools grade --due), then collect again."
            )
            return None
        return due + timedelta(seconds=1)

    @cached_property
    def worksheet_times(self) -> dict[str, datetime]:
        """The times of Moodle's worksheet by student: of the course's time zone, else of this machine's."""
        said = {person.id: person.handed_in for person in self.people if person.handed_in}
        times = read_times([*said.values()]) if said else []
        if times is None:
            self.outcome.strange.append(
                f"the worksheet's times, such as {next(iter(said.values()))!r}, are not understood, and nobody counts"
                " as late: set Moodle to English, download the worksheet again, and collect again."
            )
            return {}
        zone = self.settings.zone
        local = (time.replace(tzinfo=zone) if zone else time.astimezone() for time in times)
        return dict(zip(said, local))

    def due(self) -> datetime | None:
        """The deadline in course.toml, else in the gradebook; a gradebook is not made for the question."""
        if written := self.settings.due.get(self.assignment.name):
            return written
        database = self.coursedir.db_url.removeprefix("sqlite:///")
        if self.coursedir.db_url.startswith("sqlite") and not Path(database).exists():
            return None
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            try:
                due: datetime | None = gradebook.find_assignment(self.assignment.name).duedate
            except MissingEntry:
                return None
        return datetime.combine(due.date(), due.time(), UTC) if due else None


EARLIEST = datetime.min.replace(tzinfo=UTC)
FOR_ALL = (28, 30, 122)
"""Errors that the next student's files would meet too: a full disk, a disk that can only be read, a quota."""


def details(student: str, owner: Owner, picked: Picked, time: datetime | None, state: str) -> list[str]:
    """The lines of --verbose for one student."""
    when = f", handed in {time.astimezone():%Y-%m-%d %H:%M %Z}" if time else ""
    late = ", late" if owner.late else ""
    lines = [f"{student} <- {owner}{when}{late}: {state}"]
    lines += [f"    {'/'.join(path)} <- {item}" for path, item in picked.files.items()]
    return lines + [f"    {note}" for note in picked.notes]


def summarize(outcome: Outcome, identified: Identified, people: list[Person], has_roster: bool) -> None:
    """The last lines: who of the roster was found, or which ids were made."""
    if not has_roster:
        if outcome.students:
            outcome.summary.append(f"No roster: these ids were made: {', '.join(outcome.students)}.")
        return
    found = set(outcome.students)
    missing = [
        f"{person.name} ({person.id})" if person.name else person.id for person in people if person.id not in found
    ]
    line = f"{len(people) - len(missing)} of {len(people)} found"
    line += f"; missing: {', '.join(missing)}" if missing else ""
    line += f"; not in the roster: {', '.join(identified.unknown)}" if identified.unknown else ""
    outcome.summary.append(line + ".")
    outcome.summary += advice(identified.unknown, people)
    outcome.is_incomplete = bool(missing or identified.unknown)


def advice(unknown: list[str], people: list[Person]) -> list[str]:
    """What tells who it is, where the class list does not."""
    said = []
    if any(name.startswith("anon_") for name in unknown):
        said.append("Canvas keeps the names of anonymous work back: show them there, or collect without --roster.")
    if any(re.search(r" \(\d+\)$", name) for name in unknown) and not any(person.platform for person in people):
        said.append("The platform's own file as --roster tells them by their numbers, also in teams (docs/staff.md).")
    return said
