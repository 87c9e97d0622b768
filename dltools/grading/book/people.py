"""The class list, whoever exported it: staff themselves, Canvas's gradebook, Moodle's grading worksheet."""

import re
from dataclasses import dataclass
from pathlib import Path

from dltools.grading.book.sheet import Sheet, read_sheet
from dltools.grading.book.worksheet import handed_in_column
from dltools.grading.model import GradingError
from dltools.grading.reading.students import unusable_id

COLUMNS = {
    "id": ("id", "student_id", "student id", "username", "user name", "login", "sid", "id number", "identifier"),
    "first_name": ("first_name", "first name", "firstname", "given name", "vorname"),
    "last_name": ("last_name", "last name", "lastname", "surname", "family name", "nachname"),
    "name": ("name", "full name", "full_name", "student"),
    "email": ("email", "email address", "e-mail", "e-mail address", "mail"),
    "number": ("number", "canvas_id", "moodle_id", "participant", "github", "github_username"),
}
"""What a column is called in a list of staff's own, in small letters."""
PARTICIPANT = re.compile(r"(\D*?)\s?(\d+)")
TEST_STUDENT = "Student, Test"
"""Canvas's own pretended student, the last line of an export."""


@dataclass(frozen=True)
class Person:
    """One student of a class list."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    number: str = ""
    """The platform's own number of the student."""
    platform: str = ""
    """Whose number that is; "" in a list of staff's own."""
    full_name: str = ""
    """As the platform writes it, where it does not tell first from last."""
    handed_in: str = ""
    """When, as Moodle's worksheet writes it."""

    @property
    def name(self) -> str:
        return self.full_name or f"{self.first_name} {self.last_name}".strip()


def read_people(path: Path) -> list[Person]:
    """The students of a CSV.

    Raises:
        GradingError: if it cannot be read, has no id, an id that no folder can have, or one twice.
    """
    if not path.is_file():
        raise GradingError(f"There is no roster {path}.")
    sheet = read_sheet(path)
    people = of_canvas(sheet) if is_canvas(sheet) else of_moodle(sheet) if is_moodle(sheet) else of_columns(sheet)
    ids = [person.id for person in people]
    if repeated := {each for each in ids if ids.count(each) > 1}:
        raise GradingError(f"{path}: {', '.join(sorted(repeated))} is there more than once.")
    for each in ids:
        if why := unusable_id(each) or ("has a /" if "/" in each else ""):
            raise GradingError(f"{path}: the id {each!r} {why}.")
    if not people:
        raise GradingError(f"{path} has no students.")
    return people


def is_canvas(sheet: Sheet) -> bool:
    """Canvas's gradebook: Student (or LastName, FirstName), ID, ..., Section (gradebook_importer.rb)."""
    header = sheet.header
    named = header[:2] == ["LastName", "FirstName"] or "Student" in header[0]
    return len(header) > 3 and named and "ID" in header[1:3] and "Section" in header


def of_canvas(sheet: Sheet) -> list[Person]:
    """By SIS Login ID where everybody has one, else by Canvas's own number."""
    header = sheet.header
    lines = [dict(zip(header, sheet.values(row))) for row in sheet.rows[1:]]
    lines = [line for line in lines if line["ID"].isdigit() and line.get("Student") != TEST_STUDENT]
    logins = [line.get("SIS Login ID", "") for line in lines]
    by_login = len(set(logins) - {""}) == len(lines)
    return [canvas_person(line, line["SIS Login ID" if by_login else "ID"]) for line in lines]


def canvas_person(line: dict[str, str], student: str) -> Person:
    last, _, first = line.get("Student", "").partition(",")
    first, last = line.get("FirstName", first.strip()), line.get("LastName", last)
    login = line.get("SIS Login ID", "")
    return Person(student, first, last, login if "@" in login else "", line["ID"], "canvas")


def is_moodle(sheet: Sheet) -> bool:
    """Moodle's grading worksheet in any language: the first column is one word and a number (importgradeslib.php)."""
    found = [PARTICIPANT.fullmatch(sheet.values(row)[0]) for row in sheet.rows[1:]]
    words = {match[1] for match in found if match}
    titles = {title.lower() for title in sheet.header}
    own = titles & {*COLUMNS["first_name"], *COLUMNS["last_name"]}
    same_word = bool(found) and None not in found and len(words) == 1 and len(min(words)) >= 3
    return len(titles) >= 7 and same_word and not own


def of_moodle(sheet: Sheet) -> list[Person]:
    """By email address where everybody has one, else by the participant's number."""
    rows = [sheet.values(row) for row in sheet.rows[1:]]
    emails = next((at for at in range(1, 5) if at < len(rows[0]) and all("@" in row[at] for row in rows)), None)
    numbers = [PARTICIPANT.fullmatch(row[0])[2] for row in rows]  # type: ignore[index]
    by_email = emails is not None and len({row[emails] for row in rows}) == len(rows)
    times = handed_in_column(sheet)
    people = []
    for row, number in zip(rows, numbers):
        email = row[emails] if emails is not None else ""
        name = row[1] if emails is not None and emails > 1 else ""
        student = email if by_email else number
        time = row[times].strip("- ") if times is not None else ""
        people.append(Person(student, *halves(name), email, number, "moodle", name, time))
    return people


def halves(name: str) -> tuple[str, str]:
    """First and last name where a platform gives both in one; the last word is the last name."""
    first, _, last = name.rpartition(" ")
    return first, last


def of_columns(sheet: Sheet) -> list[Person]:
    """A list with columns of staff's own, by their titles."""
    header = [title.lower() for title in sheet.header]
    places = {kind: next((header.index(t) for t in titles if t in header), None) for kind, titles in COLUMNS.items()}
    if places["id"] is None:
        raise GradingError(
            f"{sheet.path} has no column id; it has {', '.join(sheet.header)}. The columns are id, first_name,"
            " last_name, email; Canvas's gradebook and Moodle's grading worksheet are understood as they are."
        )
    people = []
    for number, row in enumerate(map(sheet.values, sheet.rows[1:]), 2):
        cells = {kind: row[at] if at is not None else "" for kind, at in places.items()}
        if not cells["id"]:
            raise GradingError(
                f"{sheet.path}: line {number} has no id; the columns are id, first_name, last_name, email."
            )
        first, last = cells["first_name"], cells["last_name"]
        if not first and not last:
            first, last = halves(cells["name"])
        people.append(Person(cells["id"], first, last, cells["email"], cells["number"], "", cells["name"]))
    return people
