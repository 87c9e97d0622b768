"""The doctor names what is broken and how to mend it."""

import argparse
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from dltools.student import doctor
from dltools.student.doctor import Finding, differences, locked_requirements

BROKEN = Finding("kernel", False, "does not start", "delete .venv")
ABSENT = Finding("PyTorch", False, "not installed", "install it", "the tests of the layers")
FINE = Finding("Python", True, "3.11")


@pytest.mark.parametrize(("findings", "code"), [([FINE], 0), ([FINE, ABSENT], 0), ([FINE, BROKEN, ABSENT], 1)])
def test_exit_code_tells_whether_a_student_can_work(monkeypatch, capsys, findings, code):
    monkeypatch.setattr(doctor, "CHECKS", tuple(lambda finding=finding: finding for finding in findings))
    monkeypatch.setattr(doctor, "STAFF_CHECKS", ())
    assert doctor.run(argparse.Namespace()) == code
    said = capsys.readouterr().out
    assert ("Everything that a student needs works." in said) == (code == 0)
    assert ("PyTorch (for the tests of the layers): install it" in said) == (ABSENT in findings)
    assert ("kernel (for everything): delete .venv" in said) == (BROKEN in findings)


def test_differences_name_what_is_missing_or_other():
    wanted = ["numpy>=1", "numpy==1.0", "no-such-package==1", "no-such-package==1 ; python_version < '3'"]
    said = list(differences(map(Requirement, wanted)))
    assert len(said) == 2
    assert said[0].startswith("numpy is ")
    assert said[0].endswith("not ==1.0")
    assert said[1] == "no-such-package is missing"


def test_locked_requirements_are_read_without_hashes_and_comments():
    lock = "a==1 \\\n    --hash=sha256:0\n    # via b\nb[c]==2 ; sys_platform == 'win32' \\\n    --hash=sha256:1\n"
    assert [str(wanted) for wanted in locked_requirements(lock)] == ["a==1", 'b[c]==2; sys_platform == "win32"']


def test_this_environment_is_the_lock():
    finding = doctor.versions()
    assert finding.works, finding.found


def test_kernel_starts():
    finding = doctor.kernel()
    assert finding.works, finding.found


def test_kernel_that_fails_is_said(monkeypatch):
    monkeypatch.setattr("nbclient.NotebookClient.execute", lambda self, **options: 1 / 0)
    finding = doctor.kernel()
    assert not finding.works
    assert finding.found == "ZeroDivisionError: division by zero"


def test_folder_where_one_may_not_write_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "course_home", lambda part: tmp_path / "not-there")
    finding = doctor.folder()
    assert not finding.works
    assert "lab --work FOLDER" in finding.mend


def test_browser_is_found_on_the_path(monkeypatch, tmp_path):
    browser = tmp_path / ("chromium.exe" if sys.platform == "win32" else "chromium")
    browser.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Path(doctor.find_browser()) == browser


def test_without_jupyter_there_is_still_a_table():
    """As pip installs it without extras: what is missing is a line, and no sentence in the place of all lines."""
    code = "import sys; sys.modules['nbformat'] = None; from dltools.student import doctor; print(doctor.kernel())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "found='nbformat is missing'" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("said", "found", "mend"),
    [
        ("None\nNone\n", "full", ""),
        ("None\nThis system refuses it.\n", "This system refuses it.", "does not hide other processes"),
        ("No landlock.\nThis system refuses it.\n", "This system refuses it.", "grade on a Linux"),
    ],
)
def test_the_jail_says_what_limited_does_not_do(monkeypatch, said, found, mend):
    answer = subprocess.CompletedProcess([], 0, stdout=said, stderr="")
    monkeypatch.setattr(doctor.subprocess, "run", lambda *_, **__: answer)
    told = doctor.jail()
    assert (told.works, told.found) == (found == "full", found)
    assert mend in told.mend and ("limited" in told.mend) == said.startswith("None")
