"""What a unit costs who works in it: `python -m benchmarks.units [--only 04]`, in seconds of the processor.

For each unit: its first cell, which imports; the slowest of its checks, of a function that is wrong in a known way,
after that cell and before any other check; and "Restart & Run All" of the solved notebook, Jupyter's start included.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.processes import ENVIRONMENT, run
from benchmarks.tables import markdown
from dltools.checks import UNITS
from dltools.places import REPOSITORY

TARGETS = {"imports": 1.5, "a failing check": 0.5, "Restart & Run All": 60}
COLUMNS = {"unit": 0, "imports": 2, "a failing check": 2, "Restart & Run All": 0, "missed": 0}
CHECK = """
import sys, time
from dltools.checks import exercises
from dltools.checks.engine import judge

def seconds(exercise, mistake):
    began = time.process_time()
    str(judge(exercise, mistake.function, mistake.forward or exercise.forward))
    return time.process_time() - began

wrong = [exercise for exercise in exercises().values() if exercise.unit == sys.argv[1] and exercise.mistakes]
exec(open(sys.argv[2], encoding="utf-8").read())
print(max((seconds(exercise, exercise.mistakes[0]) for exercise in wrong), default=0.0))
"""


def measure(units: list[str]) -> list[dict[str, Any]]:
    """One row a unit; `missed` names what is above its target."""
    with tempfile.TemporaryDirectory() as folder:
        return [row(unit, Path(folder)) for unit in units]


def row(unit: str, folder: Path) -> dict[str, Any]:
    solved = REPOSITORY / "solutions" / unit / f"{unit}.ipynb"
    first = next(c for c in json.loads(solved.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code")
    imports = folder / "imports.py"
    imports.write_text("".join(first["source"]), encoding="utf-8")
    execute = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--output-dir", str(folder)]
    run([sys.executable, str(imports)], solved.parent)  # so that byte code is on disk
    found = {
        "imports": run([sys.executable, str(imports)], solved.parent).processor,
        "a failing check": told(CHECK, unit, str(imports)),
        "Restart & Run All": run([*execute, str(solved)], solved.parent).processor,
    }
    missed = ", ".join(name for name, seconds in found.items() if seconds > TARGETS[name])
    return {"unit": unit, **found, "missed": missed}


def told(program: str, *arguments: str) -> float:
    """The number in the last line that a program prints."""
    command = [sys.executable, "-c", program, *arguments]
    printed = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout
    return float(printed.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="the units whose names contain this text")
    print(markdown(COLUMNS, measure([unit for unit in UNITS if parser.parse_args().only in unit])))


if __name__ == "__main__":
    main()
