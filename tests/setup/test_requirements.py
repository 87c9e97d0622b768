"""pyproject.toml, requirements.lock and environment.yml say the same."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

from dltools.student.doctor import locked_requirements

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
FOR_ITS_TESTS = {"hypothesis", "nbval", "pytest", "pytest-timeout", "pytest-xdist", "pyyaml"}
"""What `pytest` needs in a conda environment; a browser, PostgreSQL and the linters are for who works on the course."""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RENEW = (
    "renew it: uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes"
    " --no-emit-index-url --no-header -o requirements.lock"
)


def test_lock_holds_every_requirement_of_the_project():
    locked = {wanted.name: wanted for wanted in locked_requirements(LOCK)}
    for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]:
        wanted = Requirement(line)
        version = str(locked[wanted.name].specifier).removeprefix("==")
        assert wanted.specifier.contains(version), f"requirements.lock has {wanted.name} {version}, not {line}; {RENEW}"


def test_lock_was_made_for_these_requirements():
    direct = set(
        re.findall(r"^(\S+?)(?:\[.*\])?==[^#]*?# via(?:[^=]*?)dltools \(pyproject\.toml\)", LOCK, re.MULTILINE)
    )
    project = {Requirement(line).name for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]}
    assert direct == project, RENEW


def test_every_locked_package_has_hashes():
    for entry in re.split(r"\n(?=\S)", LOCK.strip()):
        assert re.match(r"[\w.\[\],-]+==\S+", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]


def test_lock_names_no_host():
    assert "://" not in LOCK
    assert "index-url" not in LOCK
    assert "find-links" not in LOCK


def test_conda_environment_has_the_same_requirements():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *packages, pip = environment["dependencies"]
    tests = [line for line in PROJECT["optional-dependencies"]["test"] if Requirement(line).name in FOR_ITS_TESTS]
    assert packages == [f"python{PROJECT['requires-python']}", "pip", *PROJECT["dependencies"], *tests]
    assert pip == {"pip": ["-e ."]}
