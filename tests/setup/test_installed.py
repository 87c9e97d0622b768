"""Installed by pip, or shared and read-only: each command does the right thing, or says in one sentence why not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dltools import cli, places
from dltools.student import doctor, lab
from tests.setup.edition import ROOT, make_repository

WITHOUT = """
import sys
sys.meta_path[:] = [f for f in sys.meta_path if "Editable" not in str(f)]
class Missing:
    def find_spec(self, name, *rest):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
import dltools.cli
sys.exit(dltools.cli.main())
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like pip's site-packages, with the package alone in it."""
    folder = tmp_path_factory.mktemp("site-packages")
    shutil.copytree(ROOT / "dltools", folder / "dltools", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def dltools(site: Path, folder: Path, *arguments: str, missing: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
    """A command of the package in `site`, typed in `folder`, where some packages are not installed."""
    command = [sys.executable, "-c", WITHOUT.format(missing=missing), *arguments]
    variables = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("arguments", "missing", "sentence"),
    [
        (("lab",), (), "there is no course/ in {}"),
        (("release",), (), "There is no solutions/ in {}"),
        (("lab",), ("jupyterlab",), "there is no course/ in {}"),
        (("grade", "submitted"), ("nbgrader",), "nbgrader is not installed here"),
        (("release",), ("nbgrader",), "nbgrader is not installed here"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    site: Path, tmp_path: Path, arguments: tuple[str, ...], missing: tuple[str, ...], sentence: str
) -> None:
    done = dltools(site, tmp_path, *arguments, missing=missing)
    assert done.returncode == 1
    assert sentence.format(tmp_path) in done.stderr and done.stderr.count("\n") == 1


def test_the_doctor_looks_at_this_folder(site: Path, tmp_path: Path) -> None:
    said = dltools(site, tmp_path, "doctor").stdout
    assert "the course was installed by pip" in said and f"{tmp_path}, " in said


def test_the_doctor_asks_for_what_students_need_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.staff_is_here()
    monkeypatch.setattr(doctor, "find_spec", lambda name: None if name == "nbgrader" else object())
    assert not doctor.staff_is_here()


def test_where_the_command_is_typed_is_the_course_of_an_installed_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(places, "REPOSITORY", tmp_path / "site-packages")
    monkeypatch.chdir(make_repository(tmp_path))
    assert places.course_home("course") == places.course_home("solutions") == tmp_path
    assert places.course_home("nothing") is None


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Path, str, list[str]]]:
    """A course of one unit, in which JupyterLab is noted instead of started."""
    noted: list[tuple[Path, str, list[str]]] = []
    monkeypatch.setattr(lab, "course_home", lambda part: make_repository(tmp_path / "course-of-all"))
    monkeypatch.setattr(lab, "start", lambda root, page, options: noted.append((root, page, options)))
    monkeypatch.setattr(lab, "running_server", lambda root: None)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    (tmp_path / "course-of-all").mkdir()
    return noted


def test_work_is_where_one_says(started: list, tmp_path: Path) -> None:
    assert cli.main(["lab", "--work", str(tmp_path / "home" / "work"), "--no-browser"]) == 0
    assert started == [(tmp_path / "home" / "work", "lab/tree/04-convolution/04-convolution.ipynb", ["--no-browser"])]
    assert (tmp_path / "home" / "work" / "04-convolution" / "04-convolution.ipynb").exists()
    assert not (tmp_path / "course-of-all" / "work").exists()


def test_a_place_that_cannot_be_written_is_said(
    started: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(course: Path, work: Path) -> list[str]:
        raise PermissionError(13, "Permission denied", str(work))

    monkeypatch.setattr(lab, "update_work", refuse)
    assert cli.main(["lab"]) == 1
    said = capsys.readouterr().err
    assert "cannot be written (Permission denied)" in said and "lab --work FOLDER" in said
    assert not started


def test_a_missing_package_of_the_course_itself_is_no_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(argv: list[str]) -> int:
        raise ModuleNotFoundError("No module named 'dltools.gone'", name="dltools.gone")

    monkeypatch.setattr(cli, "start", broken)
    with pytest.raises(ModuleNotFoundError):
        cli.main([])


def test_doctor_and_run_agree_on_the_locks() -> None:
    run = (ROOT / "run.py").read_text(encoding="utf-8")
    assert all(name in run for name in doctor.LOCKS)


def test_a_reader_that_has_had_enough_gets_no_traceback():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-m", "dltools", "units"], stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")
