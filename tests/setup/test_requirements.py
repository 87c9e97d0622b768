"""pyproject.toml, the locks and environment.yml say the same; students are given what they need and no more."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from dltools.release.bundle import FILES
from dltools.student.doctor import locked_requirements

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, EXTRAS = PYPROJECT["project"], PYPROJECT["project"]["optional-dependencies"]


def with_parts(lines: list[str]) -> list[Requirement]:
    """The requirements in these lines, with those of the extras that they name in their place."""
    wanted = [Requirement(line) for line in lines]
    parts = [line for one in wanted if one.name == "dltools" for extra in sorted(one.extras) for line in EXTRAS[extra]]
    return [one for one in wanted if one.name != "dltools"] + (with_parts(parts) if parts else [])


HELD = {
    "requirements.lock": with_parts([*PROJECT["dependencies"], "dltools[lab]"]),
    "requirements-staff.lock": with_parts([*PROJECT["dependencies"], "dltools[staff]"]),
    "requirements-installer.lock": with_parts(PYPROJECT["dependency-groups"]["installer"]),
}
"""Every lock, and the requirements that it holds with all that they need in turn."""


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def versions(name: str) -> dict[str, set[str]]:
    """The versions of each package in a lock: one, or one for each of some systems."""
    found: dict[str, set[str]] = {}
    for wanted in locked_requirements(text(name)):
        found.setdefault(wanted.name, set()).add(str(wanted.specifier).removeprefix("=="))
    return found


def renew(name: str) -> str:
    """The command that makes a lock: its own second line."""
    return text(name).splitlines()[1].removeprefix("#").strip()


@pytest.mark.parametrize("name", HELD)
def test_a_lock_holds_every_requirement(name: str) -> None:
    locked = versions(name)
    for wanted in HELD[name]:
        assert all(wanted.specifier.contains(version) for version in locked[wanted.name]), f"{wanted}: {renew(name)}"


@pytest.mark.parametrize("name", HELD)
def test_a_lock_was_made_for_these_requirements(name: str) -> None:
    origin = r"^(\S+?)(?:\[.*\])?==[^#]*?# via(?:[^=]*?)dltools \((?:pyproject\.toml|.*installer)\)"
    direct = set(re.findall(origin, re.sub(r"^#.*\n", "", text(name), flags=re.MULTILINE), re.MULTILINE))
    assert direct == {wanted.name for wanted in HELD[name]}, renew(name)


@pytest.mark.parametrize("name", HELD)
def test_a_lock_says_how_it_is_made_and_so_what_it_holds(name: str) -> None:
    command = shlex.split(renew(name))
    assert command[:3] == ["uv", "pip", "compile"] and command[-2:] == ["-o", name]
    assert {"--universal", "--generate-hashes", "--no-emit-index-url"} < set(command)
    assert renew(name) in text("CONTRIBUTING.md")


@pytest.mark.parametrize("name", HELD)
def test_every_locked_package_has_hashes(name: str) -> None:
    for entry in re.split(r"\n(?=[^\s#])", text(name))[1:]:
        assert re.match(r"[\w.\[\],-]+==\S+", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]


@pytest.mark.parametrize("name", [*HELD, "pyproject.toml", "environment.yml"])
def test_no_registry_is_named(name: str) -> None:
    without_links = text(name).partition("[project.urls]")[0]
    assert not re.search(r"://|index-url(?<!--no-emit-index-url)|find-links", without_links)


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-installer.lock"])
def test_students_have_the_versions_that_staff_tested(name: str) -> None:
    tested = versions("requirements-staff.lock")
    assert all(found <= tested[package] for package, found in versions(name).items()), renew(name)


def test_students_are_given_their_locks_alone() -> None:
    assert {name for name in FILES if name.endswith(".lock")} == HELD.keys() - {"requirements-staff.lock"}
    assert not versions("requirements.lock").keys() & {"nbgrader", "dask", "psycopg", "jupyterhub", "pytest", "uv"}


def test_conda_environment_has_what_students_need() -> None:
    *packages, pip = yaml.safe_load(text("environment.yml"))["dependencies"]
    assert packages == [f"python{PROJECT['requires-python']}", "pip", *PROJECT["dependencies"], *EXTRAS["lab"]]
    assert pip == {"pip": ["-e ."]}
