"""`dltools grade` as it is typed: its arguments, and what starts while nbgrader is imported, which takes a second."""

import argparse
import os
from importlib import import_module
from pathlib import Path

from dltools.grading.executors import PLAIN, warm
from dltools.grading.jail.levels import LEVELS, why_unavailable
from dltools.grading.model import Limits
from dltools.running.uncollected import uncollected


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("folder", type=Path, help="submissions as FOLDER/STUDENT/ASSIGNMENT/")
    parser.add_argument("--assignment", action="append", default=[], metavar="UNIT", help="default: all that are there")
    parser.add_argument("--student", action="append", default=[], help="grade only this student; can be repeated")
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--force", action="store_true", help="grade again what is graded already")
    keep = "keep grades that were made before the unit or its checks changed (default: grade these again)"
    again.add_argument("--keep", action="store_true", help=keep)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="at one time (default: one a core)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="grade on the Dask cluster of this scheduler")
    parser.add_argument("--db-url", help="gradebook (default: gradebook.db beside FOLDER)")
    parser.add_argument("--roster", type=Path, metavar="CSV", help="students: id,first_name,last_name,email")
    due = 'deadline of the one --assignment, such as "2027-01-31 23:59 Europe/Berlin"; course.toml can hold them all'
    parser.add_argument("--due", metavar="TIME", help=due)
    seconds = "processor time of %s (default: %%(default)g s); three times as long by the clock ends it too"
    parser.add_argument("--cell-seconds", type=float, default=Limits.cell_seconds, help=seconds % "one cell")
    parser.add_argument("--notebook-seconds", type=float, default=Limits.notebook_seconds, help=seconds % "all cells")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write scores and known mistakes for programs too")
    parser.add_argument("--no-feedback", action="store_true", help="write no feedback files")
    jail = parser.add_mutually_exclusive_group()
    jail.add_argument("--jail", choices=LEVELS, default="full", help="around students' code (default: %(default)s)")
    plain = "ordinary kernels, nothing sealed and nothing jailed: for notebooks that you trust"
    jail.add_argument("--plain", action="store_const", dest="jail", const=PLAIN, help=plain)


def run(args: argparse.Namespace) -> int:
    """Grade; the exit code is that of grade.run."""
    if not args.scheduler and args.folder.is_dir() and not (args.jail in LEVELS and why_unavailable(args.jail)):
        warm(args.jail)
    with uncollected():
        grade = import_module("dltools.grading.grade")
    code: int = grade.run(args)
    return code
