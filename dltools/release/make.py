"""Making one unit: authored .py, executed pair, released notebook, proof; in place only when all is right."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode, from_dict
from nbgrader.converters import GenerateAssignment

from dltools.grading import scoring
from dltools.grading.book.coursedir import course_directory, run_converter
from dltools.grading.model import Limits
from dltools.grading.plain import execute
from dltools.release import authored
from dltools.release.proof import Leak, prove
from dltools.running.cells import is_answer, is_graded

LIMITS = Limits(cell_seconds=300, notebook_seconds=900)


@dataclass
class Made:
    """What `make` did: the unit, the exercises that are graded by themselves with their points, and what is new."""

    unit: str
    points: dict[str, float]
    executed: bool
    changed: bool


def make(repository: Path, unit: str, force_execution: bool = False) -> Made:
    """Release one unit from solutions/UNIT to course/UNIT.

    Args:
        repository: holds solutions/, course/ and nbgrader_config.py.
        unit: the folder's name.
        force_execution: store the new outputs even if only pictures differ.

    Raises:
        Leak: if what was made gives something away, scores without a solution, or does not score with it.
        GradingError: if nbgrader cannot convert it.
    """
    source = repository / "solutions" / unit / f"{unit}.py"
    notebook = authored.from_py(source)
    executed = authored.execute(notebook, source.parent)
    stale = force_execution or not authored.says_the_same(executed, source.with_suffix(".ipynb"))
    if stale:
        authored.write(executed, source.with_suffix(".ipynb"))
    course = repository / "course"
    course.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".release-", dir=course) as folder:
        made = generate(repository, unit, Path(folder), "made")
        if contents(made) != contents(generate(repository, unit, Path(folder), "again")):
            raise Leak(f"{unit}: made twice, the notebook is not the same.")
        prove(made, notebook)
        points = prove_scores(executed, authored.read(made / f"{unit}.ipynb"))
        changed = put(made, course / unit)
    return Made(unit, points, stale, changed)


def generate(repository: Path, unit: str, workplace: Path, name: str) -> Path:
    """nbgrader's generate_assignment without a gradebook; returns the unit's folder, workplace/name/unit."""
    coursedir = course_directory(repository, release_directory=str((workplace / name).resolve()))
    coursedir.config.SaveCells.enabled = False
    run_converter(GenerateAssignment, coursedir, unit, no_database=True)
    notebook = workplace / name / unit / f"{unit}.ipynb"
    authored.write(authored.read(notebook), notebook)  # the same bytes on every platform
    return notebook.parent


def contents(folder: Path) -> dict[str, bytes]:
    """Every file's bytes by its path in the folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def prove_scores(solved: NotebookNode, released: NotebookNode) -> dict[str, float]:
    """The untouched release must score nothing, the executed solutions everything; returns the points by exercise.

    An answer that a person grades has no score with the solutions; it is left out.

    Raises:
        Leak: with the exercise and its score.
    """
    points = {cell.id: float(cell.metadata.nbgrader.points) for cell in solved.cells if is_graded(cell)}
    by_hand = {cell.id for cell in solved.cells if is_graded(cell) and is_answer(cell)}
    for name, score in scored(from_dict(execute(released, LIMITS, seed=0))).items():
        if score != 0:
            raise Leak(f"{name}: the untouched release scores {score} of {points[name]:g} points; it must score 0.")
    for name, score in scored(solved).items():
        if score != points[name] and name not in by_hand:
            raise Leak(f"{name}: the solution scores {score} of {points[name]:g} points; it must score them all.")
    return {name: value for name, value in points.items() if name not in by_hand}


def scored(executed: NotebookNode) -> dict[str, float | None]:
    """The scores that the outputs of a notebook give."""
    settled = from_dict(executed)
    scoring.settle(settled)
    return scoring.scores(settled)


def put(made: Path, target: Path) -> bool:
    """Put the finished folder in the target's place in two renames; tell whether anything is new."""
    if target.is_dir() and contents(made) == contents(target):
        return False
    old = made.with_name(f"old-{target.name}")
    if target.exists():
        target.rename(old)
    made.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return True
