"""Downloads as the platforms make them, of a class of twelve of whom eleven handed in: each a function of a folder."""

import email.message
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from course import UNIT

NAME = f"{UNIT}.ipynb"
CLASS = [
    # id, first name, last name
    ("ada1", "Ada", "Lovelace"),
    ("ben2", "Ben", "Müller"),
    ("cat3", "Cat", "O'Neil"),
    ("dan4", "Dan", "van der Berg"),
    ("eve5", "Eve", "Li"),
    ("fay6", "May", "Lee"),
    ("gil7", "Amy", "Lee"),
    ("hua8", "华", "王"),
    ("ian9", "Ian", "Smith_Jones"),
    ("jo10", "José", "García"),
    ("kim11", "Kim", "Kim"),
    ("lea12", "Lea", "Absent"),
]
PRESENT = CLASS[:11]
ROSTER = "id,first_name,last_name,email\n" + "".join(f"{i},{f},{last},{i}@example.org\n" for i, f, last in CLASS)
Files = dict[str, bytes]


def zipped(files: Files, path: Path | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2027, 1, 31, 12, 0, 0)), content)
    if path:
        path.write_bytes(buffer.getvalue())
    return buffer.getvalue()


def number(student: str) -> int:
    return 100 + [each[0] for each in CLASS].index(student)


def squeezed(first: str, last: str) -> str:
    return "".join(letter for letter in (last + first).lower() if letter.isalnum())


def moodle(work: bytes) -> Files:
    """Folders; Moodle drops the apostrophe of a name."""
    return {f"{f} {last}_{number(i)}_assignsubmission_file/{NAME}".replace("'", ""): work for i, f, last in PRESENT} | {
        "Ada Lovelace_100_assignsubmission_onlinetext/onlinetext.html": b"<p>See the file.</p>"
    }


def moodle_older(work: bytes) -> Files:
    return {
        f"{f} {last}_{number(i)}_assignsubmission_file_/{UNIT}.zip".replace("'", ""): zipped({NAME: work})
        for i, f, last in PRESENT
    }


def moodle_without_folders(work: bytes) -> Files:
    return {f"{f} {last}_{number(i)}_assignsubmission_file_{NAME}".replace("'", ""): work for i, f, last in PRESENT}


def canvas(work: bytes) -> Files:
    return {f"{squeezed(f, last)}_{number(i)}_{900 + number(i)}_{UNIT}-1.ipynb": work for i, f, last in PRESENT}


def blackboard(work: bytes) -> Files:
    files = {}
    for i, f, last in PRESENT:
        start = f"Home_work 1_{i}_attempt_2027-01-31-23-59-00"
        files[f"{start}.txt"] = f"Name: {f} {last} ({i})\nAssignment: Home_work 1\nDate Submitted: ...\n".encode()
        files[f"{start}_{NAME}"] = work
    return files


def gradescope(work: bytes) -> Files:
    files, metadata = {}, ""
    for i, f, last in PRESENT:
        folder = f"submission_{5000 + number(i)}"
        files[f"assignment_9_export/{folder}/{NAME}"] = work
        metadata += f'{folder}:\n  :submitters:\n  - :name: "{f} {last}"\n    :sid: {i}\n    :email: {i}@example.org\n'
        metadata += "  :created_at: 2027-01-31 22:59:00.123 Z\n"
    return files | {"assignment_9_export/submission_metadata.yml": metadata.encode()}


def github_classroom(work: bytes, released: bytes) -> Files:
    """Repositories of the whole course: the unit as released, the student's own copy, the library."""
    files = {}
    for i, _, _ in PRESENT:
        repository = f"hw-submissions/{UNIT}-{i}"
        files[f"{repository}/course/{UNIT}/{NAME}"] = released
        files[f"{repository}/work/{UNIT}/{NAME}"] = work
        files[f"{repository}/work/{UNIT}/helper.py"] = b"x = 1\n"
        files[f"{repository}/dltools/__init__.py"] = b""
        files[f"{repository}/README.md"] = b"# The course"
    return files


def google_classroom(work: bytes) -> Files:
    return {f"Drive/Classroom/{f} {last} - {NAME}": work for i, f, last in PRESENT}


def google_copies(work: bytes) -> Files:
    return {f"Drive/Classroom/{f} {last} - Copy of {NAME}": work for i, f, last in PRESENT}


def submit(work: bytes) -> Files:
    return {f"{UNIT}_{i}.zip": zipped({NAME: work}) for i, _, _ in PRESENT}


def emails(work: bytes) -> Files:
    files = {}
    for i, f, last in PRESENT:
        message = email.message.EmailMessage()
        message["From"], message["Date"] = f"{f} {last} <{i}@example.org>", "Sun, 31 Jan 2027 22:59:00 +0000"
        message["Subject"] = "My homework"
        message.set_content("Here it is.")
        message.add_attachment(work, maintype="application", subtype="octet-stream", filename=f"{UNIT} (1).ipynb")
        files[f"mail-{i}.eml"] = message.as_bytes()
    return files


def folders(work: bytes) -> Files:
    return {f"{i}/{UNIT}/{NAME}": work for i, _, _ in PRESENT}


def zipped_again(work: bytes) -> Files:
    return {f"download/{name}": content for name, content in moodle(work).items()}


def zip_in_zip(work: bytes) -> Files:
    return {"class.zip": zipped({f"{i}.zip": zipped({f"unit/{NAME}": work}) for i, _, _ in PRESENT})}


def exchange(work: bytes) -> Files:
    return {f"inbound/{i}+{UNIT}+2027-01-31 22:59:00.000001 UTC+abc/{NAME}": work for i, _, _ in PRESENT}


def full_names(work: bytes) -> Files:
    """Folders named after people, as macOS writes them: ü in two characters."""
    import unicodedata

    return {f"{unicodedata.normalize('NFD', f'{f} {last}')}/{NAME}": work for i, f, last in PRESENT}


SHAPES: dict[str, Callable[..., Files]] = {
    "Moodle": moodle,
    "Moodle before 4.1, zips": moodle_older,
    "Moodle without folders": moodle_without_folders,
    "Canvas": canvas,
    "Blackboard": blackboard,
    "Gradescope": gradescope,
    "GitHub Classroom": github_classroom,
    "Google Classroom": google_classroom,
    "Google Classroom, copies of Colab": google_copies,
    "dltools submit": submit,
    "emails": emails,
    "STUDENT/UNIT": folders,
    "zipped again with its folder": zipped_again,
    "zip in a zip": zip_in_zip,
    "nbgrader's exchange": exchange,
    "folders named after people": full_names,
}
"""One in which everybody can be told; NO_NAMES are the others."""
NO_NAMES: dict[str, Callable[[bytes], Files]] = {
    "attachments, loose": lambda work: {NAME: work, f"{UNIT} (1).ipynb": work, f"{UNIT}-Copy1.ipynb": work},
    "one unit's folder": lambda work: {f"{UNIT}/{NAME}": work},
    "Colab copies": lambda work: {f"Copy of {NAME}": work, f"Copy of Copy of {NAME}": work},
}
