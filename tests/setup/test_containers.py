"""What .devcontainer and .binder do by commands, done here; the containers themselves cannot be built everywhere."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dltools.release.bundle import collect
from dltools.student.lab import variables
from tests.setup.edition import ROOT, make_repository

STAFF = ("deploy", ".binder", ".devcontainer", "nbgrader_config.py", "requirements-staff.lock")
QUIET_PIP = '#!/bin/sh\n[ "$2" = pip ] && exit 0\nexec \'{python}\' "$@"\n'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a small course, with what staff have in it."""
    (tmp_path / "clone").mkdir()
    repository = make_repository(tmp_path / "clone")
    for name in STAFF:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, repository / name)
    return repository


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_edition_is_what_students_download(clone: Path) -> None:
    """But for README.md, of which the download has the students' section."""
    edition = clone.parent / "edition of students"
    subprocess.run(["sh", clone / "deploy" / "students-edition.sh", edition], check=True, cwd="/")
    assert names(edition) == collect(clone).keys() - {"README.md"}


def test_binder_opens_the_students_edition_with_their_settings(clone: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "python").write_text(QUIET_PIP.format(python=sys.executable), encoding="utf-8")  # pip installs nothing
    (tools / "python").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(clone)}
    subprocess.run([clone / ".binder" / "postBuild"], cwd=clone, env=environment, check=True)
    left = {path.name for path in clone.iterdir()}
    assert {"work", "course", ".binder"} <= left and not left & {"solutions", "tests", "requirements-staff.lock"}
    assert not (clone / "dltools" / "grading").exists()

    shows = [sys.executable, "-c", "import json, os; print(json.dumps([os.getcwd(), dict(os.environ)]))"]
    started = subprocess.run([clone / ".binder" / "start", *shows], cwd=clone, env=environment, capture_output=True)
    folder, seen = json.loads(started.stdout)
    assert Path(folder) == clone / "work" and (clone / "work" / "04-convolution").is_dir()
    settings = str(clone / "dltools" / "student" / "lab_settings")
    wanted = variables(clone / "work") | {"JUPYTER_CONFIG_PATH": settings, "JUPYTER_PATH": settings}
    assert {name: seen.get(name) for name in wanted} == wanted


def test_binder_installs_the_students_lock() -> None:
    [line] = re.findall(
        r"^[^#\n].*$", (ROOT / ".binder" / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert line == "-r ../requirements.lock"


def test_the_devcontainer_starts_the_edition(clone: Path) -> None:
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    config = json.loads(re.sub(r"^//.*\n", "", text, flags=re.MULTILINE))
    home = clone.parent / "home"
    first = config["postCreateCommand"].partition(" && ")[0]
    subprocess.run(["sh", "-c", first], cwd=clone, env={**os.environ, "HOME": str(home)}, check=True)
    assert (home / "deep-learning-course" / "run.py").is_file()
    assert 'run.py" lab --no-browser' in config["postAttachCommand"]


def test_values_on_paper_are_readable_and_say_that_they_are() -> None:
    text = (ROOT / "deploy" / "kubernetes" / "values.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    compile(values["hub"]["extraConfig"]["course"], "values.yaml", "exec")
    compile(values["singleuser"]["lifecycleHooks"]["postStart"]["exec"]["command"][2], "values.yaml", "exec")
    assert "ON PAPER" in text
