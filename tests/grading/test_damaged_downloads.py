"""Damaged and hostile zips: a sentence each, everybody else's work is collected, nothing leaves its folder."""

import io
import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from downloads import NAME, zipped
from hand_ins import text
from ordinary import as_ordinary_user, given

from course import EXERCISES, UNIT, Answers
from dltools import cli
from dltools.grading.collecting import unpack


def collect(source: Path, course: Path, *more: object) -> int:
    return cli.main(["collect", str(source), "--assignment", UNIT, "--course", str(course), *map(str, more)])


def collected(course: Path) -> list[str]:
    found = (course / "submitted").rglob("*")
    return sorted(path.relative_to(course / "submitted").as_posix() for path in found if path.is_file())


def damaged(method: int, at: int = 60) -> bytes:
    """A zip whose one file has wrong bytes in the middle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(NAME, os.urandom(500) + b"x" * 5000)
    content = bytearray(buffer.getvalue())
    content[at : at + 40] = bytes(255 - byte for byte in content[at : at + 40])
    return bytes(content)


def encrypted() -> bytes:
    content = bytearray(zipped({NAME: b"x"}))
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    return bytes(content)


def unknown_method() -> bytes:
    content = bytearray(zipped({NAME: b"x" * 100}))
    content[8] = content[content.index(b"PK\1\2") + 10] = 99
    return bytes(content)


def nested(levels: int, content: bytes = b"{}") -> bytes:
    for _ in range(levels):
        content = zipped({"a.zip": content})
    return content


def link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("shortcut")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc")
        archive.writestr("shortcut/passwd.ipynb", "{}")
    return buffer.getvalue()


INNER: dict[str, tuple[Callable[[], bytes], str]] = {
    # name: (a student's zip, what is said of it)
    "no zip": (lambda: b"PK broken", "cannot be unpacked"),
    "empty": (lambda: b"", "cannot be unpacked"),
    "cut off": (lambda: zipped({NAME: b"x" * 5000})[:80], "cannot be unpacked"),
    "wrong bytes, deflated": (lambda: damaged(zipfile.ZIP_DEFLATED), "cannot be unpacked"),
    "wrong bytes, LZMA": (lambda: damaged(zipfile.ZIP_LZMA, 50), "cannot be unpacked"),
    "wrong bytes, bzip2": (lambda: damaged(zipfile.ZIP_BZIP2), "cannot be unpacked"),
    "wrong bytes, stored": (lambda: damaged(zipfile.ZIP_STORED), "cannot be unpacked"),
    "encrypted": (encrypted, "it is encrypted"),
    "an unknown method": (unknown_method, "cannot be unpacked"),
    "up and out": (lambda: zipped({"../../../tmp/evil.ipynb": b"{}"}), "leads outside"),
    "absolute": (lambda: zipped({"/tmp/evil.ipynb": b"{}"}), "leads outside"),
    "a Windows disk": (lambda: zipped({"C:\\x\\evil.ipynb": b"{}"}), "leads outside"),
    "an empty name": (lambda: zipped({"a//b.ipynb": b"{}"}), "its name is empty"),
    "1,100 folders deep": (lambda: zipped({"a/" * 1100 + NAME: b"{}"}), "more than 40 folders"),
    "zips in zips without end": (lambda: nested(30), "lies in 4 zips and was not opened"),
    "a link and an entry under it": (link, "it is a link"),
    "a zip bomb": (lambda: zipped({NAME: b"\0" * 3_000_000}), "unpacks to too many bytes"),
    "bombs in zips": (lambda: nested(2, zipped({f"{n}.ipynb": b"\0" * 400_000 for n in range(9)})), "too many bytes"),
}


@pytest.mark.parametrize("name", INNER)
def test_one_bad_zip_costs_nobody_else(
    name: str,
    course: Path,
    tmp_path: Path,
    answers: Answers,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unpack, "LARGEST_INNER", 2_000_000)
    make, sentence = INNER[name]
    good = text(answers.notebook(EXERCISES[:1]))
    source = tmp_path / "down.zip"
    zipped({f"ada/{NAME}": good, "bob/work.zip": make(), f"cat/{NAME}": good}, source)
    assert collect(source, course) == 1
    out, err = capsys.readouterr()
    assert sentence in out and "Traceback" not in out + err
    assert {f"ada/{UNIT}/{NAME}", f"cat/{UNIT}/{NAME}"} <= set(collected(course))
    assert {path.split("/")[0] for path in collected(course)} <= {"ada", "bob", "cat"}
    assert not Path("/tmp/evil.ipynb").exists()


@pytest.mark.parametrize("name", ["../up.ipynb", "/tmp/x/y.ipynb", "C:\\x\\y.ipynb", "\\\\host\\x.ipynb"])
def test_no_student_is_made_of_a_name_that_leads_outside(
    name: str, course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zipped({name: b"{}", f"ada/{NAME}": b"{}"}, tmp_path / "down.zip")
    assert collect(tmp_path / "down.zip", course) == 1
    assert "leads outside" in capsys.readouterr().out
    assert collected(course) == [f"ada/{UNIT}/{NAME}"]


@pytest.mark.parametrize("name", ["x" * 300, "ü" * 150, "华" * 90, 'a<b>:"|?*', "trailing. ", "tab\tname"])
def test_names_that_no_disk_takes(
    name: str, course: Path, tmp_path: Path, answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    good = text(answers.notebook(EXERCISES[:1]))
    zipped({f"ada/{name}.ipynb": good, f"{name}/{NAME}": good}, tmp_path / "down.zip")
    collect(tmp_path / "down.zip", course)
    assert len(collected(course)) == 2, capsys.readouterr()
    assert all(len(part.encode()) <= 255 for path in collected(course) for part in path.split("/"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_twice_the_same_name_keeps_both(course: Path, tmp_path: Path, answers: Answers) -> None:
    with zipfile.ZipFile(tmp_path / "down.zip", "w") as archive:
        archive.writestr(f"ada/{NAME}", text(answers.notebook(EXERCISES[:1])))
        archive.writestr(f"ada/{NAME}", text(answers.notebook(EXERCISES[:2])))
    assert collect(tmp_path / "down.zip", course) == 1
    assert collected(course) == [f"ada/{UNIT}/{UNIT} (2).ipynb", f"ada/{UNIT}/{NAME}"]


def test_a_students_own_timestamp_is_not_believed(
    course: Path, tmp_path: Path, answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    good = text(answers.notebook(EXERCISES[:1]))
    zipped({f"ada/{NAME}": good, "ada/timestamp.txt": b"2020-01-01 00:00:00 UTC"}, tmp_path / "down.zip")
    assert collect(tmp_path / "down.zip", course) == 1
    assert "a timestamp.txt of the student's own was left out" in capsys.readouterr().out
    assert collected(course) == [f"ada/{UNIT}/{NAME}"]


def test_a_damaged_download(course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = zipped({f"ada/{NAME}": b"x" * 9000})
    (tmp_path / "down.zip").write_bytes(b"\0" * 30 + content[60:])
    assert collect(tmp_path / "down.zip", course) in (1, 2)
    assert "Traceback" not in capsys.readouterr().err


def test_links_in_a_folder_are_not_followed(course: Path, tmp_path: Path, answers: Answers) -> None:
    folder = tmp_path / "down" / "ada"
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(text(answers.notebook(EXERCISES[:1])))
    (folder / "secret.txt").symlink_to("/etc/passwd")
    (folder / "etc").symlink_to("/etc")
    assert collect(tmp_path / "down", course) == 1
    assert collected(course) == [f"ada/{UNIT}/{NAME}"]


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can become an ordinary user")
@pytest.mark.parametrize(("mode", "code"), [(0o755, 0), (0o555, 2)])
def test_as_an_ordinary_user(mode: int, code: int, course: Path, answers: Answers) -> None:
    """Into a course of the user's own, and into one that the user may not write: a sentence, no traceback."""
    place = Path("/var/tmp") / f"collect-{os.getpid()}"
    shutil.copytree(course, place / "course")
    zipped({f"ada/{NAME}": text(answers.notebook(EXERCISES[:1]))}, place / "down.zip")
    assert collect(place / "down.zip", course) == 0, "and all that is imported is there for the other user"
    given(place)
    (place / "course").chmod(mode)
    try:
        assert as_ordinary_user(lambda: collect(place / "down.zip", place / "course")) == code
        assert collected(place / "course") == ([f"ada/{UNIT}/{NAME}"] if code == 0 else [])
    finally:
        shutil.rmtree(place)
