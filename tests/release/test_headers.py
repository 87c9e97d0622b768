"""The heads of authored cells: short in the file, nbgrader's in the notebook, and a save from JupyterLab comes back."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from jupytext.sync_contentsmanager import build_sync_jupytext_contents_manager_class

from dltools import cli
from dltools.release import authored
from dltools.release.headers import shorten
from dltools.release.release import authored_units
from dltools.running.cells import nbgrader

REPOSITORY = Path(__file__).resolve().parents[2]
UNIT = "04-small"
HEAD = """# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

"""
CELLS = """# %% [markdown]
# # Small

# %% answer conv2d_output_size
def conv2d_output_size(size, kernel_size, stride=1, padding=0):
    ### BEGIN SOLUTION
    return (size - kernel_size + 2 * padding) // stride + 1
    ### END SOLUTION

# %% check conv2d_output_size
check(conv2d_output_size)

# %% answer area points=0
def area(radius):
    ### BEGIN SOLUTION
    return 3.14159 * radius**2
    ### END SOLUTION

# %% check area points=1.5
assert area(0) == 0

# %% answer why [markdown] points=5
# A model answer.
"""
ANSWER = {"grade": False, "locked": False, "schema_version": 3, "solution": True, "task": False}
CHECK = {"grade": True, "locked": True, "schema_version": 3, "solution": False, "task": False}
MEANT = [
    {},
    ANSWER | {"grade_id": "conv2d_output_size"},
    CHECK | {"grade_id": "check_conv2d_output_size", "points": 2},
    ANSWER | {"grade_id": "area"},
    CHECK | {"grade_id": "check_area", "points": 1.5},
    ANSWER | {"grade_id": "why", "grade": True, "points": 5},
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An authored file in a course's repository."""
    path = tmp_path / "solutions" / UNIT / f"{UNIT}.py"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + CELLS, encoding="utf-8")
    return path


def test_short_heads_are_nbgraders_metadata(path: Path) -> None:
    cells = authored.from_py(path).cells
    assert [dict(nbgrader(cell)) for cell in cells] == MEANT
    assert not any({"title", "points"} & set(cell.metadata) for cell in cells)
    assert cells[5].cell_type == "markdown" and cells[5].source == "A model answer."


@pytest.mark.parametrize("unit", authored_units(REPOSITORY))
def test_the_course_has_short_heads_only(unit: str) -> None:
    text = (REPOSITORY / "solutions" / unit / f"{unit}.py").read_text(encoding="utf-8")
    assert not re.search(r"^# %%.*nbgrader", text, re.MULTILINE), f"run dltools release --tidy {unit}"


FAULTS = {
    "no exercise": ("answer conv2d_output_size", "answer conv2d_size", "conv2d_size is no exercise"),
    "a check of no exercise": ("check area points=1.5", "check area", "area is no exercise"),
    "a check without an answer": ("answer conv2d_output_size", "answer other points=0", "has no answer"),
    "an answer twice": ("answer area points=0", "answer conv2d_output_size", "conv2d_output_size is given to 2"),
    "a check twice": ("check area points=1.5", "check conv2d_output_size", "check_conv2d_output_size is given to 2"),
    "points said twice": ("check conv2d_output_size", "check conv2d_output_size points=2", "leave them out"),
    "a blank": ("answer area points=0", "answer the area points=0", "a head is `answer NAME`"),
    "no points": ("check area points=1.5", "check area points=0", "those of a check more"),
    "negative": ("answer area points=0", "answer area points=-1", "of at least 0"),
    "no number": ("answer area points=0", 'answer area points="two"', "of at least 0"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_head_is_refused_in_one_sentence(fault: str, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after, sentence = FAULTS[fault]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"# %% {before}\n", f"# %% {after}\n"), encoding="utf-8")
    assert cli.main(["release", "--repository", str(path.parents[2])]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"{UNIT}: {UNIT}.py: ") and sentence in told
    assert len(told.splitlines()) == 1


Manager = build_sync_jupytext_contents_manager_class(LargeFileManager)


def opened(path: Path) -> tuple[LargeFileManager, dict]:
    """What JupyterLab with jupytext shows of the file, and the manager that saves it."""
    manager = Manager(root_dir=str(path.parent))
    return manager, manager.get(path.name)


def test_a_save_from_jupyterlab_changes_nothing(path: Path) -> None:
    before, made = path.read_text(encoding="utf-8"), authored.from_py(path)
    authored.write(made, path.with_suffix(".ipynb"))
    manager, model = opened(path)
    manager.save(model, path.name)
    assert nbformat.writes(authored.from_py(path)) == nbformat.writes(made)
    assert re.findall("# %%.*", path.read_text(encoding="utf-8")) == re.findall("# %%.*", before)


def test_metadata_that_jupyterlab_writes_are_understood_and_shortened(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """nbgrader's panel and the property inspector write into the cells' metadata; no title is there then."""
    made = authored.from_py(path)
    manager, model = opened(path)
    for cell, meant in zip(model["content"]["cells"], MEANT):
        if meant:
            del cell["metadata"]["title"]
            cell["metadata"].pop("points", None)
            cell["metadata"].update({"nbgrader": meant, "editable": True, "slideshow": {"slide_type": ""}})
    manager.save(model, path.name)
    assert "nbgrader={" in path.read_text(encoding="utf-8")
    assert [nbgrader(cell) for cell in authored.from_py(path).cells] == MEANT
    assert cli.main(["release", "--tidy", "--repository", str(path.parents[2])]) == 0
    assert "04-small: 5 heads shortened" in capsys.readouterr().out
    assert nbformat.writes(authored.from_py(path)) == nbformat.writes(made)
    assert re.findall("# %% .*", path.read_text(encoding="utf-8")) == re.findall("# %% .*", CELLS)
    assert "jupytext_version" not in path.read_text(encoding="utf-8")
    assert shorten(path) == 0


@pytest.mark.parametrize("points", (3, 2))
def test_two_heads_in_one_must_agree(points: int, path: Path) -> None:
    text, meant = path.read_text(encoding="utf-8"), json.dumps(MEANT[2] | {"points": points})
    both = f"# %% check conv2d_output_size nbgrader={meant}\n"
    path.write_text(text.replace("# %% check conv2d_output_size\n", both), encoding="utf-8")
    if points == 2:
        authored.from_py(path)
    else:
        with pytest.raises(ValueError, match="has other metadata of nbgrader: keep one of the two"):
            authored.from_py(path)


def test_points_of_an_exercise_that_are_typed_must_be_right(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    long = '# %% nbgrader={"grade": true, "grade_id": "check_conv2d_output_size", "points": 99, "solution": false}\n'
    path.write_text(text.replace("# %% check conv2d_output_size\n", long), encoding="utf-8")
    with pytest.raises(ValueError, match="check_conv2d_output_size has other points than its criteria"):
        authored.from_py(path)


def test_tags_stay_when_a_head_is_shortened(path: Path) -> None:
    path.write_text('# %% tags=["raises-exception"] editable=true\n1 / 0\n', encoding="utf-8", newline="\r\n")
    assert shorten(path) == 1
    assert path.read_text(encoding="utf-8") == '# %% tags=["raises-exception"]\n1 / 0\n'
