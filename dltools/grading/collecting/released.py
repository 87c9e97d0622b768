"""The unit as it was given out, to tell what a student wrote from what the course did."""

from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory

from dltools.grading.book.coursedir import course_directory, run_converter
from dltools.grading.model import Assignment, GradingError
from dltools.running.files import temporary_folder


def released_unit(coursedir: CourseDirectory, root: Path, unit: str) -> Assignment:
    """The released notebook's cells; made from the unit's source where course/ does not have it.

    Raises:
        GradingError: if there is no such unit.
    """
    given = Path(coursedir.format_path(coursedir.release_directory, ".", unit))
    if not any(given.glob("*.ipynb")) and (Path(coursedir.source_directory) / unit).is_dir():
        with temporary_folder() as folder:
            there = course_directory(root, release_directory=str(folder))
            there.config.SaveCells.enabled = False
            run_converter(GenerateAssignment, there, unit, no_database=True)
            return as_assignment(folder / unit, unit)
    return as_assignment(given, unit)


def as_assignment(folder: Path, unit: str) -> Assignment:
    notebooks = sorted(folder.glob("*.ipynb"))
    if len(notebooks) != 1:
        units = ", ".join(sorted(path.name for path in folder.parent.glob("*/"))) or "none"
        raise GradingError(f"There is no unit {unit} in {folder.parent}; there are {units}.")
    notebook = nbformat.reads(notebooks[0].read_text(encoding="utf-8"), as_version=4)
    cells = [
        {"cell_type": cell.cell_type, "id": cell.get("id", ""), "metadata": cell.metadata, "source": cell.source}
        for cell in notebook.cells
    ]
    return Assignment(unit, notebooks[0].stem, {}, cells, {})
