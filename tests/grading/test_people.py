"""Class lists as staff have them: any delimiter and encoding, Canvas's gradebook and Moodle's worksheet themselves."""

from pathlib import Path

import pytest

from dltools.grading.book.people import Person, read_people
from dltools.grading.book.sheet import read_sheet
from dltools.grading.model import GradingError

OWN = "id,first_name,last_name,email\nada1,Ada,Lovelace,ada@x.org\nben2,Ben,Müller,ben@x.org\n"
ADA, BEN = Person("ada1", "Ada", "Lovelace", "ada@x.org"), Person("ben2", "Ben", "Müller", "ben@x.org")

LISTS = {
    "comma": OWN.encode(),
    "semicolon": OWN.replace(",", ";").encode(),
    "tab": OWN.replace(",", "\t").encode(),
    "byte-order mark": b"\xef\xbb\xbf" + OWN.encode(),
    "UTF-16 of Excel": OWN.replace(",", "\t").encode("utf-16"),
    "delimiter named to Excel": b"\xef\xbb\xbfsep=;\r\n" + OWN.replace(",", ";").replace("\n", "\r\n").encode(),
    "Windows-1252": OWN.replace(",", ";").encode("cp1252"),
    "blanks after commas": OWN.replace(",", ", ").encode(),
    "quotes": OWN.replace("Lovelace", '"Lovelace"').encode(),
    "quotes after blanks": OWN.replace(",Lovelace", ', "Lovelace"').encode(),
    "lines of Windows": OWN.replace("\n", "\r\n").encode(),
    "lines of old Macs": OWN.replace("\n", "\r").encode(),
    "no end": OWN.rstrip().encode(),
    "empty lines": (OWN.replace("\n", "\n\n") + ",,,\n").encode(),
    "capitals": OWN.replace("id,first_name,last_name,email", "ID,First name,Surname,Email address").encode(),
    "other columns": OWN.replace("\n", ",x\n").replace("email,x", "email,group").encode(),
    "decomposed": OWN.replace("ü", "u\u0308").encode(),
}


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_of_ones_own(kind: str, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(LISTS[kind])
    assert read_people(tmp_path / "r.csv") == [ADA, BEN]


CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Unit 04: Convolution (77),Current Score\n"
    ",,,,,Manual Posting,\n"
    "    Points Possible,,,,,12.00,(read only)\n"
    '"Lovelace, Ada",101,S1,ada1,Sec 1,,\n'
    '"Müller, Ben",102,S2,ben2,Sec 1,,\n'
    '"Student, Test",999,,abcdef,Sec 1,,\n'
)
"""As gradebook_exporter.rb writes it: header, hidden row, points, students, the test student last."""
MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    'Participant 101,Ada Lovelace,ada@x.org,Submitted for grading,,12.00,Yes,"Sunday, 31 January 2027, 11:59 PM",-,\n'
    "Participant 102,Ben Müller,ben@x.org,No submission,,12.00,Yes,-,-,\n"
)
"""As mod/assign/feedback/offline exports it (importgradeslib.php reads it back)."""
GERMAN = MOODLE.replace("Participant ", "Teilnehmer/in").replace(
    MOODLE.splitlines()[0],
    "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,"
    "Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar",
)
TIME = "Sunday, 31 January 2027, 11:59 PM"
ZEIT = "Sonntag, 31. Januar 2027, 23:59"
WORKFLOW = MOODLE.replace("Grade can be", "Marking workflow state,Grade can be").replace(",Yes,", ",In review,Yes,")
BLIND = MOODLE.replace("Full name,Email address,", "").replace("Ada Lovelace,ada@x.org,", "")
OFFLINE = MOODLE.replace("Last modified (submission),", "").replace(f'"{TIME}",-', f'"{TIME}"').replace("-,-", "-")
"""Of an assignment that is handed in elsewhere: its one time is that of the grade."""

PLATFORMS = {
    "Canvas": (CANVAS, ["ada1", "ben2"], ["101", "102"], ["Ada Lovelace", "Ben Müller"], ""),
    "Canvas, semicolons": (CANVAS.replace(",", ";").replace("; ", ", "), ["ada1", "ben2"], ["101", "102"], None, ""),
    "Canvas without SIS": (
        CANVAS.replace(",SIS User ID", "").replace(",S1", "").replace(",S2", "").replace("ada1", ""),
        ["101", "102"],
        ["101", "102"],
        None,
        "",
    ),
    "Canvas, two columns of names": (
        CANVAS.replace("Student,ID", "LastName,FirstName,ID")
        .replace('"Lovelace, Ada"', "Lovelace,Ada")
        .replace('"Müller, Ben"', "Müller,Ben")
        .replace('"Student, Test"', "Student,Test")
        .replace("abcdef", "")
        .replace("999", ""),
        ["ada1", "ben2"],
        ["101", "102"],
        ["Ada Lovelace", "Ben Müller"],
        "",
    ),
    "Moodle": (MOODLE, ["ada@x.org", "ben@x.org"], ["101", "102"], ["Ada Lovelace", "Ben Müller"], TIME),
    "Moodle in German": (
        GERMAN.replace(TIME, ZEIT),
        ["ada@x.org", "ben@x.org"],
        ["101", "102"],
        ["Ada Lovelace", "Ben Müller"],
        ZEIT,
    ),
    "Moodle with a workflow": (WORKFLOW, ["ada@x.org", "ben@x.org"], ["101", "102"], None, TIME),
    "Moodle, names hidden": (BLIND.replace("Ben Müller,ben@x.org,", ""), ["101", "102"], ["101", "102"], None, TIME),
    "Moodle, a scale of words": (
        MOODLE.replace(",12.00,", ',"bad\ngood",'),
        ["ada@x.org", "ben@x.org"],
        ["101", "102"],
        None,
        TIME,
    ),
    "Moodle, times without a clock": (
        MOODLE.replace(TIME, "31 January 2027"),
        ["ada@x.org", "ben@x.org"],
        ["101", "102"],
        None,
        "31 January 2027",
    ),
    "GitHub Classroom": (
        '"identifier","github_username","github_id","name"\n"ada1","ada-l","1","Ada Lovelace"\n'
        '"ben2","bm","2","Ben Müller"\n',
        ["ada1", "ben2"],
        ["ada-l", "bm"],
        ["Ada Lovelace", "Ben Müller"],
        "",
    ),
    "Moodle, handed in elsewhere": (OFFLINE, ["ada@x.org", "ben@x.org"], ["101", "102"], None, ""),
}


@pytest.mark.parametrize("kind", PLATFORMS)
def test_a_platforms_own_file(kind: str, tmp_path: Path) -> None:
    text, ids, numbers, names, time = PLATFORMS[kind]
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    people = read_people(tmp_path / "r.csv")
    assert [person.id for person in people] == ids
    assert [person.number for person in people] == numbers
    assert names is None or [person.name for person in people] == names
    assert people[0].handed_in == time


BAD = {
    "no id": ("name,email\nAda,a@x.org\n", "has no column id; it has name, email"),
    "a line without": ("id,email\n,a@x.org\n", "line 2 has no id"),
    "one twice": ("id\nada\nada\n", "ada is there more than once"),
    "a pattern": ("id\nada*\n", "nbgrader takes for a pattern"),
    "empty": ("", "is empty"),
    "nobody": ("id,email\n", "has no students"),
    "a workbook": ("PK\x03\x04", "is no CSV"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_class_list(kind: str, tmp_path: Path) -> None:
    text, sentence = BAD[kind]
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    with pytest.raises(GradingError, match=sentence.replace("(", r"\(")):
        read_people(tmp_path / "r.csv")


@pytest.mark.parametrize("kind", LISTS)
def test_one_cell_is_changed_and_no_other_byte(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(LISTS[kind])
    sheet = read_sheet(path)
    assert sheet.changed([]) == LISTS[kind]
    cell = next(cell for row in sheet.rows for cell in row if cell.value.strip() == "ben@x.org")
    changed = sheet.changed([(cell, "grün")])
    encoding = {"UTF-16 of Excel": "utf-16", "Windows-1252": "cp1252"}.get(kind, "utf-8")
    blank = " " if kind == "blanks after commas" else ""
    wanted = LISTS[kind].decode(encoding).replace(f"{blank}ben@x.org", "grün")
    assert changed.decode(encoding) == wanted
