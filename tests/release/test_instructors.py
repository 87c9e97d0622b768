"""What docs/instructors.md shows can be done: its unit is one, and its commands are understood."""

import re
import shlex
from pathlib import Path

import pytest

from dltools import cli
from dltools.places import REPOSITORY
from dltools.release import authored
from dltools.release.faults import refuse_faults
from dltools.running.cells import grade_id

PAGE = (REPOSITORY / "docs" / "instructors.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^python3 run\.py (.*?)(?:  .*)?$", PAGE, re.MULTILINE)


def test_the_unit_of_ones_own_can_be_released(tmp_path: Path) -> None:
    name, code = re.findall(r"make `solutions/([\w-]+)/[\w-]+\.py`.*?```python\n(.*?)```", PAGE, re.DOTALL)[0]
    (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    notebook = authored.from_py(tmp_path / f"{name}.py")
    refuse_faults(notebook, name, tmp_path)
    assert [grade_id(cell) for cell in notebook.cells] == ["area", "check_area"]
    assert notebook.cells[1].metadata.nbgrader["points"] == 2


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith(("release", "arrange"))])
def test_a_command_is_understood(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In an empty folder, each comes as far as to say that there is no course."""
    assert cli.main([*shlex.split(command), "--repository", str(tmp_path)]) in (0, 1)
    assert "does not know" not in capsys.readouterr().err
