"""The students' edition holds all that a student needs and nothing that only staff may have."""

import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from dltools.release.bundle import FOLDER, BundleError, collect, student_readme, write_bundle
from tests.setup.edition import ROOT, make_repository

# An editable install looks for the parts that are left out in the repository: not in these tests.
FORGET_THE_REPOSITORY = "import sys; sys.meta_path[:] = [f for f in sys.meta_path if 'Editable' not in str(f)]\n"
DLTOOLS = "import dltools.cli; sys.exit(dltools.cli.main())"
IMPORT_ALL = """
import importlib, pkgutil, dltools
names = [module.name for module in pkgutil.walk_packages(dltools.__path__, "dltools.") if "__main__" not in module.name]
for name in names:
    importlib.import_module(name)
print(dltools.__file__, len(names))
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    return make_repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="module")
def edition(repository, tmp_path_factory) -> Path:
    """The edition as a student has it after unpacking."""
    folder = tmp_path_factory.mktemp("student")
    write_bundle(repository, folder / "edition.zip")
    with zipfile.ZipFile(folder / "edition.zip") as archive:
        archive.extractall(folder)
    return folder / FOLDER


def start(edition: Path, code: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run code on the edition's library alone."""
    variables = {**os.environ, "PYTHONPATH": str(edition)}
    command = [sys.executable, "-c", FORGET_THE_REPOSITORY + code, *arguments]
    return subprocess.run(command, cwd=edition, env=variables, capture_output=True, text=True)


def test_what_students_are_given(edition):
    given = {path.relative_to(edition).as_posix() for path in edition.rglob("*") if path.is_file()}
    assert {"run.py", "requirements.lock", "README.md", "course/04-convolution/04-convolution.ipynb"} <= given
    assert {"dltools/nn/convolution.py", "dltools/checks/convolution.py", "dltools/student/lab.py"} <= given
    top = {name.split("/")[0] for name in given}
    assert top == {"LICENSE", "README.md", "course", "dltools", "environment.yml", "pyproject.toml", "run.py"} | {
        "requirements.lock",
        "requirements-installer.lock",
    }
    assert not [name for name in given if re.search(r"grading|release|bundle|solution|\.pyc|__pycache__", name)]


def test_everything_in_it_imports_without_what_is_left_out(edition):
    done = start(edition, IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(edition))


def test_staff_s_commands_are_not_offered(edition):
    done = start(edition, DLTOOLS, "--help")
    assert done.returncode == 0, done.stderr
    assert "doctor" in done.stdout
    assert not re.search(r"grade|release", done.stdout)
    assert start(edition, DLTOOLS, "grade").returncode == 2


def test_same_tree_gives_the_same_bytes(repository, tmp_path):
    write_bundle(repository, tmp_path / "one.zip")
    other = shutil.copytree(repository, tmp_path / "other", copy_function=shutil.copyfile)
    for path in other.rglob("*.py"):
        os.utime(path, (time.time(), 1_000_000_000))
        path.chmod(0o755)
    (other / "course" / "04-convolution" / ".ipynb_checkpoints").mkdir()
    (other / "course" / "04-convolution" / ".ipynb_checkpoints" / "04-checkpoint.ipynb").touch()
    write_bundle(other, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize("name", ["course/04-convolution/answers.pyc", "dltools/gradebook.db", "course/solution.py"])
def test_file_of_another_kind_is_refused(repository, tmp_path, name):
    other = shutil.copytree(repository, tmp_path / "other")
    (other / name).touch()
    with pytest.raises(BundleError, match=re.escape(name)):
        write_bundle(other, tmp_path / "edition.zip")
    assert not (tmp_path / "edition.zip").exists()


def test_nothing_released_is_refused(repository, tmp_path):
    other = shutil.copytree(repository, tmp_path / "other", ignore=shutil.ignore_patterns("*.ipynb"))
    with pytest.raises(BundleError, match="dltools release"):
        write_bundle(other, tmp_path / "edition.zip")


def test_students_readme_is_the_students_section_and_points_to_nothing_missing(edition):
    text = (edition / "README.md").read_text(encoding="utf-8")
    assert text == student_readme((ROOT / "README.md").read_text(encoding="utf-8"))
    assert "python3 run.py lab" in text
    assert "dltools/nn" in text  # it says that the reference is there
    for link in re.findall(r"\]\((?!https?://|#)([^)]+)\)", text):
        assert (edition / link).exists(), link


def test_readme_without_the_section_is_refused():
    with pytest.raises(BundleError, match="For students"):
        student_readme("# Title\n\n## For staff\n\nSecrets.\n")


def test_deadlines_are_given_to_students_beside_the_units(tmp_path: Path) -> None:
    repository = make_repository(tmp_path)
    assert "course.toml" not in collect(repository)
    (repository / "course.toml").write_text("[due]\n", encoding="utf-8")
    assert [name for name in collect(repository) if name.endswith("course.toml")] == ["course.toml"]


def test_the_title_stands_where_the_instructors_page_says() -> None:
    title = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
    named = {"README.md", "CITATION.cff", "pyproject.toml"}
    parts = (ROOT / part for part in ("dltools", "course", "deploy", "docs", ".devcontainer", ".binder"))
    files = [*ROOT.glob("*.*"), *(file for part in parts for file in part.rglob("*.*"))]
    texts = [
        file for file in files if file.is_file() and file.suffix in (".py", ".md", ".cff", ".toml", ".json", ".ipynb")
    ]
    found = {file.relative_to(ROOT).as_posix() for file in texts if title in file.read_text(encoding="utf-8")}
    assert found == named
