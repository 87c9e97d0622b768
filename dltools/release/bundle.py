"""The students' edition: one zip file with all that a student needs, and nothing that only staff may have."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from dltools.course import FILE as COURSE
from dltools.release.proof import DATA
from dltools.running.files import EPOCH, is_junk

FOLDER = "deep-learning-course"  # what the zip unpacks to; a newer one unpacked over it leaves work/ alone
FILES = ("LICENSE", "environment.yml", "pyproject.toml", "requirements.lock", "requirements-installer.lock", "run.py")
STAFF_ONLY = ("dltools/grading/", "dltools/release/")
KINDS = {
    "course": (".ipynb", *DATA),
    "dltools": (".py", ".css", ".csv", ".js", ".json", ".npz", ".png", ".svg", ".toml", ".txt", ".typed"),
}


class BundleError(Exception):
    """Why nothing was packed, as one sentence."""


def write_bundle(repository: Path, target: Path) -> list[str]:
    """Pack the students' edition of `repository` into the zip file `target` and return the names of what is in it.

    The same tree gives the same bytes: names are sorted, dates and modes fixed, and nothing is compressed (compressed
    bytes differ from one zlib to the next).

    Raises:
        BundleError: if there is no released unit, or a file is of a kind that students are not given.
    """
    contents = dict(sorted(collect(repository).items()))
    if not any(name.endswith(".ipynb") for name in contents):
        raise BundleError(f"{repository / 'course'} holds no released unit: run `dltools release` first.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, data in contents.items():
            archive.writestr(entry(name), data)
    return list(contents)


def collect(repository: Path) -> dict[str, bytes]:
    """What goes into the bundle: a path within the folder and its bytes."""
    deadlines = [COURSE] * (repository / COURSE).is_file()
    paths = [*FILES, *deadlines, *files_below(repository, "course"), *files_below(repository, "dltools")]
    contents = {path: (repository / path).read_bytes() for path in paths}
    readme = student_readme((repository / "README.md").read_text(encoding="utf-8"))
    return {**contents, "README.md": readme.encode()}


def files_below(repository: Path, folder: str) -> Iterator[str]:
    """The files in `folder` that students are given, as paths with forward slashes."""
    for path in (repository / folder).rglob("*"):
        name = path.relative_to(repository)
        if path.is_dir() or is_junk(name) or name.as_posix().startswith(STAFF_ONLY):
            continue
        if path.suffix.lower() not in KINDS[folder] or path.is_symlink():
            raise BundleError(
                f"{name.as_posix()} is not of a kind that students are given: move it out of {folder}/,"
                f" or add {path.suffix or 'its name'} to KINDS in dltools/release/bundle.py."
            )
        yield name.as_posix()


def entry(name: str) -> zipfile.ZipInfo:
    """The zip entry of a file, the same whoever packs it and on whatever system."""
    info = zipfile.ZipInfo(f"{FOLDER}/{name}", EPOCH)
    info.create_system = 3  # Unix, so that the mode counts
    info.external_attr = 0o100644 << 16
    return info


def student_readme(readme: str) -> str:
    """The title and the students' section of the README: what is said to them is written once.

    Raises:
        BundleError: if the README has no such section.
    """
    section = re.search(r"^## For students\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    if section is None:
        raise BundleError("README.md has no section `## For students` to give to them.")
    title = readme.splitlines()[0]
    return f"{title}\n\n{section[1].strip()}\n"
