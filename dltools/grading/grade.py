"""`dltools grade`: a folder of submissions becomes scores in nbgrader's gradebook, feedback, a CSV and a report."""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from tqdm import tqdm

from dltools.grading import seeds, workers
from dltools.grading.book import feedback, report, roster
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.gradebook import Book, Row, register
from dltools.grading.executors import PLAIN, require, stop, warm
from dltools.grading.jail.levels import LEVELS
from dltools.grading.model import Assignment, Graded, GradingError, Limits, Submission
from dltools.grading.reading.files import load
from dltools.grading.reading.repair import lost
from dltools.grading.reading.timestamp import handed_in
from dltools.grading.submission import grade, unscored

ALL_GRADED, NEEDS_PERSON, COULD_NOT_RUN = 0, 1, 2
"""Exit codes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("folder", type=Path, help="submissions as FOLDER/STUDENT/ASSIGNMENT/")
    parser.add_argument("--assignment", action="append", default=[], metavar="UNIT", help="default: all that are there")
    parser.add_argument("--student", action="append", default=[], help="grade only this student; can be repeated")
    parser.add_argument("--force", action="store_true", help="grade again what is graded already")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="at one time (default: one a core)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="grade on the Dask cluster of this scheduler")
    parser.add_argument("--db-url", help="gradebook (default: gradebook.db beside FOLDER)")
    parser.add_argument("--roster", type=Path, metavar="CSV", help="students: id,first_name,last_name,email")
    parser.add_argument("--due", metavar="TIME", help='deadline, such as "2027-01-31 23:59 UTC"')
    parser.add_argument("--cell-seconds", type=float, default=Limits.cell_seconds, help="for one cell (%(default)g)")
    parser.add_argument("--notebook-seconds", type=float, default=Limits.notebook_seconds, help="for all (%(default)g)")
    parser.add_argument("--no-feedback", action="store_true", help="write no feedback files")
    jail = parser.add_mutually_exclusive_group()
    jail.add_argument("--jail", choices=LEVELS, default="full", help="around students' code (default: %(default)s)")
    plain = "ordinary kernels, nothing sealed and nothing jailed: for notebooks that you trust"
    jail.add_argument("--plain", action="store_const", dest="jail", const=PLAIN, help=plain)


def run(args: argparse.Namespace) -> int:
    """Grade, write everything, print the table; returns 0 all graded, 1 some need a person, 2 could not run."""
    try:
        require(args.jail)
        if not args.scheduler:
            warm(args.jail)
        print(f"jail: {'none, plain kernels' if args.jail == PLAIN else args.jail}", file=sys.stderr)
        graders = [Grader(args, name) for name in assignments(args)]
        rows = [row for grader in graders for row in grader.run()]
    except GradingError as error:
        print(f"dltools grade: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        stop(args.jail)
        print("dltools grade: stopped; the same command goes on from here.", file=sys.stderr)
        return COULD_NOT_RUN
    return NEEDS_PERSON if any(row.person for row in rows) else ALL_GRADED


def assignments(args: argparse.Namespace) -> list[str]:
    """The assignments to grade: those asked for, else all that somebody handed in.

    Raises:
        GradingError: if there is nothing to grade.
    """
    if not args.folder.is_dir():
        raise GradingError(f"There is no folder {args.folder}; give the folder that holds STUDENT/ASSIGNMENT/.")
    source = Path(open_course(args).source_directory)
    known = {path.name for path in source.iterdir() if any(path.glob("*.ipynb"))} if source.is_dir() else set()
    found = {path.name for student in folders(args.folder) for path in folders(student)}
    for name in args.assignment:
        if name not in known:
            raise GradingError(
                f"There is no assignment {name} in {source}; there are {', '.join(sorted(known)) or 'none'}."
            )
    if not args.assignment and found - known:
        print(f"Not graded, no such assignment: {', '.join(sorted(found - known))}.", file=sys.stderr)
    if not args.assignment and not found & known:
        raise GradingError(f"{args.folder} has no STUDENT/ASSIGNMENT/ folder of an assignment in {source}.")
    return args.assignment or sorted(found & known)


def folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def open_course(args: argparse.Namespace) -> CourseDirectory:
    return course_directory(args.folder.resolve().parent, **traits(args))


def traits(args: argparse.Namespace) -> dict[str, str]:
    """What the command line says about nbgrader's CourseDirectory."""
    given = {"submitted_directory": args.folder.resolve().name}
    return given | ({"db_url": args.db_url} if args.db_url else {})


@dataclass
class Grader:
    """The grading of one assignment's submissions."""

    args: argparse.Namespace
    assignment_name: str

    def __post_init__(self) -> None:
        self.coursedir = open_course(self.args)
        self.root = Path(self.coursedir.root)
        self.times: dict[str, tuple[datetime | None, str]] = {}

    def run(self) -> list[Row]:
        """Grade what is not graded yet; then table, files and feedback for all."""
        self.assignment = register(self.coursedir, self.assignment_name)
        self.prepare()
        with Book(self.coursedir, self.assignment) as book:
            students = self.students()
            self.grade(book, students)
            rows = book.rows(students)
        self.write(rows)
        return rows

    def prepare(self) -> None:
        """Roster and deadline go into the gradebook before anything is graded."""
        if self.args.roster:
            roster.read_roster(self.coursedir, self.args.roster)
        if self.args.due:
            roster.set_due(self.coursedir, self.assignment_name, self.args.due)

    def students(self) -> list[str]:
        wanted = set(self.args.student)
        found = [folder.name for folder in folders(self.args.folder) if (folder / self.assignment_name).is_dir()]
        return [student for student in found if not wanted or student in wanted]

    def grade(self, book: Book, students: list[str]) -> None:
        """Workers grade, this process alone writes."""
        tasks = self.tasks(book, students)
        limits = Limits(self.args.cell_seconds, self.args.notebook_seconds)
        work = partial(grade, limits=limits, execute=self.args.jail)
        with tqdm(total=len(students), desc=self.assignment_name, unit="submission", file=sys.stderr) as bar:
            self.bar = bar
            for (submission, _), result in workers.results(work, tasks, self.opener(), self.args.workers):
                book.record(self.graded(submission, result), submission, self.times[submission.student][0])
                bar.update()

    def tasks(self, book: Book, students: list[str]) -> Iterator[tuple[Submission, Assignment]]:
        """One task a submission that is not graded yet."""
        key = seeds.secret(self.root)
        for student in students:
            folder = self.args.folder / student / self.assignment_name
            self.times[student] = handed_in(folder)
            seed = seeds.seed(key, self.assignment_name, student)
            submission = load(folder, self.assignment, seed)
            if book.has(submission) and not self.args.force:
                book.record_time(student, self.times[student][0])
                self.bar.update()
            else:
                yield submission, self.assignment

    def opener(self) -> Any:
        """What opens the pool of workers."""
        if self.args.scheduler:
            return partial(workers.cluster, self.args.scheduler)
        return partial(workers.threads if self.args.jail in LEVELS else workers.processes, self.args.workers)

    def graded(self, submission: Submission, result: Graded | Exception) -> Graded:
        """The worker's result; a dead worker's submission waits for a person."""
        if isinstance(result, Exception):
            reason = f"The worker that graded this submission died ({type(result).__name__})."
            result = unscored(submission, lost(self.assignment, [reason]))
            result.person = [f"{reason} Look at the submission, then grade again."]
        if note := self.times[submission.student][1]:
            result.repairs.append(note)
        return result

    def write(self, rows: list[Row]) -> None:
        """CSV and report beside the gradebook, feedback in feedback/, the table on the screen."""
        name = self.assignment_name
        report.write_csv(rows, self.root / f"grades-{name}.csv")
        report.write_html(name, rows, self.root / f"report-{name}.html")
        if not self.args.no_feedback:
            self.write_feedback(rows)
        print(f"\n{name}\n{report.table(rows)}\n\n{report.mistakes_text(report.mistake_counts(rows))}")
        written = [f"grades-{name}.csv", f"report-{name}.html", "autograded/"]
        written += [] if self.args.no_feedback else ["feedback/", f"feedback-{name}.zip"]
        print(f"\nWritten in {self.root}: {', '.join(written)}")

    def write_feedback(self, rows: list[Row]) -> None:
        students = [row.student for row in rows]
        tasks = [(str(self.root), traits(self.args), self.assignment_name, student) for student in students]
        local: Any = partial(workers.processes, self.args.workers)
        with tqdm(total=len(tasks), desc="feedback", unit="file", file=sys.stderr) as bar:
            for task, result in workers.results(feedback.generate, tasks, local, self.args.workers):
                if isinstance(result, Exception):
                    print(f"No feedback for {task[-1]}: {result}", file=sys.stderr)
                bar.update()
        feedback.pack(
            self.coursedir, self.assignment_name, students, self.root / f"feedback-{self.assignment_name}.zip"
        )
