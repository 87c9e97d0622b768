"""Chaos: a random process of a grading's tree is killed at a random moment; the same command ends as if undisturbed.

A sample in CI; 40 times with `--long`.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from test_batch import contents, hand_in, sqlite

from course import EXERCISES, Answers
from dltools.grading import seeds
from dltools.grading.jail.levels import why_unavailable

SIZE = 20
JAIL = next(level for level in ("full", "limited", "none") if why_unavailable(level) is None)
WAITS = "import time\ntime.sleep(0.2)"
"""So that there is somebody at work whenever something is killed."""


@pytest.fixture(scope="module")
def a_class(template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with a class of 20, none of it graded, with the secret of its hidden cases."""
    root = Path(shutil.copytree(template[0], tmp_path_factory.mktemp("class") / "course"))
    answers = Answers(root)
    for number in range(SIZE):
        notebook = answers.notebook(EXERCISES[: number % 4])
        cell = {"cell_type": "code", "id": "waits", "metadata": {}, "outputs": [], "execution_count": None}
        notebook["cells"].insert(2, {**cell, "source": WAITS})
        hand_in(root, f"student-{number:02}", json.dumps(notebook).encode())
    seeds.secret(root)
    return root


def start(root: Path) -> subprocess.Popen[bytes]:
    """`dltools grade`, with a folder of its own for temporary files."""
    folder = root.parent / f"{root.name}-tmp"
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "dltools.cli", "grade", str(root / "submitted"), "--jail", JAIL, "--workers", "2"]
    with (root / "log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "TMPDIR": str(folder)})


@pytest.fixture(scope="module")
def undisturbed(a_class: Path, tmp_path_factory: pytest.TempPathFactory) -> list:
    root = Path(shutil.copytree(a_class, tmp_path_factory.mktemp("undisturbed") / "course"))
    assert start(root).wait(800) == 0, (root / "log").read_text()
    return contents(sqlite(root))


def kill_somebody(process: subprocess.Popen[bytes], root: Path, rng: random.Random) -> set[psutil.Process]:
    """Kill one process of the tree after so many graded notebooks and pages of feedback; all that were seen in it."""
    first, enough = psutil.Process(process.pid), rng.randrange(2 * SIZE)
    seen = {first}
    while process.poll() is None and len([*root.glob("autograded/*/*/*.ipynb"), *root.glob("feedback/*/*/*")]) < enough:
        seen.update(first.children(recursive=True))
        time.sleep(0.05)
    time.sleep(rng.random() / 2)
    with suppress(psutil.NoSuchProcess):
        tree = [first, *first.children(recursive=True)]
        seen.update(tree)
        rng.choice(tree).kill()
    return seen


SAMPLE = (0,)
"""Run without --long too: number 0 kills while feedback is made."""


@pytest.mark.parametrize(
    "number", [pytest.param(number, marks=[] if number in SAMPLE else pytest.mark.long) for number in range(40)]
)
def test_whatever_is_killed_the_same_command_ends_alike(
    number: int, a_class: Path, undisturbed: list, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(a_class, tmp_path / "course"))
    process = start(root)
    seen = kill_somebody(process, root, random.Random(number))
    process.wait(800)
    alive = psutil.wait_procs(seen, timeout=60)[1]
    assert not alive, "nothing outlives the command"
    assert start(root).wait(800) == 0, (root / "log").read_text()
    assert contents(sqlite(root)) == undisturbed
    assert list((tmp_path / "course-tmp").iterdir()) == []
