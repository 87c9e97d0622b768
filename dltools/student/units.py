"""`dltools units`: the table of units, exercises and questions, points and known mistakes."""

import argparse

from dltools.checks import UNITS, exercises, forecasts, graded, questions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command has no options."""


def rows() -> list[tuple[str, str, str, str]]:
    """One row an exercise (unit, exercise, points, mistakes), with the sums in the last."""
    found = [one for unit in UNITS for one in graded().values() if one.unit == unit]
    table = [(e.unit, e.name, f"{e.points:g}", str(len(e.mistakes))) for e in found]
    points, mistakes = sum(e.points for e in found), sum(len(e.mistakes) for e in found)
    counted = f"{len(exercises())} exercises, {len(forecasts())} foreseen, {len(questions())} questions"
    return [*table, (f"{len(UNITS)} units", counted, f"{points:g}", str(mistakes))]


def run(args: argparse.Namespace) -> int:
    """Print the table."""
    table = [("unit", "exercise", "points", "mistakes"), *rows()]
    widths = [max(len(row[column]) for row in table) for column in range(4)]
    for unit, name, points, mistakes in table:
        print(f"{unit:<{widths[0]}}  {name:<{widths[1]}}  {points:>{widths[2]}}  {mistakes:>{widths[3]}}")
    return 0
