"""`dltools grade`: a folder of submissions becomes scores in nbgrader's gradebook, feedback, a CSV and a report."""

import argparse
import signal
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import DatabaseError
from tqdm import tqdm

from dltools.course import Course
from dltools.grading import seeds, workers
from dltools.grading.book import roster
from dltools.grading.book.course_table import write_course_table
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.deadline import course_settings, deadline, set_deadline
from dltools.grading.book.failures import explain_failures, raise_what_stops_all, through_restarts
from dltools.grading.book.feedback_queue import FeedbackQueue, pages_at_once
from dltools.grading.book.gradebook import Book, Row, Standing, register
from dltools.grading.book.json_file import write_json
from dltools.grading.book.write_up import write_up
from dltools.grading.executors import PLAIN, let_go, prove, require, stop, warm
from dltools.grading.jail.levels import LEVELS
from dltools.grading.model import Accident, Assignment, Graded, GradingError, Limits, Submission
from dltools.grading.reading.files import load, printable_name
from dltools.grading.reading.students import not_in_roster, unusable_id
from dltools.grading.reading.timestamp import hand_in_time
from dltools.grading.submission import grade

ALL_GRADED, NEEDS_PERSON, RUN_AGAIN = 0, 1, 2
"""Exit codes: the greatest that applies."""


def run(args: argparse.Namespace) -> int:
    """Grade, write everything, print the table.

    Returns:
        0 if all is graded; else 1 if a person must look at something; else 2: something must be run again.
    """
    try:
        with terminated_like_interrupted(), explain_failures():
            rows, broken = grade_all(args)
    except GradingError as error:
        print(f"dltools grade: {error}", file=sys.stderr)
        return RUN_AGAIN
    except KeyboardInterrupt:
        stop(args.jail)
        print("dltools grade: stopped; the same command goes on from here.", file=sys.stderr)
        return RUN_AGAIN
    asked = [row for row in rows if not args.student or row.student in args.student]
    return RUN_AGAIN if broken or any(row.again for row in asked) else int(any(row.person for row in asked))


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """A polite end (SIGTERM) cleans up as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def grade_all(args: argparse.Namespace) -> tuple[list[Row], list[str]]:
    """The rows of every student in every assignment asked for; and the assignments that could not be graded."""
    require(args.jail)
    if not args.scheduler:
        warm(args.jail)
    print(f"jail: {'none, plain kernels' if args.jail == PLAIN else args.jail}", file=sys.stderr)
    names = assignments(args)
    course = settings(args, names)
    with page_makers(args):
        graded, broken = grade_each(args, names, course)
    written = write_course_table(open_course(args), course)
    print(f"\nThe whole course: {', '.join(written)} in {open_course(args).root}" if written else "")
    if args.json:
        write_json(graded, args.json)
    return [row for _, rows in graded for row in rows], broken


def page_makers(args: argparse.Namespace) -> AbstractContextManager[None]:
    """What makes the pages of feedback, forked while this process has nothing but its imports."""
    if args.no_feedback or args.scheduler:
        return nullcontext()
    return workers.forked(pages_at_once(args.workers), partial(let_go, args.jail))


def grade_each(
    args: argparse.Namespace, names: list[str], course: Course
) -> tuple[list[tuple[Assignment, list[Row]]], list[str]]:
    """The assignments with their rows; and those that could not be graded, which stop no other."""
    graded, broken, before = list[tuple[Assignment, list[Row]]](), list[str](), ""
    for name in names:
        try:
            graded.append(grade_assignment(args, name, course))
        except DatabaseError:
            raise
        except Exception as error:
            raise_what_stops_all(error)
            if why(error) == before:
                raise  # it is not this assignment's alone
            broken, before = [*broken, name], why(error)
            print(f"dltools grade: {name} was not graded: {before}", file=sys.stderr)
    return graded, broken


def grade_assignment(args: argparse.Namespace, name: str, course: Course) -> tuple[Assignment, list[Row]]:
    """One assignment and its rows, also where the gradebook's server is restarted meanwhile."""

    def work() -> tuple[Assignment, list[Row]]:
        grader = Grader(args, name, course)
        return grader.assignment, grader.run()

    return through_restarts(open_course(args).db_url, work)


def settings(args: argparse.Namespace, names: list[str]) -> Course:
    """What course.toml says; a --due that cannot be meant is refused before anything is graded.

    Args:
        args: of the command.
        names: the assignments to grade.

    Raises:
        GradingError: with what cannot be meant.
    """
    coursedir = open_course(args)
    course = course_settings(coursedir, units_of(coursedir))
    if args.due and len(names) != 1:
        raise GradingError(
            f"--due is for one unit, and these are {', '.join(names)}: give --assignment, or course.toml."
        )
    if args.due:
        deadline(course, names[0], args.due)
    return course


def units_of(coursedir: CourseDirectory) -> set[str]:
    """The assignments that there are: the source's folders with a notebook."""
    source = Path(coursedir.source_directory)
    return {path.name for path in source.iterdir() if any(path.glob("*.ipynb"))} if source.is_dir() else set()


def assignments(args: argparse.Namespace) -> list[str]:
    """The assignments to grade: those asked for, else all that somebody handed in.

    Raises:
        GradingError: if there is nothing to grade.
    """
    if not args.folder.is_dir():
        raise GradingError(f"There is no folder {args.folder}; give the folder that holds STUDENT/ASSIGNMENT/.")
    source, known = Path(open_course(args).source_directory), units_of(open_course(args))
    students = folders(args.folder)
    found = {path.name for student in students for path in folders(student)}
    if strange := sorted(set(args.student) - {student.name for student in students}):
        raise GradingError(f"There is no student {printable_name(strange[0])} in {args.folder}.")
    for name in args.assignment:
        if name not in known:
            raise GradingError(
                f"There is no assignment {name} in {source}; there are {', '.join(sorted(known)) or 'none'}."
            )
    if not args.assignment and found - known:
        print(
            f"Not graded, no such assignment: {', '.join(map(printable_name, sorted(found - known)))}.", file=sys.stderr
        )
    if not args.assignment and not found & known:
        raise GradingError(f"{args.folder} has no STUDENT/ASSIGNMENT/ folder of an assignment in {source}.")
    return args.assignment or sorted(found & known)


def folders(folder: Path) -> list[Path]:
    """The folders in a folder, links to folders too (reading says of them that they are links); none if it is shut."""
    try:
        return sorted(path for path in folder.iterdir() if is_folder(path) and not path.name.startswith("."))
    except OSError:
        return []


def is_folder(path: Path) -> bool:
    """Whether it may hold submissions; what cannot be looked into does, and reading says that it is shut."""
    try:
        return path.is_dir() or path.is_symlink()
    except OSError:
        return True


def open_course(args: argparse.Namespace) -> CourseDirectory:
    return course_directory(args.folder.resolve().parent, **traits(args))


def traits(args: argparse.Namespace) -> dict[str, str]:
    """What the command line says about nbgrader's CourseDirectory."""
    given = {"submitted_directory": args.folder.resolve().name}
    return given | ({"db_url": args.db_url} if args.db_url else {})


class Grader:
    """The grading of one assignment's submissions."""

    def __init__(self, args: argparse.Namespace, name: str, course: Course | None = None) -> None:
        self.args = args
        self.name = name
        self.course = course or Course()
        self.roster: list[str] = []
        self.coursedir = open_course(args)
        self.key = seeds.secret(Path(self.coursedir.root))
        self.assignment = register(self.coursedir, name)

    def run(self) -> list[Row]:
        """Grade what is not graded yet; then table, files and feedback for all."""
        self.prepare()
        with self.feedback() as pages:
            with Book(self.coursedir, self.assignment) as book:
                students = self.students()
                waiting = self.ungraded(book, list(filter(self.is_asked, students)))
                failed = self.grade(book, waiting, pages)
                self.record_times(book, [student for student in students if student not in waiting])
                rows = self.rows(book, students, failed)
            write_up(self.coursedir, self.assignment, rows, pages, list(filter(self.is_asked, students)))
        return rows

    def feedback(self) -> AbstractContextManager[FeedbackQueue | None]:
        """What makes the pages while the class is graded; nothing where none are wanted."""
        if self.args.no_feedback:
            return nullcontext()
        return FeedbackQueue(self.coursedir, traits(self.args), self.name, self.args.workers)

    def prepare(self) -> None:
        """Roster and deadline go into the gradebook before anything is graded."""
        if self.args.roster:
            self.roster = roster.read_roster(self.coursedir, self.args.roster)
        if due := set_deadline(self.coursedir, self.name, self.course, self.args.due):
            print(due, file=sys.stderr)

    def is_asked(self, student: str) -> bool:
        """Whether this run is to grade the student."""
        return not self.args.student or student in self.args.student

    def students(self) -> list[str]:
        return [student for student in self.found() if not unusable_id(student)]

    def unusable(self) -> dict[str, str]:
        """What a person must do about folders whose names cannot be ids."""
        reasons = {name: unusable_id(name) for name in self.found()}
        return {
            name: f"Not graded: the folder's name {why}. Rename it, then grade again."
            for name, why in reasons.items()
            if why
        }

    def found(self) -> list[str]:
        """Names of the students' folders that have the assignment."""
        return [folder.name for folder in folders(self.args.folder) if is_folder(folder / self.name)]

    def rows(self, book: Book, students: list[str], failed: dict[str, str]) -> list[Row]:
        """All of the class: who handed in, then folders that are nobody's, then who did not hand in."""
        book.forget()
        rows = [book.row(student, failed.get(student, "")) for student in students]
        for row in rows if self.roster else ():
            if row.student not in self.roster:
                sentence = not_in_roster(row.student, self.roster, self.args.roster.name)
                row.notes = row.notes | {"person": [*row.notes.get("person", []), sentence]}
        rows += [book.row_of_nothing(printable_name(name), says) for name, says in self.unusable().items()]
        return rows + [book.row_of_absent(name) for name in self.roster or book.enrolled() if name not in students]

    def ungraded(self, book: Book, students: list[str]) -> list[str]:
        """Whose work must be graded: what is new, and what was graded by other checks or another unit."""
        standings = {student: self.standing(book, student) for student in students}
        kept = {Standing.GRADED, Standing.OLD_SEED} | (set(Standing) - {Standing.NEW} if self.args.keep else set())
        waiting = [student for student, found in standings.items() if self.args.force or found not in kept]
        for old, number in Counter(standings.values()).items():
            if old not in (Standing.NEW, Standing.GRADED):
                is_kept = old in kept and not self.args.force
                then = "kept as they are; --force grades them again" if is_kept else "graded again"
                print(f"{self.name}: graded {old.value}: {number}; {then}.", file=sys.stderr)
        return waiting

    def standing(self, book: Book, student: str) -> Standing:
        submission = self.read(student)
        found = book.standing(submission)
        is_old = found is Standing.NEW and book.standing(seeds.with_old_seed(submission)) is not Standing.NEW
        return Standing.OLD_SEED if is_old else found

    def record_times(self, book: Book, students: list[str]) -> None:
        """Write times anew: the deadline may have moved since the work was graded."""
        for student in students:
            if book.knows(student):
                book.record_time(student, hand_in_time(self.folder(student))[0])

    def folder(self, student: str) -> Path:
        return Path(self.args.folder / student / self.name)

    def read(self, student: str) -> Submission:
        """What the student handed in, with the seed of its hidden cases."""
        return seeds.with_seed(load(self.folder(student), self.assignment, 0), self.name, self.key)

    def grade(self, book: Book, students: list[str], pages: FeedbackQueue | None = None) -> dict[str, str]:
        """Workers grade, this process alone writes; returns why, by student, the grading must be run again."""
        failed: dict[str, str] = {}
        if students and not self.args.scheduler:
            prove(self.args.jail)
        tasks = ((self.read(student), self.assignment) for student in students)
        limits = Limits(self.args.cell_seconds, self.args.notebook_seconds)
        work = partial(grade, limits=limits, execute=self.args.jail)
        with tqdm(total=len(students), desc=self.name, unit="submission", file=sys.stderr) as bar:
            for (submission, _), result in workers.results(work, tasks, self.opener(), self.args.workers):
                if isinstance(result, Graded):
                    if reason := self.record(book, submission, result):
                        failed[submission.student] = f"could not be recorded: {reason}"
                    elif pages:
                        pages.make(submission.student)
                else:
                    failed[submission.student] = f"could not be graded, twice: {why(result)}"
                bar.update()
        return failed

    def opener(self) -> Any:
        """What opens the pool of workers."""
        if self.args.scheduler:
            return partial(workers.cluster, self.args.scheduler, partial(prove, self.args.jail))
        return partial(workers.threads if self.args.jail in LEVELS else workers.processes, self.args.workers)

    def record(self, book: Book, submission: Submission, graded: Graded) -> str:
        """Write one student's result; returns what the gradebook does not take of it, which costs nobody else."""
        time, note = hand_in_time(self.folder(submission.student))
        graded.repairs += [note] * bool(note)
        try:
            book.record(graded, submission, time)
        except Exception as error:
            raise_what_stops_all(error)
            return why(error)
        return ""


def why(error: BaseException) -> str:
    """What went wrong here, in one line; of a fault of ours, where."""
    if isinstance(error, Accident | GradingError):
        return str(error)
    if isinstance(error, BrokenExecutor):
        return "the worker that graded it died"
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}; if it stays, tell the maintainers of dltools."
