"""Fixtures: a small course with its gradebook, copied for each test that writes."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from course import UNIT, Answers, make_course
from dltools.grading.book.coursedir import course_directory
from dltools.grading.book.gradebook import register
from dltools.grading.model import Assignment


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Assignment]:
    """A course with its gradebook, and the assignment as the gradebook knows it."""
    root = make_course(tmp_path_factory.mktemp("course"))
    return root, register(course_directory(root), UNIT)


@pytest.fixture(scope="session")
def assignment(template: tuple[Path, Assignment]) -> Assignment:
    return template[1]


@pytest.fixture
def course(template: tuple[Path, Assignment], tmp_path: Path) -> Path:
    """A copy of the course, gradebook and all, for one test."""
    return Path(shutil.copytree(template[0], tmp_path / "course"))


@pytest.fixture(scope="session")
def answers(template: tuple[Path, Assignment]) -> Answers:
    return Answers(template[0])
