"""Making one unit: authored .py, executed pair, released notebook, proof; in place only when all is right."""

import json
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode, from_dict
from nbgrader.converters import GenerateAssignment

from dltools.grading import scoring
from dltools.grading.book.coursedir import course_directory, run_converter
from dltools.grading.model import Limits
from dltools.grading.plain import execute
from dltools.release import authored, pictures
from dltools.release.faults import Fault, refuse_faults, refuse_lost_functions
from dltools.release.outputs import named, refuse_errors, refuse_random, refuse_stderr, stable_outputs
from dltools.release.proof import Leak, prove
from dltools.running.cells import is_answer, is_graded, is_test

LIMITS = Limits(cell_seconds=300, notebook_seconds=900)


@dataclass
class Made:
    """What `make` did: the unit, the exercises that are graded by themselves with their points, and what is new."""

    unit: str
    points: dict[str, float]
    executed: bool
    changed: bool


def make(repository: Path, unit: str, force_execution: bool = False, overwrite: bool = False) -> Made:
    """Release one unit from solutions/UNIT to course/UNIT; nothing is written before everything is proved.

    Args:
        repository: holds solutions/, course/ and nbgrader_config.py.
        unit: the folder's name.
        force_execution: store the new outputs even if only pictures differ.
        overwrite: an executed notebook that somebody edited.

    Raises:
        Fault: if the unit cannot be meant, warns, or says something else in every run.
        Leak: if what was made gives something away, scores without a solution, or does not score with it.
        GradingError: if nbgrader cannot convert it.
    """
    source = repository / "solutions" / unit / f"{unit}.py"
    pair = source.with_suffix(".ipynb")
    notebook = authored.from_py(source)
    refuse_faults(notebook, unit, source.parent)
    before = executed_before(pair)
    if before and not overwrite:
        refuse_edited(before, notebook, pair)
    executed = execute_twice(notebook, source.parent, before)
    stale = force_execution or before is None or not says_the_same(executed, before)
    course = repository / "course"
    course.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".release-", dir=course) as folder:
        made = generate(repository, unit, Path(folder), "made", executed)
        if contents(made) != contents(generate(repository, unit, Path(folder), "again", executed)):
            raise Leak(f"{unit}: made twice, the notebook is not the same.")
        prove(made, notebook)
        released = authored.read(made / f"{unit}.ipynb")
        refuse_lost_functions(notebook, released)
        refuse_lost_pictures(executed, released)
        points = prove_scores(executed, released)
        changed = put(made, course / unit, force_execution)
    if stale:
        pictures.drop(executed)
        authored.write(executed, pair)
    return Made(unit, points, stale, changed)


def executed_before(pair: Path) -> NotebookNode | None:
    """The executed notebook of an earlier release, if there is one.

    Raises:
        Fault: if it cannot be read.
    """
    try:
        return authored.read(pair) if pair.is_file() else None
    except ValueError:
        raise Fault(f"{pair.name} cannot be read as a notebook: delete it, and it is made anew.") from None


def refuse_edited(pair: NotebookNode, notebook: NotebookNode, path: Path) -> None:
    """Refuse to lose what somebody wrote into the executed notebook.

    Raises:
        Fault: with how to keep it, and how not.
    """
    if authored.is_edited(pair) and authored.text_of(pair) != authored.text_of(notebook):
        keep = shlex.join([str(Path(sys.executable).with_name("jupytext")), "--to", "py:percent", str(path)])
        raise Fault(
            f"{path.name} was edited by hand, and is made from {path.stem}.py. To keep what was written, run"
            f" `{keep}` and `python3 run.py release --tidy {path.stem}`; to drop it, release with --overwrite."
        )


def refuse_lost_pictures(executed: NotebookNode, released: NotebookNode) -> None:
    """Refuse a release without the picture of a figure.

    Raises:
        Fault: with the first cell, and what takes its picture out.
    """
    for cell, given in zip(executed.cells, released.cells):
        if len(pictures.shown(cell)) != len(given.get("outputs", [])):
            raise Fault(
                f"The cell {named(cell)} shows a figure, and the release has no picture of it: write"
                " dltools.release.metadata.QuestionPictures in place of nbgrader.preprocessors.ClearOutput in"
                " nbgrader_config.py."
            )


def execute_twice(notebook: NotebookNode, folder: Path, before: NotebookNode | None) -> NotebookNode:
    """The executed unit; run again where no earlier run has said the same.

    Raises:
        Fault: if it warns, or if two runs say different things.
    """
    executed = authored.execute(notebook, folder)
    refuse_errors(executed)
    refuse_stderr(executed)
    if before is None or [stable_outputs(cell) for cell in before.cells] != [
        stable_outputs(cell) for cell in executed.cells
    ]:
        refuse_random(executed, authored.execute(notebook, folder))
    return executed


def says_the_same(executed: NotebookNode, before: NotebookNode) -> bool:
    """Whether two notebooks have the same inputs and the same outputs, pictures left aside."""
    outputs = [[stable_outputs(cell) for cell in notebook.cells] for notebook in (executed, before)]
    same = authored.inputs(executed) == authored.inputs(before) and executed.metadata == before.metadata
    return same and outputs[0] == outputs[1]


def generate(repository: Path, unit: str, workplace: Path, name: str, executed: NotebookNode) -> Path:
    """nbgrader's generate_assignment without a gradebook; returns the unit's folder, workplace/name/unit.

    Args:
        repository: whose configuration and files are taken.
        unit: the folder's name.
        workplace: where what is made may lie.
        name: of a folder there.
        executed: the unit's notebook.
    """
    source = workplace / f"{name}-source"
    shutil.copytree(repository / "solutions" / unit, source / unit, symlinks=True)
    authored.write(executed, source / unit / f"{unit}.ipynb")
    folders = {"source_directory": source, "release_directory": workplace / name}
    coursedir = course_directory(repository, **{kind: str(folder.resolve()) for kind, folder in folders.items()})
    coursedir.config.SaveCells.enabled = False
    run_converter(GenerateAssignment, coursedir, unit, no_database=True)
    notebook = workplace / name / unit / f"{unit}.ipynb"
    authored.write(authored.read(notebook), notebook)  # the same bytes on every platform
    return notebook.parent


def contents(folder: Path) -> dict[str, bytes]:
    """Every file's bytes by its path in the folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def contents_but_pictures(folder: Path) -> dict[str, bytes]:
    """The same with every notebook's pictures left out, but not their texts."""
    read = contents(folder)
    for name, data in read.items():
        if name.endswith(".ipynb"):
            notebook = json.loads(data)
            for cell in notebook["cells"]:
                cell["outputs"] = stable_outputs(cell)
            read[name] = json.dumps(notebook).encode()
    return read


def prove_scores(solved: NotebookNode, released: NotebookNode) -> dict[str, float]:
    """The untouched release must score nothing, the executed solutions everything; returns the points by exercise.

    An answer that a person grades has no score with the solutions; it is left out.

    Raises:
        Leak: with the exercise and its score.
    """
    points = {cell.id: float(cell.metadata.nbgrader.points) for cell in solved.cells if is_graded(cell)}
    by_hand = {cell.id for cell in solved.cells if is_graded(cell) and is_answer(cell)}
    for name, score in scores_of(execute(untouched(solved, released), LIMITS, seed=0)).items():
        if score != 0:
            raise Leak(f"{name}: the untouched release scores {score} of {points[name]:g} points; it must score 0.")
    for name, score in scores_of(solved).items():
        if score != points[name] and name not in by_hand:
            raise Leak(f"{name}: the solution scores {score} of {points[name]:g} points; it must score them all.")
    return {name: value for name, value in points.items() if name not in by_hand}


def untouched(solved: NotebookNode, released: NotebookNode) -> NotebookNode:
    """The released notebook as it is graded: its tests with the hidden ones in them."""
    graded: NotebookNode = from_dict(released)
    for cell, own in zip(graded.cells, solved.cells):
        if is_test(own):
            cell.source = own.source
    return graded


def scores_of(executed: NotebookNode) -> dict[str, float | None]:
    """The scores that the outputs of a notebook give."""
    settled = from_dict(executed)
    scoring.settle(settled)
    return scoring.scores(settled)


def put(made: Path, target: Path, pictures_too: bool = False) -> bool:
    """Put the finished folder in the target's place in two renames; tell whether anything is new.

    Args:
        made: the finished folder.
        target: where it goes.
        pictures_too: also when only pictures differ, which are drawn a little differently on other machines.
    """
    read = contents if pictures_too else contents_but_pictures
    if target.is_dir() and read(made) == read(target):
        return False
    old = made.with_name(f"old-{target.name}")
    if target.exists():
        target.rename(old)
    made.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return True
