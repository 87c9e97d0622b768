"""`dltools progress`: what is solved, what waits, what to look at again; and a page of your own, work/my-page.html."""

import argparse
import os
import sys
from pathlib import Path

from dltools.checks.progress import VARIABLE
from dltools.checks.standing import Work, sections, standing, totals, unit_title
from dltools.places import course_home
from dltools.student.lab import variables
from dltools.student.progress_page import page

PAGE = "my-page.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="your working copy (default: work, beside course)")


def run(args: argparse.Namespace) -> int:
    """Print where you stand and write your page; returns 1 where there is no working copy, or none can be written."""
    work = (args.work or (course_home("work") or Path.cwd()) / "work").expanduser()
    if not work.is_dir():
        print(f"dltools progress: there is no {work}; `python3 run.py lab` makes it.", file=sys.stderr)
        return 1
    os.environ[VARIABLE] = variables(work.resolve())[VARIABLE]
    found = standing()
    print(text(found))
    try:
        (work / PAGE).write_text(page(work, found), encoding="utf-8")
    except OSError as error:
        print(f"dltools progress: {work / PAGE} cannot be written ({error.strerror}).", file=sys.stderr)
        return 1
    print(f"\nYour page: {(work / PAGE).resolve()} (open it in a browser; it is sent nowhere)")
    return 0


def text(found: dict[str, list[Work]]) -> str:
    """The table of units, then what there is to say beside the points."""
    lines = [line(unit, works) for unit, works in found.items()]
    for title, told in sections([work for works in found.values() for work in works]).items():
        lines += ["", f"{title}:", *(f"  {one}" for one in told)]
    return "\n".join(lines)


def line(unit: str, works: list[Work]) -> str:
    solved, reached, points = totals(works)
    return f"{unit_title(unit):<38}{solved:>3} of {len(works):>2} solved{reached:>8g} of {points:>3g} points"
