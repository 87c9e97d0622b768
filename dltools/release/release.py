"""`dltools release`: solutions/ becomes course/, with the proof that nothing leaked."""

import argparse
import sys
from pathlib import Path

from nbclient.exceptions import CellExecutionError
from nbconvert.filters import strip_ansi

from dltools.checks import forecasts, questions
from dltools.grading.book.failures import of_machine
from dltools.grading.model import GradingError
from dltools.places import course_home
from dltools.release.bundle import BundleError, write_bundle
from dltools.release.faults import Fault
from dltools.release.headers import shorten
from dltools.release.make import Made, make
from dltools.release.proof import Leak


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("units", nargs="*", metavar="UNIT", help="such as 04-convolution (default: all)")
    parser.add_argument("--execute", action="store_true", help="store new outputs even if only pictures differ")
    parser.add_argument("--overwrite", action="store_true", help="also an executed notebook that was edited by hand")
    parser.add_argument("--tidy", action="store_true", help="only shorten the heads of cells that JupyterLab wrote")
    parser.add_argument("--bundle", type=Path, metavar="FILE.zip", help="also pack what students are given")
    parser.add_argument("--repository", type=Path, help="default: where dltools lies, else this folder")


def run(args: argparse.Namespace) -> int:
    """Release the units one by one; returns 0 if all were released, 1 if one was refused."""
    repository = args.repository or course_home("solutions")
    if repository is None:
        print(f"There is no solutions/ in {Path.cwd()}: start `dltools release` in the repository.", file=sys.stderr)
        return 1
    repository = repository.resolve()
    units = args.units or authored_units(repository)
    if args.tidy:
        refused = [unit for unit in units if not tidy(repository, unit)]
        return 1 if refused else 0
    refused = [unit for unit in units if not release(repository, unit, args.execute, args.overwrite)]
    if refused:
        return 1
    return 0 if args.bundle is None or pack(repository, args.bundle) else 1


def authored_units(repository: Path) -> list[str]:
    """The folders of solutions/ that hold a .py of their own name, in order."""
    return sorted(path.stem for path in repository.glob("solutions/*/*.py") if path.stem == path.parent.name)


def tidy(repository: Path, unit: str) -> bool:
    """Shorten the heads of one unit's cells and say how many."""
    try:
        print(f"{unit}: {shorten(repository / 'solutions' / unit / f'{unit}.py')} heads shortened")
        return True
    except FileNotFoundError as error:
        print(f"{unit}: there is no {error.filename}; the units are {known(repository)}.", file=sys.stderr)
    except ValueError as error:
        print(f"{unit}: {error}", file=sys.stderr)
    return False


def release(repository: Path, unit: str, execute: bool, overwrite: bool) -> bool:
    """Release one unit and say what came of it."""
    try:
        print(told(make(repository, unit, execute, overwrite)), flush=True)
        return True
    except (Leak, Fault) as refusal:
        print(f"{unit}: refused. {refusal}", file=sys.stderr)
    except FileNotFoundError as error:
        print(f"{unit}: there is no {error.filename}; the units are {known(repository)}.", file=sys.stderr)
    except (GradingError, ValueError) as error:
        print(f"{unit}: {error}", file=sys.stderr)
    except CellExecutionError as error:
        print(f"{unit}: a cell of the solutions fails:\n{strip_ansi(str(error))}", file=sys.stderr)
    except OSError as error:
        print(f"{unit}: {of_machine(error)}", file=sys.stderr)
    return False


def pack(repository: Path, target: Path) -> bool:
    """Pack what students are given and say so."""
    try:
        write_bundle(repository, target)
    except (BundleError, OSError) as error:
        print(f"Not packed: {error}", file=sys.stderr)
        return False
    print(f"Packed for students: {target}")
    return True


def known(repository: Path) -> str:
    return ", ".join(authored_units(repository)) or "none"


def told(made: Made) -> str:
    """One line on a released unit."""
    points = f"{sum(made.points.values()):g}"
    names = [name.removeprefix("check_") for name in made.points]
    counts = {"foreseen": sum(name in forecasts() for name in names), "questions": sum(n in questions() for n in names)}
    more = "".join(f", {count} {kind}" for kind, count in counts.items() if count)
    return (
        f"{made.unit}: {len(names) - sum(counts.values())} exercises{more}; untouched 0 of {points} points, "
        f"solutions {points} of {points}; "
        f"solutions {'executed' if made.executed else 'unchanged'}, course {'written' if made.changed else 'unchanged'}"
    )
