"""A class to grade, made by code from a unit's own notebook: each student has solved the first so many exercises."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.processes import run
from dltools.places import REPOSITORY

Notebook = dict[str, Any]


def only_exercises(notebook: Notebook) -> Notebook:
    """The notebook with its first code cell, the exercises and their tests: demonstrations cost every grader alike."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    notebook["cells"] = [code[0], *(cell for cell in code[1:] if "nbgrader" in cell["metadata"])]
    return notebook


def read(folder: str, unit: str, whole: bool, module: str = "") -> Notebook:
    """A unit's notebook; with a module, its first code cell imports that too."""
    notebook: Notebook = json.loads((REPOSITORY / folder / unit / f"{unit}.ipynb").read_text(encoding="utf-8"))
    if module:
        first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        first["source"] = [f"import {module}\n", *first["source"]]
    return notebook if whole else only_exercises(notebook)


def submissions(unit: str, students: int, whole: bool, module: str = "") -> Iterator[tuple[str, Notebook]]:
    """Students' notebooks: the n-th has solved the first n exercises, round and round."""
    released = read("course", unit, whole, module)
    sources = {cell["id"]: cell["source"] for cell in read("solutions", unit, whole)["cells"]}
    answers = [cell["id"] for cell in released["cells"] if cell["metadata"].get("nbgrader", {}).get("solution")]
    for number in range(students):
        notebook = json.loads(json.dumps(released))
        right = set(answers[: number % (len(answers) + 1)])
        for cell in notebook["cells"]:
            cell["source"] = sources[cell["id"]] if cell["id"] in right else cell["source"]
        yield f"s{number:03}", notebook


def make_course(root: Path, unit: str, students: int, whole: bool, module: str = "", configuration: str = "") -> None:
    """A course folder of this unit alone with all that was handed in.

    Args:
        root: where to make it.
        unit: its name.
        students: how many have handed it in.
        whole: with the unit's demonstrations.
        module: what the notebooks import beside what the unit's own do.
        configuration: comes after nbgrader's own.
    """
    (root / "solutions" / unit).mkdir(parents=True)
    solved = json.dumps(read("solutions", unit, whole, module))
    (root / "solutions" / unit / f"{unit}.ipynb").write_text(solved, encoding="utf-8")
    config = (REPOSITORY / "nbgrader_config.py").read_text(encoding="utf-8")
    (root / "nbgrader_config.py").write_text(config + configuration, encoding="utf-8")
    for student, notebook in submissions(unit, students, whole, module):
        folder = root / "submitted" / student / unit
        folder.mkdir(parents=True)
        (folder / f"{unit}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    run([sys.executable, "-m", "nbgrader", "generate_assignment", unit], root)
