"""CONTRIBUTING.md, followed word for word in a copy of the repository, passes the gate that it names."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent, indent

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNIT = "05-pooling-and-cnn"
NAME = "global_average_pool_forward"
COPIED = (
    "CONTRIBUTING.md",
    "README.md",
    "nbgrader_config.py",
    "pyproject.toml",
    "requirements-staff.lock",
    "tests/conftest.py",
)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with the exercise that CONTRIBUTING.md adds."""
    root = tmp_path_factory.mktemp("followed")
    for folder in ("dltools", f"solutions/{UNIT}", "tests/checks"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in COPIED:
        shutil.copy(ROOT / name, root / name)
    reference, check, sums, example, cells = map(
        dedent, re.findall(r"   ```python\n(.*?)   ```", text(root, "CONTRIBUTING.md"), re.DOTALL)
    )
    library, checks = "dltools/nn/pooling.py", "dltools/checks/pooling.py"
    change(root, library, "def window_sizes(", f"{reference}\n\ndef window_sizes(")
    (hints,) = map(dedent, re.findall(r"   ```toml\n(.*?)   ```", text(root, "CONTRIBUTING.md"), re.DOTALL))
    change(root, f"dltools/checks/hints/{UNIT}.toml", "[flatten_forward]\n", f"{hints}\n[flatten_forward]\n")
    pencil = "dltools/checks/pencil/pooling.py"
    change(root, pencil, "NINE = ", f"{sums}\n\nNINE = ")
    change(root, pencil, '    "flatten_forward": ', f'{indent(example, "    ")}    "flatten_forward": ')
    imported = "    flatten_forward,\n    max_pool", f"    flatten_forward,\n    {NAME},\n    max_pool"
    change(root, "dltools/nn/__init__.py", *imported)
    exported = '    "gradient_descent_step",\n'
    change(root, "dltools/nn/__init__.py", exported, f'    "{NAME}",\n{exported}')
    change(root, checks, *imported)
    change(root, checks, "EXERCISES = (\n", f"{check}\n\nEXERCISES = (\n    GLOBAL_AVERAGE_POOL,\n")
    for kind, reason in {"any shape": "the unit names the axes", "far away": "a mean does not overflow"}.items():
        entry = f'    "{kind}": {{\n'
        change(root, "tests/checks/test_properties.py", entry, f'{entry}        "{NAME}": "{reason}",\n')
    change(
        root, f"solutions/{UNIT}/{UNIT}.py", "# %% answer flatten_forward\n", f"{cells}\n# %% answer flatten_forward\n"
    )
    return root


def text(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def change(root: Path, name: str, before: str, after: str) -> None:
    """Put `after` in the place of `before`, which stands in the file once."""
    assert text(root, name).count(before) == 1, f"{before!r} is not once in {name}"
    (root / name).write_text(text(root, name).replace(before, after), encoding="utf-8")


GATE = {
    "ruff check": ("ruff", "check", "dltools", "tests"),
    "ruff format": ("ruff", "format", "--check", "dltools", "tests"),
    "mypy": ("mypy", "dltools/nn/pooling.py", "dltools/checks/pooling.py", "dltools/checks/pencil/pooling.py"),
    "tests of the checks": ("pytest", "-q", "tests/checks", "-p", "no:cacheprovider", "-k", NAME),
    "release": ("dltools", "release", UNIT),
}


@pytest.mark.parametrize("step", [*list(GATE)[:-1], pytest.param("release", marks=pytest.mark.long)])
def test_contributing_passes_its_own_gate(step: str, followed: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(followed)}
    command = [sys.executable, "-m", *GATE[step]]
    more = ["--repository", str(followed)] if step == "release" else []
    done = subprocess.run([*command, *more], cwd=followed, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    if step == "release":
        assert f"check_{NAME}" in text(followed, f"course/{UNIT}/{UNIT}.ipynb")
        assert "9 exercises, 1 foreseen, 4 questions; untouched 0 of" in done.stdout
    if step == "tests of the checks":
        assert re.search(r"(\d+) passed", done.stdout) and "failed" not in done.stdout
