"""`dltools return`: scores and feedback in the files that a learning platform imports; staff's own files stay."""

import argparse
import io
import json
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.failures import explain_failures
from dltools.grading.book.gradebook import replace
from dltools.grading.book.report import of_most
from dltools.grading.collecting.lay import read_record
from dltools.grading.model import GradingError
from dltools.grading.reading.files import printable_name
from dltools.grading.returning.canvas import comment_name, read_canvas
from dltools.grading.returning.filling import Filled, Slot, factor, fill
from dltools.grading.returning.machines import gradescope_results, lti_scores
from dltools.grading.returning.moodle import feedback_name, read_moodle
from dltools.grading.returning.results import Results, read_results
from dltools.running.files import EPOCH


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--assignment", required=True, metavar="UNIT", help="such as 04-convolution")
    platform = parser.add_mutually_exclusive_group(required=True)
    platform.add_argument("--canvas", type=Path, metavar="CSV", help="the gradebook that Canvas exported")
    platform.add_argument("--moodle", type=Path, metavar="CSV", help="the grading worksheet that Moodle gave")
    platform.add_argument("--gradescope", action="store_true", help="a results.json for each submission")
    platform.add_argument("--json", action="store_true", help="the scores of LTI's grade service")
    parser.add_argument("--column", metavar="TITLE", help="the column of the grades, where it cannot be told")
    parser.add_argument("--scale", action="store_true", help="convert to the points that the platform counts")
    parser.add_argument("--comments", action="store_true", help="Moodle: points by exercise where no comment stands")
    parser.add_argument(
        "--looked",
        action="append",
        default=[],
        metavar="STUDENT",
        help='a person has looked at this one: return the score as it is; "all" for everybody',
    )
    parser.add_argument("--course", type=Path, default=Path("."), help="where the gradebook is (default: here)")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="default: returned/UNIT in the course")
    parser.add_argument("--dry-run", action="store_true", help="list the changes, and write nothing")


def run(args: argparse.Namespace) -> int:
    """Return the grades; 0 if all went back, 1 if somebody waits or needs a person, 2 if nothing could be done."""
    try:
        with explain_failures():
            returned = give_back(args)
            if not args.dry_run:
                write(returned, args.to or args.course / "returned" / args.assignment)
    except GradingError as error:
        print(f"dltools return: {error}", file=sys.stderr)
        return 2
    for line in [*returned.lines, *(f"PERSON: {sentence}" for sentence in returned.people), *returned.summary]:
        print(printable_name(line))
    return 1 if returned.people else 0


@dataclass
class Returned:
    """The files to write by name, and what to say."""

    files: dict[str, bytes] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    summary: list[str] = field(default_factory=list)
    source: Path | None = None
    """Staff's own file, which must stay as it is."""


def give_back(args: argparse.Namespace) -> Returned:
    """All that is to be written and said."""
    results = read_results(course_directory(args.course), args.assignment, args.looked)
    record = read_record(args.course, args.assignment)
    if args.json or args.gradescope:
        return for_programs(args, results, record)
    source = args.canvas or args.moodle
    layout = (read_canvas if args.canvas else read_moodle)(source, args.assignment, args.column)
    filled = fill(layout, results, record, factor(layout, results, args.scale), args.comments)
    returned = Returned({source.name: filled.content}, filled.lines, source=source)
    returned.people = waiting(filled.waiting, results, "left as it is") + filled.people
    pages = feedback(layout.platform, filled, results, record, returned)
    if pages:
        returned.files[f"feedback-{args.assignment}-{layout.platform}.zip"] = packed(pages)
    same = len(filled.returned) - len(filled.lines)
    counts = f"{len(filled.lines)} changed, {same} there already, {len(filled.waiting)} waiting for a person"
    returned.summary.append(f"Column {layout.title!r}: {counts}; {len(pages)} pages of feedback.")
    if filled.absent:
        returned.summary.append(f"Handed in nothing, left as they are: {', '.join(filled.absent)}.")
    return returned


def waiting(students: list[str], results: Results, then: str) -> list[str]:
    """A sentence for each student who waits; what most of them wait for is said once.

    Args:
        students: who wait.
        results: of the class.
        then: what becomes of them.
    """
    found = [results.by_student[student] for student in students]
    counts = Counter((result.waits, result.for_looking) for result in found)
    shared = of_most(counts, len(results.by_student))
    said = [f"{number} wait, {then}: {why}{looked('all') if looks else ''}" for (why, looks), number in shared.items()]
    return said + [
        f"waits, {then}: {result.student}: {result.waits}{looked(result.student) if result.for_looking else ''}"
        for result in found
        if (result.waits, result.for_looking) not in shared
    ]


def looked(student: str) -> str:
    return f" (when you have: --looked {student})"


def feedback(
    platform: str, filled: Filled, results: Results, record: dict[str, dict[str, Any]], returned: Returned
) -> dict[str, bytes]:
    """Each returned student's pages, under the names by which the platform tells whose they are."""
    pages: dict[str, bytes] = {}
    for student, slot in filled.returned.items():
        found = results.by_student[student].feedback
        names = {page: page_name(platform, slot, record.get(student, {}), page.name) for page in found}
        if not found:
            returned.people.append(f"{student} has no page of feedback; grade again without --no-feedback.")
        elif not all(names.values()):
            returned.people.append(f"{student}: no attachment is known, so the page of feedback cannot be uploaded.")
        else:
            pages |= {name: page.read_bytes() for page, name in names.items()}
    return pages


def page_name(platform: str, slot: Slot, kept: dict[str, Any], page: str) -> str:
    return comment_name(kept, page) if platform == "canvas" else feedback_name(slot, page)


def packed(pages: dict[str, bytes]) -> bytes:
    """A zip that has the same bytes whenever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(pages.items()):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def for_programs(args: argparse.Namespace, results: Results, record: dict[str, dict[str, Any]]) -> Returned:
    """The JSON of --gradescope and --json."""
    returned = Returned()
    who = [result.student for result in results.by_student.values() if result.waits]
    if args.json:
        returned.files[f"scores-{args.assignment}.json"] = as_json(lti_scores(results, record))
    else:
        for_gradescope(results, record, returned)
    returned.people += waiting(who, results, "left out")
    done = len(results.by_student) - len(who)
    returned.summary.append(f"{done} scores, {len(who)} waiting for a person.")
    return returned


def for_gradescope(results: Results, record: dict[str, dict[str, Any]], returned: Returned) -> None:
    """A results.json for each submission's folder; a group of one submission has one score, or a person decides."""
    scores: dict[str, float] = {}
    for student, result in results.by_student.items():
        kept = record.get(student, {})
        folder = str(kept.get("stands")) if kept.get("platform") == "gradescope" else student
        if result.waits:
            continue
        if scores.setdefault(folder, result.score) != result.score:
            returned.people.append(f"{student} has another score than the others of {folder}; look at both.")
            continue
        returned.files[f"gradescope/{folder}/results.json"] = as_json(gradescope_results(result))


def as_json(document: object) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def write(returned: Returned, folder: Path) -> None:
    """Write each file whole.

    Raises:
        GradingError: if that would overwrite the file that staff gave.
    """
    for name, content in returned.files.items():
        path = folder / name
        if returned.source and path.exists() and path.samefile(returned.source):
            if path.read_bytes() != content:
                raise GradingError(f"{path} is the file that you gave, and stays as it is; give --to another folder.")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, content)
    returned.summary.append(f"Written in {folder}: {', '.join(list(returned.files)[:3])}.")
