"""The student's own record of what has passed."""

import json

import pytest

from dltools.checks import check
from dltools.checks.progress import VARIABLE, read_progress
from dltools.student.units import rows


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def center(x):
    return x - x.mean(axis=0)


def half_right(x):
    return x - x.mean()


half_right.__name__ = "center"


def test_the_best_points_are_kept(file):
    check(center)
    assert read_progress() == {"center": 2.0}
    check(half_right)
    assert read_progress() == {"center": 2.0}
    assert list(file.parent.iterdir()) == [file]


def test_nothing_is_kept_where_no_file_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    check(center)
    assert read_progress() == {}


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"center": "x"}', '{"center": []}'])
def test_a_damaged_file_is_begun_anew(file, damage):
    file.write_text(damage)
    check(center)
    assert json.loads(file.read_text()) == {"points": {"center": 2.0}}


def test_a_folder_that_cannot_be_written_costs_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "missing" / "progress.json"))
    assert check(center).passed


def test_the_table_of_units_adds_up():
    *exercises, total = rows()
    assert float(total[2]) == sum(float(row[2]) for row in exercises)
    assert len({row[1] for row in exercises}) == len(exercises), "a name stands for one exercise"
