"""`dltools arrange`: units renamed, put in another order or dropped, wherever the course has their names."""

import argparse
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from dltools.places import course_home
from dltools.release.returning import drop_questions

NAME = re.compile(r"\d\d-[a-z0-9]+(-[a-z0-9]+)*")
TABLE = Path("dltools", "checks", "__init__.py")
LINE = re.compile(r'^    "(?P<unit>[^"]+)": "(?P<module>\w+)",\n', re.MULTILINE)
"""A line of UNITS."""
TEXTS = ("*.md", "*.toml", "*.yml", "*.json", "dltools/**/*.py", "tests/**/*.py", "benchmarks/*.py", ".*/*.*", "docs/*")
"""Where a unit's name may be typed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--rename", nargs=2, action="append", default=[], metavar=("OLD", "NEW"), help="also twice")
    parser.add_argument("--drop", action="append", default=[], metavar="UNIT", help="take the unit out of the course")
    parser.add_argument("--repository", type=Path, help="default: where dltools lies, else this folder")


def run(args: argparse.Namespace) -> int:
    """Arrange the units all at once, or refuse and change nothing."""
    repository = args.repository or course_home("solutions")
    try:
        if repository is None:
            raise ValueError(f"There is no solutions/ in {Path.cwd()}: start this in the repository.")
        names: dict[str, str | None] = dict.fromkeys(args.drop) | dict(args.rename)
        units, gone = arrange(repository, names, given=len(args.drop) + len(args.rename))
    except (ValueError, OSError) as error:
        print(f"dltools arrange: {error}", file=sys.stderr)
        return 1
    print(f"The units are now {', '.join(units)}.")
    for unit, questions in gone.items():
        print(f"Gone from {unit}, with the unit that they return to: {', '.join(questions)}. Its text counts them.")
    for file, line in mentions(repository, names):
        print(f"Still named in {file}, line {line}.")
    print("Next: `release` (its sentences name each text that must follow), then `test`.")
    return 0


def arrange(repository: Path, names: dict[str, str | None], given: int = 0) -> tuple[list[str], dict[str, list[str]]]:
    """Give units other names, or none, wherever they have files, and in the table of units.

    Args:
        repository: of the course.
        names: the new name of each unit that gets one; None drops the unit.
        given: how many names were asked for; fewer in `names` means that a unit was named twice.

    Returns:
        All units, and the questions that went with a dropped one, by unit.

    Raises:
        ValueError: if a unit is not there, a name cannot be one, or two units would have the same.
    """
    text = (repository / TABLE).read_text(encoding="utf-8")
    there = dict(LINE.findall(text))
    others = [path.name for path in (repository / "solutions").iterdir() if path.is_dir() and path.name not in there]
    after = [names.get(unit, unit) for unit in (*there, *others)]
    refuse(names, [*there, *others], [unit for unit in after if unit], given)
    for folder in ("solutions", "course"):
        move(repository / folder, names, "")
    for folder in ("dltools/checks/hints", "dltools/checks/questions"):
        move(repository / folder, names, ".toml")
    modules = {new: module for unit, module in there.items() if (new := names.get(unit, unit))}
    write_table(repository / TABLE, text, dict(sorted(modules.items())))
    gone = drop_questions(repository, [there[unit] for unit in there if names.get(unit, unit) is None])
    return sorted(unit for unit in after if unit), gone


def refuse(names: dict[str, str | None], there: list[str], after: list[str], given: int) -> None:
    """Refuse what cannot be meant.

    Raises:
        ValueError: with the first thing found.
    """
    if not names or len(names) < given:
        raise ValueError("give each unit once, by --rename OLD NEW or --drop UNIT.")
    if unknown := [unit for unit in names if unit not in there]:
        raise ValueError(f"there is no unit {unknown[0]}; there are {', '.join(there)}.")
    if wrong := [new for new in names.values() if new and not NAME.fullmatch(new)]:
        raise ValueError(
            f"{wrong[0]} cannot be a unit's name: two digits, then words of small letters, as 04-convolution."
        )
    numbers = [unit[:2] for unit in after]
    if twice := [unit for unit in after if numbers.count(unit[:2]) > 1]:
        raise ValueError(f"{' and '.join(twice)} would have the same number.")


def move(folder: Path, names: dict[str, str | None], ending: str) -> None:
    """Rename or remove what a folder has of each unit, by way of names that nothing else has."""
    for unit in names:
        if (path := folder / f"{unit}{ending}").exists():
            path.rename(folder / f".{unit}.moved")
    for unit, new in names.items():
        aside = folder / f".{unit}.moved"
        if aside.is_dir():
            shutil.rmtree(aside) if new is None else rename_files(aside, unit, new)
        elif aside.exists() and new is None:
            aside.unlink()
        if aside.exists():
            aside.rename(folder / f"{new}{ending}")


def rename_files(folder: Path, unit: str, new: str) -> None:
    """Give the files that are named like their unit its new name."""
    for path in folder.glob(f"{unit}.*"):
        path.rename(path.with_name(new + path.suffix))


def write_table(path: Path, text: str, modules: dict[str, str]) -> None:
    """Write UNITS anew, where it stands."""
    first, *_, last = LINE.finditer(text)
    lines = "".join(f'    "{unit}": "{module}",\n' for unit, module in modules.items())
    path.write_text(text[: first.start()] + lines + text[last.end() :], encoding="utf-8")


def mentions(repository: Path, names: Iterable[str]) -> list[tuple[str, int]]:
    """The first line of each text that names one of the units as it was called."""
    old = re.compile("|".join(map(re.escape, names)))
    found = []
    for path in sorted({path for pattern in TEXTS for path in repository.glob(pattern) if path.is_file()}):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        number = next((number for number, line in enumerate(lines, 1) if old.search(line)), 0)
        if number:
            found.append((path.relative_to(repository).as_posix(), number))
    return found
