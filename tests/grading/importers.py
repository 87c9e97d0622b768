"""What platforms make of the files that they are given: the rules of their importers, restated from their sources."""

import csv
import io
import re
import zipfile

from dltools.grading.book.sheet import decode


def rows_of(content: bytes) -> list[list[str]]:
    text = decode(content)[0].removeprefix("\ufeff")
    delimiter = max(",;", key=lambda sign: text.splitlines()[0].count(sign))
    return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]


def canvas_gradebook(content: bytes, users: set[str], assignments: dict[str, str]) -> dict[str, dict[str, str]]:
    """canvas-lms, lib/gradebook_importer.rb: the grades by assignment id and user id.

    header? wants Student, ID and Section; parse_assignments takes the id in brackets at a title's end, and makes a new
    assignment of what it does not know; process_student goes by ID first; "read only" columns are ignored; decimal
    commas become points (converter decimal_comma_to_period).
    """
    header, *lines = rows_of(content)
    assert "Student" in header[0] and "ID" in header[1] and "Section" in header
    grades: dict[str, dict[str, str]] = {}
    for at in range(header.index("Section") + 1, len(header)):
        match = re.fullmatch(r"(.*) \((\d+)\)", header[at])
        if re.search("Current|Final|Unposted|Override", header[at]):
            continue
        assert match and assignments.get(match[2]) == match[1], f"a new assignment {header[at]}"
        points = next(line for line in lines if "Points Possible" in line[0])
        if "read only" in points[at]:
            continue
        for line in lines:
            if line[1] in users:
                grades.setdefault(match[2], {})[line[1]] = line[at].strip().replace(",", ".")
    return grades


def canvas_comments(content: bytes, attachments: dict[str, str]) -> dict[str, bytes]:
    """canvas-lms, infer_comment_context_from_filename: the first two parts of digits are user and attachment.

    A file whose attachment is not that user's is ignored.
    """
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            user, attachment, *_ = [part for part in name.split("/")[-1].split("_") if re.fullmatch(r"\d+", part)]
            assert attachments.get(user) == attachment, f"{name} is ignored"
            found[user] = archive.read(name)
    return found


def moodle_worksheet(content: bytes, titles: tuple[str, str, str], word: str, most: float) -> dict[str, float]:
    """moodle, assign/feedback/offline/importgradeslib.php and locallib.php: the grades by participant.

    Identifier, Grade and Last modified (grade) are found by their titles in the site's language; the number is what
    follows the word of a hidden user; an empty grade and one out of range are skipped in silence.
    """
    header, *lines = rows_of(content)
    identifier, grade, modified = (header.index(title) for title in titles)
    assert modified
    grades = {}
    for line in lines:
        number = line[identifier][len(word) :]
        assert number.isdigit()
        if line[grade] != "":
            value = float(line[grade].replace(" ", "").replace(",", "."))
            assert 0 <= value <= most, "Moodle would skip it"
            grades[number] = value
    return grades


def moodle_feedback(content: bytes, participants: set[str]) -> dict[str, dict[str, bytes]]:
    """moodle, assign/feedback/file/importziplib.php: the files by participant and name.

    The first part of a path that is NAME_NUMBER_TYPE_PLUGIN[_REST], split at "_" into at most five, tells the
    participant; hidden files (. and ~) are ignored.
    """
    found: dict[str, dict[str, bytes]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for path in archive.namelist():
            parts = path.split("/")
            assert not parts[-1].startswith((".", "~"))
            info = parts.pop(0).split("_", 4)
            assert len(info) >= 4 and info[1] in participants and info[2:4] == ["assignsubmission", "file"], path
            name = "/".join([*info[4:], *parts])
            found.setdefault(info[1], {})[name] = archive.read(path)
    return found
