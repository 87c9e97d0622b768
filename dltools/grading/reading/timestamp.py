"""When a submission was handed in: nbgrader's timestamp.txt, read as what a student may have written."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from dateutil.parser import parse
from dateutil.tz import gettz

LONGEST = 100
"""Bytes; a time is shorter."""
ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$")
"""A zone's name such as Europe/Berlin, never a path: dateutil opens what it is given as a file."""
UNKNOWN = "timestamp.txt is not a time: taken as in time"
SHUT = "timestamp.txt cannot be read: taken as in time"


def hand_in_time(folder: Path) -> tuple[datetime | None, str]:
    """The time in a submission's timestamp.txt (UTC, without zone), and a note where it cannot be told.

    Args:
        folder: submitted/STUDENT/ASSIGNMENT; a link in it is not followed.
    """
    try:
        descriptor = os.open(folder / "timestamp.txt", os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None, ""
    except OSError:
        return None, UNKNOWN if os.path.islink(folder / "timestamp.txt") else SHUT
    with os.fdopen(descriptor, "rb") as file:
        try:
            content = file.read(LONGEST + 1)
        except OSError:
            return None, UNKNOWN
    text = content.decode("utf-8-sig", "replace").strip()
    if not text:
        return None, "timestamp.txt is empty: taken as in time"
    try:
        return (moment(text), "") if len(content) <= LONGEST else (None, UNKNOWN)
    except (ValueError, OverflowError, AttributeError, TypeError):
        return None, UNKNOWN


NONBLOCK = getattr(os, "O_NONBLOCK", 0)
"""So that a pipe named timestamp.txt keeps nobody waiting."""


def moment(text: str) -> datetime:
    """A time as nbgrader writes it, "2027-01-31 23:59:00 UTC", in UTC without its zone.

    Raises:
        ValueError: if it is not one, or its zone is not known.
    """
    parts = text.split(" ")
    name = parts[2] if len(parts) == 3 else ""
    time: datetime
    if not name or re.fullmatch(r"[+-]?\d{1,4}(:\d\d)?", name):
        time = parse(text)
    else:
        zone = gettz(name) if ZONE.match(name) else None
        if zone is None:
            raise ValueError(f"{name} is not a time zone")
        time = parse(" ".join(parts[:2])).replace(tzinfo=zone)
    return time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)
