"""The student's working copy: a newer release never overwrites it."""

import json
import os
from pathlib import Path

import pytest

from dltools.student.work import digest, left_last, update_work

NOTEBOOK = "convolution.ipynb"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one unit."""
    release(tmp_path / "course", "release 1")
    return tmp_path / "course"


def release(course: Path, text: str, unit: str = "04-convolution") -> None:
    (course / unit).mkdir(parents=True, exist_ok=True)
    (course / unit / NOTEBOOK).write_text(text, encoding="utf-8")


def read(folder: Path) -> str:
    return (folder / NOTEBOOK).read_text(encoding="utf-8")


def folders(work: Path) -> list[str]:
    return sorted(path.name for path in work.iterdir() if path.is_dir())


def test_first_start_copies_every_unit(course, tmp_path):
    release(course, "lstm", unit="08-lstm")
    assert update_work(course, tmp_path / "work") == []
    assert folders(tmp_path / "work") == ["04-convolution", "08-lstm"]
    assert read(tmp_path / "work" / "08-lstm") == "lstm"


def test_later_start_changes_nothing(course, tmp_path):
    work = tmp_path / "work"
    update_work(course, work)
    (work / "04-convolution" / NOTEBOOK).write_text("mine", encoding="utf-8")
    assert update_work(course, work) == []
    assert folders(work) == ["04-convolution"]
    assert read(work / "04-convolution") == "mine"


def test_newer_release_goes_beside_what_the_student_wrote(course, tmp_path):
    work = tmp_path / "work"
    update_work(course, work)
    (work / "04-convolution" / NOTEBOOK).write_text("mine", encoding="utf-8")
    release(course, "release 2")
    [sentence] = update_work(course, work)
    assert "work/04-convolution-release-2" in sentence
    assert read(work / "04-convolution") == "mine"
    assert read(work / "04-convolution-release-2") == "release 2"
    assert update_work(course, work) == []  # said and done once

    release(course, "release 3")
    update_work(course, work)
    assert folders(work) == ["04-convolution", "04-convolution-release-2", "04-convolution-release-3"]


def test_release_beside_is_not_brought_back_when_the_student_deletes_it(course, tmp_path):
    work = tmp_path / "work"
    update_work(course, work)
    (work / "04-convolution" / NOTEBOOK).write_text("mine", encoding="utf-8")
    release(course, "release 2")
    update_work(course, work)
    (work / "04-convolution-release-2").rename(tmp_path / "thrown-away")
    assert update_work(course, work) == []
    assert folders(work) == ["04-convolution"]


def test_a_file_that_the_student_added_counts_as_work(course, tmp_path):
    work = tmp_path / "work"
    update_work(course, work)
    (work / "04-convolution" / "notes.txt").write_text("what I learned", encoding="utf-8")
    release(course, "release 2")
    update_work(course, work)
    assert (work / "04-convolution" / "notes.txt").exists()
    assert read(work / "04-convolution-release-2") == "release 2"


def test_unit_that_was_not_touched_is_replaced(course, tmp_path):
    work = tmp_path / "work"
    update_work(course, work)
    (work / "04-convolution" / ".ipynb_checkpoints").mkdir()  # Jupyter's own, not the student's
    release(course, "release 2")
    [sentence] = update_work(course, work)
    assert "replaced" in sentence
    assert folders(work) == ["04-convolution"]
    assert read(work / "04-convolution") == "release 2"


def notebook(text: str, **more: object) -> str:
    cell = {"cell_type": "code", "metadata": {}, "source": [text], "outputs": [], "execution_count": None}
    return json.dumps({"cells": [cell | more], "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4})


def opened(text: str) -> str:
    """The same as JupyterLab saves it two minutes after it was opened and run."""
    changed = json.loads(notebook(text, outputs=[{"output_type": "stream", "text": "1"}], execution_count=1))
    changed["metadata"]["language_info"] = {"name": "python", "version": "3.11.7"}
    return json.dumps(changed, indent=1)


@pytest.mark.parametrize(
    ("now", "replaced"), [(opened("first"), True), (notebook("mine"), False), ("{", False), ('{"cells": [1]}', False)]
)
@pytest.mark.parametrize("recorded", ["bytes", "text"])
def test_opening_a_unit_does_not_change_it(course, tmp_path, now, replaced, recorded):
    work = tmp_path / "work"
    release(course, notebook("first"))
    update_work(course, work)
    before = digest(course / "04-convolution", Path.read_bytes)
    if recorded == "bytes":  # by an older edition
        (work / ".course.json").write_text(json.dumps({"04-convolution": [before]}), encoding="utf-8")
        update_work(course, work)
        assert folders(work) == ["04-convolution"]
    (work / "04-convolution" / NOTEBOOK).write_text(now, encoding="utf-8")
    assert update_work(course, work) == []
    release(course, notebook("second"))
    [sentence] = update_work(course, work)
    assert ("replaced" in sentence) == replaced
    assert read(work / "04-convolution") == (notebook("second") if replaced else now)


def test_deleted_unit_comes_back_fresh(course, tmp_path):
    work = tmp_path / "work"
    update_work(course, work)
    (work / "04-convolution").rename(tmp_path / "elsewhere")
    assert update_work(course, work) == []
    assert read(work / "04-convolution") == "release 1"


def test_folder_with_the_name_of_the_new_release_is_kept(course, tmp_path):
    work = tmp_path / "work"
    release(work, "mine", unit="04-convolution")
    release(work, "also mine", unit="04-convolution-release-2")
    update_work(course, work)
    assert read(work / "04-convolution-release-2") == "also mine"
    assert read(work / "04-convolution-release-3") == "release 1"


@pytest.mark.parametrize("record", ["", '{"04-convolution": ["a'])
def test_lost_record_loses_no_work(course, tmp_path, record):
    work = tmp_path / "work"
    update_work(course, work)
    (work / "04-convolution" / NOTEBOOK).write_text("mine", encoding="utf-8")
    (work / ".course.json").write_text(record, encoding="utf-8")
    update_work(course, work)
    assert read(work / "04-convolution") == "mine"
    assert update_work(course, work) == []


def test_copy_that_was_interrupted_is_made_anew(course, tmp_path):
    work = tmp_path / "work"
    (work / ".04-convolution.partial").mkdir(parents=True)
    (work / ".04-convolution.partial" / "half").write_text("", encoding="utf-8")
    update_work(course, work)
    assert [path.name for path in (work / "04-convolution").iterdir()] == [NOTEBOOK]


def test_course_without_units_gives_an_empty_work(tmp_path):
    assert update_work(tmp_path / "nothing", tmp_path / "work") == []
    assert folders(tmp_path / "work") == []


def test_left_last_is_the_first_unit_until_one_is_saved(tmp_path):
    course, work = tmp_path / "course", tmp_path / "work"
    for unit in ("00-start-here", "03-backpropagation", "08-lstm"):
        (course / unit).mkdir(parents=True)
        (course / unit / f"{unit}.ipynb").write_text(unit, encoding="utf-8")
    update_work(course, work)
    assert left_last(course, work) == "00-start-here/00-start-here.ipynb"
    for hour, unit in enumerate(("08-lstm", "03-backpropagation")):
        mine = work / unit / f"{unit}.ipynb"
        mine.write_text("mine", encoding="utf-8")
        os.utime(mine, (later := 2_000_000_000 + 3600 * hour, later))
        assert left_last(course, work) == f"{unit}/{unit}.ipynb"
