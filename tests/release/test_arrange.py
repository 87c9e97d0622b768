"""Units are renamed, put in another order and dropped in all places at once, or nothing is changed."""

import re
import tomllib
from pathlib import Path

import pytest

from dltools import cli
from dltools.checks import UNITS, questions
from dltools.checks.hints import rungs_of
from dltools.places import REPOSITORY
from dltools.release.arrange import LINE, TABLE

OTHER = "12-mine"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The course's table and hints, and a unit's files for each of its lines; one unit more is outside the table."""
    table = tmp_path / TABLE
    table.parent.mkdir(parents=True)
    table.write_bytes((REPOSITORY / TABLE).read_bytes())
    for unit in [*UNITS, OTHER]:
        for file in (f"solutions/{unit}/{unit}.py", f"solutions/{unit}/data/{unit}.csv", f"course/{unit}/{unit}.ipynb"):
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text(unit, encoding="utf-8")
    for texts in ("hints", "questions"):
        (table.parent / texts).mkdir()
        for unit in UNITS:
            (table.parent / texts / f"{unit}.toml").write_text(unit, encoding="utf-8")
    (tmp_path / "course.toml").write_text('[due]\n"08-lstm" = "2027-01-31 23:59 UTC"\n', encoding="utf-8")
    return tmp_path


def arrange(repository: Path, *words: str) -> int:
    return cli.main(["arrange", *words, "--repository", str(repository)])


def contents(repository: Path) -> dict[str, str]:
    """What each file of a unit holds: the name that the unit had."""
    files = [path for path in sorted(repository.rglob("*")) if path.suffix in (".py", ".toml", ".ipynb", ".csv")]
    return {path.relative_to(repository).as_posix(): path.read_text(encoding="utf-8") for path in files}


def table(repository: Path) -> dict[str, str]:
    return dict(LINE.findall((repository / TABLE).read_text(encoding="utf-8")))


def test_two_units_change_places(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert arrange(repository, "--rename", "08-lstm", "09-lstm", "--rename", "09-resnet", "08-resnet") == 0
    found = contents(repository)
    for old, new in (("08-lstm", "09-lstm"), ("09-resnet", "08-resnet")):
        assert found[f"solutions/{new}/{new}.py"] == found[f"course/{new}/{new}.ipynb"] == old
        assert found[f"dltools/checks/hints/{new}.toml"] == found[f"dltools/checks/questions/{new}.toml"] == old
        assert found[f"solutions/{new}/data/{old}.csv"] == old, "a file of data keeps its name"
        assert not [name for name in found if name.startswith((f"solutions/{old}", f"course/{old}"))]
    assert [*table(repository)][7:10] == ["07-vanishing-exploding", "08-resnet", "09-lstm"]
    assert table(repository)["08-resnet"] == "resnet" and len(table(repository)) == len(UNITS)
    said = capsys.readouterr().out
    assert "Still named in course.toml, line 2." in said
    assert not [*repository.rglob("*.moved")]


def test_questions_go_with_the_unit_that_they_return_to(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for unit in UNITS:
        for file in (f"solutions/{unit}/{unit}.py", f"dltools/checks/questions/{unit}.toml"):
            (repository / file).write_bytes((REPOSITORY / file).read_bytes())
    assert arrange(repository, "--drop", "01-perceptron") == 0
    said = capsys.readouterr().out
    gone = [question for question in questions().values() if question.about == "perceptron"]
    assert len({question.unit for question in gone}) == len(gone) >= 2
    for question in gone:
        assert f"Gone from {question.unit}, with the unit that they return to: {question.name}." in said
        text = (repository / f"solutions/{question.unit}/{question.unit}.py").read_text(encoding="utf-8")
        left = tomllib.loads(
            (repository / f"dltools/checks/questions/{question.unit}.toml").read_text(encoding="utf-8")
        )
        assert question.name not in text and len(left) == 3
        assert re.findall(r"# %% check (\w+_question)\n", text) == [*left]
        assert re.findall(r"^# \*\*(\d)\.\*\* ", text.partition("# ## Four questions")[2], re.MULTILINE) == [*"123"]


def test_a_unit_is_dropped(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert arrange(repository, "--drop", "08-lstm", "--rename", OTHER, "08-mine") == 0
    assert not [name for name in contents(repository) if "08-lstm" in name]
    assert contents(repository)["course/08-mine/08-mine.ipynb"] == OTHER
    assert [*table(repository)] == [unit for unit in UNITS if unit != "08-lstm"]
    assert "07-vanishing-exploding, 08-mine, 09-resnet" in capsys.readouterr().out


def test_the_tables_other_text_stays(repository: Path) -> None:
    before = (repository / TABLE).read_text(encoding="utf-8")
    assert arrange(repository, "--rename", "04-convolution", "04-filters") == 0
    assert (repository / TABLE).read_text(encoding="utf-8") == before.replace("04-convolution", "04-filters")


REFUSED = {
    "no such unit": (["--drop", "13-x"], "there is no unit 13-x; there are 00-start-here,"),
    "a name that sorts nowhere": (["--rename", "08-lstm", "lstm"], "lstm cannot be a unit's name"),
    "a number that is taken": (["--rename", "08-lstm", "09-lstm"], "would have the same number"),
    "twice": (["--rename", "08-lstm", "13-a", "--drop", "08-lstm"], "give each unit once"),
    "nothing": ([], "give each unit once"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_changes_nothing(name: str, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words, sentence = REFUSED[name]
    before = contents(repository)
    assert arrange(repository, *words) == 1
    assert sentence in capsys.readouterr().err
    assert contents(repository) == before


def test_every_unit_has_its_hints_under_its_name() -> None:
    assert all(rungs_of(unit) for unit in UNITS)
