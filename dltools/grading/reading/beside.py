"""Helper modules and data that a student handed in beside the notebook: which of them the notebook gets."""

import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import PurePosixPath

from dltools.grading.model import Assignment, Submission


def helpers(submission: Submission, notebook: str, assignment: Assignment) -> tuple[dict[str, bytes], list[str]]:
    """The files by their path beside the notebook, and a sentence for each that it does not get.

    Args:
        submission: with all files by their path in the student's folder.
        notebook: the path of the file that is graded.
        assignment: whose own files stay as they are.
    """
    home = PurePosixPath(notebook).parent
    files, refused = {}, []
    for path, content in submission.beside.items():
        if not PurePosixPath(path).is_relative_to(home):
            refused.append(f"{path} does not lie beside the notebook and was left out")
            continue
        name = PurePosixPath(path).relative_to(home).as_posix()
        if name in assignment.files:
            if assignment.files[name] != content:
                refused.append(f"{path} is not as it was released; the course's own was used")
        elif shadows(name):
            refused.append(f"{path} was left out: it would take the place of a module that the course uses")
        else:
            files[name] = content
    return files, refused


def shadows(path: str) -> bool:
    """Whether a file would be imported in place of a module of Python, of the course or of what it requires."""
    first = PurePosixPath(path).parts[0]
    return first.split(".")[0] in modules() and (first != path or first.endswith((".py", ".so", ".pyd", ".pyc")))


@cache
def modules() -> frozenset[str]:
    return frozenset({*sys.stdlib_module_names, *packages_distributions(), "dltools"})
