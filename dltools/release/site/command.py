"""`dltools site`: the course as pages that any web server, or none, can show."""

import argparse
import sys
import tempfile
from pathlib import Path

from nbclient.exceptions import CellExecutionError

from dltools.places import REPOSITORY
from dltools.release.site.build import build
from dltools.release.site.sources import title, write_sources


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("units", nargs="*", metavar="UNIT", help="such as 04-convolution (default: all of course/)")
    parser.add_argument("--to", type=Path, default=Path("site"), metavar="FOLDER", help="default: %(default)s")
    parser.add_argument("--repository", type=Path, default=REPOSITORY, help="whose course/ is shown")


def run(args: argparse.Namespace) -> int:
    """Build the site; returns 0, or 1 with a sentence where there is nothing to build or Sphinx warns."""
    units = args.units or sorted(path.stem for path in (args.repository / "course").glob("*/*.ipynb"))
    missing = [unit for unit in units if not (args.repository / "course" / unit / f"{unit}.ipynb").is_file()]
    if missing or not units:
        named = " and ".join(f"no unit {unit}" for unit in missing) or "no unit"
        print(f"course/ has {named}: run `dltools release` first.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="dltools-site-") as folder:
        try:
            write_sources(args.repository, units, Path(folder) / "source")
        except (ValueError, CellExecutionError) as error:
            print(f"The site is not made: {str(error).strip().splitlines()[-1]}.", file=sys.stderr)
            return 1
        warnings = build(Path(folder) / "source", args.to, title(args.repository))
    for line in warnings:
        print(f"dltools site: {line}", file=sys.stderr)
    print(f"{len(units)} {'unit' if len(units) == 1 else 'units'} in {args.to.resolve()}: open index.html there.")
    return 1 if warnings else 0
