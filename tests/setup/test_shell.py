"""What a stranger finds first: one version, one changelog, an example that is the library's own, links that lead on."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import dltools
from dltools.release.bundle import files_below, write_bundle
from tests.setup.edition import make_repository

ROOT = Path(__file__).resolve().parents[2]
DOCS = [f"docs/{path.name}" for path in ROOT.glob("docs/*.md")]
PROSE = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", *DOCS]
FOR_MACHINES = [".pre-commit-config.yaml", *(str(path.relative_to(ROOT)) for path in ROOT.glob(".github/**/*.yml"))]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_command_prints_the_version() -> None:
    said = subprocess.run([sys.executable, "-m", "dltools", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == f"dltools {dltools.__version__}\n"


def test_the_version_is_said_once_and_told_everywhere() -> None:
    newest = re.search(r"^## (\S+) - (\d{4}-\d\d-\d\d)$", text("CHANGELOG.md"), re.MULTILINE)
    citation = yaml.safe_load(text("CITATION.cff"))
    assert newest is not None and newest[1] == citation["version"] == dltools.__version__
    assert newest[2] == str(citation["date-released"])
    assert "version" not in tomllib.loads(text("pyproject.toml"))["project"]


def test_the_layer_in_the_readme_is_the_librarys_own() -> None:
    (source, shown), *others = re.findall(
        r"in `(dltools/nn/\w+\.py)`.*?```python\n(.*?)```", text("README.md"), re.DOTALL
    )
    assert not others
    assert shown.count("def ") == 2 and shown in text(source)


@pytest.mark.parametrize("name", PROSE)
def test_links_lead_to_files(name: str) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text(name)):
        assert ((ROOT / name).parent / target).exists(), f"{name} links to {target}"


@pytest.mark.parametrize("name", FOR_MACHINES)
def test_what_machines_read_is_readable(name: str) -> None:
    assert isinstance(yaml.safe_load(text(name)), dict)


def test_hooks_run_tests_that_are_there() -> None:
    for hook in yaml.safe_load(text(".pre-commit-config.yaml"))["repos"][0]["hooks"]:
        command = hook["entry"].split()
        assert command[:3] == ["python3", "run.py", "test"]
        words = command[command.index("-k") + 1 :] if "-k" in command else []
        assert all(word in text(command[3]) for word in words), hook["entry"]


def test_types_are_shipped(tmp_path: Path) -> None:
    data = tomllib.loads(text("pyproject.toml"))["tool"]["setuptools"]["package-data"]["dltools"]
    assert "py.typed" in data and (ROOT / "dltools" / "py.typed").exists()
    names = write_bundle(make_repository(tmp_path), tmp_path / "edition.zip")
    assert "dltools/py.typed" in names


def test_data_beside_the_code_is_shipped() -> None:
    """All that the students' edition packs of dltools is in a wheel too."""
    patterns = tomllib.loads(text("pyproject.toml"))["tool"]["setuptools"]["package-data"]["dltools"]
    packed = {Path(name).relative_to("dltools") for name in files_below(ROOT, "dltools") if not name.endswith(".py")}
    shipped = {path.relative_to(ROOT / "dltools") for pattern in patterns for path in (ROOT / "dltools").glob(pattern)}
    assert packed <= shipped and len(packed) > 12, packed - shipped


def places(name: str) -> list[tuple[str, str]]:
    """The files that a document names, each with the function, class or method that it names there."""
    spans = re.findall(r"`((?:[\w.-]+/)*[\w.-]+\.\w+)(?:::([\w.]+))?`", text(name))
    return [(path, inner) for path, inner in spans if "/" in path or inner]


@pytest.mark.parametrize("name", ["docs/grading.md", "docs/architecture.md", "SECURITY.md"])
def test_what_a_document_names_is_there(name: str) -> None:
    """A path is the repository's, or that of a part of dltools; `file.py::Class.method` is defined in that file."""
    for path, inner in places(name):
        roots = [ROOT, ROOT / "dltools", ROOT / "dltools" / "grading"]
        found = [root / path for root in roots if (root / path).is_file()]
        assert found, f"{name} names {path}, which is nowhere"
        assert not inner or inner in defined(ast.parse(found[0].read_text(encoding="utf-8"))), (
            f"{name}: {path}::{inner}"
        )


def defined(module: ast.Module) -> set[str]:
    """The functions and classes at the top of a module, and the methods as Class.method."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    top = [node for node in module.body if isinstance(node, kinds)]
    inner = {f"{node.name}.{item.name}" for node in top for item in node.body if isinstance(item, kinds)}
    return inner | {node.name for node in top}
