"""Names of students' folders: which of them nbgrader can keep as an id."""

import re

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
