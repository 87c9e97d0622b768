"""Names of students' folders: which of them nbgrader can keep as an id, and which are nobody's."""

import re

from dltools.grading.reading.names import nfc

LONGEST = 128
"""Characters of an id in nbgrader's gradebook."""


def unusable_id(name: str) -> str:
    """Why a folder's name cannot be a student's id; "" if it can.

    nbgrader strips blanks, takes * ? [ ] for patterns, { } for places to fill in, and PostgreSQL cuts what is long.
    """
    if not name.isprintable():
        return "has characters that are no text, such as a tab, the end of a line or a byte of another encoding"
    if name != name.strip():
        return "begins or ends with a blank"
    if found := re.findall(r"[*?\[\]{}\\]", name):
        return f"has {' '.join(sorted(set(found)))}, which nbgrader takes for a pattern"
    return f"has {len(name)} characters, more than {LONGEST}" if len(name) > LONGEST else ""


def not_in_roster(name: str, roster: list[str], file: str) -> str:
    """What a person must do about a folder that is nobody's; macOS writes é as two characters, which nobody can see."""
    alike = {nfc(student): student for student in roster}
    if student := alike.get(nfc(name)):
        return f"{name} has {len(name)} characters, {student} in {file} has {len(student)}: rename the folder."
    return f"{name} is not in {file}: is the folder's name right?"
