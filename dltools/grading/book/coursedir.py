"""Where a course's folders are, and nbgrader's configuration for them."""

import os
import sys
import traceback
from pathlib import Path
from typing import Any

from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from dltools.grading.book.failures import told_by_nbgrader
from dltools.grading.model import GradingError
from dltools.places import REPOSITORY

CONFIG = "nbgrader_config.py"


def home(root: Path, name: str) -> Path:
    """The file or folder in the course's root, else the one of this repository."""
    return root / name if (root / name).exists() else REPOSITORY / name


def load_config(root: Path) -> Config:
    """nbgrader_config.py of the course's root, else this repository's; it never shows what was not cleaned."""
    path = home(root, CONFIG)
    if not path.is_file():
        raise GradingError(
            f"There is no {CONFIG} in {root} or {REPOSITORY}; run the command in the course's repository."
        )
    config = read_config(path)
    if "filters" not in config.HTMLExporter and (REPOSITORY / CONFIG).is_file():  # written before there were any
        config.HTMLExporter.filters = read_config(REPOSITORY / CONFIG).HTMLExporter.filters
    return config


def read_config(path: Path) -> Config:
    """What a configuration sets.

    Raises:
        GradingError: with the line that fails.
    """
    try:
        return PyFileConfigLoader(path.name, str(path.parent)).load_config()
    except Exception as error:  # it is Python, and raises whatever its author wrote
        line = getattr(error, "lineno", None) or traceback.extract_tb(error.__traceback__)[-1].lineno
        raise GradingError(f"{path}, line {line}: {type(error).__name__}, {error}; correct it.") from error


def course_directory(root: Path, **folders: str) -> CourseDirectory:
    """nbgrader's view of the course: its configuration, with some folders or the database given.

    Args:
        root: the folder that holds submitted/, autograded/, feedback/ and the gradebook.
        folders: traits of nbgrader's CourseDirectory, such as `submitted_directory` or `db_url`.
    """
    if found := sorted(set("*?[]{}") & set(str(root.resolve()))):
        raise GradingError(
            f"The course's folder {root.resolve()} has {' '.join(found)} in its name,"
            " which nbgrader takes for a pattern; rename the folder."
        )
    put_tools_on_path()
    config = load_config(root)
    source = home(root, config.CourseDirectory.get("source_directory", "source"))
    given = {"source_directory": str(source)} | folders
    return CourseDirectory(config=config, root=str(root.resolve()), **given)


def put_tools_on_path() -> None:
    """nbgrader looks for alembic on the PATH and leaves half a gradebook behind where it is not."""
    tools = str(Path(sys.executable).parent)
    if tools not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([tools, os.environ.get("PATH", "")])


def run_converter(kind: type, coursedir: CourseDirectory, assignment: str, **traits: Any) -> None:
    """Run one of nbgrader's converters; raises as `convert` does."""
    converter = kind(coursedir=coursedir, config=coursedir.config)
    for name, value in traits.items():
        setattr(converter, name, value)
    convert(converter, assignment)


def convert(converter: BaseConverter, assignment: str, student: str = "*") -> None:
    """Let one of nbgrader's converters do its work, over what it made before.

    Raises:
        GradingError: with the last line of nbgrader's log, if the converter does not succeed.
    """
    converter.coursedir.assignment_id, converter.coursedir.student_id = assignment, student
    converter.force = True
    result = capture_log(converter)
    if not result["success"]:
        said, kind = reason(result), type(converter).__name__
        raise GradingError(f"nbgrader's {kind} failed for {assignment}: {told_by_nbgrader(said) or said}")


def reason(result: dict[str, Any]) -> str:
    """The exception behind nbgrader's "please see the above traceback", on one line."""
    log: list[str] = result.get("log", "").splitlines() + result["error"].splitlines()
    lines = [line.strip() for line in log if line.strip()]
    named = [line for line in lines if ("Error: " in line or "Exception: " in line) and "NbGraderException" not in line]
    return (named or lines)[-1]
